"""The QR code of a sheet, as vector rectangles. Holds no personal data (domain.md 4)."""

from __future__ import annotations

from functools import lru_cache

import segno

QUIET_ZONE = 4
"""Blank modules around the code that readers need (ISO/IEC 18004)."""
_MASK = 2


def qr_text(kind: str, uid: str, revision: int, sha8: str) -> str:
    """``type|uid|rev|sha8``, e.g. ``card|0192…|7|1f0c9a3e``."""
    return f"{kind}|{uid}|{revision}|{sha8}"


@lru_cache(maxsize=8)
def qr_modules(text: str) -> tuple[bytes, ...]:
    """Rows of modules, 1 = dark, without the quiet zone. Error correction M, fixed mask: 0.4 ms."""
    code = segno.make_qr(text, error="m", boost_error=False, mask=_MASK)
    return tuple(bytes(row) for row in code.matrix)


def qr_operators(text: str, x: float, y: float, side: float) -> str:
    """PDF operators that fill the code, quiet zone included, into the square at (x, y) of ``side`` points."""
    rows = qr_modules(text)
    count = len(rows) + 2 * QUIET_ZONE
    module = side / count
    top = count - QUIET_ZONE - 1
    bars = [
        f"{start + QUIET_ZONE} {top - index} {length} 1 re"
        for index, row in enumerate(rows)
        for start, length in _dark_runs(row)
    ]
    return f"q {module:.5f} 0 0 {module:.5f} {x:.2f} {y:.2f} cm 0 g {' '.join(bars)} f Q"


def _dark_runs(row: bytes) -> list[tuple[int, int]]:
    """Start and length of each run of dark modules."""
    runs: list[tuple[int, int]] = []
    start = row.find(1)
    while start >= 0:
        end = row.find(0, start)
        end = len(row) if end < 0 else end
        runs.append((start, end - start))
        start = row.find(1, end)
    return runs
