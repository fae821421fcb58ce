"""Upgrades: a copy is migrated and checked; the live file is never altered; newer stores are refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

import villageapp.models.local
import villageapp.models.log
import villageapp.models.records  # noqa: F401
from villageapp.domain.fields import Kind
from villageapp.domain.forms import FORMS
from villageapp.errors import Trouble
from villageapp.models import upgrade
from villageapp.models.base import LaptopBase
from villageapp.models.database import Database, connect
from villageapp.models.migrations import LAPTOP_HEAD
from villageapp.models.migrations.run import downgrade_laptop, known_revisions, laptop_config, upgrade_laptop
from villageapp.models.records import CLASS_OF_ENTITY

KEY = bytes(32)


def store_at(path: Path, revision: str) -> None:
    """A store as an earlier version of the program left it."""
    connect(path, KEY, create=True).close()
    if revision:
        upgrade_laptop(lambda: connect(path, KEY), revision)


def test_the_known_head_is_the_scripts_head() -> None:
    assert ScriptDirectory.from_config(laptop_config()).get_current_head() == LAPTOP_HEAD


def test_a_migrated_store_equals_the_mapped_classes(tmp_path: Path) -> None:
    store = Database(tmp_path / "village.db", KEY)
    with store.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), LaptopBase.metadata) == []
    store.close()


def test_every_form_has_a_class_and_every_field_a_column() -> None:
    assert list(CLASS_OF_ENTITY) == list(FORMS)
    for entity, form in FORMS.items():
        columns = CLASS_OF_ENTITY[entity].__table__.c
        assert {f.name for f in form.fields} <= set(columns.keys())
        assert len({f.label for f in form.fields}) == len(form.fields), "labels are unique within a form"
        for f in form.fields:
            assert (f.kind in (Kind.CODE, Kind.CODES)) == bool(f.choices), f.name


@pytest.mark.parametrize("revision", ["", *sorted(known_revisions())])
def test_every_earlier_revision_upgrades_and_keeps_a_backup(tmp_path: Path, revision: str) -> None:
    path = tmp_path / "village.db"
    store_at(path, revision)
    store = Database(path, KEY)
    assert upgrade.current_revision(path, KEY, connect) == LAPTOP_HEAD
    if revision != LAPTOP_HEAD:
        assert list((tmp_path / "backups").glob("*.db"))
    store.close()


def test_there_is_a_way_back(tmp_path: Path) -> None:
    path = tmp_path / "village.db"
    store_at(path, "head")
    downgrade_laptop(lambda: connect(path, KEY), "base")
    assert upgrade.current_revision(path, KEY, connect) is None


def test_a_newer_store_is_refused_and_untouched(tmp_path: Path) -> None:
    path = tmp_path / "village.db"
    Database(path, KEY).close()
    raw = connect(path, KEY)
    raw.execute("UPDATE alembic_version SET version_num = '9999'")
    raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    raw.close()
    content = path.read_bytes()
    with pytest.raises(Trouble, match="更新的版本") as told:
        Database(path, KEY)
    assert told.value.code == "store_too_new"
    assert path.read_bytes() == content


def test_a_failed_migration_leaves_the_old_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "village.db"
    store_at(path, "")
    content = path.read_bytes()

    def broken(*_: object) -> None:
        raise RuntimeError("power gone")

    monkeypatch.setattr(upgrade, "_migrate", broken)
    with pytest.raises(Trouble, match="升级没有完成"):
        Database(path, KEY)
    assert path.read_bytes() == content
    assert not list(tmp_path.glob(".village*"))
