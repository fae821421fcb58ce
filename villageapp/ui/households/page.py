"""The right half of 农户: one household with its tabs; fields are changed in place."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QStackedWidget, QTabWidget, QVBoxLayout, QWidget

from villageapp.domain import dates
from villageapp.domain.changes import ChangeSet
from villageapp.domain.household import HOUSEHOLD
from villageapp.errors import Problem, Severity
from villageapp.services import households
from villageapp.services.households import HouseholdPage
from villageapp.services.results import Saved
from villageapp.ui.context import Context
from villageapp.ui.households import lists
from villageapp.ui.households.edit_pane import EditPane
from villageapp.ui.households.header import HouseholdHeader
from villageapp.ui.households.history_pane import HistoryPane
from villageapp.ui.households.income_pane import IncomePane
from villageapp.ui.households.member_dialog import MemberDialog
from villageapp.ui.households.monitoring_pane import MonitoringPane
from villageapp.ui.households.tab_strip import TabStrip
from villageapp.ui.households.timeline import Timeline
from villageapp.ui.preferences import SCALE
from villageapp.ui.screens import MEASURES, PROBLEMS
from villageapp.ui.widgets.flow import EmptyState, button
from villageapp.ui.widgets.photo_strip import PhotoStrip
from villageapp.ui.widgets.plain_table import PlainTable

_ENTITIES = ("household", "member", "visit", "measure", "problem", "cadre")


class HouseholdPane(QWidget):
    """Shows one household; ``open`` another one."""

    card_asked = Signal(str)

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.context = context
        self.page: HouseholdPage | None = None
        self._wanted = ""
        self._saving = False
        self._warnings: Sequence[Problem] = ()
        self.header = HouseholdHeader()
        self.timeline = Timeline()
        self.basics = EditPane(self._basic_groups(), with_duty_person=True)
        self.living = EditPane(self._living_groups())
        self.members = self._member_list()
        self.measures = self._list(
            lists.measure_columns(),
            self.tr("帮扶措施"),
            self.tr("本户还没有登记帮扶措施。"),
            button(self.tr("登记措施…"), self._add_measure, icon="add"),
        )
        self.visits = self._visit_list()
        self.problems = self._list(
            lists.problem_columns(), self.tr("问题"), self.tr("没有问题。走访时选“否”会自动登记到这里。")
        )
        self.income = IncomePane(context)
        self.monitoring = MonitoringPane(context)
        self.photos = PhotoStrip(context, name=self.tr("本户照片和扫描件"))
        self.photos.counted.connect(lambda count: self._count(self.photos, self.tr("资料"), count))
        self.history = HistoryPane(context)
        self._lay_out()
        self._listen()

    def minimumSizeHint(self) -> QSize:
        """Wide enough for a form of one column and for the buttons of the head."""
        return QSize(self.fontMetrics().horizontalAdvance("字") * 27, super().minimumSizeHint().height())

    def open(self, household_id: str) -> None:
        """Show a household; asks first when typing would be lost."""
        if not self.has_unsaved() or (self.page is not None and self.page.id == household_id):
            self._load(household_id)
            return
        name = self.page.head_name if self.page is not None else ""
        self.context.tell.ask(
            self.tr("“{name}”户有改动还没有保存。").format(name=name),
            details=self.tr("要放弃这些改动，打开另一户吗？"),
            yes=self.tr("放弃改动"),
            no=self.tr("继续编辑"),
            then=lambda: self._discard_and_load(household_id),
        )

    def refresh(self) -> None:
        """Read the household again."""
        if self._wanted:
            self._load(self._wanted)

    def concerns(self, changes: ChangeSet) -> bool:
        """Whether this page may look different after the changes."""
        return self.page is not None and any(changes.touches(entity) for entity in _ENTITIES)

    def has_unsaved(self) -> bool:
        """Whether fields were changed and not saved."""
        return bool(self.changed_values()) or self.income.has_unsaved()

    def changed_values(self) -> dict[str, Any]:
        """Raw values of all changed fields."""
        return {**self.basics.changed_values(), **self.living.changed_values()}

    def save(self) -> None:
        """Ctrl+S: save what was changed, lines of the income account too."""
        if self.income.has_unsaved():
            self.income.save_lines()
        changed = self.changed_values()
        if self.page is None or not changed or self._saving:
            return
        work, household_id = self.context.work, self.page.id
        names = tuple(changed)
        seen = {**self.basics.seen_values(names), **self.living.seen_values(names)}
        self._saving = True
        self.context.tasks.write(
            lambda _progress: households.change(work, household_id, changed, seen=seen),
            owner=self,
            done=lambda saved: self._on_saved(household_id, saved),
            failed=lambda error: self.context.tell.error(error, self),
            ended=self._on_save_ended,
        )

    def show_problems(self, problems: Sequence[Problem]) -> list[Problem]:
        """Beside the fields, turning to the tab that has the first error."""
        left = self.basics.show_problems(problems)
        rest = self.living.show_problems(left)
        for pane, unplaced, given in ((self.basics, left, problems), (self.living, rest, left)):
            if any(p.severity is Severity.ERROR and p not in unplaced for p in given):
                self.tabs.setCurrentWidget(pane)
                break
        return rest

    def ask_visit(self) -> None:
        """Go to the visit form with this household."""
        if self.page is not None:
            self.context.signals.visit_asked.emit(self.page.id)

    def _ask_card(self) -> None:
        if self.page is not None:
            self.card_asked.emit(self.page.id)

    def _load(self, household_id: str) -> None:
        work = self.context.work
        self._wanted = household_id
        self.context.tasks.read(
            lambda _progress: households.page(work, household_id), owner=self, done=self._show, latest="page"
        )

    def _show(self, page: HouseholdPage) -> None:
        is_new = self.page is None or self.page.id != page.id
        keeps_typing = not is_new and self.has_unsaved()
        if is_new:
            self._warnings = ()
        self.page = page
        today = self.context.work.today()
        self._stack.setCurrentIndex(1)
        self.header.show_page(page, today)
        self.timeline.show_entries(page.timeline, is_new=is_new)
        self.members.show_rows(lists.member_rows(page.members))
        self.measures.show_rows(lists.measure_rows(page.measures))
        self.visits.show_rows(lists.visit_rows(page.visits, households.visit_text))
        self.problems.show_rows(lists.problem_rows(page.problems))
        self._show_counts(page)
        self.income.show_household(page.values, page.id, page.members)
        self.monitoring.show_household(page.id)
        self.photos.show_record("household", page.id)
        self.history.show_household(page.id)
        if keeps_typing:
            self.context.tell.note(self.tr("本户内容有更新；您正在改的字段保持原样，请保存后核对。"))
        else:
            self._show_fields(page)

    def _show_fields(self, page: HouseholdPage) -> None:
        self.basics.show_values(page.values, page.cadres)
        self.living.show_values(page.values, page.cadres)
        self.show_problems(self._warnings)

    def _show_counts(self, page: HouseholdPage) -> None:
        active = sum(1 for member in page.members if member["active"])
        for widget, title, count in (
            (self.members, self.tr("成员"), active),
            (self.measures, self.tr("措施"), len(page.measures)),
            (self.visits, self.tr("走访"), len(page.visits)),
            (self.problems, self.tr("问题"), len(page.problems)),
        ):
            self._count(widget, title, count)

    def _count(self, widget: QWidget, title: str, count: int) -> None:
        self.titles.say(self.tabs.indexOf(widget), f"{title} {count}" if count else title)

    def _on_saved(self, household_id: str, saved: Saved) -> None:
        names = [name for name in saved.detail or () if name in HOUSEHOLD.by_name]
        if self.page is not None and self.page.id == household_id:
            self._warnings = saved.warnings
            self._show_fields(self.page)  # what was typed is saved; the refresh brings it back from the store
        if not names:
            self.context.tell.note(self.tr("没有需要保存的改动。"))
            return
        labels = "、".join(HOUSEHOLD[name].label for name in names)
        text = self.tr("已保存：{labels}。").format(labels=labels)
        if saved.warnings:
            text += "；".join(problem.message for problem in saved.warnings)
        self.context.tell.done(text)

    def _on_save_ended(self) -> None:
        self._saving = False

    def _discard_and_load(self, household_id: str) -> None:
        if self.page is not None:
            self._show_fields(self.page)
        self._load(household_id)

    def _discard(self) -> None:
        if self.page is not None:
            self._show_fields(self.page)
        self.context.tell.note(self.tr("已放弃修改。"))

    def _edit_member(self, member_id: str) -> None:
        if self.page is not None:
            member = next((m for m in self.page.members if m["id"] == member_id), None)
            if member is not None:
                MemberDialog(self.context, self.page.id, member, self.window()).open()

    def _add_measure(self) -> None:
        from villageapp.ui.measures.measure_dialog import MeasureDialog  # only now: few open it from here

        if self.page is not None:
            known = (self.page.id, self.page.head_name)
            MeasureDialog(self.context, self.window(), household=known).open()

    def _add_member(self) -> None:
        if self.page is not None:
            MemberDialog(self.context, self.page.id, None, self.window()).open()

    def _member_list(self) -> lists.RecordList:
        add = button(self.tr("添加成员"), self._add_member, icon="add")
        edit = button(self.tr("修改所选成员"), lambda: self._edit_member(self.members.table.current_id()))
        made = self._list(lists.member_columns(), self.tr("家庭成员"), self.tr("本户还没有成员。"), add, edit)
        made.table.opened.connect(self._edit_member)
        return made

    def _visit_list(self) -> lists.RecordList:
        now = button(self.tr("现在走访"), self.ask_visit, icon="visits")
        look = button(self.tr("查看所选走访…"), lambda: self._show_visit(self.visits.table.current_id()))
        made = self._list(
            lists.visit_columns(), self.tr("走访记录"), self.tr("本户还没有走访记录。"), now, look
        )
        made.table.opened.connect(self._show_visit)
        return made

    def _show_visit(self, visit_id: str) -> None:
        from villageapp.ui.visits.visit_dialog import VisitDialog  # only now: few open it from here

        visit = next((v for v in self.page.visits if v["id"] == visit_id), None) if self.page else None
        if self.page is None or visit is None:
            self.context.tell.note(self.tr("请先选择一次走访。"))
            return
        title = self.tr("{name}户 {time} 走访记录").format(
            name=self.page.head_name, time=dates.local_text(visit["started_at"])
        )
        VisitDialog(self.context, visit_id, title, self.window()).open()

    def _list(
        self, columns: list[tuple[str, int]], name: str, empty: str, *buttons: QWidget
    ) -> lists.RecordList:
        table = PlainTable(columns, name, self.context.settings.get(SCALE))
        self.context.signals.scaled.connect(table.set_scale)
        return lists.RecordList(table, EmptyState(name, empty), buttons)

    def _basic_groups(self) -> list[tuple[str, tuple[str, ...]]]:
        return [
            (self.tr("户情"), ("household_type", "monitoring_category", "phone", "group_name", "natural_village", "address", "income_year_population")),
            (self.tr("帮扶"), ("duty_person_id", "next_visit_on", "risk_eliminated", "identified_ym", "risks", "poverty_causes", "development_measures")),
            (self.tr("低保与搬迁"), ("dibao_category", "dibao_persons", "dibao_month_amount", "relocated", "settlement_name", "move_in_date")),
            (self.tr("其他"), ("national_hh_no", "status", "old_attribute", "bank_name", "bank_account", "note")),
        ]  # fmt: skip

    def _living_groups(self) -> list[tuple[str, tuple[str, ...]]]:
        return [
            (self.tr("住房"), ("house_level", "house_route", "house_structure", "house_area_m2", "house_built_year", "is_dangerous_house")),
            (self.tr("饮水与卫生"), ("water_safe", "water_difficulty", "water_source", "toilet_present", "toilet_type")),
            (self.tr("生产生活条件"), ("road_type", "distance_km", "fuel", "land_farm", "land_forest")),
        ]  # fmt: skip

    def _lay_out(self) -> None:
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.setAccessibleName(self.tr("农户内容"))
        for widget, title in (
            (self.timeline, self.tr("概况")),
            (self.basics, self.tr("户情")),
            (self.members, self.tr("成员")),
            (self.measures, self.tr("措施")),
            (self.visits, self.tr("走访")),
            (self.problems, self.tr("问题")),
            (self.living, self.tr("住房饮水")),
            (self.income, self.tr("收入")),
            (self.monitoring, self.tr("监测")),
            (self.photos, self.tr("资料")),
            (self.history, self.tr("变更记录")),
        ):
            self.tabs.addTab(widget, title)
        self.titles = TabStrip(self.tabs)
        shown = QWidget()
        inner = QVBoxLayout(shown)
        inner.setContentsMargins(6, 12, 12, 8)
        inner.setSpacing(8)
        inner.addWidget(self.header)
        inner.addWidget(self.titles)
        inner.addWidget(self.tabs, 1)
        self._stack = QStackedWidget()
        self._stack.addWidget(
            EmptyState(self.tr("没有选择农户"), self.tr("在左边的名单里选择一户，或用 Ctrl+K 找人。"))
        )
        self._stack.addWidget(shown)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._stack)

    def _listen(self) -> None:
        self.header.visit_asked.connect(self.ask_visit)
        self.header.card_asked.connect(self._ask_card)
        for pane in (self.basics, self.living):
            pane.save_asked.connect(self.save)
            pane.discard_asked.connect(self._discard)
        for records, screen in ((self.measures, MEASURES), (self.problems, PROBLEMS)):
            records.table.opened.connect(partial(self.context.signals.record_asked.emit, screen))
        QShortcut(QKeySequence.StandardKey.Save, self, self.save, context=Qt.ShortcutContext.WindowShortcut)
