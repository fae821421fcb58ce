"""What a rule answers: whether it may be, why not, from when, and by which parameters it was judged.

A refusal names the rule, the fact that broke it and the earliest date or the missing item. Every rule of
domain.md section 3 that permits or refuses something answers with a Judgement; rules that compute numbers
carry the same ``used`` and ``explanation`` beside their numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from villageapp.domain.parameters import Parameter


@dataclass(frozen=True, slots=True)
class Reason:
    """One rule that is not (or oddly) met: the fact in Chinese, and what would mend it."""

    rule: str
    """Id of domain.md section 3, e.g. ``R-MON-9``."""
    message: str
    """Chinese, with the numbers."""
    earliest: date | str | None = None
    """First day (or month ``YYYY-MM``) on which this rule alone would be met; None when waiting does not help."""
    missing: tuple[str, ...] = ()
    """Field names (domain.md) of what is not recorded yet."""

    def __str__(self) -> str:
        return f"{self.rule}:{self.message}"

    def as_values(self) -> dict[str, Any]:
        """For a command line or a screen that explains."""
        return {
            "rule": self.rule,
            "message": self.message,
            "earliest": self.earliest,
            "missing": list(self.missing),
        }


@dataclass(frozen=True, slots=True)
class Judgement:
    """The answer of one rule (or of a family of rules asked at once)."""

    rule: str
    """Ids of domain.md, separated by ``, ``."""
    reasons: tuple[Reason, ...] = ()
    """Why not; empty when it is allowed."""
    explanation: str = ""
    """One or two Chinese sentences with the numbers."""
    used: tuple[Parameter, ...] = ()
    """The parameters that were applied, in the order of use."""
    warnings: tuple[Reason, ...] = ()
    """What is odd or late but does not forbid."""

    @property
    def allowed(self) -> bool:
        """Whether nothing forbids it."""
        return not self.reasons

    @property
    def earliest(self) -> date | str | None:
        """The day (or month) on which the last waiting period of the reasons ends; None without one.

        Reasons that waiting does not mend are told apart by their own ``earliest`` of None.
        """
        return latest(reason.earliest for reason in self.reasons)

    @property
    def missing(self) -> tuple[str, ...]:
        """Field names of everything that is not recorded yet."""
        return tuple(dict.fromkeys(name for reason in self.reasons for name in reason.missing))

    def refusal(self) -> str:
        """All reasons as one Chinese text; empty when allowed."""
        return "；".join(str(reason) for reason in self.reasons)


def latest(moments: Iterable[date | str | None]) -> date | str | None:
    """The latest of days and months; a month counts from its first day."""
    known = [moment for moment in moments if moment is not None]
    return max(known, key=_sortable, default=None)


def _sortable(moment: date | str) -> str:
    return moment if isinstance(moment, str) else moment.isoformat()


def together(rule: str, parts: Iterable[Judgement], explanation: str = "") -> Judgement:
    """One judgement of several: all reasons, all warnings, each parameter once."""
    found = tuple(parts)
    return Judgement(
        rule,
        tuple(reason for part in found for reason in part.reasons),
        explanation or "".join(part.explanation for part in found),
        distinct(parameter for part in found for parameter in part.used),
        tuple(warning for part in found for warning in part.warnings),
    )


def distinct(parameters: Iterable[Parameter]) -> tuple[Parameter, ...]:
    """Each parameter once, in the order of first use (values may be lists, so no hashing)."""
    kept: list[Parameter] = []
    for parameter in parameters:
        if parameter not in kept:
            kept.append(parameter)
    return tuple(kept)


def stamped(used: Iterable[Parameter]) -> list[Mapping[str, Any]]:
    """What is shown and stored beside a result: key, title, value, effective date, source."""
    return [
        {
            "key": parameter.key,
            "title": parameter.title,
            "value": parameter.value,
            "effective_from": parameter.effective_from,
            "source": parameter.source,
        }
        for parameter in used
    ]
