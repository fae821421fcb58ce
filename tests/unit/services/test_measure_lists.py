"""The list of measures: filters, totals, what visits found, households without any."""

from __future__ import annotations

from typing import Any

import pytest

from tests.helpers.stores import WANG, ZHANG, family_id, member_id
from villageapp.services import measure_lists, measures, visits
from villageapp.services.measure_lists import MeasureFilter
from villageapp.services.workspace import Workspace

HOME, OTHER = family_id(ZHANG), family_id(WANG)
GIRL = member_id(ZHANG, "149901201009160023")
SHEEP: dict[str, Any] = {"item": "养殖业", "title": "能繁母羊5只", "status": "实施中", "amount": "3000.50"}


@pytest.fixture
def three(work: Workspace) -> list[str]:
    """Two measures of one household, one of another in an earlier year."""
    dew = {"item": "雨露计划", "title": "秋季补助", "status": "计划", "member_id": GIRL}
    return [
        measures.record_measure(work, HOME, {**SHEEP, "year": 2026}).id,
        measures.record_measure(work, HOME, {**dew, "year": 2026}).id,
        measures.record_measure(work, OTHER, {**SHEEP, "title": "肉牛1头", "year": 2025}).id,
    ]


def test_page_and_totals(work: Workspace, three: list[str]) -> None:
    page = measure_lists.page(work)
    assert [row.title for row in page.rows] == ["能繁母羊5只", "秋季补助", "肉牛1头"]
    totals = page.totals
    assert (totals.measures, totals.households, totals.amount, totals.unpriced) == (3, 2, 600100, 1)
    assert page.years == (2026, 2025)
    assert page.household_groups == ("一组", "二组", "十组")
    assert (page.rows[1].member_name, page.rows[0].head_name) == ("张小例", "张示范")
    assert page.without == 2


@pytest.mark.parametrize(
    ("wanted", "titles"),
    [
        (MeasureFilter(year=2025), ["肉牛1头"]),
        (MeasureFilter(group="M09"), ["秋季补助"]),
        (MeasureFilter(status="实施中"), ["能繁母羊5只", "肉牛1头"]),
        (MeasureFilter(household_group="二组"), ["肉牛1头"]),
        (MeasureFilter("母羊"), ["能繁母羊5只"]),
        (MeasureFilter("zsf"), ["能繁母羊5只", "秋季补助"]),
        (MeasureFilter("雨露"), ["秋季补助"]),
        (MeasureFilter("张小例"), ["秋季补助", "能繁母羊5只"]),
        (MeasureFilter("zsf 母羊"), ["能繁母羊5只"]),
        (MeasureFilter("没有"), []),
        (MeasureFilter("%"), []),
    ],
)
def test_filters(work: Workspace, three: list[str], wanted: MeasureFilter, titles: list[str]) -> None:
    page = measure_lists.page(work, wanted)
    assert sorted(row.title for row in page.rows) == sorted(titles)
    assert page.totals.measures == len(titles)


def test_households_without_a_measure(work: Workspace, three: list[str]) -> None:
    assert [row.head_name for row in measure_lists.without_measure(work)] == ["赵演示", "单䶮"]
    of_2026 = measure_lists.without_measure(work, 2026)
    assert [row.head_name for row in of_2026] == ["王测试", "赵演示", "单䶮"]
    assert of_2026[0].monitored
    assert measure_lists.page(work, MeasureFilter(year=2026)).without == 3


def test_what_the_newest_visit_found(work: Workspace, three: list[str]) -> None:
    for day, state in (("2026-03-01", "落实"), ("2026-04-01", "未落实")):
        checks = [{"measure_id": three[0], "status": state}]
        values = {
            "kind": "01",
            "started_at": f"{day} 10:00",
            "result": "见到户主",
            "measures_checked": checks,
        }
        visits.record_visit(work, HOME, values)
    checked = measure_lists.page(work, MeasureFilter(year=2026)).rows[0].checked
    assert checked is not None
    assert (checked.state, f"{checked.on}") == ("未落实", "2026-04-01")
