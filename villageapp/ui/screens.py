"""The screens of the rail, in order. A screen is imported when it is first asked for: the window comes up sooner."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from PySide6.QtCore import QCoreApplication

from villageapp.ui.context import Context
from villageapp.ui.screen import ScreenPage

TODAY, HOUSEHOLDS, VISITS, SYNC = "today", "households", "visits", "sync"
MONITORING, MEASURES, PROBLEMS, CHECKS = "monitoring", "measures", "problems", "checks"
EMPLOYMENT, ASSETS, POLICIES, WORK = "employment", "assets", "policies", "work"
REPORTS, SETTINGS = "reports", "settings"


@dataclass(frozen=True, slots=True)
class Screen:
    """One entry of the rail; ``key`` is also the name of its icon and of its handbook page."""

    key: str
    title: str
    module: str  # below villageapp.ui
    cls: str

    def build(self, context: Context) -> ScreenPage:
        """The screen itself."""
        make: Callable[[Context], ScreenPage] = getattr(
            import_module(f"villageapp.ui.{self.module}"), self.cls
        )
        return make(context)


def screens() -> tuple[Screen, ...]:
    """All entries, in rail order; Alt+1 opens the first."""
    tr = QCoreApplication.translate
    return (
        Screen(TODAY, tr("screens", "今日工作"), "today.screen", "TodayScreen"),
        Screen(HOUSEHOLDS, tr("screens", "农户"), "households.screen", "HouseholdsScreen"),
        Screen(VISITS, tr("screens", "走访"), "visits.screen", "VisitsScreen"),
        Screen(MONITORING, tr("screens", "监测帮扶"), "monitoring.screen", "MonitoringScreen"),
        Screen(MEASURES, tr("screens", "帮扶措施"), "measures.screen", "MeasuresScreen"),
        Screen(PROBLEMS, tr("screens", "问题台账"), "problems.screen", "ProblemsScreen"),
        Screen(CHECKS, tr("screens", "排查任务"), "checks.screen", "ChecksScreen"),
        Screen(EMPLOYMENT, tr("screens", "务工就业"), "employment.screen", "EmploymentScreen"),
        Screen(ASSETS, tr("screens", "资产项目"), "assets.screen", "AssetsScreen"),
        Screen(POLICIES, tr("screens", "政策口袋书"), "policies.screen", "PoliciesScreen"),
        Screen(WORK, tr("screens", "驻村工作"), "work.screen", "WorkScreen"),
        Screen(REPORTS, tr("screens", "台账报表"), "reports.screen", "ReportsScreen"),
        Screen(SYNC, tr("screens", "同步"), "syncing.screen", "SyncScreen"),
        Screen(SETTINGS, tr("screens", "设置"), "settings.screen", "SettingsScreen"),
    )
