"""``villageapp check``: names of the JSON as agreed, refusals in Chinese, explaining away."""

from __future__ import annotations

from tests.helpers.stores import WANG, ZHANG
from tests.unit.cli.conftest import Run

KEYS = {"rule", "severity", "household_no", "member", "field", "message", "mend"}


def test_lists_findings_with_the_agreed_names(run: Run) -> None:
    found = run("check", "--json")
    assert found.code == 0
    findings = found.json["findings"]
    assert findings
    assert all(set(item) >= KEYS for item in findings)
    monitored = [item for item in findings if item["household_no"] == WANG]
    assert "D-MONITORED" in [item["rule"] for item in monitored]


def test_one_household_and_one_rule(run: Run) -> None:
    assert run("household", "set", ZHANG, "--field", "registered_population", "--value", "6").code == 0
    found = run("check", "--json", "--household", ZHANG, "--rule", "D-POPULATION").json
    assert [item["message"] for item in found["findings"]] == ["当前家庭人口数登记为 6 人，在册成员 4 人"]
    assert found["findings"][0]["household_no"] == ZHANG
    assert found["households"] == 1


def test_reads_as_a_table(run: Run) -> None:
    found = run("check", "--rule", "D-DUTY")
    assert found.code == 0
    assert "警告" in found.out
    assert "没有结对帮扶责任人" in found.out


def test_as_of_another_day(run: Run) -> None:
    assert run("check", "--json", "--on", "2022-01-01").json["on"] == "2022-01-01"


def test_explained_finding_is_listed_apart(run: Run) -> None:
    only = ("check", "--json", "--household", ZHANG, "--rule", "D-DUTY")
    explained = run(*only, "--explain", "本周内明确", "--all").json
    assert explained["findings"] == []
    assert [item["reason"] for item in explained["explained"]] == ["本周内明确"]
    assert run(*only).json["findings"] == []
    assert "本周内明确" in run("check", "--rule", "D-DUTY", "--all").out


def test_refusals_say_what_is_possible(run: Run) -> None:
    unknown = run("check", "--rule", "R-NONE")
    assert unknown.code == 1
    assert "R-MED" in unknown.err
    assert run("check", "--on", "2022-02-30").code == 1
    assert run("check", "--household", "没有这户").code == 1
    alone = run("check", "--explain", "理由")
    assert alone.code == 1
    assert "--household" in alone.err
    assert run("check", "--household", ZHANG, "--rule", "R-LOAN", "--explain", "理由").code == 1
