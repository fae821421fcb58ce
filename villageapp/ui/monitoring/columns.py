"""Columns of the list of clues and cases."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from villageapp.services.case_board import BoardCard
from villageapp.services.groups import group_order
from villageapp.ui.monitoring import words
from villageapp.ui.widgets.list_table import ListColumn


def case_columns() -> list[ListColumn[BoardCard]]:
    """Who, where it stands, and what is due when."""
    tr = QCoreApplication.translate
    place = "monitoring"
    return [
        ListColumn("head", tr(place, "户主"), 84, words.name_text, is_optional=False),
        ListColumn(
            "group", tr(place, "组"), 120, lambda c: c.group_name, lambda c: group_order(c.group_name)
        ),
        ListColumn("state", tr(place, "状态"), 120, lambda c: words.state_badge(c.state)),
        ListColumn(
            "left",
            tr(place, "期限"),
            100,
            lambda c: words.left_badge(c.days_left) or "",
            lambda c: c.days_left,
        ),
        ListColumn("due", tr(place, "下一件事"), 192, words.due_text, lambda c: c.due),
        ListColumn("category", tr(place, "类别"), 116, lambda c: words.category_text(c.category)),
        ListColumn("risks", tr(place, "风险"), 160, lambda c: words.risks_text(c.risks)),
        ListColumn(
            "reported",
            tr(place, "申报（发现）"),
            104,
            lambda c: c.reported_on.isoformat() if c.reported_on else "",
        ),
        ListColumn("identified", tr(place, "识别"), 76, lambda c: c.identified_ym),
        ListColumn(
            "exit",
            tr(place, "最早可消除"),
            100,
            lambda c: str(c.earliest_exit or ""),
            lambda c: str(c.earliest_exit or ""),
        ),
    ]
