"""Adding a member or changing one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from villageapp.domain.member import MEMBER
from villageapp.services import households
from villageapp.services.results import Saved
from villageapp.ui.context import Context
from villageapp.ui.preferences import SCALE
from villageapp.ui.widgets.flow import button
from villageapp.ui.widgets.record_form import RecordForm

FIELDS = (
    "name",
    "relation",
    "id_type",
    "id_no",
    "sex",
    "birth_date",
    "nation",
    "political",
    "phone",
    "education",
    "student_status",
    "school",
    "health",
    "disease_name",
    "disability_card_no",
    "labour",
    "working",
    "work_months",
    "work_place",
    "employer",
    "work_planned",
    "work_demand",
    "med_insurance_resident",
    "pension_resident",
    "family_doctor",
    "is_dibao",
    "is_tekun",
    "joined_on",
    "join_reason",
    "left_on",
    "left_reason",
    "note",
)
_WIDTH, _HEIGHT = 820, 640
"""Pixels at 100 %."""
_NEW: Mapping[str, Any] = {"id_type": "01", "nation": "汉族"}


class MemberDialog(QDialog):
    """One member. ``member`` is None for a new one."""

    def __init__(
        self, context: Context, household_id: str, member: Mapping[str, Any] | None, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._context = context
        self._household_id = household_id
        self._member_id = member["id"] if member is not None else ""
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        title = self.tr("修改成员") if member is not None else self.tr("添加成员")
        self.setWindowTitle(title)
        self.form = RecordForm(MEMBER, FIELDS, columns=2)
        self.form.set_values(member if member is not None else _NEW)
        self.save = button(self.tr("保存") + " (Ctrl+S)", self._save, role="primary")
        self.save.setShortcut("Ctrl+S")
        self._lay_out()

    def _lay_out(self) -> None:
        inner = QWidget()
        inner.setProperty("surface", "plain")
        rows = QVBoxLayout(inner)
        rows.setContentsMargins(12, 12, 16, 12)
        rows.addWidget(self.form)
        rows.addStretch(1)
        scroll = QScrollArea()
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # it follows the field that has the keyboard
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
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
        width = min(max(round(_WIDTH * scale), inner.minimumSizeHint().width() + 60), available.width() - 40)
        self.resize(width, min(round(_HEIGHT * scale), available.height() - 60))

    def _save(self) -> None:
        work, household_id, member_id = self._context.work, self._household_id, self._member_id
        changed = self.form.changed_values()
        if not member_id:
            values = self.form.values()
            self._write(lambda _progress: households.add_member(work, household_id, values))
        elif changed:
            seen = self.form.seen_values(tuple(changed))
            self._write(lambda _progress: households.change_member(work, member_id, changed, seen=seen))
        else:
            self.accept()

    def _write(self, work: Any) -> None:
        self.save.setEnabled(False)
        self._context.tasks.write(
            work,
            owner=self,
            done=self._on_saved,
            failed=lambda error: self._context.tell.error(error, self.form),
            ended=lambda: self.save.setEnabled(True),
        )

    def _on_saved(self, saved: Saved) -> None:
        name = self.form.values()["name"] or ""
        text = self.tr("已保存成员 {name}。").format(name=name)
        warnings = "；".join(problem.message for problem in saved.warnings)
        if warnings:
            text += self.tr("请核对：{warnings}").format(warnings=warnings)
        self._context.tell.done(text)
        self.accept()
