"""Tables of the provincial server (PostgreSQL). ``county_code`` leads every key, so the same schema can be
spread over several machines by county; no foreign key crosses counties.

``county_code`` and ``workspace`` are immutable internal ids; ``village_code`` is an attribute.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from villageapp.models.base import NAMING

metadata = MetaData(naming_convention=NAMING)


def _county() -> Column[str]:
    return Column("county_code", String, primary_key=True)


def _workspace() -> Column[str]:
    return Column("workspace", Uuid(as_uuid=False), primary_key=True)


def _instant(name: str, *, nullable: bool = False) -> Column[Any]:
    return Column(name, DateTime(timezone=True), nullable=nullable)


def _of_workspace() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["county_code", "workspace"], ["workspace.county_code", "workspace.workspace"]
    )


server_state = Table(
    "server_state",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),  # always 1
    Column("province_key", LargeBinary, nullable=False),  # Ed25519 public key; the secret is a file
    Column("epoch", String, nullable=False),  # changes when the server is restored from a backup
    _instant("created_at"),
)

workspace = Table(
    "workspace",
    metadata,
    _county(),
    _workspace(),
    Column("village_code", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("last_arrived", BigInteger, nullable=False),  # number of the last segment stored
    _instant("created_at"),
    Index("uq_workspace_county_code_village_code", "county_code", "village_code", unique=True),
)

enrol_code = Table(
    "enrol_code",
    metadata,
    _county(),
    Column("code_id", String, primary_key=True),  # the first characters of the code, not secret
    Column("workspace", Uuid(as_uuid=False), nullable=False),
    Column("code_hash", LargeBinary, nullable=False),
    Column("user_name", String, nullable=False),
    Column("role", String, nullable=False),
    Column("tries", SmallInteger, nullable=False),
    _instant("created_at"),
    _instant("expires_at"),
    _instant("used_at", nullable=True),
    Column("used_by", Uuid(as_uuid=False), nullable=True),  # replica
    _of_workspace(),
)

replica = Table(
    "replica",
    metadata,
    _county(),
    _workspace(),
    Column("replica_id", Uuid(as_uuid=False), primary_key=True),
    Column("token_hash", LargeBinary, nullable=False),
    Column("code_id", String, nullable=False),
    Column("app", String, nullable=False),
    Column("schema", Integer, nullable=False),
    _instant("enrolled_at"),
    _instant("revoked_at", nullable=True),
    Column("revoked_seq", BigInteger, nullable=True),  # what it had delivered when it was revoked
    _instant("seen_at", nullable=True),  # last contact, to about ten minutes
    _of_workspace(),
)

certificate = Table(
    "certificate",
    metadata,
    _county(),
    _workspace(),
    Column("replica_id", Uuid(as_uuid=False), primary_key=True),
    Column("body", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    _instant("issued_at"),
    _of_workspace(),
)

segment = Table(
    "segment",
    metadata,
    _county(),
    _workspace(),
    Column("replica_id", Uuid(as_uuid=False), primary_key=True),
    Column("first_seq", BigInteger, primary_key=True, autoincrement=False),
    Column("last_seq", BigInteger, nullable=False),
    Column("arrived", BigInteger, nullable=False),  # 1, 2, 3 … per workspace, in order of storing
    Column("hash", LargeBinary, nullable=False),
    Column("prev_hash", LargeBinary, nullable=False),
    Column("header", LargeBinary, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    _instant("received_at"),
    Index("uq_segment_county_code_workspace_arrived", "county_code", "workspace", "arrived", unique=True),
    _of_workspace(),
    postgresql_partition_by="HASH (county_code)",
)

vector = Table(
    "vector",
    metadata,
    _county(),
    _workspace(),
    Column("replica_id", Uuid(as_uuid=False), primary_key=True),
    Column("last_seq", BigInteger, nullable=False),
    Column("last_hash", LargeBinary, nullable=False),
    _of_workspace(),
)

projection = Table(
    "projection",
    metadata,
    _county(),
    _workspace(),
    Column("arrived", BigInteger, nullable=False),  # segments up to this one are in ``record``
    Column("vector", JSONB, nullable=False),  # the same as {replica: seq}
    _instant("failed_at", nullable=True),
    Column("failure", String, nullable=False),  # type of the last error, empty when all is well
    Column("digest", LargeBinary, nullable=True),  # sums over the records (sync/digest.py); None: not known
    _of_workspace(),
)

record = Table(
    "record",
    metadata,
    _county(),
    _workspace(),
    Column("entity", String, primary_key=True),
    Column("record_id", Uuid(as_uuid=False), primary_key=True),
    Column("doc", JSONB, nullable=False),  # shown values, for queries
    Column("state", LargeBinary, nullable=False),  # clocks and registers (server/records.py)
    Column("deleted", Boolean, nullable=False),
    Column("conflicts", SmallInteger, nullable=False),  # fields with more than one value
    Column("created_hlc", BigInteger, nullable=False),
    Column("created_by", String, nullable=False),
    Column("updated_hlc", BigInteger, nullable=False),
    Column("updated_by", String, nullable=False),
    Index("ix_record_conflicts", "county_code", "workspace", postgresql_where=text("conflicts > 0")),
    postgresql_partition_by="HASH (county_code)",
)

audit = Table(
    "audit",
    metadata,
    _county(),
    Column("id", Uuid(as_uuid=False), primary_key=True),
    _instant("at"),
    Column("action", String, nullable=False),
    Column("workspace", Uuid(as_uuid=False), nullable=True),
    Column("subject", String, nullable=False),  # an id, never a name
    Column("who", String, nullable=False, server_default=""),  # login or system user; empty: a laptop
)

quarantine = Table(
    "quarantine",
    metadata,
    _county(),
    _workspace(),
    Column("replica_id", Uuid(as_uuid=False), primary_key=True),
    Column("first_seq", BigInteger, primary_key=True, autoincrement=False),
    Column("last_seq", BigInteger, nullable=False),
    Column("hash", LargeBinary, primary_key=True),
    Column("header", LargeBinary, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    _instant("received_at"),
    _instant("released_at", nullable=True),
    _instant("discarded_at", nullable=True),
    _of_workspace(),
)
"""Segments of a revoked laptop: kept, not applied, until a person releases them."""

finding = Table(
    "finding",
    metadata,
    _county(),
    _workspace(),
    Column("replica_id", Uuid(as_uuid=False), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", String, primary_key=True),  # unreadable, clock, rule id
    Column("entity", String, nullable=False),
    Column("record_id", String, nullable=False),
    Column("message", String, nullable=False),
    _instant("noted_at"),
    _of_workspace(),
)
"""What is wrong with a change that was stored all the same: the chain must not break over it."""

transfer = Table(
    "transfer",
    metadata,
    _county(),
    Column("transfer_id", Uuid(as_uuid=False), primary_key=True),
    Column("side", String, primary_key=True),  # out: where the household left, in: where it came to
    Column("workspace", Uuid(as_uuid=False), nullable=False),
    Column("other_county", String, nullable=False),
    Column("other_workspace", Uuid(as_uuid=False), nullable=False),
    Column("household_id", Uuid(as_uuid=False), nullable=False),
    Column("household_no", String, nullable=False),
    Column("looked", BigInteger, nullable=False),  # in: segments of the old log looked through
    Column("carried", LargeBinary, nullable=False),  # in: which change here stands for which there
    _instant("noted_at"),
    _instant("done_at", nullable=True),  # out: when it was removed here
    _of_workspace(),
)
"""A household that moved to another village: one row where it left and one where it came to."""

account = Table(
    "account",
    metadata,
    _county(),
    Column("name", String, primary_key=True),
    Column("role", String, nullable=False),
    Column("division_code", String, nullable=False),
    Column("password_hash", String, nullable=False),
    _instant("created_at"),
    _instant("closed_at", nullable=True),
)
"""People of county, city and province offices who administer; ``county_code`` of a city ends in 00."""

blob = Table(
    "blob",
    metadata,
    _county(),
    _workspace(),
    Column("sha256", LargeBinary, primary_key=True),  # of the plain content, 32 bytes
    Column("size", BigInteger, nullable=False),  # bytes of the plain content
    Column("media_type", String, nullable=False),
    Column("preview_of", LargeBinary, nullable=True),  # the photo that this is the small form of
    Column("stored_by", Uuid(as_uuid=False), nullable=False),  # replica
    _instant("stored_at"),
    Index("ix_blob_preview_of", "county_code", "workspace", "preview_of"),
    _of_workspace(),
)
"""Photos and scans in the blob store; the content lies there encrypted under county, workspace and hash."""

channel_item = Table(
    "channel_item",
    metadata,
    _county(),
    Column("channel", String, primary_key=True),  # significant digits of the division's code: 2, 4, 6 or 9
    Column("number", BigInteger, primary_key=True, autoincrement=False),  # 1, 2, 3 … per channel
    Column("kind", String, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    _instant("created_at"),
    Column(
        "who", String, nullable=False, server_default=""
    ),  # who published it; empty: brought back by a laptop
)
"""What offices publish to the villages below; ``county_code`` of a city ends in 00, of the province it is 140000."""
