"""Divisions of the province: twelve digits, townships known by name, training villages apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from villageapp.domain.village import TRAINING_COUNTY, VILLAGE, Place, divisions, place_of
from villageapp.errors import NotFound, ValidationFailed

LEVELS = {"province": None, "city": "province", "county": "city", "township": "county"}


def test_every_division_hangs_on_one_of_the_level_above() -> None:
    known = divisions()
    for code, division in known.items():
        assert (len(code), code[:2], division.code) == (12, "14", code)
        assert division.name
        above = LEVELS[division.level]
        assert above is None or known[division.parent_code].level == above
    by_level = {level: [d for d in known.values() if d.level == level] for level in LEVELS}
    assert len(by_level["province"]) == 1
    assert len(by_level["city"]) == 11
    assert len(by_level["county"]) >= 117
    assert len(by_level["township"]) > 1000


def test_the_place_of_a_village() -> None:
    township = next(d for d in divisions().values() if d.level == "township")
    county = divisions()[township.parent_code]
    found = place_of(township.code[:9] + "201")
    assert found == Place(divisions()[county.parent_code].name, county.name, county.code[:6], township.name)


def test_training_villages_lie_in_no_real_county() -> None:
    assert not [code for code in divisions() if code.startswith(TRAINING_COUNTY)]
    assert place_of("149901100001") == Place("演示市", "示范县", "149901", "示例镇")


@pytest.mark.parametrize(
    "code", ["", "14", "14990110000", "1499011000011", "１４９９０１１００００１", "14990110000X"]
)
def test_a_code_has_twelve_digits(code: str) -> None:
    with pytest.raises(NotFound, match="应为 12 位数字"):
        place_of(code)


@pytest.mark.parametrize("code", ["149999999999", "110101001001", "140000000000"])
def test_an_unknown_township_is_named(code: str) -> None:
    with pytest.raises(NotFound, match=f"“{code}”不在山西省乡镇名录里") as caught:
        place_of(code)
    assert caught.value.code == "unknown_division"


@given(st.text(max_size=20))
def test_any_code_is_a_place_or_refused(code: str) -> None:
    try:
        found = place_of(code)
    except NotFound as refused:
        assert refused.remedy
    else:
        assert found.county_code == code[:6]


def test_a_village_needs_its_names() -> None:
    with pytest.raises(ValidationFailed) as caught:
        VILLAGE.check({"code": "149901100001"})
    assert {problem.field for problem in caught.value.problems} == {"name", "county", "town"}
