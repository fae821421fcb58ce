"""Photos at the real server: raw requests over HTTP."""

from __future__ import annotations

import os
import random
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import pytest

from tests.helpers.servers import (
    ServerProcess,
    eventually,
    fresh_database,
    roomy_folder,
    start_server,
)
from tests.postgres.laptops import RawLaptop
from tests.postgres.tus import Uploader, metadata, sha
from villageapp.models.ids import new_id

PHOTO = random.Random(1).randbytes(300_000)


def enrolled(server: ServerProcess, village: str) -> RawLaptop:
    laptop = RawLaptop(server.url, village)
    laptop.enrol(server.enrol_code(village))
    return laptop


@pytest.fixture
def laptop(server: ServerProcess, village: str) -> RawLaptop:
    return enrolled(server, village)


@pytest.fixture
def uploader(laptop: RawLaptop) -> Uploader:
    return Uploader(laptop)


def stored(server: ServerProcess, laptop: RawLaptop) -> list[Path]:
    """Files of the workspace in the server's store."""
    return [p for p in (server.data_dir / "blobs").glob(f"*/{laptop.workspace}/*/*") if p.is_file()]


def arriving(server: ServerProcess, laptop: RawLaptop) -> list[Path]:
    """Files of uploads of the workspace that are not complete."""
    return list((server.data_dir / "uploads" / laptop.workspace.replace("-", "")).glob("*"))


def test_an_upload_in_two_parts_is_verified_stored_signed_for_and_comes_back(
    server: ServerProcess, laptop: RawLaptop, uploader: Uploader
) -> None:
    url = uploader.begin(PHOTO).headers["location"]
    assert uploader.patch(url, 0, PHOTO[:120_000]).headers["upload-offset"] == "120000"
    assert uploader.known(sha(PHOTO))[0].sha256 == []
    assert uploader.get(sha(PHOTO)).status_code == 404
    answer = uploader.ask("HEAD", url)
    assert (answer.headers["upload-offset"], answer.headers["upload-length"]) == ("120000", "300000")
    assert uploader.patch(url, 120_000, PHOTO[120_000:]).status_code == 204
    receipt, answer_known = uploader.known(sha(PHOTO), "0" * 64)
    assert receipt.sha256 == [sha(PHOTO)]
    assert receipt.epoch != ""
    assert [(one.size, one.media_type) for one in answer_known.listed] == [(300_000, "image/jpeg")]
    found = uploader.get(sha(PHOTO))
    assert found.content == PHOTO
    assert found.headers["content-type"] == "application/octet-stream"
    assert arriving(server, laptop) == []


def test_contents_lie_sealed_at_the_server_and_so_do_parts_of_them(
    server: ServerProcess, laptop: RawLaptop, uploader: Uploader
) -> None:
    text = b"Zhang San, household 7, illness " * 3000
    url = uploader.begin(text).headers["location"]
    uploader.patch(url, 0, text[:50_000])
    (data,) = [p for p in arriving(server, laptop) if p.suffix == ""]
    assert data.stat().st_size > 50_000
    assert b"illness" not in data.read_bytes()
    uploader.patch(url, 50_000, text[50_000:])
    (path,) = stored(server, laptop)
    assert path.name == sha(text)
    assert b"illness" not in path.read_bytes()
    assert uploader.get(sha(text)).content == text


@pytest.mark.parametrize(
    ("wanted", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=0-", 0, 300_000),
        ("bytes=65530-65545", 65_530, 65_546),
        ("bytes=299999-", 299_999, 300_000),
        ("bytes=131072-999999999", 131_072, 300_000),
    ],
)
def test_any_range_can_be_read(uploader: Uploader, wanted: str, start: int, end: int) -> None:
    uploader.upload(PHOTO)
    part = uploader.get(sha(PHOTO), Range=wanted)
    assert part.status_code == 206
    assert part.content == PHOTO[start:end]
    assert part.headers["content-range"] == f"bytes {start}-{end - 1}/300000"


def test_ranges_that_make_no_sense(uploader: Uploader) -> None:
    uploader.upload(PHOTO)
    assert uploader.get(sha(PHOTO), Range="bytes=300000-").status_code == 416
    for odd in ("bytes=-5", "bytes=1-2,5-9", "lines=1-2", "bytes=" + "9" * 4000):
        assert uploader.get(sha(PHOTO), Range=odd).content == PHOTO
    assert uploader.get("../../province.key").status_code == 404
    assert uploader.get(sha(PHOTO).upper()).status_code == 404


