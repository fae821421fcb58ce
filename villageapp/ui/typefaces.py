"""Which typeface the window uses, so that no Chinese character shows as a box.

A good Chinese typeface of the system is preferred. Where there is none, the one that comes with the program
is registered before the first window; otherwise it is registered later as a fallback for rare characters.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QFont, QFontDatabase
from PySide6.QtWidgets import QApplication

from villageapp.errors import Trouble

FAMILY = "Noto Sans SC"
"""Our own family, as ``villageapp.fonts`` names its instances."""
_CACHED_REGULAR = "NotoSansSC-Regular-*.ttf"
PREFERRED = (
    "Microsoft YaHei UI",
    "Microsoft YaHei",
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "PingFang SC",
    "WenQuanYi Micro Hei",
)


def chinese_families() -> list[str]:
    """Every family of this system that claims to have simplified Chinese."""
    return QFontDatabase.families(QFontDatabase.WritingSystem.SimplifiedChinese)


def system_family() -> str:
    """A good Chinese family of this system; empty when it has none."""
    known = set(chinese_families())
    return next((family for family in PREFERRED if family in known), "")


def first_family(cache_dir: Path) -> str:
    """The family for the first window; registers our own when the system has none that is good.

    Our own costs a millisecond once it is cached, 0.2 s the very first time. Whether the cached file is whole
    is checked later (``make_instances``); one that Qt refuses is made again at once. Raises Trouble when that
    is impossible and the system has no Chinese typeface at all.
    """
    found = system_family()
    if found:
        return found
    cached = sorted(cache_dir.glob(_CACHED_REGULAR), key=lambda path: path.stat().st_mtime)
    if cached and register(cached[-1]):
        return FAMILY
    return _made_family(cache_dir)


def _made_family(cache_dir: Path) -> str:
    from villageapp import fonts

    try:
        register(fonts.instance(fonts.REGULAR, cache_dir))
    except Trouble:
        plain = next(iter(chinese_families()), "")
        if not plain:
            raise
        return plain  # less pretty, but everybody can read it
    return FAMILY


def make_instances(cache_dir: Path) -> list[Path]:
    """Files of both weights; slow the first time, so call it in the background. Raises Trouble."""
    from villageapp import fonts

    return [fonts.instance(weight, cache_dir) for weight in (fonts.REGULAR, fonts.BOLD)]


def register(file: Path) -> bool:
    """Make a font file known to Qt, on the GUI thread; False when it is no font."""
    return QFontDatabase.addApplicationFont(str(file)) >= 0


def register_all(files: list[Path]) -> None:
    """The same for several files."""
    for file in files:
        register(file)


def use(app: QApplication, family: str) -> None:
    """Draw with ``family`` and, for characters it lacks, with our own."""
    font = QFont(app.font())
    font.setFamilies(list(dict.fromkeys([family, FAMILY])))
    app.setFont(font)
