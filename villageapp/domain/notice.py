"""What may stand on a public notice, what must not, and how long it hangs (R-NOTICE of domain.md 3.6)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from villageapp.domain import codes, dates
from villageapp.domain.judgement import Judgement, Reason
from villageapp.domain.parameters import Parameters

RULE = "R-NOTICE"
PUBLIC_FIELDS = ("name", "village", "natural_village", "group_name", "monitoring_category", "risks", "result")
"""Facts of a household or person that may be made public; nothing else."""

_MONITORING = frozenset({"监测识别公示", "监测消除公示"})
_HEALTHY = "1"
SHORTEST = 6
"""A number of fewer digits is not looked for: it would be found in dates and amounts."""
_HEADINGS = (
    "健康状况",
    "病种",
    "残疾类别",
    "残疾等级",
    "残疾人证",
    "证件号码",
    "身份证号",
    "银行账号",
    "开户银行",
)
_NUMBERS = (
    ("证件号码", re.compile(r"(?<!\d)\d{6}[ -]?(?:\d{8}[ -]?\d{3}[\dX]|\d{9}(?!\d)|\*{4,}[\dX]*)(?!\d)")),
    ("手机号码", re.compile(r"(?<!\d)1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?!\d)")),
    ("银行账号或户编号", re.compile(r"(?<!\d)(?:\d{16,22}|\d{4}(?: \d{4}){3,4}(?: \d{1,4})?)(?!\d)")),
)
"""Numbers that are private whoever's they are, an ID (also of 15 digits, also masked) before the longer ones."""


@dataclass(frozen=True, slots=True)
class Private:
    """What is known of one person and must not become public."""

    name: str
    numbers: tuple[tuple[str, str], ...] = ()
    """(what it is, value): ID, disability card, phone, bank account, household number …"""
    health: tuple[str, ...] = ()
    """CL_HEALTH codes."""
    words: tuple[str, ...] = ()
    """Diseases and other words about health."""


@dataclass(frozen=True, slots=True)
class Leak:
    """One forbidden thing found in a text; ``what`` in Chinese, never the value itself."""

    what: str
    whose: str = ""

    def __str__(self) -> str:
        return f"{self.whose}的{self.what}" if self.whose else self.what


def leaks(text: str, people: Iterable[Private] = (), allowed: Iterable[str] = ()) -> tuple[Leak, ...]:
    """Everything in a text that a public notice must not show.

    Found are the private facts of ``people`` and, whoever's they are, ID, bank and mobile numbers and the
    headings of such columns. ``allowed`` are numbers meant for the public, e.g. the supervision telephone.
    """
    shown = unicodedata.normalize("NFKC", text).upper()
    for number in allowed:
        shown = shown.replace(unicodedata.normalize("NFKC", number).upper(), "")
    bare = _bare(shown)
    found = [leak for person in people for leak in _of(person, bare)]
    return tuple(dict.fromkeys([*found, *_of_anybody(shown), *_headings(bare)]))


def _bare(text: str) -> str:
    """Letters, digits and characters alone: no blank, dash or line end hides a number."""
    return "".join(c for c in unicodedata.normalize("NFKC", text) if c.isalnum()).upper()


def _of(person: Private, bare: str) -> Iterator[Leak]:
    for what, value in person.numbers:
        number = _bare(value)
        if len(number) >= SHORTEST and number in bare:
            yield Leak(what, person.name)
    if any(word in bare for word in map(_bare, _health_words(person)) if word):
        yield Leak("健康信息", person.name)


def _health_words(person: Private) -> Iterator[str]:
    """The labels and synonyms of what the person suffers from; being healthy is no secret."""
    lookup = codes.code_list("CL_HEALTH").lookup
    yield from person.words
    for code in set(person.health) - {_HEALTHY}:
        yield from (word for word, meant in lookup.items() if meant == code and word != code)


def _of_anybody(shown: str) -> Iterator[Leak]:
    for what, pattern in _NUMBERS:
        rest = pattern.sub("", shown)
        if rest != shown:
            yield Leak(what)
        shown = rest  # an ID number is not reported as a bank account as well


def _headings(bare: str) -> Iterator[Leak]:
    yield from (Leak(f"“{heading}”栏") for heading in _HEADINGS if heading in bare)


def judge_text(text: str, people: Iterable[Private] = (), allowed: Iterable[str] = ()) -> Judgement:
    """Whether the text may be posted in public."""
    found = leaks(text, people, allowed)
    reasons = tuple(Reason(RULE, f"公示内容含{leak}") for leak in found)
    return Judgement(RULE, reasons, "" if reasons else "未发现证件、电话、银行和健康信息")


def last_day(kind: str, start: date, parameters: Parameters) -> date:
    """The earliest last day of a notice: five days for monitoring, ten for projects and funds, day of posting not counted.

    Raises UnsetParameter.
    """
    key = "NOTICE_MIN_DAYS" if kind in _MONITORING else "NOTICE_PROJECT_DAYS"
    return dates.add_days(start, parameters.integer(key, start))


def judge_period(kind: str, start: date, end: date, parameters: Parameters) -> Judgement:
    """Whether a notice of CL_NOTICE_KIND hung long enough. Raises UnsetParameter."""
    key = "NOTICE_MIN_DAYS" if kind in _MONITORING else "NOTICE_PROJECT_DAYS"
    used = (parameters.find(key, start),)
    earliest = last_day(kind, start, parameters)
    told = f"{kind}自 {start} 起不少于 {used[0].value} 天，最早 {earliest} 结束"
    short = (Reason(RULE, f"{told}，{end} 结束过早", earliest=earliest),) if end < earliest else ()
    return Judgement(RULE, short, told, used)
