"""The left half of 农户: filters, the virtual list, the count, and what to do with all listed."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QStackedWidget, QVBoxLayout, QWidget

from villageapp.services import household_lists, households
from villageapp.ui.context import Context
from villageapp.ui.households.bulk_menu import BulkMenu
from villageapp.ui.households.columns import HIDDEN_AT_FIRST, household_columns
from villageapp.ui.households.filter_bar import FilterBar
from villageapp.ui.preferences import HIDDEN_COLUMNS, SCALE
from villageapp.ui.widgets.flow import EmptyState, FlowLayout, button, label, tool
from villageapp.ui.widgets.paged_table import PagedTable

_NOTHING_HIDDEN = "-"


class ListPanel(QWidget):
    """Announces the household that was chosen, and what was asked for all listed ones."""

    chosen = Signal(str)
    opened = Signal(str)
    import_asked = Signal()
    print_asked = Signal(list)
    """Ids of all listed households, in order."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._sort: household_lists.Sort = "group"
        self._descending = False
        self._wanted = ""
        work = context.work
        self.filters = FilterBar(context.settings)
        self.table: PagedTable[households.HouseholdRow] = PagedTable(
            context.tasks,
            household_columns(work.today()),
            lambda ids: households.rows(work, ids),
            self.tr("农户名单"),
            many=True,
        )
        self.count: QLabel = label("", "quiet")
        self.count.setAccessibleName(self.tr("户数"))
        self.import_button = button(self.tr("导入名单"), self.import_asked.emit, icon="import")
        self.print_button = button(self.tr("打印所列明白卡"), self._print, icon="print")
        self.bulk = BulkMenu(context, self)
        self.columns = tool("columns", self.tr("选择显示的列"), self._show_column_menu)
        self._empty = EmptyState("", "")
        self.first_import = EmptyState(
            self.tr("还没有农户"),
            self.tr("请先导入全国防返贫监测信息系统导出的名单（.xlsx 或 .xls）。导入前会先预览，可以撤销。"),
            button(self.tr("导入名单…"), self.import_asked.emit, role="primary", icon="import"),
        )
        self._lay_out()
        self._listen()

    def refresh(self) -> None:
        """Read list and groups again; selection and filters stay."""
        work = self._context.work
        text, filters = self.filters.text(), self.filters.filters(work.today())
        sort, descending = self._sort, self._descending
        self.table.load(
            lambda _progress: households.list_ids(
                work, text=text, filters=filters, sort=sort, descending=descending
            )
        )
        self._context.tasks.read(
            lambda _progress: households.groups(work),
            owner=self,
            done=self.filters.set_groups,
            latest="groups",
        )

    def show_household(self, household_id: str) -> None:
        """Select a household; filters that hide it are taken away."""
        self._wanted = household_id
        if self.table.choose(household_id):
            self._wanted = ""
        elif self.filters.is_narrowed():
            self.filters.reset()

    def ids(self) -> Sequence[str]:
        """All listed households in order."""
        return self.table.rows.ids()

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 12, 6, 8)
        layout.setSpacing(8)
        layout.addWidget(self.filters)
        self._stack = QStackedWidget()
        for widget in (self.table, self._empty, self.first_import):
            self._stack.addWidget(widget)
        layout.addWidget(self._stack, 1)
        row = FlowLayout(spacing=6)
        self.filters.top.addWidget(self.count)
        for part in (self.columns, self.bulk, self.import_button, self.print_button):
            row.addWidget(part)
        layout.addLayout(row)
        hidden = self._context.settings.get(HIDDEN_COLUMNS)
        self.table.hide_columns(hidden.split(",") if hidden else HIDDEN_AT_FIRST)
        scale = self._context.settings.get(SCALE)
        self.table.set_scale(scale)
        self.filters.set_scale(scale)
        self.table.show_sort(self._sort, self._descending)

    def _listen(self) -> None:
        self.filters.altered.connect(self.refresh)
        self.filters.search.returnPressed.connect(self._to_table)
        self.table.chosen.connect(self.chosen)
        self.table.opened.connect(self.opened)
        self.table.sort_asked.connect(self._on_sort)
        self.table.columns_changed.connect(self._on_columns)
        self.table.rows.counted.connect(self._on_counted)
        self.table.rows.failed.connect(self._context.tell.error)
        self._context.signals.scaled.connect(self.table.set_scale)
        self._context.signals.scaled.connect(self.filters.set_scale)

    def _on_counted(self, count: int) -> None:
        narrowed = self.filters.is_narrowed()
        self.count.setText(
            (self.tr("筛选出 {count} 户") if narrowed else self.tr("共 {count} 户")).format(count=count)
        )
        self.print_button.setEnabled(count > 0)
        if count:
            self._stack.setCurrentWidget(self.table)
            self._select(narrowed)
        elif narrowed:
            self._empty.say(self.tr("没有符合条件的农户"), self.tr("请少选几个筛选条件，或改一改搜索词。"))
            self._stack.setCurrentWidget(self._empty)
        else:
            self._stack.setCurrentWidget(self.first_import)

    def _select(self, narrowed: bool) -> None:
        """The household asked for, else keep the selection, else the first row."""
        if self._wanted and self.table.choose(self._wanted):
            self._wanted = ""
        elif not self.table.current_id() and not narrowed:
            self.table.selectRow(0)

    def _on_sort(self, word: household_lists.Sort, descending: bool) -> None:
        self._sort, self._descending = word, descending
        self.refresh()

    def _on_columns(self) -> None:
        self._context.settings.set(HIDDEN_COLUMNS, ",".join(self.table.hidden_columns()) or _NOTHING_HIDDEN)

    def _to_table(self) -> None:
        """Enter in the search line goes to the first row found."""
        if self.table.rows.rowCount():
            self.table.selectRow(0)
            self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def chosen_ids(self) -> list[str]:
        """The selected households; all listed ones while one alone (the one being looked at) is selected."""
        selected = self.table.selected_ids()
        return selected if len(selected) > 1 else list(self.ids())

    def _print(self) -> None:
        self.print_asked.emit(list(self.ids()))

    def _show_column_menu(self) -> None:
        menu = self.table.column_menu()
        menu.popup(self.columns.mapToGlobal(self.columns.rect().bottomLeft()))
