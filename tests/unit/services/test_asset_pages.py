"""Assets with what is due of them, projects with their funds, income and its distribution."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.helpers.days import on
from tests.helpers.stores import WANG, ZHANG, family_id, member_id
from villageapp.domain.parameters import UnsetParameter
from villageapp.errors import NotFound, ValidationFailed
from villageapp.services import asset_incomes, asset_pages, post_pages, records
from villageapp.services.workspace import Workspace

ASSET: dict[str, Any] = {
    "asset_no": "SF-001",
    "name": "养殖棚舍",
    "asset_class": "2",
    "asset_form": "固定资产",
    "fund_level": "中央",
    "built_year": 2020,
    "place": "村东",
    "original_value": "560000",
    "net_value": "300000",
    "owner_level": "村集体",
    "operator": "示范合作社",
    "rent_year": "30000",
    "custodian": "王测试",
    "status": "正常",
}


@pytest.fixture(autouse=True)
def november(work: Workspace) -> None:
    on(work, "2026-11-24")


def asset(work: Workspace, **values: Any) -> str:
    return records.record(work, "asset", {**ASSET, **values}).id


def solar(work: Workspace) -> str:
    project = records.record(work, "project", {"name": "光伏电站", "kind": "光伏"}).id
    return asset(work, asset_no="SF-009", name="一号电站", project_id=project)


def test_what_is_due_of_an_asset_is_told(work: Workspace) -> None:
    sound = asset(work, last_check_on="2026-03-01", contract_end="2028-01-01")
    ending = asset(work, asset_no="SF-002", last_check_on="2025-11-24", contract_end="2027-01-23")
    never = asset(work, asset_no="SF-003", contract_end="2026-11-14")
    page = asset_pages.page(work)
    found = {row.id: row for row in page.assets}
    assert [row.id for row in page.assets] == [sound, ending, never]
    assert found[sound].is_sound
    assert (found[ending].contract_left, found[ending].contract_ends) == (60, True)
    assert (found[ending].check_due, found[ending].check_overdue) == (date(2026, 11, 24), False)
    assert (found[never].contract_left, found[never].check_due) == (-10, date(2020, 12, 31))
    assert (page.totals.unchecked, page.totals.ending, page.totals.not_normal) == (1, 2, 0)
    assert page.totals.original == 3 * 560_000_00


def test_an_asset_that_is_not_normal_shows_its_problem_item(work: Workspace) -> None:
    made = asset(work)
    assert asset_pages.one(work, made).problem is None
    records.change(work, "asset", made, {"status": "闲置", "last_check_on": "2026-11-20"})
    row = asset_pages.one(work, made)
    assert row.problem is not None
    assert row.problem.state == "REPORTED"
    records.change(work, "asset", made, {"status": "处置"})
    gone = asset_pages.page(work)
    assert (gone.totals.assets, gone.assets[0].check_due, gone.assets[0].contract_left) == (0, None, None)
    with pytest.raises(NotFound):
        asset_pages.one(work, "none")


def test_a_project_adds_up_its_funds_and_names_what_is_missing(work: Workspace) -> None:
    funds = [
        {"level": "中央", "amount": "1000", "paid": "600.5"},
        {"level": "县", "doc_no": "示财农〔2021〕1号", "amount": "200"},
    ]
    values = {"name": "养殖园", "kind": "产业", "funds": funds, "bidding_system": "是"}
    project = records.record(work, "project", values).id
    made = asset(work, project_id=project)
    [row] = asset_pages.page(work).projects
    assert (row.amount, row.paid, row.assets) == (1200_00, 600_50, 1)
    assert row.missing == ("项目法人制", "建设监理制", "合同管理制")
    assert asset_pages.one(work, made).project_name == "养殖园"
    assert asset_pages.project_names(work) == [(project, "养殖园")]


def income(work: Workspace, owner: str, lines: list[dict[str, Any]], **values: Any) -> str:
    given = {"period": "2026年", "gross": "60000", "cost": "0", "net": "60000", **values}
    return records.record(work, "asset_income", {**given, "asset_id": owner, "distribution": lines}).id


def test_a_distribution_says_who_got_what_and_what_is_left(work: Workspace) -> None:
    lines = [
        {"kind": "救助", "household_id": family_id(WANG), "amount": "1000"},
        {"kind": "村集体留存", "amount": "9000"},
    ]
    owner = asset(work)
    income(work, owner, lines, received_on="2026-10-01")
    income(work, owner, [], period="2025年", received_on="2025-10-01")
    first, second = asset_incomes.incomes(work, owner)
    assert [(line.kind, line.who, line.amount) for line in first.lines] == [
        ("救助", "王测试", 1000_00),
        ("村集体留存", "", 9000_00),
    ]
    assert (first.distributed, first.remainder, first.judgement.allowed) == (10000_00, 50000_00, True)
    assert "50,000.00" in first.judgement.explanation
    assert second.values["period"] == "2025年"
    assert asset_pages.page(work).totals.income == 60000_00, "received this year"
    with pytest.raises(ValidationFailed):
        income(work, owner, [{"kind": "奖励", "amount": "60000.01"}])


def test_photovoltaic_income_is_held_against_the_share_of_its_year(work: Workspace) -> None:
    owner = solar(work)
    lines = [{"kind": "公益岗工资", "amount": "10000"}]
    with pytest.raises(ValidationFailed) as refused:
        income(work, owner, lines, received_on="2020-12-01")
    assert refused.value.problems[0].field == "distribution"
    income(work, owner, lines, received_on="2026-10-01")
    [row] = asset_incomes.incomes(work)
    assert row.is_photovoltaic
    assert "未核定" in row.judgement.explanation


def test_posts_paid_from_the_sun_are_offered_as_wages(work: Workspace) -> None:
    wife = member_id(ZHANG, "149901196507080022")
    values = {
        "member_id": wife,
        "post_kind": "M0409",
        "fund_source": "光伏收益",
        "agreement_start": "2026-01-01",
        "agreement_end": "2026-12-31",
        "month_pay": "500",
    }
    post_pages.record(work, family_id(ZHANG), values)
    start = asset_incomes.start(work, photovoltaic=True)
    assert [(line["member_id"], line["amount"]) for line in start.wages] == [(wife, 500_00)]
    assert start.names == {wife: "李样例"}
    assert len({one.text for one in start.recipients}) == 4
    assert asset_incomes.start(work, photovoltaic=False).wages == ()


def test_households_of_one_name_and_group_are_told_apart() -> None:
    same = [asset_incomes.Recipient(key, "张示范（一组）") for key in ("a", "b")]
    assert [one.text for one in asset_incomes._told_apart(same)] == ["张示范（一组）", "张示范（一组） 2"]


def test_the_trial_shows_the_arithmetic_or_says_that_no_share_is_set(work: Workspace) -> None:
    told = asset_incomes.try_posts(work, 60000_00, "500", "80%")
    assert "8" in told
    assert "48,000.00" in told
    with pytest.raises(UnsetParameter):
        asset_incomes.try_posts(work, 60000_00, "500", None)
    with pytest.raises(ValidationFailed):
        asset_incomes.try_posts(work, None, "500", "80%")
