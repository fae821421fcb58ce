"""Changes to segment bodies and back: column-wise MessagePack under zstd.

Body: changes grouped by (entity, kind, schema, field set), each field one array. Bounded when unpacking,
since a body comes from outside.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Any

import msgspec
import zstandard

from villageapp.errors import SyncError, SyncKind
from villageapp.sync.change import KINDS, Change, Clock
from villageapp.sync.contents import Contents, Group

CODEC = 1
MAX_CHANGES = 500
MAX_RAW = 640 * 1024
"""Bytes of changes (an upper estimate) put into one segment before compression; a single larger one travels alone."""
MAX_BODY = 4 * 1024 * 1024
MAX_UNPACKED = 16 * 1024 * 1024
LEVEL = 9
MAX_DEPTH = 3
MAX_INT = 2**63
_SCALARS = frozenset({type(None), bool, str})

_local = threading.local()  # zstd contexts must not be shared between threads


class _Group(msgspec.Struct, array_like=True, frozen=True):
    entity: str
    kind: str
    schema: int
    names: list[str]
    seqs: list[int]  # first, then differences
    hlcs: list[int]
    actors: list[int]  # index into the body's actors
    record_ids: bytes  # 16 bytes each
    columns: list[list[Any]]
    bases: list[tuple[int, int, list[tuple[int, int, int]]]]  # (row, column, clocks with replica index)


class _Body(msgspec.Struct, array_like=True, frozen=True):
    actors: list[str]
    replicas: list[str]
    groups: list[_Group]


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Body)


def pack(changes: Sequence[Change]) -> bytes:
    """The body of a segment with these changes."""
    actors: dict[str, int] = {}
    replicas: dict[str, int] = {}
    grouped: dict[tuple[Any, ...], list[Change]] = {}
    for change in changes:
        grouped.setdefault((change.entity, change.kind, change.schema, tuple(change.fields)), []).append(
            change
        )
    groups = [_group(key, rows, actors, replicas) for key, rows in grouped.items()]
    return _compressor().compress(_encoder.encode(_Body(list(actors), list(replicas), groups)))


def _group(
    key: tuple[Any, ...], rows: list[Change], actors: dict[str, int], replicas: dict[str, int]
) -> _Group:
    entity, kind, schema, names = key
    return _Group(
        entity,
        kind,
        schema,
        list(names),
        _deltas([c.seq for c in rows]),
        _deltas([c.hlc for c in rows]),
        [actors.setdefault(c.actor, len(actors)) for c in rows],
        bytes.fromhex("".join([c.record_id for c in rows]).replace("-", "")),
        [list(column) for column in zip(*(c.fields.values() for c in rows), strict=True)],
        [
            (row, column, [_packed_clock(clock, replicas) for clock in change.bases[name]])
            for row, change in enumerate(rows)
            if change.bases
            for column, name in enumerate(names)
            if change.bases.get(name)
        ],
    )


def _packed_clock(clock: Clock, replicas: dict[str, int]) -> tuple[int, int, int]:
    return clock.hlc, replicas.setdefault(clock.replica_id, len(replicas)), clock.seq


def unpack(body: bytes) -> list[Change]:
    """The changes of a body in order of their sequence numbers. Raises as ``open_body`` does."""
    return list(open_body(body))


def open_body(body: bytes) -> Contents:
    """What a body holds, checked.

    Raises SyncError(PROTOCOL) for anything that is not a well-formed body within the limits.
    """
    if len(body) > MAX_BODY:
        raise _malformed("超过大小上限")
    try:
        if zstandard.frame_content_size(body) > MAX_UNPACKED:  # the limit below is ignored for such frames
            raise _malformed("解压后超过大小上限")
        raw = _decompressor().decompress(body, max_output_size=MAX_UNPACKED)
        if len(raw) > MAX_UNPACKED:
            raise _malformed("解压后超过大小上限")
        parsed = _decoder.decode(raw)
        if sum(len(group.seqs) for group in parsed.groups) > MAX_CHANGES:
            raise _malformed("变更条数超过上限")
        return Contents(tuple(_opened(group, parsed) for group in parsed.groups))
    except (zstandard.ZstdError, msgspec.MsgspecError, ValueError, IndexError, OverflowError) as error:
        raise _malformed(str(error)) from error


def _opened(group: _Group, body: _Body) -> Group:
    count = len(group.seqs)
    lengths = {len(group.hlcs), len(group.actors), len(group.record_ids) // 16, *map(len, group.columns)}
    if lengths != {count} or len(group.columns) != len(group.names) or group.kind not in KINDS:
        raise ValueError("columns of unequal length")
    bases: dict[int, dict[str, tuple[Clock, ...]]] = {}
    for row, column, clocks in group.bases:
        named = tuple(Clock(hlc, body.replicas[replica], seq) for hlc, replica, seq in clocks)
        bases.setdefault(row, {})[group.names[column]] = named
    if not all(map(_is_plain_column, group.columns)):
        raise ValueError("value of a foreign type")
    return Group(
        group.entity,
        group.kind,
        group.schema,
        tuple(group.names),
        list(accumulate(group.seqs)),
        list(accumulate(group.hlcs)),
        [body.actors[actor] for actor in group.actors],
        _id_texts(group.record_ids, count),
        group.columns,
        bases,
    )


def _id_texts(packed: bytes, count: int) -> list[str]:
    """Record ids as text; UUID objects would take five times as long."""
    text = packed.hex()
    starts = range(0, 32 * count, 32)
    return [
        f"{text[i : i + 8]}-{text[i + 8 : i + 12]}-{text[i + 12 : i + 16]}-{text[i + 16 : i + 20]}-{text[i + 20 : i + 32]}"
        for i in starts
    ]


def _is_plain_column(column: list[Any]) -> bool:
    return _SCALARS.issuperset(map(type, column)) or all(map(_plain, column))


def _plain(value: Any, depth: int = 0) -> bool:
    """Whether a value is one that ``to_wire`` can make: it will be stored as JSON."""
    kind = type(value)
    if kind is int:
        return bool(-MAX_INT <= value < MAX_INT)
    if kind in _SCALARS:
        return True
    if depth > MAX_DEPTH:
        return False
    if kind is list:
        return _SCALARS.issuperset(map(type, value)) or all(_plain(item, depth + 1) for item in value)
    return kind is dict and all(type(k) is str and _plain(v, depth + 1) for k, v in value.items())


def _deltas(numbers: list[int]) -> list[int]:
    return numbers[:1] + [b - a for a, b in pairwise(numbers)]


def _compressor() -> zstandard.ZstdCompressor:
    if not hasattr(_local, "compressor"):
        _local.compressor = zstandard.ZstdCompressor(level=LEVEL)
    return _local.compressor  # type: ignore[no-any-return]


def _decompressor() -> zstandard.ZstdDecompressor:
    if not hasattr(_local, "decompressor"):
        _local.decompressor = zstandard.ZstdDecompressor()
    return _local.decompressor  # type: ignore[no-any-return]


def _malformed(why: str) -> SyncError:
    return SyncError(SyncKind.PROTOCOL, f"同步内容格式不对（{why}），没有采用。", code="malformed")
