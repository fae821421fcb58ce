"""Bringing the server's database to this program's schema, once, whoever starts first."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from villageapp.errors import Trouble
from villageapp.models import migrations

_LOCK = 0x7A63_7465
"""Advisory lock of every upgrade; any number that nobody else uses."""


def server_config() -> Config:
    """Alembic's view of the server revisions that ship in this package."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent / "server"))
    config.set_main_option("path_separator", "os")
    return config


def bring_up_to_date(engine: Engine) -> None:
    """Upgrade to the newest revision, all in one transaction, under a lock.

    Raises Trouble when a newer program has upgraded the database already.
    """
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL lock_timeout = '60s'"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        connection.execute(text("SET LOCAL statement_timeout = '30min'"))
        _upgrade(connection)


def _upgrade(connection: Connection) -> None:
    config = server_config()
    scripts = ScriptDirectory.from_config(config)
    current = MigrationContext.configure(connection).get_current_revision()
    if current == scripts.get_current_head():
        return
    if current is not None and current not in {script.revision for script in scripts.walk_revisions()}:
        raise Trouble(
            "服务器数据库由更新版本的驻村通建立，本程序没有改动它。",
            remedy="请升级服务器程序后再启动。",
            code="newer_schema",
        )
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
