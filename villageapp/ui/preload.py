"""Modules that take long to import, loaded on a worker thread while the person types the passphrase.

Only plain modules; Qt classes are imported on the GUI thread.
"""

from __future__ import annotations

import importlib

from villageapp.progress import Progress

BEFORE_OPENING = (
    "villageapp.services.workspace",
    "villageapp.services.households",
    "villageapp.services.search",
    "villageapp.services.visits",
    "villageapp.services.today",
    "villageapp.services.syncing",
)
"""What opening the store and the first screens need."""
AFTER_OPENING = ("villageapp.services.enrolling", "villageapp.services.cards", "villageapp.services.imports")
"""What is needed at the first import, print or enrolment."""


def load(names: tuple[str, ...], progress: Progress) -> None:
    """Import the modules one after the other, stopping when cancelled."""
    for name in names:
        progress.check_cancelled()
        importlib.import_module(name)
