"""What a division has published, for its office."""

from __future__ import annotations

from functools import partial

import msgspec
from fastapi import APIRouter, Request, Response

from villageapp.server import channels
from villageapp.server.context import context_of
from villageapp.server.routes.admin import office_of

router = APIRouter(prefix="/admin/v1")


@router.get("/channels/{division}")
async def published(request: Request, division: str) -> Response:
    """Items of a division's channel, newest first."""
    context = context_of(request)
    with context.work.admitted():
        office = await office_of(request, context)
        found = await context.work.run(partial(channels.listing, context.province, division, office))
    return Response(msgspec.json.encode(found), media_type="application/json")
