"""Segments of 500 changes through HTTP into the server's log, beside COPY of the same values as flat rows."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
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
_NAMES = [field.name for field in VISIT.fields]


def measure(stores: Stores, sizes: Sizes) -> Iterator[Row]:
    """One row. The records are made afterwards (projection), in what the processor has left."""
    with ExitStack() as held:
        folder = stores.folder / "ingest"
        before = set(children_of(os.getpid()))
        server = held.enter_context(DemoServer(folder))
        server.start()
        processes = [child for child in children_of(os.getpid()) if child not in before]
        processes.append(postmaster(folder))
        lines = [Line(server.url) for _ in range(TEAMS)]
        for line in lines:
            held.callback(line.close)
        token = admin_token(folder)
        senders = [Sender(line, village_code(n), token) for n, line in enumerate(lines)]
        connection = held.enter_context(_connected(folder))
        visits = _visits(stores, sizes)
        mine: list[Cost] = []
        copied: list[Cost] = []
        for round_ in range(sizes.heavy_rounds + sizes.keep_warm_up):
            requests = [_requests(s, visits[n::TEAMS]) for n, s in enumerate(senders)]
            for is_ours in (True, False) if round_ % 2 == 0 else (False, True):
                if is_ours:
                    mine.append(_send(senders, lines, requests, processes))
                    _await_projection(server, senders, sizes, round_ + 1)
                else:
                    copied.append(_copy(connection, visits, processes))
    yield _row(mine[sizes.keep_warm_up :], copied[sizes.keep_warm_up :], sizes)


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


def _await_projection(server: DemoServer, senders: Sequence[Sender], sizes: Sizes, rounds: int) -> None:
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        made = sum(server.counts(sender.workspace).get("visit", 0) for sender in senders)
        if made >= sizes.ingest_changes * rounds:
            return
        time.sleep(0.5)
    raise Trouble("服务器没有把走访整理进记录表。", code="bench_ingest")


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


def _row(mine: Sequence[Cost], copied: Sequence[Cost], sizes: Sizes) -> Row:
    cost, floor = middle(mine), middle(copied)
    count = sizes.ingest_changes
    return Row(
        "server-ingest",
        f"{DESCRIPTIONS['server-ingest']}（{count} 条，每段 {MAX_CHANGES} 条，{TEAMS} 台电脑同时传）",
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
        },
    )
