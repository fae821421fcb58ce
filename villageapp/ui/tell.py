"""The only place that says something to the person: status line, dialog, or beside the fields."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

import shiboken6
from PySide6.QtCore import QObject, QRegularExpression, Qt, Signal
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QMessageBox, QWidget

from villageapp.errors import (
    AlreadyDone,
    AppError,
    Cancelled,
    NotFound,
    Problem,
    SyncError,
    ValidationFailed,
    os_reason,
)

logger = logging.getLogger(__name__)
_WIDE = 30
"""Characters in a line of a dialog before it wraps."""
_WORDS = QRegularExpression("^qt_msgbox_(informative)?label$")
"""Names that Qt gives to the text and the details of a message box."""


class Tone(StrEnum):
    """How a line of the status bar is meant; shown by a word and a mark, not by colour alone."""

    DONE = "done"
    NOTE = "note"
    TROUBLE = "trouble"


@dataclass(frozen=True, slots=True)
class Notice:
    """One line for the status bar; ``undo`` offers to take the last action back."""

    text: str
    tone: Tone = Tone.NOTE
    undo: Callable[[], object] | None = None


class ShowsProblems(Protocol):
    """A form that can put problems beside its fields; returns those it has no place for."""

    def show_problems(self, problems: Sequence[Problem]) -> Sequence[Problem]:
        """Show each problem beside its field."""


class Tell(QObject):
    """Says what happened. Dialogs do not block: the answer comes through a callback."""

    said = Signal(object)
    """``Notice`` for the status line."""

    def __init__(self, window: QWidget | None = None) -> None:
        super().__init__(window)
        self._window = window
        self._boxes: list[QMessageBox] = []

    def set_window(self, window: QWidget) -> None:
        """The window over which dialogs appear."""
        self._window = window

    def done(self, text: str, *, undo: Callable[[], object] | None = None) -> None:
        """Something was finished; ``undo`` puts a button 撤销 into the status line."""
        self.said.emit(Notice(text, Tone.DONE, undo))

    def note(self, text: str) -> None:
        """Something worth knowing that asks for nothing."""
        self.said.emit(Notice(text, Tone.NOTE))

    def trouble(self, text: str) -> None:
        """Something did not work, but nothing has to be answered."""
        self.said.emit(Notice(text, Tone.TROUBLE))

    def error(self, error: Exception, form: ShowsProblems | None = None) -> None:
        """Show an error where its kind belongs; with ``form`` problems appear beside its fields."""
        match error:
            case Cancelled():
                return
            case ValidationFailed():
                self._validation(error, form)
            case NotFound() | AlreadyDone() | SyncError():
                self.trouble(error.line())
            case AppError():
                self._dialog(QMessageBox.Icon.Warning, error.message, error.remedy)
            case _:
                self._bug(error)

    def ask(
        self, question: str, *, yes: str, then: Callable[[], object], details: str = "", no: str = ""
    ) -> None:
        """Ask before something that cannot be taken back; ``then`` runs when the person agrees."""
        box = self._box(QMessageBox.Icon.Question, question, details)
        accept = box.addButton(yes, QMessageBox.ButtonRole.AcceptRole)
        refuse = box.addButton(no or self.tr("取消"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(refuse)
        box.setEscapeButton(refuse)
        box.buttonClicked.connect(lambda button: then() if button is accept else None)
        box.open()

    def _validation(self, error: ValidationFailed, form: ShowsProblems | None) -> None:
        left: Sequence[Problem] = error.problems
        if form is not None:
            left = form.show_problems(error.problems)
        shown = len(error.problems) - len(left)
        if shown:
            self.trouble(self.tr("没有保存：有 {count} 处需要改正，见红色提示。").format(count=shown))
        if left or not error.problems:
            text = "\n".join(problem.message for problem in left) or error.message
            self._dialog(QMessageBox.Icon.Warning, self.tr("没有保存，请先改正："), text)

    def _bug(self, error: Exception) -> None:
        places = [f"{frame.name}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
        logger.error("unexpected %s at %s", type(error).__name__, " > ".join(places))  # texts may name people
        box = self._box(
            QMessageBox.Icon.Critical,
            self.tr("程序遇到没有预料到的问题，这一步没有完成。"),
            self.tr(
                "已保存的内容没有受影响，可以继续使用。如再次出现，请把下面的详情告诉技术支持（不含个人信息）。"
            ),
        )
        box.setDetailedText("\n".join([type(error).__name__, *places]))
        keep = box.addButton(self.tr("保存错误报告…"), QMessageBox.ButtonRole.ActionRole)
        box.addButton(QMessageBox.StandardButton.Ok)
        box.buttonClicked.connect(lambda button: self._keep_report(error) if button is keep else None)
        box.open()

    def _keep_report(self, error: Exception) -> None:
        """Let the person choose a file for support; it holds versions and places in the program alone."""
        from villageapp.ui.help.error_report import write_report

        name, _kind = QFileDialog.getSaveFileName(
            self._window, self.tr("保存错误报告"), self.tr("驻村通错误报告.txt"), self.tr("文本文件 (*.txt)")
        )
        if not name:
            return
        try:
            write_report(error, Path(name))
        except OSError as failure:
            self.trouble(self.tr("错误报告没有保存：{why}").format(why=os_reason(failure)))
            return
        self.done(self.tr("错误报告已保存，其中不含个人信息。"))

    def _dialog(self, icon: QMessageBox.Icon, text: str, details: str) -> None:
        self._box(icon, text, details).open()

    def _box(self, icon: QMessageBox.Icon, text: str, details: str) -> QMessageBox:
        over = QApplication.activeModalWidget() or self._window
        box = QMessageBox(icon, self.tr("驻村通"), text, QMessageBox.StandardButton.NoButton, over)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setInformativeText(details)
        for part in box.findChildren(QLabel, _WORDS):  # as narrow as Qt lays them nobody likes to read
            part.setMinimumWidth(min(part.fontMetrics().horizontalAdvance("字") * _WIDE, _fits(part)))
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._boxes = [kept for kept in self._boxes if shiboken6.isValid(kept)]
        self._boxes.append(box)  # without a parent Python would delete it at once
        return box


def _fits(words: QLabel) -> int:
    """Pixels of the longest line, so that short questions stay small."""
    return max(words.fontMetrics().horizontalAdvance(line) for line in words.text().split("\n")) + 4
