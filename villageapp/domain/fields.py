"""A field is described once, here; form, validation, import, ledger, database column and message follow.

``Form.check`` turns raw values (typed by a person, read from a workbook or from JSON) into clean Python
values and refuses with one Problem per field. Wire values (JSON-safe, used by sync and the database) come
from ``to_wire`` and go back through ``from_wire``.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from villageapp.domain import codes, dates, money
from villageapp.errors import Problem, Severity, ValidationFailed

YES_WORDS = frozenset({"是", "1", "y", "yes", "true", "√", "有", "已"})
NO_WORDS = frozenset({"否", "0", "n", "no", "false", "×", "无", "未"})
UNKNOWN_WORDS = frozenset({"", "未知", "不清楚", "-", "/", "null", "none"})
MAX_TEXT = 10_000
MAX_ITEMS = 500


class Kind(StrEnum):
    """What a field holds, and as which Python type."""

    TEXT = "text"  # str, one line, NFKC
    NOTE = "note"  # str, free text as typed
    INTEGER = "integer"  # int
    MONEY = "money"  # int, fen
    DECIMAL = "decimal"  # Decimal, at most two places
    DATE = "date"  # datetime.date
    MONTH = "month"  # str "YYYY-MM"
    INSTANT = "instant"  # aware datetime, UTC
    YES_NO = "yes_no"  # bool, or None for 未知
    CODE = "code"  # str, a code of the field's list
    CODES = "codes"  # tuple of codes, sorted
    REF = "ref"  # str, a record id
    REFS = "refs"  # tuple of record ids
    ROWS = "rows"  # tuple of flat dicts (sub-lines without an identity of their own)


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a record kind; ``name`` is the name of domain.md, ``label`` what people read."""

    name: str
    label: str
    kind: Kind = Kind.TEXT
    required: bool = False
    minimum: int | None = None  # in the unit of the kind: fen, years, characters never
    maximum: int | None = None
    max_length: int = 200
    choices: str = ""  # name of a code list
    unit: str = ""
    help: str = ""
    only_if: tuple[str, Any] | None = None  # (other field, value): asked and required only then
    import_headers: tuple[str, ...] = ()  # synonyms of domain.md 5.2
    print_label: str = ""
    sensitive: bool = False  # never on a public print, never in a log


Rule = Callable[[Mapping[str, Any]], Iterable[Problem]]


@dataclass(frozen=True, slots=True)
class Form:
    """All fields of one entity and the rules between them."""

    entity: str
    title: str
    fields: tuple[Field, ...]
    rules: tuple[Rule, ...] = ()
    by_name: Mapping[str, Field] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {f.name: f for f in self.fields})

    def __getitem__(self, name: str) -> Field:
        return self.by_name[name]

    def check(self, raw: Mapping[str, Any], *, complete: bool = True) -> dict[str, Any]:
        """Clean values of the fields named in ``raw``.

        With ``complete`` required fields must be there (a whole record); without, only what is given is
        checked (a change of some fields). Raises ValidationFailed with every problem found; warnings do
        not raise, see ``warnings``.
        """
        values, problems = self._parse(raw)
        if complete:
            problems += self._missing(values)
        if not problems:
            problems = [p for p in self._judge(values) if p.severity is Severity.ERROR]
        if problems:
            raise ValidationFailed(problems)
        return values

    def warnings(self, values: Mapping[str, Any]) -> list[Problem]:
        """What the rules find odd but permit, on values that ``check`` returned."""
        return [p for p in self._judge(values) if p.severity is Severity.WARNING]

    def _parse(self, raw: Mapping[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
        values: dict[str, Any] = {}
        problems: list[Problem] = []
        for name, given in raw.items():
            described = self.by_name.get(name)
            if described is None:
                problems.append(Problem(name, f"{self.title}没有“{name[:40]}”这个字段"))
                continue
            try:
                values[name] = parse(described, given)
            except ValueError as error:
                problems.append(Problem(name, f"{described.label}:{error}"))
        return values, problems

    def _missing(self, values: Mapping[str, Any]) -> list[Problem]:
        found = []
        for f in self.fields:
            wanted = f.required
            if f.only_if is not None:
                other, value = f.only_if
                wanted = values.get(other) == value
            if wanted and values.get(f.name) in (None, "", ()):
                found.append(Problem(f.name, f"{f.label}:必须填写"))
        return found

    def _judge(self, values: Mapping[str, Any]) -> list[Problem]:
        return [problem for rule in self.rules for problem in rule(values)]


def tidy(text: str) -> str:
    """NFKC, without control characters and outer or doubled spaces (domain.md 2, conventions)."""
    kept = "".join(
        c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c)[0] != "C" or c in " \t\n"
    )
    return " ".join(kept.split())


def parse(f: Field, given: Any) -> Any:
    """The clean value of one field, or None. Raises ValueError with a Chinese reason."""
    if given is None:
        return None
    value = _PARSERS[f.kind](f, given)
    if value is not None and f.kind in (Kind.INTEGER, Kind.MONEY, Kind.DECIMAL):
        _within(f, value)
    return value


def _within(f: Field, value: Any) -> None:
    scale = 100 if f.kind is Kind.MONEY else 1
    for limit, word, broken in (
        (f.minimum, "不能小于", f.minimum is not None and value < f.minimum),
        (f.maximum, "不能大于", f.maximum is not None and value > f.maximum),
    ):
        if broken and limit is not None:
            raise ValueError(f"{word} {limit // scale}{f.unit}")


def _text(f: Field, given: Any) -> str | None:
    text = _bounded(given)
    text = tidy(text) if f.kind is Kind.TEXT else _clean_note(text)
    if len(text) > f.max_length:
        raise ValueError(f"最多 {f.max_length} 个字,现在 {len(text)} 个")
    return text or None


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
        return given
    number = _number(given)
    return None if number is None else money.fen(number)


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
        number = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"“{text[:20]}”不是数字") from None
    if not number.is_finite() or abs(number) > 10**13:
        raise ValueError("数字超出范围")
    return number


def _date(f: Field, given: Any) -> date | None:
    if isinstance(given, datetime):
        return given.date()
    if isinstance(given, date):
        return given
    return dates.parse_date(tidy(_bounded(given)))


def _month(f: Field, given: Any) -> str | None:
    if isinstance(given, date):
        return f"{given:%Y-%m}"
    return dates.parse_month(tidy(_bounded(given)))


def _instant(f: Field, given: Any) -> datetime | None:
    if isinstance(given, datetime):
        if given.tzinfo is None:
            raise ValueError("时间缺少时区")
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
    if value is None or isinstance(value, (bool, int)):
        return value
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
