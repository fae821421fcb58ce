"""Numbers of fictitious people: ID numbers of an unassigned area, disability cards, telephones."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from stdnum.cn import ric

from villageapp.domain.village import TRAINING_COUNTY

_MOBILE_PREFIXES = ("138", "139", "150", "151", "158", "159", "136", "137", "187", "188")


class Registry:
    """Hands out numbers; none twice."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._ids: set[str] = set()
        self._phones: set[str] = set()

    def id_number(self, birth: date, sex: str) -> str:
        """A valid 18-character number of area 149901 (GB 11643); the 17th digit is odd for men."""
        while True:
            order = self._rng.randrange(1, 500) * 2 - (1 if sex == "1" else 0)
            body = f"{TRAINING_COUNTY}{birth:%Y%m%d}{order:03d}"
            number = body + str(ric.calc_check_digit(body + "0"))
            if number not in self._ids:
                self._ids.add(number)
                return number

    def phone(self) -> str:
        """A mobile number of the form 138 0000 xxxx; other prefixes once four digits do not suffice."""
        prefixes = _MOBILE_PREFIXES[: 1 + len(self._phones) // 5_000]
        while True:
            number = f"{self._rng.choice(prefixes)}0000{self._rng.randrange(10_000):04d}"
            if number not in self._phones:
                self._phones.add(number)
                return number


def birth_date(rng: Random, age: int, today: date) -> date:
    """A day on which somebody of that age may have been born."""
    return today - timedelta(days=age * 365 + age // 4 + 20 + rng.randrange(330))


def account_number(rng: Random) -> str:
    """A bank account of 19 digits that no bank issued."""
    return "6217000000" + f"{rng.randrange(10**9):09d}"
