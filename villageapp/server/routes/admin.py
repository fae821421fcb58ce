"""Addresses for the administration: read-only, with the token in ``<data-dir>/admin.token``."""

from __future__ import annotations

from functools import partial
from typing import Any

import msgspec
from fastapi import APIRouter, Request, Response

from villageapp.server import access, admin
from villageapp.server.context import context_of

router = APIRouter(prefix="/admin/v1")


@router.get("/workspaces")
async def workspaces(request: Request) -> Response:
    """Every workspace with its village code."""
    return await _answer(request, admin.workspaces)


@router.get("/workspaces/{workspace}/counts")
async def counts(request: Request, workspace: str) -> Response:
    """Records per entity, deleted ones left out."""
    return await _answer(request, admin.counts_of, workspace)


@router.get("/workspaces/{workspace}/state")
async def state(request: Request, workspace: str) -> Response:
    """Digest, records and conflicts of a workspace."""
    return await _answer(request, admin.state_of, workspace)


async def _answer(request: Request, ask: Any, *arguments: str) -> Response:
    context = context_of(request)
    access.check_admin(context.province.admin_token, request.headers.get("authorization", ""))
    with context.work.admitted():
        found = await context.work.run(partial(ask, context.province, *arguments))
    return Response(msgspec.json.encode(found), media_type="application/json")
