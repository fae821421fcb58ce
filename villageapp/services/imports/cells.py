"""The clean value of one cell (domain.md 5.3, 5.4). What cannot be read is refused with a reason, never guessed."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from villageapp.domain import codes, fields, money
from villageapp.domain.fields import Field, Kind
from villageapp.domain.telephone import looks_like_phone
from villageapp.services.imports.headings import Column
from villageapp.services.imports.source import Cell
from villageapp.services.imports.vocabulary import Vocabulary, plain

EXACT_BELOW = 10**15
"""A spreadsheet keeps 15 significant digits; a longer number has lost its tail."""

LOST_NUMBER = "数字超过 15 位，表格把它存成了数字，末位已丢失；请在原表改为文本后重新导出"
_SCIENTIFIC = re.compile(r"[+-]?\d(\.\d+)?E\+?\d+", re.IGNORECASE)
_FORCED_TEXT = re.compile(r'="(.*)"')
_NUMBER_WITH_UNIT = re.compile(r"([+-]?\d+(?:\.\d+)?)(?:人|个月|月|年|岁|亩|元|平方米|平方|㎡|公里|千米|km)?")
_DIGITS = re.compile(r"[0-9]+")
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_COMMON_NAME = re.compile(r"[\u4e00-\u9fff]{2,4}")
_FOREIGN_CODE = re.compile(r"\d{1,4}")


@dataclass(frozen=True, slots=True)
class Read:
    """What a cell holds: a clean value (None: nothing) and, when it is odd, a reason in Chinese."""

    value: Any = None
    problem: str = ""


def read(column: Column, cell: Cell, words: Vocabulary) -> Read:
    """The value of a cell under that column; never raises."""
    described = column.target.field
    try:
        text = text_of(cell, words.limits.cell_characters)
        if described is None:
            return Read(_name(text))
        return _READERS.get(described.kind, _plain_kind)(_Cell(column, described, cell, text, words))
    except (OverflowError, InvalidOperation):
        return Read(problem="不是有效的数字")
    except ValueError as error:
        return Read(problem=str(error))


def text_of(cell: Cell, longest: int) -> str:
    """A cell as text: whole numbers without decimals, dates in ISO form. Raises ValueError when unusable."""
    if isinstance(cell, str):
        if len(cell) > longest:
            raise ValueError(f"内容超过 {longest} 个字")
        text = cell.strip()
        forced = _FORCED_TEXT.fullmatch(text)
        return forced[1] if forced else text.lstrip("'’‘")
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, (int, float)):
        return _number_text(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    assert isinstance(cell, (time, timedelta))
    raise ValueError("是钟点或时长，不是这一列该有的内容")


def _number_text(cell: float) -> str:
    if not math.isfinite(cell):
        raise ValueError("不是有效的数字")
    return str(int(cell)) if cell == int(cell) else repr(cell)


def is_foreign_code(cell: Cell) -> bool:
    """Whether a cell of a labelled column holds a bare number: a code of a book that we do not know."""
    if isinstance(cell, bool):
        return False
    if isinstance(cell, str):
        return bool(_FOREIGN_CODE.fullmatch(cell.strip()))
    return isinstance(cell, (int, float)) and 0 <= cell < 10_000 and cell == int(cell)


@dataclass(frozen=True, slots=True)
class _Cell:
    column: Column
    field: Field
    raw: Cell
    text: str
    words: Vocabulary

    @property
    def empty(self) -> bool:
        """Whether the text is one of the ways to write nothing."""
        return plain(self.text) in self.words.nothing


def _plain_kind(cell: _Cell) -> Read:
    special = _BY_NAME.get(cell.field.name)
    if special is not None:
        return special(cell)
    if cell.empty:
        return Read()
    return Read(fields.parse(cell.field, cell.text))


def _code(cell: _Cell) -> Read:
    if is_foreign_code(cell.raw):
        raise ValueError("是数字代码，不是文字；各系统的代码互不相同，不能猜")
    try:
        code = codes.code_list(cell.field.choices).find(cell.text) if cell.text else None
    except ValueError:
        if cell.empty:
            return Read()
        raise
    return Read(code, cell.words.remarked.get(plain(cell.text), ""))


def _codes(cell: _Cell) -> Read:
    if is_foreign_code(cell.raw):
        raise ValueError("是数字代码，不是文字；各系统的代码互不相同，不能猜")
    found: set[str] = set()
    strange: list[str] = []
    for part in codes.split(cell.text):
        try:
            found.add(codes.code_list(cell.field.choices).find(part))
        except ValueError as error:
            if plain(part) not in cell.words.nothing:
                strange.append(str(error))
    return Read(tuple(sorted(found)) or None, "；".join(strange))


def _yes_no(cell: _Cell) -> Read:
    word = plain(cell.text)
    if word in cell.words.yes:
        return Read(True)
    if word in cell.words.no:
        return Read(False)
    if cell.empty:
        return Read()
    raise ValueError(f"“{cell.text[:20]}”不是“是/否”")


def _month(cell: _Cell) -> Read:
    if cell.field.name == "end_ym" and plain(cell.text) in cell.words.still:
        return Read()
    return Read(None if cell.empty else fields.parse(cell.field, _whole_day(cell)))


def _whole_day(cell: _Cell) -> str:
    """A date serial may carry a time of day as its fraction."""
    if isinstance(cell.raw, float) and 0 < cell.raw < EXACT_BELOW:
        return str(int(cell.raw))
    return cell.text


def _number(cell: _Cell) -> Read:
    if cell.empty:
        return Read()
    text = unicodedata.normalize("NFKC", cell.text).replace(",", "").replace(" ", "")
    match = _NUMBER_WITH_UNIT.fullmatch(text)
    if match is None and not isinstance(cell.raw, (int, float)):
        raise ValueError(f"“{cell.text[:20]}”不是数字")
    number = Decimal(match[1] if match else text)
    if cell.field.kind is Kind.DECIMAL:
        return Read(_decimal(cell, number))
    if cell.field.kind is Kind.MONEY:
        return _money(cell, number)
    return Read(fields.parse(cell.field, str(number)))


def _decimal(cell: _Cell, number: Decimal) -> Any:
    if cell.field.name == "distance_km":
        if cell.column.unit == "米":
            number /= 1000
        elif number > cell.words.distance_above_km:
            raise ValueError(f"{number} 大于 {cell.words.distance_above_km} 公里，可能是以米为单位，请核对")
    return fields.parse(cell.field, number.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP))


def _money(cell: _Cell, number: Decimal) -> Read:
    if cell.column.unit == "万元":
        number *= 10_000
    amount = money.fen(number.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP))
    low = cell.words.per_capita_below_fen
    if cell.field.name == "per_capita" and 0 < amount < low:
        raise ValueError(f"{money.yuan(amount)} 小于 {money.yuan(low)} 元，可能是以万元为单位，请核对")
    return Read(fields.parse(cell.field, amount))


def _long_number(cell: _Cell) -> Read:
    """National numbers are text; one that passed through a number cell has lost its last digits."""
    if isinstance(cell.raw, str) and _DIGITS.fullmatch(cell.text) and len(cell.text) <= cell.field.max_length:
        return Read(cell.text)
    if cell.empty:
        return Read()
    number = unicodedata.normalize("NFKC", cell.text).replace(" ", "")
    lost_cell = isinstance(cell.raw, (int, float)) and not 0 <= cell.raw < EXACT_BELOW
    if lost_cell or _SCIENTIFIC.fullmatch(number) or (isinstance(cell.raw, float) and cell.raw % 1):
        raise ValueError(LOST_NUMBER)
    return Read(fields.parse(cell.field, number))


def _phone(cell: _Cell) -> Read:
    if _MOBILE.fullmatch(cell.text):
        return Read(cell.text)
    number = "".join(unicodedata.normalize("NFKC", cell.text).split())
    if cell.empty or plain(number) in cell.words.no_phone:
        return Read()
    if _SCIENTIFIC.fullmatch(number):
        raise ValueError("电话被存成了科学计数的数字，位数已丢失")
    found = fields.parse(cell.field, number)
    return Read(
        found, "" if found is None or looks_like_phone(found) else "不像手机号或固定电话，已照原样登记"
    )


def _person_name(cell: _Cell) -> Read:
    if _COMMON_NAME.fullmatch(cell.text):
        return Read(cell.text)
    name = "" if cell.empty else _name(cell.text)
    if len(name) > cell.field.max_length:
        raise ValueError(f"姓名最多 {cell.field.max_length} 个字")
    if name and not any(unicodedata.category(c)[0] in "LC" for c in name):
        raise ValueError(f"“{name[:20]}”不是姓名")
    return Read(name or None)


def _name(text: str) -> str:
    """NFKC, no spaces between Han characters; rare characters of later Unicode and private use survive."""
    normal = unicodedata.normalize("NFKC", text)
    kept = "".join(c for c in normal if unicodedata.category(c) not in ("Cc", "Cf", "Cs") or c in "\t\n")
    parts = kept.split()
    name = parts[0] if parts else ""
    for part in parts[1:]:
        name += part if _beyond_latin(name[-1]) or _beyond_latin(part[0]) else f" {part}"
    return name


def _beyond_latin(character: str) -> bool:
    return ord(character) >= 0x2E80


_BY_NAME: dict[str, Callable[[_Cell], Read]] = {
    "national_hh_no": _long_number,
    "national_member_no": _long_number,
    "disability_card_no": _long_number,
    "phone": _phone,
    "name": _person_name,
}

_READERS: dict[Kind, Callable[[_Cell], Read]] = {
    Kind.CODE: _code,
    Kind.CODES: _codes,
    Kind.YES_NO: _yes_no,
    Kind.MONTH: _month,
    Kind.DATE: _month,
    Kind.INTEGER: _number,
    Kind.MONEY: _number,
    Kind.DECIMAL: _number,
}
