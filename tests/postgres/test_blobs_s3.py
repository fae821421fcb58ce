"""The same server with its photos in an S3-compatible store."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from moto.server import ThreadedMotoServer

from tests.helpers.servers import fresh_database, roomy_folder
from tests.postgres.laptops import RawLaptop
from tests.postgres.tus import Uploader, sha
from villageapp.server import admin
from villageapp.server.blob_store import Place, open_store

VILLAGE = "149901001001"
_PROGRAM = (
    "import sys; from pathlib import Path; from villageapp.server.run import run;"
    "run(Path(sys.argv[1]), sys.argv[2], '127.0.0.1', 0, blobs='s3://photos/province')"
)


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A client of an S3 server on loopback with one bucket; the environment leads there."""
    import boto3  # type: ignore[import-untyped]

    s3 = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    s3.start()
    try:
        host, port = s3.get_host_and_port()
        for name, value in {
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": f"http://{host}:{port}",
            "AWS_ALLOW_HTTP": "true",
            "NO_PROXY": "127.0.0.1",
        }.items():
            monkeypatch.setenv(name, value)
        client = boto3.client("s3", endpoint_url=f"http://{host}:{port}", region_name="us-east-1")
        client.create_bucket(Bucket="photos")
        yield client
        for key in objects(client):  # the store outlives its server
            client.delete_object(Bucket="photos", Key=key)
        client.delete_bucket(Bucket="photos")
        client.close()
    finally:
        s3.stop()


def objects(bucket: Any) -> dict[str, int]:
    """Names and sizes."""
    found = bucket.list_objects_v2(Bucket="photos").get("Contents", [])
    return {one["Key"]: one["Size"] for one in found}


@pytest.mark.parametrize("size", [1, 300_000, 7_000_000])
def test_contents_of_any_size_come_back_from_a_bucket(bucket: Any, tmp_path: Path, size: int) -> None:
    content = random.Random(size).randbytes(size)
    store = open_store(tmp_path, "s3://photos/province", bytes(range(32)))
    place = Place("149901", "01900000-0000-7000-8000-00000000aaaa", sha(content), size)
    assert not store.has(place)
    store.put(place, (content[at : at + 100_000] for at in range(0, size, 100_000)))
    assert store.has(place)
    assert b"".join(store.read(place, 0, size)) == content
    assert b"".join(store.read(place, size // 2, size)) == content[size // 2 :]
    (name,) = objects(bucket)
    assert name == f"province/{place.path}"
    raw = bucket.get_object(Bucket="photos", Key=name)["Body"].read()
    assert content not in raw


def test_the_server_keeps_its_photos_in_a_bucket(bucket: Any, postgres_dsn: str) -> None:
    content = random.Random(3).randbytes(200_000)
    dsn = fresh_database(postgres_dsn)
    with roomy_folder() as folder:
        server = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, str(folder), dsn],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        try:
            assert server.stdout is not None
            url = server.stdout.readline().split()[1]
            laptop = RawLaptop(url, VILLAGE)
            laptop.enrol(admin.enrol_code(folder, dsn, VILLAGE, "\u5f20\u4e09"))
            uploader = Uploader(laptop)
            assert uploader.upload(content).status_code == 204
            assert uploader.known(sha(content))[0].sha256 == [sha(content)]
            assert uploader.get(sha(content), Range="bytes=1000-").content == content[1000:]
            assert [name.rpartition("/")[2] for name in objects(bucket)] == [sha(content)]
            assert not (folder / "blobs").exists()
            bucket.delete_objects(
                Bucket="photos", Delete={"Objects": [{"Key": key} for key in objects(bucket)]}
            )
            assert uploader.known(sha(content))[0].sha256 == []
        finally:
            server.kill()
            server.wait()
            if server.stdout is not None:
                server.stdout.close()
