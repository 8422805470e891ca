"""A backup that somebody prepared: what is not the bot's is not restored, and nobody else can read what is."""

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from bot.backup.backup_facts import BackupFailed
from bot.backup.file_store import FileStore, store_for
from bot.backup.restore import restore
from bot.backup.take_backup import take_backup
from bot.settings.backup_place import S3Place
from tests.backup.databases import NOW, accounts, make

LATER = NOW + timedelta(hours=1)
FOREIGN = {
    "trigger": "CREATE TRIGGER spy AFTER INSERT ON end_customers BEGIN UPDATE end_customers SET email = 'x@evil'; END",
    "view": "CREATE VIEW spied AS SELECT * FROM enrollments",
    "table": "CREATE TABLE loot (it TEXT)",
    "virtual": "DROP TABLE receipts; CREATE VIRTUAL TABLE receipts USING fts5(it)",
    "replaced": "ALTER TABLE events RENAME TO kept; CREATE VIEW events AS SELECT * FROM kept",
}


@pytest.fixture
def open_umask() -> Iterator[None]:
    """New files would be readable by everybody."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.parametrize("statements", FOREIGN.values(), ids=FOREIGN)
def test_what_is_not_the_bots_is_not_restored(tmp_path: Path, statements: str) -> None:
    """The database stays, and the message names what was found and where."""
    (tmp_path / "data").mkdir()
    made, kept, target = make(tmp_path / "made.db", 1), tmp_path / "kept.db", tmp_path / "data/eco-bot.db"
    take_backup(made.file, FileStore(kept), kept, NOW)
    made.database.close()
    with closing(sqlite3.connect(kept)) as connection:
        connection.executescript(statements)

    with pytest.raises(BackupFailed, match=r"kept\.db has something that is not the bot's \(the (trigger|view|table) "):
        restore(target, FileStore(kept), kept, LATER)

    assert [] == list(target.parent.iterdir())


@pytest.mark.usefixtures("open_umask")
def test_backups_and_restored_files_are_their_owners_alone(tmp_path: Path, place: S3Place) -> None:
    """Backups in a file, databases restored from a file and from S3, and the old one that is kept."""
    made, kept = make(tmp_path / "made.db", 2), tmp_path / "kept.db"
    take_backup(made.file, FileStore(kept), kept, NOW)
    take_backup(made.file, store_for(place), place, NOW)
    made.database.close()
    made.file.chmod(0o644)

    restore(tmp_path / "one.db", FileStore(kept), kept, LATER)
    restore(tmp_path / "two.db", store_for(place), place, LATER)
    _, old = restore(made.file, FileStore(kept), kept, LATER, replace=True)

    files = [kept, tmp_path / "one.db", tmp_path / "two.db", made.file, old]
    assert [0o600] * 5 == [stat.S_IMODE(file.stat().st_mode) for file in files if file]
    assert accounts(kept) == accounts(tmp_path / "one.db") == accounts(tmp_path / "two.db")
