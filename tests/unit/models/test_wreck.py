"""A store with damaged pages gives every row that lies on no damaged page, and is not altered."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.helpers.damage import harm, pages
from villageapp.errors import Trouble
from villageapp.models.database import Database, connect
from villageapp.models.wreck import STILL_GOOD, Wreck

KEY = bytes(range(32))
ROWS = 6_000


def values_of(number: int) -> str:
    """Mostly short; some go on over several pages."""
    return f"{number} " + "字" * (number * 7 % 9_000 if number % 40 == 0 else number % 300)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A store with many drafts, every fifth of them removed."""
    path = tmp_path_factory.mktemp("whole") / "village.db"
    Database(path, KEY).close()
    with closing(connect(path, KEY)) as connection:
        connection.execute("BEGIN")
        for number in range(ROWS):
            row = ("visit", f"{number:06}", values_of(number), "")
            connection.execute(
                'INSERT INTO draft (form, subject, "values", saved_at) VALUES (?, ?, ?, ?)', row
            )
        connection.execute("DELETE FROM draft WHERE rowid % 5 = 0")
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    return path.read_bytes()


def readable_one_by_one(path: Path) -> set[str]:
    found = set()
    connection = connect(path, KEY)
    for number in range(1, ROWS + 1):
        try:
            rows = connection.execute(
                'SELECT subject, "values" FROM draft WHERE rowid = ?', (number,)
            ).fetchall()
            for statement in STILL_GOOD:
                connection.execute(statement).fetchall()
            found |= {row[0] for row in rows}
        except Exception:  # noqa: BLE001 - whatever the driver says of a damaged page
            connection.close()
            connection = connect(path, KEY)
    connection.close()
    return found


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_every_row_that_can_be_read_alone_is_read(data: st.DataObject, whole: bytes, tmp_path: Path) -> None:
    path = tmp_path / "village.db"
    path.write_bytes(whole)
    many = pages(path)
    harm(path, data.draw(st.sets(st.integers(many // 3, many), min_size=1, max_size=12)))
    damaged = path.read_bytes()
    with Wreck(path, KEY) as wreck:
        assert not wreck.has("draft", ["subject", "unheard_of"])
        assert list(wreck.rows("draft", ["unheard_of"])) == []
        found = list(wreck.rows("draft", ["subject", "values"]))
        assert all(text == values_of(int(subject)) for subject, text in found), "zeros taken for a value"
        rows = [subject for subject, _ in found]
        assert len(rows) == len(set(rows))
        assert set(rows) == readable_one_by_one(path)
        assert (wreck.holes > 0) == (len(rows) < ROWS * 4 // 5)
    assert path.read_bytes() == damaged


def test_without_the_list_of_tables_it_says_so(whole: bytes, tmp_path: Path) -> None:
    path = tmp_path / "village.db"
    path.write_bytes(whole)
    harm(path, [1])
    with pytest.raises(Trouble) as told:
        Wreck(path, KEY)
    assert told.value.code == "store_damaged"
