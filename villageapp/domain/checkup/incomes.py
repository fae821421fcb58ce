"""Rules about income accounts: R-INC-7 with the public rules it holds; the newest account is looked at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from villageapp.domain import money
from villageapp.domain.checkup.check import Check
from villageapp.domain.checkup.facts import HouseholdFacts, Record, Setting, added_up
from villageapp.domain.checkup.finding import Found, Level
from villageapp.domain.fields import Form
from villageapp.domain.income import Income
from villageapp.domain.income_account import INCOME_ACCOUNT, INCOME_LINE, WAGE_SUBJECTS
from villageapp.domain.income_warnings import AccountCheck, warnings
from villageapp.domain.judgement import Reason
from villageapp.domain.monitoring_case import risks_of

_DISABILITY_SUPPORTS = frozenset({"M1004", "M1005"})


def _odd(check: AccountCheck, setting: Setting, field: str = "") -> Iterator[Reason]:
    """Reminders of R-INC-7 about one figure, or all."""
    for reason in warnings(check, setting.parameters, setting.region).warnings:
        if not field or field in reason.missing:
            yield reason


def _income(facts: HouseholdFacts, setting: Setting) -> tuple[Record, Income] | None:
    """The newest account and its sum; None without lines or when it cannot be added up (``D-INCOME``)."""
    account = facts.account
    if account is None:
        return None
    try:
        income = added_up(account, setting)
    except ValueError:
        return None  # told by D-INCOME
    return None if income is None else (account, income)


def _wage_slip(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    account = facts.account
    if account is not None:
        wages = tuple(x["amount"] for x in account["lines"] if x["subject_code"] in WAGE_SUBJECTS)
        check = AccountCheck(Income(1), account["period_end"], wages)
        for reason in _odd(check, setting):
            yield Found(account["id"], "wage", reason.message)
    for case in facts.open_cases:
        if case.get("ident_wage") is not None:
            for reason in _odd(AccountCheck(Income(1), setting.on, (case["ident_wage"],)), setting):
                yield Found(case["id"], "ident_wage", reason.message)


def _rich(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    for case in facts.cases:
        identified, net = case.get("identified_on"), case.get("ident_net")
        people = case.get("ident_population")
        if people is None or net is None:
            people, net = 1, case.get("ident_per_capita")
        if identified is None or net is None or net < 0:
            continue
        check = AccountCheck(Income(people, property_income=net), setting.on, identified_on=identified)
        for reason in _odd(check, setting, "per_capita"):
            yield Found(case["id"], "ident_per_capita", reason.message)


def _support(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    found = _income(facts, setting)
    if found is None:
        return
    account, income = found
    persons = any(m.get("is_dibao") or m.get("is_tekun") for m in facts.members)
    subsidy = any(m.get("item") in _DISABILITY_SUPPORTS for m in facts.measures)
    check = AccountCheck(income, account["period_end"], receives_support=persons or subsidy)
    for reason in _odd(check, setting, "transfer"):
        yield Found(account["id"], "transfer", reason.message)


def _illness(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    found = _income(facts, setting)
    if found is not None and facts.risks:
        account, income = found
        for reason in _odd(
            AccountCheck(income, account["period_end"], risks=facts.risks), setting, "compliant_oop"
        ):
            yield Found(account["id"], "compliant_oop", reason.message)
    for case in facts.open_cases:
        paid = case.get("ident_compliant_oop")
        if paid is not None:
            check = AccountCheck(Income(1, compliant_oop=paid), setting.on, risks=risks_of(case))
            for reason in _odd(check, setting, "compliant_oop"):
                yield Found(case["id"], "ident_compliant_oop", f"识别时{reason.message}")


def _others(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    found = _income(facts, setting)
    if found is None:
        return
    account, income = found
    check = AccountCheck(
        income,
        account["period_end"],
        has_employment=facts.has_employment,
        last_per_capita=_last_per_capita(facts, account, setting),
    )
    for reason in _odd(check, setting):
        yield Found(account["id"], reason.missing[0], reason.message)


def _last_per_capita(facts: HouseholdFacts, account: Record, setting: Setting) -> int | None:
    """As recorded, else that of the account of the year before."""
    recorded: int | None = account.get("last_year_per_capita")
    if recorded is not None:
        return recorded
    for other in facts.accounts:
        if other["income_year"] == account["income_year"] - 1 and other["basis"] == account["basis"]:
            try:
                income = added_up(other, setting)
            except ValueError:
                return None  # told by D-INCOME when it is the newest
            return None if income is None else income.per_capita
    return None


def _account_form(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    account = facts.account
    if account is None:
        return
    yield from _by_form(INCOME_ACCOUNT, account, account["id"])
    for line in account["lines"]:
        yield from _by_form(INCOME_LINE, line, line["id"])
    try:
        added_up(account, setting)
    except ValueError as error:
        yield Found(account["id"], "lines", f"{account['income_year']} 年收支账不能合计：{error}")


def _by_form(form: Form, values: Record, record_id: str) -> Iterator[Found]:
    for rule in form.rules:
        for problem in rule(values):
            yield Found(record_id, problem.field, problem.message)


def _population(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    account, said = facts.account, facts.get("income_year_population")
    if account is not None and said is not None and account.get("population") != said:
        told = (
            f"{account['income_year']} 年收支账人口 {account['population']} 人，户上年度家庭人口数 {said} 人"
        )
        yield Found(account["id"], "population", told)


def _exported(facts: HouseholdFacts, setting: Setting) -> Iterable[Found]:
    found, said = _income(facts, setting), facts.get("per_capita")
    if found is None or said is None:
        return
    account, income = found
    if account.get("basis") == "survey" and income.per_capita != said:
        own = money.yuan(income.per_capita)
        told = f"国家系统人均纯收入 {money.yuan(said)} 元，{account['income_year']} 年收支账核算为 {own} 元"
        yield Found(account["id"], "per_capita", told)


_F11 = "全国防返贫监测信息系统数据核查规则"
CHECKS = (
    Check("5_15_023", _F11, Level.ERROR, "工资性收入过小", "核对金额单位，应以元填写", _wage_slip),
    Check(
        "1111_18",
        _F11,
        Level.WARNING,
        "识别时人均纯收入偏高",
        "核对识别时收支；确属突发困难的写明说明",
        _rich,
    ),
    Check(
        "4_11_013",
        _F11,
        Level.ERROR,
        "有低保、特困、残补而转移性收入为 0",
        "补登记低保金、特困供养金或残疾人补贴",
        _support,
    ),
    Check("5_15_020", _F11, Level.WARNING, "因病而合规自付为 0", "核对医疗票据，补填合规自付支出", _illness),
    Check("R-INC-7", "R-INC-7", Level.WARNING, "收支账需要核对", "与农户核对后改正，或写明说明", _others),
    Check("D-INCOME", "数据字典 2.3", Level.ERROR, "收支账填写", "改正收支账或明细", _account_form),
    Check(
        "R-INC-4",
        "R-INC-4",
        Level.WARNING,
        "年度家庭人口数",
        "核对年度家庭人口数（不是现在的人数）",
        _population,
    ),
    Check(
        "D-INCOME-EXPORT",
        "数据字典 2.1",
        Level.NOTICE,
        "人均纯收入与国家系统不符",
        "核对收支账，或在国家系统中更新",
        _exported,
    ),
)
