"""Public notices: S12's grep, whatever the spacing, and how long a notice hangs."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from villageapp.domain import codes
from villageapp.domain.notice import Leak, Private, judge_period, judge_text, last_day, leaks
from villageapp.domain.parameters import shipped

ZHANG = Private(
    "张示范",
    numbers=(
        ("证件号码", "14990119620315001X"),
        ("联系电话", "13800000001"),
        ("银行账号", "6228480000000000018"),
        ("户编号", "1499000000000001"),
    ),
    health=("2", "4"),
    words=("高血压",),
)
CLEAN = """监测对象公示
姓名：张示范 村组：示例村一组 类别：突发严重困难户 风险：因病、因残
公示期 2023-03-10 至 2023-03-15。监督电话：13900000000
"""


def test_s12_name_group_category_and_risk_may_be_public() -> None:
    assert leaks(CLEAN, [ZHANG], allowed=["13900000000"]) == ()
    assert judge_text(CLEAN, [ZHANG], ["139 0000 0000", "13900000000"]).allowed


def test_a_telephone_that_is_not_meant_for_the_public_is_found() -> None:
    assert leaks(CLEAN, [ZHANG]) == (Leak("手机号码"),)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("身份证 14990119620315001X", "证件号码"),
        ("身份证 14990119620315001x", "证件号码"),
        ("１４９９０１１９６２０３１５００１Ｘ", "证件号码"),
        ("149901 19620315 001X", "证件号码"),
        ("14990119\n620315001X", "证件号码"),
        ("电话 138-0000-0001", "联系电话"),
        ("账号 6228 4800 0000 0000 018", "银行账号"),
        ("编号 1499000000000001", "户编号"),
        ("患长期慢性病", "健康信息"),
        ("慢性病户", "健康信息"),
        ("家中有残疾人", "健康信息"),
        ("因高血压", "健康信息"),
    ],
)
def test_private_facts_of_a_person_are_found_however_they_are_written(text: str, what: str) -> None:
    assert Leak(what, "张示范") in leaks(text, [ZHANG])


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("149901196507080022", "证件号码"),
        ("149901650708002", "证件号码"),
        ("149901********0022", "证件号码"),
        ("电话：15800000002", "手机号码"),
        ("158 0000 0002", "手机号码"),
        ("6217000000000000017", "银行账号或户编号"),
        ("6217 0000 0000 0000 017", "银行账号或户编号"),
        ("姓名 健康状况 风险", "“健康状况”栏"),
        ("开户 银行", "“开户银行”栏"),
    ],
)
def test_private_things_of_anybody_are_found(text: str, what: str) -> None:
    assert Leak(what) in leaks(text)


@pytest.mark.parametrize(
    "text",
    [
        "2023-03-10 2023-03-15 2023-03-16",
        "金额 86400.00 元、19 个岗位",
        "热线 12317",
        "晋乡振发〔2022〕135号",
        "区划代码 149901100001",
        "健康帮扶 因残 因病",
        "2022年11月 28 日 08:30",
    ],
)
def test_dates_amounts_and_the_hotline_are_harmless(text: str) -> None:
    assert leaks(text, [ZHANG]) == ()


def test_being_healthy_is_no_secret_and_short_numbers_are_not_looked_for() -> None:
    healthy = Private("李样例", numbers=(("尾号", "0022"),), health=("1",), words=("",))
    assert leaks("健康 0022", [healthy]) == ()


def test_a_refusal_tells_what_and_whose_but_never_the_value() -> None:
    told = judge_text("张示范 14990119620315001X 13800000001", [ZHANG]).refusal()
    assert "公示内容含张示范的证件号码" in told
    assert "公示内容含张示范的联系电话" in told
    assert not any(value in told for _, value in ZHANG.numbers)


@given(
    st.text("的户2023 -年月日、\n", max_size=20), st.sampled_from(ZHANG.numbers), st.sets(st.integers(1, 17))
)
def test_no_spacing_hides_a_number(around: str, known: tuple[str, str], gaps: set[int]) -> None:
    what, value = known
    spaced = "".join((" " if place in gaps else "") + digit for place, digit in enumerate(value))
    assert Leak(what, "张示范") in leaks(f"{around}。{spaced}。{around}", [ZHANG])


def test_s5_five_days_for_monitoring_ten_for_projects() -> None:
    posted = date(2023, 3, 10)
    assert last_day("监测识别公示", posted, shipped()) == date(2023, 3, 15)
    refused = judge_period("监测消除公示", posted, date(2023, 3, 14), shipped())
    assert (refused.allowed, refused.earliest) == (False, date(2023, 3, 15))
    assert judge_period("监测消除公示", posted, date(2023, 3, 15), shipped()).allowed
    for kind in ("项目公告", "资金公告", "光伏收益分配公示"):
        assert last_day(kind, posted, shipped()) == date(2023, 3, 20)
        assert kind in codes.code_list("CL_NOTICE_KIND").labels


@given(st.dates(date(2022, 1, 1), date(2090, 12, 31)), st.integers(0, 20))
def test_a_notice_hangs_whole_days_across_month_ends(start: date, days: int) -> None:
    end = start + timedelta(days=days)
    assert judge_period("监测识别公示", start, end, shipped()).allowed is (days >= 5)
    assert judge_period("项目公告", start, end, shipped()).allowed is (days >= 10)
