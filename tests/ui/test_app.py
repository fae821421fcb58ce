"""The program from sign-in to the end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.helpers import stores
from tests.ui.conftest import LIMIT_MS
from villageapp.paths import DataDir
from villageapp.services import households
from villageapp.services.workspace import open_workspace
from villageapp.ui.app import Desktop
from villageapp.ui.main_window import MainWindow
from villageapp.ui.stop_signals import STOPPING, StopSignals

ROOT = Path(__file__).resolve().parents[2]


def test_sign_in_work_and_leave(
    qtbot: QtBot,
    qapp: QApplication,
    template: stores.StoreTemplate,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    data_dir = template.copy_to(tmp_path / "store")
    desktop = Desktop(qapp, data_dir)
    first = desktop.sign_in()
    first.page.passphrase.setText(stores.PASSPHRASE)
    qtbot.keyClick(first.page.passphrase, Qt.Key.Key_Return)

    def window() -> MainWindow | None:
        return next(
            (w for w in QApplication.topLevelWidgets() if isinstance(w, MainWindow) and w.isVisible()), None
        )

    qtbot.waitUntil(lambda: window() is not None, timeout=LIMIT_MS)
    main = window()
    assert main is not None
    qtbot.waitUntil(lambda: main.top.village.text() == stores.VILLAGE_NAME, timeout=LIMIT_MS)
    desktop.come_to_front()
    work = main.context.work
    main.context.tasks.write(
        lambda _p: households.change(work, stores.family_id(stores.ZHANG), {"phone": "13900000001"}),
        owner=main,
        done=lambda _saved: None,
    )
    main.close()
    desktop.close()  # waits for the save
    with open_workspace(data_dir, stores.PASSPHRASE) as again:
        assert households.page(again, stores.family_id(stores.ZHANG)).values["phone"] == "13900000001"


def _start(data_dir: DataDir, cache: Path) -> subprocess.Popen[str]:
    """The program as a person starts it, without a screen."""
    return subprocess.Popen(
        [sys.executable, "-m", "villageapp", "--data-dir", str(data_dir.root)],
        cwd=ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "XDG_CACHE_HOME": str(cache)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_signal_ends_the_window_cleanly(
    qtbot: QtBot, template: stores.StoreTemplate, tmp_path: Path, number: signal.Signals
) -> None:
    data_dir = template.copy_to(tmp_path / "store")
    program = _start(data_dir, tmp_path / "cache")
    try:
        qtbot.waitUntil(lambda: _takes_signals(program.pid), timeout=LIMIT_MS)
        program.send_signal(number)
        _out, err = program.communicate(timeout=LIMIT_MS / 1000)
    finally:
        program.kill()
        program.wait()
    assert (program.returncode, "Traceback" in err) == (0, False)


def _takes_signals(pid: int) -> bool:
    """Whether the process has handlers of its own for both signals (after the first paint)."""
    status = Path(f"/proc/{pid}/status").read_text("ascii")
    caught = int(next(line.split()[1] for line in status.splitlines() if line.startswith("SigCgt")), 16)
    return all(caught >> (number - 1) & 1 for number in (signal.SIGINT, signal.SIGTERM))


_STUBBORN = """
import sys
from PySide6.QtWidgets import QApplication, QWidget
from villageapp.ui.stop_signals import StopSignals

class Stubborn(QWidget):
    def closeEvent(self, event):
        event.ignore()
        print("asked", flush=True)

app = QApplication([])
window, stop = Stubborn(), StopSignals()
window.show()
stop.listen()
print("ready", flush=True)
code = app.exec()
stop.close()
stop.close()
sys.exit(code)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_a_window_may_ask_before_a_stop_signal_ends_it_but_not_before_a_second() -> None:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    with subprocess.Popen(
        [sys.executable, "-c", _STUBBORN], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    ) as program:
        try:
            assert program.stdout is not None
            assert program.stdout.readline() == "ready\n"
            program.send_signal(signal.SIGTERM)
            assert program.stdout.readline() == "asked\n"
            program.send_signal(signal.SIGTERM)
            assert program.wait(timeout=LIMIT_MS / 1000) == 0
        finally:
            program.kill()


def test_the_signals_are_given_back() -> None:
    before = [signal.getsignal(number) for number in STOPPING]
    stop = StopSignals()
    stop.listen()
    assert [signal.getsignal(number) for number in STOPPING] != before
    stop.close()
    assert [signal.getsignal(number) for number in STOPPING] == before
