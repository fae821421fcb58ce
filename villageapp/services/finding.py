"""The search box at the top finds more than people: open problem items and policies by their words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Connection, or_, select

from villageapp.models.local import HouseholdSummary
from villageapp.models.records import ProblemItem
from villageapp.services import policies, search

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

PERSON, PROBLEM, POLICY = "person", "problem", "policy"
OTHERS = 4
"""Problem items and policies listed at most, each."""
SHORTEST = 2
"""Characters of a text that is looked for in problem items and policies."""


@dataclass(frozen=True, slots=True)
class Found:
    """One line of the result: what kind, whose, and what to show."""

    kind: str
    id: str
    household_id: str
    title: str
    detail: str
    hit: search.Hit | None = None


def find(work: Workspace, text: str, limit: int = 12) -> list[Found]:
    """People and households first, then problem items and policies with these words."""
    hits = search.find(work, text, limit)
    found = [Found(PERSON, hit.id, hit.household_id, hit.name, hit.why, hit) for hit in hits]
    wanted = text.strip()
    if len(wanted) < SHORTEST or wanted.isdigit():
        return found
    with work.reading() as connection:
        items = _problems(connection, wanted)
    others = [*items, *_policies(work, wanted)]
    return [*found[: max(limit - len(others), limit // 2)], *others]


def _problems(connection: Connection, text: str) -> list[Found]:
    item, summary = ProblemItem.__table__.c, HouseholdSummary.__table__.c
    query = (
        select(item.id, item.household_id, item.title, summary.head_name)
        .join_from(
            ProblemItem.__table__,
            HouseholdSummary.__table__,
            item.household_id == summary.household_id,
            isouter=True,
        )
        .where(
            item.deleted.is_(False),
            or_(item.title.contains(text, autoescape=True), item.ledger_no == text),
        )
        .order_by(item.created_hlc.desc())
        .limit(OTHERS)
    )
    return [
        Found(PROBLEM, row.id, row.household_id or "", row.title or "", row.head_name or "")
        for row in connection.execute(query)
    ]


def _policies(work: Workspace, text: str) -> list[Found]:
    rows = policies.search(work, text)[:OTHERS]
    return [
        Found(POLICY, row["policy_no"], "", row["title"], "" if row["in_force"] else "已失效") for row in rows
    ]
