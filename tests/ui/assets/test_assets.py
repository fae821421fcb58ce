"""The screen 资产项目: what is due, the yearly check that opens a problem, income and its distribution, projects."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog
from pytestqt.qtbot import QtBot

from tests.helpers.photos import photo as picture
from tests.helpers.stores import WANG, ZHANG, family_id, member_id
from tests.ui import looking
from tests.ui.conftest import LIMIT_MS
from villageapp.services import asset_incomes, asset_pages, attachments, post_pages, records
from villageapp.services.workspace import Workspace
from villageapp.ui.assets.income_dialog import IncomeDialog
from villageapp.ui.assets.lines_dialog import LinesDialog
from villageapp.ui.assets.screen import AssetsScreen
from villageapp.ui.context import Context
from villageapp.ui.tell import Notice
from villageapp.ui.widgets.record_dialog import RecordDialog

D = TypeVar("D", bound=QDialog)
PROJECTS, INCOMES = 1, 2
WIFE = member_id(ZHANG, "149901196507080022")


@pytest.fixture
def solar(work: Workspace) -> str:
    """A photovoltaic plant, sound and looked at; beside it a shed that nobody looked at."""
    today = work.today()
    project = records.record(work, "project", {"name": "光伏电站项目", "kind": "光伏"}).id
    values: dict[str, Any] = {
        "asset_no": "SF-001",
        "name": "村级光伏电站",
        "asset_class": "2",
        "asset_form": "固定资产",
        "project_id": project,
        "fund_level": "中央",
        "built_year": 2020,
        "place": "村东",
        "original_value": "560000",
        "owner_level": "村集体",
        "operator": "示范合作社",
        "contract_end": today + timedelta(days=30),
        "custodian": "王测试",
        "status": "正常",
        "last_check_on": today - timedelta(days=30),
    }
    made = records.record(work, "asset", values).id
    shed = {**values, "asset_no": "SF-002", "name": "棚舍", "contract_end": None, "last_check_on": None}
    records.record(work, "asset", {**shed, "project_id": None})
    return made


@pytest.fixture
def screen(qtbot: QtBot, context: Context, solar: str, settled: Callable[[], None]) -> AssetsScreen:
    made = AssetsScreen(context)
    qtbot.addWidget(made)
    made.resize(1211, 690)
    with qtbot.waitActive(made):
        made.show()
        made.activateWindow()
    settled()
    settled()
    return made


def dialog(qtbot: QtBot, kind: type[D]) -> D:
    def shown() -> list[D]:
        return [w for w in QApplication.topLevelWidgets() if isinstance(w, kind) and w.isVisible()]

    qtbot.waitUntil(lambda: bool(shown()), timeout=LIMIT_MS)
    return shown()[-1]


def test_totals_and_what_is_due_are_said_and_narrowed(
    screen: AssetsScreen, settled: Callable[[], None]
) -> None:
    assert "资产 2 项" in screen.totals.text()
    assert "1,120,000.00" in screen.totals.text()
    assert "逾期" in screen.attention.text()
    assert screen.pane.title.text() == "村级光伏电站"
    screen.need.choose("check")
    screen.need.picked.emit()
    settled()
    assert [row.values["name"] for row in screen.assets.rows.rows()] == ["棚舍"]
    assert looking.unnamed(screen) == []
    assert looking.clipped(screen) == []


def test_a_check_that_finds_damage_opens_a_problem_and_leads_to_it(
    qtbot: QtBot, screen: AssetsScreen, solar: str, settled: Callable[[], None]
) -> None:
    assert screen.pane.problem.isHidden()
    qtbot.mouseClick(screen.pane.check, Qt.MouseButton.LeftButton)
    asked = dialog(qtbot, RecordDialog)
    assert asked.form.input("last_check_on").value() == screen.context.work.today().isoformat()
    asked.form.input("status").set_value("损坏")
    qtbot.mouseClick(asked.save, Qt.MouseButton.LeftButton)
    settled()
    settled()
    row = asset_pages.one(screen.context.work, solar)
    assert row.problem is not None
    assert row.values["last_check_on"] == screen.context.work.today()
    qtbot.waitUntil(screen.pane.problem.isVisible, timeout=LIMIT_MS)
    with qtbot.waitSignal(screen.context.signals.record_asked) as asked_for:
        qtbot.mouseClick(screen.pane.problem, Qt.MouseButton.LeftButton)
    assert asked_for.args == ["problems", row.problem.id]


def test_income_is_distributed_while_the_rule_is_explained(
    qtbot: QtBot, screen: AssetsScreen, solar: str, work: Workspace, settled: Callable[[], None]
) -> None:
    today = work.today()
    post = {
        "member_id": WIFE,
        "post_kind": "M0409",
        "fund_source": "光伏收益",
        "agreement_start": today,
        "agreement_end": today + timedelta(days=300),
        "month_pay": "500",
    }
    post_pages.record(work, family_id(ZHANG), post)
    qtbot.mouseClick(screen.pane.earn, Qt.MouseButton.LeftButton)
    made = dialog(qtbot, IncomeDialog)
    made.form.input("period").set_value("2026年")
    for name, text in (("gross", "20000"), ("cost", "2000")):
        qtbot.keyClicks(made.form.input(name).inner, text)
    assert made.form.input("net").value() == "18,000.00"
    qtbot.mouseClick(made.fill, Qt.MouseButton.LeftButton)
    assert made.lines()[0]["amount"] == 500_00 * 12
    grid = made.grid
    QApplication.clipboard().setText("救助\t王测试（二组）\t\t20000\r\n")
    grid.go_to("1", "kind")
    grid.paste()
    assert made.told.text().startswith("✕"), "more than the net income"
    grid.model_.set_text(1, 3, "1000")
    assert made.told.text().startswith("✓")
    assert looking.unnamed(made) == []
    qtbot.mouseClick(made.save, Qt.MouseButton.LeftButton)
    settled()
    [row] = asset_incomes.incomes(work, solar)
    assert [(line.kind, line.who, line.amount) for line in row.lines] == [
        ("公益岗工资", "李样例", 6000_00),
        ("救助", "王测试", 1000_00),
    ]
    assert row.lines[1] == asset_incomes.PaidLine("救助", "王测试", 1000_00)
    assert family_id(WANG) in {line.get("household_id") for line in row.values["distribution"]}
    screen.tabs.setCurrentIndex(INCOMES)
    settled()
    screen.incomes.selectRow(0)
    assert "李样例" in screen.told.text()
    assert "未核定" in screen.incomes.rows.words(0, 6), (
        "no share is set for this year: nobody says that it fits"
    )
    assert looking.clipped(screen) == []


def test_a_household_that_is_not_in_the_list_is_refused(
    qtbot: QtBot, screen: AssetsScreen, solar: str, settled: Callable[[], None]
) -> None:
    qtbot.mouseClick(screen.pane.earn, Qt.MouseButton.LeftButton)
    made = dialog(qtbot, IncomeDialog)
    made.form.input("period").set_value("2026年")
    made.form.input("gross").set_value(100_00)
    made.form.input("net").set_value(100_00)
    made.grid.model_.set_text(0, 0, "救助")
    made.grid.model_.set_text(0, 1, "不存在的户")
    made.grid.model_.set_text(0, 3, "10")
    qtbot.mouseClick(made.save, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(made.save.isEnabled, timeout=LIMIT_MS)
    settled()
    assert made.isVisible()
    assert asset_incomes.incomes(screen.context.work) == []
    for window in QApplication.topLevelWidgets():
        if window.isVisible() and window is not screen:
            window.close()


def test_the_trial_tells_how_many_posts(
    qtbot: QtBot, screen: AssetsScreen, settled: Callable[[], None]
) -> None:
    qtbot.mouseClick(screen.pane.earn, Qt.MouseButton.LeftButton)
    made = dialog(qtbot, IncomeDialog)
    made.form.input("net").set_value(60_000_00)
    made.trial.input("labour_share").set_value("80%")
    made.trial.input("monthly_pay").set_value(500_00)
    made._try()
    settled()
    assert "8 个岗" in made.tried.text()
    made.close()


def test_a_project_is_recorded_with_its_funds(
    qtbot: QtBot, screen: AssetsScreen, work: Workspace, settled: Callable[[], None]
) -> None:
    screen.tabs.setCurrentIndex(PROJECTS)
    qtbot.mouseClick(screen.add_project, Qt.MouseButton.LeftButton)
    made = dialog(qtbot, LinesDialog)
    made.form.input("name").set_value("养殖园")
    made.form.input("kind").set_value("产业")
    made.grid.model_.set_text(0, 0, "县")
    made.grid.model_.set_text(0, 2, "一千")
    qtbot.mouseClick(made.save, Qt.MouseButton.LeftButton)
    assert made.isVisible(), "a refused cell is not saved"
    made.grid.model_.set_text(0, 2, "1000")
    qtbot.mouseClick(made.save, Qt.MouseButton.LeftButton)
    settled()
    row = next(r for r in asset_pages.page(work).projects if r.values["name"] == "养殖园")
    assert row.amount == 1000_00
    screen.projects.choose(row.id)
    screen.projects.setFocus()
    qtbot.keyClick(screen.projects, Qt.Key.Key_Return)
    again = dialog(qtbot, LinesDialog)
    again.grid.model_.set_text(0, 3, "800")
    qtbot.mouseClick(again.save, Qt.MouseButton.LeftButton)
    settled()
    assert next(r for r in asset_pages.page(work).projects if r.id == row.id).paid == 800_00


def test_a_photo_is_kept_with_the_asset(
    screen: AssetsScreen, solar: str, tmp_path: Path, settled: Callable[[], None], told: list[Notice]
) -> None:
    photo = tmp_path / "标牌.jpg"
    photo.write_bytes(picture(1))
    screen.pane.photos.add_all([photo])
    settled()
    assert len(attachments.of(screen.context.work, "asset", solar)) == 1
    screen.open_record(solar)
    settled()
    assert screen.assets.current_id() == solar


def test_an_empty_village_is_led_by_the_hand(
    qtbot: QtBot, context: Context, settled: Callable[[], None]
) -> None:
    made = AssetsScreen(context)
    qtbot.addWidget(made)
    made.resize(1211, 690)
    made.show()
    settled()
    for tab in range(3):
        made.tabs.setCurrentIndex(tab)
        assert looking.clipped(made) == []
    assert made._stacks[0].currentIndex() == 1
