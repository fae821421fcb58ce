"""``villageapp doctor``: what it finds, what it mends, what it hands on."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.damage import harm, pages
from tests.helpers.stores import ZHANG, StoreTemplate, family_id
from tests.unit.cli.conftest import Run
from villageapp.paths import DataDir
from villageapp.services import households
from villageapp.services.workspace import open_with_key
from villageapp.sync import apply, registers
from villageapp.sync.change import DELETE, DELETED, Change
from villageapp.sync.registers import Record

Poke = Callable[..., None]


@pytest.fixture
def poke(run: Run, template: StoreTemplate, tmp_path: Path) -> Poke:
    """Changes the store by SQL, behind the program's back."""

    def change(statement: str, *values: object) -> None:
        opened = open_with_key(DataDir(tmp_path / "village"), template.key)
        with opened as work, work.database.writing() as connection:
            connection.exec_driver_sql(statement, values)

    return change


def test_repair_names_what_was_changed_by_hand_and_puts_it_right(run: Run, poke: Poke) -> None:
    sound = run("state-hash", "--json").json["hash"]
    poke("UPDATE household SET phone = '1' WHERE id = ?", family_id(ZHANG))
    assert run("state-hash", "--json").json["hash"] != sound
    done = run("doctor", "--repair", "--json")
    assert done.code == 0
    repaired = done.json["repair"]
    assert repaired["server"] == "alone"
    assert [(d["record_id"], d["fields"]) for d in repaired["differences"]] == [(family_id(ZHANG), ["phone"])]
    assert run("state-hash", "--json").json["hash"] == sound
    again = run("doctor", "--repair")
    assert again.code == 0
    assert "0 条" in again.out


def plant(poke: Poke) -> None:
    poke(
        "INSERT INTO outbox SELECT next_seq, last_hlc, user_id, 'household', ?, 'delete',"
        ' \'{"deleted": {"x": "all"}}\', \'{}\' FROM replica',
        family_id(ZHANG),
    )
    poke("UPDATE replica SET next_seq = next_seq + 1")


def test_a_change_that_cannot_be_merged_is_named_and_can_be_exported(
    run: Run, poke: Poke, tmp_path: Path
) -> None:
    plant(poke)
    done = run("doctor", "--repair", "--json")
    assert done.code == 1
    [waiting] = done.json["quarantine"]
    assert waiting["record_id"] == family_id(ZHANG)
    assert [f["ok"] for f in done.json["findings"]].count(False) == 1
    shown = run("doctor", "--export-quarantine", "waiting.json")
    assert family_id(ZHANG) in shown.out
    [written] = json.loads((tmp_path / "waiting.json").read_text(encoding="utf-8"))
    assert written["fields"] == {"deleted": {"x": "all"}}


def test_an_upgrade_tries_again_what_waits(run: Run, poke: Poke, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(poke)
    assert len(run("doctor", "--repair", "--json").json["quarantine"]) == 1
    assert len(run("doctor", "--json").json["quarantine"]) == 1, "not at every start"
    merge = registers.merge

    def newer(record: Record, change: Change, replica_id: str, known: Any) -> None:
        if change.kind == DELETE:
            change = replace(change, fields={DELETED: dict.fromkeys(change.fields[DELETED], 0)})
        merge(record, change, replica_id, known)

    monkeypatch.setattr(apply, "merge", newer)
    poke("PRAGMA user_version = 0")
    done = run("doctor", "--json")
    assert done.code == 0
    assert done.json["quarantine"] == []


def test_nothing_to_export_is_said_in_one_line(run: Run) -> None:
    done = run("doctor", "--export-quarantine", "waiting.json")
    assert done.code == 1
    assert len(done.err.strip().splitlines()) == 1


def test_a_broken_log_is_named_with_its_place(run: Run, poke: Poke) -> None:
    poke("INSERT INTO vector (replica_id, last_seq, last_hash) VALUES ('stranger', 7, x'00')")
    done = run("doctor", "--json")
    assert done.code == 1
    [bad] = [f for f in done.json["findings"] if not f["ok"]]
    assert "stranger" in bad["text"]
    assert bad["remedy"]


def test_a_damaged_store_is_brought_back_with_a_backup(
    run: Run, template: StoreTemplate, tmp_path: Path
) -> None:
    assert run("backup", "create", "--out", "one.zcbak").code == 0
    place = DataDir(tmp_path / "village")
    with open_with_key(place, template.key) as work:
        households.change(work, family_id(ZHANG), {"phone": "13900000009"})
        work.database.settle()
    before = run("state-hash", "--json").json["hash"]
    file = place.database
    harm(file, range(pages(file) // 2, pages(file), 9))
    damaged = file.read_bytes()
    assert run("doctor", "--json").code == 1
    done = run("doctor", "--rescue", "one.zcbak", "--json")
    assert [f for f in done.json["findings"] if not f["ok"]] == []
    assert done.code == 0, done.err
    rescue = done.json["rescue"]
    assert rescue["changes"] == 1
    assert (Path(rescue["kept"]) / "village.db").read_bytes() == damaged
    with open_with_key(place, template.key) as work:
        assert households.page(work, family_id(ZHANG)).values["phone"] == "13900000009"
    assert done.json["ok"]
    again = run("doctor", "--rescue", "one.zcbak")
    assert "取回备份之后的 1 项改动" in again.out
    assert run("state-hash", "--json").json["hash"] == before
    alone = run("doctor", "--rescue", "--json")
    assert alone.json["rescue"]["backup"] is None
    assert run("state-hash", "--json").json["hash"] == before
    refused = run("doctor", "--rescue", "none.zcbak")
    assert refused.code == 1
    assert "没有找到备份文件" in refused.err
