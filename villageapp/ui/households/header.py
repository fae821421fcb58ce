"""The head of a household's page: who, where, which stamps, and the two things done most."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from villageapp.domain.household import is_monitored
from villageapp.ui.households.columns import day, monitoring_badge, type_badge
from villageapp.ui.widgets.badge import Badge, BadgeLabel, Mood
from villageapp.ui.widgets.flow import FlowLayout, button, label

if TYPE_CHECKING:
    from villageapp.services.households import HouseholdPage


class HouseholdHeader(QFrame):
    """Shows one household's head line."""

    visit_asked = Signal()
    card_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("surface", "card")
        self.name = label("", "title", wrap=True, selectable=True)
        self.name.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.name.setMinimumWidth(self.name.fontMetrics().horizontalAdvance("四字姓名") * 2)
        self.facts = label("", "quiet", wrap=True, selectable=True)
        self.visit = button(
            self.tr("走访"), self.visit_asked.emit, role="primary", icon="visits", shortcut="Ctrl+Return"
        )
        self.card = button(self.tr("打印明白卡"), self.card_asked.emit, icon="print", shortcut="Ctrl+P")
        self._badges = [BadgeLabel() for _ in range(5)]
        self._lay_out()

    def show_page(self, page: HouseholdPage, today: date) -> None:
        """Fill in a household."""
        self.name.setText(page.head_name or self.tr("（无户主）"))
        self.name.setToolTip(self.name.text())
        for shown, badge in zip(self._badges, self._stamps(page, today), strict=True):
            shown.show_badge(badge)
        self.facts.setText(" · ".join(part for part in self._facts(page, today) if part))

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 10, 14, 10)
        layout.setSpacing(6)
        layout.addWidget(self.name)  # a line of its own: some names are long
        stamps = QWidget()
        flow = FlowLayout(stamps, spacing=6)
        for badge in self._badges:
            flow.addWidget(badge)
        middle = QHBoxLayout()
        middle.setSpacing(8)
        middle.addWidget(stamps, 1)
        middle.addWidget(self.card)
        middle.addWidget(self.visit)
        layout.addLayout(middle)
        layout.addWidget(self.facts)

    def _stamps(self, page: HouseholdPage, today: date) -> list[Badge | None]:
        values = page.values
        stands = is_monitored(values["monitoring_category"], values["risk_eliminated"])
        open_problems = [p for p in page.problems if p["standing"].due is not None]
        overdue = sum(1 for p in open_problems if p["overdue_days"])
        problem = None
        if overdue:
            problem = Badge(self.tr("{count} 个问题超期").format(count=overdue), Mood.BAD)
        elif open_problems:
            problem = Badge(self.tr("{count} 个问题未办结").format(count=len(open_problems)), Mood.WARN)
        labour = Badge(self.tr("整户无劳动力"), Mood.WARN) if page.no_labour_whole else None
        moved = Badge(self.tr("易地搬迁"), Mood.PLAIN) if values["relocated"] else None
        return [
            type_badge(values["household_type"]),
            monitoring_badge(values["monitoring_category"], stands=stands),
            problem,
            labour,
            moved,
        ]

    def _facts(self, page: HouseholdPage, today: date) -> list[str]:
        values = page.values
        active = sum(1 for member in page.members if member["active"])
        following = page.next_visit_on
        next_visit = ""
        if following is not None:
            late = (
                self.tr("（已过期 {days} 天）").format(days=(today - following).days)
                if following < today
                else ""
            )
            next_visit = self.tr("下次走访 {day}{late}").format(day=day(following, today), late=late)
        duty = page.cadres.get(values["duty_person_id"] or "", "")
        return [
            values["group_name"] or "",
            self.tr("{count} 人").format(count=active),
            self.tr("电话 {phone}").format(phone=values["phone"]) if values["phone"] else self.tr("无电话"),
            next_visit,
            self.tr("责任人 {name}").format(name=duty) if duty else "",
        ]
