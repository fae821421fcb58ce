"""Nothing typed is lost: not by leaving, not by closing, not by pulling the plug."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.helpers.stores import WANG, StoreTemplate, family_id
from tests.ui.conftest import LIMIT_MS
from tests.ui.visits.conftest import Typist
from villageapp.paths import DataDir
from villageapp.services import drafts
from villageapp.services.workspace import Workspace, open_with_key
from villageapp.ui.context import Context
from villageapp.ui.tell import Notice
from villageapp.ui.visits.screen import VisitsScreen
from villageapp.ui.visits.visit_form import VisitForm

Opened = Callable[[str], VisitForm]
ROOT = Path(__file__).parents[3]


def kept(work: Workspace, household_id: str) -> dict[str, Any]:
    found = drafts.load(work, "visit", household_id)
    return {} if found is None else found.values


def test_typing_is_kept_and_found_again_with_a_notice(
    opened: Opened, screen: VisitsScreen, typist: Typist, work: Workspace, zhang: str, qtbot: QtBot
) -> None:
    form = opened(zhang)
    assert not screen.form_page.restored.isVisible()
    typist.press(Qt.Key.Key_1)
    form.questions["demand"].take_focus()
    typist.type("road")
    form.questions["next_visit_on"].take_focus()
    typist.type("2099-1")
    qtbot.waitUntil(lambda: kept(work, zhang).get("next_visit_on") == "2099-1", timeout=LIMIT_MS)
    assert kept(work, zhang)["demand"] == "road"

    opened(family_id(WANG))
    form = opened(zhang)
    saved_at = drafts.load(work, "visit", zhang).saved_at
    assert screen.form_page.restored.isVisible()
    assert f"{saved_at.astimezone().minute:02d} 的草稿" in screen.form_page.restored.text()
    assert form.questions["result"].input.value() == "见到户主"
    assert form.questions["demand"].input.value() == "road"
    assert form.questions["next_visit_on"].input.value() == "2099-1"


def test_looking_at_a_form_makes_no_draft(
    opened: Opened, screen: VisitsScreen, work: Workspace, zhang: str, typist: Typist, qtbot: QtBot
) -> None:
    opened(zhang)
    typist.press(Qt.Key.Key_Escape)
    assert screen.start_page.isVisible()
    screen.hide()
    qtbot.waitUntil(lambda: screen.context.tasks.is_idle, timeout=LIMIT_MS)
    assert drafts.all_drafts(work) == []


def test_hiding_the_screen_keeps_the_last_letter_at_once(
    opened: Opened, screen: VisitsScreen, context: Context, typist: Typist, work: Workspace, zhang: str
) -> None:
    form = opened(zhang)
    form.questions["demand"].take_focus()
    typist.type("road")
    screen.hide()
    context.tasks.close()
    assert kept(work, zhang)["demand"] == "road"


def test_closing_the_program_waits_for_the_draft_instead_of_asking(
    opened: Opened, screen: VisitsScreen, context: Context, typist: Typist, work: Workspace, zhang: str
) -> None:
    form = opened(zhang)
    form.questions["demand"].take_focus()
    typist.type("road")
    assert not screen.has_unsaved()
    context.tasks.close()
    assert kept(work, zhang)["demand"] == "road"


def test_escape_asks_and_keeps_the_draft(
    opened: Opened,
    screen: VisitsScreen,
    typist: Typist,
    work: Workspace,
    zhang: str,
    qtbot: QtBot,
    answer_question: Callable[[str], str],
) -> None:
    opened(zhang)
    typist.press(Qt.Key.Key_1)
    typist.press(Qt.Key.Key_Escape)
    assert "草稿" in answer_question("保留草稿，返回")
    qtbot.waitUntil(screen.start_page.unfinished.isVisible, timeout=LIMIT_MS)
    assert kept(work, zhang)["result"] == "见到户主"


def test_discarding_can_be_undone(
    opened: Opened,
    screen: VisitsScreen,
    typist: Typist,
    work: Workspace,
    zhang: str,
    qtbot: QtBot,
    told: list[Notice],
) -> None:
    form = opened(zhang)
    form.questions["demand"].take_focus()
    typist.type("road")
    qtbot.waitUntil(lambda: bool(kept(work, zhang)), timeout=LIMIT_MS)
    qtbot.mouseClick(screen.form_page.discard_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: any(notice.undo for notice in told), timeout=LIMIT_MS)
    assert drafts.all_drafts(work) == []
    assert screen.form_page.form.questions["demand"].input.value() is None

    next(notice.undo for notice in told if notice.undo)()
    qtbot.waitUntil(lambda: kept(work, zhang).get("demand") == "road", timeout=LIMIT_MS)
    qtbot.waitUntil(
        lambda: screen.form_page.form.questions["demand"].input.value() == "road", timeout=LIMIT_MS
    )


def test_a_full_disk_is_said_and_the_next_change_tries_again(
    opened: Opened, screen: VisitsScreen, typist: Typist, work: Workspace, zhang: str, qtbot: QtBot
) -> None:
    """More text than a draft may hold is refused by the store like any other trouble."""
    form = opened(zhang)
    form.questions["demand"].take_focus()
    text = form.questions["demand"].input.text
    text.setPlainText("长" * (drafts.MAX_DRAFT + 1))
    qtbot.waitUntil(lambda: "没有存上" in screen.form_page.draft_line.text(), timeout=LIMIT_MS)
    assert drafts.all_drafts(work) == []
    text.setPlainText("短")
    qtbot.waitUntil(lambda: kept(work, zhang).get("demand") == "短", timeout=LIMIT_MS)
    qtbot.waitUntil(lambda: "草稿已存" in screen.form_page.draft_line.text(), timeout=LIMIT_MS)


def test_a_killed_program_leaves_its_draft(template: StoreTemplate, tmp_path: Path, zhang: str) -> None:
    data_dir: DataDir = template.copy_to(tmp_path / "killed")
    command = [
        sys.executable,
        "-m",
        "tests.ui.visits.typing_person",
        str(data_dir.root),
        template.key.hex(),
        zhang,
    ]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout.readline() == "kept\n"
        program.send_signal(signal.SIGKILL)
    assert program.returncode == -signal.SIGKILL
    with open_with_key(data_dir, template.key) as work:
        draft = kept(work, zhang)
    assert draft["result"] == "见到户主"
    assert draft["interviewee"] == "张示范"
    assert draft["difficulty"] == "half a sentence"
