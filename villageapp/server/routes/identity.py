"""Addresses for a laptop whose number is in use twice, and for comparing what it holds with the server."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Request, Response

from villageapp.server import access, digests, identity
from villageapp.server.body import read_body
from villageapp.server.context import Context, context_of
from villageapp.sync.identity import MEDIA_TYPE, digest_path, identity_path, log_path

MAX_BODY = 4 * 1024
_MAX_SEQ = 2**53
router = APIRouter()
Work = Callable[[Context, access.Laptop], msgspec.Struct]


@router.post(identity_path("{workspace}"))
async def new_identity(request: Request, workspace: str) -> Response:
    """A new number for the same keys."""
    wanted = identity.read_request(await read_body(request, MAX_BODY))
    return await _answered(request, workspace, lambda c, laptop: identity.issue(c.province, laptop, wanted))


@router.get(log_path("{workspace}", "{replica_id}"))
async def log(
    request: Request, workspace: str, replica_id: str, after: Annotated[int, Query(ge=0, le=_MAX_SEQ)] = 0
) -> Response:
    """One replica's segments as the server has them."""
    return await _answered(
        request, workspace, lambda c, laptop: identity.log_of(c.province, laptop, replica_id, after)
    )


@router.get(digest_path("{workspace}"))
async def digest(request: Request, workspace: str) -> Response:
    """Sums over the records that the server made of the log."""
    return await _answered(request, workspace, lambda c, laptop: digests.digest_of(c.province, laptop))


async def _answered(request: Request, workspace: str, work: Work) -> Response:
    """What ``work`` says to the laptop that asks, as MessagePack."""
    context = context_of(request)
    with context.work.admitted():
        token = access.bearer(request.headers.get("authorization", ""))
        laptop = await context.work.run(partial(access.laptop_of, context.province.engine, workspace, token))
        said = await context.work.run(partial(work, context, laptop))
    return Response(msgspec.msgpack.encode(said), media_type=MEDIA_TYPE)
