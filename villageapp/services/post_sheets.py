"""公益岗位花名册及工资发放表: who holds a post in the month, what is due by attendance, who signs (R-POST, domain.md 4.8)."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from villageapp.domain.fields import show
from villageapp.domain.measure_details import PUBLIC_POST
from villageapp.domain.money import yuan
from villageapp.reports.paper_form import Column, Prose, Signatures
from villageapp.services import records
from villageapp.services.groups import group_order
from villageapp.services.paper_files import Papers, of_forms
from villageapp.services.registers import homes, numbered, people, register

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

TITLE = "公益岗位花名册及工资发放表"
_COLUMNS = (
    Column("序号", 0.6, "center"),
    Column("姓名", 1.2),
    Column("户主", 1.2),
    Column("村民小组", 1.5),
    Column("岗位", 1.7),
    Column("资金来源", 1.5),
    Column("协议期", 1.9),
    Column("月工资\n（元）", 1.2, "right"),
    Column("出勤\n天数", 0.8, "right"),
    Column("实发\n（元）", 1.3, "right"),
    Column("领取人签字\n（手印）", 1.9),
)


def post_papers(work: Workspace, month: date, *, group: str | None = None, blank: bool = False) -> Papers:
    """The register of a month (of a villagers' group); attendance and pay as recorded for that month."""
    first = month.replace(day=1)
    last = month.replace(day=monthrange(month.year, month.month)[1])
    known, names = homes(work), people(work)
    every = [] if blank else records.list_records(work, "public_post")
    posts = [
        row
        for row in every
        if row["agreement_start"] <= last
        and row["agreement_end"] >= first
        and group in (None, known.get(row["household_id"], ("", ""))[1])
    ]
    posts.sort(key=lambda row: _order(row, known, names))
    rows = [_row(row, f"{month:%Y-%m}", known, names) for row in posts]
    form = register(
        work,
        "posts",
        TITLE,
        _COLUMNS,
        numbered([texts for texts, _ in rows]),
        subtitle=f"（{month.year}年{month.month}月）" if rows else "（＿＿＿＿年＿＿月）",
        totals=(("", "合计", *[""] * 7, yuan(sum(paid for _, paid in rows)), ""),) if rows else (),
        height=26,
        after=(
            Prose("有出勤才发放；金额以当月登记的实发数为准，空格为尚未登记。", 9.5, 0),
            Signatures(
                ("制表人签字", "村委会\n负责人签字", "乡镇审核\n（章）", "日期"), across=4, label_width=78
            ),
        ),
    )
    return of_forms(TITLE, [form], 1)


def _order(row: Mapping[str, Any], known: Mapping[str, tuple[str, str]], names: Mapping[str, str]) -> Any:
    head, group = known.get(row["household_id"], ("", ""))
    return group_order(group), head, names.get(row["member_id"] or "", ""), row["id"]


def _row(
    row: Mapping[str, Any], month: str, known: Mapping[str, tuple[str, str]], names: Mapping[str, str]
) -> tuple[tuple[str, ...], int]:
    """The texts and the fen paid."""
    head, group = known.get(row["household_id"], ("", ""))
    lines = [line for line in row["attended"] or () if isinstance(line, Mapping)]
    line = next((one for one in lines if one.get("month") == month), {})
    paid = line.get("paid")
    texts = (
        names.get(row["member_id"] or "", "") or head,
        head,
        group,
        show(PUBLIC_POST["post_kind"], row["post_kind"]),
        show(PUBLIC_POST["fund_source"], row["fund_source"]),
        f"{row['agreement_start']} 至 {row['agreement_end']}",
        yuan(row["month_pay"]),
        "" if line.get("days") is None else str(line["days"]),
        "" if paid is None else yuan(paid),
        "",
    )
    return texts, paid or 0
