"""PostgreSQL as it is set up elsewhere: hosts, sockets, roles, encodings, standbys, and how many connections it has."""

import logging
import socket
import threading
import time
from contextlib import closing
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from bot.repository.database import Database, DatabaseUnusable
from bot.repository.database_url import describe, parse_url
from bot.repository.schema_upgrade import _MIGRATION_LOCK
from tests.repository.keeping import start
from tests.support import postgres
from tests.support.pooler import pooled
from tests.support.wait_until import eventually


def name_of(url: str) -> str:
    """The name of the database."""
    return parse_url(url).database or ""


def run(cluster: postgres.Cluster, database: str, *statements: str) -> None:
    """Run statements as the superuser."""
    with psycopg.connect(
        host=str(cluster.directory), port=postgres.PORT, user="postgres", dbname=database, autocommit=True
    ) as connection:
        for statement in statements:
            connection.execute(statement)


def test_a_socket_can_be_named_as_the_host(postgres_cluster: postgres.Cluster, postgres_url: str) -> None:
    """`@%2Fdir`, as libpq and most tools write it."""
    escaped = str(postgres_cluster.directory).replace("/", "%2F")
    with closing(Database(f"postgresql://postgres@{escaped}:{postgres.PORT}/{name_of(postgres_url)}")) as database:
        database.migrate()
        database.check()


def test_of_several_hosts_the_one_that_can_be_written_is_taken(
    postgres_cluster: postgres.Cluster, postgres_url: str
) -> None:
    """`host1:port1,host2:port2`; one that is not there is passed over."""
    with pooled(postgres_cluster, name_of(postgres_url)) as (url, pooler):
        several = url.replace(f"127.0.0.1:{pooler.port}", f"127.0.0.1:1,127.0.0.1:{pooler.port}")
        assert f"127.0.0.1:1,127.0.0.1:{pooler.port}" in describe(parse_url(several))
        with closing(Database(several)) as database:
            database.migrate()
            database.check()


def test_a_role_that_may_create_nothing_is_told_so(postgres_cluster: postgres.Cluster, empty_postgres_url: str) -> None:
    """With the grant that helps, instead of a traceback."""
    name = name_of(empty_postgres_url)
    run(postgres_cluster, name, f"CREATE ROLE {name} LOGIN", "REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    try:
        database = Database(empty_postgres_url.replace("postgres@", f"{name}@"))
        with closing(database), pytest.raises(DatabaseUnusable, match=r"GRANT CREATE ON SCHEMA public TO"):
            database.migrate()
    finally:
        run(postgres_cluster, name, f"DROP ROLE {name}")


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
def test_an_encoding_that_cannot_hold_every_name_is_refused(postgres_cluster: postgres.Cluster, encoding: str) -> None:
    """At the start, and not with the first name that does not fit."""
    name = f"eco_{encoding.lower()}"
    run(postgres_cluster, "postgres", f"CREATE DATABASE {name} ENCODING '{encoding}' TEMPLATE template0")
    try:
        database = Database(postgres_cluster.url(name))
        with closing(database), pytest.raises(DatabaseUnusable, match=f"encoding {encoding}.*UTF8"):
            database.migrate()
    finally:
        run(postgres_cluster, "postgres", f"DROP DATABASE {name} WITH (FORCE)")


def test_a_host_that_never_answers_is_given_up_within_ten_seconds() -> None:
    """It takes the connection and says nothing, once and twice."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        place = f"127.0.0.1:{silent.getsockname()[1]}"
        for hosts in (place, ",".join([place] * 5)):
            began = time.monotonic()
            database = Database(f"postgresql://eco@{hosts}/eco")
            with closing(database), pytest.raises(DatabaseUnusable, match=r"cannot be opened|has not answered"):
                database.migrate()
            assert time.monotonic() - began < 10


def test_a_database_that_can_only_be_read_is_unready_and_left(
    postgres_cluster: postgres.Cluster, postgres_url: str
) -> None:
    """A demoted primary: its connections are dropped, so that the next ones go to the new primary."""
    with closing(Database(postgres_url)) as database:
        database.check()
        enrollment = start(database)
        with database.read() as connection:
            before = connection.execute(sa.text("SELECT pg_backend_pid()")).scalar_one()
        name = name_of(postgres_url)
        run(postgres_cluster, name, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        with database.write() as connection:  # a session keeps what it began with
            connection.execute(sa.text("SET default_transaction_read_only = on"))

        with pytest.raises(sa.exc.DBAPIError) as fault, database.write() as connection:
            connection.execute(sa.text("UPDATE enrollments SET account_name = 'x'"))
        assert fault.value.connection_invalidated
        with pytest.raises(DatabaseUnusable, match="cannot be written: it is read-only"):
            database.check()
        run(postgres_cluster, "postgres", f"ALTER DATABASE {name} RESET default_transaction_read_only")

        database.check()
        with database.read() as connection:
            assert before != connection.execute(sa.text("SELECT pg_backend_pid()")).scalar_one()
        assert enrollment.id


def test_waiting_for_another_migration_is_logged(
    postgres_cluster: postgres.Cluster, empty_postgres_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """It may take long, and nothing else says why the bot does not start."""
    caplog.set_level(logging.INFO, "bot")
    done: list[bool] = []
    with closing(Database(empty_postgres_url)) as first, closing(Database(empty_postgres_url)) as second:
        with first.write() as connection:
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
            waiting = threading.Thread(target=lambda: done.append(second.migrate()))
            waiting.start()
            eventually(lambda: "Another process is migrating" in caplog.text)
            assert [] == done
        waiting.join(30)
    assert [True] == done


def test_a_process_keeps_to_its_connections(postgres_url: str) -> None:
    """ECO_DB_POOL is the most that it opens, so that eight processes fit into a default PostgreSQL."""
    with closing(Database(postgres_url, pool=2)) as database:
        assert 2 == most_sessions(database)
    with closing(Database(postgres_url)) as database:
        assert 8 * most_sessions(database) <= 97  # of 100, three are the superuser's


def most_sessions(database: Database) -> int:
    """How many connections it opens while 30 threads read at once."""
    ready, seen = threading.Semaphore(0), list[Any]()

    def read() -> None:
        with database.read() as connection:
            seen.append(connection.execute(sa.text("SELECT pg_backend_pid()")).scalar_one())
            ready.acquire(timeout=0.2)

    threads = [threading.Thread(target=read) for _ in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return len(set(seen))
