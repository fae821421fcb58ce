"""What must be true before a step of a problem item is taken (R-PRB-1 … R-PRB-9 of domain.md 3.5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date

from villageapp.domain import codes, dates
from villageapp.domain.judgement import Judgement, Reason
from villageapp.domain.parameters import Parameter, Parameters
from villageapp.domain.problem_clock import due_now
from villageapp.domain.problem_steps import TRANSITIONS, Action, Item, Step, since, title
from villageapp.errors import NotAllowed

DISSATISFIED = "不满意"
HOUSEHOLD = "户"
UNLISTED = "否"
COURSE = "3.5"
"""Where the order of the steps is laid down."""

Guard = Callable[[Item, Step, Parameters], Iterator[Reason]]


def decide(item: Item, step: Step, today: date, parameters: Parameters) -> Judgement:
    """Whether the step may be taken now.

    The item carries what is recorded with the step (grade, owner, finding, acknowledgement). Raises
    UnsetParameter when closing or reopening needs a value that nobody has set.
    """
    called = title(step.action)
    if (item.state, step.action) not in TRANSITIONS:
        state = codes.code_list("CL_PROBLEM_STATE").label(item.state)
        return Judgement(COURSE, (Reason(COURSE, f"“{state}”的问题不能“{called}”"),))
    reasons = [*_in_order(item, step, today)]
    for guard in GUARDS[step.action]:
        reasons += guard(item, step, parameters)
    return Judgement(
        ", ".join(dict.fromkeys([COURSE, *(reason.rule for reason in reasons)])),
        tuple(reasons),
        "" if reasons else f"{step.on} {called}",
        _used(item, step, parameters),
    )


def take(item: Item, step: Step, today: date, parameters: Parameters) -> Item:
    """The item after the step. Raises NotAllowed with every reason when it may not be taken."""
    judged = decide(item, step, today, parameters)
    if not judged.allowed:
        raise NotAllowed(
            f"不能“{title(step.action)}”：{judged.refusal()}。没有保存任何内容。", code="step_refused"
        )
    return replace(item, steps=(*item.steps, step))


def closing_levels(item: Item, on: date, parameters: Parameters) -> tuple[str, ...]:
    """The levels that must have passed before 销号 (R-PRB-6)."""
    value = _closing(item, on, parameters)[-1].value
    return (value,) if isinstance(value, str) else tuple(value)


def _closing(item: Item, on: date, parameters: Parameters) -> tuple[Parameter, ...]:
    sources = parameters.find("RECT_SOURCES", on)
    key = "CLOSE_LEVEL_RECT" if item.source in sources.value else "CLOSE_LEVELS"
    return sources, parameters.find(key, on)


def _used(item: Item, step: Step, parameters: Parameters) -> tuple[Parameter, ...]:
    if step.action is Action.CLOSE:
        return _closing(item, step.on, parameters)
    return (parameters.find("REBOUND_DAYS", step.on),) if step.action is Action.REOPEN else ()


def _in_order(item: Item, step: Step, today: date) -> Iterator[Reason]:
    """No step before the one before it, none in the future."""
    taken = item.taken()
    before = max([item.reported_on, *(former.on for former, _ in taken)])
    if step.on < before:
        yield Reason(COURSE, f"日期 {step.on} 早于上一步的 {before}", earliest=before)
    if step.on > today:
        yield Reason(COURSE, f"日期 {step.on} 晚于今天 {today}")


def _written(what: str, field: str) -> Guard:
    def guard(item: Item, step: Step, parameters: Parameters) -> Iterator[Reason]:
        if not step.note.strip():
            yield Reason(COURSE, f"须写明{what}", missing=(field,))

    return guard


def _finding(item: Item, step: Step, parameters: Parameters) -> Iterator[Reason]:
    if item.founded is None:
        yield Reason(COURSE, "须登记核查结论（属实或不属实）", missing=("founded",))


def _unfounded(item: Item, step: Step, parameters: Parameters) -> Iterator[Reason]:
    if item.founded is not False:
        yield Reason(COURSE, "核查属实的问题不能直接销号")
    if item.reporter_told_on is None:
        yield Reason(COURSE, "须先将核查结果告知反映人", missing=("reporter_told_on",))


def _founded(item: Item, step: Step, parameters: Parameters) -> Iterator[Reason]:
    if item.founded is not True:
        yield Reason(COURSE, "核查不属实的问题应说明理由后直接销号")


def _owner(item: Item, step: Step, parameters: Parameters) -> Iterator[Reason]:
    if not item.owner_id:
        yield Reason("R-PRB-4", "须明确责任人", missing=("owner_id",))


def _grade(item: Item, step: Step, parameters: Parameters) -> Iterator[Reason]:
    if not item.grade:
        yield Reason("R-PRB-2", "须分级（立行立改或重大复杂）", missing=("grade",))


def _proof(item: Item, step: Step, parameters: Parameters) -> Iterator[Reason]:
    if step.proofs < 1:
        yield Reason("R-PRB-5", "至少附 1 份解决佐证", missing=("solve_proof",))


def _content(item: Item, step: Step, parameters: Parameters) -> Iterator[Reason]:
    if item.scope == HOUSEHOLD and item.household_ack == DISSATISFIED:
        yield Reason("R-PRB-5", "农户不满意，须继续解决")


def _acknowledged(item: Item, step: Step, parameters: Parameters) -> Iterator[Reason]:
    if item.scope == HOUSEHOLD and not item.household_ack:
        yield Reason("R-PRB-5", "须有农户确认", missing=("household_ack",))


def _complaint(item: Item, step: Step, parameters: Parameters) -> Iterator[Reason]:
    if item.household_ack != DISSATISFIED:
        yield Reason("R-PRB-5", "农户未表示不满意，不能退回", missing=("household_ack",))


def _level(item: Item, step: Step, parameters: Parameters) -> Iterator[Reason]:
    if step.level not in codes.code_list("CL_LEVEL").labels:
        yield Reason("R-PRB-6", "须写明层级（村、乡镇、县、市、省）", missing=("level",))


def _signed(item: Item, step: Step, parameters: Parameters) -> Iterator[Reason]:
    if not step.by.strip():
        yield Reason("R-PRB-6", "须写明验收人或批准人", missing=("by",))


def _new_due(item: Item, step: Step, parameters: Parameters) -> Iterator[Reason]:
    if step.due is None:
        yield Reason("R-PRB-6", "回炉须定新的期限", missing=("returned_due",))
    elif step.due <= step.on:
        yield Reason("R-PRB-6", f"新期限 {step.due} 应晚于 {step.on}", earliest=dates.add_days(step.on, 1))


def _later_due(item: Item, step: Step, parameters: Parameters) -> Iterator[Reason]:
    current = due_now(item, parameters)
    if step.due is None:
        yield Reason("R-PRB-3", "延期须写明新期限", missing=("new_due",))
    elif step.due <= current:
        yield Reason(
            "R-PRB-3", f"新期限 {step.due} 应晚于原期限 {current}", earliest=dates.add_days(current, 1)
        )


def _accepted(item: Item, step: Step, parameters: Parameters) -> Iterator[Reason]:
    """Only acceptance of the last solution counts: what was returned is accepted anew."""
    passed = {s.level for s in since(Action.SOLVE, item.this_round()) if s.action is Action.PASS}
    for level in closing_levels(item, step.on, parameters):
        if level not in passed:
            yield Reason("R-PRB-6", f"缺{level}级验收通过", missing=("accept",))


def _unlisted(item: Item, step: Step, parameters: Parameters) -> Iterator[Reason]:
    """挂牌督办 is taken off its list by whoever put it there; a laptop closes no such item (domain.md 1, 9)."""
    if item.listed not in (None, UNLISTED):
        yield Reason(
            "R-PRB-6", f"{item.listed}级挂牌督办的问题，摘牌后才能销号", missing=("listed_supervision",)
        )


def _soon_again(item: Item, step: Step, parameters: Parameters) -> Iterator[Reason]:
    closed = item.taken()[-1][0].on
    last = dates.add_days(closed, parameters.integer("REBOUND_DAYS", step.on))
    if step.on > last:
        yield Reason(COURSE, f"{closed} 销号，{last} 之后再次反映的应登记为新问题")


GUARDS: Mapping[Action, tuple[Guard, ...]] = {
    Action.VERIFY: (_finding,),
    Action.DISMISS: (_unfounded, _unlisted, _written("不属实的理由", "verify_finding")),
    Action.OPINION: (_founded, _written("办理意见", "opinion")),
    Action.PLAN: (_owner, _grade, _written("解决方案", "plan")),
    Action.START: (),
    Action.SOLVE: (_proof, _content, _written("解决情况", "result")),
    Action.DISSATISFIED: (_complaint,),
    Action.SUBMIT: (_content, _acknowledged),
    Action.PASS: (_level, _signed),
    Action.FAIL: (_level, _signed, _new_due, _written("不通过的原因", "note")),
    Action.CLOSE: (_content, _acknowledged, _accepted, _unlisted),
    Action.REOPEN: (_soon_again, _written("再次反映的情况", "note")),
    Action.EXTEND: (_later_due, _signed, _written("延期理由", "extension")),
    Action.ESCALATE: (_level, _written("上报事由", "note")),
    Action.PROGRESS: (_written("进展", "progress"),),
}
"""Every guard of every action; each yields the reasons against it."""
