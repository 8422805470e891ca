"""A migration takes nothing away that the version before needs, or says so by beginning another generation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from bot.repository.database import Database
from bot.repository.schema_upgrade import MIGRATIONS, generation

#: Versions before this schema watch for nothing: all their processes stop before an upgrade.
FIRST_THAT_WATCHES = "0026"


def config() -> Config:
    """Alembic with the migrations of the bot."""
    found = Config()
    found.set_main_option("script_location", str(MIGRATIONS))
    return found


def steps() -> list[tuple[str, str]]:
    """Each migration and the one before it, the oldest first."""
    scripts = list(ScriptDirectory.from_config(config()).walk_revisions())
    return [(str(script.down_revision), script.revision) for script in reversed(scripts) if script.down_revision]


def schema(connection: sa.Connection) -> sa.MetaData:
    """The tables as they are."""
    found = sa.MetaData()
    found.reflect(connection)
    return found


def taken_away(before: sa.MetaData, after: sa.MetaData) -> list[str]:
    """What a version that knows the tables before misses afterwards, or what hinders its writes."""
    found = [f"table {name} is gone" for name in before.tables.keys() - after.tables.keys()]
    for name in sorted(before.tables.keys() & after.tables.keys()):
        old, new = before.tables[name], after.tables[name]
        found += [f"{name}.{each.name} is gone" for each in old.c if each.name not in new.c]
        for column in new.c:
            was = old.c.get(column.name)
            needed = not column.nullable and column.server_default is None and not column.primary_key
            if was is None and needed:
                found.append(f"{name}.{column.name} has no default")
            elif was is not None and was.nullable and not column.nullable:
                found.append(f"{name}.{column.name} must not be empty any more")
            elif was is not None and str(was.type) != str(column.type):
                found.append(f"{name}.{column.name} was {was.type} and is {column.type}")
        found += [f"{name} must be unique by {key}" for key in _unique(new) - _unique(old)]
        found += [f"{name} refers by {key}" for key in _references(new) - _references(old)]
    return found


def _unique(table: sa.Table) -> set[str]:
    kinds = (sa.UniqueConstraint, sa.PrimaryKeyConstraint)
    constraints = [each for each in table.constraints if isinstance(each, kinds)]
    found = [*constraints, *(index for index in table.indexes if index.unique)]
    return {", ".join(column.name for column in each.columns) for each in found}


def _references(table: sa.Table) -> set[str]:
    return {f"{column.name} to {key.target_fullname}" for column in table.c for key in column.foreign_keys}


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, list[str]]]:
    """Migration -> what it takes away."""
    database, found = Database(f"sqlite:///{tmp_path_factory.mktemp('kept') / 'eco-bot.db'}"), dict[str, list[str]]()
    with database.write() as connection:
        at = config()
        at.attributes["connection"] = connection
        command.upgrade(at, steps()[0][0])
        before = schema(connection)
        for _, revision in steps():
            command.upgrade(at, revision)
            after = schema(connection)
            found[revision] = taken_away(before, after)
            before = after
    yield found
    database.close()


def test_a_migration_that_takes_something_away_begins_another_generation(findings: dict[str, list[str]]) -> None:
    """Else processes of the version before would fail beside the new one. See docs/OPERATING.md, "Upgrading".

    Call the revision "1.NNNN", and the ones after it, too, if it cannot do with adding: give new columns a
    server_default or let them be empty, and take the old ones away a release later.
    """
    since = [step for step in steps() if step[0] >= FIRST_THAT_WATCHES or generation(step[0])]

    broken = {new: findings[new] for old, new in since if generation(old) == generation(new) and findings[new]}

    assert {} == broken


def test_the_rule_finds_what_earlier_migrations_took_away(findings: dict[str, list[str]]) -> None:
    """Columns that moved into a table; and none of the last ones does, so they would have been allowed."""
    assert any(" is gone" in fault for fault in findings["0004"])
    assert [] == [fault for number in ("0024", "0025", "0026") for fault in findings[number]]


BREACHES = [
    ("DROP TABLE thing", "table thing is gone"),
    ("ALTER TABLE thing DROP COLUMN name", "thing.name is gone"),
    ("ALTER TABLE thing RENAME COLUMN name TO title", "thing.name is gone"),
    ("ALTER TABLE thing ADD COLUMN size INTEGER NOT NULL DEFAULT 0", None),
    ("ALTER TABLE thing ADD COLUMN size INTEGER", None),
    ("CREATE INDEX thing_by_name ON thing (name)", None),
    ("CREATE TABLE other (id INTEGER PRIMARY KEY, name TEXT NOT NULL)", None),
    ("CREATE UNIQUE INDEX thing_by_name ON thing (name)", "thing must be unique by name"),
    ("ALTER TABLE thing ADD COLUMN of INTEGER REFERENCES thing (id)", "thing refers by of to thing.id"),
]


@pytest.mark.parametrize(("statement", "fault"), BREACHES)
def test_each_way_to_break_the_version_before_is_found(tmp_path: Path, statement: str, fault: str | None) -> None:
    """And what only adds is none."""
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'some.db'}")
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE thing (id INTEGER PRIMARY KEY, name TEXT)")
        before = schema(connection)
        connection.exec_driver_sql(statement)
        found = taken_away(before, schema(connection))
    engine.dispose()

    assert ([fault] if fault else []) == found


def test_what_sqlite_cannot_alter_is_found_too() -> None:
    """A column that must be filled, one that must not be empty any more, and another type."""
    before, after = sa.MetaData(), sa.MetaData()
    sa.Table("thing", before, sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.String(9)))
    sa.Table(
        "thing",
        after,
        sa.Column("id", sa.String(9), primary_key=True),
        sa.Column("name", sa.String(9), nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
    )

    assert [
        "thing.id was INTEGER and is VARCHAR(9)",
        "thing.name must not be empty any more",
        "thing.size has no default",
    ] == taken_away(before, after)
