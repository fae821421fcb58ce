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
from villageapp.domain.employment import EMPLOYMENT
from villageapp.domain.fields import Field, Form
from villageapp.domain.household import HOUSEHOLD
from villageapp.domain.member import MEMBER

_BLANK = re.compile(r"[\s*]+")
_TRAILING_DIGITS = re.compile(r"(?:[._-]?\d+|\(\d+\))$")
"""What spreadsheets and scripts append to a heading that occurs again: 姓名2, 姓名.1, 姓名_1, 姓名(1)."""
_BRACKET_END = re.compile(r"\(([^()]*)\)$")
_BRACKETS = str.maketrans("【】[]〔〕", "()()()")

PERSONS, EMPLOYMENTS = "persons", "employment"
"""The kinds of tables: person exports (domain.md 5.1 a to c), monthly employment lists (d)."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where the values of a column go: a field of a form, or one of the two head columns."""

    entity: str  # household, member, employment, or head
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
class Marks:
    """Columns (keys of targets) by which the kinds are told apart."""

    persons: frozenset[str]
    spell: frozenset[str]
    spell_needed: tuple[str, ...]
    plan: frozenset[str]
    ambiguous_from: int
    """So many person columns beside the columns of a spell: the table could be either kind."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """One edition of the national exports' words, for one kind of table."""

    kind: str
    title: str
    targets: Mapping[str, Target]  # by normalised heading
    taken: frozenset[str] | None
    """Keys of the targets that this kind stores; None means all."""
    not_taken: str
    """Why the others are not."""
    not_stored: Mapping[str, str]
    """Known headings without a field of ours, with the reason."""
    not_stored_starts: Mapping[str, str]
    units: frozenset[str]
    head_prefix: tuple[str, ...]
    not_head_prefix: tuple[str, ...]
    household_prefix: tuple[str, ...]
    member_prefix: tuple[str, ...]
    least_targets: int
    needed: tuple[str, ...]
    marks: Marks
    footer: frozenset[str]
    nothing: frozenset[str]
    yes: frozenset[str]
    no: frozenset[str]
    no_phone: frozenset[str]
    still: frozenset[str]
    """Words in the place of an end month that mean: not ended."""
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

    def takes(self, target: Target) -> bool:
        """Whether this kind of table stores values of that target."""
        return self.taken is None or target.key in self.taken or target.entity == EMPLOYMENT.entity

    def why_not_stored(self, heading: str) -> str:
        """The reason why a known heading is not stored; empty for a heading nobody knows."""
        plain, _ = self._without_unit(heading)
        for text in (heading, plain, _TRAILING_DIGITS.sub("", plain)):
            if text in self.not_stored:
                return self.not_stored[text]
        return self.why_group_not_stored(heading)

    def why_group_not_stored(self, group: str) -> str:
        """The reason why no column below that group heading is stored; empty when they are."""
        return next((why for start, why in self.not_stored_starts.items() if group.startswith(start)), "")

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
def vocabulary(kind: str = PERSONS) -> Vocabulary:
    """The shipped edition for that kind of table."""
    with (paths.resources() / "import" / "national.toml").open("rb") as file:
        raw = tomllib.load(file)
    own, values, not_stored = raw["kinds"][kind], raw["values"], raw["not_stored"]
    return Vocabulary(
        kind=kind,
        title=own["title"],
        targets=_targets(raw["headings"], kind),
        taken=frozenset(own["taken"]) if "taken" in own else None,
        not_taken=own.get("not_taken", ""),
        not_stored={normalised(h): group["reason"] for group in not_stored for h in group["headings"]},
        not_stored_starts={normalised(h): g["reason"] for g in not_stored for h in g.get("starts", ())},
        units=frozenset(map(normalised, raw["headings"]["units"])),
        head_prefix=tuple(raw["head_prefix"]["starts"]),
        not_head_prefix=tuple(raw["head_prefix"]["not_starts"]),
        household_prefix=tuple(raw["household_prefix"]["starts"]),
        member_prefix=tuple(raw["member_prefix"]["starts"]),
        least_targets=own["least_targets"],
        needed=tuple(own["needed"]),
        marks=_marks(raw["kinds"]),
        footer=frozenset(raw["rows"]["footer"]),
        nothing=_plain_words(values["nothing"]),
        yes=_plain_words(values["yes"]),
        no=_plain_words(values["no"]),
        no_phone=_plain_words(values["no_phone"]),
        still=_plain_words(values["still"]),
        entitled=_plain_words(raw["policy"]["entitled"]),
        not_entitled=_plain_words(raw["policy"]["not_entitled"]),
        remarked={plain(word): message for word, message in raw["remarked"].items()},
        per_capita_below_fen=raw["suspicion"]["per_capita_below_yuan"] * 100,
        distance_above_km=raw["suspicion"]["distance_above_km"],
        limits=Limits(**raw["limits"]),
    )


def _marks(kinds: Mapping[str, Any]) -> Marks:
    employment = kinds[EMPLOYMENTS]
    return Marks(
        persons=frozenset(kinds[PERSONS]["marks"]),
        spell=frozenset(employment["spell_marks"]),
        spell_needed=tuple(employment["spell_needed"]),
        plan=frozenset(employment["plan_marks"]),
        ambiguous_from=kinds["ambiguous"]["person_marks"],
    )


def plain(text: str) -> str:
    """A label for comparison: NFKC, no blanks, lower case."""
    return "".join(unicodedata.normalize("NFKC", text).split()).lower()


def _plain_words(words: list[str]) -> frozenset[str]:
    return frozenset(map(plain, words))


def _targets(headings: Mapping[str, Any], kind: str) -> dict[str, Target]:
    """A heading claimed twice is a mistake in the declarations and raises ValueError.

    In an employment list the spell's claim goes before the member's (务工企业名称 is both).
    """
    found = _claimed((EMPLOYMENT,), {}) if kind == EMPLOYMENTS else {}
    heads = {name: tuple(headings[name]) for name in ("head_name", "head_id_no")}
    return {**_claimed((HOUSEHOLD, MEMBER), heads), **found}


def _claimed(forms: tuple[Form, ...], heads: Mapping[str, tuple[str, ...]]) -> dict[str, Target]:
    found: dict[str, Target] = {}
    claims = [
        (Target(f.entity, field.name, field), field.import_headers) for f in forms for field in f.fields
    ]
    claims += [(Target("head", name), synonyms) for name, synonyms in heads.items()]
    for target, synonyms in claims:
        for heading in map(normalised, synonyms):
            if found.setdefault(heading, target).key != target.key:
                raise ValueError(f"heading {heading} claimed by {found[heading].key} and {target.key}")
    return found
