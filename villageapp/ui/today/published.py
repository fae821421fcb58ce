"""A publication of an office above: read on screen, then put away. Policies lead to the screen of policies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from villageapp.domain import dates
from villageapp.services import channel_items
from villageapp.ui.context import Context
from villageapp.ui.screens import POLICIES
from villageapp.ui.widgets.flow import button, label

if TYPE_CHECKING:
    from villageapp.services.channel_items import Publication

_POLICIES = "policies"
_CHARACTERS, _LINES = 34, 16
"""Size of the text, so that a notice of half a page is read without scrolling."""


def open_published(context: Context, parent: QWidget, target: str) -> None:
    """Read the publication ``channel/number`` and show it."""
    channel, _, number = target.partition("/")
    context.tasks.read(
        lambda _progress: channel_items.one(context.work, channel, int(number)),
        owner=parent,
        done=lambda found: PublishedDialog(context, parent, found).open(),
        failed=context.tell.error,
    )


class PublishedDialog(QDialog):
    """Enter puts it away as read; Escape leaves it unread."""

    def __init__(self, context: Context, parent: QWidget, found: Publication) -> None:
        super().__init__(parent)
        self._context, self._found = context, found
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("上级发布"))
        self.text = label(found.text or self._what_it_is(), wrap=True, selectable=True)
        self.text.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.done_button = button(self.tr("知道了"), self._read, role="primary")
        self.done_button.setDefault(True)
        self._lay_out()

    def _what_it_is(self) -> str:
        if self._found.kind == _POLICIES:
            return self.tr("政策已经装入政策口袋书，各户的政策匹配随之更新。")
        if self._found.kind:
            return self.tr("参数已经更新，期限、标准和提醒都按新的参数判断。")
        return self._found.title

    def _lay_out(self) -> None:
        found = self._found
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 16, 18, 14)
        layout.setSpacing(10)
        layout.addWidget(label(found.title, "title", wrap=True))
        layout.addWidget(label(self._origin(), "quiet", wrap=True))
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setAccessibleName(self.tr("内容"))
        scroll.setWidget(self.text)
        metrics = self.fontMetrics()
        scroll.setMinimumSize(metrics.horizontalAdvance("口") * _CHARACTERS, metrics.height() * _LINES // 3)
        layout.addWidget(scroll, 1)
        for trouble in found.troubles:
            layout.addWidget(label(self.tr("没有采用：{why}").format(why=trouble), "bad", wrap=True))
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        if found.kind == _POLICIES:
            buttons.addWidget(button(self.tr("看政策"), self._look))
        buttons.addWidget(button(self.tr("以后再看"), self.reject))
        buttons.addWidget(self.done_button)
        layout.addLayout(buttons)

    def _origin(self) -> str:
        found = self._found
        issued = dates.local_text(found.issued_at)[:10] if found.issued_at is not None else ""
        said = self.tr("{issuer} 第 {number} 号 {day}")
        return said.format(issuer=found.issuer, number=found.number, day=issued).strip()

    def _read(self) -> None:
        work, found = self._context.work, self._found
        self._context.tasks.write(
            lambda _progress: channel_items.read(work, found.channel, found.number),
            owner=self._context.tell,
            done=lambda _saved: None,
            failed=self._context.tell.error,
        )
        self.accept()

    def _look(self) -> None:
        self._read()
        self._context.signals.screen_asked.emit(POLICIES)