def test_a_corrupted_upload_is_refused_dropped_and_can_be_sent_again(
    server: ServerProcess, laptop: RawLaptop, uploader: Uploader
) -> None:
    broken = PHOTO[:200_000] + b"\0" + PHOTO[200_001:]
    url = uploader.begin(broken, claimed=sha(PHOTO)).headers["location"]
    answer = uploader.patch(url, 0, broken)
    assert (answer.status_code, answer.json()["error"]["code"]) == (460, "wrong_hash")
    assert uploader.ask("HEAD", url).status_code == 404
    assert uploader.known(sha(PHOTO), sha(broken))[0].sha256 == []
    assert stored(server, laptop) == arriving(server, laptop) == []
    assert uploader.upload(PHOTO).status_code == 204
    assert uploader.get(sha(PHOTO)).content == PHOTO


def test_without_a_token_nothing_is_written(
    server: ServerProcess, laptop: RawLaptop, uploader: Uploader
) -> None:
    url = uploader.begin(PHOTO).headers["location"]
    before = [(p, p.stat().st_size) for p in arriving(server, laptop)]
    for token in ("", "149901.wrong", f"{laptop.token}x"):
        stranger = Uploader(laptop, token=token)
        assert stranger.patch(url, 0, PHOTO).status_code == 401
        assert stranger.begin(PHOTO).status_code == 401
        assert stranger.ask("HEAD", url).status_code == 401
        assert stranger.ask("DELETE", url).status_code == 401
        assert stranger.get(sha(PHOTO)).status_code == 401
        assert stranger.ask("POST", f"{stranger.base}/blobs/known", b'{"sha256":[]}').status_code == 401
        assert stranger.ask("GET", url, PHOTO, X_HTTP_Method_Override="PATCH").status_code == 401
    assert [(p, p.stat().st_size) for p in arriving(server, laptop)] == before
    assert uploader.ask("HEAD", url).headers["upload-offset"] == "0"


def test_another_village_neither_reads_nor_writes_nor_learns(
    server: ServerProcess, laptop: RawLaptop, uploader: Uploader
) -> None:
    uploader.upload(PHOTO)
    url = uploader.begin(PHOTO[1:]).headers["location"]
    other = enrolled(server, "149901990001")
    stranger = Uploader(other)
    for base in (uploader.base, uploader.base.upper()):
        foreign = Uploader(other)
        foreign.base = base
        assert foreign.get(sha(PHOTO)).status_code in (401, 403, 404)
        assert foreign.begin(PHOTO).status_code in (401, 403, 404)
    assert stranger.patch(url, 0, PHOTO[1:]).status_code == 401
    upload = urlsplit(url).path.rpartition("/")[2]
    own = f"{stranger.base}/uploads/{upload}"
    for method in ("HEAD", "DELETE"):
        assert stranger.ask(method, own).status_code == 404
    assert stranger.patch(own, 0, PHOTO[1:]).status_code == 404
    assert stranger.get(sha(PHOTO)).status_code == 404
    assert stranger.known(sha(PHOTO))[0].sha256 == []
    assert uploader.ask("HEAD", url).headers["upload-offset"] == "0"


def test_the_same_photo_of_two_laptops_is_stored_once(
    server: ServerProcess, pair: tuple[RawLaptop, RawLaptop]
) -> None:
    first, second = map(Uploader, pair)
    urls = [(u, u.begin(PHOTO).headers["location"]) for u in (first, second, first, second)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda one: one[0].patch(one[1], 0, PHOTO), urls))
    assert [a.status_code for a in answers] == [204] * 4
    assert len(stored(server, pair[0])) == 1
    assert arriving(server, pair[0]) == []
    assert second.get(sha(PHOTO)).content == PHOTO


def test_previews_are_listed_with_their_photos(uploader: Uploader) -> None:
    small = PHOTO[:9000]
    uploader.upload(PHOTO)
    uploader.upload(small, preview_of=sha(PHOTO))
    receipt, answer = uploader.known(sha(PHOTO))
    assert receipt.sha256 == [sha(PHOTO)]
    assert [(one.sha256, one.preview_of) for one in answer.listed] == [
        (sha(small), sha(PHOTO)),
        (sha(PHOTO), ""),
    ]


