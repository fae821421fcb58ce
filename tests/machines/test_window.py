"""The program as a process on a real X server with a window manager, used by key presses that come from outside."""

from __future__ import annotations

import configparser
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.helpers import stores
from tests.helpers.servers import eventually
from villageapp.domain import pinyin
from villageapp.paths import DataDir
from villageapp.services.workspace import init_workspace
from villageapp.ui.screens import screens

ROOT = Path(__file__).parents[2]
PASSPHRASE = "zhucun-2026"
NEEDED = ("Xvfb", "openbox", "xdotool", "import")
SECONDS = 60.0
TITLE = "驻村通"

pytestmark = pytest.mark.skipif(
    any(shutil.which(name) is None for name in NEEDED),
    reason=f"needs {', '.join(NEEDED)} on the path (X server, window manager, key presses, pictures)",
)


@dataclass
class Screen:
    """An X display of 1366×768 with a window manager."""

    display: str
    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        dropped = ("VILLAGEAPP_", "XDG_", "WAYLAND_", "QT_")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
        return {**kept, "DISPLAY": self.display, "HOME": str(self.folder), "QT_QPA_PLATFORM": "xcb"}

    def ask(self, *command: str) -> str:
        """What a tool says; empty when it found nothing."""
        ended = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=SECONDS, check=False
        )
        return ended.stdout.strip()

    def press(self, *keys: str) -> None:
        self.ask("xdotool", "key", "--clearmodifiers", "--delay", "60", *keys)

    def type(self, text: str) -> None:
        self.ask("xdotool", "type", "--delay", "40", text)

    def windows(self, least_width: int = 1) -> list[str]:
        """Visible windows of the program, at least so wide."""
        found = self.ask("xdotool", "search", "--onlyvisible", "--name", TITLE).split()
        return [window for window in found if self._width(window) >= least_width]

    def named(self, title: str) -> str:
        """The visible window whose title contains this."""
        return self.ask("xdotool", "search", "--onlyvisible", "--name", title)

    def _width(self, window: str) -> int:
        said = dict(
            line.split("=", 1)
            for line in self.ask("xdotool", "getwindowgeometry", "--shell", window).splitlines()
            if "=" in line
        )
        return int(said.get("WIDTH", "0"))

    def picture(self, name: str) -> bytes:
        """A picture of the whole screen as PNG."""
        file = self.folder / f"{name}.png"
        self.ask("import", "-window", "root", str(file))
        return file.read_bytes()

    def settled(self, name: str, unlike: bytes = b"") -> bytes:
        """The picture once it stands still and differs from ``unlike``."""
        last = b""

        def stands() -> bool:
            nonlocal last
            before, last = last, self.picture(name)
            return last == before and last != unlike

        assert eventually(stands, SECONDS), f"{name} never stood still"
        return last


@contextmanager
def _running(
    command: list[str], environment: dict[str, str], **more: object
) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(command, env=environment, text=True, **more)  # type: ignore[call-overload]
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[Screen]:
    read, write = os.pipe()
    x_server = ["Xvfb", "-displayfd", str(write), "-screen", "0", "1366x768x24", "-nolisten", "tcp"]
    with _running(x_server, dict(os.environ), pass_fds=(write,), stderr=subprocess.DEVNULL):
        os.close(write)
        with os.fdopen(read) as told:
            made = Screen(f":{told.readline().strip()}", tmp_path)
        with _running(["openbox"], made.environment, stderr=subprocess.DEVNULL):
            yield made


@pytest.fixture
def data_dir(tmp_path: Path) -> DataDir:
    made = init_workspace(
        DataDir(tmp_path / "store"),
        village_code=stores.VILLAGE_CODE,
        village_name=stores.VILLAGE_NAME,
        user_name=stores.USER_NAME,
        passphrase=PASSPHRASE,
    )
    with made.work as work:
        for household, members in stores.FAMILIES:
            stores.add_family(work, household, members)
    return DataDir(tmp_path / "store")


def test_from_the_passphrase_through_every_screen(screen: Screen, data_dir: DataDir) -> None:
    command = [sys.executable, "-m", "villageapp", "--data-dir", str(data_dir.root)]
    output = screen.folder / "output.txt"
    with output.open("w", encoding="utf-8") as said:
        environment = {**screen.environment, "PYTHONPATH": str(ROOT)}
        with _running(command, environment, stdout=said, stderr=said) as program:
            assert eventually(lambda: bool(screen.windows()), SECONDS), output.read_text(encoding="utf-8")
            first = screen.settled("sign-in")
            screen.type(PASSPHRASE)
            screen.press("Return")
            assert eventually(lambda: bool(screen.windows(1000)), SECONDS), output.read_text(encoding="utf-8")
            shown = _every_screen(screen, screen.settled("opened", unlike=first))
            assert len(set(shown.values())) == len(shown), "two screens look the same"
            _search_for_somebody(screen, shown["today"])
            assert program.poll() is None, output.read_text(encoding="utf-8")
            program.send_signal(signal.SIGTERM)
            assert program.wait(SECONDS) == 0
    _nothing_went_wrong(data_dir, output)
    settings = configparser.ConfigParser()
    settings.read(data_dir.root / "window.ini", encoding="utf-8")
    assert any("households" in value for section in settings.values() for value in section.values())


def _every_screen(screen: Screen, opened: bytes) -> dict[str, bytes]:
    """Alt and a digit for the first ten; the others by their name in the search box."""
    shown: dict[str, bytes] = {}
    last = opened
    entries = screens()
    for number in (2, 1, *range(3, len(entries) + 1)):  # not first the one that is in front already
        entry = entries[number - 1]
        if number <= 10:
            screen.press(f"alt+{number % 10}")
        else:
            screen.press("ctrl+k")
            screen.type(pinyin.initials(entry.title))
            screen.settled(f"search-{entry.key}", unlike=last)
            screen.press("Return")
        title = f"{entry.title} - {TITLE}"
        assert eventually(lambda name=title: bool(screen.named(name)), SECONDS), title  # type: ignore[misc]
        last = shown[entry.key] = screen.settled(f"screen-{entry.key}", unlike=last)
    return shown


def _search_for_somebody(screen: Screen, before: bytes) -> None:
    """Ctrl+K, the initials of 李样例, Enter: her household is in front."""
    screen.press("ctrl+k")
    screen.type("lyl")
    found = screen.settled("found", unlike=before)
    screen.press("Return")
    screen.settled("household", unlike=found)


def _nothing_went_wrong(data_dir: DataDir, output: Path) -> None:
    said = output.read_text(encoding="utf-8")
    assert "Traceback" not in said, said
    log = data_dir.log.read_text(encoding="utf-8") if data_dir.log.exists() else ""
    wrong = [line for line in log.splitlines() if " ERROR " in line or "Traceback" in line]
    assert wrong == []
