"""What offices look at: findings about single changes, and laptops whose number was in use twice."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec
from fastapi import APIRouter, Request, Response
from sqlalchemy import Connection

from villageapp.server import findings, identity
from villageapp.server.accounts import Office
from villageapp.server.context import context_of
from villageapp.server.opening import Province
from villageapp.server.routes.admin import office_of

router = APIRouter(prefix="/admin/v1")
Look = Callable[[Connection, str], Any]


@router.get("/findings")
async def all_findings(request: Request) -> Response:
    """What is wrong with single changes of the division's villages, newest first."""
    return await _answer(request, findings.listing)


@router.get("/same-devices")
async def same_devices(request: Request) -> Response:
    """Laptops of the division that were restored from a backup, or copied to a second machine."""
    return await _answer(request, identity.same_devices)


async def _answer(request: Request, look: Look) -> Response:
    context = context_of(request)
    with context.work.admitted():
        office = await office_of(request, context)
        found = await context.work.run(partial(_looked, context.province, office, look))
    return Response(msgspec.json.encode(found), media_type="application/json")


def _looked(province: Province, office: Office, look: Look) -> Any:
    with province.engine.connect() as connection:
        return look(connection, office.prefix)
