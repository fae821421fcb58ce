"""Photos, signatures and policies of a visit that is not saved yet."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QColor, QDropEvent, QImage, QPointingDevice, QTabletEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.helpers.stores import ZHANG, family_id
from tests.ui import looking
from tests.ui.conftest import LIMIT_MS
from tests.ui.visits.conftest import Typist
from villageapp.domain.policy_match import Match
from villageapp.domain.visit import VISIT
from villageapp.services import attachments, drafts, signatures, staged_photos, visits
from villageapp.services.signatures import FARMER, PAD, PAPER, VISITOR
from villageapp.services.workspace import Workspace
from villageapp.ui.context import Context
from villageapp.ui.visits.policy_input import PolicyInput
from villageapp.ui.visits.screen import VisitsScreen
from villageapp.ui.visits.sign_dialog import SignDialog
from villageapp.ui.visits.visit_form import VisitForm

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
Opened = Callable[[str], VisitForm]
HOME = family_id(ZHANG)


def picture_file(folder: Path, colour: str) -> Path:
    made = QImage(400, 300, QImage.Format.Format_RGB32)
    made.fill(QColor(colour))
    path = folder / f"{colour}.png"
    assert made.save(str(path))
    return path


def drop(form: VisitForm, path: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    none = Qt.KeyboardModifier.NoModifier
    form.dropEvent(QDropEvent(QPoint(5, 5), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, none))


def answered(form: VisitForm, work: Workspace, typist: Typist) -> None:
    form.questions["started_at"].input.set_value(work.now() - timedelta(minutes=30))
    form.questions["result"].take_focus()
    typist.press(Qt.Key.Key_1)
    typist.press(Qt.Key.Key_F2)


def dialog_of(screen: VisitsScreen, qtbot: QtBot) -> SignDialog:
    qtbot.waitUntil(lambda: bool(screen.window().findChildren(SignDialog)), timeout=LIMIT_MS)
    found = screen.window().findChildren(SignDialog)[-1]
    qtbot.waitUntil(found.isVisible, timeout=LIMIT_MS)
    return found


def write_name(dialog: SignDialog, qtbot: QtBot) -> None:
    pad = dialog.pad
    for start in (30, 120):
        qtbot.mousePress(pad, Qt.MouseButton.LeftButton, pos=QPoint(start, 40))
        for step in range(1, 8):
            qtbot.mouseMove(pad, QPoint(start + step * 9, 40 + step * 7))
        qtbot.mouseRelease(pad, Qt.MouseButton.LeftButton, pos=QPoint(start + 70, 90))


def sign(form: VisitForm, screen: VisitsScreen, role: str, qtbot: QtBot) -> None:
    qtbot.mouseClick(form.papers.sign_buttons[role], Qt.MouseButton.LeftButton)
    dialog = dialog_of(screen, qtbot)
    write_name(dialog, qtbot)
    qtbot.mouseClick(dialog.ok_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not dialog.isVisible(), timeout=LIMIT_MS)
    screen.activateWindow()


def save(screen: VisitsScreen, qtbot: QtBot) -> str:
    screen.form_page.save()
    qtbot.waitUntil(screen.saved_panel.isVisible, timeout=LIMIT_MS)
    recorded = screen.saved_panel._recorded
    assert recorded is not None
    return recorded.outcome.visit_id


def test_dropped_and_pasted_photos_are_saved_with_the_visit(
    opened: Opened,
    screen: VisitsScreen,
    work: Workspace,
    typist: Typist,
    qtbot: QtBot,
    settled: Callable[[], None],
    tmp_path: Path,
) -> None:
    form = opened(HOME)
    answered(form, work, typist)
    drop(form, picture_file(tmp_path, "red"))
    settled()
    pasted = QImage(50, 40, QImage.Format.Format_RGB32)
    pasted.fill(QColor("blue"))
    QApplication.clipboard().setImage(pasted)
    typist.press(Qt.Key.Key_V, CONTROL | SHIFT)
    settled()
    assert form.papers.photos.list.count() == 2
    assert attachments.of(work, "visit", HOME) == []
    visit_id = save(screen, qtbot)
    assert [one.width for one in attachments.of(work, "visit", visit_id)] == [400, 50]
    assert drafts.load(work, "visit", HOME) is None


def test_photos_and_signatures_come_back_with_the_draft(
    opened: Opened,
    screen: VisitsScreen,
    work: Workspace,
    typist: Typist,
    qtbot: QtBot,
    settled: Callable[[], None],
    tmp_path: Path,
) -> None:
    form = opened(HOME)
    answered(form, work, typist)
    drop(form, picture_file(tmp_path, "red"))
    settled()
    sign(form, screen, VISITOR, qtbot)
    screen.form_page.keeper.flush()
    settled()
    screen.form_page.close_form()
    form = opened(HOME)
    settled()
    assert form.papers.photos.list.count() == 1
    assert [one.signer for one in form.papers.papers().signed] == ["周队员"]
    visit_id = save(screen, qtbot)
    assert [one.role for one in signatures.of_visit(work, visit_id)] == [VISITOR]


def test_a_photo_taken_out_is_not_saved(
    opened: Opened,
    screen: VisitsScreen,
    work: Workspace,
    typist: Typist,
    qtbot: QtBot,
    settled: Callable[[], None],
    tmp_path: Path,
) -> None:
    form = opened(HOME)
    answered(form, work, typist)
    drop(form, picture_file(tmp_path, "red"))
    drop(form, picture_file(tmp_path, "green"))
    settled()
    photos = form.papers.photos
    photos.list.setCurrentRow(0)
    photos.list.item(0).setSelected(True)
    qtbot.keyClick(photos.list, Qt.Key.Key_Delete)
    assert photos.list.count() == 1
    visit_id = save(screen, qtbot)
    assert len(attachments.of(work, "visit", visit_id)) == 1


def test_the_family_signs_what_stands_above_the_pad(
    opened: Opened, screen: VisitsScreen, work: Workspace, typist: Typist, qtbot: QtBot
) -> None:
    form = opened(HOME)
    answered(form, work, typist)
    form.questions["demand"].input.set_value("修路")
    qtbot.mouseClick(form.papers.sign_buttons[FARMER], Qt.MouseButton.LeftButton)
    dialog = dialog_of(screen, qtbot)
    assert "修路" in dialog.summary.text()
    assert "见到户主" in dialog.summary.text()
    assert dialog.name.text() == "张示范"
    assert looking.unnamed(dialog) == []
    assert looking.clipped(dialog) == []
    qtbot.mouseClick(dialog.ok_button, Qt.MouseButton.LeftButton)
    assert dialog.isVisible()
    assert "还没有签字" in dialog.problem.text()
    write_name(dialog, qtbot)
    assert dialog.pad.stroke_count() == 2
    qtbot.mouseClick(dialog.back_button, Qt.MouseButton.LeftButton)
    assert dialog.pad.stroke_count() == 1
    qtbot.mouseClick(dialog.clear_button, Qt.MouseButton.LeftButton)
    assert dialog.pad.is_empty()
    assert dialog.pad.image() == b""
    write_name(dialog, qtbot)
    qtbot.mouseClick(dialog.ok_button, Qt.MouseButton.LeftButton)
    visit_id = save(screen, qtbot)
    (signed,) = signatures.of_visit(work, visit_id)
    assert (signed.role, signed.signer, signed.device, signed.is_intact) == (FARMER, "张示范", PAD, True)
    image = QImage.fromData(attachments.content(work, signed.sha256))
    assert image.hasAlphaChannel()
    assert image.width() > 200  # twice the pixels of the strokes
    assert QColor(image.pixel(0, 0)).alpha() == 255 or image.pixelColor(0, 0).alpha() == 0


def test_an_answer_changed_after_signing_voids_the_signature(
    opened: Opened, screen: VisitsScreen, work: Workspace, typist: Typist, qtbot: QtBot
) -> None:
    form = opened(HOME)
    answered(form, work, typist)
    sign(form, screen, FARMER, qtbot)
    form.questions["signed_on_paper"].input.tick.click()  # how it was signed is no content
    assert len(form.papers.papers().signed) == 1
    form.questions["water_ok"].take_focus()
    typist.press(Qt.Key.Key_2)
    assert form.papers.papers().signed == ()
    assert form.papers.void.isVisible()
    assert "作废" in form.papers.void.text()
    visit_id = None
    form.questions["water_ok_note"].input.set_value("水管冻裂")
    visit_id = save(screen, qtbot)
    assert signatures.of_visit(work, visit_id) == []


def test_the_photo_of_the_signed_paper(
    opened: Opened,
    screen: VisitsScreen,
    work: Workspace,
    typist: Typist,
    qtbot: QtBot,
    settled: Callable[[], None],
    tmp_path: Path,
) -> None:
    form = opened(HOME)
    answered(form, work, typist)
    form.papers.add_paper(str(picture_file(tmp_path, "white")))
    settled()
    assert PAPER in form.papers.photos.list.item(0).text()
    visit_id = save(screen, qtbot)
    (signed,) = signatures.of_visit(work, visit_id)
    assert (signed.role, signed.signer, signed.device) == (FARMER, "张示范", PAPER)
    assert visits.list_visits(work, HOME)[0]["id"] == visit_id


def test_a_pen_draws_as_it_is_pressed_and_its_other_end_rubs_out(
    opened: Opened, screen: VisitsScreen, work: Workspace, typist: Typist, qtbot: QtBot
) -> None:
    form = opened(HOME)
    answered(form, work, typist)
    form.papers.sign(FARMER)
    pad = dialog_of(screen, qtbot).pad

    def pen(kind: QTabletEvent.Type, at: QPointF, pressure: float, *, rubber: bool = False) -> None:
        end = QPointingDevice.PointerType.Eraser if rubber else QPointingDevice.PointerType.Pen
        device = QPointingDevice(
            "pen", 1, QPointingDevice.DeviceType.Stylus, end, QPointingDevice.Capability.Pressure, 1, 1
        )
        none, left = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton
        pad.tabletEvent(QTabletEvent(kind, device, at, at, pressure, 0, 0, 0.0, 0.0, 0, none, left, left))

    kinds = QTabletEvent.Type
    for pressure in (0.1, 1.0):
        pen(kinds.TabletPress, QPointF(20, 100 * pressure + 20), pressure)
        pen(kinds.TabletMove, QPointF(200, 100 * pressure + 20), pressure)
        pen(kinds.TabletRelease, QPointF(200, 100 * pressure + 20), pressure)
    assert pad.stroke_count() == 2
    image = QImage.fromData(pad.image())

    def ink(rows: range) -> int:
        middle = image.width() // 2
        return sum(image.pixelColor(middle, y).alpha() > 128 for y in rows)

    half = image.height() // 2
    assert 0 < ink(range(half)) < ink(range(half, image.height()))
    pen(kinds.TabletPress, QPointF(5, 5), 1.0, rubber=True)
    assert pad.is_empty()


def test_policies_are_ticked_from_the_line(context: Context, qtbot: QtBot) -> None:
    matches = [Match(f"P{n}", title, None, (), ("脱贫户",)) for n, title in enumerate(("低保", "雨露计划"))]
    made = PolicyInput(VISIT["policy_told"], matches)
    qtbot.addWidget(made)
    made.show()
    made.activateWindow()
    made.setFocus()
    qtbot.waitUntil(made.line.hasFocus, timeout=LIMIT_MS)
    qtbot.keyClicks(made.line, "12317")
    qtbot.keyClick(made.line, Qt.Key.Key_Down)
    first, second = made.ticks.values()
    assert first.hasFocus()
    qtbot.keyClick(first, Qt.Key.Key_Down)
    with qtbot.waitSignal(made.edited, timeout=LIMIT_MS):
        qtbot.keyClick(second, Qt.Key.Key_Space)
    assert made.value() == "12317；雨露计划"
    qtbot.keyClick(second, Qt.Key.Key_Up)
    qtbot.keyClick(first, Qt.Key.Key_Space)
    qtbot.keyClick(first, Qt.Key.Key_Up)
    assert made.line.hasFocus()
    assert made.value() == "12317；雨露计划；低保"
    qtbot.mouseClick(second, Qt.MouseButton.LeftButton)
    assert made.value() == "12317；低保"
    made.set_value("雨露计划")
    assert (first.isChecked(), second.isChecked()) == (False, True)


def test_too_many_photos_are_refused_in_words(
    opened: Opened, screen: VisitsScreen, tmp_path: Path, settled: Callable[[], None], told: list[object]
) -> None:
    form = opened(HOME)
    path = picture_file(tmp_path, "red")
    form.papers.photos.add_all([path] * (staged_photos.MOST + 1))
    settled()
    assert form.papers.photos.list.count() == 1  # the same photo once
    assert told
