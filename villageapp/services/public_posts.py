"""Who should be offered a public post, the poorest household first (R-POST of domain.md 3.6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, select

from villageapp.domain import public_post
from villageapp.domain.public_post import Labourer, PostHousehold
from villageapp.models.local import HouseholdSummary
from villageapp.models.records import Employment, Member, PublicPost
from villageapp.services.income_lists import list_accounts

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

AT_HOME = "其他"
"""CL_WORKING of somebody who does not work away: known to be without a job unless a spell says otherwise."""
_summary, _member = HouseholdSummary.__table__.c, Member.__table__.c
_post, _spell = PublicPost.__table__.c, Employment.__table__.c


@dataclass(frozen=True, slots=True)
class Candidate:
    """A household that should be offered a post; ``per_capita`` in fen, None without an income account."""

    household_id: str
    head_name: str
    household_group: str
    per_capita: int | None
    people: tuple[str, ...]
    """Names of those who could take it."""


def candidates(work: Workspace, on: date | None = None) -> list[Candidate]:
    """Households with somebody able to work and nobody's job known for them, without a post, by income.

    The income is that of the newest account. Raises UnsetParameter.
    """
    day = on or work.today()
    with work.reading() as connection:
        heads = {row["household_id"]: row for row in connection.execute(_heads()).mappings()}
        people = _people(connection, day)
        posts = _active_posts(connection, day)
    incomes = _incomes(work)
    households = [
        PostHousehold(
            household,
            head["household_type"],
            bool(head["monitored"]),
            tuple(labourer for _, labourer in people.get(household, ())),
            incomes.get(household),
            posts.get(household, 0),
        )
        for household, head in heads.items()
    ]
    ranked = public_post.candidates(households, day, work.parameters)
    return [_candidate(h, heads[h.household_id], people[h.household_id]) for h in ranked]


def _heads() -> Any:
    return select(
        _summary.household_id,
        _summary.head_name,
        _summary.group_name,
        _summary.household_type,
        _summary.monitored,
    )


def _candidate(
    household: PostHousehold, head: Mapping[Any, Any], people: Iterable[tuple[str, Labourer]]
) -> Candidate:
    able = tuple(name for name, labourer in people if labourer.free)
    return Candidate(
        household.household_id, head["head_name"], head["group_name"], household.per_capita, able
    )


def _people(connection: Connection, day: date) -> dict[str, list[tuple[str, Labourer]]]:
    """(name, labourer) of the members that have not left, by household."""
    working = _working(connection, day)
    statement = select(
        _member.id,
        _member.household_id,
        _member.name,
        _member.labour,
        _member.student_status,
        _member.working,
    ).where(_member.deleted.is_(False), _member.left_on.is_(None))
    found: dict[str, list[tuple[str, Labourer]]] = {}
    for person, household, name, labour, student, where in connection.execute(statement):
        employed = working.get(person, None if where is None else where != AT_HOME)
        found.setdefault(household, []).append((name, Labourer(labour, student, employed)))
    return found


def _working(connection: Connection, day: date) -> dict[str, bool]:
    """Members of whom a spell or a post says whether they work on that day."""
    month = f"{day:%Y-%m}"
    known: dict[str, bool] = {}
    spells = select(_spell.member_id, _spell.working, _spell.start_ym, _spell.end_ym)
    for person, working, start, end in connection.execute(spells.where(_spell.deleted.is_(False))):
        current = bool(working) and start <= month and (end is None or end >= month)
        known[person] = known.get(person, False) or current
    posts = select(_post.member_id).where(
        _post.deleted.is_(False),
        _post.member_id.is_not(None),
        _post.agreement_start <= day,
        _post.agreement_end >= day,
    )
    known |= dict.fromkeys(connection.scalars(posts), True)
    return known


def _active_posts(connection: Connection, day: date) -> dict[str, int]:
    statement = select(_post.household_id).where(
        _post.deleted.is_(False), _post.agreement_start <= day, _post.agreement_end >= day
    )
    found: dict[str, int] = {}
    for household in connection.scalars(statement):
        found[household] = found.get(household, 0) + 1
    return found


def _incomes(work: Workspace) -> dict[str, int]:
    """Fen per head of the newest account of each household."""
    newest: dict[str, int] = {}
    for account in list_accounts(work):  # the newest year first
        newest.setdefault(account["household_id"], account["per_capita"])
    return newest
