"""关于: which program, which laptop, which server, where the data lies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFormLayout, QFrame, QHBoxLayout, QLabel

import villageapp
from villageapp.ui.context import Context
from villageapp.ui.widgets.flow import button, label

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Laptop:
    """Who this laptop is; no server before it is enrolled."""

    server_url: str
    replica_id: str
    workspace: str


def _laptop(work: Workspace) -> Laptop:
    identity = work.identity
    url = identity.server_url if identity.enrolled else ""
    return Laptop(url, identity.replica_id, identity.workspace)


class AboutCard(QFrame):
    """What support asks for on the telephone."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self.setProperty("surface", "card")
        rows = QFormLayout(self)
        rows.setContentsMargins(16, 12, 16, 12)
        rows.addRow(label(self.tr("本机"), "heading"))
        rows.addRow(self.tr("程序版本"), label(villageapp.__version__, selectable=True))
        self.server = self._line(rows, self.tr("服务器"))
        self.replica = self._line(rows, self.tr("电脑编号"))
        self.workspace = self._line(rows, self.tr("工作区编号"))
        folder = label(str(context.work.data_dir.root), wrap=True, selectable=True)
        rows.addRow(self.tr("数据文件夹"), folder)
        below = QHBoxLayout()
        below.addWidget(button(self.tr("打开数据文件夹"), self._open_folder))
        below.addStretch(1)
        rows.addRow("", below)

    def refresh(self) -> None:
        """Read who this laptop is."""
        work = self._context.work
        self._context.tasks.read(lambda _progress: _laptop(work), owner=self, done=self._show, latest="about")

    def _show(self, laptop: Laptop) -> None:
        self.server.setText(laptop.server_url or self.tr("未接入"))
        self.replica.setText(laptop.replica_id)
        self.workspace.setText(laptop.workspace)

    def _line(self, rows: QFormLayout, title: str) -> QLabel:
        made = label("", selectable=True)
        rows.addRow(title, made)
        return made

    def _open_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._context.work.data_dir.root)))
