"""Segments of 500 changes through HTTP into the server's log, beside COPY of the same values as flat rows."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from itertools import cycle, islice
from typing import Any

from villageapp.bench import DESCRIPTIONS
from villageapp.bench.result import Row
from villageapp.bench.senders import Line, Sender, admin_token, at_once, village_code, wire_visits
from villageapp.bench.sizes import Sizes
from villageapp.bench.timing import Cost, middle
from villageapp.bench.usage import children_of, cpu_of_trees, postmaster
from villageapp.bench.village import Stores, visits_of
from villageapp.cli.demo_server import DemoServer
from villageapp.domain.visit import VISIT
from villageapp.errors import Trouble
from villageapp.sync.seal import MAX_CHANGES

TEAMS = 4
"""Laptops of as many teams that send at the same time."""
AGAINST = "COPY 同样的内容成平表，每 500 行提交一次"
_WAITING = """
    SELECT coalesce(sum(w.last_arrived - p.arrived), 0) FROM workspace w
    JOIN projection p ON p.county_code = w.county_code AND p.workspace = w.workspace
"""
_NAMES = [field.name for field in VISIT.fields]


class _Server:
    """The real server with a laptop of each team, which has the households and has sent them."""

    def __init__(self, stores: Stores, sizes: Sizes, held: ExitStack) -> None:
        folder = stores.folder / "ingest"
        before = set(children_of(os.getpid()))
        self._server = held.enter_context(DemoServer(folder))
        self._server.start()
        self.processes = [child for child in children_of(os.getpid()) if child not in before]
        self.processes.append(postmaster(folder))
        self.lines = [Line(self._server.url) for _ in range(TEAMS)]
        for line in self.lines:
            held.callback(line.close)
        token = admin_token(folder)
        self.senders = [Sender(line, village_code(n), token) for n, line in enumerate(self.lines)]
        self.connection = held.enter_context(_connected(folder))
        self.visits = _visits(stores, sizes)
        for sender, line in zip(self.senders, self.lines, strict=True):
            sender.exchange(line, sender.request([sender.households(self.visits)]))

    def take_in(self, visits: Sequence[Mapping[str, Any]]) -> Cost:
        """Send these visits, a quarter of them each; until the last segment is answered."""
        requests = [_requests(sender, visits[n::TEAMS]) for n, sender in enumerate(self.senders)]
        for line in self.lines:  # sealing takes longer than the server keeps an idle connection
            line.close()
        return _send(self.senders, self.lines, requests, self.processes)

    def waiting(self) -> int:
        """Segments of which no records have been made yet."""
        return int(self.connection.execute(_WAITING).fetchone()[0])

    def await_projection(self) -> None:
        """Until there are records of everything. Raises Trouble."""
        deadline = time.monotonic() + 300
        while self.waiting():
            if time.monotonic() > deadline:
                raise Trouble("服务器没有把走访整理进记录表。", code="bench_ingest")
            time.sleep(0.05)


def measure(stores: Stores, sizes: Sizes) -> Iterator[Row]:
    """Two rows: a burst, and so much in one go that records are made at the same time."""
    with ExitStack() as held:
        server = _Server(stores, sizes, held)
        mine: list[Cost] = []
        copied: list[Cost] = []
        for round_ in range(sizes.heavy_rounds + sizes.keep_warm_up):
            for is_ours in (True, False) if round_ % 2 == 0 else (False, True):
                if is_ours:
                    mine.append(server.take_in(server.visits))
                    server.await_projection()
                else:
                    copied.append(_copy(server.connection, server.visits, server.processes))
        yield _row(
            "server-ingest",
            "",
            mine[sizes.keep_warm_up :],
            copied[sizes.keep_warm_up :],
            sizes.ingest_changes,
        )
        yield _sustained(server, sizes)


def _sustained(server: _Server, sizes: Sizes) -> Row:
    """Once: the longer it takes, the less one run differs from the next."""
    visits = list(islice(cycle(server.visits), sizes.ingest_sustained))
    floor = _copy(server.connection, visits, server.processes)
    used = cpu_of_trees(server.processes)
    cost = server.take_in(visits)
    answered, waiting = time.perf_counter(), server.waiting()
    server.await_projection()
    seconds = cost.wall + time.perf_counter() - answered
    more = {
        "waiting_when_answered": waiting * MAX_CHANGES,
        "projected_seconds": round(seconds, 2),
        "projected_per_second": round(len(visits) / seconds),
        "cpu_with_projection": round(cpu_of_trees(server.processes) - used, 2),
    }
    return _row("server-ingest-sustained", "，同时整理", [cost], [floor], len(visits), more)


def _visits(stores: Stores, sizes: Sizes) -> list[dict[str, Any]]:
    village = stores.village(sizes.sync_households)
    return list(wire_visits(visits_of(village, village, sizes.ingest_changes)))


def _requests(sender: Sender, visits: Sequence[Mapping[str, Any]]) -> list[bytes]:
    """One request for each segment, as a laptop would send them one after the other."""
    return [
        sender.request([sender.segment(visits[start : start + MAX_CHANGES])])
        for start in range(0, len(visits), MAX_CHANGES)
    ]


def _send(
    senders: Sequence[Sender], lines: Sequence[Line], requests: Sequence[list[bytes]], processes: list[int]
) -> Cost:
    def work(number: int) -> None:
        for request in requests[number]:
            senders[number].exchange(lines[number], request)

    used = cpu_of_trees(processes)
    wall = at_once(len(senders), work)
    return Cost(wall, cpu_of_trees(processes) - used)


def _connected(folder: Any) -> Any:
    """A connection of its own to the server's PostgreSQL."""
    import psycopg
    from psycopg.conninfo import make_conninfo

    lines = (folder / "postgres" / "postmaster.pid").read_text("ascii").splitlines()
    password = (folder / "postgres.password").read_text("utf-8").strip()
    host = lines[4] or lines[5]
    found = make_conninfo(host=host, port=lines[3], user="postgres", dbname="postgres", password=password)
    connection = psycopg.connect(found, autocommit=True)
    columns = ", ".join(f'"{name}" text' for name in ("id", *_NAMES))
    connection.execute(f"CREATE TABLE flat ({columns})")
    return connection


