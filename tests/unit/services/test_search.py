"""The search box."""

from __future__ import annotations

import pytest

from tests.helpers.stores import SHAN, ZHANG, ZHAO, family_id
from villageapp.models.records import Household
from villageapp.services import search
from villageapp.services.search import find
from villageapp.services.workspace import Workspace
from villageapp.sync import capture


@pytest.fixture(params=["scan", "index"])
def work(work: Workspace, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A store that is scanned, and one whose index is asked."""
    if request.param == "index":
        monkeypatch.setattr(search, "LARGE", 1)
    search.prepare(work)
    assert (work.search_index is not None) == (request.param == "index")
    return work


@pytest.mark.parametrize(
    ("text", "name", "why"),
    [
        ("张示范", "张示范", "姓名"),
        ("李样", "李样例", "姓名"),
        ("示范", "张示范", "姓名含有"),
        ("zsf", "张示范", "拼音首字母"),
        ("ZSF", "张示范", "拼音首字母"),
        ("zhangshifan", "张示范", "拼音"),
        ("zhang shi", "张示范", "拼音"),
        ("sy", "单䶮", "拼音首字母"),
        ("shan", "单䶮", "拼音"),
        ("䶮", "单䶮", "姓名含有"),
        ("01x", "张示范", "证件号码尾号"),
        ("０１Ｘ", "张示范", "证件号码尾号"),
        ("149901196507080022", "李样例", "证件号码"),
        (ZHAO, "赵演示", "户编号"),
        ("13800000001", "张示范", "电话"),
        ("章示范", "张示范", "同音"),
        ("十组", "单䶮", "村民小组"),
        ("善䶮", "单䶮", "同音"),
        ("danyan", "单䶮", "拼音"),
        ("zy", "赵演示", "拼音首字母"),
        ("13", "张示范", "电话中的一段"),
        ("380000000", "张示范", "电话中的一段"),
        ("0000000004", "单䶮", "户编号尾号"),
    ],
)
def test_best_hit(work: Workspace, text: str, name: str, why: str) -> None:
    hit = find(work, text)[0]
    assert (hit.name, hit.why) == (name, why)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "没有的人",
        "😀",
        "·",
        "\0",
        "\ud800",
        "9",
        "%",
        "_",
        "\\",
        "'; drop table member; --",
        "x" * 5000,
    ],
)
def test_nothing(work: Workspace, text: str) -> None:
    assert find(work, text) == []


def test_hit_tells_the_household(work: Workspace) -> None:
    (hit,) = find(work, "张小例")
    assert (hit.kind, hit.household_id, hit.household_no) == ("member", family_id(ZHANG), ZHANG)
    assert (hit.head_name, hit.group) == ("张示范", "一组")


def test_a_head_is_found_once_and_before_longer_names(work: Workspace) -> None:
    hits = find(work, "张")
    assert sorted(hit.name for hit in hits) == ["张小例", "张小样", "张示范"]
    assert [hit.name for hit in find(work, "二组")] == ["王测试", "赵演示"]
    assert len(find(work, "张", limit=2)) == 2


def test_deleted_households_are_not_found(work: Workspace) -> None:
    with work.transaction() as session:
        capture.delete(session, session.get_one(Household, family_id(SHAN)))
    assert find(work, "单䶮") == []
