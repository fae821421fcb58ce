"""Everything that there is in one schedule, and what is done to it: typing, syncing, with checks after each event."""

from __future__ import annotations

import random
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from villageapp.bench.simulation.centre import Centre, Snapshot
from villageapp.bench.simulation.disks import Death, Killed
from villageapp.bench.simulation.joining import enrol_again
from villageapp.bench.simulation.laptops import Laptop
from villageapp.bench.simulation.newer import NewerLaptop
from villageapp.bench.simulation.oracle import Author, Field, Oracle, Value, Violation
from villageapp.bench.simulation.roads import FAULTS, Late, Road, deliver_late
from villageapp.bench.simulation.ruled import WorldTime, instead
from villageapp.bench.simulation.team import Team
from villageapp.errors import AppError, SyncError, Trouble
from villageapp.progress import SILENT
from villageapp.services import forking, sync_run
from villageapp.services.sync_run import Run
from villageapp.services.workspace import Workspace
from villageapp.sync import comparing
from villageapp.sync import exchange as sync_exchange
from villageapp.sync.exchange import Outcome
from villageapp.sync.pace import Pace

ROUGH = frozenset({"line_cut", "busy", "captive_portal", "malformed"})
"""How a sync may end over a bad road; after a flipped bit, in any way that is told."""


@dataclass(frozen=True, slots=True)
class Backup:
    """A copy of a laptop's disk, and the event before which it was made."""

    owner: str
    path: Path
    moment: int


