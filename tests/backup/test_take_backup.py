"""Taking backups: consistent copies, only after changes, and never in place of a backup with more data."""

import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import boto3
import pytest

from bot.backup import sqlite_snapshot
from bot.backup.backup_facts import BackupDeclined, BackupFacts, BackupFailed
from bot.backup.file_store import store_for
from bot.backup.take_backup import BackupOutcome, take_backup
from bot.repository.tables import SCHEMA_REVISION
from bot.settings.backup_place import S3Place
from tests.backup.databases import BUCKET, NOW, Made, accounts, make, query, whole

Makes = Callable[..., Made]
LATER = NOW + timedelta(hours=1)


def facts_at(place: S3Place | Path) -> BackupFacts:
    """The facts of the stored backup."""
    stored = store_for(place).current()
    assert stored is not None
    assert stored.facts is not None
    return stored.facts


@pytest.fixture(params=["s3", "file"])
def anywhere(request: pytest.FixtureRequest, place: S3Place, tmp_path: Path) -> S3Place | Path:
    """A place in S3, and a file: the same rules hold for both."""
    return place if request.param == "s3" else tmp_path / "kept.db"


def test_a_backup_is_stored_with_what_it_holds(made: Makes, place: S3Place) -> None:
    """The object is the whole database, S3 has verified its checksum, and its metadata describe it."""
    outcome, facts = take_backup(made(enrollments=3).file, store_for(place), place, NOW)

    found = boto3.client("s3").head_object(Bucket=BUCKET, Key=place.key, ChecksumMode="ENABLED")
    assert BackupOutcome.STORED is outcome
    assert facts == facts_at(place)
    assert (3, NOW, SCHEMA_REVISION) == (facts.enrollments, facts.made_at, facts.schema)
    assert found["ChecksumSHA256"]


def test_copies_of_a_database_that_is_being_written_are_whole(made: Makes, tmp_path: Path) -> None:
    """Every copy is one committed state: each enrollment with all its steps, its audit event and its card."""
    written, done = made(enrollments=1), threading.Event()

    def write() -> None:
        while not done.is_set():
            written.enroll()

    writer = threading.Thread(target=write)
    writer.start()
    counts = []
    try:
        while len(set(counts)) < 5:
            copy = tmp_path / f"copy-{len(counts)}.db"
            sqlite_snapshot.copy(written.file, copy)
            assert whole(copy)
            enrollments = len(accounts(copy))
            counts.append(enrollments)
            [(steps, events, cards)] = query(
                copy,
                "SELECT (SELECT count(*) FROM steps), (SELECT count(DISTINCT enrollment_id) FROM events),"
                " (SELECT count(*) FROM outbox WHERE kind = 'card')",
            )
            assert (9 * enrollments, enrollments, enrollments) == (steps, events, cards)
    finally:
        done.set()
        writer.join()
    assert sorted(counts) == counts


def test_nothing_is_uploaded_where_nothing_has_changed(made: Makes, anywhere: S3Place | Path) -> None:
    """Without a change the stored backup stays, with its time; a change makes a new one."""
    database, store = made(), store_for(anywhere)
    take_backup(database.file, store, anywhere, NOW)
    before = store.current()

    second, _ = take_backup(database.file, store, anywhere, LATER)
    same = store.current()
    database.enroll()
    third, facts = take_backup(database.file, store, anywhere, LATER)

    assert (BackupOutcome.UNCHANGED, BackupOutcome.STORED) == (second, third)
    assert before == same
    assert 4 == facts.enrollments == facts_at(anywhere).enrollments


@pytest.mark.parametrize("since", [0, 1, 5])
def test_a_database_that_began_anew_never_replaces_a_good_backup(
    made: Makes, anywhere: S3Place | Path, since: int
) -> None:
    """After a lost disk neither the empty database nor a new beginning in it replaces the backup."""
    store = store_for(anywhere)
    take_backup(made("lost.db", enrollments=3).file, store, anywhere, NOW)
    before = store.current()
    anew = made("anew.db", enrollments=since, at=LATER)

    with pytest.raises(BackupDeclined) as declined:
        take_backup(anew.file, store, anywhere, LATER)

    assert before == store.current()
    assert f"python -m bot restore {anywhere}" in str(declined.value)
    assert (" --replace. To give it up" in str(declined.value)) == bool(since)


def test_a_backup_can_be_given_up_by_saying_so(made: Makes, anywhere: S3Place | Path) -> None:
    """With replace, the new database overwrites the backup of the old one."""
    take_backup(made("lost.db").file, store_for(anywhere), anywhere, NOW)

    outcome, _ = take_backup(
        made("anew.db", enrollments=1, at=LATER).file, store_for(anywhere), anywhere, LATER, replace=True
    )

    assert BackupOutcome.STORED is outcome
    assert 1 == facts_at(anywhere).enrollments


def test_what_somebody_else_keeps_there_is_left_alone(made: Makes, anywhere: S3Place | Path) -> None:
    """A file or an object that is no backup is not overwritten."""
    if isinstance(anywhere, Path):
        anywhere.write_text("a shopping list")
    else:
        boto3.client("s3").put_object(Bucket=anywhere.bucket, Key=anywhere.key, Body=b"a shopping list")

    with pytest.raises(BackupDeclined, match="no backup of this bot"):
        take_backup(made().file, store_for(anywhere), anywhere, NOW)


def test_two_processes_do_not_write_over_each_other(made: Makes, place: S3Place) -> None:
    """A backup that another process wrote meanwhile stays: the conditional write fails."""
    database, store = made(), store_for(place)
    seen = store.current()
    take_backup(database.file, store_for(place), place, NOW)
    database.enroll()
    copy = database.file.with_name("copy.db")
    sqlite_snapshot.copy(database.file, copy)

    with pytest.raises(BackupFailed, match="at the same time"):
        store.put(copy, sqlite_snapshot.read_facts(copy, LATER), seen)

    assert 3 == facts_at(place).enrollments


def test_a_damaged_database_does_not_replace_its_backup(made: Makes, place: S3Place, tmp_path: Path) -> None:
    """A database that fails the integrity check is reported and not stored."""
    database = made(enrollments=30)
    take_backup(database.file, store_for(place), place, NOW)
    database.enroll()
    database.database.close()
    with database.file.open("r+b") as file:
        for page in range(8, 40):
            file.seek(page * 4096)
            file.write(b"\xff" * 64)

    with pytest.raises(BackupFailed):
        take_backup(database.file, store_for(place), place, LATER)

    assert 30 == facts_at(place).enrollments


def test_a_database_of_something_else_is_not_backed_up(tmp_path: Path, place: S3Place) -> None:
    """A database of another application is rejected by name."""
    make(tmp_path / "x.db", 0).database.close()
    other = tmp_path / "other.db"
    other.write_bytes(b"")

    with pytest.raises(BackupFailed, match="not a database of this bot"):
        take_backup(other, store_for(place), place, NOW)
