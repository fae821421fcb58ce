"""The pages that hold the list of tables, lent to a damaged store by an older, healthy copy of the same one.

Without these few pages nothing of a store can be read. They change only with the schema, so those of a backup do; pages
of data are never lent, for they would pass old values off as new ones.
"""

from __future__ import annotations

import os
import re
import shutil
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

import sqlcipher3.dbapi2 as sqlcipher

from villageapp.errors import Trouble
from villageapp.models.database import connect
from villageapp.models.wreck import STILL_GOOD

PAGE = 4096
"""Bytes; SQLCipher's own size, which the store has."""
SALT = 16
"""Bytes at the beginning of the file with which every page is signed."""
_STATISTICS = ("sqlite_stat1", "sqlite_stat4")
_NUMBER = re.compile(r"page (\d+)$")


def lend(damaged: Path, healthy: Path, key: bytes) -> int:
    """Make ``damaged`` readable with pages of ``healthy``, which is not altered; how many were lent, mostly none.

    Both have the same schema revision. Raises Trouble(store_damaged) when it stays unreadable; ``damaged`` may be
    altered then, so it must be a copy.
    """
    if _tables(damaged, key):
        return 0
    lender = damaged.with_name("lender.db")
    shutil.copyfile(healthy, lender)
    _prepare(lender, key, damaged.stat().st_size)
    wanted = _tables(lender, key)
    pages = list_pages(lender, key)
    if damaged.stat().st_size < lender.stat().st_size:
        os.truncate(damaged, lender.stat().st_size)  # a store that is shorter than it says is not read
    with damaged.open("r+b") as file, lender.open("rb") as lending:
        if _read(file, 1)[:SALT] != _read(lending, 1)[:SALT]:
            _write(file, 1, _read(lending, 1))
        bad = {1, *_bad(damaged, key)} & pages
        for some in (bad - {1}, bad, pages):  # as few as will do; all when the list has been written since
            for page in some:
                _write(file, page, _read(lending, page))
            if wanted <= _tables(damaged, key):
                return len(some)
    raise Trouble(f"数据库文件 {damaged.name} 的表目录已损坏，读不出来。", code="store_damaged")


def _tables(path: Path, key: bytes) -> set[tuple[str, int]]:
    """Name and first page of every table and index; none when the list cannot be read, or the planner's statistics:
    they are read with it, and a damaged page there makes every connection useless."""
    try:
        with closing(connect(path, key)) as connection:
            rows = connection.execute("SELECT name, rootpage FROM sqlite_master").fetchall()
            for statement in STILL_GOOD:
                connection.execute(statement).fetchall()
            return {(row[0], row[1]) for row in rows if row[0] not in _STATISTICS}
    except (Trouble, sqlcipher.Error):
        return set()


def list_pages(lender: Path, key: bytes) -> set[int]:
    """Numbers of the pages of the list of tables: those without which a store cannot be read. Found by halves, for
    they are few; ``lender`` is written meanwhile, so it must be a copy."""
    found: set[int] = set()
    with lender.open("r+b") as file:
        waiting = [range(1, lender.stat().st_size // PAGE + 1)]
        while waiting:
            some = waiting.pop()
            file.seek((some[0] - 1) * PAGE)
            content = file.read(len(some) * PAGE)
            _write(file, some[0], bytes(len(content)))
            is_needed = not _tables(lender, key)
            _write(file, some[0], content)
            if is_needed and len(some) == 1:
                found.add(some[0])
            elif is_needed:
                middle = len(some) // 2
                waiting += [some[:middle], some[middle:]]
    return found


def _prepare(path: Path, key: bytes, size: int) -> None:
    """The lender's list names no statistics. Its first page says how long a store is: what lies beyond is not read."""
    lacking = size - path.stat().st_size
    with closing(connect(path, key)) as connection:
        for name in _STATISTICS:
            connection.execute(f"DROP TABLE IF EXISTS {name}")
        if lacking > 0:
            free = connection.execute("PRAGMA freelist_count").fetchone()[0]  # filled first
            connection.execute("BEGIN")
            row = ("-", "-", lacking + (free + 1) * PAGE)
            connection.execute(
                "INSERT INTO draft (form, subject, \"values\", saved_at) VALUES (?, ?, zeroblob(?), '')", row
            )
            connection.execute("DELETE FROM draft WHERE form = '-'")
            connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _bad(path: Path, key: bytes) -> list[int]:
    """Numbers of pages whose signature is wrong, whatever else can be read."""
    with closing(sqlcipher.connect(path, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        told = connection.execute("PRAGMA cipher_integrity_check").fetchall()
    found = (_NUMBER.search(str(row[0])) for row in told)
    return [int(match.group(1)) for match in found if match is not None]


def _read(file: BinaryIO, page: int) -> bytes:
    file.seek((page - 1) * PAGE)
    return file.read(PAGE)


def _write(file: BinaryIO, page: int, content: bytes) -> None:
    file.seek((page - 1) * PAGE)
    file.write(content)
    file.flush()
