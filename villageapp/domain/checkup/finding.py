"""What the data check-up says: one finding is one fact that does not fit, where it stands, and what mends it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How much a finding matters."""

    ERROR = "error"
    """Against a rule; the national system or an inspection will object."""
    WARNING = "warning"
    """Probably wrong or late."""
    NOTICE = "notice"
    """Incomplete, or worth a look."""
    UNSET = "unset"
    """Not judged, because nobody has set the standard it needs."""


LEVELS: tuple[Level, ...] = (Level.ERROR, Level.WARNING, Level.NOTICE, Level.UNSET)
"""Most urgent first."""
LABELS = {Level.ERROR: "错误", Level.WARNING: "警告", Level.NOTICE: "提示", Level.UNSET: "未检查"}


@dataclass(frozen=True, slots=True)
class Found:
    """What a rule found in one record. ``facts`` is what was found without anything that changes by the day.

    An explanation holds as long as ``facts`` (else ``message``) stays the same.
    """

    record_id: str
    field: str
    message: str
    member_id: str = ""
    mend: str = ""
    """What to do, where it differs from what the rule says."""
    facts: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding of one rule in one household."""

    household_id: str
    rule: str
    record_id: str
    field: str
    severity: Level
    message: str
    mend: str
    member_id: str = ""
    facts: str = ""
    """Fingerprint of what was found."""

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What stays the same as long as the finding is there: household, rule, record, field."""
        return self.household_id, self.rule, self.record_id, self.field


def fingerprint(text: str) -> str:
    """32 hexadecimal digits that stand for the text; nothing personal can be read from them."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]
