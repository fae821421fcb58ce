"""Modules that take long to import, loaded while the person types the passphrase.

Plain modules on a worker thread; Qt classes on the GUI thread, one module between two keystrokes.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from villageapp.progress import Progress

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

BEFORE_OPENING = (
    "villageapp.services.workspace",
    "villageapp.services.households",
    "villageapp.services.search",
    "villageapp.services.visits",
    "villageapp.services.today",
    "villageapp.services.syncing",
)
"""What opening the store and the first screens need."""
WINDOW = (
    "villageapp.ui.context",
    "villageapp.ui.main_window",
    "villageapp.ui.today.screen",
    "villageapp.ui.households.screen",
    "villageapp.ui.households.page",
)
"""Qt classes of the main window and the screens that it usually begins with; they need the modules above."""
AFTER_OPENING = (
    "villageapp.services.enrolling",
    "villageapp.services.outputs",
    "villageapp.services.cards",
    "villageapp.services.imports",
)
"""What is needed at the first import, print or enrolment."""


def load(names: tuple[str, ...], progress: Progress) -> None:
    """Import the modules one after the other, stopping when cancelled."""
    for name in names:
        progress.check_cancelled()
        importlib.import_module(name)


def load_the_rest(work: Workspace, progress: Progress) -> None:
    """What the first import, print, enrolment and search need, once the window stands. Raises Cancelled."""
    from villageapp.services import search

    load(AFTER_OPENING, progress)
    search.prepare(work, progress)
