"""S10: who is offered a public post, from the records of a real store."""

from __future__ import annotations

from datetime import date

from tests.helpers.days import on
from tests.helpers.stores import SHAN, WANG, ZHANG, ZHAO, family_id, member_id
from villageapp.services import incomes, members, records
from villageapp.services.public_posts import candidates
from villageapp.services.workspace import Workspace

DAY = date(2023, 6, 1)
HEAD = member_id(ZHANG, "14990119620315001X")
WIFE = member_id(ZHANG, "149901196507080022")
SON = member_id(ZHANG, "149901198801010016")
WANG_HEAD = member_id(WANG, "149901195512310035")


def at_home(work: Workspace, *people: str) -> None:
    for person in people:
        members.change_member(work, person, {"student_status": "非在校生", "working": "其他"})


def account(work: Workspace, number: str, net: str, heads: int) -> None:
    lines = [{"subject_code": "B1", "amount": net}]
    incomes.record_account(work, family_id(number), {"income_year": 2022, "population": heads}, lines)


def test_s10_the_poorest_first_and_gone_after_a_post(work: Workspace) -> None:
    on(work, "2023-06-01")
    at_home(work, HEAD, WIFE, SON, WANG_HEAD, member_id(SHAN, "14990119480612003X"))
    account(work, ZHANG, "26000", 4)
    account(work, WANG, "9000", 1)
    found = candidates(work, DAY)
    assert [(c.head_name, c.per_capita) for c in found] == [("张示范", 6_500_00), ("王测试", 9_000_00)]
    assert found[0].people == ("张示范", "李样例", "张小样")
    post = {
        "household_id": family_id(ZHANG),
        "member_id": WIFE,
        "post_kind": "保洁员",
        "fund_source": "光伏收益",
        "agreement_start": "2023-06-01",
        "agreement_end": "2023-12-31",
        "month_pay": "300",
    }
    records.record(work, "public_post", post)
    assert [c.head_name for c in candidates(work, DAY)] == ["王测试"]
    assert [c.head_name for c in candidates(work, date(2024, 1, 1))] == ["张示范", "王测试"], "it has ended"


def test_who_works_or_is_unknown_is_no_candidate(work: Workspace) -> None:
    assert candidates(work, DAY) == [], "nothing is known about work"
    at_home(work, WANG_HEAD, member_id(ZHAO, "149901195310010042"))
    assert [c.head_name for c in candidates(work, DAY)] == ["王测试"], "Zhao cannot work"
    spell = {
        "household_id": family_id(WANG),
        "member_id": WANG_HEAD,
        "working": True,
        "channel": "灵活就业",
        "start_ym": "2023-05",
    }
    made = records.record(work, "employment", spell).id
    assert candidates(work, DAY) == []
    assert [c.head_name for c in candidates(work, date(2023, 4, 30))] == ["王测试"]
    records.change(work, "employment", made, {"end_ym": "2023-05"})
    assert [c.head_name for c in candidates(work, DAY)] == ["王测试"]
