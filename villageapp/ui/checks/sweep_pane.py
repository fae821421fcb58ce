"""遍访排查: how far a sweep is, by group, and who is still to be visited."""

from __future__ import annotations

from datetime import date

from PySide6.QtWidgets import QComboBox, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from villageapp.domain import codes, dates
from villageapp.services import sweeps
from villageapp.services.sweeps import SCOPES, Sweep, SweptHousehold
from villageapp.ui.context import Context
from villageapp.ui.households.columns import short_group
from villageapp.ui.preferences import SCALE
from villageapp.ui.today.ring import CoverageRing
from villageapp.ui.widgets.badge import Badge, Mood
from villageapp.ui.widgets.flow import EmptyState, button, label
from villageapp.ui.widgets.list_table import ListColumn, ListTable

_MONTH, _QUARTER, _HALF, _YEAR = "month", "quarter", "half", "year"


class SweepPane(QWidget):
    """Choose period, scope and kind; Enter starts the visit."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self.period = _combo(
            self.tr("期间"),
            (
                (self.tr("本月"), _MONTH),
                (self.tr("本季度"), _QUARTER),
                (self.tr("本半年"), _HALF),
                (self.tr("本年"), _YEAR),
            ),
        )
        self.scope = _combo(self.tr("范围"), tuple((text, key) for key, text in SCOPES.items()))
        kinds = codes.code_list("CL_SWEEP").labels
        self.kind = _combo(
            self.tr("排查类型"), ((self.tr("不限类型"), ""), *((text, code) for code, text in kinds.items()))
        )
        self.shown = _combo(self.tr("显示"), ((self.tr("还没走访的"), "left"), (self.tr("全部"), "all")))
        self.ring = CoverageRing()
        self.said = label("", "heading", wrap=True)
        self.groups = label("", "quiet", wrap=True)
        self._sweep: Sweep | None = None
        self._none = EmptyState("", "")
        self.table: ListTable[SweptHousehold] = ListTable(
            self._columns(),
            self.tr("排查的农户"),
            lambda r: r.household_id,
            scale=context.settings.get(SCALE),
        )
        self.table.opened.connect(context.signals.visit_asked.emit)
        context.signals.scaled.connect(self.table.set_scale)
        for one in (self.period, self.scope, self.kind):
            one.activated.connect(lambda _index: self.refresh())
        self.shown.activated.connect(lambda _index: self._fill())
        self._lay_out()

    def refresh(self) -> None:
        """Count again."""
        work = self._context.work
        first, last = _period(str(self.period.currentData()), work.today())
        scope, kind = str(self.scope.currentData()), str(self.kind.currentData()) or None
        self._context.tasks.read(
            lambda _progress: sweeps.sweep(work, first, last, scope, kind),
            owner=self,
            done=self._show,
            latest="sweep",
        )

    def _columns(self) -> tuple[ListColumn[SweptHousehold], ...]:
        return (
            ListColumn("head", self.tr("户主"), 90, lambda r: r.head_name, is_optional=False),
            ListColumn("group", self.tr("组"), 90, lambda r: short_group(r.group)),
            ListColumn("watched", self.tr("监测"), 90, lambda r: Badge(self.tr("监测对象"), Mood.WARN) if r.monitored else ""),
            ListColumn("problems", self.tr("未办结问题"), 100, lambda r: str(r.open_problems) if r.open_problems else "", order=lambda r: r.open_problems, is_number=True),
            ListColumn("visited", self.tr("本期走访"), 110, self._visited, order=lambda r: r.visited_on),
        )  # fmt: skip

    def _visited(self, row: SweptHousehold) -> str | Badge:
        return row.visited_on.isoformat() if row.visited_on else Badge(self.tr("未走访"), Mood.BAD)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        for one in (self.period, self.scope, self.kind, self.shown):
            head.addWidget(one)
        head.addStretch(1)
        self.go = button(self.tr("走访所选"), self._visit, role="primary", icon="visits")
        head.addWidget(self.go)
        words = QVBoxLayout()
        words.addWidget(self.said)
        words.addWidget(self.groups)
        words.addStretch(1)
        top = QHBoxLayout()
        top.addWidget(self.ring)
        top.addLayout(words, 1)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 8, 0, 0)
        rows.addLayout(head)
        rows.addLayout(top)
        self._lists = QStackedWidget()
        for shown in (self.table, self._none):
            self._lists.addWidget(shown)
        rows.addWidget(self._lists, 1)

    def _show(self, found: Sweep) -> None:
        self._sweep = found
        done, total = len(found.coverage.met), len(found.coverage.scope)
        self.ring.show_share(done / total if total else None)
        text = self.tr("{first} 至 {last}：{rate}，还有 {left} 户")
        self.said.setText(
            text.format(first=found.first, last=found.last, rate=found.coverage.text, left=total - done)
        )
        self.groups.setText(
            "　".join(f"{short_group(name)} {done}/{all_}" for name, (done, all_) in found.groups().items())
        )
        self._fill()

    def _fill(self) -> None:
        if self._sweep is not None:
            left_only = self.shown.currentData() == "left"
            rows = [one for one in self._sweep.households if not (left_only and one.visited_on)]
            self.table.show_rows(rows)
            self._say_none(self._sweep)
            self._lists.setCurrentWidget(self.table if rows else self._none)
            self.go.setEnabled(bool(rows))
            if rows and not self.table.current_id():
                self.table.selectRow(0)

    def _say_none(self, found: Sweep) -> None:
        if found.households:
            self._none.say(
                self.tr("这一期都走访到了"), self.tr("把“还没走访的”换成“全部”，可以看每户的日期。")
            )
        else:
            self._none.say(
                self.tr("这个范围里没有农户"), self.tr("请换一个范围；还没有名单时先到“农户”里导入。")
            )

    def _visit(self) -> None:
        chosen = self.table.current_id()
        if chosen:
            self._context.signals.visit_asked.emit(chosen)


def _combo(name: str, entries: tuple[tuple[str, str], ...]) -> QComboBox:
    made = QComboBox()
    made.setAccessibleName(name)
    for text, key in entries:
        made.addItem(text, key)
    return made


def _period(key: str, today: date) -> tuple[date, date]:
    """First and last day of the month, quarter, half-year or year that ``today`` lies in."""
    months = {_MONTH: 1, _QUARTER: 3, _HALF: 6, _YEAR: 12}[key]
    start = today.replace(month=(today.month - 1) // months * months + 1, day=1)
    return start, dates.add_days(dates.add_months(start, months), -1)
