"""A laptop restored from an old backup, or cloned onto a second one, used sequence numbers again.

The log that the server has under the old number is the true one. What this laptop alone wrote moves, with its
hybrid times and authors, into the log of a new number; the records are made again from the log. The server is
asked before anything changes here, and the change is one transaction: whatever is cut off is simply repeated.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

import msgspec
from nacl.signing import SigningKey
from sqlalchemy import Connection

import villageapp
from villageapp.domain.changes import ChangeSet
from villageapp.errors import SyncError, SyncKind
from villageapp.models.database import Database
from villageapp.models.ids import new_id
from villageapp.models.types import json_text
from villageapp.sync import chain, identity, receipts, renumbering, repair, seal, store
from villageapp.sync.chain import Sealed, Signed
from villageapp.sync.change import SCHEMA, Change
from villageapp.sync.clock import HybridClock
from villageapp.sync.identity import IdentityAnswer, IdentityRequest, LogPart

CODE = chain.Refused.FORK.value
_INSERT_OUTBOX = "INSERT INTO outbox (seq, hlc, actor, entity, record_id, kind, fields, bases) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_Answer = TypeVar("_Answer", bound=msgspec.Struct)


class Asked(Protocol):
    """Somebody who answers single requests: the server over HTTP."""

    def ask(self, method: str, path: str, content: bytes = b"", media_type: str = "") -> bytes:
        """The content of the answer. Raises SyncError."""


@dataclass(frozen=True, slots=True)
class Admission:
    """The number under which the server lets this laptop go on."""

    replica_id: str
    workspace: str
    certificate: Signed
    province_key: bytes
    token: str
    epoch: str
    server_url: str


@dataclass(frozen=True, slots=True)
class TrueLog:
    """What the server has of a replica after ``after``, the last number up to which the bytes here are the same."""

    replica_id: str
    after: int
    segments: Sequence[Sealed]
    certificate: Signed | None


@dataclass(frozen=True, slots=True)
class Settled:
    """What came of it: own changes that moved to the new log, and changes that came back from the server."""

    former: str
    replica_id: str
    moved: int
    returned: int
    touched: ChangeSet

    @property
    def sentence(self) -> str:
        """The one sentence for the person at the laptop."""
        return (
            f"这台电脑的数据来自旧备份或另一台电脑的复制件，已换用新编号继续工作：本机新写的 {self.moved} 项"
            f"已编入新日志，以前送出的 {self.returned} 项已从服务器取回，内容没有丢失。"
        )


def settle(database: Database, clock: HybridClock, server: Asked) -> Settled:
    """Give this laptop a new number and its own log back. Raises SyncError; then nothing has changed here."""
    with database.reading() as connection:
        held = store.read_identity(connection)
    admission = request_identity(server, held)
    return go_on_as(database, clock, server, admission)


def go_on_as(database: Database, clock: HybridClock, server: Asked, admission: Admission) -> Settled:
    """Take the number that the server has given. Raises SyncError; then nothing has changed here."""
    with database.reading() as connection:
        held = store.read_identity(connection)
        twins = _twins(connection, held, admission)
        ends = {number: boundaries(connection, number) for number in (held.replica_id, *twins)}
    true_log = fetch(server, admission.workspace, held.replica_id, ends[held.replica_id])
    others = [fetch(server, admission.workspace, number, ends[number]) for number in twins]
    with database.writing() as connection:
        if store.read_identity(connection).replica_id != held.replica_id:
            raise SyncError(SyncKind.BUSY, "另一个窗口正在处理同一件事，请稍后再同步。", code="store_busy")
        taken = store.take(connection, [sealed for log in others for sealed in log.segments], clock)
        settled = _settle(connection, clock, held, admission, true_log, twins)
    return replace(settled, touched=_both(settled.touched, taken.touched))


def _both(first: ChangeSet, second: ChangeSet) -> ChangeSet:
    if first.everything or second.everything:
        return ChangeSet(everything=True)
    return ChangeSet.of((e, i) for found in (first, second) for e, ids in found.touched.items() for i in ids)


def _twins(connection: Connection, held: store.Identity, admission: Admission) -> list[str]:
    """Numbers with this laptop's key, former ones and those of other machines with the same disk: what they say
    already is not said again."""
    mine = bytes(SigningKey(held.sign_key).verify_key)
    known = store.certificates(connection, held.province_key)
    own = (held.replica_id, admission.replica_id)
    return sorted(number for number, one in known.items() if one.sign_key == mine and number not in own)


def request_identity(server: Asked, held: store.Identity) -> Admission:
    """A certificate and token for a new number of the same laptop. Raises SyncError."""
    wanted = new_id()
    proof = identity.prove(held.workspace, held.replica_id, wanted, SigningKey(held.sign_key))
    request = IdentityRequest(wanted, held.replica_id, proof, villageapp.__version__, SCHEMA)
    content = msgspec.msgpack.encode(request)
    path = identity.identity_path(held.workspace)
    answer = _read(server.ask("POST", path, content, identity.MEDIA_TYPE), IdentityAnswer)
    signed = Signed(answer.certificate, answer.signature)
    certificate = chain.read_certificate(signed, held.province_key)
    ours = (wanted, held.workspace, bytes(SigningKey(held.sign_key).verify_key))
    if (certificate.replica_id, certificate.workspace, certificate.sign_key) != ours or not answer.token:
        raise SyncError(
            SyncKind.AUTH,
            "服务器发来的证书不是给这台电脑的，没有换号；本机内容都保留。",
            code="bad_certificate",
        )
    place = (answer.token, answer.epoch, held.server_url)
    return Admission(wanted, held.workspace, signed, held.province_key, *place)


def fetch(server: Asked, workspace: str, replica_id: str, ends: Sequence[tuple[int, bytes]]) -> TrueLog:
    """The server's log of a replica from where it leaves ours; ``ends`` are those of ``boundaries``.

    Asks first after our newest end, then ever further back: a fork is mostly young. Raises SyncError.
    """
    tried, step = len(ends), 1
    while tried > 0:
        after, ours = ends[tried - 1]
        part = _part(server, workspace, replica_id, after)
        if part.after_hash == ours:
            break
        tried, step = tried - step, step * 2
    else:
        after, part = 0, _part(server, workspace, replica_id, 0)
    certificate = Signed(part.certificate, part.signature) if part.certificate else None
    return TrueLog(replica_id, after, _rest(server, workspace, replica_id, part), certificate)


def _rest(server: Asked, workspace: str, replica_id: str, part: LogPart) -> list[Sealed]:
    """The segments of this part and of all that follow."""
    found = [Sealed(*segment) for segment in part.segments]
    reached = 0
    while part.more and part.segments:
        before, reached = reached, found[-1].read_header().last_seq
        if reached <= before:
            raise chain.malformed("日志没有尽头")
        part = _part(server, workspace, replica_id, reached)
        found += [Sealed(*segment) for segment in part.segments]
    return found


def _part(server: Asked, workspace: str, replica_id: str, after: int) -> LogPart:
    path = f"{identity.log_path(workspace, replica_id)}?after={after}"
    return _read(server.ask("GET", path), LogPart)


def _read(content: bytes, kind: type[_Answer]) -> _Answer:
    try:
        return msgspec.msgpack.decode(content, type=kind)
    except chain.UNREADABLE as error:
        raise chain.malformed("答复无法识别") from error


def is_current(server: Asked, workspace: str, replica_id: str, ends: Sequence[tuple[int, bytes]]) -> bool:
    """Whether the server has nothing of this replica that is not here, and nothing else. Raises SyncError."""
    here = {digest for _, digest in ends}
    return all(sealed.hash in here for sealed in fetch(server, workspace, replica_id, ends).segments)


def boundaries(connection: Connection, replica_id: str) -> list[tuple[int, bytes]]:
    """Last number and hash of each segment of a replica, in order."""
    rows = connection.exec_driver_sql(
        "SELECT last_seq, hash FROM segment WHERE replica_id = ? ORDER BY first_seq", (replica_id,)
    )
    return [(row[0], row[1]) for row in rows]


def _settle(
    connection: Connection,
    clock: HybridClock,
    held: store.Identity,
    admission: Admission,
    log: TrueLog,
    twins: Sequence[str],
) -> Settled:
    log = _with_what_others_may_hold(connection, held, admission, log)
    ours = [*sealed_after(connection, held.replica_id, log.after), *store.unsealed(connection)]
    theirs = [change for sealed in log.segments for change in seal.unpack(sealed.body)]
    common = renumbering.common_length(ours, theirs)
    said = ((twin, change) for twin in twins for change in sealed_after(connection, twin, 0))
    known = renumbering.copies(ours[common:], held.replica_id, said)
    known |= renumbering.echoes(ours[common:], held.replica_id, theirs[common:])
    moved = renumbering.renumber(ours[common:], held.replica_id, admission.replica_id, known=known)
    _keep_admission(connection, held, admission, len(moved))
    replace_log(connection, admission.workspace, admission.province_key, log)
    _replace_outbox(connection, moved)
    advance_clock(connection, clock, theirs)
    touched = repair.rebuild(connection, records_of(ours, theirs))
    return Settled(held.replica_id, admission.replica_id, len(moved), len(theirs) - common, touched)


def _with_what_others_may_hold(
    connection: Connection, held: store.Identity, admission: Admission, log: TrueLog
) -> TrueLog:
    """The log, beginning later by our segments that a server restored from a backup only lacks: they stay under their number.

    Colleagues may have them and give them back; said under the new number, too, they would be there twice. When the
    server does not know the number at all, that is all that is sealed; else (revoked, perhaps) what it had signed for.
    """
    same_place = (held.workspace, held.province_key) == (admission.workspace, admission.province_key)
    if log.segments or not same_place:
        return log
    ends = [seq for seq, _ in boundaries(connection, held.replica_id)]
    if log.certificate is not None:
        signed = receipts.read(connection, held.server_url).signed
        delivered = 0 if held.replica_id in signed.kept else signed.vector.get(held.replica_id, 0)
        ends = [seq for seq in ends if seq <= delivered]
    return replace(log, after=max([log.after, *ends]))


def sealed_after(connection: Connection, replica_id: str, after: int) -> list[Change]:
    """Changes of a replica after a number, as far as they are sealed here."""
    bodies = connection.exec_driver_sql(
        "SELECT body FROM segment WHERE replica_id = ? AND first_seq > ? ORDER BY first_seq",
        (replica_id, after),
    )
    return [change for body in bodies.scalars().all() for change in seal.unpack(body)]


def _keep_admission(connection: Connection, held: store.Identity, admission: Admission, changes: int) -> None:
    former = json.loads(connection.exec_driver_sql("SELECT former FROM replica").scalar_one())
    row = {
        "replica_id": admission.replica_id,
        "next_seq": changes + 1,
        "former": json_text([*former, held.replica_id]),
        "workspace": admission.workspace,
        "province_key": admission.province_key,
        "token": admission.token,
        "server_epoch": admission.epoch,
        "server_url": admission.server_url,
        "enrolled": 1,
    }
    names = ", ".join(f"{name} = ?" for name in row)
    connection.exec_driver_sql(f"UPDATE replica SET {names}", tuple(row.values()))
    store.keep_certificates(connection, [admission.certificate], admission.province_key)


def replace_log(connection: Connection, workspace: str, province_key: bytes, log: TrueLog) -> None:
    """The server's segments take the place of ours after the number up to which both are the same.

    Raises SyncError for a segment that its author did not sign or that does not follow.
    """
    connection.exec_driver_sql(
        "DELETE FROM segment WHERE replica_id = ? AND first_seq > ?", (log.replica_id, log.after)
    )
    store.rewind(connection, log.replica_id, log.after)
    if log.certificate is not None:
        store.keep_certificates(connection, [log.certificate], province_key)
    author = store.certificates(connection, province_key).get(log.replica_id)
    for sealed in log.segments:
        store.keep_verified(connection, sealed, workspace, author)


def _replace_outbox(connection: Connection, changes: Sequence[Change]) -> None:
    connection.exec_driver_sql("DELETE FROM outbox")
    add_unsealed(connection, changes)


def add_unsealed(connection: Connection, changes: Sequence[Change]) -> None:
    """Own changes, numbered, that are to be sealed."""
    if changes:
        rows = [
            (c.seq, c.hlc, c.actor, c.entity, c.record_id, c.kind, json_text(c.fields), json_text(c.bases))
            for c in changes
        ]
        connection.exec_driver_sql(_INSERT_OUTBOX, rows)


def advance_clock(connection: Connection, clock: HybridClock, changes: Sequence[Change]) -> None:
    """Remember the latest clock of changes that came from elsewhere."""
    if changes:
        store.advance_clock(connection, max(change.hlc for change in changes), clock)


def records_of(*logs: Sequence[Change]) -> dict[str, set[str]]:
    """Record ids by entity that these changes are about."""
    touched: dict[str, set[str]] = {}
    for changes in logs:
        for change in changes:
            touched.setdefault(change.entity, set()).add(change.record_id)
    return touched
