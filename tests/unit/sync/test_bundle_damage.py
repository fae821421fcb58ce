"""Stick files that are cut, altered, foreign or forged: each refused whole, in words, and nothing changes."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pyrage
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from nacl.public import PrivateKey
from nacl.signing import SigningKey

from tests.helpers.laptops import PROVINCE, WORKSPACE, certify, laptop
from tests.helpers.sticks import Snapshot, add, damaged, give, offsets, take
from villageapp.errors import AppError, SyncError
from villageapp.models.log import Replica
from villageapp.services.workspace import Workspace
from villageapp.sync import age_keys, bundle_file, bundle_format, chain, store
from villageapp.sync.bundle_checks import inspect
from villageapp.sync.bundle_format import BlobHeader, Manifest, Part
from villageapp.sync.chain import Certificate, Sealed
from villageapp.sync.change import SCHEMA, SET, Change

FLIPS, CUTS = 60, 200
PAYLOADS = st.one_of(
    st.tuples(st.binary(max_size=9), st.binary(max_size=9), st.binary(max_size=9)).map(
        msgspec.msgpack.encode
    ),
    st.tuples(st.binary(max_size=9), st.binary(max_size=70)).map(msgspec.msgpack.encode),
    st.builds(
        BlobHeader,
        st.text(max_size=70),
        st.integers(-(2**62), 2**62),
        st.text(max_size=9),
        st.text(max_size=9),
    ).map(msgspec.msgpack.encode),
)
"""Frames whose form is right and whose content is anything."""


class Quiet:
    """Progress nobody watches."""

    def step(self, done: int, total: int, what: str) -> None:
        """Ignore."""

    def check_cancelled(self) -> None:
        """Never."""


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Workspace, Workspace]]:
    folder = tmp_path_factory.mktemp("pair")
    a, b = laptop(folder, "甲"), laptop(folder, "乙")
    certify(a, b)
    add(a, *range(1, 30))
    add(b, 500)
    with b.database.writing() as connection:
        store.seal_outbox(connection)
    yield a, b
    a.close()
    b.close()


@pytest.fixture(scope="module")
def good(pair: tuple[Workspace, Workspace], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("stick") / "good.zcb"
    give(pair[0], path)
    return path


def refused(work: Workspace, path: Path) -> AppError:
    """The refusal of a file, after checking that it changed nothing."""
    before = Snapshot.of(work)
    with pytest.raises(AppError) as caught:
        take(work, path)
    assert Snapshot.of(work) == before
    assert caught.value.message
    assert caught.value.remedy
    return caught.value


def test_cut_anywhere_it_is_refused_whole(
    pair: tuple[Workspace, Workspace], good: Path, tmp_path: Path
) -> None:
    whole = good.read_bytes()
    codes = set()
    for offset in offsets(len(whole), CUTS):
        (tmp_path / "cut.zcb").write_bytes(whole[:offset])
        codes.add(refused(pair[1], tmp_path / "cut.zcb").code)
    assert codes <= {"damaged", "not_a_bundle"}
    assert good.read_bytes() == whole


def test_one_flipped_bit_anywhere_is_noticed(
    pair: tuple[Workspace, Workspace], good: Path, tmp_path: Path
) -> None:
    codes = set()
    for offset in offsets(good.stat().st_size, FLIPS, seed=2):

        def flip(content: bytearray, at: int = offset) -> None:
            content[at] ^= 1 << (at % 8)

        codes.add(refused(pair[1], damaged(good, tmp_path / "flipped.zcb", flip)).code)
    assert codes <= {"damaged", "not_a_bundle", "not_for_us"}
    assert "damaged" in codes


@pytest.mark.parametrize(
    ("change", "code", "word"),
    [
        (lambda c: c.clear(), "not_a_bundle", "空"),
        (lambda c: c.__setitem__(slice(None), bytes(len(c))), "damaged", "零"),
        (lambda c: c.__setitem__(slice(900, None), bytes(len(c) - 900)), "damaged", "零"),
        (lambda c: c.__setitem__(slice(None), b"PK\x03\x04" + bytes(2000)), "not_a_bundle", "驻村通"),
        (lambda c: c.extend(b"more"), "damaged", "损坏"),
        (lambda c: c.__setitem__(slice(20, 21), b"2"), "not_a_bundle", "开头"),
        (lambda c: c.__setitem__(slice(22, 22), b"-> stanza of another\n\n"), "damaged", "改动"),
    ],
    ids=["empty", "zeros", "fake capacity", "zip", "appended", "other age version", "edited header"],
)
def test_each_damage_has_its_own_words(
    pair: tuple[Workspace, Workspace],
    good: Path,
    tmp_path: Path,
    change: Callable[[bytearray], Any],
    code: str,
    word: str,
) -> None:
    error = refused(pair[1], damaged(good, tmp_path / "bad.zcb", change))
    assert (error.code, word in error.message) == (code, True), error.message


def test_a_file_for_others_cannot_be_opened(
    pair: tuple[Workspace, Workspace], good: Path, tmp_path: Path
) -> None:
    outsider = laptop(tmp_path, "外村")
    certify(outsider)
    error = refused(outsider, good)
    assert error.code == "not_for_us"
    assert "这台电脑" in error.message
    outsider.close()


class Forger:
    """Makes stick files with whatever is wrong with them, encrypted to a laptop."""

    def __init__(self, reader: Workspace) -> None:
        with reader.transaction() as session:
            self.box_key = bytes(PrivateKey(session.get_one(Replica, 1).box_key).public_key)
        self.replica_id = "01900000-0000-7000-8000-00000000beef"
        self.key = SigningKey.generate()

    def certificate(self, workspace: str = WORKSPACE, province: SigningKey = PROVINCE) -> bytes:
        """A certificate of the forger's laptop."""
        public = bytes(self.key.verify_key)
        content = Certificate(
            self.replica_id, workspace, public, public, "", "某人", "", "2022-01-01", "2099-12-31"
        )
        return bundle_format.signed_frame(Part.CERTIFICATE, chain.sign(content, province))

    def manifest(self, **changed: Any) -> bytes:
        """The first frame."""
        manifest = Manifest(
            1,
            WORKSPACE,
            "149901100201",
            self.replica_id,
            "colleague",
            {self.replica_id: 1},
            0,
            SCHEMA,
            "test",
        )
        return bundle_format.manifest_frame(msgspec.structs.replace(manifest, **changed))

    def segment(self, workspace: str = WORKSPACE, key: SigningKey | None = None) -> bytes:
        """One change of the forger's."""
        record = "01900000-0000-7000-8000-0000000000aa"
        change = Change(1, 1 << 16, "x", "household", record, SET, {"phone": "13800000000"}, {})
        sealed = chain.seal_segment(workspace, self.replica_id, [change], chain.NO_HASH, key or self.key)
        return bundle_format.segment_frame(sealed)

    def write(self, path: Path, *frames: bytes, key: SigningKey | None = None) -> Path:
        """Seal and encrypt these frames."""
        signer = key or self.key
        bundle_file.write(
            path, iter(frames), lambda digest: signer.sign(digest).signature, [self.box_key], Quiet()
        )
        return path


