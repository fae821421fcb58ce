"""The quick lane of the simulation; ``villageapp bench sync-sim`` is the long one."""

from __future__ import annotations

import pytest

from villageapp.bench.simulation.roads import FAULTS
from villageapp.bench.simulation.running import Summary, replay_line, simulate
from villageapp.bench.simulation.schedule import Stage

PER_TEST, TESTS = 25, 6


@pytest.mark.parametrize("first", range(0, PER_TEST * TESTS, PER_TEST))
def test_whatever_happens_nothing_is_lost_or_doubled_and_all_are_equal(
    shared_stage: Stage, first: int
) -> None:
    failed = [ran for seed in range(first, first + PER_TEST) if (ran := shared_stage.run(seed)).failure]
    assert not failed, "\n".join(map(replay_line, failed))


def test_a_seed_gives_the_same_schedule_again(shared_stage: Stage) -> None:
    first, second = shared_stage.run(7), shared_stage.run(7)
    assert first == second
    assert first.events != shared_stage.run(8).events


def test_a_summary_counts_what_was_injected_and_names_the_failures() -> None:
    summary = simulate(range(40, 52))
    assert summary.schedules == 12
    assert sum(summary.counted[fault] for fault in FAULTS) > 10
    assert summary.as_json()["failures"] == [], summary.lines()
    assert len(summary.lines()) > 12


def test_a_failure_says_how_to_see_it_again(shared_stage: Stage) -> None:
    summary = Summary(3)
    ran = shared_stage.run(3)
    failed = type(ran)(ran.seed, ran.events, ran.counted, ran.values, "Violation: something")
    summary.add(failed)
    assert any("--seed 3" in line for line in summary.lines())
    assert summary.as_json()["failures"] == [{"seed": 3, "failure": "Violation: something"}]
