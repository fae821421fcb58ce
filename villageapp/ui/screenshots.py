"""Pictures of every screen and of the main dialogs on an open store, without a display: for README and handbook."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtWidgets import QWidget

from villageapp import paths
from villageapp.errors import Trouble, os_reason
from villageapp.ui import theme, typefaces
from villageapp.ui.app import make_application
from villageapp.ui.context import Context, make_context
from villageapp.ui.help.dialog import HelpDialog
from villageapp.ui.main_window import MainWindow
from villageapp.ui.preferences import LOCK_MINUTES, SCALE, SCHEME, Preferences
from villageapp.ui.screens import HOUSEHOLDS, VISITS, screens

if TYPE_CHECKING:
    from villageapp.services.workspace import Workspace

WIDTH, HEIGHT = 1366, 768
_LIMIT_MS = 30_000
_SETTLE_MS = 250
"""After the last answer lists still draw their rows."""


def render(work: Workspace, out: Path, *, scale: int = 100, scheme: str = "light") -> list[Path]:
    """Draw every screen of ``work`` into ``out`` as PNG of 1366×768; the files, in rail order.

    Raises Trouble when a picture cannot be written.
    """
    _make_folder(out)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app = make_application(["villageapp"])
    for file in typefaces.make_instances(paths.cache_dir()):
        typefaces.register(file)
    theme.apply(app, scale, scheme)
    with _context(work, scale, scheme) as context:
        return _draw(context, out)


def _make_folder(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Trouble(
            f"无法建立文件夹 {out}：{os_reason(error)}。没有画图。",
            remedy="请另选一个文件夹。",
            code="not_writable",
        ) from error


@contextmanager
def _context(work: Workspace, scale: int, scheme: str) -> Iterator[Context]:
    with tempfile.TemporaryDirectory() as folder:
        settings = Preferences(Path(folder) / "window.ini")
        for preference, value in ((SCALE, scale), (SCHEME, scheme), (LOCK_MINUTES, 0)):
            settings.set(preference, value)
        context = make_context(work, settings)
        try:
            yield context
        finally:
            context.tasks.close()
            settings.flush()


def _draw(context: Context, out: Path) -> list[Path]:
    from villageapp.services.household_lists import list_ids

    window = MainWindow(context)
    window.setWindowState(Qt.WindowState.WindowNoState)
    window.resize(WIDTH, HEIGHT)
    window.show()
    window.start()
    household = next(iter(list_ids(context.work)), "")
    made: list[Path] = []
    for screen in screens():
        page = window.show_screen(screen.key)
        _settle(context)
        if household and screen.key in (HOUSEHOLDS, VISITS):
            page.open_household(household)
            _settle(context)
        made.append(_save(window, out / f"{screen.key}.png"))
    dialog = HelpDialog("start", window)
    dialog.show()
    _settle(context)
    made.append(_save(dialog, out / "help.png"))
    dialog.close()
    window.lock.lock()
    _settle(context)
    made.append(_save(window, out / "lock.png"))
    window.close()
    window.deleteLater()
    return made


def _save(widget: QWidget, path: Path) -> Path:
    if not widget.grab().save(str(path)):
        raise Trouble(f"无法写入图片 {path}。", remedy="请检查磁盘空间和权限。", code="picture_unwritable")
    return path


def _settle(context: Context) -> None:
    """Let the event loop run until nothing has been under way for a moment. Raises Trouble after half a minute."""
    loop = QEventLoop()
    quiet = QTimer()
    quiet.setSingleShot(True)
    quiet.setInterval(_SETTLE_MS)
    quiet.timeout.connect(lambda: loop.exit(0))
    poll, limit = QTimer(), QTimer()
    poll.timeout.connect(lambda: _watch(context, quiet))
    limit.setSingleShot(True)
    limit.timeout.connect(lambda: loop.exit(1))
    poll.start(20)
    limit.start(_LIMIT_MS)
    if loop.exec():
        raise Trouble("页面在期限内没有读完数据，没有画出图片。", remedy="请再试一次。", code="picture_late")


def _watch(context: Context, quiet: QTimer) -> None:
    if not context.tasks.is_idle:
        quiet.stop()
    elif not quiet.isActive():
        quiet.start()
