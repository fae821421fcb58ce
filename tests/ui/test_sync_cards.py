"""The cards of the page 同步: where records are, sticks between two windows, people registered twice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QPushButton
from pytestqt.qtbot import QtBot

from tests.helpers.laptops import certify, household, laptop
from tests.helpers.stores import WANG, family_id
from tests.ui import looking
from tests.ui.conftest import LIMIT_MS
from villageapp.services import duplicates, households, members
from villageapp.services.record_status import Place
from villageapp.ui.context import Context, make_context
from villageapp.ui.preferences import Preferences
from villageapp.ui.syncing.duplicates_card import DuplicatesCard
from villageapp.ui.syncing.places_card import PlacesCard
from villageapp.ui.syncing.stick_card import StickCard
from villageapp.ui.syncing.waiting_card import WaitingCard
from villageapp.ui.tell import Notice

NEW = {"name": "李样例", "relation": "其他", "birth_date": "1965-07-08", "sex": "2", "id_type": "99"}


def test_one_person_registered_twice_is_merged_from_the_page(
    qtbot: QtBot, context: Context, settled: Callable[[], None], told: list[Notice]
) -> None:
    members.add_member(context.work, family_id(WANG), NEW)
    card = DuplicatesCard(context)
    qtbot.addWidget(card)
    card.resize(900, 300)
    card.refresh()
    settled()
    assert card.isVisibleTo(card.parentWidget()) or not card.isHidden()
    assert looking.unnamed(card) == []
    join = next(b for b in card.findChildren(QPushButton) if b.text() == "合并")
    card.show()
    for width in (900, 480):
        card.resize(width, 400)
        qtbot.waitUntil(lambda: looking.fits(card), timeout=LIMIT_MS)
    qtbot.mouseClick(join, Qt.MouseButton.LeftButton)
    settled()
    assert duplicates.proposals(context.work) == []
    assert card.isHidden()
    assert "已合并" in told[-1].text


def test_a_stick_carries_work_from_one_window_to_another(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = laptop(tmp_path, "first"), laptop(tmp_path, "second")
    certify(first, second)
    with first, second:
        home = household(1, phone="13800000001")
        with first.transaction() as session:
            session.add(home)
        path = tmp_path / "stick" / "给队友.zcb"
        path.parent.mkdir()
        contexts = [
            make_context(w, Preferences(tmp_path / f"{n}.ini")) for n, w in enumerate((first, second))
        ]
        out, places, into = StickCard(contexts[0]), PlacesCard(contexts[0]), StickCard(contexts[1])
        for widget in (out, places, into):
            qtbot.addWidget(widget)
            widget.show()
        places.refresh()
        qtbot.waitUntil(lambda: places.figure(Place.LOCAL) == "1", timeout=LIMIT_MS)
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (str(path), ""))
        monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_args: (str(path), ""))
        qtbot.mouseClick(out.to_colleague, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: "1 条改动" in out.said.text(), timeout=LIMIT_MS)
        places.refresh()
        qtbot.waitUntil(lambda: places.figure(Place.STICK) == "1", timeout=LIMIT_MS)
        with qtbot.waitSignal(contexts[1].signals.changed, timeout=LIMIT_MS):
            qtbot.mouseClick(into.bring_in, Qt.MouseButton.LeftButton)
        assert "新收到 1 条" in into.said.text()
        assert households.page(second, home.id).values["phone"] == "13800000001"
        for context in contexts:
            context.tasks.close()


def test_a_file_for_a_colleague_whom_this_laptop_does_not_know_says_so(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = laptop(tmp_path, "alone")
    certify(alone)
    with alone:
        with alone.transaction() as session:
            session.add(household(1))
        context = make_context(alone, Preferences(tmp_path / "alone.ini"))
        card = StickCard(context)
        qtbot.addWidget(card)
        card.show()
        path = tmp_path / "给队友.zcb"
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (str(path), ""))
        qtbot.mouseClick(card.to_colleague, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: "只有省里服务器能打开" in card.said.text(), timeout=LIMIT_MS)
        context.tasks.close()


def test_everything_is_on_this_laptop_alone_before_the_first_sync(
    qtbot: QtBot, context: Context, settled: Callable[[], None]
) -> None:
    card = PlacesCard(context)
    qtbot.addWidget(card)
    card.refresh()
    settled()
    assert int(card.figure(Place.LOCAL)) > 10
    assert card.figure(Place.RECEIVED) == "0"


def test_a_change_that_waits_is_listed_with_its_reason(
    qtbot: QtBot, context: Context, settled: Callable[[], None]
) -> None:
    identity = context.work.identity
    with context.work.database.writing() as connection:
        connection.exec_driver_sql(
            "INSERT INTO quarantine (replica_id, seq, entity, record_id, reason, noted_at) VALUES (?, 1, ?, ?, ?, ?)",
            (identity.replica_id, "household", family_id(WANG), "ValueError", "2026-11-23T08:00:00.000Z"),
        )
    card = WaitingCard(context)
    qtbot.addWidget(card)
    card.refresh()
    settled()
    assert not card.isHidden()
    assert "1" in card.heading.text()
    assert card.table.rows.words(0, 0) == "农户"
    assert card.table.rows.words(0, 3)
