"""Leaves of the team: requested, passed up to who may grant them, reported back (domain.md 2.10)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from villageapp.domain import attendance, codes
from villageapp.domain.attendance import LeaveRequest
from villageapp.domain.parameters import UnsetParameter
from villageapp.domain.permissions import Act
from villageapp.domain.team_work import LEAVE
from villageapp.errors import NotAllowed, Problem, ValidationFailed
from villageapp.models.ids import new_id
from villageapp.models.records import Cadre, Leave
from villageapp.services import permissions
from villageapp.services.reading import reading_session
from villageapp.services.references import get, refuse_missing
from villageapp.services.results import Saved
from villageapp.sync import capture

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

DRAFT, GRANTED, REFUSED = "草稿", "批准", "驳回"
_leave = Leave.__table__.c


@dataclass(frozen=True, slots=True)
class LeavePage:
    """A leave, who must grant it, and where it may go."""

    leave: dict[str, Any]
    days: int
    authority: str | None
    """Who grants it; None while the table of limits is unset."""
    unset: str
    next_states: tuple[str, ...]


def request_leave(work: Workspace, values: Mapping[str, Any]) -> Saved:
    """Write a leave as 草稿; ``cadre_id`` defaults to the person at this laptop. ``detail`` is its LeavePage."""
    computed = [name for name in ("state", "approver", "back_on") if values.get(name)]
    if computed:
        raise ValidationFailed(Problem(n, f"{LEAVE[n].label}由办理步骤登记，不能填写") for n in computed)
    clean = LEAVE.check({"cadre_id": work.identity.user_id, **values, "state": DRAFT})
    with work.transaction() as session:
        refuse_missing(session, LEAVE, clean)
        leave = Leave(id=new_id())
        leave.assign(clean)
        session.add(leave)
        changes = capture.touched(session)
    return Saved((leave.id,), changes, (), leave_page(work, leave.id))


def leave_page(work: Workspace, leave_id: str) -> LeavePage:
    """A leave with who grants it; while LEAVE_LIMITS is unset nobody is named and the reason is told."""
    with reading_session(work) as session:
        values = {"id": leave_id, **get(session, Leave, leave_id).values()}
    grant = _grant(work, values)
    days = _request(values).days
    return LeavePage(values, days, grant.authority, grant.told, _next_states(values, grant))


def _request(values: Mapping[str, Any]) -> LeaveRequest:
    return LeaveRequest(values["from_on"], values["to_on"], values["back_on"])


@dataclass(frozen=True, slots=True)
class _Grant:
    """Who grants a leave; ``told`` says why nobody is named, ``too_long`` that nobody may."""

    authority: str | None
    told: str = ""
    too_long: bool = False


def _grant(work: Workspace, values: Mapping[str, Any]) -> _Grant:
    try:
        return _Grant(attendance.approver(_request(values), work.parameters))
    except UnsetParameter as unset:
        return _Grant(None, unset.line())
    except NotAllowed as refused:
        return _Grant(None, refused.line(), too_long=True)


def _next_states(values: Mapping[str, Any], grant: _Grant) -> tuple[str, ...]:
    """Without limits the whole chain is open and any authority on it may have granted it on paper."""
    state, back = values["state"], values["back_on"]
    if grant.authority is not None:
        return attendance.next_leave_states(state, grant.authority, back)
    if grant.too_long and state not in (GRANTED, REFUSED, attendance.BACK):
        return () if state == DRAFT else (REFUSED,)
    chain = attendance.leave_states(_highest())
    if state == GRANTED:
        return (attendance.BACK,) if back else ()
    if state not in chain:
        return ()
    place = chain.index(state)
    forward = chain[place + 1 : place + 2]
    return forward if place == 0 else (*forward, GRANTED, REFUSED)


def _highest() -> str:
    ends = {GRANTED, REFUSED, attendance.BACK}
    return [code for code in codes.code_list("CL_LEAVE_STATE").labels if code not in ends][-1]


def move_leave(work: Workspace, leave_id: str, state: str, values: Mapping[str, Any] | None = None) -> Saved:
    """Take a leave one step on; ``values`` are ``approver``, ``back_on``, ``note``. ``detail`` is the state.

    批准 needs the name of who granted it: while the limits are unset the program names nobody. Everybody
    hands a draft in and reports back; the steps between are for those of the chain (2.10). Raises NotAllowed
    (the role, or the steps that are possible), ValidationFailed, NotFound.
    """
    clean = LEAVE.check({**(values or {}), "state": state}, complete=False)
    others = set(clean) - {"state", "approver", "back_on", "note"}
    if others:
        raise ValidationFailed(Problem(n, f"这一步不能填写{LEAVE[n].label}") for n in sorted(others))
    with work.transaction() as session:
        leave = get(session, Leave, leave_id)
        merged = {**leave.values(), **clean}
        grant = _grant(work, merged)
        _refuse_step({**merged, "state": leave.state}, clean["state"], grant)
        if leave.state != DRAFT and clean["state"] != attendance.BACK:
            permissions.require(work, (Act.LEAVE_DECIDED,))
        LEAVE.check(merged)
        if clean["state"] == GRANTED and not merged["approver"]:
            raise ValidationFailed([Problem("approver", f"请填写批准人姓名。{grant.told}".strip())])
        leave.assign(clean)
        changes = capture.touched(session)
    return Saved((leave_id,), changes, (), clean["state"])


def _refuse_step(values: Mapping[str, Any], wanted: str | None, grant: _Grant) -> None:
    possible = _next_states(values, grant)
    back, start = values["back_on"], values["from_on"]
    if back is not None and back < start:
        raise ValidationFailed([Problem("back_on", f"{LEAVE['back_on'].label}早于开始日期")])
    if wanted not in possible:
        ways = "、".join(possible) or "无（销假须填写销假日期）"
        text = f"请假现为“{values['state']}”，不能转为“{wanted}”，可转为：{ways}。{grant.told}没有保存。"
        raise NotAllowed(text, code="leave_step_refused")


def list_leaves(work: Workspace, cadre_id: str | None = None) -> list[dict[str, Any]]:
    """Leaves, the newest first, with cadre_name."""
    cadre = Cadre.__table__.c
    statement = (
        select(Leave.__table__, cadre.name.label("cadre_name"))
        .join_from(Leave.__table__, Cadre.__table__, cadre.id == _leave.cadre_id, isouter=True)
        .where(_leave.deleted.is_(False))
        .order_by(_leave.from_on.desc(), _leave.id)
    )
    if cadre_id is not None:
        statement = statement.where(_leave.cadre_id == cadre_id)
    with work.reading() as connection:
        return [dict(row) for row in connection.execute(statement).mappings()]
