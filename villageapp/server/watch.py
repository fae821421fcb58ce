"""The thread in the server that remembers how much the database has acknowledged, notices a restoration, and
carries late work after households that have moved (``transfers.py``).
"""

from __future__ import annotations

import logging
import threading

from sqlalchemy.exc import SQLAlchemyError

from villageapp.errors import AppError
from villageapp.server import transfer_contents, transfers
from villageapp.server.blob_store import BlobStore
from villageapp.server.opening import Province

EVERY_SECONDS = 3.0
CONTENTS_EVERY = 4
"""Looks between two passes over the photos of households that have moved."""
_log = logging.getLogger(__name__)


class Watch:
    """Looks every few seconds, and once more when the server stops."""

    def __init__(self, province: Province, store: BlobStore, every_seconds: float = EVERY_SECONDS) -> None:
        self._province, self._store, self._every = province, store, every_seconds
        self._looks = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after one more look."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(self._every):
            self._look()
        self._look()

    def _look(self) -> None:
        try:
            if self._province.settle():
                _log.warning("the database was restored; the epoch is now %s", self._province.epoch)
            transfers.carry_late_work(self._province)
            if self._looks % CONTENTS_EVERY == 0:
                transfer_contents.carry_contents(self._province, self._store)
            self._looks += 1
        except SQLAlchemyError:
            _log.exception("the database did not answer the watch; it tries again")
        except AppError as error:
            _log.error("the watch could not finish its look: %s", error.code)
