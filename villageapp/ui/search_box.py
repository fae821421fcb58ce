"""The search box at the top: finds people and households while typing; Ctrl+K from anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QListWidget, QListWidgetItem

from villageapp.domain import pinyin
from villageapp.services import finding, search
from villageapp.ui import theme
from villageapp.ui.context import Context
from villageapp.ui.screens import POLICIES, PROBLEMS

if TYPE_CHECKING:
    from villageapp.services.finding import Found
    from villageapp.services.search import Hit
    from villageapp.ui.tasks import Job

SHOWN = 12
"""Most results in the popup."""
_COMMAND = "command"
_SCREEN_OF = {finding.PROBLEM: PROBLEMS, finding.POLICY: POLICIES}


@dataclass(frozen=True, slots=True)
class Command:
    """Something to go to or to do, found by its title or its pinyin initials."""

    key: str
    title: str


class SearchBox(QLineEdit):
    """Type a name, pinyin initials, the end of an ID number, a phone or household number."""

    picked = Signal(str)
    """Household id of the chosen result."""
    record_picked = Signal(str, str)
    """Screen key and record id of a chosen problem item or policy."""
    command_picked = Signal(str)
    """Key of the chosen command."""

    def __init__(self, context: Context, commands: Sequence[Command] = ()) -> None:
        """``commands`` are what a person can go to or do by typing its name."""
        super().__init__()
        self._context = context
        self._commands = tuple(commands)
        self._preparing: Job | None = None
        self.setPlaceholderText(
            self.tr("找人、户、问题、政策、功能：姓名、拼音首字母、证件后四位、电话（Ctrl+K）")
        )
        self.setAccessibleName(self.tr("搜索农户、人员、问题、政策和功能"))
        self.setClearButtonEnabled(True)
        self.setMaxLength(60)
        self.addAction(theme.icon("search", theme.COLOURS.quiet), QLineEdit.ActionPosition.LeadingPosition)
        self.popup = QListWidget(self.window())
        self.popup.setWindowFlags(Qt.WindowType.ToolTip)
        self.popup.setObjectName("searchPopup")
        self.popup.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.popup.setAccessibleName(self.tr("搜索结果"))
        self.popup.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.popup.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.popup.itemClicked.connect(self._pick)
        self.textEdited.connect(self._find)
        self.destroyed.connect(self.popup.deleteLater)
        self.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrow keys walk through the results, Enter takes one, Escape puts them away."""
        if event.type() == QEvent.Type.FocusIn:
            self._prepare()
        if event.type() == QEvent.Type.FocusOut:
            self.popup.hide()
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and self.popup.isVisible():
            return self._on_key(event)
        return super().eventFilter(watched, event)

    def _on_key(self, event: QKeyEvent) -> bool:
        key = event.key()
        if key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            row = self.popup.currentRow() + (1 if key == Qt.Key.Key_Down else -1)
            self.popup.setCurrentRow(min(max(row, 0), self.popup.count() - 1))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._pick(self.popup.currentItem())
        elif key == Qt.Key.Key_Escape:
            self.popup.hide()
        else:
            return False
        return True

    def _prepare(self) -> None:
        """In a large store the search looks through an index, which may have to be made or made anew."""
        if self._preparing is None or not self._preparing.is_running:
            work = self._context.work
            self._preparing = self._context.tasks.read(
                lambda progress: search.prepare(work, progress), owner=self, done=lambda _none: None
            )

    def _find(self, text: str) -> None:
        if not text.strip():
            self.popup.hide()
            return
        work = self._context.work
        self._context.tasks.read(
            lambda _progress: finding.find(work, text, SHOWN),
            owner=self,
            done=lambda found: self._show(text, found),
            latest="find",
        )

    def _show(self, text: str, found: Sequence[Found]) -> None:
        if not self.hasFocus() and not self.popup.isVisible():
            return
        self.popup.clear()
        commands = self._commands_for(text)
        named = [
            c for c in commands if _names(c, text)
        ]  # its whole name was typed: before what merely contains it
        self._add_commands(named)
        for one in found:
            self._add(self._line(one), (one.kind, one.id, one.household_id))
        self._add_commands([c for c in commands if c not in named])
        if not self.popup.count():
            item = QListWidgetItem(self.tr("没有找到。可试姓名的拼音首字母，如 zsf。"))
            item.setFlags(Qt.ItemFlag.NoItemFlags)
            self.popup.addItem(item)
            self.popup.setCurrentRow(-1)
        else:
            self.popup.setCurrentRow(0)
        self._place()

    def _add_commands(self, commands: Sequence[Command]) -> None:
        for command in commands:
            self._add(self.tr("打开：{title}").format(title=command.title), (_COMMAND, command.key, ""))

    def _add(self, words: str, target: tuple[str, str, str]) -> None:
        item = QListWidgetItem(words)
        item.setData(Qt.ItemDataRole.UserRole, target)
        self.popup.addItem(item)

    def _commands_for(self, text: str) -> list[Command]:
        query = pinyin.normalise_query(text)
        if len(query) < 2:
            return []
        found = [c for c in self._commands if query in c.title or pinyin.initials(c.title).startswith(query)]
        return found[:4]

    def _line(self, found: Found) -> str:
        if found.hit is not None:
            return self._words(found.hit)
        if found.kind == finding.PROBLEM:
            whose = self.tr("（{head}家）").format(head=found.detail) if found.detail else ""
            return self.tr("问题：{title}{whose}").format(title=found.title, whose=whose)
        note = f" · {found.detail}" if found.detail else ""
        return self.tr("政策：{title}{note}").format(title=found.title, note=note)

    def _words(self, hit: Hit) -> str:
        group = f" · {hit.group}" if hit.group else ""
        why = f" · {hit.why}" if hit.why else ""
        if hit.name and hit.name != hit.head_name:
            return self.tr("{name}（{head}家）{group}{why}").format(
                name=hit.name, head=hit.head_name, group=group, why=why
            )
        return self.tr("{head}（户主）{group}{why}").format(head=hit.head_name, group=group, why=why)

    def _place(self) -> None:
        rows = max(1, self.popup.count())
        self.popup.setFixedSize(max(self.width(), 460), rows * max(24, self.popup.sizeHintForRow(0)) + 4)
        self.popup.move(self.mapToGlobal(QPoint(0, self.height() + 2)))
        self.popup.show()

    def _pick(self, item: QListWidgetItem | None) -> None:
        target = item.data(Qt.ItemDataRole.UserRole) if item is not None else None
        if not target:
            return
        kind, record_id, household_id = target
        self.popup.hide()
        self.clear()
        if kind == _COMMAND:
            self.command_picked.emit(record_id)
        elif kind == finding.PERSON:
            self.picked.emit(household_id)
        else:
            self.record_picked.emit(_SCREEN_OF[kind], record_id)


def _names(command: Command, text: str) -> bool:
    """Whether the title or its initials were typed in full."""
    return pinyin.normalise_query(text) in (command.title, pinyin.initials(command.title))
