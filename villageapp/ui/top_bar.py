"""The top line: village, search, sync light, and the menu of the person at this laptop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSizePolicy, QToolButton, QWidget

from villageapp.domain import codes
from villageapp.services import cadres, villages
from villageapp.ui import theme
from villageapp.ui.context import Context
from villageapp.ui.preferences import SCALE, SCALES, SCHEME
from villageapp.ui.search_box import Command, SearchBox
from villageapp.ui.syncing import words
from villageapp.ui.tasks import Job
from villageapp.ui.widgets.badge import BadgeLabel
from villageapp.ui.widgets.flow import label

if TYPE_CHECKING:
    from villageapp.services.syncing import SyncState
    from villageapp.services.workspace import Workspace

_MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class _Place:
    """Whose store this is; empty where it does not say (yet)."""

    village: str
    whole: str
    """County, township and village."""
    user_name: str
    user_role: str


def _read_place(work: Workspace) -> _Place:
    village = villages.this_village(work)
    user_id = work.identity.user_id
    user = next((cadre for cadre in cadres.list_cadres(work) if cadre["id"] == user_id), {})
    whole = " ".join(village.get(name) or "" for name in ("county", "town", "name")).strip()
    role = codes.code_list("CL_CADRE_ROLE").label(user.get("role") or "")
    return _Place(village.get("name") or "", whole, user.get("name") or "", role)


class TopBar(QWidget):
    """Where am I, who am I, find somebody, how does sync stand."""

    about_asked = Signal()
    lock_asked = Signal()
    tour_asked = Signal()

    def __init__(self, context: Context, commands: Sequence[Command] = ()) -> None:
        """``commands`` are found by the search box as well."""
        super().__init__()
        self.setObjectName("topBar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._context = context
        self._state: SyncState | None = None
        self._is_syncing = False
        self.village = label("", "heading")
        self.village.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self.search = SearchBox(context, commands)
        self.search.setMaximumWidth(560)
        self.light = BadgeLabel()
        self.light.setAccessibleName(self.tr("同步状态"))
        self.user = QToolButton()
        self.user.setIcon(theme.icon("user"))
        self.user.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.user.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.user.setAccessibleName(self.tr("用户与显示"))
        self.user.setMenu(self._menu())
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 8, 12, 8)
        layout.setSpacing(16)
        layout.addWidget(self.village)
        layout.addWidget(self.search, 1)
        layout.addStretch(0)
        layout.addWidget(self.light)
        layout.addWidget(self.user)
        self._listen()

    def refresh(self) -> None:
        """Read village and user names."""
        work = self._context.work
        self._context.tasks.read(
            lambda _progress: _read_place(work), owner=self, done=self._show_place, latest="place"
        )

    def _listen(self) -> None:
        self._context.signals.synced.connect(self._on_synced)
        self._context.tasks.job_started.connect(self._on_job)
        self._context.tasks.job_ended.connect(self._on_job)
        clock = QTimer(self)
        clock.timeout.connect(self._show_light)
        clock.start(_MINUTE_MS)

    def _menu(self) -> QMenu:
        menu = QMenu(self)
        sizes = menu.addMenu(self.tr("字号"))
        group = QActionGroup(menu)
        current = self._context.settings.get(SCALE)
        for percent in SCALES:
            action = QAction(f"{percent} %", group)
            action.setCheckable(True)
            action.setChecked(percent == current)
            action.triggered.connect(lambda _on=False, wanted=percent: self._set_scale(wanted))
            sizes.addAction(action)
        self._add_schemes(menu)
        menu.addSeparator()
        menu.addAction(self.tr("锁定窗口") + "\tCtrl+L", self.lock_asked.emit)
        menu.addAction(self.tr("使用说明") + "\tF1", lambda: self._context.signals.help_asked.emit(""))
        menu.addAction(self.tr("新手导览"), self.tour_asked.emit)
        menu.addAction(self.tr("关于驻村通"), self.about_asked.emit)
        return menu

    def _add_schemes(self, menu: QMenu) -> None:
        schemes = menu.addMenu(self.tr("配色"))
        group = QActionGroup(menu)
        current = self._context.settings.get(SCHEME)
        for key, name in (("light", self.tr("浅色")), ("contrast", self.tr("高对比度"))):
            action = QAction(name, group)
            action.setCheckable(True)
            action.setChecked(key == current)
            action.triggered.connect(lambda _on=False, wanted=key: self._set_scheme(wanted))
            schemes.addAction(action)

    def _set_scheme(self, key: str) -> None:
        self._context.settings.set(SCHEME, key)
        self._context.signals.themed.emit(key)

    def _set_scale(self, percent: int) -> None:
        self._context.settings.set(SCALE, percent)
        self._context.signals.scaled.emit(percent)

    def _on_synced(self, state: SyncState) -> None:
        self._state = state
        self._show_light()

    def _on_job(self, job: Job) -> None:
        if job.lane == "sync":
            self._is_syncing = job.is_running
            self._show_light()

    def _show_light(self) -> None:
        if self._state is None:
            return
        badge = words.light(self._state, self._context.work.now(), is_running=self._is_syncing)
        self.light.show_badge(badge)
        self.light.setToolTip(words.situation(self._state, self._context.work.now())[1])

    def _show_place(self, place: _Place) -> None:
        self.village.setText(place.village or self.tr("（未命名的村）"))
        self.village.setToolTip(place.whole)
        self.user.setText(place.user_name or self.tr("用户"))
        self.user.setToolTip(f"{place.user_name} {place.user_role}".strip())
