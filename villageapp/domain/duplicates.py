"""Who may be registered twice: the same ID number, one wrong digit, a name that sounds the same, names swapped.

Pure and quick: people are compared only with those who share a key, so a village of 6,000 takes a moment.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import combinations

from villageapp.domain import pinyin

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
    wanted = set(_keys(person))
    found = [
        likeness
        for other in others
        if other.id != person.id and not wanted.isdisjoint(_keys(other))
        if (likeness := compare(person, other)) is not None
    ]
    return sorted(found, key=lambda f: f.certainty)


def compare(first: Person, second: Person) -> Likeness | None:
    """Why two records may be one person, None when nothing says so."""

    def says(certainty: Certainty, reason: str) -> Likeness:
        return Likeness(first.id, second.id, certainty, reason)

    if first.id_no and first.id_no == second.id_no:
        return says(Certainty.CERTAIN, "证件号码相同")
    if first.sex and second.sex and first.sex != second.sex and not _near(first.id_no, second.id_no):
        return None
    called = _called_alike(first.name, second.name)
    if not called:
        return None
    if first.id_no and second.id_no:
        return (
            says(Certainty.LIKELY, f"{called}，证件号码只差一处")
            if _near(first.id_no, second.id_no)
            else None
        )
    if first.birth_date is not None and first.birth_date == second.birth_date:
        return says(Certainty.LIKELY, f"{called}，出生日期相同")
    if first.phone and first.phone == second.phone and None in (first.birth_date, second.birth_date):
        return says(Certainty.LIKELY, f"{called}，电话相同")
    return None


def _called_alike(first: str, second: str) -> str:
    if not first or not second:
        return ""
    if first == second:
        return "姓名相同"
    if pinyin.homophone_key(first) == pinyin.homophone_key(second):
        return "姓名同音"
    return "姓名字序颠倒" if sorted(first) == sorted(second) else ""


def _near(first: str, second: str) -> bool:
    """One wrong digit, or two neighbours swapped; the check digit follows from the others and is not counted."""
    if len(first) <= _BODY or len(second) <= _BODY:
        return False
    wrong = [place for place in range(_BODY) if first[place] != second[place]]
    if len(wrong) <= 1:
        return True
    swapped = len(wrong) == 2 and wrong[1] == wrong[0] + 1
    return swapped and first[wrong[0]] == second[wrong[1]] and first[wrong[1]] == second[wrong[0]]


def _keys(person: Person) -> Iterator[tuple[str, ...]]:
    sound, letters = pinyin.homophone_key(person.name), "".join(sorted(person.name))
    if person.id_no:
        yield ("id", person.id_no)
        for name in {sound, letters}:
            yield from (("near", name, mask) for mask in _masks(person.id_no[:_BODY]))
            yield ("digits", name, "".join(sorted(person.id_no[:_BODY])))
    for name in {sound, letters}:
        if person.birth_date is not None:
            yield ("born", name, person.birth_date.isoformat())
        if person.phone:
            yield ("phone", name, person.phone)


def _masks(number: str) -> Sequence[str]:
    return [number[:place] + "?" + number[place + 1 :] for place in range(len(number))]
