"""Look over, ask about what is odd, record: each press of 保存 writes at most one visit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QObject, Signal

from villageapp.errors import Problem
from villageapp.ui.context import Context
from villageapp.ui.visits import recording
from villageapp.ui.visits.recording import Papers


class VisitSaver(QObject):
    """Carries one visit at a time from the form into the store."""

    recorded = Signal(object)
    """``Recorded``: the visit is in the store."""
    refused = Signal(object)
    """The Exception that kept it from being saved; the draft is still there."""
    found_odd = Signal(list)
    """Warnings (Problem) to show beside the questions while the person is asked."""
    busy_changed = Signal(bool)
    """True while answers are looked over or written: nothing may be typed then."""

    def __init__(self, context: Context, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self._attempt = 0
        self._papers = recording.NO_PAPERS
        self.is_busy = False

    def save(
        self, household_id: str, values: Mapping[str, Any], papers: Papers = recording.NO_PAPERS
    ) -> None:
        """Begin; a second press while one is under way does nothing."""
        if self.is_busy:
            return
        self.forget()
        attempt, work = self._attempt, self._context.work
        self._papers = papers
        self._set_busy(True)
        self._context.tasks.read(
            lambda _progress: recording.look_over(work, household_id, values),
            owner=self,
            done=lambda odd: self._on_looked_over(attempt, household_id, values, odd),
            failed=self._on_refused,
        )

    def forget(self) -> None:
        """An answer to an earlier question no longer saves anything."""
        self._attempt += 1

    def _on_looked_over(
        self, attempt: int, household_id: str, values: Mapping[str, Any], odd: Sequence[Problem]
    ) -> None:
        if attempt == self._attempt and not odd:
            self._record(attempt, household_id, values)
            return
        self._set_busy(False)
        if attempt != self._attempt:
            return
        self.found_odd.emit(list(odd))
        self._context.tell.ask(
            self.tr("有几处请再看一下，仍要保存？"),
            yes=self.tr("仍要保存"),
            no=self.tr("回去修改"),
            details="\n".join(dict.fromkeys(f"· {problem.message}" for problem in odd)),
            then=lambda: self._record(attempt, household_id, values),
        )

    def _record(self, attempt: int, household_id: str, values: Mapping[str, Any]) -> None:
        if attempt != self._attempt:
            return
        self.forget()
        self._set_busy(True)
        work, papers = self._context.work, self._papers
        self._context.tasks.write(
            lambda _progress: recording.record(work, household_id, values, papers),
            owner=self,
            done=self._on_recorded,
            failed=self._on_refused,
        )

    def _on_recorded(self, recorded: recording.Recorded) -> None:
        self._set_busy(False)
        self.recorded.emit(recorded)

    def _on_refused(self, error: Exception) -> None:
        self._set_busy(False)
        self.refused.emit(error)

    def _set_busy(self, busy: bool) -> None:
        self.is_busy = busy
        self.busy_changed.emit(busy)
