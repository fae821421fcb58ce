"""Rules between records, through the store: S8 loans, one post per household, notices, photovoltaic income, twins."""

from __future__ import annotations

from typing import Any

import pytest

from tests.helpers.days import on
from tests.helpers.stores import SHAN, WANG, ZHANG, family_id, member_id
from villageapp.errors import ValidationFailed
from villageapp.services import households, members, problems, records
from villageapp.services.workspace import Workspace

HOME = family_id(ZHANG)
HEAD = member_id(ZHANG, "14990119620315001X")
SON = member_id(ZHANG, "149901198801010016")


def loan(work: Workspace, principal: str, **values: Any) -> Any:
    given = {
        "household_id": HOME,
        "member_id": SON,
        "bank": "示范农商行",
        "principal": principal,
        "start_on": "2023-03-01",
        "due_on": "2024-03-01",
        "purpose": "养羊",
        "status": "正常",
    }
    return records.record(work, "loan", {**given, **values})


def test_s8_cap_extra_and_subsidised_part(work: Workspace) -> None:
    loan(work, "30000")
    with pytest.raises(ValidationFailed, match=r"55,000\.00 元，超过 50,000\.00 元须说明追加理由"):
        loan(work, "25000")
    with pytest.raises(ValidationFailed, match="须说明追加理由"):
        loan(work, "25000", extra=True)
    second = loan(work, "25000", extra=True, extra_reason="扩大养羊")
    rows = records.list_records(work, "loan")
    assert [row["subsidised_principal"] for row in rows] == [30_000_00, 20_000_00], "50,000 in all"
    with pytest.raises(ValidationFailed, match=r"105,001\.00 元，超过每户最高 100,000\.00 元"):
        loan(work, "50001", extra=True, extra_reason="再扩大")
    records.change(work, "loan", second.id, {"outstanding": "0", "status": "结清"})
    loan(work, "20000")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"due_on": "2026-03-02"}, "37 个月"),
        ({"due_on": "2023-02-28"}, "到期日期早于"),
        ({"purpose": "给儿子建房"}, "建房"),
        ({"member_id": None}, "借款人"),
        ({"member_id": member_id(ZHANG, "149901201009160023")}, "不满 18 周岁"),
        ({"household_id": family_id(WANG)}, "不是这一户的"),
    ],
)
def test_s8_refusals(work: Workspace, values: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationFailed, match=words):
        loan(work, "20000", **values)
    assert records.count(work, "loan") == 0


def test_s8_age_by_the_day(work: Workspace) -> None:
    members.change_member(work, SON, {"id_type": "10", "id_no": None, "birth_date": "1958-06-30"})
    loan(work, "1000", start_on="2024-06-29", due_on="2024-12-29")
    with pytest.raises(ValidationFailed, match="66 周岁"):
        loan(work, "1000", start_on="2024-06-30", due_on="2024-12-30")


def test_a_loan_of_a_household_that_left_can_still_be_settled(work: Workspace) -> None:
    """What was right when it was lent does not block its end."""
    home, borrower = family_id(WANG), member_id(WANG, "149901195512310035")
    start = {"start_on": "2020-12-01", "due_on": "2021-12-01"}
    members.change_member(work, borrower, {"id_type": "10", "id_no": None, "birth_date": "1980-01-01"})
    made = loan(work, "10000", household_id=home, member_id=borrower).id
    households.change(work, home, {"risk_eliminated": True})
    records.change(work, "loan", made, {"status": "结清"})
    with pytest.raises(ValidationFailed, match="只面向脱贫户"):
        loan(work, "10000", household_id=home, member_id=borrower)
    with pytest.raises(ValidationFailed):
        loan(work, "10000", household_id=family_id(SHAN), member_id=None, **start)


def test_a_loan_of_the_years_before_the_rule_is_kept_unjudged(work: Workspace) -> None:
    saved = loan(work, "60000", start_on="2019-05-01", due_on="2024-05-01")
    assert "没有按规则核对" in saved.warnings[0].message
    assert records.one(work, "loan", saved.id)["subsidised_principal"] is None


def test_an_unset_market_rate_is_said_not_guessed(work: Workspace) -> None:
    (told,) = loan(work, "10000", rate_bp=365).warnings
    assert told.field == "rate_bp"
    assert "未核定" in told.message


def post(work: Workspace, start: str = "2023-01-01", end: str = "2023-12-31", **values: Any) -> Any:
    given = {
        "household_id": HOME,
        "member_id": SON,
        "post_kind": "保洁员",
        "fund_source": "光伏收益",
        "agreement_start": start,
        "agreement_end": end,
        "month_pay": "300",
    }
    return records.record(work, "public_post", {**given, **values})


def test_s10_a_second_post_needs_a_reason(work: Workspace) -> None:
    assert post(work).warnings == ()
    with pytest.raises(ValidationFailed, match="一户一公岗"):
        post(work, start="2023-06-01", member_id=HEAD)
    second = post(work, start="2023-06-01", member_id=HEAD, override_reason="两人均为半劳力")
    assert "一户一公岗" in second.warnings[0].message
    assert post(work, "2024-01-01", "2024-12-31").warnings == (), "the first agreement has ended"
    assert "没有按规则核对" in post(work, "2019-01-01", "2019-12-31").warnings[0].message, "before the rule"
    with pytest.raises(ValidationFailed, match="早于开始"):
        post(work, "2025-01-01", "2024-12-31")


