"""What one save set going, and where to go next."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from villageapp.services.problems import OpenedProblem
from villageapp.services.visit_sheets import Wanted
from villageapp.ui.context import Context
from villageapp.ui.visits import words
from villageapp.ui.visits.recording import Recorded
from villageapp.ui.visits.sheet_printing import SheetPrinting
from villageapp.ui.widgets.badge import Badge, BadgeLabel, Mood
from villageapp.ui.widgets.flow import FlowLayout, button, card, clear, label

_WIDTH = 860


class SavedPanel(QWidget):
    """Shown after every save; the keyboard stands on the next household."""

    next_asked = Signal(str)
    """Household id."""
    household_asked = Signal(str)
    list_asked = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._recorded: Recorded | None = None
        self.title = label("", "title", wrap=True)
        self.next_visit = label("")
        frame, self._layout = card(margin=24, spacing=12)
        self._found = QVBoxLayout()
        self._found.setSpacing(12)
        self.next_button = button("", self._go_next, role="primary", icon="next")
        self.show_button = button(self.tr("打开农户"), self._show_household, icon="households")
        self.printing = SheetPrinting(context, self)
        self.print_button = button(self.tr("打印走访表…"), self._print, icon="print")
        self.again_button = button(self.tr("再走一户"), self.list_asked.emit, icon="visits")
        self._lay_out(frame)
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
            shortcut.activated.connect(self._go_next)

    def show_recorded(self, recorded: Recorded, name: str) -> None:
        """Say what became of the visit at ``name``."""
        self._recorded = recorded
        outcome, today = recorded.outcome, self._context.work.today()
        self.title.setText(self.tr("{name}的走访").format(name=name))
        clear(self._found)
        for problem in outcome.problems:
            self._found.addWidget(self._problem(problem))
        if not outcome.problems:
            self._found.addWidget(label(self.tr("没有新问题。"), "good"))
        day = outcome.next_visit_on
        said = words.day_text(day, today) if day is not None else self.tr("没有安排")
        self.next_visit.setText(self.tr("下次走访：{day}").format(day=said))
        self.next_button.setText(self.tr("下一户：{name} Ctrl+Enter").format(name=recorded.next_name))
        self.next_button.setAccessibleName(self.next_button.text())
        self.next_button.setVisible(outcome.next_household_id is not None)
        self.focus_first()

    def focus_first(self) -> None:
        """The next household, or the list at the end of a group."""
        first = self.again_button if self.next_button.isHidden() else self.next_button
        first.setFocus(Qt.FocusReason.TabFocusReason)

    def _lay_out(self, frame: QWidget) -> None:
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(BadgeLabel(Badge(self.tr("✓ 已保存到本机"), Mood.GOOD)))
        head.addWidget(self.title, 1)
        box = QWidget()
        buttons = FlowLayout(box, spacing=10)
        for part in (self.next_button, self.show_button, self.print_button, self.again_button):
            buttons.addWidget(part)
        self._layout.addLayout(head)
        self._layout.addLayout(self._found)
        self._layout.addWidget(self.next_visit)
        self._layout.addWidget(box)
        frame.setMaximumWidth(_WIDTH)
        frame.setMinimumWidth(_WIDTH - 200)
        page = QVBoxLayout(self)
        page.setContentsMargins(24, 32, 24, 24)
        middle = QHBoxLayout()  # an aligned item would be given the height of another width
        middle.addStretch(1)
        middle.addWidget(frame, 100)
        middle.addStretch(1)
        page.addLayout(middle)
        page.addStretch(1)

    def _problem(self, problem: OpenedProblem) -> QWidget:
        frame, layout = card()
        head = QHBoxLayout()
        mood = Mood.WARN if problem.existing else Mood.BAD
        head.addWidget(BadgeLabel(Badge(words.category_text(problem.category), mood)))
        head.addWidget(label(problem.title, wrap=True), 1)
        layout.addLayout(head)
        layout.addWidget(label(self._problem_text(problem), "quiet", wrap=True))
        return frame

    def _problem_text(self, problem: OpenedProblem) -> str:
        today = self._context.work.today()
        if problem.existing:
            day = (
                words.day_text(problem.due_solve, today) if problem.due_solve is not None else self.tr("未定")
            )
            return self.tr("已有同类未销号问题，没有重复登记；解决期限 {day}。").format(day=day)
        due = (problem.due_verify, problem.due_opinion, problem.due_plan, problem.due_solve)
        return self.tr("已登记问题：{dates}").format(dates=words.dates_text(due, today))

    def _go_next(self) -> None:
        if self._recorded is not None and self._recorded.outcome.next_household_id and self.isVisible():
            self.next_asked.emit(self._recorded.outcome.next_household_id)

    def _print(self) -> None:
        if self._recorded is not None:
            self.printing.print(Wanted(visits=(self._recorded.outcome.visit_id,)))

    def _show_household(self) -> None:
        if self._recorded is not None:
            self.household_asked.emit(self._recorded.household_id)
