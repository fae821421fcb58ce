"""Dialogs of assets and projects: new, changed, looked at (回头看), income."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from villageapp.domain.asset import ASSET, PROJECT
from villageapp.domain.fields import Field, Kind
from villageapp.services import asset_incomes, asset_pages, records
from villageapp.services.asset_incomes import IncomeRow
from villageapp.services.asset_pages import AssetRow, ProjectRow
from villageapp.services.asset_problems import NORMAL
from villageapp.ui.assets.income_dialog import IncomeDialog
from villageapp.ui.assets.lines_dialog import LinesDialog
from villageapp.ui.context import Context
from villageapp.ui.widgets.ledger_grid import GridColumn
from villageapp.ui.widgets.record_dialog import RecordDialog

_PLACE = "assets"
ASSET_NAMES = tuple(
    f.name
    for f in ASSET.fields
    if not f.name.startswith("disposal") and f.name not in ("disposed_on", "last_check_on")
)
CHECK_NAMES = (
    "last_check_on",
    "status",
    "custodian",
    "custody_phone",
    "disposal_reason",
    "disposal_approver",
    "disposal_value",
    "disposed_on",
    "note",
)
PROJECT_NAMES = tuple(f.name for f in PROJECT.fields if f.kind is not Kind.ROWS)
_FUND = (
    Field("level", "资金级次", Kind.CODE, choices="CL_FUND_LEVEL"),
    Field("doc_no", "文号", max_length=60),
    Field("amount", "金额", Kind.MONEY, minimum=0, maximum=10_000_000_000_00, unit="元"),
    Field("paid", "已拨付", Kind.MONEY, minimum=0, maximum=10_000_000_000_00, unit="元"),
)


def open_asset(context: Context, parent: QWidget, row: AssetRow | None) -> None:
    """A new asset, or every field of one; projects to choose from are read first."""
    work = context.work
    context.tasks.read(
        lambda _progress: asset_pages.project_names(work),
        owner=parent,
        done=lambda projects: _asset(context, parent, row, projects).open(),
    )


def _asset(
    context: Context, parent: QWidget, row: AssetRow | None, projects: list[tuple[str, str]]
) -> RecordDialog:
    work, tr = context.work, QCoreApplication.translate

    def save(raw: Mapping[str, Any], seen: Mapping[str, Any]) -> Any:
        if row is None:
            return records.record(work, "asset", raw)
        return records.change(work, "asset", row.id, raw, seen=seen)

    return RecordDialog(
        context,
        parent,
        title=tr(_PLACE, "登记资产") if row is None else tr(_PLACE, "修改资产"),
        form=ASSET,
        names=ASSET_NAMES,
        choices={"project_id": projects},
        values={"status": NORMAL} if row is None else row.values,
        is_new=row is None,
        lead=tr(_PLACE, "状态不是“正常”的，自动登记一个问题。") if row is None else "",
        save=save,
        done=tr(_PLACE, "资产已保存。"),
    )


def checking(context: Context, parent: QWidget, row: AssetRow) -> RecordDialog:
    """The yearly check: the day, the status found, who keeps it now."""
    work, tr = context.work, QCoreApplication.translate
    dialog = RecordDialog(
        context,
        parent,
        title=tr(_PLACE, "“回头看”检查：{name}").format(name=row.values["name"]),
        form=ASSET,
        names=CHECK_NAMES,
        values=row.values,
        is_new=False,
        lead=tr(
            _PLACE,
            "查看是否有人管、管得好、有收益。状态改成“正常”以外的，自动登记问题，照片拖到右边“照片”里。",
        ),
        save=lambda raw, seen: records.change(work, "asset", row.id, raw, seen=seen),
        done=tr(_PLACE, "检查已登记。"),
    )
    dialog.form.input("last_check_on").set_value(work.today())
    return dialog


def open_income(context: Context, parent: QWidget, asset: AssetRow, income: IncomeRow | None) -> None:
    """Income and its distribution; whom it can be given to is read first."""
    work = context.work
    context.tasks.read(
        lambda _progress: asset_incomes.start(work, photovoltaic=asset.is_photovoltaic),
        owner=parent,
        done=lambda start: IncomeDialog(context, parent, asset, start, income).open(),
    )


def project(context: Context, parent: QWidget, row: ProjectRow | None) -> LinesDialog:
    """A project with its funds."""
    work, tr = context.work, QCoreApplication.translate

    def save(raw: Mapping[str, Any]) -> Any:
        if row is None:
            return records.record(work, "project", raw)
        return records.change(work, "project", row.id, raw, seen=row.values)

    widths = (120, 260, 130, 130)
    return LinesDialog(
        context,
        parent,
        title=tr(_PLACE, "登记项目")
        if row is None
        else tr(_PLACE, "项目：{name}").format(name=row.values["name"]),
        form=PROJECT,
        names=PROJECT_NAMES,
        lines_name="funds",
        columns=[
            GridColumn(f.name, f"{f.label}（{f.unit}）" if f.unit else f.label, width, f)
            for f, width in zip(_FUND, widths, strict=True)
        ],
        values={} if row is None else row.values,
        save=save,
        done=tr(_PLACE, "项目已保存。"),
    )
