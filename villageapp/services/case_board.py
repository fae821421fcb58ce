"""What the screen 监测帮扶 lists: clues and cases by stage, each with what is due next (domain.md 2.6, 3.4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from villageapp.domain import pinyin
from villageapp.domain.changes import ChangeSet
from villageapp.domain.monitoring_case import risks_of
from villageapp.domain.monitoring_duties import Duty
from villageapp.domain.monitoring_facts import CLOSED_STATES, EXIT_STATES, IDENTIFIED_STATES, State
from villageapp.domain.permissions import Act
from villageapp.errors import AppError
from villageapp.progress import SILENT, Progress
from villageapp.services import cases, clues, permissions
from villageapp.services.groups import group_order
from villageapp.services.households import HouseholdFilter, list_ids
from villageapp.services.results import Saved

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace


class Stage(StrEnum):
    """Columns of the board: states that the same people work on."""

    CLUE = "clue"
    VERIFIED = "verified"
    REVIEW = "review"
    UPPER = "upper"
    HELPING = "helping"
    LEAVING = "leaving"
    CLOSED = "closed"


STAGE_OF_STATE: Mapping[State, Stage] = {
    State.CLUE: Stage.CLUE,
    State.VERIFIED: Stage.VERIFIED,
    State.VILLAGE_REVIEW: Stage.REVIEW,
    State.NOTICE: Stage.REVIEW,
    State.TOWN_REVIEW: Stage.UPPER,
    State.COUNTY_APPROVAL: Stage.UPPER,
    State.IDENTIFIED: Stage.HELPING,
    State.HELPING: Stage.HELPING,
    State.STABILISING: Stage.HELPING,
    **dict.fromkeys(EXIT_STATES, Stage.LEAVING),
    **dict.fromkeys(CLOSED_STATES, Stage.CLOSED),
}
REPORTED_CLUE = "REPORTED"
"""Stands for the state of a clue that is not a case yet."""
VERIFIED_CLUE = "CHECKED"
"""The same of one whose house check is recorded."""


@dataclass(frozen=True, slots=True)
class BoardCard:
    """One clue or case. ``state`` is a code of CL_CASE_STATE, REPORTED_CLUE or VERIFIED_CLUE."""

    id: str
    is_clue: bool
    household_id: str
    """Empty while a clue names no recorded household."""
    head_name: str
    group_name: str
    category: str
    """Code of CL_MON_CAT, empty before it is proposed."""
    risks: tuple[str, ...]
    stage: Stage
    state: str
    reported_on: date | None
    identified_ym: str
    due: date | None
    """The first thing that is due; None when nothing is."""
    due_text: str
    days_left: int | None
    """To ``due``; negative when overdue."""
    duties: int
    """How many things are due or will be."""
    earliest_exit: date | str | None
    keys: str
    """Pinyin and initials of the name, to be found by."""


@dataclass(frozen=True, slots=True)
class TakenOver:
    """What became of the monitored households of the national list: cases made, and why others were not."""

    made: int
    refused: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Board:
    """All clues that are not decided and all cases, within a stage the most urgent first."""

    cards: tuple[BoardCard, ...]
    groups: tuple[str, ...]
    unset: tuple[str, ...]
    """Why nothing could be said about what is due on some (parameters that are unset)."""
    untaken: int
    """Households that the national list names as monitored and that have no open case here."""


def board(work: Workspace, on: date | None = None) -> Board:
    """Everything for the board and for its list, as of that day (default today)."""
    day = on or work.today()
    rows = cases.list_cases(work, open_only=False)
    due, unset = cases.open_duties(work, day)
    exits = cases.earliest_exits(work, rows)
    first = _first(due)
    found = [_of_clue(row, day) for row in clues.list_clues(work, on=day)]
    found += [_of_case(row, day, first.get(row["id"]), exits.get(row["id"])) for row in rows]
    groups = sorted({card.group_name for card in found if card.group_name}, key=group_order)
    return Board(tuple(sorted(found, key=_urgency)), tuple(groups), unset, len(untaken(work, rows)))


def untaken(work: Workspace, rows: list[dict[str, Any]] | None = None) -> list[str]:
    """Ids of monitored households (by the national list) without an open case: ``cases.take_over`` makes one."""
    known = cases.list_cases(work, open_only=False) if rows is None else rows
    open_of = {row["household_id"] for row in known if State(row["state"]) not in CLOSED_STATES}
    monitored = list_ids(work, filters=HouseholdFilter(monitored=True))
    return [household for household in monitored if household not in open_of]


def _first(due: list[tuple[dict[str, Any], Duty]]) -> dict[str, tuple[Duty, int]]:
    """By case: its earliest duty and how many there are."""
    found: dict[str, tuple[Duty, int]] = {}
    for row, duty in due:
        known = found.get(row["id"])
        if known is None:
            found[row["id"]] = (duty, 1)
        else:
            found[row["id"]] = (min(known[0], duty, key=lambda d: d.due), known[1] + 1)
    return found


def _urgency(card: BoardCard) -> tuple[Any, ...]:
    stages = list(Stage)
    closed = card.stage is Stage.CLOSED
    newest = -(card.reported_on.toordinal() if card.reported_on else 0)
    left = 10**6 if card.days_left is None else card.days_left
    return (stages.index(card.stage), newest if closed else left, card.head_name, card.id)


def _of_clue(row: Mapping[str, Any], day: date) -> BoardCard:
    checked = row["verified_on"] is not None
    due = None if checked else row["due_verify"]
    return BoardCard(
        id=row["id"],
        is_clue=True,
        household_id=row["household_id"] or "",
        head_name=row["head_name"] or "",
        group_name=row["household_group"] or "",
        category="",
        risks=tuple(row["risk_codes"] or ()),
        stage=Stage.VERIFIED if checked else Stage.CLUE,
        state=VERIFIED_CLUE if checked else REPORTED_CLUE,
        reported_on=row["reported_on"],
        identified_ym="",
        due=due,
        due_text="上门核实" if due else "",
        days_left=(due - day).days if due else None,
        duties=1 if due else 0,
        earliest_exit=None,
        keys=_keys(row["head_name"]),
    )


def _of_case(
    row: Mapping[str, Any], day: date, first: tuple[Duty, int] | None, leaves: date | str | None
) -> BoardCard:
    state = State(row["state"])
    duty, count = first if first is not None else (None, 0)
    return BoardCard(
        id=row["id"],
        is_clue=False,
        household_id=row["household_id"],
        head_name=row["head_name"] or "",
        group_name=row["household_group"] or "",
        category=row["category"] or row["category_proposed"] or "",
        risks=risks_of(row),
        stage=STAGE_OF_STATE[state],
        state=row["state"],
        reported_on=row["reported_on"],
        identified_ym=row["identified_ym"] or "",
        due=duty.due if duty else None,
        due_text=duty.text if duty else "",
        days_left=(duty.due - day).days if duty else None,
        duties=count,
        earliest_exit=leaves if state in IDENTIFIED_STATES else None,
        keys=_keys(row["head_name"]),
    )


def _keys(name: str | None) -> str:
    return pinyin.search_keys(name) if name else ""


def take_over_all(work: Workspace, progress: Progress = SILENT) -> Saved:
    """A case in 帮扶中 for every monitored household of the national list that has none; ``detail`` is TakenOver.

    A household that cannot be taken over (no month) is left and named; the others are made all the same.
    Raises NotAllowed (the role may not).
    """
    permissions.require(work, (Act.CASE_AFTER_NOTICE,))
    made: list[str] = []
    refused: list[str] = []
    touched: list[tuple[str, str]] = []
    waiting = untaken(work)
    for number, household in enumerate(waiting, 1):
        progress.check_cancelled()
        progress.step(number, len(waiting), "建立监测案卷")
        try:
            saved = cases.take_over(work, household)
        except AppError as error:
            refused.append(error.line())
            continue
        made += saved.ids
        touched += [(entity, record) for entity, ids in saved.changes.touched.items() for record in ids]
    return Saved(tuple(made), ChangeSet.of(touched), (), TakenOver(len(made), tuple(refused)))
