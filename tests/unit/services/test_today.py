"""Today's work and the month so far."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.helpers.stores import WANG, ZHANG, ZHAO, family_id, make_template
from villageapp.services import drafts, households, problems, visits
from villageapp.services.today import LATER, OVERDUE, SOON, TODAY, month_so_far, work_list
from villageapp.services.workspace import Workspace

HOME = family_id(ZHANG)


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Workspace]:
    with make_template(tmp_path / "source", with_households=False).open_copy(tmp_path / "copy") as work:
        yield work


def test_an_empty_store_says_what_to_do_first(empty: Workspace) -> None:
    (item,) = work_list(empty)
    assert item.kind == "import"
    month = month_so_far(empty)
    assert (month.households, month.coverage, month.all_households) == (0, 0.0, 0)


def test_most_urgent_first(work: Workspace) -> None:
    today = work.today()
    late = problems.add_problem(
        work,
        {
            "category": "就业",
            "title": "零就业",
            "household_id": HOME,
            "reported_on": today - timedelta(days=3),
        },
    ).id
    problems.add_problem(work, {"category": "饮水安全", "title": "停水", "household_id": HOME})
    households.change(work, family_id(WANG), {"next_visit_on": today})
    households.change(work, family_id(ZHAO), {"next_visit_on": today + timedelta(days=8)})
    drafts.save(work, "visit", HOME, {"demand": "修路"})
    households.change(work, HOME, {"phone": "13800000008"})
    households.change(work, HOME, {"phone": "13800000009"}, seen={"phone": "13800000001"})
    items = work_list(work)
    assert [item.urgency for item in items] == sorted(item.urgency for item in items)
    assert (items[0].kind, items[0].target, items[0].days_left) == ("problem", late, -2)
    by_kind = {(item.kind, item.urgency): item for item in items}
    assert by_kind["visit", TODAY].household_id == family_id(WANG)
    assert by_kind["visit", TODAY].days_left == 0
    assert "停水" in by_kind["problem", SOON].title
    assert "张示范" in by_kind["draft", SOON].title
    assert by_kind["conflict", TODAY].title.startswith("1 项")
    assert by_kind["problem", OVERDUE].due == today - timedelta(days=2)
    assert by_kind["visit", LATER].title == "一组有 1 户从未走访"
    assert not any(item.household_id == family_id(ZHAO) for item in items), "more than a week ahead"


def test_month_counts_households_once_and_only_those_who_were_met(work: Workspace) -> None:
    now = work.now()
    for result in ("见到户主", "见到其他成员", "无人在家"):
        visits.record_visit(work, HOME, {"kind": "01", "started_at": now, "result": result})
    visits.record_visit(
        work, family_id(WANG), {"kind": "01", "started_at": now - timedelta(days=40), "result": "见到户主"}
    )
    visits.record_visit(work, family_id(ZHAO), {"kind": "01", "started_at": now, "result": "拒访"})
    month = month_so_far(work)
    assert (month.households, month.visited, month.unvisited) == (3, 1, 2)
    assert month.coverage == pytest.approx(1 / 3)
    assert month.visits_by_day[-1] == (work.today(), 2)
    assert len(month.visits_by_day) == work.today().day
    assert month.all_households == 4


def test_month_counts_problems(work: Workspace) -> None:
    early = work.today() - timedelta(days=30)
    problems.add_problem(
        work, {"category": "就业", "title": "零就业", "household_id": HOME, "reported_on": early}
    )
    problems.add_problem(work, {"category": "饮水安全", "title": "停水", "household_id": HOME})
    month = month_so_far(work)
    assert (month.open_problems, month.overdue_problems) == (2, 1)


def test_a_sheet_begun_in_the_evening_is_a_line_and_a_planned_route_is_none(work: Workspace) -> None:
    drafts.save(work, drafts.SHEET, f"{drafts.SHEET_GROUP}二组", {"rows": {}})
    drafts.save(work, "route", work.today().isoformat(), {"stops": []})
    kept = [item for item in work_list(work) if item.kind in ("sheet", "draft")]
    assert [(item.kind, item.target) for item in kept] == [("sheet", f"{drafts.SHEET_GROUP}二组")]
    assert "二组" in kept[0].title
