"""The data check-up over real stores: the demo village, edits, explanations, what is kept (domain.md 3.7)."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.demo_store import fill
from tests.helpers.stores import (
    FAMILIES,
    SHAN,
    WANG,
    ZHANG,
    ZHAO,
    StoreTemplate,
    family_id,
    make_template,
    member_id,
)
from villageapp.domain.checkup import Finding, Level
from villageapp.errors import Cancelled, NotAllowed, NotFound, ValidationFailed
from villageapp.models import ids
from villageapp.models.records import (
    Cadre,
    Employment,
    Explanation,
    Household,
    IncomeAccount,
    IncomeLine,
    Measure,
    Member,
    MonitoringCase,
)
from villageapp.progress import SILENT
from villageapp.services import checking, households, members
from villageapp.services.checking import CheckReport
from villageapp.services.demo_village import DemoVillage, build
from villageapp.services.workspace import Workspace
from villageapp.sync import capture

HOME = family_id(ZHANG)
SON = member_id(ZHANG, "149901198801010016")
SON_NUMBER = "149901198801010016"
NO_ONE_INSURED: dict[str, Any] = {"med_insurance_resident": False, "med_insurance_employee": False}


def rules(report: CheckReport) -> list[str]:
    return [item.finding.rule for item in report.findings]


def kept(work: Workspace) -> set[Finding]:
    report = checking.kept_findings(work)
    return {item.finding for item in (*report.findings, *report.explained)}


def whole(work: Workspace) -> set[Finding]:
    report = checking.check_village(work)
    return {item.finding for item in (*report.findings, *report.explained)}


def uninsured(work: Workspace) -> Finding:
    """Make the son's missing insurance the finding to talk about."""
    members.change_member(work, SON, NO_ONE_INSURED)
    checking.check_changed(work)
    return next(f for f in kept(work) if f.rule == "R-MED" and f.record_id == SON)


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory) -> StoreTemplate:
    """A store with nobody in it."""
    return make_template(tmp_path_factory.mktemp("bare") / "store", with_households=False)


@pytest.fixture(scope="module")
def village() -> DemoVillage:
    """120 fictitious households."""
    return build(120, today=date(2026, 11, 20))


@pytest.fixture
def demo(tmp_path: Path, bare: StoreTemplate, village: DemoVillage) -> Iterator[Workspace]:
    """A store with the fictitious village."""
    with bare.open_copy(tmp_path / "demo") as work:
        fill(work, village)
        yield work


class TestDemoVillage:
    """A whole village as a cadre would read it."""

    def test_finds_the_uninsured_and_little_else(self, demo: Workspace, village: DemoVillage) -> None:
        report = checking.check_village(demo, village.today)
        found = {item.member for item in report.findings if item.finding.rule == "R-MED"}
        planted = {
            m["name"]
            for home in village.households
            for m in home.members
            if not (m["med_insurance_resident"] or m["med_insurance_employee"])
        }
        assert planted
        assert found == planted
        others = [item for item in report.findings if item.finding.rule not in ("R-MED", "R-VIS-1")]
        assert {item.finding.rule for item in others} <= {"R-MON-8", "4_11_009", "R-RELOC"}
        assert len(others) < 5
        assert report.households == 120

    def test_is_read_from_the_most_urgent_on_with_names(self, demo: Workspace, village: DemoVillage) -> None:
        report = checking.check_village(demo, village.today)
        levels = [item.severity for item in report.findings]
        assert levels == sorted(levels, key=list(Level).index)
        assert all(item.head and item.household_no and item.group and item.source for item in report.findings)

    def test_one_edit_looks_at_one_household(self, demo: Workspace) -> None:
        checking.check_village(demo)
        assert checking.check_changed(demo) == 0
        chosen = households.list_ids(demo)[40]
        households.change(demo, chosen, {"registered_population": 29})
        assert checking.check_changed(demo) == 1
        assert "D-POPULATION" in rules(checking.kept_findings(demo, chosen))
        assert kept(demo) == whole(demo)

    def test_equal_texts_of_kept_findings_are_one_object(self, demo: Workspace) -> None:
        """A village has some 20,000 findings of few sorts, and the page of findings holds all of them."""
        checking.check_changed(demo, SILENT)
        texts = [item.finding.message for item in checking.kept_findings(demo).findings]
        assert len({id(text) for text in texts}) == len(set(texts)) < len(texts)


