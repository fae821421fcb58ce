"""The search box: name, pinyin initials, full pinyin, ID tail, household number, phone, group; best first.

``search_entry.text`` holds the findable words of a person or household in lower case, separated by spaces
and line ends (written by ``models.summaries``). A scan of 20,000 entries takes a few milliseconds; ranks are
worked out for what matched only. A store of a whole county has ``prepare`` make an index in memory
(``search_index``), which names the few entries that are worth ranking; without it everything is scanned, to the
same result.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, case, func, or_, select

from villageapp.domain import pinyin
from villageapp.models.local import HouseholdSummary, SearchEntry
from villageapp.models.records import Household
from villageapp.progress import SILENT, Progress
from villageapp.services.search_index import SearchIndex

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

MAX_QUERY = 60
"""Characters of a query that are looked at."""
TAIL = 3
"""Fewest characters of an ID, phone or household number that are searched for."""
LARGE = 40_000
"""Entries from which on an index is made; a scan of fewer takes some 25 ms."""
_OUTDATED, _USELESS = 2_000, 20_000
"""Entries younger than the index from which on it is made anew, or not used until then."""
_GONE = 200
"""Candidates that may have been deleted since before more are looked for."""

_entry = SearchEntry.__table__.c
_summary, _household = HouseholdSummary.__table__.c, Household.__table__.c
_EXACT, _NAME, _INITIALS, _PINYIN, _INSIDE, _TAIL, _NUMBER, _WORD = range(8)
_WHY: Mapping[int, str] = {
    _EXACT: "姓名",
    _NAME: "姓名",
    _INITIALS: "拼音首字母",
    _PINYIN: "拼音",
    _INSIDE: "姓名含有",
    _TAIL: "尾号",
    _NUMBER: "号码",
    _WORD: "其他",
}


@dataclass(frozen=True, slots=True)
class Hit:
    """One found person or household."""

    kind: str
    """``household`` or ``member``."""
    id: str
    household_id: str
    household_no: str
    name: str
    head_name: str
    group: str
    why: str
    """What matched, in Chinese, e.g. 拼音首字母."""


_words = " " + func.replace(_entry.text, "\n", " ") + " "
_RANK = case(
    (func.lower(_entry.name) == bindparam("exact"), _EXACT),
    (_entry.name.like(bindparam("start"), escape="\\"), _NAME),
    (_words.like(bindparam("whole"), escape="\\"), _INITIALS),
    (_words.like(bindparam("word"), escape="\\"), _PINYIN),
    (_entry.name.like(bindparam("inside"), escape="\\"), _INSIDE),
    (_words.like(bindparam("tail"), escape="\\"), _TAIL),
    else_=_WORD,
)
_MATCHES = or_(
    _entry.name.like(bindparam("inside"), escape="\\"),
    _entry.text.like(bindparam("inside"), escape="\\"),
)
_STARTS = or_(
    _entry.name.like(bindparam("inside"), escape="\\"),
    _entry.text.like(bindparam("start"), escape="\\"),
    _entry.text.like(bindparam("word"), escape="\\"),
    _entry.text.like(bindparam("line"), escape="\\"),
)
_COLUMNS = (_entry.record_id, _entry.household_id, _entry.kind, _entry.name, _entry.text)


def _hits_where(condition: ColumnElement[bool]) -> Select[Any]:
    return (
        select(*_COLUMNS, _RANK.label("rank"))
        .where(condition)
        .order_by("rank", func.length(_entry.name), _entry.name, _entry.kind, _entry.record_id)
        .limit(bindparam("most"))
    )


def _households_where(condition: ColumnElement[bool]) -> Select[Any]:
    return select(_entry.household_id, func.min(_RANK)).where(condition).group_by(_entry.household_id)


_listed = select(func.json_each(bindparam("numbers")).table_valued("value").c.value)
_AMONG = or_(_entry.number.in_(_listed), _entry.number > bindparam("newest"))
"""What the index names, and what is younger than it."""
_LIVING = select(_entry.number).where(_entry.number.in_(_listed))
_NEWEST, _COUNT = select(func.coalesce(func.max(_entry.number), 0)), select(func.count(_entry.number))
_FIND, _FIND_SHORT = _hits_where(_MATCHES), _hits_where(_STARTS)
_FIND_AMONG, _FIND_SHORT_AMONG = _hits_where(and_(_AMONG, _MATCHES)), _hits_where(and_(_AMONG, _STARTS))
_HOUSEHOLDS, _HOUSEHOLDS_SHORT = _households_where(_MATCHES), _households_where(_STARTS)
_HOUSEHOLDS_AMONG = _households_where(and_(_AMONG, _MATCHES))
_HOUSEHOLDS_SHORT_AMONG = _households_where(and_(_AMONG, _STARTS))
_CONTEXT = (
    select(
        _household.id,
        func.coalesce(_household.national_hh_no, ""),
        func.coalesce(_summary.head_name, ""),
        func.coalesce(_household.group_name, ""),
    )
    .join_from(
        Household.__table__, HouseholdSummary.__table__, _household.id == _summary.household_id, isouter=True
    )
    .where(_household.deleted.is_(False), _household.id.in_(bindparam("ids", expanding=True)))
)


def prepare(work: Workspace, progress: Progress = SILENT) -> None:
    """Make ``find`` quick in a large store: read all entries into an index, or anew when it is outdated.

    Takes some seconds there and nothing in a store of a village or when all is well; ``find`` works meanwhile.
    Raises Cancelled.
    """
    index = work.search_index
    with work.reading() as connection:
        if index is None and connection.execute(_COUNT).scalar_one() < LARGE:
            return
        if index is not None and _newest(connection) - index.newest <= _OUTDATED:
            return
        made = SearchIndex(connection, progress)
    work.search_index = made


def find(work: Workspace, text: str, limit: int = 50) -> list[Hit]:
    """What the search box finds for ``text``, best first; nothing for an empty text.

    When no name holds the characters typed, names that are read alike are found (章 for 张).
    """
    index = work.search_index
    with work.reading() as connection:
        found = _search(connection, text, 2 * limit, index)
        context = {row[0]: row for row in connection.execute(_CONTEXT, {"ids": [row[1] for row in found]})}
    hits = [_hit(row, context[row[1]], text) for row in found if row[1] in context]
    return _one_per_person(hits)[:limit]


def matching_households(
    connection: Connection, text: str, index: SearchIndex | None = None
) -> dict[str, int]:
    """Ids of all households that ``text`` finds, with the rank of their best match (0 is best).

    ``index`` is the workspace's, taken before the read began; it helps when the hits are not very many.
    """
    index = _usable(connection, index)
    for query in _attempts(text):
        is_short, values = _is_short(query), _patterns(query)
        named = index.all(query, starts_only=is_short) if index is not None else None
        if index is None or named is None or not named.is_complete:
            statement = _HOUSEHOLDS_SHORT if is_short else _HOUSEHOLDS
        else:
            statement = _HOUSEHOLDS_SHORT_AMONG if is_short else _HOUSEHOLDS_AMONG
            values |= {"numbers": json.dumps(named.numbers), "newest": index.newest}
        found = connection.execute(statement, values).all()
        if found:
            return {row[0]: row[1] for row in found}
    return {}


def _newest(connection: Connection) -> int:
    return int(connection.execute(_NEWEST).scalar_one())


def _usable(connection: Connection, index: SearchIndex | None) -> SearchIndex | None:
    """None for an index that knows too little of what the store holds now."""
    if index is not None and _newest(connection) - index.newest <= _USELESS:
        return index
    return None


def _search(connection: Connection, text: str, most: int, index: SearchIndex | None) -> list[Any]:
    index = _usable(connection, index)
    for query in _attempts(text):
        is_short, values = _is_short(query), _patterns(query) | {"most": most}
        among = _among(connection, query, most, index) if index is not None else None
        if among is None:
            statement = _FIND_SHORT if is_short else _FIND
        else:
            statement = _FIND_SHORT_AMONG if is_short else _FIND_AMONG
            values |= among
        found = connection.execute(statement, values).all()
        if found:
            return list(found)
    return []


def _among(connection: Connection, query: str, most: int, index: SearchIndex) -> dict[str, Any] | None:
    """Which entries hold the best ``most`` hits; None when so many were deleted since that a scan is better.

    The index names the best it knows; those that are gone are made up for by more of them.
    """
    for spare in (most, _GONE):
        found = index.find(query, most + spare, starts_only=_is_short(query))
        living = connection.scalars(_LIVING, {"numbers": json.dumps(found.numbers)}).all()
        if found.is_complete or len(found.numbers) - len(living) <= spare:
            return {"numbers": json.dumps(living), "newest": index.newest}
    return None


def _attempts(text: str) -> list[str]:
    """What was typed, then the same by ear when it is in Chinese."""
    query = _typed(text)
    if not query:
        return []
    spoken = pinyin.homophone_key(query)
    if query.isascii() or not spoken or not spoken.isascii():  # signs that are not said find nothing by ear
        return [query]
    return [query, spoken]


def _typed(text: str) -> str:
    """A query ready to compare; halves of characters and the character zero are nothing that a store could hold."""
    whole = text[:MAX_QUERY].replace("\0", "").encode("utf-8", "ignore").decode()
    return pinyin.normalise_query(whole)


def _is_short(query: str) -> bool:
    """One or two letters or digits match beginnings of words only: every number holds them somewhere."""
    return query.isascii() and len(query) < TAIL


def _patterns(query: str) -> dict[str, Any]:
    """LIKE patterns of a query."""
    plain = query.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return {
        "exact": query,
        "start": f"{plain}%",
        "whole": f"% {plain} %",
        "word": f"% {plain}%",
        "line": f"%\n{plain}%",
        "inside": f"%{plain}%",
        "tail": f"%{plain} %",
    }


def _hit(row: Any, context: Any, text: str) -> Hit:
    record, household, kind, name, words, rank = row
    _, number, head, group = context
    why = _why(rank, text, name, words, group)
    return Hit(kind, record, household, number, name, head or name, group, why)


def _why(rank: int, text: str, name: str, words: str, group: str) -> str:
    query = _typed(text)
    if any(char.isdigit() for char in query) and rank not in (_EXACT, _NAME):
        return _why_number(query, words)
    if not query.isascii() and rank not in (_EXACT, _NAME, _INSIDE):
        return "村民小组" if query in group else "住址" if query in words else "同音"
    if rank == _INITIALS and query != pinyin.initials(name) and len(query) > len(name):
        return "拼音"
    if rank == _PINYIN and pinyin.initials(name).startswith(query):
        return "拼音首字母"
    return _WHY[rank]


def _why_number(query: str, words: str) -> str:
    """Which number it is: an ID has 18 characters, a household number 16 digits, a mobile phone 11."""
    for word in words.lower().split():
        if query in word:
            part = "" if query == word else "尾号" if word.endswith(query) else "中的一段"
            return f"{_KIND_OF_LENGTH.get(len(word), '号码')}{part}"
    return "号码"


_KIND_OF_LENGTH: Mapping[int, str] = {
    11: "电话",
    15: "证件号码",
    16: "户编号",
    18: "证件号码",
    20: "残疾人证号",
    22: "残疾人证号",
}


def _one_per_person(hits: list[Hit]) -> list[Hit]:
    """A household and its head are one person to the searcher: the better ranked of the two stays."""
    kind_of: dict[tuple[str, str], str] = {}
    return [hit for hit in hits if kind_of.setdefault((hit.household_id, hit.name), hit.kind) == hit.kind]
