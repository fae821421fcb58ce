"""The income block of a card: two years side by side with the change."""

from __future__ import annotations

from string import Template

from villageapp.domain.money import yuan
from villageapp.reports.card_facts import CardIncomeYear
from villageapp.reports.card_template import CardTemplate

SUBJECTS = ("wages", "business", "property", "transfer", "business_costs", "net", "net_per_head")


def income_texts(
    last: CardIncomeYear | None, this: CardIncomeYear | None, template: CardTemplate
) -> tuple[dict[str, str], ...] | None:
    """Head row, then one row per subject; None when neither year has an account."""
    if last is None and this is None:
        return None
    subject, change, year = template.income_words
    rows = [{"subject": subject, "last": _year(year, last), "this": _year(year, this), "change": change}]
    for key in SUBJECTS:
        before, after = _fen(last, key), _fen(this, key)
        rows.append(
            {
                "subject": template.income.labels[key],
                "last": "" if before is None else yuan(before),
                "this": "" if after is None else yuan(after),
                "change": change_percent(before, after) if last and this else "",
            }
        )
    return tuple(rows)


def _year(word: str, account: CardIncomeYear | None) -> str:
    return Template(word).safe_substitute(year=account.year) if account else ""


def _fen(account: CardIncomeYear | None, key: str) -> int | None:
    return None if account is None else getattr(account, key)


def change_percent(before: int | None, after: int | None) -> str:
    """Change in per cent with sign; a dash when there is no positive amount to compare with."""
    if before is None or after is None or before <= 0:
        return "—"
    tenths, rest = divmod(abs(after - before) * 1000, before)
    tenths += 2 * rest >= before
    sign = "" if tenths == 0 else "+" if after > before else "-"
    return f"{sign}{tenths // 10}.{tenths % 10}%"
