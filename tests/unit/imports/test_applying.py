"""Applying an import to a real store: shown first, whole or not at all, never over people's own edits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.helpers import workbooks as w
from tests.helpers.stores import VILLAGE_NAME, StoreTemplate
from villageapp.errors import Cancelled, ValidationFailed
from villageapp.models import ids
from villageapp.models.records import Household, Member
from villageapp.services import households
from villageapp.services.imports import Counts, apply_import, preview_import, read_plan
from villageapp.services.workspace import Workspace
from villageapp.sync import capture

PHONE = "户联系电话"


def person(**given: Any) -> dict[str, Any]:
    return w.person(**{"行政村": VILLAGE_NAME, **given})


def outbox(work: Workspace) -> int:
    with work.reading() as connection:
        return int(connection.exec_driver_sql("SELECT count(*) FROM outbox").scalar_one())


def stored(work: Workspace, number: str = w.HH_1) -> dict[str, Any]:
    with work.transaction() as session:
        household = session.get(Household, ids.household_id(number))
        assert household is not None
        return household.values() | {"deleted": household.deleted}


def member(work: Workspace, id_no: str, number: str = w.HH_1) -> dict[str, Any]:
    with work.transaction() as session:
        found = session.get(Member, ids.member_id(ids.household_id(number), id_no))
        assert found is not None
        return found.values()


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return tmp_path / "名单.xlsx"


def test_s11_twice_is_zero_new_zero_changed_and_no_outbox_row(work: Workspace, book: Path) -> None:
    w.scenario_s11(book)
    first = apply_import(work, book)
    assert (first.households, first.members) == (Counts(new=2), Counts(new=5))
    assert first.changes.everything
    queued = outbox(work)
    again = apply_import(work, book)
    assert (again.households, again.members) == (Counts(unchanged=2), Counts(unchanged=5))
    assert outbox(work) == queued
    assert not again.changes


def test_preview_writes_nothing(work: Workspace, book: Path) -> None:
    queued = outbox(work)
    report = preview_import(work, w.scenario_s11(book))
    assert (report.batch, report.households, report.members) == ("", Counts(new=2), Counts(new=5))
    assert outbox(work) == queued
    assert households.count(work) == {"households": 0, "members": 0}


def test_json_report_has_the_contracted_names(work: Workspace, book: Path) -> None:
    report = apply_import(work, w.scenario_s11(book)).as_json()
    assert report["batch"]
    assert report["duplicates"] == [{"row": 8, "of_row": 5}]
    assert [(r["row"], r["cell"]) for r in report["rejected"]] == [(6, "F6")]
    assert (report["header_rows"], report["footer_rows"]) == (3, 1)
    assert report["members"] == {"new": 5, "changed": 0, "unchanged": 0}


def test_new_household_is_complete(work: Workspace, book: Path) -> None:
    apply_import(work, w.write_list(book, person(), person(姓名="李样例", 证件号码=w.LI, 与户主关系="妻")))
    values = stored(work)
    assert values["head_member_id"] == ids.member_id(ids.household_id(w.HH_1), w.ZHANG)
    assert (values["status"], values["monitoring_category"], values["registered_population"]) == (
        "在册",
        "0",
        2,
    )
    assert values["region_code"] == work.identity.village_code
    assert households.find_one(work, "张示范") == ids.household_id(w.HH_1)


def test_changed_cell_is_one_field_difference(work: Workspace, book: Path) -> None:
    apply_import(work, w.write_list(book, person(**{PHONE: "13800000001"})))
    w.write_list(book, person(**{PHONE: "13800000009"}))
    shown = preview_import(work, book)
    report = apply_import(work, book)
    assert shown.field_changes == report.field_changes
    (change,) = report.field_changes
    assert (change.field, change.before, change.after, change.row) == (
        "phone",
        "13800000001",
        "13800000009",
        2,
    )
    assert report.households == Counts(changed=1)
    assert stored(work)["phone"] == "13800000009"


def test_a_head_who_comes_with_the_file_is_shown_by_name(work: Workspace, book: Path) -> None:
    apply_import(work, w.write_list(book, person()))
    w.write_list(book, person(与户主关系="之父"), person(姓名="李样例", 证件号码=w.LI, 与户主关系="户主"))
    heads = [c for c in preview_import(work, book).field_changes if c.field == "head_member_id"]
    assert [(change.before, change.after) for change in heads] == [("张示范", "李样例")]


def test_persons_own_edit_survives_the_same_file(work: Workspace, book: Path) -> None:
    w.write_list(book, person(**{PHONE: "13800000001"}))
    apply_import(work, book)
    households.change(work, ids.household_id(w.HH_1), {"phone": "13911111111", "group_name": "一组"})
    report = apply_import(work, book)
    assert report.households == Counts(unchanged=1)
    assert (stored(work)["phone"], stored(work)["group_name"]) == ("13911111111", "一组")


def test_value_typed_before_any_import_spoke_of_it_is_kept_and_reported(work: Workspace, book: Path) -> None:
    headings = [h for h in w.LIST_2022 if h != PHONE]
    apply_import(work, w.write_list(book, person(), headings=headings))
    households.change(work, ids.household_id(w.HH_1), {"phone": "13911111111"})
    report = apply_import(work, w.write_list(book, person(**{PHONE: "13800000001"})))
    (kept,) = report.kept
    assert (kept.field, kept.before, kept.after) == ("phone", "13911111111", "13800000001")
    assert stored(work)["phone"] == "13911111111"
    newer = apply_import(work, w.write_list(book, person(**{PHONE: "13800000002"})))
    assert newer.households.changed == 1
    assert stored(work)["phone"] == "13800000002"


def test_confirmed_value_edited_later_survives(work: Workspace, book: Path) -> None:
    """The file agreed with what was typed; that too is something the file has said."""
    apply_import(work, w.write_list(book, person(), headings=[h for h in w.LIST_2022 if h != PHONE]))
    households.change(work, ids.household_id(w.HH_1), {"phone": "13800000001"})
    w.write_list(book, person(**{PHONE: "13800000001"}))
    apply_import(work, book)
    households.change(work, ids.household_id(w.HH_1), {"phone": "13911111111"})
    assert apply_import(work, book).households == Counts(unchanged=1)
    assert stored(work)["phone"] == "13911111111"


def test_absent_columns_and_blank_cells_overwrite_nothing(work: Workspace, book: Path) -> None:
    apply_import(work, w.write_list(book, person(**{PHONE: "13800000001", "自然村": "东沟"})))
    report = apply_import(work, w.write_list(book, person(), headings=w.LIST_2022[:12]))
    assert report.households == Counts(unchanged=1)
    assert (stored(work)["phone"], stored(work)["natural_village"]) == ("13800000001", "东沟")


def test_person_added_by_hand_is_recognised_by_number(work: Workspace, book: Path) -> None:
    apply_import(work, w.write_list(book, person()))
    home = ids.household_id(w.HH_1)
    added = households.add_member(work, home, {"name": "李样例", "id_no": w.LI, "relation": "配偶"})
    report = apply_import(
        work, w.write_list(book, person(), person(姓名="李样例", 证件号码=w.LI, 与户主关系="妻"))
    )
    assert (report.members.new, report.members.changed) == (0, 1)
    assert report.missing == ()
    with work.transaction() as session:
        record = session.get(Member, added.id)
        assert record is not None
        assert record.education == "02"


def test_person_who_moved_to_another_household_keeps_the_record(work: Workspace, book: Path) -> None:
    son = person(姓名="张小样", 证件号码=w.XIAO, 与户主关系="之子")
    apply_import(work, w.write_list(book, person(), son))
    own = {**son, "户编号": w.HH_2, "与户主关系": "户主"}
    report = apply_import(work, w.write_list(book, person(), own))
    assert (report.members.new, report.households.new) == (0, 1)
    assert any("转入" in warning.message for warning in report.warnings)
    assert member(work, w.XIAO)["household_id"] == ids.household_id(w.HH_2)
    assert apply_import(work, book).members == Counts(unchanged=2)


def test_newborn_is_recognised_once_the_number_comes(work: Workspace, book: Path) -> None:
    baby = person(姓名="张小宝", 证件号码=None, 人编号="14990000000000000105", 与户主关系="之孙子")
    apply_import(work, w.write_list(book, person(), baby))
    report = apply_import(
        work, w.write_list(book, person(), {**baby, "证件号码": w.LIANG, "与户主关系": "之孙女"})
    )
    assert (report.members.new, report.members.changed) == (0, 1)
    assert households.count(work)["members"] == 2


def test_missing_in_file(work: Workspace, book: Path) -> None:
    wife = person(姓名="李样例", 证件号码=w.LI, 与户主关系="妻")
    other = person(姓名="王测试", 证件号码=w.WANG, 户编号=w.HH_2)
    apply_import(work, w.write_list(book, person(), wife, other))
    report = apply_import(work, w.write_list(book, person()))
    assert [(m.entity, m.title) for m in report.missing] == [
        ("household", f"户 {w.HH_2}"),
        ("member", "李样例"),
    ]
    assert households.count(work)["members"] == 3


def test_deleted_by_hand_is_not_brought_back(work: Workspace, book: Path) -> None:
    w.write_list(book, person())
    apply_import(work, book)
    with work.transaction() as session:
        record = session.get(Household, ids.household_id(w.HH_1))
        assert record is not None
        capture.delete(session, record)
    report = apply_import(work, book)
    assert report.households == Counts(unchanged=1)
    assert stored(work)["deleted"]


def test_two_laptops_make_the_same_records(empty_template: StoreTemplate, tmp_path: Path, book: Path) -> None:
    w.scenario_s11(book)
    found = []
    for name in ("a", "b"):
        with empty_template.open_copy(tmp_path / name) as work:
            apply_import(work, book)
            with work.reading() as connection:
                found.append(connection.exec_driver_sql("SELECT id FROM member ORDER BY id").scalars().all())
    assert found[0] == found[1]
    assert len(found[0]) == 5


def test_cancel_leaves_nothing(work: Workspace, book: Path) -> None:
    w.scenario_s11(book)
    plan = read_plan(book)
    queued = outbox(work)

    class AtTheEnd:
        """Cancels as late as possible: after everything was written."""

        def step(self, done: int, total: int, what: str) -> None:
            self.writing = what == "正在写入" and done == total

        def check_cancelled(self) -> None:
            if getattr(self, "writing", False):
                raise Cancelled

    with pytest.raises(Cancelled):
        apply_import(work, plan, AtTheEnd())
    assert outbox(work) == queued
    assert households.count(work) == {"households": 0, "members": 0}


def test_other_villages_are_left_out_of_a_township_export(work: Workspace, book: Path) -> None:
    other = person(姓名="王测试", 证件号码=w.WANG, 户编号=w.HH_2, 行政村="远处村")
    report = apply_import(work, w.write_list(book, person(行政村=VILLAGE_NAME + "委会"), other))
    assert report.members == Counts(new=1)
    assert [r.row for r in report.rejected] == [3]
    assert "远处村" in report.rejected[0].reason


def test_export_of_several_other_villages_is_refused(work: Workspace, book: Path) -> None:
    people = [person(行政村="远处村"), person(姓名="王测试", 证件号码=w.WANG, 户编号=w.HH_2, 行政村="近处村")]
    with pytest.raises(ValidationFailed, match="没有本村"):
        preview_import(work, w.write_list(book, *people))


def test_one_other_name_for_the_village_is_taken_with_a_warning(work: Workspace, book: Path) -> None:
    report = apply_import(work, w.write_list(book, person(行政村="老示例")))
    assert report.members.new == 1
    assert "老示例" in report.warnings[0].message
