"""Saving a sheet of visits: look all rows over, ask about what is odd or wrong, save the good ones at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, Signal

from villageapp.errors import Problem
from villageapp.services import visit_batches
from villageapp.services.results import Saved
from villageapp.services.visit_batches import RowFinding
from villageapp.ui.context import Context
from villageapp.ui.visits import grid_rows
from villageapp.ui.visits.grid_rows import SheetHead

_NAMED = 12
"""Lines of a question; the rest is counted."""


@dataclass(frozen=True, slots=True)
class _Batch:
    """One press of 保存."""

    rows: dict[str, dict[str, Any]]
    wrong: dict[str, list[Problem]]
    """What the rows themselves get wrong, by household."""
    names: Mapping[str, str]


class GridSaver(QObject):
    """``found`` marks rows, ``saved`` after the transaction, ``busy_changed`` while nothing may be typed."""

    found = Signal(dict)
    """Household id to problems (errors and warnings)."""
    saved = Signal(object)
    """``Saved`` with a BatchSaved."""
    busy_changed = Signal(bool)

    def __init__(self, context: Context, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self._attempt = 0
        self.is_busy = False

    def save(self, typed: Mapping[str, Mapping[str, Any]], head: SheetHead) -> None:
        """Begin; a second press while one is under way does nothing."""
        if self.is_busy or not typed:
            return
        self.forget()
        batch = _Batch({}, {}, head.names)
        for household_id, row in typed.items():
            batch.rows[household_id], wrong = grid_rows.visit_of(household_id, row, head)
            if wrong:
                batch.wrong[household_id] = wrong
        attempt, work = self._attempt, self._context.work
        judged = {one: values for one, values in batch.rows.items() if one not in batch.wrong}
        self._set_busy(True)
        self._context.tasks.read(
            lambda _progress: visit_batches.look_over(work, judged),
            owner=self,
            done=lambda findings: self._on_judged(attempt, batch, findings),
            failed=self._on_failed,
        )

    def forget(self) -> None:
        """An answer to an earlier question no longer saves anything."""
        self._attempt += 1

    def _on_judged(self, attempt: int, batch: _Batch, findings: Sequence[RowFinding]) -> None:
        self._set_busy(False)
        if attempt != self._attempt:
            return
        errors = {**batch.wrong, **{one.household_id: list(one.errors) for one in findings if one.errors}}
        odd = {one.household_id: list(one.warnings) for one in findings if one.warnings and not one.errors}
        self.found.emit({**odd, **errors})
        good = {one: values for one, values in batch.rows.items() if one not in errors}
        if not errors and not odd:
            self._record(attempt, good)
        elif not good:
            said = self.tr("{count} 户都有要改的地方，没有保存。").format(count=len(errors))
            self._context.tell.trouble(said + " " + _lines(batch.names, errors)[0])
        else:
            self._ask(attempt, batch, good, errors, odd)

    def _ask(
        self,
        attempt: int,
        batch: _Batch,
        good: dict[str, dict[str, Any]],
        errors: dict[str, list[Problem]],
        odd: dict[str, list[Problem]],
    ) -> None:
        if errors:
            question = self.tr("有 {wrong} 户要改，只保存其余 {good} 户？")
        else:
            question = self.tr("有几处请再看一下，仍要保存 {good} 户？")
        lines = [f"✕ {line}" for line in _lines(batch.names, errors)]
        lines += [f"· {line}" for line in _lines(batch.names, odd)]
        if len(lines) > _NAMED:
            rest = len(lines) - _NAMED
            lines = [*lines[:_NAMED], self.tr("……还有 {count} 处，表里都有标记").format(count=rest)]
        self._context.tell.ask(
            question.format(wrong=len(errors), good=len(good)),
            yes=self.tr("保存 {good} 户").format(good=len(good)),
            no=self.tr("回去修改"),
            details="\n".join(lines),
            then=lambda: self._record(attempt, good),
        )

    def _record(self, attempt: int, rows: dict[str, dict[str, Any]]) -> None:
        if attempt != self._attempt:
            return
        self.forget()
        self._set_busy(True)
        work = self._context.work
        self._context.tasks.write(
            lambda _progress: visit_batches.record_all(work, rows),
            owner=self,
            done=self._on_saved,
            failed=self._on_failed,
        )

    def _on_saved(self, saved: Saved) -> None:
        self._set_busy(False)
        self.saved.emit(saved)

    def _on_failed(self, error: Exception) -> None:
        self._set_busy(False)
        self._context.tell.error(error)

    def _set_busy(self, busy: bool) -> None:
        self.is_busy = busy
        self.busy_changed.emit(busy)


def _lines(names: Mapping[str, str], problems: Mapping[str, Sequence[Problem]]) -> list[str]:
    return [
        f"{names.get(household_id, '')}：{problem.message}"
        for household_id, found in problems.items()
        for problem in found
    ]
