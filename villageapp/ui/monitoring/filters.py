"""Search line and chips above board and list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QCoreApplication

from villageapp.services.case_board import BoardCard, Stage
from villageapp.ui.monitoring import words
from villageapp.ui.widgets.filters import FilterChip, FilterLine, entries

_OVERDUE, _SOON = "overdue", "soon"
_PLACE = "monitoring"


class CaseFilters(FilterLine):
    """What board and list are narrowed to; everything is in memory."""

    def __init__(self) -> None:
        tr = QCoreApplication.translate
        self.group = FilterChip(tr(_PLACE, "组"), [])
        self.category = FilterChip(tr(_PLACE, "类别"), entries("CL_MON_CAT")[1:])
        near = tr(_PLACE, "已超期或 {days} 天内").format(days=words.SOON)
        self.due = FilterChip(tr(_PLACE, "期限"), [(tr(_PLACE, "已超期"), _OVERDUE), (near, _SOON)])
        self.closed = FilterChip(
            tr(_PLACE, "结案"), [(tr(_PLACE, "只看未结案"), False), (tr(_PLACE, "只看已结案"), True)]
        )
        super().__init__(
            tr(_PLACE, "户主姓名、拼音首字母、风险"),
            tr(_PLACE, "筛选监测线索和案卷"),
            (self.group, self.category, self.due, self.closed),
        )

    def kept(self, cards: Iterable[BoardCard]) -> list[BoardCard]:
        """The cards that pass."""
        said = self.search.text().lower().split()
        return [card for card in cards if self._fits(card) and all(word in _text(card) for word in said)]

    def offer_groups(self, names: Sequence[str]) -> None:
        """The groups that have a clue or a case."""
        self.group.set_choices([(name, name) for name in names])

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


def _text(card: BoardCard) -> str:
    parts = (card.head_name, card.group_name, words.risks_text(card.risks), card.due_text, card.keys)
    return f"{' '.join(parts)} {words.state_text(card.state)}".lower()
