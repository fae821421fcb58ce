"""One case on the screen 监测帮扶: path, steps with their refusals, the plan, the figures of the exit."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from tests.helpers import monitoring as whole
from tests.helpers.days import on
from tests.helpers.photos import photo
from tests.helpers.stores import MEMBER, WANG, ZHANG, as_role, family_id
from tests.ui.conftest import LIMIT_MS
from tests.ui.looking import clipped, unnamed
from tests.ui.monitoring.conftest import Settled, Show, dialog_of, open_case
from tests.unit.services.test_cases import Village
from villageapp.services import attachments, cases, measures, records
from villageapp.ui.context import Context
from villageapp.ui.measures.measure_dialog import MeasureDialog
from villageapp.ui.monitoring.paper_input import PaperInput, attach
from villageapp.ui.monitoring.step_dialog import StepDialog
from villageapp.ui.tell import Notice
from villageapp.ui.widgets.record_dialog import RecordDialog

HOME, OTHER = family_id(ZHANG), family_id(WANG)


def test_the_path_and_a_step_with_its_refusal(
    qtbot: QtBot, village: Village, show: Show, settled: Settled, told: list[Notice]
) -> None:
    village.open()
    on(village.work, "2023-04-01")
    village.consent()
    for move in whole.FORWARD[:3]:
        village.step(move)
    screen = show()
    open_case(screen, village.case, settled)
    assert [line for line in screen.pane.path.texts() if "正在办" in line] == ["● 村内公示 正在办"]
    assert any("2023-03-15" in line.text() for line in screen.pane.steps.findChildren(QLabel))
    screen.pane.steps.buttons["close_notice"].click()
    dialog = dialog_of(qtbot, StepDialog)
    assert dialog.form.names() == ("notice_end", "notice_photos", "objections", "objection_upheld")
    dialog.form.input("notice_end").set_value("2023-03-14")
    dialog.go.click()
    settled()
    qtbot.waitUntil(lambda: any("R-MON-3" in line for line in dialog.said()), timeout=LIMIT_MS)
    assert any("2023-03-15" in line for line in dialog.said())
    assert any("公示照片" in line for line in dialog.said())
    assert village.values["state"] == "NOTICE"
    assert village.values["notice_end"] is None
    assert clipped(dialog) == []
    dialog.form.input("notice_end").set_value("2023-03-15")
    dialog.form.input("notice_photos").set_value([village.photo])
    dialog.go.click()
    settled()
    assert village.values["state"] == "TOWN_REVIEW"
    assert any("乡镇初审" in notice.text for notice in told)
    qtbot.waitUntil(lambda: "town_agrees" in screen.pane.steps.buttons, timeout=LIMIT_MS)
    with qtbot.waitActive(screen):
        screen.activateWindow()
    qtbot.waitUntil(screen.pane.steps.buttons["town_agrees"].hasFocus, timeout=LIMIT_MS)
    qtbot.keyClick(screen.pane.steps.buttons["town_agrees"], Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: screen._whole.currentWidget() is screen._overview, timeout=LIMIT_MS)


def test_what_is_filled_in_can_be_kept_without_the_step(
    qtbot: QtBot, village: Village, show: Show, settled: Settled
) -> None:
    village.open()
    screen = show()
    open_case(screen, village.case, settled)
    screen.pane.steps.buttons["verify"].click()
    dialog = dialog_of(qtbot, StepDialog)
    dialog.form.input("verify_on").set_value("不是日期")
    dialog.keep.click()
    settled()
    assert "日期" in dialog.form.problem_text("verify_on")
    dialog.form.input("verify_on").set_value("2023-03-07")
    dialog.form.input("verifiers").set_value(village.cadres[:1])
    dialog.keep.click()
    settled()
    assert (village.values["state"], f"{village.values['verify_on']}") == ("CLUE", "2023-03-07")


def test_consent_is_recorded_from_the_step(
    qtbot: QtBot, village: Village, show: Show, settled: Settled
) -> None:
    village.open()
    on(village.work, "2023-04-01")
    village.step(whole.FORWARD[0])
    screen = show()
    open_case(screen, village.case, settled)
    screen.pane.steps.buttons["open_review"].click()
    step = dialog_of(qtbot, StepDialog)
    assert any("R-MON-4" in line for line in step.said())
    step._ask_consent()
    consent = dialog_of(qtbot, RecordDialog)
    assert unnamed(consent) == []
    consent.form.input("signed_on").set_value("2023-03-07")
    consent.form.input("method").set_value("纸质签字拍照")
    consent.form.input("text_version").set_value("2022-1")
    consent.save.click()
    settled()
    (made,) = records.list_records(village.work, "consent")
    assert (made["household_id"], made["kind"]) == (HOME, "2")
    step.go.click()
    settled()
    assert village.values["state"] == "VILLAGE_REVIEW"


def test_a_role_that_may_not_is_told_before_and_refused(
    qtbot: QtBot, village: Village, show: Show, settled: Settled
) -> None:
    village.identified()
    as_role(village.work, MEMBER)
    screen = show()
    open_case(screen, village.case, settled)
    lines = [line.text() for line in screen.pane.steps.findChildren(QLabel)]
    assert any("R-MON-15" in line and "工作队员" in line for line in lines)
    screen.pane.steps.buttons["start_help"].click()
    dialog = dialog_of(qtbot, StepDialog)
    dialog.form.input("plan").text.setPlainText("大病救治")
    dialog.go.click()
    settled()
    qtbot.waitUntil(lambda: any("R-MON-15" in line for line in dialog.said()), timeout=LIMIT_MS)
    assert village.values["state"] == "IDENTIFIED"
    assert village.values["plan"] is None


def test_measures_are_ticked_to_a_risk_and_new_ones_name_it(
    qtbot: QtBot, village: Village, show: Show, settled: Settled
) -> None:
    village.helped()
    screen = show()
    open_case(screen, village.case, settled)
    aid = next(m["id"] for m in measures.list_measures(village.work) if m["item"] == "M1003")
    screen.pane.plan.ticks["04", aid].click()
    settled()
    assert next(m for m in measures.list_measures(village.work) if m["id"] == aid)["risk_code"] == "04"
    qtbot.waitUntil(lambda: "现针对" in screen.pane.plan.ticks["01", aid].text(), timeout=LIMIT_MS)
    screen.pane.plan.measure_asked.emit("01")
    dialog = dialog_of(qtbot, MeasureDialog)
    settled()
    assert dialog.household.value() == HOME
    assert dialog.form.input("risk_code").value() == "01"
    dialog.reject()


def test_the_thirteen_figures_of_the_exit(
    qtbot: QtBot, village: Village, show: Show, settled: Settled
) -> None:
    village.steady()
    screen = show()
    open_case(screen, village.case, settled)
    assert screen.pane.exit.count.text() == "0/13"
    assert "合规自付支出" in screen.pane.exit.missing.text()
    screen.pane.exit.fill.click()
    figures = dialog_of(qtbot, RecordDialog)
    figures.form.input("exit_wage").set_value(20_000_00)
    figures.form.input("exit_edu_dropout").set_value(False)
    figures.save.click()
    settled()
    qtbot.waitUntil(lambda: screen.pane.exit.count.text() == "2/13", timeout=LIMIT_MS)
    assert "工资性收入" not in screen.pane.exit.missing.text()
    screen.pane.steps.buttons["verify_exit"].click()
    dialog = dialog_of(qtbot, StepDialog)
    dialog._fill_from_account()
    settled()
    assert dialog.form.input("exit_net").value() == "28,000.00"
    dialog.go.click()
    settled()
    qtbot.waitUntil(lambda: any("R-MON-13" in line for line in dialog.said()), timeout=LIMIT_MS)
    assert village.values["state"] == "STABILISING"


def test_a_paper_is_added_from_a_file(
    qtbot: QtBot, village: Village, show: Show, settled: Settled, tmp_path: Path, context: Context
) -> None:
    village.identified()
    screen = show()
    open_case(screen, village.case, settled)
    screen.pane.steps.buttons["close_natural"].click()
    dialog = dialog_of(qtbot, StepDialog)
    paper = dialog.form.input("natural_proof")
    assert isinstance(paper, PaperInput)
    file = tmp_path / "proof.jpg"
    file.write_bytes(photo(1))
    attach(paper, context, village.case, file, paper._take)
    settled()
    (made,) = attachments.of(village.work, "monitoring_case", village.case)
    assert paper.value() == made.id
    assert made.caption == "自然消除佐证"
    dialog.reject()


def test_an_eliminated_case_is_reopened(qtbot: QtBot, village: Village, show: Show, settled: Settled) -> None:
    village.steady()
    village.leave("2023-11-10")
    for move in whole.FORWARD[9:]:
        on(village.work, "2023-12-01")
        village.step(move)
    screen = show()
    open_case(screen, village.case, settled)
    assert screen.pane.state.text() == "风险已消除"
    assert screen.pane.again.isVisible()
    assert not screen.pane.exit.fill.isVisible()
    screen.pane.again.click()
    box = QApplication.activeModalWidget()
    assert box is not None
    next(b for b in box.buttons() if b.text() == "再次纳入").click()  # type: ignore[attr-defined]
    settled()
    fresh = cases.list_cases(village.work)
    assert [case["reopened_from"] for case in fresh] == [village.case]
