"""A cadre's day, month and leave in a real store: filled from records, one a day, nobody named without limits."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.helpers.days import on
from tests.helpers.stores import WANG, ZHANG, as_role, family_id
from villageapp.domain.parameters import Parameter
from villageapp.errors import NotAllowed, NotFound, ValidationFailed
from villageapp.services import attendances, cadres, leaves, problem_courses, problems, visits, work_logs
from villageapp.services.workspace import Workspace

DAY = date(2023, 3, 6)


def visit(work: Workspace, number: str, at: str, **values: Any) -> str:
    given = {"kind": "01", "started_at": f"2023-03-{at}", "result": "见到户主", **values}
    return visits.record_visit(work, family_id(number), given).id


def colleague(work: Workspace) -> str:
    return cadres.record_cadre(work, {"name": "钱同事", "role": "工作队员"}).id


def test_the_day_is_filled_from_visits_and_problem_steps(work: Workspace) -> None:
    on(work, "2023-03-06")
    first = visit(work, ZHANG, "06 09:30", help_done="代缴医保")
    second = visit(work, WANG, "06 15:00")
    visit(work, WANG, "05 15:00")
    visit(work, WANG, "06 16:00", visitors=[colleague(work)])
    item = problems.add_problem(work, {"category": "住房安全", "title": "屋顶漏雨", "scope": "村"}).ids[0]
    verified = {"on": "2023-03-06", "text": "属实", "founded": True}
    problem_courses.advance(on(work, "2023-03-07"), item, "verify", verified)
    day = work_logs.day_log(work, DAY)
    assert day.saved is None
    assert day.values["morning"] == "日常走访 张示范（见到户主），代缴医保"
    afternoon = ["日常走访 王测试（见到户主）", "上门核查：屋顶漏雨，属实"]
    assert day.values["afternoon"].splitlines() == afternoon, "a step entered on another day stands last"
    assert day.values["visit_ids"] == (first, second)
    assert day.values["problem_ids"] == (item,)
    assert day.values["kind"] == "走访"


def test_one_log_a_day_and_what_was_written_stays(work: Workspace) -> None:
    on(work, "2023-03-06")
    visit(work, ZHANG, "06 09:30")
    made = work_logs.save_log(work, {"afternoon": "村民代表会"}).id
    visit(work, WANG, "06 10:30")
    again = work_logs.save_log(work, {"note": "下雪"})
    assert again.id == made
    day = work_logs.day_log(work, DAY)
    assert day.saved is not None
    assert day.values["morning"] == "日常走访 张示范（见到户主）", "a saved log is not rewritten"
    assert (day.values["afternoon"], day.values["note"]) == ("村民代表会", "下雪")
    assert len(day.suggested["visit_ids"]) == 2
    assert [(row["cadre_name"], row["id"]) for row in work_logs.list_logs(work, DAY)] == [("周队员", made)]
    assert work_logs.list_logs(work, date(2023, 4, 1)) == []


def test_empty_and_future_logs_are_refused(work: Workspace) -> None:
    on(work, "2023-03-06")
    for values, words in (
        ({}, "不能都空着"),
        ({"day": "2023-03-07", "morning": "开会"}, "晚于今天"),
        ({"kind": "睡觉", "morning": "开会"}, "工作类别"),
        ({"cadre_id": "0190f000-0000-7000-8000-000000000001", "morning": "开会"}, "没有找到"),
    ):
        with pytest.raises((ValidationFailed, NotFound), match=words):
            work_logs.save_log(work, values)
    assert work_logs.list_logs(work, DAY) == []


def test_the_month_of_the_team(work: Workspace) -> None:
    on(work, "2023-03-10")
    other = colleague(work)
    for day, state in (("2023-03-01", "在岗"), ("2023-03-02", "出差")):
        attendances.mark_attendance(work, date.fromisoformat(day), state)
    attendances.mark_attendance(work, date(2023, 3, 2), "在岗")
    with pytest.raises(ValidationFailed, match="晚于今天"):
        attendances.mark_attendance(work, date(2023, 3, 11), "在岗")
    leave = leaves.request_leave(
        work,
        {"cadre_id": other, "kind": "病假", "from_on": "2023-02-27", "to_on": "2023-03-03", "reason": "感冒"},
    ).id
    leaves.move_leave(work, leave, "队长")
    leaves.move_leave(as_role(work), leave, "批准", {"approver": "孙队长"})
    leaves.move_leave(work, leave, "销假", {"back_on": "2023-03-03"})
    visit(work, ZHANG, "06 00:30", visitors=[other])
    rows = {row.name: row for row in attendances.attendance_month(work, DAY)}
    assert rows["周队员"].counts["在岗"] == 2
    assert "未核定" in rows["周队员"].judgement, "the required days are not set"
    assert list(rows["钱同事"].states) == [date(2023, 3, 1), date(2023, 3, 2)], "back on the third"
    assert rows["钱同事"].visit_days == {DAY}, "half past midnight is that day in China"
    work.parameters = work.parameters.with_changes([Parameter("CADRE_DAYS", 20, date(2022, 1, 1))])
    (row,) = [r for r in attendances.attendance_month(work, DAY) if r.name == "周队员"]
    assert row.judgement == "2023-03 在岗 2 天，要求 20 天"


LEAVE = {"kind": "事假", "from_on": "2023-03-06", "to_on": "2023-03-08", "reason": "家事"}


def test_without_limits_nobody_is_named(work: Workspace) -> None:
    saved = leaves.request_leave(on(work, "2023-03-06"), LEAVE)
    page = saved.detail
    assert (page.days, page.authority, page.next_states) == (3, None, ("队长",))
    assert "未核定" in page.unset
    leaves.move_leave(work, saved.id, "队长")
    with pytest.raises(NotAllowed, match="审批请假只由第一书记") as refused:
        leaves.move_leave(work, saved.id, "批准", {"approver": "孙队长"})
    assert refused.value.code == "role_not_allowed"
    as_role(work, "工作队长(第一书记兼)")
    with pytest.raises(ValidationFailed, match=r"批准人姓名.*未核定"):
        leaves.move_leave(work, saved.id, "批准")
    leaves.move_leave(work, saved.id, "批准", {"approver": "孙队长"})
    as_role(work, "工作队员")
    with pytest.raises(NotAllowed, match="销假日期"):
        leaves.move_leave(work, saved.id, "销假")
    with pytest.raises(ValidationFailed, match="早于开始日期"):
        leaves.move_leave(work, saved.id, "销假", {"back_on": "2023-03-05"})
    leaves.move_leave(work, saved.id, "销假", {"back_on": "2023-03-09"})
    (row,) = leaves.list_leaves(work)
    assert (row["state"], row["cadre_name"], row["back_on"]) == ("销假", "周队员", date(2023, 3, 9))


def test_limits_name_the_authority(work: Workspace) -> None:
    table = Parameter("LEAVE_LIMITS", [[1, "队长"], [3, "乡镇"]], date(2022, 1, 1))
    work.parameters = work.parameters.with_changes([table])
    saved = leaves.request_leave(on(work, "2023-03-06"), LEAVE)
    assert saved.detail.authority == "乡镇"
    leaves.move_leave(as_role(work), saved.id, "队长")
    with pytest.raises(NotAllowed, match="可转为：乡镇、驳回"):
        leaves.move_leave(work, saved.id, "批准", {"approver": "孙队长"})
    leaves.move_leave(work, saved.id, "乡镇")
    assert leaves.move_leave(work, saved.id, "批准", {"approver": "李镇长"}).detail == "批准"
    long = leaves.request_leave(work, {**LEAVE, "to_on": "2023-03-10"})
    assert "超过规定的最长 3 天" in long.detail.unset
    assert long.detail.next_states == ()
    with pytest.raises(NotAllowed, match="超过规定"):
        leaves.move_leave(work, long.id, "队长")


def test_states_are_not_typed(work: Workspace) -> None:
    with pytest.raises(ValidationFailed, match="由办理步骤登记"):
        leaves.request_leave(work, {**LEAVE, "state": "批准"})
    with pytest.raises(ValidationFailed, match="结束日期早于"):
        leaves.request_leave(work, {**LEAVE, "to_on": "2023-03-01"})
    made = leaves.request_leave(work, LEAVE).id
    with pytest.raises(ValidationFailed, match="不能填写事由"):
        leaves.move_leave(work, made, "队长", {"reason": "别的"})
