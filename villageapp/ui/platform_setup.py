"""What must be set before there is a QApplication, and the one running instance per store."""

from __future__ import annotations

import sys
import zlib
from collections.abc import MutableMapping
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QLockFile, QObject, QTranslator, Signal

from villageapp.paths import APP_NAME

if TYPE_CHECKING:
    from PySide6.QtNetwork import QLocalServer

_CONNECT_MS = 1_000


def choose_input_method(environment: MutableMapping[str, str], platform: str = sys.platform) -> None:
    """Qt from PyPI carries the ibus plug-in only; fcitx5 answers to it through its portal.

    Without this nobody types Chinese where fcitx is set up (architecture, fact 10).
    """
    if platform.startswith("linux") and environment.get("QT_IM_MODULE", "").startswith("fcitx"):
        environment["QT_IM_MODULE"] = "ibus"
        environment["IBUS_USE_PORTAL"] = "1"


def name_application() -> None:
    """Names that standard paths and window managers use; before either is asked."""
    QCoreApplication.setApplicationName(APP_NAME)
    QCoreApplication.setOrganizationName(APP_NAME)


def speak_chinese(app: QCoreApplication) -> None:
    """Standard buttons and dialogs of Qt in Chinese, whatever the system's language."""
    QLocale.setDefault(QLocale(QLocale.Language.Chinese, QLocale.Country.China))
    translator = QTranslator(app)
    if translator.load("qtbase_zh_CN", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
        app.installTranslator(translator)


class SingleInstance(QObject):
    """The first start takes a lock and listens; a second start of the same store calls it and goes away.

    The network module of Qt is imported after the first window is visible, or by the second start.
    """

    called = Signal()
    """Somebody started the program again: come to the front."""

    def __init__(self, data_root: Path, cache_dir: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        mark = zlib.crc32(str(data_root.resolve()).encode())
        self._name = f"{APP_NAME}-{mark:08x}"
        cache_dir.mkdir(parents=True, exist_ok=True)
        self._lock = QLockFile(str(cache_dir / f"{self._name}.lock"))
        self._lock.setStaleLockTime(0)  # only the end of its process makes a lock stale, not its age
        self._server: QLocalServer | None = None

    def is_first(self) -> bool:
        """Whether no other instance holds the store's lock; a lock that cannot be written stops nobody."""
        return self._lock.tryLock(0) or self._lock.error() is not QLockFile.LockError.LockFailedError

    def listen(self) -> None:
        """As the first: wait to be called."""
        from PySide6.QtNetwork import QLocalServer

        QLocalServer.removeServer(self._name)  # left behind by a crash
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._on_called)
        self._server.listen(self._name)

    def call_first(self) -> None:
        """As a later one: ask the first to come to the front."""
        from PySide6.QtNetwork import QLocalSocket

        socket = QLocalSocket()
        socket.connectToServer(self._name)
        if socket.waitForConnected(_CONNECT_MS):
            socket.disconnectFromServer()

    def close(self) -> None:
        """Let another start be the first."""
        if self._server is not None:
            self._server.close()
        self._lock.unlock()

    def _on_called(self) -> None:
        assert self._server is not None
        connection = self._server.nextPendingConnection()
        connection.disconnected.connect(connection.deleteLater)
        connection.disconnectFromServer()
        self.called.emit()
