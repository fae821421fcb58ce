"""The household list, one household's page, finding one, changing fields."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from tests.helpers.stores import PLACE, SHAN, USER_NAME, WANG, ZHANG, ZHAO, add_family, family_id, member_id
from villageapp.errors import AppError, NotFound, Severity, ValidationFailed
from villageapp.models.records import Household
from villageapp.services import households, measures, members, problems, syncing, visits
from villageapp.services.households import HouseholdFilter
from villageapp.services.workspace import Workspace
from villageapp.sync import capture

HOME = family_id(ZHANG)


def heads(work: Workspace, ids: list[str]) -> list[str]:
    return [row.head_name for row in households.rows(work, ids)]


def test_list_stands_by_group_as_people_count(work: Workspace) -> None:
    assert heads(work, households.list_ids(work)) == ["张示范", "王测试", "赵演示", "单䶮"]
    assert heads(work, households.list_ids(work, descending=True)) == ["单䶮", "赵演示", "王测试", "张示范"]
    assert households.groups(work) == ["一组", "二组", "十组"]


def test_sorting(work: Workspace) -> None:
    visits.record_visit(
        work, HOME, {"kind": "01", "result": "见到户主", "started_at": datetime(2023, 1, 1, tzinfo=UTC)}
    )
    assert heads(work, households.list_ids(work, sort="name")) == ["单䶮", "王测试", "张示范", "赵演示"]
    assert heads(work, households.list_ids(work, sort="members", descending=True))[0] == "张示范"
    assert heads(work, households.list_ids(work, sort="last_visit", descending=True))[0] == "张示范"
    assert heads(work, households.list_ids(work, sort="last_visit"))[-1] == "张示范", "never visited first"
    assert heads(work, households.list_ids(work, sort="next_visit"))[0] == "张示范", "without a day last"


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (HouseholdFilter(household_type="1"), {"张示范", "赵演示"}),
        (HouseholdFilter(monitored=True), {"王测试"}),
        (HouseholdFilter(monitored=False), {"张示范", "赵演示", "单䶮"}),
        (HouseholdFilter(monitoring_category="3"), {"王测试"}),
        (HouseholdFilter(group_name="二组"), {"王测试", "赵演示"}),
        (HouseholdFilter(no_labour_whole=True), {"赵演示", "单䶮"}),
        (HouseholdFilter(no_labour_whole=True, household_type="1"), {"赵演示"}),
        (HouseholdFilter(with_problems=True), {"张示范"}),
        (HouseholdFilter(with_problems=False), {"王测试", "赵演示", "单䶮"}),
        (HouseholdFilter(unvisited_since=date(2023, 1, 2)), {"张示范", "王测试", "赵演示", "单䶮"}),
        (HouseholdFilter(unvisited_since=date(2023, 1, 1)), {"王测试", "赵演示", "单䶮"}),
    ],
)
def test_filters(work: Workspace, wanted: HouseholdFilter, expected: set[str]) -> None:
    first = {"kind": "01", "result": "见到户主", "started_at": datetime(2023, 1, 1, tzinfo=UTC)}
    visits.record_visit(work, HOME, {**first, "med_ok": False})
    assert set(heads(work, households.list_ids(work, filters=wanted))) == expected


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (HouseholdFilter(risk="01"), {"张示范", "王测试"}),
        (HouseholdFilter(risk="02"), {"王测试"}),
        (HouseholdFilter(risk="03"), set()),
        (HouseholdFilter(unmet=True), {"张示范"}),
        (HouseholdFilter(unmet=False), {"王测试"}),
        (HouseholdFilter(working_away=True), {"赵演示"}),
        (HouseholdFilter(working_away=False), {"张示范", "王测试", "单䶮"}),
        (HouseholdFilter(risk="01", unmet=True), {"张示范"}),
    ],
)
def test_filters_by_what_a_visit_found(work: Workspace, wanted: HouseholdFilter, expected: set[str]) -> None:
    home = {row.head_name: row.id for row in households.rows(work, households.list_ids(work))}
    seen = {
        "kind": "01",
        "result": "见到户主",
        "started_at": datetime(2023, 1, 1, tzinfo=UTC),
        "med_ok": True,
    }
    visits.record_visit(work, home["张示范"], {**seen, "water_ok": False})
    visits.record_visit(work, home["王测试"], {**seen, "water_ok": False})
    visits.record_visit(work, home["王测试"], {**seen, "started_at": datetime(2023, 2, 1, tzinfo=UTC)})
    later = {"kind": "01", "result": "无人在家", "started_at": datetime(2023, 3, 1, tzinfo=UTC)}
    visits.record_visit(work, home["张示范"], later)
    households.change(work, home["张示范"], {"risks": ["因病"]})
    households.change(work, home["王测试"], {"risks": ["因病", "因学"]})
    members.change_member(
        work, households.page(work, home["赵演示"]).members[0]["id"], {"working": "省外务工"}
    )
    assert set(heads(work, households.list_ids(work, filters=wanted))) == expected


def test_text_narrows_the_list_and_meets_the_filter(work: Workspace) -> None:
    assert heads(work, households.list_ids(work, text="lyl")) == ["张示范"], "by a member"
    assert heads(work, households.list_ids(work, text="二组")) == ["王测试", "赵演示"]
    poor = HouseholdFilter(household_type="1")
    assert heads(work, households.list_ids(work, text="二组", filters=poor)) == ["赵演示"]
    by_name = households.list_ids(work, text="二组", sort="name", descending=True)
    assert heads(work, by_name) == ["赵演示", "王测试"]
    assert households.list_ids(work, text="没有这个人") == []


def test_rows_keep_the_order_and_leave_out_the_deleted(work: Workspace) -> None:
    ids = households.list_ids(work)[::-1]
    with work.transaction() as session:
        capture.delete(session, session.get_one(Household, ids[1]))
    assert [row.id for row in households.rows(work, ids)] == [ids[0], *ids[2:]]
    assert ids[1] not in households.list_ids(work)
    with pytest.raises(ValueError, match="256"):
        households.rows(work, ids * 100)
    (row,) = households.rows(work, [HOME])
    assert (row.members, row.phone, row.national_hh_no) == (4, "13800000001", ZHANG)
    assert row.no_labour_whole is False


@pytest.mark.parametrize("text", [ZHANG, "张示范", HOME, HOME.upper(), f" {ZHANG} "])
def test_find_one(work: Workspace, text: str) -> None:
    assert households.find_one(work, text) == HOME


def test_find_one_names_the_choices(work: Workspace) -> None:
    namesake = {"name": "张示范", "id_no": "14990119590101001X", "relation": "户主"}
    add_family(work, {**PLACE, "national_hh_no": "1499000000000009", "household_type": "2"}, (namesake,))
    with pytest.raises(AppError, match=f"{ZHANG}.*1499000000000009|1499000000000009.*{ZHANG}") as refused:
        households.find_one(work, "张示范")
    assert refused.value.code == "ambiguous"
    with pytest.raises(NotFound):
        households.find_one(work, "李样例")


def test_page_knows_everything(work: Workspace) -> None:
    visits.record_visit(
        work, HOME, {"kind": "01", "result": "见到户主", "started_at": work.now(), "water_ok": False}
    )
    girl = member_id(ZHANG, "149901201009160023")
    measures.record_measure(
        work,
        HOME,
        {"item": "雨露计划", "title": "春季", "status": "计划", "member_id": girl, "start_on": "2023-03-01"},
    )
    page = households.page(work, HOME)
    assert [member["name"] for member in page.members] == ["张示范", "李样例", "张小样", "张小例"]
    assert page.members[0]["id_no_masked"] == "149901********001X"
    assert page.members[3]["age"] == work.today().year - 2010 - (
        (work.today().month, work.today().day) < (9, 16)
    )
    assert page.measures[0]["member_name"] == "张小例"
    assert page.problems[0]["standing"].step == "上门核查"
    assert page.visits[0]["visitor_names"] == [USER_NAME]
    assert page.no_labour_whole is False
    moments = [entry.at for entry in page.timeline]
    assert moments == sorted(moments, reverse=True)
    assert {entry.kind for entry in page.timeline} == {"household", "visit", "problem", "measure"}
    assert any(entry.text == "饮水安全有保障：否" for entry in page.timeline)
    with pytest.raises(NotFound):
        households.page(work, "00000000-0000-4000-8000-000000000000")


def test_change_is_checked_as_the_form(work: Workspace) -> None:
    saved = households.change(work, HOME, {"phone": "139 0000 0001", "house_level": "a级"})
    assert set(saved.detail) == {"phone", "house_level"}
    assert [warning.field for warning in saved.warnings] == ["phone"]
    for wrong, words in (
        ({"house_level": "好"}, "不在"),
        ({"household_type": None}, "必须填写"),
        ({"house_area_m2": "1000"}, "不能大于 999"),
        ({"colour": "红"}, "没有“colour”"),
        ({"monitoring_category": "2"}, "户类型不符"),
        ({"duty_person_id": HOME}, "不存在"),
    ):
        with pytest.raises(ValidationFailed, match=words):
            households.change(work, HOME, wrong)
    assert households.page(work, HOME).values["house_level"] == "A"
    assert not households.change(work, HOME, {"house_level": "A"}).changes


def test_an_old_contradiction_does_not_block_another_field(work: Workspace) -> None:
    with work.transaction() as session:
        session.get_one(Household, HOME).assign({"monitoring_category": "2"})
    households.change(work, HOME, {"phone": "13800000002"})
    assert households.page(work, HOME).values["phone"] == "13800000002"


def test_a_field_changed_under_the_persons_eyes_keeps_both_values(work: Workspace) -> None:
    seen = {"phone": "13800000001", "address": None}
    households.change(work, HOME, {"phone": "13800000008"})
    saved = households.change(work, HOME, {"phone": "13800000009", "address": "村东头"}, seen=seen)
    (warning,) = saved.warnings
    assert (warning.field, warning.severity) == ("phone", Severity.WARNING)
    (conflict,) = syncing.conflicts(work)
    assert (conflict.entity, conflict.record_id, conflict.field) == ("household", HOME, "phone")
    assert {value.value for value in conflict.values} == {"13800000008", "13800000009"}


def test_add_household_takes_the_place_of_the_village(work: Workspace) -> None:
    saved = households.add_household(work, {"national_hh_no": "1499000000000077", "household_type": "一般户"})
    values = households.page(work, saved.id).values
    assert (values["village"], values["county"], values["status"]) == ("示例村", "示范县", "在册")
    assert saved.id == family_id("1499000000000077")
    with pytest.raises(ValidationFailed, match="已登记"):
        households.add_household(work, {"national_hh_no": ZHANG, "household_type": "1"})


def test_counts(work: Workspace) -> None:
    assert households.count(work) == {"households": 4, "members": 7}
    problems.add_problem(work, {"category": "就业", "title": "零就业", "household_id": family_id(SHAN)})
    assert households.rows(work, [family_id(SHAN)])[0].open_problems == 1
    assert households.rows(work, [family_id(WANG), family_id(ZHAO)])[0].open_problems == 0