@dataclass
class World:
    """One schedule. ``events`` tells what happened, for whoever has to find out why something failed."""

    centre: Centre
    team: Team
    folder: Path
    time: WorldTime
    chance: random.Random
    laptops: dict[str, Laptop] = field(default_factory=dict)
    oracle: Oracle = field(default_factory=Oracle)
    counted: Counter[str] = field(default_factory=Counter)
    events: list[str] = field(default_factory=list)
    backups: list[Backup] = field(default_factory=list)
    dumps: list[Snapshot] = field(default_factory=list)
    sticks: list[Path] = field(default_factory=list)
    late: Late = field(default_factory=Late)
    maybe_lost: set[tuple[Field, Value]] = field(default_factory=set)
    released: set[str] = field(default_factory=set)
    """Numbers under which work of revoked laptops was released."""
    values: int = 0
    depth: int = 0
    befalls: tuple[Death | None, int | None] | None = None
    """What happens to the next laptop on which somebody saves: its death, or room for so many more pages."""
    interrupt: Callable[[World], None] | None = None
    """What happens while an answer is under way."""

    def __post_init__(self) -> None:
        for name, disk in self.team.disks.items():
            shutil.copytree(disk, self.folder / name)
            self.laptops[name] = Laptop(name, self.folder / name, self.time)
        self.dumps.append(self.team.dump)
        self.newer = NewerLaptop(self.team.newer, self.centre, self.oracle)

    @property
    def moment(self) -> int:
        """Number of the present event."""
        return len(self.events)

    def tell(self, event: str) -> None:
        """Begin an event."""
        self.events.append(f"{'  ' * self.depth}{event}")

    def fresh_value(self) -> str:
        """A text that nobody has typed before."""
        self.values += 1
        return f"v{self.values}"

    def act(self, laptop: Laptop, what: Callable[[Workspace], object]) -> bool:
        """Something that a person does; whether it was confirmed. The oracle learns what came of it."""
        first, before = laptop.next_seq(), laptop.heads()
        author = Author(laptop.name, laptop.replica_id, self.moment)
        confirmed = False
        befalls, self.befalls = self.befalls, None
        if befalls is not None:
            laptop.database.arm(*befalls)
        try:
            what(laptop.work)
            confirmed = True
        except Killed:
            laptop.crash()
        except AppError as error:
            if isinstance(error, Trouble) and error.code != "disk_full":
                raise
            if laptop.next_seq() != first:
                raise Violation(f"refused with {error.code}, and written all the same") from error
            self.events[-1] += f" -> {error.code}"
        if befalls is not None:
            laptop.database.arm()
        self.oracle.note(author, laptop.own_changes(first), before, laptop.changes)
        return confirmed

    def sync(
        self,
        laptop: Laptop,
        faults: list[str | None],
        death: Death | None = None,
        size: int = 0,
        room: int | None = None,
    ) -> None:
        """One sync attempt under these faults; ``size``: bytes of segments a round may carry."""
        was_busy, laptop.busy = laptop.busy, True
        befell = tuple(faults)
        if not was_busy:
            laptop.database.arm(death, room)
        try:
            outcome = self.exchange(laptop, faults, size)
            self.events[-1] += (
                f" -> up {outcome.pushed} down {outcome.pulled} receipt {outcome.receipt is not None}"
            )
        except Killed:
            self.events[-1] += " -> killed"
            laptop.crash()
        except SyncError as error:
            self._ended(laptop, error, befell)
        except Trouble as error:
            if error.code != "disk_full":
                raise
            self.events[-1] += " -> disk full"
        finally:
            laptop.busy = was_busy
        laptop.database.arm()
        self.check_vector(laptop)

    def _ended(self, laptop: Laptop, error: SyncError, befell: Sequence[str | None]) -> None:
        """Whether a sync may end like this."""
        self.events[-1] += f" -> {error.code}"
        if error.code == "revoked" and laptop.revoked:
            return
        if error.code == "store_busy" and "overlap" in befell:
            return
        if "flip_up" in befell or "flip_down" in befell:
            return
        if error.code not in ROUGH or not any(befell):
            raise error

    def exchange(self, laptop: Laptop, faults: list[str | None], size: int = 0) -> Outcome:
        """As ``services.syncing`` does it; enrolled again if the server has forgotten this laptop."""
        number = laptop.replica_id
        try:
            outcome = self._run(laptop, faults, size)
        except SyncError as error:
            if error.code != "bad_token":
                raise
            self._join_again(laptop)
            outcome = self._run(laptop, faults, size)
        self.counted["fork"] += laptop.replica_id != number
        self._check_receipt(laptop, outcome)
        return outcome

    def _run(self, laptop: Laptop, faults: list[str | None], size: int) -> Outcome:
        """The real road through an exchange, new numbers, adopted logs and the comparison of records."""

        def road(_: Workspace) -> Road:
            return self.road(laptop, faults)

        def adopt(*arguments: Any) -> Any:
            self.counted["log_adopted"] += 1
            laptop.seen = {}
            return real_adopt(*arguments)

        def settle(*arguments: Any) -> Any:
            laptop.seen = {}
            return real_settle(*arguments)

        def mend(*arguments: Any) -> Any:
            mended = real_mend(*arguments)
            if mended.differences or mended.still:
                raise Violation(f"{laptop.name}: records were not what the log says: {mended}")
            return mended

        real_adopt, real_settle, real_mend = forking.adopt, forking.settle, comparing.mend
        with (
            instead(sync_run, open_road=road),
            instead(forking, adopt=adopt, settle=settle),
            instead(comparing, mend=mend),
            instead(sync_exchange, Pace=lambda: self.pace(size)),
        ):
            peer: Any = self.road(laptop, faults)
            return Run(laptop.work, peer, SILENT).exchange()

    def road(self, laptop: Laptop, faults: list[str | None]) -> Road:
        """The line from a laptop to the server."""
        token = laptop.work.identity.token
        return Road(self.centre, token, self.chance, faults, self.late, self.counted, self._meanwhile)

    def pace(self, size: int) -> Pace:
        """Never waits; begins with rounds of ``size`` bytes."""
        pace = Pace(lambda _seconds, _progress: None, self.chance, lambda: self.time.now_ms / 1000)
        pace.size = size or pace.size
        return pace

    def _join_again(self, laptop: Laptop) -> None:
        """A server restored from a backup may have forgotten a number that it gave."""
        if not self.counted["server_restored"]:
            raise Violation("the server does not know a laptop that it enrolled")
        self.counted["enrolled_again"] += 1
        laptop.seen = {}
        enrol_again(self.centre, laptop)

    def look_who_is_revoked(self) -> None:
        """As the server has it now; a twin has the same number until it notices."""
        numbers = self.centre.revoked_numbers()
        for laptop in self.laptops.values():
            laptop.revoked = laptop.replica_id in numbers

    def _meanwhile(self) -> None:
        if self.interrupt is not None and self.depth == 0:
            self.depth += 1
            self.interrupt(self)
            self.depth -= 1

    def deliver_late(self) -> None:
        """Requests of the past arrive."""
        self.counted["late_arrivals"] += deliver_late(self.centre, self.late)

    def random_faults(self) -> list[str | None]:
        """For the first rounds of an attempt."""
        return [
            self.chance.choice(FAULTS) if self.chance.random() < 0.6 else None
            for _ in range(self.chance.randrange(1, 4))
        ]

    def _check_receipt(self, laptop: Laptop, outcome: Outcome) -> None:
        """No green light unless the server has the very bytes, in its log or for review."""
        if outcome.receipt is None:
            return
        theirs, apart = self.centre.log(), self.centre.hashes_kept_apart()
        missing = [key for key, end in laptop.log().items() if theirs.get(key) != end and end[1] not in apart]
        if missing and self.depth == 0:
            raise Violation(f"a receipt for segments that the server does not have: {missing}")

    def check_vector(self, laptop: Laptop) -> None:
        """A laptop's knowledge never shrinks, except with its disk or its number."""
        now = dict(laptop.vector())
        shrunk = {r: (seq, now.get(r, 0)) for r, seq in laptop.seen.items() if now.get(r, 0) < seq}
        if shrunk:
            raise Violation(f"{laptop.name} has less than it had: {shrunk}")
        laptop.seen = now

    def close(self) -> None:
        """End."""
        for laptop in self.laptops.values():
            laptop.close()
