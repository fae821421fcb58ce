"""A new laptop without any network takes a whole village from a stick: from 导入 until people can be found.

The stick reads at the pace of USB 2; the store is written and flushed as everywhere. The baseline is the same file
copied at the same pace and flushed: what the stick alone costs.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from villageapp.bench import DESCRIPTIONS
from villageapp.bench.result import Row
from villageapp.bench.sides import OurSide
from villageapp.bench.sizes import Sizes
from villageapp.bench.timing import Cost, interleaved, middle
from villageapp.bench.village import PASSPHRASE, Stores, copy_of, visits_of
from villageapp.errors import Trouble
from villageapp.paths import DataDir
from villageapp.services.bundles import FOR_COLLEAGUE, export_bundle, import_bundle
from villageapp.services.search import find
from villageapp.services.syncing import sync_now
from villageapp.services.workspace import open_workspace

BYTES_PER_SECOND = 20_000_000
"""What a USB 2 stick reads."""
LIMIT_SECONDS = 180.0
AGAINST = "以同样速度把同一个文件拷到硬盘并落盘"
_PIECE = 1024 * 1024
_COUNTS = "SELECT (SELECT count(*) FROM household), (SELECT count(*) FROM visit)"


class Usb2:
    """Progress of something that reads a stick: never faster than the stick."""

    def __init__(self) -> None:
        self._done = 0
        self._since = time.perf_counter()

    def step(self, done: int, total: int, what: str) -> None:
        """Wait until a stick would have given the bytes since the last call; each reading begins anew."""
        fresh = done - self._done if done >= self._done else done
        due = self._since + fresh / BYTES_PER_SECOND
        time.sleep(max(0.0, due - time.perf_counter()))
        self._done, self._since = done, time.perf_counter()

    def check_cancelled(self) -> None:
        """Never."""


def measure(stores: Stores, sizes: Sizes) -> Iterator[Row]:
    """One row: seconds until a new laptop with a stick and no network finds everybody."""
    with ExitStack() as held:
        ours = OurSide(stores, sizes.drop_households, held, "stick")
        ours.add(list(visits_of(ours.village, ours.village, sizes.visits)))
        with ExitStack() as inner:
            new = ours.join(inner, 2).data_dir
        sync_now(ours.laptops[0])  # learns that there is one laptop more that may read the file
        stick = stores.folder / "stick.zcb"
        export_bundle(ours.laptops[0], FOR_COLLEAGUE, stick, everything=True, with_blobs=False)
        last = str(ours.village.households[-1].members[0]["name"])
        mine, copied = interleaved(
            lambda: _taken_in(new, stick, last, sizes),
            lambda: _copied(stick, stores.folder / "copied.zcb"),
            sizes.heavy_rounds,
            warm_up=sizes.keep_warm_up,
        )
    yield _row(middle(mine), middle(copied), stick.stat().st_size, sizes)


def _taken_in(new: DataDir, stick: Path, name: str, sizes: Sizes) -> Cost:
    """Import into a copy of the new laptop's store."""
    folder = copy_of(new, new.root.with_name("taking"))
    with open_workspace(folder, PASSPHRASE) as work:
        wall, cpu = time.perf_counter(), time.process_time()
        import_bundle(work, stick, Usb2())
        found = find(work, name)
        cost = Cost(time.perf_counter() - wall, time.process_time() - cpu)
        with work.reading() as connection:
            counts = tuple(connection.exec_driver_sql(_COUNTS).one())
    if not found or counts != (sizes.drop_households, sizes.visits):
        raise Trouble(f"U盘里的内容没有到齐：{counts}。", code="bench_stick")
    return cost


def _copied(stick: Path, target: Path) -> Cost:
    wall, cpu = time.perf_counter(), time.process_time()
    pace, done = Usb2(), 0
    with stick.open("rb") as source, target.open("wb") as file:
        while piece := source.read(_PIECE):
            file.write(piece)
            done += len(piece)
            pace.step(done, 0, "")
        file.flush()
        os.fsync(file.fileno())
    return Cost(time.perf_counter() - wall, time.process_time() - cpu)


def _row(cost: Cost, floor: Cost, size: int, sizes: Sizes) -> Row:
    return Row(
        "stick-first",
        f"{DESCRIPTIONS['stick-first']}（{sizes.drop_households} 户 {sizes.visits} 次走访）",
        AGAINST,
        cost,
        floor,
        sizes.heavy_rounds,
        limit_seconds=LIMIT_SECONDS,
        note=f"文件 {size} 字节，读三遍，每秒 {BYTES_PER_SECOND // 1_000_000} MB",
        extra={
            "bytes": size,
            "visits_per_second": round(sizes.visits / cost.wall),
            "stick_bytes_per_second": BYTES_PER_SECOND,
        },
    )
