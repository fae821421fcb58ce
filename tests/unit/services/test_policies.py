"""The policy library in a real store: packs, search, and matches that make sense for a family."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.helpers.stores import SHAN, WANG, ZHANG, family_id, member_id
from villageapp.errors import NotFound, Trouble
from villageapp.services import households, measures, members, policies
from villageapp.services.workspace import Workspace

DAY = date(2023, 3, 6)
SON, GIRL = member_id(ZHANG, "149901198801010016"), member_id(ZHANG, "149901201009160023")
PACK = """
pack = "示范县-2023"
[[policy]]
policy_no = "SF2023-01"
title = "示范县交通补贴"
level = "县"
category = "就业"
effective_from = 2023-01-01
effective_to = 2023-12-31
target = [{ subject = "member", field = "work_months", op = "at_least", value = 3 }]
standard_text = "{text}"
source = "示范县〔2023〕1号"
"""


def titles(work: Workspace, number: str = ZHANG, on: date = DAY) -> dict[str, list[tuple[str, ...]]]:
    found: dict[str, list[tuple[str, ...]]] = {}
    for match in policies.match_household(work, family_id(number), on):
        found.setdefault(match.title, []).append(match.missing)
    return found


def known(work: Workspace) -> None:
    """What is known of the Zhang family."""
    for person, values in (
        (SON, {"student_status": "非在校生", "working": "省外务工", "work_months": 10}),
        (GIRL, {"student_status": "小学"}),
    ):
        members.change_member(work, person, values)


def test_a_household_gets_what_fits_and_is_told_why(work: Workspace) -> None:
    known(work)
    found = titles(work)
    assert found["义务教育两免一补"] == [()]
    assert found["外出务工交通补贴"] == [(), ("务工状况",), ("务工状况",)], (
        "the son, and both who might work away"
    )
    assert found["务工稳岗补助"][0] == ()
    asked = {
        m.member_id for m in policies.match_household(work, family_id(ZHANG), DAY) if "务工状况" in m.missing
    }
    assert asked
    assert GIRL not in asked, "a child is not asked about work"
    assert len(found["脱贫人口小额信贷"]) == 1, "a household's loan stands once"
    assert "脱贫人口小额信贷（监测户）" not in found
    (school,) = [m for m in policies.match_household(work, family_id(ZHANG), DAY) if "两免" in m.title]
    assert (school.member_id, school.because) == (GIRL, ("在校生状况：小学",))


def test_what_is_used_is_not_offered_again(work: Workspace) -> None:
    known(work)
    loan = {"item": "M0301", "title": "养羊贷款", "status": "实施中"}
    measures.record_measure(work, family_id(ZHANG), loan)
    girl = {"item": "M0802", "title": "两免一补", "status": "实施中", "member_id": GIRL}
    made = measures.record_measure(work, family_id(ZHANG), girl)
    found = titles(work)
    assert "脱贫人口小额信贷" not in found
    assert "义务教育两免一补" not in found
    measures.change_measure(work, made.id, {"status": "终止"})
    assert "义务教育两免一补" in titles(work)


def test_a_monitored_general_household(work: Workspace) -> None:
    households.change(work, family_id(WANG), {"risks": ["因意外"]})
    assert {"应急救助基金", "庭院经济奖补（监测户）"} <= titles(work, WANG).keys()
    assert "应急救助基金" not in titles(work, SHAN), "not monitored"
    with pytest.raises(NotFound):
        policies.match_household(work, "0190f000-0000-7000-8000-000000000001")


def test_packs_load_once_change_and_expire(work: Workspace, tmp_path: Path) -> None:
    members.change_member(work, SON, {"work_months": 10})
    path = tmp_path / "county.toml"
    path.write_text(PACK.replace("{text}", "每年一次"), encoding="utf-8")
    loaded = policies.load_pack(work, path).detail
    assert (loaded.pack, loaded.new, loaded.changed, loaded.unchanged) == ("示范县-2023", 1, 0, 0)
    assert not policies.load_pack(work, path).changes
    path.write_text(PACK.replace("{text}", "每年两次"), encoding="utf-8")
    assert policies.load_pack(work, path).detail.changed == 1
    assert policies.one(work, "SF2023-01")["standard_text"] == "每年两次"
    assert () in titles(work)["示范县交通补贴"]
    assert "示范县交通补贴" not in titles(work, on=date(2024, 1, 1)), "expired ones never match"
    (row,) = policies.search(work, "示范县", on=date(2024, 1, 1))
    assert row["in_force"] is False


def test_search_by_pinyin_and_number(work: Workspace) -> None:
    assert [p["title"] for p in policies.search(work, "ylj")][:1] == ["雨露计划（中高职）"]
    assert [p["policy_no"] for p in policies.search(work, "sx2022-15")] == ["SX2022-15"]
    assert policies.search(work, "没有这种政策") == []
    assert len(policies.search(work)) == len(policies.library(work))
    with pytest.raises(NotFound, match="没有编号"):
        policies.one(work, "X")


def test_every_shipped_policy_has_a_source_and_speaks_to_people(work: Workspace) -> None:
    for policy in policies.library(work):
        assert policy["source"], policy["policy_no"]
        assert ".md" not in policy["source"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "没有政策"),
        ("not toml", "不能使用"),
        ("policy = 5", "没有政策"),
        ("[[policy]]\npolicy_no = '1'", "第 1 条"),
        (PACK.replace("work_months", "colour"), "第 1 条"),
        (PACK.replace("value = 3", "value = '很多'"), "不能比较"),
        (PACK.replace('"at_least", value = 3', '"in", value = 3'), "不能比较"),
        (
            PACK.replace('"work_months", op = "at_least", value = 3', '"labour", op = "is", value = "9"'),
            "不能比较",
        ),
        (PACK + PACK.split('"示范县-2023"')[1], "出现两次"),
    ],
)
def test_unusable_packs_change_nothing(work: Workspace, tmp_path: Path, content: str, words: str) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(content, encoding="utf-8")
    before = policies.library(work)
    with pytest.raises(Trouble, match=words):
        policies.load_pack(work, path)
    assert policies.library(work) == before
    with pytest.raises(Trouble):
        policies.load_pack(work, tmp_path / "没有.toml")