class TestKeeping:
    """Findings stay with the records, whatever happens to them."""

    def test_nothing_is_kept_before_the_first_check(self, work: Workspace) -> None:
        assert kept(work) == set()
        assert checking.kept_findings(work).households == 0
        assert checking.check_changed(work) == len(FAMILIES)
        assert kept(work) == whole(work)

    def test_another_day_is_asked_but_not_kept(self, work: Workspace) -> None:
        before = whole(work)
        report = checking.check_village(work, date(2022, 1, 1))
        assert report.on == date(2022, 1, 1)
        assert kept(work) == before

    def test_new_day_asks_for_the_whole_village(self, work: Workspace) -> None:
        checking.check_village(work)
        with work.database.writing() as connection:
            connection.exec_driver_sql("UPDATE last_checkup SET checked_on = '2022-01-01'")
        assert checking.check_changed(work) == len(FAMILIES)

    def test_changed_cadre_asks_for_the_whole_village(self, work: Workspace) -> None:
        cadre = Cadre(id=ids.new_id())
        cadre.assign({"name": "陈建华", "role": "结对帮扶责任人", "term_end": date(2099, 1, 1)})
        with work.transaction() as session:
            session.add(cadre)
            session.get_one(Household, HOME).duty_person_id = cadre.id
        checking.check_village(work)
        assert "D-DUTY" not in rules(checking.kept_findings(work, HOME))
        with work.transaction() as session:
            session.get_one(Cadre, cadre.id).term_end = date(2022, 1, 1)
        assert checking.check_changed(work) == len(FAMILIES)
        assert "D-DUTY" in rules(checking.kept_findings(work, HOME))

    def test_cancelled_check_begins_anew(self, work: Workspace) -> None:
        class Impatient:
            def step(self, done: int, total: int, what: str) -> None:
                assert done <= total or total == 0
                assert what

            def check_cancelled(self) -> None:
                raise Cancelled

        before = whole(work)
        with pytest.raises(Cancelled):
            checking.check_village(work, progress=Impatient())
        assert checking.kept_findings(work).households == 0
        assert checking.check_changed(work, SILENT) == len(FAMILIES)
        assert kept(work) == before

    def test_shared_number_is_told_in_both_households_and_mended_in_both(self, work: Workspace) -> None:
        checking.check_village(work)
        wang = member_id(WANG, "149901195512310035")
        with work.transaction() as session:
            session.get_one(Member, wang).id_no = SON_NUMBER
        checking.check_changed(work)
        assert "R-ID-UNIQUE" in rules(checking.kept_findings(work, HOME))
        assert "R-ID-UNIQUE" in rules(checking.kept_findings(work, family_id(WANG)))
        with work.transaction() as session:
            session.get_one(Member, wang).left_on = date(2026, 1, 1)
        checking.check_changed(work)
        assert "R-ID-UNIQUE" not in [finding.rule for finding in kept(work)]

    def test_deleted_household_has_no_findings(self, work: Workspace) -> None:
        checking.check_village(work)
        with work.transaction() as session:
            capture.delete(session, session.get_one(Household, HOME))
        checking.check_changed(work)
        assert checking.kept_findings(work, HOME).findings == ()
        with pytest.raises(NotFound):
            checking.check_household(work, HOME)

    def test_line_of_an_account_marks_its_household(self, work: Workspace) -> None:
        checking.check_village(work)
        _add_account(work, 9_999)
        assert checking.check_changed(work) == 1
        assert "5_15_023" in rules(checking.kept_findings(work, HOME))

    def test_one_household_is_checked_by_itself(self, work: Workspace) -> None:
        members.change_member(work, SON, NO_ONE_INSURED)
        report = checking.check_household(work, HOME)
        assert "R-MED" in rules(report)
        assert {item.finding.household_id for item in report.findings} == {HOME}
        with pytest.raises(NotFound):
            checking.check_household(work, "nobody")

    def test_unset_standard_is_told_once_for_all_households(self, work: Workspace) -> None:
        for number in (ZHANG, ZHAO):
            _add_exit(work, number)
        report = checking.check_village(work)
        unset = [item for item in report.findings if item.finding.rule == "4_11_010"]
        assert [item.households for item in unset] == [2]
        assert unset[0].severity is Level.UNSET
        assert "监测标准未核定" in unset[0].finding.message
        assert "涉及 2 户" in unset[0].finding.message
        assert report.findings[-1].severity is Level.UNSET