def test_what_is_well_made_is_taken_and_what_a_stranger_made_is_not(
    pair: tuple[Workspace, Workspace], tmp_path: Path
) -> None:
    work = laptop(tmp_path, "丁")
    certify(work)
    forger = Forger(work)
    certificate, segment = forger.certificate(), forger.segment()
    stranger = SigningKey.generate()
    cases = {
        "bad_signature": forger.write(
            tmp_path / "1.zcb", forger.manifest(), certificate, segment, key=stranger
        ),
        "not_enrolled": forger.write(tmp_path / "2.zcb", forger.manifest(), segment),
        "wrong_workspace": forger.write(
            tmp_path / "3.zcb", forger.manifest(workspace="01900000-0000-7000-8000-00000000bbbb"), certificate
        ),
    }
    for code, path in cases.items():
        assert refused(work, path).code == code
    others = [
        (
            forger.write(tmp_path / "4.zcb", forger.manifest(), forger.certificate(province=stranger)),
            "bad_signature",
        ),
        (
            forger.write(tmp_path / "5.zcb", forger.manifest(), certificate, forger.segment(key=stranger)),
            "bad_signature",
        ),
        (
            forger.write(tmp_path / "6.zcb", forger.manifest(), certificate, forger.segment("other")),
            "wrong_workspace",
        ),
        (forger.write(tmp_path / "7.zcb", forger.manifest(v=2), certificate), "upgrade_required"),
        (forger.write(tmp_path / "8.zcb", certificate, forger.manifest()), "malformed"),
        (forger.write(tmp_path / "9.zcb", forger.manifest(), forger.manifest()), "malformed"),
        (forger.write(tmp_path / "10.zcb", forger.manifest(purpose="party"), certificate), "malformed"),
    ]
    for path, code in others:
        assert refused(work, path).code == code, path.name
    good = forger.write(tmp_path / "11.zcb", forger.manifest(), certificate, segment)
    assert take(work, good).changes == 1
    work.close()


