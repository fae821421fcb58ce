"""Power cuts, killed processes, eight writers at once, overload: nothing lost, nothing doubled."""

from __future__ import annotations

import os
import random
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
import psycopg
import pytest
from sqlalchemy import event

from tests.helpers.servers import (
    ServerProcess,
    eventually,
    fresh_database,
    roomy_folder,
    running_server,
    start_server,
)
from tests.postgres.laptops import RawLaptop, change
from villageapp.models.ids import new_id
from villageapp.server import admin, store
from villageapp.server.access import Laptop
from villageapp.server.opening import open_province
from villageapp.sync import protocol
from villageapp.sync.protocol import Message

VILLAGE = "149901444001"


def write(laptop: RawLaptop, changes: int = 20) -> None:
    laptop.write(*(change(new_id(), {"head": f"户{i}", "note": "字" * 40}) for i in range(changes)))


def enrolled(server: ServerProcess, village: str = VILLAGE) -> RawLaptop:
    laptop = RawLaptop(server.url, village)
    laptop.enrol(server.enrol_code(village))
    return laptop


def push(laptop: RawLaptop) -> bool:
    """Send everything that the server lacks; whether it has all of it now."""
    try:
        content = protocol.encode(Message(laptop.hello(), laptop.own[-200:]))
        answer = laptop.send_raw(content)
    except httpx.HTTPError:
        return False
    if answer.status_code != 200:
        assert answer.status_code in (429, 503), answer.text
        assert answer.headers["retry-after"]
        return False
    known = protocol.decode(answer.content).hello.vector
    return known.get(laptop.replica_id, 0) == laptop.vector[laptop.replica_id]


@contextmanager
def pushing(laptop: RawLaptop) -> Iterator[None]:
    """A laptop that writes and sends without pause, whatever happens to the server."""
    ends = threading.Event()

    def work() -> None:
        while not ends.is_set():
            write(laptop)
            push(laptop)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        ends.set()
        thread.join()


def check_nothing_lost_nothing_doubled(server: ServerProcess, laptop: RawLaptop) -> None:
    """I1 to I3: the server and a colleague have exactly what was written."""
    laptop.url = server.url
    assert eventually(lambda: push(laptop), 60)
    written = laptop.vector[laptop.replica_id]
    assert server.counts(laptop.workspace) == {"household": written}
    colleague = enrolled(server, laptop.village)
    colleague.sync()
    assert [s.hash for s in colleague.held] == [s.hash for s in laptop.own]


@pytest.mark.parametrize("kills", [5, pytest.param(40, marks=pytest.mark.long)])
def test_a_server_killed_at_any_moment_keeps_what_it_acknowledged(
    postgres_dsn: str, tmp_path: Path, kills: int
) -> None:
    seed = random.Random(5)
    dsn = fresh_database(postgres_dsn)
    server = start_server(tmp_path, dsn)
    try:
        laptop = enrolled(server)
        for _ in range(kills):
            with pushing(laptop):
                threading.Event().wait(seed.uniform(0.02, 0.4))
                server.kill()
            server = start_server(tmp_path, dsn)
            laptop.url = server.url
        check_nothing_lost_nothing_doubled(server, laptop)
    finally:
        server.stop()


@pytest.mark.parametrize("kills", [4, pytest.param(30, marks=pytest.mark.long)])
def test_a_killed_postgresql_is_started_again_and_keeps_what_was_acknowledged(kills: int) -> None:
    seed = random.Random(7)
    with roomy_folder() as folder, running_server(folder / "server") as server:
        laptop = enrolled(server)
        with pushing(laptop):
            for round_ in range(kills):
                threading.Event().wait(seed.uniform(0.05, 0.5))
                _kill_postgres(folder / "server" / "postgres", whole=round_ % 2 == 0)
                assert eventually(lambda: _answers(server), 60)
        check_nothing_lost_nothing_doubled(server, laptop)


def _kill_postgres(folder: Path, *, whole: bool) -> None:
    """Kill -9 of PostgreSQL's first process, or of one that works for a connection."""
    number = int((folder / "postmaster.pid").read_text().split("\n", 1)[0])
    workers = [p for p in psutil.Process(number).children() if "postgres" in p.name()]
    os.kill(number if whole or not workers else workers[-1].pid, signal.SIGKILL)


