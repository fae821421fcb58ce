"""What a segment may contain before the server stores and forwards it, beyond what ``sync/seal.py`` checks:
changes with the promised numbers, and names, clocks and numbers that every laptop can store. Business rules
are not checked here (docs/sync.md).
"""

from __future__ import annotations

import re
from typing import Any

import zstandard

from villageapp.sync import seal
from villageapp.sync.chain import Header, Sealed, malformed
from villageapp.sync.change import DELETED, Change, Clock

MAX_INTEGER = 2**63 - 1
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_ACTOR = re.compile(r"[!-~]{0,64}")


def open_segment(sealed: Sealed, header: Header) -> list[Change]:
    """The changes of a segment, each of them storable. Raises SyncError(PROTOCOL, code malformed)."""
    _check_promised_size(sealed.body)
    changes = seal.unpack(sealed.body)
    if [change.seq for change in changes] != list(range(header.first_seq, header.last_seq + 1)):
        raise malformed("段内编号与段头不符")
    names = {name for change in changes for name in (change.entity, *change.fields)}
    actors = {change.actor for change in changes}
    if not all(map(_NAME.fullmatch, names)) or not all(map(_ACTOR.fullmatch, actors)):
        raise malformed("名称不合规")
    for change in changes:
        _check(change)
    return changes


def _check_promised_size(body: bytes) -> None:
    """A frame that promises its size is unpacked in one go, whatever limit is given: look before."""
    try:
        promised = zstandard.frame_content_size(body)
    except zstandard.ZstdError as error:
        raise malformed("压缩内容无法识别") from error
    if promised > seal.MAX_UNPACKED:
        raise malformed("解压后超过大小上限")


def _check(change: Change) -> None:
    clocks = [change.clock(""), *(clock for bases in change.bases.values() for clock in bases)]
    if not all(_plausible(clock) for clock in clocks):
        raise malformed("时钟不合规")
    if not all(map(_bounded, change.fields.values())):
        raise malformed("数值超出范围")
    _check_deletion(change.fields.get(DELETED))


def _plausible(clock: Clock) -> bool:
    return 0 < clock.hlc <= MAX_INTEGER and 0 < clock.seq <= MAX_INTEGER


def _bounded(value: Any) -> bool:
    """Whether every number in a wire value fits 64 bits with a sign, as the laptops' database needs."""
    kind = type(value)
    if kind is int:
        return bool(-MAX_INTEGER <= value <= MAX_INTEGER)
    if kind is list:
        return all(map(_bounded, value))
    return kind is not dict or all(map(_bounded, value.values()))


def _check_deletion(value: Any) -> None:
    """A deletion carries the vector that the deleter had seen."""
    if isinstance(value, dict) and not all(type(seq) is int for seq in value.values()):
        raise malformed("删除标记不合规")
