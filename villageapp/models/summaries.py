"""Search texts and list columns, derived from the records and kept beside every change of them.

Local to this laptop: colleagues derive their own. Called inside the transaction that changed the records.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping

from villageapp.domain import pinyin
from villageapp.domain.household import is_monitored, no_labour_whole
from villageapp.domain.member import AWAY
from villageapp.domain.problem import OPEN_STATES
from villageapp.domain.visit import BASIC_NEEDS, GUARANTEES, NOBODY_HOME, REFUSED

_CHUNK = 2000
_IN = "IN (SELECT value FROM json_each(?))"
_HOUSEHOLDS = (
    "SELECT id, head_member_id, group_name, household_type, monitoring_category, risk_eliminated, national_hh_no,"
    f" phone, next_visit_on, status, address, risks FROM household WHERE deleted = 0 AND id {_IN}"
)
_MEMBERS = (
    "SELECT id, household_id, name, relation, labour, working, id_no, phone FROM member"
    f" WHERE deleted = 0 AND left_on IS NULL AND household_id {_IN} ORDER BY household_id, created_hlc, id"
)
_LATEST = (
    "SELECT value, (SELECT {what} FROM visit WHERE household_id = value AND deleted = 0 AND {condition}"
    " ORDER BY started_at DESC, id DESC LIMIT 1) FROM json_each(?)"
)
"""Reads a household's visits from the latest back until one counts, along the index, not all of them."""
_COUNTED = f"result NOT IN ('{NOBODY_HOME}', '{REFUSED}')"
_LAST_VISITS = _LATEST.format(what="date(started_at, '+8 hours')", condition=_COUNTED)
_UNMET = _LATEST.format(
    what=" OR ".join(f"{name} IS 0" for name in (*GUARANTEES, *BASIC_NEEDS)), condition=_COUNTED
)
"""Whether the latest visit said 否 to a guarantee or a basic need."""
_NEXT_VISITS = _LATEST.format(what="next_visit_on", condition="next_visit_on IS NOT NULL")
"""What the latest visit with a plan says; two laptops' visits thus never conflict over it."""
_MEASURES = f"SELECT household_id, count(*) FROM measure WHERE deleted = 0 AND household_id {_IN} GROUP BY household_id"
_PROBLEMS = (
    "SELECT household_id, count(*) FROM problem WHERE deleted = 0 AND state IN"
    f" ({', '.join(repr(s) for s in sorted(OPEN_STATES))}) AND household_id {_IN} GROUP BY household_id"
)
_SAVE_SUMMARY = (
    "INSERT INTO household_summary (household_id, head_name, head_key, group_name, household_type, monitoring_category,"
    " monitored, members, no_labour_whole, risks, working_away, last_visit_on, next_visit_on, unmet, open_problems,"
    " measures) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_SAVE_SEARCH = "INSERT INTO search_entry (record_id, household_id, kind, name, text) VALUES (?, ?, ?, ?, ?)"
_MARK_STALE = "INSERT OR IGNORE INTO stale_household SELECT value FROM json_each(?)"
_PLANNED = f"SELECT id, next_visit_on FROM household WHERE id {_IN}"
_SAVE_FIGURES = (
    "UPDATE household_summary SET last_visit_on = ?, next_visit_on = ?, unmet = ?, open_problems = ?, measures = ?"
    " WHERE household_id = ?"
)
IN_REGISTER = "在册"


def refresh(
    connection: Connection, household_ids: Iterable[str], altered: Collection[str] | None = None
) -> None:
    """Derive the rows of these households again.

    ``altered`` are those of which the household itself or a member changed; the others only got visits,
    measures, problems and the like, so that their names and search texts stand. None: all of them.
    """
    wanted = sorted(household_ids)
    for start in range(0, len(wanted), _CHUNK):
        some = wanted[start : start + _CHUNK]
        whole = some if altered is None else [i for i in some if i in altered]
        connection.exec_driver_sql(_MARK_STALE, (json.dumps(some),))
        if whole:
            _refresh_whole(connection, json.dumps(whole))
        if len(whole) < len(some):
            _refresh_figures(connection, json.dumps(sorted({*some} - {*whole})))


def refresh_all(connection: Connection) -> None:
    """Derive everything again (after an upgrade of the rules of this module)."""
    for table in ("household_summary", "search_entry", "last_checkup"):
        connection.exec_driver_sql(f"DELETE FROM {table}")
    refresh(connection, connection.exec_driver_sql("SELECT id FROM household").scalars())


@dataclass(frozen=True, slots=True)
class _Figures:
    """What follows from records about a household, by household id."""

    last_visits: Mapping[str, str]  # ISO day
    next_visits: Mapping[str, str]  # ISO day
    unmet: Mapping[str, int | None]
    problems: Mapping[str, int]
    measures: Mapping[str, int]

    def of(self, household_id: str, planned: str | None) -> tuple[str, str, int | None, int, int]:
        """Last visit, next visit, whether that last one found a 否, open problems, measures.

        ``planned`` is what the household itself says.
        """
        return (
            self.last_visits.get(household_id) or "",
            planned or self.next_visits.get(household_id) or "",
            self.unmet.get(household_id),
            self.problems.get(household_id, 0),
            self.measures.get(household_id, 0),
        )


def _figures(connection: Connection, ids: str) -> _Figures:
    def counted(statement: str) -> dict[str, Any]:
        return {row[0]: row[1] for row in connection.exec_driver_sql(statement, (ids,))}

    statements = (_LAST_VISITS, _NEXT_VISITS, _UNMET, _PROBLEMS, _MEASURES)
    return _Figures(*(counted(statement) for statement in statements))


def _refresh_figures(connection: Connection, ids: str) -> None:
    figures = _figures(connection, ids)
    planned = connection.exec_driver_sql(_PLANNED, (ids,))
    found = [(*figures.of(household_id, day), household_id) for household_id, day in planned]
    if found:
        connection.exec_driver_sql(_SAVE_FIGURES, found)


def _refresh_whole(connection: Connection, ids: str) -> None:
    members: dict[str, list[RowMapping]] = defaultdict(list)
    for member in connection.exec_driver_sql(_MEMBERS, (ids,)).mappings():
        members[member["household_id"]].append(member)
    figures = _figures(connection, ids)
    connection.exec_driver_sql(f"DELETE FROM household_summary WHERE household_id {_IN}", (ids,))
    connection.exec_driver_sql(f"DELETE FROM search_entry WHERE household_id {_IN}", (ids,))
    found: list[tuple[Any, ...]] = []
    searched: list[tuple[str, str, str, str, str]] = []
    for household in connection.exec_driver_sql(_HOUSEHOLDS, (ids,)).mappings():
        own = members[household["id"]]
        head = _head(household, own)
        searched += _search_rows(household, head, own)
        if household["status"] in (None, IN_REGISTER):
            found.append(_summary(household, head, own, figures))
    if found:
        connection.exec_driver_sql(_SAVE_SUMMARY, found)
    if searched:
        connection.exec_driver_sql(_SAVE_SEARCH, searched)


def _head(household: RowMapping, members: Sequence[RowMapping]) -> RowMapping | None:
    for member in members:
        if member["id"] == household["head_member_id"]:
            return member
    return next((m for m in members if m["relation"] == "户主"), members[0] if members else None)


def _summary(
    household: RowMapping,
    head: RowMapping | None,
    members: Sequence[RowMapping],
    figures: _Figures,
) -> tuple[Any, ...]:
    name = (head["name"] if head else "") or ""
    eliminated = household["risk_eliminated"]
    monitored = is_monitored(
        household["monitoring_category"], None if eliminated is None else bool(eliminated)
    )
    return (
        household["id"],
        name,
        pinyin.sort_key(name),
        household["group_name"] or "",
        household["household_type"] or "",
        household["monitoring_category"] or "",
        monitored,
        len(members),
        no_labour_whole(m["labour"] for m in members),
        household["risks"] or "",
        sum(m["working"] in AWAY for m in members),
        *figures.of(household["id"], household["next_visit_on"]),
    )


def _search_rows(
    household: RowMapping, head: RowMapping | None, members: Sequence[RowMapping]
) -> Iterator[tuple[str, str, str, str, str]]:
    facts = (household["national_hh_no"], household["phone"], household["group_name"], household["address"])
    name = (head["name"] if head else "") or ""
    yield household["id"], household["id"], "household", name, _text(*facts)
    for m in members:
        yield (
            m["id"],
            household["id"],
            "member",
            m["name"] or "",
            _text(m["name"], pinyin.search_keys(m["name"] or ""), m["id_no"], m["phone"]),
        )


def _text(*parts: str | None) -> str:
    return "\n".join(part for part in parts if part).lower()
