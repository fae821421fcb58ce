"""Puts the village together; the same seed, size and day give the same village."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any

from villageapp.domain.dates import add_months
from villageapp.services.demo_village import cadres, homes, people, phrases, place
from villageapp.services.demo_village.diary import Diary
from villageapp.services.demo_village.identity import Registry
from villageapp.services.demo_village.marks import marks
from villageapp.services.demo_village.measures import Allotment
from villageapp.services.demo_village.model import DemoHousehold, DemoMeasure, DemoVillage, DemoVisit
from villageapp.services.demo_village.plans import Plan, plans
from villageapp.services.demo_village.visits import Rounds

MOST_HOUSEHOLDS = 9_999
FINDINGS_PER_HUNDRED = 5


@dataclass(slots=True)
class _Home:
    """A household while the village is being put together."""

    plan: Plan
    values: dict[str, Any]
    members: list[dict[str, Any]]
    duty: str = ""


def build(households: int = 120, seed: int = 2022, *, today: date) -> DemoVillage:
    """A village of that many households as it stands on ``today``.

    With at least 14 households every special family is there (see ``plans.REQUIRED``). Raises ValueError
    when the number is not within 1 … 9999: household numbers end in four digits.
    """
    if not 1 <= households <= MOST_HOUSEHOLDS:
        raise ValueError(f"households must be 1 … {MOST_HOUSEHOLDS}, not {households}")
    rng = Random(f"{seed}/{households}")  # noqa: S311 - invented people, no secret
    registry = Registry(rng)
    team = cadres.cadres(rng, registry, households, today)
    homes_ = [_home(rng, registry, plan, today) for plan in plans(households, rng)]
    homes_.sort(key=lambda home: place.GROUPS.index(home.values["group_name"]))
    _number(homes_, cadres.named(team, cadres.DUTY))
    measures = _measures(rng, homes_, today, team)
    visits = _visits(rng, homes_, today, team)
    done = tuple(DemoHousehold(h.values, tuple(h.members), h.duty) for h in homes_)
    return DemoVillage(today, place.village_values(), tuple(team), done, visits, measures)


def _home(rng: Random, registry: Registry, plan: Plan, today: date) -> _Home:
    members = people.members(rng, registry, plan, today)
    return _Home(plan, homes.household(rng, registry, plan, members, today), members)


def _number(homes_: Sequence[_Home], duty_cadres: Sequence[str]) -> None:
    """Household numbers of 16 digits in the order of the groups, person numbers of 18; duty persons in turn."""
    neighbours: Counter[str] = Counter()
    for order, home in enumerate(homes_, 1):
        hamlet = home.values["natural_village"]
        neighbours[hamlet] += 1
        home.values["address"] = place.address(hamlet, neighbours[hamlet])
        number = f"{place.VILLAGE_CODE}{order:04d}"
        home.values["national_hh_no"] = number
        for person, member in enumerate(home.members, 1):
            member["national_member_no"] = f"{number}{person:02d}"
        if homes.is_poor_before_or_monitored(home.values):
            home.duty = duty_cadres[order % len(duty_cadres)]


def _measures(
    rng: Random, homes_: Sequence[_Home], today: date, team: Sequence[dict[str, Any]]
) -> dict[str, tuple[DemoMeasure, ...]]:
    allotment = Allotment(rng, today)
    village_cadre = cadres.named(list(team), cadres.PARTY_SECRETARY)[0]
    found = {}
    for home in homes_:
        case = home.plan.case
        case_day = add_months(today, -case.months_ago) if case else None
        given = allotment.measures(home.values, home.members, case_day, home.duty or village_cadre)
        if given:
            found[home.values["national_hh_no"]] = given
    return found


def _visits(
    rng: Random, homes_: Sequence[_Home], today: date, team: Sequence[dict[str, Any]]
) -> dict[str, tuple[DemoVisit, ...]]:
    walkers = [row["name"] for row in team if row["role"] not in (cadres.DUTY, cadres.DOCTOR)]
    walkers += cadres.named(list(team), cadres.DUTY)[cadres.DUTY_PERSONS_OF_A_VILLAGE :]
    rounds = Rounds(rng, Diary(rng, today), walkers, today)
    findings = _findings(rng, homes_, today)
    found = {}
    for home in homes_:
        number = home.values["national_hh_no"]
        made = rounds.visits(home.values, home.members, home.plan.case, home.duty, findings.get(number))
        if made:
            found[number] = made
    return found


def _findings(rng: Random, homes_: Sequence[_Home], today: date) -> dict[str, phrases.Finding]:
    """Which household has something amiss on its last visit."""
    wanted = max(2, len(homes_) * FINDINGS_PER_HUNDRED // 100)
    shuffled = [home for home in homes_ if homes.is_poor_before_or_monitored(home.values)]
    rng.shuffle(shuffled)
    found: dict[str, phrases.Finding] = {}
    used: Counter[phrases.Finding] = Counter()
    for home in shuffled:
        if len(found) == wanted:
            break
        known = marks(home.values, home.members, today)
        fitting = [f for f in phrases.FINDINGS if f.mark in known]
        if fitting:
            rarest = min(fitting, key=used.__getitem__)
            used[rarest] += 1
            found[home.values["national_hh_no"]] = rarest
    return found
