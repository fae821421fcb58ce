"""When a laptop tries again: debounced, jittered, told by the server, spread over the morning."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from villageapp.domain.dates import CHINA
from villageapp.errors import AppError, Cancelled, SyncError, SyncKind
from villageapp.models.ids import new_id
from villageapp.services import sync_schedule
from villageapp.services.sync_schedule import (
    Phase,
    Schedule,
    after_morning,
    back_off,
    morning_delay,
    next_moment,
)

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=CHINA)
REPLICA = "01900000-0000-7000-8000-000000000001"


def schedule(seed: int = 1) -> Schedule:
    return Schedule(REPLICA, random.Random(seed))


def error(kind: SyncKind, retry_after: float | None = None, code: str = "") -> SyncError:
    return SyncError(kind, "not now", retry_after=retry_after, code=code)


def wait(made: Schedule, now: datetime = NOON) -> timedelta:
    assert made.due is not None
    return made.due - now


def test_back_off_grows_with_full_jitter_up_to_a_limit() -> None:
    pick = random.Random(7)
    for failures in range(1, 40):
        ceiling = min(sync_schedule.LONGEST, sync_schedule.BACK_OFF * 2 ** (failures - 1))
        waits = [back_off(failures, pick) for _ in range(50)]
        assert all(sync_schedule.LEAST <= each <= ceiling for each in waits)
        assert max(waits) > ceiling * 0.8
        assert min(waits) < ceiling * 0.5, "full jitter, not a little"


def test_changes_are_gathered_but_not_for_ever() -> None:
    made = schedule()
    for second in range(60):
        made.changed(NOON + timedelta(seconds=second))
    first = made.due
    assert first == NOON + sync_schedule.LONGEST_GATHERING or first == NOON + timedelta(seconds=59)
    made = schedule()
    made.changed(NOON)
    made.changed(NOON + timedelta(seconds=2))
    assert made.due == NOON + timedelta(seconds=2) + sync_schedule.AFTER_CHANGE


def test_success_waits_for_colleagues_and_a_change_meanwhile_is_not_forgotten() -> None:
    made = schedule()
    made.began()
    made.succeeded(NOON)
    assert wait(made) == sync_schedule.IDLE
    made.began()
    made.changed(NOON)
    assert made.due is None
    made.succeeded(NOON)
    assert wait(made) == sync_schedule.AFTER_CHANGE


def test_without_a_network_only_probes_and_at_least_every_two_minutes() -> None:
    made = schedule()
    for _ in range(30):
        made.began()
        made.failed(NOON, error(SyncKind.OFFLINE))
        assert made.phase is Phase.AWAY
        assert made.needs_probe
        assert sync_schedule.LEAST <= wait(made) <= sync_schedule.LONGEST_PROBE
    made.changed(NOON)
    assert wait(made) <= sync_schedule.LONGEST_PROBE
    made.began()
    made.succeeded(NOON)
    assert not made.needs_probe
    assert made.failures == 0


def test_retry_after_is_honoured_and_spread() -> None:
    waits = []
    for seed in range(40):
        made = schedule(seed)
        made.failed(NOON, error(SyncKind.BUSY, retry_after=120))
        waits.append(wait(made))
    assert all(timedelta(seconds=120) <= each <= timedelta(seconds=180) for each in waits)
    assert len({round(each.total_seconds()) for each in waits}) > 15
    made.failed(NOON, error(SyncKind.BUSY, retry_after=10**9))
    assert wait(made) <= sync_schedule.LONGEST_ASKED * 1.5


@pytest.mark.parametrize("kind", [SyncKind.AUTH, SyncKind.TOO_OLD, SyncKind.PROTOCOL])
def test_what_a_person_must_mend_is_tried_again_rarely(kind: SyncKind) -> None:
    made = schedule()
    made.failed(NOON, error(kind, code="revoked"))
    assert (made.phase, made.code) == (Phase.STOPPED, "revoked")
    made.changed(NOON)
    assert wait(made) == sync_schedule.LONGEST_ASKED
    made.began()  # the button
    made.succeeded(NOON)
    assert made.due is not None


def test_cancelling_waits_for_the_next_change() -> None:
    made = schedule()
    made.began()
    made.failed(NOON, Cancelled())
    assert (made.phase, made.due) == (Phase.CANCELLED, None)
    made.changed(NOON)
    assert wait(made) == sync_schedule.AFTER_CHANGE


def test_an_exchange_without_a_full_receipt_comes_back_ever_later() -> None:
    made = schedule()
    for _ in range(20):
        made.began()
        made.succeeded(NOON, is_complete=False)
        assert sync_schedule.IDLE <= wait(made) <= sync_schedule.LONGEST


def test_a_bug_or_a_full_disk_is_not_repeated_every_minute() -> None:
    made = schedule()
    made.failed(NOON, ValueError("x"))
    assert made.phase is Phase.STOPPED
    assert wait(made) == sync_schedule.LONGEST_ASKED
    made.failed(NOON, AppError("x"))
    assert made.code == "error"


def test_the_province_does_not_knock_all_at_once_at_eight() -> None:
    opening = datetime(2026, 11, 24, 8, 0, tzinfo=CHINA)
    minutes = [0] * 30
    for _ in range(3000):
        replica = new_id()
        made = Schedule(replica, random.Random(1))
        made.started(opening - timedelta(seconds=1))
        assert made.due is not None
        assert opening <= made.due <= opening + sync_schedule.MORNING_SPREAD
        minutes[min(29, int((made.due - opening).total_seconds() // 60))] += 1
        assert morning_delay(replica) == morning_delay(replica)
    assert max(minutes) < 3 * 3000 / 30
    assert min(minutes) > 3000 / 30 / 3


def test_only_the_half_hour_after_eight_is_spread() -> None:
    own = datetime(2026, 11, 24, 8, 0, tzinfo=CHINA) + morning_delay(REPLICA)
    for hour, minute in ((0, 0), (7, 59), (8, 30), (12, 0), (23, 59)):
        moment = datetime(2026, 11, 24, hour, minute, tzinfo=CHINA)
        assert after_morning(moment, REPLICA) == moment
    assert after_morning(own, REPLICA) == own
    assert after_morning(datetime(2026, 11, 24, 0, 0, tzinfo=UTC), REPLICA) == own


def test_words_say_when_it_is_tried_again() -> None:
    made = schedule()
    assert made.words(NOON) == ""
    made.began()
    assert "正在同步" in made.words(NOON)
    made.failed(NOON, error(SyncKind.BUSY, retry_after=600))
    assert "再试" in made.words(NOON)
    assert "12:1" in made.words(NOON)
    made.failed(NOON, error(SyncKind.OFFLINE))
    assert "自动再试" in made.words(NOON)
    made.failed(NOON, error(SyncKind.AUTH))
    assert "立即同步" in made.words(NOON)
    made.failed(NOON, Cancelled())
    assert "已取消" in made.words(NOON)


def test_moments_in_words() -> None:
    for seconds, text in ((3, "马上"), (41, "一分钟内"), (120, "12:02"), (86_400, "11-24 12:00")):
        assert next_moment(NOON + timedelta(seconds=seconds), NOON) == text
