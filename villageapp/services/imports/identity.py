"""Who a row is about: the ID number and what follows from it (rule R-ID), or a substitute without one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from villageapp.domain import id_card
from villageapp.domain.member import MEMBER
from villageapp.services.imports import cells
from villageapp.services.imports.findings import Findings
from villageapp.services.imports.source import Cell
from villageapp.services.imports.vocabulary import Vocabulary

CITIZEN_ID, DISABILITY_CARD, OTHER_ID = "01", "09", "99"
"""Codes of CL_ID_TYPE."""
WITHOUT_NUMBER = frozenset({"10", OTHER_ID})


@dataclass(slots=True)
class PersonRow:
    """One row that names a person. ``rejected``: not taken, but its household values still count."""

    row: int
    sheet: str
    hh_no: str
    key: str = ""
    rejected: bool = False
    household: dict[str, Any] = field(default_factory=dict)
    member: dict[str, Any] = field(default_factory=dict)
    head: dict[str, str] = field(default_factory=dict)
    employment: dict[str, Any] = field(default_factory=dict)


def identify(person: PersonRow, cell: Cell, words: Vocabulary, findings: Findings) -> str:
    """Set the person's key and what follows from the number; answers why not, or an empty text."""
    if is_blank(cell):
        return _without_number(person, findings)
    if isinstance(cell, (int, float)) and not 0 <= cell < cells.EXACT_BELOW:
        return id_card.LOST_PRECISION
    try:
        text = cells.text_of(cell, words.limits.cell_characters)
    except ValueError as error:
        return f"证件号码{error}"
    found = id_card.read(text)
    if found.problem and person.member.get("id_type", CITIZEN_ID) not in (CITIZEN_ID, DISABILITY_CARD):
        return _other_document(person, text)
    if found.problem:
        return found.problem if found.problem.startswith("证件号码") else f"证件号码：{found.problem}"
    person.key = found.id_no
    _take_over(person, found, findings)
    return ""


def is_blank(cell: Cell) -> bool:
    """Whether a cell is empty or holds only blanks and text marks."""
    return isinstance(cell, str) and (not cell or not cell.strip("'’‘ \t\r\n\u3000\xa0"))


def _take_over(person: PersonRow, found: id_card.IdCard, findings: Findings) -> None:
    member = person.member
    for name, value in (("sex", found.sex), ("birth_date", found.birth_date)):
        if member.get(name, value) != value:
            findings.warn(person.row, f"{MEMBER[name].label}与证件号码不符，已按证件号码登记")
        member[name] = value
    member["id_type"], member["id_no"] = CITIZEN_ID, found.id_no
    if found.disability_card_no:
        _take_card(member, found)
    elif member.get("disability_card_no"):
        _separate_card(person, found.id_no, findings)


def _take_card(member: dict[str, Any], card: id_card.IdCard) -> None:
    member["disability_card_no"] = card.disability_card_no
    member["disability_category"] = card.disability_category
    member["disability_level"] = card.disability_level


def _separate_card(person: PersonRow, id_no: str, findings: Findings) -> None:
    """A card number in a column of its own: 20 or 22 characters that begin with the ID number."""
    card = id_card.read(person.member.pop("disability_card_no"))
    if card.problem or card.id_no != id_no or not card.disability_card_no:
        findings.warn(person.row, f"残疾人证号{card.problem or '与证件号码不一致'}，这一项留空")
    else:
        _take_card(person.member, card)


def _other_document(person: PersonRow, text: str) -> str:
    number, longest = id_card.normalise(text), MEMBER["id_no"].max_length
    if len(number) > longest:
        return f"证件号码超过 {longest} 位"
    person.member["id_no"] = person.key = number
    return ""


def _without_number(person: PersonRow, findings: Findings) -> str:
    member = person.member
    birth = member.get("birth_date")
    if member.get("national_member_no"):
        person.key = f"no:{member['national_member_no']}"
    elif birth is not None:
        person.key = f"{member['name']}|{birth.isoformat()}"
    else:
        return "没有证件号码，也没有人口编号或出生日期，无法认定是谁"
    if member.get("id_type") not in WITHOUT_NUMBER:
        member["id_type"] = OTHER_ID
        findings.warn(person.row, f"{member['name']}没有证件号码，先按“其他”证件登记，请补录")
    return ""
