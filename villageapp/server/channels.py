"""Channels at the server: offices publish, laptops get what they lack, a restored server gets back what it lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, insert, select, text
from sqlalchemy.dialects.postgresql import insert as upsert

from villageapp.domain import parameter_pack, policy_pack
from villageapp.domain.village import TRAINING_COUNTY, divisions
from villageapp.errors import NotFound, Problem, SyncError, Trouble, ValidationFailed
from villageapp.models.server_tables import audit, channel_item, server_state
from villageapp.server import audit_trail
from villageapp.server.accounts import Office, division_prefix
from villageapp.server.audit_trail import PROVINCE
from villageapp.server.opening import Province
from villageapp.server.restoration import RESTORED
from villageapp.sync import channels
from villageapp.sync.chain import Signed
from villageapp.sync.channels import Item, Kind, Mark
from villageapp.sync.clock import wall_ms

MOST_TITLE, MOST_NOTICE = 60, 20_000
_NEXT_NUMBER = "SELECT pg_advisory_xact_lock(hashtext('channel'), hashtext(:channel))"
_LAST = """
    SELECT c.channel, max(c.number)
    FROM unnest(%s::text[], %s::text[]) AS k (county_code, division)
    JOIN channel_item c ON c.county_code = k.county_code
        AND (c.channel = k.division OR starts_with(c.channel, k.division || '.'))
    GROUP BY c.channel
