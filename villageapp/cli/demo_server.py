"""The demo's provincial server: the real program in its own process, always stopped again."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import TracebackType
from typing import IO, Any
from urllib.parse import urlsplit

from villageapp.errors import Trouble

READY_SECONDS = 120
STOP_SECONDS = 40
_READY = "ready "


def program() -> list[str]:
    """The command line of this very program, frozen or not."""
    return [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "villageapp"]


class DemoServer:
    """A server on loopback with its embedded PostgreSQL in ``folder``; leaving the context stops it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = ""
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None

    def __enter__(self) -> DemoServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start and wait until it answers; again on the same port. Raises Trouble with the log's end."""
        port = self.url.rpartition(":")[2] or "0"
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        command = [*program(), "server", "run", "--data-dir", str(self.folder), "--port", port]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                encoding="utf-8",
                start_new_session=os.name == "posix",
            )
        try:
            self.url = self._await_ready()
        except BaseException:
            self.stop()
            raise

    def _await_ready(self) -> str:
        process = self._process
        assert process is not None
        assert process.stdout is not None
        lines: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=_pump, args=(process.stdout, lines), daemon=True)
        self._reader.start()
        while True:
            try:
                line = lines.get(timeout=READY_SECONDS)
            except queue.Empty:
                raise self._trouble(f"服务器 {READY_SECONDS} 秒内没有就绪") from None
            if not line:
                raise self._trouble("服务器没有启动")
            if line.startswith(_READY):
                return line.removeprefix(_READY).strip()

    def stop(self) -> None:
        """Stop it and its PostgreSQL; returns when the process is gone."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self._reader is not None:
            self._reader.join()  # it ends with the process, whose output it reads
        if process.stdout is not None:
            process.stdout.close()

    def enrol_code(self, village: str, name: str, role: str) -> str:
        """A one-time code, by the command an administrator would type."""
        command = [*program(), "server", "enrol-code", "--json", "--data-dir", str(self.folder)]
        command += ["--village", village, "--name", name, "--role", role]
        done = subprocess.run(  # noqa: S603 - our own program
            command, capture_output=True, text=True, encoding="utf-8", timeout=READY_SECONDS, check=False
        )
        if done.returncode != 0:
            raise self._trouble(f"没有得到登记码：{done.stdout.strip()[:200]} {done.stderr.strip()[:200]}")
        return str(json.loads(done.stdout)["code"])

    def counts(self, workspace: str) -> dict[str, int]:
        """Records per entity that the server has projected."""
        return dict(self._ask(f"/admin/v1/workspaces/{workspace}/counts"))

    def state_hash(self, workspace: str) -> str:
        """The server's hash over everything synced."""
        return str(self._ask(f"/admin/v1/workspaces/{workspace}/state")["hash"])

    def _ask(self, path: str) -> Any:
        token = (self.folder / "admin.token").read_text(encoding="utf-8").strip()
        address = urlsplit(self.url)
        connection = HTTPConnection(address.hostname or "", address.port, timeout=READY_SECONDS)
        try:
            connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
            answer = connection.getresponse()
            if answer.status != HTTPStatus.OK:
                raise self._trouble(f"服务器回答 {answer.status}")
            return json.load(answer)
        except (OSError, HTTPException) as error:
            raise self._trouble(f"服务器没有回答（{error}）") from error
        finally:
            connection.close()

    @property
    def _log(self) -> Path:
        return self.folder / "demo-server.log"

    def _trouble(self, what: str) -> Trouble:
        return Trouble(f"{what}；演示没有完成。", remedy=f"请看 {self._log}。", code="demo_server")


def _pump(stream: IO[str], lines: queue.Queue[str]) -> None:
    """Hand on lines; an empty one at the end of the stream."""
    for line in stream:
        lines.put(line)
    lines.put("")
