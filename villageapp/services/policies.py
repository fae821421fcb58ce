"""The policy library: packs from files, search, and what fits a household and is not used yet (domain.md 2.11)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from villageapp import paths
from villageapp.domain import pinyin, policy_match, policy_pack
from villageapp.domain.policy_match import Match
from villageapp.errors import NotFound, os_reason
from villageapp.models import ids
from villageapp.models.records import Household, Measure, Member, Policy
from villageapp.services.records import list_records
from villageapp.services.results import Saved
from villageapp.sync import capture

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

ONCE_A_HOUSEHOLD = ("M0301", "M04")
"""Measures (items or groups) counted by household, not by member: R-LOAN, R-POST."""
_NOT_USED = ("终止", "计划")
"""Measures in these states do not count as used."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a pack changed in the library."""

    pack: str
    new: int
    changed: int
    unchanged: int


@cache
def _shipped() -> tuple[Mapping[str, Any], ...]:
    return tuple(
        p for path in sorted((paths.resources() / "policies").glob("*.toml")) for p in read_pack(path)[1]
    )


def library(work: Workspace) -> list[dict[str, Any]]:
    """Every policy by number: those that came with the program, overridden by what the team loaded, overridden by
    what the offices published (services/channel_items.py), which is the same on every laptop of the village."""
    found = {p["policy_no"]: dict(p) for p in _shipped()}
    found.update({p["policy_no"]: p for p in list_records(work, "policy")})
    found.update({number: dict(policy) for number, policy in work.published.policies.items()})
    return [found[number] for number in sorted(found)]


def search(work: Workspace, text: str = "", *, on: date | None = None) -> list[dict[str, Any]]:
    """Policies whose title, text or pinyin holds ``text``, each with ``in_force`` on that day."""
    day, query = on or work.today(), pinyin.normalise_query(text)
    rows = []
    for policy in library(work):
        words = " ".join(
            str(policy.get(name) or "") for name in ("title", "policy_no", "standard_text", "pocket_text")
        )
        if not query or query in words.lower() or query in pinyin.search_keys(policy["title"]):
            rows.append({**policy, "in_force": policy_match.in_force(policy, day)})
    return rows


def one(work: Workspace, policy_no: str) -> dict[str, Any]:
    """A policy by its number. Raises NotFound."""
    for policy in library(work):
        if policy["policy_no"] == policy_no:
            return policy
    raise NotFound(f"没有编号为“{policy_no[:40]}”的政策。", remedy="用 policy list 查看全部政策。")


def match_household(work: Workspace, household_id: str, on: date | None = None) -> list[Match]:
    """Policies that fit the household and are not used yet, with missing evidence; certain ones first.

    What a household gets once (a small loan, a public post) stands once, with the member it fits best.
    """
    household_columns, member_columns = Household.__table__, Member.__table__
    with work.reading() as connection:
        row = connection.execute(
            select(household_columns).where(
                household_columns.c.id == household_id, household_columns.c.deleted.is_(False)
            )
        ).mappings()
        household = row.one_or_none()
        if household is None:
            raise NotFound("没有找到这一户。", remedy="请刷新后再试。")
        members = connection.execute(
            select(member_columns).where(
                member_columns.c.household_id == household_id,
                member_columns.c.deleted.is_(False),
                member_columns.c.left_on.is_(None),
            )
        ).mappings()
        people = [dict(member) for member in members]
        used = [(r.item, r.member_id) for r in connection.execute(_used(household_id))]
    catalogue = library(work)
    found = policy_match.match(catalogue, dict(household), people, used, on or work.today())
    return list(
        _once_a_household(found, {p["policy_no"]: p.get("measure_item") or "" for p in catalogue}, used)
    )


def _once_a_household(
    found: Iterable[Match], item_of: Mapping[str, str], used: Iterable[tuple[str, str | None]]
) -> Iterator[Match]:
    taken = {prefix for prefix in ONCE_A_HOUSEHOLD for item, _ in used if item.startswith(prefix)}
    for match in found:
        prefix = next((p for p in ONCE_A_HOUSEHOLD if item_of[match.policy_no].startswith(p)), None)
        if prefix is None:
            yield match
        elif prefix not in taken:
            taken.add(prefix)
            yield match


def _used(household_id: str) -> Any:
    columns = Measure.__table__.c
    return select(columns.item, columns.member_id).where(
        columns.household_id == household_id, columns.deleted.is_(False), columns.status.not_in(_NOT_USED)
    )


def load_pack(work: Workspace, path: Path) -> Saved:
    """Take a pack of policies into the library, all or none; loading it again changes nothing.

    ``detail`` is a Loaded. Raises Trouble (file) and ValidationFailed (a policy that is wrong).
    """
    pack, policies = read_pack(path)
    new = changed = 0
    with work.transaction() as session:
        for values in policies:
            record_id = ids.policy_id(values["policy_no"])
            found = session.get(Policy, record_id)
            if found is None:
                found = Policy(id=record_id)
                found.assign(values)
                session.add(found)
                new += 1
            elif found.deleted:
                capture.restore(session, found)
                found.assign(values)
                new += 1
            elif any(getattr(found, name) != value for name, value in values.items()):
                found.assign(values)
                changed += 1
        changes = capture.touched(session)
    made = Loaded(pack, new, changed, len(policies) - new - changed)
    return Saved(tuple(ids.policy_id(p["policy_no"]) for p in policies), changes, (), made)


def read_pack(path: Path) -> tuple[str, list[dict[str, Any]]]:
    """Name and checked policies of a pack file (TOML). Raises Trouble."""
    try:
        if path.stat().st_size > policy_pack.MOST_BYTES:
            raise policy_pack.unusable(path.name, "超过 2 MB")
        content = path.read_bytes()
    except OSError as error:
        raise policy_pack.unusable(path.name, os_reason(error)) from error
    return policy_pack.read_pack(content, path.name)
