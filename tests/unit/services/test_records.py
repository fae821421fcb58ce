"""Generic records in a real store: form, references, evidence that stays, removal and return, lists."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.helpers.stores import WANG, ZHANG, family_id, member_id
from villageapp.domain.forms import FORMS
from villageapp.errors import NotAllowed, NotFound, ValidationFailed
from villageapp.services import records
from villageapp.services.workspace import Workspace

HOME = family_id(ZHANG)
HEAD = member_id(ZHANG, "14990119620315001X")
TRAINING = {"household_id": HOME, "member_id": HEAD, "course": "养羊技术", "start_on": "2023-03-01"}


def consent(**values: Any) -> dict[str, Any]:
    given = {
        "household_id": HOME,
        "kind": "家庭经济状况核查授权承诺",
        "member_ids": [HEAD],
        "text_version": "2022-1",
        "signed_on": "2023-03-07",
        "method": "纸质签字拍照",
    }
    return {**given, **values}


def test_record_change_list_count(work: Workspace) -> None:
    made = records.record(work, "training", TRAINING)
    assert made.changes.touches("training", made.id)
    records.record(work, "training", {**TRAINING, "course": "电焊", "hours": "40"})
    assert records.count(work, "training") == 2
    assert [r["course"] for r in records.list_records(work, "training", {"hours": "40"})] == ["电焊"]
    assert records.count(work, "training", {"hours": None}) == 1
    changed = records.change(work, "training", made.id, {"course": "养牛技术", "hours": 30})
    assert sorted(changed.detail) == ["course", "hours"]
    found = records.one(work, "training", made.id)
    assert (found["course"], found["hours"], found["start_on"]) == ("养牛技术", 30, date(2023, 3, 1))
    assert records.change(work, "training", made.id, {"hours": "30"}).detail == ()
    assert len(records.list_records(work, "training", limit=1)) == 1


def test_removed_and_restored(work: Workspace) -> None:
    made = records.record(work, "training", TRAINING).id
    records.remove(work, "training", made)
    assert records.count(work, "training") == 0
    with pytest.raises(NotFound):
        records.one(work, "training", made)
    with pytest.raises(NotFound):
        records.remove(work, "training", made)
    records.restore(work, "training", made)
    assert records.one(work, "training", made)["course"] == "养羊技术"


def test_wrong_values_are_refused_and_nothing_is_saved(work: Workspace) -> None:
    nobody = "0190f000-0000-7000-8000-000000000001"
    for values, words in (
        ({**TRAINING, "course": ""}, "培训内容"),
        ({**TRAINING, "colour": "红"}, "没有“colour”"),
        ({**TRAINING, "member_id": nobody}, "不存在"),
        ({**TRAINING, "household_id": nobody}, "不存在"),
        ({**TRAINING, "member_id": member_id(WANG, "149901195512310035")}, "不是这一户的"),
        ({**TRAINING, "hours": "很多"}, "不是数字"),
    ):
        with pytest.raises(ValidationFailed, match=words):
            records.record(work, "training", values)
    assert records.count(work, "training") == 0
    made = records.record(work, "training", TRAINING).id
    with pytest.raises(ValidationFailed, match="必须填写"):
        records.change(work, "training", made, {"course": None})
    with pytest.raises(ValidationFailed, match="没有“colour”"):
        records.list_records(work, "training", {"colour": "红"})


def test_entities_with_their_own_rules_are_refused(work: Workspace) -> None:
    with pytest.raises(NotFound, match="没有“weather”"):
        records.record(work, "weather", {})
    for entity in records.HAVE_SERVICES:
        assert entity in FORMS
        with pytest.raises(NotAllowed, match="自己的登记方式"):
            records.record(work, entity, {})
        with pytest.raises(NotAllowed, match="自己的登记方式"):
            records.change(work, entity, HOME, {})
    with pytest.raises(NotAllowed):
        records.remove(work, "visit", HOME)


def test_what_was_signed_stays(work: Workspace) -> None:
    made = records.record(work, "consent", consent()).id
    with pytest.raises(NotAllowed, match="签字凭据"):
        records.change(work, "consent", made, {"signed_on": "2023-03-01"})
    with pytest.raises(NotAllowed, match="签字凭据"):
        records.remove(work, "consent", made)
    with pytest.raises(ValidationFailed, match="撤回日期早于"):
        records.change(work, "consent", made, {"withdrawn_on": "2023-03-06"})
    records.change(work, "consent", made, {"withdrawn_on": "2023-04-01"})
    assert records.one(work, "consent", made)["withdrawn_on"] == date(2023, 4, 1)


def test_consent_is_the_households(work: Workspace) -> None:
    for values, words in (
        ({"member_ids": [member_id(WANG, "149901195512310035")]}, "不是这一户的"),
        ({"signed_on": "2099-01-01"}, "晚于今天"),
        ({"method": "代签", "agent_name": None, "witness": None}, "见证人"),
    ):
        with pytest.raises(ValidationFailed, match=words):
            records.record(work, "consent", consent(**values))


def test_a_value_changed_unseen_is_kept_beside(work: Workspace) -> None:
    made = records.record(work, "training", TRAINING).id
    records.change(work, "training", made, {"hours": 20})
    saved = records.change(work, "training", made, {"hours": 30}, seen={"hours": None})
    assert "两个值都已保留" in saved.warnings[0].message


def test_money_of_sub_lines_is_yuan(work: Workspace) -> None:
    project = {
        "name": "光伏电站",
        "kind": "光伏",
        "funds": [{"level": "省", "doc_no": "1号", "amount": "120000.5", "paid": 100}],
    }
    made = records.record(work, "project", project).id
    (fund,) = records.one(work, "project", made)["funds"]
    assert (fund["amount"], fund["paid"]) == (120_000_50, 100)
    with pytest.raises(ValidationFailed, match="资金明细第 1 行"):
        records.record(work, "project", {**project, "funds": [{"amount": "很多"}]})
