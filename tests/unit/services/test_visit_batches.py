"""Paper forms saved at once: everything or nothing, and each with what a single visit sets going."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.helpers.stores import SHAN, WANG, ZHANG, ZHAO, family_id
from villageapp.errors import ValidationFailed
from villageapp.models.ids import new_id
from villageapp.services import drafts, problems, undoing, visit_batches, visits
from villageapp.services.workspace import Workspace

ZHANG_ID, WANG_ID, ZHAO_ID, SHAN_ID = (family_id(number) for number in (ZHANG, WANG, ZHAO, SHAN))


def row(work: Workspace, **more: Any) -> dict[str, Any]:
    return {
        "kind": "01",
        "started_at": work.now() - timedelta(hours=3),
        "result": "见到户主",
        "visitors": [work.identity.user_id],
        **more,
    }


def test_all_rows_are_saved_with_their_consequences(work: Workspace) -> None:
    drafts.save(work, "visit", ZHANG_ID, {"demand": "路"})
    rows = {
        ZHANG_ID: row(work, water_ok=False, water_ok_note="水管冻裂"),
        WANG_ID: row(work, income_trend="骤减"),
        SHAN_ID: row(work, result="无人在家"),
    }
    saved = visit_batches.record_all(work, rows)
    detail = saved.detail
    assert detail.opened == 1
    assert detail.visits[ZHANG_ID].problems[0].category == "05"
    assert detail.visits[WANG_ID].clue is not None
    assert len(saved.ids) == 3
    assert visits.count_visits(work) == 3
    assert problems.list_problems(work)[0]["description"] == "水管冻裂"
    assert drafts.load(work, "visit", ZHANG_ID) is None
    assert saved.changes.touches("problem")


def test_one_bad_row_keeps_all_out_and_names_its_household(work: Workspace) -> None:
    rows = {ZHANG_ID: row(work, water_ok=False), ZHAO_ID: row(work, big_expense=True)}
    with pytest.raises(ValidationFailed) as refused:
        visit_batches.record_all(work, rows)
    assert "赵演示" in str(refused.value)
    assert "张示范" not in str(refused.value)
    assert visits.count_visits(work) == 0
    assert problems.list_problems(work) == []


def test_a_row_that_fails_while_writing_takes_the_others_back(work: Workspace) -> None:
    tick = [{"measure_id": new_id(), "status": "落实"}]
    with pytest.raises(ValidationFailed):
        visit_batches.record_all(work, {ZHANG_ID: row(work), ZHAO_ID: row(work, measures_checked=tick)})
    assert visits.count_visits(work) == 0


def test_looking_over_reports_every_row_and_writes_nothing(work: Workspace) -> None:
    late, gone = work.now() + timedelta(days=1), new_id()
    findings = visit_batches.look_over(
        work,
        {
            ZHANG_ID: row(work),
            WANG_ID: row(work, started_at=late),
            ZHAO_ID: row(work, result=None, expense_amount="many"),
            SHAN_ID: row(work, visitors=[new_id()]),
            gone: row(work),
        },
    )
    errors = {one.household_id: sorted(problem.field for problem in one.errors) for one in findings}
    assert errors == {
        ZHANG_ID: [],
        WANG_ID: [],
        ZHAO_ID: ["expense_amount", "result"],
        SHAN_ID: ["visitors"],
        gone: [""],
    }
    assert [problem.field for problem in findings[1].warnings] == ["started_at"]
    assert visits.count_visits(work) == 0


def test_the_whole_batch_is_one_step_of_undo(work: Workspace) -> None:
    visit_batches.record_all(work, {home: row(work, edu_ok=False) for home in (ZHANG_ID, WANG_ID)})
    undoing.undo(work)
    assert visits.list_visits(work) == []
    assert problems.list_problems(work) == []


def test_nothing_and_too_much_are_refused(work: Workspace) -> None:
    for rows in ({}, {str(number): {} for number in range(visit_batches.MOST_ROWS + 1)}):
        with pytest.raises(ValidationFailed):
            visit_batches.record_all(work, rows)
