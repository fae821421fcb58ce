"""What a search looks through in a store of a whole county: the words of all search entries, in memory.

Every entry of ``search_entry`` is written once and never altered, and its number is never given again. An index
therefore stays true for the entries up to its newest number: younger ones are read from the store beside it, and
numbers that are gone since are left out. So it needs no word from those who write, in whatever program.

Entries stand in the order of equally good hits, so that a search for something frequent stops after the first
few. A line of ``_names`` and ``_words`` serves all namesakes; words with a digit stand by entry. A query is
within one word (it holds no space), so one with a digit need not look at words without.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice

from sqlalchemy import Connection

from villageapp.progress import Progress

_ROWS = "SELECT number, name, text FROM search_entry ORDER BY length(name), name, kind, record_id"
_CHUNK = 2_000
_RANKED = 2_000
"""Most matching lines that are all ranked; of more only the first of each rank are looked up."""
_NUMBER = re.compile(r"(?<![^ ])[0-9]+x?(?![^ ])")
"""A word that is a number of an identity card, a household or a telephone."""
_WITH_DIGIT = re.compile(r"[^ ]*[0-9][^ ]*")
_NAME, _WHOLE, _START, _INSIDE_NAME, _END, _INSIDE = range(1, 7)


@dataclass(frozen=True, slots=True)
class Candidates:
    """Numbers of entries that a query finds, among them the best."""

    numbers: tuple[int, ...]
    is_complete: bool
    """Whether these are all; else at least as many as were asked for."""


class _Lines:
    """Many short lines in one buffer, each found again from a place in it. UTF-8, lower case."""

    def __init__(self) -> None:
        self.bytes = bytearray()
        self.starts = array("I", [0])

    def add(self, line: str) -> None:
        """One more line; it holds no line end."""
        self.bytes += b"\n"
        self.bytes += line.encode("utf-8", "replace").lower()
        self.starts.append(len(self.bytes))

    def __getitem__(self, number: int) -> bytes:
        """A line without its line end."""
        return bytes(self.bytes[self.starts[number] + 1 : self.starts[number + 1]])

    def holding(self, part: bytes) -> Iterator[int]:
        """Numbers of the lines with these bytes, in order; ``part`` may begin with the line end before a line."""
        found, starts, position = self.bytes.find, self.starts, 0
        while (position := found(part, position)) >= 0:
            number = bisect_right(starts, position) - 1
            yield number
            position = starts[number + 1]


class SearchIndex:
    """The words of all entries up to number ``newest``. Never altered; threads share it."""

    def __init__(self, connection: Connection, progress: Progress) -> None:
        """Read the whole table, some seconds at 400,000 entries. Raises Cancelled."""
        self._names, self._words, self._digits = _Lines(), _Lines(), _Lines()
        self._first = array("I")  # line to its first entry
        self._numbers = array("Q")
        previous = None
        for some in connection.exec_driver_sql(_ROWS).partitions(_CHUNK):
            progress.check_cancelled()
            for number, name, text in some:
                flat = text.replace("\n", " ")
                line = (name, _NUMBER.sub("", flat))
                if line != previous:
                    previous = line
                    self._first.append(len(self._numbers))
                    self._names.add(name.replace("\n", " "))
                    self._words.add(f" {line[1]} ")
                self._digits.add(f" {' '.join(_WITH_DIGIT.findall(flat))} ")
                self._numbers.append(number)
        self._first.append(len(self._numbers))
        self.newest = max(self._numbers, default=0)

    def __len__(self) -> int:
        return len(self._numbers)

    def find(self, query: str, most: int, *, starts_only: bool) -> Candidates:
        """The best ``most`` entries or more, in no order. ``query`` is lower case and holds no space.

        ``starts_only`` looks for beginnings of words, and anywhere in names.
        """
        part = query.encode("utf-8", "replace")
        ranks = self._all(part, starts_only=starts_only, digits=_has_digit(query))
        if ranks is None:
            found = self._first_of_each_rank(part, most, starts_only=starts_only, digits=_has_digit(query))
        else:
            found = set(sorted(ranks, key=lambda entry: (ranks[entry], entry))[:most])
        complete = ranks is not None and len(ranks) <= most
        return Candidates(tuple(self._numbers[entry] for entry in found), complete)

    def all(self, query: str, *, starts_only: bool) -> Candidates:
        """Every entry that the query finds; not complete when these are very many."""
        part = query.encode("utf-8", "replace")
        ranks = self._all(part, starts_only=starts_only, digits=_has_digit(query))
        return Candidates(tuple(self._numbers[entry] for entry in ranks or ()), ranks is not None)

    def _all(self, part: bytes, *, starts_only: bool, digits: bool) -> dict[int, int] | None:
        """Every entry that is found, with its rank; None when there are very many."""
        within = b" " + part if starts_only else part
        lines: set[int] = set()
        for number in chain(self._names.holding(part), () if digits else self._words.holding(within)):
            lines.add(number)
            if len(lines) > _RANKED:
                return None
        ranks: dict[int, int] = {}
        for line in lines:
            rank = _rank(part, self._words[line], self._names[line])
            ranks.update(dict.fromkeys(range(self._first[line], self._first[line + 1]), rank))
        for entry in self._digits.holding(within) if digits else ():
            ranks[entry] = min(_rank(part, self._digits[entry]), ranks.get(entry, _INSIDE))
            if len(ranks) > 2 * _RANKED:
                return None
        return ranks

    def _first_of_each_rank(self, part: bytes, most: int, *, starts_only: bool, digits: bool) -> set[int]:
        """The first entries of each rank, until there are enough: whoever is left out comes after these."""
        patterns = {
            _NAME: b"\n" + part,
            _WHOLE: b" " + part + b" ",
            _START: b" " + part,
            _INSIDE_NAME: part,
            _END: part + b" ",
            _INSIDE: part,
        }
        found: set[int] = set()
        for rank in (_NAME, _WHOLE, _START, _INSIDE_NAME) if starts_only else patterns:
            if rank in (_NAME, _INSIDE_NAME):
                found.update(self._entries(self._names, patterns[rank], most))
            elif digits:
                found.update(_few(self._digits.holding(patterns[rank]), most))
            else:
                found.update(self._entries(self._words, patterns[rank], most))
            if len(found) >= most:
                break
        return found

    def _entries(self, lines: _Lines, part: bytes, most: int) -> list[int]:
        spans = (range(self._first[line], self._first[line + 1]) for line in lines.holding(part))
        return _few(chain.from_iterable(spans), most)


def _few(entries: Iterator[int], most: int) -> list[int]:
    return list(islice(entries, most))


def _has_digit(query: str) -> bool:
    return any(char in "0123456789" for char in query)


def _rank(part: bytes, words: bytes, name: bytes = b"") -> int:
    """How good a hit is (0 best), as ``search`` ranks in the store."""
    if name.startswith(part):
        return 0 if name == part else _NAME
    if b" " + part in words:
        return _WHOLE if b" " + part + b" " in words else _START
    if part in name:
        return _INSIDE_NAME
    return _END if part + b" " in words else _INSIDE
