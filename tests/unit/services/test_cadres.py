"""Cadres and who answers for whom."""

from __future__ import annotations

import pytest

from tests.helpers.stores import USER_NAME, ZHANG, family_id
from villageapp.errors import ValidationFailed
from villageapp.services import cadres, households
from villageapp.services.workspace import Workspace

DUTY = {"name": "陈建华", "role": "责任人", "unit": "示例镇政府", "phone": "13800000020"}


def test_the_same_person_again_is_changed_not_doubled(work: Workspace) -> None:
    first = cadres.record_cadre(work, DUTY)
    again = cadres.record_cadre(work, {**DUTY, "unit": "示范县水利局"})
    assert first.ids == again.ids
    rows = {row["name"]: row for row in cadres.list_cadres(work)}
    assert set(rows) == {USER_NAME, "陈建华"}
    assert rows["陈建华"]["unit"] == "示范县水利局"
    assert rows["陈建华"]["role"] == "结对帮扶责任人"
    with pytest.raises(ValidationFailed, match="帮扶角色"):
        cadres.record_cadre(work, {"name": "无角色"})


def test_duty_person(work: Workspace) -> None:
    cadre = cadres.record_cadre(work, DUTY).id
    cadres.assign_duty_person(work, family_id(ZHANG), cadre)
    page = households.page(work, family_id(ZHANG))
    assert page.cadres[page.values["duty_person_id"]] == "陈建华"
    cadres.assign_duty_person(work, family_id(ZHANG), None)
    assert households.page(work, family_id(ZHANG)).values["duty_person_id"] is None


def test_change(work: Workspace) -> None:
    cadre = cadres.record_cadre(work, DUTY).id
    cadres.change_cadre(work, cadre, {"phone": "13800000021"})
    assert next(row for row in cadres.list_cadres(work) if row["id"] == cadre)["phone"] == "13800000021"
