"""The screen 设置: one column of cards; every change holds at once."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from villageapp.domain.changes import ChangeSet
from villageapp.ui.context import Context
from villageapp.ui.screen import ScreenPage
from villageapp.ui.settings.about_card import AboutCard
from villageapp.ui.settings.backup_card import BackupCard
from villageapp.ui.settings.display_card import DisplayCard
from villageapp.ui.settings.safety_card import SafetyCard
from villageapp.ui.settings.team_card import TeamCard
from villageapp.ui.widgets.flow import label


class SettingsScreen(ScreenPage):
    """Cards from what is changed often to what is looked up."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.display = DisplayCard(context)
        self.team = TeamCard(context)
        self.safety = SafetyCard(context)
        self.backup = BackupCard(context)
        self.about = AboutCard(context)
        inner = QWidget()
        inner.setProperty("surface", "page")
        rows = QVBoxLayout(inner)
        rows.setContentsMargins(20, 16, 20, 16)
        rows.setSpacing(12)
        rows.addWidget(label(self.tr("设置"), "title"))
        for one in (self.display, self.team, self.safety, self.backup, self.about):
            one.setMaximumWidth(1000)
            rows.addWidget(one)
        rows.addStretch(1)
        scroll = QScrollArea()
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # it follows the field that has the keyboard
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(inner)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(scroll)

    def refresh(self) -> None:
        """Read the team and the identity of this laptop."""
        self.team.refresh()
        self.about.refresh()

    def concerns(self, changes: ChangeSet) -> bool:
        """People alone are shown."""
        return changes.touches("cadre")

    def focus_first(self) -> None:
        """Start with the size of the type."""
        self.display.scale.setFocus()
