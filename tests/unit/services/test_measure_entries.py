"""Measures with their loan, post, training; many changed at once; measures ticked to risks."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from tests.helpers.stores import WANG, ZHANG, family_id, member_id
from villageapp.errors import NotFound, ValidationFailed
from villageapp.services import measure_entries, measures, records
from villageapp.services.workspace import Workspace

HOME, OTHER = family_id(ZHANG), family_id(WANG)
HEAD = member_id(ZHANG, "14990119620315001X")
SON = member_id(ZHANG, "149901198801010016")
SHEEP: dict[str, Any] = {"item": "M0102", "title": "能繁母羊5只", "status": "计划"}
TRAINING: dict[str, Any] = {"item": "M0205", "title": "电工培训", "status": "已完成", "member_id": SON}
LOAN: dict[str, Any] = {
    "bank": "示范县农商行",
    "principal": "30000",
    "start_on": "2024-03-01",
    "due_on": "2026-03-01",
    "purpose": "养羊",
    "status": "正常",
}


def _one(work: Workspace, household: str = HOME, **values: Any) -> str:
    return measures.record_measure(work, household, {**SHEEP, **values}).id


def _values(work: Workspace, measure_id: str) -> dict[str, Any]:
    return next(row for row in measures.list_measures(work) if row["id"] == measure_id)


@pytest.mark.parametrize(
    ("item", "entity"),
    [("M0205", "training"), ("M0301", "loan"), ("M0406", "public_post"), ("M0901", "rain_dew")],
)
def test_the_form_beside_an_item(item: str, entity: str) -> None:
    form = measure_entries.detail_form(item)
    assert form is not None
    assert form.entity == entity
    assert not {"measure_id", "household_id", "member_id"} & set(measure_entries.detail_fields(form))
    assert measure_entries.detail_form("M0102") is None


def test_both_are_recorded_and_belong_together(work: Workspace) -> None:
    saved = measure_entries.record(work, HOME, TRAINING, {"course": "低压电工", "hours": "40"})
    measure, detail = saved.ids
    made = records.one(work, "training", detail)
    assert (made["measure_id"], made["household_id"], made["member_id"]) == (measure, HOME, SON)
    assert (made["course"], made["hours"]) == ("低压电工", 40)
    assert _values(work, measure)["group"] == "M02"
    assert saved.changes.touches("training", detail)


def test_problems_of_both_forms_are_told_at_once(work: Workspace) -> None:
    with pytest.raises(ValidationFailed) as refused:
        measure_entries.record(work, HOME, {**TRAINING, "title": ""}, {"course": "", "hours": "-1"})
    assert {p.field for p in refused.value.problems} == {"title", "detail.course", "detail.hours"}
    with pytest.raises(ValidationFailed) as missing:
        measure_entries.record(work, HOME, TRAINING, {"course": ""})
    assert [p.field for p in missing.value.problems] == ["detail.course"]
    assert measures.count_measures(work) == 0


def test_a_loan_against_the_rules_records_neither(work: Workspace) -> None:
    item = {"item": "M0301", "title": "小额信贷", "status": "实施中", "member_id": HEAD}
    with pytest.raises(ValidationFailed) as refused:
        measure_entries.record(work, HOME, item, {**LOAN, "due_on": "2029-03-01"})
    assert all(p.field.startswith("detail.") for p in refused.value.problems)
    assert measures.count_measures(work) == records.count(work, "loan") == 0
    saved = measure_entries.record(work, HOME, {**item, "member_id": SON}, LOAN)
    assert records.one(work, "loan", saved.ids[1])["subsidised_principal"] == 30_000_00


def test_a_person_of_another_household_is_refused(work: Workspace) -> None:
    stranger = member_id(WANG, "149901195512310035")
    with pytest.raises(ValidationFailed, match="不是这一户"):
        measure_entries.record(work, HOME, {**TRAINING, "member_id": stranger}, {"course": "电工"})
    assert measures.count_measures(work) == records.count(work, "training") == 0


def test_what_a_form_offers(work: Workspace) -> None:
    found = measure_entries.beginning(work, HOME)
    assert found.head_name == "张示范"
    assert found.members[0] == (HEAD, "张示范 户主")
    assert len(found.members) == 4
    editing = measure_entries.editing(work, _one(work))
    assert editing.values["title"] == "能繁母羊5只"
    assert editing.members == found.members
    assert measure_entries.with_group({"item": "M0301"}) == {"item": "M0301", "group": "M03"}
    with pytest.raises(NotFound):
        measure_entries.beginning(work, "0190f000-0000-7000-8000-000000000001")


def test_one_status_for_many(work: Workspace) -> None:
    today = work.today()
    first, second = _one(work), _one(work, OTHER, start_on="2024-01-05", status="实施中")
    saved = measure_entries.set_status(work, [first, second], "已完成", today)
    assert saved.detail == 2
    assert (_values(work, first)["start_on"], _values(work, first)["end_on"]) == (today, today)
    assert f"{_values(work, second)['start_on']}" == "2024-01-05"
    assert measure_entries.set_status(work, [first, second], "已完成", today).detail == 0


def test_one_that_does_not_fit_leaves_all_as_they_were(work: Workspace) -> None:
    first, late = _one(work), _one(work, start_on="2026-06-01", status="实施中")
    with pytest.raises(ValidationFailed, match="能繁母羊"):
        measure_entries.set_status(work, [first, late], "已完成", date(2024, 6, 1))
    assert _values(work, first)["status"] == "计划"
    with pytest.raises(NotFound):
        measure_entries.set_status(work, [first, HOME], "终止")
    assert _values(work, first)["status"] == "计划"


def test_confirmed_and_not_delivered(work: Workspace) -> None:
    today = work.today()
    first, done = _one(work), _one(work, status="已完成", note="旧备注")
    measure_entries.confirm(work, [first, done], today)
    assert [_values(work, m)["status"] for m in (first, done)] == ["实施中", "已完成"]
    assert _values(work, first)["household_signed_on"] == _values(work, first)["start_on"] == today
    measure_entries.not_delivered(work, [done], today, "钱没有到\n账")
    assert _values(work, done)["status"] == "暂停"
    assert _values(work, done)["household_signed_on"] is None
    assert _values(work, done)["note"] == f"旧备注\n{today} 核实未落实：钱没有到 账"
    with pytest.raises(ValidationFailed, match="原因"):
        measure_entries.not_delivered(work, [done], today, "  ")
    with pytest.raises(ValidationFailed, match="晚于今天"):
        measure_entries.confirm(work, [done], today + timedelta(days=1))


def test_ticking_measures_to_a_risk(work: Workspace) -> None:
    first, second, third = _one(work), _one(work, risk_code="01"), _one(work, risk_code="07")
    offered = [first, second]
    measure_entries.answer_risk(work, HOME, "01", [first], offered)
    assert [_values(work, m)["risk_code"] for m in (first, second, third)] == ["01", None, "07"]
    other = _one(work, OTHER)
    with pytest.raises(NotFound):
        measure_entries.answer_risk(work, HOME, "01", [other], offered)
    assert _values(work, other)["risk_code"] is None
