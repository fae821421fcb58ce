"""Registers of the village as papers: one table with headings on every page, totals, lines to sign (domain.md 4.8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from sqlalchemy import select

from villageapp.domain import notice
from villageapp.errors import Problem, ValidationFailed
from villageapp.models.local import HouseholdSummary
from villageapp.models.records import Member
from villageapp.reports.paper_form import Block, Column, PaperForm, PaperKind, Table, form_texts
from villageapp.reports.privacy import Privacy
from villageapp.services.imprints import data_version, village_line
from villageapp.services.private_facts import private_facts
from villageapp.services.villages import this_village

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

BLANK_ROWS = 18
"""Rows of an empty register for a pen."""
_summary, _member = HouseholdSummary.__table__.c, Member.__table__.c
Home = tuple[str, str]
"""Name of the head and the villagers' group."""


def register(
    work: Workspace,
    key: str,
    title: str,
    columns: tuple[Column, ...],
    rows: Sequence[tuple[str, ...]],
    *,
    subtitle: str = "",
    lead: tuple[Block, ...] = (),
    after: tuple[Block, ...] = (),
    totals: Sequence[tuple[str, ...]] = (),
    blanks: int = 0,
    height: float = 20.0,
    size: float = 10.5,
    grade: Privacy = Privacy.P2,
    paper: PaperKind = "A4 landscape",
    uid: str | None = None,
) -> PaperForm:
    """The table as a form. Without rows and ``blanks`` it is an empty one for a pen.

    ``uid`` names the record it is about, by default the village.
    """
    empty = not rows and not blanks
    return PaperForm(
        key,
        "" if empty else uid or this_village(work).get("id", ""),
        data_version(work),
        title,
        title,
        village_line(work),
        grade,
        lead,
        subtitle=subtitle,
        paper=paper,
        table=Table(columns, rows, BLANK_ROWS if empty else blanks, size, height, totals),
        after=after,
        one_page=empty,
    )


def numbered(rows: Sequence[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    """The rows with 序号 in front."""
    return tuple((str(number), *row) for number, row in enumerate(rows, start=1))


def homes(work: Workspace) -> Mapping[str, Home]:
    """Head and villagers' group of every household."""
    statement = select(_summary.household_id, _summary.head_name, _summary.group_name)
    with work.reading() as connection:
        return {row[0]: (row[1] or "", row[2] or "") for row in connection.execute(statement)}


def people(work: Workspace) -> Mapping[str, str]:
    """Name of every member, those who left included."""
    with work.reading() as connection:
        return {row[0]: row[1] or "" for row in connection.execute(select(_member.id, _member.name))}


def made_public(work: Workspace, form: PaperForm, allowed: Sequence[str] = ()) -> PaperForm:
    """The form, if nothing private of anybody in the village stands on it (R-NOTICE); ``allowed`` are public numbers.

    Raises ValidationFailed naming what must not be public.
    """
    judged = notice.judge_text(form_texts(form), private_facts(work), [text for text in allowed if text])
    if not judged.allowed:
        raise ValidationFailed([Problem("", f"{form.name}：{reason.message}") for reason in judged.reasons])
    return form
