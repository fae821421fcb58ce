"""``villageapp import`` on the wide export and on the monthly employment lists."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers import workbooks as w
from tests.unit.cli.conftest import Run


def test_employment_list_previewed_applied_again_and_undone(run: Run, tmp_path: Path) -> None:
    stranger = w.spell(姓名="外村人", 证件号码=w.citizens(1)[0])
    book = str(w.write_list(tmp_path / "务工.xlsx", w.spell(), stranger, headings=w.AWAY))
    preview = run("import", book, "--dry-run", "--json").json
    assert (preview["batch"], preview["kind"]) == (None, "employment")
    assert preview["employment"] == {"new": 1, "changed": 0, "unchanged": 0}
    assert [(r["row"], r["cell"]) for r in preview["rejected"]] == [(3, "C3")]
    told = run("import", book)
    assert told.code == 0
    assert "务工：新增 1" in told.out
    assert "户类型" in told.out
    again = run("import", book, "--json").json
    assert again["employment"] == {"new": 0, "changed": 0, "unchanged": 1}
    ended = w.write_list(tmp_path / "下月.xlsx", w.spell(结束时间="2023年09月"), headings=w.AWAY)
    done = run("import", str(ended), "--json").json
    assert [(c["field"], c["after"]) for c in done["changed_fields"]] == [("end_ym", "2023-09")]
    undone = run("import", "--undo", done["batch"], "--json").json
    assert (undone["fields_restored"], undone["employment_removed"]) == (1, 0)


def test_strangers_only(run: Run, tmp_path: Path) -> None:
    stranger = w.spell(姓名="外村人", 证件号码=w.citizens(1)[0])
    told = run("import", str(w.write_list(tmp_path / "务工.xlsx", stranger, headings=w.AWAY)), "--dry-run")
    assert "没有一行" in told.out


def test_wide_export_names_what_it_does_not_store(run: Run, tmp_path: Path) -> None:
    row = w.person(村="示例村", 人口编号="1", 工资性收入="100")
    book = str(w.write_list(tmp_path / "全字段.xlsx", row, headings=[*w.WIDE, "没人知道"]))
    answer = run("import", book, "--dry-run", "--json").json
    left = {c["heading"]: c for c in answer["columns_not_stored"]}
    assert left["工资性收入"]["known"] is True
    assert left["没人知道"] == {
        "cell": left["没人知道"]["cell"],
        "heading": "没人知道",
        "known": False,
        "reason": "",
    }
    assert "没人知道" in run("import", book, "--dry-run").out


@pytest.mark.parametrize("missing", ["户编号", "姓名", "证件号码", "开始时间"])
def test_refusal_names_the_missing_column(run: Run, tmp_path: Path, missing: str) -> None:
    headings = [heading for heading in w.AWAY if heading != missing]
    answer = run("import", str(w.write_list(tmp_path / "务工.xlsx", w.spell(), headings=headings)), "--json")
    assert answer.code == 1
    assert missing in answer.json["error"]["message"]
