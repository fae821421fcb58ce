"""A new measure: the household, the measure, and what its item has beside it (loan, post, training …)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from villageapp.domain.codes import code_list
from villageapp.domain.fields import Form
from villageapp.domain.measure import MEASURE
from villageapp.errors import Problem
from villageapp.services import cadres, measure_entries
from villageapp.services.measure_entries import DETAIL, Beginning, detail_fields, detail_form
from villageapp.services.results import Saved
from villageapp.ui.context import Context
from villageapp.ui.measures.household_input import HouseholdInput
from villageapp.ui.measures.words import item_choices
from villageapp.ui.preferences import SCALE
from villageapp.ui.widgets.field_inputs import ChoiceInput
from villageapp.ui.widgets.flow import button, clear, label
from villageapp.ui.widgets.record_form import RecordForm

NAMES = (
    "household_id",
    "item",
    "member_id",
    "title",
    "status",
    "year",
    "planned_on",
    "start_on",
    "end_on",
    "amount",
    "qty",
    "qty_unit",
    "department",
    "responsible_id",
    "risk_code",
    "expected_income",
    "note",
)


class MeasureDialog(QDialog):
    """Open it with ``open``; ``saved`` says that a measure was recorded.

    ``household`` is (id, name) where it is known already; ``values`` fill the form, e.g. the risk.
    """

    saved = Signal(object)

    def __init__(
        self,
        context: Context,
        parent: QWidget,
        *,
        household: tuple[str, str] | None = None,
        values: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(parent)
        self._context = context
        self._begun = ""
        self._named = ""
        self.detail: RecordForm | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("登记帮扶措施"))
        self.household = HouseholdInput(context, MEASURE["household_id"])
        self.form = self._make_form()
        self.form.set_values(
            {"status": measure_entries.RUNNING, "year": context.work.today().year, **(values or {})}
        )
        self.save = button(self.tr("保存 (Ctrl+S)"), self._save, role="primary")
        self.save.setShortcut("Ctrl+S")
        self._lay_out()
        self.form.edited.connect(self._on_edited)
        if household is not None:
            self.household.set_value(household)
        self._read_cadres()
        self._follow_household()
        self._follow_item()
        (self.household if household is None else self.form.input("item")).setFocus()

    def show_problems(self, problems: Sequence[Problem]) -> list[Problem]:
        """Beside the fields of the measure or of what belongs to it; returns those without a place."""
        own = [p for p in problems if not p.field.startswith(DETAIL)]
        others = [
            Problem(p.field.removeprefix(DETAIL), p.message, p.severity)
            for p in problems
            if p.field.startswith(DETAIL)
        ]
        left = self.form.show_problems(own)
        return left + (self.detail.show_problems(others) if self.detail is not None else others)

    def _make_form(self) -> RecordForm:
        return RecordForm(
            MEASURE,
            NAMES,
            columns=2,
            choices={"item": item_choices(), "member_id": (), "responsible_id": ()},
            inputs={"household_id": self.household},
        )

    def _lay_out(self) -> None:
        inner = QWidget()
        inner.setProperty("surface", "plain")
        rows = QVBoxLayout(inner)
        rows.setContentsMargins(12, 12, 16, 12)
        rows.setSpacing(10)
        self._hint = label("", "quiet", wrap=True)
        rows.addWidget(self.form)
        rows.addWidget(self._hint)
        self._more = QVBoxLayout()
        rows.addLayout(self._more)
        rows.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setAccessibleName(self.tr("帮扶措施的各项内容"))
        scroll.setWidget(inner)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(button(self.tr("取消"), self.reject))
        buttons.addWidget(self.save)
        layout = QVBoxLayout(self)
        layout.addWidget(scroll, 1)
        layout.addLayout(buttons)
        available = self.screen().availableGeometry()
        scale = self._context.settings.get(SCALE) / 100
        self.resize(
            min(round(820 * scale), available.width() - 40), min(round(640 * scale), available.height() - 80)
        )

    def _read_cadres(self) -> None:
        work = self._context.work
        self._context.tasks.read(
            lambda _progress: cadres.list_cadres(work), owner=self, done=self._show_cadres, latest="cadres"
        )

    def _show_cadres(self, people: list[dict[str, Any]]) -> None:
        self._choices("responsible_id", [(person["id"], person["name"]) for person in people])

    def _on_edited(self, name: str) -> None:
        if name == "household_id":
            self._follow_household()
        elif name == "item":
            self._follow_item()

    def _follow_household(self) -> None:
        household_id = self.household.value() or ""
        if household_id == self._begun:
            return
        self._begun = household_id
        self._choices("member_id", ())
        if not household_id:
            return
        work = self._context.work
        self._context.tasks.read(
            lambda _progress: measure_entries.beginning(work, household_id),
            owner=self,
            done=self._show_beginning,
            latest="beginning",
        )

    def _show_beginning(self, found: Beginning) -> None:
        self._choices("member_id", found.members)
        risks = code_list("CL_RISK").labels
        mark = self.tr("{risk}（本户风险）")
        own = [(code, mark.format(risk=risks.get(code, code))) for code in found.risks]
        rest = [(code, text) for code, text in risks.items() if code not in found.risks]
        self._choices("risk_code", [*own, *rest])

    def _choices(self, name: str, choices: Sequence[tuple[str, str]]) -> None:
        made = self.form.input(name)
        assert isinstance(made, ChoiceInput)
        made.set_choices(choices)

    def _follow_item(self) -> None:
        item = str(self.form.input("item").value() or "")
        self._name_measure(item)
        wanted = detail_form(item)
        if (self.detail.form if self.detail is not None else None) is wanted:
            return
        clear(self._more)
        self.detail = None
        if wanted is not None:
            self._show_detail(wanted)

    def _name_measure(self, item: str) -> None:
        """The item's name stands for the content until somebody writes another."""
        text = code_list("CL_MEASURE_ITEM").labels.get(item, "")
        written = self.form.input("title").value() or ""
        if text and written in ("", self._named):
            self.form.input("title").set_value(text)
            self._named = text
        person = self.tr("这类措施须选择享受人。") if measure_entries.needs_person(item) else ""
        self._hint.setText(person)
        self._hint.setVisible(bool(person))

    def _show_detail(self, form: Form) -> None:
        self.detail = RecordForm(form, detail_fields(form), columns=2)
        self._more.addWidget(label(form.title, "heading"))
        self._more.addWidget(self.detail)

    def _save(self) -> None:
        household_id = self.household.value()
        if household_id is None:
            self.form.show_problems([Problem("household_id", self.tr("请先输入并选定一户"))])
            return
        raw = {name: value for name, value in self.form.values().items() if name != "household_id"}
        detail = self.detail.values() if self.detail is not None else None
        work = self._context.work
        self.save.setEnabled(False)
        self._context.tasks.write(
            lambda _progress: measure_entries.record(work, household_id, raw, detail),
            owner=self,
            done=self._on_saved,
            failed=lambda error: self._context.tell.error(error, self),
            ended=lambda: self.save.setEnabled(True),
        )

    def _on_saved(self, saved: Saved) -> None:
        odd = "；".join(problem.message for problem in saved.warnings)
        self._context.tell.done(self.tr("措施已登记。") + (self.tr("请核对：") + odd if odd else ""))
        self.saved.emit(saved)
        self.accept()
