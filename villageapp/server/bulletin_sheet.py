"""The monthly bulletin as a workbook: figures by village with sums by township, overdue items, explanations."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from villageapp.domain.codes import code_list
from villageapp.server.bulletin import Bulletin, VillageMonth, total

_FIGURES = (
    ("户数", "households"),
    ("脱贫户", "poor_before"),
    ("监测户", "monitored"),
    ("走访次数", "visits"),
    ("遍访户数", "met"),
    ("遍访率", "rate"),
    ("监测户遍访户数", "monitored_met"),
    ("监测户遍访率", "monitored_rate"),
    ("新增问题", "added"),
    ("反弹", "rebounded"),
    ("应办结", "to_finish"),
    ("办结", "finished"),
    ("按期办结", "on_time"),
    ("超期", "overdue"),
    ("回炉", "returned"),
    ("销号", "closed"),
    ("未销号", "open"),
)
_RATES = {"rate": ("met", "households"), "monitored_rate": ("monitored_met", "monitored")}
_PLACE = ("县", "乡镇", "村")


def workbook(bulletin: Bulletin) -> bytes:
    """The file's bytes."""
    import xlsxwriter

    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True, "strings_to_formulas": False}) as book:
        styles = _Styles(book)
        _figures(book.add_worksheet("月通报"), bulletin, styles)
        _overdue(book.add_worksheet("超期问题"), bulletin, styles)
        _notes(book.add_worksheet("说明"), bulletin, styles)
    return content.getvalue()


class _Styles:
    def __init__(self, book: Any) -> None:
        line = {"border": 1, "font_name": "宋体", "font_size": 10}
        self.title = book.add_format({"bold": True, "font_size": 16, "align": "center", "font_name": "黑体"})
        self.head = book.add_format(
            {**line, "bold": True, "text_wrap": True, "align": "center", "bg_color": "#E8EEF4"}
        )
        self.text = book.add_format(line)
        self.number = book.add_format({**line, "num_format": "0"})
        self.rate = book.add_format({**line, "num_format": "0.0%"})
        self.day = book.add_format({**line, "num_format": "yyyy-mm-dd", "align": "left"})
        self.sum_text = book.add_format({**line, "bold": True, "bg_color": "#F4F4F4"})
        self.sum_number = book.add_format({**line, "bold": True, "bg_color": "#F4F4F4", "num_format": "0"})
        self.sum_rate = book.add_format({**line, "bold": True, "bg_color": "#F4F4F4", "num_format": "0.0%"})
        self.plain = book.add_format({"text_wrap": True, "valign": "top", "font_name": "宋体"})


def _month(bulletin: Bulletin) -> str:
    return f"{bulletin.month.year}年{bulletin.month.month}月"


def _figures(sheet: Any, bulletin: Bulletin, styles: _Styles) -> None:
    last = len(_PLACE) + len(_FIGURES) - 1
    sheet.merge_range(0, 0, 0, last, f"驻村帮扶工作月通报（{_month(bulletin)}）", styles.title)
    for column, heading in enumerate((*_PLACE, *(label for label, _ in _FIGURES))):
        sheet.write_string(2, column, heading, styles.head)
    sheet.set_column(0, 2, 14)
    sheet.set_column(3, last, 8)
    sheet.set_row(2, 32)
    sheet.freeze_panes(3, 3)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(2)
    row = 3
    for (county, town), group in groupby(
        bulletin.villages, key=lambda village: (village.county, village.town)
    ):
        villages = list(group)
        for village in villages:
            _line(sheet, row, (county, town, village.name), [village], styles, bold=False)
            row += 1
        _line(sheet, row, (county, town, "小计"), villages, styles, bold=True)
        row += 1
    _line(sheet, row, ("合计", "", f"{len(bulletin.villages)} 个村"), bulletin.villages, styles, bold=True)


def _line(
    sheet: Any,
    row: int,
    place: Iterable[str],
    villages: Sequence[VillageMonth],
    styles: _Styles,
    *,
    bold: bool,
) -> None:
    text, number, rate = (
        (styles.sum_text, styles.sum_number, styles.sum_rate)
        if bold
        else (styles.text, styles.number, styles.rate)
    )
    for column, words in enumerate(place):
        sheet.write_string(row, column, words, text)
    for column, (_, name) in enumerate(_FIGURES, len(_PLACE)):
        if name not in _RATES:
            sheet.write_number(row, column, total(villages, name), number)
            continue
        part, whole = (total(villages, each) for each in _RATES[name])
        if whole:
            sheet.write_number(row, column, int(1000 * part / whole) / 1000, rate)
        else:
            sheet.write_string(row, column, "—", text)


def _overdue(sheet: Any, bulletin: Bulletin, styles: _Styles) -> None:
    headings = (*_PLACE, "问题类别", "分级", "状态", "期限", "超期天数")
    for column, heading in enumerate(headings):
        sheet.write_string(0, column, heading, styles.head)
    sheet.set_column(0, len(headings) - 1, 14)
    sheet.freeze_panes(1, 0)
    lines = [(village, item) for village in bulletin.villages for item in village.overdue_items]
    for row, (village, item) in enumerate(sorted(lines, key=lambda line: -line[1].days), 1):
        words = (
            *(village.county, village.town, village.name),
            _label("CL_PROBLEM_CAT", item.category),
            _label("CL_PROBLEM_GRADE", item.grade),
            _label("CL_PROBLEM_STATE", item.state),
        )
        for column, each in enumerate(words):
            sheet.write_string(row, column, each, styles.text)
        sheet.write_datetime(row, 6, _noon(item.due), styles.day)
        sheet.write_number(row, 7, item.days, styles.number)


def _noon(day: Any) -> Any:
    from datetime import datetime

    return datetime(day.year, day.month, day.day)  # noqa: DTZ001 - a day on a sheet has no zone


def _label(name: str, code: str | None) -> str:
    if code is None:
        return "未定"
    return code_list(name).label(code)


def _notes(sheet: Any, bulletin: Bulletin, styles: _Styles) -> None:
    sheet.set_column(0, 0, 90)
    unreadable = sum(village.unreadable for village in bulletin.villages)
    lines = [
        f"范围：区划 {bulletin.division}，{len(bulletin.villages)} 个村；期间：{bulletin.month.isoformat()} 至 {bulletin.as_of.isoformat()}。",
        "数据取自各村电脑已同步到省级服务器的记录；尚未同步的内容不在其中。",
        "走访次数：期间内登记的全部走访，没有见到人的也在内。",
        "遍访率：期间内见到人的户数除以全部户数，“无人在家”“拒访”不计；只舍不入到一位小数。",
        "应办结：期限在期末以前且期初尚未解决的问题；按期办结：从未超过期限的办结，延期不改变期限。",
        "超期：晚于期限才解决，或已过期限仍未解决；未销号：期末尚未销号的全部问题。",
        f"有 {unreadable} 条记录格式不合或没有核定期限，没有计入。" if unreadable else "全部记录都已计入。",
    ]
    for row, line in enumerate(lines):
        sheet.write_string(row, 0, line, styles.plain)
