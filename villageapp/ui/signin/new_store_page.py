"""Making a store: village, own name, passphrase; then the recovery code, shown once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from villageapp.domain import codes
from villageapp.domain.village import place_of
from villageapp.errors import AppError, NotFound
from villageapp.paths import DataDir
from villageapp.progress import Progress
from villageapp.ui.signin.recovery_page import RecoveryPage
from villageapp.ui.tasks import TaskRunner
from villageapp.ui.widgets.flow import button, label, set_role

if TYPE_CHECKING:
    from villageapp.services.workspace import NewWorkspace

_CODE_LENGTH = 12


@dataclass(frozen=True, slots=True)
class _Answers:
    """What the page asks for."""

    village_code: str
    village_name: str
    user_name: str
    role: str
    passphrase: str


def make_store(data_dir: DataDir, answers: _Answers, progress: Progress) -> NewWorkspace:
    """On a worker: make the store. Raises what ``init_workspace`` raises; nothing is left behind then."""
    from villageapp.services.workspace import init_workspace

    progress.step(0, 0, "正在建库")
    return init_workspace(
        data_dir,
        village_code=answers.village_code,
        village_name=answers.village_name,
        user_name=answers.user_name,
        role=answers.role,
        passphrase=answers.passphrase,
    )


class NewStorePage(QStackedWidget):
    """Two steps: the questions, then the recovery code to be copied down."""

    opened = Signal(object)
    left = Signal()
    """Back to the first page."""

    def __init__(self, data_dir: DataDir, tasks: TaskRunner) -> None:
        super().__init__()
        self._data_dir = data_dir
        self._tasks = tasks
        self.village_code = self._line(self.tr("区划代码（12 位）"), _CODE_LENGTH)
        self.village_name = self._line(self.tr("村名"), 40)
        self.user_name = self._line(self.tr("您的姓名"), 20)
        self.role = QComboBox()
        self.role.setAccessibleName(self.tr("帮扶角色"))
        for code, text in codes.code_list("CL_CADRE_ROLE").labels.items():
            self.role.addItem(text, code)
        self.passphrase = self._line(self.tr("口令"), 200, secret=True)
        self.again = self._line(self.tr("再输一遍口令"), 200, secret=True)
        self.place = label("", "quiet", wrap=True)
        self.reason = label("", "problem", wrap=True)
        self.make = button(self.tr("建库"), self._create, role="primary")
        self.addWidget(self._questions())
        self.village_code.textChanged.connect(self._check_code)

    def focus_first(self) -> None:
        """Start at the village code."""
        self.village_code.setFocus()

    def may_leave(self) -> bool:
        """Whether closing now loses nothing: no recovery code is shown that was not copied down."""
        page = self.currentWidget()
        return not isinstance(page, RecoveryPage) or page.tick.isChecked()

    def remind(self) -> None:
        """Say what is still to be done."""
        page = self.currentWidget()
        if isinstance(page, RecoveryPage):
            page.remind()

    def _line(self, name: str, longest: int, *, secret: bool = False) -> QLineEdit:
        line = QLineEdit()
        line.setAccessibleName(name)
        line.setMaxLength(longest)
        if secret:
            line.setEchoMode(QLineEdit.EchoMode.Password)
        line.textEdited.connect(lambda _text: self.reason.hide())
        line.returnPressed.connect(self.focusNextChild)
        return line

    def _questions(self) -> QWidget:
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(label(self.tr("新建数据库"), "heading"))
        form = QFormLayout()
        form.setSpacing(8)
        form.addRow(self.tr("区划代码"), self.village_code)
        form.addRow("", self.place)
        form.addRow(self.tr("行政村"), self.village_name)
        form.addRow(self.tr("您的姓名"), self.user_name)
        form.addRow(self.tr("帮扶角色"), self.role)
        form.addRow(self.tr("口令"), self.passphrase)
        form.addRow(self.tr("再输一遍"), self.again)
        form.addRow(
            "", label(self.tr("口令至少 8 个字符；没有口令和恢复码，谁也打不开数据。"), "quiet", wrap=True)
        )
        layout.addLayout(form)
        layout.addWidget(self.reason)
        self.reason.hide()
        self.village_code.setPlaceholderText(self.tr("12 位数字，前 9 位是乡镇代码"))
        self.village_name.setPlaceholderText(self.tr("例如 示范村"))
        layout.addStretch(1)
        row = QHBoxLayout()
        row.addWidget(button(self.tr("返回"), self.left.emit))
        row.addStretch(1)
        row.addWidget(self.make)
        layout.addLayout(row)
        self._check_code("")
        return page

    def _check_code(self, typed: str) -> None:
        """Name the place while the code is typed, so that a wrong digit is seen at once."""
        typed = typed.strip()
        set_role(self.place, "quiet")
        if len(typed) < _CODE_LENGTH:
            self.place.setText(
                self.tr("还差 {count} 位").format(count=_CODE_LENGTH - len(typed)) if typed else ""
            )
            return
        try:
            place = place_of(typed)
        except NotFound as error:
            set_role(self.place, "problem")
            self.place.setText(f"✕ {error.message}")
            return
        set_role(self.place, "good")
        self.place.setText(f"✓ {place.city} {place.county} {place.town}")

    def _create(self) -> None:
        answers = _Answers(
            self.village_code.text().strip(),
            self.village_name.text().strip(),
            self.user_name.text().strip(),
            str(self.role.currentData()),
            self.passphrase.text(),
        )
        problem = self._problem_of(answers)
        if problem is not None:
            self._refuse(*problem)
            return
        self._set_busy(True)
        self._tasks.write(
            lambda progress: make_store(self._data_dir, answers, progress),
            owner=self,
            done=self._on_made,
            failed=self._on_failed,
        )

    def _problem_of(self, answers: _Answers) -> tuple[QWidget, str] | None:
        checks: tuple[tuple[bool, QWidget, str], ...] = (
            (len(answers.village_code) != _CODE_LENGTH, self.village_code, self.tr("请填写 12 位区划代码。")),
            (not answers.village_name, self.village_name, self.tr("请填写行政村名称。")),
            (not answers.user_name, self.user_name, self.tr("请填写您的姓名。")),
            (not answers.passphrase, self.passphrase, self.tr("请设定口令。")),
            (
                answers.passphrase != self.again.text(),
                self.again,
                self.tr("两遍口令不一样，请重新输入第二遍。"),
            ),
        )
        return next(((widget, text) for wrong, widget, text in checks if wrong), None)

    def _refuse(self, widget: QWidget, text: str) -> None:
        self.reason.setText(f"✕ {text}")
        self.reason.show()
        widget.setFocus()

    def _on_failed(self, error: Exception) -> None:
        self._set_busy(False)
        text = (
            error.line()
            if isinstance(error, AppError)
            else self.tr("没有建成，遇到没有预料到的问题（{kind}）。").format(kind=type(error).__name__)
        )
        self._refuse(self.make, text)

    def _set_busy(self, busy: bool) -> None:
        self.make.setEnabled(not busy)
        self.make.setText(self.tr("正在建库…") if busy else self.tr("建库"))

    def _on_made(self, made: Any) -> None:
        page = RecoveryPage(made.recovery_code, self.village_name.text().strip())
        page.copied_down.connect(lambda: self.opened.emit(made.work))
        self.setCurrentIndex(self.addWidget(page))
        page.focus_first()
