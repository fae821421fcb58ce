"""Uploads as raw requests, by the letter of tus 1.0."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import httpx
import msgspec

from tests.postgres.laptops import RawLaptop
from villageapp.sync import blob_protocol
from villageapp.sync.blob_protocol import BlobReceipt, KnownAnswer

JPEG = "image/jpeg"


def sha(content: bytes) -> str:
    """The hash of a content."""
    return hashlib.sha256(content).hexdigest()


def metadata(**said: str) -> str:
    """An Upload-Metadata header; ``_`` in a name is ``-``."""
    pairs = (
        (name.replace("_", "-"), base64.b64encode(text.encode()).decode()) for name, text in said.items()
    )
    return ",".join(" ".join(pair) for pair in pairs)


class Uploader:
    """One laptop's uploads and downloads."""

    def __init__(self, laptop: RawLaptop, url: str = "", token: str | None = None) -> None:
        self.laptop = laptop
        self.base = f"{url or laptop.url}{blob_protocol.workspace_path(laptop.workspace)}"
        self.token = laptop.token if token is None else token

    def ask(self, method: str, url: str, content: Any = None, **headers: str) -> httpx.Response:
        """One request; ``_`` in a header's name is ``-``."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {
            "Tus-Resumable": "1.0.0",
            **({"Authorization": f"Bearer {self.token}"} if self.token else {}),
            **named,
        }
        return httpx.request(method, url, content=content, headers=sent, trust_env=False, timeout=60)

    def begin(
        self, content: bytes, claimed: str = "", preview_of: str = "", **headers: str
    ) -> httpx.Response:
        """Create an upload."""
        name = claimed or sha(content)
        said = {"filename": name, "filetype": JPEG, "sha256": name}
        if preview_of:
            said["preview_of"] = preview_of
        promised = {"Upload_Length": str(len(content)), "Upload_Metadata": metadata(**said)}
        return self.ask("POST", f"{self.base}/uploads", **{**promised, **headers})

    def patch(self, url: str, offset: int, content: Any) -> httpx.Response:
        """Send bytes from ``offset`` on."""
        kind = "application/offset+octet-stream"
        return self.ask("PATCH", url, content, Upload_Offset=str(offset), Content_Type=kind)

    def upload(self, content: bytes, preview_of: str = "") -> httpx.Response:
        """All of it at once."""
        return self.patch(self.begin(content, preview_of=preview_of).headers["location"], 0, content)

    def known(self, *hashes: str) -> tuple[BlobReceipt, KnownAnswer]:
        """What the server signs for."""
        answer = self.ask("POST", f"{self.base}/blobs/known", msgspec.json.encode({"sha256": hashes}))
        assert answer.status_code == 200, answer.text
        said = msgspec.json.decode(answer.content, type=KnownAnswer)
        return blob_protocol.read_receipt(said, self.laptop.workspace, self.laptop.province_key), said

    def get(self, sha256: str, **headers: str) -> httpx.Response:
        """A content."""
        return self.ask("GET", f"{self.base}/blobs/{sha256}", **headers)
