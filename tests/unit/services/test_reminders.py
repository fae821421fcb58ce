"""Reminders on their days: loans 90/30/7, agreements, contracts, yearly checks, cases, clues, accounts, terms, leaves."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.helpers.days import on
from tests.helpers.stores import SHAN, WANG, ZHANG, ZHAO, as_role, family_id, member_id
from villageapp.services import cadres, cases, clues, households, incomes, leaves, records, visits
from villageapp.services.reminders import Reminder, reminders
from villageapp.services.workspace import Workspace

HOME = family_id(ZHANG)
SON = member_id(ZHANG, "149901198801010016")


def of_kind(work: Workspace, kind: str, day: str) -> list[Reminder]:
    return [r for r in reminders(work, date.fromisoformat(day)) if r.kind == kind]


@pytest.mark.parametrize(
    ("day", "left"),
    [("2023-12-01", None), ("2023-12-02", 90), ("2024-02-01", 29), ("2024-03-01", 0), ("2024-03-05", -4)],
)
def test_a_loan_is_remembered_before_and_after_its_day(work: Workspace, day: str, left: int | None) -> None:
    values = {
        "household_id": HOME,
        "member_id": SON,
        "bank": "示范农商行",
        "principal": "30000",
        "start_on": "2023-03-01",
        "due_on": "2024-03-01",
        "purpose": "养羊",
        "status": "正常",
    }
    made = records.record(work, "loan", values).id
    found = of_kind(work, "loan", day)
    assert [r.days_left for r in found] == ([] if left is None else [left])
    for reminder in found:
        assert (reminder.title, reminder.household_id, reminder.target) == (
            "小额信贷到期：张小样",
            HOME,
            made,
        )
        assert "未还 30,000.00 元" in reminder.detail
    records.change(work, "loan", made, {"status": "结清"})
    assert of_kind(work, "loan", day) == []


def test_a_post_agreement_that_was_renewed_is_quiet(work: Workspace) -> None:
    post = {
        "household_id": HOME,
        "member_id": SON,
        "post_kind": "保洁员",
        "fund_source": "光伏收益",
        "month_pay": "300",
    }
    records.record(
        work, "public_post", {**post, "agreement_start": "2022-01-01", "agreement_end": "2022-12-31"}
    )
    assert of_kind(work, "post", "2022-10-31") == []
    (found,) = of_kind(work, "post", "2022-11-01")
    assert (found.days_left, found.title) == (60, "公益岗协议到期：张小样")
    assert [r.days_left for r in of_kind(work, "post", "2023-01-10")] == [-10]
    records.record(
        work, "public_post", {**post, "agreement_start": "2023-01-01", "agreement_end": "2023-12-31"}
    )
    assert of_kind(work, "post", "2023-01-10") == []


def test_assets(work: Workspace) -> None:
    asset = {
        "asset_no": "SF-1",
        "name": "冷库",
        "asset_class": "2",
        "asset_form": "固定资产",
        "fund_level": "省",
        "built_year": 2020,
        "place": "村东",
        "original_value": "100000",
        "owner_level": "村集体",
        "operator": "示范合作社",
        "custodian": "吴管护",
        "status": "正常",
        "contract_end": "2023-06-30",
        "last_check_on": "2022-02-28",
    }
    made = records.record(work, "asset", asset).id
    assert of_kind(work, "contract", "2023-04-30") == []
    assert [r.days_left for r in of_kind(work, "contract", "2023-05-01")] == [60]
    assert of_kind(work, "asset_check", "2023-02-28") == []
    assert [r.due for r in of_kind(work, "asset_check", "2023-03-01")] == [date(2023, 2, 28)]
    records.change(work, "asset", made, {"status": "处置"})
    assert of_kind(work, "asset_check", "2023-03-01") == of_kind(work, "contract", "2023-05-01") == []


def test_clues_and_cases(work: Workspace) -> None:
    on(work, "2023-03-06")
    made = clues.report(work, {"household_id": HOME, "description": "摔伤"}).id
    assert [(r.title, r.days_left) for r in of_kind(work, "clue", "2023-03-06")] == [
        ("线索上门核实：张示范", 1)
    ]
    clues.verify(work, made, {"verify_result": "属实"})
    assert [r.title for r in of_kind(work, "clue", "2023-03-06")] == ["线索待决定：张示范"]
    case = clues.take_up(work, made).id
    assert of_kind(work, "clue", "2023-03-06") == []
    clues.report(work, {"household_id": family_id(WANG), "description": "收入骤减"})
    assert of_kind(work, "clue", "2023-03-06") == [], "a monitored household is followed up by its case"
    found = of_kind(work, "case", "2023-03-20")
    assert {(r.title, r.days_left, r.target) for r in found} == {
        ("上门核实：张示范", -13, case),
        ("完成识别认定：张示范", 1, case),
    }


def test_a_case_of_the_years_before_the_rules_does_not_hide_the_others(work: Workspace) -> None:
    on(work, "2023-03-06")
    cases.open_case(work, HOME, {"reported_on": "2021-11-01"})
    cases.open_case(work, family_id(ZHAO), {"reported_on": "2023-03-06"})
    assert {r.title for r in of_kind(work, "case", "2023-03-06")} == {
        "上门核实：赵演示",
        "完成识别认定：赵演示",
    }
    (told,) = of_kind(work, "unset", "2023-03-06")
    assert "未核定" in told.title


def test_a_household_taken_over_from_the_national_list_is_followed_up(work: Workspace) -> None:
    home = family_id(WANG)
    households.change(work, home, {"identified_ym": "202303"})
    cases.take_over(on(as_role(work), "2023-04-01"), home)
    (first,) = of_kind(work, "case", "2023-04-28")
    assert (first.title, first.due) == ("跟踪走访：王测试", date(2023, 4, 30)), (
        "counted from the end of the month"
    )
    visits.record_visit(work, home, {"kind": "01", "started_at": "2023-04-01 10:00", "result": "见到户主"})
    (found,) = of_kind(work, "case", "2023-05-10")
    assert (found.title, found.due, found.days_left) == ("跟踪走访：王测试", date(2023, 5, 1), -9)


def test_missing_income_accounts_are_one_line(work: Workspace) -> None:
    assert of_kind(work, "income", "2023-10-01") == [], "a village that keeps no accounts here"
    ordinary = {"income_year": 2023, "population": 1}
    incomes.record_account(work, family_id(SHAN), ordinary, [])
    assert of_kind(work, "income", "2023-09-30")[0].target == "2022", "the survey period ends that night"
    (found,) = of_kind(work, "income", "2023-10-01")
    assert (found.title, found.due) == ("3 户没有 2023 年收支账", date(2023, 12, 30))
    assert found.detail == "张示范、王测试、赵演示，还有 90 天"
    for number in (ZHANG, WANG, ZHAO):
        incomes.record_account(work, family_id(number), {"income_year": 2023, "population": 1}, [])
    assert of_kind(work, "income", "2023-10-01") == []


def test_terms_and_leaves(work: Workspace) -> None:
    cadres.record_cadre(
        work, {"name": "钱同事", "role": "工作队员", "term_start": "2022-07-01", "term_end": "2023-06-30"}
    )
    (term,) = of_kind(work, "term", "2023-05-01")
    assert "不足 24 个月" in term.detail
    assert of_kind(work, "term", "2023-04-30") == []
    early = {"name": "郑前任", "role": "工作队员", "term_start": "2019-07-01", "term_end": "2023-06-30"}
    cadres.record_cadre(work, early)
    assert len(of_kind(work, "term", "2023-05-01")) == 2, "no length was required in 2019"
    leave: dict[str, Any] = {"kind": "事假", "from_on": "2023-03-01", "to_on": "2023-03-03", "reason": "家事"}
    made = leaves.request_leave(on(work, "2023-03-01"), leave).id
    assert of_kind(work, "leave", "2023-03-05") == [], "only a granted leave has an end"
    leaves.move_leave(work, made, "队长")
    leaves.move_leave(as_role(work), made, "批准", {"approver": "孙队长"})
    assert of_kind(work, "leave", "2023-03-03") == []
    assert [r.days_left for r in of_kind(work, "leave", "2023-03-05")] == [-1]
    leaves.move_leave(on(work, "2023-03-05"), made, "销假", {"back_on": "2023-03-05"})
    assert of_kind(work, "leave", "2023-03-06") == []


def test_the_first_due_stands_first(work: Workspace) -> None:
    clues.report(on(work, "2023-03-06"), {"household_id": HOME, "description": "摔伤"})
    found = reminders(work, date(2023, 3, 6))
    assert [r.due for r in found] == sorted(r.due for r in found if r.due is not None)
