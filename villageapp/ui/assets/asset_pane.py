"""One asset: its plate, what is due, custody, income and who got it, the problem that stands open, photos."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from villageapp.domain.asset import ASSET
from villageapp.domain.fields import Kind, show
from villageapp.services import asset_incomes, asset_pages
from villageapp.services.asset_incomes import IncomeRow
from villageapp.services.asset_pages import AssetRow
from villageapp.ui.assets import dialogs, words
from villageapp.ui.context import Context
from villageapp.ui.measures.words import yuan
from villageapp.ui.widgets.badge import Badge, BadgeLabel
from villageapp.ui.widgets.flow import EmptyState, FlowLayout, button, card, clear, label
from villageapp.ui.widgets.photo_strip import PhotoStrip

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

_PLATE = (
    "asset_no",
    "place",
    "fund_level",
    "built_year",
    "original_value",
    "owner",
    "custodian",
    "custody_phone",
)
_PLATE_MORE = ("supervisor",)
_FACTS = (
    "asset_class",
    "asset_form",
    "spec",
    "qty",
    "net_value",
    "title_doc",
    "operator",
    "contract_start",
    "contract_end",
    "rent_year",
    "last_check_on",
    "disposal_reason",
    "disposed_on",
    "note",
)


class AssetPane(QWidget):
    """Shows one asset at the right of the list."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._wanted = ""
        self._row: AssetRow | None = None
        self.title = label("", "title", wrap=True, selectable=True)
        self.status = BadgeLabel()
        self._badges = QWidget()
        self._due = FlowLayout(self._badges, spacing=6)
        self.problem = button(self.tr("去办理"), self._open_problem)
        self.problem_told = label("", "warn", wrap=True, selectable=True)
        self._plate, self._facts, self._incomes = QVBoxLayout(), QVBoxLayout(), QVBoxLayout()
        self.photos = PhotoStrip(context, name=self.tr("资产照片"))
        self.photos.setMinimumHeight(210)
        self._stack = QStackedWidget()
        self._stack.addWidget(
            EmptyState(self.tr("没有选择资产"), self.tr("在左边选一项资产，这里显示标牌、检查、收益和照片。"))
        )
        self._stack.addWidget(self._sheet())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._stack)

    def open(self, asset_id: str) -> None:
        """Show an asset."""
        self._wanted = asset_id
        self.refresh()

    def refresh(self) -> None:
        """Read it again."""
        if not self._wanted:
            return
        work, wanted = self._context.work, self._wanted
        self._context.tasks.read(
            lambda _progress: _read(work, wanted), owner=self, done=self._show, latest="asset"
        )

    def _sheet(self) -> QWidget:
        inner = QWidget()
        inner.setProperty("surface", "page")
        rows = QVBoxLayout(inner)
        rows.setContentsMargins(6, 12, 12, 12)
        rows.setSpacing(10)
        rows.addWidget(self._head())
        for heading, layout in (
            (self.tr("标牌"), self._plate),
            (self.tr("收益与分配"), self._incomes),
            (self.tr("登记内容"), self._facts),
        ):
            frame, inside = card(margin=14, spacing=6)
            inside.addWidget(label(heading, "heading"))
            inside.addLayout(layout)
            rows.addWidget(frame)
        frame, inside = card(margin=14, spacing=4)
        inside.addWidget(label(self.tr("照片（回头看检查时拍）"), "heading"))
        inside.addWidget(self.photos)
        rows.addWidget(frame)
        rows.addStretch(1)
        scroll = QScrollArea()
        scroll.setAccessibleName(self.tr("这项资产"))
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(inner)
        return scroll

    def _head(self) -> QWidget:
        head, top = card(margin=14, spacing=8)
        line = QHBoxLayout()
        line.addWidget(self.title, 1)
        line.addWidget(self.status, 0, Qt.AlignmentFlag.AlignTop)
        top.addLayout(line)
        top.addWidget(self._badges)
        about = QHBoxLayout()
        about.addWidget(self.problem_told, 1)
        about.addWidget(self.problem, 0, Qt.AlignmentFlag.AlignTop)
        top.addLayout(about)
        deeds = QWidget()
        flow = FlowLayout(deeds, spacing=8)
        self.check = button(self.tr("登记“回头看”…"), self._check, role="primary")
        self.earn = button(self.tr("登记收益…"), lambda: self._income(None))
        self.change = button(self.tr("修改…"), self._change)
        for part in (self.check, self.earn, self.change):
            flow.addWidget(part)
        top.addWidget(deeds)
        return head

    def _show(self, found: tuple[AssetRow, list[IncomeRow]]) -> None:
        row, incomes = found
        self._row = row
        self._stack.setCurrentIndex(1)
        self.title.setText(str(row.values["name"]))
        self.status.show_badge(words.status_badge(row))
        self._show_due(row)
        for part in (self.problem, self.problem_told):
            part.setVisible(row.problem is not None)
        if row.problem is not None:
            self.problem_told.setText(
                self.tr("! 已开问题 {number}").format(number=row.problem.ledger_no[-8:])
            )
            self.problem_told.setToolTip(row.problem.ledger_no)
            self.problem.setAccessibleName(self.tr("去办理资产的问题"))
        self._say(self._plate, row, (*_PLATE, *_PLATE_MORE))
        self._say(self._facts, row, _FACTS)
        if row.project_name:
            self._facts.addWidget(label(self.tr("来源项目：{name}").format(name=row.project_name), wrap=True))
        self._show_incomes(incomes)
        self.photos.show_record("asset", row.id)

    def _show_due(self, row: AssetRow) -> None:
        clear(self._due)
        check, contract = words.check_badge(row), words.contract_badge(row)
        for heading, said in ((self.tr("回头看"), check), (self.tr("合同"), contract)):
            if said:
                badge = said if isinstance(said, Badge) else Badge(said)
                self._due.addWidget(BadgeLabel(Badge(f"{heading} {badge.text}", badge.mood)))
        self._badges.updateGeometry()

    def _say(self, layout: QVBoxLayout, row: AssetRow, names: Sequence[str]) -> None:
        clear(layout)
        for name in names:
            if row.values[name] is not None:
                field, value = ASSET[name], row.values[name]
                told = yuan(value) if field.kind is Kind.MONEY else show(field, value)
                text = f"{field.label}：{told} {field.unit}".rstrip()
                layout.addWidget(label(text, wrap=True, selectable=True))

    def _show_incomes(self, incomes: Sequence[IncomeRow]) -> None:
        clear(self._incomes)
        if not incomes:
            self._incomes.addWidget(label(self.tr("还没有登记收益。"), "quiet", wrap=True))
        for income in incomes:
            line = QHBoxLayout()
            text = self.tr("{period}：净收益 {net} 元，{rest}").format(
                period=income.values["period"],
                net=yuan(income.values["net"]),
                rest=self.tr("还有 {rest} 元未分配").format(rest=yuan(max(income.remainder, 0)))
                if income.remainder
                else self.tr("已分配完"),
            )
            line.addWidget(label(text, wrap=True), 1)
            line.addWidget(BadgeLabel(words.rule_badge(income)))
            line.addWidget(button(self.tr("打开…"), self._opening(income)))
            self._incomes.addLayout(line)

    def _opening(self, income: IncomeRow) -> Callable[[], None]:
        return lambda: self._income(income)

    def _income(self, income: IncomeRow | None) -> None:
        if self._row is not None:
            dialogs.open_income(self._context, self.window(), self._row, income)

    def _check(self) -> None:
        if self._row is not None:
            dialogs.checking(self._context, self.window(), self._row).open()

    def _change(self) -> None:
        if self._row is not None:
            dialogs.open_asset(self._context, self.window(), self._row)

    def _open_problem(self) -> None:
        if self._row is not None and self._row.problem is not None:
            self._context.signals.record_asked.emit("problems", self._row.problem.id)


def _read(work: Workspace, asset_id: str) -> tuple[AssetRow, list[IncomeRow]]:
    return asset_pages.one(work, asset_id), asset_incomes.incomes(work, asset_id)
