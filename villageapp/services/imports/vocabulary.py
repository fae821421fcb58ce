"""The words by which a national export is read: headings, footers, yes and no, limits.

Headings of single fields stand on the Field (``import_headers``); all else is data in
``resources/import/national.toml`` (domain.md 5.2 to 5.4).
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from villageapp import paths
from villageapp.domain.fields import Field, Form
from villageapp.domain.household import HOUSEHOLD
from villageapp.domain.member import MEMBER

_BLANK = re.compile(r"[\s*]+")
_TRAILING_DIGITS = re.compile(r"\d+$")
_BRACKET_END = re.compile(r"\(([^()]*)\)$")
_BRACKETS = str.maketrans("【】[]〔〕", "()()()")


@dataclass(frozen=True, slots=True)
class Target:
    """Where the values of a column go: a field of household or member, or one of the two head columns."""

    entity: str  # household, member, or head
    name: str
    field: Field | None = None

    @property
    def key(self) -> str:
        """``member.id_no`` and the like."""
        return f"{self.entity}.{self.name}"

    @property
    def label(self) -> str:
        """What people call it."""
        return self.field.label if self.field else "户主"


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of what is read at all (bytes, rows, columns, characters)."""

    file_bytes: int
    zip_entries: int
    unpacked_bytes: int
    unpacked_ratio: int
    ratio_from_bytes: int
    rows: int
    columns: int
    sheets: int
    header_search_rows: int
    cell_characters: int


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """One edition of the national exports' words."""

    targets: Mapping[str, Target]  # by normalised heading
    ignored: frozenset[str]
    units: frozenset[str]
    household_prefix: tuple[str, ...]
    member_prefix: tuple[str, ...]
    least_targets: int
    needed: tuple[str, ...]
    footer: frozenset[str]
    nothing: frozenset[str]
    yes: frozenset[str]
    no: frozenset[str]
    no_phone: frozenset[str]
    entitled: frozenset[str]
    not_entitled: frozenset[str]
    remarked: Mapping[str, str]
    per_capita_below_fen: int
    distance_above_km: int
    limits: Limits

    def find(self, heading: str) -> tuple[Target | None, str]:
        """The target of a heading and the unit in its brackets (``""`` when none)."""
        plain, unit = self._without_unit(heading)
        for text in (heading, plain, _TRAILING_DIGITS.sub("", plain)):
            target = self.targets.get(text)
            if target is not None:
                return target, unit
        return None, unit

    def is_ignored(self, heading: str) -> bool:
        """Whether a heading is known and not stored."""
        plain, _ = self._without_unit(heading)
        return bool({heading, plain, _TRAILING_DIGITS.sub("", plain)} & self.ignored)

    def _without_unit(self, heading: str) -> tuple[str, str]:
        match = _BRACKET_END.search(heading)
        if match and match[1] in self.units:
            return heading[: match.start()], match[1]
        return heading, ""


def normalised(heading: str) -> str:
    """A heading without spaces, line breaks and asterisks, brackets unified (domain.md 5.2)."""
    text = _BLANK.sub("", unicodedata.normalize("NFKC", heading[:200]))
    return text.translate(_BRACKETS).upper()


@cache
def vocabulary() -> Vocabulary:
    """The shipped edition."""
    with (paths.resources() / "import" / "national.toml").open("rb") as file:
        raw = tomllib.load(file)
    headings, values, rows = raw["headings"], raw["values"], raw["rows"]
    return Vocabulary(
        targets=_targets(headings),
        ignored=frozenset(map(normalised, headings["ignored"])),
        units=frozenset(map(normalised, headings["units"])),
        household_prefix=tuple(raw["household_prefix"]["starts"]),
        member_prefix=tuple(raw["member_prefix"]["starts"]),
        least_targets=raw["recognition"]["least_targets"],
        needed=tuple(raw["recognition"]["needed"]),
        footer=frozenset(rows["footer"]),
        nothing=_plain_words(values["nothing"]),
        yes=_plain_words(values["yes"]),
        no=_plain_words(values["no"]),
        no_phone=_plain_words(values["no_phone"]),
        entitled=_plain_words(raw["policy"]["entitled"]),
        not_entitled=_plain_words(raw["policy"]["not_entitled"]),
        remarked={plain(word): message for word, message in raw["remarked"].items()},
        per_capita_below_fen=raw["suspicion"]["per_capita_below_yuan"] * 100,
        distance_above_km=raw["suspicion"]["distance_above_km"],
        limits=Limits(**raw["limits"]),
    )


def plain(text: str) -> str:
    """A label for comparison: NFKC, no blanks, lower case."""
    return "".join(unicodedata.normalize("NFKC", text).split()).lower()


def _plain_words(words: list[str]) -> frozenset[str]:
    return frozenset(map(plain, words))


def _targets(headings: Mapping[str, Any]) -> dict[str, Target]:
    """A heading claimed twice is a mistake in the declarations and raises ValueError."""
    found: dict[str, Target] = {}
    claims = [
        (Target(form.entity, field.name, field), field.import_headers)
        for form in _forms()
        for field in form.fields
    ]
    claims += [(Target("head", name), tuple(headings[name])) for name in ("head_name", "head_id_no")]
    for target, synonyms in claims:
        for heading in map(normalised, synonyms):
            if found.setdefault(heading, target).key != target.key:
                raise ValueError(f"heading {heading} claimed by {found[heading].key} and {target.key}")
    return found


def _forms() -> tuple[Form, Form]:
    return HOUSEHOLD, MEMBER
