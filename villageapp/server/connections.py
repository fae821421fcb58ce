"""Connections that send a request's head too slowly are closed, and what is no HTTP is answered in our form.

Uvicorn waits for a head without end; a handful of such connections would cost an attacker nothing.
"""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 20.0
"""How long a connection may take from its first byte, or from being opened, to a complete request head."""


class PatientProtocol(H11Protocol):
    """HTTP/1.1 as uvicorn speaks it, with a deadline for every request head."""

    head_seconds = HEAD_SECONDS

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """As inherited, and the clock starts."""
        super().connection_made(transport)
        self._arm()

    def data_received(self, data: bytes) -> None:
        """As inherited; a complete head stops the clock, the beginning of another one starts it."""
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self._disarm()
        elif self._deadline is None:
            self._arm()

    def on_response_complete(self) -> None:
        """As inherited; until the next head begins, keep-alive is what limits the connection."""
        self._disarm()
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """As inherited."""
        self._disarm()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """What is no HTTP gets our error form; ``msg`` says nothing that its sender could use."""
        said = {"code": "malformed", "message": "不是可以识别的 HTTP 请求，服务器没有接收。", "remedy": ""}
        body = msgspec.json.encode({"error": said})
        head = (
            b"HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\nconnection: close\r\n"
            b"content-length: %d\r\n\r\n" % len(body)
        )
        self.transport.write(head + body)
        self.transport.close()

    def _arm(self) -> None:
        self._deadline = self.loop.call_later(self.head_seconds, self._too_slow)

    def _disarm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_slow(self) -> None:
        self._deadline = None
        if not self.transport.is_closing():
            self.transport.close()
