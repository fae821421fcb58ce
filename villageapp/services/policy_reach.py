"""Whom a policy would reach: the households that fit and do not have it yet, over the whole village."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from villageapp.models.local import HouseholdSummary
from villageapp.models.records import Member
from villageapp.progress import SILENT, Progress
from villageapp.services import policies
from villageapp.services.household_lists import list_ids

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Reached:
    """A household that fits; ``member`` is the person it is for (empty: the whole household).

    ``missing`` are the facts that must still be found out; empty when it fits for certain.
    """

    household_id: str
    head_name: str
    group: str
    member: str
    missing: tuple[str, ...]
    because: tuple[str, ...]


def households_for(work: Workspace, policy_no: str, progress: Progress = SILENT) -> list[Reached]:
    """Households that fit this policy and do not have it yet, certain ones first. Raises NotFound, Cancelled."""
    policies.one(work, policy_no)
    ids = list(list_ids(work))
    heads, names = _names(work)
    found: list[Reached] = []
    for done, household_id in enumerate(ids, 1):
        progress.check_cancelled()
        for match in policies.match_household(work, household_id):
            if match.policy_no == policy_no:
                head, group = heads.get(household_id, ("", ""))
                because = tuple(dict.fromkeys(match.because))
                member = names.get(match.member_id or "", "")
                found.append(Reached(household_id, head, group, member, match.missing, because))
        progress.step(done, len(ids), "正在逐户匹配政策")
    return sorted(found, key=lambda r: (bool(r.missing), r.group, r.head_name))


def _names(work: Workspace) -> tuple[dict[str, tuple[str, str]], dict[str, str]]:
    summary, member = HouseholdSummary.__table__.c, Member.__table__.c
    with work.reading() as connection:
        heads = connection.execute(select(summary.household_id, summary.head_name, summary.group_name))
        by_household = {row.household_id: (row.head_name, row.group_name) for row in heads}
        people = connection.execute(select(member.id, member.name).where(member.deleted.is_(False)))
        return by_household, {row.id: row.name or "" for row in people}
