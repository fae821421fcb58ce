"""Public posts: who should be offered one and why, which run and end soon, attendance month by month."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget

from villageapp.services import post_pages
from villageapp.services.post_pages import CandidateRow, PostPage, PostRow
from villageapp.ui.context import Context
from villageapp.ui.employment import post_columns, post_dialogs
from villageapp.ui.measures.words import yuan
from villageapp.ui.preferences import SCALE
from villageapp.ui.widgets.flow import EmptyState, FlowLayout, button, label
from villageapp.ui.widgets.list_table import ListTable


class PostsPane(QWidget):
    """Candidates above, posts below."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._page = PostPage((), (), 0, 0, 0, 0)
        self._wanted = ""
        scale = context.settings.get(SCALE)
        self.candidates: ListTable[CandidateRow] = ListTable(
            post_columns.candidate_columns(), self.tr("公益岗候选户"), lambda row: row.id, scale=scale
        )
        self.posts: ListTable[PostRow] = ListTable(
            post_columns.post_columns(), self.tr("公益岗位"), lambda row: row.id, scale=scale
        )
        self.candidate_title = label("", "heading")
        self.post_title = label("", "heading")
        self._lay_out()
        self.candidates.opened.connect(context.signals.household_asked)
        self.posts.opened.connect(lambda _id: self._attend())
        for table in (self.candidates, self.posts):
            table.chosen.connect(lambda _id: self._say())
            context.signals.scaled.connect(table.set_scale)
        self._say()

    def go_to(self, post_id: str) -> None:
        """Put the keyboard to a post once the lists are read."""
        self._wanted = post_id
        self.refresh()

    def refresh(self) -> None:
        """Read both lists again."""
        work = self._context.work
        self._context.tasks.read(
            lambda _progress: post_pages.page(work), owner=self, done=self._show, latest="posts"
        )

    def _show(self, page: PostPage) -> None:
        self._page = page
        self.candidates.show_rows(page.candidates)
        self.posts.show_rows(page.posts)
        if self._wanted and self.posts.choose(self._wanted):
            self.posts.setFocus()
        self._wanted = ""
        self.candidate_title.setText(
            self.tr("候选户 {count} 户（收入低的在前）").format(count=len(page.candidates))
        )
        self.post_title.setText(
            self.tr("在岗 {count} 人 · {ending} 份协议 {days} 天内到期 · 每月工资合计 {pay} 元").format(
                count=page.in_force, ending=page.ending, days=page.ahead_days, pay=yuan(page.month_pay)
            )
        )
        self._upper.setCurrentIndex(0 if page.candidates else 1)
        self._lower.setCurrentIndex(0 if page.posts else 1)
        self._say()

    def _say(self) -> None:
        self.attend.setEnabled(bool(self.posts.current_id()))
        self.change.setEnabled(bool(self.posts.current_id()))
        self.offer.setEnabled(bool(self.candidates.current_id()))
        self.home.setEnabled(bool(self.candidates.current_id()))

    def _lay_out(self) -> None:
        nobody = EmptyState(
            self.tr("没有候选户"),
            self.tr(
                "脱贫户和监测户里，有劳动力没有就业、也没有公益岗的，会列在这里。先在务工台账里核实谁没有就业。"
            ),
        )
        none = EmptyState(
            self.tr("还没有公益岗"),
            self.tr("从上面选一户点“给这户设岗”，或点“登记公益岗”。到期前会提醒，按月登记出勤和发放。"),
        )
        self.offer = button(self.tr("给这户设岗…"), self._offer, role="primary")
        self.home = button(self.tr("打开农户"), self._open_home)
        self.add = button(self.tr("登记公益岗…"), self._record, icon="add")
        self.attend = button(self.tr("出勤与发放…"), self._attend)
        self.change = button(self.tr("修改协议…"), self._change)
        self._upper, self._lower = QStackedWidget(), QStackedWidget()
        splitter = QSplitter(Qt.Orientation.Vertical)
        splitter.setChildrenCollapsible(False)
        upper = (self.candidate_title, self._upper, (self.candidates, nobody), (self.offer, self.home))
        lower = (self.post_title, self._lower, (self.posts, none), (self.add, self.attend, self.change))
        for title, stack, pages, deeds in (upper, lower):
            for part in pages:
                stack.addWidget(part)
            splitter.addWidget(_half(title, stack, deeds))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 8, 0, 0)
        layout.addWidget(splitter)

    def _row(self) -> PostRow | None:
        return next((row for row in self._page.posts if row.id == self.posts.current_id()), None)

    def _offer(self) -> None:
        row = next((r for r in self._page.candidates if r.id == self.candidates.current_id()), None)
        if row is not None:
            self._record((row.id, row.head_name))

    def _open_home(self) -> None:
        self._context.signals.household_asked.emit(self.candidates.current_id())

    def _record(self, known: tuple[str, str] | None = None) -> None:
        post_dialogs.recording(self._context, self.window(), known).open()

    def _attend(self) -> None:
        row = self._row()
        if row is not None:
            post_dialogs.attending(self._context, self.window(), row).open()

    def _change(self) -> None:
        row = self._row()
        if row is not None:
            post_dialogs.changing(self._context, self.window(), row).open()


def _half(title: QWidget, stack: QWidget, deeds: tuple[QWidget, ...]) -> QWidget:
    made, buttons = QWidget(), QWidget()
    flow = FlowLayout(buttons, spacing=8)
    for part in deeds:
        flow.addWidget(part)
    rows = QVBoxLayout(made)
    rows.setContentsMargins(0, 4, 0, 4)
    rows.setSpacing(6)
    rows.addWidget(title)
    rows.addWidget(stack, 1)
    rows.addWidget(buttons)
    return made
