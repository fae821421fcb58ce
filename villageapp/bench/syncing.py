"""Visits pushed to our real server and pulled by a second laptop, against Anki's client and server.

Both stores are encrypted, the server is the real program with its embedded PostgreSQL, everything on
loopback through the same counting relay. Anki syncs row by row, which is what it does between two full syncs;
its notes hold the same texts in as many fields.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from villageapp.bench import DESCRIPTIONS
from villageapp.bench.anki import Anki, interpreter
from villageapp.bench.relay import Relay
from villageapp.bench.result import Row
from villageapp.bench.sizes import Sizes
from villageapp.bench.timing import Cost, middle
from villageapp.bench.usage import children_of, cpu_of_trees, postmaster
from villageapp.bench.village import Stores, add_visits, new_store, visits_of
from villageapp.cli.demo_server import DemoServer
from villageapp.domain.fields import to_wire
from villageapp.domain.visit import VISIT
from villageapp.errors import Trouble
from villageapp.paths import DataDir
from villageapp.services.enrolling import enrol
from villageapp.services.imports import apply_import
from villageapp.services.syncing import SyncReport, sync_now
from villageapp.services.workspace import Workspace

FIELDS = 25
"""Fields of a note: what a visit usually has filled in."""
AGAINST = "Anki 客户端与服务器逐条同步"
PROJECTED_SECONDS = 300
_POLL_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Leg:
    """One way of one round."""

    cost: Cost
    bytes_up: int
    bytes_down: int


class OurSide:
    """Two enrolled laptops and a server, equal before the first round."""

    def __init__(self, stores: Stores, sizes: Sizes, held: ExitStack) -> None:
        village = stores.village(sizes.sync_households)
        before = set(children_of(os.getpid()))
        folder = stores.folder / "server"
        self._server = held.enter_context(DemoServer(folder))
        self._server.start()
        started = [child for child in children_of(os.getpid()) if child not in before]
        self._processes = [*started, postmaster(folder)]
        self._relay = Relay()
        url = f"http://127.0.0.1:{self._relay.start(int(self._server.url.rpartition(':')[2]))}"
        held.callback(self._relay.stop)
        self.laptops: list[Workspace] = []
        for number, cadre in enumerate(village.cadres[:2]):
            work = held.enter_context(new_store(DataDir(stores.folder / f"laptop-{number}"), village))
            code = self._server.enrol_code(village.village["code"], cadre["name"], cadre["role"])
            self._workspace = enrol(work, url, code).workspace
            self.laptops.append(work)
        apply_import(self.laptops[0], stores.workbook(sizes.sync_households))
        for work in self.laptops:
            sync_now(work)
        self._visits = 0

    def add(self, visits: Sequence[Mapping[str, Any]]) -> None:
        """Record visits on the first laptop; nothing travels."""
        self._visits += add_visits(self.laptops[0], visits)

    def push(self, expected: int) -> Leg:
        """Sync the first laptop; the server's part counts until its record tables are up to date."""
        return self._leg(self.laptops[0], lambda report: report.pushed, expected)

    def pull(self, expected: int) -> Leg:
        """Sync the second laptop."""
        return self._leg(self.laptops[1], lambda report: report.pulled, expected)

    def _leg(self, work: Workspace, moved: Callable[[SyncReport], int], expected: int) -> Leg:
        up, down = self._relay.counted()
        server, cpu, wall = cpu_of_trees(self._processes), time.process_time(), time.perf_counter()
        report = sync_now(work)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        self._await_projection()
        used = cpu + cpu_of_trees(self._processes) - server
        if moved(report) != expected:
            raise Trouble(f"应同步 {expected} 条，实际 {moved(report)} 条。", code="bench_sync")
        now_up, now_down = self._relay.counted()
        return Leg(Cost(wall, used), now_up - up, now_down - down)

    def _await_projection(self) -> None:
        deadline = time.monotonic() + PROJECTED_SECONDS
        while self._server.counts(self._workspace).get("visit", 0) < self._visits:
            if time.monotonic() > deadline:
                raise Trouble("服务器没有把走访整理进记录表。", code="bench_sync")
            time.sleep(_POLL_SECONDS)


