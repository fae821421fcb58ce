"""Published parameters: only what every rule can compute with is used, and only in the publisher's division."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from villageapp.domain import parameter_pack
from villageapp.domain.parameters import Parameter, examples, shipped
from villageapp.errors import Trouble

_VALUES = st.recursive(
    st.one_of(st.integers(), st.text(max_size=8), st.booleans(), st.dates(), st.floats(allow_nan=False)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=8,
)


def read(text: str, region: str = "14") -> tuple[list[Parameter], list[str]]:
    return parameter_pack.read(text.encode(), "f.toml", region)


def one(value: str, key: str = "MON_LINE", more: str = "") -> str:
    return f"[{key}]\nsource = '5'\nvalues = [{{ from = 2023-01-01, value = {value}{more} }}]\n"


def test_every_known_value_fits_its_own_kind() -> None:
    for key, value in examples().items():
        assert parameter_pack.fits(value, value), key


def test_a_published_value_is_in_force_from_its_day_with_source_and_title() -> None:
    found, wrong = read(one("690000"))
    assert wrong == []
    used = shipped().with_changes(found).find("MON_LINE", date(2023, 5, 1))
    assert (used.value, used.source, used.region) == (690000, "5", "14")
    assert used.title


def test_of_two_for_the_same_day_the_later_publication_counts() -> None:
    found = [*read(one("690000"))[0], *read(one("700000"))[0]]
    assert shipped().with_changes(found).integer("MON_LINE", date(2023, 5, 1)) == 700000


@pytest.mark.parametrize(
    "text",
    [
        one("1", "NO_SUCH"),
        one("'690000'"),
        one("-1"),
        one("true"),
        one("1.5"),
        one("2023-01-01"),
        one("[1, 2]", "D135"),
        one("'soon'", "D710_COMPLEX"),
        one("'1.5.2'", "LOAN_SUBSIDY_SHARE"),
        one("'2023-13'", "MED_AID_CUTOFF"),
        one("{ off = [1], worked = [] }", "HOLIDAYS"),
        one("{ off = [] }", "HOLIDAYS"),
        one("[['队长', 3]]", "LEAVE_LIMITS"),
        one("[{ risk = '01' }]", "RISK_MEASURES"),
        one("1", more=", to = 2022-01-01"),
        one("1", more=", region = '15'"),
        one("1", more=", region = 14"),
        one("1", more=", source = ''"),
        "[MON_LINE]\nvalues = [{ from = 2023-01-01, value = 1 }]",
        "[MON_LINE]\nsource = '5'\nvalues = [{ from = 2023-01-01T00:00:00, value = 1 }]",
        "[MON_LINE]\nsource = '5'\nvalues = [1]",
        "[MON_LINE]\nsource = '5'\nvalues = []",
        "MON_LINE = 5",
    ],
)
def test_what_no_rule_could_use_is_left_out_and_named(text: str) -> None:
    found, wrong = read(f"{text}\n{one('5', 'D710_IMMEDIATE')}")
    assert [p.key for p in found] == ["D710_IMMEDIATE"]
    assert len(wrong) == 1


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("HOLIDAYS", "{ off = [2024-01-01, 2024-02-10], worked = [] }"),
        ("LEAVE_LIMITS", "[[5, '乡镇']]"),
        ("RISK_MEASURES", "[{ risk = '08', measures = ['M10'], subjects = ['C1'] }]"),
        ("LOAN_SUBSIDY_SHARE", "'1'"),
        ("MED_AID_CUTOFF", "'2024-04'"),
        ("CLOSE_LEVELS", "['村']"),
        ("TRANSITION_END", "2026-12-31"),
    ],
)
def test_values_of_every_kind_can_be_published(key: str, value: str) -> None:
    found, wrong = read(one(value, key))
    assert (wrong, len(found)) == ([], 1)


@pytest.mark.parametrize("content", [b"\xff", b"x", b"", b"[" * 9000, b"#" * 500_001])
def test_what_is_no_table_is_refused_as_a_whole(content: bytes) -> None:
    with pytest.raises(Trouble):
        parameter_pack.read(content, "f.toml", "14")


@given(st.sampled_from(sorted(examples())), _VALUES)
def test_any_value_fits_or_does_not(key: str, value: object) -> None:
    example = examples()[key]
    if parameter_pack.fits(example, value):
        assert type(value) is type(example)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    try:
        found, wrong = parameter_pack.read(content, "f.toml", "14")
    except Trouble:
        return
    assert wrong or found
