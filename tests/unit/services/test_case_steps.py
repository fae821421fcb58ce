"""One case as its page shows it: path, plan per risk, the 13 figures, what a step would say."""

from __future__ import annotations

from datetime import date

import pytest

from tests.helpers import monitoring as whole
from tests.helpers.days import on
from tests.helpers.stores import ZHANG, family_id
from tests.unit.services.test_cases import Village
from villageapp.domain.monitoring_case import MONITORING_CASE
from villageapp.domain.monitoring_moves import Move
from villageapp.errors import NotFound, ValidationFailed
from villageapp.services import case_steps, cases, measure_entries, measures
from villageapp.services.case_steps import FIELDS_OF_MOVE
from villageapp.services.workspace import Workspace

HOME = family_id(ZHANG)


@pytest.fixture
def village(work: Workspace) -> Village:
    return Village(work)


def test_every_move_has_its_fields_and_every_needed_field_its_move() -> None:
    assert set(FIELDS_OF_MOVE) == set(Move)
    for move, names in FIELDS_OF_MOVE.items():
        assert all(name in MONITORING_CASE.by_name for name in names), move
    computed = {"household_id", "reported_on", "consent_id", "identified_on", "identified_ym", "stable_since"}
    for move, values in whole.STEPS:
        assert set(values) - computed <= set(FIELDS_OF_MOVE[move]), move


def test_the_path_follows_the_case(village: Village) -> None:
    village.open()
    places = case_steps.open_page(village.work, village.case).path
    assert [p.place for p in places[:3]] == ["done", "now", "ahead"]
    assert places[0].on == date(2023, 3, 6)
    on(village.work, "2023-04-01")
    village.consent()
    for move in whole.FORWARD[:4]:
        village.step(move)
    opened = case_steps.open_page(village.work, village.case)
    assert [p.title for p in opened.path if p.place == "now"] == ["乡镇初审"]
    assert opened.consent_on == date(2023, 3, 7)
    assert (opened.head_name, opened.group_name) == ("张示范", "一组")
    assert [name for _, name in opened.papers] == ["照片 1"]
    assert {name for _, name in opened.cadres} >= {"周队员", "钱同事"}


def test_a_case_closed_early_shows_what_happened(village: Village) -> None:
    village.open()
    on(village.work, "2023-04-01")
    village.step(Move.VERIFY, verify_result="不属实")
    cases.move(
        village.work, village.case, "reject", {"decision_reason": "不属实", "decision_told_on": "2023-03-08"}
    )
    opened = case_steps.open_page(village.work, village.case)
    assert {p.place for p in opened.path} == {"done", "ahead"}
    assert sum(p.place == "done" for p in opened.path) == 2
    assert opened.page.next_steps == ()


def test_plan_per_risk(village: Village) -> None:
    village.identified()
    plan = case_steps.open_page(village.work, village.case).plan
    assert [(risk.risk, risk.answered) for risk in plan] == [("01", False), ("04", False)]
    assert plan[0].items == ("M07", "M10")
    assert "健康帮扶" in plan[0].reason
    aid = measures.record_measure(
        village.work,
        HOME,
        {"item": "M1003", "title": "临时救助", "status": "实施中", "start_on": "2023-04-01"},
    ).id
    ill, flood = case_steps.open_page(village.work, village.case).plan
    assert (ill.answered, flood.answered) == (True, True)
    assert (ill.measures[0].id, ill.measures[0].fits, ill.measures[0].names_risk) == (aid, True, False)
    measure_entries.answer_risk(village.work, HOME, "04", [aid], [aid])
    ill, flood = case_steps.open_page(village.work, village.case).plan
    assert (ill.measures[0].names_other, flood.measures[0].names_risk) == ("因自然灾害", True)
    assert flood.measures[0].answers
    codes = {match.policy_no for match in ill.policies}
    assert all(number for number in codes)


def test_the_figures_of_the_exit_are_counted(village: Village) -> None:
    village.helped()
    assert case_steps.open_page(village.work, village.case).exit.filled == 0
    figures = dict.fromkeys(("exit_wage", "exit_property", "exit_transfer", "exit_production"), 100)
    cases.fill_in(village.work, village.case, {**figures, "exit_edu_dropout": False, "exit_population": 4})
    progress = case_steps.open_page(village.work, village.case).exit
    assert (progress.filled, progress.total) == (5, 13)
    assert "理赔收入" in progress.missing
    assert "工资性收入" not in progress.missing


def test_a_step_is_judged_without_being_taken(village: Village) -> None:
    village.open()
    on(village.work, "2023-04-01")
    village.consent()
    for move in whole.FORWARD[:3]:
        village.step(move)
    early = case_steps.judge(village.work, village.case, Move.CLOSE_NOTICE, {"notice_end": "2023-03-14"})
    assert not early.allowed
    assert early.earliest == date(2023, 3, 15)
    values = {"notice_end": "2023-03-15", "notice_photos": [village.photo]}
    assert case_steps.judge(village.work, village.case, Move.CLOSE_NOTICE, values).allowed
    assert village.values["notice_end"] is None
    with pytest.raises(ValidationFailed):
        case_steps.judge(village.work, village.case, Move.CLOSE_NOTICE, {"notice_end": "昨天吧"})
    with pytest.raises(NotFound):
        case_steps.open_page(village.work, HOME)
