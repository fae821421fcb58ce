"""One hash over everything synced: equal on equal replicas, however each stores it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import msgspec

from villageapp.sync.registers import Record, canonical

_encoder = msgspec.json.Encoder(order="sorted")


def digest(records: Iterable[tuple[str, str, Record]]) -> str:
    """Hex SHA-256 over (entity, record id, heads of every field), given in order of entity and record id."""
    total = hashlib.sha256()
    for entity, record_id, record in records:
        total.update(_encoder.encode([entity, record_id, canonical(record)]))
        total.update(b"\n")
    return total.hexdigest()
