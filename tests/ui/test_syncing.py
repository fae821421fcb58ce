"""The screen 同步, the light and the timer: words, refusals, offline as a state."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.helpers import laptops
from tests.ui.conftest import LIMIT_MS
from villageapp.errors import SyncError, SyncKind
from villageapp.services.blob_syncing import BlobReport
from villageapp.services.sync_schedule import Phase
from villageapp.services.syncing import SyncReport, SyncState
from villageapp.services.workspace import Workspace
from villageapp.ui.context import Context, make_context
from villageapp.ui.preferences import Preferences
from villageapp.ui.sync_timer import SyncTimer
from villageapp.ui.syncing import words
from villageapp.ui.syncing.screen import SyncScreen
from villageapp.ui.widgets.badge import Mood

NOW = datetime(2026, 11, 23, 6, 20, tzinfo=UTC)  # 14:20 in China


def _state(
    *,
    enrolled: bool = True,
    pending: int = 0,
    success: datetime | None = NOW,
    ended: str = "",
    message: str = "",
) -> SyncState:
    return SyncState(enrolled, "https://server.example", pending, 0, success, NOW, ended, message)


@pytest.mark.parametrize(
    ("state", "text", "mood"),
    [
        (_state(enrolled=False, success=None), "未接入服务器", Mood.PLAIN),
        (_state(success=None), "还没有同步过", Mood.WARN),
        (_state(), "已同步 14:20", Mood.GOOD),
        (_state(pending=12), "12 条待上传", Mood.WARN),
        (_state(pending=12, ended="offline"), "12 条待上传", Mood.WARN),
        (_state(ended="offline"), "离线", Mood.WARN),
        (
            _state(pending=5, ended="offline", success=NOW - timedelta(days=3, hours=2)),
            "离线 3 天",
            Mood.WARN,
        ),
        (_state(ended="auth", message="登记已停用。"), "同步受阻", Mood.BAD),
        (_state(success=NOW - timedelta(days=2)), "已同步 11-21 14:20", Mood.GOOD),
        (_state(success=NOW - timedelta(days=400)), "已同步 2025-10-19 14:20", Mood.GOOD),
    ],
)
def test_the_light_speaks_in_words(state: SyncState, text: str, mood: Mood) -> None:
    badge = words.light(state, NOW)
    assert (badge.text, badge.mood) == (text, mood)


def test_offline_promises_that_nothing_is_lost() -> None:
    assert words.situation(_state(ended="offline", message="连不上。"), NOW)[1] == "连不上。"
    heading, text = words.situation(_state(ended="offline", pending=3), NOW)
    assert heading == "现在连不上服务器"
    assert "都已存在本机" in text


def test_result_names_what_went_where() -> None:
    report = SyncReport(12, 3, 0, 2, 5_300, 900, True, 1.234)
    assert (
        words.result(report)
        == "上传 12 条，收到 3 条，用时 1.2 秒，流量 5.2 KB 上行 / 900 B 下行。服务器已签收。"
    )


def test_result_tells_of_an_older_server_of_photos_and_of_a_restoration() -> None:
    blobs = BlobReport(uploaded=2, downloaded=1, waiting=4)
    report = SyncReport(0, 0, 0, 1, 0, 0, True, 0.1, signed_by="vector", blobs=blobs, notes=("从备份恢复过",))
    text = words.result(report)
    assert "旧版服务器" in text
    assert "照片上传 2 份" in text
    assert "4 份待传" in text
    assert text.endswith("从备份恢复过")


@pytest.fixture
def screen(qtbot: QtBot, context: Context, settled: Callable[[], None]) -> SyncScreen:
    made = SyncScreen(context)
    qtbot.addWidget(made)
    made.resize(1200, 690)
    made.show()
    settled()
    return made


def test_a_laptop_on_its_own_is_told_how_to_join(screen: SyncScreen) -> None:
    assert screen.heading.text() == "这台电脑还没有接入省级服务器"
    assert screen.enrol.isVisible()
    assert not screen.go.isVisible()


@pytest.mark.parametrize(
    ("server", "code", "reason"),
    [
        ("", "", "请填写服务器地址和登记码。"),
        ("http://127.0.0.1:9", "ABCD-EFGH", "连不上"),
        ("ftp://server", "ABCD-EFGH", "http"),
    ],
)
def test_a_failed_enrolment_is_explained_under_the_fields(
    qtbot: QtBot, screen: SyncScreen, work: Workspace, server: str, code: str, reason: str
) -> None:
    screen.enrol.server.setText(server)
    screen.enrol.code.setText(code)
    qtbot.mouseClick(screen.enrol.join, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(
        lambda: reason in screen.enrol.reason.text() and screen.enrol.join.isEnabled(), timeout=LIMIT_MS
    )
    assert not work.identity.enrolled


def test_without_a_network_the_timer_keeps_quiet_and_the_screen_explains(
    qtbot: QtBot, tmp_path: Path
) -> None:
    with laptops.laptop(tmp_path, "a") as work:
        with work.transaction() as session:
            session.add(laptops.household(1, group_name="一组"))
        context = make_context(work, Preferences(tmp_path / "window.ini"))
        screen, timer = SyncScreen(context), SyncTimer(context)
        qtbot.addWidget(screen)
        screen.show()
        outcomes: list[object] = []
        said: list[str] = []
        context.signals.sync_ended.connect(outcomes.append)
        context.tell.said.connect(lambda notice: said.append(notice.text))
        timer.start()
        qtbot.waitUntil(lambda: len(outcomes) == 1 and context.tasks.is_idle, timeout=LIMIT_MS)
        assert isinstance(outcomes[0], SyncError)
        assert outcomes[0].kind is SyncKind.OFFLINE
        assert said == []  # nobody asked: offline is a state
        assert screen.heading.text() == "现在连不上服务器"
        assert "待上传" in screen.facts.text()
        assert timer.schedule.phase is Phase.AWAY
        assert timer.schedule.needs_probe
        qtbot.waitUntil(lambda: "再试" in screen.explanation.text(), timeout=LIMIT_MS)
        context.signals.sync_asked.emit()
        qtbot.waitUntil(lambda: len(outcomes) == 2 and bool(said), timeout=LIMIT_MS)
        assert "连不上" in said[0]
        context.tasks.close()
