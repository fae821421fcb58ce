"""The household list: all ids in order first, rows by pages when they are drawn (Core, one statement each)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import ColumnElement, Connection, Select, bindparam, func, select

from villageapp.models.local import HouseholdSummary
from villageapp.models.records import Household
from villageapp.services.groups import group_order
from villageapp.services.search import matching_households

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

Sort = Literal["group", "name", "last_visit", "next_visit", "members"]
_SORTED_BY = {
    "name": "head_key",
    "last_visit": "last_visit_on",
    "next_visit": "next_visit_on",
    "members": "members",
}
PAGE = 256
"""Most rows asked for at once."""

_summary, _household = HouseholdSummary.__table__.c, Household.__table__.c


@dataclass(frozen=True, slots=True)
class HouseholdFilter:
    """What a list is narrowed to; None leaves a question open. Codes, not labels."""

    household_type: str | None = None
    monitoring_category: str | None = None
    group_name: str | None = None
    monitored: bool | None = None
    unvisited_since: date | None = None
    """Households without a counted visit on or after this day."""
    no_labour_whole: bool | None = None
    with_problems: bool | None = None
    risk: str | None = None
    """A code of CL_RISK among the household's risks."""
    unmet: bool | None = None
    """Whether the last counted visit said 否 to a guarantee or a basic need; households never visited are neither."""
    working_away: bool | None = None
    """Whether a member works outside of the township."""


EVERY_HOUSEHOLD = HouseholdFilter()


@dataclass(frozen=True, slots=True)
class HouseholdRow:
    """One line of the list; codes are decoded by ``codes.code_list``."""

    id: str
    head_name: str
    group_name: str
    household_type: str
    monitoring_category: str
    monitored: bool
    members: int
    no_labour_whole: bool | None
    last_visit_on: date | None
    next_visit_on: date | None
    open_problems: int
    measures: int
    phone: str
    national_hh_no: str


def list_ids(
    work: Workspace,
    *,
    text: str = "",
    filters: HouseholdFilter = EVERY_HOUSEHOLD,
    sort: Sort = "group",
    descending: bool = False,
) -> list[str]:
    """Ids of all matching households in order.

    With ``text`` only households that the search box finds; then the best match is first as long as the
    list stands in its usual order (by group), and a chosen order wins over the match.
    """
    index = work.search_index
    with work.reading() as connection:
        ranked = matching_households(connection, text, index) if text.strip() else None
        if ranked is not None and not ranked:
            return []
        ids = _in_order(connection, sort, descending=descending)
        conditions = _conditions(filters)
        if conditions:
            wanted = set(_joined(connection, select(_summary.household_id).where(*conditions)))
            ids = [household for household in ids if household in wanted]
    if ranked is None:
        return ids
    kept = [household for household in ids if household in ranked]
    return sorted(kept, key=ranked.__getitem__) if sort == "group" else kept


def _in_order(connection: Connection, sort: Sort, *, descending: bool) -> list[str]:
    """All households in order, the other direction being the mirror; one without a planned day stands last in both."""
    if sort == "group":
        ids = _by_group(connection)
    else:
        order = [_summary[_SORTED_BY[sort]], _summary.head_key, _summary.household_id]
        ids = _joined(connection, select(_summary.household_id).order_by(*dict.fromkeys(order)))
    if descending:
        return ids[::-1]
    if sort == "next_visit":
        unplanned = select(func.count()).where(_summary.next_visit_on == "")
        first = connection.execute(unplanned).scalar_one()
        return ids[first:] + ids[:first]
    return ids


def _by_group(connection: Connection) -> list[str]:
    """Groups in the order people count them, households by name."""
    name = _summary.group_name
    order = (name, _summary.head_key, _summary.household_id)
    ids = iter(_joined(connection, select(_summary.household_id).order_by(*order)))
    sizes = connection.execute(select(name, func.count()).group_by(name).order_by(name)).all()
    parts = {group: list(islice(ids, size)) for group, size in sizes}
    return [household for group in sorted(parts, key=group_order) for household in parts[group]]


