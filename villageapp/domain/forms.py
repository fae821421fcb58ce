"""All forms by entity; what is in here is stored, captured and synced."""

from __future__ import annotations

from collections.abc import Mapping

from villageapp.domain.cadre import CADRE
from villageapp.domain.fields import Form
from villageapp.domain.household import HOUSEHOLD
from villageapp.domain.measure import MEASURE
from villageapp.domain.member import MEMBER
from villageapp.domain.problem import PROBLEM
from villageapp.domain.village import VILLAGE
from villageapp.domain.visit import VISIT

FORMS: Mapping[str, Form] = {
    form.entity: form for form in (VILLAGE, CADRE, HOUSEHOLD, MEMBER, VISIT, MEASURE, PROBLEM)
}
"""Parents before children, so that records can be written in this order."""
