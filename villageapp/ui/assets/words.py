"""How assets, projects and their income read. Plain functions, no widgets."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import QCoreApplication

from villageapp.domain.codes import code_list
from villageapp.services.asset_incomes import IncomeRow
from villageapp.services.asset_pages import AssetPage, AssetRow, ProjectRow
from villageapp.services.asset_problems import NORMAL
from villageapp.ui.measures.words import yuan
from villageapp.ui.widgets.badge import Badge, Mood
from villageapp.ui.widgets.list_table import ListColumn

_PLACE = "assets"


def status_badge(row: AssetRow) -> Badge:
    """The status of an asset; what is not 正常 stands out."""
    status = str(row.values["status"])
    return Badge(status, Mood.GOOD if status == NORMAL else Mood.BAD)


def check_badge(row: AssetRow) -> Badge | str:
    """When the yearly check is due, or that it is late."""
    tr = QCoreApplication.translate
    if row.check_due is None:
        return ""
    if row.check_overdue:
        return Badge(tr(_PLACE, "逾期 {day}").format(day=row.check_due), Mood.BAD)
    return tr(_PLACE, "{day} 前").format(day=row.check_due)


def contract_badge(row: AssetRow) -> Badge | str:
    """How long the contract runs on."""
    tr, left = QCoreApplication.translate, row.contract_left
    if left is None:
        return ""
    if left < 0:
        return Badge(tr(_PLACE, "已到期 {days} 天").format(days=-left), Mood.BAD)
    return Badge(tr(_PLACE, "剩 {days} 天").format(days=left), Mood.WARN if row.contract_ends else Mood.GOOD)


def totals_text(page: AssetPage) -> str:
    """Sums of all assets, and what asks for attention."""
    t = page.totals
    return QCoreApplication.translate(
        _PLACE,
        "资产 {assets} 项 · 原值 {original} 元 · 净值 {net} 元 · 年租金 {rent} 元 · 今年到账收益 {income} 元",
    ).format(
        assets=t.assets, original=yuan(t.original), net=yuan(t.net), rent=yuan(t.rent), income=yuan(t.income)
    )


def attention_text(page: AssetPage) -> str:
    """``2 项不正常 · 2 项检查逾期 · 2 份合同 60 天内到期``; empty when nothing asks for attention."""
    t, tr = page.totals, QCoreApplication.translate
    parts = (
        (t.not_normal, tr(_PLACE, "{count} 项状态不正常")),
        (t.unchecked, tr(_PLACE, "{count} 项“回头看”逾期")),
        (t.ending, tr(_PLACE, "{count} 份合同 {days} 天内到期或已到期")),
    )
    return " · ".join(text.format(count=count, days=page.ahead_days) for count, text in parts if count)


def asset_columns() -> list[ListColumn[AssetRow]]:
    """What is due first, then what it is."""
    tr, classes = QCoreApplication.translate, code_list("CL_ASSET_CLASS")
    return [
        ListColumn("status", tr(_PLACE, "状态"), 56, status_badge, is_optional=False),
        ListColumn("no", tr(_PLACE, "编号"), 72, lambda r: r.values["asset_no"]),
        ListColumn("name", tr(_PLACE, "资产名称"), 164, lambda r: r.values["name"], is_optional=False),
        ListColumn("check", tr(_PLACE, "回头看"), 138, check_badge, lambda r: r.check_due),
        ListColumn("contract", tr(_PLACE, "合同"), 104, contract_badge, lambda r: r.contract_left),
        ListColumn("class", tr(_PLACE, "类别"), 90, lambda r: classes.label(r.values["asset_class"])),
        ListColumn(
            "value",
            tr(_PLACE, "原值（元）"),
            104,
            lambda r: yuan(r.values["original_value"]),
            lambda r: r.values["original_value"],
            is_number=True,
        ),
        ListColumn("custodian", tr(_PLACE, "管护人"), 74, lambda r: r.values["custodian"]),
        ListColumn("place", tr(_PLACE, "位置"), 110, lambda r: r.values["place"]),
    ]


def project_columns() -> list[ListColumn[ProjectRow]]:
    """Money, dates, the four systems and who benefits."""
    tr = QCoreApplication.translate
    return [
        ListColumn("name", tr(_PLACE, "项目名称"), 210, lambda r: r.values["name"], is_optional=False),
        ListColumn("no", tr(_PLACE, "项目库编号"), 100, lambda r: r.values["project_lib_no"] or ""),
        ListColumn("kind", tr(_PLACE, "类别"), 80, lambda r: r.values["kind"]),
        ListColumn(
            "amount",
            tr(_PLACE, "资金（元）"),
            112,
            lambda r: yuan(r.amount),
            lambda r: r.amount,
            is_number=True,
        ),
        ListColumn(
            "paid", tr(_PLACE, "已拨付（元）"), 112, lambda r: yuan(r.paid), lambda r: r.paid, is_number=True
        ),
        ListColumn("accepted", tr(_PLACE, "验收"), 96, lambda r: day(r.values["accepted_on"])),
        ListColumn("systems", tr(_PLACE, "四制"), 200, _systems),
        ListColumn(
            "assets", tr(_PLACE, "形成资产"), 76, lambda r: str(r.assets), lambda r: r.assets, is_number=True
        ),
        ListColumn(
            "homes",
            tr(_PLACE, "受益户"),
            66,
            lambda r: _number(r.values["beneficiary_households"]),
            lambda r: r.values["beneficiary_households"],
            is_number=True,
        ),
        ListColumn("by", tr(_PLACE, "实施单位"), 140, lambda r: r.values["implementer"] or ""),
    ]


def income_columns() -> list[ListColumn[IncomeRow]]:
    """Income, what of it is distributed, and whether the rule agrees."""
    tr = QCoreApplication.translate
    return [
        ListColumn("period", tr(_PLACE, "期间"), 130, lambda r: r.values["period"], is_optional=False),
        ListColumn("asset", tr(_PLACE, "资产"), 200, lambda r: r.asset_name, is_optional=False),
        ListColumn("received", tr(_PLACE, "到账"), 96, lambda r: day(r.values["received_on"])),
        ListColumn(
            "gross",
            tr(_PLACE, "总收入（元）"),
            108,
            lambda r: yuan(r.values["gross"]),
            lambda r: r.values["gross"],
            is_number=True,
        ),
        ListColumn(
            "net",
            tr(_PLACE, "净收益（元）"),
            108,
            lambda r: yuan(r.values["net"]),
            lambda r: r.values["net"],
            is_number=True,
        ),
        ListColumn(
            "paid",
            tr(_PLACE, "已分配（元）"),
            108,
            lambda r: yuan(r.distributed),
            lambda r: r.distributed,
            is_number=True,
        ),
        ListColumn("rule", tr(_PLACE, "规则"), 116, rule_badge),
    ]


def rule_badge(row: IncomeRow) -> Badge:
    """Whether the distribution fits R-PV."""
    tr = QCoreApplication.translate
    if not row.judgement.allowed:
        return Badge(tr(_PLACE, "✕ 不符"), Mood.BAD)
    if not row.lines:
        return Badge(tr(_PLACE, "○ 未分配"), Mood.WARN)
    if row.is_photovoltaic and not row.judgement.used:
        return Badge(tr(_PLACE, "○ 比例未核定"), Mood.PLAIN)
    return Badge(tr(_PLACE, "✓ 相符"), Mood.GOOD)


def day(value: date | None) -> str:
    """ISO, empty while unknown."""
    return "" if value is None else value.isoformat()


def _systems(row: ProjectRow) -> Badge | str:
    tr = QCoreApplication.translate
    if not row.missing:
        return Badge(tr(_PLACE, "✓ 齐全"), Mood.GOOD)
    return Badge(tr(_PLACE, "缺 {names}").format(names="、".join(row.missing)), Mood.WARN)


def _number(value: int | None) -> str:
    return "" if value is None else str(value)
