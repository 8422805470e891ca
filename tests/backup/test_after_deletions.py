"""Backups go on after an enrollment was deleted, or a person forgotten: both take away what the one before had."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from bot.backup.backup_facts import BackupDeclined
from bot.backup.file_store import store_for
from bot.backup.take_backup import BackupOutcome, take_backup
from bot.forget_command import DONE, run
from bot.repository import deletions, installations, workspace_rows
from bot.repository.installations import Installation, Tokens
from bot.settings.backup_place import S3Place
from tests.backup.databases import CALLER, NOW, Made, query

Makes = Callable[..., Made]
LATER = NOW + timedelta(hours=1)


@pytest.fixture(params=["s3", "file"])
def anywhere(request: pytest.FixtureRequest, place: S3Place, tmp_path: Path) -> S3Place | Path:
    """A place in S3, and a file: the same rules hold for both."""
    return place if request.param == "s3" else tmp_path / "kept.db"


def delete(made: Made, number: int) -> None:
    """Delete an enrollment, as an admin or ECO_RETENTION does."""
    enrollment = made.use.get("T1", number)
    with made.database.write() as connection:
        deletions.delete(connection, enrollment, "U0ADMIN001", LATER)


def test_a_backup_follows_a_deletion(made: Makes, anywhere: S3Place | Path) -> None:
    """The last audit entry of the backup is gone with its enrollment, and one line says so."""
    database, store = made(enrollments=3), store_for(anywhere)
    take_backup(database.file, store, anywhere, NOW)

    delete(database, 3)

    assert BackupOutcome.STORED is take_backup(database.file, store, anywhere, LATER)[0]


def test_a_backup_follows_a_workspace_that_was_erased(made: Makes, anywhere: S3Place | Path) -> None:
    """What is left of each enrollment says nothing of it; its number is given to no other."""
    database, store = made(enrollments=3), store_for(anywhere)
    take_backup(database.file, store, anywhere, NOW)

    with database.database.write() as connection:
        assert 3 == workspace_rows.erase(connection, "T1", LATER)

    assert BackupOutcome.STORED is take_backup(database.file, store, anywhere, LATER)[0]
    with database.database.read() as connection:
        assert [("", "The operator", LATER)] * 3 == deletions.lines(connection)
    database.enroll()
    assert [(4,)] == query(database.file, "SELECT id FROM enrollments")


def test_a_backup_follows_a_person_who_was_forgotten(made: Makes, anywhere: S3Place | Path) -> None:
    """The last audit entry of the backup names somebody else now."""
    database, store = made(enrollments=1), store_for(anywhere)
    database.use.cancel(CALLER, 1, "not for us")
    take_backup(database.file, store, anywhere, NOW)

    assert DONE == run(database.url, CALLER.actor.user_id, [])[0]

    assert BackupOutcome.STORED is take_backup(database.file, store, anywhere, LATER)[0]


def test_a_deletion_elsewhere_is_no_proof(made: Makes, anywhere: S3Place | Path) -> None:
    """Another bot has deleted an enrollment of the same number: its database does not replace the backup."""
    store = store_for(anywhere)
    take_backup(made("lost.db", enrollments=3).file, store, anywhere, NOW)
    other = made("other.db", enrollments=3, at=LATER)

    delete(other, 3)

    with pytest.raises(BackupDeclined):
        take_backup(other.file, store, anywhere, LATER)


def test_installations_alone_are_worth_a_backup(made: Makes, anywhere: S3Place | Path) -> None:
    """Nobody has started an enrollment yet; the empty database after a lost disk does not replace it."""
    store, lost = store_for(anywhere), made("lost.db", enrollments=0)
    there = Installation("T1", "Acme", "https://acme", None, "A1", "1.1", "U1", None, "U2", NOW, Tokens("secret"))
    with lost.database.write() as connection:
        installations.save(connection, there)
    take_backup(lost.file, store, anywhere, NOW)

    with pytest.raises(BackupDeclined):
        take_backup(made("anew.db", enrollments=0, at=LATER).file, store, anywhere, LATER)

    lost.enroll()
    assert BackupOutcome.STORED is take_backup(lost.file, store, anywhere, LATER)[0]
