"""The whole log is checked as a stranger would check it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.laptops import certify, household, laptop, meet
from villageapp.services.workspace import Workspace
from villageapp.sync import log_check


@pytest.fixture
def work(tmp_path: Path) -> Iterator[Workspace]:
    a, b = laptop(tmp_path, "甲"), laptop(tmp_path, "乙")
    certify(a, b)
    for start in (1, 600):
        with a.transaction() as session:
            session.add_all([household(number) for number in range(start, start + 520)])
    with b.transaction() as session:
        session.add(household(5000))
    meet(a, b)
    yield b
    a.close()
    b.close()


def verified(work: Workspace) -> log_check.Verified:
    with work.reading() as connection:
        return log_check.verify(connection)


def poke(work: Workspace, statement: str) -> None:
    with work.database.writing() as connection:
        assert connection.exec_driver_sql(statement).rowcount > 0


def test_a_sound_log(work: Workspace) -> None:
    found = verified(work)
    assert found.broken == ()
    assert found.changes == 1041
    assert found.segments >= 4


FIRST = "(SELECT min(arrived) FROM segment WHERE last_seq > 400)"


@pytest.mark.parametrize(
    "damage",
    [
        f"UPDATE segment SET body = CAST(substr(body, 1, length(body) - 1) || x'00' AS BLOB) WHERE arrived = {FIRST}",
        f"UPDATE segment SET signature = zeroblob(64) WHERE arrived = {FIRST}",
        f"UPDATE segment SET hash = zeroblob(32) WHERE arrived = {FIRST}",
        f"UPDATE segment SET header = x'90' WHERE arrived = {FIRST}",
        f"DELETE FROM segment WHERE arrived = {FIRST}",
        "UPDATE vector SET last_seq = last_seq + 1",
        "DELETE FROM certificate",
    ],
)
def test_damage_is_found_where_it_is(work: Workspace, damage: str) -> None:
    poke(work, damage)
    found = verified(work)
    assert found.broken
    assert all(one.reason for one in found.broken)
