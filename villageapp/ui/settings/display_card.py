"""字号 and 配色."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox, QFormLayout, QFrame

from villageapp.ui.context import Context
from villageapp.ui.preferences import SCALE, SCALES, SCHEME
from villageapp.ui.widgets.flow import label


class DisplayCard(QFrame):
    """Both take effect while the list is open."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self.setProperty("surface", "card")
        self.scale = QComboBox()
        self.scale.setAccessibleName(self.tr("字号"))
        for percent in SCALES:
            self.scale.addItem(f"{percent} %", percent)
        self.scale.setCurrentIndex(self.scale.findData(context.settings.get(SCALE)))
        self.scale.activated.connect(lambda _index: self._on_scale())
        self.scheme = QComboBox()
        self.scheme.setAccessibleName(self.tr("配色"))
        self.scheme.addItem(self.tr("浅色"), "light")
        self.scheme.addItem(self.tr("高对比度"), "contrast")
        self.scheme.setCurrentIndex(self.scheme.findData(context.settings.get(SCHEME)))
        self.scheme.activated.connect(lambda _index: self._on_scheme())
        rows = QFormLayout(self)
        rows.setContentsMargins(16, 12, 16, 12)
        rows.addRow(label(self.tr("显示"), "heading"))
        rows.addRow(self.tr("字号"), self.scale)
        rows.addRow(self.tr("配色"), self.scheme)
        rows.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.FieldsStayAtSizeHint)

    def _on_scale(self) -> None:
        percent = int(self.scale.currentData())
        self._context.settings.set(SCALE, percent)
        self._context.signals.scaled.emit(percent)

    def _on_scheme(self) -> None:
        key = str(self.scheme.currentData())
        self._context.settings.set(SCHEME, key)
        self._context.signals.themed.emit(key)
