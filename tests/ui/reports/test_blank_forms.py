"""Empty forms for a pen, offered where the output has one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pytestqt.qtbot import QtBot

from tests.helpers.pdf_pages import page_texts
from villageapp.ui.context import Context
from villageapp.ui.reports.screen import ReportsScreen


def test_the_blank_form_is_shown_and_saved(
    context: Context, qtbot: QtBot, settled: Callable[[], None], tmp_path: Path
) -> None:
    screen = ReportsScreen(context)
    qtbot.addWidget(screen)
    screen.resize(1186, 690)
    screen.show()
    settled()
    screen.open_record("pocket-book")
    settled()
    assert not screen.options.blank.isVisible()
    screen.open_record("income")
    settled()
    assert screen.options.blank.isVisible()
    filled = screen.preview.images()[0]
    screen.options.blank.setChecked(True)
    qtbot.waitUntil(lambda: not screen._pause.isActive())
    settled()
    assert len(screen.preview.images()) == 1
    assert screen.preview.images()[0] != filled
    screen.save_pdf(str(tmp_path / "a.pdf"))
    settled()
    (text,) = page_texts(tmp_path / "a.pdf")
    assert "张示范" not in text
