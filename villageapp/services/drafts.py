"""Forms being filled in, saved while the person types; they survive a crash and never leave the laptop."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Session

from villageapp.domain import dates
from villageapp.domain.fields import to_wire
from villageapp.errors import Problem, ValidationFailed
from villageapp.models.local import Draft
from villageapp.models.types import json_text

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

MAX_DRAFT = 200_000
"""Characters of one draft."""
VISIT, SHEET = "visit", "visit_grid"
"""Forms: one visit (the subject is the household), a sheet of paper forms being typed in (the subject is its key)."""
SHEET_ROUTE, SHEET_GROUP = "route", "group:"
"""Keys of sheets: the households of today's route, or of a group whose name follows."""

_draft = Draft.__table__.c
_SAVE = insert(Draft)
_SAVE = _SAVE.on_conflict_do_update(
    index_elements=[_draft.form, _draft.subject],
    set_={"values": _SAVE.excluded["values"], "saved_at": _SAVE.excluded.saved_at},
)
_LOAD = select(_draft["values"], _draft.saved_at).where(
    _draft.form == bindparam("form"), _draft.subject == bindparam("subject")
)
_ALL = select(_draft.form, _draft.subject, _draft["values"], _draft.saved_at).order_by(_draft.saved_at.desc())


@dataclass(frozen=True, slots=True)
class SavedDraft:
    """One unfinished form: what was typed, and when it was last kept."""

    form: str
    """Entity, e.g. ``visit``."""
    subject: str
    """What it is about, e.g. a household id."""
    values: dict[str, Any]
    """Raw widget values, JSON types."""
    saved_at: datetime


def save(work: Workspace, form: str, subject: str, values: Mapping[str, Any]) -> None:
    """Keep what is typed so far; the newest replaces the one before. A few milliseconds."""
    text = json_text({name: to_wire(value) for name, value in values.items()})
    if len(text) > MAX_DRAFT:
        raise ValidationFailed([Problem("", "填写的内容太长，草稿没有保存；请删减后再试")])
    row = {"form": form, "subject": subject, "values": text, "saved_at": dates.instant_text(work.now())}
    with work.database.writing() as connection:
        connection.execute(_SAVE, row)


def load(work: Workspace, form: str, subject: str) -> SavedDraft | None:
    """The unfinished form about ``subject``, if any."""
    with work.reading() as connection:
        found = connection.execute(_LOAD, {"form": form, "subject": subject}).first()
    return None if found is None else _saved(form, subject, *found)


def discard(work: Workspace, form: str, subject: str) -> None:
    """Throw an unfinished form away; nothing happens when there is none."""
    with work.database.writing() as connection:
        connection.execute(_removal(form, subject))


def forget(session: Session, form: str, subject: str) -> None:
    """Remove a draft within the transaction that saves the finished form."""
    session.execute(_removal(form, subject))


def all_drafts(work: Workspace) -> list[SavedDraft]:
    """Every unfinished form, the newest first."""
    with work.reading() as connection:
        return [_saved(*row) for row in connection.execute(_ALL)]


def _removal(form: str, subject: str) -> Any:
    return delete(Draft).where(_draft.form == form, _draft.subject == subject)


def _saved(form: str, subject: str, text: str, saved_at: str) -> SavedDraft:
    return SavedDraft(form, subject, json.loads(text), dates.parse_instant(saved_at))
