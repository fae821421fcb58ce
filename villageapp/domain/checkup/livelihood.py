"""Rules about employment, public posts, small loans and assistance measures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from villageapp.domain import loan, public_post
from villageapp.domain.checkup.check import Check
from villageapp.domain.checkup.facts import RUNNING, HouseholdFacts, Record, Setting, runs
from villageapp.domain.checkup.finding import Found, Level
from villageapp.domain.employment import EMPLOYMENT
from villageapp.domain.fields import Form, show
from villageapp.domain.household import NOT_MONITORED
from villageapp.domain.measure import MEASURE
from villageapp.domain.member import MEMBER
from villageapp.domain.money import yuan
from villageapp.domain.risk_measures import ABLE

TRANSPORT_MEASURE = "M0202"
PLANNED, DONE = "计划", "已完成"
_SETTLED, _REGULAR = "结清", "正常"
_TOGETHER = frozenset({"公益岗位", "务农"})
"""Channels whose spells may run beside another (domain.md 2.9)."""


def _at(record: Record, field: str, message: str, mend: str = "", facts: str = "") -> Found:
    return Found(record["id"], field, message, record.get("member_id") or "", mend, facts)


def _by_form(form: Form, records: Sequence[Record], *fields: str) -> Iterator[Found]:
    for record in records:
        for rule in form.rules:
            for problem in rule(record):
                if problem.field in fields:
                    yield _at(record, problem.field, problem.message)


def _away(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    return _by_form(EMPLOYMENT, facts.employment, "industry", "employer")


def _ended(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    yield from _by_form(EMPLOYMENT, facts.employment, "end_ym")
    month = f"{setting.on:%Y-%m}"
    for spell in facts.employment:
        if spell.get("working") is False and (spell.get("end_ym") or "") > month:
            yield _at(spell, "end_ym", f"未务工，结束时间 {spell['end_ym']} 却在将来")


def _students(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    if not facts.has_employment:
        return
    codes = setting.parameters.find("STUDENTS_NOT_WORKING", setting.on, setting.region).value
    for member in facts.members:
        if member.get("student_status") in codes and facts.works(member, setting.on):
            status = show(MEMBER["student_status"], member["student_status"])
            told = f"在校生状况为 {status}，又登记务工"
            yield Found(member["id"], "student_status", told, member["id"])


def _unable(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    if not facts.has_employment:
        return
    for member in facts.members:
        labour = member.get("labour")
        if labour is not None and labour not in ABLE and facts.works(member, setting.on):
            told = f"劳动技能为 {show(MEMBER['labour'], labour)}，又登记务工"
            yield Found(member["id"], "labour", told, member["id"])


def _overlaps(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    spells = [s for s in facts.employment if s.get("working") is not False and s.get("start_ym")]
    spells.sort(key=lambda spell: (spell["member_id"], spell["start_ym"], spell["id"]))
    for place, spell in enumerate(spells):
        for later in spells[place + 1 :]:
            if later["member_id"] != spell["member_id"]:
                break
            apart = later["start_ym"] > (spell.get("end_ym") or "9999-12")
            if not apart and {spell.get("channel"), later.get("channel")} != _TOGETHER:
                told = f"{later['start_ym']} 起的务工与 {spell['start_ym']} 起的务工时间重叠"
                yield _at(later, "start_ym", told)


def _transport(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    for measure in facts.measures:
        if measure.get("item") != TRANSPORT_MEASURE or measure.get("status") not in (RUNNING, DONE):
            continue
        spells = [s for s in facts.employment if s["member_id"] == measure.get("member_id")]
        recorded = [s["transport_subsidy"] for s in spells if s.get("transport_subsidy") is not None]
        if any(recorded) or (measure.get("amount") and not recorded):
            continue
        told = f"{measure['year']} 年登记了外出务工交通补贴措施，年度交通费补助为 {'0' if recorded else '空'}"
        yield _at(measure, "amount", told)


def _moved_away(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    for spell in facts.employment:
        if spell["member_id"] not in facts.by_member and runs(spell, setting.on):
            yield _at(spell, "member_id", "务工人已减少或不在该户，务工记录仍在进行")


def _second_post(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    active = sorted(
        (p for p in facts.posts if _holds(p, setting.on)), key=lambda p: (p["agreement_start"], p["id"])
    )
    for held, post in enumerate(active):
        terms = post["agreement_start"], post["agreement_end"], post.get("override_reason") or ""
        for reason in public_post.judge_agreement(held, *terms, setting.parameters).reasons:
            yield _at(post, "override_reason", reason.message)
    if facts.posts:
        return
    this_year = (m for m in facts.post_measures if m.get("year") == setting.on.year)
    people = sorted({m.get("member_id") or "" for m in this_year})
    for held, member_id in enumerate(people):
        terms = setting.on, setting.on, ""
        for reason in public_post.judge_agreement(held, *terms, setting.parameters).reasons:
            mend = "核实后终止多余的岗位措施，或登记岗位协议并写明理由"
            yield Found(facts.id, "measure", reason.message, member_id, mend)


def _holds(post: Record, on: date) -> bool:
    start, end = post.get("agreement_start"), post.get("agreement_end")
    return start is not None and start <= on and (end is None or on <= end)


def _loans(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    running = [item for item in facts.loans if item.get("status") != _SETTLED]
    running.sort(key=lambda item: (item.get("start_on") or date.min, item["id"]))
    owed = 0
    for item in running:
        own = item["outstanding"] if item.get("outstanding") is not None else item.get("principal") or 0
        borrower = facts.by_member.get(item.get("member_id") or "", {})
        start, due = item.get("start_on"), item.get("due_on")
        if start is None or due is None or borrower.get("birth_date") is None:
            if not borrower:
                yield _at(item, "member_id", "借款人未登记或已不在该户，不能核对借款条件")
        else:
            request = _request(facts, item, owed, own, borrower["birth_date"])
            for reason in loan.judge_loan(request, setting.parameters).reasons:
                field = reason.missing[0] if reason.missing else "principal"
                yield _at(item, field, reason.message)
        owed += own


def _request(facts: HouseholdFacts, item: Record, owed: int, own: int, born: date) -> loan.LoanRequest:
    start, due = item["start_on"], item["due_on"]
    months = (due.year - start.year) * 12 + due.month - start.month + (due.day > start.day)
    return loan.LoanRequest(
        facts.get("household_type"),
        facts.category != NOT_MONITORED,
        owed,
        own,
        months,
        item.get("purpose") or "",
        born,
        start,
        (item.get("extra_reason") or "") if item.get("extra") else "",
    )


def _loan_due(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    for item in facts.loans:
        due = item.get("due_on")
        if item.get("status") == _REGULAR and due is not None and due < setting.on:
            owed = item["outstanding"] if item.get("outstanding") is not None else item.get("principal") or 0
            yield _at(
                item, "status", f"{due} 已到期，状态仍为正常，未还 {yuan(owed)} 元", facts=f"{due} {owed}"
            )


def _loan_rate(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    for item in facts.loans:
        rate, start, due = item.get("rate_bp"), item.get("start_on"), item.get("due_on")
        if rate is None or start is None or due is None or item.get("status") == _SETTLED:
            continue
        months = (due.year - start.year) * 12 + due.month - start.month
        for reason in loan.judge_rate(rate, months, start, setting.parameters).reasons:
            yield _at(item, "rate_bp", reason.message)


def _measure_form(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    return _by_form(MEASURE, facts.measures, "item", "end_on", "member_id")


def _measure_state(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    for measure in facts.measures:
        planned, status = measure.get("planned_on"), measure.get("status")
        title = measure.get("title") or show(MEASURE["item"], measure.get("item"))
        if status == PLANNED and planned is not None and planned < setting.on:
            yield _at(measure, "status", f"“{title}”计划 {planned} 实施，状态仍为计划", facts=str(planned))
        elif status == DONE and (end := measure.get("end_on")) is not None and end > setting.on:
            yield _at(measure, "status", f"“{title}”结束日期 {end} 未到，状态已为已完成", facts=str(end))


def _measure_person(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    for measure in facts.measures:
        person = measure.get("member_id")
        if person and person not in facts.by_member and measure.get("status") == RUNNING:
            title = measure.get("title") or show(MEASURE["item"], measure.get("item"))
            yield Found(measure["id"], "member_id", f"“{title}”的享受人已减少，措施仍在实施中")


_F11 = "全国防返贫监测信息系统数据核查规则"
CHECKS = (
    Check("5_15_009", _F11, Level.ERROR, "外出务工缺行业或企业", "问清后补填所属行业和务工企业名称", _away),
    Check("1111_16", _F11, Level.ERROR, "未务工而没有结束时间", "补填结束时间；仍在务工的改为已务工", _ended),
    Check("4_01_006", _F11, Level.ERROR, "在校生登记务工", "核对在校生状况和务工登记", _students),
    Check("D-UNABLE", "数据字典 2.9", Level.WARNING, "无劳动力而务工", "核对劳动技能和务工登记", _unable),
    Check("D-OVERLAP", "数据字典 2.9", Level.WARNING, "务工时间重叠", "核对起止时间", _overlaps),
    Check("D-SPELL", "数据字典 2.9", Level.WARNING, "务工人已减少", "填写务工结束时间", _moved_away),
    Check("1111_10", _F11, Level.ERROR, "交通补贴为 0", "核对补贴发放，补填年度交通费补助", _transport),
    Check("R-POST", "R-POST", Level.WARNING, "一户多岗", "一户一公岗；确需增加的写明理由", _second_post),
    Check(
        "R-LOAN", "R-LOAN", Level.ERROR, "小额信贷条件", "与承贷银行核对；不符合条件的及时报告乡镇", _loans
    ),
    Check("R-LOAN-DUE", "R-LOAN", Level.WARNING, "小额信贷到期", "核实还款情况，更新贷款状态", _loan_due),
    Check("R-LOAN-RATE", "R-LOAN", Level.WARNING, "小额信贷利率", "与承贷银行核对利率", _loan_rate),
    Check(
        "D-MEASURE",
        "数据字典 2.4",
        Level.ERROR,
        "帮扶措施填写",
        "改正措施的子项、日期或享受人",
        _measure_form,
    ),
    Check(
        "D-MEASURE-STATE",
        "数据字典 2.4",
        Level.WARNING,
        "帮扶措施状态",
        "核实落实情况后更新状态",
        _measure_state,
    ),
    Check(
        "D-MEASURE-PERSON",
        "数据字典 2.4",
        Level.WARNING,
        "措施享受人已减少",
        "终止措施或改正享受人",
        _measure_person,
    ),
)
