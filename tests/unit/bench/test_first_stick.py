"""A new laptop takes a village from a stick that reads no faster than USB 2."""

from __future__ import annotations

import json
import time
from pathlib import Path

from tests.unit.bench.test_benchmarks import TINY
from villageapp.bench.first_stick import BYTES_PER_SECOND, LIMIT_SECONDS, Usb2
from villageapp.bench.runner import benchmark
from villageapp.bench.village import Stores


def test_everything_arrives_without_a_network(tmp_path: Path) -> None:
    with Stores(tmp_path) as stores:
        [row] = list(benchmark("stick-first")(stores, TINY))
    assert row.limit_seconds == LIMIT_SECONDS
    assert row.baseline is not None
    assert row.extra["bytes"] > 0
    assert json.dumps(row.as_json())


def test_a_stick_gives_no_byte_sooner_than_it_can() -> None:
    stick, begun = Usb2(), time.perf_counter()
    for done in (
        BYTES_PER_SECOND // 20,
        BYTES_PER_SECOND // 10,
        BYTES_PER_SECOND // 20,
    ):  # the last: read again
        stick.step(done, 0, "")
    assert time.perf_counter() - begun >= 0.15
