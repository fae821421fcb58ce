"""Addresses for the administration: with the token in ``<data-dir>/admin.token``, or the login of an account
(Basic, or Bearer with a session from ``login``), which sees only its division.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import msgspec
from fastapi import APIRouter, Request, Response

from villageapp.errors import SyncError, SyncKind
from villageapp.server import access, accounts, admin, bulletin, quarantine, restoration
from villageapp.server.accounts import Office
from villageapp.server.body import read_body
from villageapp.server.context import Context, context_of
from villageapp.server.opening import Province
from villageapp.server.work import Workbench
from villageapp.sync.chain import malformed

MAX_BODY = 8 * 1024
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
router = APIRouter(prefix="/admin/v1")
_Wanted = TypeVar("_Wanted")


class CodeWanted(msgspec.Struct, frozen=True):
    """A one-time code for a person of a village team."""

    village_code: str
    name: str
    role: str = admin.DEFAULT_ROLE


@router.post("/login")
async def login(request: Request) -> Response:
    """A session token for the account in the Basic header."""
    context = context_of(request)
    with context.work.admitted():
        name, password = _basic(request.headers.get("authorization", ""))
        await _by_password(request, context, name, password)
        token, seconds = await context.work.run(partial(accounts.session, context.province, name))
    return _json({"token": token, "expires_in": seconds})


@router.get("/workspaces")
async def workspaces(request: Request) -> Response:
    """The workspaces of the division, each with its village code."""
    return await _answer(request, lambda province, office: admin.workspaces(province, office.prefix))


@router.get("/workspaces/{workspace}/counts")
async def counts(request: Request, workspace: str) -> Response:
    """Records per entity, deleted ones left out."""
    return await _answer(
        request, lambda province, office: admin.counts_of(province, workspace, office.prefix)
    )


@router.get("/workspaces/{workspace}/state")
async def state(request: Request, workspace: str) -> Response:
    """Digest, records and conflicts of a workspace."""
    return await _answer(request, lambda province, office: admin.state_of(province, workspace, office.prefix))


@router.post("/codes")
async def codes(request: Request) -> Response:
    """Issue a one-time code for a person of a village team."""
    content = await _body(request, CodeWanted)

    def issue(province: Province, office: Office) -> dict[str, str]:
        made = admin.enrol_code_as(province, content.village_code, content.name, content.role, office)
        return {"code": made}

    return await _answer(request, issue)


@router.post("/replicas/{replica}/revoke")
async def revoke(request: Request, replica: str) -> Response:
    """Trust a laptop no more; what it has delivered stays."""

    def act(province: Province, office: Office) -> dict[str, str]:
        admin.revoke_as(province, replica, office)
        return {"replica_id": replica}

    return await _answer(request, act)


@router.get("/quarantine")
async def waiting(request: Request) -> Response:
    """Laptops of the division whose segments wait for a decision."""

    def look(province: Province, office: Office) -> list[dict[str, Any]]:
        with province.engine.connect() as connection:
            return quarantine.listing(connection, office.prefix)

    return await _answer(request, look)


@router.post("/quarantine/{replica}/release")
async def release(request: Request, replica: str, branch: str = "") -> Response:
    """Let a laptop's waiting segments into the log; of a number used twice, one branch."""

    def act(province: Province, office: Office) -> dict[str, int]:
        return quarantine.release(province, admin.as_uuid(replica, "电脑编号"), office, branch)

    answer = await _answer(request, act)
    context_of(request).projector.nudge()
    return answer


@router.post("/quarantine/{replica}/discard")
async def discard(request: Request, replica: str, branch: str = "") -> Response:
    """Mark a laptop's waiting segments as not to be taken; nothing is deleted."""

    def act(province: Province, office: Office) -> dict[str, int]:
        return quarantine.discard(province, admin.as_uuid(replica, "电脑编号"), office, branch)

    return await _answer(request, act)


@router.get("/restoration")
async def restored(request: Request) -> Response:
    """Since the database was last restored: which laptops have sent again what."""

    def look(province: Province, office: Office) -> dict[str, Any]:
        with province.engine.connect() as connection:
            return restoration.report(connection, office.prefix)

    return await _answer(request, look, context_of(request).reports)


@router.get("/bulletin")
async def monthly(request: Request, month: str, division: str) -> Response:
    """The monthly bulletin of a division as a workbook (``month``: YYYY-MM)."""
    context = context_of(request)
    with context.reports.admitted():
        office = await office_of(request, context)
        content = await context.reports.run(
            lambda: bulletin.workbook_for(context.province, month, division, office)
        )
    name = f"bulletin-{month}-{division}.xlsx"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=SHEET, headers=headers)


async def office_of(request: Request, context: Context) -> Office:
    """Who administers. Raises SyncError(AUTH), or BUSY after too many failures from this address."""
    authorization = request.headers.get("authorization", "")
    if authorization.partition(" ")[0].lower() == "basic":
        return await _by_password(request, context, *_basic(authorization))
    token = access.bearer(authorization, access.MAX_SESSION)
    if accounts.is_session(token):
        return await context.work.run(partial(accounts.by_session, context.province, token))
    access.check_admin(context.province.admin_token, authorization)
    return accounts.console("admin.token")


async def _by_password(request: Request, context: Context, name: str, password: str) -> Office:
    address = request.client.host if request.client is not None else ""
    for limited in (address, f"account {name}"):
        context.logins.check(limited)
    try:
        return await context.work.run(partial(accounts.by_password, context.province, name, password))
    except SyncError:
        for limited in (address, f"account {name}"):
            context.logins.failed(limited)
        raise


def _basic(authorization: str) -> tuple[str, str]:
    """Login and password of a Basic header. Raises SyncError(AUTH)."""
    scheme, _, content = authorization.partition(" ")
    try:
        if scheme.lower() != "basic" or len(content) > 1024:
            raise accounts.wrong_login()
        name, colon, password = base64.b64decode(content, validate=True).decode().partition(":")
    except (binascii.Error, ValueError) as error:
        raise accounts.wrong_login() from error
    if not colon:
        raise accounts.wrong_login()
    return name, password


async def _body(request: Request, kind: type[_Wanted]) -> _Wanted:
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise SyncError(SyncKind.PROTOCOL, "内容类型不对，服务器没有接收。", code="wrong_media_type")
    try:
        return msgspec.json.decode(await read_body(request, MAX_BODY), type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise malformed("请求内容") from error


async def _answer(
    request: Request, ask: Callable[[Province, Office], Any], bench: Workbench | None = None
) -> Response:
    """What ``ask`` gives to whoever may ask, as JSON."""
    context = context_of(request)
    work = bench or context.work
    with work.admitted():
        office = await office_of(request, context)
        found = await work.run(partial(ask, context.province, office))
    return _json(found)


def _json(content: Any) -> Response:
    return Response(msgspec.json.encode(content), media_type="application/json")
