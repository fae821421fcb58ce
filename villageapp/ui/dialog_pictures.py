"""Pictures of what a screen has behind its first view: its other tabs, and every dialog that a button of it opens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtPrintSupport import QPrintDialog
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QDialog,
    QFileDialog,
    QTabWidget,
    QWidget,
)

if TYPE_CHECKING:
    from villageapp.ui.context import Context
    from villageapp.ui.main_window import MainWindow

Save = Callable[[QWidget, str], None]
"""Draws a widget into the file with that name (without ``.png``)."""
Settle = Callable[[], None]
"""Returns when everything has been read and drawn."""
ASKS = "…"
"""How the words of a button end that asks something before it acts."""
_LOOK_MS = 50


def draw_behind(key: str, page: QWidget, window: QWidget, save: Save, settle: Settle) -> None:
    """Draw the tabs of a screen that are not in front, and every dialog of each tab.

    Files are named ``key-tab2`` and ``key-dialog1``, counted as they come.
    """
    count = 0
    with _no_system_dialogs():
        for number in _tabs(page):
            settle()
            if number > 1:
                save(window, f"{key}-tab{number}")
            for text in _questions(page):
                for dialog in _opened(page, text, settle):
                    count += 1
                    save(dialog, f"{key}-dialog{count}")


def draw_others(context: Context, window: MainWindow, folder: Path, save: Save, settle: Settle) -> None:
    """Draw the dialogs that no button with ``ASKS`` opens; ``folder`` takes a workbook for the import."""
    from villageapp.services import demo_village
    from villageapp.services.household_lists import list_ids
    from villageapp.ui.cards.preview import CardDialog
    from villageapp.ui.imports.dialog import ImportDialog

    workbook = folder / "名单.xlsx"
    demo_village.write_workbook(demo_village.build(30, today=context.work.today()), workbook)
    ImportDialog(context, workbook, window).open()
    _save_open(save, settle, "import")
    homes = list_ids(context.work)[:2]
    if homes:
        CardDialog(context, homes, window).open()
        _save_open(save, settle, "card")
    context.tell.ask("要删除这条记录吗？", yes="删除", details="删除后可以撤销。", then=lambda: None)
    _save_open(save, settle, "question")
    context.tell.error(RuntimeError("as if"))
    _save_open(save, settle, "error")
    window.start_tour()
    settle()
    save(window, "tour")
    window.tour.hide()


def _save_open(save: Save, settle: Settle, name: str) -> None:
    settle()
    for dialog in _dialogs():
        save(dialog, name)
        dialog.reject()
    settle()


def _tabs(page: QWidget) -> Iterator[int]:
    """Brings every tab of a page to the front in turn, counted from 1; once where there is none."""
    found = next((w for w in page.findChildren(QTabWidget) if w.isVisible() and w.count() > 1), None)
    if found is None:
        yield 1
        return
    for number in range(found.count()):
        if found.isTabVisible(number):
            found.setCurrentIndex(number)
            yield number + 1
    found.setCurrentIndex(0)


def _questions(page: QWidget) -> list[str]:
    """The words of the buttons that can be pressed, once a line of every list is chosen."""
    for view in page.findChildren(QAbstractItemView):
        model = view.model()
        if view.isVisible() and model is not None and model.rowCount() and not view.currentIndex().isValid():
            view.setCurrentIndex(model.index(0, 0))
    return list(dict.fromkeys(one.text() for one in _buttons(page)))


def _buttons(page: QWidget) -> Iterator[QAbstractButton]:
    for found in page.findChildren(QAbstractButton):
        if found.isVisible() and found.isEnabled() and found.text().endswith(ASKS):
            yield found


def _opened(page: QWidget, text: str, settle: Settle) -> Iterator[QDialog]:
    """Press the button with these words; each dialog that opens, closed again afterwards."""
    pressed = next((one for one in _buttons(page) if one.text() == text), None)
    if pressed is None:
        return
    pressed.click()
    settle()
    for dialog in _dialogs():
        yield dialog
        dialog.reject()
    settle()


def _dialogs() -> list[QDialog]:
    """What is open and ours: the system's own choosers are not."""
    return [
        w
        for w in QApplication.topLevelWidgets()
        if isinstance(w, QDialog) and w.isVisible() and not isinstance(w, (QFileDialog, QPrintDialog))
    ]


@contextmanager
def _no_system_dialogs() -> Iterator[None]:
    """Choosers of files and printers are closed as soon as they open; some wait for an answer."""
    timer = QTimer()
    timer.timeout.connect(_refuse)
    timer.start(_LOOK_MS)
    try:
        yield
    finally:
        timer.stop()


def _refuse() -> None:
    for window in QApplication.topLevelWidgets():
        if isinstance(window, (QFileDialog, QPrintDialog)) and window.isVisible():
            window.reject()
