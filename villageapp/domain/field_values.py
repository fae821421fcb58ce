"""Values of fields: reading what people write, showing it again, and the form in which values travel.

Wire values (JSON-safe, used by sync and the database) come from ``to_wire`` and go back through ``from_wire``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from villageapp.domain import codes, dates, money
from villageapp.domain.field_kinds import Field, Kind

YES_WORDS = frozenset({"是", "1", "y", "yes", "true", "√", "有", "已"})
NO_WORDS = frozenset({"否", "0", "n", "no", "false", "×", "无", "未"})
UNKNOWN_WORDS = frozenset({"", "未知", "不清楚", "-", "/", "null", "none"})
MAX_TEXT = 10_000
MAX_ITEMS = 500
MAX_NUMBER = 10**13
_PUNCTUATION = re.compile("([\uff01\uff08\uff09\uff0c\uff1a\uff1b\uff1f]+)")
"""Full-width ! ( ) , : ; ? as Chinese is written."""
_INVISIBLE = frozenset({"Cc", "Cf", "Cs"})
"""Controls, format marks, lone surrogates. Private-use characters stay: rare names are written with them."""


def tidy(text: str) -> str:
    """NFKC, without control characters and outer or doubled spaces (domain.md 2, conventions)."""
    return " ".join(_normal(text).split())


def _normal(text: str) -> str:
    normal = unicodedata.normalize("NFKC", text)
    return "".join(c for c in normal if c in "\t\n" or unicodedata.category(c) not in _INVISIBLE)


def tidy_words(text: str) -> str:
    """As ``tidy``, but Chinese punctuation stays as it was typed: NFKC would make it look foreign."""
    parts = _PUNCTUATION.split(text)
    return " ".join("".join(p if _PUNCTUATION.fullmatch(p) else _normal(p) for p in parts).split())


def parse(f: Field, given: Any) -> Any:
    """The clean value of one field, or None. Raises ValueError with a Chinese reason."""
    if given is None:
        return None
    value = _PARSERS[f.kind](f, given)
    if value is not None and f.kind in (Kind.INTEGER, Kind.MONEY, Kind.DECIMAL):
        _within(f, value)
    return value


def _within(f: Field, value: Any) -> None:
    for limit, word, broken in (
        (f.minimum, "不能小于", f.minimum is not None and value < f.minimum),
        (f.maximum, "不能大于", f.maximum is not None and value > f.maximum),
    ):
        if broken and limit is not None:
            raise ValueError(f"{word} {money.yuan(limit) if f.kind is Kind.MONEY else limit}{f.unit}")


def _text(f: Field, given: Any) -> str | None:
    text = _bounded(given)
    text = tidy_words(text) if f.kind is Kind.TEXT else _clean_note(text)
    if len(text) > f.max_length:
        raise ValueError(f"最多 {f.max_length} 个字，现在 {len(text)} 个")
    return None if text in f.absent else text or None


def _bounded(given: Any) -> str:
    if isinstance(given, bool) or not isinstance(given, (str, int, float, Decimal)):
        raise ValueError("应为文字")
    text = str(given)
    if len(text) > MAX_TEXT:
        raise ValueError(f"最多 {MAX_TEXT} 个字")
    return text


def _clean_note(text: str) -> str:
    kept = (
        c for c in text.replace("\r\n", "\n") if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs")
    )
    return "".join(kept).strip()


def _integer(f: Field, given: Any) -> int | None:
    number = _number(given)
    if number is None:
        return None
    if number != number.to_integral_value():
        raise ValueError("应为整数")
    return int(number)


def _money(f: Field, given: Any) -> int | None:
    """A whole number given as int is fen; text and decimals are yuan."""
    if isinstance(given, int) and not isinstance(given, bool):
        return _bounded_int(given, 100 * MAX_NUMBER)
    number = _number(given)
    return None if number is None else money.fen(number)


def _bounded_int(given: int, most: int) -> int:
    if abs(given) > most:
        raise ValueError("数字超出范围")
    return given


def _decimal(f: Field, given: Any) -> Decimal | None:
    number = _number(given)
    return None if number is None else number.quantize(Decimal("0.01"))


def _number(given: Any) -> Decimal | None:
    if isinstance(given, bool):
        raise ValueError("应为数字")
    text = tidy(_bounded(given)).replace(",", "").removesuffix("元")
    if text in UNKNOWN_WORDS:
        return None
    try:
        number = Decimal(text.replace("_", "x"))  # Python would read 1_000
    except InvalidOperation:
        raise ValueError(f"“{text[:20]}”不是数字") from None
    if not number.is_finite() or abs(number) > MAX_NUMBER:
        raise ValueError("数字超出范围")
    if isinstance(given, str) and "e" in text.lower():
        raise ValueError(f"“{text[:20]}”是科学记数的写法，请把数字写全")
    return number


def _date(f: Field, given: Any) -> date | None:
    if isinstance(given, date):
        return _day(given)
    return dates.parse_date(tidy(_bounded(given)))


def _day(given: date) -> date:
    """The day of a date or datetime, within the calendar of this program."""
    return dates.within_calendar(given.date() if isinstance(given, datetime) else given)


def _month(f: Field, given: Any) -> str | None:
    if isinstance(given, date):
        return f"{_day(given):%Y-%m}"
    return dates.parse_month(tidy(_bounded(given)))


def _instant(f: Field, given: Any) -> datetime | None:
    if isinstance(given, datetime):
        if given.tzinfo is None:
            raise ValueError("时间缺少时区")
        _day(given)
        return given.astimezone(UTC)
    text = tidy(_bounded(given))
    return dates.parse_instant(text) if text else None


def _yes_no(f: Field, given: Any) -> bool | None:
    if isinstance(given, bool):
        return given
    text = tidy(_bounded(given)).lower().removesuffix(".0")
    if text in UNKNOWN_WORDS:
        return None
    if text in YES_WORDS or text in NO_WORDS:
        return text in YES_WORDS
    raise ValueError(f"“{text[:20]}”不是“是/否/未知”")


def _code(f: Field, given: Any) -> str | None:
    text = tidy(_bounded(given))
    if not text:
        return None
    return codes.code_list(f.choices).find(text)


def _codes(f: Field, given: Any) -> tuple[str, ...] | None:
    parts = codes.split(given) if isinstance(given, str) else given
    if not isinstance(parts, (list, tuple)) or len(parts) > MAX_ITEMS:
        raise ValueError("应为若干选项")
    found = {code for part in parts if (code := _code(f, part)) is not None}
    return tuple(sorted(found)) or None


def _ref(f: Field, given: Any) -> str | None:
    text = _bounded(given).strip().lower()
    if not text:
        return None
    compact = text.replace("-", "")
    if len(compact) != 32 or any(c not in "0123456789abcdef" for c in compact):
        raise ValueError("编号格式不对")
    return f"{compact[:8]}-{compact[8:12]}-{compact[12:16]}-{compact[16:20]}-{compact[20:]}"


def _refs(f: Field, given: Any) -> tuple[str, ...] | None:
    if not isinstance(given, (list, tuple)) or len(given) > MAX_ITEMS:
        raise ValueError("应为若干编号")
    found = dict.fromkeys(ref for item in given if (ref := _ref(f, item)) is not None)
    return tuple(found) or None


def _rows(f: Field, given: Any) -> tuple[dict[str, Any], ...] | None:
    if not isinstance(given, (list, tuple)) or len(given) > MAX_ITEMS:
        raise ValueError("应为若干行")
    rows = []
    for item in given:
        if not isinstance(item, Mapping) or len(item) > 50:
            raise ValueError("每一行应为若干字段")
        rows.append({tidy(str(k))[:60]: _cell(v) for k, v in item.items()})
    return tuple(rows) or None


def _cell(value: Any) -> Any:
    if isinstance(value, int):
        return _bounded_int(value, 100 * MAX_NUMBER)
    if value is None:
        return None
    if (
        isinstance(value, list)
        and len(value) <= MAX_ITEMS
        and not any(isinstance(v, (list, dict)) for v in value)
    ):
        return [_cell(item) for item in value]
    return _clean_note(_bounded(value))


_PARSERS: Mapping[Kind, Callable[[Field, Any], Any]] = {
    Kind.TEXT: _text,
    Kind.NOTE: _text,
    Kind.INTEGER: _integer,
    Kind.MONEY: _money,
    Kind.DECIMAL: _decimal,
    Kind.DATE: _date,
    Kind.MONTH: _month,
    Kind.INSTANT: _instant,
    Kind.YES_NO: _yes_no,
    Kind.CODE: _code,
    Kind.CODES: _codes,
    Kind.REF: _ref,
    Kind.REFS: _refs,
    Kind.ROWS: _rows,
}


def to_wire(value: Any) -> Any:
    """The JSON-safe form of a clean value: dates as ISO text, decimals as text, tuples as lists."""
    if isinstance(value, datetime):
        return dates.instant_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, tuple):
        return list(value)
    return value


def from_wire(f: Field, wire: Any) -> Any:
    """The clean value of a wire value that ``to_wire`` made."""
    if wire is None:
        return None
    if f.kind is Kind.DATE:
        return date.fromisoformat(wire)
    if f.kind is Kind.INSTANT:
        return dates.parse_instant(wire)
    if f.kind is Kind.DECIMAL:
        return Decimal(wire)
    return tuple(wire) if isinstance(wire, list) else wire


def show(f: Field, value: Any) -> str:
    """The Chinese text of a clean value as a person reads it; empty for nothing, 未知 only for yes/no."""
    if value is None:
        return "未知" if f.kind is Kind.YES_NO else ""
    if f.kind is Kind.YES_NO:
        return "是" if value else "否"
    if f.kind is Kind.MONEY:
        return money.yuan(value)
    if f.kind is Kind.CODE:
        return codes.code_list(f.choices).label(value)
    if f.kind is Kind.CODES:
        return "、".join(codes.code_list(f.choices).label(code) for code in value)
    if f.kind is Kind.INSTANT:
        return dates.local_text(value)
    return str(value)
