"""Takes away from a migrated database what came with newer versions of the schema, so that it can be migrated again."""

from __future__ import annotations

import functools
from collections.abc import Iterable

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from bot.repository.schema_upgrade import MIGRATIONS
from bot.repository.tables import metadata


@functools.cache
def _schema(revision: str) -> sa.MetaData:
    """The tables of a version of the schema."""
    engine, found = sa.create_engine("sqlite://"), sa.MetaData()
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        found.reflect(connection)
    engine.dispose()
    return found


def set_back(connection: sa.Connection, revision: str) -> None:
    """Drop the tables, indexes and columns that the version with that schema did not have."""
    old = _schema(revision).tables
    for table in reversed(metadata.sorted_tables):
        if table.name not in old:
            _run(connection, [f"DROP TABLE {table.name}"])
            continue
        known = {index.name for index in old[table.name].indexes}
        _run(connection, [f"DROP INDEX {index.name}" for index in table.indexes if index.name not in known])
        new = [column.name for column in table.c if column.name not in old[table.name].c]
        _run(connection, [f"ALTER TABLE {table.name} DROP COLUMN {name}" for name in new])
    connection.execute(sa.text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})


def _run(connection: sa.Connection, statements: Iterable[str]) -> None:
    for statement in statements:
        connection.execute(sa.text(statement))