class TestExplaining:
    """Explained findings are shown apart and come back when the facts change."""

    def test_explained_finding_stands_apart(self, work: Workspace) -> None:
        finding = uninsured(work)
        saved = checking.explain(work, finding.key, "在部队服役，由部队保障")
        assert saved.changes.touches("explanation", saved.id)
        report = checking.kept_findings(work, HOME)
        assert finding not in [item.finding for item in report.findings]
        assert [(i.finding, i.reason) for i in report.explained] == [(finding, "在部队服役，由部队保障")]
        assert report.explained[0].explained_on == work.today()

    def test_comes_back_when_the_facts_change(self, work: Workspace) -> None:
        households.change(work, HOME, {"registered_population": 5})
        checking.check_changed(work)
        finding = next(f for f in kept(work) if f.rule == "D-POPULATION")
        checking.explain(work, finding.key, "一人待登记")
        households.change(work, HOME, {"registered_population": 6})
        checking.check_changed(work)
        report = checking.kept_findings(work, HOME)
        back = next(item for item in report.findings if item.finding.rule == "D-POPULATION")
        assert back.reason == "一人待登记"
        households.change(work, HOME, {"registered_population": 5})
        checking.check_changed(work)
        assert "D-POPULATION" not in rules(checking.kept_findings(work, HOME))

    def test_can_be_said_again_and_taken_back(self, work: Workspace) -> None:
        finding = uninsured(work)
        first = checking.explain(work, finding.key, "服役")
        assert checking.explain(work, finding.key, "服役至 2027 年").id == first.id
        checking.withdraw(work, finding.key)
        assert finding in [item.finding for item in checking.kept_findings(work, HOME).findings]
        with pytest.raises(NotFound):
            checking.withdraw(work, finding.key)
        assert checking.explain(work, finding.key, "服役").id == first.id
        assert checking.kept_findings(work, HOME).explained

    def test_refusals(self, work: Workspace) -> None:
        finding = uninsured(work)
        with pytest.raises(ValidationFailed, match="说明"):
            checking.explain(work, finding.key, " ")
        members.change_member(work, SON, {"med_insurance_resident": True})
        with pytest.raises(NotFound, match="已经不在了"):
            checking.explain(work, finding.key, "服役")
        _add_exit(work, ZHANG)
        checking.check_changed(work)
        unset = next(f for f in kept_unset(work) if f.rule == "4_11_010")
        with pytest.raises(NotAllowed):
            checking.explain(work, unset.key, "不知道")

    def test_says_nothing_personal_beyond_the_reason(self, work: Workspace) -> None:
        finding = uninsured(work)
        saved = checking.explain(work, finding.key, "服役")
        with work.transaction() as session:
            values = session.get_one(Explanation, saved.id).values()
        assert SON_NUMBER not in str(values)
        assert values["facts"] == finding.facts


def kept_unset(work: Workspace) -> list[Finding]:
    """Findings of rules that could not judge, one for each household."""
    with work.reading() as connection:
        rows = connection.exec_driver_sql(
            "SELECT household_id, rule, record_id, field, message, mend FROM finding WHERE severity = 'unset'"
        ).all()
    return [Finding(*row[:4], Level.UNSET, row[4], row[5]) for row in rows]


def _add_account(work: Workspace, wage: int) -> None:
    account, line = IncomeAccount(id=ids.new_id()), IncomeLine(id=ids.new_id())
    account.assign(
        {
            "household_id": HOME,
            "income_year": 2023,
            "basis": "survey",
            "period_start": date(2022, 10, 1),
            "period_end": date(2023, 9, 30),
            "population": 4,
            "claim_income": 0,
            "compliant_oop": 0,
            "status": "草稿",
        }
    )
    line.assign(
        {
            "household_id": HOME,
            "account_id": account.id,
            "subject_code": "A1",
            "person_id": SON,
            "amount": wage,
            "evidence": "农户自述",
        }
    )
    with work.transaction() as session:
        session.add_all([account, line])


def _add_exit(work: Workspace, number: str) -> None:
    """A file eliminated in a year without a line."""
    case = MonitoringCase(id=ids.new_id())
    case.assign(
        {
            "household_id": family_id(number),
            "state": "ELIMINATED",
            "reported_on": date(2024, 3, 1),
            "identified_on": date(2024, 3, 11),
            "exit_verify_on": date(2024, 12, 2),
            "exit_mode": "帮扶消除",
            "exit_net": 3_000_000,
            "exit_population": 3,
        }
    )
    with work.transaction() as session:
        session.add(case)


