"""The monthly bulletin, counted from records that laptops sent."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from tests.helpers.servers import ServerProcess, fresh_database, running_server
from tests.postgres.laptops import RawLaptop, change
from villageapp.errors import NotAllowed, NotFound, ValidationFailed
from villageapp.models.ids import new_id
from villageapp.server import bulletin
from villageapp.server.accounts import Office
from villageapp.server.opening import Province, open_province

TRAINING, OTHER = "149901222001", "140105001001"
PROVINCE = Office("test", "14", True)
MONTH = "2026-06"


@pytest.fixture(scope="module")
def province(postgres_dsn: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Province]:
    """Two villages of two counties with a known June."""
    folder, dsn = tmp_path_factory.mktemp("bulletin"), fresh_database(postgres_dsn)
    with running_server(folder, dsn) as server:
        _first_village(_enrolled(server, TRAINING))
        _second_village(_enrolled(server, OTHER))
    with open_province(folder, dsn) as opened:
        yield opened


def _enrolled(server: ServerProcess, village: str) -> RawLaptop:
    laptop = RawLaptop(server.url, village)
    laptop.enrol(server.enrol_code(village))
    return laptop


def _visit(household: str, started_at: str, result: str = "正常走访") -> Any:
    fields = {"household_id": household, "started_at": started_at, "result": result, "kind": "01"}
    return change(new_id(), fields, entity="visit")


def _problem(reported_on: str, **more: Any) -> Any:
    fields = {"scope": "村", "source": "01", "category": "05", "title": "水", "state": "REPORTED"}
    return change(new_id(), {**fields, "reported_on": reported_on, **more}, entity="problem")


def _first_village(laptop: RawLaptop) -> None:
    poor, watched, other = new_id(), new_id(), new_id()
    laptop.write(
        change(new_id(), {"code": TRAINING, "name": "柳树坪村"}, entity="village"),
        change(poor, {"household_type": "1"}),
        change(watched, {"household_type": "2", "monitoring_category": "2"}),
        change(other, {"household_type": "2"}),
        _visit(poor, "2026-06-10T02:00:00.000Z"),
        _visit(poor, "2026-06-20T02:00:00.000Z"),
        _visit(watched, "2026-06-11T02:00:00.000Z", "无人在家"),
        _visit(other, "2026-05-31T16:30:00.000Z"),  # half past midnight of 1 June in China
        _visit(watched, "2026-06-30T16:30:00.000Z"),  # of 1 July
        _problem("2026-06-01"),
        _problem("2026-06-28"),
        _problem("2026-07-01"),
        _problem("yesterday"),
    )
    laptop.sync()


def _second_village(laptop: RawLaptop) -> None:
    laptop.write(change(new_id(), {"household_type": "2"}))
    laptop.sync()


def test_figures_of_a_month(province: Province) -> None:
    found = bulletin.bulletin(province, MONTH, "149901", PROVINCE)
    (village,) = found.villages
    assert (found.month, found.as_of) == (date(2026, 6, 1), date(2026, 6, 30))
    assert (village.name, village.county) == ("柳树坪村", "示范县")
    assert (village.households, village.poor_before, village.monitored) == (3, 1, 1)
    assert (village.visits, village.met, village.monitored_met) == (4, 2, 0)
    assert (village.problems["added"], village.problems["open"], village.problems["overdue"]) == (2, 2, 1)
    assert [(item.due, item.days) for item in village.overdue_items] == [(date(2026, 6, 8), 22)]
    assert village.unreadable == 1


def test_the_workbook_shows_sums_by_township_and_over_all(province: Province) -> None:
    content = bulletin.workbook_for(province, MONTH, "14", PROVINCE)
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    rows = book.get_sheet_by_name("月通报").to_python()
    heading = rows[2]
    lines = {(row[1], row[2]): dict(zip(heading, row, strict=True)) for row in rows[3:]}
    assert lines["示例镇", "小计"]["户数"] == 3
    assert lines["示例镇", "柳树坪村"]["遍访率"] == 0.666
    total = lines["", "2 个村"]
    assert (total["户数"], total["新增问题"], total["监测户遍访率"]) == (4, 2, 0)
    overdue = book.get_sheet_by_name("超期问题").to_python()
    assert [(row[3], row[6], row[7]) for row in overdue[1:]] == [("饮水安全", date(2026, 6, 8), 22)]
    notes = "".join(str(row[0]) for row in book.get_sheet_by_name("说明").to_python())
    assert "1 条记录" in notes


def test_what_is_no_month_or_division_is_refused(province: Province) -> None:
    for month, division, kind in (
        ("2026-13", "14", ValidationFailed),
        ("2999-01", "14", ValidationFailed),
        (MONTH, "140200", NotFound),
        (MONTH, "99", NotFound),
    ):
        with pytest.raises(kind):
            bulletin.bulletin(province, month, division, PROVINCE)
    with pytest.raises(NotAllowed):
        bulletin.bulletin(province, MONTH, "14", Office("county", "149901", True))
