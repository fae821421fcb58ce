"""The screen 资产项目: assets with what is due of them, projects with their funds, income and its distribution."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QSplitter,
    QStackedWidget,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from villageapp.domain.changes import ChangeSet
from villageapp.domain.codes import code_list
from villageapp.services import asset_incomes, asset_pages
from villageapp.services.asset_incomes import IncomeRow
from villageapp.services.asset_pages import AssetPage, AssetRow, AssetTotals, ProjectRow
from villageapp.services.asset_problems import NORMAL
from villageapp.ui.assets import dialogs, words
from villageapp.ui.assets.asset_pane import AssetPane
from villageapp.ui.context import Context
from villageapp.ui.measures.words import yuan
from villageapp.ui.preferences import SCALE
from villageapp.ui.screen import ScreenPage
from villageapp.ui.widgets.filters import FilterChip, SearchLine
from villageapp.ui.widgets.flow import EmptyState, FlowLayout, button, label
from villageapp.ui.widgets.list_table import ListColumn, ListTable

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

_ENTITIES = ("asset", "project", "asset_income", "problem", "public_post", "attachment")
_ODD, _CHECK, _CONTRACT = "odd", "check", "contract"
R = TypeVar("R", AssetRow, ProjectRow, IncomeRow)
_Found = tuple[AssetPage, list[IncomeRow]]


class AssetsScreen(ScreenPage):
    """Three tabs over one reading."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._page = AssetPage((), (), AssetTotals(), 0)
        self._incomes: list[IncomeRow] = []
        self._wanted = ""
        self.search = SearchLine(self.tr("编号、名称、位置、管护人"), self.tr("筛选资产"))
        classes = list(code_list("CL_ASSET_CLASS").labels.items())
        self.kind = FilterChip(self.tr("类别"), [(text, code) for code, text in classes])
        self.need = FilterChip(
            self.tr("要办的"),
            [
                (self.tr("状态不正常"), _ODD),
                (self.tr("回头看逾期"), _CHECK),
                (self.tr("合同到期"), _CONTRACT),
            ],
        )
        self.totals, self.attention = label("", wrap=True), label("", "warn", wrap=True)
        self.assets: ListTable[AssetRow] = self._table(words.asset_columns(), self.tr("资产"))
        self.projects: ListTable[ProjectRow] = self._table(words.project_columns(), self.tr("项目"))
        self.incomes: ListTable[IncomeRow] = self._table(words.income_columns(), self.tr("收益分配"))
        self.told = label("", wrap=True, selectable=True)
        self.told.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.pane = AssetPane(context)
        self._stacks = [QStackedWidget() for _ in range(3)]
        self._lay_out()
        self._listen()

    def refresh(self) -> None:
        """Read all three lists and the asset shown."""
        work = self.context.work
        self.context.tasks.read(lambda _progress: _read(work), owner=self, done=self._show, latest="assets")

    def concerns(self, changes: ChangeSet) -> bool:
        """Assets, what they came from and bring, and the problems they opened."""
        return any(changes.touches(entity) for entity in _ENTITIES)

    def focus_first(self) -> None:
        """The search line."""
        self.search.setFocus(Qt.FocusReason.TabFocusReason)

    def open_record(self, record_id: str) -> None:
        """Show an asset."""
        self._wanted = record_id
        self.tabs.setCurrentIndex(0)
        self.search.clear()
        for chip in (self.kind, self.need):
            chip.choose(None)
        self.refresh()

    def _show(self, found: _Found) -> None:
        self._page, self._incomes = found
        self.totals.setText(words.totals_text(self._page))
        attention = words.attention_text(self._page)
        self.attention.setText(f"! {attention}")
        self.attention.setVisible(bool(attention))
        self._show_assets()
        self.projects.show_rows(self._page.projects)
        self.incomes.show_rows(self._incomes)
        some = (bool(self._page.assets), bool(self._page.projects), bool(self._incomes))
        for stack, is_filled in zip(self._stacks, some, strict=True):
            stack.setCurrentIndex(0 if is_filled else 1)
        self.pane.refresh()
        self._say()

    def _show_assets(self) -> None:
        rows = [row for row in self._page.assets if self._fits(row)]
        self.assets.show_rows(rows)
        if self._wanted and self.assets.choose(self._wanted):
            self._wanted = ""
        elif rows and not self.assets.current_id():
            self.assets.selectRow(0)

    def _fits(self, row: AssetRow) -> bool:
        if self.kind.value is not None and row.values["asset_class"] != self.kind.value:
            return False
        needs: dict[str, bool] = {
            _ODD: row.values["status"] != NORMAL,
            _CHECK: row.check_overdue,
            _CONTRACT: row.contract_ends,
        }
        return needs.get(str(self.need.value), True)

    def _say(self) -> None:
        income = next((row for row in self._incomes if row.id == self.incomes.current_id()), None)
        self.change_project.setEnabled(bool(self.projects.current_id()))
        self.open_income.setEnabled(income is not None)
        if income is None:
            self.told.setText(self.tr("选一笔收益，这里说明分给了谁、是否符合规则。"))
            return
        refusal = "；".join(reason.message for reason in income.judgement.reasons)
        parts = [f"✕ {refusal}" if refusal else "", income.judgement.explanation]
        parts += [" ".join(filter(None, (p.kind, p.who, f"{yuan(p.amount)} 元"))) for p in income.lines]
        self.told.setText("\n".join(filter(None, parts)))

    def _listen(self) -> None:
        self.search.textChanged.connect(self.assets.narrow)
        for chip in (self.kind, self.need):
            chip.picked.connect(self._show_assets)
        self.assets.chosen.connect(self.pane.open)
        self.projects.opened.connect(lambda _id: self._change_project())
        self.incomes.opened.connect(lambda _id: self._open_income())
        for table in (self.projects, self.incomes):
            table.chosen.connect(lambda _id: self._say())
        for each in (self.assets, self.projects, self.incomes):
            self.context.signals.scaled.connect(each.set_scale)

    def _lay_out(self) -> None:
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.setAccessibleName(self.tr("资产项目"))
        self.tabs.addTab(self._asset_tab(), self.tr("资产"))
        self.tabs.addTab(self._project_tab(), self.tr("项目"))
        self.tabs.addTab(self._income_tab(), self.tr("收益分配"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 8)
        layout.setSpacing(6)
        layout.addWidget(self.totals)
        layout.addWidget(self.attention)
        layout.addWidget(self.tabs, 1)

    def _asset_tab(self) -> QWidget:
        left, chips = QWidget(), QWidget()
        rows = QVBoxLayout(left)
        rows.setContentsMargins(0, 10, 6, 0)
        rows.addWidget(self.search)
        flow = FlowLayout(chips, spacing=6)
        flow.addWidget(self.kind)
        flow.addWidget(self.need)
        rows.addWidget(chips)
        empty = EmptyState(
            self.tr("还没有资产"),
            self.tr(
                "把项目形成的资产登记进来：谁管、什么状态、合同到哪天、有多少收益。先登记项目，再登记资产。"
            ),
            button(self.tr("登记第一项资产"), self._add_asset, role="primary"),
        )
        rows.addWidget(self._filled(0, self.assets, empty), 1)
        foot = QHBoxLayout()
        foot.addStretch(1)
        self.add = button(
            self.tr("登记资产…"), self._add_asset, role="primary", icon="add", shortcut="Ctrl+N"
        )
        foot.addWidget(self.add)
        rows.addLayout(foot)
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(left)
        splitter.addWidget(self.pane)
        splitter.setStretchFactor(0, 1)
        splitter.setStretchFactor(1, 1)
        splitter.setSizes([640, 520])
        return splitter

    def _project_tab(self) -> QWidget:
        empty = EmptyState(
            self.tr("还没有项目"),
            self.tr("登记项目的资金、验收、四制和受益户；项目形成的资产再登记到“资产”。"),
            button(self.tr("登记第一个项目"), self._add_project, role="primary"),
        )
        self.add_project = button(self.tr("登记项目…"), self._add_project, role="primary", icon="add")
        self.change_project = button(self.tr("打开修改…"), self._change_project)
        return self._plain_tab(
            self._filled(1, self.projects, empty), (self.add_project, self.change_project), None
        )

    def _income_tab(self) -> QWidget:
        empty = EmptyState(
            self.tr("还没有收益"),
            self.tr("在“资产”里选一项资产，点“登记收益”。光伏收益要按规则分配到公益岗工资等。"),
        )
        self.open_income = button(self.tr("打开分配…"), self._open_income, role="primary")
        return self._plain_tab(self._filled(2, self.incomes, empty), (self.open_income,), self.told)

    def _plain_tab(self, stack: QWidget, deeds: tuple[QWidget, ...], below: QWidget | None) -> QWidget:
        made, box = QWidget(), QWidget()
        flow = FlowLayout(box, spacing=8)
        for part in deeds:
            flow.addWidget(part)
        rows = QVBoxLayout(made)
        rows.setContentsMargins(0, 10, 0, 0)
        rows.addWidget(stack, 1)
        if below is not None:
            scroll = QScrollArea()
            scroll.setWidgetResizable(True)
            scroll.setFrameShape(QFrame.Shape.NoFrame)
            scroll.setAccessibleName(self.tr("这笔收益的分配"))
            scroll.setFixedHeight(below.fontMetrics().lineSpacing() * 6)
            scroll.setWidget(below)
            rows.addWidget(scroll)
        rows.addWidget(box)
        return made

    def _filled(self, place: int, table: QWidget, empty: QWidget) -> QStackedWidget:
        stack = self._stacks[place]
        stack.addWidget(table)
        stack.addWidget(empty)
        return stack

    def _table(self, columns: list[ListColumn[R]], name: str) -> ListTable[R]:
        return ListTable(columns, name, lambda row: row.id, scale=self.context.settings.get(SCALE))

    def _add_asset(self) -> None:
        dialogs.open_asset(self.context, self.window(), None)

    def _add_project(self) -> None:
        dialogs.project(self.context, self.window(), None).open()

    def _change_project(self) -> None:
        row = next((r for r in self._page.projects if r.id == self.projects.current_id()), None)
        if row is not None:
            dialogs.project(self.context, self.window(), row).open()

    def _open_income(self) -> None:
        income = next((row for row in self._incomes if row.id == self.incomes.current_id()), None)
        asset = next((r for r in self._page.assets if income is not None and r.id == income.asset_id), None)
        if income is not None and asset is not None:
            dialogs.open_income(self.context, self.window(), asset, income)


def _read(work: Workspace) -> _Found:
    return asset_pages.page(work), asset_incomes.incomes(work)
