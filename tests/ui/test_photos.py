"""Photos of a household: added from a file, dropped, pasted; seen small and large; deleted; history beside them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QColor, QDropEvent, QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.helpers.stores import ZHANG, family_id
from tests.ui import looking
from tests.ui.conftest import LIMIT_MS
from villageapp.services import attachments, households
from villageapp.ui.context import Context
from villageapp.ui.households.history_pane import HistoryPane
from villageapp.ui.tell import Notice
from villageapp.ui.widgets.photo_strip import PhotoDialog, PhotoStrip

HOME = family_id(ZHANG)


def picture(colour: str) -> QImage:
    made = QImage(400, 300, QImage.Format.Format_RGB32)
    made.fill(QColor(colour))
    return made


@pytest.fixture
def strip(qtbot: QtBot, context: Context, settled: Callable[[], None]) -> PhotoStrip:
    made = PhotoStrip(context)
    qtbot.addWidget(made)
    made.resize(700, 400)
    made.show()
    made.show_record("household", HOME)
    settled()
    return made


def test_dropped_and_pasted_pictures_are_kept_and_shown(
    qtbot: QtBot, strip: PhotoStrip, tmp_path: Path, settled: Callable[[], None]
) -> None:
    file = tmp_path / "门前.png"
    assert picture("red").save(str(file))
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(file))])
    drop = QDropEvent(
        QPoint(5, 5),
        Qt.DropAction.CopyAction,
        mime,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    strip.dropEvent(drop)
    settled()
    assert strip.list.count() == 1
    QApplication.clipboard().setImage(picture("blue"))
    strip.list.setFocus()
    qtbot.keyClick(strip.list, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    settled()
    assert strip.list.count() == 2
    assert "本机" in strip.list.item(0).text()
    assert not strip.list.item(0).icon().isNull()
    assert len(attachments.of(strip._context.work, "household", HOME)) == 2
    assert looking.unnamed(strip) == []


def test_a_picture_opens_large_and_can_be_deleted(
    qtbot: QtBot, strip: PhotoStrip, tmp_path: Path, settled: Callable[[], None]
) -> None:
    file = tmp_path / "a.png"
    picture("green").save(str(file))
    strip.add_all([file])
    settled()
    strip.list.itemActivated.emit(strip.list.item(0))
    qtbot.waitUntil(
        lambda: any(isinstance(w, PhotoDialog) and w.isVisible() for w in QApplication.topLevelWidgets()),
        timeout=LIMIT_MS,
    )
    for widget in QApplication.topLevelWidgets():
        if isinstance(widget, PhotoDialog):
            widget.close()
    strip.list.selectAll()
    qtbot.mouseClick(strip.remove, Qt.MouseButton.LeftButton)
    settled()
    assert strip.list.count() == 0


def test_what_is_no_picture_is_refused_in_words(
    qtbot: QtBot, context: Context, strip: PhotoStrip, tmp_path: Path, settled: Callable[[], None]
) -> None:
    file = tmp_path / "不是照片.jpg"
    file.write_bytes(b"nothing of the kind")
    strip.add_all([file])
    settled()
    assert strip.list.count() == 0
    for widget in QApplication.topLevelWidgets():
        if widget.isVisible() and widget.isModal():
            widget.close()


def test_the_history_names_old_and_new_values(
    qtbot: QtBot, context: Context, settled: Callable[[], None]
) -> None:
    households.change(context.work, HOME, {"phone": "13900000001"})
    pane = HistoryPane(context)
    qtbot.addWidget(pane)
    pane.resize(900, 400)
    pane.show()
    pane.show_household(HOME)
    settled()
    words = [pane.table.rows.words(0, column) for column in range(pane.table.rows.columnCount())]
    assert any("13800000001 → 13900000001" in each for each in words)
    pane.search.setText("13900000001")
    assert pane.table.rows.rowCount() == 1
    assert pane.count.text().startswith("1 /")


def test_pasting_without_a_picture_says_so(strip: PhotoStrip, told: list[Notice]) -> None:
    QApplication.clipboard().setText("只有文字")
    strip.paste()
    assert "没有图片" in told[-1].text
