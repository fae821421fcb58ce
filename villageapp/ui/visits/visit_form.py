"""The visit form: one page, top to bottom. Enter goes on, digits answer; layout by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeyEvent
from PySide6.QtWidgets import QApplication, QGridLayout, QVBoxLayout, QWidget

from villageapp.domain import dates
from villageapp.domain.fields import parse
from villageapp.domain.problem import CATEGORY_OF_ANSWER, deadlines
from villageapp.domain.visit import BASIC_NEEDS, CHANGES, GUARANTEES, VISIT, counts_as_coverage, next_visit
from villageapp.errors import AppError, Problem
from villageapp.services.signatures import VISITOR
from villageapp.ui.context import Context
from villageapp.ui.visits import words
from villageapp.ui.visits.guarantee import Guarantee
from villageapp.ui.visits.papers import PapersCard
from villageapp.ui.visits.question import Question
from villageapp.ui.visits.questions import Questions
from villageapp.ui.visits.reading import FormStart
from villageapp.ui.widgets.field_inputs import LineInput, NoteInput
from villageapp.ui.widgets.flow import card, label

ENTER_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_TOP = Qt.AlignmentFlag.AlignTop


class VisitForm(QWidget):
    """All questions about one household. ``edited`` after every change, ``finished`` after the last Enter."""

    edited = Signal()
    finished = Signal()
    reached = Signal(QWidget)
    """The keyboard came to this question."""

    def __init__(self, context: Context, start: FormStart) -> None:
        super().__init__()
        self._work = context.work
        self._start = start
        self._open_categories = start.opening.open_categories
        self._has_own_next = False
        self._body: list[QWidget] = []
        self._off: list[QWidget] = []
        self._is_narrow, self._wide_width = False, 0
        self.questions = Questions(start)
        self.papers = PapersCard(context, self.values, self._signer, _titles(start))
        self.setProperty("surface", "page")
        self.setAcceptDrops(True)
        self._lay_out()
        self._listen()
        self._fill()

    def values(self) -> dict[str, Any]:
        """Raw values for saving. The next visit is given only when somebody chose it: the rule decides else."""
        found = self.questions.values()
        if not self._has_own_next:
            found["next_visit_on"] = None
        return found

    def draft_values(self) -> dict[str, Any]:
        """Everything typed, for the draft."""
        found = self.questions.raw()
        if not self._has_own_next:
            found["next_visit_on"] = None
        return {**found, **self.papers.draft_values()}

    def restore(self, draft: Mapping[str, Any]) -> None:
        """Show a draft."""
        self._has_own_next = draft.get("next_visit_on") is not None
        self.questions.set_raw(draft)
        self._follow()
        self.papers.restore(draft)

    def update_known(self, start: FormStart) -> None:
        """Take what changed meanwhile (another laptop) without touching what is typed."""
        self._open_categories = start.opening.open_categories
        self.questions.show_last(start.opening.previous, start.today)
        self._follow()

    def answer_all_normal(self) -> None:
        """Everything not yet answered: 三保障, 饮水, 吃, 穿 are 是, the five changes 否."""
        for names, answer in (((*GUARANTEES, *BASIC_NEEDS), True), (CHANGES, False)):
            for name in names:
                if self.questions[name].input.value() is None:
                    self.questions[name].input.set_value(answer)
        self._on_edited("")

    def show_problems(self, problems: Sequence[Problem]) -> list[Problem]:
        """Each beside its question, the first one focused; returns those that no question here shows."""
        for question in self.questions.all.values():
            question.clear_problem()
        asked, left, first = self.questions.asked(), [], ""
        for problem in problems:
            if problem.field in asked:
                self.questions[problem.field].show_problem(problem)
                first = first or problem.field
            else:
                left.append(problem)
        if first:
            self.questions[first].take_focus()
        return left

    def fit(self, width: int) -> None:
        """Arrange for a view ``width`` pixels wide: header and switches stand beside each other or, where
        the window is narrow or the letters large, below each other. Nothing is scrolled sideways."""
        if not self._is_narrow:
            self._wide_width = self.minimumSizeHint().width()
        narrow = width < self._wide_width
        if narrow != self._is_narrow:
            self._is_narrow = narrow
            self._place_header(narrow=narrow)
            self._place_switches(narrow=narrow)

    def focus_first(self) -> None:
        """The first question without a default."""
        self.questions["result"].take_focus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter in a line or on a tick box goes on."""
        if event.key() in ENTER_KEYS and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            self._go_on(self._current())
        else:
            super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Photos may be dropped anywhere on the form."""
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Take dropped photos."""
        self.papers.photos.dropEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter in free text goes on too; Shift+Enter makes a new line."""
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
            and event.key() in ENTER_KEYS
            and not event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        ):
            self._go_on(self._current())
            return True
        return super().eventFilter(watched, event)

    def _lay_out(self) -> None:
        self._page = QVBoxLayout(self)
        self._page.setContentsMargins(16, 4, 16, 16)
        self._page.setSpacing(12)
        self._lay_out_header()
        self._section(self.tr("五变化"), self.tr("和上次比，有没有变化"), _with_notes(CHANGES), columns=1)
        self._lay_out_guarantees()
        if self.questions.measures():
            self._section(self.tr("帮扶措施落实"), "", self.questions.measures(), columns=1)
        money = ("income_trend", "big_expense", "expense_kind", "expense_amount")
        self._section(self.tr("收入和支出"), "", money, columns=1)
        self._section(
            self.tr("困难、诉求和帮办"), "", ("difficulty", "demand", "policy_told", "help_done"), columns=2
        )
        self._lay_out_end()
        self._page.addStretch(1)

    def _lay_out_header(self) -> None:
        frame, layout = card(margin=14)
        self._header = _grid(24, 8)
        layout.addLayout(self._header)
        self._place_header(narrow=False)
        self._page.addWidget(frame)

    def _lay_out_guarantees(self) -> None:
        hint = self.tr("选“否”会登记问题，按 135/710 时限办理")
        layout = self._card(self.tr("三保障和饮水、两不愁"), hint)
        self._switches = _grid(32, 12)
        layout.addLayout(self._switches)
        self._place_switches(narrow=False)

    def _place_header(self, *, narrow: bool) -> None:
        columns = 1 if narrow else 3
        first = ("started_at", "ended_at", "kind")
        for place, name in enumerate(first):
            self._header.addWidget(self.questions[name], place // columns, place % columns, _TOP)
        for row, name in enumerate(("visitors", "result", "interviewee"), start=len(first)):
            self._header.addWidget(self.questions[name], row, 0, 1, 3)
        _share(self._header, columns, of=3)

    def _place_switches(self, *, narrow: bool) -> None:
        columns = 1 if narrow else 2
        for place, name in enumerate((*GUARANTEES, *BASIC_NEEDS)):
            self._switches.addWidget(self.questions.guarantees[name], place // columns, place % columns, _TOP)
        _share(self._switches, columns, of=2)

    def _lay_out_end(self) -> None:
        frame, layout = card(margin=14)
        for name in ("satisfaction", "next_visit_on", "signed_on_paper", "note"):
            layout.addWidget(self.questions[name])
        self._page.addWidget(frame)
        self._page.addWidget(self.papers)

    def _section(self, title: str, hint: str, names: Sequence[str], *, columns: int) -> None:
        layout = self._card(title, hint)
        grid = _grid(24, 8)
        for place, name in enumerate(names):
            grid.addWidget(self.questions[name], place // columns, place % columns, _TOP)
        _share(grid, columns, of=columns)
        layout.addLayout(grid)

    def _card(self, title: str, hint: str) -> QVBoxLayout:
        frame, layout = card(margin=14)
        heading = QGridLayout()
        heading.addWidget(label(title, "heading"), 0, 0)
        heading.addWidget(label(hint, "quiet"), 0, 1, Qt.AlignmentFlag.AlignBottom)
        heading.setColumnStretch(1, 1)
        heading.setHorizontalSpacing(12)
        layout.addLayout(heading)
        self._page.addWidget(frame)
        self._body.append(frame)
        return layout

    def _listen(self) -> None:
        for key in self.questions:
            question = self.questions[key]
            question.input.edited.connect(lambda key=key: self._on_edited(key))
            if isinstance(question.input, NoteInput):
                question.input.text.installEventFilter(self)
            elif _announces_enter(question):
                question.input.answered.connect(lambda question=question: self._go_on(question))
        self.papers.edited.connect(self.edited)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._on_focus_changed)

    def _fill(self) -> None:
        for name, value in self._start.opening.defaults.items():
            self.questions[name].input.set_value(value)
        self._follow()

    def _on_edited(self, key: str) -> None:
        if key == "next_visit_on":
            self._has_own_next = self.questions[key].input.value() is not None
        if key == "result":
            self._propose_interviewee()
        self._follow()
        self.papers.follow()
        self.edited.emit()

    def _follow(self) -> None:
        """Open and close what depends on other answers."""
        off: list[QWidget] = list(self._body) if self.questions.meets_nobody() else []
        off += [self.questions[key] for key in self.questions if self.questions.is_off(key)]
        for part in self._off:
            if part not in off:
                part.show()
        for part in off:
            if part not in self._off:
                part.hide()
        self._off = off
        self._show_notices()
        self._propose_next_visit()

    def _show_notices(self) -> None:
        seen: set[str] = set()
        for name, made in self.questions.guarantees.items():
            if self.questions.is_off(f"{name}_note"):
                made.close_reason()
                continue
            category = CATEGORY_OF_ANSWER[name]
            made.open_reason(self._notice(category, is_second=category in seen))
            seen.add(category)

    def _notice(self, category: str, *, is_second: bool) -> str:
        title = words.category_text(category)
        if category in self._open_categories:
            return self.tr("这户已有未销号的“{title}”问题，不重复登记。").format(title=title)
        if is_second:
            return self.tr("与上面一项合并登记为一个“{title}”问题。").format(title=title)
        day = self._visited_on()
        try:
            due = deadlines(day, None, self._work.parameters)
        except AppError as error:
            return error.line()
        text = words.deadlines_text(due, day, self._start.today)
        return self.tr("保存后登记“{title}”问题，期限：\n{dates}").format(title=title, dates=text)

    def _propose_interviewee(self) -> None:
        """见到户主 means that the head was spoken to; what somebody typed stays."""
        made = self.questions["interviewee"].input
        head = self._start.opening.head_name
        met_head = self.questions["result"].input.value() == "见到户主"
        if met_head and made.value() is None:
            made.set_value(head)
        elif not met_head and made.value() == head:
            made.set_value(None)

    def _propose_next_visit(self) -> None:
        question = self.questions["next_visit_on"]
        if self._has_own_next:
            question.show_last("")
            return
        result = self.questions["result"].input.value()
        if result is not None and not counts_as_coverage(result):
            question.input.set_value(None)
            question.show_last(self.tr("没有见到人，请定下次什么时候再来"))
            return
        self._show_planned(question)

    def _show_planned(self, question: Question) -> None:
        """R-VIS-1; a day for which the rule has no number leaves the choice to the person."""
        day, household = self._visited_on(), self._start.opening.household
        try:
            planned = next_visit(
                household["household_type"],
                household["monitoring_category"],
                household["risk_eliminated"],
                day,
                self._work.parameters,
            )
        except AppError as error:
            question.input.set_value(None)
            question.show_last(error.line())
            return
        question.input.set_value(planned)
        question.show_last(words.next_visit_hint(day, planned, household))

    def _visited_on(self) -> date:
        """The day of the visit as typed; today while the time cannot be read."""
        try:
            started = parse(VISIT["started_at"], self.questions["started_at"].input.value())
        except ValueError:  # said beside the field when saving
            started = None
        return dates.local_day(started) if started is not None else self._start.today

    def _signer(self, role: str) -> str:
        """Whose name stands first when this role signs."""
        if role == VISITOR:
            return dict(self._start.visitors).get(self._work.identity.user_id, "")
        return self.questions["interviewee"].input.value() or self._start.opening.head_name

    def _current(self) -> Question | None:
        focused = QApplication.focusWidget()
        return next(
            (q for q in self.questions.all.values() if focused is not None and q.isAncestorOf(focused)), None
        )

    def _go_on(self, question: Question | None) -> None:
        asked = self.questions.asked()
        place = next((i for i, key in enumerate(asked) if self.questions[key] is question), None)
        if place is not None and place + 1 < len(asked):
            self.questions[asked[place + 1]].take_focus()
        elif place is not None:
            self.finished.emit()

    def _on_focus_changed(self, _old: QWidget | None, now: QWidget | None) -> None:
        if now is not None and self.isAncestorOf(now):
            question = self._current()
            around = question.parentWidget() if question is not None else None
            if question is not None:
                self.reached.emit(around if isinstance(around, Guarantee) else question)


def _titles(start: FormStart) -> dict[str, str]:
    return {measure["id"]: words.measure_text(measure) for measure in start.opening.measures}


def _grid(across: int, down: int) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(across)
    grid.setVerticalSpacing(down)
    return grid


def _share(grid: QGridLayout, columns: int, *, of: int) -> None:
    """The first ``columns`` share the width."""
    for column in range(of):
        grid.setColumnStretch(column, 1 if column < columns else 0)


def _with_notes(names: Sequence[str]) -> list[str]:
    return [key for name in names for key in (name, f"{name}_note")]


def _announces_enter(question: Question) -> bool:
    """Lines leave Enter to the form; inputs that swallow it say ``answered``."""
    return not isinstance(question.input, LineInput)
