"""The board: one column a stage, one card a clue or case; arrows move over the cards, Enter opens."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QEnterEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from villageapp.services.case_board import BoardCard, Stage
from villageapp.ui.monitoring import words
from villageapp.ui.theme import COLOURS
from villageapp.ui.widgets.badge import BadgeLabel
from villageapp.ui.widgets.flow import FlowLayout, clear, label

MOST_IN_A_COLUMN = 25
AT_ONCE = 24
"""Cards made in one turn of the event loop (some 20 ms)."""
_CHARACTERS = 10
"""Width of a card's text in Chinese characters."""
_GAP = 8


class CaseCard(QFrame):
    """One clue or case; a click, Enter or the space bar opens it."""

    opened = Signal(str)
    moved = Signal(int, int)
    """An arrow was pressed: columns to the right, cards down."""

    def __init__(self, card: BoardCard) -> None:
        super().__init__()
        self.card = card
        self.setProperty("surface", "card")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(words.spoken(card))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(9, 8, 9, 9)
        layout.setSpacing(3)
        name = label(words.name_text(card), "heading", wrap=True)
        layout.addWidget(name)
        for text in (card.group_name, words.category_text(card.category), words.risks_text(card.risks)):
            if text:
                layout.addWidget(label(text, "quiet", wrap=True))
        layout.addWidget(self._marks())
        if card.due is not None:
            layout.addWidget(label(words.due_text(card), wrap=True))
        if card.earliest_exit is not None:
            layout.addWidget(label(words.exit_text(card.earliest_exit), "quiet", wrap=True))

    def _marks(self) -> QWidget:
        box = QWidget()
        flow = FlowLayout(box, spacing=4)
        for badge in (words.state_badge(self.card.state), words.left_badge(self.card.days_left)):
            if badge is not None:
                flow.addWidget(BadgeLabel(badge))
        return box

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click opens."""
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.opened.emit(self.card.id)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter and space open; arrows go to the neighbours."""
        arrows = {
            Qt.Key.Key_Left: (-1, 0),
            Qt.Key.Key_Right: (1, 0),
            Qt.Key.Key_Up: (0, -1),
            Qt.Key.Key_Down: (0, 1),
        }
        key = Qt.Key(event.key())
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.opened.emit(self.card.id)
        elif key in arrows:
            self.moved.emit(*arrows[key])
        else:
            super().keyPressEvent(event)

    def enterEvent(self, event: QEnterEvent) -> None:
        """Show what a click would open."""
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """Back to rest."""
        super().leaveEvent(event)
        self.update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show where the keyboard is."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """The keyboard went on."""
        super().focusOutEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A frame in the accent colour under the mouse or the keyboard."""
        super().paintEvent(event)
        if not (self.hasFocus() or self.underMouse()):
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(COLOURS.accent), 2 if self.hasFocus() else 1))
        painter.drawRoundedRect(self.rect().adjusted(1, 1, -2, -2), 6, 6)
        painter.end()


class BoardView(QScrollArea):
    """All columns side by side; empty ones are narrow, so that seven fit beside each other."""

    opened = Signal(str)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName(name)
        self._page = QWidget()
        self._page.setProperty("surface", "page")
        self._row = QHBoxLayout(self._page)
        self._row.setContentsMargins(0, 0, 6, 0)
        self._row.setSpacing(_GAP)
        self.columns: dict[Stage, list[CaseCard]] = {}
        self._waiting: list[tuple[Stage, BoardCard, QVBoxLayout]] = []
        self._kept = ""
        self._turn = QTimer(self)
        self._turn.setSingleShot(True)
        self._turn.setInterval(0)
        self._turn.timeout.connect(lambda: self._add_waiting(AT_ONCE))
        self.setWidget(self._page)

    def show_cards(self, cards: Iterable[BoardCard]) -> None:
        """Replace all cards; the one with the keyboard keeps it."""
        kept = next((c.card.id for column in self.columns.values() for c in column if c.hasFocus()), "")
        by_stage: dict[Stage, list[BoardCard]] = {stage: [] for stage in Stage}
        for card in cards:
            by_stage[card.stage].append(card)
        clear(self._row)
        self.columns = {}
        self._waiting = []
        for stage, own in by_stage.items():
            self._row.addWidget(self._column(stage, own), 1 if own else 0)
        self._kept = kept
        self._add_waiting(AT_ONCE)

    def _add_waiting(self, most: int) -> None:
        """Some cards now, the others when the window has had its turn: a full board takes 0.1 s."""
        now, self._waiting = self._waiting[:most], self._waiting[most:]
        for stage, card, layout in now:
            shown = CaseCard(card)
            shown.opened.connect(self.opened)
            shown.moved.connect(lambda right, down, at=shown: self._move(at, right, down))
            layout.addWidget(shown)
            self.columns[stage].append(shown)
            if card.id == self._kept:
                self.focus_card(card.id)
        if self._waiting:
            self._turn.start()

    def focus_card(self, card_id: str = "") -> bool:
        """Give the keyboard to a card, or to the first one."""
        for column in self.columns.values():
            for card in column:
                if not card_id or card.card.id == card_id:
                    card.setFocus(Qt.FocusReason.OtherFocusReason)
                    self.ensureWidgetVisible(card)
                    return True
        return False

    def _column(self, stage: Stage, own: list[BoardCard]) -> QWidget:
        column = QWidget()
        layout = QVBoxLayout(column)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        title = label(f"{words.stage_title(stage)} {len(own)}" if own else words.stage_title(stage))
        title.setProperty("role", "heading" if own else "quiet")
        layout.addWidget(title)
        cards = QVBoxLayout()
        cards.setSpacing(6)
        layout.addLayout(cards)
        self._waiting += [(stage, card, cards) for card in own[:MOST_IN_A_COLUMN]]
        rest = len(own) - MOST_IN_A_COLUMN
        if rest > 0:
            layout.addWidget(
                label(self.tr("还有 {count} 件，请看列表").format(count=rest), "quiet", wrap=True)
            )
        layout.addStretch(1)
        self.columns[stage] = []
        if own:
            column.setMinimumWidth(title.fontMetrics().horizontalAdvance("字") * _CHARACTERS + 20)
        column.setSizePolicy(
            QSizePolicy.Policy.Preferred if own else QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Preferred
        )
        return column

    def _move(self, card: CaseCard, right: int, down: int) -> None:
        filled = [column for column in self.columns.values() if column]
        at = next(n for n, column in enumerate(filled) if card in column)
        row = filled[at].index(card)
        column = filled[min(max(at + right, 0), len(filled) - 1)]
        wanted = column[min(max(row + down, 0), len(column) - 1)]
        wanted.setFocus(Qt.FocusReason.OtherFocusReason)
        self.ensureWidgetVisible(wanted)
