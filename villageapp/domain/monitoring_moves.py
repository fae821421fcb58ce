"""Every move of a monitoring case with its guards: the arrows of domain.md 3.4 in one table.

Beyond the diagram a review without a majority ends in REJECTED (the family is told why), as a refusal of
the township or the county does; otherwise such a case could never be closed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from villageapp.domain import monitoring_exit_guards as leaving
from villageapp.domain import monitoring_guards as entering
from villageapp.domain.judgement import Judgement
from villageapp.domain.monitoring_exit import EXIT_FIELDS
from villageapp.domain.monitoring_facts import EXIT_STATES, OPEN_STATES, Case, State
from villageapp.domain.parameters import Parameters

Guard = Callable[[Case, Parameters], Judgement]


class Move(StrEnum):
    """What a person does to a case."""

    VERIFY = "verify"
    REJECT = "reject"
    OPEN_REVIEW = "open_review"
    POST_NOTICE = "post_notice"
    VOTE_DOWN = "vote_down"
    CLOSE_NOTICE = "close_notice"
    UPHOLD_OBJECTION = "uphold_objection"
    TOWN_AGREES = "town_agrees"
    APPROVE = "approve"
    SEND_BACK = "send_back"
    REFUSE = "refuse"
    START_HELP = "start_help"
    MARK_STABLE = "mark_stable"
    LOSE_STABLE = "lose_stable"
    VERIFY_EXIT = "verify_exit"
    REVIEW_EXIT = "review_exit"
    POST_EXIT_NOTICE = "post_exit_notice"
    CLOSE_EXIT_NOTICE = "close_exit_notice"
    EXIT_TOWN_AGREES = "exit_town_agrees"
    ELIMINATE = "eliminate"
    FAIL_EXIT = "fail_exit"
    CLOSE_NATURAL = "close_natural"


_REVIEW = ("village_review_on", "attendees", "votes_for", "votes_total", "minutes_id")
_NOTICE = ("notice_start", "notice_end", "notice_place", "notice_photos")
_TOWN = ("town_review_on", "town_opinion", "town_doc_no", "town_photo_id")
_COUNTY = ("county_approved_on", "county_doc_no", "county_photo_id")
_PAPERS = ("exit_town_doc_no", "exit_town_photo_id", "exit_county_doc_no", "exit_county_photo_id")
UPPER_FIELDS = frozenset({*_TOWN, *_COUNTY, *_PAPERS, "exit_town_on", "exit_county_on", "exit_announce_on"})
"""Fields of the township's and the county's steps (R-MON-15)."""


@dataclass(frozen=True, slots=True)
class Transition:
    """One arrow of the diagram; ``clears`` are the fields of steps that must be done again."""

    move: Move
    start: State
    end: State
    label: str
    guards: tuple[Guard, ...]
    clears: tuple[str, ...] = ()


_IDENTIFYING: tuple[Transition, ...] = (
    Transition(
        Move.VERIFY, State.CLUE, State.VERIFIED, "入户核实", (entering.house_checked, entering.dates_in_order)
    ),
    Transition(
        Move.OPEN_REVIEW,
        State.VERIFIED,
        State.VILLAGE_REVIEW,
        "提交村级评议",
        (entering.house_checked, entering.found_true, entering.consented, entering.dates_in_order),
        ("decision_reason", "decision_told_on"),
    ),
    Transition(
        Move.POST_NOTICE,
        State.VILLAGE_REVIEW,
        State.NOTICE,
        "评议通过并公示",
        (
            entering.consented,
            entering.voted,
            entering.categorised,
            entering.notice_hangs,
            entering.dates_in_order,
        ),
    ),
    Transition(
        Move.CLOSE_NOTICE,
        State.NOTICE,
        State.TOWN_REVIEW,
        "公示结束报乡镇",
        (entering.notice_over, entering.dates_in_order),
    ),
    Transition(
        Move.TOWN_AGREES,
        State.TOWN_REVIEW,
        State.COUNTY_APPROVAL,
        "登记乡镇初审",
        (entering.town_passed, entering.dates_in_order),
    ),
    Transition(
        Move.APPROVE,
        State.COUNTY_APPROVAL,
        State.IDENTIFIED,
        "登记县级审定",
        (
            entering.county_approved,
            entering.complete_when_identified,
            entering.house_checked,
            entering.found_true,
            entering.consented,
            entering.voted,
            entering.categorised,
            entering.notice_over,
            entering.town_passed,
            entering.dates_in_order,
        ),
    ),
)


_TURNING_BACK: tuple[Transition, ...] = (
    Transition(
        Move.REJECT,
        State.VERIFIED,
        State.REJECTED,
        "不予纳入",
        (entering.found_untrue, entering.turned_down),
    ),
    Transition(
        Move.VOTE_DOWN,
        State.VILLAGE_REVIEW,
        State.REJECTED,
        "评议未通过",
        (entering.voted_down, entering.turned_down),
    ),
    Transition(
        Move.UPHOLD_OBJECTION,
        State.NOTICE,
        State.VILLAGE_REVIEW,
        "异议成立重新评议",
        (entering.objection_stands,),
        (*_REVIEW, *_NOTICE, "objections", "objection_upheld"),
    ),
)


def _sent_back(state: State) -> tuple[Transition, ...]:
    """The township or the county returns the file, or refuses it."""
    again = (*_REVIEW, *_NOTICE, *_TOWN, *_COUNTY)
    return (
        Transition(Move.SEND_BACK, state, State.VERIFIED, "上级退回重新核实", (entering.returned,), again),
        Transition(Move.REFUSE, state, State.REJECTED, "上级审核不予纳入", (entering.turned_down,)),
    )


_HELPING: tuple[Transition, ...] = (
    Transition(Move.START_HELP, State.IDENTIFIED, State.HELPING, "开始帮扶", (entering.help_began,)),
    Transition(Move.MARK_STABLE, State.HELPING, State.STABILISING, "风险稳定", (leaving.became_stable,)),
    Transition(
        Move.LOSE_STABLE,
        State.STABILISING,
        State.HELPING,
        "风险反复",
        (leaving.no_longer_stable,),
        ("stable_since",),
    ),
)


_LEAVING: tuple[Transition, ...] = (
    Transition(
        Move.VERIFY_EXIT,
        State.STABILISING,
        State.EXIT_VERIFY,
        "消除入户核实",
        (leaving.may_leave, leaving.exit_in_order),
        ("exit_failed_reason",),
    ),
    Transition(
        Move.REVIEW_EXIT,
        State.EXIT_VERIFY,
        State.EXIT_REVIEW,
        "消除民主评议",
        (leaving.exit_reviewed, leaving.exit_in_order),
    ),
    Transition(
        Move.POST_EXIT_NOTICE,
        State.EXIT_REVIEW,
        State.EXIT_NOTICE,
        "消除公示",
        (leaving.exit_notice_hangs, leaving.exit_in_order),
    ),
    Transition(
        Move.CLOSE_EXIT_NOTICE,
        State.EXIT_NOTICE,
        State.EXIT_TOWN,
        "消除公示结束",
        (leaving.exit_notice_over, leaving.exit_in_order),
    ),
    Transition(
        Move.EXIT_TOWN_AGREES,
        State.EXIT_TOWN,
        State.EXIT_COUNTY,
        "登记消除乡镇审核",
        (leaving.exit_town_passed, leaving.exit_in_order),
    ),
    Transition(
        Move.ELIMINATE,
        State.EXIT_COUNTY,
        State.ELIMINATED,
        "登记县级审定和公告",
        (
            leaving.exit_county_passed,
            leaving.may_leave,
            leaving.exit_reviewed,
            leaving.exit_notice_over,
            leaving.exit_town_passed,
            leaving.exit_in_order,
        ),
    ),
)


def _exit_failed(state: State) -> Transition:
    """A failed exit is judged on new figures the next time."""
    again = ("stable_since", "exit_mode", "exit_population", *EXIT_FIELDS, *leaving.EXIT_DATES, *_PAPERS)
    return Transition(Move.FAIL_EXIT, state, State.HELPING, "消除未通过", (leaving.exit_failed,), again)


def _closed(state: State) -> Transition:
    """The whole household died or moved out."""
    return Transition(
        Move.CLOSE_NATURAL, state, State.CLOSED_NATURAL, "整户减少结案", (leaving.household_gone,)
    )


TRANSITIONS: tuple[Transition, ...] = (
    *_IDENTIFYING,
    *_TURNING_BACK,
    *_sent_back(State.TOWN_REVIEW),
    *_sent_back(State.COUNTY_APPROVAL),
    *_HELPING,
    *_LEAVING,
    *(_exit_failed(state) for state in State if state in EXIT_STATES),
    *(_closed(state) for state in State if state in OPEN_STATES),
)
"""Every arrow of the diagram; what is not here is not possible."""


def moves_from(state: State) -> tuple[Transition, ...]:
    """The arrows that leave a state, the way forward first."""
    return tuple(arrow for arrow in TRANSITIONS if arrow.start is state)
