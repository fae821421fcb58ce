"""When a laptop syncs by itself, and what it says meanwhile. Pure: told the time, asked when to try next.

A try follows: the start of the program, own changes (gathered for some seconds), the button (at once), and now
and then without reason, for colleagues' work. After a failure the tries become rarer, with full jitter, so that a
province's laptops do not all knock when the network comes back; while there is no network only a probe of half a
kilobyte is sent. ``Retry-After`` is honoured. In the morning, when every laptop of the province is opened, each
waits for its own minute of the half hour after eight; the button does not.
"""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum

from villageapp.domain.dates import CHINA, local_text
from villageapp.errors import Cancelled, SyncError, SyncKind

FIRST = timedelta(seconds=1.5)
"""After the start: the window comes first."""
AFTER_CHANGE = timedelta(seconds=4)
"""After the last of several changes."""
LONGEST_GATHERING = timedelta(seconds=30)
"""Somebody who types without pause is synced all the same."""
IDLE = timedelta(minutes=5)
"""Without own changes, colleagues' work is fetched this often."""
BACK_OFF = timedelta(seconds=15)
LEAST = timedelta(seconds=5)
LONGEST = timedelta(minutes=15)
LONGEST_PROBE = timedelta(minutes=2)
"""While there is no network: a probe costs nothing, and the network may be back any moment."""
LONGEST_ASKED = timedelta(hours=1)
MORNING = time(8, 0)
MORNING_SPREAD = timedelta(minutes=30)
_RETRIED = frozenset({SyncKind.OFFLINE, SyncKind.BUSY})


class Phase(StrEnum):
    """What the schedule is at."""

    WAITING = "waiting"  # nothing to do before the next try
    RUNNING = "running"
    AWAY = "away"  # the network or the server is not there; tried again
    BUSY = "busy"  # the server asked to wait
    STOPPED = "stopped"  # a person has to do something; tried again every hour, and by the button
    CANCELLED = "cancelled"


def back_off(failures: int, pick: random.Random, longest: timedelta = LONGEST) -> timedelta:
    """The wait after so many failures in a row: anything between LEAST and a ceiling that doubles."""
    ceiling = min(longest, BACK_OFF * 2 ** min(max(failures, 1) - 1, 12))
    return timedelta(seconds=pick.uniform(LEAST.total_seconds(), ceiling.total_seconds()))


def morning_delay(replica_id: str) -> timedelta:
    """This laptop's own moment of the half hour after eight, the same every day."""
    digest = hashlib.sha256(f"morning {replica_id}".encode()).digest()
    share = int.from_bytes(digest[:8], "big") / 2**64
    return timedelta(seconds=int(MORNING_SPREAD.total_seconds() * share))


def after_morning(moment: datetime, replica_id: str) -> datetime:
    """``moment``, or this laptop's own moment if it lies in the half hour after eight (China time) before it."""
    if not replica_id:
        return moment
    local = moment.astimezone(CHINA)
    opening = datetime.combine(local.date(), MORNING, CHINA)
    own = opening + morning_delay(replica_id)
    return own.astimezone(UTC) if opening <= local < own else moment


@dataclass(slots=True)
class Schedule:
    """One per open window. Moments are aware; the caller asks ``due`` and reports what happened."""

    replica_id: str = ""
    """Empty until known: then the morning is not spread."""
    pick: random.Random = field(default_factory=random.SystemRandom)
    due: datetime | None = None
    """When to try next by itself; None: not before something happens."""
    phase: Phase = Phase.WAITING
    failures: int = 0
    code: str = ""
    """Of the error that stands in the way (``SyncError.code``)."""
    _first_change: datetime | None = None
    _is_behind: bool = False  # something was saved here during an exchange

    @property
    def needs_probe(self) -> bool:
        """Whether the next try should ask first if anybody is there."""
        return self.phase is Phase.AWAY

    def belongs_to(self, replica_id: str) -> bool:
        """Learn whose schedule it is; True when that moved the next try."""
        if self.replica_id == replica_id:
            return False
        self.replica_id, before = replica_id, self.due
        self.due = after_morning(before, replica_id) if before is not None else None
        return self.due != before

    def started(self, now: datetime) -> None:
        """The program has just opened."""
        self.due = after_morning(now + FIRST, self.replica_id)

    def changed(self, now: datetime) -> None:
        """Something was saved here."""
        if self.phase is Phase.RUNNING:
            self._is_behind = True
            return
        if self.phase not in (Phase.WAITING, Phase.CANCELLED):
            return  # the next try is settled already, or a person has to act
        if self._first_change is None:
            self._first_change = now
        wanted = min(now + AFTER_CHANGE, self._first_change + LONGEST_GATHERING)
        self.due = after_morning(max(wanted, now), self.replica_id)

    def began(self) -> None:
        """A try is under way, by whatever reason."""
        self.phase, self.due, self._first_change, self._is_behind = Phase.RUNNING, None, None, False

    def succeeded(self, now: datetime, *, is_complete: bool = True, has_more: bool = False) -> None:
        """The exchange went through; ``is_complete``: with a receipt for everything; ``has_more``: photos wait."""
        self.phase, self.code = Phase.WAITING, ""
        if is_complete:
            self.failures = 0
            self._after(now, AFTER_CHANGE if self._is_behind or has_more else IDLE)
            return
        self.failures += 1
        self._after(now, max(IDLE, back_off(self.failures, self.pick)))

    def failed(self, now: datetime, error: Exception) -> None:
        """The exchange did not go through."""
        if isinstance(error, Cancelled):
            self.phase, self.due, self.code = Phase.CANCELLED, None, error.code
            return
        self.failures += 1
        if not isinstance(error, SyncError) or error.kind not in _RETRIED:
            self.phase = Phase.STOPPED
            self._after(now, LONGEST_ASKED)
            self.code = error.code if isinstance(error, SyncError) else "error"
            return
        self.phase = Phase.BUSY if error.kind is SyncKind.BUSY else Phase.AWAY
        self.code = error.code
        self._after(now, self._wait_after(error))

    def _wait_after(self, error: SyncError) -> timedelta:
        longest = LONGEST_PROBE if error.kind is SyncKind.OFFLINE else LONGEST
        own = back_off(self.failures, self.pick, longest)
        if error.retry_after is None:
            return own
        asked = min(timedelta(seconds=error.retry_after), LONGEST_ASKED)
        return max(own, asked + self.pick.random() * min(asked, LONGEST) / 2)

    def _after(self, now: datetime, wait: timedelta) -> None:
        self.due = after_morning(now + wait, self.replica_id)

    def words(self, now: datetime) -> str:
        """What happens next, for the person: when it is tried again, or that somebody has to act."""
        if self.phase is Phase.RUNNING:
            return "正在同步"
        if self.phase is Phase.STOPPED:
            return "处理以后请按“立即同步”。"
        if self.phase is Phase.CANCELLED:
            return "已取消；有新的改动时再同步，也可以按“立即同步”。"
        if self.due is None:
            return ""
        when = next_moment(self.due, now)
        if self.phase in (Phase.AWAY, Phase.BUSY):
            return f"下次自动再试：{when}。"
        return f"下次自动同步：{when}。" if self.failures else ""


def next_moment(due: datetime, now: datetime) -> str:
    """``马上``, ``一分钟内``, ``14:32``, or with the day when it is not today: words that stay true on the screen."""
    left = (due - now).total_seconds()
    if left < 10:
        return "马上"
    if left < 60:
        return "一分钟内"
    text = local_text(due)
    return text[11:] if text[:10] == local_text(now)[:10] else text[5:]
