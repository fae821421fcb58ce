"""An upload by an independent client: tus-js-client under node, against the real server."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.servers import ServerProcess, roomy_folder, running_server
from tests.postgres.laptops import RawLaptop
from tests.postgres.tus import Uploader, sha

NODE = shutil.which("node")
MODULES = os.environ.get("VILLAGEAPP_NODE_MODULES", "")
VILLAGE = "149901001001"
pytestmark = pytest.mark.skipif(
    NODE is None or not (Path(MODULES) / "tus-js-client").is_dir(),
    reason="needs node and tus-js-client; VILLAGEAPP_NODE_MODULES names the folder that npm installed it into",
)


@pytest.fixture(scope="module")
def server() -> Iterator[ServerProcess]:
    with roomy_folder() as folder, running_server(folder) as running:
        yield running


def upload(path: Path, endpoint: str, token: str, claimed: str, give_up_after: int) -> dict[str, Any]:
    """What the client says."""
    assert NODE is not None
    script = Path(__file__).with_name("upload.cjs")
    ended = subprocess.run(
        [NODE, str(script), str(path), endpoint, token, claimed, str(give_up_after)],
        env={**os.environ, "NODE_PATH": MODULES},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.stdout, ended.stderr
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


def test_another_client_uploads_gives_up_goes_on_and_is_checked(
    server: ServerProcess, tmp_path: Path
) -> None:
    laptop = RawLaptop(server.url, VILLAGE)
    laptop.enrol(server.enrol_code(VILLAGE))
    uploader = Uploader(laptop)
    content = random.Random(4).randbytes(1_000_000)
    path = tmp_path / "photo.jpg"
    path.write_bytes(content)
    endpoint = f"{uploader.base}/uploads"

    said = upload(path, endpoint, laptop.token, sha(content), 400_000)
    assert said["gaveUp"] is True
    assert said["offsets"] == sorted(set(said["offsets"]))  # nothing went twice
    assert said["offsets"][-1] == len(content)
    assert uploader.known(sha(content))[0].sha256 == [sha(content)]
    assert uploader.get(sha(content)).content == content

    wrong = upload(path, endpoint, laptop.token, "0" * 64, len(content) + 1)
    assert wrong["error"] == 460
    assert json.loads(wrong["body"])["error"]["code"] == "wrong_hash"
    assert upload(path, endpoint, "149901.nobody", sha(content), 1)["error"] == 401
