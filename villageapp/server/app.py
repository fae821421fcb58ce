"""The server's web application: routes, errors, headers."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from villageapp.server import openapi, problems
from villageapp.server.context import Context
from villageapp.server.rates import Limits
from villageapp.server.routes import admin, blobs, channels, identity, reports, sync

_HEADERS = (
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
    (b"strict-transport-security", b"max-age=31536000"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
)


def make_app(context: Context) -> Any:
    """The ASGI application."""
    app = FastAPI(title="villageapp", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.context = context
    app.include_router(identity.router)
    app.include_router(blobs.make_router(context.blobs))  # before the catch-all of sync
    app.include_router(sync.router)
    app.include_router(admin.router)
    app.include_router(reports.router)
    app.include_router(channels.router)
    openapi.install(app)
    problems.install(app)
    app.add_middleware(Limits)
    app.add_middleware(SecurityHeaders)  # outermost: refusals carry them too
    return app


class SecurityHeaders:
    """Adds the same headers to every answer."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request."""

        async def with_headers(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *_HEADERS]
            await send(message)

        await self._app(scope, receive, with_headers)