def _copy(connection: Any, visits: Sequence[Mapping[str, Any]], processes: list[int]) -> Cost:
    rows = [(str(n), *(v.get(name) for name in _NAMES)) for n, v in enumerate(visits)]
    texts = [tuple(None if v is None else str(v) for v in row) for row in rows]
    used, cpu, wall = cpu_of_trees(processes), time.process_time(), time.perf_counter()
    with connection.cursor() as cursor:
        for start in range(0, len(texts), MAX_CHANGES):
            with cursor.copy("COPY flat FROM STDIN") as copy:
                for row in texts[start : start + MAX_CHANGES]:
                    copy.write_row(row)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return Cost(wall, cpu + cpu_of_trees(processes) - used)


def _row(
    name: str,
    how: str,
    mine: Sequence[Cost],
    copied: Sequence[Cost],
    count: int,
    more: Mapping[str, Any] | None = None,
) -> Row:
    cost, floor = middle(mine), middle(copied)
    return Row(
        name,
        f"{DESCRIPTIONS['server-ingest']}（{count} 条，每段 {MAX_CHANGES} 条，{TEAMS} 台电脑同时传{how}）",
        AGAINST,
        cost,
        floor,
        len(mine),
        note=f"每秒 {count / cost.wall:.0f} 条，COPY {count / floor.wall:.0f} 条",
        extra={
            "changes": count,
            "changes_per_second": round(count / cost.wall),
            "baseline_per_second": round(count / floor.wall),
            "changes_per_cpu_second": round(count / cost.cpu) if cost.cpu else None,
            **(more or {}),
        },
    )
