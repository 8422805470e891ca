"""The PostgreSQL of the tests is found, real, fresh for every test, and gone afterwards."""

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from tests.repository.fixtures import filled_tables
from tests.support import postgres

STEPS_OF_A_STRAY_RUN = """
import sys
from tests.support.postgres import running_cluster
with running_cluster() as cluster:
    print((cluster.directory / "data" / "postmaster.pid").read_text().split()[0], flush=True)
    sys.stdin.read()
"""


def place(root: Path, name: str) -> Path:
    """Make a folder with the names of PostgreSQL's programs in it."""
    folder = root / name / "bin"
    folder.mkdir(parents=True)
    for program in ("initdb", "pg_ctl", "postgres"):
        (folder / program).touch(mode=0o755)
    return folder


def test_binaries_come_from_the_path_first(tmp_path: Path) -> None:
    """Who put a PostgreSQL on PATH means that one, whatever else is installed."""
    chosen = place(tmp_path, "mine")
    place(tmp_path, "packaged/17")

    assert chosen == postgres.binaries(str(chosen), (f"{tmp_path}/packaged/*/bin",))


def test_the_newest_packaged_version_is_taken(tmp_path: Path) -> None:
    """Version 15 is newer than 9: numbers are compared, not text."""
    place(tmp_path, "packaged/9.6")
    newest = place(tmp_path, "packaged/15")

    assert newest == postgres.binaries("", (f"{tmp_path}/packaged/*/bin",))


def test_a_machine_without_postgresql_is_told_how_to_get_it() -> None:
    """The one line that a skipped test shows names the package."""
    with pytest.raises(postgres.PostgresUnavailableError, match="apt install postgresql"):
        postgres.binaries("", ())


def test_a_database_url_opens_a_fresh_database(empty_database_url: str) -> None:
    """Both kinds of database are reached by their SQLAlchemy URL and hold no table."""
    engine = sa.create_engine(empty_database_url)

    with engine.begin() as connection:
        assert [] == sa.inspect(connection).get_table_names()
        connection.execute(sa.text("CREATE TABLE left_behind (id INTEGER)"))

    engine.dispose()


def test_the_next_test_sees_nothing_of_the_one_before(empty_database_url: str) -> None:
    """A table that one test leaves behind is not there in the next."""
    test_a_database_url_opens_a_fresh_database(empty_database_url)


def test_a_database_is_dropped_although_someone_is_connected(postgres_cluster: postgres.Cluster) -> None:
    """A test that forgets a connection does not keep its database alive."""
    name = postgres_cluster.create_database()
    engine = sa.create_engine(postgres_cluster.url(name), poolclass=sa.NullPool)
    connection = engine.connect()

    postgres_cluster.drop_database(name)

    with pytest.raises(sa.exc.OperationalError):
        engine.connect()
    connection.invalidate()
    connection.close()


def test_a_database_can_be_a_copy_of_another(postgres_cluster: postgres.Cluster) -> None:
    """A template's tables are there at once: the hook for migrating once per run."""
    template = postgres_cluster.create_database()
    engine = sa.create_engine(postgres_cluster.url(template), poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE migrated (id INTEGER)"))

    copy = postgres_cluster.create_database(template)

    copied = sa.create_engine(postgres_cluster.url(copy), poolclass=sa.NullPool)
    assert ["migrated"] == sa.inspect(copied).get_table_names()
    for name in (copy, template):
        postgres_cluster.drop_database(name)


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="waiting for another's process needs Linux")
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM], ids=["killed", "terminated"])
def test_no_server_outlives_its_test_run(postgres_cluster: postgres.Cluster, end: signal.Signals) -> None:
    """Even a test run that is killed outright leaves no server behind."""
    with subprocess.Popen(
        [sys.executable, "-c", STEPS_OF_A_STRAY_RUN],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
    ) as run:  # fmt: skip
        server = os.pidfd_open(int(run.stdout.readline()))
        run.send_signal(end)

    assert select.select([server], [], [], postgres.SECONDS_TO_STOP)[0], "the server still runs"
    os.close(server)


def test_a_database_that_a_failed_test_has_changed_is_used_by_no_other(postgres_cluster: postgres.Cluster) -> None:
    """One test that fails must not let hundreds fail: it is told, and so it is never put back among the emptied."""
    changed = postgres.ReusedDatabase(postgres_cluster, postgres_cluster.create_database())

    with pytest.raises(psycopg.errors.UndefinedTable):
        changed.empty(filled_tables())
