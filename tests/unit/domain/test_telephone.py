"""Telephones, household numbers and amounts as people write them into a form or on the command line."""

from __future__ import annotations

import pytest

from villageapp.domain.asset import ASSET
from villageapp.domain.cadre import CADRE
from villageapp.domain.fields import Field, Form
from villageapp.domain.forms import FORMS
from villageapp.domain.household import HOUSEHOLD
from villageapp.domain.member import MEMBER
from villageapp.domain.monitoring_case import MONITORING_CASE
from villageapp.domain.village import VILLAGE
from villageapp.errors import ValidationFailed

PHONES = [
    (HOUSEHOLD, "phone"),
    (MEMBER, "phone"),
    (CADRE, "phone"),
    (ASSET, "custody_phone"),
    (VILLAGE, "town_phone"),
    (MONITORING_CASE, "contact_phone"),
]


@pytest.mark.parametrize(("form", "name"), PHONES)
@pytest.mark.parametrize("written", ["无", " 无 ", "没有", "-", "", None])
def test_no_phone_is_nothing(form: Form, name: str, written: str | None) -> None:
    assert form.check({name: written}, complete=False) == {name: None}


@pytest.mark.parametrize(("form", "name"), PHONES)
def test_words_are_no_phone(form: Form, name: str) -> None:
    with pytest.raises(ValidationFailed) as refused:
        form.check({name: "abc"}, complete=False)
    assert [problem.field for problem in refused.value.problems] == [name]
    assert "不是电话号码" in str(refused.value)


def test_every_telephone_of_a_person_or_office_is_among_these() -> None:
    phones = {
        (form.entity, field.name) for form in FORMS.values() for field in form.fields if _is_phone(field)
    }
    assert phones == {(form.entity, name) for form, name in PHONES}


def _is_phone(field: Field) -> bool:
    return field.name == "phone" or field.name.endswith("_phone")


@pytest.mark.parametrize("phone", ["13800000001", "0355-1234567", "１３８００００００01"])
def test_a_phone_is_kept_as_digits(phone: str) -> None:
    clean = HOUSEHOLD.check({"phone": phone}, complete=False)
    assert clean["phone"].isascii()
    assert HOUSEHOLD.warnings(clean) == []


def test_an_odd_phone_is_kept_and_named() -> None:
    clean = HOUSEHOLD.check({"phone": "13800000001 儿子"}, complete=False)
    assert clean == {"phone": "13800000001 儿子"}
    assert [problem.field for problem in HOUSEHOLD.warnings(clean)] == ["phone"]


@pytest.mark.parametrize(
    ("number", "odd"), [("1499011002010001", False), ("12", True), ("149901100201000X", True)]
)
def test_16_digits_are_usual_for_a_household(number: str, odd: bool) -> None:
    clean = HOUSEHOLD.check({"national_hh_no": number}, complete=False)
    assert clean == {"national_hh_no": number}
    assert [problem.field for problem in HOUSEHOLD.warnings(clean)] == ["national_hh_no"] * odd


@pytest.mark.parametrize("number", ["1.499E+15", "1499011e10", "1499011002010001.0", "12.5"])
def test_a_household_number_that_a_spreadsheet_spoilt_is_refused(number: str) -> None:
    with pytest.raises(ValidationFailed, match="丢失"):
        HOUSEHOLD.check({"national_hh_no": number}, complete=False)


@pytest.mark.parametrize("amount", ["1e5", "1E5元", "2.5e3"])
def test_an_amount_in_scientific_notation_is_refused_by_name(amount: str) -> None:
    with pytest.raises(ValidationFailed, match="科学记数"):
        HOUSEHOLD.check({"dibao_month_amount": amount}, complete=False)
