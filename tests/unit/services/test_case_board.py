"""The board of clues and cases: stage, what is due first, earliest exit, households of the national list."""

from __future__ import annotations

from datetime import date

import pytest

from tests.helpers.days import on
from tests.helpers.stores import MEMBER, SHAN, WANG, ZHANG, as_role, family_id
from tests.unit.services.test_cases import Village
from villageapp.domain.monitoring_facts import State
from villageapp.errors import NotAllowed
from villageapp.services import case_board, cases, clues, households
from villageapp.services.case_board import REPORTED_CLUE, STAGE_OF_STATE, VERIFIED_CLUE, Stage
from villageapp.services.workspace import Workspace

HOME = family_id(ZHANG)
CLUE = {"description": "收入减少", "reported_on": "2023-03-06", "risk_codes": ["01"]}


def test_every_state_has_a_stage() -> None:
    assert set(STAGE_OF_STATE) == set(State)


def test_an_empty_board_says_who_waits(work: Workspace) -> None:
    found = case_board.board(work)
    assert found.cards == ()
    assert found.untaken == 1


def test_clues_by_their_house_check(work: Workspace) -> None:
    on(work, "2023-03-10")
    clue = clues.report(work, {**CLUE, "household_id": HOME}).id
    clues.report(work, {**CLUE, "household_name": "路人甲"})
    first = case_board.board(work).cards
    assert [c.head_name for c in first] == ["张示范", "路人甲"]
    assert {c.state for c in first} == {REPORTED_CLUE}
    mine = first[0]
    assert (mine.is_clue, mine.stage, mine.due, mine.days_left) == (True, Stage.CLUE, date(2023, 3, 7), -3)
    assert "zsf" in mine.keys
    clues.verify(work, clue, {"verify_result": "不属实", "verified_on": "2023-03-08"})
    second = next(c for c in case_board.board(work).cards if c.id == clue)
    assert (second.state, second.stage, second.due) == (VERIFIED_CLUE, Stage.VERIFIED, None)
    clues.turn_down(work, clue, {"decision_reason": "已有低保", "decision_told_on": "2023-03-09"})
    assert [c.head_name for c in case_board.board(work).cards] == ["路人甲"]


def test_a_case_on_its_way(work: Workspace) -> None:
    village = Village(work)
    village.helped()
    (card,) = case_board.board(work).cards
    assert (card.stage, card.state, card.category) == (Stage.HELPING, "HELPING", "1")
    assert card.risks == ("01", "04")
    assert (card.due, card.due_text) == (date(2023, 4, 19), "跟踪走访")
    assert card.days_left == -1
    assert card.earliest_exit == date(2023, 9, 20)
    village.follow_up("2023-04-20")
    assert case_board.board(work).cards[0].due == date(2023, 5, 20)


def test_the_national_list_is_taken_over_once(work: Workspace) -> None:
    households.change(work, family_id(WANG), {"identified_ym": "2022-05", "risks": ["01"]})
    households.change(work, family_id(SHAN), {"monitoring_category": "2", "risk_eliminated": False})
    with pytest.raises(NotAllowed):
        case_board.take_over_all(as_role(work, MEMBER))
    saved = case_board.take_over_all(as_role(work))
    assert saved.detail.made == 1
    assert len(saved.detail.refused) == 1
    assert "识别监测时间" in saved.detail.refused[0]
    assert saved.changes.touches("monitoring_case", saved.id)
    assert [row["state"] for row in cases.list_cases(work)] == ["HELPING"]
    assert case_board.board(work).untaken == 1
