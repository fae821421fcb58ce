"""The empty household card for a pen: nothing is known, so nothing is called unknown (domain.md 4, general part)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from villageapp.reports.card_facts import CardFacts, CardIncomeYear
from villageapp.reports.card_income import SUBJECTS, income_texts
from villageapp.reports.card_template import CardTemplate
from villageapp.reports.card_texts import CardTexts, Row, box, card_texts
from villageapp.reports.privacy import Privacy


@dataclass(frozen=True, slots=True)
class BlankCard:
    """What is printed on an empty card: the place and the year."""

    year: int
    county: str
    town: str
    village: str
    town_phone: str = ""
    version: int = 0
    """Version of the data."""


def blank_texts(blank: BlankCard, template: CardTemplate, grade: Privacy, printed_at: datetime) -> CardTexts:
    """The strings of an empty card as printed at ``printed_at`` (aware)."""
    texts = card_texts(_nobody(blank), template, grade, printed_at)
    yes_no = f"{box(False, '是')} {box(False, '否')}"
    basic = dict.fromkeys(texts.basic, "") | {
        "welfare": f"低保：{yes_no}  特困：{yes_no}",
        "relocated": yes_no,
    }
    header = texts.header | {"household_type": "", "monitoring": ""}
    income = None if grade is Privacy.P0 else _income(blank, template)
    return replace(texts, header=header, basic=basic, income=income, footer=texts.footer | {"status": ""})


def _nobody(blank: BlankCard) -> CardFacts:
    return CardFacts(
        household_uid="",
        revision=blank.version,
        year=blank.year,
        county=blank.county,
        town=blank.town,
        village=blank.village,
        head_name="",
        town_phone=blank.town_phone,
    )


def _income(blank: BlankCard, template: CardTemplate) -> tuple[Row, ...] | None:
    """The two years, and boxes to write in."""
    years = income_texts(CardIncomeYear(blank.year - 1), CardIncomeYear(blank.year), template)
    empty = {"last": "", "this": "", "change": ""}
    return None if years is None else (years[0], *(empty for _ in SUBJECTS))
