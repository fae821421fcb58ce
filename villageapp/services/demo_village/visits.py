"""A year of visits: monitored households monthly, 脱贫户 quarterly, the others about once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, timedelta
from random import Random
from typing import Any

from villageapp.domain.dates import add_months
from villageapp.domain.household import NOT_MONITORED, POOR_BEFORE
from villageapp.domain.visit import NOBODY_HOME
from villageapp.services.demo_village import phrases
from villageapp.services.demo_village.diary import Diary
from villageapp.services.demo_village.model import DemoVisit
from villageapp.services.demo_village.plans import Case
from villageapp.services.demo_village.talk import BY_PHONE, Talk

YEAR = 365
MONITORED_EVERY, POOR_BEFORE_EVERY = 30, 88

Values = Mapping[str, Any]


class Rounds:
    """Makes the visits of one household after another; the diary is shared."""

    def __init__(self, rng: Random, diary: Diary, team: Sequence[str], today: date) -> None:
        self._rng = rng
        self._diary = diary
        self._team = team  # first secretary, team members, grid worker, village cadre
        self._today = today

    def visits(
        self,
        household: Values,
        members: Sequence[Values],
        case: Case | None,
        duty: str,
        finding: phrases.Finding | None,
    ) -> tuple[DemoVisit, ...]:
        """All visits of one household in their order; ``finding`` is found on the last one."""
        days = self._days(household, case)
        talk = Talk(self._rng, household, members, self._today)
        made = []
        for day in sorted(days):
            last = day == max(days)
            made.append(self._visit(household, talk, day, duty, finding if last else None))
        return tuple(sorted(made, key=lambda v: v.values["started_at"]))

    def _days(self, household: Values, case: Case | None) -> list[date]:
        draw = self._rng.randint
        if case is not None:
            begun = (self._today - add_months(self._today, -case.months_ago)).days
            back = range(case.last_visit_days, min(begun, YEAR), MONITORED_EVERY)
        elif household["household_type"] == POOR_BEFORE:
            back = range(draw(4, 97), YEAR, POOR_BEFORE_EVERY)
        else:
            return [
                self._today - timedelta(days=draw(3, 350))
                for _ in range(self._rng.choices((0, 1, 2), (4, 84, 12))[0])
            ]
        return [self._today - timedelta(days=max(2, days + draw(-3, 3))) for days in back]

    def _visit(
        self, household: Values, talk: Talk, day: date, duty: str, finding: phrases.Finding | None
    ) -> DemoVisit:
        visitors = self._visitors(duty)
        start, end = self._diary.book(
            visitors, day, self._rng.choice((15, 20, 20, 25, 30, 30, 35, 40, 45, 60))
        )
        result, who = talk.met(always=finding is not None)
        values: dict[str, Any] = {
            "kind": self._kind(household, day, result),
            "started_at": start.astimezone(UTC),
            "ended_at": end.astimezone(UTC),
            "result": result,
        }
        values["sweep_type"] = (
            "集中" if values["kind"] == "03" else "重点" if values["kind"] == "02" else "日常"
        )
        if result == NOBODY_HOME:
            values |= {
                "ended_at": values["started_at"] + timedelta(minutes=5),
                "note": self._rng.choice(phrases.ABSENT),
            }
        else:
            values |= talk.place(result, who) | talk.said(day) | talk.changes(day) | talk.answers(finding)
        return DemoVisit(values, visitors)

    def _visitors(self, duty: str) -> tuple[str, ...]:
        first = duty if duty and self._rng.random() < 0.45 else self._rng.choice(self._team)
        others = [name for name in self._team if name != first]
        return (first, self._rng.choice(others)) if self._rng.random() < 0.8 else (first,)

    def _kind(self, household: Values, day: date, result: str) -> str:
        if result == BY_PHONE:
            return "10"
        if day.month in (4, 5, 9):
            return "03"
        if household["monitoring_category"] != NOT_MONITORED:
            return self._rng.choice(("02", "02", "05"))
        if day.month in (1, 2) and household["household_type"] == POOR_BEFORE:
            return "08"
        return self._rng.choice(("01", "01", "04", "05", "07"))
