"""What is heard and seen on the visits of one household; nothing is said twice within the year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from random import Random
from typing import Any

from villageapp.domain.dates import age
from villageapp.domain.household import NOT_MONITORED
from villageapp.domain.visit import BASIC_NEEDS, CHANGES, GUARANTEES, NOBODY_HOME
from villageapp.services.demo_village import phrases
from villageapp.services.demo_village.marks import marks
from villageapp.services.demo_village.schooling import NOT_A_STUDENT

HEAD_MET, OTHER_MET, BY_PHONE = "见到户主", "见到其他成员", "外出户电话访"
ABSENT_SHARE, BY_PHONE_SHARE = 0.03, 0.05
FAR_AWAY = frozenset({"省外务工", "县外省内务工"})

Values = Mapping[str, Any]

_CHANGE_SHARES = {
    "population_change": 1.0,
    "health_change": 0.1,
    "work_change": 0.12,
    "school_change": 0.5,
    "house_change": 0.03,
}


class Talk:
    """The conversations with one family over a year."""

    def __init__(self, rng: Random, household: Values, members: Sequence[Values], today: date) -> None:
        self._rng = rng
        self._household = household
        self._members = members
        self._marks = marks(household, members, today)
        self._heard: set[str] = set()
        self._policies = [text for mark, text in phrases.POLICIES if not mark or mark in self._marks]
        self._grown = [
            m for m in members if age(m["birth_date"], today) >= 18 and m["student_status"] == NOT_A_STUDENT
        ]

    def met(self, *, always: bool) -> tuple[str, str]:
        """The result of the visit and who was spoken to; with ``always`` somebody is at home."""
        head, draw = self._members[0], self._rng.random()
        at_home = [m["name"] for m in self._grown if m is not head and m.get("working") not in FAR_AWAY]
        head_away = head.get("working") in FAR_AWAY
        if not always and draw < ABSENT_SHARE:
            return NOBODY_HOME, ""
        if not always and head_away and (draw < ABSENT_SHARE + BY_PHONE_SHARE or not at_home):
            return BY_PHONE, head["name"]
        if at_home and self._rng.random() < (0.65 if head_away else 0.12):
            return OTHER_MET, self._rng.choice(at_home)
        return HEAD_MET, head["name"]

    def place(self, result: str, who: str) -> dict[str, Any]:
        """Where it was and how it was signed."""
        if result == BY_PHONE:
            return {"interviewee": who, "place_note": "电话", "signed_on_paper": False}
        frail = {"grave", "alone", "disabled"} & self._marks.keys()
        where = (
            "家中"
            if frail
            else self._rng.choices(("家中", "村口健身广场", "地头", "村委会"), (92, 3, 3, 2))[0]
        )
        return {"interviewee": who, "place_note": where, "signed_on_paper": True}

    def said(self, day: date) -> dict[str, Any]:
        """Income, policies, difficulties and demands that fit the family; most say that there is nothing."""
        rng = self._rng
        monitored = self._household["monitoring_category"] != NOT_MONITORED
        trend = rng.choices(("增加", "持平", "减少"), (15, 65, 20) if monitored else (46, 46, 8))[0]
        first_of_case = self._household["monitoring_category"] == "3" and "trend" not in self._heard
        self._heard.add("trend")
        values: dict[str, Any] = {
            "income_trend": "骤减" if first_of_case else trend,
            "satisfaction": rng.choices(("满意", "基本满意"), (86, 14))[0],
            "policy_told": "、".join(rng.sample(self._policies, rng.choice((1, 1, 2)))),
            "big_expense": False,
        }
        values |= self._difficulty(day) | self._expense()
        helped = [text for mark, text in phrases.HELP if mark in self._marks and text not in self._heard]
        if helped and rng.random() < 0.16:
            values["help_done"] = self._once(rng.choice(helped))
        return values

    def _difficulty(self, day: date) -> dict[str, Any]:
        fitting = [
            line
            for line in phrases.LINES
            if line.mark in self._marks and day.month in line.months and line.difficulty not in self._heard
        ]
        if not fitting or self._rng.random() >= 0.42:
            return {}
        line = self._rng.choice(fitting)
        self._once(line.difficulty)
        return {"difficulty": line.difficulty.format(name=self._marks[line.mark]), "demand": line.demand}

    def _expense(self) -> dict[str, Any]:
        """A large expense, in fen."""
        for mark, share, kind, low, high in (
            ("grave", 0.4, "医疗", 2_000, 26_000),
            ("vocational", 0.2, "教育", 4_000, 9_000),
        ):
            if mark in self._marks and self._rng.random() < share:
                return {
                    "big_expense": True,
                    "expense_kind": kind,
                    "expense_amount": self._rng.randrange(low, high, 200) * 100,
                }
        return {}

    def changes(self, day: date) -> dict[str, Any]:
        """The five changes; each is reported once."""
        values: dict[str, Any] = dict.fromkeys(CHANGES, False)
        for name, note in self._possible_changes(day).items():
            if note not in self._heard and self._rng.random() < _CHANGE_SHARES[name]:
                values |= {name: True, f"{name}_note": self._once(note)}
        return values

    def _possible_changes(self, day: date) -> dict[str, str]:
        of = self._marks
        notes = {
            f"{m['name']}出生，已报户口": "population_change"
            for m in self._members
            if m.get("join_reason") == "新生儿" and m["joined_on"] <= day
        }
        if "chronic" in of:
            notes[f"{of['chronic']}近期住院一周，已出院"] = "health_change"
        if "worker" in of:
            notes[f"{of['worker']}换了工作单位，月工资比原来高"] = "work_change"
        if "boarder" in of and day.month in (3, 9):
            notes[f"{of['boarder']}新学期住校，每周回家一次"] = "school_change"
        if "well_off" in of:
            notes["自家翻修了院墙和大门"] = "house_change"
        return {name: note for note, name in notes.items()}

    def answers(self, finding: phrases.Finding | None) -> dict[str, Any]:
        """两不愁三保障 and water: all in order but for the finding."""
        values: dict[str, Any] = dict.fromkeys((*GUARANTEES, *BASIC_NEEDS), True)
        if finding is not None:
            line = finding.line.format(name=self._marks[finding.mark])
            values |= {finding.answer: False, f"{finding.answer}_note": line, "satisfaction": "基本满意"}
        return values

    def _once(self, text: str) -> str:
        self._heard.add(text)
        return text
