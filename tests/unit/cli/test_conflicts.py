"""``conflicts list|resolve`` on a laptop whose colleague wrote other values into the same fields."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers import laptops
from tests.helpers.stores import PASSPHRASE
from tests.unit.cli.conftest import Run
from villageapp.models import keys
from villageapp.models.records import Household
from villageapp.services.workspace import Workspace, open_workspace
from villageapp.sync import capture

ID = laptops.household(1).id
PHONE = ("--entity", "household", "--record", ID, "--field", "phone")
DELETED = ("--entity", "household", "--record", ID, "--field", "deleted")


def _give_passphrase(work: Workspace) -> None:
    """Lock the store of a test laptop as a real one: a key of its own behind the passphrase."""
    key = keys.create(work.data_dir.key_slots, PASSPHRASE).key
    with work.database.reading() as connection:
        connection.exec_driver_sql(f"PRAGMA rekey = \"x'{key.hex()}'\"")
    work.close()


def _write(work: Workspace, **values: str) -> None:
    with work.transaction() as session:
        session.get_one(Household, ID).assign(values)


@pytest.fixture
def quarrel(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command line on a laptop that holds two phones, and an address next to a deletion."""
    a, b = laptops.laptop(tmp_path, "甲"), laptops.laptop(tmp_path, "乙")
    laptops.certify(a, b)
    with a.transaction() as session:
        session.add(laptops.household(1, phone="13800000000"))
    laptops.meet(a, b)
    _write(a, phone="13811111111")
    with b.transaction() as session:
        household = session.get_one(Household, ID)
        household.phone = "13822222222"
        session.flush()
        capture.delete(session, household)
    laptops.meet(a, b)
    b.close()
    _give_passphrase(a)
    monkeypatch.setenv("VILLAGEAPP_DATA_DIR", str(tmp_path / "甲"))
    return run


def _phone(tmp_path: Path) -> tuple[str, bool]:
    with open_workspace(laptops.DataDir(tmp_path / "甲"), PASSPHRASE) as work, work.transaction() as session:
        household = session.get_one(Household, ID)
        return household.phone, household.deleted


def test_list_numbers_the_values_and_take_chooses_one(quarrel: Run, tmp_path: Path) -> None:
    rows = quarrel("conflicts", "list", "--json").json["rows"]
    assert {row["field"] for row in rows} == {"deleted", "phone"}
    values = next(row["values"] for row in rows if row["field"] == "phone")
    assert {value["value"] for value in values} == {"13811111111", "13822222222"}
    lines = quarrel("conflicts", "list").out
    assert f"  2. “{values[1]['value']}”" in lines

    told = quarrel("conflicts", "resolve", *PHONE, "--take", "2", "--json").json
    assert told == {
        "settled": True,
        "entity": "household",
        "record_id": ID,
        "field": "phone",
        "value": values[1]["value"],
    }
    assert _phone(tmp_path)[0] == values[1]["value"]
    assert [row["field"] for row in quarrel("conflicts", "list", "--json").json["rows"]] == ["deleted"]
    again = quarrel("conflicts", "resolve", *PHONE, "--take", "1")
    assert (again.code, "没有不同的值" in again.err) == (1, True)


def test_another_value_is_read_as_a_person_writes_it(quarrel: Run, tmp_path: Path) -> None:
    ended = quarrel("conflicts", "resolve", *PHONE, "--value", "１３８３３３３３３３３")
    assert (ended.code, ended.out) == (0, "已选定，下次同步后各台电脑一致。\n")
    assert _phone(tmp_path)[0] == "13833333333"


@pytest.mark.parametrize(("word", "deleted"), [("删除", True), ("保留", False)])
def test_a_deletion_is_decided_in_words(quarrel: Run, tmp_path: Path, word: str, deleted: bool) -> None:
    assert quarrel("conflicts", "resolve", *DELETED, "--value", word).code == 0
    assert _phone(tmp_path)[1] is deleted


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ((*PHONE, "--take", "3"), 1, "没有第 3 个值，共 2 个"),
        ((*PHONE, "--take", "0"), 1, "没有第 0 个值"),
        ((*PHONE,), 2, "必须给出其中一个参数"),
        ((*PHONE, "--take", "1", "--value", "1"), 2, "不能与"),
        ((*DELETED, "--value", "也许"), 1, "请写 删除 或 保留"),
        (("--entity", "orchard", "--record", ID, "--field", "trees", "--value", "1"), 1, "没有“orchard”"),
        (("--entity", "household", "--record", ID, "--field", "trees", "--value", "1"), 1, "没有“trees”"),
        (
            ("--entity", "household", "--record", ID, "--field", "group_name", "--value", "一组"),
            1,
            "没有不同的值",
        ),
    ],
)
def test_what_cannot_be_settled_is_refused_and_changes_nothing(
    quarrel: Run, tmp_path: Path, arguments: tuple[str, ...], code: int, said: str
) -> None:
    before = _phone(tmp_path)
    ended = quarrel("conflicts", "resolve", *arguments)
    assert (ended.code, said in ended.err) == (code, True), ended.err
    assert _phone(tmp_path) == before
