"""Leaving the monitoring: S6 with all its days and months, stability from follow-ups, R-MON-10 part by part."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from villageapp.domain.monitoring_exit import (
    HELPED,
    NATURAL,
    ExitFacts,
    Moment,
    earliest,
    line_at,
    may_exit,
    months_later,
    parse_moment,
    reached,
    snapshot,
)
from villageapp.domain.parameters import Parameter, UnsetParameter, shipped
from villageapp.domain.stability import FollowUp, Standing, condition, stable_since

LINE = Parameter("MON_LINE", 7000_00, date(2022, 1, 1), source="TEST")
MET = Standing(
    net=4 * 7000_00,
    ref=4 * 7000_00,
    population=4,
    guarantees_ok=True,
    risks_covered=True,
    open_problems=0,
    all_insured=True,
)
S6 = ExitFacts(
    identified=date(2023, 3, 20),
    attempt=date(2023, 11, 10),
    exit_mode=HELPED,
    stable_since=date(2023, 5, 10),
    standing=MET,
    no_labour_whole=False,
)
ON = date(2023, 11, 10)
days = st.dates(date(2022, 4, 1), date(2060, 12, 31))


def reasons(facts: ExitFacts) -> dict[str, Moment | None]:
    judged = may_exit(facts, ON, LINE, shipped())
    return {reason.rule: reason.earliest for reason in judged.reasons}


def test_s6_five_months_are_too_early() -> None:
    facts = replace(S6, attempt=date(2023, 8, 20), stable_since=date(2023, 2, 20))
    judged = may_exit(facts, ON, LINE, shipped())
    assert [reason.message for reason in judged.reasons] == [
        "识别自 2023-03-20 到 2023-08-20 不满 6 个月，最早 2023-09-20"
    ]
    assert judged.earliest == date(2023, 9, 20)
    assert reasons(replace(facts, attempt=date(2023, 9, 19))) == {"R-MON-9": date(2023, 9, 20)}
    assert reasons(replace(facts, attempt=date(2023, 9, 20))) == {}


def test_s6_stability_lasts_half_a_year_too() -> None:
    assert reasons(replace(S6, attempt=date(2023, 9, 25))) == {"R-MON-11": date(2023, 11, 10)}
    judged = may_exit(S6, ON, LINE, shipped())
    assert judged.allowed
    assert {parameter.key for parameter in judged.used} == {
        "EXIT_MIN_MONTHS",
        "STABLE_MIN_MONTHS",
        "MON_LINE",
    }
    assert earliest(S6, ON, shipped()) == date(2023, 11, 10)


def test_s6_with_months_only() -> None:
    facts = replace(S6, identified="2023-03", stable_since="2023-03")
    assert reasons(replace(facts, attempt="2023-08")) == {"R-MON-9": "2023-09", "R-MON-11": "2023-09"}
    assert reasons(replace(facts, attempt="2023-09")) == {}
    assert reasons(replace(facts, attempt=date(2023, 8, 31)))["R-MON-9"] == "2023-09"
    assert reasons(replace(facts, attempt=date(2023, 9, 1))) == {}
    assert reasons(replace(S6, attempt="2023-09", stable_since="2023-03")) == {}


def test_s6_a_household_without_labour_stays_monitored() -> None:
    judged = may_exit(replace(S6, no_labour_whole=True), ON, LINE, shipped())
    assert "整户无劳动能力，暂不标注" in judged.refusal()
    assert earliest(replace(S6, no_labour_whole=True), ON, shipped()) is None
    assert reasons(replace(S6, no_labour_whole=None)) == {"R-MON-12": None}


def test_s6_a_household_that_moved_away_leaves_at_once_with_reason_and_proof() -> None:
    gone = replace(
        S6,
        attempt=date(2023, 8, 20),
        exit_mode=NATURAL,
        household_gone=True,
        natural_reason="整户迁出",
        has_proof=True,
    )
    judged = may_exit(gone, ON, LINE, shipped())
    assert judged.allowed
    assert "整户迁出" in judged.explanation
    assert may_exit(replace(gone, natural_reason=""), ON, LINE, shipped()).missing == ("natural_reason",)
    assert may_exit(replace(gone, has_proof=None), ON, LINE, shipped()).missing == ("natural_proof",)


def test_a_household_that_is_still_there_leaves_naturally_only_when_its_risk_is_gone() -> None:
    stays = replace(
        S6,
        attempt=date(2023, 8, 20),
        exit_mode=NATURAL,
        household_gone=False,
        natural_reason="自主发展",
        has_proof=True,
        stable_since=date(2023, 2, 20),
    )
    assert reasons(stays) == {}
    assert reasons(replace(stays, standing=replace(MET, open_problems=1))) == {"R-MON-10": None}
    waits = shipped().with_changes([Parameter("EXIT_NATURAL_EXEMPT", False, date(2023, 1, 1))])
    assert not may_exit(stays, ON, LINE, waits).allowed


@pytest.mark.parametrize(("net", "allowed"), [(6_999_99, False), (7_000_00, True)])
def test_s6_income_is_compared_to_the_fen(net: int, allowed: bool) -> None:
    standing = replace(MET, net=net, ref=7_000_00, population=1)
    judged = may_exit(replace(S6, standing=standing), ON, LINE, shipped())
    assert judged.allowed is allowed
    if not allowed:
        assert judged.refusal() == "R-MON-10:人均纯收入 6,999.99 元，低于监测标准 7,000.00 元"


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ({"net": 27_999_99}, ()),
        ({"ref": 27_999_99}, ()),
        ({"net": None}, ("exit_per_capita",)),
        ({"ref": None}, ("exit_ref_per_capita",)),
        ({"guarantees_ok": False}, ()),
        ({"guarantees_ok": None}, ("guarantees_ok",)),
        ({"risks_covered": False}, ()),
        ({"risks_covered": None}, ("risks_covered",)),
        ({"open_problems": 1}, ()),
        ({"open_problems": None}, ("open_problems",)),
        ({"all_insured": False}, ()),
        ({"all_insured": None}, ("all_insured",)),
    ],
)
def test_every_part_of_the_condition_counts_and_unknown_is_not_met(
    change: dict[str, object], missing: tuple[str, ...]
) -> None:
    assert condition(MET, LINE).allowed
    judged = condition(replace(MET, **change), LINE)
    assert len(judged.reasons) == 1
    assert judged.missing == missing


@pytest.mark.parametrize(
    ("change", "rule", "missing"),
    [
        ({"identified": None}, "R-MON-9", ("identified_on",)),
        ({"stable_since": None}, "R-MON-11", ("stable_since",)),
        ({"exit_mode": None}, "R-MON-9", ("exit_mode",)),
    ],
)
def test_what_is_not_recorded_refuses(change: dict[str, object], rule: str, missing: tuple[str, ...]) -> None:
    judged = may_exit(replace(S6, **change), ON, LINE, shipped())
    assert [reason.rule for reason in judged.reasons] == [rule]
    assert judged.missing == missing


def test_without_a_day_the_earliest_one_is_told() -> None:
    judged = may_exit(replace(S6, attempt=None), ON, LINE, shipped())
    assert judged.earliest == date(2023, 11, 10)
    assert judged.missing == ("exit_verify_on",)


def test_the_line_of_the_exit_year_must_be_confirmed() -> None:
    with pytest.raises(UnsetParameter, match="监测标准未核定"):
        line_at(ON, shipped())
    with pytest.raises(UnsetParameter, match="监测标准未核定"):
        line_at("2023-09", shipped())
    assert line_at("2021-06", shipped()).value == 6000_00


@given(days, st.integers(-400, 400))
def test_the_half_year_is_never_a_day_short(identified: date, offset: int) -> None:
    first = months_later(identified, 6)
    assert isinstance(first, date)
    attempt = first + timedelta(days=offset)
    facts = replace(S6, identified=identified, attempt=attempt, stable_since=identified)
    assert may_exit(facts, ON, LINE, shipped()).allowed == (offset >= 0)


@given(days, st.integers(0, 30))
def test_months_and_days_agree(identified: date, months: int) -> None:
    later = months_later(identified, months)
    assert isinstance(later, date)
    assert months_later(f"{identified:%Y-%m}", months) == f"{later:%Y-%m}"
    assert reached(f"{later:%Y-%m}", later)
    assert reached(later, f"{later:%Y-%m}")
    assert months == 0 or not reached(f"{identified:%Y-%m}", later)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("202303", "2023-03"),
        ("2023年3月", "2023-03"),
        ("2023-03-20", date(2023, 3, 20)),
        ("20230320", date(2023, 3, 20)),
    ],
)
def test_days_and_months_are_told_apart(text: str, moment: Moment) -> None:
    assert parse_moment(text) == moment


@pytest.mark.parametrize("text", ["2023-13", "2023-02-30", "三月", "1899-01-01"])
def test_a_moment_that_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"不是|超出"):
        parse_moment(text)


visits = st.lists(
    st.builds(FollowUp, st.dates(date(2023, 1, 1), date(2023, 3, 31)), st.none() | st.booleans())
)


@given(visits)
def test_stability_starts_at_the_first_visit_of_the_last_unbroken_row(follow_ups: list[FollowUp]) -> None:
    since = stable_since(follow_ups)
    if since is None:
        last = max((visit.on for visit in follow_ups), default=None)
        assert last is None or any(visit.met is not True for visit in follow_ups if visit.on == last)
        return
    assert all(visit.met is True for visit in follow_ups if visit.on >= since)
    assert any(visit.on == since for visit in follow_ups)
    before = [visit for visit in follow_ups if visit.on < since]
    if before:
        last_before = max(visit.on for visit in before)
        assert any(visit.met is not True for visit in before if visit.on == last_before)


def test_unknown_breaks_the_row() -> None:
    row = [
        FollowUp(date(2023, 5, 10), True),
        FollowUp(date(2023, 6, 10), None),
        FollowUp(date(2023, 7, 10), True),
    ]
    assert stable_since(row) == date(2023, 7, 10)
    assert stable_since(row[:1]) == date(2023, 5, 10)
    assert stable_since([]) is None


FIGURES = {
    "exit_edu_dropout": False,
    "exit_house_damaged": False,
    "exit_med_uninsured": False,
    "exit_water_damaged": False,
    "exit_wage": 20_000_00,
    "exit_property": 1_000_00,
    "exit_transfer": 5_000_00,
    "exit_production": 4_000_00,
    "exit_production_cost": 2_000_00,
    "exit_net": 28_000_00,
    "exit_per_capita": 7_000_00,
    "exit_claim_income": 0,
    "exit_compliant_oop": 0,
    "exit_population": 4,
}


@pytest.mark.parametrize("name", sorted(FIGURES))
def test_each_of_the_thirteen_figures_and_their_divisor_is_needed(name: str) -> None:
    assert snapshot(FIGURES).allowed
    assert snapshot({**FIGURES, name: None}).missing == (name,)


def test_a_dropout_forbids_and_figures_that_disagree_are_odd() -> None:
    assert (
        snapshot({**FIGURES, "exit_edu_dropout": True}).refusal() == "R-MON-13:风险消除后仍有义务教育失学辍学"
    )
    odd = snapshot({**FIGURES, "exit_wage": 20_000_01})
    assert odd.allowed
    assert [warning.missing for warning in odd.warnings] == [("exit_net",)]
    assert snapshot({**FIGURES, "exit_per_capita": 7_000_01}).warnings[0].missing == ("exit_per_capita",)
