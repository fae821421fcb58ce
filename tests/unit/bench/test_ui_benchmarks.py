"""The benchmarks of the window run for real, on a village of a few families; no time is asserted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.servers import roomy_folder
from villageapp.bench.result import Row
from villageapp.bench.runner import benchmark
from villageapp.bench.sizes import Sizes
from villageapp.bench.village import Stores

TINY = Sizes(
    households=20,
    visits=30,
    wide_households=30,
    acts=3,
    day_changes=14,
    day_visits=2,
    rounds=1,
    keep_warm_up=False,
)


@pytest.fixture(scope="module")
def stores() -> Iterator[Stores]:
    with roomy_folder() as folder, Stores(Path(folder)) as made:
        yield made


def rows_of(name: str, stores: Stores) -> list[Row]:
    rows = list(benchmark(name)(stores, TINY))
    assert all(row.ours.wall > 0 and row.what and row.against for row in rows)
    return rows


def test_the_start_to_the_work_list_has_a_baseline(stores: Stores) -> None:
    [row] = rows_of("ui-start", stores)
    assert row.baseline is not None
    assert row.goal == 0.6 or "aqt" in row.note


def test_lists_are_measured_at_both_sizes(stores: Stores) -> None:
    names = [row.name for row in rows_of("ui-list", stores)]
    acts = ("page", "filter", "sort", "tab", "key")
    assert names == [f"ui-{act}-{size}" for size in (20, 30) for act in acts]


def test_a_save_is_compared_with_a_bare_flush(stores: Stores) -> None:
    [row] = rows_of("ui-save", stores)
    assert row.rounds == 3
    assert row.baseline is not None


def test_a_day_changes_screens_records_visits_and_tells_of_memory(stores: Stores) -> None:
    [row] = rows_of("ui-day", stores)
    assert row.extra["changes"] >= 14
    assert row.extra["visits"] >= 2
    assert "growth_mb" in row.extra
    assert row.extra["longest_stall_ms"] >= 0
