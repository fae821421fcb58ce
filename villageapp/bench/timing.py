"""Wall time and CPU time, both sides in turn, the median of several rounds."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median, quantiles


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds on the clock, and seconds of processor (all threads, user and system)."""

    wall: float
    cpu: float

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.wall + other.wall, self.cpu + other.cpu)


Measured = Callable[[], Cost]


def cost_of(work: Callable[[], object], *, tidy: bool = True) -> Cost:
    """What one call costs in this process; ``tidy`` collects garbage before it, which takes longer than a
    keystroke does."""
    if tidy:
        gc.collect()
    cpu, wall = time.process_time(), time.perf_counter()
    work()
    return Cost(time.perf_counter() - wall, time.process_time() - cpu)


def interleaved(
    ours: Measured, baseline: Measured, rounds: int, *, warm_up: bool = True
) -> tuple[list[Cost], list[Cost]]:
    """Measure both in turn, each first as often as the other; the warm-up does not count."""
    if warm_up:
        ours()
        baseline()
    mine: list[Cost] = []
    theirs: list[Cost] = []
    for round_ in range(rounds):
        for side in (0, 1) if round_ % 2 == 0 else (1, 0):
            if side == 0:
                mine.append(ours())
            else:
                theirs.append(baseline())
    return mine, theirs


def middle(costs: Sequence[Cost]) -> Cost:
    """Median of the walls and median of the CPU times, each by itself."""
    return Cost(median(c.wall for c in costs), median(c.cpu for c in costs))


def percentile(costs: Sequence[Cost], percent: int) -> Cost:
    """The wall and the CPU time that ``percent`` of the measurements do not exceed (at least two of them)."""
    walls = quantiles((c.wall for c in costs), n=100, method="inclusive")
    cpus = quantiles((c.cpu for c in costs), n=100, method="inclusive")
    return Cost(walls[percent - 1], cpus[percent - 1])
