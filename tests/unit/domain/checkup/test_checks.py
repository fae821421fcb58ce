"""Every rule finds what breaks it, names the values, and leaves alone what nearly does (domain.md 3.7)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from tests.unit.domain.checkup.case import Case
from tests.unit.domain.checkup.cases import CASES, CLEAN
from tests.unit.domain.checkup.homes import (
    ELIMINATED,
    HEAD,
    HOME,
    ORDINARY,
    PARAMETERS,
    SETTING,
    SON,
    loan,
    with_,
)
from villageapp.domain.checkup import CHECKS, Finding, HouseholdFacts, Level, RememberedParameters, examine
from villageapp.domain.checkup.finding import fingerprint
from villageapp.domain.parameters import Parameters, shipped


def found(facts: HouseholdFacts, rule: str) -> list[Finding]:
    return [finding for finding in examine(facts, SETTING) if finding.rule == rule]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule}-{case.words}")
def test_rule_finds_what_breaks_it(case: Case) -> None:
    findings = found(case.broken, case.rule)
    assert findings
    assert case.words in "".join(finding.message for finding in findings)
    for finding in findings:
        assert finding.household_id == HOME
        assert finding.field
        assert finding.record_id
        assert finding.mend
        assert len(finding.facts) == 32


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule}-{case.words}")
def test_rule_leaves_alone_what_nearly_breaks_it(case: Case) -> None:
    assert found(case.fine, case.rule) == []


@pytest.mark.parametrize("facts", CLEAN, ids=["ordinary", "monitored", "filed", "eliminated", "accounted"])
def test_clean_household_has_no_finding(facts: HouseholdFacts) -> None:
    assert examine(facts, SETTING) == []


def test_every_rule_has_a_case_and_an_id_of_its_own() -> None:
    ids = [check.id for check in CHECKS]
    assert len(ids) == len(set(ids))
    assert {case.rule for case in CASES} == set(ids)
    assert all(check.title and check.mend and check.source for check in CHECKS)


def test_how_a_sum_is_written_does_not_undo_an_explanation() -> None:
    case = next(case for case in CASES if case.rule == "D-INCOME-EXPORT")
    (finding,) = found(case.broken, case.rule)
    assert "8,121.25" in finding.message
    assert finding.facts == fingerprint(f"{case.rule}\n{finding.message.replace(',', '')}")


def test_household_that_left_the_register_is_not_looked_at() -> None:
    assert examine(with_(ORDINARY, phone="无人", status="整户减少"), SETTING) == []


def test_unset_line_is_one_unjudged_finding_not_a_verdict() -> None:
    unset = replace(SETTING, parameters=shipped())
    findings = [f for f in examine(with_(ELIMINATED, case={"exit_net": 1}), unset) if f.rule == "4_11_010"]
    assert [f.severity for f in findings] == [Level.UNSET]
    assert "监测标准未核定" in findings[0].message
    assert "未检查" in findings[0].message
    assert findings[0].mend


def test_wait_that_nobody_set_is_not_judged() -> None:
    """EXIT_MIN_MONTHS without any value: not checked, instead of passing silently."""
    without = Parameters(
        PARAMETERS.find(key, SETTING.on) for key in ("EDU_AGES", "EDU_EXCUSES", "GENERATION_GAP")
    )
    eliminated = with_(ORDINARY, monitoring_category="1", risk_eliminated=True, identified_ym="2023-03")
    findings = examine(with_(eliminated, eliminated_ym="2023-04"), replace(SETTING, parameters=without))
    assert Level.UNSET in {f.severity for f in findings if f.rule == "2_11_002"}


def test_overdue_finding_keeps_its_fingerprint_while_days_pass() -> None:
    late = replace(ORDINARY, last_visit_on=date(2023, 1, 1))
    later = replace(SETTING, on=SETTING.on + timedelta(days=30))
    first = next(f for f in examine(late, SETTING) if f.rule == "R-VIS-1")
    second = next(f for f in examine(late, later) if f.rule == "R-VIS-1")
    assert first.message != second.message
    assert first.facts == second.facts


def test_fingerprint_changes_with_the_facts() -> None:
    first = found(with_(ORDINARY, registered_population=5), "D-POPULATION")[0]
    second = found(with_(ORDINARY, registered_population=6), "D-POPULATION")[0]
    assert first.key == second.key
    assert first.facts != second.facts


def test_two_facts_of_one_rule_about_one_field_are_one_finding() -> None:
    bad = loan(purpose="建房", due_on=date(2026, 2, 10))
    findings = found(with_(ORDINARY, records={"loans": [bad]}), "R-LOAN")
    assert len(findings) == 1
    assert "37 个月" in findings[0].message
    assert "建房" in findings[0].message


def test_open_problem_is_named_instead_of_asking_for_a_new_one() -> None:
    problem = {"id": "p", "category": "03", "title": "有人未参保", "state": "SOLVING"}
    uninsured = {SON: {"med_insurance_resident": False}}
    known = found(with_(ORDINARY, members=uninsured, records={"problems": [problem]}), "R-MED")[0]
    assert "有人未参保" in known.mend


def test_no_message_shows_an_id_number() -> None:
    numbers = {member["id_no"] for member in ORDINARY.members}
    for case in CASES:
        for finding in examine(case.broken, SETTING):
            assert not any(number in finding.message for number in numbers)


def test_member_findings_name_the_member() -> None:
    finding = found(with_(ORDINARY, members={HEAD: {"nation": None}}), "D-MEMBER")[0]
    assert finding.member_id == HEAD


def test_remembered_parameters_answer_as_the_real_ones() -> None:
    remembered = RememberedParameters(PARAMETERS)
    for _ in range(2):
        assert remembered.integer("MON_LINE", date(2023, 5, 1)) == 700000
        with pytest.raises(Exception, match="未核定"):
            remembered.find("MON_LINE", date(2024, 5, 1))
    assert remembered.with_changes([]).integer("MON_LINE", date(2022, 5, 1)) == 700000
