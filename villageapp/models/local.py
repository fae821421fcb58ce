"""What this laptop keeps for itself and never sends: drafts, import provenance, search and list columns."""

from __future__ import annotations

from sqlalchemy import Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from villageapp.models.base import LaptopBase


class Draft(LaptopBase):
    """A form being filled in, saved while the person types; survives a crash."""

    __tablename__ = "draft"

    form: Mapped[str] = mapped_column(String, primary_key=True)  # entity, e.g. visit
    subject: Mapped[str] = mapped_column(String, primary_key=True)  # e.g. household id
    values: Mapped[str] = mapped_column(String)  # JSON of raw widget values
    saved_at: Mapped[str] = mapped_column(String)


class ImportBatch(LaptopBase):
    """One import of one file."""

    __tablename__ = "import_batch"

    id: Mapped[str] = mapped_column(String, primary_key=True)
    file_name: Mapped[str] = mapped_column(String)
    sha256: Mapped[str] = mapped_column(String)
    started_at: Mapped[str] = mapped_column(String)
    actor: Mapped[str] = mapped_column(String)
    counts: Mapped[str] = mapped_column(String)  # JSON
    undone_at: Mapped[str] = mapped_column(String, default="")


class ImportRow(LaptopBase):
    """What a batch did to one record: enough to undo it."""

    __tablename__ = "import_row"

    batch_id: Mapped[str] = mapped_column(String, primary_key=True)
    entity: Mapped[str] = mapped_column(String, primary_key=True)
    record_id: Mapped[str] = mapped_column(String, primary_key=True)
    row: Mapped[int] = mapped_column(Integer)  # as the spreadsheet numbers it
    created: Mapped[int] = mapped_column(Integer)
    before: Mapped[str] = mapped_column(String)  # JSON of wire values
    after: Mapped[str] = mapped_column(String)

    __table_args__ = (Index(None, "entity", "record_id"),)


class SearchEntry(LaptopBase):
    """One findable person or household: everything a query may hit, in one text."""

    __tablename__ = "search_entry"

    record_id: Mapped[str] = mapped_column(String, primary_key=True)
    household_id: Mapped[str] = mapped_column(String)
    kind: Mapped[str] = mapped_column(String)  # household, member
    name: Mapped[str] = mapped_column(String)
    text: Mapped[str] = mapped_column(String)

    __table_args__ = (Index(None, "household_id"),)


class HouseholdSummary(LaptopBase):
    """What lists show of a household, kept beside every change of it, its members, visits and problems."""

    __tablename__ = "household_summary"

    household_id: Mapped[str] = mapped_column(String, primary_key=True)
    head_name: Mapped[str] = mapped_column(String, default="")
    head_key: Mapped[str] = mapped_column(String, default="")  # pinyin, for sorting
    group_name: Mapped[str] = mapped_column(String, default="")
    household_type: Mapped[str] = mapped_column(String, default="")
    monitoring_category: Mapped[str] = mapped_column(String, default="")
    monitored: Mapped[int] = mapped_column(Integer, default=0)  # a monitored object whose risk stands
    members: Mapped[int] = mapped_column(Integer, default=0)  # active
    no_labour_whole: Mapped[int | None] = mapped_column(Integer)
    last_visit_on: Mapped[str] = mapped_column(String, default="")  # ISO day, counted visits only
    next_visit_on: Mapped[str] = mapped_column(String, default="")
    open_problems: Mapped[int] = mapped_column(Integer, default=0)
    measures: Mapped[int] = mapped_column(Integer, default=0)

    __table_args__ = (
        Index(None, "group_name", "head_key"),
        Index(None, "head_key"),
        Index(None, "last_visit_on"),
        Index(None, "next_visit_on"),
    )
