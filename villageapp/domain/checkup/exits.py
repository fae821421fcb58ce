"""Rules about households whose risk is marked 已消除: waits, figures after the exit, schooling."""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from villageapp.domain import dates, education, money, monitoring_exit_guards
from villageapp.domain.checkup.check import Check
from villageapp.domain.checkup.facts import HouseholdFacts, Record, Setting
from villageapp.domain.checkup.finding import Found, Level
from villageapp.domain.income import below
from villageapp.domain.monitoring_exit import (
    HELPED,
    NATURAL,
    ExitFacts,
    Moment,
    half_year,
    labour,
    line_at,
    snapshot,
)
from villageapp.domain.monitoring_facts import State
from villageapp.domain.parameters import UnsetParameter
from villageapp.domain.stability import Standing

_NOTHING = Standing(None, None, 1, None, None, None, None)


@dataclass(frozen=True, slots=True)
class _Exit:
    """One exit as recorded: in a file, or with months only by the national export."""

    record_id: str
    identified: Moment | None
    left: Moment | None
    mode: str | None
    values: Record | None = None
    """The file; None when only the export's months are known."""

    @property
    def field(self) -> str:
        """The field of the exit's time."""
        return "exit_verify_on" if self.values and self.values.get("exit_verify_on") else "eliminated_ym"


def _exits(facts: HouseholdFacts) -> Iterator[_Exit]:
    files = [case for case in facts.cases if case.get("state") == State.ELIMINATED]
    for case in files:
        yield _Exit(
            case["id"],
            case.get("identified_on") or case.get("identified_ym"),
            case.get("exit_verify_on") or case.get("eliminated_ym"),
            case.get("exit_mode"),
            case,
        )
    if facts.eliminated and not files:
        yield _Exit(facts.id, facts.get("identified_ym"), facts.get("eliminated_ym"), None)


