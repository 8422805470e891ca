"""The way back from an upgrade: a backup from before it is what the old version wrote, for that version to restore."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from bot.backup.backup_facts import BackupDeclined
from bot.backup.file_store import FileStore
from bot.backup.restore import restore
from bot.backup.take_backup import BackupOutcome, take_backup
from bot.repository.database import Database
from bot.repository.tables import SCHEMA_REVISION
from tests.backup.databases import NOW, accounts, make, query
from tests.repository.released.databases import REVISION
from tests.repository.released.loading import load, rows_of

LATER = NOW + timedelta(hours=1)


def schema(file: Path) -> str:
    """The schema of a database."""
    ((found,),) = query(file, "SELECT version_num FROM alembic_version")
    return str(found)


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A database that a released version has left."""
    file = tmp_path / "eco-bot.db"
    load(f"sqlite:///{file}", REVISION)
    return file


def test_a_backup_before_the_migration_has_all_that_the_old_version_wrote(old: Path, tmp_path: Path) -> None:
    """In its schema and with every row, whichever version makes the backup; the upgrade leaves it alone."""
    kept = tmp_path / "before-upgrade.db"

    outcome, facts = take_backup(old, FileStore(kept), kept, NOW)
    database = Database(f"sqlite:///{old}")
    database.migrate()
    database.close()

    assert (BackupOutcome.STORED, REVISION) == (outcome, facts.schema)
    assert (REVISION, SCHEMA_REVISION) == (schema(kept), schema(old))
    for table, rows in rows_of(REVISION).items():
        assert [(len(rows),)] == query(kept, f"SELECT count(*) FROM {table}"), table


def test_the_old_version_puts_its_backup_in_place_of_a_newer_database(tmp_path: Path) -> None:
    """To it, this one is what a newer version has written; that database is kept under another name."""
    before = make(tmp_path / "eco-bot.db", 2)
    kept = tmp_path / "before-upgrade.db"
    take_backup(before.file, FileStore(kept), kept, NOW)
    before.enroll(1)
    with before.database.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    before.database.close()

    with pytest.raises(BackupDeclined):
        restore(before.file, FileStore(kept), kept, LATER)
    _, aside = restore(before.file, FileStore(kept), kept, LATER, replace=True)

    assert SCHEMA_REVISION == schema(before.file)
    assert 2 == len(accounts(before.file))
    assert aside is not None
    assert ("9999", 3) == (schema(aside), len(accounts(aside)))


def test_a_backup_from_before_an_upgrade_also_serves_the_new_version(old: Path, tmp_path: Path) -> None:
    """It is migrated as it is restored."""
    kept = Path(shutil.copy(old, tmp_path / "before-upgrade.db"))
    there = accounts(old)
    old.unlink()

    restore(old, FileStore(kept), kept, LATER)

    assert SCHEMA_REVISION == schema(old)
    assert there == accounts(old)
    assert REVISION == schema(kept)
