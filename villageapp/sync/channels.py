"""Channels: what province, city, county and township publish to the villages below them, read-only.

A channel is named by the significant digits of its division's code (2, 4, 6 or 9). Its items are numbered 1, 2,
3 … without gaps and never change; a correction is a new item. A server that was restored from a backup may have lost
items: it never uses their numbers again, but begins a series of its own, named by the division and its epoch. Each is signed by the province key, over a prefix of
its own, so no item passes for a certificate or a receipt. An item that this version cannot read is kept as it came.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import msgspec
from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey
from sqlalchemy import Connection

from villageapp.errors import SyncError, SyncKind
from villageapp.sync.chain import UNREADABLE, Refused, Signed, malformed

VERSION = 1
SIGNED_AS = b"villageapp-channel-1:"
"""Before the body when it is signed: the same key signs certificates and receipts."""
LEVELS = (2, 4, 6, 9)
"""Digits of a channel's code: province, city, county, township."""
MAX_ITEM = 2_200_000
"""Bytes of one item; the largest pack of policies fits."""
ITEM_BYTES = 128
"""What an item weighs beside its body."""
_TOO_MANY = 2**62
_SERIES, _EPOCH_DIGITS = ".", 8


class Kind(StrEnum):
    """What an item is."""

    POLICIES = "policies"
    PARAMETERS = "parameters"
    NOTICE = "notice"


class Mark(msgspec.Struct, frozen=True):
    """What every version of an item says of itself."""

    v: int
    channel: str
    number: int


class Item(msgspec.Struct, frozen=True):
    """One publication. ``text`` is a pack (TOML) or the words of a notice; days are ISO, empty: not limited."""

    v: int
    channel: str
    number: int
    kind: str
    title: str
    text: str
    issuer: str  # the division's name
    issued_ms: int  # server time
    from_day: str = ""
    to_day: str = ""


@dataclass(slots=True)
class Taken:
    """What came of received items: how many were new, and what was not taken and why."""

    new: int = 0
    refused: list[str] = field(default_factory=list)


def series(division: str, epoch: str) -> str:
    """The channel in which a division's items are numbered by a server restored under this epoch."""
    return f"{division}{_SERIES}{epoch[:_EPOCH_DIGITS]}"


def division_of(channel: str) -> str:
    """The division that publishes in a channel, whatever the series."""
    return channel.partition(_SERIES)[0]


def shown_number(channel: str, number: int) -> str:
    """A number for people, with the beginning of the epoch in a later series."""
    epoch = channel.partition(_SERIES)[2]
    return f"{epoch[:4]}-{number}" if epoch else str(number)


def above(village_code: str) -> tuple[str, ...]:
    """The channels that concern a village, the province first."""
    return tuple(village_code[:digits] for digits in LEVELS)


def sign(item: Item, key: SigningKey) -> Signed:
    """Encode and sign an item."""
    body = msgspec.msgpack.encode(item)
    return Signed(body, key.sign(SIGNED_AS + body).signature)


def mark_of(signed: Signed, province_key: bytes) -> Mark:
    """Channel and number of what the province signed. Raises SyncError: too_large, bad_signature, malformed."""
    if len(signed.body) > MAX_ITEM:
        raise SyncError(SyncKind.PROTOCOL, "上级发布的内容过大，没有采用。", code=Refused.TOO_LARGE.value)
    try:
        VerifyKey(province_key).verify(SIGNED_AS + signed.body, signed.signature)
        return msgspec.msgpack.decode(signed.body, type=Mark)
    except UNREADABLE as error:
        raise malformed("发布内容无法识别") from error
    except (BadSignatureError, ValueError) as error:
        raise SyncError(
            SyncKind.AUTH, "上级发布的内容签名核对不符，没有采用。", code=Refused.BAD_SIGNATURE.value
        ) from error


