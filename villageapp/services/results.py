"""What every writing service answers with: ids, what changed, and what the rules find odd."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from villageapp.domain.changes import ChangeSet
from villageapp.errors import Problem


@dataclass(frozen=True, slots=True)
class Saved:
    """A committed change; ``ids`` are the records that the caller asked to make or change."""

    ids: tuple[str, ...]
    changes: ChangeSet = field(default_factory=ChangeSet)
    warnings: tuple[Problem, ...] = ()
    """What the rules permit but a person should look at."""
    detail: Any = None
    """More about the operation, as its service documents."""

    @property
    def id(self) -> str:
        """The one record of operations that concern one."""
        return self.ids[0]
