"""The screen 排查任务: findings of the data check-up, and sweeps."""

from __future__ import annotations

from PySide6.QtWidgets import QTabWidget, QVBoxLayout

from villageapp.domain.changes import ChangeSet
from villageapp.ui.checks.findings_pane import FindingsPane
from villageapp.ui.checks.sweep_pane import SweepPane
from villageapp.ui.context import Context
from villageapp.ui.screen import ScreenPage


class ChecksScreen(ScreenPage):
    """Two tabs; each reads when it is seen."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.findings = FindingsPane(context)
        self.sweep = SweepPane(context)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.setAccessibleName(self.tr("排查任务"))
        self.tabs.addTab(self.findings, self.tr("数据体检"))
        self.tabs.addTab(self.sweep, self.tr("遍访排查"))
        self.tabs.currentChanged.connect(lambda _index: self.refresh())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 8)
        layout.addWidget(self.tabs)

    def refresh(self) -> None:
        """Read the tab in front."""
        if self.tabs.currentWidget() is self.findings:
            self.findings.refresh()
        else:
            self.sweep.refresh()

    def concerns(self, changes: ChangeSet) -> bool:
        """Any record can put a finding right or make one."""
        return bool(changes)

    def focus_first(self) -> None:
        """Start in the list."""
        self.findings.table.setFocus()
