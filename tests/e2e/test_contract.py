"""What the commands print for programs, and what several laptops with a real server end up with."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.program import villageapp
from tests.helpers import workbooks
from tests.helpers.servers import VILLAGE, roomy_folder, running_server

HOUSEHOLD = workbooks.HH_1
VISIT = {
    "kind": "01",
    "started_at": "2023-03-06T09:00",
    "ended_at": "2023-03-06T09:30",
    "result": "见到户主",
    "edu_ok": True,
    "med_ok": False,
    "med_ok_note": "没有参保",
    "house_ok": None,
}


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """A folder with one store in ``a``: two households from a workbook."""
    with roomy_folder() as folder:
        _new_laptop(folder, "a")
        yield folder


def _new_laptop(folder: Path, name: str) -> None:
    """A store of its own with the same two families."""
    said = _json(folder, name, "init", "--village", VILLAGE, "--village-name", "示例村", "--user", "周队员")
    assert {"data_dir", "workspace", "replica_id", "recovery_code"} <= set(said)
    people = [
        workbooks.person(),
        workbooks.person(户编号=workbooks.HH_2, 姓名="王测试", 证件号码=workbooks.WANG),
    ]
    said = _json(folder, name, "import", workbooks.write_list(folder / "people.xlsx", *people))
    assert said["households"] == {"new": 2, "changed": 0, "unchanged": 0}
    assert set(said) >= {
        "batch",
        "members",
        "duplicates",
        "rejected",
        "warnings",
        "header_rows",
        "footer_rows",
    }


def _json(home: Path, laptop: str, *arguments: str | Path, code: int = 0) -> dict[str, Any]:
    """The one JSON object that a command prints; nothing else, and nothing on standard error."""
    ended = villageapp(*arguments, "--json", "--data-dir", laptop, home=home)
    assert ended.returncode == code, ended.stdout + ended.stderr
    assert ended.stdout.count("\n") == 1
    assert ended.stderr == ""
    answer: dict[str, Any] = json.loads(ended.stdout)
    return answer


def _facts(home: Path, **facts: Any) -> Path:
    path = home / "facts.json"
    path.write_text(json.dumps(facts, ensure_ascii=False), encoding="utf-8")
    return path


def test_a_visit_and_what_follows_from_it(home: Path) -> None:
    said = _json(home, "a", "visit", "add", "--household", HOUSEHOLD, "--from", _facts(home, **VISIT))
    assert set(said) >= {"visit_id", "problems", "next_visit_on"}
    (problem,) = said["problems"]
    assert set(problem) >= {"problem_id", "category", "due_verify", "due_opinion", "due_plan", "due_solve"}
    shown = _json(home, "a", "household", "show", HOUSEHOLD)
    assert {"members", "measures", "visits", "problems", "household_type"} <= set(shown)
    assert [len(shown[part]) for part in ("visits", "problems")] == [1, 1]
    rows = _json(home, "a", "problem", "list", "--overdue", "--on", "2099-01-01")["rows"]
    assert [row["id"] for row in rows] == [problem["problem_id"]]
    assert _json(home, "a", "visit", "list")["rows"][0]["med_ok"] is False
    finding = _json(home, "a", "check")["findings"][0]
    assert set(finding) >= {"rule", "severity", "household_no", "member", "field", "message", "mend"}
    hit = _json(home, "a", "find", HOUSEHOLD)["hits"][0]
    assert set(hit) >= {"kind", "id", "household_no", "name", "head_name", "group", "why"}
    card = _json(home, "a", "print", "card", "--household", HOUSEHOLD, "--out", home / "card.pdf")
    assert set(card) >= {"file", "pages", "items", "seconds", "missing_glyphs"}
    assert (card["pages"], card["missing_glyphs"]) == (2, [])


IDENTIFICATION = {
    "reported_on": "2023-03-06",
    "verify_on": "2023-03-07",
    "consent_on": "2023-03-07",
    "village_review_on": "2023-03-09",
    "votes_for": 11,
    "votes_total": 17,
    "notice_start": "2023-03-10",
    "notice_end": "2023-03-15",
    "town_review_on": "2023-03-16",
    "county_approved_on": "2023-03-24",
}
BY_THE_CLUE = {("verified_on" if k == "verify_on" else k): v for k, v in IDENTIFICATION.items()}


@pytest.mark.parametrize(
    ("rule", "facts", "expected"),
    [
        ("identification", IDENTIFICATION, {"allowed": True, "overdue_days": 3}),
        ("identification", BY_THE_CLUE, {"allowed": True, "overdue_days": 3}),
        ("identification", IDENTIFICATION | {"town_review_on": "2023-03-15"}, {"allowed": False}),
        (
            "problem-deadlines",
            {"reported_on": "2023-01-31", "grade": "M", "today": "2023-02-08"},
            {"due_verify": "2023-02-01", "due_plan": "2023-02-05", "due_solve": "2023-02-28"},
        ),
        (
            "gap",
            {
                "household_type": "脱贫户",
                "monitored": True,
                "all_insured": True,
                "population": 3,
                "net": "20000",
                "line": "7000",
            },
            {"eligible": True, "gap": "1000.00"},
        ),
        (
            "posts",
            {"pv_net": "86400.00", "labour_share": "0.8", "monthly_pay": "300"},
            {"posts": 19, "wages": "68400.00", "remainder": "720.00"},
        ),
    ],
)
def test_the_rulebook_answers(home: Path, rule: str, facts: dict[str, Any], expected: dict[str, Any]) -> None:
    said = _json(home, "a", "rule", rule, "--facts", _facts(home, **facts))
    assert {key: said[key] for key in expected} == expected
    assert {"rule", "explanation", "parameters"} <= set(said)


def test_what_the_system_refuses_is_told_in_chinese(home: Path) -> None:
    error = _json(home, "a", "rule", "gap", "--facts", home / "none.json", code=1)["error"]
    assert set(error) == {"code", "message", "remedy"}
    assert "没有这个文件" in error["message"]
    nowhere = home / "people.xlsx" / "pictures"
    error = _json(home, "no-server", "server", "bundle-import", home / "people.xlsx", code=1)["error"]
    assert (error["code"], (home / "no-server").exists()) == ("no_server", False)
    error = _json(home, "a", "screenshots", "--out", nowhere, code=1)["error"]
    assert (error["code"], "不是文件夹" in error["message"]) == ("not_writable", True)
    error = _json(home, "a", "backup", "create", "--out", home / "none" / "a.zcbak", code=1)["error"]
    assert "没有这个文件或文件夹" in error["message"]


@pytest.mark.parametrize("words", [("find", "x"), ("visit", "list")])
def test_no_rows_are_not_asked_for(home: Path, words: tuple[str, ...]) -> None:
    ended = villageapp(*words, "--limit", "0", "--data-dir", "a", home=home)
    assert ended.returncode == 2
    assert "--limit" in ended.stderr


def test_a_stick_by_way_of_a_colleague_and_a_laptop_set_back(home: Path) -> None:
    with running_server(home / "server") as server:
        for name in ("one", "two"):
            _new_laptop(home, name)
            _json(home, name, "enrol", "--server", server.url, "--code", server.enrol_code())
        for name in ("one", "two", "one"):
            assert _json(home, name, "sync")["receipt"] is True
        shutil.copytree(home / "one", home / "old")
        _write(home, "one", "address", "村东头3号")
        stick = home / "stick.zcb"
        said = _json(home, "one", "bundle", "export", "--for", "colleague", "--out", stick)
        assert set(said) >= {"file", "changes", "blobs", "bytes"}
        assert _json(home, "two", "bundle", "import", stick)["changes"] == 1
        again = _json(home, "two", "bundle", "import", stick)
        assert (again["changes"], again["blobs"], again["already_known"] > 0) == (0, 0, True)
        assert _json(home, "two", "sync")["receipt"] is True, "the colleague delivers it"
        shutil.rmtree(home / "one")
        (home / "old").rename(home / "one")
        _write(home, "one", "phone", "13800000001")
        _write(home, "two", "phone", "13800000002")
        for name in ("one", "two", "one"):
            assert _json(home, name, "sync")["receipt"] is True
    told = [_json(home, name, "state-hash") for name in ("one", "two")]
    assert told[0] == told[1]
    assert _json(home, "one", "household", "show", HOUSEHOLD)["address"] == "村东头3号"
    (conflict,) = _json(home, "one", "conflicts", "list")["rows"]
    assert {value["value"] for value in conflict["values"]} == {"13800000001", "13800000002"}
    assert set(conflict["values"][0]) >= {"value", "by", "at", "replica_id"}


def _write(home: Path, laptop: str, field: str, value: str) -> None:
    said = _json(home, laptop, "household", "set", HOUSEHOLD, "--field", field, "--value", value)
    assert set(said) >= {"household_id", "field", "value"}
