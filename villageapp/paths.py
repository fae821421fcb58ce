"""Where things lie: the laptop's data folder, shipped resources, caches."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from villageapp.errors import Trouble, os_reason

APP_NAME = "villageapp"
ENV_DATA_DIR = "VILLAGEAPP_DATA_DIR"


def resources() -> Path:
    """The folder of shipped data, in a frozen program, an installed wheel or a source tree."""
    frozen = getattr(sys, "_MEIPASS", None)
    if frozen:
        return Path(frozen) / "resources"
    package = Path(__file__).resolve().parent
    installed = package / "_resources"
    return installed if installed.is_dir() else package.parent / "resources"


def handbook() -> Path:
    """The folder of help pages, shipped beside the resources; in a source tree ``docs/handbook``."""
    shipped = resources() / "handbook"
    return shipped if shipped.is_dir() else resources().parent / "docs" / "handbook"


def default_data_dir() -> Path:
    """The per-user data folder of the platform, or the one named by VILLAGEAPP_DATA_DIR."""
    named = os.environ.get(ENV_DATA_DIR)
    if named:
        return Path(named).expanduser()
    import platformdirs

    return Path(platformdirs.user_data_dir(APP_NAME, appauthor=False))


def cache_dir() -> Path:
    """For things that can be made again (font instances); never holds personal data."""
    import platformdirs

    return Path(platformdirs.user_cache_dir(APP_NAME, appauthor=False))


@dataclass(frozen=True, slots=True)
class DataDir:
    """The files of one laptop's store."""

    root: Path

    @property
    def database(self) -> Path:
        """The encrypted database."""
        return self.root / "village.db"

    @property
    def key_slots(self) -> Path:
        """The wrapped database key; useless without passphrase or recovery code."""
        return self.root / "keys.json"

    @property
    def lock(self) -> Path:
        """Held while an upgrade replaces the database."""
        return self.root / "upgrade.lock"

    @property
    def backups(self) -> Path:
        """Encrypted copies made before upgrades."""
        return self.root / "backups"

    @property
    def blobs(self) -> Path:
        """Photos and scans, each encrypted with a key of its own that the database holds."""
        return self.root / "blobs"

    @property
    def log(self) -> Path:
        """Technical log, free of personal data."""
        return self.root / "villageapp.log"

    def exists(self) -> bool:
        """Whether a store has been made here."""
        return self.key_slots.exists() or self.database.exists()

    def create(self) -> None:
        """Make the folder, readable by its owner alone. Raises Trouble when that is impossible."""
        try:
            self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
            if os.name == "posix":
                self.root.chmod(0o700)
        except OSError as error:
            raise Trouble(
                f"无法建立数据文件夹 {self.root}：{os_reason(error)}。",
                remedy="请检查磁盘空间和文件夹权限，或用 --data-dir 另选位置。",
                code="data_dir_unusable",
            ) from error
