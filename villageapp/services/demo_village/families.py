"""Who lives together: kinds of families as they are found in a hill village, with ages that fit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random

M, F = "1", "2"


@dataclass(frozen=True, slots=True)
class Kin:
    """One place in a family; ``state`` names what must be so with this person (see ``people``)."""

    relation: str
    sex: str
    age: int
    state: frozenset[str] = frozenset()


def kin(relation: str, sex: str, age: int, *state: str) -> Kin:
    """Short form for tables."""
    return Kin(relation, sex, age, frozenset(state))


Family = list[Kin]


def _wife(rng: Random, age: int, relation: str = "配偶") -> Kin:
    return kin(relation, F, max(20, age + rng.randint(-4, 2)))


def _children(rng: Random, mother_age: int, count: int, son: str, daughter: str) -> Family:
    """Children of a mother of that age, the eldest first."""
    eldest = max(0, mother_age - rng.randint(22, 28))
    ages = [age for i in range(count) if (age := eldest - 4 * i - rng.randint(0, 2) * i) >= 0]
    return [kin(son, M, age) if rng.random() < 0.53 else kin(daughter, F, age) for age in ages]


def elderly_couple(rng: Random) -> Family:
    """Both stay, the children have left the register."""
    age = rng.randint(63, 81)
    return [kin("户主", M, age), _wife(rng, age)]


def lone_elder(rng: Random) -> Family:
    """A widow or widower."""
    return [kin("户主", F if rng.random() < 0.62 else M, rng.randint(67, 87))]


def bachelor(rng: Random) -> Family:
    """A man who never married."""
    return [kin("户主", M, rng.randint(44, 66))]


def young_couple(rng: Random) -> Family:
    """Parents and one to three children at school or younger."""
    age = rng.randint(29, 42)
    wife = _wife(rng, age)
    return [kin("户主", M, age), wife, *_children(rng, wife.age, rng.choice((1, 2, 2, 2, 3)), "之子", "之女")]


def middle_couple(rng: Random) -> Family:
    """Parents and children who finish school or work."""
    age = rng.randint(43, 56)
    wife = _wife(rng, age)
    return [kin("户主", M, age), wife, *_children(rng, wife.age, rng.choice((1, 2, 2)), "之子", "之女")]


def with_parents(rng: Random) -> Family:
    """Parents, children and one or both grandparents."""
    age = rng.randint(36, 54)
    mother = kin("之母", F, age + rng.randint(21, 28))
    elders = [kin("之父", M, mother.age + rng.randint(0, 4)), mother] if rng.random() < 0.45 else [mother]
    wife = _wife(rng, age)
    return [kin("户主", M, age), wife, *_children(rng, wife.age, rng.choice((1, 2)), "之子", "之女"), *elders]


def with_son(rng: Random) -> Family:
    """The old couple is registered with a married son."""
    age = rng.randint(56, 70)
    wife = _wife(rng, age)
    son = kin("之子", M, wife.age - rng.randint(22, 27))
    bride = _wife(rng, son.age, "之儿媳")
    young = _children(rng, bride.age, rng.choice((1, 2, 2)), "之孙子", "之孙女")
    return [kin("户主", M, age), wife, son, bride, *young]


def with_single_son(rng: Random) -> Family:
    """The old couple and an unmarried son."""
    age = rng.randint(55, 70)
    wife = _wife(rng, age)
    return [kin("户主", M, age), wife, kin("之子", M, wife.age - rng.randint(22, 28))]


def grandchild_left_behind(rng: Random) -> Family:
    """Grandparents who raise a grandchild whose parents separated."""
    age = rng.randint(58, 70)
    child = rng.randint(7, 15)
    return [kin("户主", M, age), _wife(rng, age), kin(*rng.choice((("之孙子", M), ("之孙女", F))), child)]


def mother_and_son(rng: Random) -> Family:
    """An unmarried son keeps house with his mother."""
    age = rng.randint(42, 58)
    return [kin("户主", M, age), kin("之母", F, age + rng.randint(21, 28))]


def single_parent(rng: Random) -> Family:
    """One parent and a child at school."""
    age = rng.randint(36, 49)
    return [kin("户主", rng.choice((M, M, F)), age), *_children(rng, age - 3, 1, "之子", "之女")]


def two_sons(rng: Random) -> Family:
    """Four generations, two married sons: seven or more at one table."""
    age = rng.randint(57, 64)
    wife = _wife(rng, age)
    family = [kin("户主", M, age), wife, kin("之母", F, age + rng.randint(20, 25))]
    for gap in (22, 26):
        son = kin("之子", M, wife.age - gap)
        bride = _wife(rng, son.age, "之儿媳")
        family += [son, bride, *_children(rng, bride.age, 1, "之孙子", "之孙女")]
    return family


def twelve(rng: Random) -> Family:
    """The largest household of the village."""
    return [
        kin("户主", M, 61),
        kin("配偶", F, 60),
        kin("之母", F, 83),
        kin("之子", M, 38),
        kin("之儿媳", F, 36),
        kin("之孙女", F, 13),
        kin("之孙子", M, 9),
        kin("之子", M, 34),
        kin("之儿媳", F, 33),
        kin("之孙子", M, 7),
        kin("之孙女", F, 0),
        kin("之女", F, 29),
    ]


def unsteady_work(rng: Random) -> Family:
    """For 脱贫不稳定户: one earner on building sites, two at school, an ailing wife, an old mother."""
    return [
        kin("户主", M, 47, "worker"),
        kin("配偶", F, 45, "chronic"),
        kin("之子", M, 19, "college"),
        kin("之女", F, 14),
        kin("之母", F, 74, "chronic"),
    ]


def grave_illness(rng: Random) -> Family:
    """For 边缘易致贫户: the wife has a grave illness, the husband nurses her."""
    return [
        kin("户主", M, 58, "weak"),
        kin("配偶", F, 56, "grave"),
        kin("之子", M, 30, "worker"),
        kin("之孙女", F, 6),
    ]


def accident(rng: Random) -> Family:
    """For 突发严重困难户: the earner was hurt."""
    return [
        kin("户主", M, 41, "injured"),
        kin("配偶", F, 39),
        kin("之女", F, 13),
        kin("之子", M, 8),
        kin("之父", M, 69, "chronic"),
    ]


def no_labour(rng: Random) -> Family:
    """Nobody of the household can work: old parents and a disabled son."""
    return [
        kin("户主", M, 76, "chronic", "idle"),
        kin("配偶", F, 74, "chronic", "idle"),
        kin("之子", M, 46, "mind", "idle"),
    ]


def supported_alone(rng: Random) -> Family:
    """特困供养: an old man without family."""
    return [kin("户主", M, 78, "limb", "idle")]


def resettled(rng: Random) -> Family:
    """Moved from the upper valley to the settlement: parents, a pupil and a trainee."""
    return [
        kin("户主", M, 44, "worker"),
        kin("配偶", F, 43, "local"),
        kin("之子", M, 16, "trade"),
        kin("之女", F, 10),
    ]


ORDINARY: Mapping[Callable[[Random], Family], int] = {
    elderly_couple: 21,
    lone_elder: 13,
    bachelor: 5,
    young_couple: 15,
    middle_couple: 15,
    with_parents: 10,
    with_son: 8,
    with_single_son: 5,
    grandchild_left_behind: 2,
    mother_and_son: 3,
    single_parent: 2,
    two_sons: 1,
}
"""Kinds of families and how many of a hundred households are so."""


WEAK = frozenset(
    {elderly_couple, lone_elder, bachelor, grandchild_left_behind, mother_and_son, single_parent}
)
"""Kinds of families among which 低保 is found most."""


def ordinary(rng: Random) -> Callable[[Random], Family]:
    """One of the usual kinds by its share."""
    return rng.choices(list(ORDINARY), list(ORDINARY.values()))[0]
