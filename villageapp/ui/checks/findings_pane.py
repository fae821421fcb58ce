"""数据体检: what does not fit, whose it is, how to mend it; or why it is right as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from villageapp.domain.checkup import LABELS, LEVELS, Level
from villageapp.domain.explanation import EXPLANATION
from villageapp.services import checking
from villageapp.ui.context import Context
from villageapp.ui.households.columns import short_group
from villageapp.ui.preferences import SCALE
from villageapp.ui.widgets.badge import Badge, Mood
from villageapp.ui.widgets.filters import FilterChip, SearchLine
from villageapp.ui.widgets.flow import EmptyState, FlowLayout, button, label
from villageapp.ui.widgets.list_table import ListColumn, ListTable
from villageapp.ui.widgets.record_dialog import RecordDialog

if TYPE_CHECKING:
    from villageapp.progress import Progress
    from villageapp.services.checking import CheckReport, ReportedFinding
    from villageapp.services.workspace import Workspace

_MOODS = {Level.ERROR: Mood.BAD, Level.WARNING: Mood.WARN, Level.NOTICE: Mood.ACCENT, Level.UNSET: Mood.PLAIN}


def _read(work: Workspace, progress: Progress) -> CheckReport:
    checking.check_changed(work, progress)
    return checking.kept_findings(work)


class FindingsPane(QWidget):
    """A list that narrows by severity and rule; Enter opens the household."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._report: CheckReport | None = None
        self.search = SearchLine(self.tr("筛选：户主、成员、内容、规则"), self.tr("筛选体检结果"))
        self.level = FilterChip(self.tr("程度"), [(LABELS[level], level) for level in LEVELS])
        self.said = FilterChip(self.tr("说明"), [(self.tr("已说明的"), True)])
        self.count = label("", "quiet", wrap=True)
        self.whole = label("", wrap=True, selectable=True)
        self.whole.setAccessibleName(self.tr("所选一条的全文"))
        self.table: ListTable[ReportedFinding] = ListTable(
            self._columns(), self.tr("体检结果"), _key, scale=context.settings.get(SCALE)
        )
        self.open_home = button(self.tr("打开农户"), lambda: self._open(self.table.current_id()))
        self.explain = button(self.tr("说明情况…"), self._explain)
        self.withdraw = button(self.tr("撤回说明"), self._withdraw)
        self._stack = QStackedWidget()
        self._stack.addWidget(
            EmptyState(self.tr("没有发现问题"), self.tr("资料改动后会自动再查；每天第一次打开时全村查一遍。"))
        )
        self._lay_out()
        self.table.chosen.connect(lambda _key: self._show_whole())
        self.search.textChanged.connect(self.table.narrow)
        self.table.opened.connect(self._open)
        for chip in (self.level, self.said):
            chip.picked.connect(self._fill)
        context.signals.scaled.connect(self.table.set_scale)

    def refresh(self) -> None:
        """Check what changed since the last time, then show everything."""
        work = self._context.work
        self._context.tasks.read(
            lambda progress: _read(work, progress),
            owner=self,
            done=self._show,
            title=self.tr("正在体检") if self._report is None else "",
            latest="findings",
        )

    def _columns(self) -> tuple[ListColumn[ReportedFinding], ...]:
        return (
            ListColumn("level", self.tr("程度"), 64, _level, order=lambda r: LEVELS.index(r.severity), is_optional=False),
            ListColumn("head", self.tr("户主"), 70, lambda r: r.head or self.tr("全村")),
            ListColumn("member", self.tr("成员"), 70, lambda r: r.member),
            ListColumn("message", self.tr("情况"), 330, lambda r: r.finding.message, is_optional=False),
            ListColumn("mend", self.tr("怎么办"), 260, lambda r: r.finding.mend),
            ListColumn("group", self.tr("组"), 64, lambda r: short_group(r.group)),
            ListColumn("reason", self.tr("说明"), 140, lambda r: r.reason),
            ListColumn("rule", self.tr("规则"), 90, lambda r: r.finding.rule),
            ListColumn("source", self.tr("依据"), 120, lambda r: r.source),
        )  # fmt: skip

    def _lay_out(self) -> None:
        chips = QWidget()
        flow = FlowLayout(chips, spacing=6)
        for chip in (self.level, self.said):
            flow.addWidget(chip)
        head = QHBoxLayout()
        head.addWidget(self.search, 1)
        head.addWidget(chips)
        foot = QHBoxLayout()
        foot.addWidget(self.count, 1)
        for one in (self.open_home, self.explain, self.withdraw):
            foot.addWidget(one)
        self._stack.addWidget(self.table)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 8, 0, 0)
        rows.addLayout(head)
        rows.addWidget(self._stack, 1)
        rows.addWidget(self.whole)
        rows.addLayout(foot)

    def _show(self, report: CheckReport) -> None:
        self._report = report
        self._fill()

    def _fill(self) -> None:
        if self._report is None:
            return
        explained = self.said.value is True
        found = self._report.explained if explained else self._report.findings
        level = self.level.value
        shown = [one for one in found if level is None or one.severity is level]
        self.table.show_rows(shown)
        self._stack.setCurrentIndex(1 if shown else 0)
        if shown and not self.table.current_id():
            self.table.selectRow(0)
        self._show_whole()
        told = "，".join(
            self.tr("{label} {count} 条").format(label=LABELS[one], count=self._report.count(one))
            for one in LEVELS
            if self._report.count(one)
        )
        text = self.tr("{day} 体检 {homes} 户：{told}；已说明 {explained} 条。")
        self.count.setText(
            text.format(
                day=self._report.on,
                homes=self._report.households,
                told=told or self.tr("没有发现问题"),
                explained=len(self._report.explained),
            )
        )
        self.withdraw.setVisible(explained)
        self.explain.setVisible(not explained)

    def _show_whole(self) -> None:
        """What the columns are too narrow for: the finding in full, how to mend it, where it is written."""
        found = self._current()
        parts = (found.finding.message, found.finding.mend, found.source) if found is not None else ()
        titles = (self.tr("情况"), self.tr("怎么办"), self.tr("依据"))
        told = (f"{title}：{part}" for title, part in zip(titles, parts, strict=False) if part)
        self.whole.setText("\n".join(told))
        self.whole.setVisible(found is not None)
        for deed in (self.open_home, self.explain, self.withdraw):
            deed.setEnabled(found is not None)

    def _current(self) -> ReportedFinding | None:
        wanted = self.table.current_id()
        return next((one for one in self.table.rows.rows() if _key(one) == wanted), None)

    def _open(self, _key: str) -> None:
        found = self._current()
        if found is not None and found.finding.household_id:
            self._context.signals.household_asked.emit(found.finding.household_id)

    def _explain(self) -> None:
        found = self._current()
        if found is None:
            self._context.tell.note(self.tr("请先选一条体检结果。"))
            return
        work = self._context.work
        RecordDialog(
            self._context,
            self.window(),
            title=self.tr("说明情况"),
            form=EXPLANATION,
            names=("reason",),
            columns=1,
            lead=found.finding.message,
            save=lambda raw, _seen: checking.explain(work, found.finding.key, raw.get("reason") or ""),
            done=self.tr("已说明；情况变了会再次提示。"),
        ).open()

    def _withdraw(self) -> None:
        found = self._current()
        if found is None:
            return
        work = self._context.work
        self._context.tasks.write(
            lambda _progress: checking.withdraw(work, found.finding.key),
            owner=self,
            done=lambda _saved: self._context.tell.done(self.tr("说明已撤回。")),
        )


def _key(found: ReportedFinding) -> str:
    return "\x1f".join(found.finding.key)


def _level(found: ReportedFinding) -> Badge:
    return Badge(LABELS[found.severity], _MOODS[found.severity])
