"""The recovery code: shown once, to be copied down or printed before work begins."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QFont, QGuiApplication, QPainter
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QCheckBox, QDialog, QHBoxLayout, QVBoxLayout, QWidget

from villageapp.ui.widgets.flow import button, card, label, set_role


class RecoveryPage(QWidget):
    """The code, ways to keep it, and a tick that it was kept."""

    copied_down = Signal()

    def __init__(self, code: str, village: str) -> None:
        super().__init__()
        self._code = code
        self._village = village
        self.shown_code = label(code, "mono", selectable=True, wrap=True)
        self.shown_code.setAccessibleName(self.tr("恢复码"))
        self.shown_code.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.tick = QCheckBox(self.tr("我已抄下"))
        self.tick.setAccessibleName(self.tr("我已抄下"))
        self.go_on = button(self.tr("开始使用"), self.copied_down.emit, role="primary")
        self.go_on.setEnabled(False)
        self.tick.toggled.connect(self.go_on.setEnabled)
        self._said = label("", "quiet")
        self._lay_out()

    def focus_first(self) -> None:
        """The tick is what is left to do."""
        self.tick.setFocus()

    def remind(self) -> None:
        """Say that the code must be copied down first."""
        set_role(self._said, "problem")
        self._said.setText(self.tr("请先抄下恢复码，并在下面打勾。"))
        self.tick.setFocus()

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        layout.addWidget(label(self.tr("请抄下恢复码"), "heading"))
        text = self.tr(
            "忘记口令时，只有它能打开数据。它只显示这一次，不存在电脑里；请抄在纸上，锁好，不要拍照外传。"
        )
        layout.addWidget(label(text, wrap=True))
        frame, inner = card(margin=16)
        inner.addWidget(self.shown_code)
        layout.addWidget(frame)
        row = QHBoxLayout()
        row.addWidget(button(self.tr("复制"), self._copy))
        row.addWidget(button(self.tr("打印"), self._print, icon="print"))
        row.addWidget(self._said, 1)
        layout.addLayout(row)
        layout.addStretch(1)
        last = QHBoxLayout()
        last.addWidget(self.tick)
        last.addStretch(1)
        last.addWidget(self.go_on)
        layout.addLayout(last)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._code)
        self._said.setText(self.tr("已复制，抄好后请清空剪贴板。"))

    def _print(self) -> None:
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        dialog = QPrintDialog(printer, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.accepted.connect(lambda: self._paint(printer))
        QDialog.open(dialog)

    def _paint(self, printer: QPrinter) -> None:
        painter = QPainter(printer)
        font = QFont(self.font())
        font.setPointSize(16)
        painter.setFont(font)
        page = QRectF(printer.pageRect(QPrinter.Unit.DevicePixel))
        text = self.tr("驻村通恢复码\n\n{village}\n\n{code}\n\n请锁好。忘记口令时在登录窗口输入。").format(
            village=self._village, code=self._code
        )
        painter.drawText(page, int(Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap), text)
        painter.end()
