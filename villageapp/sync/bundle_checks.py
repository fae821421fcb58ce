"""Reading a stick file through once before anything of it is taken: whose it is, and that every part is signed.

Laptop and server check alike. What remains for the second reading are only questions of order (known, gap,
fork), which concern single segments and not the file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

from villageapp.errors import SyncError, SyncKind
from villageapp.progress import Progress
from villageapp.sync import blob_protocol, blobs, bundle_file, bundle_format, chain
from villageapp.sync.blob_protocol import BlobReceipt, KnownAnswer
from villageapp.sync.bundle_format import BlobHeader, Manifest, Part, Sink
from villageapp.sync.chain import Certificate, Refusal, Refused, Sealed, Signed, malformed

MAX_CERTIFICATES = 10_000
MAX_SEGMENTS = 1_000_000

_WORDS = {
    Refused.MALFORMED: ("U盘文件的内容格式不对", "请对方重新导出；仍不行请联系技术支持。"),
    Refused.BAD_SIGNATURE: (
        "U盘文件里有签名核对不符的内容，可能被人改动过",
        "请不要再用这个文件，请对方当面重新导出。",
    ),
    Refused.NOT_ENROLLED: (
        "U盘文件里有未登记的电脑写的内容",
        "请那台电脑先用登记码登记，再重新导出。",
    ),
    Refused.WRONG_WORKSPACE: ("U盘文件里有另一个村的内容", "请核对拿的是本村的文件。"),
    Refused.TOO_LARGE: ("U盘文件里有超过大小上限的内容", "请联系技术支持。"),
    Refused.UPGRADE_REQUIRED: ("U盘文件由更新版本的驻村通制作", "请升级驻村通后再导入。"),
}
"""What is wrong with a whole file, and what to do."""

Trust = Callable[[Manifest], Mapping[str, Certificate]]
"""Whether a file with this manifest belongs here, and the certificates known here. Raises SyncError."""


@dataclass(slots=True)
class Contents:
    """What a stick file holds, everything verified."""

    manifest: Manifest
    certificates: dict[str, Certificate]  # those known here and those that came along
    signed: list[Signed] = field(default_factory=list)  # certificates that are new here
    receipt: Signed | None = None
    blob_receipts: list[BlobReceipt] = field(default_factory=list)
    changes: int = 0
    blobs: list[str] = field(default_factory=list)  # SHA-256 of the photos, hex
    newer: int = 0  # segments that only a newer program can read
    records: bytes = b""  # SHA-256 of everything before the photos


def inspect(path: Path, secret_key: bytes, province_key: bytes, trust: Trust, progress: Progress) -> Contents:
    """Read and verify the whole file. Raises SyncError, Trouble or Cancelled; nothing has changed then."""
    inspection = _Inspection(province_key, trust)
    try:
        sink = bundle_file.read(path, secret_key, inspection.take, progress, what="正在核对U盘文件")
        return inspection.finish(sink)
    except SyncError as error:
        if error.remedy:
            raise
        raise refused_whole(error) from error


def refused_whole(error: SyncError) -> SyncError:
    """The same refusal in the words of somebody who holds a stick."""
    try:
        what, remedy = _WORDS[Refused(error.code)]
    except (KeyError, ValueError):
        what, remedy = error.message.rstrip("。"), "请对方重新导出。"
    return SyncError(error.kind, f"{what}。整份没有导入，这里的内容没有变。", remedy=remedy, code=error.code)


class _Inspection:
    """Takes frame after frame and keeps what the second reading needs to know."""

    def __init__(self, province_key: bytes, trust: Trust) -> None:
        self._province_key = province_key
        self._trust = trust
        self._contents: Contents | None = None
        self._segments = 0
        self._blob = BlobCheck()

    def take(self, part: int, payload: bytes) -> None:
        """Check one frame. Raises SyncError."""
        if part == Part.MANIFEST:
            manifest = bundle_format.read_manifest(payload)
            self._contents = Contents(manifest, dict(self._trust(manifest)))
            return
        contents = self._begun()
        if part == Part.CERTIFICATE:
            self._certificate(contents, bundle_format.read_signed(payload))
        elif part == Part.SEGMENT:
            self._segment(contents, bundle_format.read_segment(payload))
        elif part == Part.RECEIPT:
            self._receipt(contents, bundle_format.read_signed(payload))
        elif part == Part.BLOB_RECEIPT:
            self._blob_receipt(contents, bundle_format.read_signed(payload))
        elif part == Part.BLOB:
            self._photo(contents, bundle_format.read_blob_header(payload))
        elif part == Part.BLOB_PIECE:
            self._blob.add(payload)

    def _begun(self) -> Contents:
        if self._contents is None:
            raise malformed("没有清单")
        return self._contents

    def _certificate(self, contents: Contents, signed: Signed) -> None:
        certificate = chain.read_certificate(signed, self._province_key)
        if certificate.workspace != contents.manifest.workspace:
            raise Refusal(Refused.WRONG_WORKSPACE, "U盘文件里有另一个村的证书，没有导入。")
        if len(contents.signed) >= MAX_CERTIFICATES:
            raise malformed("证书过多")
        known = contents.certificates.get(certificate.replica_id)
        if known is not None and known.valid_to >= certificate.valid_to:
            return  # an old file must not bring back a certificate that was renewed since
        contents.signed.append(signed)
        contents.certificates[certificate.replica_id] = certificate

    def _segment(self, contents: Contents, sealed: Sealed) -> None:
        self._segments += 1
        if contents.blobs:
            raise malformed("日志段在照片之后")
        if self._segments > MAX_SEGMENTS:
            raise malformed("日志段过多")
        try:
            header = sealed.read_header()
        except SyncError as error:
            if error.kind is not SyncKind.TOO_OLD:
                raise
            contents.newer += 1
            return
        author = contents.certificates.get(header.replica_id)
        where = contents.manifest.workspace
        chain.judge(sealed, header, where, author, header.first_seq - 1, header.prev_hash)
        contents.changes += header.last_seq - header.first_seq + 1

    def _receipt(self, contents: Contents, signed: Signed) -> None:
        receipt = chain.read_receipt(signed, self._province_key)
        if receipt.workspace != contents.manifest.workspace:
            raise Refusal(Refused.WRONG_WORKSPACE, "U盘文件里的回执属于另一个村，没有导入。")
        contents.receipt = signed

    def _blob_receipt(self, contents: Contents, signed: Signed) -> None:
        if len(contents.blob_receipts) >= MAX_CERTIFICATES:
            raise malformed("回执过多")
        answer = KnownAnswer(signed.body, signed.signature, [])
        receipt = blob_protocol.read_receipt(answer, contents.manifest.workspace, self._province_key)
        contents.blob_receipts.append(receipt)

    def _photo(self, contents: Contents, header: BlobHeader) -> None:
        if len(contents.blobs) >= MAX_SEGMENTS:
            raise malformed("照片过多")
        self._blob.begin(header)
        contents.blobs.append(header.sha256)

    def finish(self, sink: Sink) -> Contents:
        """The contents, once the maker's seal has been checked. Raises SyncError."""
        contents = self._begun()
        self._blob.end()
        maker = contents.manifest.maker
        key = self._province_key if not maker else self._key_of(contents, maker)
        try:
            VerifyKey(key).verify(sink.signed, sink.seal)
        except (BadSignatureError, ValueError) as error:
            raise Refusal(
                Refused.BAD_SIGNATURE, "U盘文件的制作者签名核对不符，没有导入，本机内容没有变。"
            ) from error
        contents.records = sink.records
        return contents

    def _key_of(self, contents: Contents, maker: str) -> bytes:
        certificate = contents.certificates.get(maker)
        if certificate is None:
            raise Refusal(Refused.NOT_ENROLLED, "U盘文件由未登记的电脑制作，没有导入。")
        return certificate.sign_key


class BlobCheck:
    """Follows photos through their pieces: announced size and SHA-256 must come true."""

    def __init__(self) -> None:
        self.header: BlobHeader | None = None
        self._size = 0
        self._digest = hashlib.sha256()

    def begin(self, header: BlobHeader) -> None:
        """The next photo. Raises SyncError when the one before is not complete."""
        self.end()
        if not 0 < header.size <= blobs.MAX_SIZE:
            raise malformed("照片大小不对")
        self.header, self._size, self._digest = header, 0, hashlib.sha256()

    def add(self, piece: bytes) -> None:
        """A piece of it. Raises SyncError when it grows beyond what was announced."""
        if self.header is None or self._size + len(piece) > self.header.size:
            raise malformed("照片大小不对")
        self._size += len(piece)
        self._digest.update(piece)

    @property
    def complete(self) -> bool:
        """Whether all of the present photo has come."""
        return self.header is not None and self._size == self.header.size

    def end(self) -> None:
        """Raises SyncError when the present photo is cut or another one."""
        if self.header is None:
            return
        if not self.complete or self._digest.hexdigest() != self.header.sha256:
            raise malformed("照片不完整或与编号不符")
