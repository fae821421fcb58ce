"""家庭收入核算表 of households: from the account of a year, or blank for a pen (domain.md 3.3, 4.7).

Grade P1: the family signs it and keeps a copy; no ID number, telephone or bank account stands on it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from villageapp.domain import income, income_subjects
from villageapp.domain.codes import code_list
from villageapp.domain.fields import show
from villageapp.domain.household import HOUSEHOLD
from villageapp.domain.income_account import INCOME_ACCOUNT, INCOME_LINE
from villageapp.domain.money import yuan
from villageapp.domain.parameters import UnsetParameter
from villageapp.reports.income_sheet import (
    LEFT_OUT,
    MONTHS_TITLE,
    TITLE,
    IncomeEntry,
    IncomeFacts,
    income_form,
    month_form,
)
from villageapp.services import incomes, records
from villageapp.services.household_pages import HouseholdPage, page
from villageapp.services.imprints import data_version, village_line
from villageapp.services.income_judging import line_of
from villageapp.services.paper_files import Papers, of_forms

if TYPE_CHECKING:
    from villageapp.services.incomes import AccountPage
    from villageapp.services.workspace import Workspace


WORKING_AWAY = "A1"
"""务工收入: the subject whose lines name the trade and the place of the latest spell of work."""


def income_papers(
    work: Workspace, household_ids: Sequence[str], year: int, *, by_month: bool = False
) -> Papers:
    """A sheet for each household: its newest account up to ``year``, else a blank one with its name.

    Raises NotFound while it is printed (a household that is gone).
    """
    accounts = newest_accounts(work, year)
    make = month_form if by_month else income_form
    forms = (make(_facts(work, one, accounts.get(one), year)) for one in household_ids)
    return of_forms(MONTHS_TITLE if by_month else TITLE, forms, len(household_ids))


def blank_income_papers(work: Workspace, copies: int, *, by_month: bool = False) -> Papers:
    """Empty forms for a pen."""
    facts = IncomeFacts(
        "", 0, village_line(work), _subjects(work.today()), line_text=line_text(work, work.today().year)
    )
    form = (month_form if by_month else income_form)(facts)
    return of_forms(MONTHS_TITLE if by_month else TITLE, [form] * copies, copies)


def newest_accounts(work: Workspace, year: int) -> dict[str, str]:
    """The newest account of every household that is not of a later year."""
    found: dict[str, str] = {}
    for account in incomes.list_accounts(work):
        if account["income_year"] <= year:
            found.setdefault(account["household_id"], account["id"])
    return found


def _facts(work: Workspace, household_id: str, account_id: str | None, year: int) -> IncomeFacts:
    home = page(work, household_id)
    about = _about(work, home)
    if account_id is None:
        return IncomeFacts(
            household_id, line_text=line_text(work, year, home.values["region_code"]), year=year, **about
        )
    account = incomes.page(work, account_id)
    values = account.account
    period = f"{values['period_start']} 至 {values['period_end']}"
    return IncomeFacts(
        account_id,
        **about,
        year=values["income_year"],
        income=account.income,
        entries=_entries(work, home, account),
        line_text=line_text(work, values["income_year"], home.values["region_code"], account),
        population=f"{values['population']} 人",
        period=f"{period}（{show(INCOME_ACCOUNT['basis'], values['basis'])}）",
        collector=home.cadres.get(values["collected_by"] or "", ""),
        collected_on=show(INCOME_ACCOUNT["collected_on"], values["collected_on"]),
        status=show(INCOME_ACCOUNT["status"], values["status"]),
        last_year=_amount(values["last_year_per_capita"]),
    )


def _about(work: Workspace, home: HouseholdPage) -> dict[str, Any]:
    values = home.values
    return {
        "version": data_version(work),
        "village": village_line(work),
        "subjects": _subjects(work.today()),
        "head_name": home.head_name,
        "group_name": values["group_name"] or "",
        "household_no": values["national_hh_no"] or "",
        "household_type": show(HOUSEHOLD["household_type"], values["household_type"]),
    }


def _amount(fen: int | None) -> str:
    return "" if fen is None else f"{yuan(fen)} 元"


def _subjects(day: date) -> dict[str, tuple[str, ...]]:
    """Names of the subjects by section, as the form of that day groups them."""
    found: dict[str, list[str]] = defaultdict(list)
    for subject in income_subjects.shipped().on(day).values():
        found[subject.group if subject.counts else LEFT_OUT].append(subject.label)
    return {key: tuple(names) for key, names in found.items()}


def line_text(work: Workspace, year: int, region: str | None = "", account: AccountPage | None = None) -> str:
    """The monitoring line of a year with its version, or that it is unset; with an account also how the household stands to it (R-INC-6)."""
    try:
        line = line_of(work, {"income_year": year}, region)
    except UnsetParameter:
        return f"监测线未核定（{year}年），不作低于监测线的判断。"
    told = f"{line.title or '监测标准指导线'} {yuan(line.value)} 元／人·年，自 {line.effective_from} 起"
    told += f"（{line.source}）" if line.source else ""
    if account is None:
        return told
    figures = account.income
    words = [
        f"{name}{'低于' if income.below(amount, figures.population, line.value) else '不低于'}监测线"
        for name, amount in (("纯收入", figures.net), ("参考收入", figures.ref))
    ]
    return f"{told}。{'，'.join(words)}。"


def _entries(work: Workspace, home: HouseholdPage, account: AccountPage) -> Mapping[str, list[IncomeEntry]]:
    subjects = income_subjects.shipped().on(account.account["period_end"])
    names = {member["id"]: member["name"] for member in home.members}
    spells = _spells(work, home.id, f"{account.account['period_end']:%Y-%m}")
    found: dict[str, list[IncomeEntry]] = defaultdict(list)
    for line in sorted(account.lines, key=lambda row: (row["subject_code"], row["month"] or 0)):
        subject = subjects[line["subject_code"]]
        counts = subject.counts if line["counts"] is None else line["counts"]
        person = names.get(line["person_id"] or "", "")
        spell = spells.get(line["person_id"] or "", {}) if line["subject_code"] == WORKING_AWAY else {}
        found[subject.group if counts else LEFT_OUT].append(_entry(line, person, spell))
    return found


def _entry(line: Mapping[str, Any], person: str, spell: Mapping[str, Any]) -> IncomeEntry:
    qty = "" if line["qty"] is None else f"{line['qty'].normalize():f}{line['unit'] or ''}"
    place = "".join(part for part in (spell.get("region"), spell.get("employer")) if part)
    return IncomeEntry(
        subject=code_list(income_subjects.LIST).label(line["subject_code"]),
        person=person,
        amount=line["amount"],
        month=line["month"] or 0,
        job=spell.get("job") or "",
        place=place,
        qty=qty,
        price="" if line["unit_price"] is None else yuan(line["unit_price"]),
        evidence=show(INCOME_LINE["evidence"], line["evidence"]),
        note=line["note"] or "",
    )


def _spells(work: Workspace, household_id: str, until: str) -> dict[str, Mapping[str, Any]]:
    """Each person's latest spell of work begun up to that month: trade and place beside the wages."""
    found = records.list_records(work, "employment", {"household_id": household_id})
    working = (row for row in found if row["working"] and (row["start_ym"] or "") <= until)
    return {row["member_id"]: row for row in sorted(working, key=lambda row: row["start_ym"] or "")}
