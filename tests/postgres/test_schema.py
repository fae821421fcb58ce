"""The tables that queries name are the tables that the revisions make."""

from __future__ import annotations

from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, create_engine

from tests.helpers.servers import fresh_database
from villageapp.models.server_tables import metadata
from villageapp.server.schema import bring_up_to_date, server_config


@pytest.fixture
def engine(postgres_dsn: str) -> Any:
    import psycopg

    dsn = fresh_database(postgres_dsn)
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(dsn))
    yield engine
    engine.dispose()


def not_a_partition(name: str | None, kind: str, _parents: Any) -> bool:
    return kind != "table" or name is None or not name[-2:].isdigit()


def test_revisions_and_tables_agree(engine: Engine) -> None:
    bring_up_to_date(engine)
    bring_up_to_date(engine)
    with engine.connect() as connection:
        options = {"compare_type": True, "include_name": not_a_partition}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []


def test_the_first_revision_can_be_undone(engine: Engine) -> None:
    bring_up_to_date(engine)
    with engine.begin() as connection:
        config = server_config()
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    bring_up_to_date(engine)


def test_the_county_leads_every_key(engine: Engine) -> None:
    shared = {"server_state"}
    for table in metadata.tables.values():
        if table.name not in shared:
            assert next(iter(table.primary_key.columns)).name == "county_code", table.name
            for index in table.indexes:
                assert next(iter(index.columns)).name == "county_code", index.name