def test_small_contents_come_together(uploader: Uploader) -> None:
    parts = [PHOTO[:size] for size in (5, 900, 65_536, 65_537)]
    for part in parts:
        uploader.upload(part)
    asked = msgspec.json.encode({"sha256": [sha(part) for part in parts] + ["0" * 64]})
    answer = uploader.ask("POST", f"{uploader.base}/blobs/small", asked)
    heads = (bytes.fromhex(sha(p)) + len(p).to_bytes(4, "big") + p for p in parts[:3])
    assert answer.content == b"".join(heads)


def test_a_content_that_is_gone_from_the_store_is_not_signed_for(
    server: ServerProcess, laptop: RawLaptop, uploader: Uploader
) -> None:
    uploader.upload(PHOTO)
    (path,) = stored(server, laptop)
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    assert uploader.known(sha(PHOTO))[0].sha256 == []
    path.unlink()
    assert uploader.known(sha(PHOTO))[0].sha256 == []
    assert uploader.get(sha(PHOTO)).status_code == 500
    assert uploader.upload(PHOTO).status_code == 204
    assert uploader.get(sha(PHOTO)).content == PHOTO


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Upload_Length": str(64 * 1024 * 1024 + 1)}, 413),
        ({"Upload_Length": "0"}, 400),
        ({"Upload_Length": "-5"}, 400),
        ({"Upload_Length": "many"}, 422),
        (
            {"Upload_Metadata": metadata(filename="x", filetype="image/jpeg", sha256="../../../etc/passwd")},
            400,
        ),
        ({"Upload_Metadata": metadata(filename="x", filetype="text/html;x", sha256="0" * 64)}, 400),
        ({"Upload_Metadata": "sha256 !!!,filetype"}, 400),
        ({"Upload_Metadata": ""}, 400),
        ({"Upload_Concat": "partial"}, 400),
        ({"Upload_Concat": "final;../../province.key"}, 400),
        ({"Upload_Defer_Length": "1"}, 400),
        ({"Tus_Resumable": "0.2.2"}, 412),
    ],
)
def test_what_is_promised_wrongly_is_refused(
    server: ServerProcess, laptop: RawLaptop, uploader: Uploader, headers: dict[str, str], status: int
) -> None:
    assert uploader.begin(PHOTO, **headers).status_code == status
    assert arriving(server, laptop) == []


def test_content_with_the_promise_is_not_taken(
    server: ServerProcess, laptop: RawLaptop, uploader: Uploader
) -> None:
    said = metadata(filename="x", filetype="image/jpeg", sha256=sha(PHOTO))
    answer = uploader.ask(
        "POST", f"{uploader.base}/uploads", PHOTO, Upload_Length="300000", Upload_Metadata=said
    )
    assert answer.status_code == 400
    assert arriving(server, laptop) == []


def test_more_bytes_than_promised_and_wrong_offsets_are_refused(uploader: Uploader) -> None:
    url = uploader.begin(PHOTO).headers["location"]
    assert uploader.patch(url, 5, PHOTO).status_code == 409
    assert uploader.patch(url, 0, PHOTO + b"more").status_code == 400
    offset = int(uploader.ask("HEAD", url).headers["upload-offset"])
    assert offset <= 300_000
    assert uploader.patch(url, offset, PHOTO[offset:]).status_code == 204
    assert uploader.get(sha(PHOTO)).content == PHOTO


def test_an_upload_can_be_given_up(server: ServerProcess, laptop: RawLaptop, uploader: Uploader) -> None:
    url = uploader.begin(PHOTO).headers["location"]
    uploader.patch(url, 0, PHOTO[:1000])
    assert uploader.ask("DELETE", url).status_code == 204
    assert uploader.ask("HEAD", url).status_code == 404
    assert arriving(server, laptop) == []


def test_too_many_begun_uploads_drop_the_oldest(
    server: ServerProcess, laptop: RawLaptop, uploader: Uploader
) -> None:
    urls = [uploader.begin(PHOTO).headers["location"] for _ in range(70)]
    assert len([p for p in arriving(server, laptop) if p.suffix == ""]) <= 65
    assert uploader.patch(urls[-1], 0, PHOTO).status_code == 204


