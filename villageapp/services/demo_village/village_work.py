"""What a team has under way besides visits: employment, posts, assets, cases, clues, leaves, work logs, points."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from villageapp.domain import attendance
from villageapp.domain.household import POOR_BEFORE
from villageapp.services import (
    attendances,
    cases,
    clues,
    employment_lists,
    employments,
    leaves,
    records,
    work_logs,
)
from villageapp.services.demo_village import cadres
from villageapp.services.demo_village.employment_lists import write_employment_lists
from villageapp.services.demo_village.model import DemoVillage
from villageapp.services.demo_village.village_assets import record_assets
from villageapp.services.demo_village.village_posts import record_posts
from villageapp.services.household_lists import HouseholdFilter, list_ids
from villageapp.services.imports import apply_import

if TYPE_CHECKING:
    from villageapp.progress import Progress
    from villageapp.services.workspace import Workspace

_POINTS = (
    ("参加义务植树", 10),
    ("庭院整洁，月评为优", 8),
    ("帮邻居收秋", 5),
    ("参加村民会议", 3),
    ("垃圾没有入池", -2),
    ("调解邻里纠纷", 6),
    ("孝老敬亲受到表扬", 10),
    ("参加防火值守", 5),
)
_CONFIRMED = 3
"""Every third line of the employment ledger is confirmed for this month."""
_RESIDENT = (cadres.FIRST_SECRETARY, cadres.TEAM_MEMBER)
_MARKED_DAYS, _SATURDAY = 21, 5
_LEFT, _LEAVE_DAYS = 16, 2
"""Days ago on which a member of the team took leave, and how many days it lasted."""
_LOGS = (
    (1, "政策宣传", "在村委会给村民讲防返贫政策和申报方法", "到第三村民小组发明白纸"),
    (2, "产业", "和合作社核对养殖园区用工名单", "看苹果窖藏情况，联系收购商"),
    (3, "为民服务", "陪两位老人到镇卫生院办慢病证", "回访大病报销进度"),
    (4, "会议", "参加镇上巩固衔接工作例会", "村两委会议，安排遍访排查"),
    (7, "项目", "查看蓄水池漏水处，联系施工队", "整理项目档案"),
)
"""Days ago, CL_LOG_KIND, morning, afternoon."""


def record_work(work: Workspace, village: DemoVillage, people: Mapping[str, str], progress: Progress) -> None:
    """All of it, each through its service; ``people`` are the ids of cadres by name."""
    today = village.today
    _import_employment(work, village, progress)
    progress.check_cancelled()
    record_posts(work, today)
    record_assets(work, today)
    _record_cases(work, village, people)
    _record_clues(work, today)
    progress.check_cancelled()
    _record_leaves(work, village, people)
    _record_diary(work, village, people)
    _record_points(work, today)


def _import_employment(work: Workspace, village: DemoVillage, progress: Progress) -> None:
    with TemporaryDirectory(prefix="villageapp-") as folder:
        employment = Path(folder) / "务工月监测表.xlsx"
        write_employment_lists(village, employment)
        apply_import(work, employment, progress)
    seen = [row.id for row in employment_lists.page(work).rows][::_CONFIRMED]
    employments.confirm(work, seen[: employments.MOST_AT_ONCE], "走访")


def _record_cases(work: Workspace, village: DemoVillage, people: Mapping[str, str]) -> None:
    """Cases of those whom the list names as monitored, and two households on the way to being identified."""
    for household_id in list_ids(work, filters=HouseholdFilter(monitored=True)):
        cases.take_over(work, household_id)
    verifiers = [people[row["name"]] for row in village.cadres[:2]]
    for household_id, days in zip(_poor(work), (6, 11), strict=False):
        reported = village.today - timedelta(days=days)
        case_id = cases.open_case(work, household_id, {"reported_on": reported}).id
        checked = {"verify_on": reported + timedelta(days=2), "verifiers": verifiers, "verify_result": "属实"}
        cases.move(work, case_id, "verify", checked)


def _record_clues(work: Workspace, today: date) -> None:
    """One that nobody has checked, one that came to nothing."""
    clues.report(
        work,
        {
            "household_name": "韩冬梅",
            "description": "丈夫摔伤住院，家中暂无收入",
            "source": "10",
            "risk_codes": ["05"],
            "reported_on": today - timedelta(days=2),
        },
    )
    for household_id in _poor(work)[3:4]:
        told = {"description": "苹果遭冻，收入减少", "source": "30", "risk_codes": ["04"]}
        reported = today - timedelta(days=3)
        clue = clues.report(work, {**told, "household_id": household_id, "reported_on": reported}).id
        answer = {"verify_result": "已有政策解决", "verified_on": today - timedelta(days=1)}
        clues.verify(work, clue, answer)


def _record_leaves(work: Workspace, village: DemoVillage, people: Mapping[str, str]) -> None:
    """One that was granted, from which the person is back, and one that waits to be handed in."""
    member = people[village.cadres[1]["name"]]
    first, last = _away(village.today)
    asked = {"kind": "事假", "from_on": first, "to_on": last, "reason": "回家照看老人"}
    leave = leaves.request_leave(work, {**asked, "cadre_id": member}).id
    while leaves.GRANTED not in (ways := leaves.leave_page(work, leave).next_states):
        leaves.move_leave(work, leave, ways[0])
    leaves.move_leave(work, leave, leaves.GRANTED, {"approver": village.cadres[0]["name"]})
    back = {"back_on": last + timedelta(days=1)}
    leaves.move_leave(work, leave, attendance.BACK, back)
    ahead = village.today + timedelta(days=5)
    wanted = {"kind": "公务", "from_on": ahead, "to_on": ahead, "reason": "到县里参加业务培训"}
    leaves.request_leave(work, wanted)


def _record_diary(work: Workspace, village: DemoVillage, people: Mapping[str, str]) -> None:
    """Some days of the log of the person at this laptop, and the team's days in the village of three weeks."""
    for days, kind, morning, afternoon in _LOGS:
        day = village.today - timedelta(days=days)
        work_logs.save_log(work, {"day": day, "kind": kind, "morning": morning, "afternoon": afternoon})
    team = [row["name"] for row in village.cadres if row["role"] in _RESIDENT]
    marked = [
        (people[name], day)
        for day in (village.today - timedelta(days=back) for back in range(_MARKED_DAYS))
        for name in team
        if day.weekday() < _SATURDAY and not (name == team[1] and _is_away(day, village.today))
    ]
    attendances.mark_days(work, marked, attendance.PRESENT)


def _away(today: date) -> tuple[date, date]:
    """First and last day of that leave."""
    first = today - timedelta(days=_LEFT)
    return first, first + timedelta(days=_LEAVE_DAYS - 1)


def _is_away(day: date, today: date) -> bool:
    first, last = _away(today)
    return first <= day <= last


def _record_points(work: Workspace, today: date) -> None:
    homes = list_ids(work)[:12]
    for number, household_id in enumerate(homes):
        reason, points = _POINTS[number % len(_POINTS)]
        day = today - timedelta(days=3 * number + 1)
        given = {"subject": "农户", "household_id": household_id, "day": day}
        records.record(work, "points", {**given, "reason": reason, "points": points})


def _poor(work: Workspace) -> list[str]:
    """Households lifted out of poverty that are not monitored."""
    watched = set(list_ids(work, filters=HouseholdFilter(monitored=True)))
    found = list_ids(work, filters=HouseholdFilter(household_type=POOR_BEFORE))
    return [household_id for household_id in found if household_id not in watched]
