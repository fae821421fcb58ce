"""Whatever arrives as a message, segment or body is refused with a SyncError or read back exactly."""

from __future__ import annotations

import uuid
from itertools import pairwise

import msgspec
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from nacl.signing import SigningKey

from villageapp.errors import SyncError, SyncKind
from villageapp.sync import chain, protocol, seal
from villageapp.sync.chain import NO_HASH, Header, Sealed, Signed
from villageapp.sync.change import KINDS, SET, Change, Clock

KEY = SigningKey(bytes(32))
scalars = st.one_of(st.none(), st.booleans(), st.integers(-(2**60), 2**60), st.text(max_size=20))
wire = st.one_of(
    scalars,
    st.lists(scalars, max_size=3),
    st.lists(st.dictionaries(st.text(max_size=5), scalars, max_size=3), max_size=2),
)
clocks = st.tuples(st.integers(0, 2**62), st.uuids().map(str), st.integers(1, 10**6)).map(lambda c: Clock(*c))


@st.composite
def changes(draw: st.DrawFn) -> list[Change]:
    made, hlc = [], draw(st.integers(0, 2**50))
    for seq in range(1, draw(st.integers(1, 12)) + 1):
        fields = draw(st.dictionaries(st.sampled_from(["name", "phone", "risks", "未来"]), wire, min_size=1))
        bases = {
            n: tuple(draw(st.lists(clocks, min_size=1, max_size=2))) for n in fields if draw(st.booleans())
        }
        hlc += draw(st.integers(-5, 1000))
        entity, kind = draw(st.sampled_from(["household", "visit"])), draw(st.sampled_from(sorted(KINDS)))
        made.append(
            Change(
                seq,
                max(hlc, 0),
                draw(st.sampled_from(["甲", "乙"])),
                entity,
                str(uuid.uuid4()),
                kind,
                fields,
                bases,
            )
        )
    return made


@given(changes())
def test_bodies_come_back_exactly(made: list[Change]) -> None:
    back = seal.unpack(seal.pack(made))
    assert [(c, dict(c.fields), dict(c.bases)) for c in back] == [
        (c, dict(c.fields), dict(c.bases)) for c in made
    ]


@given(st.binary(max_size=300))
def test_random_bodies_are_refused(body: bytes) -> None:
    for attempt in (body, zstandard.ZstdCompressor().compress(body)):
        with pytest.raises(SyncError):
            seal.unpack(attempt)


@given(st.binary(max_size=300))
def test_random_messages_are_refused(content: bytes) -> None:
    with pytest.raises(SyncError):
        protocol.decode(content)


@given(st.data())
def test_a_message_cut_or_flipped_never_crashes(data: st.DataObject) -> None:
    hello = protocol.Hello("w", "r", {"r": 3}, 1, 1, "test")
    segment = chain.seal_segment(
        "w", "r", [Change(1, 1, "a", "visit", str(uuid.uuid4()), SET, {"x": 1})], NO_HASH, KEY
    )
    whole = protocol.encode(protocol.Message(hello, [segment], [Signed(b"c", b"s")], [], Signed(b"r", b"s")))
    assert protocol.encode(protocol.decode(whole)) == whole
    position = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises(SyncError):
        protocol.decode(whole[:position])
    flipped = bytearray(whole)
    flipped[position] ^= data.draw(st.integers(1, 255))
    try:
        protocol.decode(bytes(flipped))
    except SyncError as error:
        assert error.kind is SyncKind.PROTOCOL


