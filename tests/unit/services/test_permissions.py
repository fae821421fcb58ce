"""Permissions at a real laptop: a 队员 stops at the notice, and the province's certificate beats the cadre record."""

from __future__ import annotations

from typing import Any

import pytest
from nacl.signing import SigningKey

from tests.helpers import monitoring as whole
from tests.helpers.days import on
from tests.helpers.stores import LEADER, MEMBER, WANG, ZHANG, as_role, family_id
from tests.unit.services.test_cases import Village
from villageapp.domain.monitoring_moves import Move
from villageapp.errors import NotAllowed
from villageapp.models.log import Certificate, Replica
from villageapp.services import cases, clues, households, permissions
from villageapp.services.workspace import Workspace
from villageapp.sync import chain

PROVINCE = SigningKey(bytes(range(32)))


def enrolled_as(work: Workspace, role: str, key: SigningKey = PROVINCE) -> None:
    """What enrolment leaves behind: a certificate signed by the province (or by somebody else)."""
    with work.transaction() as session:
        replica = session.get_one(Replica, 1)
        replica.enrolled, replica.province_key = 1, bytes(PROVINCE.verify_key)
        certificate = chain.Certificate(
            replica.replica_id,
            replica.workspace,
            bytes(SigningKey(replica.sign_key).verify_key),
            b"\0" * 32,
            replica.user_id,
            "周队员",
            role,
            "2023-01-01",
            "2033-01-01",
        )
        signed = chain.sign(certificate, key)
        session.merge(
            Certificate(replica_id=replica.replica_id, body=signed.body, signature=signed.signature)
        )


@pytest.fixture
def village(work: Workspace) -> Village:
    """A case whose notice hangs, at the laptop of a 队员."""
    village = Village(work)
    as_role(work, MEMBER)
    village.open()
    on(work, "2023-04-01")
    village.consent()
    for move in whole.FORWARD[:3]:
        village.step(move)
    return village


def refusal(village: Village, name: str, values: dict[str, Any]) -> str:
    before = village.values
    with pytest.raises(NotAllowed) as refused:
        cases.move(village.work, village.case, name, values)
    assert refused.value.code == "role_not_allowed"
    assert village.values == before
    return refused.value.message


def test_a_member_brings_a_case_to_the_notice_and_no_further(village: Village) -> None:
    assert village.values["state"] == "NOTICE"
    told = refusal(village, "close_notice", village.real(dict(whole.STEPS)[Move.CLOSE_NOTICE]))
    assert all(word in told for word in ("R-MON-15", "第一书记", "工作队员"))
    steps = {step.move: step for step in cases.page(village.work, village.case).next_steps}
    assert "R-MON-15" in steps[Move.CLOSE_NOTICE].judgement.refusal(), "the page says so beforehand"
    assert "R-MON-15" not in steps[Move.UPHOLD_OBJECTION].judgement.refusal()
    as_role(village.work, LEADER)
    village.step(Move.CLOSE_NOTICE)
    as_role(village.work, MEMBER)
    assert "乡镇、县级步骤" in refusal(
        village, "town_agrees", village.real(dict(whole.STEPS)[Move.TOWN_AGREES])
    )


def test_a_member_fills_in_everything_but_the_upper_steps(village: Village) -> None:
    cases.fill_in(village.work, village.case, {"contact_name": "张示范", "plan": "务工"})
    for values in ({"town_review_on": "2023-03-16"}, {"county_doc_no": "9", "plan": "养羊"}):
        with pytest.raises(NotAllowed, match="R-MON-15"):
            cases.fill_in(village.work, village.case, values)
    assert village.values["plan"] == "务工"
    with pytest.raises(NotAllowed, match="R-MON-15"):
        cases.open_case(village.work, family_id(WANG), {"county_approved_on": "2023-03-16"})
    households.change(village.work, family_id(WANG), {"identified_ym": "202303"})
    with pytest.raises(NotAllowed, match="R-MON-15"):
        cases.take_over(village.work, family_id(WANG))
    told = {"household_id": family_id(WANG), "description": "摔伤", "reported_on": "2023-03-20"}
    clue = clues.report(village.work, told).id
    with pytest.raises(NotAllowed, match="R-MON-15"):
        clues.take_up(village.work, clue, {"exit_town_doc_no": "3"})
    assert clues.one(village.work, clue)["decision"] is None


def test_the_certificate_beats_the_cadre_record(village: Village) -> None:
    as_role(village.work, LEADER)
    enrolled_as(village.work, "队员")
    assert permissions.role_of_user(village.work) == "队员"
    refusal(village, "close_notice", village.real(dict(whole.STEPS)[Move.CLOSE_NOTICE]))
    as_role(village.work, MEMBER)
    enrolled_as(village.work, "工作队长")
    village.step(Move.CLOSE_NOTICE)


def test_a_certificate_that_the_province_did_not_sign_opens_nothing(village: Village) -> None:
    enrolled_as(village.work, LEADER, SigningKey(bytes(range(1, 33))))
    as_role(village.work, LEADER)
    told = refusal(village, "close_notice", village.real(dict(whole.STEPS)[Move.CLOSE_NOTICE]))
    assert "未登记" in told
    cases.fill_in(village.work, village.case, {"plan": "务工"})


def test_nobody_recorded_may_what_everybody_may(work: Workspace) -> None:
    with work.transaction() as session:
        session.get_one(Replica, 1).user_id = "0190f000-0000-7000-8000-000000000009"
    assert permissions.role_of_user(work) == ""
    made = cases.open_case(on(work, "2023-03-06"), family_id(ZHANG)).id
    with pytest.raises(NotAllowed, match="未登记"):
        cases.move(work, made, "close_natural", {"natural_reason": "整户迁出"})
