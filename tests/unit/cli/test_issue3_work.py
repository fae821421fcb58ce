"""Income accounts, generic records, work logs and ledgers on the command line, on a real store."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.helpers.stores import WANG, ZHANG, ZHAO, family_id, member_id
from tests.unit.cli.conftest import Run
from villageapp.cli import main as command_line
from villageapp.cli.commands import COMMANDS, Command

Write = Callable[[Any], str]
ADDED = {
    "income": Command("incomes", "收支账"),
    "record": Command("records", "其他记录"),
    "worklog": Command("worklogs", "工作日志"),
    "ledger": Command("ledgers", "台账"),
    "reminder": Command("reminders", "到期提醒"),
}
SON = member_id(ZHANG, "149901198801010016")
ACCOUNT = {
    "income_year": 2023,
    "population": 4,
    "claim_income": 1500,
    "compliant_oop": "9200.00",
    "lines": [
        {"subject_code": "A1", "amount": 18000, "person_id": SON},
        {"subject_code": "B1", "amount": 6200.5},
        {"subject_code": "E1", "amount": "2350"},
        {"subject_code": "X01", "amount": 3000},
    ],
}


@pytest.fixture(autouse=True)
def _commands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command_line, "COMMANDS", {**COMMANDS, **ADDED})


def test_income_record_show_list_decline(run: Run, write: Write) -> None:
    made = run("income", "record", "--household", ZHANG, "--from", write(ACCOUNT), "--json").json
    assert (made["net"], made["per_capita"], made["ref_per_capita"]) == ("21850.50", "5462.63", "3537.63")
    assert (made["not_counted"], made["population"]) == ("3000.00", 4)
    assert "监测标准未核定" in made["unset"]
    assert (made["clue"], made["category_proposed"]) == (None, None), "without a line nothing is judged"
    shown = run("income", "show", "--household", ZHANG, "--json").json
    assert shown["account_id"] == made["account_id"]
    assert shown["lines"][0]["subject_code_label"] == "务工收入"
    assert shown["lines"][0]["amount"] == "18000.00"
    assert shown["gap"] is None
    text = run("income", "show", made["account_id"]).out
    assert "家庭纯收入 21,850.50 元" in text
    assert "监测标准未核定" in text
    (row,) = run("income", "list", "--year", "2023", "--json").json["rows"]
    assert (row["head_name"], row["net"], row["basis_label"][:3]) == ("张示范", "21850.50", "自然年")
    assert run("income", "list", "--year", "2022", "--json").json == {"rows": []}
    assert "5,462.63" in run("income", "list").out
    before = {"income_year": 2022, "population": 1, "lines": [{"subject_code": "B1", "amount": 90000}]}
    run("income", "record", "--household", ZHANG, "--from", write(before))
    found = run("income", "decline", "2023", "--json").json
    assert found["rows"] == [
        {
            "household_id": family_id(ZHANG),
            "head_name": "张示范",
            "household_group": "一组",
            "per_capita": "5462.63",
            "last_per_capita": "90000.00",
            "fell": True,
            "low": None,
            "shock": True,
        }
    ]
    assert "未判断" in run("income", "decline", "2023").out
    assert run("income", "decline", "letztes").code == 1


def test_income_change_and_sign(run: Run, write: Write) -> None:
    made = run("income", "record", "--household", ZHANG, "--from", write(ACCOUNT), "--json").json[
        "account_id"
    ]
    changed = run("income", "change", made, "--from", write({"claim_income": 0, "lines": []}), "--json").json
    assert (changed["net"], changed["claim_income"]) == ("0.00", "0.00")
    assert run("income", "sign", made).code == 1, "an empty account"
    run("income", "change", made, "--from", write({"lines": ACCOUNT["lines"]}))
    assert run("income", "sign", made, "--json").json["status"] == "农户已签字"
    refused = run("income", "change", made, "--from", write({"claim_income": 5}), "--json")
    assert (refused.code, refused.json["error"]["code"]) == (1, "account_signed")
    assert run("income", "sign", made, "--status", "草稿").code == 1


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({**ACCOUNT, "lines": 5}, "lines"),
        ({**ACCOUNT, "lines": [5]}, "lines"),
        ({**ACCOUNT, "lines": [{"subject_code": "A1", "amount": "1e400"}]}, "第 1 行"),
        ({**ACCOUNT, "population": 0}, "年度家庭人口数"),
        ({**ACCOUNT, "status": "已锁定"}, "草稿"),
        ({"lines": []}, "收入年度"),
        ([1], "JSON 对象"),
    ],
)
def test_wrong_accounts_are_refused_in_one_line(run: Run, write: Write, content: Any, words: str) -> None:
    refused = run("income", "record", "--household", ZHANG, "--from", write(content))
    assert (refused.code, refused.out, refused.err.count("\n")) == (1, "", 1)
    assert words in refused.err
    assert run("income", "list", "--json").json == {"rows": []}


def test_records_of_any_kind(run: Run, write: Write) -> None:
    added = run(
        *("record", "add", "training", "--household", ZHANG, "--set", f"member_id={SON}"),
        *("--set", "course=电焊", "--set", "hours=40", "--json"),
    ).json
    made = added["record_id"]
    assert (added["course"], added["hours"]) == ("电焊", 40)
    assert "已改：学时" in run("record", "set", "training", made, "--set", "hours=48").out
    assert run("record", "show", "training", made, "--json").json["hours"] == 48
    assert "电焊" in run("record", "show", "training", made).out
    assert [
        r["id"] for r in run("record", "list", "training", "--where", "hours=48", "--json").json["rows"]
    ] == [made]
    assert run("record", "list", "training", "--household", WANG, "--json").json == {"rows": []}
    assert "电焊" in run("record", "list", "training").out
    assert run("record", "remove", "training", made, "--json").json["deleted"] is True
    assert "没有技能培训" in run("record", "list", "training").out
    assert run("record", "restore", "training", made).code == 0
    for words, told in (
        (("add", "weather"), "没有“weather”"),
        (("add", "visit", "--household", ZHANG), "自己的登记方式"),
        (("add", "training", "--set", "course"), "字段=值"),
        (("add", "training", "--household", ZHANG, "--set", "colour=红"), "没有“colour”"),
        (("set", "training", "nirgends", "--set", "hours=1"), "没有找到"),
    ):
        refused = run("record", *words)
        assert (refused.code, refused.out) == (1, "")
        assert told in refused.err
    loan = write(
        {
            "member_id": SON,
            "bank": "示范农商行",
            "principal": 55000,
            "start_on": "2023-03-01",
            "due_on": "2024-03-01",
            "purpose": "养羊",
            "status": "正常",
        }
    )
    refused = run("record", "add", "loan", "--household", ZHANG, "--from", loan)
    assert "须说明追加理由" in refused.err
    extra = ("--set", "extra=是", "--set", "extra_reason=扩大")
    assert run("record", "add", "loan", "--household", ZHANG, "--from", loan, *extra).code == 0
    assert "小额信贷到期：张小样" in run("reminder", "--on", "2024-02-01").out


def test_worklog_of_a_day_and_a_month(run: Run, write: Write) -> None:
    visit = write({"kind": "日常走访", "started_at": "2023-01-31 10:00", "result": "见到户主"})
    run("visit", "add", "--household", ZHANG, "--from", visit)
    shown = run("worklog", "show", "--on", "2023-01-31", "--json").json
    assert (shown["saved"], shown["kind"]) == (False, "走访")
    assert "张示范" in shown["morning"]
    assert "尚未保存" in run("worklog", "show", "--on", "2023-01-31").out
    saved = run("worklog", "save", "--on", "2023-01-31", "--set", "afternoon=开会", "--json").json
    assert (saved["saved"], saved["afternoon"]) == (True, "开会")
    assert len(saved["visit_ids"]) == 1
    (row,) = run("worklog", "list", "2023-01", "--json").json["rows"]
    assert row["cadre_name"] == "周队员"
    assert run("worklog", "mark", "在岗", "--on", "2023-01-31").code == 0
    (month,) = run("worklog", "attendance", "2023-01", "--json").json["rows"]
    assert (month["days"], month["visit_days"]) == ({"2023-01-31": "在岗"}, ["2023-01-31"])
    assert "未核定" in run("worklog", "attendance", "2023-01").out
    for words in (
        ("show", "--cadre", "没有这人"),
        ("save", "--on", "2023-02-01"),
        ("mark", "睡觉"),
        ("list", "Mai"),
    ):
        assert run("worklog", *words).code == 1


def test_leave_without_limits_names_nobody(leader: Run, write: Write) -> None:
    run = leader
    leave = write({"kind": "事假", "from_on": "2023-03-06", "to_on": "2023-03-08", "reason": "家事"})
    page = run("worklog", "leave", "--from", leave, "--json").json
    assert (page["days"], page["authority"], page["next_states"]) == (3, None, ["队长"])
    made = page["leave_id"]
    assert run("worklog", "leave", made, "--to", "队长").code == 0
    assert "未核定" in run("worklog", "leave", made, "--to", "批准").err
    granted = run("worklog", "leave", made, "--to", "批准", "--set", "approver=孙队长", "--json").json
    assert granted["state"] == "批准"


def test_ledgers(run: Run, write: Write) -> None:
    run(
        "problem",
        "add",
        "--household",
        ZHAO,
        "--category",
        "就业",
        "--title",
        "零就业",
        "--reported-on",
        "2023-01-31",
    )
    found = run("ledger", "problems", "--on", "2023-02-08", "--json").json
    assert found["title"] == "问题排查整改台账"
    assert {"name": "due_verify", "heading": "上门核查期限"} in found["columns"]
    (row,) = found["rows"]
    assert (row["head_name"], row["category"], row["category_label"]) == ("赵演示", "07", "就业")
    assert (row["due_solve"], row["overdue_days"]) == ("2023-02-07", 1)
    assert "零就业" in run("ledger", "problems").out
    assert run("ledger", "measures", "--json").json["rows"] == []
    assert run("ledger", "problems", "--household", ZHANG, "--json").json["rows"] == []
    assert run("ledger", "weather", "--json").json["error"]["code"] == "unknown_ledger"
