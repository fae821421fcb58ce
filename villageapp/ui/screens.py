"""The screens of the rail. Only what works is listed; a later release adds its line here.

A screen is imported when it is first asked for, so that the main window comes up sooner.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from villageapp.ui.context import Context
from villageapp.ui.screen import ScreenPage

TODAY, HOUSEHOLDS, VISITS, SYNC = "today", "households", "visits", "sync"


@dataclass(frozen=True, slots=True)
class Screen:
    """One entry of the rail; ``key`` is also the name of its icon."""

    key: str
    title: str
    build: Callable[[Context], ScreenPage]


def screens() -> tuple[Screen, ...]:
    """All entries, in rail order; Alt+1 opens the first."""
    tr = QCoreApplication.translate
    return (
        Screen(TODAY, tr("screens", "今日工作"), _today),
        Screen(HOUSEHOLDS, tr("screens", "农户"), _households),
        Screen(VISITS, tr("screens", "走访"), _visits),
        Screen(SYNC, tr("screens", "同步"), _sync),
    )


def _today(context: Context) -> ScreenPage:
    from villageapp.ui.today.screen import TodayScreen

    return TodayScreen(context)


def _households(context: Context) -> ScreenPage:
    from villageapp.ui.households.screen import HouseholdsScreen

    return HouseholdsScreen(context)


def _visits(context: Context) -> ScreenPage:
    from villageapp.ui.visits.screen import VisitsScreen

    return VisitsScreen(context)


def _sync(context: Context) -> ScreenPage:
    from villageapp.ui.syncing.screen import SyncScreen

    return SyncScreen(context)
