"""What the packaged program checks of its own window: every screen opens, reads its data and draws itself."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtGui import QFont, QImage, QTextLayout
from PySide6.QtWidgets import QApplication

from villageapp import paths
from villageapp.ui import theme, typefaces
from villageapp.ui.context import Context, make_context
from villageapp.ui.main_window import MainWindow
from villageapp.ui.preferences import Preferences
from villageapp.ui.screens import screens
from villageapp.ui.tell import Notice, Tone

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

SAMPLE = "驻村通走访䶮"
"""Characters that must have a glyph; the last is outside every small Chinese typeface."""
WIDTH, HEIGHT = 1366, 768
LIMIT_MS = 20_000


def check_window(app: QApplication, work: Workspace) -> list[str]:
    """Problems found, in Chinese; empty when all is well."""
    for file in typefaces.make_instances(paths.cache_dir()):
        typefaces.register(file)
    theme.apply(app, 100)
    with tempfile.TemporaryDirectory() as folder:
        context = make_context(work, Preferences(Path(folder) / "window.ini"))
        problems = _check(app, context)
        context.tasks.close()
        context.settings.flush()
    return problems


def _check(app: QApplication, context: Context) -> list[str]:
    problems: list[str] = []
    context.tasks.failed.connect(lambda error: problems.append(f"后台任务出错：{type(error).__name__}"))
    context.tell.said.connect(lambda notice: _note_trouble(problems, notice))
    problems += [f"字体缺少字形：{c}" for c in SAMPLE if not _has_glyph(app.font(), c)]
    window = MainWindow(context)
    window.resize(WIDTH, HEIGHT)
    window.show()
    for screen in screens():
        page = window.show_screen(screen.key)
        _wait_until_idle(context, problems)
        picture = page.grab().toImage()
        if _is_blank(picture):
            problems.append(f"“{screen.title}”页没有画出内容")
    window.close()
    window.deleteLater()
    return problems


def _has_glyph(font: QFont, character: str) -> bool:
    """Whether Qt finds a glyph in ``font`` or its fallbacks; glyph 0 is the box."""
    layout = QTextLayout(character, font)
    layout.beginLayout()
    layout.createLine()
    layout.endLayout()
    runs = layout.glyphRuns()
    return bool(runs) and all(index != 0 for run in runs for index in run.glyphIndexes())


def _is_blank(picture: QImage) -> bool:
    """Whether a page shows one colour only, sampled every 7 pixels."""
    points = ((x, y) for x in range(0, picture.width(), 7) for y in range(0, picture.height(), 7))
    return len({picture.pixel(x, y) for x, y in points}) < 2


def _wait_until_idle(context: Context, problems: list[str]) -> None:
    """Let the event loop run until no background work is left."""
    loop = QEventLoop()
    poll, limit = QTimer(), QTimer()
    poll.timeout.connect(lambda: loop.exit(0) if context.tasks.is_idle else None)
    limit.setSingleShot(True)
    limit.timeout.connect(lambda: loop.exit(1))
    poll.start(20)
    limit.start(LIMIT_MS)
    if loop.exec():
        problems.append("后台任务没有在期限内结束")


def _note_trouble(problems: list[str], notice: Notice) -> None:
    if notice.tone is Tone.TROUBLE:
        problems.append(notice.text)
