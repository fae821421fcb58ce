"""Errors as the wire shows them: ``{"error": {"code", "message", "remedy"}}`` with the right status.

Codes are stable; ``STATUS`` is the one table of what they mean in HTTP.
"""

from __future__ import annotations

import logging
import math

import msgspec
import psycopg
import psycopg.errors
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

from villageapp.errors import (
    AlreadyDone,
    AppError,
    NotAllowed,
    NotFound,
    SyncError,
    SyncKind,
    ValidationFailed,
)

STATUS = {
    "bad_token": 401,
    "bad_login": 401,
    "revoked": 403,
    "wrong_workspace": 403,
    "wrong_code": 403,
    "code_expired": 403,
    "code_used": 409,
    "replica_exists": 409,
    "too_many_tries": 429,
    "too_fast": 429,
    "too_large": 413,
    "bad_range": 416,
    "wrong_hash": 460,
    "too_slow": 408,
    "wrong_media_type": 415,
    "malformed": 400,
    "not_found": 404,
    "upgrade_required": 426,
    "server_full": 507,
}
_STATUS_OF_KIND = {SyncKind.AUTH: 403, SyncKind.TOO_OLD: 426, SyncKind.BUSY: 503, SyncKind.PROTOCOL: 400}
_STATUS_OF_TYPE = ((NotFound, 404), (AlreadyDone, 409), (NotAllowed, 403), (ValidationFailed, 422))
BUSY_SECONDS = 10
_log = logging.getLogger(__name__)


class _Said(msgspec.Struct):
    code: str
    message: str
    remedy: str


def status_of(error: AppError) -> int:
    """The HTTP status of one of our errors."""
    if error.code in STATUS:
        return STATUS[error.code]
    if isinstance(error, SyncError):
        return _STATUS_OF_KIND.get(error.kind, 400)
    return next((status for kind, status in _STATUS_OF_TYPE if isinstance(error, kind)), 500)


def answer(error: AppError, status: int | None = None) -> Response:
    """The response that says what went wrong."""
    status = status or status_of(error)
    headers = {}
    if status == 401:
        basic = error.code == "bad_login"
        headers["WWW-Authenticate"] = (
            'Basic realm="villageapp", charset="UTF-8", Bearer' if basic else "Bearer"
        )
    wait = error.retry_after if isinstance(error, SyncError) else None
    if wait is None and status in (429, 503):
        wait = BUSY_SECONDS
    if wait is not None:
        headers["Retry-After"] = str(math.ceil(wait))
    content = msgspec.json.encode({"error": _Said(error.code, error.message, error.remedy)})
    return Response(content, status, headers, "application/json")


def of_database(error: SQLAlchemyError | psycopg.Error) -> AppError:
    """What a failure of the database means to the laptop: try later, or tell the administrator."""
    original = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(original, psycopg.errors.DiskFull):
        return SyncError(
            SyncKind.BUSY,
            "服务器磁盘已满，这次没有接收；本机的内容都还在。",
            remedy="请告知省级管理员。",
            code="server_full",
            retry_after=600,
        )
    transient = (psycopg.OperationalError, psycopg.errors.QueryCanceled)
    if isinstance(error, PoolTimeout) or isinstance(original, transient):
        return SyncError(SyncKind.BUSY, "服务器正忙或正在维护，稍后会自动再试；本机的内容都还在。")
    return AppError(
        "服务器内部出错，这次没有接收；本机的内容都还在。", remedy="请稍后再试。", code="server_error"
    )


def install(app: FastAPI) -> None:
    """Every error that a route raises becomes our JSON."""

    @app.exception_handler(AppError)
    async def _ours(_request: Request, error: AppError) -> Response:
        return answer(error)

    @app.exception_handler(SQLAlchemyError)
    @app.exception_handler(psycopg.Error)
    async def _database(_request: Request, error: SQLAlchemyError | psycopg.Error) -> Response:
        _log.error("database: %s", type(getattr(error, "orig", None) or error).__name__)
        return answer(of_database(error))

    @app.exception_handler(HTTPException)
    async def _framework(_request: Request, error: HTTPException) -> Response:
        said = {404: "没有这个地址。", 405: "这个地址不接受这种请求。"}.get(error.status_code, "请求有误。")
        code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "bad_request")
        return answer(AppError(said, code=code), error.status_code)

    @app.exception_handler(RequestValidationError)
    async def _parameters(_request: Request, _error: RequestValidationError) -> Response:
        return answer(AppError("请求的参数不对，服务器没有接收。", code="bad_parameters"), 422)

    @app.exception_handler(Exception)
    async def _bug(_request: Request, error: Exception) -> Response:
        return answer(
            AppError(
                "服务器内部出错，这次没有接收；本机的内容都还在。", remedy="请稍后再试。", code="server_error"
            )
        )
