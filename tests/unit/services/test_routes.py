"""The walk of a day."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from tests.helpers.stores import SHAN, WANG, ZHANG, ZHAO, add_family, family_id
from villageapp.domain.dates import CHINA
from villageapp.errors import ValidationFailed
from villageapp.services import households, routes, visits
from villageapp.services.workspace import Workspace

HOMES = [family_id(number) for number in (ZHANG, WANG, ZHAO, SHAN)]


def visit(work: Workspace, household_id: str, day: date, **more: object) -> None:
    moment = datetime(day.year, day.month, day.day, 8, 30, tzinfo=CHINA)
    visits.record_visit(
        work, household_id, {"kind": "01", "started_at": moment, "result": "见到户主", **more}
    )


def test_houses_of_a_group_follow_their_numbers(work: Workspace) -> None:
    for home, number in ((HOMES[1], 12), (HOMES[2], 3)):
        households.change(work, home, {"address": f"示例村 {number} 号"})
    person = ({"name": "钱样本", "id_no": "149901195010010040", "relation": "户主", "labour": "4"},)
    added = add_family(work, {"national_hh_no": "1499000000000009", "group_name": "二组"}, person)
    households.change(work, added.id, {"address": "示例村 2 号"})
    assert routes.of_group(work, "二组") == [added.id, HOMES[2], HOMES[1]]


def test_due_households_by_group(work: Workspace) -> None:
    day = work.today() + timedelta(days=1)
    for home in (HOMES[3], HOMES[0]):
        households.change(work, home, {"next_visit_on": day})
    households.change(work, HOMES[1], {"next_visit_on": day + timedelta(days=1)})
    assert routes.of_due(work, day) == [HOMES[0], HOMES[3]]
    assert routes.of_due(work, day - timedelta(days=1)) == []


def test_a_route_is_kept_and_shows_what_is_done(work: Workspace) -> None:
    today = work.today()
    routes.plan(work, today, [HOMES[2], HOMES[0], HOMES[2]])
    visit(work, HOMES[0], today)
    route = routes.of_day(work, today)
    assert route is not None
    assert [(stop.head_name, stop.is_done) for stop in route.stops] == [("赵演示", False), ("张示范", True)]
    assert [stop.household_id for stop in route.left] == [HOMES[2]]
    routes.drop(work, today)
    assert routes.of_day(work, today) is None


def test_next_household_follows_todays_route(work: Workspace) -> None:
    routes.plan(work, work.today(), [HOMES[3], HOMES[1], HOMES[0]])
    assert routes.next_household(work, HOMES[3]) == HOMES[1]
    assert visits.opening(work, HOMES[3]).next_household_id == HOMES[1]
    visit(work, HOMES[1], work.today())
    assert routes.next_household(work, HOMES[3]) == HOMES[0]
    assert routes.next_household(work, HOMES[0]) == HOMES[3]
    visit(work, HOMES[3], work.today())
    assert routes.next_household(work, HOMES[0]) is None
    assert routes.next_household(work, HOMES[2]) is None  # not on the route, last of its group


def test_tomorrows_route_does_not_lead_today(work: Workspace) -> None:
    routes.plan(work, work.today() + timedelta(days=1), [HOMES[1], HOMES[0]])
    assert routes.next_household(work, HOMES[1]) == HOMES[2]


def test_old_routes_are_forgotten(work: Workspace) -> None:
    yesterday = work.today() - timedelta(days=1)
    routes.plan(work, yesterday, [HOMES[0]])
    routes.plan(work, work.today(), [HOMES[1]])
    assert routes.of_day(work, yesterday) is None
    assert routes.of_day(work, work.today()) is not None


def test_an_empty_or_endless_route_is_refused(work: Workspace) -> None:
    for ids in ([], [str(n) for n in range(routes.MOST_STOPS + 1)]):
        with pytest.raises(ValidationFailed):
            routes.plan(work, work.today(), ids)
