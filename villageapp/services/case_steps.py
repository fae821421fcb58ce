"""One case as its page shows it: the path, the fields of a step, the plan per risk, the figures of the exit (domain.md 2.6, 3.4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from villageapp.domain import monitoring
from villageapp.domain import permissions as rights
from villageapp.domain.judgement import Judgement, Reason, together
from villageapp.domain.monitoring_case import IDENT_ANSWERS, IDENT_MONEY, MONITORING_CASE, RISKS
from villageapp.domain.monitoring_exit import EXIT_FIELDS
from villageapp.domain.monitoring_facts import State
from villageapp.domain.monitoring_moves import Move
from villageapp.domain.parameters import UnsetParameter
from villageapp.models.records import Attachment, Consent, Household, MonitoringCase
from villageapp.services import case_facts, continuing, permissions
from villageapp.services.cadres import list_cadres
from villageapp.services.case_facts import ASSET_CHECK, case_of
from villageapp.services.case_pages import CasePage, page
from villageapp.services.continuing import Continuing
from villageapp.services.measure_entries import beginning
from villageapp.services.reading import reading_session
from villageapp.services.references import get
from villageapp.services.risk_plans import RiskPlan, plan_of

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

_REVIEW = ("village_review_on", "attendees", "votes_for", "votes_total", "minutes_id")
_TOLD = ("decision_reason", "decision_told_on")
RISK_FIELDS = (*RISKS, "natural_disaster_sub", "risk_note")
PLAN_FIELDS = ("plan_on", "plan", "plan_income_target")
DUTY_FIELDS = (
    "city_county_duty",
    "leader_duty",
    "department_duty",
    "pairing_duty",
    "rescue_duty",
    "contact_name",
    "contact_phone",
)
IDENT_FIELDS = ("ident_population", *IDENT_MONEY, *IDENT_ANSWERS)
LEAVING_FIELDS = ("exit_population", *EXIT_FIELDS)
FIELDS_OF_MOVE: Mapping[Move, tuple[str, ...]] = {
    Move.VERIFY: ("verify_on", "verify_result", "verifiers"),
    Move.REJECT: ("verify_result", *_TOLD),
    Move.OPEN_REVIEW: ("relocated_settlement",),
    Move.POST_NOTICE: (*_REVIEW, "category", *RISK_FIELDS, "notice_start", "notice_place"),
    Move.VOTE_DOWN: (*_REVIEW, *_TOLD),
    Move.CLOSE_NOTICE: ("notice_end", "notice_photos", "objections", "objection_upheld"),
    Move.UPHOLD_OBJECTION: ("objections", "objection_upheld"),
    Move.TOWN_AGREES: ("town_review_on", "town_doc_no", "town_photo_id", "town_opinion"),
    Move.APPROVE: ("county_approved_on", "county_doc_no", "county_photo_id", *IDENT_FIELDS),
    Move.SEND_BACK: ("decision_reason",),
    Move.REFUSE: _TOLD,
    Move.START_HELP: (*PLAN_FIELDS, *DUTY_FIELDS),
    Move.MARK_STABLE: (),
    Move.LOSE_STABLE: (),
    Move.VERIFY_EXIT: ("exit_verify_on", "exit_mode", "natural_reason", "natural_proof", *LEAVING_FIELDS),
    Move.REVIEW_EXIT: ("exit_review_on",),
    Move.POST_EXIT_NOTICE: ("exit_notice_start",),
    Move.CLOSE_EXIT_NOTICE: ("exit_notice_end",),
    Move.EXIT_TOWN_AGREES: ("exit_town_on", "exit_town_doc_no", "exit_town_photo_id"),
    Move.ELIMINATE: ("exit_county_on", "exit_county_doc_no", "exit_county_photo_id", "exit_announce_on"),
    Move.FAIL_EXIT: ("exit_failed_reason",),
    Move.CLOSE_NATURAL: ("natural_reason", "natural_proof", "closed_note"),
}
"""What the dialog of each move asks for."""
TURNING_BACK = frozenset(
    {
        Move.REJECT,
        Move.VOTE_DOWN,
        Move.UPHOLD_OBJECTION,
        Move.SEND_BACK,
        Move.REFUSE,
        Move.LOSE_STABLE,
        Move.FAIL_EXIT,
        Move.CLOSE_NATURAL,
    }
)
"""Moves that do not lead on along the path."""
FROM_ACCOUNT = frozenset({Move.APPROVE, Move.VERIFY_EXIT})
"""Moves whose figures the household's income account can fill."""

