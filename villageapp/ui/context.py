"""What every screen is handed: nothing in the window is global."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from villageapp.ui.preferences import Preferences
from villageapp.ui.signals import Signals
from villageapp.ui.tasks import TaskRunner
from villageapp.ui.tell import Tell

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Context:
    """The opened store and the means to work with it; made once by ``ui/app.py`` after sign-in."""

    work: Workspace
    tasks: TaskRunner
    signals: Signals
    tell: Tell
    settings: Preferences


def make_context(work: Workspace, settings: Preferences) -> Context:
    """A context whose parts are wired: finished work is announced, unhandled errors are shown."""
    tasks, signals, tell = TaskRunner(), Signals(), Tell()
    tasks.changed.connect(signals.changed)
    tasks.failed.connect(tell.error)
    return Context(work, tasks, signals, tell, settings)
