"""The problem ledger: due days, numbers, what is overdue on which day."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.helpers.stores import ZHANG, family_id
from villageapp.domain.problem import Light
from villageapp.errors import Severity, ValidationFailed
from villageapp.models.records import ProblemItem
from villageapp.services import problems
from villageapp.services.workspace import Workspace
from villageapp.sync import capture

HOME = family_id(ZHANG)
ROOF: dict[str, Any] = {"category": "住房安全", "title": "房顶漏雨", "household_id": HOME}


@pytest.mark.parametrize(
    ("reported", "grade", "due"),
    [
        ("2023-01-31", "I", ("2023-02-01", "2023-02-03", "2023-02-05", "2023-02-07")),
        ("2023-01-31", "M", ("2023-02-01", "2023-02-03", "2023-02-05", "2023-02-28")),
        ("2022-11-28", "M", ("2022-11-29", "2022-12-01", "2022-12-03", "2022-12-28")),
        ("2024-01-31", "M", ("2024-02-01", "2024-02-03", "2024-02-05", "2024-02-29")),
        ("2023-01-31", None, ("2023-02-01", "2023-02-03", "2023-02-05", "2023-02-07")),
    ],
)
def test_due_days(work: Workspace, reported: str, grade: str | None, due: tuple[str, ...]) -> None:
    """S4."""
    item = problems.add_problem(work, {**ROOF, "reported_on": reported, "grade": grade}).detail
    found = (item.due_verify, item.due_opinion, item.due_plan, item.due_solve)
    assert tuple(str(day) for day in found) == due


def test_overdue_counts_from_the_day_of_solving(work: Workspace) -> None:
    """S4: on 2023-02-08 an unsolved grade-I item shows 超期 1 天."""
    problems.add_problem(work, {**ROOF, "reported_on": "2023-01-31", "grade": "I"})
    (row,) = problems.list_problems(work, overdue=True, on=date(2023, 2, 8))
    assert row["overdue_days"] == 1
    assert row["head_name"] == "张示范"
    assert row["household_no"] == ZHANG
    (due_today,) = problems.list_problems(work, on=date(2023, 2, 1))
    assert (due_today["standing"].light, due_today["overdue_days"]) == (Light.AMBER, 0)
    assert problems.list_problems(work, overdue=True, on=date(2023, 2, 1)) == []
    (late_step,) = problems.list_problems(work, overdue=True, on=date(2023, 2, 2))
    assert late_step["standing"].days_left == -1


def test_numbers_are_never_used_again(work: Workspace) -> None:
    """R-LEDGER: also not after a deletion, and each year begins anew."""
    first = problems.add_problem(work, {**ROOF, "reported_on": "2023-01-31"}).id
    with work.transaction() as session:
        capture.delete(session, session.get_one(ProblemItem, first))
    problems.add_problem(work, {**ROOF, "reported_on": "2023-02-01"})
    problems.add_problem(work, {**ROOF, "reported_on": "2022-02-01", "category": "就业"})
    numbers = sorted(row["ledger_no"] for row in problems.list_problems(work))
    assert [number[-4:] for number in numbers] == ["0001", "0002"]
    assert numbers[0].startswith("149901001001-2022-")
    assert numbers[1].startswith("149901001001-2023-")


def test_defaults_and_refusals(work: Workspace) -> None:
    problems.add_problem(work, {"category": "就业", "title": "零就业", "household_id": HOME})
    (row,) = problems.list_problems(work)
    assert (row["scope"], row["source"], row["state"]) == ("户", "20", "REPORTED")
    assert row["reported_on"] == work.today()
    assert row["description"] == "零就业"
    for wrong, words in (
        ({**ROOF, "due_solve": "2030-01-01"}, "由系统计算"),
        ({**ROOF, "reported_on": "2090-01-01"}, "晚于今天"),
        ({**ROOF, "category": "心情"}, "不在"),
        ({"category": "就业", "title": "无人管护"}, "范围"),
        ({**ROOF, "household_id": "00000000-0000-4000-8000-000000000000"}, "不存在"),
        ({**ROOF, "owner_id": HOME}, "责任人"),
    ):
        with pytest.raises(ValidationFailed, match=words):
            problems.add_problem(work, wrong)
    assert len(problems.list_problems(work, open_only=False)) == 1


def test_a_twin_warns_but_is_taken(work: Workspace) -> None:
    assert problems.add_problem(work, ROOF).warnings == ()
    (warning,) = problems.add_problem(work, ROOF).warnings
    assert (warning.field, warning.severity) == ("category", Severity.WARNING)
    assert len(problems.list_problems(work)) == 2


def test_closed_items_are_listed_only_on_demand(work: Workspace) -> None:
    item = problems.add_problem(work, ROOF).id
    with work.transaction() as session:
        session.get_one(ProblemItem, item).assign({"state": "CLOSED", "solved_on": work.today()})
    assert problems.list_problems(work) == []
    (row,) = problems.list_problems(work, open_only=False, on=date(2090, 1, 1))
    assert row["standing"].light is Light.DONE
    assert row["overdue_days"] == 0, "stops counting when it was solved"
