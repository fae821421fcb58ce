"""Everything that the offices above have published, read and unread, to be opened again."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from villageapp.domain import dates
from villageapp.services import channel_items
from villageapp.services.channel_items import Publication
from villageapp.ui.context import Context
from villageapp.ui.preferences import SCALE
from villageapp.ui.today.published import open_published
from villageapp.ui.widgets.badge import Badge, Mood
from villageapp.ui.widgets.flow import EmptyState, button
from villageapp.ui.widgets.list_table import ListColumn, ListTable

_WIDTH, _HEIGHT = 760, 420


class PublicationsDialog(QDialog):
    """The newest first; Enter opens one."""

    def __init__(self, context: Context, parent: QWidget) -> None:
        super().__init__(parent)
        self._context = context
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("上级发布"))
        scale = context.settings.get(SCALE)
        self.resize(_WIDTH * scale // 100, _HEIGHT * scale // 100)
        self.empty = EmptyState(
            self.tr("还没有上级发布的内容"),
            self.tr("县、乡发布的通知、政策和参数，同步或导入 U 盘文件后，会出现在这里。"),
        )
        self.read = button(self.tr("阅读"), self._open, role="primary")
        self.close_ = button(self.tr("关闭"), self.accept)
        self.table: ListTable[Publication] = ListTable(
            self._columns(), self.tr("上级发布"), lambda one: f"{one.channel}/{one.number}", scale=scale
        )
        self.table.opened.connect(lambda target: open_published(context, self, target))
        context.signals.changed.connect(self._on_changed)
        self._lay_out()
        self.refresh()

    def refresh(self) -> None:
        """Read the list again."""
        work = self._context.work
        self._context.tasks.read(
            lambda _progress: channel_items.listing(work), owner=self, done=self._show, latest="published"
        )

    def _columns(self) -> tuple[ListColumn[Publication], ...]:
        return (
            ListColumn("title", self.tr("标题"), 280, lambda one: one.title, is_optional=False),
            ListColumn("issuer", self.tr("发布单位"), 140, lambda one: one.issuer),
            ListColumn("number", self.tr("编号"), 56, lambda one: str(one.number), lambda one: one.number),
            ListColumn("issued", self.tr("日期"), 100, _day),
            ListColumn("state", self.tr("状态"), 80, self._state),
        )

    def _state(self, one: Publication) -> Badge:
        if one.troubles:
            return Badge(self.tr("有问题"), Mood.BAD)
        return Badge(self.tr("已读"), Mood.PLAIN) if one.is_read else Badge(self.tr("未读"), Mood.ACCENT)

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 14, 16, 12)
        layout.addWidget(self.empty, 1)
        layout.addWidget(self.table, 1)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(self.close_)
        foot.addWidget(self.read)
        layout.addLayout(foot)

    def _open(self) -> None:
        if self.table.current_id():
            open_published(self._context, self, self.table.current_id())

    def _show(self, found: list[Publication]) -> None:
        self.empty.setVisible(not found)
        self.table.setVisible(bool(found))
        self.read.setVisible(bool(found))
        self.table.show_rows(found)
        if found and not self.table.current_id():
            self.table.selectRow(0)
            self.table.setFocus()
        elif not found:
            self.close_.setFocus()

    def _on_changed(self, _changes: object) -> None:
        self.refresh()


def _day(one: Publication) -> str:
    return dates.local_text(one.issued_at)[:10] if one.issued_at is not None else ""
