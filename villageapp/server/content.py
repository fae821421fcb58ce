"""What a segment may contain before the server stores and forwards it, beyond what ``sync/seal.py`` checks:
changes with the promised numbers, and names, clocks and numbers that every laptop can store. Business rules
are not checked here (docs/sync.md). Everything is checked column by column, without an object for each change.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

import zstandard

from villageapp.sync import seal
from villageapp.sync.chain import Header, Sealed, malformed
from villageapp.sync.change import DELETED, Clock
from villageapp.sync.contents import Contents, Group

MAX_INTEGER = 2**63 - 1
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_ACTOR = re.compile(r"[!-~]{0,64}")
_BOUNDLESS = frozenset({type(None), bool, str})
"""Types of wire values that hold no number."""


def open_segment(sealed: Sealed, header: Header) -> Contents:
    """The changes of a segment, each of them storable. Raises SyncError(PROTOCOL, code malformed)."""
    _check_promised_size(sealed.body)
    contents = seal.open_body(sealed.body)
    if not contents.runs(header.first_seq, header.last_seq):
        raise malformed("段内编号与段头不符")
    names = {name for group in contents.groups for name in (group.entity, *group.names)}
    actors = set(chain.from_iterable(group.actors for group in contents.groups))
    if not all(map(_NAME.fullmatch, names)) or not all(map(_ACTOR.fullmatch, actors)):
        raise malformed("名称不合规")
    for group in contents.groups:
        _check(group)
    return contents


def _check_promised_size(body: bytes) -> None:
    """A frame that promises its size is unpacked in one go, whatever limit is given: look before."""
    try:
        promised = zstandard.frame_content_size(body)
    except zstandard.ZstdError as error:
        raise malformed("压缩内容无法识别") from error
    if promised > seal.MAX_UNPACKED:
        raise malformed("解压后超过大小上限")


def _check(group: Group) -> None:
    if not _all_plausible(group.hlcs) or not _all_plausible(group.seqs):
        raise malformed("时钟不合规")
    if not all(_is_plausible(clock) for clock in _replaced(group)):
        raise malformed("时钟不合规")
    if not all(map(_is_bounded_column, group.columns)):
        raise malformed("数值超出范围")
    for name, column in zip(group.names, group.columns, strict=True):
        if name == DELETED:
            _check_deletions(column)


def _replaced(group: Group) -> Iterable[Clock]:
    return (clock for bases in group.bases.values() for clocks in bases.values() for clock in clocks)


def _all_plausible(numbers: Sequence[int]) -> bool:
    return not numbers or 0 < min(numbers) <= max(numbers) <= MAX_INTEGER


def _is_plausible(clock: Clock) -> bool:
    return 0 < clock.hlc <= MAX_INTEGER and 0 < clock.seq <= MAX_INTEGER


def _is_bounded_column(column: Sequence[Any]) -> bool:
    return _BOUNDLESS.issuperset(map(type, column)) or all(map(_is_bounded, column))


def _is_bounded(value: Any) -> bool:
    """Whether every number in a wire value fits 64 bits with a sign, as the laptops' database needs."""
    kind = type(value)
    if kind is int:
        return bool(-MAX_INTEGER <= value <= MAX_INTEGER)
    if kind is list:
        return _is_bounded_column(value)
    return kind is not dict or all(map(_is_bounded, value.values()))


def _check_deletions(column: Iterable[Any]) -> None:
    """A deletion carries the vector that the deleter had seen."""
    for value in column:
        if isinstance(value, dict) and not all(type(seq) is int for seq in value.values()):
            raise malformed("删除标记不合规")
