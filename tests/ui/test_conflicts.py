"""Settling what two laptops wrote differently, on the screen 同步, with real stores that met."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from tests.helpers import laptops
from tests.ui.conftest import LIMIT_MS
from tests.ui.looking import fits, unnamed
from villageapp.domain.changes import ChangeSet
from villageapp.models.records import Cadre, Household, Member
from villageapp.services import settling, syncing
from villageapp.services.workspace import Workspace
from villageapp.sync import capture
from villageapp.ui.context import Context, make_context
from villageapp.ui.preferences import Preferences
from villageapp.ui.syncing.screen import SyncScreen
from villageapp.ui.tell import Notice, Tone

ID = laptops.household(1).id
HEAD, DUTY, OTHER_DUTY = (f"01900000-0000-7000-8000-00000000000{n}" for n in (1, 2, 3))


@dataclass
class Quarrel:
    """My laptop, the colleague's, and my screen."""

    mine: Workspace
    theirs: Workspace
    context: Context
    screen: SyncScreen
    said: list[Notice]

    def texts(self) -> str:
        """Everything that stands under the list."""
        return "\n".join(found.text() for found in self.screen.conflicts.chooser.findChildren(QLabel))

    def fields(self) -> list[str]:
        """Fields still in conflict on my laptop."""
        return [conflict.field for conflict in syncing.conflicts(self.mine)]


def write(work: Workspace, **values: object) -> None:
    with work.transaction() as session:
        session.get_one(Household, ID).assign(values)


@pytest.fixture
def team(tmp_path: Path) -> Iterator[tuple[Workspace, Workspace]]:
    with laptops.laptop(tmp_path, "周队员") as mine, laptops.laptop(tmp_path, "吴队员") as theirs:
        laptops.certify(mine, theirs)
        with mine.transaction() as session:
            home = laptops.household(1, phone="13800000001", group_name="一组", head_member_id=HEAD)
            head = Member(id=HEAD)
            head.assign({"household_id": ID, "name": "张示范", "relation": "户主"})
            session.add_all([home, head])
            for cadre_id, name in ((DUTY, "郑干部"), (OTHER_DUTY, "冯干部")):
                cadre = Cadre(id=cadre_id)
                cadre.assign({"name": name, "role": "工作队员"})
                session.add(cadre)
        laptops.meet(mine, theirs)
        yield mine, theirs


@pytest.fixture
def quarrel(
    qtbot: QtBot, team: tuple[Workspace, Workspace], tmp_path: Path
) -> Iterator[Callable[[], Quarrel]]:
    """Opens my screen once both laptops have met after writing."""
    opened: list[Context] = []

    def meet_and_open() -> Quarrel:
        mine, theirs = team
        laptops.meet(mine, theirs)
        context = make_context(mine, Preferences(tmp_path / "window.ini"))
        opened.append(context)
        screen = SyncScreen(context)
        qtbot.addWidget(screen)
        screen.resize(1200, 690)
        said: list[Notice] = []
        context.tell.said.connect(said.append)
        with qtbot.waitActive(screen):
            screen.show()
            screen.activateWindow()

        def shown() -> bool:
            return context.tasks.is_idle and all(made.isVisible() for made in screen.conflicts.chooser.takes)

        qtbot.waitUntil(shown, timeout=LIMIT_MS)
        return Quarrel(mine, theirs, context, screen, said)

    yield meet_and_open
    for context in opened:
        context.tasks.close()


def settled(qtbot: QtBot, quarrel: Quarrel, left: int) -> None:
    conflicts = quarrel.screen.conflicts
    qtbot.waitUntil(lambda: quarrel.context.tasks.is_idle and len(quarrel.fields()) == left, timeout=LIMIT_MS)
    qtbot.waitUntil(lambda: conflicts.table.rowCount() == left, timeout=LIMIT_MS)


def test_both_sides_are_named_and_a_digit_settles_on_both_laptops(
    qtbot: QtBot, team: tuple[Workspace, Workspace], quarrel: Callable[[], Quarrel]
) -> None:
    write(team[0], phone="13800000002")
    write(team[1], phone="13800000003")
    open_now = quarrel()
    conflicts = open_now.screen.conflicts
    assert conflicts.title.text() == "有 1 处需要核实"
    row = [conflicts.table.item(0, column).text() for column in range(4)]
    assert row[0] == "张示范家（一组）"
    assert row[3] == "13800000003 | 13800000002"
    assert conflicts.chooser.title.text() == f"张示范家（一组） · {row[2]}"
    texts = open_now.texts()
    assert "周队员" in texts
    assert "本机" in texts
    assert "吴队员" in texts
    assert f"电脑 {team[1].identity.replica_id[-4:]}" in texts
    for height in (690, 480):  # a low window scrolls, it does not squeeze
        open_now.screen.resize(1200, height)
        qtbot.waitUntil(lambda: fits(open_now.screen), timeout=LIMIT_MS)
    assert unnamed(open_now.screen) == []

    conflicts.table.setFocus()
    qtbot.keyClick(conflicts.table, Qt.Key.Key_2)
    settled(qtbot, open_now, 0)
    assert open_now.said[-1].tone is Tone.DONE
    assert open_now.said[-1].text == f"已选定：张示范家（一组） {row[2]}为“13800000002”。"
    assert not conflicts.isVisible()
    laptops.meet(team[1], team[0])
    for work in team:
        assert syncing.conflicts(work) == []
        with work.transaction() as session:
            assert session.get_one(Household, ID).phone == "13800000002"
    assert syncing.state_hash(team[0]) == syncing.state_hash(team[1])


