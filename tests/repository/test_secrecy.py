"""What people typed, and passwords, stay out of errors and logs; files are their owner's alone."""

import logging
import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.repository import tables as t
from bot.repository.database import Database, DatabaseUnusable
from bot.repository.database_url import InvalidUrl, describe, parse_url
from bot.settings import SettingsInvalid, load
from bot.telemetry.masking import Mask, passwords_in
from tests.repository.keeping import start

SECRET = "hunter2-hush"
#: URLs with a password in every place that people put it.
WITH_SECRETS = (
    f"postgresql://eco:{SECRET}@127.0.0.1:1/eco",
    f"postgresql://eco@127.0.0.1:1/eco?password={SECRET}",
    f"postgresql://127.0.0.1:1/eco?user=eco&password={SECRET}",
    f"postgresql://127.0.0.1:1/eco?sslpassword={SECRET}",
    f"postgresql://eco:p%40{SECRET}@127.0.0.1:1/eco",
)


@pytest.mark.parametrize("url", WITH_SECRETS)
def test_a_password_is_in_no_message(url: str) -> None:
    """Neither in the name of the database, nor in the error of one that cannot be reached."""
    database = Database(url)

    with pytest.raises(DatabaseUnusable, match=r"127\.0\.0\.1:1/eco cannot be opened") as fault:
        database.migrate()

    database.close()
    assert SECRET not in f"{fault.value}{describe(parse_url(url))}"


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://eco:p@{SECRET}@db/eco",
        f"postgresql://eco:p@{SECRET}/x@db/eco",
        f"postgresql://eco:p@db?{SECRET}@db/eco",
        f"postgresql://eco:p@x:{SECRET}@db/eco",
        f"postgresql://eco@db:{SECRET}/eco",
    ],
)
def test_an_at_sign_in_a_password_is_refused_without_quoting_it(url: str) -> None:
    """The rest of the password would be shown as the host, the database or an option."""
    with pytest.raises(InvalidUrl, match="%40") as fault:
        parse_url(url)
    assert SECRET not in str(fault.value)

    with pytest.raises(SettingsInvalid) as invalid:
        load({"DATABASE_URL": url}, None, need_slack=False)
    assert SECRET not in str(invalid.value)


@pytest.mark.parametrize("url", WITH_SECRETS)
def test_a_password_is_masked_in_logs(url: str) -> None:
    """As written, as meant, and inside of a URL or of libpq's own notation."""
    meant = f"p@{SECRET}" if "%40" in url else SECRET

    assert all(SECRET not in Mask(passwords_in(url))(text) for text in (url, f"it was {meant}", f"x {url} y"))
    assert SECRET not in Mask()(f"could not connect: host=db password={SECRET} user=eco")
    assert "ss" not in Mask()("see postgresql://u:p@ss@host/db").removeprefix("see postgresql")


def test_an_unknown_option_is_told_without_its_name() -> None:
    """It may be a part of a password with a ? or an & in it."""
    with pytest.raises(DatabaseUnusable, match="option that the database does not know") as fault:
        Database(f"postgresql://eco@db/eco?{SECRET}=1")
    assert SECRET not in str(fault.value)
    with pytest.raises(DatabaseUnusable, match=r"Did you mean sslmode\?"):
        Database("postgresql://eco@db/eco?sslmod=require")
    with pytest.raises(DatabaseUnusable, match="option that the database does not know"):
        Database("sqlite:///eco.db?mod=ro")


def test_a_failing_statement_tells_no_parameters(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    """Neither SQLAlchemy's list of them, nor the row that PostgreSQL quotes, nor a value that it cannot read."""
    enrollment = start(database)
    secret = {"enrollment_id": enrollment.id, "key": "sign_up", "state": SECRET, "reminders": 0}
    too_few = {"enrollment_id": enrollment.id, "key": SECRET, "state": None, "reminders": 0}

    for values in (secret, too_few):
        try:
            with database.write() as connection:
                connection.execute(sa.insert(t.steps).values(values))
        except sa.exc.IntegrityError:
            logging.getLogger("bot").exception("it failed")

    assert 2 == caplog.text.count("it failed")
    assert "IntegrityError" in caplog.text
    assert SECRET not in caplog.text


def test_the_files_of_a_database_are_its_owners_alone(empty_sqlite_url: str, tmp_path: Path) -> None:
    """Whatever the umask says: new ones from the start, and those of earlier versions from the next start on."""
    before = os.umask(0)
    try:
        database = Database(empty_sqlite_url)
        database.migrate()
        start(database)
        assert {"eco-bot.db", "eco-bot.db-wal", "eco-bot.db-shm"} == {path.name for path in tmp_path.iterdir()}
        assert {0o600} == {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}

        (tmp_path / "eco-bot.db").chmod(0o664)
        database.migrate()
        assert 0o600 == stat.S_IMODE((tmp_path / "eco-bot.db").stat().st_mode)
        database.close()
    finally:
        os.umask(before)


def test_creating_the_file_first_takes_no_lock_away(empty_sqlite_url: str, tmp_path: Path) -> None:
    """A file that exists is not opened again: closing it would drop the locks of this process."""
    database = Database(empty_sqlite_url)
    database.migrate()
    with database.write():
        with database.read() as second:
            second.execute(sa.text("SELECT 1"))
        other = sqlite3.connect(tmp_path / "eco-bot.db", timeout=0)
        with closing(other), pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
    database.close()
