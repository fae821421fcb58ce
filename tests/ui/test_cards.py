"""The card in the window: preview, privacy grade, PDF file, printer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtGui import QImage
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from tests.helpers import stores
from tests.ui.conftest import LIMIT_MS
from villageapp.errors import Trouble
from villageapp.progress import SILENT
from villageapp.services import households, previews
from villageapp.services.cards import Privacy
from villageapp.services.workspace import Workspace
from villageapp.ui.cards.preview import CardDialog
from villageapp.ui.cards.printing import make_printer, print_pages
from villageapp.ui.context import Context
from villageapp.ui.tell import Notice


@pytest.fixture
def dialog(
    qtbot: QtBot, context: Context, work: Workspace, parent: QWidget, settled: Callable[[], None]
) -> CardDialog:
    made = CardDialog(context, households.list_ids(work), parent)
    made.open()
    settled()
    return made


def _pages(dialog: CardDialog) -> list[QLabel]:
    return [page for page in dialog.findChildren(QLabel) if not page.pixmap().isNull() and page.isVisible()]


def _first_page(qtbot: QtBot, dialog: CardDialog) -> QImage:
    """Both pages are there; a page that a layout has just taken in is shown a moment later."""
    qtbot.waitUntil(lambda: len(_pages(dialog)) == 2, timeout=LIMIT_MS)
    return _pages(dialog)[0].pixmap().toImage()


def test_preview_shows_both_pages_and_turns_to_the_next_household(
    qtbot: QtBot, dialog: CardDialog, settled: Callable[[], None]
) -> None:
    first = _first_page(qtbot, dialog)
    assert dialog.position.text() == "第 1 户，共 4 户"
    dialog.turn(1)
    settled()
    assert dialog.position.text() == "第 2 户，共 4 户"
    assert _first_page(qtbot, dialog) != first


def test_another_privacy_grade_is_drawn_anew(
    qtbot: QtBot, dialog: CardDialog, settled: Callable[[], None]
) -> None:
    family_copy = _first_page(qtbot, dialog)
    dialog.grade.setCurrentIndex(dialog.grade.findData(Privacy.P0.value))
    settled()
    assert _first_page(qtbot, dialog) != family_copy


def test_all_cards_are_saved_as_one_pdf(
    dialog: CardDialog, tmp_path: Path, settled: Callable[[], None], told: list[Notice]
) -> None:
    file = tmp_path / "明白卡.pdf"
    dialog.save_to(str(file))
    settled()
    assert previews.page_count(file) >= 8
    assert told[-1].text.startswith("已保存 4 户")
    assert dialog.save.isEnabled()


def test_a_folder_that_is_gone_is_refused_and_leaves_no_file(
    qtbot: QtBot, dialog: CardDialog, tmp_path: Path, context: Context
) -> None:
    refused: list[Exception] = []
    context.tasks.failed.disconnect()
    context.tasks.failed.connect(refused.append)
    dialog.save_to(str(tmp_path / "nowhere" / "card.pdf"))
    qtbot.waitUntil(lambda: len(refused) == 1, timeout=LIMIT_MS)
    assert "不存在" in str(refused[0])
    assert list(tmp_path.glob("**/*.pdf")) == []


def test_a_character_that_no_font_draws_is_named_and_nothing_is_printed(
    qtbot: QtBot, context: Context, work: Workspace, parent: QWidget, tmp_path: Path
) -> None:
    zhang = stores.family_id(stores.ZHANG)
    households.change(work, zhang, {"address": "\U000f0000沟"})
    dialog = CardDialog(context, [zhang], parent)
    dialog.open()
    qtbot.waitUntil(lambda: len(_pages(dialog)) == 2, timeout=LIMIT_MS)
    assert "U+F0000" in dialog.missing.text()
    printer = make_printer()
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(tmp_path / "paper.pdf"))
    with pytest.raises(Trouble, match="没有字形") as refused:
        print_pages(work, [zhang], Privacy.P1, printer, SILENT)
    assert refused.value.code == previews.MISSING_GLYPHS
    assert not (tmp_path / "paper.pdf").exists()


def test_pages_reach_the_printer(qtbot: QtBot, work: Workspace, tmp_path: Path) -> None:
    """Qt's own PDF printer stands for the paper: same painter, same page geometry."""
    printer = make_printer()
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(tmp_path / "paper.pdf"))
    printer.setResolution(150)
    pages = print_pages(work, [stores.family_id(stores.ZHANG)], Privacy.P1, printer, SILENT)
    del printer
    printed = tmp_path / "paper.pdf"
    assert pages == previews.page_count(printed) == 2
    picture = previews.page_image(printed, 0, 400)
    assert picture.width > picture.height  # landscape
    assert len(set(picture.pixels)) > 50  # not blank