@given(st.data())
def test_a_message_in_pieces_of_any_size_is_read_and_a_beginning_gives_its_whole_frames(
    data: st.DataObject,
) -> None:
    change = Change(1, 1, "a", "visit", str(uuid.uuid4()), SET, {"x": 1})
    segments = [chain.seal_segment("w", "r", [change], NO_HASH, KEY) for _ in range(3)]
    hello = protocol.Hello("w", "r", {"r": 3}, 1, 1, "test", limit=7, certificates=b"12345678")
    whole = protocol.encode(protocol.Message(hello, segments, [Signed(b"c", b"s")], [], Signed(b"r", b"s")))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=6)))
    reader = protocol.Reader()
    for start, end in pairwise([0, *cuts, len(whole)]):
        reader.feed(whole[start:end])
    assert reader.finished() == protocol.decode(whole)
    beginning = protocol.Reader()
    beginning.feed(whole[: data.draw(st.integers(0, len(whole) - 1))])
    assert not beginning.ended
    came = beginning.message
    assert came is None or came.segments == segments[: len(came.segments)]
    with pytest.raises(SyncError):
        beginning.finished()


def test_nothing_may_follow_the_end_and_nothing_come_before_the_hello() -> None:
    hello = protocol.encode(protocol.Message(protocol.Hello("w", "r", {}, 1, 1, "test")))
    for content in (hello + hello, hello + b"\x63\0\0\0\0", b"\x02\0\0\0\0" + hello, hello[:-5] + hello):
        with pytest.raises(SyncError):
            protocol.decode(content)
    unknown = b"\x63\0\0\0\x02ab"
    assert protocol.decode(hello[:-5] + unknown + hello[-5:]).hello.workspace == "w"


def test_a_zip_bomb_is_bounded() -> None:
    bomb = zstandard.ZstdCompressor().compress(bytes(seal.MAX_UNPACKED * 4))
    assert len(bomb) < 100_000
    with pytest.raises(SyncError):
        seal.unpack(bomb)


def test_a_bomb_that_states_its_size_and_one_of_rows_are_refused() -> None:
    stated = zstandard.ZstdCompressor(write_content_size=True).compress(bytes(seal.MAX_UNPACKED + 1))
    zeros = list(bytes(200_000))
    group = ["visit", SET, 1, [], zeros, zeros, zeros, bytes(16 * 200_000), [], []]
    rows = zstandard.ZstdCompressor().compress(msgspec.msgpack.encode([["a"], [], [group]]))
    for body in (stated, rows):
        assert len(body) < 10_000
        with pytest.raises(SyncError, match="上限"):
            seal.unpack(body)


def test_foreign_values_and_too_deep_ones_are_refused() -> None:
    for value in (b"bytes", 1.5, 2**63, [[[[[1]]]]], {"a": {"b": {"c": {"d": {"e": 1}}}}}):
        change = Change(1, 1, "a", "visit", str(uuid.uuid4()), SET, {"x": value})
        with pytest.raises(SyncError):
            seal.unpack(seal.pack([change]))


@pytest.mark.parametrize(
    "header",
    [
        Header(2, "w", "r", 1, 1, NO_HASH, seal.CODEC),
        Header(1, "w", "r", 1, 1, NO_HASH, 99),
        Header(1, "w", "r", 0, 1, NO_HASH, seal.CODEC),
        Header(1, "w", "r", 5, 4, NO_HASH, seal.CODEC),
        Header(1, "w", "r", 1, 100_000, NO_HASH, seal.CODEC),
    ],
)
def test_headers_out_of_range_are_refused(header: Header) -> None:
    with pytest.raises(SyncError) as told:
        Sealed(msgspec.msgpack.encode(header), b"", b"").read_header()
    wanted = (
        SyncKind.TOO_OLD if header.v != chain.VERSION or header.codec != seal.CODEC else SyncKind.PROTOCOL
    )
    assert told.value.kind is wanted


def test_certificates_and_receipts_need_the_province(tmp_path: object) -> None:
    receipt = chain.Receipt("w", {"r": 1}, "e", 1)
    signed = chain.sign(receipt, KEY)
    assert chain.read_receipt(signed, bytes(KEY.verify_key)) == receipt
    for broken in (
        Signed(signed.body + b"x", signed.signature),
        Signed(signed.body, bytes(64)),
        Signed(b"", b""),
    ):
        with pytest.raises(SyncError):
            chain.read_receipt(broken, bytes(KEY.verify_key))
    with pytest.raises(SyncError):
        chain.read_receipt(signed, bytes(SigningKey.generate().verify_key))
