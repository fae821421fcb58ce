"""The screen 驻村工作: four tabs about the team's own work."""

from __future__ import annotations

from PySide6.QtWidgets import QTabWidget, QVBoxLayout

from villageapp.domain.changes import ChangeSet
from villageapp.ui.context import Context
from villageapp.ui.screen import ScreenPage
from villageapp.ui.work.attendance_pane import AttendancePane
from villageapp.ui.work.leave_pane import LeavePane
from villageapp.ui.work.log_pane import LogPane
from villageapp.ui.work.points_pane import PointsPane

_ENTITIES = (
    "work_log",
    "attendance",
    "leave",
    "points",
    "visit",
    "problem_step",
    "cadre",
    "household",
    "member",
)


class WorkScreen(ScreenPage):
    """Each tab reads when it is seen."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.log = LogPane(context)
        self.attendance = AttendancePane(context)
        self.leave = LeavePane(context)
        self.points = PointsPane(context)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.setAccessibleName(self.tr("驻村工作"))
        for pane, title in (
            (self.log, self.tr("工作日志")),
            (self.attendance, self.tr("考勤")),
            (self.leave, self.tr("请假")),
            (self.points, self.tr("村民积分")),
        ):
            self.tabs.addTab(pane, title)
        self.tabs.currentChanged.connect(lambda _index: self.refresh())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 8)
        layout.addWidget(self.tabs)

    def refresh(self) -> None:
        """Read the tab in front."""
        pane = self.tabs.currentWidget()
        assert isinstance(pane, (LogPane, AttendancePane, LeavePane, PointsPane))
        pane.refresh()

    def concerns(self, changes: ChangeSet) -> bool:
        """The team's own records, and what the log is suggested from."""
        return any(changes.touches(entity) for entity in _ENTITIES)

    def has_unsaved(self) -> bool:
        """Whether the day's log was typed and not saved."""
        return self.log.has_unsaved()

    def focus_first(self) -> None:
        """Start with the day."""
        self.log.day.setFocus()
