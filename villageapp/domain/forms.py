"""All forms by entity; what is in here is stored, captured and synced."""

from __future__ import annotations

from collections.abc import Mapping

from villageapp.domain.asset import ASSET, ASSET_INCOME, PROJECT
from villageapp.domain.cadre import CADRE
from villageapp.domain.clue import CLUE
from villageapp.domain.employment import EMPLOYMENT
from villageapp.domain.explanation import EXPLANATION
from villageapp.domain.fields import Form
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

_ALL = (
    VILLAGE,
    CADRE,
    HOUSEHOLD,
    MEMBER,
    VISIT,
    MEASURE,
    PROBLEM,
    TEAM,
    ATTENDANCE,
    LEAVE,
    WORK_LOG,
    SCORE_RULE,
    SCORE,
    POINTS,
    INCOME_ACCOUNT,
    INCOME_LINE,
    CLUE,
    MONITORING_CASE,
    PROJECT,
    ASSET,
    ASSET_INCOME,
    EMPLOYMENT,
    LOAN,
    PUBLIC_POST,
    TRAINING,
    INSURANCE,
    RAIN_DEW,
    COUPON,
    EMERGENCY_GRANT,
    SALE,
    RELOCATION_CHECK,
    TOILET_SURVEY,
    FACILITIES_SURVEY,
    COURTYARD,
    POLICY,
    CONSENT,
    SIGNATURE,
    ATTACHMENT,
    NOTICE,
    EXPLANATION,
    PROBLEM_STEP,
    MERGE,
)

FORMS: Mapping[str, Form] = {form.entity: form for form in _ALL}
"""Parents before children, so that records can be written in this order."""