Edit = Callable[[Workspace, random.Random], None]


def _on_member(name: str, *values: Any) -> Edit:
    def edit(work: Workspace, rng: random.Random) -> None:
        number, people = rng.choice([(home["national_hh_no"], people) for home, people in FAMILIES])
        chosen = member_id(number, rng.choice(people)["id_no"])
        with work.transaction() as session:
            setattr(session.get_one(Member, chosen), name, rng.choice(values))

    return edit


def _on_household(name: str, *values: Any) -> Edit:
    def edit(work: Workspace, rng: random.Random) -> None:
        chosen = family_id(rng.choice([ZHANG, WANG, ZHAO, SHAN]))
        with work.transaction() as session:
            setattr(session.get_one(Household, chosen), name, rng.choice(values))

    return edit


def _new(cls: type[Any], **choices: list[Any]) -> Edit:
    def edit(work: Workspace, rng: random.Random) -> None:
        record = cls(id=ids.new_id())
        known = {name: rng.choice(values) for name, values in choices.items()}
        record.assign({"household_id": family_id(rng.choice([ZHANG, WANG])), **known})
        with work.transaction() as session:
            session.add(record)

    return edit


EDITS: tuple[Edit, ...] = (
    _on_member("id_no", SON_NUMBER, "149901195512310035", "14990119480612003X", None, "123"),
    _on_member("left_on", None, date(2026, 1, 1)),
    _on_member("relation", "户主", "配偶", "之父", "之子"),
    _on_member("labour", "1", "4", "5", None),
    _on_member("med_insurance_resident", True, False, None),
    _on_member("household_id", HOME, family_id(WANG)),
    _on_household("national_hh_no", ZHANG, WANG, None),
    _on_household("monitoring_category", "0", "1", "2", "3"),
    _on_household("risk_eliminated", True, False, None),
    _on_household("identified_ym", "2023-03", "2026-10", None),
    _on_household("eliminated_ym", "2023-04", "2026-11", None),
    _on_household("risks", ("01", "07"), ("08",), ("02", "10"), None),
    _on_household("status", "在册", "整户减少"),
    _on_household("deleted", True, False),
    _on_household("registered_population", 1, 4, None),
    _new(
        Measure,
        item=["M0703", "M0401", "M1201"],
        group=["M07"],
        year=[2023],
        status=["实施中"],
        title=["措施"],
    ),
    _new(Employment, member_id=[SON], working=[True, False], channel=["外出务工"], start_ym=["2023-02"]),
)


@pytest.mark.parametrize("seed", range(6))
def test_incremental_equals_full_after_any_edits(work: Workspace, seed: int) -> None:
    rng = random.Random(seed)
    checking.check_village(work)
    for _ in range(8):
        for _ in range(rng.choice((1, 1, 2))):
            rng.choice(EDITS)(work, rng)
        checking.check_changed(work)
        after_edits = _stored(work)
        checking.check_village(work)
        assert after_edits == _stored(work)


def _stored(work: Workspace) -> list[tuple[Any, ...]]:
    with work.reading() as connection:
        rows = connection.exec_driver_sql(
            "SELECT * FROM finding ORDER BY household_id, rule, record_id, field"
        )
        return [tuple(row) for row in rows.all()]


def test_incomplete_records_are_told_and_break_nothing(work: Workspace) -> None:
    """A merge of laptops may leave a record without what its form requires."""
    account, case = IncomeAccount(id=ids.new_id()), MonitoringCase(id=ids.new_id())
    account.assign({"household_id": HOME, "basis": "survey"})
    case.assign({"household_id": HOME, "state": "SOMETHING_NEWER", "reported_on": date(2026, 1, 1)})
    with work.transaction() as session:
        session.add_all([account, case])
    found = [
        item.finding for item in checking.check_village(work).findings if item.finding.rule == "D-RECORD"
    ]
    assert {finding.record_id for finding in found} == {account.id, case.id}
    assert "收入年度" in "".join(finding.message for finding in found)


def test_far_future_does_not_break_a_rule(work: Workspace) -> None:
    report = checking.check_village(work, work.today() + timedelta(days=20_000))
    assert report.households == len(FAMILIES)
