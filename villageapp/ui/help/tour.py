"""The tour of a first day: seven stations on the screens themselves, left at any time."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from villageapp.ui.screens import HOUSEHOLDS, REPORTS, SYNC, TODAY, VISITS, screens
from villageapp.ui.widgets.flow import button, label


@dataclass(frozen=True, slots=True)
class Station:
    """What is said on which screen."""

    screen: str
    title: str
    text: str


def stations() -> tuple[Station, ...]:
    """All stations whose screen is there."""
    tr = QCoreApplication.translate
    found = (
        Station(TODAY, tr("tour", "今日工作"), tr("tour", "每天从这里开始：到期的问题、该走访的户，最急的在最上面。按回车打开一件事。")),
        Station(HOUSEHOLDS, tr("tour", "农户"), tr("tour", "左边找户（试试输入拼音首字母），右边看一户的全部情况，直接修改，Ctrl+S 保存。")),
        Station(VISITS, tr("tour", "走访"), tr("tour", "选一户开始走访。回车到下一项，1 是、2 否、3 未知；选“否”会当场登记问题和三个期限。")),
        Station(REPORTS, tr("tour", "台账报表"), tr("tour", "台账、明白卡、走访表都在这里预览、打印、存成表格。")),
        Station(SYNC, tr("tour", "同步"), tr("tour", "有网时自动同步；没有网用 U 盘。只有服务器签收了，灯才是绿的。")),
        Station(TODAY, tr("tour", "放心试"), tr("tour", "改错了按 Ctrl+Z 撤销；不懂就按 F1。练习村里的人和事都是虚构的，随便改。")),
    )  # fmt: skip
    there = {screen.key for screen in screens()}
    return tuple(station for station in found if station.screen in there)


class TourPanel(QFrame):
    """A strip under the screens; it asks for the screen that it speaks of."""

    screen_asked = Signal(str)
    ended = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("surface", "card")
        self.setAccessibleName(self.tr("新手导览"))
        self._stations = stations()
        self._at = -1
        self.title = label("", "heading")
        self.text = label("", wrap=True)
        self.back = button(self.tr("上一步"), lambda: self.go(self._at - 1))
        self.onward = button(self.tr("下一步"), lambda: self.go(self._at + 1), role="primary")
        self.leave = button(self.tr("结束导览"), self._end, role="flat")
        row = QHBoxLayout()
        row.addWidget(self.text, 1)
        for one in (self.back, self.onward, self.leave):
            row.addWidget(one)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 8, 16, 8)
        layout.addWidget(self.title)
        layout.addLayout(row)

    def go(self, number: int) -> None:
        """Show a station; after the last one the tour ends."""
        if number >= len(self._stations):
            self._end()
            return
        self._at = max(0, number)
        station = self._stations[self._at]
        count = self.tr("{at} / {all}").format(at=self._at + 1, all=len(self._stations))
        self.title.setText(f"{station.title}（{count}）")
        self.text.setText(station.text)
        self.back.setEnabled(self._at > 0)
        last = self._at == len(self._stations) - 1
        self.onward.setText(self.tr("完成") if last else self.tr("下一步"))
        self.screen_asked.emit(station.screen)

    def _end(self) -> None:
        self.hide()
        self.ended.emit()