"""
"""Asked in every exchange, so as plain SQL."""
_columns = channel_item.c


@dataclass(frozen=True, slots=True)
class Draft:
    """What an office wants to publish. ``content`` is a file: a pack (TOML) or the words of a notice (UTF-8)."""

    kind: str
    content: bytes
    file_name: str
    title: str = ""
    from_day: date | None = None
    to_day: date | None = None


def publish(province: Province, division: str, draft: Draft, office: Office) -> dict[str, Any]:
    """Sign and store the next item of a division's channel; what it became, as ``listing`` shows it.

    Everything in it must be usable: what a laptop would leave out is refused here. Raises NotFound (division),
    NotAllowed, ValidationFailed, Trouble (code pack_unusable).
    """
    channel = division_prefix(division)
    office.check_acts(channel)
    title, words = _checked(draft, channel)
    span = [day.isoformat() if day is not None else "" for day in (draft.from_day, draft.to_day)]
    with province.engine.begin() as connection:
        connection.execute(text(_NEXT_NUMBER), {"channel": channel})
        series = _series(connection, channel)
        number = _last(connection, [channel]).get(series, 0) + 1
        item = Item(
            channels.VERSION, series, number, draft.kind, title, words, _name(channel), wall_ms(), *span
        )
        signed = channels.sign(item, province.key)
        row = _row(series, number, draft.kind, signed, office.who)
        connection.execute(insert(channel_item).values(row))
        audit_trail.note(connection, row["county_code"], "published", None, f"{series}/{number}", office.who)
    return _shown(item, row["created_at"], office.who)


def _series(connection: Connection, division: str) -> str:
    """Where a division publishes now: items that a restoration lost keep their numbers until laptops bring them."""
    restored = select(audit.c.id).where(audit.c.county_code == PROVINCE, audit.c.action == RESTORED)
    if not connection.execute(select(restored.exists())).scalar_one():
        return division
    return channels.series(division, connection.execute(select(server_state.c.epoch)).scalar_one())


def listing(province: Province, division: str, office: Office) -> list[dict[str, Any]]:
    """What a division has published, newest first. Raises NotFound (also for a division of others)."""
    channel = division_prefix(division)
    if not office.covers(channel):
        raise NotFound(f"区划 {channel} 不在这个账号的管辖范围内。", remedy="请核对代码。")
    query = select(_columns.channel, _columns.body, _columns.created_at, _columns.who).where(
        _columns.county_code == county_of(channel), _columns.channel.startswith(channel, autoescape=True)
    )
    with province.engine.connect() as connection:
        rows = connection.execute(query).all()
    mine = [row for row in rows if channels.division_of(row.channel) == channel]
    items = [(channels.read(row.body), row) for row in mine]
    items.sort(key=lambda one: (one[0].issued_ms, one[0].number), reverse=True)
    return [_shown(item, row.created_at, row.who) for item, row in items]


def county_of(channel: str) -> str:
    """The part of the database that a channel lies in."""
    return channels.division_of(channel).ljust(6, "0")[:6]


def last_above(connection: Connection, village_code: str) -> dict[str, int]:
    """The last number of each channel above a village."""
    return _last(connection, channels.above(village_code))


def lacking(
    connection: Connection, ours: dict[str, int], theirs: Mapping[str, int] | None, room: int
) -> tuple[dict[str, int] | None, list[Signed], bool]:
    """The last number of each channel (``ours``), what a laptop lacks of them, and whether more is left.

    ``theirs`` is what it has (None: it knows of no channels); ``room`` in bytes. One item is given even if it is
    larger, unless there is no room at all.
    """
    if theirs is None:
        return None, [], False
    wanted = {c: channels.bounded(theirs.get(c, 0)) for c in ours if theirs.get(c, 0) < ours[c]}
    found: list[Signed] = []
    for channel, number in wanted.items():
        for signed in _after(connection, channel, number):
            room -= len(signed.body) + channels.ITEM_BYTES
            if room < 0 and (found or room + len(signed.body) + channels.ITEM_BYTES <= 0):
                return ours, found, True
            found.append(signed)
    return ours, found, False


def take_back(connection: Connection, province: Province, village_code: str, items: Sequence[Signed]) -> None:
    """Store items that laptops have and this server has lost, if its own key signed them and they come next.

    What does not fit is left out: it is either here or comes again.
    """
    concerned = channels.above(village_code)
    for signed in items:
        try:
            mark = channels.mark_of(signed, province.public_key)
            kind = channels.read(signed.body).kind
        except SyncError:  # a stranger's, or a newer server's: the laptop keeps it
            continue
        if (
            channels.division_of(mark.channel) in concerned
            and mark.number == _locked_last(connection, mark) + 1
        ):
            entry = upsert(channel_item).values(_row(mark.channel, mark.number, kind, signed, ""))
            connection.execute(entry.on_conflict_do_nothing())
            subject = f"{mark.channel}/{mark.number}"
            audit_trail.note(connection, county_of(mark.channel), "channel_returned", None, subject)


def _locked_last(connection: Connection, mark: Mark) -> int:
    division = channels.division_of(mark.channel)
    connection.execute(text(_NEXT_NUMBER), {"channel": division})
    return _last(connection, [division]).get(mark.channel, 0)


def _last(connection: Connection, divisions: Sequence[str]) -> dict[str, int]:
    """The last number of each channel of these divisions, 0 for a division without items."""
    counties = [county_of(division) for division in divisions]
    rows = connection.exec_driver_sql(_LAST, (counties, list(divisions)))
    return dict.fromkeys(divisions, 0) | {row[0]: row[1] for row in rows}


def _after(connection: Connection, channel: str, number: int) -> Any:
    query = (
        select(_columns.body, _columns.signature)
        .where(
            _columns.county_code == county_of(channel),
            _columns.channel == channel,
            _columns.number > number,
        )
        .order_by(_columns.number)
        .execution_options(yield_per=20)
    )
    return (Signed(row.body, row.signature) for row in connection.execute(query))


def _row(channel: str, number: int, kind: str, signed: Signed, who: str) -> dict[str, Any]:
    return {
        "county_code": county_of(channel),
        "channel": channel,
        "number": number,
        "kind": kind,
        "body": signed.body,
        "signature": signed.signature,
        "created_at": datetime.now(UTC),
        "who": who,
    }


def _checked(draft: Draft, channel: str) -> tuple[str, str]:
    """Title and text of a draft. Raises ValidationFailed, Trouble."""
    if draft.kind not in list(Kind):
        raise ValidationFailed([Problem("kind", f"种类应为：{'、'.join(Kind)}。没有发布。")])
    if draft.from_day and draft.to_day and draft.to_day < draft.from_day:
        raise ValidationFailed([Problem("to", "截止日期早于开始日期，没有发布。")])
    title = draft.title.strip()
    if draft.kind == Kind.POLICIES:
        pack, _ = policy_pack.read_pack(draft.content, draft.file_name)
        title = title or pack
    elif draft.kind == Kind.PARAMETERS:
        found, wrong = parameter_pack.read(draft.content, draft.file_name, channel)
        if wrong:
            raise Trouble(
                f"参数表 {draft.file_name} 有错，没有发布：{'；'.join(wrong[:5])}。",
                remedy="请改正后再发布。",
                code="pack_unusable",
            )
        title = title or "、".join(dict.fromkeys(p.title for p in found))[:MOST_TITLE]
    if not title or len(title) > MOST_TITLE or not title.isprintable():
        raise ValidationFailed([Problem("title", f"标题应为 1 至 {MOST_TITLE} 个字，没有发布。")])
    return title, _words(draft)


def _words(draft: Draft) -> str:
    try:
        words = draft.content.decode("utf-8").strip()
    except UnicodeDecodeError as error:
        raise ValidationFailed([Problem("file", "文件应为 UTF-8 文本，没有发布。")]) from error
    too_long = draft.kind == Kind.NOTICE and len(words) > MOST_NOTICE
    if not words or too_long or "\0" in words:
        raise ValidationFailed([Problem("file", f"内容应为 1 至 {MOST_NOTICE} 个字，没有发布。")])
    return words


def _name(channel: str) -> str:
    if channel == TRAINING_COUNTY:
        return "示范县"
    return divisions()[channel.ljust(12, "0")].name


def _shown(item: Item, created_at: datetime, who: str) -> dict[str, Any]:
    return {
        "channel": item.channel,
        "number": item.number,
        "shown_number": channels.shown_number(item.channel, item.number),
        "kind": item.kind,
        "title": item.title,
        "issuer": item.issuer,
        "from": item.from_day or None,
        "to": item.to_day or None,
        "created_at": created_at.isoformat(timespec="seconds"),
        "who": who,
    }
