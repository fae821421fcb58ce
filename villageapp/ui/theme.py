"""Colours, sizes and the style sheet: one light theme, one accent, status colours kept for status."""

from __future__ import annotations

from string import Template
from typing import NamedTuple

from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QFont, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from villageapp import paths
from villageapp.ui.preferences import BASE_PIXELS


class Colours(NamedTuple):
    """Every colour of the window; text on ``page`` and ``card`` has a contrast of at least 4.5 to 1."""

    page: str = "#f4f6f8"
    card: str = "#ffffff"
    line: str = "#d5dbe1"
    field_line: str = "#8c98a4"
    text: str = "#1c2733"
    quiet: str = "#566472"
    accent: str = "#1a5fa0"
    accent_dark: str = "#134a7e"
    accent_soft: str = "#e3eef8"
    rail: str = "#1f2f40"
    rail_text: str = "#e4ebf2"
    good: str = "#1d6f36"
    good_soft: str = "#e4f3e8"
    warn: str = "#8a5300"
    warn_soft: str = "#fdf0d8"
    bad: str = "#a8201a"
    bad_soft: str = "#fbe5e3"


COLOURS = Colours()
STYLE = ("-style", "fusion")
"""Arguments for QApplication. Asking it for its style instead makes the large class QStyle, 4 ms at the start."""


def pixels(scale: int, at_full: float) -> int:
    """A size given for 100 % at ``scale`` percent."""
    return round(at_full * scale / 100)


def apply(app: QApplication, scale: int) -> None:
    """Give the application palette, font and style sheet for ``scale`` percent; may be called again.

    The style below the sheet is Fusion on every system (``STYLE``).
    """
    app.setPalette(_palette())
    font = QFont(app.font())
    font.setPixelSize(pixels(scale, BASE_PIXELS))
    app.setFont(font)
    app.setStyleSheet(style_sheet(scale))


def style_sheet(scale: int) -> str:
    """``resources/style.qss`` with colours and sizes filled in."""
    sizes = {f"px{n}": f"{pixels(scale, n)}px" for n in range(1, 41)}
    text = (paths.resources() / "style.qss").read_text(encoding="utf-8")
    drawings = paths.resources() / "icons"
    files = {"tick": (drawings / "tick.svg").as_posix(), "arrow": (drawings / "arrow.svg").as_posix()}
    return Template(text).substitute(COLOURS._asdict(), **sizes, **files)


def _palette() -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    for name, colour in (
        (role.Window, COLOURS.page),
        (role.Base, COLOURS.card),
        (role.AlternateBase, COLOURS.page),
        (role.Text, COLOURS.text),
        (role.WindowText, COLOURS.text),
        (role.ButtonText, COLOURS.text),
        (role.Button, COLOURS.card),
        (role.Highlight, COLOURS.accent),
        (role.HighlightedText, "#ffffff"),
        (role.PlaceholderText, COLOURS.quiet),
        (role.ToolTipBase, COLOURS.card),
        (role.ToolTipText, COLOURS.text),
        (role.Link, COLOURS.accent),
    ):
        palette.setColor(name, QColor(colour))
    for name in (role.Text, role.WindowText, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, name, QColor("#737f8b"))
    return palette


def icon(name: str, colour: str = COLOURS.text, size: int = 20) -> QIcon:
    """A line icon of ``resources/icons`` drawn in one colour; sharp at twice the size."""
    drawing = (paths.resources() / "icons" / f"{name}.svg").read_text(encoding="utf-8")
    renderer = QSvgRenderer(drawing.replace("currentColor", colour).encode())
    pixmap = QPixmap(QSize(size * 2, size * 2))
    pixmap.fill(QColor(0, 0, 0, 0))
    painter = QPainter(pixmap)
    renderer.render(painter)
    painter.end()
    return QIcon(pixmap)
