"""Hashes over everything synced: equal on equal replicas, however each stores it.

``digest`` is one hash over all records in order. ``Buckets`` are 256 sums that can follow single records, so the
server keeps them up to date and a difference is narrowed down to a bucket without sending records.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

import msgspec

from villageapp.sync.registers import Record, canonical

BUCKETS = 256
VERSION = 1
"""Rises when the same records would give other sums; peers of different versions do not compare."""
_WIDTH = 16
_MODULUS = 1 << (8 * _WIDTH)
_encoder = msgspec.json.Encoder(order="sorted")


def digest(records: Iterable[tuple[str, str, Record]]) -> str:
    """Hex SHA-256 over (entity, record id, heads of every field), given in order of entity and record id."""
    total = hashlib.sha256()
    for entity, record_id, record in records:
        total.update(_encoder.encode([entity, record_id, canonical(record)]))
        total.update(b"\n")
    return total.hexdigest()


def bucket_of(entity: str, record_id: str) -> int:
    """The bucket of a record, 0 to 255; known without its content."""
    return hashlib.sha256(f"{entity}\0{record_id}".encode()).digest()[0]


def record_hash(entity: str, record_id: str, record: Record) -> bytes:
    """16 bytes over the heads of every field of one record."""
    return hashlib.sha256(_encoder.encode([entity, record_id, fast_canonical(record)])).digest()[:_WIDTH]


def fast_canonical(record: Record) -> list[Any]:
    """As ``registers.canonical``, without looking at fields one by one that all have the creation's clocks."""
    found: list[Any] = []
    base = sorted(record.base)
    for name in sorted(record.values.keys() | record.fields.keys()):
        register = record.fields.get(name)
        if register is None:
            if base:
                value = record.values[name]
                found.append([name, [[*clock, value] for clock in base]])
        elif register.heads:
            found.append([name, [[*clock, value] for clock, value in sorted(register.heads.items())]])
    return found


class Buckets:
    """Sums of record hashes; independent of the order in which records are added and taken out."""

    def __init__(self, content: bytes = b"") -> None:
        """From ``content`` of another one; empty: no records. Raises ValueError for any other length."""
        if content and len(content) != BUCKETS * _WIDTH:
            raise ValueError("not the content of 256 buckets")
        self._sums = [
            int.from_bytes(content[start : start + _WIDTH], "big")
            for start in range(0, BUCKETS * _WIDTH, _WIDTH)
        ]

    @classmethod
    def of(cls, records: Iterable[tuple[str, str, Record]]) -> Buckets:
        """The sums of all these records."""
        made = cls()
        for entity, record_id, record in records:
            made.add(entity, record_id, record)
        return made

    def add(self, entity: str, record_id: str, record: Record) -> None:
        """A record is there."""
        self._shift(entity, record_id, record, 1)

    def take_out(self, entity: str, record_id: str, record: Record) -> None:
        """A record, as it was added, is not there any more."""
        self._shift(entity, record_id, record, -1)

    def _shift(self, entity: str, record_id: str, record: Record, sign: int) -> None:
        bucket = bucket_of(entity, record_id)
        number = int.from_bytes(record_hash(entity, record_id, record), "big")
        self._sums[bucket] = (self._sums[bucket] + sign * number) % _MODULUS

    @property
    def content(self) -> bytes:
        """All sums, 16 bytes each."""
        return b"".join(number.to_bytes(_WIDTH, "big") for number in self._sums)

    @property
    def state(self) -> str:
        """Hex SHA-256 over all sums: what a receipt carries."""
        return hashlib.sha256(self.content).hexdigest()

    def differing(self, other: Buckets) -> list[int]:
        """The buckets that are not equal."""
        return [n for n, (a, b) in enumerate(zip(self._sums, other._sums, strict=True)) if a != b]
