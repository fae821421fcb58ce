"""Ledgers in a real store: headings from the forms, names instead of ids, what is computed beside them."""

from __future__ import annotations

from datetime import date

import pytest

from tests.helpers.days import on, with_line
from tests.helpers.stores import WANG, ZHANG, as_role, family_id, member_id
from villageapp.domain.forms import FORMS
from villageapp.errors import NotFound
from villageapp.services import cases, households, incomes, ledgers, measures, problems, records, visits
from villageapp.services.ledgers import Ledger, ledger
from villageapp.services.workspace import Workspace

HOME = family_id(ZHANG)
SON = member_id(ZHANG, "149901198801010016")


def as_people_read(found: Ledger) -> list[dict[str, str]]:
    headings = [column.heading for column in found.columns]
    return [dict(zip(headings, row, strict=True)) for row in found.texts()]


def test_every_kind_has_headings_and_no_two_alike(work: Workspace) -> None:
    assert set(ledgers.kinds()) == {
        *("problems", "measures", "employment", "cases", "loans", "posts", "assets", "visits", "incomes"),
        *("people", "employment-month"),
    }
    labels = {f.label for form in FORMS.values() for f in form.fields}
    for kind in ledgers.kinds():
        found = ledger(work, kind)
        headings = [column.heading for column in found.columns]
        assert len(set(headings)) == len(headings), kind
        assert (found.rows == []) is (kind != "people")
        if kind in ("people", "employment-month"):
            continue  # headings of the national exports, which the importer looks for
        assert len(labels.intersection(h.split("（")[0] for h in headings)) >= len(headings) * 3 // 4
    with pytest.raises(NotFound, match="没有“weather”"):
        ledger(work, "weather")


def test_problems_with_their_clock(work: Workspace) -> None:
    on(work, "2023-02-08")
    values = {"category": "住房安全", "title": "房顶漏雨", "reported_on": "2023-01-31", "grade": "I"}
    problems.add_problem(work, {**values, "household_id": HOME, "owner_id": work.identity.user_id})
    problems.add_problem(work, {**values, "scope": "村", "title": "村道积水"})
    found = as_people_read(ledger(work, "problems"))
    by_title = {row["标题"]: row for row in found}
    assert by_title["房顶漏雨"]["户主"] == "张示范"
    assert by_title["村道积水"]["户主"] == ""
    row = by_title["房顶漏雨"]
    assert (row["问题类别"], row["责任人"], row["上门核查期限"]) == ("住房安全", "周队员", "2023-02-01")
    assert (row["下一步"], row["超期（天）"]) == ("上门核查", "1")
    assert as_people_read(ledger(work, "problems", date(2023, 2, 7)))[0]["超期（天）"] == "0"


def test_measures_loans_posts_and_employment_name_people(work: Workspace) -> None:
    measures.record_measure(
        work,
        HOME,
        {"item": "M0202", "title": "交通补贴", "status": "已完成", "member_id": SON, "amount": "1500"},
    )
    (row,) = as_people_read(ledger(work, "measures"))
    assert (row["享受人"], row["措施大类"], row["金额（元）"]) == ("张小样", "就业帮扶", "1,500.00")
    person = {"household_id": HOME, "member_id": SON}
    records.record(
        work,
        "loan",
        {
            **person,
            "bank": "示范农商行",
            "principal": "30000",
            "start_on": "2023-03-01",
            "due_on": "2024-03-01",
            "purpose": "养羊",
            "status": "正常",
        },
    )
    (loan,) = as_people_read(ledger(work, "loans"))
    assert (loan["享受人"], loan["本金（元）"], loan["贴息本金（元）"]) == (
        "张小样",
        "30,000.00",
        "30,000.00",
    )
    records.record(
        work, "employment", {**person, "working": True, "channel": "灵活就业", "start_ym": "202303"}
    )
    (spell,) = as_people_read(ledger(work, "employment", household_id=HOME))
    assert (spell["务工人"], spell["是否已务工"], spell["开始时间"]) == ("张小样", "是", "2023-03")
    assert ledger(work, "employment", household_id=family_id(WANG)).rows == []


def test_visits_newest_first_with_unknown_left_empty(work: Workspace) -> None:
    for day in ("01", "05"):
        values = {"kind": "01", "started_at": f"2023-03-{day} 10:00", "result": "见到户主", "edu_ok": True}
        visits.record_visit(work, HOME, values)
    rows = as_people_read(ledger(work, "visits"))
    assert [row["到户时间"] for row in rows] == ["2023-03-05 10:00", "2023-03-01 10:00"]
    assert (rows[0]["走访人"], rows[0]["义务教育有保障"], rows[0]["饮水安全有保障"]) == ("周队员", "是", "")


def test_incomes_with_sums(work: Workspace) -> None:
    lines = [{"subject_code": "B1", "amount": "20000"}]
    incomes.record_account(work, HOME, {"income_year": 2023, "population": 3}, lines)
    (row,) = as_people_read(ledger(work, "incomes"))
    assert (row["家庭纯收入（元）"], row["人均纯收入（元）"], row["状态"]) == (
        "20,000.00",
        "6,666.67",
        "草稿",
    )


def test_cases_say_from_when_they_may_leave(work: Workspace) -> None:
    with_line(on(work, "2023-04-01"))
    home = family_id(WANG)
    known = {"identified_ym": "202303", "risks": ["因病"], "duty_person_id": work.identity.user_id}
    households.change(work, home, known)
    cases.take_over(as_role(work), home)
    measures.record_measure(
        work,
        home,
        {
            "item": "M0703",
            "title": "医疗救助",
            "status": "实施中",
            "member_id": member_id(WANG, "149901195512310035"),
        },
    )
    visits.record_visit(work, home, {"kind": "01", "started_at": "2023-03-20 10:00", "result": "见到户主"})
    (row,) = as_people_read(ledger(work, "cases"))
    assert (row["户主"], row["监测对象类别"], row["致贫返贫风险1"]) == ("王测试", "突发严重困难户", "因病")
    assert (row["帮扶措施"], row["结对帮扶责任人"], row["最近走访"]) == ("健康帮扶", "周队员", "2023-03-20")
    assert row["可申请消除最早日"] == "2023-09", "half a year after the month of the national list"


def test_assets_belong_to_the_village(work: Workspace) -> None:
    project = records.record(work, "project", {"name": "冷库项目", "kind": "产业"}).id
    values = {
        "asset_no": "SF-1",
        "name": "冷库",
        "asset_class": "2",
        "asset_form": "固定资产",
        "project_id": project,
        "fund_level": "省",
        "built_year": 2020,
        "place": "村东",
        "original_value": "100000",
        "owner_level": "村集体",
        "operator": "示范合作社",
        "custodian": "吴管护",
        "status": "闲置",
    }
    records.record(work, "asset", values)
    (row,) = as_people_read(ledger(work, "assets"))
    assert "户主" not in row
    assert (row["来源项目"], row["资产类别"], row["资产状态"]) == ("冷库项目", "经营性资产", "闲置")
