"""Thirty households move to another village while a laptop of the old one is offline and goes on visiting."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.clones import add, edit, numbers, value
from tests.helpers.laptops import household
from tests.helpers.servers import ServerProcess, eventually, fresh_database, running_server
from tests.helpers.teams import Team
from villageapp.models.ids import new_id
from villageapp.models.records import Visit
from villageapp.server import transfers
from villageapp.server.accounts import Office
from villageapp.server.opening import open_province
from villageapp.services.syncing import conflicts, sync_now
from villageapp.services.workspace import Workspace

OLD, NEW = "149901100201", "140105001001"
ALL = Office("test", "14", True)
MOVED = range(1, 31)


@pytest.fixture
def server(postgres_dsn: str, tmp_path: Path) -> Iterator[ServerProcess]:
    with running_server(tmp_path / "server", fresh_database(postgres_dsn)) as running:
        yield running


@pytest.fixture
def teams(server: ServerProcess, tmp_path: Path) -> Iterator[tuple[Team, Team]]:
    old, new = Team(server, OLD, tmp_path / "old"), Team(server, NEW, tmp_path / "new")
    with ExitStack() as stack:
        stack.callback(old.close)
        stack.callback(new.close)
        yield old, new


def visit(work: Workspace, *wanted: int) -> None:
    with work.transaction() as session:
        for number in wanted:
            made = Visit(id=new_id())
            values: dict[str, Any] = {
                "household_id": household(number).id,
                "kind": "01",
                "result": "正常走访",
            }
            made.assign({**values, "started_at": datetime(2026, 6, number % 28 + 1, 2, tzinfo=UTC)})
            session.add(made)


def visits(work: Workspace) -> list[tuple[str, str]]:
    """Household and author of the visits that live here."""
    with work.reading() as connection:
        rows = connection.exec_driver_sql(
            "SELECT household_id, created_by FROM visit WHERE deleted = 0 ORDER BY 1, 2"
        )
        return [(row[0], row[1]) for row in rows]


def test_thirty_households_and_the_visits_made_meanwhile(server: ServerProcess, teams: Any) -> None:
    old, new = teams
    a, c = old.join("甲"), new.join("丙")
    add(a, *range(1, 36))
    visit(a, *MOVED)
    sync_now(a)
    sync_now(c)
    author = visits(a)[0][1]
    with open_province(server.data_dir, server.dsn) as province:
        for number in MOVED:
            transfers.move_household(province, household(number).national_hh_no, OLD, NEW, ALL)
    visit(a, *MOVED)  # offline: knows of nothing
    edit(a, 7, phone="13800000007")
    wanted = [household(number).national_hh_no for number in MOVED]
    assert sync_now(a).receipt

    def settled() -> bool:
        for work in (a, c):
            sync_now(work)
        return len(visits(c)) == 60 and visits(a) == []

    assert eventually(settled, 60)
    assert numbers(c) == wanted
    assert numbers(a) == [household(number).national_hh_no for number in range(31, 36)]
    assert {who for _, who in visits(c)} == {author}
    assert value(c, 7, "phone") == "13800000007"
    assert conflicts(a) == conflicts(c) == []
    old.check()
    new.check()
    assert server.counts(c.identity.workspace)["visit"] == 60
