"""Addresses of photos and scans: uploads by tus 1.0 (tuspyserver), what is known, contents by range.

Authentication stands on the router, before anything of a request's body is read: tuspyserver's own ``auth=``
is asked only after a PATCH has been written.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from typing import Any

import msgspec
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import StreamingResponse
from tuspyserver import create_tus_router

from villageapp.errors import NotFound, SyncError, SyncKind
from villageapp.server import access, blobs
from villageapp.server.access import Laptop
from villageapp.server.blob_store import Place
from villageapp.server.blob_uploads import KEEP_DAYS, belongs, new_upload
from villageapp.server.blobs import BlobDesk
from villageapp.server.body import read_body
from villageapp.sync import blob_protocol
from villageapp.sync.blobs import MAX_SIZE
from villageapp.sync.chain import malformed

MAX_QUESTION = 64 * 1024
_RANGE = re.compile(r"bytes=(\d{1,12})-(\d{0,12})")
_EXTENSIONS = "creation,expiration,termination"
_NOT_TAKEN = ("upload-concat", "upload-defer-length")


def make_router(desk: BlobDesk) -> APIRouter:
    """All addresses below ``/sync/v1/workspaces/{workspace}``; include it before the catch-all of ``sync``."""
    router = APIRouter(prefix=blob_protocol.workspace_path("{workspace}"), tags=["blobs"])
    guards = [Depends(_admission(desk)), Depends(_guard(desk))]

    @router.options("/uploads", dependencies=guards, status_code=204)
    async def abilities() -> Response:
        """What of tus 1.0 is understood here."""
        return Response(
            status_code=204,
            headers={
                "Tus-Resumable": blob_protocol.TUS_VERSION,
                "Tus-Version": blob_protocol.TUS_VERSION,
                "Tus-Extension": _EXTENSIONS,
                "Tus-Max-Size": str(MAX_SIZE),
            },
        )

    @router.post("/blobs/known", dependencies=guards)
    async def known(request: Request) -> Response:
        """Which contents the server has: a signed receipt, and their small forms."""
        question = _question(await read_body(request, MAX_QUESTION))
        answer = await desk.work.run(partial(blobs.known, desk, _laptop(request), question.sha256))
        return Response(msgspec.json.encode(answer), media_type="application/json")

    @router.post("/blobs/small", dependencies=guards)
    async def small(request: Request) -> Response:
        """Several small contents in one answer (previews, for a new laptop)."""
        question = _question(await read_body(request, MAX_QUESTION))
        answer = await desk.work.run(partial(blobs.small, desk, _laptop(request), question.sha256))
        return Response(answer, media_type="application/octet-stream")

    @router.get("/blobs/{sha256}", dependencies=guards)
    async def content(request: Request, sha256: str) -> Response:
        """A content, or one range of its bytes."""
        place, _ = await desk.work.run(partial(blobs.find, desk, _laptop(request), sha256))
        return await _content(desk, place, request.headers.get("range", ""))

    router.include_router(_uploads(desk), dependencies=guards)
    return router


def _uploads(desk: BlobDesk) -> APIRouter:
    found: APIRouter = create_tus_router(
        prefix="uploads",
        max_size=MAX_SIZE,
        days_to_keep=KEEP_DAYS,
        pre_create_dep=_announced(desk),
        upload_complete_dep=_completed(desk),
        file_dep=_named,
        storage=desk.uploads,
        strict_offset_validation=True,
    )
    return found


def _admission(desk: BlobDesk) -> Callable[[], AsyncIterator[None]]:
    async def admitted() -> AsyncIterator[None]:
        with desk.work.admitted():
            yield

    return admitted


def _guard(desk: BlobDesk) -> Callable[[Request], AsyncIterator[None]]:
    """Only laptops of the workspace, only their own uploads, only the part of tus that we take."""

    async def check(request: Request) -> AsyncIterator[None]:
        workspace = request.path_params["workspace"]
        token = access.bearer(request.headers.get("authorization", ""))
        laptop = await desk.work.run(partial(access.laptop_of, desk.province.engine, workspace, token))
        if laptop.revoked:
            raise _revoked()
        upload = request.path_params.get("uuid")
        if upload is not None and not belongs(upload, laptop.workspace):
            raise NotFound("没有这次上传。", remedy="会重新开始上传。", code="not_found")
        if any(name in request.headers for name in _NOT_TAKEN) or _has_early_body(request):
            raise malformed("上传方式")
        request.state.laptop = laptop
        if upload is not None and request.method == "HEAD":
            await desk.uploads.release(upload)
        with desk.shared(laptop.workspace):
            yield

    return check


def _revoked() -> SyncError:
    return SyncError(
        SyncKind.AUTH,
        "这台电脑已被停用，服务器没有接收或发出照片；本机的内容都还在。",
        remedy="请联系县级管理员核实后重新登记。",
        code="revoked",
    )


def _has_early_body(request: Request) -> bool:
    """Content in the request that creates an upload (tus ``creation-with-upload``), which we do not offer."""
    if request.method != "POST" or not request.url.path.rstrip("/").endswith("/uploads"):
        return False
    return "transfer-encoding" in request.headers or request.headers.get("content-length", "0") != "0"


def _laptop(request: Request) -> Laptop:
    found = request.state.laptop
    assert isinstance(found, Laptop)
    return found


def _announced(desk: BlobDesk) -> Callable[[Request], Any]:
    def dependency(request: Request) -> Any:
        async def announce(metadata: dict[Any, str], info: dict[str, Any]) -> None:
            said = blobs.promise(metadata, info["size"])
            await desk.work.run(partial(blobs.admit, desk, _laptop(request), said))

        return announce

    return dependency


def _completed(desk: BlobDesk) -> Callable[[Request], Any]:
    def dependency(request: Request) -> Any:
        async def complete(upload: str, metadata: dict[Any, str]) -> None:
            await desk.work.run(partial(blobs.complete, desk, _laptop(request), upload, metadata))

        return complete

    return dependency


def _named(request: Request) -> Any:
    """Names a new upload after its workspace."""
    return lambda _metadata: {"uid": new_upload(_laptop(request).workspace)}


def _question(content: bytes) -> blob_protocol.KnownQuestion:
    try:
        question = msgspec.json.decode(content, type=blob_protocol.KnownQuestion)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise malformed("询问内容") from error
    if len(question.sha256) > blob_protocol.MAX_ASKED:
        raise malformed("询问内容")
    return question


async def _content(desk: BlobDesk, place: Place, wanted: str) -> Response:
    start, stop, is_part = _range_of(wanted, place.size)
    headers = {
        "Accept-Ranges": "bytes",
        "Content-Length": str(stop - start),
        "ETag": f'"{place.sha256}"',
    }
    if is_part:
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{place.size}"
    parts = desk.store.read(place, start, stop)
    first = await desk.work.run(partial(next, parts, b""))  # whatever is wrong shows before the answer begins
    return StreamingResponse(
        _stream(desk, first, parts), 206 if is_part else 200, headers, "application/octet-stream"
    )


async def _stream(desk: BlobDesk, first: bytes, rest: Iterator[bytes]) -> AsyncIterator[bytes]:
    part = first
    while part:
        yield part
        part = await desk.work.run(partial(next, rest, b""))


def _range_of(wanted: str, size: int) -> tuple[int, int, bool]:
    """Start, end (exclusive), whether it is a part; what is no single range of ours means everything."""
    match = _RANGE.fullmatch(wanted)
    if match is None:
        return 0, size, False
    start = int(match[1])
    stop = min(int(match[2]) + 1, size) if match[2] else size
    if start >= stop:
        raise SyncError(SyncKind.PROTOCOL, "所要的部分不在这份内容里。", code="bad_range")
    return start, stop, True
