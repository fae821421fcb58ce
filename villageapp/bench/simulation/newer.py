"""A laptop with a program from the future: it writes fields and entities that this version has never heard of."""

from __future__ import annotations

import random

from villageapp.bench.simulation.centre import Centre
from villageapp.bench.simulation.laptops import Laptop
from villageapp.bench.simulation.oracle import Author, Oracle, Violation
from villageapp.bench.simulation.team import Newer
from villageapp.models import ids
from villageapp.sync import chain, protocol
from villageapp.sync.chain import NO_HASH, Sealed
from villageapp.sync.change import SCHEMA, SET, Change
from villageapp.sync.clock import COUNTER_BITS
from villageapp.sync.protocol import Hello, Message

ACTOR = "018f0000-0000-7000-8000-000000000009"
NEW_FIELD, NEW_ENTITY = "field_of_the_future", "entity_of_the_future"
NEWER_SCHEMA = SCHEMA + 40


class NewerLaptop:
    """Only its log; what it has is sent again and again."""

    def __init__(self, newer: Newer, centre: Centre, oracle: Oracle) -> None:
        self._newer, self._centre, self._oracle = newer, centre, oracle
        self.held: list[Sealed] = []
        self.written: list[tuple[str, Change]] = []

    def write(self, beside: Laptop, now_ms: int, chance: random.Random, text: str, moment: int) -> None:
        """Change a record as it stands on a colleague's laptop, or make one of an unknown entity."""
        standing = beside.heads()
        known = [key for key in standing if key[0] == "household"]
        entity, record_id = (
            chance.choice(sorted(known)) if known and chance.random() < 0.7 else (NEW_ENTITY, ids.new_id())
        )
        heads = standing.get((entity, record_id), {}).get(NEW_FIELD, {})
        bases = {NEW_FIELD: tuple(sorted(heads))} if heads else {}
        seq, hlc = len(self.written) + 1, (now_ms << COUNTER_BITS) + 7
        fields = {NEW_FIELD: {"words": [text]}}
        change = Change(seq, hlc, ACTOR, entity, record_id, SET, fields, bases, NEWER_SCHEMA)
        author = Author("future", self._newer.replica_id, moment)
        self._oracle.note(author, [change], {(entity, record_id): {NEW_FIELD: dict(heads)}}, list)
        self.written.append((self._newer.replica_id, change))
        self._seal(change)

    def _seal(self, change: Change) -> None:
        previous = self.held[-1].hash if self.held else NO_HASH
        newer = self._newer
        sealed = chain.seal_segment(self._centre.workspace, newer.replica_id, [change], previous, newer.key)
        self.held.append(sealed)

    def sync(self) -> None:
        """Send everything; take nothing."""
        vector: dict[str, int] = {}
        hello = Hello(
            self._centre.workspace, self._newer.replica_id, vector, 0, NEWER_SCHEMA, "99.0", limit=1
        )
        request = protocol.encode(Message(hello, self.held))
        answer = protocol.decode(self._centre.exchange(self._newer.token, request))
        if answer.refusals:
            raise Violation(f"the server refused a newer program: {answer.refusals}")
