"""Every benchmark runs for real, on a village of a few families, and yields ours, baseline and ratio."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from villageapp import bench
from villageapp.bench import anki, loading, processes
from villageapp.bench.result import Row
from villageapp.bench.runner import benchmark
from villageapp.bench.sides import FIELDS, note_of
from villageapp.bench.sizes import Sizes
from villageapp.bench.village import Stores, visits_of
from villageapp.errors import Trouble, ValidationFailed

TINY = Sizes(
    households=20,
    visits=30,
    persons=30,
    queries=12,
    cards=3,
    sync_households=4,
    slow_visits=6,
    slow_rtt_seconds=0.02,
    drop_households=4,
    drop_first_seconds=0.3,
    wide_households=30,
    ingest_changes=600,
    ingest_sustained=1_000,
    load_laptops=3,
    load_workspaces=4,
    rounds=1,
    light_rounds=2,
    heavy_rounds=1,
    keep_warm_up=False,
)


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stores]:
    with Stores(tmp_path_factory.mktemp("bench")) as made:
        yield made


def rows_of(name: str, stores: Stores) -> list[Row]:
    rows = list(benchmark(name)(stores, TINY))
    assert rows
    assert all(row.ours.wall > 0 and row.what and row.against for row in rows)
    return rows


@pytest.mark.parametrize("name", ["start", "unlock", "import", "search", "check", "card"])
def test_a_benchmark_measures_both_sides(name: str, stores: Stores) -> None:
    for row in rows_of(name, stores):
        assert row.baseline is not None
        assert row.baseline.wall > 0
        assert row.ratio == row.ours.wall / row.baseline.wall
        json.dumps(row.as_json())


def test_goals_are_those_of_the_design(stores: Stores) -> None:
    assert [rows_of(name, stores)[0].goal for name in ("start", "unlock")] == [1.5, 3.0]


def test_sync_moves_every_visit_through_the_real_server(stores: Stores) -> None:
    push, pull = rows_of("sync", stores)
    assert push.extra["bytes_up_per_record"] > pull.extra["bytes_up_per_record"] >= 0
    assert pull.extra["bytes_down_per_record"] > push.extra["bytes_down_per_record"]
    with_anki = anki.interpreter() is not None
    assert all((row.baseline is not None) is with_anki for row in (push, pull))
    assert with_anki or "没有安装 Anki" in push.note


def test_one_change_takes_one_request_on_each_laptop(stores: Stores) -> None:
    [row] = rows_of("sync-one", stores)
    assert row.extra["round_trips_first_laptop"] == row.extra["round_trips_second_laptop"] == 1
    assert 0 < row.extra["bytes_second_laptop"] < 5_000


def test_the_slow_line_is_measured_in_seconds(stores: Stores) -> None:
    rows = rows_of("sync-slow", stores)
    assert [row.name for row in rows] == ["slow-one", "slow-changes", "slow-visits"]
    assert all(row.limit_seconds and row.is_met is not None for row in rows)
    assert rows[0].ours.wall >= 2 * TINY.slow_rtt_seconds, "each laptop waits for its answer"


def test_a_new_laptop_finds_everybody_although_the_line_breaks(stores: Stores) -> None:
    [row] = rows_of("sync-drops", stores)
    assert row.extra["bytes_down"] >= row.extra["bytes_of_segments"] > 0
    assert row.extra["seconds_until_all"] > 0


def test_the_server_takes_in_segments_beside_copy(stores: Stores) -> None:
    for row, changes in zip(rows_of("server-ingest", stores), (600, 1_000), strict=True):
        assert row.baseline is not None
        assert row.extra["changes_per_second"] == pytest.approx(changes / row.ours.wall, rel=0.01)
    assert 0 <= row.extra["waiting_when_answered"] <= 4 * 500
    assert row.extra["projected_seconds"] >= row.ours.wall


def test_many_laptops_exchange_without_an_error(stores: Stores) -> None:
    team, teams = rows_of("server-load", stores)
    assert team.extra["exchanges"] == 3 * loading.ROUNDS
    assert teams.extra["exchanges"] == 4
    assert teams.extra["memory_mb_after"] > 0


def test_anki_is_absent_when_the_named_interpreter_lacks_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(anki.ENV_PYTHON, str(tmp_path / "python"))
    assert anki.interpreter() is None
    lacking = tmp_path / "lacking"
    lacking.write_text("#!/bin/sh\nexit 1\n")
    lacking.chmod(0o755)
    monkeypatch.setenv(anki.ENV_PYTHON, str(lacking))
    assert anki.interpreter() is None


def test_a_note_holds_the_texts_of_a_visit_in_as_many_fields(stores: Stores) -> None:
    village = stores.village(TINY.households)
    visits = list(visits_of(village, village, 30))
    assert {len(note_of(values)) for values in visits} == {FIELDS}
    assert all(
        visits[0]["interviewee"] in note_of(visits[0]) for _ in range(1) if visits[0].get("interviewee")
    )


def test_visits_beyond_the_diary_lie_on_other_days(stores: Stores) -> None:
    village = stores.village(4)
    known = sum(len(visits) for visits in village.visits.values())
    visits = list(visits_of(village, village, known * 3))
    assert len({(v["household_id"], v["started_at"]) for v in visits}) == known * 3
    assert all(v["ended_at"] >= v["started_at"] for v in visits if v.get("ended_at"))


def test_a_child_that_fails_is_named_with_what_it_said(stores: Stores) -> None:
    with pytest.raises(Trouble, match="sign_in"):
        processes.answer_of("sign_in", [], processes.offscreen(stores.folder))


def test_children_see_nothing_of_our_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VILLAGEAPP_DATA_DIR", str(tmp_path))
    environment = processes.offscreen(tmp_path)
    assert "VILLAGEAPP_DATA_DIR" not in environment
    assert environment["QT_QPA_PLATFORM"] == "offscreen"
    assert "VILLAGEAPP_DATA_DIR" in os.environ


def test_run_prints_one_json_object_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.run(["import"], as_json=True, sizes=TINY) == 0
    printed = capsys.readouterr()
    answer = json.loads(printed.out)
    assert [row["name"] for row in answer["rows"]] == ["import"]
    assert answer["rows"][0]["ratio"] > 0
    assert "import" in printed.err


def test_run_prints_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.run(["import"], as_json=False, sizes=TINY) == 0
    heading, line = capsys.readouterr().out.splitlines()
    assert heading.startswith("项目")
    assert line.startswith("import")


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValidationFailed, match=r"没有这项测试：nonsense.*start.*sync"):
        bench.run(["start", "nonsense"], as_json=True)


def test_an_installed_package_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.frozen", True, raising=False)
    with pytest.raises(Trouble, match="安装包"):
        bench.run([], as_json=True)


def test_one_benchmark_that_fails_leaves_the_others(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr("sys.executable", str(tmp_path / "nothing"))
    (tmp_path / "nothing").write_text("#!/bin/sh\necho broken >&2\nexit 3\n")
    (tmp_path / "nothing").chmod(0o755)
    assert bench.run(["start", "import"], as_json=True, sizes=TINY) == 1
    answer = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in answer["rows"]] == ["import"]
    assert "broken" in answer["failed"]["start"]
