"""Monitoring cases through the store with their records around: S5 and S6 of domain.md, marks, corrections, reopening."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from tests.helpers import monitoring as whole
from tests.helpers.days import on, with_line
from tests.helpers.photos import photo
from tests.helpers.stores import SHAN, WANG, ZHANG, as_role, family_id, member_id
from villageapp.domain.monitoring_moves import Move
from villageapp.errors import AlreadyDone, NotAllowed, NotFound, ValidationFailed
from villageapp.services import (
    attachments,
    cadres,
    cases,
    households,
    incomes,
    measures,
    members,
    problems,
    records,
    visits,
)
from villageapp.services.workspace import Workspace

HOME = family_id(ZHANG)
PEOPLE = ("14990119620315001X", "149901196507080022", "149901198801010016", "149901201009160023")


class Village:
    """The small village with the papers that a case needs, at the 第一书记's laptop."""

    def __init__(self, work: Workspace) -> None:
        self.work = with_line(as_role(work))
        self.case = ""
        self.photo = self._photo()
        colleague = {"name": "钱同事", "role": "工作队员"}
        self.cadres = [work.identity.user_id, cadres.record_cadre(work, colleague).id]

    def _photo(self) -> str:
        return attachments.add(self.work, photo(1, (400, 300)), "household", HOME).id

    def real(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The sample's values with ids of records that are here."""
        found = {}
        for name, value in values.items():
            if name in ("household_id", "identified_on", "identified_ym", "stable_since", "consent_id"):
                continue
            found[name] = self._here(value)
        return found

    def _here(self, value: Any) -> Any:
        if value == whole.PHOTO:
            return self.photo
        if value == whole.CADRES:
            return self.cadres
        return [self.photo] if isinstance(value, tuple) and whole.PHOTO in value else value

    def open(self, day: str = "2023-03-06") -> str:
        self.case = cases.open_case(on(self.work, day), HOME, {"reported_on": day}).id
        return self.case

    def consent(self, day: str = "2023-03-07") -> str:
        values = {
            "household_id": HOME,
            "kind": "2",
            "member_ids": [member_id(ZHANG, PEOPLE[0])],
            "text_version": "2022-1",
            "signed_on": day,
            "method": "纸质签字拍照",
        }
        return records.record(self.work, "consent", values).id

    def step(self, move: Move, **more: Any) -> Any:
        """Take a step of the sample's straight way, with other values where given."""
        values = next(v for m, v in whole.STEPS if m is move)
        return cases.move(self.work, self.case, move.value, {**self.real(values), **more})

    def identified(self) -> None:
        """On the straight way up to the county's decision of 2023-03-20."""
        self.open()
        on(self.work, "2023-04-01")
        self.consent()
        for move in whole.FORWARD[:6]:
            self.step(move)

    def helped(self) -> None:
        """With its plan, measures for both risks, an account and insurance."""
        self.identified()
        work = on(self.work, "2023-04-20")
        for item, start in (("M0703", "2023-04-03"), ("M1003", "2023-04-10")):
            measures.record_measure(
                work,
                HOME,
                {
                    "item": item,
                    "title": "救助",
                    "status": "实施中",
                    "start_on": start,
                    "member_id": member_id(ZHANG, PEOPLE[0]),
                },
            )
        for id_no in PEOPLE:
            known = {"med_insurance_resident": True, "med_insurance_employee": False}
            members.change_member(work, member_id(ZHANG, id_no), known)
        self.step(Move.START_HELP)

    def account(self, net: str) -> str:
        lines = [{"subject_code": "B1", "amount": net}]
        values = {"income_year": 2023, "population": 4}
        return incomes.record_account(self.work, HOME, values, lines).id

    def follow_up(self, day: str, **answers: Any) -> None:
        good = dict.fromkeys(("edu_ok", "med_ok", "house_ok", "water_ok"), True)
        values = {"kind": "01", "started_at": f"{day} 10:00", "result": "见到户主", **good, **answers}
        visits.record_visit(on(self.work, day), HOME, values)

    def steady(self) -> None:
        """Stable since 2023-05-10, with a follow-up every month up to November."""
        self.helped()
        self.account("28000")
        for month in range(5, 12):
            self.follow_up(f"2023-{month:02d}-10")
        cases.move(self.work, self.case, "mark_stable")

    def leave(self, day: str, **more: Any) -> Any:
        values = {**self.real(dict(whole.STEPS)[Move.VERIFY_EXIT]), "exit_verify_on": day, **more}
        return cases.move(on(self.work, "2023-11-30"), self.case, "verify_exit", values)

    @property
    def household(self) -> dict[str, Any]:
        return households.page(self.work, HOME).values

    @property
    def values(self) -> dict[str, Any]:
        return cases.page(self.work, self.case).case


@pytest.fixture
def village(work: Workspace) -> Village:
    return Village(work)


def test_s5_the_whole_identification(village: Village) -> None:
    village.open()
    on(village.work, "2023-04-01")
    village.step(Move.VERIFY)
    with pytest.raises(NotAllowed, match="R-MON-4"):
        village.step(Move.OPEN_REVIEW)
    village.consent()
    village.step(Move.OPEN_REVIEW)
    with pytest.raises(NotAllowed, match="半数"):
        village.step(Move.POST_NOTICE, votes_for=8)
    with pytest.raises(NotAllowed, match="R-MON-5"):
        village.step(Move.POST_NOTICE, category="2")
    village.step(Move.POST_NOTICE)
    with pytest.raises(NotAllowed, match="2023-03-15"):
        village.step(Move.CLOSE_NOTICE, notice_end="2023-03-14")
    village.step(Move.CLOSE_NOTICE, notice_end="2023-03-15")
    with pytest.raises(NotAllowed, match="2023-03-16"):
        village.step(Move.TOWN_AGREES, town_review_on="2023-03-15")
    village.step(Move.TOWN_AGREES)
    assert village.household["monitoring_category"] == "0", (
        "not a monitored household before the county decided"
    )
    approved = village.step(Move.APPROVE, county_approved_on="2023-03-24")
    assert approved.detail == "IDENTIFIED"
    assert any("识别超期 3 天" in problem.message for problem in approved.warnings)
    case = village.values
    assert (case["identified_on"], case["identified_ym"]) == (date(2023, 3, 24), "2023-03")
    home = village.household
    assert (home["monitoring_category"], home["risk_eliminated"], home["identified_ym"]) == (
        "1",
        False,
        "2023-03",
    )
    assert home["risks"] == ("01", "04")


def test_a_step_needs_its_papers(village: Village) -> None:
    village.open()
    on(village.work, "2023-04-01")
    before = village.values
    with pytest.raises(NotAllowed, match="须 2 人以上"):
        village.step(Move.VERIFY, verifiers=village.cadres[:1])
    with pytest.raises(NotAllowed, match="不能进行这一步"):
        village.step(Move.APPROVE)
    with pytest.raises(ValidationFailed, match="没有“fly”这一步"):
        cases.move(village.work, village.case, "fly")
    for name, value in (("state", "ELIMINATED"), ("identified_on", "2023-03-20"), ("category_proposed", "3")):
        with pytest.raises(ValidationFailed, match="不能填写"):
            cases.fill_in(village.work, village.case, {name: value})
    with pytest.raises(ValidationFailed, match="另一户"):
        cases.fill_in(village.work, village.case, {"household_id": family_id(WANG)})
    assert village.values == before


def test_one_open_case_each(village: Village) -> None:
    village.open()
    with pytest.raises(AlreadyDone):
        village.open()
    with pytest.raises(NotFound):
        cases.open_case(village.work, "0190f000-0000-7000-8000-000000000001")
    with pytest.raises(ValidationFailed, match="晚于今天"):
        cases.open_case(on(village.work, "2023-03-06"), family_id(SHAN), {"reported_on": "2023-03-07"})
    assert len(cases.list_cases(village.work)) == 1


def test_a_refused_family_is_left_as_it_was(village: Village) -> None:
    village.open()
    on(village.work, "2023-04-01")
    village.step(Move.VERIFY, verify_result="不属实")
    with pytest.raises(NotAllowed, match="告知农户日期"):
        cases.move(village.work, village.case, "reject", {"decision_reason": "有存款"})
    told = {"decision_reason": "有存款", "decision_told_on": "2023-03-12"}
    assert cases.move(village.work, village.case, "reject", told).detail == "REJECTED"
    assert village.household["monitoring_category"] == "0"
    assert cases.list_cases(village.work) == []
    with pytest.raises(NotAllowed, match="已结案"):
        cases.fill_in(village.work, village.case, {"risk_1": "03"})
    cases.fill_in(village.work, village.case, {"closed_note": "存款十万"})
    village.open("2023-04-01")


def test_corrections_after_the_identification_are_judged_again(village: Village) -> None:
    village.identified()
    with pytest.raises(NotAllowed, match="R-MON-3"):
        cases.fill_in(village.work, village.case, {"notice_end": "2023-03-12"})
    with pytest.raises(NotAllowed, match="R-MON-5"):
        cases.fill_in(village.work, village.case, {"category": "2"})
    cases.fill_in(
        village.work,
        village.case,
        {"county_approved_on": "2023-03-21", "county_doc_no": "示范县〔2023〕10号"},
    )
    assert village.values["identified_on"] == date(2023, 3, 21)
    cases.fill_in(village.work, village.case, {"category": "3", "risk_3": "07"})
    assert village.household["monitoring_category"] == "3"
    assert village.household["risks"] == ("01", "04", "07")


def test_help_needs_a_plan_and_a_measure(village: Village) -> None:
    village.identified()
    with pytest.raises(NotAllowed, match="还没有识别后开始实施的帮扶措施"):
        village.step(Move.START_HELP)
    due = {duty.text: duty.due for duty in cases.page(village.work, village.case).duties}
    assert due["制定一户一策帮扶计划"] == date(2023, 3, 30)
    assert due["落实首项帮扶措施"] == date(2023, 4, 20)
    late = cases.page(village.work, village.case, date(2023, 4, 21)).duties
    assert any(duty.text == "识别后1个月未落实帮扶措施" and duty.overdue == 1 for duty in late)


def test_s6_leaving_needs_half_a_year_and_a_stable_half_year(village: Village) -> None:
    village.steady()
    assert village.values["stable_since"] == date(2023, 5, 10)
    with pytest.raises(NotAllowed, match=r"R-MON-9.*2023-09-20"):
        village.leave("2023-08-20")
    with pytest.raises(NotAllowed, match=r"R-MON-11.*2023-11-10"):
        village.leave("2023-09-25")
    with pytest.raises(NotAllowed, match=r"6,999\.99"):
        village.leave("2023-11-10", exit_net="27999.96", exit_per_capita="6999.99")
    assert village.leave("2023-11-10").detail == "EXIT_VERIFY"
    for move in whole.FORWARD[9:]:
        village.work = on(village.work, "2023-12-01")
        village.step(move)
    home = village.household
    assert (home["monitoring_category"], home["risk_eliminated"], home["eliminated_ym"]) == (
        "1",
        True,
        "2023-11",
    )
    assert cases.list_cases(village.work) == []
    again = cases.reopen(on(village.work, "2023-12-05"), village.case)
    case = cases.page(village.work, again.id).case
    assert (case["reopened_from"], case["state"]) == (village.case, "CLUE")
    assert village.household["risk_eliminated"] is True, "a clue alone does not mark the household"


def test_s6_an_open_problem_or_a_broken_guarantee_stops_the_exit(village: Village) -> None:
    village.steady()
    found = {"household_id": HOME, "category": "饮水安全", "title": "水管冻裂", "reported_on": "2023-11-09"}
    problems.add_problem(village.work, found)
    with pytest.raises(NotAllowed, match="1 个问题未销号"):
        village.leave("2023-11-10")


def test_s6_no_labour_at_all_stays_monitored(village: Village) -> None:
    village.steady()
    for id_no in PEOPLE:
        members.change_member(village.work, member_id(ZHANG, id_no), {"labour": "5"})
    with pytest.raises(NotAllowed, match="整户无劳动能力，暂不标注"):
        village.leave("2023-11-10")


def test_s6_a_family_that_moved_away_leaves_early(village: Village) -> None:
    village.helped()
    village.account("1000")
    reason = {"natural_reason": "整户迁出", "natural_proof": village.photo}
    with pytest.raises(NotAllowed, match="在册成员"):
        cases.move(on(village.work, "2023-08-20"), village.case, "close_natural", reason)
    households.change(village.work, HOME, {"status": "整户减少"})
    with pytest.raises(NotAllowed, match="自然消除佐证"):
        cases.move(village.work, village.case, "close_natural", {"natural_reason": "整户迁出"})
    assert cases.move(village.work, village.case, "close_natural", reason).detail == "CLOSED_NATURAL"
    assert village.household["monitoring_category"] == "0"


def test_a_bad_follow_up_takes_the_stability_back(village: Village) -> None:
    village.steady()
    with pytest.raises(NotAllowed, match="R-MON-11"):
        cases.move(village.work, village.case, "lose_stable")
    village.follow_up("2023-11-20", water_ok=False)
    with pytest.raises(NotAllowed, match="R-MON"):
        village.leave("2023-11-21")
    assert cases.move(village.work, village.case, "lose_stable").detail == "HELPING"
    assert village.values["stable_since"] is None


def test_without_a_line_nobody_becomes_stable(village: Village, work: Workspace) -> None:
    village.helped()
    village.account("28000")
    village.follow_up("2023-05-10")
    from villageapp.domain import parameters

    work.parameters = parameters.shipped()
    with pytest.raises(NotAllowed, match=r"没有满足风险稳定条件.*2023-05-10：监测标准未核定"):
        cases.move(work, village.case, "mark_stable")


def test_an_account_fills_the_figures(village: Village) -> None:
    village.open()
    with pytest.raises(NotFound, match="收支账"):
        cases.account_figures(village.work, village.case)
    village.account("28000")
    figures = cases.account_figures(village.work, village.case)
    assert (figures["ident_production"], figures["ident_net"]) == (28_000_00, 28_000_00)
    assert (figures["ident_per_capita"], figures["ident_population"]) == (7_000_00, 4)
    cases.fill_in(village.work, village.case, figures)
    leaving = cases.account_figures(village.work, village.case, leaving=True)
    assert leaving["exit_per_capita"] == 7_000_00
    assert "exit_edu_dropout" not in leaving


def test_a_household_of_the_national_list_is_taken_over_by_month(village: Village) -> None:
    """S6 with months only: identified 2023-03, refused in August, allowed for R-MON-9 in September."""
    home = family_id(WANG)
    with pytest.raises(NotAllowed, match="没有识别监测时间"):
        cases.take_over(village.work, home)
    households.change(village.work, home, {"identified_ym": "202303", "risks": ["因病"]})
    made = cases.take_over(on(village.work, "2023-09-30"), home).id
    case = cases.page(village.work, made).case
    assert (case["state"], case["identified_ym"], case["risk_1"]) == ("HELPING", "2023-03", "01")
    assert village.work.today() == date(2023, 9, 30)
    with pytest.raises(NotAllowed):
        cases.take_over(village.work, HOME)
    with pytest.raises(AlreadyDone):
        cases.take_over(village.work, home)
    visits.record_visit(
        village.work, home, {"kind": "01", "started_at": "2023-09-30 10:00", "result": "见到户主"}
    )
    with pytest.raises(NotAllowed, match=r"三保障和饮水安全未知.*参保情况未知"):
        cases.move(village.work, made, "mark_stable")
    assert "人均纯收入未登记" in cases.page(village.work, made).last_follow_up
