"""小额信贷到期提醒单: a slip of A5 for each loan that falls due soon or is overdue (R-LOAN, domain.md 4.8)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from villageapp.domain import loan
from villageapp.domain.fields import show
from villageapp.domain.measure_details import LOAN
from villageapp.domain.money import yuan
from villageapp.reports.paper_form import Block, Boxes, PaperForm, Prose, Room, Signatures
from villageapp.reports.privacy import Privacy
from villageapp.services import records
from villageapp.services.groups import group_order
from villageapp.services.imprints import data_version, village_line
from villageapp.services.measure_guards import SETTLED
from villageapp.services.paper_files import Papers, of_forms
from villageapp.services.registers import Home, homes, people

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

TITLE = "小额信贷到期提醒单"


def loan_papers(
    work: Workspace,
    on: date,
    *,
    household_id: str | None = None,
    group: str | None = None,
    blank: bool = False,
) -> Papers:
    """Slips for loans of which a reminder stands on that day; of one household for all that are not paid back.

    Without any it is an empty slip. Raises UnsetParameter (LOAN_REMIND_DAYS).
    """
    known, names = homes(work), people(work)
    every = [] if blank else records.list_records(work, "loan")
    wanted = [
        row
        for row in every
        if row["status"] != SETTLED and _is_wanted(work, row, on, household_id, group, known)
    ]
    wanted.sort(key=lambda row: (group_order(_group(row, known)), row["due_on"], row["id"]))
    forms = [_slip(work, row, on, known, names) for row in wanted]
    return of_forms(TITLE, forms or [_slip(work, {}, on, known, names)], len(forms) or 1)


def _is_wanted(
    work: Workspace,
    row: Mapping[str, Any],
    on: date,
    household_id: str | None,
    group: str | None,
    known: Mapping[str, Home],
) -> bool:
    if household_id is not None:
        return bool(row["household_id"] == household_id)
    if group is not None and _group(row, known) != group:
        return False
    return loan.reminder(row["due_on"], on, work.parameters) is not None


def _group(row: Mapping[str, Any], known: Mapping[str, Home]) -> str:
    return known.get(row["household_id"], ("", ""))[1]


def _slip(
    work: Workspace, row: Mapping[str, Any], on: date, known: Mapping[str, Home], names: Mapping[str, str]
) -> PaperForm:
    head = known.get(row.get("household_id", ""), ("", ""))[0]
    who = names.get(row.get("member_id") or "", "") or head
    return PaperForm(
        "loan",
        row.get("id", ""),
        data_version(work),
        f"{who}{TITLE}" if who else TITLE,
        TITLE,
        village_line(work),
        Privacy.P1,
        _told(work, row, on, who),
        paper="A5",
    )


def _told(work: Workspace, row: Mapping[str, Any], on: date, who: str) -> tuple[Block, ...]:
    def text(name: str) -> str:
        return show(LOAN[name], row[name]) if row else ""

    hotline = work.parameters.text("HOTLINE", work.today())
    return (
        Prose(f"{who or '＿＿＿＿＿＿'}：", 13, 0),
        Prose(f"您（户）的小额信贷{_when(row, on)}，请按时归还本金和利息。", 13),
        Boxes(
            (
                ("贷款银行", text("bank")),
                ("合同编号", text("contract_no")),
                ("本金", f"{yuan(row['principal'])} 元" if row else ""),
                ("未还本金", f"{yuan(_owed(row))} 元" if row else ""),
                ("放款日期", text("start_on")),
                ("到期日期", text("due_on")),
                ("用途", text("purpose")),
                ("续贷展期", text("extension")),
            ),
            label_width=62,
            height=26,
        ),
        Prose("确有困难需要续贷或展期的，请在到期前向银行申请，工作队可以协助办理。", 12),
        Prose("不要借高息贷款还款，不要把贷款转给他人使用；逾期会影响个人信用。", 12),
        Prose(f"咨询：驻村工作队，或拨打热线 {hotline}。", 12),
        Room(10, 1.0),
        Signatures(("农户签收\n（手印）", "送达人签字", "送达日期", "还款意向"), label_width=62),
    )


def _owed(row: Mapping[str, Any]) -> int:
    return int(row["principal"] if row["outstanding"] is None else row["outstanding"])


def _when(row: Mapping[str, Any], on: date) -> str:
    if not row:
        return "将于＿＿＿＿年＿＿月＿＿日到期"
    left = (row["due_on"] - on).days
    if left < 0:
        return f"已于 {row['due_on']} 到期，逾期 {-left} 天"
    return f"将于 {row['due_on']} 到期，还有 {left} 天" if left else f"今天（{row['due_on']}）到期"
