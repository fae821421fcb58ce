"""可能重复登记的人: two records beside each other; 合并 or 不是同一人."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from villageapp.domain import id_card
from villageapp.services import duplicates, merging
from villageapp.services.results import Saved
from villageapp.ui.context import Context
from villageapp.ui.households.columns import short_group
from villageapp.ui.widgets.flow import FlowLayout, button, clear, label

if TYPE_CHECKING:
    from villageapp.services.duplicates import Proposal, Side

_Write = Callable[[], Saved]
SHOWN = 20
"""Proposals shown at once; the next ones follow as these are decided."""


class DuplicatesCard(QFrame):
    """Hidden while nobody seems to be registered twice."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self.setProperty("surface", "card")
        self.heading = label("", "heading")
        self._rows = QVBoxLayout()
        self._rows.setSpacing(10)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 14, 18, 14)
        layout.addWidget(self.heading)
        text = self.tr("合并后保留左边的一条，右边的内容并入，两边的历史都在，可以撤销。")
        layout.addWidget(label(text, "quiet", wrap=True))
        layout.addLayout(self._rows)
        self.hide()

    def refresh(self) -> None:
        """Look for them in the background."""
        work = self._context.work
        self._context.tasks.read(
            lambda _progress: duplicates.proposals(work), owner=self, done=self._show, latest="duplicates"
        )

    def _show(self, found: Sequence[Proposal]) -> None:
        clear(self._rows)
        self.heading.setText(self.tr("可能重复登记的人（{count}）").format(count=len(found)))
        for proposal in found[:SHOWN]:
            self._rows.addWidget(self._row(proposal))
        self.setVisible(bool(found))

    def _row(self, proposal: Proposal) -> QWidget:
        row, people = QWidget(), QWidget()
        line = FlowLayout(people, spacing=8)  # names and type sizes differ: what does not fit goes below
        for side in (proposal.first, proposal.second):
            line.addWidget(self._side(side))
        join = button(self.tr("合并"), lambda: self._merge(proposal))
        part = button(self.tr("不是同一人"), lambda: self._different(proposal))
        for one in (join, part):
            one.setAccessibleName(f"{one.text()}：{proposal.first.name}")
            line.addWidget(one)
        both = QVBoxLayout(row)
        both.setContentsMargins(0, 0, 0, 0)
        both.setSpacing(4)
        both.addWidget(label(f"! {proposal.reason}", "warn", wrap=True))
        both.addWidget(people)
        return row

    def _side(self, side: Side) -> QWidget:
        number = id_card.masked(side.id_no) if side.id_no else self.tr("无证件号码")
        words = self.tr("{name}（{head}家 {group}）\n{number}").format(
            name=side.name, head=side.head_name, group=short_group(side.group), number=number
        )
        return button(
            words, lambda: self._context.signals.household_asked.emit(side.household_id), role="flat"
        )

    def _merge(self, proposal: Proposal) -> None:
        work = self._context.work
        self._write(
            lambda: merging.merge(work, "member", proposal.first.id, proposal.second.id),
            self.tr("已合并为一人，可以撤销。"),
        )

    def _different(self, proposal: Proposal) -> None:
        work = self._context.work
        self._write(
            lambda: merging.different(work, "member", proposal.first.id, proposal.second.id),
            self.tr("已记下不是同一人，以后不再提示。"),
        )

    def _write(self, work: _Write, said: str) -> None:
        self._context.tasks.write(lambda _progress: work(), owner=self, done=lambda _saved: self._done(said))

    def _done(self, said: str) -> None:
        self._context.tell.done(said)
        self.refresh()
