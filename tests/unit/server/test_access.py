"""Tokens in headers, and the patience with guessers."""

from __future__ import annotations

import pytest

from villageapp.errors import SyncError, SyncKind
from villageapp.server.access import FailureLimit, bearer, check_admin
from villageapp.server.work import Workbench


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic abc", "Bearer " + "x" * 300, "Bearer 汉"])
def test_what_is_no_bearer_token_is_refused(header: str) -> None:
    with pytest.raises(SyncError) as caught:
        bearer(header)
    assert (caught.value.kind, caught.value.code) == (SyncKind.AUTH, "bad_token")


def test_the_administration_has_one_token() -> None:
    check_admin("secret", "Bearer secret")
    with pytest.raises(SyncError):
        check_admin("secret", "Bearer other")


def test_an_address_waits_after_too_many_failures_and_no_other_does() -> None:
    clock = Clock()
    limit = FailureLimit(allowed=3, window_seconds=60, clock=clock)
    for _ in range(3):
        limit.check("a")
        limit.failed("a")
        clock.now += 10
    with pytest.raises(SyncError) as caught:
        limit.check("a")
    assert (caught.value.code, caught.value.retry_after) == ("too_many_tries", 30)
    limit.check("b")
    clock.now = 61
    limit.check("a")


def test_the_oldest_addresses_are_forgotten() -> None:
    limit = FailureLimit(allowed=1, addresses=2, clock=Clock())
    for address in ("a", "b", "c"):
        limit.failed(address)
    limit.check("a")
    with pytest.raises(SyncError):
        limit.check("c")


def test_more_requests_than_places_are_sent_away_early() -> None:
    work = Workbench(max_requests=1)
    with work.admitted():
        with pytest.raises(SyncError) as caught, work.admitted():
            pytest.fail("there was no place")
        assert caught.value.kind is SyncKind.BUSY
        assert caught.value.retry_after is not None
        assert 5 <= caught.value.retry_after <= 30
    with work.admitted():
        pass