_PATH: tuple[tuple[str, str], ...] = (
    ("发现申报", "reported_on"),
    ("入户核实", "verify_on"),
    ("民主评议", "village_review_on"),
    ("村内公示", "notice_end"),
    ("乡镇初审", "town_review_on"),
    ("县级审定", "county_approved_on"),
    ("开始帮扶", "plan_on"),
    ("风险稳定", "stable_since"),
    ("消除核实", "exit_verify_on"),
    ("消除评议", "exit_review_on"),
    ("消除公示", "exit_notice_end"),
    ("乡镇审核", "exit_town_on"),
    ("审定公告", "exit_county_on"),
)
_DONE: Mapping[State, int] = {
    State.CLUE: 1,
    State.VERIFIED: 2,
    State.VILLAGE_REVIEW: 2,
    State.NOTICE: 3,
    State.TOWN_REVIEW: 4,
    State.COUNTY_APPROVAL: 5,
    State.IDENTIFIED: 6,
    State.HELPING: 7,
    State.STABILISING: 8,
    State.EXIT_VERIFY: 9,
    State.EXIT_REVIEW: 10,
    State.EXIT_NOTICE: 10,
    State.EXIT_TOWN: 11,
    State.EXIT_COUNTY: 12,
    State.ELIMINATED: 13,
}
"""How many places of the path lie behind a case in that state."""


@dataclass(frozen=True, slots=True)
class Place:
    """One place on the path: ``place`` is ``done``, ``now`` or ``ahead``."""

    title: str
    on: date | None
    place: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How many of some figures are filled, and the labels of those that are not."""

    filled: int
    total: int
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OpenCase:
    """A case with everything its page shows; choices as (id, name)."""

    page: CasePage
    head_name: str
    group_name: str
    path: tuple[Place, ...]
    plan: tuple[RiskPlan, ...]
    continuing: tuple[Continuing, ...]
    """Measures that the family keeps when its risk is gone."""
    exit: Progress
    consent_on: date | None
    cadres: tuple[tuple[str, str], ...]
    papers: tuple[tuple[str, str], ...]
    """Attachments of the case and of its household."""
    members: tuple[tuple[str, str], ...]


def open_page(work: Workspace, case_id: str, on: date | None = None) -> OpenCase:
    """The page of a case, as of that day (default today). Raises NotFound."""
    day = on or work.today()
    shown = page(work, case_id, day)
    values = shown.case
    with reading_session(work) as session:
        household = get(session, Household, values["household_id"])
        group = household.group_name or ""
        papers = _papers(session, case_id, household.id)
        consent_on = _consent_on(session, household.id)
        plan = plan_of(work, session, values, day)
        kept = continuing.of_household(work, session, household.id, day)
    people = tuple((person["id"], person["name"]) for person in list_cadres(work))
    home = beginning(work, values["household_id"])
    return OpenCase(
        shown,
        home.head_name,
        group,
        path(values),
        plan,
        kept,
        exit_progress(values),
        consent_on,
        people,
        papers,
        home.members,
    )


def path(values: Mapping[str, Any]) -> tuple[Place, ...]:
    """The places of the straight way; where a case that was closed early stands, nothing is ``now``."""
    state = State(values["state"])
    done = _DONE.get(state)
    if done is None:  # closed early: what is dated has happened
        return tuple(
            Place(title, values.get(name), "done" if values.get(name) else "ahead") for title, name in _PATH
        )
    return tuple(
        Place(
            title,
            values.get(name) if n <= done else None,
            "done" if n < done else "now" if n == done else "ahead",
        )
        for n, (title, name) in enumerate(_PATH)
    )


def exit_progress(values: Mapping[str, Any]) -> Progress:
    """How many of the 13 figures after the exit are there (R-MON-13)."""
    missing = tuple(label for name, label in EXIT_FIELDS.items() if values.get(name) is None)
    return Progress(len(EXIT_FIELDS) - len(missing), len(EXIT_FIELDS), missing)


def judge(work: Workspace, case_id: str, move: Move, values: Mapping[str, Any]) -> Judgement:
    """What the step would say with these values filled in; nothing is saved.

    Raises ValidationFailed, NotFound. A parameter that is unset is a reason.
    """
    clean = MONITORING_CASE.check(values, complete=False)
    with reading_session(work) as session:
        merged = {**get(session, MonitoringCase, case_id).values(), **clean}
        seen = case_facts.read(session, merged["household_id"])
    acts = (*rights.acts_of_move(move), *rights.acts_of_fields(n for n, v in clean.items() if v is not None))
    right = permissions.judge(work, acts)
    try:
        judged = monitoring.advance(
            case_of(seen, merged, work.today(), work.parameters), move, work.parameters
        ).judgement
    except UnsetParameter as unset:
        judged = Judgement("R-MON", (Reason("R-MON", unset.line()),))
    return together(judged.rule, (right, judged), judged.explanation)


def _consent_on(session: Session, household_id: str) -> date | None:
    table = Consent.__table__.c
    return session.scalars(
        select(table.signed_on)
        .where(
            table.household_id == household_id,
            table.kind == ASSET_CHECK,
            table.deleted.is_(False),
            table.withdrawn_on.is_(None),
        )
        .order_by(table.signed_on.desc())
        .limit(1)
    ).first()


def _papers(session: Session, case_id: str, household_id: str) -> tuple[tuple[str, str], ...]:
    table = Attachment.__table__.c
    rows = session.execute(
        select(table.id, table.kind, table.caption, table.owner_id)
        .where(table.owner_id.in_((case_id, household_id)), table.deleted.is_(False))
        .order_by(table.owner_id != case_id, table.created_hlc.desc())
    ).all()
    numbered = enumerate(rows, 1)
    return tuple((row.id, row.caption or f"{row.kind} {number}") for number, row in numbered)
