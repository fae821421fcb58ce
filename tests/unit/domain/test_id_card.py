"""Rule R-ID with every row of acceptance scenario S7."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from villageapp.domain import id_card
from villageapp.domain.member import MEMBER
from villageapp.errors import ValidationFailed

VALID = [
    ("14990119620315001X", "1", date(1962, 3, 15)),
    ("149901196507080022", "2", date(1965, 7, 8)),
    ("149901198801010016", "1", date(1988, 1, 1)),
    ("149901201009160023", "2", date(2010, 9, 16)),
    ("149901195512310035", "1", date(1955, 12, 31)),
    ("14990119480612003X", "1", date(1948, 6, 12)),
]
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def citizen(area: int, born: date, order: int) -> str:
    """A valid number, its check digit computed here by the table of GB 11643."""
    body = f"{area:06d}{born:%Y%m%d}{order:03d}"
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, WEIGHTS, strict=True)) % 11]


citizens = st.builds(
    citizen, st.integers(140000, 149999), st.dates(date(1900, 1, 1), date(2026, 1, 1)), st.integers(0, 999)
)


@pytest.mark.parametrize(("number", "sex", "born"), VALID)
def test_s7_valid_numbers(number: str, sex: str, born: date) -> None:
    found = id_card.read(number)
    assert (found.problem, found.id_no, found.sex, found.birth_date) == ("", number, sex, born)


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("".join(chr(ord(c) + 0xFEE0) for c in "14990119620315001x"), VALID[0][0]),
        ("'149901196507080022", VALID[1][0]),
        ("14990119620315001x", VALID[0][0]),
        (" 149901 19650708 0022\n", VALID[1][0]),
        ("\u202a149901196507080022\u202c", VALID[1][0]),
        ("149901620315001", VALID[0][0]),
    ],
)
def test_other_ways_to_write_them(written: str, number: str) -> None:
    assert id_card.read(written).id_no == number


@pytest.mark.parametrize("card", ["14990119531001004243", "14990119531001004243B1"])
def test_disability_card(card: str) -> None:
    found = id_card.read(card)
    assert (found.problem, found.id_no) == ("", "149901195310010042")
    assert (found.disability_category, found.disability_level) == ("4", "3")
    assert found.disability_card_no == card


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("149901196203150011", "校验码"),
        ("149901202002300014", "不是真实的日期"),
        ("14990119620315X01X", "只能在第 18 位"),
        ("1.4990119880101E+17", "精度丢失"),
        ("149901198801010000", "精度丢失"),
        ("149901196507080022.0", "精度丢失"),
        ("14990119531001004283", "类别 8"),
        ("14990119531001004249", "等级 9"),
        ("14990119531001004243!!", "末两位"),
        ("149901189912310010", "超出范围"),
        ("149901209912310010", "超出范围"),
        ("169901196203150011", "省份代码 16"),
        ("14990119620315001", "现在 17 位"),
        ("", "现在 0 位"),
        ("1499011962031500二X", "数字以外"),
    ],
)
def test_refused_with_the_reason(written: str, reason: str) -> None:
    found = id_card.read(written)
    assert found.id_no == ""
    assert reason in found.problem


def test_sex_that_contradicts_the_number_is_an_error() -> None:
    values = {"name": "李样例", "id_type": "01", "id_no": VALID[1][0], "sex": "男"}
    with pytest.raises(ValidationFailed, match="第 17 位"):
        MEMBER.check(values, complete=False)


@given(citizens)
def test_every_number_with_the_right_check_digit_is_read(number: str) -> None:
    found = id_card.read(number)
    assert found.id_no == number
    assert f"{found.birth_date:%Y%m%d}" == number[6:14]
    assert found.sex == ("1" if int(number[16]) % 2 else "2")


@given(citizens, st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(number: str, place: int, off: int) -> None:
    wrong = str((int(number[place]) + off) % 10)
    assert id_card.read(number[:place] + wrong + number[place + 1 :]).problem


@given(st.text(max_size=30))
def test_any_text_is_answered(text: str) -> None:
    found = id_card.read(text)
    assert bool(found.problem) != bool(found.id_no)


def test_masked_for_the_familys_copy() -> None:
    assert id_card.masked("14990119620315001X") == "149901********001X"
    assert id_card.masked("12345") == "*****"
