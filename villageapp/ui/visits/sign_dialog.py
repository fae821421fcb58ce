"""Signing a visit: what is signed stands above the field to sign in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from villageapp.domain.fields import Kind, parse, show
from villageapp.domain.papers import SIGNATURE
from villageapp.domain.visit import VISIT
from villageapp.services.visit_rules import HEADER
from villageapp.ui.widgets.flow import button, label
from villageapp.ui.widgets.signature_pad import SignaturePad

_SHOWN_HEADER = ("started_at", "result")
_SUMMARY_LINES = 6
_WIDTH, _HEIGHT = 46, 36
"""In characters."""


class SignDialog(QDialog):
    """``signed`` with the signer's name and the image (PNG)."""

    signed = Signal(str, bytes)

    def __init__(self, role: str, signer: str, summary: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("{role}签字").format(role=role))
        self.summary = label(summary, wrap=True, selectable=True)
        self.summary.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.summary.setContentsMargins(8, 6, 8, 6)
        self.name = QLineEdit(signer)
        self.name.setMaxLength(SIGNATURE["signer"].max_length)
        self.name.setAccessibleName(self.tr("签字人姓名"))
        self.pad = SignaturePad(self.tr("签字区"))
        self.problem = label("", "problem", wrap=True)
        self.clear_button = button(self.tr("清除重签"), self.pad.clear)
        self.back_button = button(self.tr("退一笔"), self.pad.take_back)
        self.ok_button = button(self.tr("签好了"), self._finish, role="primary")
        self._lay_out()
        self.pad.changed.connect(self._follow)
        self.name.setFocus()
        QShortcut(QKeySequence.StandardKey.Undo, self, self.pad.take_back)
        self._follow()

    def _lay_out(self) -> None:
        area = QScrollArea()
        area.setWidget(self.summary)
        area.setWidgetResizable(True)
        area.setAccessibleName(self.tr("所签内容"))
        area.setFixedHeight(self.fontMetrics().lineSpacing() * _SUMMARY_LINES + 16)
        who, buttons = QHBoxLayout(), QHBoxLayout()
        named = QLabel(self.tr("签字人"))
        named.setBuddy(self.name)
        who.addWidget(named)
        who.addWidget(self.name, 1)
        for part in (self.clear_button, self.back_button):
            buttons.addWidget(part)
        buttons.addStretch(1)
        buttons.addWidget(button(self.tr("取消"), self.reject))
        buttons.addWidget(self.ok_button)
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        layout.addWidget(
            label(self.tr("请签字人核对下面的内容，再签字。签字后改动内容，签字即作废。"), wrap=True)
        )
        layout.addWidget(area)
        layout.addLayout(who)
        layout.addWidget(self.pad, 1)
        layout.addWidget(self.problem)
        layout.addLayout(buttons)
        self.problem.hide()
        character, screen = self.fontMetrics().horizontalAdvance("口"), self.screen().availableGeometry()
        self.resize(
            min(character * _WIDTH, screen.width() - 60), min(character * _HEIGHT, screen.height() - 80)
        )

    def _follow(self) -> None:
        has_ink = self.pad.stroke_count() > 0
        self.clear_button.setEnabled(has_ink)
        self.back_button.setEnabled(has_ink)
        self.problem.hide()

    def _finish(self) -> None:
        if not self.name.text().strip():
            self._say(self.tr("请写明签字人姓名。"))
            self.name.setFocus()
        elif self.pad.is_empty():
            self._say(self.tr("还没有签字，请在上面的框里写名字。"))
        else:
            self.signed.emit(self.name.text().strip(), self.pad.image())
            self.accept()

    def _say(self, text: str) -> None:
        self.problem.setText(text)
        self.problem.show()


def said_text(values: Mapping[str, Any], measures: Mapping[str, str]) -> str:
    """What a visit says so far, one answer after the other; ``measures`` are titles by id."""
    lines = []
    for name, value in values.items():
        if value is None or name not in VISIT.by_name or (name in HEADER and name not in _SHOWN_HEADER):
            continue
        field = VISIT[name]
        if field.kind is Kind.ROWS:
            lines += [f"{measures.get(row['measure_id'], '')}：{row['status']}" for row in value]
            continue
        try:
            said = show(field, parse(field, value))
        except ValueError:  # half-typed; saving says so beside the field
            said = str(value)
        lines.append(f"{field.label}：{said}")
    return "；".join(lines) or QCoreApplication.translate("visits", "（还没有填写内容）")
