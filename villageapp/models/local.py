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
    """One findable person or household: everything a query may hit, in one text.

    An entry is written anew under a new number, never altered; what was read up to some number stays true
    (``services/search_index.py``).
    """

    __tablename__ = "search_entry"

    number: Mapped[int] = mapped_column(Integer, primary_key=True)  # never given twice
    record_id: Mapped[str] = mapped_column(String)
    household_id: Mapped[str] = mapped_column(String)
    kind: Mapped[str] = mapped_column(String)  # household, member
    name: Mapped[str] = mapped_column(String)
    text: Mapped[str] = mapped_column(String)

    __table_args__ = (Index(None, "household_id"), {"sqlite_autoincrement": True})


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
    risks: Mapped[str] = mapped_column(String, default="")  # JSON list of CL_RISK, as the household has it
    working_away: Mapped[int] = mapped_column(Integer, default=0)  # active members, outside of the township
    last_visit_on: Mapped[str] = mapped_column(String, default="")  # ISO day, counted visits only
    next_visit_on: Mapped[str] = mapped_column(String, default="")
    unmet: Mapped[int | None] = mapped_column(Integer)  # the last counted visit said 否 to a guarantee
    open_problems: Mapped[int] = mapped_column(Integer, default=0)
    measures: Mapped[int] = mapped_column(Integer, default=0)

    __table_args__ = (
        # Each order of the list is read from its index alone: 100,000 households in 20 ms instead of 200.
        Index(None, "group_name", "head_key", "household_id"),
        Index(None, "head_key", "household_id"),
        Index(None, "last_visit_on", "head_key", "household_id"),
        Index(None, "next_visit_on", "head_key", "household_id"),
        Index(None, "members", "head_key", "household_id"),
    )


class Finding(LaptopBase):
    """What the data check-up found; derived from the records, explained away by a synced ``explanation``."""

    __tablename__ = "finding"

    household_id: Mapped[str] = mapped_column(String, primary_key=True)  # "" for the village as a whole
    rule: Mapped[str] = mapped_column(String, primary_key=True)  # e.g. 1_12_002, R-MED
    record_id: Mapped[str] = mapped_column(
        String, primary_key=True
    )  # the record to mend; the household's own id
    field: Mapped[str] = mapped_column(String, primary_key=True)
    member_id: Mapped[str] = mapped_column(String, default="")
    severity: Mapped[str] = mapped_column(String)  # error, warning, notice
    message: Mapped[str] = mapped_column(String)
    mend: Mapped[str] = mapped_column(String)
    facts: Mapped[str] = mapped_column(
        String
    )  # fingerprint of what was found; an explanation holds for it alone

    __table_args__ = (Index(None, "rule"),)


class StaleHousehold(LaptopBase):
    """A household whose records changed since its last check-up."""

    __tablename__ = "stale_household"

    household_id: Mapped[str] = mapped_column(String, primary_key=True)


class LastCheckup(LaptopBase):
    """For which day and by which rules the findings stand; one row."""

    __tablename__ = "last_checkup"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)  # always 1
    checked_on: Mapped[str] = mapped_column(String)  # ISO day
    rules: Mapped[str] = mapped_column(String)  # fingerprint of the rules and parameters
    finished_at: Mapped[str] = mapped_column(String)  # UTC instant, ISO
