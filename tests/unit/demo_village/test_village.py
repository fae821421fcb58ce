"""The demo village: every record is one that a form accepts, and everything a demonstration needs is there."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest

from villageapp.domain import dates, id_card
from villageapp.domain.codes import code_list
from villageapp.domain.forms import FORMS
from villageapp.domain.household import no_labour_whole
from villageapp.domain.measure import GROUPS_FOR_A_PERSON
from villageapp.services.demo_village import DemoVillage, build

TODAY = date(2022, 12, 28)
REF = "00000000-0000-7000-8000-000000000001"
PEOPLE_NEEDED = 120


@pytest.fixture(scope="module")
def village() -> DemoVillage:
    return build(PEOPLE_NEEDED, today=TODAY)


def assert_clean(entity: str, values: Mapping[str, Any], **references: Any) -> None:
    """The form takes the record, changes nothing in it and finds nothing odd."""
    whole = {**values, **references}
    form = FORMS[entity]
    assert form.check(whole) == whole
    assert form.warnings(whole) == []


def all_records(village: DemoVillage) -> None:
    assert_clean("village", village.village)
    for cadre in village.cadres:
        assert_clean("cadre", cadre)
    for household in village.households:
        assert_clean("household", household.values)
        for member in household.members:
            assert_clean("member", member, household_id=REF)
    for visit in (v for visits in village.visits.values() for v in visits):
        assert_clean("visit", visit.values, household_id=REF, visitors=(REF,))
    for measure in (m for measures in village.measures.values() for m in measures):
        member = {"member_id": REF} if measure.member_id_no else {"member_id": None}
        assert_clean("measure", measure.values, household_id=REF, responsible_id=REF, **member)


@pytest.mark.parametrize(
    "today", [TODAY, date(2024, 2, 29), date(2023, 1, 2), date(2025, 9, 1), date(2026, 6, 15)]
)
@pytest.mark.parametrize("seed", [2022, 7])
def test_every_record_is_clean_whatever_the_day(today: date, seed: int) -> None:
    all_records(build(60, seed, today=today))


def test_same_seed_size_and_day_give_the_same_village(village: DemoVillage) -> None:
    assert build(PEOPLE_NEEDED, today=TODAY) == village
    assert build(PEOPLE_NEEDED, 7, today=TODAY) != village


def test_numbers_are_valid_unique_and_fictitious(village: DemoVillage) -> None:
    members = [m for h in village.households for m in h.members]
    numbers = [m["id_no"] for m in members]
    assert len(set(numbers)) == len(numbers)
    for member in members:
        read = id_card.read(member.get("disability_card_no") or member["id_no"])
        assert (read.problem, read.id_no) == ("", member["id_no"])
        assert read.id_no.startswith("149901")
        assert read.disability_category == (member.get("disability_category") or "")
    phones = [m["phone"] for m in members if "phone" in m]
    assert len(set(phones)) == len(phones)
    assert all(phone.startswith("1380000") for phone in phones)
    household_numbers = [h.number for h in village.households]
    assert len(set(household_numbers)) == PEOPLE_NEEDED
    assert all(len(number) == 16 and number.isdigit() for number in household_numbers)
    assert len({h.values["address"] for h in village.households}) == PEOPLE_NEEDED


def test_three_monitoring_cases_one_of_each_category(village: DemoVillage) -> None:
    cases = {
        h.values["monitoring_category"]: h
        for h in village.households
        if h.values["monitoring_category"] != "0"
    }
    assert sorted(cases) == ["1", "2", "3"]
    assert sum(h.values["monitoring_category"] != "0" for h in village.households) == 3
    assert cases["1"].values["household_type"] == "1"
    assert cases["2"].values["household_type"] == "2"
    for household in cases.values():
        assert household.values["risks"]
        assert household.values["identified_ym"] < f"{TODAY:%Y-%m}"
        assert household.duty_cadre in {c["name"] for c in village.cadres}
        measures = village.measures[household.number]
        assert {m.values["risk_code"] for m in measures} >= set(household.values["risks"])  # R-MON-8
        assert all(f"{m.values['start_on']:%Y-%m}" >= household.values["identified_ym"] for m in measures)


def test_every_kind_of_family_that_a_demonstration_needs(village: DemoVillage) -> None:
    households = village.households
    sizes = {len(h.members) for h in households}
    assert {1, 2, 3, 4, 5, 12} <= sizes
    assert max(sizes) == 12
    resettled = [h for h in households if h.values["relocated"]]
    assert resettled
    assert all(h.values["reloc_settle"] == "集中" and h.values["settlement_name"] for h in resettled)
    idle = [h for h in households if no_labour_whole(m["labour"] for m in h.members)]
    assert any(h.values.get("dibao_category") and len(h.members) > 1 for h in idle)
    assert any(m["is_tekun"] for h in idle for m in h.members)
    assert any(h.values["house_structure"] == "窑洞" for h in households)
    names = "".join(m["name"] for h in households for m in h.members)
    assert set("䶮㛃堃喆犇燚翀") <= set(names)
    heads = {h.members[0]["name"][:2] for h in households} | {h.members[0]["name"][:1] for h in households}
    assert {"单", "仇", "解", "查", "尉迟", "令狐"} <= heads
    stages = {m["student_status"] for h in households for m in h.members}
    assert {"00", "01", "02", "03", "05"} <= stages
    assert stages & {"06", "07", "08"}
    assert stages & {"12", "13", "14"}
    assert len({h.values["natural_village"] for h in households}) in (4, 5, 6)


def test_heads_come_first_and_generations_fit(village: DemoVillage) -> None:
    for household in village.households:
        head, *others = household.members
        assert head["relation"] == "户主"
        assert household.values["registered_population"] == len(household.members)
        assert sum(m["relation"] in ("户主", "配偶") for m in others) <= 1
        for member in others:
            gap = member["birth_date"].year - head["birth_date"].year
            if member["relation"] in ("之子", "之女"):
                assert gap >= 12
            if member["relation"] in ("之父", "之母"):
                assert gap <= -12


def test_children_of_school_age_are_at_school_and_have_no_labour(village: DemoVillage) -> None:
    for member in (m for h in village.households for m in h.members):
        years = dates.age(member["birth_date"], TODAY)
        if 6 <= years < 16:
            assert member["student_status"] in ("02", "03", "04", "05")
        if years < 16 or member["student_status"] != "00":
            assert member["labour"] == "5"
            assert not member.get("working")
        assert (member["student_status"] == "00") == (member["school"] is None)


def test_visits_happen_by_day_and_nobody_is_at_two_places(village: DemoVillage) -> None:
    spans: defaultdict[str, list[tuple[Any, Any]]] = defaultdict(list)
    names = {c["name"] for c in village.cadres}
    for visit in (v for visits in village.visits.values() for v in visits):
        start, end = visit.values["started_at"], visit.values["ended_at"]
        local = start.astimezone(dates.CHINA)
        assert 8 <= local.hour < 19
        assert end.astimezone(dates.CHINA).date() == local.date()
        assert TODAY - timedelta(days=400) < local.date() < TODAY
        if visit.values["result"] != "无人在家":
            assert timedelta(minutes=15) <= end - start <= timedelta(minutes=60)
        assert set(visit.visitors) <= names
        assert len(set(visit.visitors)) == len(visit.visitors) >= 1
        for name in visit.visitors:
            spans[name].append((start, end))
    for busy in spans.values():
        busy.sort()
        assert all(first[1] <= second[0] for first, second in itertools.pairwise(busy))


def test_how_often_households_are_visited(village: DemoVillage) -> None:
    counts: defaultdict[str, list[int]] = defaultdict(list)
    for household in village.households:
        monitored = household.values["monitoring_category"] != "0"
        kind = "monitored" if monitored else household.values["household_type"]
        counts[kind].append(len(village.visits.get(household.number, ())))
    assert min(counts["monitored"]) >= 4
    assert max(counts["monitored"]) >= 11
    assert {3, 4, 5} >= set(counts["1"])
    assert 0.8 <= sum(counts["2"]) / len(counts["2"]) <= 1.3


def test_a_few_answers_are_no_and_each_says_why(village: DemoVillage) -> None:
    noes = [
        (name, visit.values.get(f"{name}_note"))
        for visits in village.visits.values()
        for visit in visits
        for name in ("edu_ok", "med_ok", "house_ok", "water_ok", "eat_ok", "cloth_ok")
        if visit.values.get(name) is False
    ]
    assert 3 <= len(noes) <= 8
    assert all(note for _, note in noes)
    assert len({name for name, _ in noes}) >= 3


def test_measures_are_for_those_entitled_and_cover_all_groups(village: DemoVillage) -> None:
    by_number = {h.number: h for h in village.households}
    groups = Counter(m.values["group"] for measures in village.measures.values() for m in measures)
    assert set(groups) == set(code_list("CL_MEASURE_GROUP").labels)
    for number, measures in village.measures.items():
        assert 1 <= len(measures) <= 4
        ids = {m["id_no"] for m in by_number[number].members}
        for measure in measures:
            values = measure.values
            assert measure.member_id_no in ids | {""}
            assert measure.member_id_no or values["group"] not in GROUPS_FOR_A_PERSON
            assert values["planned_on"] <= values["start_on"] < TODAY
            assert (values["status"] == "已完成") == (values["end_on"] <= TODAY)
            assert measure.responsible in {c["name"] for c in village.cadres}
    poor = [h for h in village.households if h.values["household_type"] == "1"]
    assert all(h.number in village.measures for h in poor)


def test_the_team_is_complete(village: DemoVillage) -> None:
    roles = Counter(c["role"] for c in village.cadres)
    assert roles["第一书记"] == 1
    assert roles["工作队员"] == 2
    assert roles["结对帮扶责任人"] == 3
    assert roles["村党支部书记/村主任"] == roles["村防返贫网格员(信息员)"] == roles["签约医生"] == 1
    assert len({c["name"] for c in village.cadres}) == len(village.cadres)
    assert set(village.duties) == {
        h.number
        for h in village.households
        if h.values["household_type"] == "1" or h.values["monitoring_category"] != "0"
    }


def test_details_are_changes_that_forms_accept(village: DemoVillage) -> None:
    for changes in village.details.values():
        assert FORMS["household"].check(changes, complete=False) == changes
        assert "per_capita" not in changes
        assert "address" in changes
    for changes in village.member_details.values():
        assert FORMS["member"].check(changes, complete=False) == changes
        assert not {"name", "id_no"} & set(changes)


@pytest.mark.parametrize("households", [1, 3, 14])
def test_a_very_small_village_has_the_most_needed_families_first(households: int) -> None:
    village = build(households, today=TODAY)
    assert len(village.households) == households
    assert sum(h.values["monitoring_category"] != "0" for h in village.households) == min(households, 3)


@pytest.mark.parametrize("households", [0, -1, 10_000])
def test_an_impossible_size_is_refused(households: int) -> None:
    with pytest.raises(ValueError, match="households"):
        build(households, today=TODAY)


def test_a_town_sized_village_is_made_too() -> None:
    village = build(5_000, today=TODAY)
    assert len(village.households) == 5_000
    numbers = [m["id_no"] for h in village.households for m in h.members]
    assert len(numbers) > 12_000
    assert len(set(numbers)) == len(numbers)
    assert sum(map(len, village.visits.values())) > 8_000
    first = min(v.values["started_at"] for visits in village.visits.values() for v in visits)
    assert dates.local_day(first) > TODAY - timedelta(days=500)
