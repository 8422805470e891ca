"""Brings the schema of a database to this version, one process at a time."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy import Connection

from bot.program_name import command_line
from bot.repository.database_faults import DatabaseUnusable
from bot.repository.tables import SCHEMA_REVISION

if TYPE_CHECKING:
    from alembic.config import Config

log = logging.getLogger(__name__)

MIGRATIONS = Path(__file__).parent / "migrations"

_CURRENT = sa.text("SELECT version_num FROM alembic_version")
#: Key of the advisory lock for migrations on PostgreSQL: an arbitrary number, the same in every process.
_MIGRATION_LOCK = 0x0EC0B07


def lock_migrations(connection: Connection) -> None:
    """Lock out the migrations of other processes until the transaction ends (PostgreSQL)."""
    key = {"key": _MIGRATION_LOCK}
    if connection.execute(sa.text("SELECT pg_try_advisory_xact_lock(:key)"), key).scalar():
        return
    log.info("Another process is migrating the database; waiting until it has finished.")
    connection.execute(sa.text("SET LOCAL lock_timeout = 0"))  # it may take long
    connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), key)


def upgrade(connection: Connection) -> bool:
    """Migrate to this version's schema; return whether anything had to be done.

    Raises:
        DatabaseUnusable: a newer version of the bot has written the database.
    """
    current = None
    if sa.inspect(connection).has_table("alembic_version"):
        current = connection.execute(_CURRENT).scalar()
    if current == SCHEMA_REVISION:
        return False  # the usual case does not import Alembic
    from alembic import command  # noqa: PLC0415

    config = _alembic()
    if current is not None and not is_known_schema(current):
        raise DatabaseUnusable(
            f"The database was written by a newer version of the bot (schema {current}, this version knows "
            f"{SCHEMA_REVISION}). Install that version again, or go back to the backup from before the upgrade: "
            f"{_way_back(connection.dialect.name)}."
        )
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    return True


def _way_back(dialect: str) -> str:
    """Say how the version before an upgrade gets its database back."""
    if dialect == "sqlite":
        return command_line("restore PLACE --replace")
    return f"pg_restore, then {command_line('restored')}"


def outlived(connection: Connection) -> str | None:
    """Why this process cannot go on after a newer version has migrated the database; None if it can.

    It can on a schema of its own generation (see `generation`), whichever that is.
    """
    current = connection.execute(_CURRENT).scalar()
    if current is None or generation(current) == generation(SCHEMA_REVISION) or is_known_schema(current):
        return None
    return (
        f"A newer version of the bot has changed the database in a way that this version cannot work with (schema "
        f"{current}, this version knows {SCHEMA_REVISION}). Install that version here, too."
    )


def generation(revision: str) -> str:
    """The generation of a schema: what stands before the dot in “2.0042”, and "" for those before the first.

    Within a generation, migrations only add what the versions before can do without, so that processes of both go on
    side by side. A migration that takes something away begins the next one.
    """
    return revision.rpartition(".")[0]


def is_known_schema(version: str) -> bool:
    """Whether this version of the bot can migrate a schema; it cannot if a newer version wrote it."""
    if version == SCHEMA_REVISION:
        return True
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    return version in {script.revision for script in ScriptDirectory.from_config(_alembic()).walk_revisions()}


def _alembic() -> Config:
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config
