"""A store with damaged pages, read as far as it can be read. Nothing is ever written into it.

SQLCipher signs every page: a page that was altered on the disk is never taken for data, and reading it fails. The
connection that met one is of no use afterwards and is opened again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import sqlcipher3.dbapi2 as sqlcipher
from sqlalchemy import Connection, create_engine, exc
from sqlalchemy.pool import NullPool

from villageapp.models.database import connect

PORTION = 256
"""Rows read at once where nothing is damaged."""
NEAR = 32
"""After so many unreadable numbers in a row the steps are twice as long, again and again: a lost page of an index
costs thousands."""
MOST_MISSED = 50_000
"""Unreadable numbers in a row after which a table is taken to be at its end."""

STILL_GOOD = ("PRAGMA shrink_memory", "SELECT count(*) FROM sqlite_master")
"""Fail on a connection that met a damaged page. The page itself is given as zeros, and where it is the last one of a
long value the statement that read it does not notice; pages that are in memory are given after it as before."""
DATABASE_ERROR: type[Exception] = sqlcipher.Error
"""What the driver raises when a page cannot be read."""

T = TypeVar("T")


class Wreck:
    """Use it as a context manager. ``holes`` counts the places where rows could not be read."""

    def __init__(self, path: Path, key: bytes) -> None:
        """Raises Trouble(store_damaged) when not even the list of tables can be read."""
        self.holes = 0
        self._held: Connection | None = None
        self._engine = create_engine(
            "sqlite://", module=sqlcipher, creator=lambda: connect(path, key), poolclass=NullPool
        )
        with quiet():
            connect(path, key).close()

    def __enter__(self) -> Wreck:
        return self

    def __exit__(self, *_: object) -> None:
        self._drop()

    def read(self, work: Callable[[Connection], T]) -> T | None:
        """What ``work`` gives; None when it met a damaged page."""
        try:
            with quiet():
                if self._held is None:
                    self._held = self._engine.connect()
                found = work(self._held)
                for statement in STILL_GOOD:
                    self._held.connection.dbapi_connection.execute(statement).fetchall()  # type: ignore[union-attr]
                return found
        except (exc.DBAPIError, sqlcipher.Error) as error:
            if "no such" in str(error):
                raise
            self._drop()
            return None

    def has(self, table: str, columns: Iterable[str]) -> bool:
        """Whether there is such a table with these columns: a store of an earlier release may lack them."""
        found = self.read(lambda c: c.exec_driver_sql(f'PRAGMA table_info("{table}")').all())
        return {*columns} <= {row[1] for row in found or ()}

    def rows(self, table: str, columns: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        """Every row that can be read, by row number; none of a table that is not like that."""
        if not self.has(table, columns):
            return
        names = ", ".join(f'"{name}"' for name in columns)
        statement = f'SELECT rowid, {names} FROM "{table}" WHERE rowid >= ? ORDER BY rowid LIMIT ?'

        def fetch(start: int, size: int) -> list[tuple[Any, ...]] | None:
            return self.read(lambda c: [tuple(row) for row in c.exec_driver_sql(statement, (start, size))])

        start, size, missed, step, tried = 0, PORTION, 0, 1, 0
        while missed < MOST_MISSED:
            found = fetch(start, size)
            if found is not None and step > 1:
                start, step = _first_readable(start - step, start, lambda at: fetch(at, 1) is not None), 1
            elif found is not None:
                self.holes += missed > 0
                yield from (row[1:] for row in found)
                if len(found) < size:
                    return
                start, size, missed, tried = found[-1][0] + 1, min(size * 4, PORTION), 0, 0
            elif size > 1:
                size //= 4
            else:
                tried += 1
                step = 1 << tried // NEAR
                start, missed = start + step, missed + step
        self.holes += 1

    def _drop(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            held.invalidate()
            held.close()


def _first_readable(fails: int, reads: int, can_read: Callable[[int], bool]) -> int:
    """The smallest number from which reading goes on, between one that fails and one that reads."""
    while reads - fails > 1:
        middle = (fails + reads) // 2
        if can_read(middle):
            reads = middle
        else:
            fails = middle
    return reads


@contextmanager
def quiet() -> Iterator[None]:
    """Within the block SQLCipher does not write a line on standard error for each damaged page it meets."""
    with closing(sqlcipher.connect(":memory:")) as any_connection:
        any_connection.execute("PRAGMA cipher_log_level = NONE").fetchall()
        try:
            yield
        finally:
            any_connection.execute("PRAGMA cipher_log_level = ERROR").fetchall()
