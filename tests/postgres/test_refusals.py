"""What the server does not take, and that it takes everything else in the same request."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import psycopg
import pytest
import zstandard
from nacl.signing import SigningKey

from tests.helpers.servers import ServerProcess
from tests.postgres.laptops import RawLaptop, change
from villageapp.models.ids import new_id
from villageapp.server import admin
from villageapp.sync import chain, protocol, seal
from villageapp.sync.chain import NO_HASH, Header, Sealed
from villageapp.sync.change import DELETE, DELETED
from villageapp.sync.protocol import Message

Pair = tuple[RawLaptop, RawLaptop]


def one(name: str = "甲") -> Any:
    return change(new_id(), {"head": name})


def codes(answer: Message) -> list[tuple[str, int, str]]:
    return [(r.replica_id, r.first_seq, r.code) for r in answer.refusals]


def quarantined(server: ServerProcess, replica_id: str) -> list[int]:
    """First numbers of the segments that wait for review."""
    assert server.dsn is not None
    with psycopg.connect(server.dsn) as connection:
        query = "SELECT first_seq FROM quarantine WHERE replica_id = %s ORDER BY first_seq"
        return [row[0] for row in connection.execute(query, (replica_id,))]


def error_of(answer: Any) -> tuple[int, str]:
    said = answer.json()["error"]
    assert said["message"]
    assert "\n" not in said["message"]
    return answer.status_code, said["code"]


def signed(laptop: RawLaptop, body: bytes, first: int = 1, last: int = 1) -> Sealed:
    """A rightly signed segment with any body."""
    header = msgspec.msgpack.encode(
        Header(chain.VERSION, laptop.workspace, laptop.replica_id, first, last, NO_HASH, seal.CODEC)
    )
    unsigned = Sealed(header, body, b"")
    return replace(unsigned, signature=laptop.key.sign(unsigned.hash).signature)


def test_a_gap_names_the_expected_number_and_others_are_kept(pair: Pair) -> None:
    first, second = pair
    _, late = first.write(one()), first.write(one())
    good = second.write(one())
    answer = second.send([late, good])
    assert codes(answer) == [(first.replica_id, 2, "gap")]
    assert answer.refusals[0].expected == 1
    assert answer.hello.vector == {second.replica_id: 1}


def test_other_bytes_under_a_known_number_are_a_fork(pair: Pair) -> None:
    first, _ = pair
    first.send([first.write(one("甲"))])
    restored = replace(first, vector={}, own=[], held=[])
    answer = restored.send([restored.write(one("乙"))])
    assert codes(answer) == [(first.replica_id, 1, "fork")]
    assert answer.hello.vector == {first.replica_id: 1}


def test_a_chain_that_leaves_a_known_segment_in_the_middle_is_a_fork(pair: Pair) -> None:
    first, _ = pair
    first.send([first.write(one()), first.write(one())])
    restored = replace(first, vector={}, own=[], held=[])
    answer = restored.send([restored.write(one(), one(), one())])
    assert codes(answer) == [(first.replica_id, 1, "fork")]


@pytest.mark.parametrize("part", ["header", "body", "signature"])
def test_one_flipped_bit_is_refused(pair: Pair, part: str) -> None:
    first, second = pair
    sealed = first.write(one())
    content = bytearray(getattr(sealed, part))
    content[len(content) // 2] ^= 1
    good = second.write(one())
    answer = second.send([replace(sealed, **{part: bytes(content)}), good])
    assert [r.code for r in answer.refusals] in (["bad_signature"], ["malformed"], ["not_enrolled"])
    assert answer.hello.vector == {second.replica_id: 1}


def test_a_forged_signature_is_refused(pair: Pair) -> None:
    first, second = pair
    forger = replace(second, replica_id=first.replica_id, key=SigningKey.generate())
    assert codes(second.send([forger.write(one())])) == [(first.replica_id, 1, "bad_signature")]


def test_a_stranger_s_segment_is_refused(pair: Pair) -> None:
    first, _ = pair
    stranger = replace(first, replica_id=new_id(), key=SigningKey.generate())
    assert codes(first.send([stranger.write(one())])) == [(stranger.replica_id, 1, "not_enrolled")]


def test_a_segment_of_another_workspace_is_refused(pair: Pair) -> None:
    first, _ = pair
    elsewhere = replace(first, workspace=new_id())
    assert codes(first.send([elsewhere.write(one())])) == [(first.replica_id, 1, "wrong_workspace")]


def test_a_newer_segment_format_is_refused_and_stays_with_its_author(pair: Pair) -> None:
    first, _ = pair
    sealed = signed(first, seal.pack([one()]))
    newer = msgspec.msgpack.encode([2, *msgspec.msgpack.decode(sealed.header)[1:]])
    assert [r.code for r in first.send([replace(sealed, header=newer)]).refusals] == ["upgrade_required"]


BOMB = zstandard.ZstdCompressor().compress(bytes(300_000_000))
UNSIZED_BOMB = zstandard.ZstdCompressor(write_content_size=False).compress(bytes(30_000_000))


@pytest.mark.parametrize(
    "body", [b"", b"garbage", BOMB, UNSIZED_BOMB, zstandard.compress(b"\x93\x90\x90\x90")],
    ids=["empty", "garbage", "bomb", "bomb without size", "no changes"],
)  # fmt: skip
def test_a_body_that_is_no_body_is_refused(pair: Pair, body: bytes) -> None:
    first, _ = pair
    assert codes(first.send([signed(first, body)])) == [(first.replica_id, 1, "malformed")]


@pytest.mark.parametrize(
    "bad",
    [
        {"fields": {"head": b"bytes"}},
        {"fields": {"head": float("nan")}},
        {"fields": {"Head; DROP TABLE": 1}},
        {"fields": {"rows": [[[[[[[[[[1]]]]]]]]]]}},
        {"fields": {"count": 2**64 - 1}},
        {"fields": {DELETED: {"replica": "all"}}, "kind": DELETE},
        {"entity": "house hold"},
        {"actor": "张三"},
        {"hlc": -1},
        {"seq": 2},
    ],
    ids=str,
)
def test_content_that_no_laptop_could_store_is_refused(pair: Pair, bad: dict[str, Any]) -> None:
    first, _ = pair
    body = seal.pack([replace(one(), **{"seq": 1, **bad})])
    assert codes(first.send([signed(first, body)])) == [(first.replica_id, 1, "malformed")]


def test_unknown_entities_and_fields_are_kept(server: ServerProcess, pair: Pair) -> None:
    first, second = pair
    first.write(change(new_id(), {"soil": ["loess", None], "text": "a\0b"}, entity="orchard_of_2031"))
    first.sync()
    second.sync()
    assert second.vector == first.vector
    assert server.counts(first.workspace) == {"orchard_of_2031": 1}


def test_who_is_not_enrolled_learns_nothing(pair: Pair) -> None:
    first, _ = pair
    content = protocol.encode(Message(first.hello()))
    for token in ("149901.wrong", "140105.wrong", "x" * 500):
        assert error_of(replace(first, token=token).send_raw(content)) == (401, "bad_token")
    basic = first.send_raw(content, Authorization="Basic abc")
    assert error_of(basic) == (401, "bad_token")
    assert basic.headers["www-authenticate"] == "Bearer"


def test_a_token_opens_only_its_own_workspace(server: ServerProcess, pair: Pair) -> None:
    first, _ = pair
    other = RawLaptop(server.url, "149901999001")
    other.enrol(server.enrol_code(other.village))
    content = protocol.encode(Message(other.hello()))
    assert error_of(replace(other, token=first.token).send_raw(content)) == (401, "bad_token")
    assert error_of(replace(first, workspace="no-uuid").send_raw(content)) == (401, "bad_token")


def test_the_first_frame_must_name_the_laptop_of_the_token(pair: Pair) -> None:
    first, second = pair
    content = protocol.encode(Message(first.hello(replica_id=second.replica_id)))
    assert error_of(first.send_raw(content)) == (403, "wrong_workspace")


@pytest.mark.parametrize("content", [b"", b"<html>", b"\x01\xff\xff\xff\xff", b"\x09\x00\x00\x00\x00"])
def test_garbage_frames_are_refused(pair: Pair, content: bytes) -> None:
    assert error_of(pair[0].send_raw(content)) == (400, "malformed")


def test_a_request_cut_anywhere_changes_nothing(server: ServerProcess, pair: Pair) -> None:
    first, _ = pair
    content = protocol.encode(Message(first.hello(), [first.write(one())]))
    for length in range(0, len(content), 37):
        assert error_of(first.send_raw(content[:length])) == (400, "malformed")
    assert first.send().hello.vector == {}


def test_another_content_type_is_refused(pair: Pair) -> None:
    answer = pair[0].send_raw(b"{}", **{"Content-Type": "application/json"})
    assert error_of(answer) == (415, "wrong_media_type")


def test_a_body_over_the_limit_is_refused_before_it_is_read(pair: Pair) -> None:
    first, _ = pair
    assert error_of(first.send_raw(b"x" * (protocol.MAX_MESSAGE + 1))) == (413, "too_large")


def test_a_body_of_unknown_length_is_cut_off_at_the_limit(pair: Pair) -> None:
    first, _ = pair
    parts = (bytes(1024 * 1024) for _ in range(40))
    assert error_of(first.send_raw(parts)) == (413, "too_large")


def test_another_protocol_is_told_to_upgrade(pair: Pair) -> None:
    first, _ = pair
    answer = first.post(f"/sync/v2/workspaces/{first.workspace}/exchange", b"")
    assert error_of(answer) == (426, "upgrade_required")


def test_unknown_addresses_answer_in_the_same_form(pair: Pair) -> None:
    first, _ = pair
    assert error_of(first.post("/nothing", b"")) == (404, "not_found")
    assert error_of(first.post("/sync/v1/nothing", b"")) == (404, "not_found")
    assert error_of(first.post("/admin/v1/workspaces", b"")) == (405, "method_not_allowed")


def test_a_revoked_laptop_hands_its_work_over_for_review_and_is_given_nothing(
    server: ServerProcess, pair: Pair
) -> None:
    first, second = pair
    kept = first.write(one())
    first.send([kept])
    admin.revoke(server.data_dir, server.dsn, first.replica_id)
    second.send([second.write(one())])
    late = [first.write(one()) for _ in range(3)]
    for _ in range(2):  # the second time they are known
        answer = first.send(late)
        own = [(first.replica_id, n, "revoked") for n in (2, 3, 4)]
        assert codes(answer) == [*own, (first.replica_id, 0, "revoked")]
        assert (answer.segments, answer.certificates, answer.receipt) == ([], [], None)
    assert quarantined(server, first.replica_id) == [2, 3, 4]
    answer = second.send([kept, *late])
    assert codes(answer) == own
    assert [s.hash for s in answer.segments if s.hash in {x.hash for x in late}] == []
    assert kept.hash in {s.hash for s in answer.segments}


def test_a_revoked_laptop_s_forged_segment_is_not_kept(server: ServerProcess, pair: Pair) -> None:
    first, second = pair
    admin.revoke(server.data_dir, server.dsn, first.replica_id)
    forger = replace(second, replica_id=first.replica_id, key=SigningKey.generate())
    assert codes(second.send([forger.write(one())])) == [(first.replica_id, 1, "bad_signature")]


def test_answers_carry_security_headers(pair: Pair) -> None:
    first, _ = pair
    answer = first.post("/nothing", b"")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert "server" not in answer.headers
