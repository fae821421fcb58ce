"""Who may be registered twice: planted doubles are found, and hardly anybody else is suspected."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from random import Random

import pytest

from villageapp.domain import id_card
from villageapp.domain.duplicates import Certainty, Person, compare, like, pairs
from villageapp.services.demo_village import build

ZHANG = Person("a", "h1", "张示范", "14990119620315001X", date(1962, 3, 15), "1", "13800000001")


@pytest.mark.parametrize(
    ("other", "certainty", "word"),
    [
        (Person("b", "h2", "别的名", "14990119620315001X"), Certainty.CERTAIN, "证件号码相同"),
        (Person("b", "h2", "章是凡", "14990119620315011X"), Certainty.LIKELY, "同音"),
        (Person("b", "h2", "张示范", "14990119620351001X"), Certainty.LIKELY, "只差一处"),
        (Person("b", "h2", "张范示", "", date(1962, 3, 15)), Certainty.LIKELY, "字序颠倒"),
        (Person("b", "h2", "张示范", "", None, "", "13800000001"), Certainty.LIKELY, "电话相同"),
        (Person("b", "h2", "臧斯饭", "", date(1962, 3, 15)), Certainty.LIKELY, "音近"),
        (
            Person("b", "h2", "张示范", "149901196203157774", date(1962, 3, 15), "1"),
            Certainty.LIKELY,
            "证件号码不同",
        ),
    ],
)
def test_reasons(other: Person, certainty: Certainty, word: str) -> None:
    found = compare(ZHANG, other)
    assert found is not None
    assert found.certainty is certainty
    assert word in found.reason
    assert like(ZHANG, [other]) == [found]
    assert pairs([other, ZHANG])[0].reason == found.reason


@pytest.mark.parametrize(
    "other",
    [
        Person("b", "h2", "李样例", "149901196203150028", date(1962, 3, 15), "1", "13800000001"),
        Person("b", "h2", "张示范", "149901198801010016", date(1988, 1, 1), "1"),
        Person("b", "h2", "张示范", "", date(1962, 3, 16)),
        Person("b", "h2", "张示凡", "149901196407150045", date(1964, 7, 15), "2"),
        Person("b", "h2", "张示凡", "149901196203157774", date(1962, 3, 15), "1"),
    ],
)
def test_others_are_not_suspected(other: Person) -> None:
    assert compare(ZHANG, other) is None


def village(households: int) -> list[Person]:
    made = build(households, seed=7, today=date(2026, 11, 23))
    return [
        Person(
            f"{h.number}-{n}",
            h.number,
            m["name"],
            m["id_no"],
            id_card.read(m["id_no"]).birth_date,
            m.get("sex") or "",
        )
        for h in made.households
        for n, m in enumerate(h.members)
    ]


def planted(rng: Random, people: list[Person]) -> list[Person]:
    """Sixty doubles: a homophone, a wrong digit, no number at all, a swapped name, the same at the parents' home."""
    doubles = []
    for number, one in enumerate(rng.sample(people, 60)):
        double = replace(one, id=f"double-{number}", household_id="other")
        if number % 5 == 0:
            double = replace(double, name="章" + double.name[1:] if double.name[0] == "张" else double.name)
        elif number % 5 == 1:
            place = rng.randrange(6, 17)
            digit = str((int(one.id_no[place]) + 1) % 10)
            double = replace(double, id_no=one.id_no[:place] + digit + one.id_no[place + 1 :])
        elif number % 5 == 2:
            double = replace(double, id_no="")
        elif number % 5 == 3:
            double = replace(double, id_no="", name=double.name[0] + double.name[:0:-1])
        doubles.append(double)
    return doubles


def test_planted_doubles_are_found_and_few_others_suspected() -> None:
    people = village(2000)
    doubles = planted(Random(3), people)
    found = pairs([*people, *doubles])
    caught = {one for pair in found for one in (pair.first, pair.second) if one.startswith("double-")}
    assert len(caught) >= 57, "95 of 100"
    wrong = [
        pair
        for pair in found
        if not pair.first.startswith("double-") and not pair.second.startswith("double-")
    ]
    assert len(wrong) <= len(people) * 0.02
