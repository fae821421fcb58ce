"""Every command on a real store: its JSON by the names of the design, its lines, its refusals."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from tests.helpers.stores import WANG, ZHANG, ZHAO, family_id, member_id
from tests.unit.cli.conftest import Run
from villageapp.domain.fields import Kind
from villageapp.domain.household import HOUSEHOLD

Write = Callable[[Any], str]
VISIT = {"kind": "日常走访", "started_at": "2023-01-31 10:00", "result": "见到户主"}


def test_household_show_has_every_field_by_name(run: Run) -> None:
    shown = run("household", "show", "张示范", "--json").json
    assert {field.name for field in HOUSEHOLD.fields} <= shown.keys()
    codes = {f"{f.name}_label" for f in HOUSEHOLD.fields if f.kind in (Kind.CODE, Kind.CODES)}
    assert codes <= shown.keys()
    assert (shown["household_type"], shown["household_type_label"]) == ("1", "脱贫户")
    assert shown["water_safe"] is None
    assert [member["name"] for member in shown["members"]] == ["张示范", "李样例", "张小样", "张小例"]
    assert shown["members"][0]["birth_date"] == "1962-03-15"
    assert (shown["measures"], shown["visits"], shown["problems"]) == ([], [], [])
    lines = run("household", "show", ZHANG).out
    assert "149901********001X" in lines
    assert "14990119620315001X" not in lines


def test_household_set_is_checked_as_the_form(run: Run) -> None:
    done = run("household", "set", ZHANG, "--field", "dibao_month_amount", "--value", "812.5", "--json").json
    assert done["household_id"] == family_id(ZHANG)
    assert (done["field"], done["value"]) == ("dibao_month_amount", "812.50")
    assert run("household", "show", ZHANG, "--json").json["dibao_month_amount"] == "812.50"
    cleared = run("household", "set", ZHANG, "--field", "dibao_month_amount", "--value", "")
    assert (cleared.code, cleared.err) == (0, "")
    for field, value, words in (
        ("house_level", "好", "不在“房屋安全等级”的选项里"),
        ("household_type", "", "必须填写"),
        ("colour", "红", "没有“colour”这个字段"),
    ):
        refused = run("household", "set", ZHANG, "--field", field, "--value", value)
        assert refused.code == 1
        assert refused.out == ""
        assert words in refused.err
        assert refused.err.count("\n") == 1, "one line"


def test_find(run: Run) -> None:
    hits = run("find", "zsf", "--json").json["hits"]
    keys = {"kind", "id", "household_no", "name", "head_name", "group", "why"}
    assert keys <= hits[0].keys()
    assert (hits[0]["name"], hits[0]["household_no"], hits[0]["why"]) == ("张示范", ZHANG, "拼音首字母")
    assert "张示范" in run("find", "01X").out
    assert run("find", "没有的人", "--json").json == {"hits": []}
    assert len(run("find", "张", "--limit", "1", "--json").json["hits"]) == 1


def test_visit_add_and_list(run: Run, write: Write) -> None:
    """S4 on the command line."""
    file = write({**VISIT, "edu_ok": False, "med_ok": None, "water_ok": True, "expense_amount": 1200})
    added = run("visit", "add", "--household", ZHANG, "--from", file, "--json").json
    (problem,) = added["problems"]
    assert problem["category"] == "02"
    assert [problem[f"due_{step}"] for step in ("verify", "opinion", "plan", "solve")] == [
        "2023-02-01",
        "2023-02-03",
        "2023-02-05",
        "2023-02-07",
    ]
    assert added["next_visit_on"] == "2023-05-01"
    (row,) = run("visit", "list", "--json").json["rows"]
    assert row["id"] == added["visit_id"]
    assert (row["kind"], row["kind_label"], row["edu_ok"], row["med_ok"]) == ("01", "日常走访", False, None)
    assert row["started_at"] == "2023-01-31T02:00:00.000Z"
    assert row["expense_amount"] == "1200.00", "numbers in a file are yuan"
    assert run("visit", "list", "--household", WANG, "--json").json == {"rows": []}
    shown = run("household", "show", ZHANG, "--json").json
    assert shown["visits"][0]["id"] == added["visit_id"]
    assert shown["problems"][0]["standing"]["light"] == "red"


def test_problem_add_and_list(run: Run, write: Write) -> None:
    added = run(
        *("problem", "add", "--household", ZHANG, "--category", "住房安全", "--title", "房顶漏雨"),
        *("--grade", "M", "--reported-on", "2023-01-31", "--json"),
    ).json
    assert added["due_solve"] == "2023-02-28"
    from_file = write({"category": "就业", "title": "零就业", "reported_on": "2023-01-31"})
    assert run("problem", "add", "--household", ZHAO, "--from", from_file).code == 0
    late = run("problem", "list", "--overdue", "--on", "2023-02-08", "--json").json["rows"]
    assert [(row["title"], row["overdue_days"]) for row in late] == [("零就业", 1), ("房顶漏雨", 0)]
    assert late[1]["days_left"] == -7
    assert run("problem", "list", "--overdue", "--on", "2023-01-31", "--json").json == {"rows": []}
    assert "超期 1 天" in run("problem", "list", "--on", "2023-02-08").out
    refused = run("problem", "list", "--on", "gestern")
    assert refused.code == 1
    assert "不是日期" in refused.err


def test_measure_add_and_list(run: Run, write: Write) -> None:
    girl = member_id(ZHANG, "149901201009160023")
    file = write({"item": "雨露计划", "title": "2023 春季", "amount": 1500, "start_on": "2023-03-01"})
    added = run("measure", "add", "--household", ZHANG, "--from", file, "--member", girl, "--json").json
    (row,) = run("measure", "list", "--json").json["rows"]
    assert row["id"] == added["measure_id"]
    assert (row["group_label"], row["amount"], row["member_name"]) == ("其他教育帮扶", "1500.00", "张小例")
    assert "雨露计划" in run("measure", "list", "--household", ZHANG).out
    assert run("measure", "add", "--household", ZHANG, "--item", "养殖业").code == 1


def test_print_card(run: Run, tmp_path: Path) -> None:
    done = run("print", "card", "--all", "--out", "cards.pdf", "--json").json
    assert (done["items"], done["pages"], done["missing_glyphs"]) == (4, 8, [])
    assert Path(done["file"]) == tmp_path / "cards.pdf"
    assert Path(done["file"]).read_bytes().startswith(b"%PDF")
    two = run("print", "card", "--household", "张示范", WANG, "--privacy", "P0", "--out", "two.pdf", "--json")
    assert two.json["items"] == 2
    refused = run("print", "card", "--household", "无此人", "--out", "none.pdf")
    assert (refused.code, (tmp_path / "none.pdf").exists()) == (1, False)


def test_sync_commands_without_a_server(run: Run) -> None:
    state = run("state-hash", "--json").json
    assert state["records"] == 13
    assert run("conflicts", "list", "--json").json == {"rows": []}
    refused = run("sync", "--json")
    assert (refused.code, refused.json["error"]["code"]) == (1, "not_enrolled")
    nowhere = run("enrol", "--server", "http://127.0.0.1:9", "--code", "ABCD-EFGH")
    assert nowhere.code == 1
    assert nowhere.err.count("\n") == 1
    assert run("state-hash", "--json").json == state


def test_rule_needs_no_store(run: Run, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VILLAGEAPP_PASSPHRASE")
    facts = write({"reported_on": "2023-01-31", "grade": "I", "today": "2023-02-08"})
    answer = run("rule", "problem-deadlines", "--facts", facts, "--json").json
    assert answer["overdue_days"] == 1
    assert answer["due_plan"] == "2023-02-05"
    assert {"rule", "explanation", "parameters"} <= answer.keys()
    number = run("rule", "id-number", "--facts", write({"text": "149901620315001"}), "--json").json
    assert (number["ok"], number["id_no"]) == (True, "14990119620315001X")
    assert run("rule", "weather", "--facts", facts, "--json").json["error"]["code"] == "unknown_rule"


def test_doctor(run: Run) -> None:
    done = run("doctor", "--json")
    assert (done.code, done.json["ok"]) == (0, True)
    assert "正常" in run("doctor").out


def test_import_preview_apply_again_undo(run: Run, tmp_path: Path) -> None:
    workbook = tmp_path / "名单.xlsx"
    _write_workbook(workbook)
    preview = run("import", str(workbook), "--dry-run", "--json").json
    assert preview["batch"] is None
    assert preview["households"] == {"new": 1, "changed": 0, "unchanged": 0}
    done = run("import", str(workbook), "--json").json
    assert done["members"] == {"new": 1, "changed": 0, "unchanged": 0}
    assert done["rejected"][0]["cell"] == "D3"
    again = run("import", str(workbook), "--json").json
    assert again["households"] == {"new": 0, "changed": 0, "unchanged": 1}
    assert "已撤销" in run("import", "--undo", done["batch"]).out
    assert run("household", "show", "1499000000000088").code == 1
    assert run("import").code == 1
    missing = run("import", "没有.xlsx", "--json")
    assert missing.code == 1
    assert "没有.xlsx" in missing.json["error"]["message"]


def _write_workbook(path: Path) -> None:
    heads = (
        "户编号",
        "人编号",
        "姓名",
        "证件号码",
        "人数",
        "与户主关系",
        "户类型",
        "行政村",
        "乡(镇)",
        "县(市、区、旗)",
    )
    place = ("示例村", "示例镇", "示范县")
    rows: list[tuple[Any, ...]] = [
        (
            "1499000000000088",
            "149900000000008801",
            "周试验",
            "14990119590101001X",
            "1",
            "户主",
            "脱贫户",
            *place,
        ),
        (
            "1499000000000088",
            "149900000000008802",
            "周有误",
            "149901196203150011",
            "1",
            "之子",
            "脱贫户",
            *place,
        ),
    ]
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate((heads, *rows)):
            sheet.write_row(number, 0, row)


def test_overdue_counts_today_by_default(run: Run) -> None:
    day = (date.today() - timedelta(days=60)).isoformat()
    run(
        "problem",
        "add",
        "--household",
        ZHANG,
        "--category",
        "就业",
        "--title",
        "零就业",
        "--reported-on",
        day,
    )
    (row,) = run("problem", "list", "--overdue", "--json").json["rows"]
    assert row["overdue_days"] >= 52
