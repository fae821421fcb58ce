"""The mapped classes of all synced records; their fields are in ``villageapp.domain``."""

from __future__ import annotations

from sqlalchemy import Index

from villageapp.domain.cadre import CADRE
from villageapp.domain.household import HOUSEHOLD
from villageapp.domain.measure import MEASURE
from villageapp.domain.member import MEMBER
from villageapp.domain.problem import PROBLEM
from villageapp.domain.village import VILLAGE
from villageapp.domain.visit import VISIT
from villageapp.models.base import Synced


class Village(Synced):
    """The village of this workspace."""

    form = VILLAGE


class Cadre(Synced):
    """A cadre or helper."""

    form = CADRE


class Household(Synced):
    """A household."""

    form = HOUSEHOLD


class Member(Synced):
    """A member of a household; leaving is a date, never a deletion."""

    form = MEMBER


class Visit(Synced):
    """A visit."""

    form = VISIT


class Measure(Synced):
    """An assistance measure."""

    form = MEASURE


class ProblemItem(Synced):
    """A problem item."""

    form = PROBLEM


CLASS_OF_ENTITY: dict[str, type[Synced]] = {
    cls.form.entity: cls for cls in (Village, Cadre, Household, Member, Visit, Measure, ProblemItem)
}
"""Parents before children."""

_household, _member, _visit = Household.__table__.c, Member.__table__.c, Visit.__table__.c
_measure, _problem = Measure.__table__.c, ProblemItem.__table__.c
Index(None, _household.national_hh_no)
Index(None, _member.household_id)
Index(None, _member.id_no)
Index(None, _visit.household_id, _visit.started_at)
Index(None, _visit.started_at)
Index(None, _measure.household_id)
Index(None, _problem.household_id)
Index(None, _problem.state, _problem.due_solve)
