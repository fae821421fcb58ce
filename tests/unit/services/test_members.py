"""Members: what an ID number fills in, one head, nobody twice, the head count."""

from __future__ import annotations

import pytest

from tests.helpers.stores import WANG, ZHANG, family_id, member_id
from villageapp.errors import ValidationFailed
from villageapp.services import households
from villageapp.services.workspace import Workspace

HOME = family_id(WANG)


def test_the_number_fills_in_what_it_says(work: Workspace) -> None:
    """S7: a disability card in the ID column."""
    saved = households.add_member(
        work,
        HOME,
        {"name": "王 小例", "id_no": "１４９９０１１９８２０１０１００２０４３", "relation": "之女"},
    )
    (added,) = [m for m in households.page(work, HOME).members if m["id"] == saved.id]
    assert added["id_no"] == "149901198201010020"
    assert (added["disability_category"], added["disability_level"]) == ("4", "3")
    assert str(added["birth_date"]) == "1982-01-01"
    assert added["sex"] == "2"
    assert households.page(work, HOME).values["registered_population"] == 2
    assert households.rows(work, [HOME])[0].members == 2


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"name": "王二", "id_no": "149901196203150011"}, "校验码"),
        ({"name": "王二", "id_no": "149901196507080022"}, "已登记在李样例名下"),
        ({"name": "王二", "id_no": "149901198801010016", "sex": "女"}, "已登记|性别"),
        ({"name": "王二", "relation": "户主"}, "已有户主 王测试"),
        ({"relation": "之子"}, "姓名"),
    ],
)
def test_refusals(work: Workspace, values: dict[str, str], words: str) -> None:
    with pytest.raises(ValidationFailed, match=words):
        households.add_member(work, HOME, values)
    assert len(households.page(work, HOME).members) == 1


def test_leaving_changes_the_count_and_frees_the_number(work: Workspace) -> None:
    wife = member_id(ZHANG, "149901196507080022")
    saved = households.change_member(work, wife, {"left_on": "2023-05-01", "left_reason": "户籍迁出"})
    assert set(saved.detail) == {"left_on", "left_reason"}
    page = households.page(work, family_id(ZHANG))
    assert page.values["registered_population"] == 3
    assert page.members[-1]["name"] == "李样例"
    assert not page.members[-1]["active"]
    assert any(entry.title == "成员减少" for entry in page.timeline)
    households.add_member(work, HOME, {"name": "李样例", "id_no": "149901196507080022", "relation": "配偶"})


def test_a_new_head_is_the_households(work: Workspace) -> None:
    home = family_id(ZHANG)
    head, son = member_id(ZHANG, "14990119620315001X"), member_id(ZHANG, "149901198801010016")
    with pytest.raises(ValidationFailed, match="已有户主"):
        households.change_member(work, son, {"relation": "户主"})
    households.change_member(work, head, {"relation": "之父"})
    households.change_member(work, son, {"relation": "户主"})
    page = households.page(work, home)
    assert page.values["head_member_id"] == son
    assert page.head_name == "张小样"
    assert households.rows(work, [home])[0].head_name == "张小样"
