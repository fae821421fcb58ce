"""What can be done with several households at once: those selected, or all that are listed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu, QToolButton

from villageapp.domain.household import HOUSEHOLD
from villageapp.services import cadres, household_bulk, households
from villageapp.services.households import HouseholdRow
from villageapp.ui.context import Context
from villageapp.ui.widgets.record_dialog import RecordDialog

if TYPE_CHECKING:
    from villageapp.ui.households.list_panel import ListPanel


class BulkMenu(QToolButton):
    """Prints, assigns, copies."""

    def __init__(self, context: Context, panel: ListPanel) -> None:
        super().__init__()
        self._context = context
        self._panel = panel
        self.setText(self.tr("批量") + " ▾")
        self.setAccessibleName(self.tr("批量操作"))
        self.setToolTip(self.tr("按住 Ctrl 或 Shift 选几户；只选一户时对所列全部农户"))
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setMenu(QMenu(self))
        self.menu().aboutToShow.connect(self._fill)

    def _fill(self) -> None:
        ids = self._panel.chosen_ids()
        menu = self.menu()
        menu.clear()
        count = len(ids)
        for text, act in (
            (self.tr("打印明白卡（{count} 户）…"), lambda: self._panel.print_asked.emit(ids)),
            (self.tr("指定帮扶责任人（{count} 户）…"), lambda: self.assign(ids)),
            (self.tr("复制名单（{count} 户）"), lambda: self.copy(ids)),
        ):
            menu.addAction(text.format(count=count), act).setEnabled(count > 0)

    def assign(self, ids: Sequence[str]) -> None:
        """Make one cadre responsible for all of them."""
        work = self._context.work
        self._context.tasks.read(
            lambda _progress: [(c["id"], c["name"]) for c in cadres.list_cadres(work)],
            owner=self,
            done=lambda people: RecordDialog(
                self._context,
                self.window(),
                title=self.tr("指定帮扶责任人"),
                form=HOUSEHOLD,
                names=("duty_person_id",),
                choices={"duty_person_id": people},
                columns=1,
                lead=self.tr("对 {count} 户生效，可以撤销。").format(count=len(ids)),
                save=lambda raw, _seen: household_bulk.change_many(work, ids, raw),
                done=self.tr("已指定 {count} 户的帮扶责任人。").format(count=len(ids)),
            ).open(),
        )

    def copy(self, ids: Sequence[str]) -> None:
        """The list as a table that WPS or Excel takes."""
        work = self._context.work
        self._context.tasks.read(
            lambda _progress: list(households.rows(work, ids)), owner=self, done=self._put, latest="copy"
        )

    def _put(self, rows: Sequence[HouseholdRow]) -> None:
        columns = self._panel.table.rows.columns
        lines = ["\t".join(column.title for column in columns)]
        lines += ["\t".join(column.text(row) for column in columns) for row in rows]
        QGuiApplication.clipboard().setText("\n".join(lines))
        self._context.tell.note(self.tr("已复制 {count} 户，可以贴到表格里。").format(count=len(rows)))
