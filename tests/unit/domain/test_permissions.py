"""Who may do what: the table is sound, and no way of a monitoring case beyond the notice is left open (R-MON-15)."""

from __future__ import annotations

import pytest

from villageapp.domain import permissions
from villageapp.domain.codes import code_list
from villageapp.domain.monitoring_case import MONITORING_CASE
from villageapp.domain.monitoring_facts import State
from villageapp.domain.monitoring_moves import TRANSITIONS, UPPER_FIELDS, Move
from villageapp.domain.permissions import Act, acts_of_fields, acts_of_move, acts_of_problem_step, judge
from villageapp.domain.problem_steps import Action

LEADERS = ("第一书记", "工作队长(第一书记兼)")
BEFORE_TOWN = {State.CLUE, State.VERIFIED, State.VILLAGE_REVIEW, State.NOTICE}


def test_every_act_is_in_the_table_with_roles_of_the_code_list() -> None:
    assert set(permissions.table()) == set(Act)
    known = set(code_list("CL_CADRE_ROLE").labels)
    for permission in permissions.table().values():
        assert set() < set(permission.roles) <= known
        assert all((permission.title, permission.rule, permission.source))


@pytest.mark.parametrize("role", sorted(code_list("CL_CADRE_ROLE").labels))
def test_only_leaders_go_beyond_the_notice(role: str) -> None:
    reached = {State.CLUE}
    while True:
        open_to_role = {
            arrow.end
            for arrow in TRANSITIONS
            if arrow.start in reached and judge(acts_of_move(arrow.move), role).allowed
        }
        if open_to_role <= reached:
            break
        reached |= open_to_role
    if role in LEADERS:
        assert reached == set(State)
    else:
        assert reached == BEFORE_TOWN | {State.REJECTED}


def test_steps_of_town_and_county_are_told_apart_from_those_after_the_notice() -> None:
    assert acts_of_move(Move.TOWN_AGREES) == acts_of_move(Move.SEND_BACK) == (Act.CASE_UPPER_STEP,)
    assert acts_of_move(Move.CLOSE_NOTICE) == acts_of_move(Move.FAIL_EXIT) == (Act.CASE_AFTER_NOTICE,)
    assert set(MONITORING_CASE.by_name) >= UPPER_FIELDS
    assert acts_of_fields(("plan", "plan_on")) == ()
    for name in UPPER_FIELDS:
        assert acts_of_fields(("plan", name)) == (Act.CASE_UPPER_STEP,)


def test_a_refusal_names_the_rule_who_may_and_the_role() -> None:
    refused = judge((Act.CASE_UPPER_STEP,), "工作队员").reasons
    assert [reason.rule for reason in refused] == ["R-MON-15"]
    assert all(word in refused[0].message for word in ("第一书记", "工作队长", "工作队员", "乡镇"))
    assert "未登记" in judge((Act.LEAVE_DECIDED,), "").refusal()
    assert not judge((Act.LEAVE_DECIDED,), "贵宾").allowed, "a role that no list knows may what everybody may"
    assert judge((Act.CASE_UPPER_STEP,), "队长").allowed, "a certificate may carry a synonym"
    assert judge((), "").allowed


@pytest.mark.parametrize("action", list(Action))
def test_acceptance_above_the_village_is_for_its_leaders(action: Action) -> None:
    above = acts_of_problem_step(action, "乡镇")
    assert above == ((Act.PROBLEM_ACCEPTED_ABOVE_VILLAGE,) if action in (Action.PASS, Action.FAIL) else ())
    assert acts_of_problem_step(action, "村") == acts_of_problem_step(action, None) == ()
    assert acts_of_problem_step(action, None, ["listed_supervision"])
