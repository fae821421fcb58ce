"""收入: the household's account of a year as a grid, with live totals and both per-capita figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSpinBox, QVBoxLayout, QWidget

from villageapp.domain import income_subjects, money
from villageapp.domain.fields import parse, show
from villageapp.domain.income_account import INCOME_ACCOUNT, INCOME_LINE, income_of
from villageapp.services import incomes
from villageapp.services.incomes import AccountPage
from villageapp.ui.context import Context
from villageapp.ui.preferences import SCALE
from villageapp.ui.widgets.badge import Badge, BadgeLabel, Mood
from villageapp.ui.widgets.flow import EmptyState, FlowLayout, button, clear, label
from villageapp.ui.widgets.ledger_grid import GridColumn, GridRow, LedgerGrid

if TYPE_CHECKING:
    from villageapp.services.results import Saved
    from villageapp.services.workspace import Workspace

BLANK = 12
"""Empty rows offered below the lines."""
_NEW = ""
_FIELDS = ("subject_code", "person_id", "qty", "unit_price", "amount", "evidence", "note")


class IncomePane(QWidget):
    """Choose a year, type lines, Ctrl+S. A signed account is shown and not changed."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._household: Mapping[str, Any] = {}
        self._people: tuple[tuple[str, str], ...] = ()
        self._offered: tuple[tuple[str, str], ...] = ()
        self._is_new = False
        self._place = (-1, -1)
        self._page: AccountPage | None = None
        self.account = QComboBox()
        self.account.setAccessibleName(self.tr("收支账"))
        self.account.activated.connect(lambda _index: self._choose())
        self.year = QSpinBox()
        self.year.setRange(2014, 2100)
        self.year.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)  # typed, or the arrow keys
        self.year.setAccessibleName(self.tr("新建哪一年"))
        self.add = button(self.tr("新建这一年的账"), self._begin)
        self.state = BadgeLabel()
        self.totals = QWidget()
        self._figures = FlowLayout(self.totals, spacing=22)
        self.told = label("", "quiet", wrap=True, selectable=True)
        self._holder = QVBoxLayout()
        self.grid = self._new_grid()
        self.save = button(self.tr("保存收支账 (Ctrl+S)"), self.save_lines, role="primary")
        self.sign = button(self.tr("农户已签字"), self._sign)
        self.empty = EmptyState(
            self.tr("还没有收支账"),
            self.tr("收入和支出一行一项填写，当场算出人均收入。在上面选年度，按“新建这一年的账”开始。"),
        )
        self.empty.hide()
        self._lay_out()

    def show_household(
        self, household: Mapping[str, Any], household_id: str, members: Sequence[Mapping[str, Any]]
    ) -> None:
        """Show another household's accounts, the newest first; unsaved lines of the same one stay."""
        is_other = self._household.get("id") != household_id
        if self.has_unsaved() and not is_other:
            return
        if is_other:
            self._page = None
            self.grid.show_rows([])  # somebody chose to give up what was typed
        self._household = {**household, "id": household_id}
        self._people = tuple((str(m["id"]), str(m["name"])) for m in members if m.get("active", True))
        self.year.setValue(self._context.work.today().year)
        self.refresh()

    def refresh(self) -> None:
        """Read the list of accounts."""
        if not self._household:
            return
        work, household_id = self._context.work, str(self._household["id"])
        self._context.tasks.read(
            lambda _progress: incomes.list_accounts(work, household_id),
            owner=self,
            done=self._list,
            latest="accounts",
        )

    def has_unsaved(self) -> bool:
        """Whether lines were typed that are not saved, or one is being typed."""
        return self.grid.has_unsaved() or self.grid.is_typing()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self.account)
        head.addWidget(self.state)
        head.addStretch(1)
        head.addWidget(self.year)
        head.addWidget(self.add)
        foot = QHBoxLayout()
        foot.addWidget(self.told, 1)
        foot.addWidget(self.sign)
        foot.addWidget(self.save)
        self._holder.addWidget(self.grid)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 8, 0, 0)
        layout.addLayout(head)
        layout.addWidget(self.totals)
        layout.addLayout(self._holder, 1)
        layout.addWidget(self.empty, 1)
        layout.addLayout(foot)

    def _new_grid(self) -> LedgerGrid:
        self._offered = self._people
        line = INCOME_LINE
        columns = (
            GridColumn("subject_code", self.tr("科目"), 170, line["subject_code"]),
            GridColumn("person_id", self.tr("家庭成员"), 84, line["person_id"], self._people),
            GridColumn("qty", self.tr("数量"), 62, line["qty"]),
            GridColumn("unit_price", self.tr("单价（元）"), 92, line["unit_price"]),
            GridColumn("amount", self.tr("金额（元）"), 92, line["amount"]),
            GridColumn("evidence", self.tr("依据"), 92, line["evidence"]),
            GridColumn("note", self.tr("备注"), 120, line["note"]),
        )
        made = LedgerGrid(columns, self.tr("收支明细"), scale=self._context.settings.get(SCALE))
        made.edited.connect(self._add_up)
        self._context.signals.scaled.connect(made.set_scale)
        return made

    def _list(self, accounts: Sequence[Mapping[str, Any]]) -> None:
        if self.has_unsaved():
            return  # typed while the list was read; after saving it is read again
        kept = self.account.currentData()
        self.account.clear()
        for account in accounts:
            basis = show(INCOME_ACCOUNT["basis"], account["basis"])
            text = self.tr("{year} 年（{basis}）").format(year=account["income_year"], basis=basis)
            self.account.addItem(text, account["id"])
        found = self.account.findData(kept)
        self.account.setCurrentIndex(max(found, 0) if accounts else -1)
        self.account.setVisible(bool(accounts))
        if accounts:
            self._read()
        else:
            self._page = None
            self._fill((), "")
            self.told.clear()
        for part in (self.grid, self.totals, self.told, self.sign, self.save):
            part.setVisible(bool(accounts))
        self.empty.setVisible(not accounts)

    def _choose(self) -> None:
        """Another year, unless lines would be lost."""
        if self.has_unsaved() and self._page is not None:
            self.account.setCurrentIndex(self.account.findData(self._page.account["id"]))
            self._context.tell.note(self.tr("这一年的明细还没有保存，请先保存，再看别的年度。"))
            return
        self._read()

    def _read(self) -> None:
        work, account_id = self._context.work, self.account.currentData()
        self._context.tasks.read(
            lambda _progress: incomes.page(work, str(account_id)),
            owner=self,
            done=self._show,
            latest="account",
        )

    def _show(self, page: AccountPage) -> None:
        if self.has_unsaved():
            return  # typed meanwhile
        self._page = page
        status = str(page.account["status"])
        self.state.show_badge(Badge(status, Mood.PLAIN if status == incomes.DRAFT else Mood.GOOD))
        locked = (
            ""
            if status == incomes.DRAFT
            else self.tr("收支账已是“{status}”，不能再改。").format(status=status)
        )
        self._fill(page.lines, locked)
        gap = page.gap
        told = [page.explanation, page.unset]
        if gap is not None:
            claim = money.yuan(gap.amount) if gap.amount is not None else gap.judgement.refusal()
            told.append(self.tr("防贫险补差：{claim}").format(claim=claim))
        self.told.setText(" ".join(part for part in told if part))
        if self._is_new:  # the first line can be typed at once
            self._is_new = False
            self.grid.setFocus()
            self.grid.setCurrentIndex(self.grid.model_.index(0, 0))

    def _fill(self, lines: Sequence[Mapping[str, Any]], locked: str) -> None:
        if self._offered != self._people:
            self._replace_grid()
        rows = [GridRow(str(line["id"]), line, locked) for line in lines]
        open_now = not locked and self._page is not None
        rows += [GridRow(f"{_NEW}#{number}", {}) for number in range(BLANK if open_now else 0)]
        row, column = self._cell()
        self.grid.show_rows(rows)
        self.grid.setCurrentIndex(self.grid.model_.index(row, column))
        self.save.setEnabled(open_now)
        self.sign.setEnabled(open_now and bool(lines))
        self._add_up()

    def _cell(self) -> tuple[int, int]:
        """Row and column of the current cell, or of the one before saving."""
        at = self.grid.currentIndex()
        return (at.row(), at.column()) if at.isValid() else self._place

    def _replace_grid(self) -> None:
        """Other people can be chosen; the keyboard stays where it was."""
        had_keyboard = self.grid.hasFocus()
        fresh = self._new_grid()
        self._holder.replaceWidget(self.grid, fresh)
        fresh.setVisible(not self.grid.isHidden())
        self.grid.deleteLater()
        self.grid = fresh
        if had_keyboard:
            fresh.setFocus()

    def _begin(self) -> None:
        if self.has_unsaved():
            self._context.tell.note(self.tr("这一年的明细还没有保存，请先保存，再新建别的年度。"))
            return
        work, household_id, year = self._context.work, str(self._household.get("id", "")), self.year.value()
        if household_id:
            self._context.tasks.write(
                lambda _progress: incomes.record_account(work, household_id, {"income_year": year}, ()),
                owner=self,
                done=self._begun,
                failed=self._context.tell.error,
            )

    def _begun(self, saved: Saved) -> None:
        self.account.addItem("", saved.id)
        self.account.setCurrentIndex(self.account.count() - 1)
        self._context.tell.done(
            self.tr("已新建 {year} 年收支账，请填写明细。").format(year=self.year.value())
        )
        self._is_new = True
        self.refresh()

    def _lines(self) -> list[dict[str, Any]]:
        """Rows in which something stands."""
        return [
            {name: value for name, value in values.items() if value not in (None, "")}
            for _id, values in self.grid.model_.rows_now()
            if any(values.get(name) not in (None, "") for name in ("subject_code", "amount"))
        ]

    def save_lines(self) -> None:
        """Ctrl+S of the page, too."""
        self.grid.finish_typing()
        if self._page is None:
            return
        work, account_id, lines = self._context.work, str(self._page.account["id"]), self._lines()
        self._context.tasks.write(
            lambda _progress: incomes.change_account(work, account_id, {}, lines),
            owner=self,
            done=lambda saved: self._saved(saved, lines),
            failed=self._context.tell.error,
        )

    def _saved(self, saved: Saved, lines: Sequence[Mapping[str, Any]]) -> None:
        warnings = "；".join(problem.message for problem in saved.warnings)
        self._context.tell.done(self.tr("收支账已保存。") + warnings)
        if self._lines() == lines and not self.grid.is_typing():
            self._place = self._cell()
            self.grid.show_rows([])
            self.refresh()  # else somebody typed on meanwhile: that is for the next saving

    def _sign(self) -> None:
        if self._page is None or self.has_unsaved():
            self._context.tell.note(self.tr("请先保存再登记签字。"))
            return
        account_id = str(self._page.account["id"])
        self._context.tell.ask(
            self.tr("农户确认收支账并签字后，明细不能再改。现在登记签字吗？"),
            yes=self.tr("登记签字"),
            then=lambda: self._set_signed(account_id),
        )

    def _set_signed(self, account_id: str) -> None:
        work: Workspace = self._context.work
        self._context.tasks.write(
            lambda _progress: incomes.set_status(work, account_id, incomes.STATES[1]),
            owner=self,
            done=lambda _saved: self.refresh(),
            failed=self._context.tell.error,
        )

    def _add_up(self) -> None:
        """Totals of what stands in the grid now; lines that cannot be read yet are left out."""
        clear(self._figures)
        if self._page is None:
            return
        lines = [clean for line in self._lines() if (clean := _readable(line)) is not None]
        try:
            found = income_of(self._page.account, lines, income_subjects.shipped())
        except ValueError as error:
            self._figures.addWidget(label(str(error), "warn", wrap=True))
            return
        for title, fen in (
            (self.tr("纯收入"), found.net),
            (self.tr("人均纯收入"), found.per_capita),
            (self.tr("参考收入"), found.ref),
            (self.tr("人均参考收入"), found.ref_per_capita),
        ):
            self._figures.addWidget(label(f"{title} {money.yuan(fen)}", "heading"))
        self.totals.updateGeometry()


def _readable(line: Mapping[str, Any]) -> dict[str, Any] | None:
    """A typed line as the rule takes it; None while its subject or amount is not one."""
    try:
        subject = parse(INCOME_LINE["subject_code"], line.get("subject_code"))
        amount = parse(INCOME_LINE["amount"], line.get("amount"))
    except ValueError:
        return None
    if subject is None or amount is None:
        return None
    return {"subject_code": subject, "amount": amount, "counts": None}
