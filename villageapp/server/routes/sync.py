"""Addresses that laptops use (docs/sync.md)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial

import msgspec
from fastapi import APIRouter, Request, Response

from villageapp import __version__
from villageapp.errors import SyncError, SyncKind
from villageapp.server import access, enrolment
from villageapp.server.body import read_body
from villageapp.server.context import context_of
from villageapp.server.joining import Joining
from villageapp.server.store import Asking
from villageapp.sync import protocol
from villageapp.sync.chain import malformed
from villageapp.sync.change import SCHEMA
from villageapp.sync.clock import wall_ms

MAX_ENROL_BODY = 8 * 1024
ORDINARY_BODY = 64 * 1024
"""Up to here a request is read before its sender is looked up, so that one thread does both at once."""
router = APIRouter()


@router.get(protocol.GREETING_PATH)
async def greeting(request: Request) -> Response:
    """Who answers here; anything else under this address is not our server."""
    province = context_of(request).province
    said = protocol.Greeting(
        protocol.SERVICE, protocol.PROTOCOL, SCHEMA, __version__, province.epoch, wall_ms()
    )
    return _json(said)


@router.post(protocol.ENROL_PATH)
async def enrol(request: Request) -> Response:
    """Redeem a one-time code."""
    context = context_of(request)
    address = request.client.host if request.client is not None else ""
    context.failures.check(address)
    try:
        with context.work.admitted():
            wanted = _enrol_request(await read_body(request, MAX_ENROL_BODY))
            answer = await context.work.run(partial(enrolment.enrol, context.province, wanted))
    except SyncError as error:
        if error.kind is SyncKind.AUTH:
            context.failures.failed(address)
        raise
    return _json(answer)


@router.post(protocol.exchange_path("{workspace}"))
async def exchange(request: Request, workspace: str) -> Response:
    """One round of an exchange: frames in, frames out."""
    context = context_of(request)
    with context.work.admitted():
        if request.headers.get("content-type", "").partition(";")[0].strip() != protocol.MEDIA_TYPE:
            raise SyncError(SyncKind.PROTOCOL, "内容类型不对，服务器没有接收。", code="wrong_media_type")
        token = access.bearer(request.headers.get("authorization", ""))
        known = partial(access.laptop_of, context.province.engine, workspace, token)
        if _is_large(request):  # a stranger's is not read
            laptop = await context.work.run(known)
            known = partial(lambda: laptop)
        content = await read_body(request, protocol.MAX_MESSAGE)
        asked = await context.work.run(partial(_ask, _joining(request), known, content))
        answer = asked.result() if asked.done() else await asyncio.wrap_future(asked)
    return Response(answer, media_type=protocol.MEDIA_TYPE)


def _joining(request: Request) -> Joining:
    """Where this application's laptops are served."""
    state = request.app.state
    if not hasattr(state, "joining"):
        context = context_of(request)
        state.joining = Joining(context.province, context.projector.nudge)
    assert isinstance(state.joining, Joining)
    return state.joining


def _is_large(request: Request) -> bool:
    """Whether a body is, or may be, more than an ordinary exchange's."""
    promised = request.headers.get("content-length", "")
    return not (promised.isdecimal() and len(promised) < 10 and int(promised) <= ORDINARY_BODY)


def _ask(joining: Joining, known: Callable[[], access.Laptop], content: bytes) -> Future[bytes]:
    return joining.ask(Asking(known(), protocol.decode(content)))


@router.api_route("/sync/{version}/{rest:path}", methods=["GET", "POST"], include_in_schema=False)
async def other_version(version: str, rest: str) -> Response:
    """A laptop that speaks another version of the protocol."""
    raise (
        SyncError(
            SyncKind.TOO_OLD,
            f"服务器的同步协议为第 {protocol.PROTOCOL} 版，与这台电脑不同，没有接收；本机的内容都还在。",
            remedy="请升级驻村通，或等省里升级服务器。",
        )
        if version != f"v{protocol.PROTOCOL}"
        else SyncError(SyncKind.PROTOCOL, "没有这个地址。", code="not_found")
    )


def _enrol_request(content: bytes) -> protocol.EnrolRequest:
    try:
        return msgspec.json.decode(content, type=protocol.EnrolRequest)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise malformed("登记内容") from error


def _json(content: msgspec.Struct) -> Response:
    return Response(msgspec.json.encode(content), media_type="application/json")
