"""The inputs that only the visit form has, and the sentences beside them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from villageapp.domain.problem import Deadlines
from villageapp.domain.visit import VISIT
from villageapp.ui.visits import recording, words
from villageapp.ui.visits.moment_input import MomentInput
from villageapp.ui.visits.person_input import PersonInput
from villageapp.ui.visits.segment_input import SegmentInput

TODAY = date(2026, 11, 23)
NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("14:30", "2026-11-23 14:30"),
        ("1430", "2026-11-23 14:30"),
        ("9点05分", "2026-11-23 09:05"),
        ("2026-11-20 08:15", "2026-11-20 08:15"),
        ("25:00", "25:00"),
        ("yesterday", "yesterday"),
        ("", None),
    ],
)
def test_a_clock_time_is_enough(typed: str, meant: str | None, qtbot: QtBot) -> None:
    made = MomentInput(VISIT["started_at"], lambda: TODAY)
    qtbot.addWidget(made)
    made.line.insert(typed)
    assert made.value() == meant


def test_segments_answer_by_digit_arrow_and_click(qtbot: QtBot) -> None:
    made = SegmentInput(VISIT["income_trend"], [("增加", "增加"), ("持平", "持平"), ("减少", "减少")])
    qtbot.addWidget(made)
    heard: list[str] = []
    made.edited.connect(lambda: heard.append("edited"))
    made.answered.connect(lambda: heard.append("answered"))
    QTest.keyClick(made.segments, Qt.Key.Key_2)
    assert (made.value(), heard) == ("持平", ["edited", "answered"])
    QTest.keyClick(made.segments, Qt.Key.Key_9)
    QTest.keyClick(made.segments, Qt.Key.Key_Right)
    QTest.keyClick(made.segments, Qt.Key.Key_Right)
    assert made.value() == "减少"
    QTest.keyClick(made.segments, Qt.Key.Key_Delete)
    assert made.value() is None
    QTest.keyClick(made.segments, Qt.Key.Key_Left)
    assert made.value() == "减少"
    made.set_value("更新版本里的选项")
    assert made.value() == "更新版本里的选项"


def test_interviewee_is_a_name_whether_picked_or_typed(qtbot: QtBot) -> None:
    members = [
        {"name": "张示范", "relation": "户主", "age": 64},
        {"name": "李样例", "relation": "配偶", "age": None},
    ]
    made = PersonInput(VISIT["interviewee"], members)
    qtbot.addWidget(made)
    made.show()
    assert made.value() is None
    assert made.combo.itemText(0) == "张示范（户主，64 岁）"
    QTest.keyClick(made.combo, Qt.Key.Key_Down)
    assert made.value() == "张示范"
    QTest.keyClick(made.combo, Qt.Key.Key_Down)
    assert made.value() == "李样例"
    made.set_value("邻居王某")
    assert made.value() == "邻居王某"


@pytest.mark.parametrize(
    ("hours_ago", "given", "left"),
    [
        (0.5, None, NOON),
        (11, None, NOON),
        (13, None, None),
        (-1, None, None),
        (2, "2026-11-23 11:00", "2026-11-23 11:00"),
    ],
)
def test_leaving_time_is_now_unless_entered_later(hours_ago: float, given: str | None, left: object) -> None:
    values = {"started_at": NOON - timedelta(hours=hours_ago), "ended_at": given}
    assert recording.with_leaving_time(values, NOON)["ended_at"] == left


def test_an_unreadable_arrival_is_left_to_the_check() -> None:
    values = {"started_at": "soon", "ended_at": None}
    assert recording.with_leaving_time(values, NOON) == values


def test_sentences_name_days_as_people_do() -> None:
    assert words.day_text(date(2026, 3, 12), TODAY) == "3月12日"
    assert words.day_text(date(2025, 3, 12), TODAY) == "2025年3月12日"
    assert words.moment_text(NOON, TODAY) == "12:00"
    assert words.moment_text(NOON - timedelta(days=1), TODAY) == "11月22日 12:00"
    due = Deadlines(date(2026, 11, 24), date(2026, 11, 26), date(2026, 11, 28), date(2026, 11, 30))
    text = "核查 11月24日（1天） · 意见 11月26日（3天） · 方案 11月28日（5天） · 解决 11月30日（7天）"
    assert words.deadlines_text(due, TODAY, TODAY) == text
    assert (
        words.dates_text((None, None, None, None), TODAY) == "核查 未定 · 意见 未定 · 方案 未定 · 解决 未定"
    )


def test_a_large_family_is_cut_and_counted() -> None:
    member = {"name": "张某", "relation": "", "age": None}
    assert words.members_line([member] * 12).startswith("12 人：")
    assert words.members_line([member] * 12).endswith("等")
    assert words.members_line([]) == "没有登记成员"
