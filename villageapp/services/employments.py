"""The employment ledger saved as a whole grid, confirmed month by month (domain.md 2.9, 务工月监测).

Confirming a month writes the day of checking (``checked_on``) into the spell; the log keeps every month. Of
somebody without work a record with ``working`` False and the months without work is kept and made longer.
Everything one action changes is one transaction, so that one undo takes it back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from villageapp.domain import dates
from villageapp.domain.codes import code_list
from villageapp.domain.employment import EMPLOYMENT
from villageapp.domain.employment_spells import clash, covers, is_idle, is_work, month_of
from villageapp.domain.member import MEMBER
from villageapp.errors import NotFound, Problem, Severity, ValidationFailed
from villageapp.models.ids import employment_id, new_id
from villageapp.models.records import Employment, Member
from villageapp.services import guards
from villageapp.services.employment_rows import BY_POST, NEW
from villageapp.services.public_posts import AT_HOME
from villageapp.services.references import get
from villageapp.services.results import Saved
from villageapp.services.revising import revise
from villageapp.sync import capture

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

WISHES = frozenset({"work_planned", "work_demand"})
"""Fields of the grid that belong to the member."""
OF_ROW = "\x1f"
"""Between row id and field name in the problems of a grid."""
MOST_AT_ONCE = 2_000
_spell = Employment.__table__.c


@dataclass(frozen=True, slots=True)
class RowEdit:
    """What was typed into one line: raw values by field, and the clean ones that the person saw."""

    row_id: str
    values: Mapping[str, Any]
    seen: Mapping[str, Any]


def save(
    work: Workspace,
    edits: Sequence[RowEdit],
    confirm: Collection[str] = (),
    source: str | None = None,
) -> Saved:
    """Save what was typed and confirm lines for this month, all or nothing.

    A line whose work was edited counts as confirmed. ``source`` (CL_WORK_SOURCE) is written where lines are
    confirmed. ``detail`` is how many lines were confirmed without being edited. Raises ValidationFailed whose
    problems name ``row id + OF_ROW + field``, NotFound.
    """
    if len(edits) + len(confirm) > MOST_AT_ONCE:
        raise ValidationFailed([], f"一次最多处理 {MOST_AT_ONCE} 行，没有保存。")
    problems: list[Problem] = []
    ids: list[str] = []
    told = EMPLOYMENT.check(
        {"checked_on": work.today(), **({"source": source} if source else {})}, complete=False
    )
    with work.transaction() as session:
        warnings: list[Problem] = []
        for edit in edits:
            try:
                ids.append(_save_row(session, work, edit, warnings))
            except ValidationFailed as error:
                problems += [Problem(f"{edit.row_id}{OF_ROW}{p.field}", p.message) for p in error.problems]
        if problems:
            raise ValidationFailed(problems)
        edited = {edit.row_id for edit in edits if not WISHES.issuperset(edit.values)}
        untouched = [row_id for row_id in confirm if row_id not in edited]
        ids += [_confirm_row(session, work, row_id, told) for row_id in untouched]
        changes = capture.touched(session)
    return Saved(tuple(ids), changes, tuple(warnings), len(untouched))


def confirm(work: Workspace, row_ids: Collection[str], source: str | None = None) -> Saved:
    """与上月相同: nothing changed since last month. ``detail`` is how many lines. Raises NotFound."""
    return save(work, (), row_ids, source)


def add(work: Workspace, values: Mapping[str, Any]) -> Saved:
    """A spell of a member. Raises ValidationFailed, NotFound."""
    with work.transaction() as session:
        given = {"working": True, "checked_on": work.today(), **values}
        warnings: list[Problem] = []
        made = _create(session, work, given, warnings)
        changes = capture.touched(session)
    return Saved((made,), changes, tuple(warnings))


def end(work: Workspace, spell_ids: Iterable[str], end_ym: str) -> Saved:
    """These spells ended in that month; all or none. Raises ValidationFailed, NotFound."""
    month = EMPLOYMENT.check({"end_ym": end_ym}, complete=False)["end_ym"]
    if month is None:
        raise ValidationFailed([Problem("end_ym", "结束时间：必须填写")])
    if month > month_of(work.today()):
        raise ValidationFailed([Problem("end_ym", "结束时间：晚于本月，还没有结束")])
    kept = list(spell_ids)
    with work.transaction() as session:
        for spell_id in kept:
            _change(session, work, spell_id, {"end_ym": month}, {}, [])
        changes = capture.touched(session)
    return Saved(tuple(kept), changes, (), len(kept))


def remove(work: Workspace, spell_id: str) -> Saved:
    """Delete a spell recorded by mistake; it can be undone. Raises NotFound."""
    with work.transaction() as session:
        capture.delete(session, get(session, Employment, spell_id))
        changes = capture.touched(session)
    return Saved((spell_id,), changes)


def _save_row(session: Session, work: Workspace, edit: RowEdit, warnings: list[Problem]) -> str:
    """The id of the record that holds the line afterwards."""
    wish = {name: value for name, value in edit.values.items() if name in WISHES}
    spell = {name: value for name, value in edit.values.items() if name not in WISHES}
    member_id = _member_of(session, edit.row_id)
    if wish:
        _change_wish(session, member_id, wish, edit.seen)
    if not spell:
        return member_id
    if edit.row_id.startswith(NEW):
        member = get(session, Member, member_id)
        given = {"working": True, "checked_on": work.today(), "member_id": member_id, **spell}
        return _create(session, work, {**given, "household_id": member.household_id}, warnings)
    _change(session, work, edit.row_id, spell, edit.seen, warnings)
    return edit.row_id


def _member_of(session: Session, row_id: str) -> str:
    if row_id.startswith(NEW):
        return row_id.removeprefix(NEW)
    if row_id.startswith(BY_POST):
        raise NotFound("公益岗的内容在“公益岗”页修改，没有保存。")
    return str(get(session, Employment, row_id).values()["member_id"])


def _change_wish(session: Session, member_id: str, wish: Mapping[str, Any], seen: Mapping[str, Any]) -> None:
    member = get(session, Member, member_id)
    revision = revise(MEMBER, member.values(), wish, seen)
    capture.mark_unseen(session, member, revision.unseen)
    member.assign(revision.values)


def _change(
    session: Session,
    work: Workspace,
    spell_id: str,
    raw: Mapping[str, Any],
    seen: Mapping[str, Any],
    warnings: list[Problem],
) -> None:
    found = get(session, Employment, spell_id)
    before = found.values()
    revision = revise(EMPLOYMENT, before, raw, seen)
    if not revision.values:
        return
    merged = {**before, **revision.values}
    warnings += [*revision.warnings, *_judge(session, work, spell_id, merged, before)]
    capture.mark_unseen(session, found, revision.unseen)
    found.assign({"checked_on": work.today(), **revision.values})


def _create(session: Session, work: Workspace, given: Mapping[str, Any], warnings: list[Problem]) -> str:
    clean = EMPLOYMENT.check(given)
    get(session, Member, clean["member_id"])
    spell_id = employment_id(clean["member_id"], clean["start_ym"])
    found = session.get(Employment, spell_id)
    if found is not None and not found.deleted and not is_idle(found.values()):
        spell_id, found = new_id(), None  # a second spell that began in the same month
    warnings += _judge(session, work, spell_id, clean, {})
    if found is None:
        found = Employment(id=spell_id)
        session.add(found)
    elif found.deleted:
        capture.restore(session, found)
    found.assign({field.name: clean.get(field.name) for field in EMPLOYMENT.fields})
    return spell_id


def _judge(
    session: Session,
    work: Workspace,
    spell_id: str,
    values: Mapping[str, Any],
    before: Mapping[str, Any],
) -> list[Problem]:
    """Warnings; raises ValidationFailed with what is newly wrong."""
    found = [
        *guards.judge(session, work, EMPLOYMENT.entity, spell_id, values),
        *_clashes(session, spell_id, values),
    ]
    known = {p.message for p in _clashes(session, spell_id, before)} if before else set()
    if before:
        known |= {p.message for p in guards.judge(session, work, EMPLOYMENT.entity, spell_id, before)}
    fresh = [problem for problem in found if problem.message not in known]
    errors = [problem for problem in fresh if problem.severity is Severity.ERROR]
    if errors:
        raise ValidationFailed(errors)
    return fresh


def _clashes(session: Session, spell_id: str, values: Mapping[str, Any]) -> list[Problem]:
    """Spells of one person overlap only as 公益岗位 and 务农."""
    others = session.scalars(
        select(Employment).where(
            _spell.member_id == values["member_id"], _spell.deleted.is_(False), _spell.id != spell_id
        )
    )
    return [
        Problem(
            "start_ym", f"与 {other['start_ym']} 起的“{other['channel'] or '务工'}”时间重叠，请先结束那一段"
        )
        for other in (one.values() for one in others)
        if clash(values, other)
    ]


def _confirm_row(session: Session, work: Workspace, row_id: str, told: Mapping[str, Any]) -> str:
    if row_id.startswith(NEW):
        return _confirm_idle(session, get(session, Member, row_id.removeprefix(NEW)), work.today(), told)
    found = get(session, Employment, row_id)
    found.assign(told)
    return row_id


def _confirm_idle(session: Session, member: Member, day: date, told: Mapping[str, Any]) -> str:
    """Make the record of months without work longer, or begin one."""
    month, last = month_of(day), month_of(dates.add_months(day.replace(day=1), -1))
    statement = select(Employment).where(_spell.member_id == member.id, _spell.deleted.is_(False))
    own = [(one, one.values()) for one in session.scalars(statement.order_by(_spell.start_ym.desc()))]
    if member.working not in (None, AT_HOME) and not any(is_work(v) or is_idle(v) for _, v in own):
        where = code_list("CL_WORKING").label(member.working)
        told_why = f"{member.name}：名单上登记为“{where}”，请先填写渠道和开始时间"
        raise ValidationFailed([Problem(f"{NEW}{member.id}{OF_ROW}start_ym", told_why)])
    for one, values in own:
        if is_idle(values) and (covers(values, month) or covers(values, last)):
            one.assign({"end_ym": month, **told})
            return str(one.id)
    spell_id = employment_id(member.id, month)
    if session.get(Employment, spell_id) is not None:
        spell_id = new_id()
    made = Employment(id=spell_id)
    blank = {"household_id": member.household_id, "member_id": member.id, "working": False}
    made.assign({**blank, "start_ym": month, "end_ym": month, **told})
    session.add(made)
    return spell_id


def change(
    work: Workspace, spell_id: str, values: Mapping[str, Any], *, seen: Mapping[str, Any] | None = None
) -> Saved:
    """Change some fields of a spell; it counts as confirmed. Raises ValidationFailed, NotFound."""
    warnings: list[Problem] = []
    with work.transaction() as session:
        _change(session, work, spell_id, values, seen or {}, warnings)
        changes = capture.touched(session)
    return Saved((spell_id,), changes, tuple(warnings))
