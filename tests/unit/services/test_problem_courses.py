"""Problem items worked on in a real store: every guard, the synced steps, and scenarios S4 and S12 of domain.md."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.days import on
from tests.helpers.photos import photo
from tests.helpers.stores import MEMBER, WANG, StoreTemplate, as_role
from villageapp.errors import NotAllowed, ValidationFailed
from villageapp.services import attachments, households, problem_courses, problems, records
from villageapp.services.problem_courses import advance, course, month_sheet
from villageapp.services.workspace import Workspace


class Opened:
    """A workspace whose day can be set."""

    def __init__(self, work: Workspace) -> None:
        self.work = work

    def on(self, day: str) -> Workspace:
        """The same store on another day."""
        return on(self.work, day)


@pytest.fixture
def opened(template: StoreTemplate, tmp_path: Path) -> Iterator[Opened]:
    with template.open_copy(tmp_path / "village") as work:
        yield Opened(work)


def report(opened: Opened, day: str, **values: Any) -> str:
    work = opened.on(day)
    given = {"category": "住房安全", "title": "屋顶漏雨", "reported_on": day, **values}
    return problems.add_problem(work, given).ids[0]


def proof(work: Workspace, problem_id: str) -> str:
    seed = records.count(work, "attachment")  # a photo is attached to a record only once
    return attachments.add(work, photo(seed, (400, 300)), "problem", problem_id).id


def owner(work: Workspace) -> str:
    return work.identity.user_id


def solved(opened: Opened, problem_id: str, day: str) -> None:
    work = opened.on(day)
    advance(work, problem_id, "verify", {"text": "属实", "founded": True})
    advance(work, problem_id, "opinion", {"text": "维修"})
    advance(work, problem_id, "plan", {"text": "请施工队", "owner_id": owner(work), "grade": "I"})
    advance(work, problem_id, "start", {})
    advance(work, problem_id, "solve", {"text": "已修好", "proof_ids": [proof(work, problem_id)]})


def test_s12_rectification_needs_the_city_and_comes_back(opened: Opened) -> None:
    """Source 省考: village and township pass, city fails (回炉), city passes, closed; the month counts one 回炉."""
    item = report(opened, "2022-09-01", source="省考", scope="村")
    solved(opened, item, "2022-09-20")
    work = opened.on("2022-10-13")
    advance(work, item, "submit", {"on": "2022-09-20"})
    advance(work, item, "pass", {"on": "2022-09-21", "level": "村", "by": "村委会"})
    with pytest.raises(NotAllowed, match=r"村级以上的验收.*只由第一书记.*包村队长"):
        advance(work, item, "pass", {"on": "2022-09-23", "level": "乡镇", "by": "镇政府"})
    as_role(work)
    advance(work, item, "pass", {"on": "2022-09-23", "level": "乡镇", "by": "镇政府"})
    with pytest.raises(NotAllowed, match="市"):
        advance(work, item, "close", {"on": "2022-09-23"})
    with pytest.raises(NotAllowed, match="期限"):
        advance(work, item, "fail", {"on": "2022-09-28", "level": "市", "by": "市局", "text": "材料不全"})
    failed = advance(
        work,
        item,
        "fail",
        {"on": "2022-09-28", "level": "市", "by": "市局", "text": "材料不全", "due": "2022-10-12"},
    )
    assert failed.detail == "RETURNED"
    as_role(work, MEMBER)
    advance(work, item, "start", {"on": "2022-09-28"})
    advance(work, item, "solve", {"on": "2022-10-10", "text": "补齐", "proof_ids": [proof(work, item)]})
    advance(work, item, "submit", {"on": "2022-10-10"})
    advance(as_role(work), item, "pass", {"on": "2022-10-13", "level": "市", "by": "市局"})
    assert advance(work, item, "close", {"on": "2022-10-13"}).detail == "CLOSED"
    found = course(work, item)
    assert (found.item["state"], found.item["closed_on"]) == ("CLOSED", date(2022, 10, 13))
    assert month_sheet(work, date(2022, 9, 1)).counts()["returned"] == 1
    assert month_sheet(work, date(2022, 10, 1)).counts()["closed"] == 1


def test_a_dissatisfied_household_keeps_the_item_open(opened: Opened) -> None:
    household = households.find_one(opened.work, WANG)
    item = report(opened, "2022-09-01", household_id=household)
    solved(opened, item, "2022-09-03")
    work = opened.on("2022-09-04")
    with pytest.raises(NotAllowed):
        advance(work, item, "submit", {"household_ack": "不满意"})
    assert advance(work, item, "dissatisfied", {"household_ack": "不满意"}).detail == "SOLVING"
    assert course(work, item).item["solved_on"] is None


def test_s4_overdue_days_count_and_an_extension_does_not_reset_them(opened: Opened) -> None:
    item = report(opened, "2023-01-31", scope="村", grade="I")
    work = opened.on("2023-02-08")
    assert course(work, item).overdue_days == 1
    advance(work, item, "extend", {"on": "2023-02-07", "due": "2023-02-15", "by": "镇长", "text": "等材料"})
    assert course(work, item).item["due_solve"] == date(2023, 2, 7), "the original day stays in the ledger"
    assert month_sheet(work, date(2023, 2, 1)).counts()["overdue"] == 1


def test_an_unfounded_report_is_closed_once_the_reporter_was_told(opened: Opened) -> None:
    item = report(opened, "2022-11-28", scope="村")
    work = opened.on("2022-11-29")
    advance(work, item, "verify", {"text": "房屋完好", "founded": False})
    with pytest.raises(NotAllowed, match="告知"):
        advance(work, item, "dismiss", {"text": "不属实"})
    assert (
        advance(work, item, "dismiss", {"text": "不属实", "reporter_told_on": "2022-11-29"}).detail
        == "CLOSED"
    )


def test_the_course_says_what_the_next_steps_need(opened: Opened) -> None:
    item = report(opened, "2022-11-28", scope="村")
    found = course(opened.on("2022-11-29"), item)
    needs = {step.action: step.judgement.allowed for step in found.next_steps}
    assert needs["verify"] is False
    verify = next(step for step in found.next_steps if step.action == "verify")
    assert verify.title == "上门核查"
    assert verify.judgement.reasons[0].missing == ("founded",)


def test_a_refused_step_leaves_nothing(opened: Opened) -> None:
    item = report(opened, "2022-11-28", scope="村")
    work = opened.on("2022-11-29")
    before = problem_courses.course(work, item)
    for action, values in (("close", {}), ("verify", {"on": "2022-11-01", "founded": True})):
        with pytest.raises(NotAllowed, match="没有保存"):
            advance(work, item, action, values)
    with pytest.raises(ValidationFailed):
        advance(work, item, "nonsense", {})
    assert course(work, item) == before


def test_an_item_under_listed_supervision_waits_until_it_is_taken_off_the_list(opened: Opened) -> None:
    item = report(opened, "2022-09-01", scope="村", listed_supervision="省")
    solved(opened, item, "2022-09-05")
    work = opened.on("2022-09-10")
    advance(work, item, "submit", {})
    for level in ("村", "乡镇"):
        advance(as_role(work), item, "pass", {"level": level, "by": "验收组"})
    with pytest.raises(NotAllowed, match="挂牌督办"):
        advance(work, item, "close", {})
    with pytest.raises(NotAllowed, match="挂牌和摘牌只由第一书记"):
        advance(as_role(work, MEMBER), item, "close", {"listed_supervision": "否"})
    closed = advance(as_role(work), item, "close", {"listed_supervision": "否"})
    assert closed.detail == "CLOSED"
    assert course(work, item).item["listed_supervision"] == "否"


def test_a_returned_item_counts_against_its_new_day_until_it_is_reported_again(opened: Opened) -> None:
    item = report(opened, "2022-09-01", scope="村")
    solved(opened, item, "2022-09-05")
    work = as_role(opened.on("2022-09-10"))
    advance(work, item, "submit", {})
    failed = {"level": "乡镇", "by": "镇政府", "text": "仍漏雨", "due": "2022-09-20"}
    advance(work, item, "fail", failed)
    (row,) = problems.list_problems(work, on=date(2022, 9, 22))
    assert (row["standing"].due, row["overdue_days"]) == (date(2022, 9, 20), 2)
    assert course(work, item, date(2022, 9, 22)).overdue_days == 2
    advance(work, item, "start", {})
    advance(work, item, "solve", {"text": "已修好", "proof_ids": [proof(work, item)]})
    advance(work, item, "submit", {})
    for level in ("村", "乡镇"):
        advance(work, item, "pass", {"level": level, "by": "验收组"})
    advance(work, item, "close", {})
    advance(opened.on("2022-10-01"), item, "reopen", {"text": "又漏雨"})
    (row,) = problems.list_problems(work, on=date(2022, 10, 9))
    assert (row["due_solve"], row["returned_due"], row["overdue_days"]) == (date(2022, 10, 8), None, 1)


def test_the_course_shows_light_extension_and_months_without_progress(opened: Opened) -> None:
    item = report(opened, "2023-01-31", scope="村", grade="I")
    work = opened.on("2023-02-06")
    found = course(work, item)
    assert (found.standing.light, found.standing.used[0].key) == ("red", "AMBER_135")
    advance(work, item, "verify", {"text": "属实", "founded": True})
    advance(work, item, "opinion", {"text": "维修"})
    advance(work, item, "plan", {"text": "请施工队", "owner_id": owner(work), "grade": "I"})
    extension = {"due": "2023-02-20", "by": "李镇长", "text": "大雪封路"}
    advance(work, item, "extend", extension)
    found = course(work, item, date(2023, 4, 3))
    assert (found.due, found.extended_to) == (date(2023, 2, 7), date(2023, 2, 20))
    assert found.overdue_days == 55, "an extension moves no due day"
    assert found.idle_months == ("2023-03",)
