"""What township, county, city and province published: policies and parameters that follow from it, notices to read.

Items are kept as they came (sync/channels.py); what follows from them is derived when the store is opened and after
a sync, never stored as records. So it is the same on every laptop, cannot conflict, and an item that this version
cannot use is used after an upgrade.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from villageapp.domain import dates, parameter_pack, parameters, policy_pack
from villageapp.domain.changes import ChangeSet
from villageapp.domain.parameters import Parameter
from villageapp.errors import AppError, NotFound
from villageapp.services.results import Saved
from villageapp.sync import channels
from villageapp.sync.channels import Item, Kind
from villageapp.sync.clock import COUNTER_BITS, instant

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

ENTITY = "channel_item"
"""What a change set says when an item came or was read."""
_ALL = "SELECT channel, number, body, received_at, read_at FROM channel_item"


@dataclass(frozen=True, slots=True)
class Published:
    """What all items together come to. ``policies`` by number; ``troubles`` by channel and number: what is wrong."""

    policies: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    parameters: tuple[Parameter, ...] = ()
    troubles: Mapping[tuple[str, int], tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Publication:
    """One item for people. ``kind`` is a channels.Kind, empty when this version cannot read it.

    ``troubles``: what of it is not used and why. ``text``: the words of a notice; empty for packs.
    """

    channel: str
    number: int
    kind: str
    title: str
    text: str
    issuer: str
    issued_at: datetime | None
    from_day: date | None
    to_day: date | None
    is_read: bool
    troubles: tuple[str, ...] = ()


def load(connection: Connection) -> Published:
    """Everything that follows from the items of a store; an item that is wrong is told and holds up no other."""
    policies: dict[str, Mapping[str, Any]] = {}
    found: list[Parameter] = []
    troubles: dict[tuple[str, int], tuple[str, ...]] = {}
    for channel, number, body, *_ in sorted(connection.exec_driver_sql(_ALL), key=_order):
        try:
            item = channels.read(bytes(body))
            wrong = _apply(item, policies, found)
        except AppError as error:
            wrong = [error.message]
        if wrong:
            troubles[channel, number] = tuple(wrong)
    return Published(policies, tuple(found), troubles)


def _order(row: Any) -> tuple[int, str, int, str, int]:
    """The widest division first, in each the oldest: what comes later counts."""
    channel, number, body, *_ = row
    division = channels.division_of(channel)
    try:
        issued = channels.read(bytes(body)).issued_ms
    except AppError:  # of a newer version: told where it is applied
        issued = 0
    return len(division), division, issued, channel, number


def _apply(item: Item, policies: dict[str, Mapping[str, Any]], found: list[Parameter]) -> list[str]:
    """What is wrong with it. Raises AppError for an item that is of no use at all."""
    content = item.text.encode("utf-8", "surrogatepass")
    name = f"{item.issuer}第 {channels.shown_number(item.channel, item.number)} 号"
    if item.kind == Kind.POLICIES:
        for policy in policy_pack.read_pack(content, name)[1]:
            policies[policy["policy_no"]] = {**policy, "source": policy.get("source") or f"{name}发布"}
        return []
    if item.kind == Kind.PARAMETERS:
        values, wrong = parameter_pack.read(content, name, channels.division_of(item.channel))
        found += values
        return wrong
    return [] if item.kind == Kind.NOTICE else ["本版本不认识这一类发布内容，保留着，升级后使用"]


def refresh(work: Workspace) -> None:
    """Derive policies and parameters anew, when items have come."""
    with work.reading() as connection:
        work.use_published(load(connection))


def with_published(found: Published) -> parameters.Parameters:
    """The shipped parameters, overridden by effective date by what was published."""
    shipped = parameters.shipped()
    return shipped.with_changes(found.parameters) if found.parameters else shipped


def listing(work: Workspace) -> list[Publication]:
    """Every item, newest first."""
    with work.reading() as connection:
        rows = connection.exec_driver_sql(_ALL).all()
    shown = [_shown(work, row) for row in rows]
    return sorted(shown, key=lambda p: p.issued_at or datetime.min.replace(tzinfo=dates.CHINA), reverse=True)


def unread(work: Workspace, on: date | None = None) -> list[Publication]:
    """Items that nobody has read on this laptop and whose time has not passed on that day (today), newest first."""
    day = on or work.today()
    return [p for p in listing(work) if not p.is_read and _is_current(p, day)]


def _is_current(found: Publication, day: date) -> bool:
    started = found.from_day is None or found.from_day <= day
    return started and (found.to_day is None or day <= found.to_day)


def one(work: Workspace, channel: str, number: int) -> Publication:
    """One item. Raises NotFound."""
    for found in listing(work):
        if (found.channel, found.number) == (channel, number):
            return found
    raise NotFound("没有找到这份发布内容。", remedy="请刷新后再试。")


def read(work: Workspace, channel: str, number: int) -> Saved:
    """Note that somebody read an item on this laptop; again is harmless. Raises NotFound."""
    with work.database.writing() as connection:
        found = connection.exec_driver_sql(
            "UPDATE channel_item SET read_at = CASE read_at WHEN '' THEN ? ELSE read_at END"
            " WHERE channel = ? AND number = ?",
            (dates.instant_text(work.now()), channel, number),
        )
        if found.rowcount == 0:
            raise NotFound("没有找到这份发布内容。", remedy="请刷新后再试。")
    return Saved((f"{channel}/{number}",), ChangeSet.of([(ENTITY, f"{channel}/{number}")]))


def _shown(work: Workspace, row: Any) -> Publication:
    channel, number, body, _received_at, read_at = row
    troubles = work.published.troubles.get((channel, number), ())
    try:
        item = channels.read(bytes(body))
    except AppError as error:
        return Publication(
            channel, number, "", error.message, "", "", None, None, None, bool(read_at), troubles
        )
    return Publication(
        channel,
        number,
        item.kind,
        item.title,
        item.text if item.kind == Kind.NOTICE else "",
        item.issuer,
        _instant(item.issued_ms),
        _day(item.from_day),
        _day(item.to_day),
        bool(read_at),
        troubles,
    )


def _instant(ms: int) -> datetime | None:
    try:
        return instant(ms << COUNTER_BITS)
    except (OverflowError, ValueError, OSError):  # a time beyond the calendar: shown without
        return None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:  # not a day: not limited
        return None
