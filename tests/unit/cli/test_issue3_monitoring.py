"""Clues, monitoring cases, problem steps and policies on the command line, on a real store."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.helpers.stores import WANG, ZHANG, member_id
from tests.unit.cli.conftest import Run
from villageapp.cli import main as command_line
from villageapp.cli.commands import COMMANDS, Command

Write = Callable[[Any], str]
ADDED = {
    "case": Command("cases", "监测案卷"),
    "clue": Command("clues", "风险线索"),
    "step": Command("problem_steps", "问题办理"),
    "record": Command("records", "其他记录"),
    "reminder": Command("reminders", "到期提醒"),
    "policy": Command("policies", "政策库"),
}
HEAD = member_id(ZHANG, "14990119620315001X")


@pytest.fixture(autouse=True)
def _commands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command_line, "COMMANDS", {**COMMANDS, **ADDED})


def test_clue_add_verify_refuse_list(run: Run) -> None:
    added = run(
        *(
            "clue",
            "add",
            "--household",
            ZHANG,
            "--description",
            "摔伤住院",
            "--set",
            "reported_on=2023-03-06",
        ),
        *("--set", "risk_codes=因病，因意外", "--json"),
    ).json
    assert (added["due_verify"], added["existing"]) == ("2023-03-07", False)
    (row,) = run("clue", "list", "--on", "2023-03-09", "--json").json["rows"]
    assert (row["head_name"], row["risk_codes"], row["overdue_days"]) == ("张示范", ["01", "05"], 2)
    assert "摔伤住院" in run("clue", "list").out
    clue = added["clue_id"]
    done = run("clue", "verify", clue, "--result", "不属实", "--on", "2023-03-08", "--json").json
    assert (done["verify_result"], done["overdue_days"]) == ("不属实", 1)
    refused = run("clue", "take", clue)
    assert (refused.code, refused.err.count("\n")) == (1, 1)
    assert run("clue", "refuse", clue, "--reason", "有存款", "--told-on", "2023-03-08").code == 0
    assert run("clue", "list", "--json").json == {"rows": []}
    assert len(run("clue", "list", "--all", "--json").json["rows"]) == 1
    somebody = run("clue", "add", "--name", "孙外来", "--description", "租住危房", "--json").json
    assert run("clue", "list", "--json").json["rows"][0]["id"] == somebody["clue_id"]


def test_a_case_from_its_clue_to_the_review(run: Run, write: Write) -> None:
    clue = run(
        *("clue", "add", "--household", ZHANG, "--description", "住院", "--set", "reported_on=2023-03-06"),
        "--json",
    ).json["clue_id"]
    run("clue", "verify", clue, "--result", "属实", "--on", "2023-03-07")
    case = run("clue", "take", clue, "--json").json["case_id"]
    assert run("clue", "take", clue).code == 1
    shown = run("case", "show", "张示范", "--on", "2023-03-20", "--json").json
    assert (shown["case_id"], shown["state"], shown["state_label"]) == (case, "CLUE", "线索")
    assert [d["overdue"] for d in shown["duties"]] == [13, 0]
    verify = next(step for step in shown["next_steps"] if step["move"] == "verify")
    assert (verify["allowed"], verify["missing"]) == (False, ["verifiers"])
    refused = run("case", "move", case, "verify", "--json")
    assert refused.code == 1
    assert refused.json["error"]["code"] == "step_refused"
    assert "核实人" in refused.json["error"]["message"]
    consent = write(
        {
            "kind": "2",
            "member_ids": [HEAD],
            "text_version": "2022-1",
            "signed_on": "2023-03-07",
            "method": "纸质签字拍照",
        }
    )
    assert run("record", "add", "consent", "--household", ZHANG, "--from", consent).code == 0
    cadres = ",".join(_cadres(run))
    moved = run("case", "move", case, "verify", "--set", f"verifiers={cadres}", "--json")
    assert moved.code == 1, "one cadre is not enough"
    assert "2 人以上" in moved.json["error"]["message"]
    filled = run("case", "fill", case, "--set", "contact_name=张示范", "--set", "contact_phone=13800000001")
    assert "监测联系人" in filled.out
    assert run("case", "fill", case, "--set", "state=ELIMINATED").code == 1
    assert run("case", "fill", case, "--figures", "ident").code == 1, "there is no account"
    assert "没有变化" in run("case", "fill", case, "--set", "contact_name=张示范").out
    (row,) = run("case", "list", "--json").json["rows"]
    assert (row["id"], row["head_name"]) == (case, "张示范")
    assert "线索" in run("case", "list").out
    assert "上门核实" in run("reminder", "--on", "2023-03-07").out


def _cadres(run: Run) -> list[str]:
    visit = run("record", "list", "cadre", "--json").json["rows"]
    return [row["id"] for row in visit]


def test_case_open_again_existing_and_wrong(leader: Run) -> None:
    run = leader
    opened = run("case", "open", "--household", ZHANG, "--set", "reported_on=2023-03-06", "--json").json
    assert opened["reported_on"] == "2023-03-06"
    assert run("case", "open", "--household", ZHANG, "--json").json["error"]["code"] == "case_open"
    assert run("case", "open").code == 1
    assert run("case", "open", "--again", opened["case_id"]).code == 1
    assert run("case", "open", "--household", WANG, "--existing").code == 1, "no month of identification"
    run("household", "set", WANG, "--field", "identified_ym", "--value", "202303")
    taken = run("case", "open", "--household", WANG, "--existing", "--json").json
    assert (taken["state"], taken["identified_ym"]) == ("HELPING", "2023-03")
    for words in (
        ("show", "没有这户"),
        ("move", opened["case_id"], "fly"),
        ("show", "张示范", "--on", "gestern"),
    ):
        refused = run("case", *words)
        assert (refused.code, refused.out) == (1, "")
    assert run("case", "move", opened["case_id"]).code == 2, "wrong usage"


def test_problem_advance_show_month(run: Run) -> None:
    added = run(
        *("problem", "add", "--category", "住房安全", "--title", "房顶漏雨", "--scope", "村"),
        *("--reported-on", "2023-01-31", "--grade", "I", "--json"),
    ).json["problem_id"]
    refused = run("step", "advance", added, "close", "--json")
    assert refused.code == 1
    shown = run("step", "show", added, "--on", "2023-02-08", "--json").json
    assert (shown["state"], shown["overdue_days"], shown["due"]) == ("REPORTED", 1, "2023-02-07")
    verify = (
        "step",
        "advance",
        added,
        "verify",
        "--on",
        "2023-02-01",
        "--set",
        "founded=是",
        "--set",
        "text=属实",
    )
    done = run(*verify, "--json").json
    assert (done["state"], done["verified_on"], done["founded"]) == ("VERIFIED", "2023-02-01", True)
    assert done["steps"][0]["action_label"]
    number = done["ledger_no"]
    assert "超期" in run("step", "show", number).out
    sheet = run("step", "month", "2023-01", "--json").json
    assert (sheet["added"], sheet["open"], sheet["ids"]["added"]) == (1, 1, [added])
    assert sheet["open_items"][0]["ledger_no"] == number
    assert "新增 1" in run("step", "month", "2023-01").out
    for words in (("month", "Januar"), ("show", "没有"), ("advance", added, "fly")):
        assert run("step", *words).code == 1


def test_policy_commands(run: Run, write: Write, tmp_path: Any) -> None:
    rows = run("policy", "list", "雨露", "--on", "2023-03-06", "--json").json["rows"]
    assert {row["in_force"] for row in rows} == {True}
    assert run("policy", "list", "--on", "morgen").code == 1
    one = run("policy", "show", "SX2022-15", "--json").json
    assert (one["title"], one["effective_from"]) == ("危房改造", "2021-01-01")
    assert "危房改造" in run("policy", "show", "SX2022-15").out
    run("household", "set", ZHANG, "--field", "house_level", "--value", "C")
    found = run("policy", "match", "--household", ZHANG, "--json").json["rows"]
    house = next(row for row in found if row["policy_no"] == "SX2022-15")
    assert (house["missing"], house["because"]) == ([], ["房屋安全等级：C级"])
    bad = tmp_path / "bad.toml"
    bad.write_text("x = 1", encoding="utf-8")
    assert run("policy", "load", str(bad), "--json").json["error"]["code"] == "pack_unusable"
