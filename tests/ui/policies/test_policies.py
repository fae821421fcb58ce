"""The screen 政策口袋书: search, filters, large type, whom a policy fits, loading a pack."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QPushButton
from pytestqt.qtbot import QtBot

from tests.ui import looking
from tests.ui.conftest import LIMIT_MS
from villageapp.services import policies, policy_reach
from villageapp.ui.context import Context
from villageapp.ui.policies.screen import PoliciesScreen
from villageapp.ui.tell import Notice

PACK = """
pack = "test"
version = 1
[[policy]]
policy_no = "T-1"
title = "试用补贴"
level = "县"
category = "产业"
effective_from = 2020-01-01
target = [{ subject = "household", field = "household_type", op = "in", value = ["1", "2"] }]
standard_text = "每户一份"
pocket_text = "试用补贴人人有份"
source = "试用"
"""


@pytest.fixture
def screen(qtbot: QtBot, context: Context, settled: Callable[[], None]) -> PoliciesScreen:
    made = PoliciesScreen(context)
    qtbot.addWidget(made)
    made.resize(1200, 700)
    made.show()
    settled()
    return made


def test_the_library_is_listed_and_the_first_policy_shown(screen: PoliciesScreen) -> None:
    assert screen.table.rows.rowCount() == len(policies.library(screen.context.work))
    assert screen.page.title.text() == screen.table.rows.rows()[0]["title"]
    assert looking.unnamed(screen) == []
    assert looking.clipped(screen) == []


def test_typing_and_chips_narrow_the_list(
    qtbot: QtBot, screen: PoliciesScreen, settled: Callable[[], None]
) -> None:
    all_of_them = screen.table.rows.rowCount()
    qtbot.keyClicks(screen.search, "xe")
    qtbot.waitUntil(lambda: 0 < screen.table.rows.rowCount() < all_of_them)
    assert all("小额" in row["title"] for row in screen.table.rows.rows())
    screen.search.clear()
    screen.force.choose(False)
    screen.force.picked.emit()
    settled()
    assert all(not row["in_force"] for row in screen.table.rows.rows())


def test_a_pack_is_loaded_opened_and_matched(
    qtbot: QtBot,
    screen: PoliciesScreen,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    settled: Callable[[], None],
    told: list[Notice],
) -> None:
    pack = tmp_path / "县里.toml"
    pack.write_text(PACK, encoding="utf-8")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_args: (str(pack), ""))
    screen._load_pack()
    settled()
    assert "新增 1 条" in told[-1].text
    screen.open_record("T-1")
    settled()
    assert screen.table.current_id() == "T-1"
    assert screen.page.pocket.text() == "试用补贴人人有份"
    qtbot.mouseClick(screen.page.seek, Qt.MouseButton.LeftButton)
    settled()
    expected = policy_reach.households_for(screen.context.work, "T-1")
    assert screen.page.reached.rows.rowCount() == len(expected) == 4
    with qtbot.waitSignal(screen.context.signals.household_asked) as asked:
        screen.page.reached.setFocus()
        screen.page.reached.selectRow(0)
        qtbot.keyClick(screen.page.reached, Qt.Key.Key_Return)
    assert asked.args == [expected[0].household_id]


def test_a_search_without_result_says_so_and_leads_back(
    qtbot: QtBot, screen: PoliciesScreen, settled: Callable[[], None]
) -> None:
    qtbot.keyClicks(screen.search, "zzzz")
    qtbot.waitUntil(lambda: not screen.table.isVisible(), timeout=LIMIT_MS)
    [back] = [b for b in screen.findChildren(QPushButton) if b.text() == "看全部政策"]
    assert back.isVisible()
    qtbot.mouseClick(back, Qt.MouseButton.LeftButton)
    settled()
    assert screen.table.isVisible()
    assert screen.table.rows.rowCount() == len(policies.library(screen.context.work))
