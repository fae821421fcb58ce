"""A laptop reduced to its protocol: real keys, real segments, raw messages over HTTP."""

from __future__ import annotations

import base64
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
import msgspec
from nacl.signing import SigningKey

from villageapp.models.ids import new_id
from villageapp.sync import chain, protocol
from villageapp.sync.chain import NO_HASH, Sealed
from villageapp.sync.change import SCHEMA, SET, Change, Clock
from villageapp.sync.protocol import Hello, Message

ACTOR = "018f0000-0000-7000-8000-000000000001"


@dataclass
class RawLaptop:
    """State and messages of one laptop; ``held`` are all segments it has, in order of arrival."""

    url: str
    village: str
    replica_id: str = field(default_factory=new_id)
    key: SigningKey = field(default_factory=SigningKey.generate)
    workspace: str = ""
    token: str = ""
    province_key: bytes = b""
    vector: dict[str, int] = field(default_factory=dict)
    held: list[Sealed] = field(default_factory=list)
    own: list[Sealed] = field(default_factory=list)

    def enrol_request(self, code: str) -> protocol.EnrolRequest:
        """The body of an enrolment."""
        public = base64.b64encode(self.key.verify_key.encode()).decode()
        return protocol.EnrolRequest(
            code, self.replica_id, self.village, ACTOR, public, public, protocol.PROTOCOL, SCHEMA, "test"
        )

    def enrol(self, code: str) -> protocol.EnrolAnswer:
        """Redeem a code."""
        answer = self.post(protocol.ENROL_PATH, msgspec.json.encode(self.enrol_request(code)))
        assert answer.status_code == 200, answer.text
        said = msgspec.json.decode(answer.content, type=protocol.EnrolAnswer)
        self.workspace, self.token = said.workspace, said.token
        self.province_key = base64.b64decode(said.province_key)
        return said

    def post(self, path: str, content: Any, **headers: str) -> httpx.Response:
        """One request as it is."""
        return httpx.post(f"{self.url}{path}", content=content, headers=headers, trust_env=False, timeout=60)

    def write(self, *changes: Change) -> Sealed:
        """Seal changes; they are numbered after what was written before."""
        start = self.vector.get(self.replica_id, 0)
        numbered = [replace(c, seq=start + i) for i, c in enumerate(changes, 1)]
        previous = self.own[-1].hash if self.own else NO_HASH
        sealed = chain.seal_segment(self.workspace, self.replica_id, numbered, previous, self.key)
        self.own.append(sealed)
        self.held.append(sealed)
        self.vector[self.replica_id] = start + len(changes)
        return sealed

    def hello(self, **changed: Any) -> Hello:
        """The first frame."""
        hello = Hello(self.workspace, self.replica_id, dict(self.vector), 0, SCHEMA, "test")
        return msgspec.structs.replace(hello, **changed)

    def send_raw(self, content: Any, **headers: str) -> httpx.Response:
        """Bytes to the exchange."""
        sent = {"Authorization": f"Bearer {self.token}", "Content-Type": protocol.MEDIA_TYPE, **headers}
        return self.post(protocol.exchange_path(self.workspace), content, **sent)

    def send(self, segments: Sequence[Sealed] = (), **hello: Any) -> Message:
        """One round; nothing of the answer is kept."""
        answer = self.send_raw(protocol.encode(Message(self.hello(**hello), list(segments))))
        assert answer.status_code == 200, answer.text
        return protocol.decode(answer.content)

    def sync(self) -> Message:
        """Send everything of its own and take what comes, until nothing more does."""
        answer = self.send(self.own)
        self.take(answer)
        while answer.hello.more:
            answer = self.send()
            self.take(answer)
        return answer

    def take(self, answer: Message) -> None:
        """Keep received segments."""
        for sealed in answer.segments:
            header = sealed.read_header()
            self.held.append(sealed)
            self.vector[header.replica_id] = header.last_seq


def change(
    record_id: str, fields: dict[str, Any], *, entity: str = "household", hlc: int = 0, kind: str = SET,
    bases: dict[str, tuple[Clock, ...]] | None = None,
) -> Change:  # fmt: skip
    """A change without a number yet."""
    return Change(
        0, hlc or (time.time_ns() // 1_000_000) << 16, ACTOR, entity, record_id, kind, fields, bases or {}
    )
