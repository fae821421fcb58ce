"""How clues and cases read on the screen. Plain functions, no widgets."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import QCoreApplication

from villageapp.domain.codes import code_list
from villageapp.domain.judgement import Judgement, Reason
from villageapp.domain.monitoring_facts import State
from villageapp.services.case_board import REPORTED_CLUE, VERIFIED_CLUE, BoardCard, Stage
from villageapp.ui.widgets.badge import Badge, Mood

_PLACE = "monitoring"
SOON = 7
"""Days before a due day from which it is shown as near."""


def stage_title(stage: Stage) -> str:
    """The heading of a column of the board."""
    tr = QCoreApplication.translate
    return {
        Stage.CLUE: tr(_PLACE, "线索"),
        Stage.VERIFIED: tr(_PLACE, "核实"),
        Stage.REVIEW: tr(_PLACE, "评议公示"),
        Stage.UPPER: tr(_PLACE, "乡镇县审核"),
        Stage.HELPING: tr(_PLACE, "帮扶中"),
        Stage.LEAVING: tr(_PLACE, "拟消除"),
        Stage.CLOSED: tr(_PLACE, "已结案"),
    }[stage]


def state_text(state: str) -> str:
    """What a clue or case is called now."""
    tr = QCoreApplication.translate
    if state == REPORTED_CLUE:
        return tr(_PLACE, "待核实线索")
    if state == VERIFIED_CLUE:
        return tr(_PLACE, "待决定线索")
    return code_list("CL_CASE_STATE").label(state)


def state_badge(state: str) -> Badge:
    """The state on a colour: closed ones quiet, a risk that ended good."""
    mood = Mood.ACCENT
    if state == State.ELIMINATED:
        mood = Mood.GOOD
    elif state in (State.REJECTED, State.CLOSED_NATURAL):
        mood = Mood.PLAIN
    elif state in (REPORTED_CLUE, VERIFIED_CLUE, State.CLUE):
        mood = Mood.WARN
    return Badge(state_text(state), mood)


def category_text(category: str) -> str:
    """The category of a monitored household; empty before one is proposed."""
    return code_list("CL_MON_CAT").label(category) if category else ""


def risks_text(risks: tuple[str, ...]) -> str:
    """``因病、因学``."""
    names = code_list("CL_RISK")
    return "、".join(names.label(risk) for risk in risks)


def left_badge(days_left: int | None) -> Badge | None:
    """超期 3 天 / 今天到期 / 还剩 2 天; None when nothing is due."""
    tr = QCoreApplication.translate
    if days_left is None:
        return None
    if days_left < 0:
        return Badge(tr(_PLACE, "超期 {days} 天").format(days=-days_left), Mood.BAD)
    if days_left == 0:
        return Badge(tr(_PLACE, "今天到期"), Mood.WARN)
    mood = Mood.WARN if days_left <= SOON else Mood.PLAIN
    return Badge(tr(_PLACE, "还剩 {days} 天").format(days=days_left), mood)


def due_text(card: BoardCard) -> str:
    """``上门核实 11-25``; empty when nothing is due."""
    return f"{card.due_text} {card.due:%m-%d}" if card.due is not None else ""


def exit_text(earliest: date | str | None) -> str:
    """``最早 2027-01 可消除``; empty while unknown."""
    if earliest is None:
        return ""
    return QCoreApplication.translate(_PLACE, "最早 {moment} 可消除").format(moment=earliest)


def name_text(card: BoardCard) -> str:
    """The head of the household."""
    return card.head_name or QCoreApplication.translate(_PLACE, "（无户主）")


def spoken(card: BoardCard) -> str:
    """A card for a screen reader."""
    left = left_badge(card.days_left)
    parts = (
        name_text(card),
        card.group_name,
        state_text(card.state),
        category_text(card.category),
        risks_text(card.risks),
        due_text(card),
        left.text if left else "",
        exit_text(card.earliest_exit),
    )
    return "，".join(part for part in parts if part)


def reason_text(reason: Reason) -> str:
    """The rule, the fact, and the earliest day where waiting helps."""
    text = f"{reason.rule}  {reason.message}"
    if reason.earliest is not None and str(reason.earliest) not in reason.message:
        text += QCoreApplication.translate(_PLACE, "（最早 {moment}）").format(moment=reason.earliest)
    return text


def verdict_badge(judged: Judgement) -> Badge:
    """可以办理, or how much is missing and from when it could be."""
    tr = QCoreApplication.translate
    if judged.allowed:
        return Badge(tr(_PLACE, "可以办理"), Mood.GOOD)
    if judged.earliest is not None:
        return Badge(tr(_PLACE, "最早 {moment}").format(moment=judged.earliest), Mood.WARN)
    return Badge(tr(_PLACE, "还差 {count} 项").format(count=len(judged.reasons)), Mood.WARN)
