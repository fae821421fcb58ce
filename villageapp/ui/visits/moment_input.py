"""When one arrived and left: a bare clock time is enough, the day is filled in."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from villageapp.domain.fields import Field, tidy
from villageapp.ui.widgets.field_inputs import LineInput

_CLOCK = re.compile(r"(\d{1,2})[:.点时]?(\d{2})分?")

_FRAME = 36
"""Pixels of border and padding of a line."""


class MomentInput(LineInput):
    """An instant in China time. ``14:30`` and ``1430`` become a whole time on ``day()``."""

    def __init__(self, field: Field, day: Callable[[], date]) -> None:
        super().__init__(field)
        self._day = day
        self.line.setMinimumWidth(self.line.fontMetrics().horizontalAdvance("0000-00-00 00:00") + _FRAME)
        self.line.editingFinished.connect(self._complete)

    def value(self) -> str | None:
        """The typed time, completed by its day."""
        text = self.line.text().strip()
        return self._completed(text) or None

    def _complete(self) -> None:
        text = self._completed(self.line.text().strip())
        if text != self.line.text():
            self.line.setText(text)

    def _completed(self, text: str) -> str:
        clock = _CLOCK.fullmatch(tidy(text))
        if clock is None or int(clock[1]) > 23 or int(clock[2]) > 59:
            return text
        return f"{self._day().isoformat()} {int(clock[1]):02d}:{clock[2]}"
