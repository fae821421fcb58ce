"""The screen 政策口袋书: the library at the left, one policy in large type at the right, whom it fits below."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from villageapp.domain import codes
from villageapp.domain.changes import ChangeSet
from villageapp.services import policies
from villageapp.ui.context import Context
from villageapp.ui.policies.page import PolicyPage
from villageapp.ui.preferences import LAST_FOLDER, SCALE
from villageapp.ui.screen import ScreenPage
from villageapp.ui.widgets.badge import Badge, Mood
from villageapp.ui.widgets.filters import FilterChip, SearchLine, entries
from villageapp.ui.widgets.flow import EmptyState, FlowLayout, button, label
from villageapp.ui.widgets.list_table import ListColumn, ListTable

if TYPE_CHECKING:
    from villageapp.services.results import Saved

_Row = dict[str, Any]


class PoliciesScreen(ScreenPage):
    """Search by title, text or pinyin; filter by level and category; take in a pack of policies."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._wanted = ""
        self.search = SearchLine(self.tr("查政策：名称、内容、拼音首字母"), self.tr("查政策"))
        self.level = FilterChip(self.tr("层级"), entries("CL_POLICY_LEVEL"))
        self.category = FilterChip(self.tr("类别"), entries("CL_POLICY_CAT"))
        self.force = FilterChip(self.tr("效力"), [(self.tr("现行有效"), True), (self.tr("已失效"), False)])
        self.count = label("", "quiet")
        self.table: ListTable[_Row] = ListTable(
            self._columns(), self.tr("政策"), lambda r: r["policy_no"], scale=context.settings.get(SCALE)
        )
        self.page = PolicyPage(context)
        self._lay_out()
        self._listen()

    def refresh(self) -> None:
        """Read the library."""
        work, text = self.context.work, self.search.text()
        self.context.tasks.read(
            lambda _progress: policies.search(work, text), owner=self, done=self._show, latest="policies"
        )

    def concerns(self, changes: ChangeSet) -> bool:
        """The library, and what households have."""
        return any(
            changes.touches(entity) for entity in ("policy", "channel_item", "household", "member", "measure")
        )

    def focus_first(self) -> None:
        """Start with the search."""
        self.search.setFocus()

    def open_record(self, record_id: str) -> None:
        """Show the policy with this number."""
        self._wanted = record_id
        self._show_all()

    def _show_all(self) -> None:
        self.search.clear()
        for chip in (self.level, self.category, self.force):
            chip.choose(None)
        self.search.settle()
        self.refresh()

    def _nothing(self) -> EmptyState:
        return EmptyState(
            self.tr("没有符合条件的政策"),
            self.tr("换一个词，或看全部政策。上级发的政策包可以装入。"),
            button(self.tr("看全部政策"), self._show_all),
        )

    def _columns(self) -> tuple[ListColumn[_Row], ...]:
        levels, categories = codes.code_list("CL_POLICY_LEVEL"), codes.code_list("CL_POLICY_CAT")
        return (
            ListColumn("title", self.tr("政策"), 190, lambda r: str(r["title"]), is_optional=False),
            ListColumn("level", self.tr("层级"), 56, lambda r: levels.label(r["level"])),
            ListColumn("category", self.tr("类别"), 56, lambda r: categories.label(r["category"])),
            ListColumn("force", self.tr("效力"), 70, self._force),
        )

    def _force(self, row: _Row) -> Badge:
        if row["in_force"]:
            return Badge(self.tr("有效"), Mood.GOOD)
        return Badge(self.tr("已失效"), Mood.PLAIN)

    def _lay_out(self) -> None:
        left = QWidget()
        rows = QVBoxLayout(left)
        rows.setContentsMargins(12, 12, 6, 8)
        rows.addWidget(self.search)
        chips = QWidget()
        flow = FlowLayout(chips, spacing=6)
        for chip in (self.level, self.category, self.force):
            flow.addWidget(chip)
        rows.addWidget(chips)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.table)
        self._stack.addWidget(self._nothing())
        rows.addWidget(self._stack, 1)
        foot = QHBoxLayout()
        foot.addWidget(self.count)
        foot.addStretch(1)
        foot.addWidget(button(self.tr("上级发布…"), self._show_publications))
        foot.addWidget(button(self.tr("装入政策包…"), self._load_pack, icon="import"))
        rows.addLayout(foot)
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(left)
        splitter.addWidget(self.page)
        splitter.setStretchFactor(0, 2)
        splitter.setStretchFactor(1, 3)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(splitter)

    def _listen(self) -> None:
        self.search.paused.connect(self.refresh)
        for chip in (self.level, self.category, self.force):
            chip.picked.connect(self.refresh)
        self.table.chosen.connect(self.page.open)
        self.context.signals.scaled.connect(self.table.set_scale)

    def _show(self, rows: list[_Row]) -> None:
        kept = [row for row in rows if self._passes(row)]
        self.table.show_rows(kept)
        self._stack.setCurrentIndex(0 if kept else 1)
        self.count.setText(self.tr("{count} 条政策").format(count=len(kept)))
        if self._wanted and self.table.choose(self._wanted):
            self._wanted = ""
        elif kept and not self.table.current_id():
            self.table.selectRow(0)
        self.page.refresh()

    def _passes(self, row: _Row) -> bool:
        level, category, force = self.level.value, self.category.value, self.force.value
        return (
            (level is None or row["level"] == level)
            and (category is None or row["category"] == category)
            and (force is None or row["in_force"] is force)
        )

    def _show_publications(self) -> None:
        from villageapp.ui.policies.publications import PublicationsDialog

        PublicationsDialog(self.context, self).open()

    def _load_pack(self) -> None:
        settings = self.context.settings
        name, _kind = QFileDialog.getOpenFileName(
            self, self.tr("装入政策包"), settings.get(LAST_FOLDER), self.tr("政策包 (*.toml)")
        )
        if not name:
            return
        from pathlib import Path

        path, work = Path(name), self.context.work
        settings.set(LAST_FOLDER, str(path.parent))
        self.context.tasks.write(
            lambda _progress: policies.load_pack(work, path),
            owner=self,
            done=self._on_loaded,
            failed=self.context.tell.error,
            title=self.tr("正在装入政策包"),
        )

    def _on_loaded(self, saved: Saved) -> None:
        found = saved.detail
        text = self.tr("政策包 {pack}：新增 {new} 条，更新 {changed} 条，没有变化 {unchanged} 条。")
        self.context.tell.done(
            text.format(pack=found.pack, new=found.new, changed=found.changed, unchanged=found.unchanged)
        )