def test_a_silently_dead_line_does_not_block_the_next_one(
    server: ServerProcess, laptop: RawLaptop, uploader: Uploader
) -> None:
    url = uploader.begin(PHOTO).headers["location"]
    target = urlsplit(url)
    head = (
        f"PATCH {target.path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {uploader.token}\r\n"
        "Tus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\nContent-Type: application/offset+octet-stream\r\n"
        "Content-Length: 300000\r\n\r\n"
    )
    with socket.create_connection((target.hostname, target.port)) as dead:
        dead.sendall(head.encode() + PHOTO[:120_000])
        assert eventually(lambda: max(p.stat().st_size for p in arriving(server, laptop)) > 60_000)
        offset = int(uploader.ask("HEAD", url).headers["upload-offset"])
        assert 60_000 < offset <= 120_000
        assert uploader.patch(url, offset, PHOTO[offset:]).status_code == 204
    assert uploader.get(sha(PHOTO)).content == PHOTO


def test_a_revoked_laptop_gets_and_gives_no_photos(
    server: ServerProcess, pair: tuple[RawLaptop, RawLaptop]
) -> None:
    from villageapp.server import admin

    first, second = map(Uploader, pair)
    first.upload(PHOTO)
    url = second.begin(PHOTO[1:]).headers["location"]
    admin.revoke(server.data_dir, server.dsn, pair[1].replica_id)
    for answer in (second.get(sha(PHOTO)), second.patch(url, 0, PHOTO[1:]), second.begin(PHOTO)):
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "revoked")
    assert first.get(sha(PHOTO)).content == PHOTO


def test_an_upload_goes_on_after_the_server_lost_power(postgres_dsn: str) -> None:
    with roomy_folder() as folder:
        dsn = fresh_database(postgres_dsn)
        server = start_server(folder, dsn)
        try:
            uploader = Uploader(enrolled(server, "149901001001"))
            url = uploader.begin(PHOTO).headers["location"]
            uploader.patch(url, 0, PHOTO[:100_000])
            (data,) = [p for p in (folder / "uploads").glob("*/*") if p.suffix == ""]
            server.kill()
            with data.open("ab") as file:  # a record that was cut off while it was written
                file.write((65_536).to_bytes(4, "big") + bytes(1000))
            server = start_server(folder, dsn)
            moved = Uploader(uploader.laptop, server.url)
            url = f"{moved.base}/uploads/{url.rpartition('/')[2]}"
            assert moved.ask("HEAD", url).headers["upload-offset"] == "100000"
            assert moved.patch(url, 100_000, PHOTO[100_000:]).status_code == 204
            assert moved.get(sha(PHOTO)).content == PHOTO
        finally:
            server.kill()


@pytest.fixture
def abilities(uploader: Uploader) -> dict[str, str]:
    return dict(uploader.ask("OPTIONS", f"{uploader.base}/uploads").headers)


def test_the_server_says_what_it_understands(abilities: dict[str, str]) -> None:
    assert abilities["tus-version"] == "1.0.0"
    assert set(abilities["tus-extension"].split(",")) == {"creation", "expiration", "termination"}
    assert abilities["tus-max-size"] == str(64 * 1024 * 1024)


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'{"sha256":["x"]}', b'{"sha256":' + b'"0"' * 40_000])
def test_questions_that_make_no_sense(uploader: Uploader, content: bytes) -> None:
    assert uploader.ask("POST", f"{uploader.base}/blobs/known", content).status_code in (400, 413)
    assert uploader.ask("PATCH", f"{uploader.base}/uploads/{new_id()}", b"x").status_code in (400, 404, 422)


def test_a_server_with_its_photos_elsewhere_starts_only_when_they_can_be_used(tmp_path: Path) -> None:
    from villageapp.errors import Trouble
    from villageapp.server.blob_store import open_store

    for url in ("s3://", "nonsense://x", "not a url"):
        with pytest.raises(Trouble):
            open_store(tmp_path, url, bytes(32))


def test_what_was_left_behind_long_ago_is_dropped(
    server: ServerProcess, laptop: RawLaptop, uploader: Uploader
) -> None:
    old = uploader.begin(PHOTO).headers["location"]
    uploader.patch(old, 0, PHOTO[:1000])
    for path in arriving(server, laptop):
        os.utime(path, (0, 0))
    assert uploader.begin(PHOTO).status_code == 201
    assert uploader.ask("HEAD", old).status_code == 404
    assert len(arriving(server, laptop)) == 2  # data and promise of the new one
