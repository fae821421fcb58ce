"""Money as printed: yuan with two decimals and thousands, from int fen."""

from __future__ import annotations


def yuan(fen: int) -> str:
    """``1234567`` -> ``12,345.67``; negative amounts keep their sign."""
    whole, cents = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{whole:,}.{cents:02d}"


def change_percent(before: int | None, after: int | None) -> str:
    """Change in per cent with sign; a dash when there is no positive amount to compare with."""
    if before is None or after is None or before <= 0:
        return "—"
    tenths, rest = divmod(abs(after - before) * 1000, before)
    tenths += 2 * rest >= before
    sign = "" if tenths == 0 else "+" if after > before else "-"
    return f"{sign}{tenths // 10}.{tenths % 10}%"
