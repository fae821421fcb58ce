"""The people of the employment ledger and how each stands this month (domain.md 2.9); see ``employments``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, select

from villageapp.domain import dates
from villageapp.domain.employment import EMPLOYMENT
from villageapp.domain.employment_spells import (
    POST,
    covers,
    is_confirmed,
    is_idle,
    is_work,
    month_of,
    runs,
)
from villageapp.domain.public_post import ABLE, NOT_STUDENT
from villageapp.models.local import HouseholdSummary
from villageapp.models.records import Employment, Member, PublicPost
from villageapp.services.groups import group_order
from villageapp.services.public_posts import AT_HOME

NEW, BY_POST = "new:", "post:"
"""Before a member's or a post's id in the id of a row that is no spell yet."""
_spell, _member, _post = Employment.__table__.c, Member.__table__.c, PublicPost.__table__.c
_summary = HouseholdSummary.__table__.c
_PERSON = "id household_id name birth_date labour student_status working work_place employer work_planned work_demand"


class Standing(StrEnum):
    """How a person stands in the month, in the words of the ledger."""

    WORKING = "在岗"
    POST = "公益岗"
    IDLE = "未就业"
    UNRECORDED = "待登记"
    """The national system says that the person works; when, where and for how much nobody recorded here."""
    ENDED = "已结束"


@dataclass(frozen=True, slots=True)
class EmploymentRow:
    """One line: a person and one spell, or a person without one. Codes as stored, money in fen."""

    id: str
    """The spell's id, ``NEW`` + member id, or ``BY_POST`` + post id."""
    member_id: str
    household_id: str
    name: str
    head_name: str
    head_key: str
    group_name: str
    age: int | None
    labour: str
    standing: Standing
    values: Mapping[str, Any]
    """Fields of the spell (none for a person without), and the member's ``work_planned``, ``work_demand``."""
    checked_on: date | None
    is_confirmed: bool

    @property
    def has_labour(self) -> bool:
        """Whether the person can work (CL_LABOUR 1 to 3)."""
        return self.labour in ABLE

    @property
    def counts(self) -> bool:
        """Whether the monthly confirmation asks for this line; posts are confirmed by their attendance."""
        return self.standing not in (Standing.ENDED, Standing.POST)


def all_rows(connection: Connection, day: date, *, with_ended: bool = False) -> list[EmploymentRow]:
    """Everybody with labour who is no student, and everybody employed; by 组, household and age."""
    spells, posts = _spells(connection), _posts(connection, day)
    rows: list[EmploymentRow] = []
    for person in _people(connection):
        own = spells.get(person["id"], [])
        rows += _of_person(person, own, posts.get(person["id"]), day, with_ended)
    return sorted(rows, key=lambda r: (group_order(r.group_name), r.head_key, r.household_id, -(r.age or 0)))


def _people(connection: Connection) -> Iterator[Mapping[str, Any]]:
    columns = [_member[name] for name in _PERSON.split()]
    statement = (
        select(*columns, _summary.head_name, _summary.head_key, _summary.group_name)
        .join(HouseholdSummary.__table__, _summary.household_id == _member.household_id)
        .where(_member.deleted.is_(False), _member.left_on.is_(None))
    )
    yield from (dict(row) for row in connection.execute(statement).mappings())


def _spells(connection: Connection) -> dict[str, list[dict[str, Any]]]:
    names = ("id", *(field.name for field in EMPLOYMENT.fields))
    statement = select(*(_spell[name] for name in names)).where(_spell.deleted.is_(False))
    found: dict[str, list[dict[str, Any]]] = {}
    for row in connection.execute(statement.order_by(_spell.start_ym, _spell.id)).mappings():
        found.setdefault(row["member_id"], []).append(dict(row))
    return found


def _posts(connection: Connection, day: date) -> dict[str, dict[str, Any]]:
    """The post in force of each person."""
    statement = select(
        _post.id, _post.member_id, _post.agreement_start, _post.agreement_end, _post.month_pay, _post.duty
    ).where(_post.deleted.is_(False), _post.agreement_start <= day, _post.agreement_end >= day)
    return {row["member_id"]: dict(row) for row in connection.execute(statement).mappings()}


