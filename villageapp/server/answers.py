"""What the administration's addresses answer, as types: the description of the interface is made from them."""

from __future__ import annotations

import msgspec


class Said(msgspec.Struct, frozen=True):
    """An error: ``code`` is stable, ``message`` and ``remedy`` are for people."""

    code: str
    message: str
    remedy: str


class Refused(msgspec.Struct, frozen=True):
    """The body of every answer that is an error."""

    error: Said


class Session(msgspec.Struct, frozen=True):
    """A session token and its seconds to live."""

    token: str
    expires_in: int


class Workspace(msgspec.Struct, frozen=True):
    """A workspace and the village that it belongs to."""

    workspace: str
    village_code: str
    county_code: str
    kind: str


class State(msgspec.Struct, frozen=True):
    """Digest, records and fields in conflict of a workspace."""

    hash: str
    records: int
    conflicts: int


class Code(msgspec.Struct, frozen=True):
    """A one-time code, shown once."""

    code: str


class Replica(msgspec.Struct, frozen=True):
    """The laptop that was acted on."""

    replica_id: str


class Branch(msgspec.Struct, frozen=True):
    """What one machine wrote under a number; several when two machines used it."""

    branch: str
    segments: int
    changes: int
    first_seq: int


class Waiting(msgspec.Struct, frozen=True):
    """What waits in quarantine of one laptop; instants are ISO 8601."""

    county_code: str
    workspace: str
    replica_id: str
    village_code: str
    segments: int
    changes: int
    bytes: int
    first_received: str
    last_received: str
    branches: list[Branch]


class Released(msgspec.Struct, frozen=True):
    """Segments and changes taken into the log, and segments that still wait."""

    segments: int
    changes: int
    left: int


class Discarded(msgspec.Struct, frozen=True):
    """Segments marked as not to be taken."""

    segments: int


class SentAgain(msgspec.Struct, frozen=True):
    """What one laptop sent that was written before the restoration."""

    replica_id: str
    segments: int
    changes: int


class RestoredWorkspace(msgspec.Struct, frozen=True):
    """One workspace since the restoration."""

    workspace: str
    village_code: str
    county_code: str
    laptops: list[SentAgain]


class Silent(msgspec.Struct, frozen=True):
    """A laptop that has not been here since the restoration."""

    replica_id: str
    village_code: str
    enrolled_at: str


class Restoration(msgspec.Struct, frozen=True):
    """Since the database was last restored; ``restored_at`` is null if it never was."""

    epoch: str
    restored_at: str | None
    reason: str | None
    workspaces: list[RestoredWorkspace]
    silent: list[Silent]


class Publication(msgspec.Struct, frozen=True, rename={"from_day": "from", "to_day": "to"}):
    """What a division published; days are ISO, null: not limited. ``who``: empty when a laptop brought it back."""

    channel: str
    number: int
    shown_number: str
    kind: str
    title: str
    issuer: str
    from_day: str | None
    to_day: str | None
    created_at: str
    who: str
