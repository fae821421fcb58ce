"""Two laptops that sync through a server, ours and Anki's: what the sync benchmarks measure side by side.

Both of our stores are encrypted, the server is the real program with its embedded PostgreSQL, everything goes
over loopback through a counting relay. Anki syncs row by row, which is what it does between two full syncs; its
notes hold the same texts in as many fields.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from villageapp.bench.anki import Anki
from villageapp.bench.relay import Line, Relay
from villageapp.bench.timing import Cost
from villageapp.bench.usage import children_of, cpu_of_trees, postmaster
from villageapp.bench.village import Stores, add_visits, edit_visits, new_store
from villageapp.cli.demo_server import DemoServer
from villageapp.domain.fields import to_wire
from villageapp.domain.visit import VISIT
from villageapp.errors import Trouble
from villageapp.paths import DataDir
from villageapp.services.enrolling import enrol
from villageapp.services.imports import apply_import
from villageapp.services.sync_run import open_road
from villageapp.services.syncing import SyncReport, sync_now
from villageapp.services.workspace import Workspace

FIELDS = 25
"""Fields of a note: what a visit usually has filled in."""
AGAINST = "Anki 客户端与服务器逐条同步"
PROJECTED_SECONDS = 300
_POLL_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Leg:
    """One way of one round. ``turns`` are requests with their answers."""

    cost: Cost
    bytes_up: int
    bytes_down: int
    turns: int = 0

    def __add__(self, other: Leg) -> Leg:
        up, down = self.bytes_up + other.bytes_up, self.bytes_down + other.bytes_down
        return Leg(self.cost + other.cost, up, down, self.turns + other.turns)

    @property
    def bytes(self) -> int:
        """Both ways."""
        return self.bytes_up + self.bytes_down


class OurSide:
    """Two enrolled laptops and a server, equal before the first round."""

    def __init__(self, stores: Stores, households: int, held: ExitStack, name: str = "sync") -> None:
        """Everything lies in ``name`` under the stores' folder and ends with ``held``."""
        self.village = stores.village(households)
        self.folder = stores.folder / name
        before = set(children_of(os.getpid()))
        self.server = held.enter_context(DemoServer(self.folder / "server"))
        self.server.start()
        started = [child for child in children_of(os.getpid()) if child not in before]
        self.processes = [*started, postmaster(self.folder / "server")]
        self.relay = Relay()
        self.url = f"http://127.0.0.1:{self.relay.start(int(self.server.url.rpartition(':')[2]))}"
        held.callback(self.relay.stop)
        self.workspace = ""
        self.laptops = [self.join(held, number) for number in range(2)]
        apply_import(self.laptops[0], stores.workbook(households))
        for work in self.laptops:
            sync_now(work)
        self._visits = 0
        self._roads = [open_road(work) for work in self.laptops]
        held.callback(self._close_roads)

    def _close_roads(self) -> None:
        for road in self._roads:
            road.close()

    def join(self, held: ExitStack, number: int) -> Workspace:
        """One more enrolled laptop with an empty store."""
        cadre = self.village.cadres[number % len(self.village.cadres)]
        data_dir = DataDir(self.folder / f"laptop-{number}")
        work = held.enter_context(new_store(data_dir, self.village))
        code = self.server.enrol_code(self.village.village["code"], cadre["name"], cadre["role"])
        self.workspace = enrol(work, self.url, code).workspace
        return work

    def use(self, line: Line) -> None:
        """From here on the relay is such a line."""
        self._close_roads()
        _use(self.relay, line)
        self._roads = [open_road(work) for work in self.laptops]

    def add(self, visits: Sequence[Mapping[str, Any]]) -> None:
        """Record visits on the first laptop; nothing travels."""
        self._visits += add_visits(self.laptops[0], visits)

    def edit(self, count: int, text: str) -> None:
        """Change the note of the first so many visits on the first laptop; nothing travels."""
        edit_visits(self.laptops[0], count, text)

    def push(self, expected: int, *, projected: bool = True) -> Leg:
        """Sync the first laptop; ``projected`` counts the server's work until its record tables are up to date."""
        return self._leg(0, lambda report: report.pushed, expected, projected)

    def pull(self, expected: int, *, projected: bool = True) -> Leg:
        """Sync the second laptop."""
        return self._leg(1, lambda report: report.pulled, expected, projected)

    def _leg(self, number: int, moved: Callable[[SyncReport], int], expected: int, projected: bool) -> Leg:
        (up, down), turns = self.relay.counted(), self.relay.turns()
        server, cpu, wall = cpu_of_trees(self.processes), time.process_time(), time.perf_counter()
        report = sync_now(self.laptops[number], road=self._roads[number])  # kept open, as the window does
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        if projected:
            self.await_projection()
        used = cpu + cpu_of_trees(self.processes) - server
        if moved(report) != expected:
            raise Trouble(f"应同步 {expected} 条，实际 {moved(report)} 条。", code="bench_sync")
        now_up, now_down = self.relay.counted()
        return Leg(Cost(wall, used), now_up - up, now_down - down, self.relay.turns() - turns)

    def await_projection(self) -> None:
        """Until the server's record tables hold every visit. Raises Trouble."""
        deadline = time.monotonic() + PROJECTED_SECONDS
        while self.server.counts(self.workspace).get("visit", 0) < self._visits:
            if time.monotonic() > deadline:
                raise Trouble("服务器没有把走访整理进记录表。", code="bench_sync")
            time.sleep(_POLL_SECONDS)


class AnkiSide:
    """The same with Anki."""

    def __init__(self, anki: Anki) -> None:
        self._anki = anki
        self._notes = 0

    def use(self, line: Line) -> None:
        """From here on the relay is such a line."""
        _use(self._anki.relay, line)

    def add(self, visits: Sequence[Mapping[str, Any]]) -> None:
        """Add a note for each visit."""
        self._anki.add([note_of(values) for values in visits])
        self._notes += len(visits)

    def edit(self, count: int, text: str) -> None:
        """Change one field of the first so many notes."""
        self._anki.ask("edit", count=count, text=text)

    def push(self) -> Leg:
        """Sync the sending collection."""
        return self.leg("push")

    def pull(self) -> Leg:
        """Sync the receiving collection."""
        return self.leg("pull")

    def leg(self, do: str) -> Leg:
        """Sync one collection, or ``join`` with a new one."""
        (up, down), turns = self._anki.relay.counted(), self._anki.relay.turns()
        server = self._anki.server_cpu()
        answer = self._anki.ask(do)
        if answer["notes"] != self._notes:
            raise Trouble(f"Anki 应有 {self._notes} 条，实际 {answer['notes']} 条。", code="bench_anki")
        used = answer["cpu"] + self._anki.server_cpu() - server
        now_up, now_down = self._anki.relay.counted()
        return Leg(Cost(answer["wall"], used), now_up - up, now_down - down, self._anki.relay.turns() - turns)


def _use(relay: Relay, line: Line) -> None:
    """Connections that were made before would go on as they were."""
    relay.line = line
    relay.drop()


def note_of(values: Mapping[str, Any]) -> list[str]:
    """The filled-in values of a visit as texts, as many as a note has fields."""
    texts = [str(to_wire(values[f.name])) for f in VISIT.fields if values.get(f.name) is not None]
    return [*texts, *[""] * FIELDS][:FIELDS]
