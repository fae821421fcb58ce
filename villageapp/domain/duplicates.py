"""Who may be registered twice: the same ID number, or a name alike (also as the dialects of Shanxi hear it, or with its
characters turned) together with a number of one wrong digit, a birth date or a telephone number.

Pure and quick: people are compared only with those who share a key, so a village of 6,000 takes a moment.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import combinations

from villageapp.domain import pinyin

ID_PARTS = (slice(0, 10), slice(10, 14), slice(14, 17))
"""Place with year, day, order of an ID number: one wrong digit, or two neighbours swapped, leave one of them whole."""
_BODY = 17
"""Digits of an ID number before its check digit."""
MOST_ALIKE = 40
"""People under one key that are compared with each other; more share a placeholder, not an identity."""


class Certainty(StrEnum):
    """How sure it is that two records are one person."""

    CERTAIN = "certain"
    LIKELY = "likely"


@dataclass(frozen=True, slots=True)
class Person:
    """What is compared. ``id_no`` has 18 characters or is empty."""

    id: str
    household_id: str
    name: str
    id_no: str = ""
    birth_date: date | None = None
    sex: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Likeness:
    """Two records and why they may be one person, in Chinese."""

    first: str
    second: str
    certainty: Certainty
    reason: str


def pairs(people: Iterable[Person]) -> list[Likeness]:
    """Every two records that may be one person, certain ones first."""
    groups: dict[tuple[str, ...], list[Person]] = {}
    for person in people:
        for key in set(_keys(person)):
            groups.setdefault(key, []).append(person)
    found: dict[tuple[str, str], Likeness] = {}
    for together in groups.values():
        if len(together) > MOST_ALIKE:
            continue
        for one, other in combinations(together, 2):
            first, second = sorted((one, other), key=lambda p: p.id)
            if (first.id, second.id) in found or first.id == second.id:
                continue
            likeness = compare(first, second)
            if likeness is not None:
                found[first.id, second.id] = likeness
    return sorted(found.values(), key=lambda f: (f.certainty, f.first, f.second))


def like(person: Person, others: Iterable[Person]) -> list[Likeness]:
    """Whom this person may be already, certain ones first; ``first`` is always ``person``."""
    found = [
        likeness
        for other in others
        if other.id != person.id and (likeness := compare(person, other)) is not None
    ]
    return sorted(found, key=lambda f: f.certainty)


def compare(first: Person, second: Person) -> Likeness | None:
    """Why two records may be one person, None when nothing says so."""
    if first.id_no and first.id_no == second.id_no:
        return Likeness(first.id, second.id, Certainty.CERTAIN, "证件号码相同")
    evidence = _evidence(first, second)  # before the names: it is the cheaper question
    called = _called_alike(first.name, second.name) if evidence else ""
    return Likeness(first.id, second.id, Certainty.LIKELY, f"{called}\uff0c{evidence}") if called else None


def _evidence(first: Person, second: Person) -> str:
    """What beside the name says that it is one person; empty when nothing does."""
    both_numbers = bool(first.id_no and second.id_no)
    if both_numbers and _near(first.id_no, second.id_no):
        return "证件号码只差一处"
    if first.sex and second.sex and first.sex != second.sex:
        return ""
    same_birthday = first.birth_date is not None and first.birth_date == second.birth_date
    if both_numbers:  # registered in two places, with a number from each; twins do not share a name
        return "出生日期相同、证件号码不同" if same_birthday and first.name == second.name else ""
    if same_birthday:
        return "出生日期相同"
    is_undated = None in (first.birth_date, second.birth_date)
    return "电话相同" if is_undated and first.phone and first.phone == second.phone else ""


def _called_alike(first: str, second: str) -> str:
    if not first or not second:
        return ""
    if first == second:
        return "姓名相同"
    if pinyin.homophone_key(first) == pinyin.homophone_key(second):
        return "姓名同音"
    if sorted(first) == sorted(second):
        return "姓名字序颠倒"
    return "" if pinyin.dialect_keys(first).isdisjoint(pinyin.dialect_keys(second)) else "姓名音近"


def _near(first: str, second: str) -> bool:
    """One wrong digit, or two neighbours swapped; the check digit follows from the others and is not counted."""
    if len(first) <= _BODY or len(second) <= _BODY or all(first[part] != second[part] for part in ID_PARTS):
        return False
    wrong = [place for place in range(_BODY) if first[place] != second[place]]
    if len(wrong) <= 1:
        return True
    swapped = len(wrong) == 2 and wrong[1] == wrong[0] + 1
    return swapped and first[wrong[0]] == second[wrong[1]] and first[wrong[1]] == second[wrong[0]]


def _keys(person: Person) -> Iterator[tuple[str, ...]]:
    """Two people whom ``compare`` finds alike share at least one."""
    if person.id_no:
        yield ("id", person.id_no)
    for name in {*pinyin.dialect_keys(person.name), "".join(sorted(person.name))}:
        if len(person.id_no) > _BODY:
            yield from (("part", str(n), name, person.id_no[part]) for n, part in enumerate(ID_PARTS))
        if person.birth_date is not None:
            yield ("born", name, person.birth_date.isoformat())
        if person.phone:
            yield ("phone", name, person.phone)
