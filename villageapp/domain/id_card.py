"""Resident identity numbers and disability card numbers (rule R-ID of domain.md 3.6, GB 11643).

The checksum and the list of places are those of python-stdnum; ours is what national exports do to the
number: full-width digits, apostrophes, 15 old digits, 20 or 22 characters of a disability card in the
same column, and precision lost by a spreadsheet.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from stdnum.cn import ric

from villageapp.domain import dates

PROVINCES = frozenset(
    "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83".split()
)
_LOST = re.compile(r"\d(\.\d+)?E\+?\d+|\d+\.\d*")
LOST_PRECISION = "证件号码精度丢失（表格把它存成了数字），请在原表改为文本后重新导出"


@dataclass(frozen=True, slots=True)
class IdCard:
    """What a number says; ``problem`` is a Chinese reason when it is not valid, else empty."""

    id_no: str = ""
    birth_date: date | None = None
    sex: str = ""  # CL_SEX
    disability_card_no: str = ""
    disability_category: str = ""  # CL_DISAB_CAT
    disability_level: str = ""
    problem: str = ""


def normalise(text: str) -> str:
    """NFKC, without spaces, invisible marks and leading apostrophes, x as X."""
    if not text.isascii():
        normal = unicodedata.normalize("NFKC", text)
        text = "".join(c for c in normal if unicodedata.category(c) != "Cf")
    return "".join(text.split()).lstrip("'’‘`").upper()


def read(text: str) -> IdCard:
    """Check a number of 15, 18, 20 or 22 characters as it stands in an export or was typed."""
    number = normalise(text)
    if _LOST.fullmatch(number):
        return IdCard(problem=LOST_PRECISION)
    if len(number) == 15 and number.isascii() and number.isdigit():
        number = _upgraded(number)
    if len(number) not in (18, 20, 22):
        return IdCard(problem=f"应为 18 位（残疾人证 20 或 22 位），现在 {len(number)} 位")
    person = _person(number[:18])
    return person if person.problem or len(number) == 18 else _disability(person, number)


def _upgraded(old: str) -> str:
    body = old[:6] + "19" + old[6:]
    return body + str(ric.calc_check_digit(body + "0"))


def _person(number: str) -> IdCard:
    if not (number[:17].isascii() and number[:17].isdigit() and (number[17].isdigit() or number[17] == "X")):
        return IdCard(problem="含有数字以外的字符（X 只能在第 18 位）")
    if number[:2] not in PROVINCES:
        return IdCard(problem=f"省份代码 {number[:2]} 不存在")
    try:
        birth = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return IdCard(problem=f"出生日期 {number[6:14]} 不是真实的日期")
    if not date(1900, 1, 1) <= birth <= dates.today():
        return IdCard(problem=f"出生日期 {number[6:14]} 超出范围")
    wanted = str(ric.calc_check_digit(number))
    if number[17] != wanted:
        return IdCard(problem=LOST_PRECISION if number.endswith("000") else "校验码不对，号码有误")
    return IdCard(id_no=number, birth_date=birth, sex="1" if int(number[16]) % 2 else "2")


def _disability(person: IdCard, number: str) -> IdCard:
    category, level = number[18], number[19]
    if category not in "1234567":
        return IdCard(problem=f"残疾人证类别 {category} 不存在（应为 1—7）")
    if level not in "1234":
        return IdCard(problem=f"残疾人证等级 {level} 不存在（应为 1—4）")
    if not number.isascii() or (number[20:] and not number[20:].isalnum()):
        return IdCard(problem="残疾人证末两位有误")
    return IdCard(person.id_no, person.birth_date, person.sex, number, category, level)


def masked(id_no: str) -> str:
    """For a family's own copy: ``149901********001X`` (privacy grade P1)."""
    return id_no[:6] + "*" * (len(id_no) - 10) + id_no[-4:] if len(id_no) >= 15 else "*" * len(id_no)
