"""A laptop whose clock was years ahead: what it wrote stays, and from the next receipt on its time is right again."""

from __future__ import annotations

from datetime import timedelta

from tests.helpers.clones import add, edit, value
from tests.helpers.teams import Team
from villageapp.services.syncing import conflicts, sync_now
from villageapp.services.true_time import clock_trouble
from villageapp.sync.clock import instant, wall_ms

YEARS_MS = 9 * 365 * 24 * 3600 * 1000


def test_one_edit_nine_years_ahead_does_not_date_all_later_ones(team: Team) -> None:
    a, b = team.join("甲"), team.join("乙")
    add(a, 1, phone="13800000001")
    sync_now(a)
    a.clock._wall = lambda: wall_ms() + YEARS_MS
    a.clock.offset_ms = 0
    edit(a, 1, phone="13800000002")
    a.clock._wall = wall_ms  # somebody set the clock right
    assert "系统时间异常" in clock_trouble(a)
    assert sync_now(a).receipt
    assert clock_trouble(a) == ""
    edit(a, 1, phone="13800000003")
    with a.reading() as connection:
        newest = connection.exec_driver_sql("SELECT last_hlc FROM replica").scalar_one()
    assert abs(instant(newest) - a.now()) < timedelta(hours=1)
    team.settle()
    team.check()
    for work in (a, b):
        assert value(work, 1, "phone") == "13800000003", "the last one typed, whatever the clock said before"
        assert conflicts(work) == []
