"""Colours, sizes and the style sheet: a light scheme and one of high contrast, one accent, status colours for status."""

from __future__ import annotations

from collections.abc import Mapping
from string import Template
from typing import NamedTuple

from PySide6.QtCore import QCoreApplication, QSize
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
    field_line: str = "#84909c"
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
    plain_soft: str = "#e6eaee"
    rail_hover: str = "#2c4157"
    disabled: str = "#737f8b"
    disabled_fill: str = "#b9c6d3"
    disabled_on_fill: str = "#3c4854"
    unknown: str = "#5b6875"
    bar: str = "#8fb7dc"
    progress: str = "#a9cbea"
    on_accent: str = "#ffffff"
    hint: str = "#66737f"
    selected: str = "#dbe9f6"
    selected_line: str = "#dbe9f6"


LIGHT = Colours()
HIGH_CONTRAST = Colours(
    page="#ffffff",
    line="#000000",
    field_line="#000000",
    text="#000000",
    quiet="#1a1a1a",
    accent="#003a7a",
    accent_dark="#00244d",
    accent_soft="#ffffff",
    rail="#000000",
    rail_text="#ffffff",
    good="#00400f",
    good_soft="#ffffff",
    warn="#4a2b00",
    warn_soft="#ffffff",
    bad="#7a0000",
    bad_soft="#ffffff",
    plain_soft="#ffffff",
    rail_hover="#333333",
    disabled="#4d4d4d",
    disabled_fill="#d9d9d9",
    disabled_on_fill="#262626",
    unknown="#262626",
    bar="#003a7a",
    progress="#ffe27a",
    hint="#595959",
    selected="#ffe27a",
    selected_line="#000000",
)
"""Every text has a contrast of at least 7 to 1, and every surface a black line around it; what is selected is yellow
between two lines, since every text colour can be read on it."""
SCHEMES: Mapping[str, Colours] = {"light": LIGHT, "contrast": HIGH_CONTRAST}
_SCHEME = "villageapp.scheme"


class _Chosen:
    """The colours of the scheme that the application uses now; light before there is one."""

    def __getattr__(self, name: str) -> str:
        return str(getattr(current(), name))


def current() -> Colours:
    """All colours of the scheme in use."""
    app = QCoreApplication.instance()
    chosen = app.property(_SCHEME) if app is not None else None
    return SCHEMES.get(str(chosen), LIGHT)


COLOURS = _Chosen()
STYLE = ("-style", "fusion")
"""Arguments for QApplication. Asking it for its style instead makes the large class QStyle, 4 ms at the start."""


def pixels(scale: int, at_full: float) -> int:
    """A size given for 100 % at ``scale`` percent."""
    return round(at_full * scale / 100)


def apply(app: QApplication, scale: int, scheme: str = "") -> None:
    """Give the application palette, font and style sheet for ``scale`` percent; may be called again.

    ``scheme`` is a key of ``SCHEMES``; empty keeps the one in use. The style below the sheet is Fusion on
    every system (``STYLE``).
    """
    if scheme:
        app.setProperty(_SCHEME, scheme)
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
    colours = current()._asdict()
    moods = ("good", "warn", "bad")
    edges = {f"{mood}_edge": edge(colours[f"{mood}_soft"], colours[mood]) for mood in moods}
    edges["plain_edge"] = edge(colours["plain_soft"], colours["text"])
    edges["accent_edge"] = edge(colours["accent_soft"], colours["accent_dark"])
    return Template(text).substitute(colours, **edges, **sizes, **files)


def edge(soft: str, strong: str) -> str:
    """The line around a stamp: its own background, or its text's colour where that does not stand out."""
    return strong if soft == COLOURS.card else soft


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
        (role.HighlightedText, COLOURS.on_accent),
        (role.PlaceholderText, COLOURS.quiet),
        (role.ToolTipBase, COLOURS.card),
        (role.ToolTipText, COLOURS.text),
        (role.Link, COLOURS.accent),
    ):
        palette.setColor(name, QColor(colour))
    for name in (role.Text, role.WindowText, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, name, QColor(COLOURS.disabled))
    return palette


def icon(name: str, colour: str = "", size: int = 20, *, off: str = "") -> QIcon:
    """A line icon of ``resources/icons`` drawn in one colour (that of text); sharp at twice the size.

    ``off`` is its colour on a button that cannot be pressed; empty leaves that to the style.
    """
    drawing = (paths.resources() / "icons" / f"{name}.svg").read_text(encoding="utf-8")
    made = QIcon(_drawn(drawing, colour or COLOURS.text, size))
    if off:
        made.addPixmap(_drawn(drawing, off, size), QIcon.Mode.Disabled)
    return made


def _drawn(drawing: str, colour: str, size: int) -> QPixmap:
    renderer = QSvgRenderer(drawing.replace("currentColor", colour).encode())
    pixmap = QPixmap(QSize(size * 2, size * 2))
    pixmap.fill(QColor(0, 0, 0, 0))
    painter = QPainter(pixmap)
    renderer.render(painter)
    painter.end()
    return pixmap
