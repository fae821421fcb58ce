"""The line between a laptop and the server, with the faults of real ones. One road carries one sync attempt."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from villageapp.bench.simulation.centre import Centre
from villageapp.errors import SyncError, SyncKind
from villageapp.sync import protocol
from villageapp.sync.protocol import Frame

FAULTS = (
    "cut_up",
    "cut_down",
    "answer_lost",
    "sent_twice",
    "arrives_late",
    "server_dies_before_commit",
    "server_dies_after_commit",
    "server_disk_full",
    "overlap",
    "flip_up",
    "flip_down",
    "frames_dropped_up",
    "frames_dropped_down",
    "server_busy",
    "captive_portal",
)
"""What may befall one round of an exchange."""
_PREFIX = protocol._PREFIX


@dataclass
class Late:
    """Requests that are still under way when their sender has given up."""

    requests: list[tuple[str, bytes]] = field(default_factory=list)  # token, bytes


@dataclass
class Road:
    """A peer of an exchange. ``faults``: one for each round, None for none; afterwards the line is good."""

    centre: Centre
    token: str
    chance: random.Random
    faults: list[str | None]
    late: Late
    counted: Counter[str]
    meanwhile: Callable[[], None]
    bytes_up: int = 0
    bytes_down: int = 0
    watch: Callable[[], None] | None = None
    """As of ``client.HttpPeer``; nobody cancels here."""

    def close(self) -> None:
        """Nothing to release."""

    def exchange(self, workspace: str, request: bytes) -> bytes:
        """One round."""
        if workspace != self.centre.workspace:
            raise SyncError(SyncKind.AUTH, "服务器不认识这台电脑。", code="bad_token")
        fault = self.faults.pop(0) if self.faults else None
        self.bytes_up += len(request)
        if fault is not None:
            self.counted[fault] += 1
            answer = self._faulty(fault, request)
        else:
            answer = self._carry(request)
        self.bytes_down += len(answer)
        return answer

    def ask(self, method: str, path: str, content: bytes = b"", media_type: str = "") -> bytes:
        """A small request; lost or answered."""
        fault = self.faults.pop(0) if self.faults else None
        if fault is not None and fault not in ("cut_up", "captive_portal"):
            self.counted["small_answer_lost"] += 1
            self.centre.ask(self.token, path, content)
        if fault is not None:
            raise _offline()
        return self.centre.ask(self.token, path, content)

    def _carry(self, request: bytes) -> bytes:
        return self.centre.exchange(self.token, request)

    def _faulty(self, fault: str, request: bytes) -> bytes:
        if fault.startswith("server_"):
            return self._server(fault, request)
        if fault in ("cut_up", "flip_up", "frames_dropped_up", "arrives_late", "captive_portal"):
            return self._up(fault, request)
        answer = self._carry(request)
        if fault == "answer_lost":
            raise _offline()
        if fault == "cut_down":
            raise protocol.Interrupted(answer[: self.chance.randrange(len(answer))], "线路断了。")
        if fault == "sent_twice":
            second = self._carry(request)
            return second if self.chance.random() < 0.5 else answer
        if fault == "overlap":
            self.meanwhile()
            return answer
        if fault == "flip_down":
            return _flipped(answer, self.chance)
        return _thinned(answer, self.chance)

    def _up(self, fault: str, request: bytes) -> bytes:
        """Something happens before the server has the request."""
        if fault == "captive_portal":
            raise SyncError(SyncKind.OFFLINE, "这个网络要先登录。", code="captive_portal")
        if fault == "arrives_late":
            self.late.requests.append((self.token, request))
            raise _offline()
        if fault == "cut_up":
            self._carry_broken(request[: self.chance.randrange(len(request))])
            raise _offline()
        changed = _flipped(request, self.chance) if fault == "flip_up" else _thinned(request, self.chance)
        return self._carry(changed)

    def _carry_broken(self, request: bytes) -> None:
        """A request without its end must not be taken."""
        try:
            self._carry(request)
        except SyncError:
            return
        raise AssertionError("the server took half a request")

    def _server(self, fault: str, request: bytes) -> bytes:
        if fault == "server_busy":
            raise SyncError(SyncKind.BUSY, "服务器忙。", code="busy", retry_after=1.0)
        if fault == "server_dies_after_commit":
            self._carry(request)
            self.centre.restart()
            raise _offline()
        if fault == "server_dies_before_commit":
            self.centre.dies = 0 if self.chance.random() < 0.7 else 1
        else:
            self.centre.full_at = self.chance.randrange(6)
        try:
            return self._carry(request)
        finally:
            self.centre.dies = self.centre.full_at = None


def deliver_late(centre: Centre, late: Late) -> int:
    """Requests that were under way arrive; nobody waits for the answers."""
    arrived = 0
    while late.requests:
        token, request = late.requests.pop(0)
        try:
            centre.exchange(token, request)
        except SyncError:
            continue
        arrived += 1
    return arrived


def _offline() -> SyncError:
    return SyncError(SyncKind.OFFLINE, "线路断了。", code="line_cut")


def _flipped(content: bytes, chance: random.Random) -> bytes:
    """One bit is another."""
    changed = bytearray(content)
    changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _thinned(content: bytes, chance: random.Random) -> bytes:
    """About a tenth of the frames is gone, at least one; hello and end stay."""
    frames = _frames(content)
    inner = [n for n, frame in enumerate(frames) if frame[0] not in (Frame.HELLO, Frame.END)]
    if not inner:
        return content
    gone = {n for n in inner if chance.random() < 0.1} or {chance.choice(inner)}
    return b"".join(frame for n, frame in enumerate(frames) if n not in gone)


def _frames(content: bytes) -> Sequence[bytes]:
    found, position = [], 0
    while position < len(content):
        _, length = _PREFIX.unpack_from(content, position)
        end = position + _PREFIX.size + length
        found.append(content[position:end])
        position = end
    return found