def read(body: bytes) -> Item:
    """An item whose signature was checked when it came. Raises SyncError(TOO_OLD) for one of a newer version."""
    try:
        mark = msgspec.msgpack.decode(body, type=Mark)
        if mark.v == VERSION:
            return msgspec.msgpack.decode(body, type=Item)
    except UNREADABLE as error:
        raise malformed("发布内容无法识别") from error
    raise SyncError(
        SyncKind.TOO_OLD, "由更新版本的驻村通发布，本机保留着，暂时不能使用。", remedy="请升级驻村通。"
    )


def have(connection: Connection) -> dict[str, int]:
    """The last number of each channel that is here."""
    rows = connection.exec_driver_sql("SELECT channel, max(number) FROM channel_item GROUP BY channel")
    return {row[0]: row[1] for row in rows}


def lacking(connection: Connection, theirs: Mapping[str, int], limit: int) -> list[Signed]:
    """Items that somebody lacks who has these numbers, in order, up to ``limit`` bytes, at least one.

    Of the divisions that are named, also whole series that are not.
    """
    found: list[Signed] = []
    size = 0
    divisions = {division_of(channel) for channel in theirs}
    for channel in sorted(have(connection)):
        if division_of(channel) not in divisions:
            continue
        rows = connection.exec_driver_sql(
            "SELECT body, signature FROM channel_item WHERE channel = ? AND number > ? ORDER BY number",
            (channel, bounded(theirs.get(channel, 0))),
        )
        for body, signature in rows:
            size += len(body) + ITEM_BYTES
            if found and size > limit:
                return found
            found.append(Signed(bytes(body), bytes(signature)))
    return found


def bounded(number: int) -> int:
    """A number from outside that any database can compare."""
    return max(0, min(number, _TOO_MANY))


def take(
    connection: Connection, items: Sequence[Signed], province_key: bytes, village_code: str, now: str
) -> Taken:
    """Verify and keep items in the caller's transaction; a bad one is left out and told, the others stay.

    ``now`` is a UTC instant as text. Whether an item can be used is decided when it is applied.
    """
    taken = Taken()
    if not items:
        return taken
    known, concerned = have(connection), above(village_code)
    for signed in items:
        try:
            mark = mark_of(signed, province_key)
            if _is_new(connection, signed, mark, known.get(mark.channel, 0), concerned):
                _keep(connection, signed, mark, now)
                known[mark.channel] = mark.number
                taken.new += 1
        except SyncError as error:
            if error.message not in taken.refused:
                taken.refused.append(error.message)
    return taken


def _is_new(connection: Connection, signed: Signed, mark: Mark, last: int, concerned: Iterable[str]) -> bool:
    """Raises SyncError: wrong_channel, gap, fork (another content under a known number)."""
    if division_of(mark.channel) not in concerned:
        raise SyncError(SyncKind.PROTOCOL, "收到发给别处区划的发布内容，没有采用。", code="wrong_channel")
    if mark.number > last + 1 or mark.number < 1:
        raise SyncError(
            SyncKind.PROTOCOL,
            f"区划 {mark.channel} 的发布内容缺第 {last + 1} 号，后面的没有采用，下次同步再补。",
            code=Refused.GAP.value,
        )
    if mark.number == last + 1:
        return True
    held = connection.exec_driver_sql(
        "SELECT body FROM channel_item WHERE channel = ? AND number = ?", (mark.channel, mark.number)
    ).scalar_one()
    if bytes(held) != signed.body:
        raise SyncError(
            SyncKind.PROTOCOL,
            f"区划 {mark.channel} 第 {mark.number} 号发布内容有两个不同的版本，保留先收到的；请告知县里技术人员。",
            code=Refused.FORK.value,
        )
    return False


def _keep(connection: Connection, signed: Signed, mark: Mark, now: str) -> None:
    connection.exec_driver_sql(
        "INSERT INTO channel_item (channel, number, body, signature, received_at, read_at)"
        " VALUES (?, ?, ?, ?, ?, '')",
        (mark.channel, mark.number, signed.body, signed.signature, now),
    )