def test_photos_that_are_not_what_they_are_called_are_refused(
    pair: tuple[Workspace, Workspace], tmp_path: Path
) -> None:
    forger = Forger(pair[1])
    for number, (size, content) in enumerate(
        [(3, b"ab"), (3, b"abcd"), (0, b""), (1 << 40, b"x"), (3, b"abc")]
    ):
        header = BlobHeader("00" * 32, size, "image/jpeg")
        frames = bundle_format.blob_frames(header, iter([content]))
        path = forger.write(tmp_path / f"{number}.zcb", forger.manifest(), forger.certificate(), *frames)
        assert refused(pair[1], path).code == "malformed"


@given(st.binary(max_size=400))
@example(b"")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_content_is_refused_or_read_never_a_crash(tmp_path: Path, content: bytes) -> None:
    """Encrypted by somebody who knows a public key, which is no secret."""
    box = PrivateKey(bytes(range(32)))
    recipient = pyrage.x25519.Recipient.from_str(age_keys.recipient(bytes(box.public_key)))
    path = tmp_path / "any.zcb"
    path.write_bytes(pyrage.encrypt(content, [recipient]))
    with pytest.raises(SyncError) as caught:
        bundle_file.read(path, bytes(box), lambda part, payload: None, Quiet())
    assert caught.value.code == "malformed"


@given(st.binary(max_size=300).map(lambda tail: b"age-encryption.org/v1\n" + tail))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_age_header_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "header.zcb"
    path.write_bytes(content)
    with pytest.raises(SyncError):
        bundle_file.read(path, bytes(32), lambda part, payload: None, Quiet())


@given(
    st.lists(
        st.tuples(
            st.sampled_from([*Part, 77]), st.one_of(st.binary(max_size=40), st.just(b"\xc0"), PAYLOADS)
        ),
        max_size=4,
    )
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_frames_of_a_certified_maker_are_refused_or_read(
    tmp_path: Path, frames: list[tuple[int, bytes]]
) -> None:
    """A broken or hostile program of a colleague: well encrypted, well sealed, anything inside."""
    box = PrivateKey(bytes(range(32)))
    recipient = pyrage.x25519.Recipient.from_str(age_keys.recipient(bytes(box.public_key)))
    manifest = Manifest(1, WORKSPACE, "", "", "reply", {}, 0, SCHEMA, "test")
    inside = [struct.pack(">BI", part, len(payload)) + payload for part, payload in frames]
    source = bundle_format.Source(
        iter([bundle_format.manifest_frame(manifest), *inside]),
        lambda digest: PROVINCE.sign(digest).signature,
        Quiet(),
    )
    path = tmp_path / "any.zcb"
    path.write_bytes(pyrage.encrypt(source.read(), [recipient]))
    try:
        contents = inspect(path, bytes(box), bytes(PROVINCE.verify_key), lambda manifest: {}, Quiet())
    except SyncError as error:
        assert error.message
        assert error.remedy
    else:
        assert contents.changes == 0  # nobody is certified, so no segment was


@pytest.mark.parametrize("made_at", [2**48, 2**63 - 1])
def test_a_manifest_from_beyond_the_calendar_is_refused(
    pair: tuple[Workspace, Workspace], tmp_path: Path, made_at: int
) -> None:
    forger = Forger(pair[1])
    path = forger.write(tmp_path / "x.zcb", forger.manifest(made_at_ms=made_at), forger.certificate())
    assert refused(pair[1], path).code == "malformed"


def test_frames_survive_being_cut_into_pieces_of_any_size() -> None:
    frames = [bundle_format.segment_frame(Sealed(b"h" * n, b"b" * (n * 999), b"s")) for n in range(1, 20)]
    manifest = bundle_format.manifest_frame(Manifest(1, "w", "v", "", "reply", {}, 0, 1, "t"))
    source = bundle_format.Source(
        iter([manifest, *frames]), lambda digest: PROVINCE.sign(digest).signature, Quiet()
    )
    content = source.read()
    for size in (1, 7, 4096, len(content)):
        seen: list[bytes] = []
        sink = bundle_format.Sink(_keep_in(seen))
        stream = io.BytesIO(content)
        while piece := stream.read(size):
            sink.write(piece)
        sink.close()
        assert len(seen) == 20
        assert SigningKey(bytes(range(32))).verify_key.verify(sink.signed, sink.seal)


def _keep_in(seen: list[bytes]) -> Callable[[int, bytes], None]:
    return lambda part, payload: seen.append(payload)
