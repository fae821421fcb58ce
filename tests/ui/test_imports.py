"""Importing a household list in the window: dry run, confirm, result, undo, refusal."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from tests.helpers import workbooks as w
from tests.ui.conftest import LIMIT_MS
from villageapp.services import demo_village, households, records
from villageapp.services.workspace import Workspace
from villageapp.ui.context import Context
from villageapp.ui.imports.dialog import ImportDialog
from villageapp.ui.imports.report_view import ReportView
from villageapp.ui.widgets.flow import EmptyState
from villageapp.ui.widgets.rows_table import RowsTable


@pytest.fixture(scope="module")
def workbook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("lists") / "名单.xlsx"
    demo_village.write_workbook(demo_village.build(20, today=date(2026, 11, 23)), file)
    return file


def _open(qtbot: QtBot, context: Context, file: Path, parent: QWidget) -> ImportDialog:
    dialog = ImportDialog(context, file, parent)
    dialog.open()
    qtbot.waitUntil(lambda: context.tasks.is_idle, timeout=LIMIT_MS)
    return dialog


def test_nothing_is_written_before_it_is_confirmed_and_all_can_be_undone(
    qtbot: QtBot,
    context: Context,
    work: Workspace,
    workbook: Path,
    parent: QWidget,
    settled: Callable[[], None],
) -> None:
    dialog = _open(qtbot, context, workbook, parent)
    assert isinstance(dialog.page(), ReportView)
    assert households.count(work)["households"] == 4
    assert dialog.confirm.isEnabled()
    qtbot.mouseClick(dialog.confirm, Qt.MouseButton.LeftButton)
    settled()
    assert households.count(work)["households"] == 24
    assert dialog.undo.isVisible()
    qtbot.mouseClick(dialog.undo, Qt.MouseButton.LeftButton)
    settled()
    assert len(households.list_ids(work)) == 4
    dialog.reject()


def test_the_same_list_again_offers_nothing_to_import(
    qtbot: QtBot, context: Context, workbook: Path, parent: QWidget, settled: Callable[[], None]
) -> None:
    first = _open(qtbot, context, workbook, parent)
    qtbot.mouseClick(first.confirm, Qt.MouseButton.LeftButton)
    settled()
    first.reject()
    again = _open(qtbot, context, workbook, parent)
    assert not again.confirm.isEnabled()
    again.reject()


def test_an_employment_list_is_shown_taken_and_undone(
    qtbot: QtBot,
    context: Context,
    work: Workspace,
    tmp_path: Path,
    parent: QWidget,
    settled: Callable[[], None],
) -> None:
    stranger = w.spell(姓名="外村人", 证件号码=w.citizens(1)[0])
    dialog = _open(
        qtbot, context, w.write_list(tmp_path / "务工.xlsx", w.spell(), stranger, headings=w.AWAY), parent
    )
    page = dialog.page()
    assert isinstance(page, ReportView)
    titles = [page.tabs.tabText(n).split()[0] for n in range(page.tabs.count())]
    assert titles == ["不导入的行", "没有登记的列"]
    assert records.count(work, "employment") == 0
    qtbot.mouseClick(dialog.confirm, Qt.MouseButton.LeftButton)
    settled()
    [spell] = records.list_records(work, "employment")
    assert (spell["start_ym"], spell["employer"]) == ("2023-03", "示例建筑公司")
    qtbot.mouseClick(dialog.undo, Qt.MouseButton.LeftButton)
    settled()
    said = dialog.page()
    assert isinstance(said, EmptyState)
    assert "务工 1 段" in said.text()
    assert records.count(work, "employment") == 0
    dialog.reject()


def test_a_list_of_strangers_is_not_called_up_to_date(
    qtbot: QtBot, context: Context, tmp_path: Path, parent: QWidget
) -> None:
    stranger = w.spell(姓名="外村人", 证件号码=w.citizens(1)[0])
    dialog = _open(qtbot, context, w.write_list(tmp_path / "务工.xlsx", stranger, headings=w.AWAY), parent)
    page = dialog.page()
    assert isinstance(page, ReportView)
    assert any("没有一行" in said.text() for said in page.findChildren(QLabel))
    assert not dialog.confirm.isEnabled()
    dialog.reject()


def test_every_column_that_is_not_stored_is_listed(
    qtbot: QtBot, context: Context, tmp_path: Path, parent: QWidget
) -> None:
    row = w.person(村="示例村", 人口编号="1")
    dialog = _open(qtbot, context, w.write_list(tmp_path / "全字段.xlsx", row, headings=w.WIDE), parent)
    page = dialog.page()
    assert isinstance(page, ReportView)
    [tab] = [n for n in range(page.tabs.count()) if page.tabs.tabText(n).startswith("没有登记的列")]
    table = page.tabs.widget(tab)
    assert isinstance(table, RowsTable)
    model = table.model()
    shown = {model.index(r, 1).data(): model.index(r, 2).data() for r in range(model.rowCount())}
    assert "收支账" in shown["工资性收入"]
    assert all(shown.values())
    dialog.reject()


@pytest.mark.parametrize(
    ("content", "reason"), [(b"", "空"), (b"PK\x03\x04 broken", "已损坏"), (b"a,b,c\n1,2,3\n", "名单")]
)
def test_a_file_that_is_no_list_is_refused_in_the_dialog(
    qtbot: QtBot,
    context: Context,
    work: Workspace,
    tmp_path: Path,
    parent: QWidget,
    content: bytes,
    reason: str,
) -> None:
    file = tmp_path / ("list.csv" if b"," in content else "list.xlsx")
    file.write_bytes(content)
    dialog = _open(qtbot, context, file, parent)
    page = dialog.page()
    assert isinstance(page, EmptyState)
    assert page.title() == "没有导入，数据没有改动"
    assert reason in page.text()
    assert not dialog.confirm.isEnabled()
    assert households.count(work)["households"] == 4
    dialog.reject()
