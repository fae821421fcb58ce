"""How measures read on the screen. Plain functions, no widgets."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QCoreApplication

from villageapp.domain import money
from villageapp.domain.codes import code_list
from villageapp.services.measure_entries import DONE, ENDED, PAUSED, RUNNING
from villageapp.services.measure_lists import Checked, MeasureRow, Totals
from villageapp.ui.widgets.badge import Badge, Mood
from villageapp.ui.widgets.field_inputs import Choice

_PLACE = "measures"
_MOODS = {RUNNING: Mood.ACCENT, DONE: Mood.GOOD, PAUSED: Mood.WARN, ENDED: Mood.PLAIN}
_CHECK_MOODS = {"落实": Mood.GOOD, "未落实": Mood.BAD, "变化": Mood.WARN}


def status_badge(status: str) -> Badge:
    """The status on its colour."""
    return Badge(status, _MOODS.get(status, Mood.PLAIN))


def checked_badge(checked: Checked | None) -> Badge | str:
    """``落实 10-23``: what the newest visit found; empty when no visit looked at it."""
    if checked is None:
        return ""
    return Badge(f"{checked.state} {checked.on:%m-%d}", _CHECK_MOODS.get(checked.state, Mood.PLAIN))


def item_text(row: MeasureRow) -> str:
    """The item of a measure."""
    return code_list("CL_MEASURE_ITEM").label(row.item)


def group_text(row: MeasureRow) -> str:
    """The group of a measure."""
    return code_list("CL_MEASURE_GROUP").label(row.group)


def yuan(fen: int | None) -> str:
    """``1,234.00``; empty while unknown."""
    return "" if fen is None else money.yuan(fen)


def totals_text(totals: Totals, shown: int) -> str:
    """``共 98 条，覆盖 37 户，合计 123,456.00 元（12 条未填金额）``."""
    tr = QCoreApplication.translate
    text = tr(_PLACE, "共 {count} 条 · 覆盖 {households} 户 · 合计 {sum} 元").format(
        count=totals.measures, households=totals.households, sum=yuan(totals.amount)
    )
    if totals.unpriced:
        text += tr(_PLACE, "（{count} 条未填金额）").format(count=totals.unpriced)
    if shown < totals.measures:
        text += tr(_PLACE, "；只列出前 {count} 条，请缩小范围").format(count=shown)
    return text


def selected_text(rows: Iterable[MeasureRow]) -> str:
    """``已选 3 条 · 2 户 · 4,500.00 元``."""
    picked = list(rows)
    return QCoreApplication.translate(_PLACE, "已选 {count} 条 · {households} 户 · {sum} 元").format(
        count=len(picked),
        households=len({row.household_id for row in picked}),
        sum=yuan(sum(row.amount or 0 for row in picked)),
    )


def item_choices() -> list[Choice]:
    """Every item with its group in front: what people type is found in either."""
    groups = code_list("CL_MEASURE_GROUP")
    items = code_list("CL_MEASURE_ITEM").labels
    return [(code, f"{groups.label(code[:3])} · {label}") for code, label in items.items()]
