"""``villageapp worklog show|save|list|attendance|mark|leave``: the team's own work."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from datetime import date
from typing import Any

from villageapp.cli.console import Console
from villageapp.cli.given import add_day, add_fields, day_of, field_lines, fields_of
from villageapp.cli.parser import ChineseParser, Group
from villageapp.cli.table import table
from villageapp.cli.values import plain, presented, value_of
from villageapp.domain.team_work import LEAVE, WORK_LOG
from villageapp.errors import NotFound
from villageapp.services import attendances, cadres, leaves, work_logs
from villageapp.services.attendances import CadreMonth
from villageapp.services.leaves import LeavePage
from villageapp.services.problem_courses import month_of
from villageapp.services.work_logs import DayLog
from villageapp.services.workspace import Workspace

_CADRE_HELP = "干部姓名或内部编号（默认本机使用人）"
_HIDDEN = ("cadre_id", "visit_ids", "problem_ids")


def configure(parser: ChineseParser, common: ChineseParser) -> None:
    """Arguments of ``worklog``."""
    group = Group(parser, common)
    _about(group.add("show", "一天的工作日志；没有写过时按当天走访和问题办理预填", run_show))
    saving = group.add("save", "保存一天的工作日志，没写的按当天记录预填", run_save)
    _about(saving)
    add_fields(saving)
    _month(group.add("list", "列出一个月的工作日志", run_list))
    _month(group.add("attendance", "一个月的考勤表", run_attendance))
    marking = group.add("mark", "登记一天的考勤", run_mark)
    marking.add_argument("state", metavar="状态", help="在岗、请假、出差、培训、休息、缺岗")
    _about(marking)
    asking = group.add("leave", "请假：写一张请假单，或办理一步", run_leave)
    asking.add_argument("leave", nargs="?", metavar="请假单", help="已有的请假单编号")
    asking.add_argument(
        "--to", dest="state", metavar="状态", help="转为：队长、乡镇、县驻村办、批准、驳回、销假"
    )
    asking.add_argument("--cadre", metavar="干部", help=_CADRE_HELP)
    add_fields(asking)


def _about(parser: ChineseParser) -> None:
    add_day(parser, "哪一天（默认今天）")
    parser.add_argument("--cadre", metavar="干部", help=_CADRE_HELP)


def _month(parser: ChineseParser) -> None:
    parser.add_argument("month", metavar="月份", help="如 2023-02")


def run_show(console: Console, arguments: Namespace) -> None:
    """One day."""
    on = day_of(arguments.on)
    with console.open() as work:
        day = work_logs.day_log(work, on or work.today(), _cadre(work, arguments.cadre))
    console.answer(_result(day), _lines(day))


def run_save(console: Console, arguments: Namespace) -> None:
    """Save one day."""
    values = fields_of(arguments, WORK_LOG)
    on = day_of(arguments.on)
    with console.open() as work:
        given = {"day": on or work.today(), "cadre_id": _cadre(work, arguments.cadre), **values}
        work_logs.save_log(work, given)
        day = work_logs.day_log(work, given["day"], given["cadre_id"])
    console.answer(_result(day), ["已保存", *_lines(day)])


def _cadre(work: Workspace, text: str | None) -> str:
    """The cadre by name or id; the person at this laptop without one. Raises NotFound."""
    if text is None:
        return work.identity.user_id
    named = [row["id"] for row in cadres.list_cadres(work) if text in (row["id"], row["name"])]
    if len(named) != 1:
        told = "没有" if not named else f"有 {len(named)} 名"
        raise NotFound(f"{told}叫“{text[:20]}”的干部。", remedy="请写内部编号。", code="cadre_unclear")
    return str(named[0])


def _result(day: DayLog) -> dict[str, Any]:
    return {
        "saved": day.saved is not None,
        **presented(WORK_LOG, day.values),
        "suggested": {f.name: value_of(f, day.suggested[f.name]) for f in WORK_LOG.fields},
    }


def _lines(day: DayLog) -> Iterator[str]:
    yield f"{day.values['day']} 工作日志" + ("" if day.saved else "（尚未保存，以下为预填）")
    yield from field_lines(WORK_LOG, day.values, (*_HIDDEN, "day"))
    visits, problems = (len(day.values[name] or ()) for name in ("visit_ids", "problem_ids"))
    yield f"  关联走访 {visits} 次，问题 {problems} 个"


def run_list(console: Console, arguments: Namespace) -> None:
    """The logs of a month."""
    with console.open() as work:
        rows = work_logs.list_logs(work, month_of(arguments.month))
    cells = [(row["day"], row["cadre_name"], row["kind"], row["morning"], row["afternoon"]) for row in rows]
    lines = table(("日期", "干部", "类别", "上午", "下午"), cells) if rows else ["这个月还没有工作日志。"]
    found = [{**presented(WORK_LOG, row), "cadre_name": row["cadre_name"]} for row in rows]
    console.answer({"rows": found}, lines)


def run_attendance(console: Console, arguments: Namespace) -> None:
    """The attendance of a month."""
    month = month_of(arguments.month)
    with console.open() as work:
        rows = attendances.attendance_month(work, month)
    console.answer({"month": f"{month:%Y-%m}", "rows": [_month_result(row) for row in rows]}, _sheet(rows))


def _month_result(row: CadreMonth) -> dict[str, Any]:
    return {
        "cadre_id": row.cadre_id,
        "name": row.name,
        "days": {day.isoformat(): state for day, state in row.states.items()},
        "visit_days": [day.isoformat() for day in sorted(row.visit_days)],
        "counts": row.counts,
        "judgement": row.judgement,
    }


def _sheet(rows: list[CadreMonth]) -> Iterator[str]:
    if not rows:
        yield "这个月还没有考勤。"
    for row in rows:
        counts = "，".join(f"{state} {days} 天" for state, days in row.counts.items() if days)
        yield f"{row.name}：{counts or '没有考勤记录'}；有走访 {len(row.visit_days)} 天。{row.judgement}"


def run_mark(console: Console, arguments: Namespace) -> None:
    """Set one day's attendance."""
    on = day_of(arguments.on)
    with console.open() as work:
        day: date = on or work.today()
        cadre = _cadre(work, arguments.cadre)
        saved = attendances.mark_attendance(work, day, arguments.state, {"cadre_id": cadre})
    result = {"record_id": saved.id, "day": day.isoformat(), "state": arguments.state}
    console.answer(result, [f"已登记 {day} {arguments.state}"])


def run_leave(console: Console, arguments: Namespace) -> None:
    """A new leave, one step of one, or one to look at."""
    values = fields_of(arguments, LEAVE)
    with console.open() as work:
        leave_id = arguments.leave
        if leave_id is None:
            given = {"cadre_id": _cadre(work, arguments.cadre), **values}
            leave_id = leaves.request_leave(work, given).id
        elif arguments.state is not None:
            leaves.move_leave(work, leave_id, arguments.state, values)
        page = leaves.leave_page(work, leave_id)
    result = {
        "leave_id": leave_id,
        **presented(LEAVE, page.leave),
        **{name: plain(getattr(page, name)) for name in ("days", "authority", "unset", "next_states")},
    }
    console.answer(result, _leave_lines(page))


def _leave_lines(page: LeavePage) -> Iterator[str]:
    leave = page.leave
    yield f"请假单 {leave['id']}：{leave['from_on']} 至 {leave['to_on']}，{page.days} 天，现为“{leave['state']}”"
    yield f"批准层级：{page.authority}" if page.authority else page.unset
    yield f"可转为：{'、'.join(page.next_states) or '无'}"
