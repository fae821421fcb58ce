"""A laptop's store that can die at any statement or commit, and run out of room, as real ones do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.orm import Session

from villageapp.models.database import Database

UNLIMITED = 4_294_967_294
"""Pages: SQLite's own limit."""


class Killed(BaseException):
    """The process is gone. Nothing may catch this but the simulation."""


@dataclass(slots=True)
class Death:
    """When the process dies: before its n-th statement, before or after its n-th commit (counted from 1)."""

    statement: int = 0
    before_commit: int = 0
    after_commit: int = 0


class FragileDatabase(Database):
    """The real store; ``death`` and ``room`` (pages that it may still grow by) say what befalls it."""

    def __init__(
        self, path: Path, key: bytes, install: Callable[[type[Session]], None] | None = None
    ) -> None:
        super().__init__(path, key, install)
        self.death: Death | None = None
        self.room: int | None = None
        self.statements = self.commits = 0
        self._was_limited = False
        event.listen(self._engine, "before_cursor_execute", self._executing)
        event.listen(self._engine, "commit", self._committing)
        event.listen(self._engine, "begin", self._beginning)

    def arm(self, death: Death | None = None, room: int | None = None) -> None:
        """Set what befalls it from now on; nothing by default."""
        self.death, self.room = death, room
        self.statements = self.commits = 0

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """As inherited; may die when all is on disk."""
        with super().transaction() as session:
            yield session
        self._committed()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """As inherited; may die when all is on disk."""
        with super().writing() as connection:
            yield connection
        self._committed()

    def _executing(self, *_: Any) -> None:
        self.statements += 1
        if self.death is not None and self.statements == self.death.statement:
            raise Killed

    def _committing(self, _: Connection) -> None:
        self.commits += 1
        if self.death is not None and self.commits == self.death.before_commit:
            raise Killed

    def _committed(self) -> None:
        if self.death is not None and self.commits == self.death.after_commit:
            raise Killed

    def _beginning(self, connection: Connection) -> None:
        if self.room is None and not self._was_limited:
            return
        raw: Any = connection.connection.dbapi_connection
        pages = raw.execute("PRAGMA page_count").fetchone()[0]
        limit = UNLIMITED if self.room is None else pages + self.room
        raw.execute(f"PRAGMA max_page_count = {limit}").fetchall()
        self._was_limited = True
