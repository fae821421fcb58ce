"""未参保、失学、零就业清单: who is without, found by the rules of the check-up, with room for what was done (domain.md 4.8)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from villageapp.domain.checkup import examine
from villageapp.reports.paper_form import Column, PaperForm, Prose, Signatures
from villageapp.services.checking.loading import load, setting_of
from villageapp.services.checking.report import ReportedFinding, report
from villageapp.services.paper_files import Papers, of_forms
from villageapp.services.registers import numbered, register

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

TITLE = "未参保、失学、零就业清单"
_LISTS = (
    ("uninsured", "未参加基本医疗保险人员清单", "R-MED"),
    ("unschooled", "义务教育阶段失学人员清单", "R-EDU"),
    ("unemployed", "零就业易地搬迁户清单", "R-RELOC"),
)
"""Kind, title, and the rule of the check-up that finds them."""
_COLUMNS = (
    Column("序号", 0.6, "center"),
    Column("村民小组", 1.5),
    Column("户主", 1.1),
    Column("人员", 1.1),
    Column("情况", 3.4),
    Column("处理措施", 2.4),
    Column("责任人", 1.1),
    Column("完成日期", 1.2),
)


def gap_list_papers(work: Workspace, on: date, *, group: str | None = None, blank: bool = False) -> Papers:
    """The three lists as of a day, a page or more each; what was explained in the check-up is left out."""
    found = [] if blank else _found(work, on)
    forms = [
        _form(work, on, kind, title, [one for one in found if one.finding.rule == rule], group, blank=blank)
        for kind, title, rule in _LISTS
    ]
    return of_forms(TITLE, forms, len(forms))


def _found(work: Workspace, on: date) -> tuple[ReportedFinding, ...]:
    """Findings of these rules, reckoned now; nothing is kept."""
    wanted = {rule for _, _, rule in _LISTS}
    with work.reading() as connection:
        setting = setting_of(connection, on, work.parameters)
        found = [one for facts in load(connection) for one in examine(facts, setting) if one.rule in wanted]
        return report(connection, on, found, 0).findings


def _form(
    work: Workspace,
    on: date,
    kind: str,
    title: str,
    found: list[ReportedFinding],
    group: str | None,
    *,
    blank: bool,
) -> PaperForm:
    rows = [
        (one.group, one.head, one.member, one.finding.message, "", "", "")
        for one in found
        if one.household_no or one.head
        if group in (None, one.group)
    ]
    unset = [one.finding.message for one in found if not (one.household_no or one.head)]
    told = "到这一天没有发现；空行供现场补登。" if not rows and not blank else ""
    notes = tuple(Prose(text, 9.5, 0) for text in (*unset, told) if text)
    return register(
        work,
        kind,
        title,
        _COLUMNS,
        numbered(rows),
        subtitle="＿＿＿＿年＿＿月＿＿日" if blank else f"截至 {on}",
        height=24,
        after=(*notes, Signatures(("核实人签字", "工作队长签字", "日期"), across=3, label_width=78)),
    )
