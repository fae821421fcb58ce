"""Measuring: turns, medians, percentiles."""

from __future__ import annotations

import pytest

from villageapp.bench.timing import Cost, cost_of, interleaved, middle, percentile


def counting(turns: list[str], name: str) -> Cost:
    turns.append(name)
    return Cost(float(len(turns)), 0.5)


def test_both_sides_take_turns_and_each_is_first_as_often() -> None:
    turns: list[str] = []
    ours, theirs = interleaved(lambda: counting(turns, "o"), lambda: counting(turns, "b"), 4)
    assert "".join(turns) == "ob" + "ob" + "bo" + "ob" + "bo"
    assert [c.wall for c in ours] == [3.0, 6.0, 7.0, 10.0]
    assert [c.wall for c in theirs] == [4.0, 5.0, 8.0, 9.0]


def test_the_warm_up_can_be_left_away() -> None:
    turns: list[str] = []
    interleaved(lambda: counting(turns, "o"), lambda: counting(turns, "b"), 1, warm_up=False)
    assert turns == ["o", "b"]


def test_the_median_takes_wall_and_cpu_each_by_itself() -> None:
    assert middle([Cost(1, 9), Cost(2, 7), Cost(30, 8)]) == Cost(2, 8)


def test_percentiles_lie_within_what_was_measured() -> None:
    costs = [Cost(n / 100, n / 200) for n in range(101)]
    assert percentile(costs, 50) == Cost(0.5, 0.25)
    assert percentile(costs, 95).wall == pytest.approx(0.95)


@pytest.mark.parametrize("tidy", [True, False])
def test_the_cost_of_work_counts_its_processor_time(tidy: bool) -> None:
    cost = cost_of(lambda: sum(range(200_000)), tidy=tidy)
    assert cost.wall > 0
    assert cost.cpu > 0
    assert cost + Cost(1, 2) == Cost(cost.wall + 1, cost.cpu + 2)
