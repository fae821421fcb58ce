"""Many schedules one after the other, and what is said about them."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from villageapp.bench.simulation.schedule import Ran, stage

SECONDS_BETWEEN_LINES = 30.0


@dataclass(slots=True)
class Summary:
    """All schedules of a run."""

    first_seed: int
    schedules: int = 0
    events: int = 0
    values: int = 0
    seconds: float = 0.0
    counted: Counter[str] = field(default_factory=Counter)
    failures: list[Ran] = field(default_factory=list)

    def add(self, ran: Ran) -> None:
        """One more."""
        self.schedules += 1
        self.events += len(ran.events)
        self.values += ran.values
        self.counted += ran.counted
        if ran.failure:
            self.failures.append(ran)

    def as_json(self) -> dict[str, object]:
        """For ``--json``."""
        return {
            "schedules": self.schedules,
            "first_seed": self.first_seed,
            "minutes": round(self.seconds / 60, 2),
            "events": self.events,
            "values": self.values,
            "faults": dict(sorted(self.counted.items())),
            "failures": [{"seed": f.seed, "failure": f.failure} for f in self.failures],
        }

    def lines(self) -> list[str]:
        """For people."""
        seeds = f"{self.first_seed}–{self.first_seed + self.schedules - 1}"
        head = f"{self.schedules} 个随机过程（种子 {seeds}），{self.events} 个事件，{self.values} 个录入值，用时 {self.seconds / 60:.1f} 分钟。"
        faults = [f"  {name:<34}{count:>8}" for name, count in sorted(self.counted.items())]
        if not self.failures:
            return [head, "注入的故障：", *faults, "没有丢失，没有重复，各处一致。"]
        return [
            head,
            "注入的故障：",
            *faults,
            f"失败 {len(self.failures)} 个：",
            *map(replay_line, self.failures),
        ]


def replay_line(ran: Ran) -> str:
    """What failed, and how to see it again."""
    return f"  {ran.failure[:300]}\n  重放：villageapp bench sync-sim --schedules 1 --seed {ran.seed}"


def simulate(seeds: Iterable[int], watch: Callable[[Ran], None] | None = None) -> Summary:
    """Run the schedules of these seeds. ``watch`` is told of each."""
    found: Summary | None = None
    started = time.monotonic()
    with stage() as shared:
        for seed in seeds:
            found = found or Summary(seed)
            ran = shared.run(seed)
            found.add(ran)
            if watch is not None:
                watch(ran)
    summary = found or Summary(0)
    summary.seconds = time.monotonic() - started
    return summary


def run_and_print(schedules: int, seed: int, *, as_json: bool) -> int:
    """For the command line: the exit code. A single schedule tells its events, too."""
    watching = _Watching(schedules)
    summary = simulate(range(seed, seed + schedules), watching)
    if as_json:
        print(json.dumps(summary.as_json(), ensure_ascii=False), flush=True)
    else:
        print("\n".join([*watching.told, *summary.lines()]), flush=True)
    return 1 if summary.failures else 0


class _Watching:
    """Says now and then how far it is; every failure at once."""

    def __init__(self, schedules: int) -> None:
        self._schedules, self._done = schedules, 0
        self._said_at = time.monotonic()
        self.told: list[str] = []

    def __call__(self, ran: Ran) -> None:
        """One schedule is done."""
        self._done += 1
        if self._schedules == 1:
            self.told = list(ran.events)
        if ran.failure:
            print(replay_line(ran), file=sys.stderr, flush=True)
        if time.monotonic() - self._said_at > SECONDS_BETWEEN_LINES:
            self._said_at = time.monotonic()
            print(f"已完成 {self._done} / {self._schedules}", file=sys.stderr, flush=True)
