"""Public posts on the screen 务工就业: candidates with their reasons, posts with their end, monthly attendance (R-POST)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, select

from villageapp.domain import money
from villageapp.domain.codes import code_list
from villageapp.domain.employment_spells import month_of
from villageapp.domain.fields import Field, Form, Kind
from villageapp.domain.measure_details import PUBLIC_POST
from villageapp.models.local import HouseholdSummary
from villageapp.models.records import Member, PublicPost
from villageapp.services import measure_entries, public_posts, records
from villageapp.services.groups import group_order
from villageapp.services.results import Saved

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

_post, _member, _summary = PublicPost.__table__.c, Member.__table__.c, HouseholdSummary.__table__.c
ATTENDANCE = Form(
    "post_attendance",
    "出勤与发放",
    (
        Field("month", "月份", Kind.MONTH, required=True),
        Field("days", "出勤天数", Kind.INTEGER, required=True, minimum=0, maximum=31, unit="天"),
        Field("paid", "实发工资", Kind.MONEY, minimum=0, maximum=100_000_00, unit="元"),
    ),
)
"""One line of ``public_post.attended``, as a person enters it."""


@dataclass(frozen=True, slots=True)
class CandidateRow:
    """A household that should be offered a post, and why; ``per_capita`` in fen."""

    id: str
    head_name: str
    group_name: str
    per_capita: int | None
    people: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class PostRow:
    """A post in force, or one that ended lately. Money in fen, months ``YYYY-MM``."""

    id: str
    household_id: str
    member_name: str
    head_name: str
    group_name: str
    kind: str
    fund_source: str
    start: date
    end: date
    days_left: int
    ends_soon: bool
    month_pay: int
    attended_months: int
    attended_this_month: bool
    paid: int
    values: Mapping[str, Any]

    @property
    def is_over(self) -> bool:
        """Whether the agreement has ended."""
        return self.days_left < 0


@dataclass(frozen=True, slots=True)
class PostPage:
    """Both lists and the sums over the posts in force; ``month_pay`` in fen."""

    candidates: tuple[CandidateRow, ...]
    posts: tuple[PostRow, ...]
    in_force: int
    ending: int
    month_pay: int
    ahead_days: int


def page(work: Workspace) -> PostPage:
    """Candidates, the poorest first; posts by the day on which they end. Raises UnsetParameter."""
    day = work.today()
    ahead = work.parameters.integer("REMIND_POST_DAYS", day)
    found = public_posts.candidates(work, day)
    with work.reading() as connection:
        posts = _posts(connection, day, ahead)
        kinds = _kinds(connection)
    running = [post for post in posts if not post.is_over]
    return PostPage(
        tuple(_candidate(one, kinds) for one in found),
        tuple(posts),
        len(running),
        sum(post.ends_soon for post in running),
        sum(post.month_pay for post in running),
        ahead,
    )


def _kinds(connection: Connection) -> dict[str, tuple[str, bool]]:
    """Type and whether it is monitored, by household."""
    statement = select(_summary.household_id, _summary.household_type, _summary.monitored)
    return {row[0]: (row[1], bool(row[2])) for row in connection.execute(statement)}


def _candidate(one: public_posts.Candidate, kinds: Mapping[str, tuple[str, bool]]) -> CandidateRow:
    kind, monitored = kinds.get(one.household_id, ("", False))
    parts = [code_list("CL_HH_TYPE").label(kind)] if kind else []
    if monitored:
        parts.append("监测对象，风险未消除")
    parts.append(f"{len(one.people)} 人有劳力未就业")
    known = "没有收支账" if one.per_capita is None else f"人均 {money.yuan(one.per_capita)} 元"
    parts += ["没有在岗公益岗", known]
    return CandidateRow(
        one.household_id, one.head_name, one.household_group, one.per_capita, one.people, "；".join(parts)
    )


def _posts(connection: Connection, day: date, ahead: int) -> list[PostRow]:
    statement = (
        select(
            PublicPost.__table__,
            _member.name.label("member_name"),
            _summary.head_name,
            _summary.group_name,
        )
        .join_from(PublicPost.__table__, Member.__table__, _member.id == _post.member_id, isouter=True)
        .join(HouseholdSummary.__table__, _summary.household_id == _post.household_id, isouter=True)
        .where(_post.deleted.is_(False))
    )
    rows = [_row(dict(row), day, ahead) for row in connection.execute(statement).mappings()]
    shown = [row for row in rows if row.days_left >= -ahead]
    return sorted(shown, key=lambda row: (row.end, group_order(row.group_name), row.member_name))


def _row(row: Mapping[str, Any], day: date, ahead: int) -> PostRow:
    lines = [line for line in row["attended"] or () if isinstance(line, Mapping)]
    left = (row["agreement_end"] - day).days
    came = [line for line in lines if line.get("days") not in (None, "", 0, "0")]
    return PostRow(
        row["id"],
        row["household_id"],
        row["member_name"] or "",
        row["head_name"] or "",
        row["group_name"] or "",
        code_list("CL_MEASURE_ITEM").label(row["post_kind"]),
        row["fund_source"],
        row["agreement_start"],
        row["agreement_end"],
        left,
        0 <= left <= ahead,
        row["month_pay"],
        len({line.get("month") for line in came}),
        any(line.get("month") == month_of(day) for line in lines),
        sum(line["paid"] for line in lines if isinstance(line.get("paid"), int)),
        {field.name: row[field.name] for field in PUBLIC_POST.fields},
    )


def record(work: Workspace, household_id: str, values: Mapping[str, Any]) -> Saved:
    """A post with the assistance measure that it is (M04), both or neither; ``ids`` measure, post.

    ``values`` are those of PUBLIC_POST, raw. Raises ValidationFailed (fields of PUBLIC_POST), NotFound.
    """
    item = str(values.get("post_kind") or "")
    known = code_list("CL_MEASURE_ITEM").labels
    measure = {
        "item": item,
        "member_id": values.get("member_id"),
        "title": known.get(item, "公益岗位"),
        "status": measure_entries.RUNNING,
        "start_on": values.get("agreement_start"),
    }
    detail = {name: values.get(name) for name in measure_entries.detail_fields(PUBLIC_POST)}
    return measure_entries.record(work, household_id, measure, detail)


def attend(work: Workspace, post_id: str, values: Mapping[str, Any]) -> Saved:
    """Attendance and pay of one month; recorded again it replaces that month's line.

    Pay is for attended months only (R-POST). Raises ValidationFailed (fields of ATTENDANCE), NotFound.
    """
    clean = ATTENDANCE.check(values)
    before = records.one(work, "public_post", post_id)["attended"] or ()
    others = [dict(line) for line in before if line.get("month") != clean["month"]]
    lines = sorted([*others, clean], key=lambda line: str(line.get("month")))
    return records.change(work, "public_post", post_id, {"attended": lines}, seen={"attended": before})
