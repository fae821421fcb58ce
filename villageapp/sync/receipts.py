"""What a laptop believes of a server's receipt, and what it keeps of it (column ``peer.receipt``, JSON).

A receipt counts only for bytes that are known to be the same: the province signed it, it is for this workspace,
and its log hash is the one that this laptop computes for the same vector. A server of the first version sends no
log hash; its receipt counts by its vector, and is marked so.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import msgspec
from sqlalchemy import Connection

from villageapp.sync import store
from villageapp.sync.chain import Receipt
from villageapp.sync.log_hash import log_hash_at

BY_LOG, BY_VECTOR = "log", "vector"
MAX_EPOCHS = 20
VILLAGE_DIGITS = 12
_SAVE = (
    "INSERT INTO peer (url, vector, receipt, last_try_at, last_success_at, ended, message)"
    " VALUES (?, ?, ?, '', '', '', '')"
    " ON CONFLICT (url) DO UPDATE SET vector = excluded.vector, receipt = excluded.receipt"
)


class Signed(msgspec.Struct):
    """What the server has signed for, as last verified here.

    ``vector`` is what it has for certain; ``by`` how that was checked (BY_LOG, BY_VECTOR). ``kept`` are numbers
    up to which it keeps segments of revoked laptops for review. ``epochs``: every server epoch seen, oldest
    first. ``village_ms``: the time of the receipt by whose village code this laptop goes (0: its own from the beginning).
    """

    vector: dict[str, int] = msgspec.field(default_factory=dict)
    epoch: str = ""
    time_ms: int = 0
    by: str = ""
    log: str = ""
    state: str = ""
    kept: dict[str, int] = msgspec.field(default_factory=dict)
    epochs: list[str] = msgspec.field(default_factory=list)
    village_ms: int = 0


class Epoch(StrEnum):
    """What a peer's epoch says: it goes on, was restored from a backup, or went back to an epoch it had left."""

    SAME = "same"
    NEW = "new"
    BACK = "back"


@dataclass(frozen=True, slots=True)
class Standing:
    """What a receipt says about this laptop."""

    by: str = ""  # how it was checked; empty: it proves nothing here
    is_complete: bool = False  # it covers all that is here
    is_contradicted: bool = False  # same numbers, other bytes


@dataclass(slots=True)
class Ledger:
    """The row of one peer: what it says it has (only a hint of what to send), and what it signed for."""

    url: str
    hint: dict[str, int] = field(default_factory=dict)
    signed: Signed = field(default_factory=Signed)

    def save(self, connection: Connection) -> None:
        """Write it."""
        text = msgspec.json.encode(self.signed).decode()
        connection.exec_driver_sql(_SAVE, (self.url, json.dumps(self.hint), text))


def read(connection: Connection, url: str) -> Ledger:
    """What is known of a peer; empty for one never met."""
    row = connection.exec_driver_sql("SELECT vector, receipt FROM peer WHERE url = ?", (url,)).one_or_none()
    return Ledger(url, json.loads(row[0]), parse(row[1])) if row else Ledger(url)


def parse(text: str) -> Signed:
    """The content of ``peer.receipt``, also as the first version wrote it."""
    if not text:
        return Signed()
    return msgspec.json.decode(text, type=Signed)


def weigh(connection: Connection, receipt: Receipt, kept: Mapping[str, int]) -> Standing:
    """Compare a receipt that the province signed for this workspace with what is here."""
    theirs = {replica_id: seq for replica_id, seq in receipt.vector.items() if seq}
    ours = store.vector_of(connection)
    if not receipt.log:
        return Standing(BY_VECTOR, all(theirs.get(replica_id, 0) >= seq for replica_id, seq in ours.items()))
    expected = log_hash_at(connection, theirs)
    if expected is None:
        return Standing()
    if expected != receipt.log:
        return Standing(is_contradicted=True)
    missing = {replica_id: seq for replica_id, seq in ours.items() if theirs.get(replica_id, 0) != seq}
    is_complete = all(theirs.get(r, 0) < seq <= kept.get(r, 0) for r, seq in missing.items())
    return Standing(BY_LOG, is_complete)


def follow_village(connection: Connection, identity: store.Identity, receipt: Receipt) -> bool:
    """Go by the code that the village has now, when a receipt newer than all before says another; whether it did.

    The receipt must be verified. What is above the village, its channels and parameters, follows from the code.
    """
    village = receipt.village
    if receipt.workspace != identity.workspace or village == identity.village_code:
        return False
    if len(village) != VILLAGE_DIGITS or not (village.isascii() and village.isdigit()):
        return False
    ledger = read(connection, identity.server_url)
    if receipt.time_ms <= max(ledger.signed.village_ms, ledger.signed.time_ms):
        return False
    ledger.signed.village_ms = receipt.time_ms
    ledger.save(connection)
    connection.exec_driver_sql("UPDATE replica SET village_code = ?", (village,))
    return True


def note(ledger: Ledger, receipt: Receipt, standing: Standing) -> None:
    """Enter a verified receipt."""
    ledger.signed.vector, ledger.signed.by = dict(receipt.vector), standing.by
    ledger.signed.epoch, ledger.signed.time_ms = receipt.epoch, receipt.time_ms
    ledger.signed.log, ledger.signed.state = receipt.log.hex(), receipt.state


def lost(ledger: Ledger, theirs: Mapping[str, int]) -> int:
    """How many changes the peer signed for and does not have any more: it was restored from a backup."""
    return sum(max(0, seq - theirs.get(replica_id, 0)) for replica_id, seq in ledger.signed.vector.items())


def enter_epoch(ledger: Ledger, epoch: str, known: str = "") -> Epoch:
    """Note the peer's epoch; ``known`` is the one that this laptop worked under so far (empty: none)."""
    seen = ledger.signed.epochs or ([known] if known else [])
    arrival = Epoch.SAME if not seen or seen[-1] == epoch else Epoch.BACK if epoch in seen else Epoch.NEW
    ledger.signed.epochs = [*(e for e in seen if e != epoch), epoch][-MAX_EPOCHS:]
    return arrival


def restored(lost: int, arrival: Epoch) -> str:
    """The sentence about a server that came back from a backup."""
    which = "服务器退回到了更早用过的一份备份" if arrival is Epoch.BACK else "服务器从备份恢复过"
    if lost:
        return f"{which}，少了本机已上传的 {lost} 条，本机自动重新补送；没有丢失，不用重新录入。"
    return f"{which}，本机已与它重新核对；没有丢失，不用重新录入。"
