"""A notice of an office stands in today's work, is read with the keyboard and goes away."""

from __future__ import annotations

import pytest
from nacl.signing import SigningKey
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tests.ui.conftest import LIMIT_MS
from villageapp.services import channel_items
from villageapp.services.workspace import Workspace
from villageapp.sync import channels
from villageapp.sync.channels import Item, Kind
from villageapp.ui.context import Context
from villageapp.ui.today import words
from villageapp.ui.today.published import PublishedDialog
from villageapp.ui.today.screen import TodayScreen

PROVINCE = SigningKey(bytes(range(32)))
PACK = """
[[policy]]
policy_no = "T-1"
title = "补助"
level = "省"
category = "产业"
effective_from = 2023-01-01
standard_text = "按人补助"
"""


def published(work: Workspace, *items: tuple[Kind, str, str]) -> None:
    made = [
        channels.sign(Item(1, "14", n, kind, title, text, "山西省", 1_690_000_000_000), PROVINCE)
        for n, (kind, title, text) in enumerate(items, 1)
    ]
    with work.database.writing() as connection:
        code = work.identity.village_code
        channels.take(connection, made, bytes(PROVINCE.verify_key), code, "2023-06-01T00:00:00Z")
    channel_items.refresh(work)


@pytest.fixture
def screen(context: Context, work: Workspace, qtbot: QtBot) -> TodayScreen:
    published(
        work, (Kind.NOTICE, "集中排查", "请于月底前完成集中排查，逐户核对。"), (Kind.POLICIES, "新政策", PACK)
    )
    shown = TodayScreen(context)
    qtbot.addWidget(shown)
    shown.resize(1200, 640)
    shown.show()
    qtbot.waitUntil(lambda: context.tasks.is_idle, timeout=LIMIT_MS)
    return shown


def opened(screen: TodayScreen, title: str, qtbot: QtBot) -> PublishedDialog:
    [item] = [i for i in screen.work_view.lines.items if i.title == title]
    assert words.urgency(item).text == "未读"
    assert words.action(item) == "阅读"
    screen.work_view.picked.emit(item)
    qtbot.waitUntil(lambda: bool(screen.findChildren(PublishedDialog)), timeout=LIMIT_MS)
    return screen.findChildren(PublishedDialog)[0]


def test_enter_puts_a_notice_away_and_escape_leaves_it(
    screen: TodayScreen, context: Context, work: Workspace, qtbot: QtBot
) -> None:
    dialog = opened(screen, "集中排查", qtbot)
    assert "逐户核对" in dialog.text.text()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not screen.findChildren(PublishedDialog), timeout=LIMIT_MS)
    assert len(channel_items.unread(work)) == 2
    dialog = opened(screen, "集中排查", qtbot)
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(channel_items.unread(work)) == 1, timeout=LIMIT_MS)
    qtbot.waitUntil(
        lambda: "集中排查" not in [i.title for i in screen.work_view.lines.items], timeout=LIMIT_MS
    )


def test_policies_lead_to_their_screen(
    screen: TodayScreen, context: Context, work: Workspace, qtbot: QtBot
) -> None:
    dialog = opened(screen, "新政策", qtbot)
    with qtbot.waitSignal(context.signals.screen_asked, timeout=LIMIT_MS) as asked:
        dialog._look()
    assert asked.args == ["policies"]
    qtbot.waitUntil(lambda: len(channel_items.unread(work)) == 1, timeout=LIMIT_MS)
