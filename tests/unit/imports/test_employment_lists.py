"""Monthly employment lists (domain.md 5.1 d): spells of members, updated and ended month by month, undone at will."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.helpers import workbooks as w
from tests.helpers.stores import VILLAGE_NAME, StoreTemplate
from villageapp.errors import ValidationFailed
from villageapp.models import ids
from villageapp.models.records import Employment, Member
from villageapp.services import households, records
from villageapp.services.imports import (
    Counts,
    apply_import,
    list_batches,
    preview_import,
    read_plan,
    undo_import,
)
from villageapp.services.workspace import Workspace

HOME = ids.household_id(w.HH_1)
ZHANG = ids.member_id(HOME, w.ZHANG)
LI = ids.member_id(HOME, w.LI)
SPELL = ids.employment_id(ZHANG, "2023-03")


def person(**given: Any) -> dict[str, Any]:
    return w.person(**{"行政村": VILLAGE_NAME, **given})


@pytest.fixture
def village(work: Workspace, tmp_path: Path) -> Workspace:
    """The store with a household of two and one of one."""
    wife = person(姓名="李样例", 证件号码=w.LI, 与户主关系="配偶")
    other = person(姓名="王测试", 证件号码=w.WANG, 户编号=w.HH_2)
    apply_import(work, w.write_list(tmp_path / "名单.xlsx", person(), wife, other))
    return work


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return tmp_path / "已外出务工表.xlsx"


def away(path: Path, *rows: dict[str, Any]) -> Path:
    return w.write_list(path, *rows, headings=w.AWAY)


def spells(work: Workspace) -> list[tuple[str, str, str | None]]:
    """(name, start, end) of all spells that are here."""
    statement = (
        "SELECT m.name, e.start_ym, e.end_ym FROM employment e JOIN member m ON m.id = e.member_id "
        "WHERE e.deleted = 0 ORDER BY m.name, e.start_ym"
    )
    with work.reading() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(statement)]


def test_spell_is_stored_under_its_member(village: Workspace, book: Path) -> None:
    row = w.spell(年度交通费补助="600")
    preview = preview_import(village, away(book, row))
    assert spells(village) == []
    assert (preview.kind, preview.employment, preview.writes) == ("employment", Counts(new=1), True)
    report = apply_import(village, book)
    assert report.rejected == ()
    with village.transaction() as session:
        spell = session.get_one(Employment, SPELL)
        assert (spell.household_id, spell.member_id, spell.start_ym) == (HOME, ZHANG, "2023-03")
        assert (spell.working, spell.channel, spell.industry) == (True, "外出务工", "建筑业")
        assert (spell.employer, spell.transport_subsidy, spell.end_ym) == ("示例建筑公司", 60000, None)
    assert [c.heading for c in report.columns_left] == ["户类型", "监测对象类别"]
    assert all(c.reason for c in report.columns_left)


def test_next_months_list_updates_and_ends_instead_of_doubling(village: Workspace, book: Path) -> None:
    apply_import(village, away(book, w.spell()))
    again = apply_import(village, book)
    assert again.employment == Counts(unchanged=1)
    assert not again.writes
    moved = apply_import(village, away(book, w.spell(务工企业名称="另一家公司")))
    assert [(c.label, c.before, c.after) for c in moved.field_changes] == [
        ("务工企业名称", "示例建筑公司", "另一家公司")
    ]
    apply_import(village, away(book, w.spell(务工企业名称="另一家公司", 结束时间="2023年09月")))
    assert spells(village) == [("张示范", "2023-03", "2023-09")]


def test_row_without_start_ends_the_one_open_spell(village: Workspace, book: Path) -> None:
    apply_import(village, away(book, w.spell()))
    ended = w.spell(
        是否已务工="否", 开始时间="", 结束时间="202311", 就业渠道="", 所属行业="", 务工企业名称=""
    )
    report = apply_import(village, away(book, ended))
    assert report.employment == Counts(changed=1)
    assert spells(village) == [("张示范", "2023-03", "2023-11")]
    with village.transaction() as session:
        spell = session.get_one(Employment, SPELL)
        assert (spell.working, spell.employer) == (False, "示例建筑公司")


def test_row_without_start_and_end_cannot_end_anything(village: Workspace, book: Path) -> None:
    apply_import(village, away(book, w.spell()))
    idle = w.spell(是否已务工="否", 开始时间="", 就业渠道="", 所属行业="", 务工企业名称="")
    report = preview_import(village, away(book, idle, {**idle, "姓名": "李样例", "证件号码": w.LI}))
    [rejected] = report.rejected
    assert (rejected.row, rejected.cell) == (2, "C2")
    assert "2023-03" in rejected.reason
    assert any("未务工" in warning.message and warning.row == 3 for warning in report.warnings)


def test_new_spell_beside_an_open_one_is_pointed_out(village: Workspace, book: Path) -> None:
    apply_import(village, away(book, w.spell()))
    report = apply_import(village, away(book, w.spell(开始时间="2024年02月")))
    assert any("2023-03" in warning.message for warning in report.warnings)
    assert spells(village) == [("张示范", "2023-03", None), ("张示范", "2024-02", None)]
    assert [m.title for m in report.missing] == ["张示范 2023-03 起务工"]


def test_hand_edit_is_kept_and_told(village: Workspace, book: Path) -> None:
    apply_import(village, away(book, w.spell(年度交通费补助="600")))
    records.change(village, "employment", SPELL, {"job": "架子工", "transport_subsidy": "800"})
    same = apply_import(village, away(book, w.spell(年度交通费补助="600", 结束时间="至今")))
    assert (same.employment, same.kept) == (Counts(unchanged=1), ())
    with village.transaction() as session:
        spell = session.get_one(Employment, SPELL)
        assert (spell.job, spell.transport_subsidy) == ("架子工", 80000)


def test_spell_typed_by_hand_is_found_by_person_and_month(village: Workspace, book: Path) -> None:
    typed = records.record(
        village,
        "employment",
        {
            "household_id": HOME,
            "member_id": ZHANG,
            "channel": "外出务工",
            "industry": "餐饮",
            "employer": "手记饭店",
            "start_ym": "2023-03",
            "working": True,
        },
    )
    report = apply_import(village, away(book, w.spell(年度交通费补助="600")))
    assert report.employment == Counts(changed=1)
    assert {c.label for c in report.kept} == {"所属行业", "务工企业名称"}
    assert spells(village) == [("张示范", "2023-03", None)]
    assert typed is not None
    undo_import(village, report.batch)
    assert spells(village) == [("张示范", "2023-03", None)]


@pytest.mark.parametrize(
    ("given", "cell", "words"),
    [
        ({"证件号码": w.ZHAO, "姓名": "赵演示"}, "C2", ("赵演示", "不在本村")),
        ({"户编号": "1499000000000099", "证件号码": w.ZHAO}, "C2", ("不是本村的户",)),
        ({"户编号": w.HH_2}, "C2", ("登记在户", w.HH_1)),
        ({"证件号码": 1.4990119620315e17}, "C2", ("证件号码",)),
        ({"证件号码": ""}, "C2", ("证件号码",)),
        ({"证件号码": w.ZHANG[:17] + "1"}, "C2", ("证件号码",)),
        ({"户编号": 1.499000000000001e15}, "A2", ("户编号",)),
        ({"户编号": ""}, "A2", ("户编号",)),
        ({"姓名": ""}, "B2", ("没有姓名",)),
        ({"开始时间": ""}, "J2", ("开始时间",)),
        ({"开始时间": "去年春天"}, "J2", ("开始时间",)),
        ({"开始时间": "2023年13月"}, "J2", ("开始时间",)),
        ({"结束时间": "2022年12月"}, "K2", ("早于",)),
        ({"是否已务工": "否"}, "K2", ("结束时间",)),
    ],
)
def test_row_that_is_not_taken_names_cell_and_reason(
    village: Workspace, book: Path, given: dict[str, Any], cell: str, words: tuple[str, ...]
) -> None:
    good = w.spell(姓名="李样例", 证件号码=w.LI)
    report = apply_import(village, away(book, w.spell(**given), good))
    [rejected] = report.rejected
    assert (rejected.row, rejected.cell) == (2, cell)
    assert all(word in rejected.reason for word in words), rejected.reason
    assert spells(village) == [("李样例", "2023-03", None)]


def test_member_who_left_is_named_as_such(village: Workspace, book: Path) -> None:
    households.change_member(village, LI, {"left_on": "2024-01-05", "left_reason": "户籍迁出"})
    report = preview_import(village, away(book, w.spell(姓名="李样例", 证件号码=w.LI), w.spell()))
    [rejected] = report.rejected
    assert "2024-01-05" in rejected.reason


@pytest.mark.parametrize(
    ("start", "stored"),
    [
        ("2023年03月", "2023-03"),
        ("2023年3月", "2023-03"),
        ("202303", "2023-03"),
        (202303, "2023-03"),
        ("2023-03", "2023-03"),
        ("2023/3", "2023-03"),
        ("2023.3.1", "2023-03"),
        ("2023年03月01日", "2023-03"),
        (45000, "2023-03"),
        (w.full_width("2023") + "年03月", "2023-03"),
    ],
)
def test_months_as_people_write_them(village: Workspace, book: Path, start: Any, stored: str) -> None:
    apply_import(village, away(book, w.spell(开始时间=start)))
    assert [begun for _, begun, _ in spells(village)] == [stored]


def test_same_spell_twice_is_merged_and_contradictions_are_not(village: Workspace, book: Path) -> None:
    rows = [w.spell(年度交通费补助=None), w.spell(年度交通费补助="600", 务工企业名称="另一家公司")]
    merged = read_plan(away(book, *rows))
    assert [(d.row, d.of_row) for d in merged.duplicates] == [(3, 2)]
    assert merged.spells[0].values["transport_subsidy"] == 60000
    assert merged.spells[0].values["employer"] == "示例建筑公司"
    assert any("务工企业名称" in warning.message for warning in merged.warnings)
    split = read_plan(away(book, w.spell(), w.spell(就业渠道="公益岗位")))
    assert [r.row for r in split.rejected] == [3]


def test_undo_takes_spells_back_and_spares_what_people_touched(village: Workspace, book: Path) -> None:
    report = apply_import(village, away(book, w.spell(), w.spell(姓名="李样例", 证件号码=w.LI)))
    records.change(village, "employment", SPELL, {"job": "架子工"})
    undone = undo_import(village, report.batch)
    assert (undone.spells_removed, undone.members_removed, undone.households_removed) == (1, 0, 0)
    assert [left.title for left in undone.left_alone] == ["张示范 2023-03 起务工"]
    assert undone.as_json()["employment_removed"] == 1
    again = apply_import(village, book)
    assert again.employment == Counts(new=1, unchanged=1)
    assert len(spells(village)) == 2
    assert list_batches(village)[0].employment == Counts(new=1, unchanged=1)


def test_undo_of_an_ending_opens_the_spell_again(village: Workspace, book: Path) -> None:
    apply_import(village, away(book, w.spell()))
    ended = apply_import(village, away(book, w.spell(结束时间="2023年09月")))
    undo_import(village, ended.batch)
    assert spells(village) == [("张示范", "2023-03", None)]


def test_persons_with_spells_are_not_taken_back(work: Workspace, tmp_path: Path, book: Path) -> None:
    names = apply_import(work, w.write_list(tmp_path / "名单.xlsx", person()))
    apply_import(work, away(book, w.spell()))
    undone = undo_import(work, names.batch)
    assert (undone.households_removed, undone.members_removed) == (0, 0)
    assert len(undone.left_alone) == 2


def test_plan_list_fills_the_members_wishes(village: Workspace, book: Path) -> None:
    rows = [
        {
            "户编号": w.HH_1,
            "姓名": "张示范",
            "证件号码": w.ZHANG,
            "是否计划务工": "是",
            "务工需求": "县内建筑工",
        },
        {"户编号": w.HH_1, "姓名": "李样例", "证件号码": w.LI, "是否计划务工": "否"},
        {"户编号": w.HH_1, "姓名": "赵演示", "证件号码": w.ZHAO, "是否计划务工": "是"},
        {"户编号": w.HH_2, "姓名": "王测试", "证件号码": w.WANG},
    ]
    report = apply_import(village, w.write_list(book, *rows, headings=w.PLANNED))
    assert (report.members, report.households, report.employment) == (Counts(changed=2), Counts(), Counts())
    assert [r.row for r in sorted(report.rejected, key=lambda r: r.row)] == [4, 5]
    assert report.missing == ()
    with village.transaction() as session:
        zhang, li = session.get_one(Member, ZHANG), session.get_one(Member, LI)
        assert (zhang.work_planned, zhang.work_demand) == (True, "县内建筑工")
        assert (li.work_planned, li.work_demand) == (False, None)
    undo_import(village, report.batch)
    with village.transaction() as session:
        assert session.get_one(Member, ZHANG).work_demand is None


def test_both_lists_in_one_workbook(village: Workspace, book: Path) -> None:
    wish = {"户编号": w.HH_1, "姓名": "李样例", "证件号码": w.LI, "是否计划务工": "是", "务工需求": "保洁"}
    sheets = {
        "已外出务工表": w.list_rows(w.spell(), headings=w.AWAY),
        "计划务工表": w.list_rows(wish, headings=w.PLANNED),
    }
    report = apply_import(village, w.write_sheets(book, sheets))
    assert (report.employment, report.members) == (Counts(new=1), Counts(changed=1))


def test_two_laptops_make_the_same_spell(
    empty_template: StoreTemplate, tmp_path: Path, village: Workspace, book: Path
) -> None:
    apply_import(village, away(book, w.spell()))
    with empty_template.open_copy(tmp_path / "other") as other:
        apply_import(other, tmp_path / "名单.xlsx")
        apply_import(other, book)
        with other.transaction() as session:
            assert session.get_one(Employment, SPELL).employer == "示例建筑公司"


def test_json_of_the_report(village: Workspace, book: Path) -> None:
    answer = preview_import(village, away(book, w.spell())).as_json()
    assert answer["employment"] == {"new": 1, "changed": 0, "unchanged": 0}
    assert answer["households"] == answer["members"] == {"new": 0, "changed": 0, "unchanged": 0}
    wanted = {
        "batch",
        "households",
        "members",
        "duplicates",
        "rejected",
        "warnings",
        "header_rows",
        "footer_rows",
    }
    assert wanted <= answer.keys()


@pytest.mark.parametrize(
    ("headings", "words"),
    [
        (["户编号", "姓名", "证件号码", "是否已务工", "就业渠道"], ("务工月监测表", "缺少", "开始时间")),
        (["姓名", "证件号码", "开始时间", "就业渠道"], ("缺少", "户编号")),
        (["户编号", "姓名", "是否计划务工"], ("缺少", "证件号码")),
        (
            [
                "户编号",
                "姓名",
                "证件号码",
                "与户主关系",
                "民族",
                "文化程度",
                "健康状况",
                "就业渠道",
                "开始时间",
            ],
            ("人员名单", "务工表", "分不清"),
        ),
    ],
)
def test_ambiguous_or_incomplete_headings_are_refused(
    book: Path, headings: list[str], words: tuple[str, ...]
) -> None:
    row = [{"户编号": w.HH_1, "姓名": "张示范", "证件号码": w.ZHANG}.get(h, "") for h in headings]
    with pytest.raises(ValidationFailed) as refusal:
        read_plan(w.write_xlsx(book, [headings, row]))
    assert all(word in refusal.value.message for word in words), refusal.value.message
    assert ("另存" if "分不清" in words else "导出") in refusal.value.remedy


def test_persons_and_spells_in_one_workbook_are_refused(book: Path) -> None:
    sheets = {"名单": w.list_rows(person()), "务工": w.list_rows(w.spell(), headings=w.AWAY)}
    with pytest.raises(ValidationFailed, match="务工"):
        read_plan(w.write_sheets(book, sheets))


def test_unknown_channel_codes_are_refused(book: Path) -> None:
    with pytest.raises(ValidationFailed, match="就业渠道"):
        read_plan(away(book, w.spell(就业渠道="01"), w.spell(姓名="李样例", 证件号码=w.LI, 就业渠道="02")))


def test_sheet_that_is_not_read_is_named(village: Workspace, book: Path) -> None:
    sheets = {
        "已外出务工表": w.list_rows(w.spell(), headings=w.AWAY),
        "说明": [["本表由系统导出"]],
        "另一张": [["户编号", "姓名", "证件号码", "就业渠道"], [w.HH_1, "李样例", w.LI, "务农"]],
    }
    report = preview_import(village, w.write_sheets(book, sheets))
    assert report.employment == Counts(new=1)
    [warning] = [r for r in report.warnings if r.sheet]
    assert warning.sheet == "另一张"
    assert "开始时间" in warning.message


def test_row_without_start_beside_a_spell_of_the_same_person_is_not_taken(
    village: Workspace, book: Path
) -> None:
    idle = w.spell(
        是否已务工="否", 开始时间="", 结束时间="2023年12月", 就业渠道="", 所属行业="", 务工企业名称=""
    )
    for _ in range(2):
        report = apply_import(village, away(book, w.spell(), idle))
        [rejected] = report.rejected
        assert rejected.row == 3
        assert spells(village) == [("张示范", "2023-03", None)]
