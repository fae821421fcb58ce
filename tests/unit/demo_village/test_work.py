"""No screen of the demo village is empty, whatever its size, and its people, visits and measures stay the same."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from villageapp.domain import dates
from villageapp.paths import DataDir
from villageapp.progress import SILENT
from villageapp.services import (
    asset_incomes,
    asset_pages,
    attendances,
    case_board,
    employment_lists,
    households,
    leaves,
    measures,
    point_standings,
    post_pages,
    visits,
    work_logs,
)
from villageapp.services.case_board import Stage
from villageapp.services.demo_village import DemoVillage, build
from villageapp.services.demo_village.filling import fill
from villageapp.services.workspace import Workspace, init_workspace


def village_of(folder: Path, size: int) -> tuple[Workspace, DemoVillage]:
    village = build(size, today=dates.local_day(datetime.now(UTC)))
    cadre = village.cadres[0]
    work = init_workspace(
        DataDir(folder),
        village_code=village.village["code"],
        village_name=village.village["name"],
        user_name=cadre["name"],
        passphrase="demo-village-words",
        role=cadre["role"],
        unit=cadre["unit"],
        phone=cadre["phone"],
    ).work
    fill(work, village, SILENT)
    return work, village


@pytest.mark.parametrize("size", [2, 40])
def test_every_screen_has_something_to_show(tmp_path: Path, size: int) -> None:
    work, village = village_of(tmp_path / "store", size)
    with work:
        assert households.count(work)["households"] == size
        assert visits.count_visits(work) == sum(map(len, village.visits.values()))
        assert measures.count_measures(work) == sum(map(len, village.measures.values()))
        _look_at_assets(work)
        _look_at_the_team(work)
        board = case_board.board(work)
        assert board.untaken == 0
        assert {card.stage for card in board.cards} >= {Stage.CLUE, Stage.HELPING}
        assert size == 2 or Stage.VERIFIED in {card.stage for card in board.cards}
        if size > 2:
            page = employment_lists.page(work)
            assert page.working > 5
            assert page.idle
            assert 0 < page.confirmed < len(page.rows)
            posts = post_pages.page(work)
            assert posts.in_force > 0
            assert posts.ending > 0
            assert posts.candidates


def _look_at_assets(work: Workspace) -> None:
    page = asset_pages.page(work)
    assert (len(page.projects), page.totals.assets) == (3, 5)
    assert page.totals.not_normal == 2
    assert page.totals.ending == 2
    assert page.totals.unchecked >= 2
    incomes = asset_incomes.incomes(work)
    assert len(incomes) == 2
    assert all(income.judgement.allowed for income in incomes), [i.judgement for i in incomes]
    assert sum(income.is_photovoltaic for income in incomes) == 1


def _look_at_the_team(work: Workspace) -> None:
    assert {leave["state"] for leave in leaves.list_leaves(work)} == {"销假", "草稿"}
    today = work.today()
    assert work_logs.list_logs(work, today) or today.day < 2
    assert attendances.attendance_month(work, today)
    assert point_standings.standings(work)
