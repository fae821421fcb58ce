"""备份: make one, check one. Putting one back happens before the store is open (sign-in window, or villageapp backup restore)."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QFrame, QHBoxLayout, QInputDialog, QLineEdit, QVBoxLayout

from villageapp.services import backups
from villageapp.services.backups import BackupReport
from villageapp.ui.context import Context
from villageapp.ui.preferences import LAST_FOLDER
from villageapp.ui.widgets.flow import button, label


class BackupCard(QFrame):
    """The file is encrypted like the store; a stick is a good place for it."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self.setProperty("surface", "card")
        self.make = button(self.tr("立即备份…"), self._make, role="primary")
        self.check = button(self.tr("核对一个备份…"), self._check)
        self.said = label("", "quiet", wrap=True, selectable=True)
        self.said.hide()
        buttons = QHBoxLayout()
        buttons.addWidget(self.make)
        buttons.addWidget(self.check)
        buttons.addStretch(1)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(16, 12, 16, 12)
        rows.addWidget(label(self.tr("备份"), "heading"))
        text = self.tr(
            "备份文件已加密，可以放在 U 盘上。需要时在口令页选“从备份恢复…”，用现在的口令或恢复码。"
        )
        rows.addWidget(label(text, "quiet", wrap=True))
        rows.addLayout(buttons)
        rows.addWidget(self.said)

    def _make(self) -> None:
        work, settings = self._context.work, self._context.settings
        day = work.today().isoformat()
        proposed = Path(settings.get(LAST_FOLDER) or Path.home()) / (
            self.tr("驻村通备份-") + day + backups.SUFFIX
        )
        name, _kind = QFileDialog.getSaveFileName(
            self, self.tr("备份到"), str(proposed), self.tr("驻村通备份 (*.zcbak)")
        )
        if not name:
            return
        path = Path(name)
        settings.set(LAST_FOLDER, str(path.parent))
        self._context.tasks.read(
            lambda progress: backups.create(work, path, progress),
            owner=self,
            done=lambda report: self._show(self.tr("已备份"), report),
            title=self.tr("正在备份"),
        )

    def _check(self) -> None:
        folder = self._context.settings.get(LAST_FOLDER)
        name, _kind = QFileDialog.getOpenFileName(
            self, self.tr("核对备份"), folder, self.tr("驻村通备份 (*.zcbak)")
        )
        if not name:
            return
        typed, agreed = QInputDialog.getText(
            self, self.tr("核对备份"), self.tr("做备份时的口令或恢复码"), QLineEdit.EchoMode.Password
        )
        if agreed and typed:
            self._context.tasks.read(
                lambda progress: backups.verify(Path(name), typed, progress),
                owner=self,
                done=lambda report: self._show(self.tr("备份完好"), report),
                title=self.tr("正在核对备份"),
            )

    def _show(self, what: str, report: BackupReport) -> None:
        words = self.tr("{what}：{file}，{records} 条记录，{photos} 个照片文件，制作于 {at}。").format(
            what=what,
            file=Path(report.file).name,
            records=report.records,
            photos=report.photos,
            at=report.made_at[:16].replace("T", " "),
        )
        self.said.setText(words)
        self.said.show()
        self._context.tell.done(words)
