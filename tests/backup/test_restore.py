"""Restore: the restored database is sound, and the old one is never lost by mistake."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import boto3
import pytest

from bot.backup.backup_facts import BackupDeclined, BackupFailed
from bot.backup.file_store import FileStore, store_for
from bot.backup.restore import restore
from bot.backup.take_backup import BackupOutcome, take_backup
from bot.repository import installations
from bot.repository.database import Database
from bot.repository.installations import Installation, Tokens
from bot.settings.backup_place import S3Place
from tests.backup.databases import NOW, Made, accounts, make, query, whole
from tests.support.bot_process import ROOT

Makes = Callable[..., Made]
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    """A backup of three enrollments, in a file."""
    (tmp_path / "kept").mkdir()
    made, kept = make(tmp_path / "kept/before.db", 3), tmp_path / "kept/backup.db"
    take_backup(made.file, FileStore(kept), kept, NOW)
    made.database.close()
    return kept


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """The path of a database that does not exist, in an empty folder."""
    (tmp_path / "data").mkdir()
    return tmp_path / "data/eco-bot.db"


def files(target: Path) -> list[str]:
    """The files in the folder of the database."""
    return sorted(path.name for path in target.parent.iterdir())


def test_a_lost_database_comes_back_from_s3(made: Makes, place: S3Place, target: Path) -> None:
    """All data comes back in one file, with no other files beside it."""
    lost = made(enrollments=3)
    _, stored = take_backup(lost.file, store_for(place), place, NOW)

    facts, kept = restore(target, store_for(place), place, LATER)

    assert (stored, None) == (facts, kept)
    assert accounts(lost.file) == accounts(target)
    assert whole(target)
    assert ["eco-bot.db"] == files(target)


def test_a_restored_database_is_backed_up_to_the_same_place(made: Makes, place: S3Place, target: Path) -> None:
    """A restored database continues the backup that it came from, also after changes."""
    take_backup(made(enrollments=3).file, store_for(place), place, NOW)
    restore(target, store_for(place), place, LATER)
    make(target, 1).enroll()

    outcome, facts = take_backup(target, store_for(place), place, LATER)

    assert (BackupOutcome.STORED, 5) == (outcome, facts.enrollments)


def test_a_database_with_enrollments_is_left_alone(target: Path, backup: Path) -> None:
    """Without --replace it stays, and the message says what to do."""
    make(target, 2).database.close()

    with pytest.raises(BackupDeclined, match=r"has enrollments or installations.*--replace"):
        restore(target, FileStore(backup), backup, LATER)

    assert 2 == len(accounts(target))
    assert [] == [name for name in files(target) if "restor" in name]


def test_a_replaced_database_is_kept_under_another_name(target: Path, backup: Path) -> None:
    """All of it, including the -wal file of a killed bot."""
    made = make(target, 2)
    for ending in ("", "-wal"):  # as a killed process leaves them
        shutil.copy(f"{target}{ending}", f"{target}{ending}.copy")
    made.database.close()
    for ending in ("", "-wal"):
        Path(f"{target}{ending}.copy").rename(f"{target}{ending}")

    _, kept = restore(target, FileStore(backup), backup, LATER, replace=True)

    assert target.with_name("eco-bot.db.before-restore-20261123T110000Z") == kept
    assert (3, 2) == (len(accounts(target)), len(accounts(kept)))
    assert whole(target)
    assert whole(kept)
    assert ["eco-bot.db", kept.name] == files(target)


@pytest.mark.parametrize("what", ["no tables", "no enrollments", "zero bytes"])
def test_an_empty_database_is_replaced_without_further_ado(target: Path, backup: Path, what: str) -> None:
    """A database without enrollments has nothing to keep."""
    if what == "no enrollments":
        make(target, 0).database.close()
    elif what == "no tables":
        database = Database(f"sqlite:///{target}")
        database.reach()
        database.close()
    else:
        target.touch()

    _, kept = restore(target, FileStore(backup), backup, LATER)

    assert (None, 3) == (kept, len(accounts(target)))
    assert ["eco-bot.db"] == files(target)


def test_what_is_no_database_is_kept_too(target: Path, backup: Path) -> None:
    """A damaged file stays, or is kept under another name: it may be possible to repair it."""
    target.write_bytes(b"once a database, now something else" * 100)

    with pytest.raises(BackupDeclined, match="cannot be read"):
        restore(target, FileStore(backup), backup, LATER)
    _, kept = restore(target, FileStore(backup), backup, LATER, replace=True)

    assert kept is not None
    assert kept.read_bytes().startswith(b"once a database")
    assert whole(target)


def test_a_bot_that_runs_keeps_its_database(target: Path, backup: Path) -> None:
    """While another connection has the file open, nothing is replaced, not even with --replace."""
    running = make(target, 2)

    with pytest.raises(BackupFailed, match="stop the bot first"):
        restore(target, FileStore(backup), backup, LATER, replace=True)

    running.enroll()
    assert 3 == len(accounts(target))
    assert [] == [name for name in files(target) if "restor" in name]


def test_a_backup_that_was_changed_on_its_way_is_refused(made: Makes, place: S3Place, target: Path) -> None:
    """The checksum differs: nothing is replaced, and no temporary file is left."""
    take_backup(made().file, store_for(place), place, NOW)
    s3 = boto3.client("s3")
    stored = s3.get_object(Bucket=place.bucket, Key=place.key)
    changed = bytearray(stored["Body"].read())
    changed[-1] ^= 1
    s3.put_object(Bucket=place.bucket, Key=place.key, Body=bytes(changed), Metadata=stored["Metadata"])

    with pytest.raises(BackupFailed, match="checksum differs"):
        restore(target, store_for(place), place, LATER)

    assert [] == files(target)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "not a database of this bot"),
        (b"a shopping list" * 1000, "file is not a database"),
    ],
)
def test_what_is_no_backup_is_refused(content: bytes, says: str, place: S3Place, target: Path) -> None:
    """The message says what the file is instead."""
    boto3.client("s3").put_object(Bucket=place.bucket, Key=place.key, Body=content)

    with pytest.raises(BackupFailed, match=says):
        restore(target, store_for(place), place, LATER)

    assert [] == files(target)


def test_a_backup_of_a_newer_version_is_refused(target: Path, backup: Path) -> None:
    """The error comes before anything is replaced, not at the next start."""
    newer = make(backup.with_name("newer.db"), 1)
    with newer.database.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(BackupFailed, match="newer version of the bot"):
        restore(target, FileStore(newer.file), newer.file, LATER)

    assert [] == files(target)


def test_what_may_have_been_sent_meanwhile_is_looked_for(target: Path, backup: Path) -> None:
    """Messages that were due have the mark that makes the delivery look for them first; later ones do not."""
    restore(target, FileStore(backup), backup, LATER)

    assert [(1,)] == query(
        target, "SELECT DISTINCT posting FROM outbox WHERE state = 'owed' AND due_at < '2026-11-23 11'"
    )
    assert [(0,)] == query(target, "SELECT DISTINCT posting FROM outbox WHERE state = 'owed' AND due_at > '2026-11-24'")


def test_a_restore_that_is_killed_leaves_one_of_the_two_databases_whole(target: Path, backup: Path) -> None:
    """Killed before each file operation in turn, until a restore completes."""
    before = make(target.with_name("before"), 2)
    before.database.close()
    shutil.copy(before.file, target)
    dying = subprocess.Popen(
        [sys.executable, "-m", "tests.backup.killed_restore", str(target), str(backup)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert dying.stdin is not None
    assert dying.stdout is not None
    found = []
    with dying:
        while (line := dying.stdout.readline().strip()) not in ("whole", "failed", ""):
            assert whole(target), f"killed at {line}"
            found.append(len(accounts(target)))
            make(target, 0).database.close()  # a bot can use it at once
            for path in target.parent.glob("eco-bot.db*"):
                path.unlink()
            shutil.copy(before.file, target)
            dying.stdin.write("\n")
            dying.stdin.flush()

    assert "whole" == line
    assert {2, 3} == set(found), json.dumps(found)
    assert sorted(found) == found, "the old one until the new one is there"
    assert len(found) > 10
    assert 3 == len(accounts(target))


def test_a_database_with_installations_alone_is_left_alone(target: Path, backup: Path) -> None:
    """Nobody has started an enrollment yet; each workspace would have to install the app again."""
    made = make(target, 0)
    there = Installation("T1", "Acme", "https://acme", None, "A1", "1.1", "U1", None, "U2", NOW, Tokens("secret"))
    with made.database.write() as connection:
        installations.save(connection, there)
    made.database.close()

    with pytest.raises(BackupDeclined, match=r"--replace"):
        restore(target, FileStore(backup), backup, LATER)

    assert [("T1",)] == query(target, "SELECT team_id FROM installations")
    _, kept = restore(target, FileStore(backup), backup, LATER, replace=True)
    assert kept is not None
    assert [("T1",)] == query(kept, "SELECT team_id FROM installations")
