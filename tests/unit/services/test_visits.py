"""Recording a visit: everything one save does, and everything it refuses."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.laptops import certify, household, laptop, meet
from tests.helpers.stores import SHAN, USER_NAME, WANG, ZHANG, ZHAO, family_id
from villageapp.errors import NotFound, ValidationFailed
from villageapp.models.records import Cadre
from villageapp.services import drafts, households, measures, problems, syncing, visits
from villageapp.services.workspace import Workspace

HOME = family_id(ZHANG)
MORNING = datetime(2023, 1, 31, 2, 0, tzinfo=UTC)
PLAIN: dict[str, Any] = {"kind": "01", "started_at": MORNING, "result": "见到户主"}


def test_no_answers_open_items_with_their_due_days(work: Workspace) -> None:
    """S4: a Tuesday at the end of January; no shift for the Sunday."""
    saved = visits.record_visit(
        work, HOME, {**PLAIN, "edu_ok": False, "edu_ok_note": "孙女辍学", "water_ok": False, "med_ok": True}
    )
    opened = {item.category: item for item in saved.detail.problems}
    assert set(opened) == {"02", "05"}
    school = opened["02"]
    assert (school.due_verify, school.due_opinion) == (date(2023, 2, 1), date(2023, 2, 3))
    assert (school.due_plan, school.due_solve) == (date(2023, 2, 5), date(2023, 2, 7))
    rows = {row["category"]: row for row in problems.list_problems(work, on=date(2023, 2, 8))}
    assert rows["02"]["description"] == "孙女辍学"
    assert rows["02"]["visit_id"] == saved.detail.visit_id
    assert rows["02"]["source"] == "20"
    assert rows["02"]["overdue_days"] == 1
    assert rows["05"]["ledger_no"] != rows["02"]["ledger_no"]
    assert saved.changes.touches("visit", saved.id)
    assert saved.changes.touches("problem", school.problem_id)


def test_one_open_item_per_household_and_category(work: Workspace) -> None:
    """R-PRB-8: the second 否 finds the first item; food and clothes are one category."""
    first = visits.record_visit(work, HOME, {**PLAIN, "eat_ok": False, "cloth_ok": False}).detail.problems
    assert [item.category for item in first] == ["06"]
    later = {**PLAIN, "started_at": datetime(2023, 2, 20, tzinfo=UTC), "cloth_ok": False}
    second = visits.record_visit(work, HOME, later).detail.problems
    assert [(item.problem_id, item.existing) for item in second] == [(first[0].problem_id, True)]
    elsewhere = visits.record_visit(work, family_id(ZHAO), {**PLAIN, "eat_ok": False}).detail.problems
    assert not elsewhere[0].existing
    assert len(problems.list_problems(work)) == 2


def test_source_follows_the_sweep(work: Workspace) -> None:
    saved = visits.record_visit(work, HOME, {**PLAIN, "sweep_type": "集中排查", "house_ok": False})
    assert problems.list_problems(work)[0]["source"] == "22"
    assert saved.detail.problems[0].title == "住房安全没有保障"


@pytest.mark.parametrize(
    ("number", "days"), [(ZHANG, 90), (WANG, 30), (SHAN, 365)], ids=["poor before", "monitored", "ordinary"]
)
def test_next_visit_by_kind_of_household(work: Workspace, number: str, days: int) -> None:
    """R-VIS-1."""
    saved = visits.record_visit(work, family_id(number), PLAIN)
    expected = date.fromordinal(date(2023, 1, 31).toordinal() + days)
    assert saved.detail.next_visit_on == expected
    page = households.page(work, family_id(number))
    assert page.next_visit_on == expected
    assert page.values["next_visit_on"] is None, "kept with the visit: two laptops never conflict over it"
    assert page.visits[0]["next_visit_on"] == expected
    assert households.rows(work, [family_id(number)])[0].last_visit_on == date(2023, 1, 31)


def test_a_day_given_wins_and_a_late_entry_does_not_pull_it_back(work: Workspace) -> None:
    wanted = date(2023, 3, 3)
    assert visits.record_visit(work, HOME, {**PLAIN, "next_visit_on": wanted}).detail.next_visit_on == wanted
    older = {**PLAIN, "started_at": datetime(2022, 12, 1, tzinfo=UTC)}
    assert visits.record_visit(work, HOME, older).detail.next_visit_on == wanted
    newest = {**PLAIN, "started_at": datetime(2023, 2, 28, 17, 0, tzinfo=UTC)}  # already March in China
    assert visits.record_visit(work, HOME, newest).detail.next_visit_on == date(2023, 5, 30)


def test_nobody_home_takes_only_the_header(work: Workspace) -> None:
    nobody = {**PLAIN, "result": "无人在家"}
    with pytest.raises(ValidationFailed) as refused:
        visits.record_visit(work, HOME, {**nobody, "water_ok": True, "demand": "无"})
    assert {problem.field for problem in refused.value.problems} == {"water_ok", "demand"}
    assert visits.count_visits(work) == 0
    saved = visits.record_visit(work, HOME, {**nobody, "next_visit_on": "2023-02-03", "note": "门锁着"})
    row = households.rows(work, [HOME])[0]
    assert row.last_visit_on is None, "does not count as coverage"
    assert row.next_visit_on == saved.detail.next_visit_on == date(2023, 2, 3)


def test_nobody_home_leaves_the_next_visit_as_it_was(work: Workspace) -> None:
    visits.record_visit(work, HOME, PLAIN)
    later = {**PLAIN, "started_at": datetime(2023, 4, 1, tzinfo=UTC), "result": "无人在家"}
    assert visits.record_visit(work, HOME, later).detail.next_visit_on == date(2023, 5, 1)


def test_visitors_default_to_the_person_here_and_must_exist(work: Workspace) -> None:
    visits.record_visit(work, HOME, PLAIN)
    assert households.page(work, HOME).visits[0]["visitor_names"] == [USER_NAME]
    stranger = "00000000-0000-4000-8000-000000000000"
    with pytest.raises(ValidationFailed, match="走访人"):
        visits.record_visit(work, HOME, {**PLAIN, "visitors": [stranger]})
    with pytest.raises(NotFound):
        visits.record_visit(work, stranger, PLAIN)


def test_refused_visit_keeps_the_draft_and_saves_nothing(work: Workspace) -> None:
    drafts.save(work, "visit", HOME, {"demand": "想养羊"})
    with pytest.raises(ValidationFailed) as refused:
        visits.record_visit(work, HOME, {"kind": "01", "edu_ok": False})
    assert {problem.field for problem in refused.value.problems} == {"started_at", "result"}
    assert drafts.load(work, "visit", HOME) is not None
    assert problems.list_problems(work) == []
    visits.record_visit(work, HOME, PLAIN)
    assert drafts.load(work, "visit", HOME) is None


def test_odd_times_warn(work: Workspace) -> None:
    short = {**PLAIN, "ended_at": datetime(2023, 1, 31, 2, 4, tzinfo=UTC)}
    assert [w.message for w in visits.record_visit(work, HOME, short).warnings] == ["走访不足 5 分钟"]
    tomorrow = {**PLAIN, "started_at": datetime(2090, 1, 1, tzinfo=UTC)}
    assert [w.field for w in visits.record_visit(work, HOME, tomorrow).warnings] == ["started_at"]
    with pytest.raises(ValidationFailed, match="早于"):
        visits.record_visit(work, HOME, {**PLAIN, "ended_at": datetime(2023, 1, 31, 1, tzinfo=UTC)})


def test_ticks_name_measures_of_this_household(work: Workspace) -> None:
    measure = measures.record_measure(
        work, HOME, {"item": "养殖业", "title": "能繁母羊5只", "status": "实施中"}
    ).id
    good = {"measure_id": measure, "status": "落实"}
    visits.record_visit(work, HOME, {**PLAIN, "measures_checked": [good]})
    assert households.page(work, HOME).visits[0]["measures_checked"] == (good,)
    for wrong in ({**good, "status": "好"}, {"measure_id": HOME, "status": "落实"}):
        with pytest.raises(ValidationFailed, match="第 2 行"):
            visits.record_visit(work, HOME, {**PLAIN, "measures_checked": [good, wrong]})
    with pytest.raises(ValidationFailed, match="没有这条措施"):
        visits.record_visit(work, family_id(ZHAO), {**PLAIN, "measures_checked": [good]})


def test_opening_shows_last_answers_draft_and_defaults(work: Workspace) -> None:
    visits.record_visit(work, HOME, {**PLAIN, "water_ok": False, "demand": "修路"})
    visits.record_visit(
        work, HOME, {**PLAIN, "started_at": datetime(2023, 3, 1, tzinfo=UTC), "result": "无人在家"}
    )
    done = {"item": "养殖业", "title": "猪仔2头", "status": "已完成"}
    measures.record_measure(work, HOME, done)
    running = measures.record_measure(work, HOME, {**done, "status": "实施中"}).id
    drafts.save(work, "visit", HOME, {"demand": "改水"})
    opening = visits.opening(work, HOME)
    assert opening.previous is not None
    assert opening.previous["demand"] == "修路"
    assert opening.previous["water_ok"] is False
    assert [measure["id"] for measure in opening.measures] == [running]
    assert opening.draft is not None
    assert opening.draft.values == {"demand": "改水"}
    assert opening.defaults["kind"] == "01"
    assert [opening.cadres[v] for v in opening.defaults["visitors"]] == [USER_NAME]
    assert opening.head_name == "张示范"
    assert opening.members[0]["name"] == "张示范"
    assert opening.open_categories == {"05"}


def test_saving_offers_the_neighbour(work: Workspace) -> None:
    order = [row.head_name for row in households.rows(work, households.list_ids(work, text="二组"))]
    assert order == ["王测试", "赵演示"]
    assert visits.record_visit(work, family_id(WANG), PLAIN).detail.next_household_id == family_id(ZHAO)
    assert visits.record_visit(work, family_id(ZHAO), PLAIN).detail.next_household_id is None


def test_list_is_newest_first_and_bounded(work: Workspace) -> None:
    for day in (1, 3, 2):
        visits.record_visit(work, HOME, {**PLAIN, "started_at": datetime(2023, 1, day, tzinfo=UTC)})
    visits.record_visit(work, family_id(ZHAO), PLAIN)
    days = [row["started_at"].day for row in visits.list_visits(work, HOME)]
    assert days == [3, 2, 1]
    newest = visits.list_visits(work, limit=1)
    assert [(row["head_name"], row["household_no"]) for row in newest] == [("赵演示", ZHAO)]
    assert visits.count_visits(work) == 4


def test_visits_on_two_laptops_do_not_conflict_over_the_next_visit(tmp_path: Path) -> None:
    a, b = laptop(tmp_path, "甲"), laptop(tmp_path, "乙")
    certify(a, b)
    with a.transaction() as session:
        session.add(household(1))
        session.add_all(
            Cadre(id=w.identity.user_id, name=w.data_dir.root.name, role="工作队员") for w in (a, b)
        )
    meet(a, b)
    for work, day in ((a, 1), (b, 9)):
        visits.record_visit(
            work, household(1).id, {**PLAIN, "started_at": datetime(2023, 2, day, 2, tzinfo=UTC)}
        )
    meet(a, b)
    for work in (a, b):
        assert syncing.conflicts(work) == []
        assert households.rows(work, [household(1).id])[0].next_visit_on == date(2023, 5, 10)
        work.close()
