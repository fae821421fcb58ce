"""The same open store on another day, and with a monitoring line for tests."""

from __future__ import annotations

from datetime import UTC, date, datetime

from villageapp.domain.parameters import Parameter
from villageapp.models.log import Replica
from villageapp.services.workspace import Workspace
from villageapp.sync.clock import COUNTER_BITS


def on(work: Workspace, day: str) -> Workspace:
    """The store with its clock at noon of that day in China, as if nothing had been recorded later (R-TIME-4)."""
    moment = datetime.fromisoformat(f"{day}T04:00:00").replace(tzinfo=UTC)
    now_ms = int(moment.timestamp() * 1000)
    work.clock._wall = lambda: now_ms
    with work.transaction() as session:
        replica = session.get_one(Replica, 1)
        replica.last_hlc = min(replica.last_hlc, now_ms << COUNTER_BITS)
    return work


def with_line(work: Workspace, fen: int = 7000_00, first: int = 2022, last: int = 2023) -> Workspace:
    """The store with a monitoring line for these years, marked as a test's."""
    line = Parameter(
        "MON_LINE",
        fen,
        date(first, 1, 1),
        date(last, 12, 31),
        title="监测标准指导线",
        source="TEST",
    )
    work.parameters = work.parameters.with_changes([line])
    return work
