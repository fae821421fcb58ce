"""Code lists: every label and synonym finds its own code, whatever its width and spacing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from villageapp.domain import codes

LISTS = [codes.code_list(name) for name in codes.names()]


@pytest.mark.parametrize("known", LISTS, ids=lambda known: known.name)
def test_codes_and_labels_find_themselves(known: codes.CodeList) -> None:
    assert known.labels
    assert known.title
    for code, label in known.labels.items():
        assert known.find(code) == code
        assert known.find(label) == code
        assert known.label(code) == label


@pytest.mark.parametrize("known", LISTS, ids=lambda known: known.name)
def test_no_two_codes_share_a_label(known: codes.CodeList) -> None:
    assert len(set(known.labels.values())) == len(known.labels)
    assert set(known.lookup.values()) == set(known.labels)


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("CL_HH_TYPE", "普通农户", "2"),
        ("CL_HH_TYPE", " 脱贫户 ", "1"),
        ("CL_MON_CAT", "边缘易致贫户", "2"),
        ("CL_MON_CAT", "否", "0"),
        ("CL_EDU", "大专及以上", "05"),
        ("CL_EDU", "高中(含中专/中职)", "04"),
        ("CL_RELATION", "本人或户主", "户主"),
        ("CL_HOUSE_LVL", "c级", "C"),
        ("CL_HOUSE_LVL", "Ｄ", "D"),
        ("CL_SOURCE", "12317热线", "11"),
        ("CL_PROBLEM_GRADE", "能立行立改", "I"),
    ],
)
def test_synonyms(name: str, text: str, code: str) -> None:
    assert codes.code_list(name).find(text) == code


def test_what_is_not_in_the_list_is_refused_with_its_title() -> None:
    with pytest.raises(ValueError, match="“贫困户”不在“户类型”的选项里"):
        codes.code_list("CL_HH_TYPE").find("贫困户")


def test_foreign_codes_never_pass_as_ours() -> None:
    with pytest.raises(ValueError, match="民族"):
        codes.code_list("CL_NATION").find("02")


def test_a_code_of_a_newer_version_shows_as_itself() -> None:
    assert codes.code_list("CL_HH_TYPE").label("9") == "9"


def test_a_misspelt_list_is_a_bug() -> None:
    with pytest.raises(KeyError):
        codes.code_list("CL_HH_TYP")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("长期慢性病，残疾", ["长期慢性病", "残疾"]),
        ("因病、因残；因学", ["因病", "因残", "因学"]),
        ("因病，因残；因学", ["因病", "因残", "因学"]),
        (" 因病 | 因残 ", ["因病", "因残"]),
        ("", []),
        ("，、", []),
    ],
)
def test_cells_with_several_labels(text: str, parts: list[str]) -> None:
    assert codes.split(text) == parts


@given(st.text(max_size=40))
def test_any_text_is_a_code_of_the_list_or_refused(text: str) -> None:
    known = codes.code_list("CL_RISK")
    try:
        code = known.find(text)
    except ValueError as refused:
        assert "不在“致贫返贫风险”的选项里" in str(refused)
    else:
        assert code in known.labels