def _figures(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    for exit_ in _exits(facts):
        if exit_.values is None:
            continue
        for reason in snapshot(exit_.values).reasons:
            if reason.missing:
                yield Found(exit_.record_id, reason.missing[0], reason.message)


def _figures_disagree(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    for exit_ in _exits(facts):
        for warning in snapshot(exit_.values).warnings if exit_.values else ():
            yield Found(exit_.record_id, warning.missing[0], warning.message)


def _months(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    if facts.eliminated and not any(exit_.left for exit_ in _exits(facts)):
        yield Found(facts.id, "eliminated_ym", "风险已消除，消除监测时间未登记")
    said, left = facts.get("risk_eliminated"), facts.get("eliminated_ym")
    if said is False and left:
        yield Found(facts.id, "eliminated_ym", f"风险未消除，却登记了消除监测时间 {left}")


def _dropout(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    for exit_ in _exits(facts):
        if exit_.values and exit_.values.get("exit_edu_dropout"):
            yield Found(exit_.record_id, "exit_edu_dropout", "风险消除后义务教育失学辍学登记为“是”")
        for member in facts.members:
            child = education.Child(
                member.get("birth_date"), member.get("student_status"), member.get("dropout_reason"), True
            )
            for reason in education.judge_schooling(child, setting.on, setting.parameters).reasons:
                told = f"风险已消除，而{reason.message}"
                yield Found(member["id"], "student_status", told, member["id"])


def _too_early(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    for exit_ in _exits(facts):
        if exit_.mode == NATURAL or exit_.identified is None or exit_.left is None:
            continue
        if not _wait_held(exit_.left, setting):
            continue
        asked = ExitFacts(exit_.identified, exit_.left, HELPED, None, _NOTHING, None)
        for reason in half_year(asked, setting.on, setting.parameters, setting.region).reasons:
            yield Found(exit_.record_id, exit_.field, reason.message)


def _wait_held(left: Moment, setting: Setting) -> bool:
    """Whether the rule of the shortest wait was in force then; raises UnsetParameter when it is not today."""
    setting.parameters.find("EXIT_MIN_MONTHS", setting.on, setting.region)
    year, month = map(int, _month(left).split("-"))
    try:
        setting.parameters.find("EXIT_MIN_MONTHS", _last_day(year, month), setting.region)
    except UnsetParameter:
        return False  # the rule came later: exits before it were not bound
    return True


def _last_day(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])


def _month(moment: Moment) -> str:
    return moment if isinstance(moment, str) else f"{moment:%Y-%m}"


def _at_once(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    for exit_ in _exits(facts):
        if exit_.mode == NATURAL or exit_.identified is None or exit_.left is None:
            continue
        first, last = _month(exit_.identified), _month(exit_.left)
        months = dates.months_between(first, last)
        if months < 0:
            yield Found(exit_.record_id, exit_.field, f"{last} 消除早于 {first} 识别")
        elif months <= 1:
            when = "次月" if months else "当月"
            yield Found(exit_.record_id, exit_.field, f"{first} 识别，{last} 即{when}消除")


def _poor(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    for exit_ in _exits(facts):
        values = exit_.values
        if values is None or exit_.left is None:
            continue
        people, net = values.get("exit_population"), values.get("exit_net")
        if people is None or net is None:
            people, net = 1, values.get("exit_per_capita")
        if net is None:
            continue
        line = line_at(exit_.left, setting.parameters, setting.region)
        if below(net, people, line.value):
            shown = money.yuan(money.per_head(net, people))
            told = f"消除时人均纯收入 {shown} 元，低于监测标准 {money.yuan(line.value)} 元"
            yield Found(exit_.record_id, "exit_per_capita", told)


def _no_labour(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    if not facts.no_labour_whole:
        return
    for exit_ in _exits(facts):
        if exit_.mode == HELPED:
            for reason in labour(facts.no_labour_whole).reasons:
                yield Found(exit_.record_id, "exit_mode", reason.message)


def _steps(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    for values in facts.cases:
        case = facts.case_of(values, setting)
        judged = monitoring_exit_guards.exit_in_order(case, setting.parameters)
        for reason in judged.reasons:
            yield Found(values["id"], (reason.missing or ("exit_verify_on",))[0], reason.message)


_F11 = "全国防返贫监测信息系统数据核查规则"
CHECKS = (
    Check("1_11_004", _F11, Level.ERROR, "已消除户缺消除后指标", "按风险消除核实表补填 13 项指标", _figures),
    Check(
        "R-MON-13", "R-MON-13", Level.WARNING, "消除后指标互不相符", "核对消除后的收支数", _figures_disagree
    ),
    Check(
        "D-ELIMINATED",
        "数据字典 2.1",
        Level.WARNING,
        "消除监测时间",
        "按国家系统核对风险是否消除和消除时间",
        _months,
    ),
    Check("1_11_005", _F11, Level.ERROR, "已消除户有失学", "落实控辍保学，核实是否应重新纳入监测", _dropout),
    Check(
        "2_11_002",
        _F11,
        Level.ERROR,
        "识别到消除不足最短月数",
        "核对识别和消除时间；确属过早消除的重新监测",
        _too_early,
    ),
    Check(
        "R-MON-9",
        "R-MON-9",
        Level.ERROR,
        "当月或次月消除",
        "核对识别和消除时间；自然消除的登记消除方式",
        _at_once,
    ),
    Check(
        "4_11_010", _F11, Level.ERROR, "消除时人均低于监测标准", "核对消除时收支；确低于标准的重新监测", _poor
    ),
    Check(
        "R-MON-12",
        "R-MON-12",
        Level.ERROR,
        "整户无劳动能力而消除",
        "整户无劳动能力的继续监测和兜底保障",
        _no_labour,
    ),
    Check("D-EXIT-STEPS", "R-MON-2", Level.ERROR, "消除步骤先后", "对照纸质材料改正日期", _steps),
)
