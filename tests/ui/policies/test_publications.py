"""What was published can be opened again after it was read."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from tests.ui import looking
from tests.ui.conftest import LIMIT_MS
from tests.ui.today.test_published import published
from villageapp.services import channel_items
from villageapp.services.workspace import Workspace
from villageapp.sync.channels import Kind
from villageapp.ui.context import Context
from villageapp.ui.policies.publications import PublicationsDialog
from villageapp.ui.policies.screen import PoliciesScreen
from villageapp.ui.today.published import PublishedDialog


def test_all_publications_are_listed_and_one_is_read_again(
    qtbot: QtBot, context: Context, work: Workspace, settled: Callable[[], None]
) -> None:
    published(work, (Kind.NOTICE, "集中排查", "逐户核对"), (Kind.NOTICE, "防汛通知", "转移老人"))
    channel_items.read(work, "14", 1)
    screen = PoliciesScreen(context)
    qtbot.addWidget(screen)
    screen.show()
    settled()
    listing = next(b for b in screen.findChildren(QPushButton) if b.text() == "上级发布…")
    qtbot.mouseClick(listing, Qt.MouseButton.LeftButton)
    settled()
    [dialog] = screen.findChildren(PublicationsDialog)
    rows = dialog.table.rows
    assert {(rows.words(n, 0), rows.words(n, 4)) for n in range(rows.rowCount())} == {
        ("集中排查", "已读"),
        ("防汛通知", "未读"),
    }
    assert looking.unnamed(dialog) == []
    assert looking.clipped(dialog) == []
    assert dialog.table.choose("14/2")
    qtbot.keyClick(dialog.table, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(dialog.findChildren(PublishedDialog)), timeout=LIMIT_MS)
    [reading] = dialog.findChildren(PublishedDialog)
    assert "转移老人" in reading.text.text()
    qtbot.mouseClick(reading.done_button, Qt.MouseButton.LeftButton)
    settled()
    assert channel_items.unread(work) == []
    qtbot.waitUntil(lambda: rows.words(0, 4) == rows.words(1, 4) == "已读", timeout=LIMIT_MS)


def test_nothing_published_says_where_it_will_come_from(
    qtbot: QtBot, context: Context, settled: Callable[[], None]
) -> None:
    screen = PoliciesScreen(context)
    qtbot.addWidget(screen)
    dialog = PublicationsDialog(context, screen)
    qtbot.addWidget(dialog)
    dialog.show()
    settled()
    assert "同步" in dialog.empty.text()
    assert not dialog.empty.isHidden()
    assert not dialog.read.isVisible(), "there is nothing to read"
    assert looking.clipped(dialog) == []
