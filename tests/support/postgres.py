"""A real PostgreSQL for the length of a test run, from the machine's own binaries.

The server listens on a Unix socket in a directory that only its user may enter, so no port is taken and no
one else can reach it. It belongs to a small shell that waits for the test run to say "stop", or to vanish:
the end of the pipe between them is the signal. Not even `kill -9` of the tests leaves a server behind.
"""

import os
import pwd
import re
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

HOW_TO_GET_IT = "PostgreSQL is not on this machine: apt install postgresql, or brew install postgresql."

#: Where packages put the binaries without adding them to PATH.
KNOWN_PLACES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
)

#: A test database that dies is made anew: nothing is gained by waiting for the disk.
CONFIGURATION = """
listen_addresses = ''
port = {port}
unix_socket_directories = '{directory}'
max_connections = 200
fsync = off
synchronous_commit = off
full_page_writes = off
autovacuum = off
"""

INITDB_OPTIONS = ("--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", "--no-sync")
PORT = 5432  # of the socket's file name only
SECONDS_TO_STOP = 30

#: Up to five seconds for each: a session that is killed may still hold locks.
_DISCONNECT_OTHERS = sql.SQL(
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
_RESTART_SEQUENCES = sql.SQL("SELECT setval(oid::regclass, 1, false) FROM pg_class WHERE relkind = 'S'")

#: $1: folder of the binaries, $2: the cluster's directory.
KEEPER = """
"$1/pg_ctl" --silent --wait --timeout=50 --pgdata="$2/data" --log="$2/log" start || exit 1
echo ready
read -r _
"$1/pg_ctl" --silent --wait --timeout=20 --pgdata="$2/data" --mode=immediate stop
rm -rf "$2"
"""


class PostgresUnavailableError(Exception):
    """There is no PostgreSQL here that the tests could start; the message says how to get it."""


def binaries(path: str | None = None, places: tuple[str, ...] = KNOWN_PLACES) -> Path:
    """Return the folder with initdb and pg_ctl: from PATH first, else the newest of the known places."""
    candidates = []
    if on_path := shutil.which("pg_ctl", path=path):
        candidates.append(Path(on_path).resolve().parent)
    found = [folder for place in places for folder in Path("/").glob(place.lstrip("/"))]
    candidates += sorted(found, key=_version, reverse=True)
    for folder in candidates:
        if all((folder / name).exists() for name in ("initdb", "pg_ctl", "postgres")):
            return folder
    raise PostgresUnavailableError(HOW_TO_GET_IT)


def _version(folder: Path) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", str(folder))]


@dataclass(frozen=True)
class Cluster:
    """A running server, and its major version."""

    directory: Path
    version: int

    def url(self, database: str) -> str:
        """Return the SQLAlchemy URL of one of its databases."""
        return f"postgresql+psycopg://postgres@/{database}?host={self.directory}&port={PORT}"

    def create_database(self, template: str | None = None) -> str:
        """Create a database, as a copy of `template` where one is given; return its name."""
        name = f"eco_{uuid.uuid4().hex}"
        # From 15 on the default writes each page to the log, which takes three times as long for a small database.
        strategy = " STRATEGY FILE_COPY" if self.version >= 15 else ""
        names = sql.Identifier(name), sql.Identifier(template or "template1")
        self._execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}" + strategy).format(*names))
        return name

    def drop_database(self, name: str) -> None:
        """Drop a database, whoever is still connected to it."""
        self._execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        """Connect to one of its databases; each statement is a transaction."""
        return psycopg.connect(host=str(self.directory), port=PORT, user="postgres", dbname=database, autocommit=True)

    def _execute(self, statement: sql.Composed) -> None:
        with self.connect() as connection:
            connection.execute(statement)


class ReusedDatabase:
    """A database that one test after the other uses.

    The connection that empties it stays open: a new one first reads about each table, which takes ten times as long.
    """

    def __init__(self, cluster: Cluster, name: str) -> None:
        self.name = name
        self._connection = cluster.connect(name)

    def empty(self, tables: Iterable[str]) -> None:
        """Disconnect all others, delete all rows of these tables, and count from 1 again."""
        deletions = (sql.SQL("DELETE FROM {}").format(sql.Identifier(each)) for each in tables)
        try:
            self._connection.execute(sql.SQL("; ").join([_DISCONNECT_OTHERS, *deletions, _RESTART_SEQUENCES]))
        except psycopg.Error:
            self.close()  # a test has changed its tables: no other uses it
            raise

    def close(self) -> None:
        """Close the connection; the database stays."""
        self._connection.close()


def _become() -> dict[str, object]:
    """What subprocess needs to start the server as a user that may: PostgreSQL refuses to be run by root."""
    if os.geteuid() != 0:
        return {}
    try:
        user = pwd.getpwnam("postgres")
    except KeyError:
        raise PostgresUnavailableError(
            "PostgreSQL does not run as root and there is no user `postgres`: run the tests as another user."
        ) from None
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


@contextmanager
def running_cluster() -> Iterator[Cluster]:
    """Start a server, give it, and stop it surely.

    Raises `PostgresUnavailableError` where the machine has none, and `RuntimeError` with the server's own
    words where it does not start.
    """
    folder, become = binaries(), _become()
    # Not under pytest's tmp_path: it is closed to other users, and a socket's path must be short.
    directory = Path(tempfile.mkdtemp(prefix="eco-pg-", dir="/tmp"))
    if become:
        os.chown(directory, become["user"], become["group"])
    # Settings such as PGDATA or PGPORT speak of another server.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    environment |= {"LC_ALL": "C", "HOME": str(directory)}
    options = {"cwd": "/", "env": environment, "stderr": subprocess.STDOUT, "text": True} | become

    made = subprocess.run(
        [folder / "initdb", *INITDB_OPTIONS, f"--pgdata={directory / 'data'}"],
        check=False, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, **options,
    )  # fmt: skip
    if made.returncode:
        shutil.rmtree(directory, ignore_errors=True)
        raise RuntimeError(f"initdb failed:\n{made.stdout}")
    with (directory / "data" / "postgresql.conf").open("a") as configuration:
        configuration.write(CONFIGURATION.format(port=PORT, directory=directory))

    # Its own session: a Ctrl-C in the terminal is for the tests, which still need the server to clean up.
    with subprocess.Popen(
        ["/bin/sh", "-c", KEEPER, "keeper", folder, directory],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True, **options,
    ) as keeper:  # fmt: skip
        try:
            if (said := keeper.stdout.readline()) != "ready\n":
                log = directory / "log"
                words = log.read_text() if log.exists() else ""
                shutil.rmtree(directory, ignore_errors=True)
                raise RuntimeError(f"PostgreSQL did not start:\n{said}{words}")
            yield Cluster(directory, int(float((directory / "data" / "PG_VERSION").read_text())))
        finally:
            try:
                keeper.communicate("stop\n", timeout=SECONDS_TO_STOP)
            except subprocess.TimeoutExpired:
                keeper.kill()
                raise
