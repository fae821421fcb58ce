"""Money is an integer number of fen; yuan exist only in what people type and read (domain.md 2)."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal

_GROUPED = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")


def fen(yuan: Decimal) -> int:
    """Fen of an amount in yuan. Raises ValueError when it has fractions of a fen."""
    amount = yuan * 100
    if amount != amount.to_integral_value():
        raise ValueError("金额最多两位小数")
    return int(amount)


def yuan(amount: int) -> str:
    """The amount of ``amount`` fen in yuan as people read it: two places, thousands apart, e.g. ``"8,121.25"``.

    In every table, paper and sentence; ``digits`` is for programs.
    """
    sign = "-" if amount < 0 else ""
    whole, rest = divmod(abs(amount), 100)
    return f"{sign}{whole:,}.{rest:02d}"


def digits(amount: int) -> str:
    """The amount of ``amount`` fen in yuan for programs (JSON): two places and nothing else, e.g. ``"8121.25"``."""
    return ungrouped(yuan(amount))


def ungrouped(text: str) -> str:
    """``text`` with its sums as ``digits`` writes them: how a sum is set apart is no difference in what is said."""
    return _GROUPED.sub("", text)


def per_head(amount: int, heads: int) -> int:
    """Fen per head, rounded half up (R-INC-3); for display only, never for comparisons (R-INC-6).

    Raises ValueError when ``heads`` is below 1 (R-INC-4).
    """
    if heads < 1:
        raise ValueError("年度家庭人口数必须至少为 1")
    return int((Decimal(amount) / heads).quantize(Decimal(1), rounding=ROUND_HALF_UP))
