"""Search line and chips above board and list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from villageapp.domain.codes import code_list
from villageapp.services.case_board import BoardCard, Stage
from villageapp.ui import theme
from villageapp.ui.households.filter_bar import TYPING_MS, FilterChip
from villageapp.ui.monitoring import words
from villageapp.ui.widgets.flow import FlowLayout, button

_OVERDUE, _SOON = "overdue", "soon"


class CaseFilters(QWidget):
    """What board and list are narrowed to; everything is in memory."""

    altered = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("户主姓名、拼音首字母、风险"))
        self.search.setAccessibleName(self.tr("筛选监测线索和案卷"))
        self.search.setClearButtonEnabled(True)
        self.search.setMaxLength(60)
        self.search.addAction(
            theme.icon("search", theme.COLOURS.quiet), QLineEdit.ActionPosition.LeadingPosition
        )
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(TYPING_MS)
        self._pause.timeout.connect(self.altered)
        self.search.textChanged.connect(lambda _text: self._pause.start())
        self.group = FilterChip(self.tr("组"), [])
        categories = list(code_list("CL_MON_CAT").labels.items())[1:]
        self.category = FilterChip(self.tr("类别"), [(text, code) for code, text in categories])
        near = self.tr("已超期或 {days} 天内").format(days=words.SOON)
        self.due = FilterChip(self.tr("期限"), [(self.tr("已超期"), _OVERDUE), (near, _SOON)])
        self.closed = FilterChip(
            self.tr("结案"), [(self.tr("只看未结案"), False), (self.tr("只看已结案"), True)]
        )
        self.clear = button(self.tr("清除筛选"), self.reset, role="flat")
        self.clear.hide()
        self._chips = (self.group, self.category, self.due, self.closed)
        self._lay_out()

    def kept(self, cards: Iterable[BoardCard]) -> list[BoardCard]:
        """The cards that pass."""
        said = self.search.text().lower().split()
        return [card for card in cards if self._fits(card) and all(word in _text(card) for word in said)]

    def offer_groups(self, names: Sequence[str]) -> None:
        """The groups that have a clue or a case."""
        self.group.set_choices([(name, name) for name in names])

    def is_narrowed(self) -> bool:
        """Whether anything is filtered."""
        return bool(self.search.text().strip()) or any(chip.value is not None for chip in self._chips)

    def reset(self) -> None:
        """Show everything again."""
        self.search.clear()
        for chip in self._chips:
            chip.choose(None)
        self._on_picked()

    def _fits(self, card: BoardCard) -> bool:
        group, category, due, closed = (chip.value for chip in self._chips)
        left = card.days_left
        return (
            group in (None, card.group_name)
            and category in (None, card.category)
            and (due != _OVERDUE or (left is not None and left < 0))
            and (due != _SOON or (left is not None and left <= words.SOON))
            and closed in (None, card.stage is Stage.CLOSED)
        )

    def _lay_out(self) -> None:
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        layout.addWidget(self.search, 2, Qt.AlignmentFlag.AlignTop)
        row = QWidget()
        flow = FlowLayout(row, spacing=6)
        for chip in self._chips:
            chip.picked.connect(self._on_picked)
            flow.addWidget(chip)
        flow.addWidget(self.clear)
        layout.addWidget(row, 3)

    def _on_picked(self) -> None:
        self.clear.setVisible(any(chip.value is not None for chip in self._chips))
        self._pause.stop()
        self.altered.emit()


def _text(card: BoardCard) -> str:
    parts = (card.head_name, card.group_name, words.risks_text(card.risks), card.due_text, card.keys)
    return f"{' '.join(parts)} {words.state_text(card.state)}".lower()
