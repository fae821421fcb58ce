"""Rows: ratios, goals, the table and the JSON."""

from __future__ import annotations

import json

from villageapp.bench.result import Row, machine, table
from villageapp.bench.timing import Cost

MET = Row("start", "冷启动", "空窗口", Cost(0.28, 0.2), Cost(0.2, 0.16), 5, 1.5, extra={"peak_mb": 80})
MISSED = Row("unlock", "解锁", "空窗口", Cost(0.8, 0.6), Cost(0.2, 0.16), 5, 3.0)
ALONE = Row("sync-push", "上传", "Anki", Cost(2.5, 2.0), None, 3, note="没有安装 Anki,没有基准")


def test_ratios_are_multiples_of_the_baseline() -> None:
    assert MET.ratio == 0.28 / 0.2
    assert MET.cpu_ratio == 0.2 / 0.16
    assert ALONE.ratio is None
    assert ALONE.cpu_ratio is None
    assert Row("x", "", "", Cost(1, 1), Cost(0, 0), 1).ratio is None


def test_a_goal_is_met_missed_or_unknown() -> None:
    assert (MET.is_met, MISSED.is_met, ALONE.is_met) == (True, False, None)


def test_json_has_both_sides_the_ratio_and_what_the_benchmark_adds() -> None:
    said = json.loads(json.dumps(MET.as_json(), ensure_ascii=False))
    assert said["ours"] == {"wall": 0.28, "cpu": 0.2}
    assert said["baseline"] == {"wall": 0.2, "cpu": 0.16}
    assert (said["ratio"], said["cpu_ratio"], said["goal"], said["met"]) == (1.4, 1.25, 1.5, True)
    assert said["peak_mb"] == 80
    assert ALONE.as_json()["baseline"] is None


def test_the_table_says_goal_and_outcome_and_shows_missing_baselines() -> None:
    lines = table([MET, MISSED, ALONE]).splitlines()
    assert len(lines) == 4
    assert "280.0 ms" in lines[1]
    assert "≤1.5 达到" in lines[1]
    assert "≤3 未达到" in lines[2]
    assert "2.50 s" in lines[3]
    assert "—" in lines[3]
    assert "没有安装 Anki" in lines[3]


def test_the_machine_is_described_without_naming_it() -> None:
    assert set(machine()) == {"system", "processor", "cores", "python", "version"}
