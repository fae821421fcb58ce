"""Clues in a real store: due days, one open per household, house check, decision, the way to a case."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.helpers.days import on, with_line
from tests.helpers.stores import SHAN, WANG, ZHANG, family_id
from villageapp.errors import AlreadyDone, NotAllowed, NotFound, ValidationFailed
from villageapp.services import cases, clues, incomes, visits
from villageapp.services.clues import from_visit
from villageapp.services.today import work_list
from villageapp.services.workspace import Workspace


def report(work: Workspace, **values: Any) -> str:
    given = {"household_id": family_id(ZHANG), "description": "摔伤住院", "reported_on": "2023-03-06"}
    return clues.report(work, {**given, **values}).id


def test_the_check_is_due_the_next_day_and_one_stands_open(work: Workspace) -> None:
    on(work, "2023-03-06")
    first = clues.report(work, {"household_id": family_id(ZHANG), "description": "摔伤住院"})
    assert first.detail == clues.OpenedClue(first.id, date(2023, 3, 7))
    second = clues.report(work, {"household_id": family_id(ZHANG), "description": "又来反映"})
    assert second.detail.existing
    assert second.id == first.id
    (row,) = clues.list_clues(work, on=date(2023, 3, 10))
    assert (row["head_name"], row["source"], row["overdue_days"]) == ("张示范", "20", 3)


def test_somebody_not_recorded_yet(work: Workspace) -> None:
    on(work, "2023-03-06")
    made = report(work, household_id=None, household_name="孙外来", source="12317热线")
    assert [row["head_name"] for row in clues.list_clues(work)] == ["孙外来"]
    clues.verify(work, made, {"verify_result": "属实"})
    with pytest.raises(NotAllowed, match="还没有登记为农户"):
        clues.take_up(work, made)
    clues.change(work, made, {"household_id": family_id(SHAN)})
    assert cases.list_cases(work) == []
    clues.take_up(work, made)
    assert [case["head_name"] for case in cases.list_cases(work)] == ["单䶮"]


def test_refusals_leave_nothing(work: Workspace) -> None:
    on(work, "2023-03-06")
    for values, words in (
        ({"description": ""}, "情况描述"),
        ({"reported_on": "2023-03-07"}, "晚于今天"),
        ({"household_id": None}, "户主姓名"),
        ({"household_id": "0190f000-0000-7000-8000-000000000001"}, "不存在"),
        ({"verify_result": "属实"}, "不能填写"),
        ({"due_verify": "2024-01-01"}, "不能填写"),
        ({"source": "广播"}, "广播"),
    ):
        with pytest.raises(ValidationFailed, match=words):
            report(work, **values)
    assert clues.list_clues(work, open_only=False) == []


def test_house_check_and_decision(work: Workspace) -> None:
    on(work, "2023-03-09")
    made = report(work)
    with pytest.raises(NotAllowed, match="还没有上门核实"):
        clues.turn_down(work, made, {"decision_reason": "x", "decision_told_on": "2023-03-09"})
    with pytest.raises(ValidationFailed, match="核实日期早于"):
        clues.verify(work, made, {"verify_result": "属实", "verified_on": "2023-03-05"})
    with pytest.raises(ValidationFailed, match="晚于今天"):
        clues.verify(work, made, {"verify_result": "属实", "verified_on": "2023-03-10"})
    assert clues.verify(work, made, {"verify_result": "不属实", "verified_on": "2023-03-09"}).detail == 2
    with pytest.raises(ValidationFailed, match="告知农户日期"):
        clues.turn_down(work, made, {"decision_reason": "有存款"})
    with pytest.raises(NotAllowed, match="不属实"):
        clues.take_up(work, made)
    clues.turn_down(work, made, {"decision_reason": "有存款", "decision_told_on": "2023-03-09"})
    assert clues.list_clues(work) == []
    with pytest.raises(AlreadyDone):
        clues.verify(work, made, {"verify_result": "属实"})
    assert clues.one(work, made)["decision"] == "不纳入"


def test_a_true_clue_cannot_be_turned_down(work: Workspace) -> None:
    on(work, "2023-03-07")
    made = report(work)
    clues.verify(work, made, {"verify_result": "属实"})
    with pytest.raises(NotAllowed, match="村级评议"):
        clues.turn_down(work, made, {"decision_reason": "算了", "decision_told_on": "2023-03-07"})
    assert clues.one(work, made)["decision"] is None


def test_taking_up_carries_what_is_known_and_proposes_a_category(work: Workspace) -> None:
    with_line(on(work, "2023-03-07"))
    lines = [{"subject_code": "B1", "amount": "32000"}]
    values = {"income_year": 2022, "population": 4, "compliant_oop": "9200"}
    incomes.record_account(work, family_id(ZHANG), values, lines)
    (clue,) = clues.list_clues(work)
    clues.verify(work, clue["id"], {"verify_result": "属实", "risk_codes": ["因病", "因意外"]})
    case = cases.page(work, clues.take_up(work, clue["id"]).id).case
    assert case["clue_id"] == clue["id"]
    assert (case["risk_1"], case["risk_2"], case["risk_3"]) == ("01", "05", None)
    assert (case["state"], case["verify_result"], case["category_proposed"]) == ("CLUE", "属实", "3")
    with pytest.raises(AlreadyDone, match="纳入程序"):
        clues.take_up(work, clue["id"])
    other = report(work, household_id=family_id(ZHANG))
    with pytest.raises(AlreadyDone, match="未结案"):
        clues.take_up(work, other)
    assert clues.one(work, other)["decision"] is None, "the refusal changed nothing"


def test_a_visit_that_found_the_income_gone(work: Workspace) -> None:
    on(work, "2023-03-06")
    from villageapp.models.records import Visit

    answers = {
        "household_id": family_id(WANG),
        "kind": "03",
        "started_at": work.now(),
        "result": "见到户主",
        "income_trend": "骤减",
        "big_expense": True,
        "expense_kind": "医疗",
        "difficulty": "住院花了三万",
        "interviewee": "王测试",
    }
    with work.transaction() as session:
        visit = Visit(id="0190f000-0000-7000-8000-0000000000aa")
        visit.assign(answers)
        session.add(visit)
        opened = from_visit(work, session, visit, answers)
        assert from_visit(work, session, visit, {**answers, "income_trend": "减少"}) is None
    assert opened is not None
    (row,) = clues.list_clues(work)
    assert (row["visit_id"], row["source"], row["risk_codes"]) == (visit.id, "22", ("01",))
    assert "住院花了三万" in row["description"]
    assert row["due_verify"] == date(2023, 3, 7)


def test_a_visit_saves_its_clue_with_itself(work: Workspace) -> None:
    on(work, "2023-03-06")
    answers = {"kind": "01", "started_at": "2023-03-06 10:00", "result": "见到户主", "income_trend": "骤减"}
    saved = visits.record_visit(work, family_id(ZHANG), answers)
    assert saved.detail.clue.due_verify == date(2023, 3, 7)
    assert saved.changes.touches("clue", saved.detail.clue.clue_id)
    again = visits.record_visit(work, family_id(ZHANG), {**answers, "started_at": "2023-03-06 15:00"})
    assert again.detail.clue.existing
    calm = visits.record_visit(work, family_id(WANG), {**answers, "income_trend": "持平"})
    assert calm.detail.clue is None
    assert "线索上门核实：张示范" in [item.title for item in work_list(work)]


def test_unknown_clue(work: Workspace) -> None:
    with pytest.raises(NotFound):
        clues.verify(work, "0190f000-0000-7000-8000-000000000001", {"verify_result": "属实"})
