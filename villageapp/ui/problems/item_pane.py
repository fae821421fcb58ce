"""One problem item: what it is, the five dates, the path so far, what can be done next and what that needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from villageapp.domain.fields import show
from villageapp.domain.judgement import Reason
from villageapp.domain.problem import PROBLEM
from villageapp.domain.problem_steps import Action, title
from villageapp.services import attachments, cadres, problem_courses
from villageapp.services.problem_courses import Course, NextStep
from villageapp.services.results import Saved
from villageapp.ui.context import Context
from villageapp.ui.problems import words
from villageapp.ui.widgets.badge import BadgeLabel
from villageapp.ui.widgets.flow import EmptyState, FlowLayout, button, card, clear, label
from villageapp.ui.widgets.photo_strip import PhotoStrip
from villageapp.ui.widgets.record_dialog import RecordDialog

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

_SAID = ("category", "grade", "source", "reporter", "description", "plan", "result", "household_ack")


class ItemPane(QWidget):
    """Shows one item; a step that is refused says rule and reason under its button."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._wanted = ""
        self._course: Course | None = None
        self.title = label("", "title", wrap=True, selectable=True)
        self.number = label("", "quiet", selectable=True)
        self.light = BadgeLabel()
        self.whose = button(self.tr("打开农户"), self._open_household, icon="households")
        self._days = QWidget()
        self._dates = FlowLayout(self._days, spacing=14)
        self._facts = QVBoxLayout()
        self._path = QVBoxLayout()
        self._next = QGridLayout()
        self._next.setColumnStretch(1, 1)
        self._next.setHorizontalSpacing(12)
        self.photos = PhotoStrip(context, name=self.tr("佐证照片"))
        self.photos.setMinimumHeight(210)
        self._stack = QStackedWidget()
        self._stack.addWidget(
            EmptyState(self.tr("没有选择问题"), self.tr("在左边选一个问题；走访时选“否”会自动登记到这里。"))
        )
        self._stack.addWidget(self._sheet())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._stack)

    def open(self, problem_id: str) -> None:
        """Show an item."""
        self._wanted = problem_id
        self.refresh()

    def refresh(self) -> None:
        """Read it again."""
        if not self._wanted:
            return
        work, wanted = self._context.work, self._wanted
        self._context.tasks.read(
            lambda _progress: problem_courses.course(work, wanted),
            owner=self,
            done=self._show,
            latest="course",
        )

    def _sheet(self) -> QWidget:
        inner = QWidget()
        inner.setProperty("surface", "page")
        rows = QVBoxLayout(inner)
        rows.setContentsMargins(6, 12, 12, 12)
        rows.setSpacing(10)
        head, top = card(margin=14, spacing=8)
        line = QHBoxLayout()
        line.addWidget(self.title, 1)
        line.addWidget(self.light, 0, Qt.AlignmentFlag.AlignTop)
        top.addLayout(line)
        second = QHBoxLayout()
        second.addWidget(self.number, 1)
        second.addWidget(self.whose)
        top.addLayout(second)
        top.addWidget(self._days)
        top.addLayout(self._facts)
        rows.addWidget(head)
        for heading, layout in ((self.tr("下一步"), self._next), (self.tr("经过"), self._path)):
            frame, inside = card(margin=14, spacing=6)
            inside.addWidget(label(heading, "heading"))
            inside.addLayout(layout)
            rows.addWidget(frame)
        frame, inside = card(margin=14, spacing=4)
        inside.addWidget(label(self.tr("佐证"), "heading"))
        inside.addWidget(self.photos)
        rows.addWidget(frame)
        rows.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setWidget(inner)
        return scroll

    def _show(self, course: Course) -> None:
        self._course = course
        item = course.item
        self._stack.setCurrentIndex(1)
        self.title.setText(str(item["title"]))
        self.number.setText(item["ledger_no"] or "")
        self.light.show_badge(words.light_badge(course.standing, course.overdue_days))
        self.whose.setVisible(bool(item["household_id"]))
        self._show_dates(item)
        self._show_facts(course)
        self._show_path(course)
        self._show_next(course)
        self.photos.show_record("problem", str(item["id"]))

    def _show_dates(self, item: Mapping[str, Any]) -> None:
        clear(self._dates)
        dates = (
            ("reported_on", self.tr("发现日期")),
            ("due_verify", self.tr("核查期限")),
            ("due_opinion", self.tr("意见期限")),
            ("due_plan", self.tr("方案期限")),
            ("due_solve", self.tr("解决期限")),
        )
        for name, titled in dates:
            text = item[name].isoformat() if item[name] is not None else "–"
            cell = QWidget()
            lines = QVBoxLayout(cell)
            lines.setContentsMargins(0, 0, 0, 0)
            lines.setSpacing(2)
            lines.addWidget(label(titled, "quiet"))
            lines.addWidget(label(text, selectable=True))
            cell.setMinimumWidth(self.fontMetrics().horizontalAdvance("2026-11-24") + 2)
            self._dates.addWidget(cell)
        self._days.updateGeometry()

    def _show_facts(self, course: Course) -> None:
        clear(self._facts)
        for name in _SAID:
            text = show(PROBLEM[name], course.item[name]) if course.item[name] is not None else ""
            if text:
                self._facts.addWidget(label(f"{PROBLEM[name].label}：{text}", wrap=True, selectable=True))
        if course.idle_months:
            idle = self.tr("没有登记进展的月份：{months}").format(months="、".join(course.idle_months))
            self._facts.addWidget(label(idle, "warn", wrap=True))
        if course.extended_to is not None:
            text = self.tr("已批准延期至 {day}，原期限照常计算。").format(day=course.extended_to)
            self._facts.addWidget(label(text, "warn", wrap=True))

    def _show_path(self, course: Course) -> None:
        clear(self._path)
        first = self.tr("{day} 发现（登记）").format(day=course.item["reported_on"])
        self._path.addWidget(label(first, wrap=True))
        for step in course.steps:
            said = words.path_text(step)
            line = f"{step['on']} {title(Action(step['action']))}" + (f"：{said}" if said else "")
            self._path.addWidget(label(line, wrap=True, selectable=True))

    def _show_next(self, course: Course) -> None:
        clear(self._next)
        if not course.next_steps:
            self._next.addWidget(label(self.tr("已销号，没有下一步。"), "quiet"), 0, 0, 1, 2)
        before: QWidget = self.whose
        for step in course.next_steps:
            place = self._next.rowCount()
            take = button(step.title + "…", self._taking(step))
            self._next.addWidget(take, place, 0, Qt.AlignmentFlag.AlignTop)
            needs = "；".join(_reason(reason) for reason in step.judgement.reasons)
            words_ = self.tr("还差：{needs}").format(needs=needs) if needs else self.tr("可以办理")
            told = label(words_, "quiet" if needs else "good", wrap=True)
            self._next.addWidget(told, place, 1)
            QWidget.setTabOrder(before, take)
            before = take

    def _taking(self, step: NextStep) -> Any:
        return lambda: self._take(Action(step.action))

    def _take(self, action: Action) -> None:
        """The dialog of a step; photos of the item go along as its proof."""
        if self._course is None:
            return
        work, item = self._context.work, self._course.item
        form, names = words.step_form(action)
        start = {name: item.get(name) for name in names if name in PROBLEM.by_name}
        self._context.tasks.read(
            lambda _progress: [(c["id"], c["name"]) for c in cadres.list_cadres(work)],
            owner=self,
            done=lambda people: RecordDialog(
                self._context,
                self.window(),
                title=title(action),
                form=form,
                names=names,
                values={**start, "on": work.today()},
                choices={"owner_id": people},
                columns=1,
                save=lambda raw, _seen: _advance(work, str(item["id"]), action, raw),
                done=self.tr("已办理：{step}。").format(step=title(action)),
            ).open(),
        )

    def _open_household(self) -> None:
        if self._course is not None and self._course.item["household_id"]:
            self._context.signals.household_asked.emit(self._course.item["household_id"])


def _reason(reason: Reason) -> str:
    """``缺少责任人（R-PRB-4）``, with the earliest day where waiting helps."""
    earliest = f"，最早 {reason.earliest}" if reason.earliest is not None else ""
    rule = reason.rule if reason.rule.startswith("R-") else ""  # a bare section says nothing to anybody
    where = f"{rule}{earliest}".removeprefix("，")
    return f"{reason.message}（{where}）" if where else reason.message


def _advance(work: Workspace, problem_id: str, action: Action, raw: Mapping[str, Any]) -> Saved:
    proof = [one.id for one in attachments.of(work, "problem", problem_id)]
    given = {name: value for name, value in raw.items() if value is not None}
    return problem_courses.advance(work, problem_id, action.value, {**given, "proof_ids": proof or None})
