"""Starting, stopping, and sharing the embedded PostgreSQL."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from tests.helpers.servers import eventually, fresh_database, roomy_folder, running_server, start_server
from tests.postgres.laptops import RawLaptop, change
from villageapp.errors import Trouble
from villageapp.models.ids import new_id
from villageapp.server import admin
from villageapp.server.run import run
from villageapp.sync import protocol
from villageapp.sync.protocol import Message

VILLAGE = "149901000001"


def postmasters(folder: Path) -> list[psutil.Process]:
    """PostgreSQL processes at work in a folder."""
    place, found = str((folder / "postgres").resolve()), []
    for process in psutil.process_iter(["cmdline", "status"]):
        gone = process.info["status"] == psutil.STATUS_ZOMBIE
        if not gone and place in (process.info["cmdline"] or ()):
            found.append(process)
    return found


@pytest.fixture
def folder() -> Iterator[Path]:
    """A server's folder; whatever a failed test leaves running there is ended."""
    with roomy_folder() as room:
        yield room / "server"
        for process in postmasters(room / "server"):
            process.terminate()


def test_a_server_keeps_everything_over_restarts_and_leaves_no_process(folder: Path) -> None:
    with running_server(folder) as server:
        laptop = RawLaptop(server.url, VILLAGE)
        laptop.enrol(server.enrol_code(VILLAGE))  # a second process on the same PostgreSQL
        laptop.write(change(new_id(), {"head": "甲"}))
        laptop.sync()
        state = server.state(laptop.workspace)
        assert len(postmasters(folder)) == 1
        assert server.stop() == 0
        assert eventually(lambda: not postmasters(folder))
    with running_server(folder) as server:
        laptop.url = server.url
        assert laptop.send().hello.vector == laptop.vector
        assert server.state(laptop.workspace) == state
        assert server.counts(laptop.workspace) == {"household": 1}
    assert eventually(lambda: not postmasters(folder))
    assert admin.state_hash(folder, None, laptop.workspace) == state["hash"]  # with no server at all
    assert eventually(lambda: not postmasters(folder))


def test_a_server_whose_power_is_cut_comes_back_with_what_it_acknowledged(folder: Path) -> None:
    server = start_server(folder)
    try:
        laptop = RawLaptop(server.url, VILLAGE)
        laptop.enrol(server.enrol_code(VILLAGE))
        laptop.write(change(new_id(), {"head": "甲"}))
        assert laptop.sync().receipt is not None
        _kill_postgres(folder)
        assert eventually(lambda: _keeps(laptop), 60)  # PostgreSQL is started again under the running server
        _kill_postgres(folder)
    finally:
        server.kill()
    with running_server(folder) as server:
        laptop.url = server.url
        assert laptop.send().hello.vector == laptop.vector
        assert server.counts(laptop.workspace) == {"household": 1}
    assert eventually(lambda: not postmasters(folder))


def _kill_postgres(folder: Path) -> None:
    for process in postmasters(folder):
        process.kill()


def _keeps(laptop: RawLaptop) -> bool:
    """Whether the server answers, with everything it acknowledged; until then it says when to come back."""
    answer = laptop.send_raw(protocol.encode(Message(laptop.hello())))
    if answer.status_code != 200:
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "busy")
        assert int(answer.headers["retry-after"]) > 0
        return False
    assert protocol.decode(answer.content).hello.vector == laptop.vector
    return True


def test_a_signal_while_it_starts_ends_it_cleanly(folder: Path) -> None:
    code = "import sys; from pathlib import Path; from villageapp.server.run import run; run(Path(sys.argv[1]), None, port=0)"
    process = subprocess.Popen([sys.executable, "-c", code, str(folder)])
    assert eventually((folder / "postgres.users").exists)
    process.terminate()
    assert process.wait(40) == 0
    assert eventually(lambda: not postmasters(folder))


def test_secrets_are_readable_by_their_owner_alone(folder: Path) -> None:
    admin.init(folder)
    admin.init(folder)
    for name in ("province.key", "admin.token", "postgres.password"):
        assert (folder / name).stat().st_mode & 0o077 == 0
    with running_server(folder), pytest.raises(psycopg.OperationalError):
        socket_dir = str(folder / "postgres")
        psycopg.connect(host=socket_dir, user="postgres", dbname="postgres", connect_timeout=5)


def test_a_port_in_use_is_refused_before_anything_starts(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(Trouble) as caught:
        run(folder, None, "127.0.0.1", taken.getsockname()[1])
    assert caught.value.code == "port_in_use"
    assert "已被占用" in caught.value.message
    assert not folder.exists()


@pytest.mark.parametrize("host", ["no host", "198.51.100.1"])
def test_an_address_that_is_not_ours_is_refused(folder: Path, host: str) -> None:
    with pytest.raises(Trouble) as caught:
        run(folder, None, host, 0)
    assert caught.value.code == "cannot_listen"


@pytest.mark.parametrize("dsn", ["postgresql://nobody@127.0.0.1:1/none", "not a dsn"])
def test_a_database_that_does_not_answer_is_named(folder: Path, dsn: str) -> None:
    with pytest.raises(Trouble) as caught:
        admin.init(folder, dsn)
    assert caught.value.code == "database_unreachable"


def test_keys_and_database_must_belong_together(folder: Path, postgres_dsn: str, tmp_path: Path) -> None:
    dsn = fresh_database(postgres_dsn)
    admin.init(folder, dsn)
    other = tmp_path / "other"
    with pytest.raises(Trouble) as caught:
        admin.init(other, dsn)
    assert caught.value.code == "province_key_missing"
    (other / "province.key").write_text("11" * 32)
    with pytest.raises(Trouble) as caught:
        admin.init(other, dsn)
    assert caught.value.code == "province_key_differs"
    (folder / "province.key").write_text("damaged")
    with pytest.raises(Trouble) as caught:
        admin.init(folder, dsn)
    assert caught.value.code == "province_key_damaged"


def test_a_database_of_a_newer_program_is_left_alone(folder: Path, postgres_dsn: str) -> None:
    dsn = fresh_database(postgres_dsn)
    admin.init(folder, dsn)
    with psycopg.connect(dsn) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(Trouble) as caught:
        admin.init(folder, dsn)
    assert caught.value.code == "newer_schema"


def test_unknown_workspaces_and_laptops_are_named(folder: Path, postgres_dsn: str) -> None:
    from villageapp.errors import NotFound

    dsn = fresh_database(postgres_dsn)
    for ask in (admin.counts, admin.state_hash, admin.rebuild, admin.revoke):
        for wanted in (new_id(), "nonsense"):
            with pytest.raises(NotFound):
                ask(folder, dsn, wanted)
