"""The monitoring case on its way: S5 and S6 as a case, what each step still needs, what is due."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.monitoring import (
    AROUND,
    FOLLOW_UPS,
    FORWARD,
    HOUSEHOLD,
    PHOTO,
    STEPS,
    case_for,
    parameters,
    values_until,
)
from villageapp.domain.monitoring import advance, household_marks, next_steps, reopened
from villageapp.domain.monitoring_case import MONITORING_CASE
from villageapp.domain.monitoring_duties import duties
from villageapp.domain.monitoring_facts import Around, Case, State
from villageapp.domain.monitoring_moves import TRANSITIONS, Move
from villageapp.domain.parameters import Parameter, UnsetParameter, shipped
from villageapp.domain.risk_measures import MeasureTaken
from villageapp.domain.stability import FollowUp
from villageapp.errors import ValidationFailed

EMPTY = Around(today=date(2023, 12, 1))


def test_the_whole_way_from_clue_to_elimination() -> None:
    case = Case(State.CLUE, {}, AROUND)
    for move, values in STEPS:
        taken = advance(replace(case, values={**case.values, **values}), move, parameters())
        assert taken.judgement.refusal() == "", move
        case = replace(case, state=taken.state, values={**case.values, **values, **taken.changes})
    assert case.state is State.ELIMINATED
    assert case.get("identified_on") == date(2023, 3, 20)
    assert case.get("identified_ym") == "2023-03"
    assert case.get("stable_since") == date(2023, 5, 10)
    assert case.get("eliminated_ym") == "2023-11"
    household = {"household_id": HOUSEHOLD, "state": case.state.value}
    assert MONITORING_CASE.check({**case.values, **household})["risk_1"] == "01"


def test_s5_the_case_waits_for_the_notice() -> None:
    case = case_for(Move.CLOSE_NOTICE, State.NOTICE)
    early = replace(case, values={**case.values, "notice_end": date(2023, 3, 14)})
    refused = advance(early, Move.CLOSE_NOTICE, parameters()).judgement
    assert refused.earliest == date(2023, 3, 15)
    town = case_for(Move.TOWN_AGREES, State.TOWN_REVIEW)
    same_day = replace(town, values={**town.values, "town_review_on": date(2023, 3, 15)})
    assert advance(same_day, Move.TOWN_AGREES, parameters()).judgement.earliest == date(2023, 3, 16)


def test_s5_a_late_approval_is_recorded_with_a_flag() -> None:
    case = case_for(Move.APPROVE, State.COUNTY_APPROVAL)
    late = replace(case, values={**case.values, "county_approved_on": date(2023, 3, 24)})
    taken = advance(late, Move.APPROVE, parameters())
    assert taken.state is State.IDENTIFIED
    assert [str(warning) for warning in taken.judgement.warnings] == [
        "R-MON-1:识别超期 3 天（期限 2023-03-21，县级审定 2023-03-24）"
    ]


def test_s6_a_case_leaves_after_both_half_years_and_not_before() -> None:
    case = case_for(Move.VERIFY_EXIT, State.STABILISING)
    early = replace(case, values={**case.values, "exit_verify_on": date(2023, 9, 25)})
    refused = advance(early, Move.VERIFY_EXIT, parameters()).judgement
    assert [(reason.rule, reason.earliest) for reason in refused.reasons] == [
        ("R-MON-11", date(2023, 11, 10))
    ]
    poor = replace(case, values={**case.values, "exit_net": 27_999_99})
    assert "R-MON-10" in advance(poor, Move.VERIFY_EXIT, parameters()).judgement.refusal()


def test_a_case_imported_with_a_month_only() -> None:
    case = case_for(Move.VERIFY_EXIT, State.STABILISING)
    monthly = replace(case, values={**case.values, "identified_on": None})
    assert advance(monthly, Move.VERIFY_EXIT, parameters()).judgement.allowed
    unknown = replace(case, values={**case.values, "identified_on": None, "identified_ym": None})
    assert "identified_on" in advance(unknown, Move.VERIFY_EXIT, parameters()).judgement.missing


def test_a_setback_after_the_recorded_start_counts() -> None:
    visits = (*FOLLOW_UPS[:4], FollowUp(date(2023, 7, 20), False), FollowUp(date(2023, 8, 10), True))
    case = case_for(Move.VERIFY_EXIT, State.STABILISING)
    case = replace(case, around=replace(case.around, follow_ups=visits))
    refused = advance(case, Move.VERIFY_EXIT, parameters()).judgement
    assert refused.earliest == date(2024, 2, 10)


def test_a_whole_household_that_left_goes_through_the_exit_without_figures() -> None:
    values = {
        **values_until(Move.MARK_STABLE),
        "exit_mode": "自然消除",
        "exit_verify_on": date(2023, 8, 20),
        "natural_reason": "整户迁出",
        "natural_proof": PHOTO,
    }
    case = Case(State.STABILISING, values, replace(AROUND, household_gone=True))
    assert advance(case, Move.VERIFY_EXIT, shipped()).state is State.EXIT_VERIFY
    assert not advance(replace(case, around=AROUND), Move.VERIFY_EXIT, parameters()).judgement.allowed


def test_an_unset_line_refuses_the_exit_and_says_so_among_the_next_steps() -> None:
    case = case_for(Move.VERIFY_EXIT, State.STABILISING)
    with pytest.raises(UnsetParameter, match="监测标准未核定"):
        advance(case, Move.VERIFY_EXIT, shipped())
    step = next(step for step in next_steps(case, shipped()) if step.move is Move.VERIFY_EXIT)
    assert not step.judgement.allowed
    assert "监测标准未核定（2023 年）" in step.judgement.refusal()
    assert step.judgement.used == ()


@pytest.mark.parametrize(
    ("move", "state", "missing", "earliest"),
    [
        (Move.CLOSE_NOTICE, State.NOTICE, "notice_end", date(2023, 3, 15)),
        (Move.TOWN_AGREES, State.TOWN_REVIEW, "town_review_on", date(2023, 3, 16)),
        (Move.VERIFY_EXIT, State.STABILISING, "exit_verify_on", date(2023, 11, 10)),
    ],
)
def test_the_next_step_tells_what_is_missing_and_from_when(
    move: Move, state: State, missing: str, earliest: date
) -> None:
    case = case_for(move, state)
    case = replace(case, values={**case.values, missing: None})
    step = next(step for step in next_steps(case, parameters()) if step.move is move)
    assert missing in step.judgement.missing
    assert step.judgement.earliest == earliest


def test_next_steps_show_every_way_on() -> None:
    steps = next_steps(case_for(Move.CLOSE_NOTICE, State.NOTICE), parameters())
    assert [step.move for step in steps] == [Move.CLOSE_NOTICE, Move.UPHOLD_OBJECTION, Move.CLOSE_NATURAL]
    assert [step.judgement.allowed for step in steps] == [True, False, False]
    assert next_steps(Case(State.ELIMINATED, {}, EMPTY), parameters()) == ()


def test_a_failed_exit_is_judged_on_new_figures() -> None:
    case = case_for(Move.FAIL_EXIT, State.EXIT_TOWN)
    taken = advance(case, Move.FAIL_EXIT, parameters())
    again = replace(case, state=State.STABILISING, values={**case.values, **taken.changes})
    refused = advance(again, Move.VERIFY_EXIT, parameters()).judgement
    assert {"exit_mode", "exit_verify_on", "exit_net", "exit_edu_dropout"} <= set(refused.missing)
    assert again.get("identified_on") == date(2023, 3, 20)


def test_an_open_objection_holds_the_notice_and_an_upheld_one_starts_the_review_again() -> None:
    case = case_for(Move.CLOSE_NOTICE, State.NOTICE)
    objected = replace(case, values={**case.values, "objections": "家中有经营性车辆"})
    assert advance(objected, Move.CLOSE_NOTICE, parameters()).judgement.missing == ("objection_upheld",)
    unfounded = replace(objected, values={**objected.values, "objection_upheld": False})
    assert advance(unfounded, Move.CLOSE_NOTICE, parameters()).state is State.TOWN_REVIEW
    upheld = replace(objected, values={**objected.values, "objection_upheld": True})
    taken = advance(upheld, Move.UPHOLD_OBJECTION, parameters())
    again = Case(taken.state, {**upheld.values, **taken.changes}, AROUND)
    assert not advance(again, Move.POST_NOTICE, parameters()).judgement.allowed


@given(st.sampled_from([m for m in FORWARD if m is not Move.MARK_STABLE]), st.integers(1, 400))
def test_no_step_is_dated_after_today(move: Move, days: int) -> None:
    arrow = next(arrow for arrow in TRANSITIONS if arrow.move is move)
    case = case_for(move, arrow.start)
    dated = [name for name, value in dict(STEPS)[move].items() if isinstance(value, date)]
    for name in dated:
        if name in ("reported_on", "identified_on", "stable_since"):
            continue
        today = case.get(name) - timedelta(days=days)
        refused = advance(replace(case, around=replace(AROUND, today=today)), move, parameters())
        assert any("晚于今天" in reason.message for reason in refused.judgement.reasons)


def test_help_that_starts_late_is_flagged() -> None:
    late = replace(AROUND, measures=(MeasureTaken("M0703", "实施中", date(2023, 4, 21)),))
    case = replace(case_for(Move.START_HELP, State.IDENTIFIED), around=late)
    case = replace(case, values={**case.values, "plan_on": date(2023, 4, 1)})
    taken = advance(case, Move.START_HELP, parameters())
    assert taken.state is State.HELPING
    assert [warning.message for warning in taken.judgement.warnings] == [
        "帮扶计划超期 2 天",
        "识别后1个月未落实帮扶措施，首项措施 2023-04-21 开始",
    ]


def test_what_is_due_and_overdue() -> None:
    clue = Case(State.CLUE, {"reported_on": date(2023, 3, 6)}, Around(date(2023, 3, 9)))
    assert [(duty.text, duty.due, duty.overdue) for duty in duties(clue, parameters())] == [
        ("上门核实", date(2023, 3, 7), 2),
        ("完成识别认定", date(2023, 3, 21), 0),
    ]
    fresh = Case(State.IDENTIFIED, {"identified_on": date(2023, 3, 20)}, Around(date(2023, 4, 21)))
    assert [(duty.text, duty.due, duty.overdue) for duty in duties(fresh, parameters())] == [
        ("制定一户一策帮扶计划", date(2023, 3, 30), 22),
        ("跟踪走访", date(2023, 4, 19), 2),
        ("识别后1个月未落实帮扶措施", date(2023, 4, 20), 1),
    ]
    running = Case(State.STABILISING, values_until(Move.MARK_STABLE), AROUND)
    assert [(duty.text, duty.due) for duty in duties(running, parameters())] == [
        ("跟踪走访", date(2023, 12, 10))
    ]


def test_after_the_exit_the_file_is_looked_after_until_the_transition_ends() -> None:
    left = {"exit_county_on": date(2023, 11, 25)}
    soon = Case(State.ELIMINATED, left, Around(date(2023, 12, 1)))
    assert [(duty.text, duty.due) for duty in duties(soon, parameters())] == [
        ("风险消除后回访", date(2023, 12, 25)),
        ("2023 年度信息更新", date(2023, 12, 31)),
    ]
    later = Around(date(2026, 1, 5), follow_ups=(FollowUp(date(2024, 5, 10), True),))
    assert duties(Case(State.ELIMINATED, left, later), parameters()) == ()
    assert duties(Case(State.REJECTED, {}, EMPTY), parameters()) == ()


@pytest.mark.parametrize(("month", "due"), [("2024-02", date(2024, 3, 30)), ("2023-12", date(2024, 1, 30))])
def test_a_case_known_by_month_is_followed_up_from_the_end_of_that_month(month: str, due: date) -> None:
    around = replace(EMPTY, today=date(2024, 3, 31))
    taken_over = Case(State.HELPING, {"identified_ym": month}, around)
    (duty,) = duties(taken_over, parameters())
    assert (duty.rule, duty.due, duty.overdue) == ("R-VIS-1", due, (around.today - due).days)


def test_a_new_risk_opens_a_new_case_that_names_the_old_one() -> None:
    old = Case(State.ELIMINATED, {"household_id": HOUSEHOLD}, EMPTY)
    assert reopened(old, PHOTO, date(2024, 2, 1)) == {
        "household_id": HOUSEHOLD,
        "reopened_from": PHOTO,
        "reported_on": date(2024, 2, 1),
        "state": "CLUE",
    }
    with pytest.raises(ValueError, match="风险已消除"):
        reopened(Case(State.HELPING, {}, EMPTY), PHOTO, date(2024, 2, 1))


def test_the_form_guards_disaster_risks_and_votes() -> None:
    with pytest.raises(ValidationFailed, match="灾害子项"):
        MONITORING_CASE.check({"risk_1": "因自然灾害", "natural_disaster_sub": ""}, complete=False)
    with pytest.raises(ValidationFailed, match="须写明内容"):
        MONITORING_CASE.check({"risk_1": "其他", "risk_note": ""}, complete=False)
    with pytest.raises(ValidationFailed, match="不能重复"):
        MONITORING_CASE.check({"risk_1": "因病", "risk_2": "因病"}, complete=False)
    with pytest.raises(ValidationFailed, match="多于总票数"):
        MONITORING_CASE.check({"votes_for": 18, "votes_total": 17}, complete=False)


def test_the_number_of_those_who_went_is_a_parameter() -> None:
    three = parameters().with_changes([Parameter("VERIFIERS_MIN", 3, date(2023, 1, 1))])
    case = case_for(Move.VERIFY, State.CLUE)
    refused = advance(case, Move.VERIFY, three).judgement
    assert [reason.message for reason in refused.reasons] == ["入户核实须 3 人以上，现在 2 人"]


@pytest.mark.parametrize(
    ("state", "category", "eliminated"),
    [
        (State.NOTICE, "0", None),
        (State.IDENTIFIED, "2", False),
        (State.EXIT_COUNTY, "2", False),
        (State.ELIMINATED, "2", True),
        (State.REJECTED, "0", None),
        (State.CLOSED_NATURAL, "0", None),
    ],
)
def test_the_household_is_marked_by_its_case(state: State, category: str, eliminated: bool | None) -> None:
    marks = household_marks(state, "2")
    assert marks == {"monitoring_category": category, "risk_eliminated": eliminated}
