"""Taking back a batch: what it made goes, what it changed returns, what people did since stays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.helpers import workbooks as w
from tests.helpers.stores import VILLAGE_NAME
from villageapp.errors import AlreadyDone, Cancelled, NotFound
from villageapp.models import ids
from villageapp.models.records import Household, Member, Visit
from villageapp.services import households
from villageapp.services.imports import Counts, apply_import, list_batches, undo_import
from villageapp.services.workspace import Workspace

PHONE = "户联系电话"
HOME = ids.household_id(w.HH_1)


def person(**given: Any) -> dict[str, Any]:
    return w.person(**{"行政村": VILLAGE_NAME, **given})


def present(work: Workspace) -> list[str]:
    """Names of the members who are here."""
    with work.reading() as connection:
        return list(
            connection.exec_driver_sql("SELECT name FROM member WHERE deleted = 0 ORDER BY name").scalars()
        )


def phone(work: Workspace) -> str | None:
    with work.transaction() as session:
        household = session.get(Household, HOME)
        assert household is not None
        value: str | None = household.phone
        return value


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return tmp_path / "名单.xlsx"


def test_untouched_batch_disappears_and_can_be_imported_again(work: Workspace, book: Path) -> None:
    first = apply_import(work, w.scenario_s11(book))
    report = undo_import(work, first.batch)
    assert (report.households_removed, report.members_removed, report.left_alone) == (2, 5, ())
    assert present(work) == []
    assert households.list_ids(work) == []
    again = apply_import(work, book)
    assert (again.households, again.members) == (Counts(new=2), Counts(new=5))
    assert len(present(work)) == 5


def test_changed_field_returns(work: Workspace, book: Path) -> None:
    apply_import(work, w.write_list(book, person(**{PHONE: "13800000001"})))
    second = apply_import(work, w.write_list(book, person(**{PHONE: "13800000002"})))
    report = undo_import(work, second.batch)
    assert (report.fields_restored, report.households_removed) == (1, 0)
    assert phone(work) == "13800000001"
    assert apply_import(work, book).households.changed == 1


def test_field_edited_since_stays(work: Workspace, book: Path) -> None:
    apply_import(work, w.write_list(book, person(**{PHONE: "13800000001"})))
    second = apply_import(work, w.write_list(book, person(**{PHONE: "13800000002"})))
    households.change(work, HOME, {"phone": "13911111111"})
    report = undo_import(work, second.batch)
    assert report.fields_restored == 0
    assert "又改过" in report.left_alone[0].reason
    assert phone(work) == "13911111111"


def test_edited_household_stays_with_its_family(work: Workspace, book: Path) -> None:
    other = person(姓名="王测试", 证件号码=w.WANG, 户编号=w.HH_2)
    wife = person(姓名="李样例", 证件号码=w.LI, 与户主关系="妻")
    batch = apply_import(work, w.write_list(book, person(), wife, other)).batch
    households.change_member(work, ids.member_id(HOME, w.LI), {"phone": "13911111111"})
    report = undo_import(work, batch)
    assert (report.households_removed, report.members_removed) == (1, 1)
    assert present(work) == ["张示范", "李样例"]
    assert {left.title for left in report.left_alone} == {"张示范", "李样例", f"户 {w.HH_1}"}


def test_visited_household_stays(work: Workspace, book: Path) -> None:
    batch = apply_import(work, w.write_list(book, person())).batch
    with work.transaction() as session:
        session.add(
            Visit(id=ids.new_id(), household_id=HOME, started_at=work.now(), kind="01", result="见到户主")
        )
    report = undo_import(work, batch)
    assert (report.households_removed, report.members_removed) == (0, 0)
    assert any("走访" in left.reason for left in report.left_alone)
    assert present(work) == ["张示范"]


def test_member_added_by_hand_keeps_the_household(work: Workspace, book: Path) -> None:
    batch = apply_import(work, w.write_list(book, person())).batch
    households.add_member(work, HOME, {"name": "李样例", "id_no": w.LI, "relation": "配偶"})
    undo_import(work, batch)
    assert present(work) == ["张示范", "李样例"]


def test_person_who_moved_returns_and_the_new_household_goes(work: Workspace, book: Path) -> None:
    son = person(姓名="张小样", 证件号码=w.XIAO, 与户主关系="之子")
    apply_import(work, w.write_list(book, person(), son))
    moved = {**son, "户编号": w.HH_2, "与户主关系": "户主"}
    second = apply_import(work, w.write_list(book, person(), moved))
    report = undo_import(work, second.batch)
    assert (report.households_removed, report.members_removed) == (1, 0)
    with work.transaction() as session:
        record = session.get(Member, ids.member_id(HOME, w.XIAO))
        assert record is not None
        assert (record.household_id, record.relation) == (HOME, "之子")


def test_unknown_and_repeated_undo(work: Workspace, book: Path) -> None:
    batch = apply_import(work, w.scenario_s11(book)).batch
    with pytest.raises(NotFound):
        undo_import(work, "no-such-batch")
    undo_import(work, batch)
    with pytest.raises(AlreadyDone):
        undo_import(work, batch)


def test_batches_are_listed_newest_first(work: Workspace, book: Path) -> None:
    first = apply_import(work, w.scenario_s11(book)).batch
    second = apply_import(work, book).batch
    undo_import(work, first)
    newest, oldest = list_batches(work)
    assert (newest.id, newest.members, newest.undone_at) == (second, Counts(unchanged=5), None)
    assert (oldest.id, oldest.members, oldest.file_name) == (first, Counts(new=5), "名单.xlsx")
    assert oldest.undone_at is not None


def test_cancelled_undo_changes_nothing(work: Workspace, book: Path) -> None:
    class Impatient:
        def step(self, done: int, total: int, what: str) -> None: ...

        def check_cancelled(self) -> None:
            raise Cancelled

    batch = apply_import(work, w.scenario_s11(book)).batch
    with pytest.raises(Cancelled):
        undo_import(work, batch, Impatient())
    assert len(present(work)) == 5
    assert list_batches(work)[0].undone_at is None
