"""The demo takes no folder that is not its own, and leaves no process behind when it is stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.unit.cli.conftest import Run
from villageapp.cli.demo import MARKER

DEADLINE = 120


def test_a_strangers_folder_is_left_alone(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "photo.jpg").write_bytes(b"x")
    refused = run("demo", "--headless", "--data-dir", str(folder), "--json")
    assert (refused.code, refused.json["error"]["code"]) == (1, "demo_folder")
    assert [path.name for path in folder.iterdir()] == ["photo.jpg"]


@pytest.mark.parametrize("number", ["0", "1", "5001", "-3"])
def test_number_of_households(run: Run, tmp_path: Path, number: str) -> None:
    refused = run("demo", "--headless", "--households", number, "--data-dir", str(tmp_path / "d"), "--json")
    assert (refused.code, refused.json["error"]["code"]) == (1, "validation_failed")
    assert not (tmp_path / "d").exists()


@pytest.mark.skipif(os.name != "posix", reason="signals are those of POSIX")
def test_stopped_in_the_middle_it_leaves_no_process(tmp_path: Path) -> None:
    """SIGTERM while its server runs; an earlier demo's folder is taken over."""
    folder = tmp_path / "d"
    folder.mkdir()
    (folder / MARKER).write_text("{}", encoding="utf-8")
    (folder / "old").write_text("of an earlier demo", encoding="utf-8")
    command = [sys.executable, "-m", "villageapp", "demo", "--headless", "--households", "3"]
    with subprocess.Popen(
        [*command, "--data-dir", str(folder)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as demo:
        assert demo.stdout is not None
        assert any("服务器（内嵌 PostgreSQL）" in line for line in demo.stdout), "the server was started"
        demo.send_signal(signal.SIGTERM)
        _, said = demo.communicate(timeout=DEADLINE)
    assert demo.returncode == 1
    assert said.splitlines()[-1] == "已取消。"
    assert not (folder / "old").exists()
    _, alive = psutil.wait_procs(_working_on(folder), timeout=DEADLINE)
    assert alive == []


def _working_on(folder: Path) -> list[psutil.Process]:
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if any(str(folder) in word for word in process.info["cmdline"] or ())
        and "pytest" not in " ".join(process.info["cmdline"][:4])
    ]
