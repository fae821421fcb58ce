"""Which households the village must have, and how the rest is drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from villageapp.domain.household import NOT_MONITORED, ORDINARY, POOR_BEFORE
from villageapp.services.demo_village import families

POOR_BEFORE_SHARE = 0.3


@dataclass(frozen=True, slots=True)
class Case:
    """A monitoring case: CL_MON_CAT, CL_RISK codes, months since it was identified, days since the last visit."""

    category: str
    risks: tuple[str, ...]
    months_ago: int
    last_visit_days: int


@dataclass(frozen=True, slots=True)
class Plan:
    """How one household is to be."""

    family: Callable[[Random], families.Family]
    household_type: str = ORDINARY
    surname: str = ""
    rare: tuple[str, ...] = ()  # given names with rare characters, for the first members of the family's line
    case: Case | None = None
    traits: frozenset[str] = frozenset()  # dibao, tekun, resettled

    @property
    def category(self) -> str:
        """Code of CL_MON_CAT."""
        return self.case.category if self.case else NOT_MONITORED


REQUIRED = (
    Plan(
        families.unsteady_work, POOR_BEFORE, case=Case("1", ("02", "07"), 14, 11), traits=frozenset({"dibao"})
    ),
    Plan(families.grave_illness, ORDINARY, case=Case("2", ("01", "08"), 9, 33)),
    Plan(families.accident, ORDINARY, case=Case("3", ("05",), 4, 18)),
    Plan(families.no_labour, POOR_BEFORE, traits=frozenset({"dibao"})),
    Plan(families.supported_alone, POOR_BEFORE, traits=frozenset({"tekun"})),
    Plan(families.resettled, POOR_BEFORE, traits=frozenset({"resettled"})),
    Plan(families.twelve, ORDINARY),
    Plan(families.middle_couple, POOR_BEFORE, "尉迟", ("䶮",)),
    Plan(families.young_couple, ORDINARY, "令狐", ("㛃",)),
    Plan(families.with_parents, POOR_BEFORE, "单", ("堃",)),
    Plan(families.young_couple, ORDINARY, "仇", ("喆",)),
    Plan(families.middle_couple, ORDINARY, "解", ("犇",)),
    Plan(families.with_single_son, POOR_BEFORE, "查", ("燚",)),
    Plan(families.young_couple, ORDINARY, "郭", ("翀",)),
)
"""What a demonstration needs, the most needed first: a very small village takes the first of them."""


def plans(households: int, rng: Random) -> list[Plan]:
    """One plan for each household, in the order of the register."""
    drawn = [*REQUIRED[:households], *(_drawn(rng) for _ in range(households - len(REQUIRED)))]
    rng.shuffle(drawn)
    return drawn


def _drawn(rng: Random) -> Plan:
    family = families.ordinary(rng)
    kind = POOR_BEFORE if rng.random() < POOR_BEFORE_SHARE else ORDINARY
    traits = set()
    share = 0.4 if family in families.WEAK else 0.06
    if rng.random() < (share if kind == POOR_BEFORE else share / 5):
        traits.add("dibao")
    if kind == POOR_BEFORE and rng.random() < 0.08:
        traits.add("resettled")
    return Plan(family, kind, traits=frozenset(traits))
