"""A public notice of a monitoring case: grade P0, large type for the wall (domain.md 4.4 ④⑨, R-NOTICE)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from villageapp.reports.paper_form import OPEN_DAY
from villageapp.reports.pen import MM
from villageapp.reports.privacy import Privacy
from villageapp.reports.qr import qr_text
from villageapp.reports.sheet_rows import Cell, Row, Sheet

PAGE = (210 * MM, 297 * MM)
MARGINS = (20 * MM, 15 * MM, 15 * MM, 15 * MM)
WIDTH = PAGE[0] - MARGINS[0] - MARGINS[2]
_QR = 25 * MM
_TITLE, _BODY, _TABLE = 24.0, 16.0, 15.0


@dataclass(frozen=True, slots=True)
class NoticeFacts:
    """What a notice says; nothing else of the household is handed to the sheet."""

    uid: str
    """Of the case."""
    version: int
    leaving: bool
    """公示 of the elimination of the risk, not of the identification."""
    county: str
    town: str
    village: str
    natural_village: str
    group_name: str
    head_name: str
    category: str
    reviewed_on: date
    start_on: date | None
    end_on: date | None
    least_days: int | None
    hotline: str
    town_phone: str = ""

    @property
    def title(self) -> str:
        """The heading of the notice."""
        what = "拟标注风险消除的" if self.leaving else "拟纳入防止返贫"
        return f"关于{what}监测对象的公示"

    @property
    def result(self) -> str:
        """What the review came to."""
        return "评议通过，拟标注风险消除" if self.leaving else "评议通过，拟纳入监测"


def notice_sheet(facts: NoticeFacts) -> Sheet:
    """The notice as a sheet of one page."""
    return Sheet(f"{facts.head_name}户公示", PAGE, MARGINS, tuple(_rows(facts)), (_top(facts),))


def notice_texts(facts: NoticeFacts) -> str:
    """Every text on the sheet, to be looked through for what must not be public."""
    sheet = notice_sheet(facts)
    return "\n".join(cell.text for row in (*sheet.first, *sheet.body) for cell in row.cells)


def _top(facts: NoticeFacts) -> Row:
    code = sha256(repr(facts).encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return Row(
        (
            Cell(f"{facts.county}{facts.town}{facts.village}", WIDTH - 2 * _QR, framed=False),
            Cell(Privacy.P0.label, _QR, align="right", framed=False),
            Cell("", _QR, framed=False, qr=qr_text("notice", facts.uid, facts.version, code)),
        ),
        _QR,
    )


def _rows(facts: NoticeFacts) -> Iterator[Row]:
    yield Row((Cell(facts.title, WIDTH, _TITLE, bold=True, align="center", framed=False),), 60)
    yield _paragraph(_why(facts))
    yield _paragraph(_until(facts))
    yield Row((Cell("", WIDTH, framed=False),), 12)
    yield from _table(facts)
    yield Row((Cell("", WIDTH, framed=False),), 12)
    yield _paragraph(_whom_to_tell(facts))
    yield Row((Cell("", WIDTH, framed=False),), 40, stretch=1.0)
    posted = chinese_day(facts.start_on) if facts.start_on else OPEN_DAY
    signed = f"{facts.village}村民委员会（章）\n{posted}"
    yield Row((Cell(signed, WIDTH, _BODY, align="right", framed=False),), 60)


def _paragraph(text: str) -> Row:
    return Row((Cell(text, WIDTH, _BODY, framed=False, indent=2),), 30)


def _why(facts: NoticeFacts) -> str:
    day = chinese_day(facts.reviewed_on)
    if facts.leaving:
        return (
            f"经入户核实，{day}村民代表会议民主评议，认为以下监测对象收入持续稳定、返贫致贫风险已经消除，"
            "拟标注风险消除，现予公示。"
        )
    return f"经农户申报或干部排查、入户核实，{day}村民代表会议民主评议，拟将以下农户纳入防止返贫监测对象，现予公示。"


def _until(facts: NoticeFacts) -> str:
    start = chinese_day(facts.start_on) if facts.start_on else OPEN_DAY
    end = chinese_day(facts.end_on) if facts.end_on else OPEN_DAY
    least = "" if facts.least_days is None else f"（不少于 {facts.least_days} 天，张贴当日不计）"
    return f"公示期自 {start} 起至 {end} 止{least}。"


def _whom_to_tell(facts: NoticeFacts) -> str:
    phone = f"（电话 {facts.town_phone}）" if facts.town_phone else ""
    return (
        f"对公示内容有异议的，请在公示期内向{facts.village}村民委员会、驻村工作队或{facts.town}人民政府{phone}反映，"
        f"也可拨打防止返贫监测和乡村振兴咨询服务热线 {facts.hotline}。"
    )


def _table(facts: NoticeFacts) -> Iterator[Row]:
    natural = "" if facts.natural_village in facts.village else facts.natural_village
    place = facts.village + natural + facts.group_name
    columns = (
        ("户主姓名", facts.head_name, 0.18),
        ("所在村组", place, 0.28),
        ("监测对象类别", facts.category, 0.27),
        ("评议结果", facts.result, 0.27),
    )
    yield Row(
        tuple(
            Cell(head, WIDTH * share, _TABLE, bold=True, align="center", shade=True)
            for head, _, share in columns
        ),
        34,
    )
    yield Row(tuple(Cell(text, WIDTH * share, _TABLE, align="center") for _, text, share in columns), 44)


def chinese_day(day: date) -> str:
    """2023年3月5日."""
    return f"{day.year}年{day.month}月{day.day}日"
