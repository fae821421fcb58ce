"""Two versions of the program side by side: the first landed revision, unpacked, and this one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.servers import STOP_SECONDS, VILLAGE

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
FIRST = HERE / "first.tar.xz"
STEP_SECONDS = 120
_SERVER = (
    "import sys; from pathlib import Path; from villageapp.server.run import run;"
    "run(Path(sys.argv[1]), sys.argv[2], '127.0.0.1', int(sys.argv[3]))"
)
_ADMIN = (
    "import json, sys; from pathlib import Path; from villageapp.server import admin;"
    "print(json.dumps(getattr(admin, sys.argv[1])(Path(sys.argv[2]), *sys.argv[3:])))"
)


def unpack_first(folder: Path) -> Path:
    """The first landed revision in a folder."""
    with tarfile.open(FIRST) as archive:
        archive.extractall(folder, filter="data")
    return folder


class Fleet:
    """Laptops whose program is running, by folder: only one version at a time has a store open."""

    def __init__(self, told: Path) -> None:
        self._running: dict[Path, tuple[Path, subprocess.Popen[str]]] = {}
        self._told = told  # what the programs say on standard error, so that a failure here shows theirs

    def laptop(self, root: Path, folder: Path, environment: dict[str, str]) -> subprocess.Popen[str]:
        """The running program of this version on that folder."""
        known = self._running.get(folder)
        if known is not None and known[0] == root:
            return known[1]
        self.stop(folder)
        with self._told.open("ab") as told:
            process = subprocess.Popen(
                [sys.executable, str(HERE / "driver.py"), str(folder)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=told,
                text=True,
                env=environment,
            )
        self._running[folder] = root, process
        assert self.answer_of(process) == "ready\n"
        return process

    def answer_of(self, process: subprocess.Popen[str]) -> str:
        """Its next line; a program that ended instead is shown with its last words."""
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            ended = process.wait(STOP_SECONDS)
            pytest.fail(f"a laptop's program ended with {ended}: {self._told.read_text()[-6000:]}")
        return line

    def stop(self, folder: Path) -> None:
        """End the program on a folder."""
        _, process = self._running.pop(folder, (None, None))
        if process is None:
            return
        try:
            process.communicate(timeout=STOP_SECONDS)
        finally:
            process.kill()
            process.wait()

    def stop_all(self) -> None:
        """End every program."""
        while self._running:
            self.stop(next(iter(self._running)))


@dataclass(frozen=True, slots=True)
class Program:
    """One version: the folder that holds its package."""

    root: Path
    fleet: Fleet

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "PYTHONPATH": str(self.root), "PYTHONUNBUFFERED": "1"}

    def laptop(self, folder: Path, *steps: tuple[Any, ...]) -> list[Any]:
        """Let a laptop do these steps; their answers."""
        process = self.fleet.laptop(self.root, folder, self.environment)
        assert process.stdin is not None
        process.stdin.write(json.dumps(steps) + "\n")
        process.stdin.flush()
        return list(json.loads(self.fleet.answer_of(process)))

    def admin(self, command: str, data_dir: Path, *arguments: str) -> Any:
        """A function of the server's administration."""
        ended = subprocess.run(
            [sys.executable, "-c", _ADMIN, command, str(data_dir), *arguments],
            capture_output=True,
            text=True,
            env=self.environment,
            timeout=STEP_SECONDS,
            check=False,
        )
        assert ended.returncode == 0, ended.stderr[-3000:]
        return json.loads(ended.stdout)

    @contextmanager
    def server(self, data_dir: Path, dsn: str, port: int = 0) -> Iterator[Server]:
        """A server of this version; stopped when the block ends."""
        process = subprocess.Popen(
            [sys.executable, "-c", _SERVER, str(data_dir), dsn, str(port)],
            stdout=subprocess.PIPE,
            text=True,
            env=self.environment,
        )
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line.startswith("ready http://"), line
            yield Server(self, data_dir, dsn, line.split()[1])
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stdout is not None:
                process.stdout.close()


@dataclass(frozen=True, slots=True)
class Server:
    """A running server of some version."""

    program: Program
    data_dir: Path
    dsn: str
    url: str

    def code(self, name: str) -> str:
        return str(self.program.admin("enrol_code", self.data_dir, self.dsn, VILLAGE, name))

    def hash(self, workspace: str) -> str:
        return str(self.program.admin("state_hash", self.data_dir, self.dsn, workspace))