class AnkiSide:
    """The same with Anki."""

    def __init__(self, anki: Anki) -> None:
        self._anki = anki
        self._notes = 0

    def add(self, visits: Sequence[Mapping[str, Any]]) -> None:
        """Add a note for each visit."""
        self._anki.add([note_of(values) for values in visits])
        self._notes += len(visits)

    def push(self) -> Leg:
        """Sync the sending collection."""
        return self._leg("push")

    def pull(self) -> Leg:
        """Sync the receiving collection."""
        return self._leg("pull")

    def _leg(self, do: str) -> Leg:
        up, down = self._anki.relay.counted()
        server = self._anki.server_cpu()
        answer = self._anki.ask(do)
        if answer["notes"] != self._notes:
            raise Trouble(f"Anki 应有 {self._notes} 条，实际 {answer['notes']} 条。", code="bench_anki")
        used = answer["cpu"] + self._anki.server_cpu() - server
        now_up, now_down = self._anki.relay.counted()
        return Leg(Cost(answer["wall"], used), now_up - up, now_down - down)


def note_of(values: Mapping[str, Any]) -> list[str]:
    """The filled-in values of a visit as texts, as many as a note has fields."""
    texts = [str(to_wire(values[f.name])) for f in VISIT.fields if values.get(f.name) is not None]
    return [*texts, *[""] * FIELDS][:FIELDS]


def measure(stores: Stores, sizes: Sizes) -> Iterator[Row]:
    """Two rows, up and down. Without Anki the rows have no baseline and say so."""
    python = interpreter()
    texts = stores.village(sizes.households)
    village = stores.village(sizes.sync_households)
    legs: dict[str, list[Leg]] = {"up": [], "down": [], "anki up": [], "anki down": []}
    with ExitStack() as held:
        ours = OurSide(stores, sizes, held)
        anki = held.enter_context(Anki(python, stores.folder / "anki", FIELDS)) if python else None
        theirs = AnkiSide(anki) if anki else None
        rounds = sizes.heavy_rounds + sizes.keep_warm_up
        for round_ in range(rounds):
            visits = list(visits_of(village, texts, sizes.visits))
            ours.add(visits)
            if theirs is not None:
                theirs.add(visits)
            sides = [side for side in (ours, theirs) if side is not None]
            for side in sides if round_ % 2 == 0 else sides[::-1]:
                _measure_side(side, sizes.visits, legs)
    counted = {name: found[sizes.keep_warm_up :] for name, found in legs.items()}
    yield _row("sync-push", "上传", counted["up"], counted["anki up"], sizes)
    yield _row("sync-pull", "下载", counted["down"], counted["anki down"], sizes)


def _measure_side(side: OurSide | AnkiSide, count: int, legs: dict[str, list[Leg]]) -> None:
    if isinstance(side, OurSide):
        legs["up"].append(side.push(count))
        legs["down"].append(side.pull(count))
    else:
        legs["anki up"].append(side.push())
        legs["anki down"].append(side.pull())


def _row(name: str, way: str, ours: Sequence[Leg], theirs: Sequence[Leg], sizes: Sizes) -> Row:
    cost = middle([leg.cost for leg in ours])
    extra = {
        "records": sizes.visits,
        "records_per_second": round(sizes.visits / cost.wall),
        **_per_record("", ours[-1], sizes.visits),
    }
    if theirs:
        extra |= _per_record("baseline_", theirs[-1], sizes.visits)
    return Row(
        name,
        f"{DESCRIPTIONS['sync']}（{sizes.visits} 条{way},CPU 含服务器）",
        AGAINST,
        cost,
        middle([leg.cost for leg in theirs]) if theirs else None,
        len(ours),
        note=_bytes_note(ours[-1], theirs, sizes.visits),
        extra=extra,
    )


def _per_record(prefix: str, leg: Leg, count: int) -> dict[str, float]:
    return {
        f"{prefix}bytes_up_per_record": round(leg.bytes_up / count, 1),
        f"{prefix}bytes_down_per_record": round(leg.bytes_down / count, 1),
    }


def _bytes_note(ours: Leg, theirs: Sequence[Leg], count: int) -> str:
    mine = (ours.bytes_up + ours.bytes_down) / count
    if not theirs:
        return f"每条 {mine:.0f} 字节；没有安装 Anki,没有基准"
    return f"每条 {mine:.0f} 字节，Anki {(theirs[-1].bytes_up + theirs[-1].bytes_down) / count:.0f} 字节"
