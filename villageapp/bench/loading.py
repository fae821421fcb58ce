"""Many laptops at one server: forty of one team at the same moment, and thousands of teams in rotation.

There is no peer that does the same, so the baseline is the server itself with one laptop alone: what the
crowd costs.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from itertools import cycle, islice
from typing import Any

import psutil

from villageapp.bench import DESCRIPTIONS
from villageapp.bench.result import Row
from villageapp.bench.senders import Line, Sender, admin_token, at_once, village_code, wire_visits
from villageapp.bench.sizes import Sizes
from villageapp.bench.timing import Cost, percentile
from villageapp.bench.usage import children_of, cpu_of, cpu_of_trees, postmaster
from villageapp.bench.village import Stores, visits_of
from villageapp.cli.demo_server import DemoServer
from villageapp.errors import Trouble

CHANGES = 50
"""Changes of one exchange."""
SMALL = 15
AGAINST = "同一服务器只有一台电脑在同步"
CONNECTIONS = 8
"""Exchanges at the same time when teams take turns."""
LIMIT_SECONDS = 0.2
ROUNDS = 5
_ALONE = 40
_OFTEN = 100


class _Server:
    """The real server with enrolled senders."""

    def __init__(self, stores: Stores, sizes: Sizes, held: ExitStack) -> None:
        folder = stores.folder / "load"
        before = set(children_of(os.getpid()))
        server = held.enter_context(DemoServer(folder))
        server.start()
        self.programs = [child for child in children_of(os.getpid()) if child not in before]
        self.database = postmaster(folder)
        self._server = server
        self._url, self._token, self._held = server.url, admin_token(folder), held
        village = stores.village(sizes.sync_households)
        self._visits = cycle(list(wire_visits(visits_of(village, village, 2_000))))
        self._first = self.line()

    def line(self) -> Line:
        """One more connection."""
        made = Line(self._url)
        self._held.callback(made.close)
        return made

    def sender(self, village: int) -> Sender:
        """One more laptop of that village's team."""
        return Sender(self._first, village_code(village), self._token)

    def some(self, count: int) -> list[Mapping[str, Any]]:
        """So many visits."""
        return list(islice(self._visits, count))

    def await_projection(self, sender: Sender, visits: int) -> None:
        """Until the records of so many visits are made. Raises Trouble."""
        deadline = time.monotonic() + 60
        while self._server.counts(sender.workspace).get("visit", 0) < visits:
            if time.monotonic() > deadline:
                raise Trouble("服务器没有把走访整理进记录表。", code="bench_load")
            time.sleep(0.1)

    def memory_mb(self) -> float:
        """Resident memory of the server, its PostgreSQL left out."""
        return float(sum(psutil.Process(number).memory_info().rss for number in self.programs)) / 1e6


def measure(stores: Stores, sizes: Sizes) -> Iterator[Row]:
    """Two rows: one team at once, and teams in rotation; the 99th percentile of an exchange with 50 changes."""
    with ExitStack() as held:
        server = _Server(stores, sizes, held)
        lone = server.sender(0)
        alone = _in_turn(server, [lone] * _ALONE, CHANGES, 1)
        server.await_projection(lone, _ALONE * CHANGES)
        small_cpu = _cpu_per_exchange(server, lone)
        team = [server.sender(1) for _ in range(sizes.load_laptops)]
        crowd = _together(server, team)
        yield _row("server-load-team", f"{len(team)} 台电脑同在一个工作区同时", crowd, alone, {})
        teams = [server.sender(2 + number) for number in range(sizes.load_workspaces)]
        _in_turn(server, teams[: len(teams) // 4], CHANGES, CONNECTIONS)
        before = server.memory_mb()
        rotation = _in_turn(server, teams, CHANGES, CONNECTIONS)
        extra = {
            "memory_mb_before": round(before, 1),
            "memory_mb_after": round(server.memory_mb(), 1),
            **small_cpu,
        }
        yield _row("server-load-teams", f"{len(teams)} 个工作区轮流", rotation, alone, extra)


def _exchange(sender: Sender, line: Line, visits: Sequence[Mapping[str, Any]]) -> Cost:
    request = sender.request([sender.segment(visits)])
    began = time.perf_counter()
    sender.exchange(line, request)
    return Cost(time.perf_counter() - began, 0.0)


def _in_turn(server: _Server, senders: Sequence[Sender], changes: int, connections: int) -> list[Cost]:
    """One exchange of each, over so many connections."""
    lines = [server.line() for _ in range(connections)]
    visits = server.some(changes)
    found: list[Cost] = []

    def work(number: int) -> None:
        for sender in senders[number::connections]:
            found.append(_exchange(sender, lines[number], visits))

    at_once(connections, work)
    return found


def _together(server: _Server, team: Sequence[Sender]) -> list[Cost]:
    """Every laptop of the team at the same moment, each on its own connection, some times over."""
    lines = [server.line() for _ in team]
    visits = server.some(CHANGES)
    found: list[Cost] = []
    for _ in range(ROUNDS):
        requests = [sender.request([sender.segment(visits)]) for sender in team]

        def work(number: int, requests: list[bytes] = requests) -> None:
            began = time.perf_counter()
            team[number].exchange(lines[number], requests[number])
            found.append(Cost(time.perf_counter() - began, 0.0))

        at_once(len(team), work)
    return found


def _cpu_per_exchange(server: _Server, sender: Sender) -> dict[str, float]:
    """Processor milliseconds of one exchange of 15 changes, taking in and answering, one after the other; the
    process that makes the records is not counted."""
    program, database = cpu_of(server.programs), cpu_of_trees([server.database])
    count = len(_in_turn(server, [sender] * _OFTEN, SMALL, 1))
    own = cpu_of(server.programs) - program
    theirs = cpu_of_trees([server.database]) - database
    return {
        "server_cpu_ms_of_15_changes": round(own / count * 1000, 2),
        "postgres_cpu_ms_of_15_changes": round(theirs / count * 1000, 2),
    }


def _row(name: str, what: str, found: Sequence[Cost], alone: Sequence[Cost], extra: Mapping[str, Any]) -> Row:
    middle, slow = percentile(found, 50).wall, percentile(found, 99)
    return Row(
        name,
        f"{DESCRIPTIONS['server-load']}：{what}，每次 {CHANGES} 条，第 99 百分位",
        AGAINST,
        slow,
        percentile(alone, 99),
        len(found),
        limit_seconds=LIMIT_SECONDS,
        note=f"中位 {middle * 1000:.0f} 毫秒，{len(found)} 次，没有错误",
        extra={"median_ms": round(middle * 1000, 1), "exchanges": len(found), **extra},
    )
