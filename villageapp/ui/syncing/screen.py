"""The screen 同步: how it stands, the button, the last result, joining the server, conflicts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QProgressBar,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from villageapp.domain.changes import ChangeSet
from villageapp.errors import AppError, SyncError
from villageapp.services import syncing
from villageapp.ui.context import Context
from villageapp.ui.screen import ScreenPage
from villageapp.ui.syncing import words
from villageapp.ui.syncing.conflict_list import ConflictList
from villageapp.ui.syncing.duplicates_card import DuplicatesCard
from villageapp.ui.syncing.enrol_form import EnrolForm
from villageapp.ui.syncing.places_card import PlacesCard
from villageapp.ui.syncing.stick_card import StickCard
from villageapp.ui.syncing.waiting_card import WaitingCard
from villageapp.ui.tasks import Job
from villageapp.ui.widgets.badge import BadgeLabel
from villageapp.ui.widgets.flow import button, card, label

if TYPE_CHECKING:
    from villageapp.services.syncing import SyncReport, SyncState


class SyncScreen(ScreenPage):
    """Everything about sync in plain words; works without a network."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._job: Job | None = None
        self._state: SyncState | None = None
        self.light = BadgeLabel()
        self.heading = label("", "title", wrap=True)
        self.explanation = label("", wrap=True, selectable=True)
        self.facts = label("", "quiet", wrap=True, selectable=True)
        self.last = label("", wrap=True, selectable=True)
        self.go = button(self.tr("立即同步"), context.signals.sync_asked.emit, role="primary", icon="sync")
        self.stop = button(self.tr("取消"), self._cancel)
        self.bar = QProgressBar()
        self.bar.setAccessibleName(self.tr("同步进度"))
        self.enrol = EnrolForm(context)
        self.conflicts = ConflictList(context)
        self.waiting = WaitingCard(context)
        self.duplicates = DuplicatesCard(context)
        self.places = PlacesCard(context)
        self.stick = StickCard(context)
        self._lay_out()
        self._listen()
        self._show_job(None)

    def refresh(self) -> None:
        """Read state and conflicts."""
        work = self.context.work
        self.context.tasks.read(
            lambda _progress: syncing.sync_state(work),
            owner=self,
            done=self.context.signals.synced.emit,
            latest="state",
        )
        for one in (self.conflicts, self.waiting, self.duplicates, self.places):
            one.refresh()

    def concerns(self, changes: ChangeSet) -> bool:
        """Every change counts as pending or may settle a conflict."""
        return bool(changes)

    def focus_first(self) -> None:
        """The button, or the first field of the enrolment form."""
        (self.enrol if self.enrol.isVisible() else self.go).setFocus()

    def _lay_out(self) -> None:
        inner = QWidget()
        inner.setProperty("surface", "page")
        column = QVBoxLayout(inner)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(14)
        for one in (
            self._state_card(),
            self.enrol,
            self.conflicts,
            self.waiting,
            self.duplicates,
            self.places,
            self.stick,
        ):
            policy = one.sizePolicy()
            policy.setVerticalPolicy(QSizePolicy.Policy.Minimum)  # scroll rather than squeeze
            one.setSizePolicy(policy)
            column.addWidget(one)
        column.addStretch(1)
        inner.setMaximumWidth(1040)
        scroll = QScrollArea()
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # it follows the field that has the keyboard
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(inner)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(scroll)

    def _state_card(self) -> QWidget:
        frame, inner = card(margin=18, spacing=10)
        top = QHBoxLayout()
        top.addWidget(self.heading, 1)
        top.addWidget(self.light, 0, Qt.AlignmentFlag.AlignTop)
        inner.addLayout(top)
        inner.addWidget(self.explanation)
        inner.addWidget(self.facts)
        inner.addWidget(self.last)
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(self.go)
        row.addWidget(self.bar, 1)
        row.addWidget(self.stop)
        row.addStretch(0)
        inner.addLayout(row)
        self.last.hide()
        return frame

    def _listen(self) -> None:
        signals, tasks = self.context.signals, self.context.tasks
        signals.synced.connect(self._show_state)
        signals.sync_ended.connect(self._on_ended)
        tasks.job_started.connect(self._on_job)
        tasks.job_progressed.connect(self._on_job)
        tasks.job_ended.connect(self._on_job)

    def _show_state(self, state: SyncState) -> None:
        self._state = state
        now = self.context.work.now()
        heading, explanation = words.situation(state, now)
        self.heading.setText(heading)
        self.explanation.setText(explanation)
        self.light.show_badge(words.light(state, now, is_running=self._job is not None))
        self.facts.setText(" · ".join(self._facts(state)))
        self.facts.setVisible(state.enrolled)
        self.go.setVisible(state.enrolled)
        has_joined = state.enrolled and self.enrol.isVisible()
        self.enrol.setVisible(not state.enrolled)
        self.stick.setVisible(state.enrolled)
        if has_joined:
            self.go.setFocus()

    def _facts(self, state: SyncState) -> list[str]:
        now = self.context.work.now()
        facts = [self.tr("服务器 {url}").format(url=state.server_url)]
        facts.append(self.tr("待上传 {count} 条").format(count=state.pending))
        if state.last_success_at is not None:
            facts.append(self.tr("最近成功 {time}").format(time=words.moment(state.last_success_at, now)))
        if state.last_try_at is not None and state.last_try_at != state.last_success_at:
            facts.append(self.tr("最近尝试 {time}").format(time=words.moment(state.last_try_at, now)))
        return facts

    def _on_ended(self, outcome: SyncReport | Exception) -> None:
        self.last.setText(self._words(outcome))
        self.last.setVisible(bool(self.last.text()))
        self.conflicts.refresh()
        self.places.refresh()

    def _words(self, outcome: SyncReport | Exception) -> str:
        """The last exchange; empty where the explanation of the state says it already."""
        if isinstance(outcome, SyncError):
            return ""
        if isinstance(outcome, AppError):
            return self.tr("上次没有完成：{reason}").format(reason=outcome.line())
        if isinstance(outcome, Exception):
            return self.tr("上次没有完成，遇到没有预料到的问题。")
        text = self.tr("上次结果：{result}").format(result=words.result(outcome))
        if outcome.refused:
            text += self.tr("服务器没有接受 {count} 批：{reasons}").format(
                count=len(outcome.refused), reasons="；".join(outcome.refused[:3])
            )
        return text

    def _on_job(self, job: Job) -> None:
        if job.lane == "sync":
            self._show_job(job if job.is_running else None)

    def _show_job(self, job: Job | None) -> None:
        self._job = job
        self.bar.setVisible(job is not None)
        self.stop.setVisible(job is not None)
        self.go.setEnabled(job is None)
        if job is not None:
            self.bar.setRange(0, job.total)
            self.bar.setValue(min(job.done, job.total))
            self.bar.setFormat(f"{job.what} %v/%m" if job.total else job.what or job.title)
        if self._state is not None:
            self.light.show_badge(
                words.light(self._state, self.context.work.now(), is_running=job is not None)
            )

    def _cancel(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self.stop.setEnabled(False)
