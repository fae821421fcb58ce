"""Letting a branch of segments out of quarantine into a workspace's log.

A branch is what one machine wrote under a number, from where it leaves the log. When other content stands under its
numbers (a clone, a restored disk), nobody can give that machine a new number any more: what only it said is said
again under a number that the province certifies for the same person, with the original times and authors.
"""

from __future__ import annotations

import hashlib
import hmac
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
from nacl.signing import SigningKey
from sqlalchemy import Connection, literal, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from villageapp.errors import SyncError, Trouble
from villageapp.models.server_tables import certificate, quarantine, segment
from villageapp.server import audit_trail
from villageapp.server.appending import Appending
from villageapp.server.content import open_segment
from villageapp.server.kept import Held, in_log, tips, unbroken
from villageapp.server.opening import Province
from villageapp.sync import chain, renumbering, seal
from villageapp.sync.chain import NO_HASH, Certificate, Sealed, Verdict
from villageapp.sync.change import Change

NAME_DIGITS = 8
_NUMBERS = uuid.UUID("0f0d4c8e-6a7e-5d0b-9a55-4b1c2a9d7e10")
_columns = quarantine.c


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment in quarantine. ``is_waiting``: nobody has decided about it."""

    held: Held
    sealed: Sealed
    received_at: datetime
    is_waiting: bool

    @property
    def changes(self) -> int:
        """How many it holds."""
        return self.held.header.last_seq - self.held.header.first_seq + 1


@dataclass(frozen=True, slots=True)
class Branch:
    """Segments that follow each other, the oldest first, up to one that waits. ``is_whole``: nothing before is missing."""

    segments: Sequence[Segment]
    is_whole: bool

    @property
    def name(self) -> str:
        """For people: the beginning of its last hash."""
        return self.segments[-1].held.hash.hex()[:NAME_DIGITS]

    @property
    def waiting(self) -> list[Segment]:
        """Those that nobody has decided about."""
        return [one for one in self.segments if one.is_waiting]


def branches(
    connection: Connection, county: str, home: str, replica_id: str, *, bodies: bool
) -> list[Branch]:
    """What waits of a laptop, machine by machine, in the order in which it is released.

    What was discarded is as if it had never come. Without ``bodies`` the segments are empty: enough to list them.
    """
    body = _columns.body if bodies else literal(b"").label("body")
    wanted = (_columns.header, body, _columns.signature, _columns.hash, _columns.received_at)
    rows = connection.execute(
        select(*wanted, _columns.released_at.is_(None).label("waits")).where(
            _columns.county_code == county,
            _columns.workspace == home,
            _columns.replica_id == replica_id,
            _columns.discarded_at.is_(None),
        )
    ).all()
    listed = [_segment(row) for row in rows]
    if not listed:
        return []
    before = in_log(connection, (county, home), (one.held for one in listed))
    return sorted(grown(listed, before), key=_order)


def _order(branch: Branch) -> tuple[bool, datetime, str]:
    """A whole one first, then the one that came first."""
    return not branch.is_whole, min(one.received_at for one in branch.waiting), branch.name


def _segment(row: Any) -> Segment:
    sealed = Sealed(bytes(row.header), bytes(row.body), bytes(row.signature))
    return Segment(Held(sealed.read_header(), bytes(row.hash)), sealed, row.received_at, row.waits)


def grown(listed: Iterable[Segment], before: set[bytes]) -> list[Branch]:
    """The branches of these segments; ``before``: hashes in the log that some of them follow."""
    by_hash = {one.held.hash: one for one in listed}
    whole = {held.hash for held in unbroken((one.held for one in by_hash.values()), before)}
    found = []
    for tip in tips(one.held for one in by_hash.values() if one.is_waiting):
        path = [by_hash[tip.hash]]
        while (earlier := path[0].held.header.prev_hash) not in before and earlier in by_hash:
            path.insert(0, by_hash[earlier])
        found.append(Branch(path, tip.hash in whole))
    return found


@dataclass(frozen=True, slots=True)
class Release:
    """Lets branches of one laptop into one workspace's log, in the caller's transaction."""

    province: Province
    end: Appending
    author: Certificate
    who: str

    def take(self, branch: Branch) -> int:
        """How many changes are new in the log. Raises SyncError when something before it is missing or it is malformed."""
        fitting = self._fitting(branch)
        changes = self._append(fitting) if fitting is not None else self._say_again(branch)
        self.end.save()
        hashes = [one.held.hash for one in branch.waiting]
        self.end.connection.execute(
            update(quarantine)
            .where(
                _columns.county_code == self.end.county_code,
                _columns.workspace == self.end.workspace,
                _columns.replica_id == self.author.replica_id,
                _columns.hash.in_(hashes),
            )
            .values(released_at=datetime.now(UTC))
        )
        return changes

    def _fitting(self, branch: Branch) -> list[Segment] | None:
        """What of it continues the laptop's log, or is in it already; None when other content is there."""
        first = branch.segments[0].held.header
        _, last_hash = self.end.heads.get(self.author.replica_id, (0, NO_HASH))
        if not branch.is_whole or first.prev_hash == last_hash:
            return list(branch.segments)
        known = self._in_log(branch)
        left = [one for one in branch.segments if one.held.hash not in known]
        if not left or left[0].held.header.prev_hash == last_hash:
            return left
        return None

    def _in_log(self, branch: Branch) -> set[bytes]:
        wanted = [one.held.hash for one in branch.segments]
        columns = segment.c
        query = select(columns.hash).where(
            columns.county_code == self.end.county_code,
            columns.workspace == self.end.workspace,
            columns.replica_id == self.author.replica_id,
            columns.hash.in_(wanted),
        )
        return {bytes(digest) for digest in self.end.connection.execute(query).scalars()}

    def _append(self, listed: Sequence[Segment]) -> int:
        verdicts = [(self.end.add(one.sealed, self.author), one.changes) for one in listed]
        return sum(changes for verdict, changes in verdicts if verdict is Verdict.NEW)

    def _say_again(self, branch: Branch) -> int:
        """Under a number of its own, what is nowhere in the log yet."""
        own = self.author.replica_id
        parts = [self._opened(one) for one in branch.segments]
        changes = [change for part in parts for change in part]
        known = renumbering.copies(changes, own, self._log())
        number = str(uuid.uuid5(_NUMBERS, f"{self.end.workspace} {self.province.epoch} {own} {branch.name}"))
        fresh = renumbering.renumber(changes, own, number, known=known)
        if fresh:
            sizes = [sum(change.clock(own) not in known for change in part) for part in parts]
            self._seal(number, fresh, sizes)
            place = (self.end.county_code, "quarantine_renumbered", self.end.workspace)
            audit_trail.note(self.end.connection, *place, f"{own}>{number}", self.who)
        return len(fresh)

    def _opened(self, one: Segment) -> list[Change]:
        """Its changes, checked as if it came just now."""
        header = one.held.header
        before = (header.first_seq - 1, header.prev_hash)
        chain.judge(one.sealed, header, self.end.workspace, self.author, *before)
        open_segment(one.sealed, header)
        return seal.unpack(one.sealed.body)

    def _log(self) -> Iterator[tuple[str, Change]]:
        """Every change of the workspace with its replica."""
        columns = segment.c
        rows = self.end.connection.execute(
            select(columns.replica_id, columns.body)
            .where(columns.county_code == self.end.county_code, columns.workspace == self.end.workspace)
            .execution_options(yield_per=100)
        )
        for row in rows:
            for change in seal.unpack(row.body):
                yield row.replica_id, change

    def _seal(self, number: str, changes: Sequence[Change], sizes: Iterable[int]) -> None:
        """As many changes into each segment as the laptop had in its own."""
        secret = hmac.new(self.province.key.encode(), b"released branch" + number.encode(), hashlib.sha256)
        key = SigningKey(secret.digest())
        held = msgspec.structs.replace(self.author, replica_id=number, sign_key=key.verify_key.encode())
        self._certify(held)
        left = list(changes)
        for size in filter(None, sizes):
            part, left = left[:size], left[size:]
            previous = self.end.heads.get(number, (0, NO_HASH))[1]
            self.end.add(chain.seal_segment(self.end.workspace, number, part, previous, key), held)

    def _certify(self, held: Certificate) -> None:
        signed = chain.sign(held, self.province.key)
        key = {
            "county_code": self.end.county_code,
            "workspace": self.end.workspace,
            "replica_id": held.replica_id,
        }
        kept = {"body": signed.body, "signature": signed.signature, "issued_at": datetime.now(UTC)}
        entry = upsert(certificate).values(**key, **kept)
        self.end.connection.execute(entry.on_conflict_do_update(index_elements=list(key), set_=kept))


def does_not_fit(error: SyncError, first_seq: int) -> Trouble:
    """The refusal of a branch before which something is missing."""
    return Trouble(
        f"编号 {first_seq} 起的待核实内容接不上已有日志（{error.message}），没有放行，仍由服务器保管。",
        remedy="请等前面的内容送到后再放行。",
        code="does_not_fit",
    )
