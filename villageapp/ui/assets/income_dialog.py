"""Income of an asset and who gets it: posts paid, lines typed, the rule's explanation while typing (R-PV)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget

from villageapp.domain.asset import ASSET_INCOME
from villageapp.domain.fields import Field, Form, Kind, parse
from villageapp.domain.pv_income import MONTHS
from villageapp.errors import Problem, ValidationFailed
from villageapp.services import asset_incomes, records
from villageapp.services.asset_incomes import IncomeRow, IncomeStart, PaidLine
from villageapp.services.asset_pages import AssetRow
from villageapp.services.results import Saved
from villageapp.services.rules import posts
from villageapp.ui.assets.lines_dialog import LinesDialog
from villageapp.ui.context import Context
from villageapp.ui.widgets.flow import button, label, set_role
from villageapp.ui.widgets.ledger_grid import GridColumn
from villageapp.ui.widgets.record_form import RecordForm

NAMES = ("period", "received_on", "gross", "cost", "net", "note")
_LINE = {
    "kind": Field("kind", "用途", Kind.CODE, choices="CL_DISTRIBUTION"),
    "household_id": Field("household_id", "农户", Kind.REF),
    "amount": Field("amount", "金额", Kind.MONEY, minimum=0, maximum=10_000_000_000_00, unit="元"),
}
_TRIAL = Form("posts", "试算", tuple(f for f in posts.FACTS if f.name in ("labour_share", "monthly_pay")))


class IncomeDialog(LinesDialog):
    """A new income of ``asset``, or with ``row`` one that is recorded already."""

    def __init__(
        self,
        context: Context,
        parent: QWidget,
        asset: AssetRow,
        start: IncomeStart,
        row: IncomeRow | None = None,
    ) -> None:
        self._asset, self._start = asset, start
        self._recipients = [(one.household_id, one.text) for one in start.recipients]
        self._names = dict(start.names)
        tr_title = self.tr("收益与分配：{name}")
        super().__init__(
            context,
            parent,
            title=tr_title.format(name=asset.values["name"]),
            form=ASSET_INCOME,
            names=NAMES,
            lines_name="distribution",
            columns=self._columns(),
            save=lambda raw: self._keep(raw, row),
            values={} if row is None else row.values,
            done=self.tr("收益已保存。"),
        )
        self.told = label("", wrap=True, selectable=True)
        self.trial = RecordForm(_TRIAL, ("labour_share", "monthly_pay"), columns=2)
        self.tried = label("", "quiet", wrap=True, selectable=True)
        self._lay_out_more()
        self.form.edited.connect(self._on_edited)
        self.grid.edited.connect(self._tell)
        self._tell()

    def shown(self, line: Mapping[str, Any]) -> Mapping[str, Any]:
        """With the name of the person who is paid."""
        return {**line, "who": self._names.get(str(line.get("member_id")), "")}

    def _columns(self) -> tuple[GridColumn, ...]:
        return (
            GridColumn("kind", self.tr("用途"), 140, _LINE["kind"]),
            GridColumn(
                "household_id", self.tr("农户（个人的填）"), 220, _LINE["household_id"], self._recipients
            ),
            GridColumn("who", self.tr("上岗人"), 100),
            GridColumn("amount", self.tr("金额（元）"), 120, _LINE["amount"]),
        )

    def _lay_out_more(self) -> None:
        self.more.addWidget(self.told)
        if not self._asset.is_photovoltaic:
            return
        self.months = QComboBox()
        self.months.addItems([str(number) for number in range(1, MONTHS + 1)])
        self.months.setCurrentIndex(MONTHS - 1)
        self.months.setAccessibleName(self.tr("工资月数"))
        self.fill = button(self.tr("填入在岗公益岗的工资"), self._fill_wages)
        self.fill.setEnabled(bool(self._start.wages))
        line = QHBoxLayout()
        line.addWidget(self.fill)
        line.addWidget(self.months)
        told = self.tr("个月（光伏收益发工资的在岗 {count} 人）").format(count=len(self._start.wages))
        line.addWidget(label(told, "quiet", wrap=True), 1)
        self.more.addLayout(line)
        self.more.addWidget(label(self.tr("能设几个岗（试算，不保存）"), "heading"))
        self.more.addWidget(self.trial)
        row = QHBoxLayout()
        row.addWidget(button(self.tr("试算"), self._try))
        row.addWidget(self.tried, 1)
        self.more.addLayout(row)

    def _on_edited(self, name: str) -> None:
        """The net follows from gross and cost."""
        if name in ("gross", "cost"):
            gross, cost = self._fen("gross"), self._fen("cost")
            if gross is not None:
                self.form.input("net").set_value(max(gross - (cost or 0), 0))
        self._tell()

    def _fen(self, name: str) -> int | None:
        try:
            found = parse(ASSET_INCOME[name], self.form.input(name).value())
        except ValueError:  # still being typed; saving names the reason beside the field
            return None
        return found if isinstance(found, int) else None

    def _tell(self) -> None:
        """What the rule says of the lines so far."""
        net = self._fen("net")
        if net is None:
            self.told.setText(self.tr("填写净收益后，这里说明分配是否符合规则。"))
            set_role(self.told, "quiet")
            return
        lines = [
            PaidLine(str(line.get("kind") or ""), "", _fen_of(line.get("amount"))) for line in self.lines()
        ]
        context = self._context
        judged = asset_incomes.judge(
            net,
            lines,
            context.work.today(),
            context.work.parameters,
            photovoltaic=self._asset.is_photovoltaic,
        )
        refusal = "；".join(reason.message for reason in judged.reasons)
        self.told.setText(f"✕ {refusal}。{judged.explanation}" if refusal else f"✓ {judged.explanation}")
        set_role(self.told, "bad" if refusal else "good")

    def _fill_wages(self) -> None:
        """One line for every post paid from this income; wages that stand there already are replaced."""
        others = [line for line in self.lines() if not line.get("member_id")]
        months = int(self.months.currentText())
        wages = [{**line, "amount": line["amount"] * months} for line in self._start.wages]
        self.show_lines([*wages, *({**line, "amount": _fen_of(line.get("amount"))} for line in others)])
        self._tell()

    def _try(self) -> None:
        """Whole posts that the share of this income pays, with the arithmetic."""
        work, net, typed = self._context.work, self._fen("net"), self.trial.values()
        self._context.tasks.read(
            lambda _progress: asset_incomes.try_posts(work, net, typed["monthly_pay"], typed["labour_share"]),
            owner=self,
            done=self.tried.setText,
            failed=lambda error: self._context.tell.error(error, self.trial),
            latest="trial",
        )

    def _keep(self, raw: Mapping[str, Any], row: IncomeRow | None) -> Saved:
        """On the writer thread."""
        known = {household for household, _text in self._recipients}
        for number, line in enumerate(raw["distribution"] or (), 1):
            if not line.get("kind"):
                raise ValidationFailed([Problem("distribution", f"分配明细第 {number} 行没有写用途")])
            if line.get("household_id") and line["household_id"] not in known and not line.get("member_id"):
                told = f"分配明细第 {number} 行：没有“{str(line['household_id'])[:20]}”这一户，请从列表里选"
                raise ValidationFailed([Problem("distribution", told)])
        if row is None:
            values = {**raw, "asset_id": self._asset.id}
            return records.record(self._context.work, "asset_income", values)
        return records.change(self._context.work, "asset_income", row.id, raw, seen=row.values)


def _fen_of(typed: Any) -> int:
    """Fen of a cell; 0 while it cannot be read."""
    try:
        found = parse(_LINE["amount"], typed)
    except ValueError:  # the cell is marked already
        return 0
    return found if isinstance(found, int) else 0
