"""Income of assets and its distribution: who got what, what the rule says of it (R-PV of domain.md 2.8, 3.6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, select

from villageapp.domain import money
from villageapp.domain.asset import ASSET_INCOME
from villageapp.domain.judgement import Judgement
from villageapp.domain.parameters import Parameters
from villageapp.domain.pv_income import RULE, WAGES, Line, judge_distribution, judge_total
from villageapp.models.local import HouseholdSummary
from villageapp.models.records import Asset, AssetIncome, Member, Project, PublicPost
from villageapp.services import rulebook
from villageapp.services.asset_pages import is_photovoltaic

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

SUNLIGHT = "光伏收益"
"""CL_POST_FUND of posts paid from photovoltaic income."""
_asset, _income, _project = Asset.__table__.c, AssetIncome.__table__.c, Project.__table__.c
_summary, _member, _post = HouseholdSummary.__table__.c, Member.__table__.c, PublicPost.__table__.c


@dataclass(frozen=True, slots=True)
class PaidLine:
    """One line of a distribution; ``who`` is a person or household by name, amount in fen."""

    kind: str
    who: str
    amount: int


@dataclass(frozen=True, slots=True)
class IncomeRow:
    """One income with its distribution; money in fen, ``values`` are those of ASSET_INCOME."""

    id: str
    asset_id: str
    asset_name: str
    is_photovoltaic: bool
    values: Mapping[str, Any]
    lines: tuple[PaidLine, ...]
    distributed: int
    judgement: Judgement

    @property
    def remainder(self) -> int:
        """Fen that are not distributed yet."""
        return int(self.values["net"]) - self.distributed


@dataclass(frozen=True, slots=True)
class Recipient:
    """A household that can be paid, as a list offers it."""

    household_id: str
    text: str


@dataclass(frozen=True, slots=True)
class IncomeStart:
    """What a form over a distribution offers."""

    recipients: tuple[Recipient, ...]
    wages: tuple[Mapping[str, Any], ...]
    """One line (kind, household_id, member_id, amount of a month) for every post paid from this income."""
    names: Mapping[str, str]
    """Member id to name, of the people in ``wages``."""


def incomes(work: Workspace, asset_id: str | None = None) -> list[IncomeRow]:
    """Incomes (of one asset), the newest first."""
    statement = (
        select(
            AssetIncome.__table__,
            _asset.name.label("asset_name"),
            _project.kind.label("project_kind"),
        )
        .join_from(AssetIncome.__table__, Asset.__table__, _asset.id == _income.asset_id)
        .join(Project.__table__, _project.id == _asset.project_id, isouter=True)
        .where(_income.deleted.is_(False), _asset.deleted.is_(False))
    )
    if asset_id is not None:
        statement = statement.where(_income.asset_id == asset_id)
    with work.reading() as connection:
        rows = [dict(row) for row in connection.execute(statement).mappings()]
        names = _names(connection, rows)
    found = [_row(row, names, work.today(), work.parameters) for row in rows]
    return sorted(
        found, key=lambda r: (r.values["received_on"] or date.max, r.values["period"]), reverse=True
    )


def _names(connection: Connection, rows: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Names of the people and households in the lines."""
    lines = [line for row in rows for line in row["distribution"] or () if isinstance(line, Mapping)]
    people = {str(line["member_id"]) for line in lines if line.get("member_id")}
    homes = {str(line["household_id"]) for line in lines if line.get("household_id")}
    heads = select(_summary.household_id, _summary.head_name).where(_summary.household_id.in_(homes))
    members = select(_member.id, _member.name).where(_member.id.in_(people))
    return {row[0]: row[1] for statement in (heads, members) for row in connection.execute(statement)}


def _row(row: Mapping[str, Any], names: Mapping[str, str], today: date, parameters: Parameters) -> IncomeRow:
    raw = [line for line in row["distribution"] or () if isinstance(line, Mapping)]
    lines = tuple(
        PaidLine(str(line.get("kind") or ""), _who(line, names), line.get("amount") or 0) for line in raw
    )
    sunny = is_photovoltaic(row["asset_name"], row["project_kind"])
    values = {field.name: row[field.name] for field in ASSET_INCOME.fields}
    judged = judge(row["net"], lines, row["received_on"] or today, parameters, photovoltaic=sunny)
    return IncomeRow(
        row["id"],
        row["asset_id"],
        row["asset_name"],
        sunny,
        values,
        lines,
        sum(line.amount for line in lines),
        judged,
    )


def _who(line: Mapping[str, Any], names: Mapping[str, str]) -> str:
    key = line.get("member_id") or line.get("household_id")
    return names.get(str(key), "（已删除）") if key else ""


def judge(
    net: int,
    lines: Sequence[PaidLine | Line],
    on: date,
    parameters: Parameters,
    *,
    photovoltaic: bool,
) -> Judgement:
    """Whether the lines (fen) fit the net income, and for photovoltaic income the share of labour."""
    plain = [Line(line.kind, line.amount) for line in lines]
    if photovoltaic:
        judged = judge_distribution(net, plain, on, parameters)
        unset = "" if judged.used else "公益岗工资的最低比例未核定，没有核对。"
        return replace(judged, explanation=judged.explanation + unset)
    total = sum(line.amount for line in plain)
    told = f"净收益 {money.yuan(net)} 元，分配 {money.yuan(total)} 元，结余 {money.yuan(net - total)} 元。"
    return Judgement(RULE, judge_total(net, [line.amount for line in plain]), told)


def start(work: Workspace, *, photovoltaic: bool) -> IncomeStart:
    """Households to pay and, for photovoltaic income, the posts that it pays now."""
    day = work.today()
    homes = select(_summary.household_id, _summary.head_name, _summary.group_name)
    posts = (
        select(_post.household_id, _post.member_id, _post.month_pay, _member.name)
        .join_from(PublicPost.__table__, Member.__table__, _member.id == _post.member_id)
        .where(
            _post.deleted.is_(False),
            _post.fund_source == SUNLIGHT,
            _post.agreement_start <= day,
            _post.agreement_end >= day,
        )
        .order_by(_member.name)
    )
    with work.reading() as connection:
        found = connection.execute(homes.order_by(_summary.group_name, _summary.head_key)).all()
        paid = connection.execute(posts).all() if photovoltaic else []
    recipients = _told_apart([Recipient(row[0], f"{row[1]}（{row[2] or '未分组'}）") for row in found])
    wages = tuple(
        {"kind": WAGES, "household_id": row[0], "member_id": row[1], "amount": row[2]} for row in paid
    )
    return IncomeStart(recipients, wages, {row[1]: row[3] for row in paid})


def _told_apart(recipients: Sequence[Recipient]) -> tuple[Recipient, ...]:
    """Two households of one name in one 组 get a number each, so that a text means one of them."""
    seen: dict[str, int] = {}
    made = []
    for one in recipients:
        seen[one.text] = number = seen.get(one.text, 0) + 1
        made.append(one if number == 1 else Recipient(one.household_id, f"{one.text} {number}"))
    return tuple(made)


def try_posts(work: Workspace, net: Any, month_pay: Any, share: str | None) -> str:
    """How many posts a year the labour share pays, in words with the rule. Raises ValidationFailed, UnsetParameter."""
    facts = {"pv_net": net, "monthly_pay": month_pay, "labour_share": share}
    return str(rulebook.ask("posts", facts, work.today(), work.parameters)["explanation"])