def _joined(connection: Connection, ids: Select[tuple[str]]) -> list[str]:
    """Ids as one text and taken apart: a row for each takes ten times as long.

    SQLite keeps the order of a subquery below group_concat, and reads it from the index without sorting.
    """
    rows = ids.subquery().c
    text = connection.execute(select(func.group_concat(rows.household_id))).scalar()
    return text.split(",") if text else []


def _conditions(wanted: HouseholdFilter) -> list[ColumnElement[bool]]:
    equal = {
        _summary.household_type: wanted.household_type,
        _summary.monitoring_category: wanted.monitoring_category,
        _summary.group_name: wanted.group_name,
        _summary.monitored: wanted.monitored,
        _summary.no_labour_whole: wanted.no_labour_whole,
        _summary.unmet: wanted.unmet,
    }
    conditions = [
        column == (int(value) if isinstance(value, bool) else value)
        for column, value in equal.items()
        if value is not None
    ]
    if wanted.unvisited_since is not None:
        conditions.append(_summary.last_visit_on < wanted.unvisited_since.isoformat())
    if wanted.with_problems is not None:
        some = _summary.open_problems > 0
        conditions.append(some if wanted.with_problems else ~some)
    if wanted.risk is not None:
        conditions.append(_summary.risks.contains(f'"{wanted.risk}"', autoescape=True))
    if wanted.working_away is not None:
        away = _summary.working_away > 0
        conditions.append(away if wanted.working_away else ~away)
    return conditions


_ROWS = (
    select(
        _summary.household_id,
        _summary.head_name,
        _summary.group_name,
        _summary.household_type,
        _summary.monitoring_category,
        _summary.monitored,
        _summary.members,
        _summary.no_labour_whole,
        _summary.last_visit_on,
        _summary.next_visit_on,
        _summary.open_problems,
        _summary.measures,
        _household.phone,
        _household.national_hh_no,
    )
    .join_from(HouseholdSummary.__table__, Household.__table__, _household.id == _summary.household_id)
    .where(_household.deleted.is_(False), _household.id.in_(bindparam("ids", expanding=True)))
)


def rows(work: Workspace, ids: Sequence[str]) -> list[HouseholdRow]:
    """The rows of one page (at most 256) in the order of ``ids``; a household deleted meanwhile is left out."""
    if len(ids) > PAGE:
        raise ValueError(f"at most {PAGE} rows a page, not {len(ids)}")
    with work.reading() as connection:
        found = {row[0]: _row(row) for row in connection.execute(_ROWS, {"ids": list(ids)})}
    return [found[household] for household in ids if household in found]


def _row(row: Any) -> HouseholdRow:
    (
        household,
        head,
        group,
        kind,
        category,
        monitored,
        members,
        no_labour,
        last,
        following,
        problems,
        measures,
        phone,
        number,
    ) = row
    return HouseholdRow(
        household,
        head,
        group,
        kind,
        category,
        bool(monitored),
        members,
        None if no_labour is None else bool(no_labour),
        date.fromisoformat(last) if last else None,
        date.fromisoformat(following) if following else None,
        problems,
        measures,
        phone or "",
        number or "",
    )


_GROUPS = select(_summary.group_name).distinct()


def groups(work: Workspace) -> list[str]:
    """Names of the villagers' groups that have households, in the order people count them."""
    with work.reading() as connection:
        names = connection.scalars(_GROUPS).all()
    return sorted((name for name in names if name), key=group_order)


def next_in_group(work: Workspace, household_id: str) -> str | None:
    """The household after this one in its group's list, None at the end."""
    with work.reading() as connection:
        here = connection.execute(
            select(_summary.group_name, _summary.head_key).where(_summary.household_id == household_id)
        ).first()
        if here is None:
            return None
        after = (_summary.head_key > here.head_key) | (
            (_summary.head_key == here.head_key) & (_summary.household_id > household_id)
        )
        following = (
            select(_summary.household_id)
            .where(_summary.group_name == here.group_name, after)
            .order_by(_summary.head_key, _summary.household_id)
            .limit(1)
        )
        return connection.scalar(following)
