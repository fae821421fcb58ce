"""U 盘: take out what the county or a colleague lacks, bring in what they gave."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QFrame, QHBoxLayout, QVBoxLayout

from villageapp.services import bundles
from villageapp.services.bundles import ExportReport, ImportReport
from villageapp.ui.context import Context
from villageapp.ui.preferences import LAST_FOLDER
from villageapp.ui.widgets.flow import button, label

_SUFFIX = ".zcb"


class StickCard(QFrame):
    """Three buttons and what came of the last one."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self.setProperty("surface", "card")
        self.to_county = button(self.tr("导出给县里…"), lambda: self._export("server"), icon="usb")
        self.to_colleague = button(self.tr("导出给队友…"), lambda: self._export("colleague"), icon="usb")
        self.bring_in = button(self.tr("导入 U 盘文件…"), self._import)
        self.said = label("", wrap=True, selectable=True)
        self.said.hide()
        buttons = QHBoxLayout()
        for one in (self.to_county, self.to_colleague, self.bring_in):
            buttons.addWidget(one)
        buttons.addStretch(1)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(18, 14, 18, 14)
        rows.setSpacing(10)
        rows.addWidget(label(self.tr("没有网络时用 U 盘"), "heading"))
        text = self.tr(
            "文件是加密的，只有省里服务器和本队电脑能打开。队友导入后，也能替您交到省里；同一个文件导入几次都没有关系。"
        )
        rows.addWidget(label(text, "quiet", wrap=True))
        rows.addLayout(buttons)
        rows.addWidget(self.said)

    def _export(self, target: str) -> None:
        work, settings = self._context.work, self._context.settings
        whom = self.tr("给县里") if target == "server" else self.tr("给队友")
        day = work.today().isoformat()
        proposed = Path(settings.get(LAST_FOLDER) or Path.home()) / f"{whom}-{day}{_SUFFIX}"
        name, _kind = QFileDialog.getSaveFileName(
            self, self.tr("导出到 U 盘"), str(proposed), self.tr("驻村通 U 盘文件 (*.zcb)")
        )
        if not name:
            return
        path = Path(name).with_suffix(_SUFFIX)
        settings.set(LAST_FOLDER, str(path.parent))
        self._context.tasks.sync(
            lambda progress: bundles.export_bundle(work, target, path, progress, replace=True),
            owner=self,
            done=lambda report: self._exported(report, target),
            failed=self._context.tell.error,
            title=self.tr("正在导出到 U 盘"),
        )

    def _import(self) -> None:
        work, settings = self._context.work, self._context.settings
        name, _kind = QFileDialog.getOpenFileName(
            self, self.tr("导入 U 盘文件"), settings.get(LAST_FOLDER), self.tr("驻村通 U 盘文件 (*.zcb)")
        )
        if not name:
            return
        settings.set(LAST_FOLDER, str(Path(name).parent))
        self._context.tasks.sync(
            lambda progress: bundles.import_bundle(work, Path(name), progress),
            owner=self,
            done=self._imported,
            failed=self._context.tell.error,
            title=self.tr("正在导入 U 盘文件"),
        )

    def _exported(self, report: ExportReport, target: str) -> None:
        text = self.tr("已写入 {name}：{changes} 条改动，{photos} 个照片文件，{size:.1f} MB。").format(
            name=report.file.name, changes=report.changes, photos=report.blobs, size=report.bytes / 1e6
        )
        if report.readers:
            text += self.tr("能打开它的队友：{names}。").format(names="、".join(report.readers))
        elif target == "colleague":
            text += self.tr(
                "注意：本机还不认识任何队友的电脑，这个文件只有省里服务器能打开。请本机和队友各联网同步一次，再导出给队友。"
            )
        if report.damaged:
            text += self.tr("有 {count} 个照片文件在本机已损坏，没有写入。").format(count=report.damaged)
        self._say(text)

    def _imported(self, report: ImportReport) -> None:
        text = self.tr(
            "来自{maker}：新收到 {changes} 条，{photos} 个照片文件；已有的 {known} 条没有重复。"
        ).format(maker=report.maker, changes=report.changes, photos=report.blobs, known=report.already_known)
        if report.receipt:
            text += self.tr("省里的签收回执已核对。")
        self._say("\n".join((text, *report.missing, *report.refused)))
        self._context.signals.changed.emit(report.touched)

    def _say(self, text: str) -> None:
        self.said.setText(text)
        self.said.show()
        self._context.tell.done(text.splitlines()[0])
