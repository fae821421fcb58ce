"""Applications of a family for money: 应急救助申请表 and 防贫险补差申请、测算表 (R-INC-8, domain.md 4.8). Grade P2."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from villageapp.domain.fields import show
from villageapp.domain.household import HOUSEHOLD
from villageapp.domain.measure_details import EMERGENCY_GRANT
from villageapp.domain.money import yuan
from villageapp.reports.paper_form import (
    OPEN_DAY,
    Band,
    Block,
    Boxes,
    Column,
    PaperForm,
    Prose,
    Signatures,
    Table,
    Words,
)
from villageapp.reports.privacy import Privacy
from villageapp.services import incomes, records
from villageapp.services.household_pages import HouseholdPage, page
from villageapp.services.imprints import data_version, village_line
from villageapp.services.income_sheets import line_text, newest_accounts
from villageapp.services.paper_files import Papers, of_forms

if TYPE_CHECKING:
    from villageapp.services.incomes import AccountPage
    from villageapp.services.workspace import Workspace

EMERGENCY_TITLE = "应急救助申请表"
GAP_TITLE = "防贫险补差申请、测算表"
_CONDITIONS = (
    "脱贫户，或当年有监测案卷",
    "家庭成员全部参加基本医疗保险",
    "收支账农户已签字",
    "当年政策补贴已全部登记",
)


def emergency_papers(work: Workspace, ids: Sequence[str]) -> Papers:
    """An application for each household: the newest one recorded, else to be written by hand.

    Raises NotFound while it is printed (a household that is gone).
    """
    forms = (_emergency(work, page(work, one)) for one in ids)
    return of_forms(EMERGENCY_TITLE, forms, len(ids))


def blank_emergency_papers(work: Workspace) -> Papers:
    """An empty application."""
    return of_forms(EMERGENCY_TITLE, [_emergency(work, None)], 1)


def _emergency(work: Workspace, home: HouseholdPage | None) -> PaperForm:
    grant: Mapping[str, Any] = {}
    if home is not None:
        found = records.list_records(work, "emergency_grant", {"household_id": home.id})
        grant = max(found, key=lambda row: (row["applied_on"], row["id"]), default={})

    def text(name: str) -> str:
        return show(EMERGENCY_GRANT[name], grant.get(name))

    blocks: tuple[Block, ...] = (
        _who(home),
        Band("一、申请"),
        Words("申请事由", text("reason"), 90, 2.0),
        Boxes((("申请金额", _money(grant.get("requested"))), ("申请日期", text("applied_on")))),
        Prose("本人承诺以上情况属实，如有虚报愿退回救助金并承担责任。", 11),
        Signatures(("户主签字\n（手印）", "日期"), label_width=70),
        Band("二、村级核实和评议"),
        Words("核实情况", "", 60),
        Signatures(("驻村工作队签字", "村民委员会\n（章）", "核实人签字", "日期"), label_width=84),
        Band("三、审批"),
        Words("乡镇意见", "", 50),
        Boxes(
            (
                ("审批人", text("approver")),
                ("审批日期", text("approved_on")),
                ("救助金额", _money(grant.get("amount"))),
                ("发放日期", text("paid_on")),
            )
        ),
        Signatures(("乡镇（章）", "领款人签字\n（手印）"), label_width=84),
    )
    return _form(
        work, "emergency", grant.get("id") or (home.id if home else ""), EMERGENCY_TITLE, home, blocks
    )


def gap_papers(work: Workspace, ids: Sequence[str], year: int, *, only_due: bool) -> Papers:
    """The reckoning for each household by its account of ``year``.

    ``only_due`` leaves out households that may not claim or lack nothing; when none is left an empty form is
    printed. Raises NotFound while it is printed.
    """

    def forms() -> Iterator[PaperForm]:
        accounts = newest_accounts(work, year)
        count = 0
        for one in ids:
            account = incomes.page(work, accounts[one]) if one in accounts else None
            if account is not None and account.account["income_year"] != year:
                account = None
            if only_due and not _is_due(account):
                continue
            count += 1
            yield _gap(work, page(work, one), account, year)
        if not count:
            yield _gap(work, None, None, year)

    return of_forms(GAP_TITLE, forms(), 0)


def _is_due(account: AccountPage | None) -> bool:
    return account is not None and account.gap is not None and bool(account.gap.amount)


def blank_gap_papers(work: Workspace) -> Papers:
    """An empty form, with the formula."""
    return of_forms(GAP_TITLE, [_gap(work, None, None, work.today().year)], 1)


def _gap(work: Workspace, home: HouseholdPage | None, account: AccountPage | None, year: int) -> PaperForm:
    blocks: tuple[Block, ...] = (
        _who(home),
        Band("一、申请条件"),
        *_conditions(account),
        Band("二、测算（以户为单位，精确到分）"),
        _sums(account),
        Prose("补差额＝监测标准×年度家庭人口−家庭纯收入（不含已领补差）；小于零的按零计。", 10.5, 0),
        Prose(f"参数：{line_text(work, year, home.values['region_code'] if home else '')}", 9.5, 0),
        Prose("人均数仅供参考，补差以户差额为准。", 9.5, 0),
        Band("三、申请和审核"),
        Words("申请说明", "", 60),
        Words("村级意见", "", 60),
        Words("乡镇意见", "", 60),
        Signatures(("户主签字\n（手印）", "测算人签字", "村民委员会\n（章）", "乡镇（章）"), label_width=84),
        Boxes((("申请日期", OPEN_DAY), ("实际赔付金额", "")), height=24),
    )
    uid = account.account["id"] if account else home.id if home else ""
    return _form(work, "gap", uid, GAP_TITLE, home, blocks, f"（{year}年度）" if home else "（＿＿＿＿年度）")


def _conditions(account: AccountPage | None) -> Iterator[Block]:
    if account is None:
        columns = (Column("条件", 3), Column("是否符合", 1.2, "center"), Column("说明", 2))
        yield Table(columns, tuple((text, "□是 □否", "") for text in _CONDITIONS), size=10.5, height=20)
    elif account.gap is None:
        yield Prose(f"暂不能测算：{account.unset}", 11, 0)
    elif account.gap.judgement.allowed:
        yield Prose("已核对，符合：" + "；".join(_CONDITIONS) + "。", 11, 0)
    else:
        yield Prose("暂不符合申请条件：", 11, 0, bold=True)
        for reason in account.gap.judgement.reasons:
            yield Prose(f"□ {reason.message}", 11, 0)


def _sums(account: AccountPage | None) -> Boxes:
    figures, gap = (account.income, account.gap) if account else (None, None)
    line = int(gap.judgement.used[0].value) if gap else None
    people = figures.population if figures else None
    target = line * people if line is not None and people is not None else None
    return Boxes(
        (
            ("监测标准", _money(line, " 元／人·年")),
            ("年度家庭人口", "" if people is None else f"{people} 人"),
            ("标准总额\n（标准×人口）", _money(target)),
            ("家庭纯收入\n（不含已领补差）", _money(figures.net_before_gap if figures else None)),
            ("补差额", _money(gap.amount if gap else None)),
            ("人均（参考）", _money(gap.per_person if gap else None)),
        ),
        label_width=98,
        height=30,
    )


def _money(fen: int | None, unit: str = " 元") -> str:
    return "" if fen is None else yuan(fen) + unit


def _who(home: HouseholdPage | None) -> Boxes:
    def text(name: str) -> str:
        return show(HOUSEHOLD[name], home.values[name]) if home else ""

    head = next((row for row in home.members if row["active"]), {}) if home else {}
    count = sum(row["active"] for row in home.members) if home else 0
    return Boxes(
        (
            ("户主", home.head_name if home else ""),
            ("证件号码", head.get("id_no") or ""),
            ("村民小组", text("group_name")),
            ("联系电话", text("phone")),
            ("户类型", text("household_type")),
            ("家庭人口", f"{count} 人" if home else ""),
            ("开户银行", ""),
            ("银行账号", ""),
        ),
        height=22,
    )


def _form(
    work: Workspace,
    kind: str,
    uid: str,
    title: str,
    home: HouseholdPage | None,
    blocks: tuple[Block, ...],
    subtitle: str = "",
) -> PaperForm:
    name = f"{home.head_name}户{title}" if home else title
    version, village = data_version(work), village_line(work)
    return PaperForm(kind, uid, version, name, title, village, Privacy.P2, blocks, subtitle=subtitle)