def test_enter_goes_to_the_buttons_and_presses_them(
    qtbot: QtBot, team: tuple[Workspace, Workspace], quarrel: Callable[[], Quarrel]
) -> None:
    write(team[0], phone="13800000002")
    write(team[1], phone="13800000003")
    open_now = quarrel()
    conflicts = open_now.screen.conflicts
    conflicts.table.setFocus()
    qtbot.keyClick(conflicts.table, Qt.Key.Key_Return)
    assert QApplication.focusWidget() is conflicts.chooser.takes[0]
    qtbot.keyClick(conflicts.chooser.takes[0], Qt.Key.Key_Return)
    settled(qtbot, open_now, 0)
    with team[0].transaction() as session:
        assert session.get_one(Household, ID).phone == "13800000003"


def test_another_value_is_checked_as_the_form_does_and_digits_are_typed_not_chosen(
    qtbot: QtBot, team: tuple[Workspace, Workspace], quarrel: Callable[[], Quarrel]
) -> None:
    write(team[0], dibao_persons=2, phone="13800000002")
    write(team[1], dibao_persons=3, phone="13800000003")
    open_now = quarrel()
    conflicts = open_now.screen.conflicts
    keys = [conflicts.table.item(row, 2).text() for row in range(2)]
    conflicts.table.selectRow(next(row for row, text in enumerate(keys) if "人数" in text or "人口" in text))
    other = conflicts.chooser.other
    assert other is not None
    line = other.input("dibao_persons")
    line.setFocus()
    qtbot.keyClicks(QApplication.focusWidget(), "1x")
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    assert QApplication.focusWidget() is conflicts.chooser.adopt
    qtbot.keyClick(conflicts.chooser.adopt, Qt.Key.Key_Return)
    assert "不是数字" in other.problem_text("dibao_persons")
    assert len(open_now.fields()) == 2
    line.set_value(None)
    line.setFocus()
    qtbot.keyClicks(QApplication.focusWidget(), "1")
    assert len(open_now.fields()) == 2  # typed, not taken
    conflicts.refresh()  # as after a sync: what is being typed stays
    qtbot.waitUntil(lambda: open_now.context.tasks.is_idle, timeout=LIMIT_MS)
    assert line.value() == "1"
    qtbot.mouseClick(conflicts.chooser.adopt, Qt.MouseButton.LeftButton)
    settled(qtbot, open_now, 1)
    assert open_now.fields() == ["phone"]
    assert conflicts.table.currentRow() == 0  # the next one is selected
    with team[0].transaction() as session:
        assert session.get_one(Household, ID).dibao_persons == 1


def test_a_cadre_is_shown_by_name_and_picked_from_all(
    qtbot: QtBot, team: tuple[Workspace, Workspace], quarrel: Callable[[], Quarrel]
) -> None:
    write(team[0], duty_person_id=DUTY)
    write(team[1], duty_person_id=OTHER_DUTY)
    open_now = quarrel()
    conflicts = open_now.screen.conflicts
    assert conflicts.table.item(0, 3).text() == "冯干部 | 郑干部"
    other, adopt = conflicts.chooser.other, conflicts.chooser.adopt
    assert other is not None
    assert adopt is not None
    other.input("duty_person_id").set_value(DUTY)
    qtbot.mouseClick(adopt, Qt.MouseButton.LeftButton)
    settled(qtbot, open_now, 0)
    assert "郑干部" in open_now.said[-1].text


@pytest.mark.parametrize(("key", "deleted"), [(Qt.Key.Key_1, False), (Qt.Key.Key_2, True)])
def test_a_deletion_that_met_a_change_is_decided(
    qtbot: QtBot,
    team: tuple[Workspace, Workspace],
    quarrel: Callable[[], Quarrel],
    key: Qt.Key,
    deleted: bool,
) -> None:
    with team[1].transaction() as session:
        capture.delete(session, session.get_one(Household, ID))
    write(team[0], address="村东头")
    open_now = quarrel()
    conflicts = open_now.screen.conflicts
    assert [made.text() for made in conflicts.chooser.takes] == ["1 保留这条记录", "2 确认删除"]
    assert "删除的人：吴队员" in open_now.texts()
    assert conflicts.chooser.other is None
    qtbot.keyClick(conflicts.table, key)
    settled(qtbot, open_now, 0)
    with team[0].transaction() as session:
        assert session.get_one(Household, ID).deleted is deleted


def test_what_was_settled_meanwhile_is_said_and_goes_away(
    qtbot: QtBot, team: tuple[Workspace, Workspace], quarrel: Callable[[], Quarrel]
) -> None:
    write(team[0], phone="13800000002")
    write(team[1], phone="13800000003")
    open_now = quarrel()
    settling.settle(team[0], "household", ID, "phone", "13800000003")
    qtbot.keyClick(open_now.screen.conflicts.table, Qt.Key.Key_2)
    settled(qtbot, open_now, 0)
    assert any("没有不同的值" in notice.text for notice in open_now.said)
    with team[0].transaction() as session:
        assert session.get_one(Household, ID).phone == "13800000003"


def test_a_conflict_that_arrives_by_sync_shows_at_once(
    qtbot: QtBot, team: tuple[Workspace, Workspace], quarrel: Callable[[], Quarrel]
) -> None:
    open_now = quarrel()
    assert not open_now.screen.conflicts.isVisible()
    write(team[0], phone="13800000002")
    write(team[1], phone="13800000003")
    outcome = laptops.meet(team[0], team[1])
    open_now.context.signals.changed.emit(outcome.changes or ChangeSet(everything=True))
    qtbot.waitUntil(open_now.screen.conflicts.isVisible, timeout=LIMIT_MS)
    assert open_now.screen.conflicts.table.rowCount() == 1
