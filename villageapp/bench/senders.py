"""Laptops without a store: keys, a token, a chain of segments. Many of them fit into one process."""

from __future__ import annotations

import base64
import http.client
import json
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
from nacl.public import PrivateKey
from nacl.signing import SigningKey

import villageapp
from villageapp.domain.fields import to_wire
from villageapp.domain.visit import VISIT
from villageapp.errors import Trouble
from villageapp.models.ids import new_id
from villageapp.sync import chain, protocol
from villageapp.sync.chain import NO_HASH, Sealed
from villageapp.sync.change import SCHEMA, SET, Change
from villageapp.sync.clock import COUNTER_BITS, wall_ms

ANSWER_SECONDS = 120


class Line:
    """One kept connection to the server, used by one thread at a time."""

    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        self._connection = http.client.HTTPConnection(
            address.hostname or "", address.port, timeout=ANSWER_SECONDS
        )

    def post(self, path: str, content: bytes, token: str, media_type: str) -> bytes:
        """The answer's body. Raises Trouble when the server refuses or does not answer."""
        headers = {"Authorization": f"Bearer {token}", "Content-Type": media_type}
        try:
            self._connection.request("POST", path, content, headers)
            answer = self._connection.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException) as error:
            said = f"{type(error).__name__}:{error}"
            raise Trouble(f"服务器没有回答（{said}）。", code="bench_server") from error
        if answer.status != http.client.OK:
            said = body[:300].decode("utf-8", "replace")
            raise Trouble(f"服务器回答 {answer.status}：{said}", code="bench_server")
        return body

    def close(self) -> None:
        """Release it; the next request opens it again."""
        self._connection.close()


class Sender:
    """One enrolled laptop that only knows how to write segments."""

    def __init__(self, line: Line, village_code: str, admin_token: str) -> None:
        self.replica_id = new_id()
        self._key = SigningKey.generate()
        self._seq, self._last_hash = 0, NO_HASH
        self.vector: dict[str, int] = {}
        wanted = {"village_code": village_code, "name": "周队员", "role": "工作队员"}
        said = line.post("/admin/v1/codes", json.dumps(wanted).encode(), admin_token, "application/json")
        request = protocol.EnrolRequest(
            json.loads(said)["code"],
            self.replica_id,
            village_code,
            new_id(),
            _text(bytes(self._key.verify_key)),
            _text(bytes(PrivateKey.generate().public_key)),
            protocol.PROTOCOL,
            SCHEMA,
            villageapp.__version__,
        )
        body = line.post(protocol.ENROL_PATH, msgspec.json.encode(request), "", "application/json")
        answer = msgspec.json.decode(body, type=protocol.EnrolAnswer)
        self.workspace, self._token = answer.workspace, answer.token

    def segment(self, visits: Sequence[Mapping[str, Any]]) -> Sealed:
        """The next segment of its chain: one creation for each visit (wire values)."""
        return self._sealed("visit", [(new_id(), values) for values in visits])

    def households(self, visits: Iterable[Mapping[str, Any]]) -> Sealed:
        """A segment with the households that these visits belong to (at most ``MAX_CHANGES``)."""
        wanted = sorted({values["household_id"] for values in visits})
        return self._sealed(
            "household", [(i, {"national_hh_no": f"{n:016d}"}) for n, i in enumerate(wanted, 1)]
        )

    def _sealed(self, entity: str, records: Sequence[tuple[str, Mapping[str, Any]]]) -> Sealed:
        hlc = wall_ms() << COUNTER_BITS
        changes = [
            Change(self._seq + n, hlc + n, self.replica_id, entity, record_id, SET, values)
            for n, (record_id, values) in enumerate(records, 1)
        ]
        sealed = chain.seal_segment(self.workspace, self.replica_id, changes, self._last_hash, self._key)
        self._seq, self._last_hash = self._seq + len(changes), sealed.hash
        self.vector = {**self.vector, self.replica_id: self._seq}  # nobody needs to send it its own
        return sealed

    def request(self, segments: Sequence[Sealed]) -> bytes:
        """The frames of one round."""
        hello = protocol.Hello(
            self.workspace, self.replica_id, self.vector, wall_ms(), SCHEMA, villageapp.__version__
        )
        return protocol.encode(protocol.Message(hello, list(segments)))

    def exchange(self, line: Line, request: bytes) -> protocol.Message:
        """One round. Raises Trouble when a segment is refused."""
        path = protocol.exchange_path(self.workspace)
        answer = protocol.decode(line.post(path, request, self._token, protocol.MEDIA_TYPE))
        if answer.refusals:
            raise Trouble(f"服务器退回：{answer.refusals[0].message}", code="bench_server")
        if not answer.hello.more:
            self.vector = {**answer.hello.vector, self.replica_id: self._seq}
        return answer


def admin_token(server_folder: Path) -> str:
    """Of a server whose data folder this is."""
    return (server_folder / "admin.token").read_text(encoding="utf-8").strip()


def village_code(number: int) -> str:
    """A village of the training county."""
    return f"149901{100 + number // 900:03d}{100 + number % 900:03d}"


def wire_visits(visits: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Visits as a laptop writes them into a change."""
    visitors = [str(uuid.UUID(int=7))]
    for values in visits:
        known = {**values, "visitors": visitors}
        yield {f.name: to_wire(known[f.name]) for f in VISIT.fields if known.get(f.name) is not None}


def at_once(count: int, work: Callable[[int], None]) -> float:
    """Seconds that so many threads take, each with its number, started together. Raises what the first raised."""
    failures: list[BaseException] = []
    begin = threading.Barrier(count + 1)

    def one(number: int) -> None:
        begin.wait()
        try:
            work(number)
        except BaseException as error:  # noqa: BLE001 - handed on to the caller
            failures.append(error)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    begin.wait()
    started = time.perf_counter()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return time.perf_counter() - started


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()
