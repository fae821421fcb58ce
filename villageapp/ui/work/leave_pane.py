"""请假: from 草稿 over the chain of approval to 销假."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from villageapp.domain.attendance import BACK
from villageapp.domain.team_work import LEAVE
from villageapp.services import cadres, leaves
from villageapp.services.leaves import GRANTED, REFUSED, LeavePage
from villageapp.ui.context import Context
from villageapp.ui.preferences import SCALE
from villageapp.ui.widgets.flow import EmptyState, button, clear, label
from villageapp.ui.widgets.list_table import ListColumn, ListTable
from villageapp.ui.widgets.record_dialog import RecordDialog

_NEW = ("cadre_id", "kind", "from_on", "to_on", "reason", "note")
_Row = dict[str, Any]


class LeavePane(QWidget):
    """The list; below it what can be done with the chosen leave."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self.table: ListTable[_Row] = ListTable(
            self._columns(), self.tr("请假"), lambda r: r["id"], scale=context.settings.get(SCALE)
        )
        context.signals.scaled.connect(self.table.set_scale)
        self.table.chosen.connect(self._choose)
        self.said = label("", "quiet", wrap=True)
        self.add = button(self.tr("请假…"), self._add, role="primary", icon="add")
        self._steps = QHBoxLayout()
        head = QHBoxLayout()
        head.addWidget(self.said, 1)
        head.addWidget(self.add)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 8, 0, 0)
        layout.addLayout(head)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.table)
        self._stack.addWidget(
            EmptyState(
                self.tr("还没有请假记录"),
                self.tr("点“请假”写一张请假条，报批、批准、销假都在这里办。"),
            )
        )
        layout.addWidget(self._stack, 1)
        layout.addLayout(self._steps)

    def refresh(self) -> None:
        """Read the list."""
        work = self._context.work
        self._context.tasks.read(
            lambda _progress: leaves.list_leaves(work), owner=self, done=self._show, latest="leaves"
        )

    def _columns(self) -> tuple[ListColumn[_Row], ...]:
        return (
            ListColumn("who", self.tr("干部"), 80, lambda r: r["cadre_name"] or "", is_optional=False),
            ListColumn("kind", self.tr("类别"), 70, lambda r: r["kind"] or ""),
            ListColumn("from", self.tr("开始"), 96, lambda r: str(r["from_on"])),
            ListColumn("to", self.tr("结束"), 96, lambda r: str(r["to_on"])),
            ListColumn("state", self.tr("状态"), 90, lambda r: r["state"] or ""),
            ListColumn("back", self.tr("销假"), 96, lambda r: str(r["back_on"] or "")),
            ListColumn("approver", self.tr("批准人"), 80, lambda r: r["approver"] or ""),
            ListColumn("reason", self.tr("事由"), 200, lambda r: r["reason"] or ""),
        )

    def _show(self, rows: list[_Row]) -> None:
        self.table.show_rows(rows)
        self._stack.setCurrentIndex(0 if rows else 1)
        if rows and not self.table.current_id():
            self.table.selectRow(0)
        self._choose(self.table.current_id())

    def _choose(self, leave_id: str) -> None:
        if not leave_id:
            clear(self._steps)
            self.said.clear()
            return
        work = self._context.work
        self._context.tasks.read(
            lambda _progress: leaves.leave_page(work, leave_id), owner=self, done=self._offer, latest="leave"
        )

    def _offer(self, page: LeavePage) -> None:
        clear(self._steps)
        days = self.tr("共 {days} 天").format(days=page.days)
        who = self.tr("，由{who}批准").format(who=page.authority) if page.authority else ""
        self.said.setText(f"{days}{who}{'，' if page.unset else ''}{page.unset}")
        states = _steps(page)
        if states:
            self._steps.addWidget(label(self.tr("下一步：")))
        for state in states:
            self._steps.addWidget(button(f"{state}…", self._moving(page, state)))
        self._steps.addStretch(1)

    def _moving(self, page: LeavePage, state: str) -> Any:
        return lambda: self._move(str(page.leave["id"]), state)

    def _move(self, leave_id: str, state: str) -> None:
        work = self._context.work
        RecordDialog(
            self._context,
            self.window(),
            title=self.tr("办理请假：{state}").format(state=state),
            form=LEAVE,
            names=_asked(state),
            columns=1,
            values={"back_on": work.today()} if state == BACK else {},
            save=lambda raw, _seen: leaves.move_leave(
                work, leave_id, state, {n: v for n, v in raw.items() if v is not None}
            ),
        ).open()

    def _add(self) -> None:
        work = self._context.work
        self._context.tasks.read(
            lambda _progress: (
                [(c["id"], c["name"]) for c in cadres.list_cadres(work)],
                work.identity.user_id,
            ),
            owner=self,
            done=lambda found: self._open_new(*found),
        )

    def _open_new(self, people: list[tuple[str, str]], user_id: str) -> None:
        work = self._context.work
        RecordDialog(
            self._context,
            self.window(),
            title=self.tr("请假"),
            form=LEAVE,
            names=_NEW,
            columns=1,
            choices={"cadre_id": people},
            values={"cadre_id": user_id, "from_on": work.today(), "to_on": work.today()},
            save=lambda raw, _seen: leaves.request_leave(
                work, {n: v for n, v in raw.items() if v is not None}
            ),
            done=self.tr("已写成草稿，请按下面的步骤报批。"),
        ).open()


def _steps(page: LeavePage) -> tuple[str, ...]:
    """What can be done next. Reporting back is possible from the grant on: its date is asked for then."""
    if page.leave["state"] == GRANTED:
        return (BACK,)
    return page.next_states


def _asked(state: str) -> tuple[str, ...]:
    """The fields of a step: a name for the decision, a day for the return."""
    if state == BACK:
        return ("back_on", "note")
    return ("approver", "note") if state in (GRANTED, REFUSED) else ("note",)
