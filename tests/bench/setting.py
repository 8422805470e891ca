"""The environment of a benchmark run: its sizes, its folder, and databases with durable commits."""

from __future__ import annotations

import itertools
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from sqlalchemy.engine import make_url

from tests.support.postgres import PORT, Cluster, running_cluster

SQLITE, POSTGRESQL = "SQLite", "PostgreSQL"
DATABASES = (SQLITE, POSTGRESQL)

#: The tests' server forgets what it was told when the power fails; a measured one must not.
DURABLE = ("fsync", "synchronous_commit", "full_page_writes", "autovacuum")


@dataclass
class Setting:
    """One run of benchmarks.

    Attributes:
        repeats: how often a measurement is made; whatever is compared takes turns within each round.
    """

    quick: bool
    folder: Path
    cluster: Cluster
    repeats: int
    say: Callable[[str], None] = print
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def fresh(self, kind: str) -> str:
        """The URL of a database that holds nothing."""
        if kind == POSTGRESQL:
            return self.cluster.url(self.cluster.create_database())
        return f"sqlite:///{self.folder / f'{next(self._numbers)}.db'}"

    def copy(self, url: str) -> str:
        """The URL of a database that holds what another one does; nobody may be connected to that."""
        parsed = make_url(url)
        if parsed.get_backend_name() == "postgresql":
            return self.cluster.url(self.cluster.create_database(parsed.database))
        made = self.folder / f"{next(self._numbers)}.db"
        shutil.copyfile(str(parsed.database), made)
        return f"sqlite:///{made}"

    def drop(self, url: str) -> None:
        """Make room."""
        parsed = make_url(url)
        if parsed.get_backend_name() == "postgresql":
            self.cluster.drop_database(str(parsed.database))
            return
        for end in ("", "-wal", "-shm"):
            Path(f"{parsed.database}{end}").unlink(missing_ok=True)

    def conninfo(self, url: str) -> str:
        """The same database in PostgreSQL's own notation."""
        return f"host={self.cluster.directory} port={PORT} user=postgres dbname={make_url(url).database}"

    def versions(self) -> dict[str, str]:
        """The databases that were measured."""
        with self._administrator() as connection:
            [version] = connection.execute("SHOW server_version").fetchone() or ["?"]
        return {SQLITE: sqlite3.sqlite_version, POSTGRESQL: str(version).split()[0]}

    def _administrator(self) -> psycopg.Connection:
        return psycopg.connect(self.conninfo("postgresql:///postgres"), autocommit=True)

    def make_durable(self) -> None:
        """Let the server keep what was committed through a power cut, as it does unless it is told otherwise."""
        with self._administrator() as connection:
            for name in DURABLE:
                connection.execute(f"ALTER SYSTEM SET {name} = on")
            connection.execute("SELECT pg_reload_conf()")


@contextmanager
def setting(quick: bool) -> Iterator[Setting]:
    """A folder and a PostgreSQL for one run, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="eco-bench-") as name, running_cluster() as cluster:
        made = Setting(quick, Path(name), cluster, repeats=1 if quick else 3)
        made.make_durable()
        yield made
