"""Processor time of other processes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import psutil


def cpu_of_trees(roots: Iterable[int]) -> float:
    """User and system seconds of these processes and all below them, ended children included.

    A process that ends while it is looked at counts through its parent.
    """
    family: dict[int, psutil.Process] = {}
    for root in roots:
        try:
            parent = psutil.Process(root)
            family |= {process.pid: process for process in (parent, *parent.children(recursive=True))}
        except psutil.NoSuchProcess:
            continue
    return sum(map(_cpu, family.values()))


def cpu_of(numbers: Iterable[int]) -> float:
    """User and system seconds of these processes alone, without what lives below them."""
    return sum(_cpu(psutil.Process(number)) for number in numbers)


def _cpu(process: psutil.Process) -> float:
    try:
        used = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    ended: float = getattr(used, "children_user", 0.0) + getattr(used, "children_system", 0.0)
    return float(used.user + used.system + ended)


def postmaster(server_folder: Path) -> int:
    """Process number of the embedded PostgreSQL in a server's data folder."""
    return int((server_folder / "postgres" / "postmaster.pid").read_text("ascii").split("\n", 1)[0])


def children_of(process_id: int) -> list[int]:
    """Process numbers right below a process."""
    return [child.pid for child in psutil.Process(process_id).children()]
