"""One to four measures for each household that is entitled to any."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from villageapp.domain.dates import add_months
from villageapp.services.demo_village.entitlement import HISTORY, LOAN, ONCE, TERM, Scheme, Values
from villageapp.services.demo_village.model import DemoMeasure
from villageapp.services.demo_village.schemes import SCHEMES

MOST = 4
Offer = tuple[Scheme, Values | None]


class Allotment:
    """Hands out measures; a group that nobody has yet comes first, so that all of them occur in a village."""

    def __init__(self, rng: Random, today: date) -> None:
        self._rng = rng
        self._today = today
        self._groups: set[str] = set()

    def measures(
        self, household: Values, members: Sequence[Values], case_day: date | None, responsible: str
    ) -> tuple[DemoMeasure, ...]:
        """The measures of one household; ``case_day`` is when its monitoring case was identified."""
        risks = household.get("risks") or ()
        chosen = self._choose(_offers(self._rng, household, members), risks)
        return tuple(self._measure(offer, household, risks, case_day, responsible) for offer in chosen)

    def _choose(self, offers: list[Offer], risks: Sequence[str]) -> list[Offer]:
        """First one for each risk, then what is everybody's right, then some of the rest."""
        chosen: list[Offer] = []
        for risk in risks:
            fitting = [o for o in offers if risk in o[0].risks and o not in chosen]
            chosen += sorted(fitting, key=lambda o: not o[0].essential)[:1]
        chosen += [o for o in offers if o[0].essential and o not in chosen]
        rest = [o for o in offers if o not in chosen and (not risks or set(risks) & set(o[0].risks))]
        wanted = self._rng.choice((1, 2, 2, 3, 3, 4)) if not risks else MOST
        while rest and len(chosen) < wanted:
            picked = self._pick(rest)
            chosen.append(picked)
            rest = [o for o in rest if _group(o) != _group(picked)]
        self._groups.update(map(_group, chosen[:MOST]))
        return chosen[:MOST]

    def _pick(self, rest: list[Offer]) -> Offer:
        missing = [o for o in rest if _group(o) not in self._groups]
        return missing[0] if missing else self._rng.choices(rest, [o[0].weight for o in rest])[0]

    def _measure(
        self, offer: Offer, household: Values, risks: Sequence[str], case_day: date | None, responsible: str
    ) -> DemoMeasure:
        scheme, member = offer
        start, end = self._period(scheme, household, case_day)
        values: dict[str, Any] = {
            "group": _group(offer),
            "item": scheme.item,
            "year": start.year,
            "title": scheme.title,
            "department": scheme.department,
            "planned_on": start - timedelta(days=self._rng.randint(3, 25)) if case_day is None else start,
            "start_on": start,
            "end_on": end,
            "amount": self._amount(scheme, household),
            "status": "已完成" if end <= self._today else "实施中",
        }
        if scheme.quantity:
            least, most, unit = scheme.quantity
            values |= {
                "qty": Decimal(self._rng.randint(least, most)).quantize(Decimal("0.01")),
                "qty_unit": unit,
            }
        if risks:
            values["risk_code"] = next((risk for risk in risks if risk in scheme.risks), risks[0])
        return DemoMeasure(values, member["id_no"] if member else "", responsible)

    def _period(self, scheme: Scheme, household: Values, case_day: date | None) -> tuple[date, date]:
        """First and last day; nothing that belongs to a monitoring case begins before it."""
        today, draw = self._today, self._rng.randint
        earliest = case_day + timedelta(days=draw(6, 24)) if case_day else date.min
        if scheme.period == HISTORY:
            start = date(household["house_built_year"], draw(4, 7), draw(1, 28))
            return start, start + timedelta(days=draw(60, 120))
        if scheme.period == LOAN:
            start = max(add_months(today, -draw(2, 20)), earliest)
            return start, add_months(start, 12 * draw(2, 3))
        if scheme.period == TERM:
            start = max(term_start(today), earliest)
            return start, max(term_end(term_start(today)), start)
        if scheme.period == ONCE:
            start = self._once(scheme, case_day, earliest)
            return start, min(start + timedelta(days=draw(0, 20)), today - timedelta(days=1))
        start = max(date(today.year, 1, 1), earliest)
        return start, date(start.year, 12, 31)

    def _once(self, scheme: Scheme, case_day: date | None, earliest: date) -> date:
        """A day within the last ten months, or in the scheme's own month when that lies before today."""
        if case_day is not None:
            return self._today - timedelta(
                days=self._rng.randint(8, max(9, (self._today - earliest).days - 1))
            )
        if scheme.month:
            day = date(self._today.year, scheme.month, self._rng.randint(3, 20))
            return day if day < self._today else day.replace(year=day.year - 1)
        return self._today - timedelta(days=self._rng.randint(8, 300))

    def _amount(self, scheme: Scheme, household: Mapping[str, Any]) -> int | None:
        if scheme.item == "M1001":
            return int(household["dibao_month_amount"]) * 12
        if not scheme.high:
            return None
        return self._rng.randrange(scheme.low, scheme.high + 1, scheme.step) * 100


def _group(offer: Offer) -> str:
    return offer[0].item[:3]


def _offers(rng: Random, household: Values, members: Sequence[Values]) -> list[Offer]:
    """All that the household and its members may have; of several members, one for each scheme."""
    offers: list[Offer] = []
    for scheme in SCHEMES:
        if scheme.household is not None and scheme.household(household, members):
            offers.append((scheme, None))
        if scheme.member is not None:
            entitled = [m for m in members if scheme.member(household, m)]
            if entitled:
                offers.append((scheme, rng.choice(entitled)))
    return offers


def term_start(today: date) -> date:
    """First day of the school term that has most recently begun."""
    if today.month >= 9:
        return date(today.year, 9, 1)
    return date(today.year, 3, 1) if today.month >= 3 else date(today.year - 1, 9, 1)


def term_end(start: date) -> date:
    """Last day of the term that begins on that day."""
    return date(start.year + 1, 1, 15) if start.month == 9 else date(start.year, 7, 10)
