"""What the laptop keeps for sync: its identity, unsealed changes, known segments, registers (design: docs/sync.md)."""

from __future__ import annotations

from sqlalchemy import Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from villageapp.models.base import LaptopBase


class Replica(LaptopBase):
    """This laptop, in one row (``id`` = 1)."""

    __tablename__ = "replica"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    replica_id: Mapped[str] = mapped_column(String)
    workspace: Mapped[str] = mapped_column(String)
    village_code: Mapped[str] = mapped_column(String)
    user_id: Mapped[str] = mapped_column(String)  # the cadre record of the person who works here
    sign_key: Mapped[bytes] = mapped_column(LargeBinary)  # Ed25519 seed, 32 bytes
    box_key: Mapped[bytes] = mapped_column(LargeBinary)  # X25519 secret, 32 bytes
    next_seq: Mapped[int] = mapped_column(Integer, default=1)
    last_hlc: Mapped[int] = mapped_column(Integer, default=0)
    clock_offset_ms: Mapped[int] = mapped_column(Integer, default=0)  # server time − device time
    enrolled: Mapped[int] = mapped_column(Integer, default=0)
    server_url: Mapped[str] = mapped_column(String, default="")
    token: Mapped[str] = mapped_column(String, default="")
    province_key: Mapped[bytes] = mapped_column(LargeBinary, default=b"")
    server_epoch: Mapped[str] = mapped_column(String, default="")
    former: Mapped[str] = mapped_column(String, default="[]", server_default="[]")  # JSON: ids before a fork


class Outbox(LaptopBase):
    """Own changes that are not in a sealed segment yet, written with the data in one commit."""

    __tablename__ = "outbox"

    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    hlc: Mapped[int] = mapped_column(Integer)
    actor: Mapped[str] = mapped_column(String)
    entity: Mapped[str] = mapped_column(String)
    record_id: Mapped[str] = mapped_column(String)
    kind: Mapped[str] = mapped_column(String)  # set, delete, restore
    fields: Mapped[str] = mapped_column(String)  # JSON {name: wire value}
    bases: Mapped[str] = mapped_column(String)  # JSON {name: [[hlc, replica, seq]]}


class Segment(LaptopBase):
    """Every known segment, byte for byte, in order of arrival."""

    __tablename__ = "segment"

    arrived: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    replica_id: Mapped[str] = mapped_column(String)
    first_seq: Mapped[int] = mapped_column(Integer)
    last_seq: Mapped[int] = mapped_column(Integer)
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    prev_hash: Mapped[bytes] = mapped_column(LargeBinary)
    header: Mapped[bytes] = mapped_column(LargeBinary)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    signature: Mapped[bytes] = mapped_column(LargeBinary)

    __table_args__ = (
        Index(None, "replica_id", "first_seq", unique=True),
        {"sqlite_autoincrement": True},
    )


class Vector(LaptopBase):
    """Highest contiguous sequence known of each replica, and the hash of its last segment."""

    __tablename__ = "vector"

    replica_id: Mapped[str] = mapped_column(String, primary_key=True)
    last_seq: Mapped[int] = mapped_column(Integer)
    last_hash: Mapped[bytes] = mapped_column(LargeBinary)


class Certificate(LaptopBase):
    """Certificates of the replicas of this workspace, signed by the province key."""

    __tablename__ = "certificate"

    replica_id: Mapped[str] = mapped_column(String, primary_key=True)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    signature: Mapped[bytes] = mapped_column(LargeBinary)


class RecordState(LaptopBase):
    """Registers of one record: clocks of its creation, and fields that differ from them (JSON)."""

    __tablename__ = "record_state"

    entity: Mapped[str] = mapped_column(String, primary_key=True)
    record_id: Mapped[str] = mapped_column(String, primary_key=True)
    base: Mapped[str] = mapped_column(String)  # JSON [[hlc, replica, seq]]
    fields: Mapped[str] = mapped_column(String, default="")  # JSON, empty when all follow from base
    conflicts: Mapped[int] = mapped_column(Integer, default=0)  # fields with more than one value

    __table_args__ = (Index(None, "conflicts"), {"sqlite_with_rowid": False})


class Peer(LaptopBase):
    """Who holds what of ours, and how the last exchange with them ended."""

    __tablename__ = "peer"

    url: Mapped[str] = mapped_column(String, primary_key=True)  # of a stick or colleague: kind:id
    kind: Mapped[str] = mapped_column(
        String, default="server", server_default="server"
    )  # server, stick, colleague
    name: Mapped[str] = mapped_column(String, default="", server_default="")
    last_try_at: Mapped[str] = mapped_column(String, default="")
    last_success_at: Mapped[str] = mapped_column(String, default="")
    ended: Mapped[str] = mapped_column(String, default="")  # "" or a SyncKind
    message: Mapped[str] = mapped_column(String, default="")
    vector: Mapped[str] = mapped_column(String, default="{}")  # JSON: what the peer acknowledged
    receipt: Mapped[str] = mapped_column(String, default="")  # JSON of the last verified receipt


class Blob(LaptopBase):
    """A photo or scan: where its content is. The file lies encrypted under ``DataDir.blobs``, named by its hash."""

    __tablename__ = "blob"

    sha256: Mapped[str] = mapped_column(String, primary_key=True)  # hex, of the plain content
    size: Mapped[int] = mapped_column(Integer)  # bytes of the plain content
    media_type: Mapped[str] = mapped_column(String)
    preview_of: Mapped[str] = mapped_column(
        String, default=""
    )  # sha256 of the photo that this is the small form of
    key: Mapped[bytes] = mapped_column(LargeBinary, default=b"")  # of the file on this disk, 32 bytes
    here: Mapped[int] = mapped_column(Integer, default=0)  # the whole content lies on this disk
    wanted: Mapped[int] = mapped_column(Integer, default=0)  # to be fetched when the line is good
    upload_url: Mapped[str] = mapped_column(String, default="")  # of an upload that has begun
    receipt_at: Mapped[str] = mapped_column(String, default="")  # UTC instant at which the server has it
    receipt_epoch: Mapped[str] = mapped_column(String, default="")
    added_at: Mapped[str] = mapped_column(String, default="")

    __table_args__ = (Index(None, "preview_of"), Index(None, "receipt_at", "size"))


class Quarantine(LaptopBase):
    """A change that is in the log but could not be merged here; tried again by a newer program."""

    __tablename__ = "quarantine"

    replica_id: Mapped[str] = mapped_column(String, primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True)
    entity: Mapped[str] = mapped_column(String)
    record_id: Mapped[str] = mapped_column(String)
    reason: Mapped[str] = mapped_column(String)
    noted_at: Mapped[str] = mapped_column(String)


class ChannelItem(LaptopBase):
    """What township, county or province published: policies, parameters, notices; signed by the province."""

    __tablename__ = "channel_item"

    channel: Mapped[str] = mapped_column(String, primary_key=True)  # division code
    number: Mapped[int] = mapped_column(Integer, primary_key=True)  # 1, 2, 3 … per channel
    body: Mapped[bytes] = mapped_column(LargeBinary)
    signature: Mapped[bytes] = mapped_column(LargeBinary)
    received_at: Mapped[str] = mapped_column(String)
    read_at: Mapped[str] = mapped_column(String, default="")
