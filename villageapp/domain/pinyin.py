"""Pinyin of names: what a search by letters finds, and the order in which people expect a list.

The table is made at build time (``installer/build_pinyin.py``) and lies in ``resources/pinyin/``; it is read
on first use. A character keeps up to three readings, the most common first; a surname is read as a surname
first (单 shan, 尉迟 yuchi), and its common reading is kept, so that both find the person.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import cache
from itertools import islice, product

from villageapp import paths

MAX_KEYS = 12
"""Most combinations of readings kept for one name."""
MAX_CHARACTERS = 30
"""Characters of a name that are read; a name has at most 20."""
_DIALECT_INITIALS = (("zh", "z"), ("ch", "c"), ("sh", "s"))


@cache
def _readings() -> Mapping[int, str]:
    """Code point to its readings with tone digits, ``dan1/shan4``."""
    table: dict[int, str] = {}
    for line in (paths.resources() / "pinyin" / "readings.txt").read_text(encoding="utf-8").splitlines():
        readings, _, characters = line.partition(" ")
        table.update(dict.fromkeys(map(ord, characters), readings))
    return table


@cache
def _surnames() -> Mapping[str, tuple[str, ...]]:
    """Surname of one or two characters to one reading for each."""
    lines = (paths.resources() / "pinyin" / "surnames.txt").read_text(encoding="utf-8").splitlines()
    pairs = (line.split(" ") for line in lines)
    return {surname: tuple(readings.split("/")) for surname, readings in pairs}


def _plain(text: str) -> str:
    """NFKC, lower case, without spaces, middle dots and other signs that are not said."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in folded if c.isalnum() or unicodedata.category(c) == "Co")[:MAX_CHARACTERS]


def _syllables(name: str) -> list[list[str]]:
    """For each character its readings with tone digits, the likeliest in a name first."""
    text = _plain(name)
    table = _readings()
    found = [table.get(ord(char), char).split("/") for char in text]
    surname = _surnames().get(text[:2]) or _surnames().get(text[:1]) or ()
    for place, reading in enumerate(surname):
        others = [r for r in found[place] if _toneless(r) != _toneless(reading)]
        found[place] = [reading, *others]
    return found


def _toneless(reading: str) -> str:
    return reading[:-1] if len(reading) > 1 else reading


def search_keys(name: str) -> str:
    """Initials, then full pinyin, of the sensible readings, separated by spaces: ``zsf zhangshifan``.

    At most ``MAX_KEYS`` combinations, the likeliest first; letters and digits in a name stand as they are.
    """
    syllables = [[_toneless(reading) for reading in one] for one in _syllables(name)]
    if not syllables:
        return ""
    combinations = list(islice(_likeliest_first(syllables), MAX_KEYS))
    first_letters = ("".join(syllable[0] for syllable in one) for one in combinations)
    full = ("".join(one) for one in combinations)
    return " ".join(dict.fromkeys((*first_letters, *full)))


def _likeliest_first(syllables: list[list[str]]) -> list[tuple[str, ...]]:
    """Combinations ordered by how far they stray from the first reading of each character."""
    choices = [range(len(one) if place < 4 else 1) for place, one in enumerate(syllables)]
    picks = sorted(product(*choices), key=sum)
    return [tuple(one[index] for one, index in zip(syllables, pick, strict=True)) for pick in picks]


def initials(name: str) -> str:
    """First letters of the likeliest reading: ``zsf`` for 张示范."""
    return "".join(one[0][0] for one in _syllables(name))


def homophone_key(text: str) -> str:
    """Full pinyin of the likeliest reading, so that 章 typed for 张 still finds the person.

    It stands in ``search_keys`` of every name that is read alike.
    """
    return "".join(_toneless(one[0]) for one in _syllables(text))


def dialect_keys(text: str) -> frozenset[str]:
    """Sensible readings without what many speakers of Shanxi do not tell apart: zh and z, ch and c, sh and s, eng and
    en, ing and in. Two names that share one may be one name as a clerk heard it; empty for an empty name.
    """
    heard = [list(dict.fromkeys(_heard(_toneless(one)) for one in some)) for some in _syllables(text)]
    return (
        frozenset("'".join(one) for one in islice(_likeliest_first(heard), MAX_KEYS))
        if heard
        else frozenset()
    )


def _heard(syllable: str) -> str:
    for said, kept in _DIALECT_INITIALS:
        if syllable.startswith(said):
            syllable = kept + syllable[len(said) :]
    return syllable[:-1] if syllable.endswith(("eng", "ing")) else syllable


def sort_key(name: str) -> str:
    """Orders names as a dictionary does: by syllable, then tone, then character."""
    return " ".join(one[0] for one in _syllables(name)) + f" {name}"


def normalise_query(text: str) -> str:
    """What was typed into the search box, ready to compare: NFKC, lower case, no spaces or apostrophes.

    Tone marks are dropped and ü is v, as in ``search_keys``. Chinese characters stay as they are.
    """
    folded = unicodedata.normalize("NFKC", text).casefold().replace("ü", "v")
    marked = unicodedata.normalize("NFD", folded).replace("u\u0308", "v")
    bare = "".join(c for c in marked if not unicodedata.combining(c) and not c.isspace() and c not in "'’‘`")
    return unicodedata.normalize("NFC", bare).replace("lyu", "lv")
