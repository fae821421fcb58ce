"""What each privacy grade lets through, and unknown kept apart from no."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from tests.unit.reports.sample_card import HEAD_ID, HELPER_PHONE, HOUSEHOLD, PHONE, PRINTED_AT
from villageapp.reports.card_facts import (
    CardFacts,
    CardGuarantees,
    CardMember,
    CardVisit,
    Schooling,
    content_sha8,
)
from villageapp.reports.card_template import load_template
from villageapp.reports.card_texts import CardTexts, age_on, card_texts
from villageapp.reports.privacy import Privacy, masked_id

BARE = CardFacts("0192f3a0-0000-7000-8000-000000000001", 1, 2026, "示范县", "某镇", "王村", "张三")


def texts(facts: CardFacts, grade: Privacy = Privacy.P1, at: datetime = PRINTED_AT) -> CardTexts:
    return card_texts(facts, load_template(), grade, at)


def everything(card: CardTexts) -> str:
    """All printed strings and the QR text."""
    return "\n".join([card.qr, *(text for _, text in card.strings()), *_income(card)])


def _income(card: CardTexts) -> list[str]:
    return [text for row in card.income or () for text in row.values()]


SECRETS = (
    "14990119",
    PHONE,
    "慢性病",
    "大病",
    "残疾",
    "因病",
    "因残",
    "920.00",
    "5,000.00",
    "54,750.00",
    "住院",
)


@pytest.mark.parametrize("secret", SECRETS)
def test_public_grade_hides(secret: str) -> None:
    assert secret in everything(texts(HOUSEHOLD, Privacy.P2))
    assert secret not in everything(texts(HOUSEHOLD, Privacy.P0))


def test_public_grade_hides_free_text_that_may_tell_anything() -> None:
    public = everything(texts(replace(HOUSEHOLD, note="家中有人患病"), Privacy.P0))
    for text in ("家中有人患病", "签订代销协议", "防返贫保险理赔", "27号"):
        assert text not in public
    assert "第二村民小组" in public
    assert HELPER_PHONE in public


def test_family_copy_masks_and_work_file_does_not() -> None:
    family = everything(texts(HOUSEHOLD, Privacy.P1))
    assert "149901********001X" in family
    assert HEAD_ID not in family
    assert PHONE in family
    assert HEAD_ID in everything(texts(HOUSEHOLD, Privacy.P2))


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("14990119620315001X", "149901********001X"),
        ("14990119620315001X43", "149901**********1X43"),
        ("149901620315001", "149901*****5001"),
        ("12345678", "********"),
        ("", ""),
    ],
)
def test_mask(number: str, masked: str) -> None:
    assert masked_id(number) == masked


def test_unknown_is_not_no() -> None:
    card = texts(replace(BARE, members=(CardMember("张三"),)))
    assert card.basic["welfare"] == "低保：未知  特困：未知"
    assert card.basic["relocated"] == "未知"
    assert card.basic["monitoring"] == "未知"
    assert card.members[0]["medical"] == "未知"
    assert card.members[0]["age"] == ""
    assert "否" not in everything(card)
    assert "☑" not in everything(card)
    no = texts(replace(BARE, is_dibao=False, is_tekun=False, is_relocated=False))
    assert no.basic["welfare"] == "低保：否  特困：否"


def test_guarantees_tick_what_is_known() -> None:
    known = CardGuarantees(Schooling.NO_SCHOOL_AGE, True, None, "C", "危房改造", False, date(2026, 1, 2))
    card = texts(replace(BARE, guarantees=known))
    assert card.guarantees["schooling"] == "□有保障 ☑无适龄 □未保障"
    assert card.guarantees["medical"] == "☑全部参保  □有未参保"
    assert card.guarantees["house"] == "□A级  □B级  ☑C/D级  保障方式：危房改造"
    assert card.guarantees["water"] == "□达标  ☑未达标"
    assert card.guarantees["verified"] == "2026-01-02"
    unrated = texts(replace(BARE, guarantees=replace(known, house_level="未鉴定")))
    assert unrated.guarantees["house"] == "□A级  □B级  □C/D级  保障方式：未鉴定，危房改造"


def test_age_is_that_of_the_day_of_printing_in_beijing() -> None:
    assert age_on(date(2000, 11, 20), date(2026, 11, 19)) == "25"
    assert age_on(date(2000, 11, 20), date(2026, 11, 20)) == "26"
    assert age_on(date(2027, 1, 1), date(2026, 11, 20)) == ""
    born = replace(BARE, members=(CardMember("张三", birth_date=date(2000, 11, 20)),))
    assert texts(born, at=datetime(2026, 11, 19, 15, 59, tzinfo=UTC)).members[0]["age"] == "25"
    assert texts(born, at=datetime(2026, 11, 19, 16, 0, tzinfo=UTC)).members[0]["age"] == "26"


def test_newest_six_visits_oldest_first() -> None:
    visits = tuple(
        CardVisit(date(2026, month, 1), "刘", f"第{month}次") for month in (9, 3, 8, 4, 7, 5, 6, 2)
    )
    shown = [row["summary"] for row in texts(replace(BARE, visits=visits)).visits]
    assert shown == [f"第{month}次" for month in (4, 5, 6, 7, 8, 9)]


def test_income_of_two_years() -> None:
    rows = texts(HOUSEHOLD).income
    assert rows is not None
    assert (rows[0]["last"], rows[0]["this"]) == ("2025年", "2026年")
    assert rows[1] == {"subject": "工资性收入", "last": "28,460.00", "this": "31,200.00", "change": "+9.6%"}
    assert texts(BARE).income is None
    assert texts(BARE).income_blank == "未核算"
    assert texts(HOUSEHOLD, Privacy.P0).income_blank == "公示版不显示"
    one = texts(replace(HOUSEHOLD, income_last=None)).income
    assert one is not None
    assert (one[1]["last"], one[1]["change"]) == ("", "")


def test_content_digest_changes_with_any_fact_and_with_nothing_else() -> None:
    assert content_sha8(HOUSEHOLD) == content_sha8(replace(HOUSEHOLD))
    assert content_sha8(HOUSEHOLD) != content_sha8(replace(HOUSEHOLD, phone="13900001235"))
    assert len(content_sha8(HOUSEHOLD)) == 8
    qr = texts(HOUSEHOLD, Privacy.P0).qr
    assert qr == f"card|{HOUSEHOLD.household_uid}|7|{content_sha8(HOUSEHOLD)}"
    assert qr == texts(HOUSEHOLD, Privacy.P2).qr
