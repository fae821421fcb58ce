"""The way of a problem item: every transition, every guard, S12, and what no path may skip."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from villageapp.domain import codes
from villageapp.domain.parameters import Parameters, UnsetParameter, shipped
from villageapp.domain.problem import OPEN_STATES, UNSOLVED_STATES
from villageapp.domain.problem_guards import GUARDS, closing_levels, decide, take
from villageapp.domain.problem_steps import TRANSITIONS, Action, Item, Step, title
from villageapp.errors import NotAllowed

ZERO = date(2023, 3, 1)
LATER = date(2023, 12, 31)
OWNER = "11111111-1111-1111-1111-111111111111"
STATES = tuple(codes.code_list("CL_PROBLEM_STATE").labels)


def item(**changes: object) -> Item:
    known = Item(
        ZERO,
        source="20",
        scope="户",
        grade="M",
        owner_id=OWNER,
        founded=True,
        reporter_told_on=ZERO,
        household_ack="满意",
    )
    return replace(known, **changes)


def step(action: Action, day: int = 1, **changes: object) -> Step:
    """A step that meets every guard of its action, ``day`` days after the report."""
    on = ZERO + timedelta(days=day)
    full = Step(action, on, note="已写明", level="村", by="验收人", due=on + timedelta(days=60), proofs=1)
    return replace(full, **changes)


ROADS: dict[str, tuple[Action, ...]] = {
    "REPORTED": (),
    "VERIFIED": (Action.VERIFY,),
    "OPINION": (Action.VERIFY, Action.OPINION),
    "PLANNED": (Action.VERIFY, Action.OPINION, Action.PLAN),
    "SOLVING": (Action.VERIFY, Action.OPINION, Action.PLAN, Action.START),
    "SOLVED": (Action.VERIFY, Action.OPINION, Action.PLAN, Action.START, Action.SOLVE),
}
ROADS["ACCEPTING"] = (*ROADS["SOLVED"], Action.SUBMIT)
ROADS["RETURNED"] = (*ROADS["ACCEPTING"], Action.FAIL)
ROADS["CLOSED"] = (*ROADS["ACCEPTING"], Action.PASS, Action.PASS, Action.CLOSE)


def brought_to(state: str, **changes: object) -> Item:
    """An item that its steps have brought to that state, both acceptances being there."""
    levels = iter(("村", "乡镇"))
    steps = tuple(step(a, level=next(levels) if a is Action.PASS else "村") for a in ROADS[state])
    found = item(steps=steps, **changes)
    assert found.state == state
    return found


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("action", Action)
def test_every_pair_of_state_and_action_moves_as_the_table_says_or_is_refused(
    state: str, action: Action
) -> None:
    before = brought_to(state)
    if action is Action.DISMISS:
        before = replace(before, founded=False)
    if action is Action.DISSATISFIED:
        before = replace(before, household_ack="不满意")
    if action is Action.CLOSE and state == "ACCEPTING":
        passes = (step(Action.PASS, level="村"), step(Action.PASS, level="乡镇"))
        before = replace(before, steps=(*before.steps, *passes))
    target = TRANSITIONS.get((state, action))
    if target is not None:
        assert take(before, step(action, 2), LATER, shipped()).state == target
        return
    refused = decide(before, step(action, 2), LATER, shipped())
    assert not refused.allowed
    label = codes.code_list("CL_PROBLEM_STATE").label(state)
    assert refused.reasons[0].message == f"“{label}”的问题不能“{title(action)}”"


def test_states_and_titles_are_complete() -> None:
    assert set(GUARDS) == set(Action)
    assert list(codes.code_list("CL_PROBLEM_ACTION").labels) == [a.value for a in Action]
    assert {state for state, _ in TRANSITIONS} | set(TRANSITIONS.values()) == set(STATES)
    assert {state for state, action in TRANSITIONS if action is Action.PROGRESS} == OPEN_STATES
    assert {state for state, action in TRANSITIONS if action is Action.EXTEND} == UNSOLVED_STATES


Change = Callable[[Item], Item]


def known(**changes: object) -> Change:
    return lambda before: replace(before, **changes)


BROKEN: list[tuple[str, Action, Change | None, dict[str, object], str, str]] = [
    ("REPORTED", Action.VERIFY, known(founded=None), {}, "3.5", "须登记核查结论"),
    ("VERIFIED", Action.DISMISS, None, {}, "3.5", "核查属实的问题不能直接销号"),
    ("VERIFIED", Action.DISMISS, known(founded=False, reporter_told_on=None), {}, "3.5", "告知反映人"),
    ("VERIFIED", Action.DISMISS, known(founded=False), {"note": " "}, "3.5", "不属实的理由"),
    ("VERIFIED", Action.OPINION, known(founded=False), {}, "3.5", "说明理由后直接销号"),
    ("VERIFIED", Action.OPINION, None, {"note": ""}, "3.5", "办理意见"),
    ("OPINION", Action.PLAN, known(owner_id=None), {}, "R-PRB-4", "须明确责任人"),
    ("OPINION", Action.PLAN, known(grade=None), {}, "R-PRB-2", "须分级"),
    ("OPINION", Action.PLAN, None, {"note": ""}, "3.5", "解决方案"),
    ("SOLVING", Action.SOLVE, None, {"proofs": 0}, "R-PRB-5", "至少附 1 份解决佐证"),
    ("SOLVING", Action.SOLVE, known(household_ack="不满意"), {}, "R-PRB-5", "农户不满意"),
    ("SOLVING", Action.SOLVE, None, {"note": ""}, "3.5", "解决情况"),
    ("SOLVED", Action.DISSATISFIED, None, {}, "R-PRB-5", "未表示不满意"),
    ("SOLVED", Action.SUBMIT, known(household_ack="不满意"), {}, "R-PRB-5", "农户不满意"),
    ("SOLVED", Action.SUBMIT, known(household_ack=None), {}, "R-PRB-5", "须有农户确认"),
    ("ACCEPTING", Action.PASS, None, {"level": "组"}, "R-PRB-6", "须写明层级"),
    ("ACCEPTING", Action.PASS, None, {"by": ""}, "R-PRB-6", "须写明验收人"),
    ("ACCEPTING", Action.FAIL, None, {"due": None}, "R-PRB-6", "回炉须定新的期限"),
    ("ACCEPTING", Action.FAIL, None, {"due": date(2023, 3, 3)}, "R-PRB-6", "应晚于 2023-03-03"),
    ("ACCEPTING", Action.FAIL, None, {"level": ""}, "R-PRB-6", "须写明层级"),
    ("ACCEPTING", Action.FAIL, None, {"by": " "}, "R-PRB-6", "须写明验收人"),
    ("ACCEPTING", Action.FAIL, None, {"note": ""}, "3.5", "不通过的原因"),
    ("ACCEPTING", Action.CLOSE, None, {}, "R-PRB-6", "缺村级验收通过"),
    ("ACCEPTING", Action.CLOSE, known(listed="省"), {}, "R-PRB-6", "省级挂牌督办的问题"),
    ("VERIFIED", Action.DISMISS, known(founded=False, listed="国家"), {}, "R-PRB-6", "摘牌后才能销号"),
    ("ACCEPTING", Action.CLOSE, known(household_ack="不满意"), {}, "R-PRB-5", "农户不满意"),
    ("ACCEPTING", Action.CLOSE, known(household_ack=None), {}, "R-PRB-5", "须有农户确认"),
    ("CLOSED", Action.REOPEN, None, {"note": ""}, "3.5", "再次反映的情况"),
    ("CLOSED", Action.REOPEN, None, {"on": date(2023, 6, 1)}, "3.5", "应登记为新问题"),
    ("SOLVING", Action.EXTEND, None, {"due": None}, "R-PRB-3", "须写明新期限"),
    ("SOLVING", Action.EXTEND, None, {"due": date(2023, 4, 1)}, "R-PRB-3", "应晚于原期限 2023-04-01"),
    ("SOLVING", Action.EXTEND, None, {"by": ""}, "R-PRB-6", "批准人"),
    ("SOLVING", Action.EXTEND, None, {"note": ""}, "3.5", "延期理由"),
    ("SOLVING", Action.ESCALATE, None, {"level": ""}, "R-PRB-6", "须写明层级"),
    ("SOLVING", Action.ESCALATE, None, {"note": ""}, "3.5", "上报事由"),
    ("SOLVING", Action.PROGRESS, None, {"note": ""}, "3.5", "进展"),
    ("SOLVING", Action.PROGRESS, None, {"on": date(2023, 2, 28)}, "3.5", "早于上一步"),
    ("SOLVING", Action.PROGRESS, None, {"on": date(2024, 1, 1)}, "3.5", "晚于今天"),
]


@pytest.mark.parametrize(("state", "action", "change", "step_change", "rule", "message"), BROKEN)
def test_a_broken_guard_refuses_and_names_rule_and_fact(
    state: str,
    action: Action,
    change: Change | None,
    step_change: dict[str, object],
    rule: str,
    message: str,
) -> None:
    before = brought_to(state)
    before = change(before) if change else before
    judged = decide(before, step(action, 2, **step_change), LATER, shipped())
    assert [reason for reason in judged.reasons if reason.rule == rule and message in reason.message]
    with pytest.raises(NotAllowed, match="没有保存任何内容"):
        take(before, step(action, 2, **step_change), LATER, shipped())


def test_every_guard_of_every_action_is_broken_by_a_case() -> None:
    """The cases above leave out no guard: each yields a reason in at least one of them."""
    silent = {(action, guard) for action, guards in GUARDS.items() for guard in guards}
    for state, action, change, step_change, _, _ in BROKEN:
        before = brought_to(state)
        before = change(before) if change else before
        for guard in GUARDS[action]:
            if list(guard(before, step(action, 2, **step_change), shipped())):
                silent.discard((action, guard))
    assert not silent


def test_s12_rectification_is_accepted_by_the_city_and_returned_once() -> None:
    found = Item(
        date(2022, 9, 1),
        source="41",
        scope="村",
        grade="M",
        owner_id=OWNER,
        founded=True,
    )
    today = date(2022, 10, 31)

    def take_on(action: Action, on: date, **more: object) -> None:
        nonlocal found
        made = replace(Step(action, on, note="已写明", by="验收人", proofs=1), **more)
        found = take(found, made, today, shipped())

    take_on(Action.VERIFY, date(2022, 9, 2))
    take_on(Action.OPINION, date(2022, 9, 4))
    take_on(Action.PLAN, date(2022, 9, 6))
    take_on(Action.START, date(2022, 9, 6))
    take_on(Action.SOLVE, date(2022, 9, 20))
    take_on(Action.SUBMIT, date(2022, 9, 20))
    take_on(Action.PASS, date(2022, 9, 21), level="村")
    take_on(Action.PASS, date(2022, 9, 23), level="乡镇")
    close = Step(Action.CLOSE, date(2022, 9, 24))
    refused = decide(found, close, today, shipped())
    assert [str(reason) for reason in refused.reasons] == ["R-PRB-6:缺市级验收通过"]
    assert [parameter.key for parameter in refused.used] == ["RECT_SOURCES", "CLOSE_LEVEL_RECT"]
    with pytest.raises(NotAllowed):
        take_on(Action.FAIL, date(2022, 9, 28), level="市")
    take_on(Action.FAIL, date(2022, 9, 28), level="市", due=date(2022, 10, 12))
    assert found.state == "RETURNED"
    take_on(Action.START, date(2022, 9, 29))
    take_on(Action.SOLVE, date(2022, 10, 10))
    take_on(Action.SUBMIT, date(2022, 10, 10))
    take_on(Action.PASS, date(2022, 10, 13), level="市")
    take_on(Action.CLOSE, date(2022, 10, 13))
    assert found.state == "CLOSED"


@pytest.mark.parametrize("source", codes.code_list("CL_SOURCE").labels)
def test_which_levels_accept_before_closing(source: str) -> None:
    levels = closing_levels(item(source=source), ZERO, shipped())
    assert levels == (("市",) if 40 <= int(source) <= 47 else ("村", "乡镇"))


def test_acceptance_of_a_former_solution_does_not_count() -> None:
    found = brought_to("ACCEPTING")
    for made in (
        step(Action.PASS, level="村"),
        step(Action.FAIL, level="乡镇"),
        step(Action.START),
        step(Action.SOLVE),
        step(Action.SUBMIT),
        step(Action.PASS, level="乡镇"),
    ):
        found = take(found, made, LATER, shipped())
    refused = decide(found, step(Action.CLOSE, 2), LATER, shipped())
    assert [reason.message for reason in refused.reasons] == ["缺村级验收通过"]


def test_s12_dissatisfied_household_cannot_leave_solving() -> None:
    solving = brought_to("SOLVING", household_ack="不满意")
    assert not decide(solving, step(Action.SOLVE), LATER, shipped()).allowed
    for action in Action:
        judged = decide(solving, step(action), LATER, shipped())
        assert not judged.allowed or take(solving, step(action), LATER, shipped()).state == "SOLVING"
    village = replace(solving, scope="村")
    assert take(village, step(Action.SOLVE), LATER, shipped()).state == "SOLVED"


def test_a_problem_of_the_village_needs_no_household_acknowledgement() -> None:
    solved = brought_to("SOLVED", scope="村", household_ack=None)
    assert take(solved, step(Action.SUBMIT), LATER, shipped()).state == "ACCEPTING"


@pytest.mark.parametrize(("days", "allowed"), [(0, True), (90, True), (91, False)])
def test_the_same_problem_within_ninety_days_is_a_rebound(days: int, allowed: bool) -> None:
    closed = brought_to("CLOSED")
    again = step(Action.REOPEN, 1 + days)
    judged = decide(closed, again, LATER, shipped())
    assert judged.allowed is allowed
    if allowed:
        reopened = take(closed, again, LATER, shipped())
        assert (reopened.state, reopened.rebounds, reopened.clock_zero) == ("REPORTED", 1, again.on)


def test_escalation_is_a_flag() -> None:
    found = take(brought_to("SOLVING"), step(Action.ESCALATE, level="乡镇"), LATER, shipped())
    found = take(found, step(Action.ESCALATE, level="县"), LATER, shipped())
    assert (found.state, found.escalated_to) == ("SOLVING", "县")
    assert brought_to("SOLVING").escalated_to == ""


def test_steps_recorded_twice_by_two_laptops_count_once() -> None:
    twice = item(steps=(step(Action.VERIFY), step(Action.VERIFY), step(Action.OPINION), step(Action.OPINION)))
    assert twice.state == "OPINION"
    assert len(twice.taken()) == 2


def test_closing_needs_the_level_to_be_set() -> None:
    with pytest.raises(UnsetParameter):
        decide(brought_to("ACCEPTING"), step(Action.CLOSE), LATER, Parameters([]))


TRIED = st.builds(
    lambda day, due, **given: step(
        Action.PROGRESS, day, due=due and ZERO + timedelta(days=day + due), **given
    ),
    st.integers(0, 3),
    st.one_of(st.none(), st.integers(1, 120)),
    level=st.sampled_from(["村", "乡镇", "市"]),
    note=st.sampled_from(["已写明", "已写明", ""]),
    proofs=st.sampled_from([1, 1, 0]),
)
FACTS = st.fixed_dictionaries(
    {
        "source": st.sampled_from(["20", "41"]),
        "scope": st.sampled_from(["户", "村"]),
        "owner_id": st.sampled_from([OWNER, OWNER, None]),
        "grade": st.sampled_from(["I", "M", None]),
        "founded": st.sampled_from([True, True, False, None]),
        "reporter_told_on": st.sampled_from([ZERO, None]),
        "household_ack": st.sampled_from(["满意", "满意", "不满意", None]),
    }
)


@given(
    st.sampled_from(STATES),
    FACTS,
    st.lists(st.tuples(FACTS, st.integers(0, 20), TRIED), min_size=5, max_size=25),
)
def test_no_path_reaches_a_state_without_what_it_needs(
    start: str, first: dict[str, object], path: list[tuple[dict[str, object], int, Step]]
) -> None:
    """Facts change and any action that the state offers is tried; whatever is reached has met its guards."""
    found = brought_to(start, **first)
    for facts, choice, draft in path:
        found = replace(found, **{**facts, "source": found.source, "scope": found.scope})
        offered = [action for state, action in TRANSITIONS if state == found.state]
        offered += [action for action in offered if TRANSITIONS[found.state, action] != found.state] * 3
        last = max([ZERO, *(taken.on for taken in found.steps)])
        tried = replace(draft, action=offered[choice % len(offered)], on=last + (draft.on - ZERO))
        before = found
        if decide(found, tried, LATER, shipped()).allowed:
            found = take(found, tried, LATER, shipped())
            event(f"{tried.action} reached {found.state}")
            _check_step(before, tried, found.state)
    days = [taken.on for taken, _ in found.taken()]
    assert days == sorted(days)


def _check_step(before: Item, tried: Step, state: str) -> None:
    round_actions = [taken.action for taken in before.this_round()]
    if state == "PLANNED" and tried.action is Action.PLAN:
        assert before.owner_id
        assert before.grade
    if tried.action is Action.SOLVE:
        assert tried.proofs
        assert before.scope != "户" or before.household_ack != "不满意"
        assert Action.PLAN in round_actions
    if tried.action is Action.CLOSE:
        last = max(i for i, taken in enumerate(round_actions) if taken is Action.SOLVE)
        passed = {taken.level for taken in before.this_round()[last:] if taken.action is Action.PASS}
        assert passed >= ({"市"} if before.source == "41" else {"村", "乡镇"})
        assert before.scope != "户" or before.household_ack in ("满意", "基本满意")
    if state == "RETURNED" and tried.action is Action.FAIL:
        assert tried.due is not None
        assert tried.due > tried.on
