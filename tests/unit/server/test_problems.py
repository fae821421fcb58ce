"""What goes wrong as HTTP."""

from __future__ import annotations

import msgspec
import psycopg
import psycopg.errors
import pytest
from sqlalchemy import exc

from villageapp.errors import AppError, NotFound, SyncError, SyncKind
from villageapp.server import problems


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotFound("没有"), 404),
        (SyncError(SyncKind.AUTH, "不认识", code="bad_token"), 401),
        (SyncError(SyncKind.BUSY, "忙"), 503),
        (SyncError(SyncKind.TOO_OLD, "旧"), 426),
        (AppError("坏了"), 500),
    ],
)
def test_errors_have_a_status_and_one_form(error: AppError, status: int) -> None:
    answer = problems.answer(error)
    assert answer.status_code == status
    said = msgspec.json.decode(answer.body)
    assert said == {"error": {"code": error.code, "message": error.message, "remedy": ""}}
    assert ("retry-after" in answer.headers) == (status == 503)


@pytest.mark.parametrize(
    ("original", "code"),
    [
        (psycopg.OperationalError("gone"), "busy"),
        (psycopg.errors.LockNotAvailable("locked"), "busy"),
        (psycopg.errors.DiskFull("full"), "server_full"),
        (psycopg.errors.UniqueViolation("twice"), "server_error"),
    ],
    ids=lambda v: type(v).__name__,
)
def test_a_failing_database_is_told_apart(original: psycopg.Error, code: str) -> None:
    assert problems.of_database(original).code == code
    assert problems.of_database(exc.DBAPIError("SELECT", None, original)).code == code


def test_waiting_too_long_for_a_connection_is_busy() -> None:
    assert problems.of_database(exc.TimeoutError("pool")).code == "busy"
