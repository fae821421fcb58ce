"""Joining the provincial server with the one-time code that the county hands out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFormLayout, QFrame, QHBoxLayout, QLineEdit, QVBoxLayout

from villageapp.errors import AppError
from villageapp.services import enrolling
from villageapp.ui.context import Context
from villageapp.ui.widgets.flow import button, label

if TYPE_CHECKING:
    from villageapp.services.enrolling import Enrolled


class EnrolForm(QFrame):
    """Address and code; a refusal stands under the fields."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self.setProperty("surface", "card")
        self.server = QLineEdit()
        self.server.setPlaceholderText("https://…")
        self.server.setAccessibleName(self.tr("服务器地址"))
        self.server.setMaxLength(200)
        self.code = QLineEdit()
        self.code.setPlaceholderText(self.tr("县里发的一次性登记码"))
        self.code.setAccessibleName(self.tr("登记码"))
        self.code.setMaxLength(40)
        self.reason = label("", "problem", wrap=True, selectable=True)
        self.reason.hide()
        self.join = button(self.tr("接入服务器"), self._enrol, role="primary")
        for line in (self.server, self.code):
            line.textEdited.connect(lambda _text: self.reason.hide())
        self.server.returnPressed.connect(self.code.setFocus)
        self.code.returnPressed.connect(self._enrol)
        self.setFocusProxy(self.server)
        self._lay_out()

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 18, 18, 18)
        layout.setSpacing(10)
        layout.addWidget(label(self.tr("接入省级服务器"), "heading"))
        form = QFormLayout()
        form.setSpacing(8)
        form.addRow(self.tr("服务器地址"), self.server)
        form.addRow(self.tr("登记码"), self.code)
        layout.addLayout(form)
        layout.addWidget(self.reason)
        row = QHBoxLayout()
        row.addWidget(self.join)
        row.addStretch(1)
        layout.addLayout(row)

    def _enrol(self) -> None:
        if not self.join.isEnabled():
            return
        work, server, code = self._context.work, self.server.text().strip(), self.code.text().strip()
        if not server or not code:
            self._refuse(self.tr("请填写服务器地址和登记码。"))
            return
        self._set_busy(True)
        self._context.tasks.sync(
            lambda _progress: enrolling.enrol(work, server, code),
            owner=self,
            done=self._on_enrolled,
            failed=self._on_failed,
            ended=lambda: self._set_busy(False),
        )

    def _on_enrolled(self, enrolled: Enrolled) -> None:
        self.code.clear()
        joined = self.tr("已接入 {server}，开始同步。").format(server=enrolled.server)
        self._context.tell.done(joined + enrolled.note)
        self._context.signals.sync_asked.emit()

    def _on_failed(self, error: Exception) -> None:
        if isinstance(error, AppError):
            self._refuse(error.line())
        else:
            self._context.tell.error(error)

    def _refuse(self, text: str) -> None:
        self.reason.setText(f"✕ {text}")
        self.reason.show()

    def _set_busy(self, busy: bool) -> None:
        self.join.setEnabled(not busy)
        self.join.setText(self.tr("正在接入…") if busy else self.tr("接入服务器"))
