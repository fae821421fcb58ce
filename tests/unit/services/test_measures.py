"""Assistance measures."""

from __future__ import annotations

from typing import Any

import pytest

from tests.helpers.stores import WANG, ZHANG, family_id, member_id
from villageapp.errors import NotFound, ValidationFailed
from villageapp.services import households, measures
from villageapp.services.workspace import Workspace

HOME = family_id(ZHANG)
GIRL = member_id(ZHANG, "149901201009160023")
SHEEP: dict[str, Any] = {"item": "养殖业", "title": "能繁母羊5只", "status": "实施中", "amount": "3000.50"}


def test_group_and_year_follow(work: Workspace) -> None:
    saved = measures.record_measure(work, HOME, {**SHEEP, "start_on": "2023-03-01"})
    (row,) = measures.list_measures(work, HOME)
    assert (row["id"], row["group"], row["year"], row["amount"]) == (saved.id, "M01", 2023, 300050)
    assert (row["head_name"], row["household_no"]) == ("张示范", ZHANG)
    measures.record_measure(work, HOME, SHEEP)
    assert measures.list_measures(work)[0]["year"] == work.today().year
    assert households.rows(work, [HOME])[0].measures == measures.count_measures(work) == 2
    assert measures.list_measures(work, family_id(WANG)) == []


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"group": "M03"}, "不属于"),
        ({"item": "雨露计划"}, "享受人"),
        ({"start_on": "2023-03-01", "end_on": "2023-02-01"}, "早于"),
        ({"amount": "-1"}, "不能小于 0"),
        ({"amount": "1.001"}, "两位小数"),
        ({"member_id": member_id(WANG, "149901195512310035")}, "不是这一户"),
        ({"responsible_id": HOME}, "责任人"),
        ({"title": ""}, "必须填写"),
    ],
)
def test_refusals(work: Workspace, values: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationFailed, match=words):
        measures.record_measure(work, HOME, {**SHEEP, **values})
    assert measures.count_measures(work) == 0


def test_measure_of_a_person(work: Workspace) -> None:
    measures.record_measure(work, HOME, {**SHEEP, "item": "雨露计划", "member_id": GIRL})
    assert measures.list_measures(work)[0]["member_name"] == "张小例"


def test_change(work: Workspace) -> None:
    measure = measures.record_measure(work, HOME, SHEEP).id
    saved = measures.change_measure(work, measure, {"status": "已完成", "end_on": "2023-12-01"})
    assert set(saved.detail) == {"status", "end_on"}
    assert saved.changes.touches("measure", measure)
    with pytest.raises(ValidationFailed, match="不属于"):
        measures.change_measure(work, measure, {"group": "M03"})
    with pytest.raises(ValidationFailed, match="不是这一户"):
        measures.change_measure(work, measure, {"household_id": family_id(WANG), "member_id": GIRL})
    with pytest.raises(NotFound):
        measures.change_measure(work, GIRL, {"status": "终止"})
    assert measures.list_measures(work)[0]["status"] == "已完成"
