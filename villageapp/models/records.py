"""The mapped classes of all synced records; their fields are in ``villageapp.domain``."""

from __future__ import annotations

from sqlalchemy import Index

from villageapp.domain.asset import ASSET, ASSET_INCOME, PROJECT
from villageapp.domain.cadre import CADRE
from villageapp.domain.clue import CLUE
from villageapp.domain.employment import EMPLOYMENT
from villageapp.domain.explanation import EXPLANATION
from villageapp.domain.household import HOUSEHOLD
from villageapp.domain.income_account import INCOME_ACCOUNT, INCOME_LINE
from villageapp.domain.measure import MEASURE
from villageapp.domain.measure_details import (
    COUPON,
    EMERGENCY_GRANT,
    INSURANCE,
    LOAN,
    PUBLIC_POST,
    RAIN_DEW,
    SALE,
    TRAINING,
)
from villageapp.domain.member import MEMBER
from villageapp.domain.merging import MERGE
from villageapp.domain.monitoring_case import MONITORING_CASE
from villageapp.domain.papers import ATTACHMENT, CONSENT, NOTICE, POLICY, SIGNATURE
from villageapp.domain.problem import PROBLEM
from villageapp.domain.problem_course import PROBLEM_STEP
from villageapp.domain.surveys import COURTYARD, FACILITIES_SURVEY, RELOCATION_CHECK, TOILET_SURVEY
from villageapp.domain.team_work import ATTENDANCE, LEAVE, POINTS, SCORE, SCORE_RULE, TEAM, WORK_LOG
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


class Team(Synced):
    """The work team."""

    form = TEAM


class Attendance(Synced):
    """A day's attendance of a cadre."""

    form = ATTENDANCE


class Leave(Synced):
    """A leave request."""

    form = LEAVE


class WorkLog(Synced):
    """A day's work log of a cadre."""

    form = WORK_LOG


class ScoreRule(Synced):
    """A line of the score card."""

    form = SCORE_RULE


class Score(Synced):
    """Points of a cadre or team."""

    form = SCORE


class Points(Synced):
    """Points of a party member or household."""

    form = POINTS


class IncomeAccount(Synced):
    """A household's income account of one year."""

    form = INCOME_ACCOUNT


class IncomeLine(Synced):
    """A line of an income account."""

    form = INCOME_LINE


class Clue(Synced):
    """A clue that a household may be at risk."""

    form = CLUE


class MonitoringCase(Synced):
    """A monitoring case."""

    form = MONITORING_CASE


class Project(Synced):
    """A village project."""

    form = PROJECT


class Asset(Synced):
    """An asset that a project left."""

    form = ASSET


class AssetIncome(Synced):
    """Income of an asset and its distribution."""

    form = ASSET_INCOME


class Employment(Synced):
    """An employment spell of a member."""

    form = EMPLOYMENT


class Loan(Synced):
    """A small loan."""

    form = LOAN


class PublicPost(Synced):
    """A public post held by a member."""

    form = PUBLIC_POST


class Training(Synced):
    """A training."""

    form = TRAINING


class Insurance(Synced):
    """An insurance policy."""

    form = INSURANCE


class RainDew(Synced):
    """A payment of the 雨露计划."""

    form = RAIN_DEW


class Coupon(Synced):
    """A coupon handed out."""

    form = COUPON


class EmergencyGrant(Synced):
    """An emergency-relief grant."""

    form = EMERGENCY_GRANT


class Sale(Synced):
    """A sale through a 五进九销 channel."""

    form = SALE


class RelocationCheck(Synced):
    """A resettled household's two-sided rights."""

    form = RELOCATION_CHECK


class ToiletSurvey(Synced):
    """A toilet survey."""

    form = TOILET_SURVEY


class FacilitiesSurvey(Synced):
    """A facilities survey."""

    form = FACILITIES_SURVEY


class Courtyard(Synced):
    """A courtyard business."""

    form = COURTYARD


class Policy(Synced):
    """A policy."""

    form = POLICY


class Consent(Synced):
    """A consent."""

    form = CONSENT


class Signature(Synced):
    """A signature."""

    form = SIGNATURE


class Attachment(Synced):
    """A file that belongs to a record."""

    form = ATTACHMENT


class Notice(Synced):
    """A public notice."""

    form = NOTICE


class Explanation(Synced):
    """Why a finding of the data check-up is right as it is."""

    form = EXPLANATION


class ProblemStep(Synced):
    """A step in the course of a problem item."""

    form = PROBLEM_STEP


class Merge(Synced):
    """A decision about two records that may mean the same."""

    form = MERGE


_ALL: tuple[type[Synced], ...] = (
    Village,
    Cadre,
    Household,
    Member,
    Visit,
    Measure,
    ProblemItem,
    Team,
    Attendance,
    Leave,
    WorkLog,
    ScoreRule,
    Score,
    Points,
    IncomeAccount,
    IncomeLine,
    Clue,
    MonitoringCase,
    Project,
    Asset,
    AssetIncome,
    Employment,
    Loan,
    PublicPost,
    Training,
    Insurance,
    RainDew,
    Coupon,
    EmergencyGrant,
    Sale,
    RelocationCheck,
    ToiletSurvey,
    FacilitiesSurvey,
    Courtyard,
    Policy,
    Consent,
    Signature,
    Attachment,
    Notice,
    Explanation,
    ProblemStep,
    Merge,
)
CLASS_OF_ENTITY: dict[str, type[Synced]] = {cls.form.entity: cls for cls in _ALL}
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

_WITH_INDEXES = frozenset(
    {"household_id", "member_id", "account_id", "cadre_id", "asset_id", "owner_id", "problem_id"}
)
for _class in _ALL[7:]:
    for _column in _class.__table__.c:
        if _column.name in _WITH_INDEXES:
            Index(None, _column)
