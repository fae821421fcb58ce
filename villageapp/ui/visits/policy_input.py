"""What was told about policies: a line to type in, and ticks for those that fit this household."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from villageapp.domain.fields import Field
from villageapp.domain.policy_match import Match
from villageapp.ui.widgets.field_inputs import LineInput
from villageapp.ui.widgets.flow import FlowLayout, label

SEPARATOR = "；"
"""Between the titles in the line."""
_OFFERED = 8
_DOWN = (Qt.Key.Key_Down, Qt.Key.Key_Right)
_UP = (Qt.Key.Key_Up, Qt.Key.Key_Left)


class PolicyInput(LineInput):
    """One tab stop: the arrow down goes from the line into the ticks, space ticks, Enter goes on.

    The line is what is saved; a tick adds its title to it or takes it out.
    """

    def __init__(self, field: Field, matches: Sequence[Match]) -> None:
        super().__init__(field)
        self.ticks: dict[str, QCheckBox] = {}
        self._box = QWidget()
        self._flow = FlowLayout(self._box, spacing=12)
        for match in matches:
            if match.title not in self.ticks and len(self.ticks) < _OFFERED:
                self._offer(match)
        column = QVBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        self.row.removeWidget(self.line)
        column.addWidget(self.line)
        if self.ticks:
            column.addWidget(
                label(self.tr("这一户可能适用，讲过的请勾选（↓ 进入，空格勾选）："), "quiet", wrap=True)
            )
            column.addWidget(self._box)
        self.row.addLayout(column, 1)
        self.line.installEventFilter(self)
        self.line.textChanged.connect(lambda _text: self._follow())

    def set_value(self, value: Any) -> None:
        """Show the line, and tick what it names."""
        super().set_value(value)
        self._follow()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrows walk between the line and the ticks."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and self.ticks:
            stops: list[QObject] = [self.line, *self.ticks.values()]
            at = stops.index(watched)
            if event.key() in _DOWN and (watched is not self.line or event.key() == Qt.Key.Key_Down):
                self._walk(stops, at + 1)
                return True
            if event.key() in _UP and watched is not self.line:
                self._walk(stops, at - 1)
                return True
        return super().eventFilter(watched, event)

    def _offer(self, match: Match) -> None:
        tick = QCheckBox(match.title)
        tick.setFocusPolicy(Qt.FocusPolicy.ClickFocus)  # by arrows: a tab stop each would slow the form down
        why = self.tr("符合：{facts}").format(facts="、".join(match.because)) if match.because else ""
        lacking = self.tr("还要核实：{facts}").format(facts="、".join(match.missing)) if match.missing else ""
        told = "\n".join(part for part in (why, lacking) if part)
        tick.setToolTip(told)
        tick.setAccessibleName(self.tr("已宣讲：{title}").format(title=match.title))
        tick.setAccessibleDescription(told)
        tick.clicked.connect(lambda ticked: self._on_ticked(match.title, ticked))
        tick.installEventFilter(self)
        self.ticks[match.title] = tick
        self._flow.addWidget(tick)

    def _on_ticked(self, title: str, ticked: bool) -> None:
        parts = [part.strip() for part in self.line.text().split(SEPARATOR) if part.strip()]
        parts = [part for part in parts if part != title] + ([title] if ticked else [])
        text = SEPARATOR.join(parts)
        if len(text) > self.field.max_length:
            self.ticks[title].setChecked(False)
            return
        self.line.setText(text)
        self.edited.emit()

    def _follow(self) -> None:
        said = {part.strip() for part in self.line.text().split(SEPARATOR)}
        for title, tick in self.ticks.items():
            tick.setChecked(title in said)

    def _walk(self, stops: Sequence[QObject], at: int) -> None:
        wanted = stops[min(max(at, 0), len(stops) - 1)]
        assert isinstance(wanted, QWidget)
        wanted.setFocus(Qt.FocusReason.OtherFocusReason)
