"""Whose visit this is: name, group, stamps, telephone, members, last visit."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from villageapp.ui.visits import words
from villageapp.ui.visits.reading import FormStart
from villageapp.ui.widgets.badge import BadgeLabel
from villageapp.ui.widgets.flow import label

_BADGES = 2


class HouseholdStrip(QFrame):
    """Stays above the form while it scrolls."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("surface", "plain")
        self.name = label("", "title")
        self.place = label("", "quiet")
        self.phone = label("", "quiet", selectable=True)
        self.members = label("", wrap=True)
        self.last = label("", "quiet")
        self._badges = [BadgeLabel() for _ in range(_BADGES)]
        first, second = QHBoxLayout(), QHBoxLayout()
        first.setSpacing(10)
        second.setSpacing(24)
        for part in (self.name, self.place, *self._badges):
            first.addWidget(part)
        first.addStretch(1)
        first.addWidget(self.phone)
        second.addWidget(self.members, 1)
        second.addWidget(self.last, 0, Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 10, 16, 10)
        layout.setSpacing(4)
        layout.addLayout(first)
        layout.addLayout(second)

    def show_household(self, start: FormStart) -> None:
        """Fill in a household."""
        opening = start.opening
        household = opening.household
        self.name.setText(opening.head_name or self.tr("（无户主）"))
        self.place.setText(household["group_name"] or self.tr("未分组"))
        phone = household["phone"]
        self.phone.setText(self.tr("电话 {phone}").format(phone=phone) if phone else self.tr("没有登记电话"))
        self.members.setText(words.members_line(opening.members))
        self.last.setText(words.last_visit_line(opening.previous, start.today))
        badges = words.household_badges(household)
        for place, shown in enumerate(self._badges):
            shown.show_badge(badges[place] if place < len(badges) else None)
