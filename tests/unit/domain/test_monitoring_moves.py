"""Every arrow of the monitoring case: taken when complete, refused for each single thing that is missing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from tests.helpers.monitoring import BROKEN, STEPS, case_for, parameters
from villageapp.domain.codes import code_list
from villageapp.domain.monitoring import advance
from villageapp.domain.monitoring_case import MONITORING_CASE
from villageapp.domain.monitoring_facts import CLOSED_STATES, EXIT_STATES, OPEN_STATES, Around, Case, State
from villageapp.domain.monitoring_moves import TRANSITIONS, Move, Transition, moves_from

EMPTY = Around(today=date(2023, 12, 1))

_REPORTED = {"reported_on", "verify_on"}
_CHECKED = _REPORTED | {"verifiers", "verify_result"}
_VOTED = {"village_review_on", "attendees", "votes_for", "votes_total", "minutes_id"}
_CATEGORY = {"category", "risk_1", "natural_disaster_sub"}
_TOWN = {"town_review_on", "town_opinion", "town_doc_no", "town_photo_id"}
_COUNTY = {"county_approved_on", "county_doc_no", "county_photo_id"}
_IDENT = {
    *("ident_wage", "ident_production", "ident_property", "ident_transfer"),
    *("ident_edu_problem", "ident_house_problem", "ident_water_problem", "ident_med_uninsured"),
}
_TOLD = {"decision_reason", "decision_told_on"}
_LEFT = {
    *("exit_mode", "exit_population", "exit_verify_on"),
    *("exit_edu_dropout", "exit_house_damaged", "exit_med_uninsured", "exit_water_damaged"),
    *("exit_wage", "exit_property", "exit_transfer", "exit_production", "exit_production_cost"),
    *("exit_net", "exit_per_capita", "exit_claim_income", "exit_compliant_oop"),
}
_EXIT_NOTICE = {"exit_verify_on", "exit_review_on", "exit_notice_start"}
_EXIT_TOWN = _EXIT_NOTICE | {"exit_notice_end", "exit_town_on", "exit_town_doc_no", "exit_town_photo_id"}

NEEDS: dict[Move, set[str]] = {
    Move.VERIFY: _CHECKED,
    Move.REJECT: {"verify_result"} | _TOLD,
    Move.OPEN_REVIEW: _CHECKED,
    Move.POST_NOTICE: _REPORTED | _VOTED | _CATEGORY | {"notice_start", "notice_place"},
    Move.VOTE_DOWN: (_VOTED - {"attendees"}) | _TOLD,
    Move.CLOSE_NOTICE: _REPORTED | {"village_review_on", "notice_start", "notice_end", "notice_photos"},
    Move.UPHOLD_OBJECTION: {"objections", "objection_upheld"},
    Move.TOWN_AGREES: _REPORTED | _TOWN | {"village_review_on", "notice_start", "notice_end"},
    Move.APPROVE: _CHECKED
    | _VOTED
    | _CATEGORY
    | _TOWN
    | _COUNTY
    | _IDENT
    | {"notice_start", "notice_end", "notice_photos"},
    Move.SEND_BACK: {"decision_reason"},
    Move.REFUSE: _TOLD,
    Move.START_HELP: {"plan_on", "plan"},
    Move.MARK_STABLE: set(),
    Move.LOSE_STABLE: set(),
    Move.VERIFY_EXIT: _LEFT,
    Move.REVIEW_EXIT: {"exit_verify_on", "exit_review_on"},
    Move.POST_EXIT_NOTICE: _EXIT_NOTICE,
    Move.CLOSE_EXIT_NOTICE: _EXIT_NOTICE | {"exit_notice_end"},
    Move.EXIT_TOWN_AGREES: _EXIT_TOWN,
    Move.ELIMINATE: _LEFT
    | _EXIT_TOWN
    | {"exit_county_on", "exit_county_doc_no", "exit_county_photo_id", "exit_announce_on"},
    Move.FAIL_EXIT: {"exit_failed_reason"},
    Move.CLOSE_NATURAL: {"natural_reason", "natural_proof"},
}
"""Fields without any one of which the move is refused."""

AROUND_NEEDS: dict[Move, dict[str, Any]] = {
    Move.OPEN_REVIEW: {"consent_on": None},
    Move.POST_NOTICE: {"consent_on": None, "household_type": None},
    Move.APPROVE: {"consent_on": None, "household_type": None},
    Move.START_HELP: {"measures": ()},
    Move.MARK_STABLE: {"follow_ups": ()},
    Move.LOSE_STABLE: {"follow_ups": ()},
    Move.VERIFY_EXIT: {
        "measures": (),
        "open_problems": None,
        "all_insured": None,
        "no_labour_whole": None,
        "follow_ups": BROKEN,
    },
    Move.ELIMINATE: {"measures": (), "open_problems": 1, "all_insured": False, "no_labour_whole": True},
    Move.CLOSE_NATURAL: {"household_gone": None},
}

arrows = pytest.mark.parametrize("arrow", TRANSITIONS, ids=lambda a: f"{a.start.value}-{a.move.value}")


@arrows
def test_a_complete_case_takes_every_arrow(arrow: Transition) -> None:
    taken = advance(case_for(arrow.move, arrow.start), arrow.move, parameters())
    assert taken.judgement.refusal() == ""
    assert taken.state is arrow.end
    assert taken.changes["state"] == arrow.end.value
    assert all(taken.changes[name] is None for name in arrow.clears)


@arrows
def test_an_empty_case_takes_none(arrow: Transition) -> None:
    refused = advance(Case(arrow.start, {}, EMPTY), arrow.move, parameters())
    assert not refused.judgement.allowed
    assert (refused.state, refused.changes) == (arrow.start, {})
    assert all(reason.rule.startswith("R-MON-") and reason.message for reason in refused.judgement.reasons)


@arrows
def test_each_single_missing_field_refuses(arrow: Transition) -> None:
    case = case_for(arrow.move, arrow.start)
    refusing = {
        name
        for name in case.values
        if not advance(
            replace(case, values={**case.values, name: None}), arrow.move, parameters()
        ).judgement.allowed
    }
    assert refusing == NEEDS[arrow.move]


@arrows
def test_each_single_missing_fact_around_refuses(arrow: Transition) -> None:
    case = case_for(arrow.move, arrow.start)
    for name, value in AROUND_NEEDS.get(arrow.move, {}).items():
        without = replace(case, around=replace(case.around, **{name: value}))
        assert not advance(without, arrow.move, parameters()).judgement.allowed, name


@pytest.mark.parametrize("state", list(State))
def test_what_is_not_in_the_table_is_refused(state: State) -> None:
    possible = {arrow.move for arrow in moves_from(state)}
    for move in set(Move) - possible:
        refused = advance(case_for(Move.ELIMINATE, state), move, parameters())
        label = code_list("CL_CASE_STATE").label(state)
        assert refused.judgement.refusal() == f"R-MON:案卷现为“{label}”，不能进行这一步"
        assert refused.state is state


def test_every_arrow_has_a_guard_and_every_move_one_end_per_state() -> None:
    assert all(arrow.guards for arrow in TRANSITIONS)
    pairs = [(arrow.start, arrow.move) for arrow in TRANSITIONS]
    assert len(pairs) == len(set(pairs))
    assert {arrow.move for arrow in TRANSITIONS} == set(Move)


def reachable(start: State, without: State) -> set[State]:
    found, waiting = set(), [start]
    while waiting:
        state = waiting.pop()
        if state is not without and state not in found:
            found.add(state)
            waiting += [arrow.end for arrow in moves_from(state)]
    return found


@pytest.mark.parametrize(
    "step", [State.VERIFIED, State.VILLAGE_REVIEW, State.NOTICE, State.TOWN_REVIEW, State.COUNTY_APPROVAL]
)
def test_nobody_is_identified_past_a_step(step: State) -> None:
    assert State.IDENTIFIED not in reachable(State.CLUE, without=step)


@pytest.mark.parametrize("step", [State.IDENTIFIED, State.HELPING, State.STABILISING, *sorted(EXIT_STATES)])
def test_nobody_is_eliminated_past_a_step(step: State) -> None:
    assert State.ELIMINATED not in reachable(State.CLUE, without=step)


def test_closed_states_have_no_way_on_and_open_ones_have_one() -> None:
    assert all(not moves_from(state) for state in CLOSED_STATES)
    assert all(moves_from(state) for state in OPEN_STATES)
    assert {arrow.start for arrow in TRANSITIONS if arrow.move is Move.CLOSE_NATURAL} == OPEN_STATES


def test_states_and_fields_are_those_of_lists_and_form() -> None:
    assert [state.value for state in State] == list(code_list("CL_CASE_STATE").labels)
    names = {name for _, values in STEPS for name in values}
    cleared = {name for arrow in TRANSITIONS for name in arrow.clears}
    assert names | cleared | set().union(*NEEDS.values()) <= set(MONITORING_CASE.by_name)
