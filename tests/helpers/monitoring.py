"""A monitoring case with every field of its whole way filled, and what fits each move (fictitious)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from villageapp.domain.monitoring_facts import Around, Case, State
from villageapp.domain.monitoring_moves import TRANSITIONS, Move
from villageapp.domain.parameters import Parameter, Parameters, shipped
from villageapp.domain.risk_measures import MeasureTaken
from villageapp.domain.stability import FollowUp

PHOTO = "0190f000-0000-7000-8000-00000000000a"
OTHER_PHOTO = "0190f000-0000-7000-8000-00000000000b"
CADRES = ("0190f000-0000-7000-8000-00000000000c", "0190f000-0000-7000-8000-00000000000d")
HOUSEHOLD = "0190f000-0000-7000-8000-000000000001"

STEPS: tuple[tuple[Move, Mapping[str, Any]], ...] = (
    (
        Move.VERIFY,
        {
            "household_id": HOUSEHOLD,
            "reported_on": date(2023, 3, 6),
            "verify_on": date(2023, 3, 7),
            "verifiers": CADRES,
            "verify_result": "属实",
        },
    ),
    (Move.OPEN_REVIEW, {"consent_id": PHOTO}),
    (
        Move.POST_NOTICE,
        {
            "category": "1",
            "risk_1": "01",
            "risk_2": "04",
            "natural_disaster_sub": "0403",
            "village_review_on": date(2023, 3, 9),
            "attendees": 17,
            "votes_for": 11,
            "votes_total": 17,
            "minutes_id": PHOTO,
            "notice_start": date(2023, 3, 10),
            "notice_place": "村务公开栏",
        },
    ),
    (Move.CLOSE_NOTICE, {"notice_end": date(2023, 3, 15), "notice_photos": (PHOTO, OTHER_PHOTO)}),
    (
        Move.TOWN_AGREES,
        {
            "town_review_on": date(2023, 3, 16),
            "town_opinion": "同意",
            "town_doc_no": "示范镇〔2023〕3号",
            "town_photo_id": PHOTO,
        },
    ),
    (
        Move.APPROVE,
        {
            "county_approved_on": date(2023, 3, 20),
            "county_doc_no": "示范县〔2023〕9号",
            "county_photo_id": PHOTO,
            "ident_population": 4,
            "ident_wage": 10_000_00,
            "ident_production": 5_000_00,
            "ident_property": 600_00,
            "ident_transfer": 2_000_00,
            "ident_production_cost": 1_000_00,
            "ident_edu_problem": False,
            "ident_house_problem": False,
            "ident_water_problem": False,
            "ident_med_uninsured": False,
        },
    ),
    (
        Move.START_HELP,
        {
            "identified_on": date(2023, 3, 20),
            "identified_ym": "2023-03",
            "plan_on": date(2023, 3, 28),
            "plan": "大病救治，安排务工",
        },
    ),
    (Move.MARK_STABLE, {}),
    (
        Move.VERIFY_EXIT,
        {
            "stable_since": date(2023, 5, 10),
            "exit_mode": "帮扶消除",
            "exit_population": 4,
            "exit_edu_dropout": False,
            "exit_house_damaged": False,
            "exit_med_uninsured": False,
            "exit_water_damaged": False,
            "exit_wage": 20_000_00,
            "exit_property": 1_000_00,
            "exit_transfer": 5_000_00,
            "exit_production": 4_000_00,
            "exit_production_cost": 2_000_00,
            "exit_net": 28_000_00,
            "exit_per_capita": 7_000_00,
            "exit_claim_income": 0,
            "exit_compliant_oop": 0,
            "exit_verify_on": date(2023, 11, 10),
        },
    ),
    (Move.REVIEW_EXIT, {"exit_review_on": date(2023, 11, 12)}),
    (Move.POST_EXIT_NOTICE, {"exit_notice_start": date(2023, 11, 13)}),
    (Move.CLOSE_EXIT_NOTICE, {"exit_notice_end": date(2023, 11, 18)}),
    (
        Move.EXIT_TOWN_AGREES,
        {
            "exit_town_on": date(2023, 11, 19),
            "exit_town_doc_no": "示范镇〔2023〕30号",
            "exit_town_photo_id": PHOTO,
        },
    ),
    (
        Move.ELIMINATE,
        {
            "exit_county_on": date(2023, 11, 25),
            "exit_county_doc_no": "示范县〔2023〕90号",
            "exit_county_photo_id": PHOTO,
            "exit_announce_on": date(2023, 11, 27),
        },
    ),
)
"""The straight way from clue to elimination: each move with the fields its form fills."""
FORWARD = tuple(move for move, _ in STEPS)
FOLLOW_UPS = tuple(FollowUp(date(2023, month, 10), month >= 5) for month in range(4, 12))
AROUND = Around(
    today=date(2023, 12, 1),
    household_type="1",
    consent_on=date(2023, 3, 7),
    measures=(
        MeasureTaken("M0703", "实施中", date(2023, 4, 3)),
        MeasureTaken("M1003", "已完成", date(2023, 4, 10)),
    ),
    follow_ups=FOLLOW_UPS,
    open_problems=0,
    all_insured=True,
    no_labour_whole=False,
    household_gone=False,
)
BROKEN = (*FOLLOW_UPS, FollowUp(date(2023, 11, 20), False))

TOLD = {"decision_reason": "评议未通过", "decision_told_on": date(2023, 3, 12)}
VALUES_FOR: Mapping[Move, Mapping[str, Any]] = {
    Move.REJECT: {"verify_result": "不属实", **TOLD},
    Move.VOTE_DOWN: {"votes_for": 8, **TOLD},
    Move.REFUSE: TOLD,
    Move.SEND_BACK: {"decision_reason": "材料不全"},
    Move.UPHOLD_OBJECTION: {"objections": "家中有经营性车辆", "objection_upheld": True},
    Move.FAIL_EXIT: {"exit_failed_reason": "收入不稳定"},
    Move.CLOSE_NATURAL: {"natural_reason": "整户迁出", "natural_proof": PHOTO},
}
AROUND_FOR: Mapping[Move, Around] = {
    Move.LOSE_STABLE: replace(AROUND, follow_ups=BROKEN),
    Move.CLOSE_NATURAL: replace(AROUND, household_gone=True),
}


def values_until(move: Move) -> dict[str, Any]:
    """Everything filled on the straight way up to and with that move."""
    found: dict[str, Any] = {}
    for step, values in STEPS:
        found |= values
        if step is move:
            break
    return found


def case_for(move: Move, state: State) -> Case:
    """A case in that state in which nothing stands in the way of the move."""
    before = {arrow.start: arrow.move for arrow in TRANSITIONS if arrow.move in FORWARD}
    values = values_until(move if move in FORWARD else before[state])
    return Case(state, {**values, **VALUES_FOR.get(move, {})}, AROUND_FOR.get(move, AROUND))


def parameters() -> Parameters:
    """The shipped ones with a test line for 2023."""
    line = Parameter(
        "MON_LINE", 7000_00, date(2022, 1, 1), date(2023, 12, 31), title="监测标准指导线", source="TEST"
    )
    return shipped().with_changes([line])