def test_no_attendance_no_pay(work: Workspace) -> None:
    """R-POST, R-PV: wages are for attended months of the agreement alone."""
    january = {"month": "2023-01", "days": 22, "paid": "300"}
    idle = {"month": "2023-02", "days": 0, "paid": "300"}
    with pytest.raises(ValidationFailed, match="超过应发数"):
        post(work, attended=[january, idle])
    with pytest.raises(ValidationFailed, match="没有出勤记录"):
        post(work, attended=[idle])
    made = post(work, attended=[january]).id
    with pytest.raises(ValidationFailed, match="超过应发数"):
        records.change(work, "public_post", made, {"attended": [{**january, "paid": "300.01"}]})
    records.change(work, "public_post", made, {"attended": [january, {**idle, "days": 1}]})


def test_notices_keep_what_is_private(work: Workspace) -> None:
    members.change_member(work, HEAD, {"health": ["长期慢性病"], "disease_name": "尘肺病"})
    base = {
        "kind": "监测识别公示",
        "subject_entity": "household",
        "subject_id": HOME,
        "title": "监测对象公示",
        "content": "张示范，一组，脱贫不稳定户，因病",
        "place": "村务公开栏",
        "start_on": "2023-03-10",
        "end_on": "2023-03-15",
    }
    records.record(work, "notice", base)
    for values, words in (
        ({"content": "张示范 14990119620315001X"}, "证件号码"),
        ({"content": "张示范，患尘肺病"}, "健康信息"),
        ({"title": "电话13800000001"}, "电话|手机"),
        ({"end_on": "2023-03-14"}, "最早 2023-03-15"),
        ({"end_on": "2023-03-09"}, "早于开始日期"),
        ({"kind": "项目公告", "end_on": "2023-03-19"}, "最早 2023-03-20"),
    ):
        with pytest.raises(ValidationFailed, match=words):
            records.record(work, "notice", {**base, **values})
    assert records.count(work, "notice") == 1


def asset(work: Workspace, **values: Any) -> str:
    given = {
        "asset_no": "SFC-001",
        "name": "村级光伏电站",
        "asset_class": "公益性资产",
        "asset_form": "固定资产",
        "fund_level": "省",
        "built_year": 2018,
        "place": "村南坡",
        "original_value": "600000",
        "owner_level": "村集体",
        "custodian": "吴管护",
        "status": "正常",
    }
    return records.record(work, "asset", {**given, **values}).id


def test_s10_photovoltaic_income_is_not_overspent(work: Workspace) -> None:
    station = asset(work)
    income = {
        "asset_id": station,
        "period": "2020",
        "received_on": "2020-12-20",
        "gross": "90000",
        "cost": "3600",
    }
    income["net"] = "86400"

    def lines(wages: str, rest: str) -> list[dict[str, str]]:
        return [{"kind": "公益岗工资", "amount": wages}, {"kind": "小型公益事业", "amount": rest}]

    with pytest.raises(ValidationFailed, match=r"超过净收益"):
        records.record(work, "asset_income", {**income, "distribution": lines("69120", "17280.01")})
    with pytest.raises(ValidationFailed, match=r"69,120\.00"):
        records.record(work, "asset_income", {**income, "distribution": lines("69119.99", "10000")})
    records.record(work, "asset_income", {**income, "distribution": lines("69120", "17280")})
    odd = records.record(work, "asset_income", {**income, "period": "2019", "net": "86000"})
    assert "不一致" in odd.warnings[0].message


def test_an_asset_that_is_not_sound_opens_one_problem_item(work: Workspace) -> None:
    sound = asset(work)
    assert problems.list_problems(work) == []
    records.change(work, "asset", sound, {"status": "闲置"})
    (item,) = problems.list_problems(work)
    assert (item["asset_id"], item["category"], item["scope"]) == (sound, "11", "项目")
    assert "SFC-001" in item["title"]
    records.change(work, "asset", sound, {"status": "损坏"})
    assert len(problems.list_problems(work)) == 1
    asset(work, asset_no="SFC-002", status="处置")
    assert len(problems.list_problems(work)) == 1


def test_twins_are_refused(work: Workspace) -> None:
    first = asset(work)
    with pytest.raises(ValidationFailed, match="已被另一资产使用"):
        asset(work)
    records.remove(work, "asset", first)
    asset(work, name="新电站")
    with pytest.raises(ValidationFailed, match="已被另一资产使用"):
        records.restore(work, "asset", first)
    day = {"cadre_id": work.identity.user_id, "day": "2023-03-01", "state": "在岗"}
    records.record(work, "attendance", day)
    with pytest.raises(ValidationFailed, match="已有考勤"):
        records.record(work, "attendance", day)
    with pytest.raises(ValidationFailed, match="晚于今天"):
        records.record(on(work, "2023-03-05"), "attendance", {**day, "day": "2023-03-06"})


def test_who_studies_does_not_work(work: Workspace) -> None:
    members.change_member(work, SON, {"student_status": "普通高中一年级"})
    spell = {
        "household_id": HOME,
        "member_id": SON,
        "working": True,
        "channel": "灵活就业",
        "start_ym": "2023-03",
    }
    with pytest.raises(ValidationFailed, match="在校生"):
        records.record(work, "employment", spell)
    members.change_member(work, SON, {"student_status": "非在校生", "labour": "丧失劳动力"})
    assert "请核对" in records.record(work, "employment", spell).warnings[0].message
