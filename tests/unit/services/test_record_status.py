"""本机, U盘, 队友, 省里已签收: what each road leaves behind, and what an edit undoes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.helpers.laptops import certify, household, laptop, meet
from tests.helpers.sticks import add, edit, give, take
from villageapp.errors import NotFound
from villageapp.services.record_status import Place, status_counts, status_of, statuses
from villageapp.services.workspace import Workspace

ID = household(1).id


@pytest.fixture
def team(tmp_path: Path) -> Iterator[tuple[Workspace, Workspace, Workspace]]:
    works = laptop(tmp_path, "甲"), laptop(tmp_path, "乙"), laptop(tmp_path, "省")
    certify(*works[:2])
    yield works
    for work in works:
        work.close()


def place(work: Workspace, number: int = 1) -> Place:
    return status_of(work, "household", household(number).id).place


def test_each_step_is_safer_than_the_one_before(
    team: tuple[Workspace, Workspace, Workspace], tmp_path: Path
) -> None:
    a, b, server = team
    add(a, 1, 2)
    assert place(a) is Place.LOCAL
    give(a, tmp_path / "a.zcb")
    known = status_of(a, "household", ID)
    assert (known.place, known.who, known.label) == (Place.STICK, "a.zcb", "U盘")
    assert known.at is not None
    assert abs(datetime.now(UTC) - known.at) < timedelta(minutes=1)
    take(b, tmp_path / "a.zcb")
    give(b, tmp_path / "b.zcb")
    take(a, tmp_path / "b.zcb")
    known = status_of(a, "household", ID)
    assert (known.place, known.who, known.label) == (Place.COLLEAGUE, "乙", "队友")
    certify(a, b, server)
    meet(a, server)
    known = status_of(a, "household", ID)
    assert (known.place, known.who, known.label) == (Place.RECEIVED, "http://127.0.0.1:1", "省里已签收")
    edit(a, 1, phone="13800000001")
    assert (place(a), place(a, 2)) == (Place.LOCAL, Place.RECEIVED)
    assert status_counts(a) == {Place.LOCAL: 1, Place.STICK: 0, Place.COLLEAGUE: 0, Place.RECEIVED: 1}


def test_what_a_colleague_wrote_is_at_the_colleagues(
    team: tuple[Workspace, Workspace, Workspace], tmp_path: Path
) -> None:
    a, b, _ = team
    add(a, 1, 2)
    give(a, tmp_path / "a.zcb")
    take(b, tmp_path / "a.zcb")
    assert status_of(b, "household", ID).who == "甲"
    assert place(b) is Place.COLLEAGUE
    edit(b, 1, phone="13800000001")
    assert (place(b), place(b, 2)) == (Place.LOCAL, Place.COLLEAGUE)
    give(b, tmp_path / "b.zcb", "server")
    assert (place(b), place(b, 2)) == (Place.STICK, Place.COLLEAGUE)


def test_many_at_once_and_none_at_all(team: tuple[Workspace, Workspace, Workspace], tmp_path: Path) -> None:
    a, _, _ = team
    add(a, 1, 2)
    give(a, tmp_path / "a.zcb")
    add(a, 3)
    ids = {number: household(number).id for number in (1, 2, 3, 4)}
    found = statuses(a, "household", ids.values())
    assert {i: s.place for i, s in found.items()} == {
        ids[1]: Place.STICK,
        ids[2]: Place.STICK,
        ids[3]: Place.LOCAL,
    }
    with pytest.raises(NotFound):
        status_of(a, "household", ids[4])
    assert status_counts(a)[Place.STICK] == 2