def _of_person(
    person: Mapping[str, Any],
    spells: Sequence[Mapping[str, Any]],
    post: Mapping[str, Any] | None,
    day: date,
    with_ended: bool,
) -> Iterator[EmploymentRow]:
    month = month_of(day)
    current = [spell for spell in spells if runs(spell, month)]
    for spell in current:
        yield _row(person, day, spell["id"], Standing.WORKING, spell, spell)
    if post is not None and not any(spell.get("channel") == POST for spell in current):
        yield _row(person, day, BY_POST + post["id"], Standing.POST, _as_spell(post), {})
    elif not current and _may_work(person):
        idle: Mapping[str, Any] = next((s for s in reversed(spells) if is_idle(s) and covers(s, month)), {})
        recorded = any(map(is_work, spells)) or bool(idle)
        standing = Standing.UNRECORDED if _works_elsewhere(person) and not recorded else Standing.IDLE
        yield _row(person, day, NEW + person["id"], standing, {}, idle)
    if with_ended:
        for spell in spells:
            if is_work(spell) and not runs(spell, month):
                yield _row(person, day, spell["id"], Standing.ENDED, spell, spell)


def _may_work(person: Mapping[str, Any]) -> bool:
    return person["labour"] in ABLE and person["student_status"] in (None, NOT_STUDENT)


def _works_elsewhere(person: Mapping[str, Any]) -> bool:
    return person["working"] not in (None, AT_HOME)


def _as_spell(post: Mapping[str, Any]) -> dict[str, Any]:
    """A post in the columns of the ledger."""
    return {
        "channel": POST,
        "job": post["duty"],
        "start_ym": month_of(post["agreement_start"]),
        "end_ym": month_of(post["agreement_end"]),
        "month_pay": post["month_pay"],
    }


def _row(
    person: Mapping[str, Any],
    day: date,
    row_id: str,
    standing: Standing,
    spell: Mapping[str, Any],
    checked: Mapping[str, Any],
) -> EmploymentRow:
    wish = {name: person[name] for name in ("work_planned", "work_demand")}
    birth = person["birth_date"]
    return EmploymentRow(
        row_id,
        person["id"],
        person["household_id"],
        person["name"],
        person["head_name"] or "",
        person["head_key"] or "",
        person["group_name"] or "",
        None if birth is None else dates.age(birth, day),
        person["labour"] or "",
        standing,
        {**spell, **wish},
        checked.get("checked_on"),
        is_confirmed(checked, month_of(day)),
    )


@dataclass(frozen=True, slots=True)
class IdleHousehold:
    """A household in which somebody can work and nobody does."""

    id: str
    head_name: str
    group_name: str
    people: tuple[str, ...]
    """Those who could, with their age where it is known."""
    planned: tuple[str, ...]
    """Those of them who want to work, with what they look for."""
    confirmed: bool
    """Whether all of them were looked at this month."""


def idle_households(rows: Iterable[EmploymentRow]) -> list[IdleHousehold]:
    """Households with labour and nobody employed, in the order of the rows."""
    homes: dict[str, list[EmploymentRow]] = {}
    for row in rows:
        if row.standing is not Standing.ENDED:
            homes.setdefault(row.household_id, []).append(row)
    return [_idle(own) for own in homes.values() if all(row.standing is Standing.IDLE for row in own)]


def _idle(rows: Sequence[EmploymentRow]) -> IdleHousehold:
    planned = [row for row in rows if row.values["work_planned"]]
    return IdleHousehold(
        rows[0].household_id,
        rows[0].head_name,
        rows[0].group_name,
        tuple(row.name if row.age is None else f"{row.name} {row.age}岁" for row in rows),
        tuple(" ".join(filter(None, (row.name, row.values["work_demand"]))) for row in planned),
        all(row.is_confirmed for row in rows),
    )
