"""Running the laptop's revisions with Alembic on a connection that we opened ourselves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlcipher3.dbapi2 as sqlcipher
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, event
from sqlalchemy.pool import NullPool

_LAPTOP = Path(__file__).parent / "laptop"


def laptop_config() -> Config:
    """Alembic's view of the laptop revisions that ship in this package."""
    config = Config()
    config.set_main_option("script_location", str(_LAPTOP))
    config.set_main_option("path_separator", "os")
    return config


def known_revisions() -> frozenset[str]:
    """Every revision this program can upgrade from."""
    scripts = ScriptDirectory.from_config(laptop_config())
    return frozenset(script.revision for script in scripts.walk_revisions())


def upgrade_laptop(connect: Callable[[], Any], revision: str = "head") -> None:
    """Upgrade the store that ``connect`` opens, all revisions in one transaction."""
    _run(connect, lambda config: command.upgrade(config, revision))


def downgrade_laptop(connect: Callable[[], Any], revision: str) -> None:
    """The way back, for tests and support."""
    _run(connect, lambda config: command.downgrade(config, revision))


def _run(connect: Callable[[], Any], work: Callable[[Config], None]) -> None:
    engine = create_engine("sqlite://", module=sqlcipher, creator=connect, poolclass=NullPool)
    event.listen(engine, "begin", lambda c: c.exec_driver_sql("BEGIN IMMEDIATE"))
    with engine.begin() as connection:
        config = laptop_config()
        config.attributes["connection"] = connection
        work(config)
    engine.dispose()
