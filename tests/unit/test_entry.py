"""How the program's arguments lead to the window or to the command line."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from villageapp import __main__ as entry


@pytest.mark.parametrize(
    ("arguments", "window"),
    [
        ([], True),
        (["--data-dir", "/srv/village"], True),
        (["--data-dir"], False),
        (["--data-dir", ""], False),
        (["--data-dir", "--json"], False),
        (["--version"], False),
        (["sync"], False),
        (["--data-dir", "/srv/village", "sync"], False),
    ],
)
def test_only_the_plain_start_goes_straight_to_the_window(arguments: list[str], window: bool) -> None:
    assert entry.asks_for_window(arguments) is window


def test_without_a_display_the_command_line_explains(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(sys, "argv", ["villageapp", "--data-dir", str(tmp_path / "store")])
    assert not entry.has_display()
    assert entry.main() == 1
    assert "没有图形界面" in capsys.readouterr().err
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    assert entry.has_display()
