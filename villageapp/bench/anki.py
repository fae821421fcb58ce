"""Anki's client and server as processes, for the sync baseline. AGPL software that we only run, never ship."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from villageapp.bench.relay import Relay
from villageapp.bench.usage import cpu_of_trees
from villageapp.errors import Trouble

ENV_PYTHON = "VILLAGEAPP_BENCH_PYTHON"
READY_SECONDS = 30
_PEER = Path(__file__).with_name("children") / "anki_peer.py"


def interpreter() -> Path | None:
    """The Python that has ``anki``: named by VILLAGEAPP_BENCH_PYTHON or made by ``make bench``; None without."""
    named = os.environ.get(ENV_PYTHON)
    scripts = ("Scripts", "python.exe") if sys.platform == "win32" else ("bin", "python")
    root = Path(__file__).resolve().parent.parent.parent
    found = Path(named) if named else root.joinpath(".venv-bench", *scripts)
    if not found.exists():
        return None
    tried = subprocess.run([found, "-c", "import anki.collection"], capture_output=True, check=False)
    return found if tried.returncode == 0 else None


class Anki:
    """A running server with two collections; a context manager. Raises Trouble when it does not answer."""

    def __init__(self, python: Path, folder: Path, fields: int) -> None:
        self._python = python
        self._folder = folder
        self._fields = fields
        self._server: subprocess.Popen[bytes] | None = None
        self._client: subprocess.Popen[str] | None = None
        self.relay = Relay()
        """Counts the bytes of everything between client and server."""

    def __enter__(self) -> Anki:
        self._folder.mkdir(parents=True)
        try:
            self._start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _start(self) -> None:
        port = _free_port()
        settings = {
            "SYNC_USER1": "bench:bench",
            "SYNC_HOST": "127.0.0.1",
            "SYNC_PORT": str(port),
            "SYNC_BASE": str(self._folder / "server"),
            "RUST_LOG": "error",
        }
        command = [str(self._python), "-m", "anki.syncserver"]
        self._server = subprocess.Popen(command, env={**os.environ, **settings}, stdin=subprocess.DEVNULL)
        _await(port)
        self._client = subprocess.Popen(
            [str(self._python), str(_PEER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        endpoint = f"http://127.0.0.1:{self.relay.start(port)}/"
        self.ask("open", folder=str(self._folder), endpoint=endpoint, fields=self._fields)

    def add(self, notes: Sequence[Sequence[str]]) -> None:
        """Put these notes into the sending collection; nothing travels."""
        path = self._folder / "notes.json"
        path.write_text(json.dumps(notes, ensure_ascii=False), encoding="utf-8")
        self.ask("add", notes=str(path))

    def server_cpu(self) -> float:
        """Processor seconds of the server so far."""
        assert self._server is not None
        return cpu_of_trees([self._server.pid])

    def ask(self, do: str, **arguments: Any) -> dict[str, Any]:
        """One command to the client process and its answer."""
        assert self._client is not None
        assert self._client.stdin is not None
        assert self._client.stdout is not None
        self._client.stdin.write(json.dumps({"do": do, **arguments}) + "\n")
        self._client.stdin.flush()
        line = self._client.stdout.readline()
        if not line:
            raise Trouble("Anki 的同步没有完成，这一项没有结果。", code="bench_anki")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def close(self) -> None:
        """End both processes."""
        if self._client is not None:
            if self._client.poll() is None:
                self.ask("close")
            assert self._client.stdin is not None
            assert self._client.stdout is not None
            self._client.stdin.close()
            self._client.stdout.close()
            self._client.wait(READY_SECONDS)
        if self._server is not None:
            self._server.terminate()
            self._server.wait(READY_SECONDS)
        self.relay.stop()


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _await(port: int) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise Trouble(f"Anki 的同步服务器 {READY_SECONDS} 秒内没有就绪。", code="bench_anki")
