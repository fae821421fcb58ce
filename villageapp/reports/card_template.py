"""The editable layout of the household card, ``resources/templates/card.toml``, checked before printing."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

from villageapp.errors import Trouble, os_reason
from villageapp.paths import resources

FORMAT = 1
PAGE_MM = (297.0, 210.0)
_MAX_BYTES = 256 * 1024
_MAX_ROWS = 40
_BASIC = frozenset(
    "head population labour phone address household_type monitoring risks welfare relocated".split()
)
_GUARANTEES = frozenset("schooling medical verified house water".split())
_INCOME = ("wages", "business", "property", "transfer", "business_costs", "net", "net_per_head")
_TEXTS = frozenset(
    "title back_title more_title card_no household_type monitoring hotline hotline_number town_phone "
    "invitation note note_public remark status hidden no_income more_members more_measures nothing_more "
    "footer".split()
)
_COLUMNS = {
    "front.members": "name relation sex age id_no health labour study_work medical pension".split(),
    "back.measures": "group content person date amount duty status".split(),
    "back.visits": "date visitors summary signature".split(),
    "back.plans": "need measure due".split(),
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table; width in mm."""

    key: str
    label: str
    width: float


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a vertical name at its left; heights in mm."""

    band: str
    columns: tuple[Column, ...]
    rows: int
    row_height: float


@dataclass(frozen=True, slots=True)
class Labelled:
    """A block of labelled cells; height in mm."""

    band: str
    row_height: float
    labels: dict[str, str]


@dataclass(frozen=True, slots=True)
class CardTemplate:
    """The whole layout; lengths in mm, texts with ``${name}`` places."""

    margins: tuple[float, float, float, float]
    """Left, top, right, bottom."""
    band: float
    qr: float
    texts: dict[str, str]
    basic: Labelled
    basic_label_width: float
    members: Table
    guarantees: Labelled
    contacts: Labelled
    contact_words: tuple[str, str, str]
    """Words for name, unit, phone."""
    measures: Table
    measures_height: float
    measure_tall_row: float
    groups: dict[str, str]
    public_hidden_groups: frozenset[str]
    income: Labelled
    income_width: float
    income_words: tuple[str, str, str]
    """Words for subject, change, and the year with its place."""
    visits: Table
    plans: Table
    signature_height: float
    signature_labels: tuple[str, ...]

    @property
    def width(self) -> float:
        """Usable width of the page."""
        return PAGE_MM[0] - self.margins[0] - self.margins[2]

    @property
    def height(self) -> float:
        """Usable height of the page."""
        return PAGE_MM[1] - self.margins[1] - self.margins[3]

    def text(self, key: str, **values: object) -> str:
        """A text with its places filled."""
        return Template(self.texts[key]).safe_substitute(values)


def load_template(path: Path | None = None) -> CardTemplate:
    """Read and check a template; without ``path`` the one that ships. Raises Trouble naming what is wrong."""
    path = path or resources() / "templates" / "card.toml"
    try:
        raw = path.read_bytes()
        if len(raw) > _MAX_BYTES:
            raise _damaged(path, "文件过大")
        content = tomllib.loads(raw.decode("utf-8"))
    except OSError as error:
        raise Trouble(
            f"无法读取明白卡版式 {path.name}：{os_reason(error)}。",
            remedy="请重新安装程序，或把版式文件放回原处。",
            code="card_template_unreadable",
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _damaged(path, f"格式错误（{error}）") from error
    return _Reader(path, content).template()


def _damaged(path: Path, what: str) -> Trouble:
    return Trouble(
        f"明白卡版式 {path.name} 不可用：{what}。没有打印任何内容。",
        remedy="请改正这一项，或恢复程序自带的版式文件。",
        code="card_template_damaged",
    )


class _Reader:
    """Takes typed values out of the parsed file; the first wrong one is named by its dotted path."""

    def __init__(self, path: Path, content: dict[str, Any]) -> None:
        self._path = path
        self._content = content

    def template(self) -> CardTemplate:
        if self._get("format") != FORMAT:
            raise self._wrong("format", f"应为 {FORMAT}")
        margins = self._numbers("page.margins", 4)
        band = self._number("page.band", 5, 20)
        inner = PAGE_MM[0] - margins[0] - margins[2] - band
        income_width = self._number("back.income.width", 60, 180)
        return CardTemplate(
            margins=(margins[0], margins[1], margins[2], margins[3]),
            band=band,
            qr=self._number("page.qr", 20, 30),
            texts=self._texts("text", _TEXTS),
            basic=self._labelled("front.basic", _BASIC),
            basic_label_width=self._number("front.basic.label_width", 10, 60),
            members=self._table("front.members", inner),
            guarantees=self._labelled("front.guarantees", _GUARANTEES),
            contacts=self._pairs_block("front.contacts", "roles"),
            contact_words=self._words("front.contacts", "name", "unit", "phone"),
            measures=self._table("back.measures", inner, rows=False),
            measures_height=self._number("back.measures.height", 20, 170),
            measure_tall_row=self._number("back.measures.tall_row_height", 5, 30),
            groups=self._pairs("back.measures.groups"),
            public_hidden_groups=frozenset(self._strings("back.measures.hidden_in_public")),
            income=self._labelled("back.income", frozenset(_INCOME)),
            income_width=income_width,
            income_words=self._words("back.income", "subject", "change", "year"),
            visits=self._table("back.visits", inner - income_width, row_height=False),
            plans=self._table("back.plans", inner),
            signature_height=self._number("back.signatures.height", 8, 40),
            signature_labels=self._strings("back.signatures.labels"),
        )

    def _table(self, path: str, inner: float, *, rows: bool = True, row_height: bool = True) -> Table:
        return Table(
            band=self._string(f"{path}.band"),
            columns=self._columns(path, inner),
            rows=int(self._number(f"{path}.rows", 1, _MAX_ROWS)) if rows else 0,
            row_height=self._number(f"{path}.row_height", 4, 30) if row_height else 0.0,
        )

    def _columns(self, path: str, inner: float) -> tuple[Column, ...]:
        where = f"{path}.columns"
        columns = []
        for index, entry in enumerate(self._list(where)):
            here = f"{where}[{index + 1}]"
            if not isinstance(entry, dict):
                raise self._wrong(here, "应有 key、label、width")
            width = self._checked(f"{here}.width", entry.get("width"), _is_number, "应为数字")
            columns.append(
                Column(
                    self._text(f"{here}.key", entry.get("key")),
                    self._text(here, entry.get("label")),
                    float(width),
                )
            )
        if sorted(c.key for c in columns) != sorted(_COLUMNS[path]):
            raise self._wrong(where, f"列应为 {'、'.join(_COLUMNS[path])}，各一列")
        total = sum(c.width for c in columns)
        if any(c.width <= 0 for c in columns) or abs(total - inner) > 0.1:
            raise self._wrong(where, f"列宽合计 {total:g} mm,应为 {inner:g} mm")
        return tuple(columns)

    def _labelled(self, path: str, keys: frozenset[str]) -> Labelled:
        labels = self._texts(f"{path}.labels", keys)
        return Labelled(self._string(f"{path}.band"), self._number(f"{path}.row_height", 4, 30), labels)

    def _pairs_block(self, path: str, name: str) -> Labelled:
        labels = self._pairs(f"{path}.{name}")
        return Labelled(self._string(f"{path}.band"), self._number(f"{path}.row_height", 4, 30), labels)

    def _pairs(self, path: str) -> dict[str, str]:
        pairs: dict[str, str] = {}
        for index, entry in enumerate(self._list(path)):
            here = f"{path}[{index + 1}]"
            if not isinstance(entry, dict):
                raise self._wrong(here, "应有 key 和 label")
            pairs[self._text(f"{here}.key", entry.get("key"))] = self._text(
                f"{here}.label", entry.get("label")
            )
        if not 1 <= len(pairs) <= _MAX_ROWS:
            raise self._wrong(path, f"应有 1 至 {_MAX_ROWS} 项，key 不重复")
        return pairs

    def _texts(self, path: str, keys: frozenset[str]) -> dict[str, str]:
        entries = self._checked(path, self._get(path), lambda v: isinstance(v, dict), "应为一组文字")
        for key in sorted(keys - set(entries)):
            raise self._wrong(f"{path}.{key}", "缺少")
        texts = {key: self._text(f"{path}.{key}", value) for key, value in entries.items() if key in keys}
        for key, text in texts.items():
            if not Template(text).is_valid():
                raise self._wrong(f"{path}.{key}", "“$”后应为 {名称}")
        return texts

    def _words(self, path: str, *names: str) -> tuple[str, str, str]:
        first, second, third = (self._string(f"{path}.{name}") for name in names)
        return first, second, third

    def _strings(self, path: str) -> tuple[str, ...]:
        return tuple(self._text(f"{path}[{i + 1}]", value) for i, value in enumerate(self._list(path)))

    def _numbers(self, path: str, count: int) -> list[float]:
        values = self._list(path)
        if len(values) != count or not all(_is_number(v) and 0 <= v <= 60 for v in values):
            raise self._wrong(path, f"应为 {count} 个 0 至 60 的数")
        return [float(v) for v in values]

    def _number(self, path: str, low: float, high: float) -> float:
        wanted = f"应为 {low:g} 至 {high:g} 的数"
        value = self._checked(path, self._get(path), lambda v: _is_number(v) and low <= v <= high, wanted)
        return float(value)

    def _string(self, path: str) -> str:
        return self._text(path, self._get(path))

    def _text(self, path: str, value: object) -> str:
        good = isinstance(value, str) and 0 < len(value) <= 200
        return str(self._checked(path, value, lambda _: good, "应为 1 至 200 字的文字"))

    def _list(self, path: str) -> list[Any]:
        value = self._checked(path, self._get(path), lambda v: isinstance(v, list), "应为列表")
        return list(value)

    def _get(self, path: str) -> Any:
        value: Any = self._content
        for key in re.split(r"\.", path):
            value = value.get(key) if isinstance(value, dict) else None
        return value

    def _checked(self, path: str, value: Any, good: Callable[[Any], bool], wanted: str) -> Any:
        if value is None:
            raise self._wrong(path, "缺少")
        if not good(value):
            raise self._wrong(path, wanted)
        return value

    def _wrong(self, path: str, what: str) -> Trouble:
        return _damaged(self._path, f"“{path}”{what}")


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