def _answers(server: ServerProcess) -> bool:
    try:
        return isinstance(server.ask("workspaces"), list)
    except httpx.HTTPError:
        return False


def test_eight_writers_and_a_reader_who_never_misses_a_segment(server: ServerProcess, village: str) -> None:
    writers = [enrolled(server, village) for _ in range(8)]
    reader = enrolled(server, village)
    seed = random.Random(11)
    pauses = [[seed.uniform(0, 0.02) for _ in range(25)] for _ in writers]

    def work(number: int) -> None:
        for pause in pauses[number]:
            write(writers[number], 2)
            threading.Event().wait(pause)
            writers[number].send(writers[number].own[-1:])

    with ThreadPoolExecutor(8) as pool:
        jobs = [pool.submit(work, number) for number in range(8)]
        while not all(job.done() for job in jobs):
            _read(reader)
        for job in jobs:
            job.result()
    _read(reader)
    assert {w.replica_id: 50 for w in writers} == reader.vector
    assert len(reader.held) == 200


def _read(reader: RawLaptop) -> None:
    answer = reader.send()
    for sealed in answer.segments:
        header = sealed.read_header()
        assert header.first_seq == reader.vector.get(header.replica_id, 0) + 1
        reader.take(Message(answer.hello, [sealed]))


def test_five_times_more_requests_than_places_are_all_served_in_the_end(
    server: ServerProcess, village: str
) -> None:
    laptops = [enrolled(server, village) for _ in range(20)]
    for laptop in laptops:
        write(laptop, 50)
    seen: list[int] = []

    def insist(laptop: RawLaptop) -> None:
        with httpx.Client(base_url=server.url, trust_env=False, timeout=60) as client:
            content = protocol.encode(Message(laptop.hello(), laptop.own))
            headers = {"Authorization": f"Bearer {laptop.token}", "Content-Type": protocol.MEDIA_TYPE}
            for attempt in range(200):
                answer = client.post(
                    protocol.exchange_path(laptop.workspace), content=content, headers=headers
                )
                seen.append(answer.status_code)
                if answer.status_code == 200:
                    return
                assert answer.status_code == 503
                assert 1 <= int(answer.headers["retry-after"]) <= 30
                threading.Event().wait(random.uniform(0, 0.05 * (attempt + 1)))
        pytest.fail("a laptop was starved")

    with ThreadPoolExecutor(320) as pool:
        for job in [pool.submit(insist, laptop) for laptop in laptops for _ in range(16)]:
            job.result()
    assert seen.count(200) == 320
    assert server.counts(laptops[0].workspace) == {"household": 1000}


def test_every_query_on_a_partitioned_table_names_one_county(postgres_dsn: str, tmp_path: Path) -> None:
    dsn = fresh_database(postgres_dsn)
    with running_server(tmp_path, dsn) as server:
        laptop = enrolled(server)
        write(laptop)
    with open_province(tmp_path, dsn) as province:
        asked: list[tuple[str, Any]] = []

        @event.listens_for(province.engine, "before_cursor_execute")
        def _note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
            asked.append((statement, parameters))

        here = Laptop("149901", laptop.workspace, laptop.replica_id)
        _exchanged(province, here, Message(laptop.hello(), laptop.own))
        _exchanged(province, here, Message(laptop.hello(vector={})))
        admin.counts_of(province, laptop.workspace)
        admin.state_of(province, laptop.workspace)
    checked = 0
    with psycopg.connect(dsn) as connection:
        for statement, parameters in asked:
            if _touches(statement, ("segment", "record")) and not statement.startswith("INSERT"):
                one = parameters[0] if isinstance(parameters, list) else parameters
                plan = "\n".join(row[0] for row in connection.execute(f"EXPLAIN {statement}", one))
                parts = {word for word in plan.split() if word[:-2] in ("segment_", "record_")}
                assert len(parts) <= 1, f"{statement}\n{plan}"
                checked += 1
    assert checked >= 4


def _exchanged(province: Any, laptop: Laptop, message: Message) -> Message:
    from villageapp.server.certificates import Teams

    ask: Callable[..., Message] = store.exchange
    return ask(province, laptop, message, Teams())


def _touches(statement: str, tables: tuple[str, ...]) -> bool:
    words = statement.replace("\n", " ").replace(",", " ").split()
    return any(table in words for table in tables)
