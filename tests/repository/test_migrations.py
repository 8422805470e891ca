"""The schema: migrated from nothing, twice, by several at once, and never backwards."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from bot.domain.enrollment import Reminder, ReminderKind
from bot.repository import enrollment_reader
from bot.repository import tables as t
from bot.repository.column_types import UtcDateTime
from bot.repository.database import Database, DatabaseUnusable
from bot.repository.outbox_columns import reminder_key
from bot.repository.schema_upgrade import MIGRATIONS
from bot.repository.tables import SCHEMA_REVISION, metadata
from tests.domain.building import HOUR, NOW
from tests.repository.keeping import at_once, rows, start
from tests.support.steps import StepKey
from tests.support.usual_procedure import PROCEDURE

ROOT = Path(__file__).parents[2]
#: The version of the schema in which values of steps were columns.
BEFORE_VALUES = "0002"
PROCESS = (
    "import sys; from bot.repository.database import Database; d = Database(sys.argv[1]); print(d.migrate()); d.close()"
)


def version(database: Database) -> str | None:
    """The version that the database says it has."""
    with database.read() as connection:
        return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()


def say_version(database: Database, number: str) -> None:
    """Set the version that the database says it has."""
    with database.write() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = :number"), {"number": number})


@pytest.fixture
def empty(empty_database_url: str) -> Iterator[Database]:
    """A database that was never migrated."""
    opened = Database(empty_database_url)
    yield opened
    opened.close()


def test_an_empty_database_is_migrated_once(empty: Database) -> None:
    """The first start does it, the second has nothing to do."""
    assert [True, False, False] == [empty.migrate() for _ in range(3)]
    assert SCHEMA_REVISION == version(empty)
    start(empty)


def test_several_threads_migrate_once(empty_database_url: str) -> None:
    """Processes that start at the same moment: one migrates, the others wait for it, and none is refused."""
    databases = [Database(empty_database_url) for _ in range(6)]

    found = at_once(*[database.migrate for database in databases])

    assert [False] * 5 + [True] == sorted(found, key=str)
    start(databases[0])
    for database in databases:
        database.close()


def test_two_processes_migrate_once(empty_database_url: str) -> None:
    """The same with real processes, from a file that does not exist yet."""
    begun = [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-c", PROCESS, empty_database_url],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for _ in range(3)
    ]  # fmt: skip
    ended = [process.communicate(timeout=60) for process in begun]

    assert ["False\n", "False\n", "True\n"] == sorted(out for out, _ in ended), ended
    assert ["", "", ""] == [err for _, err in ended]


def test_the_migrated_schema_is_the_one_that_the_code_uses(database: Database) -> None:
    """Every table, column, index and constraint of tables.py is in the database, and no other."""
    with database.read() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True, "target_metadata": metadata}
        )
        assert [] == compare_metadata(context, metadata)


def test_partial_indexes_are_partial(database: Database) -> None:
    """The comparison does not look at their conditions, so this does."""
    with database.read() as connection:
        if database.is_sqlite:
            query = "SELECT name, sql FROM sqlite_master WHERE type = 'index'"
        else:
            query = "SELECT indexname, indexdef FROM pg_indexes"
        found = {name: text for name, text in connection.execute(sa.text(query)).all() if text and " WHERE " in text}

    assert {"uq_enrollments_account", "ix_outbox_due", "ix_outbox_lane"} <= set(found)
    assert "cancelled" in found["uq_enrollments_account"]
    assert all("'owed'" in found[name] for name in ("ix_outbox_due", "ix_outbox_lane"))


def test_head_is_the_newest_script() -> None:
    """A migration that is added without raising SCHEMA_REVISION would never run."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    scripts = ScriptDirectory.from_config(config)

    assert [SCHEMA_REVISION] == scripts.get_heads()
    assert all(script.doc for script in scripts.walk_revisions())


def test_enrollments_of_the_first_version_get_an_external_id(empty: Database) -> None:
    """Each gets its own, and nothing else of them changes; newer columns are empty."""
    with empty.write() as connection:
        upgrade(connection, "0001")
        for number in range(1, 4):
            connection.execute(
                sa.text(
                    "INSERT INTO enrollments (workspace, account_id, account_name, channel_id, owner, owner_zone,"
                    " status, started_at, started_by, version) VALUES ('T0ECO', :account, 'Acme', 'C1', 'U1', 'UTC',"
                    " 'active', '2026-11-23 10:00:00', 'U1', 7)"
                ),
                {"account": f"{number:012}"},
            )

    assert empty.migrate()

    with empty.read() as connection:
        found = enrollment_reader.load_readable(connection, "T0ECO")[0]
    assert 3 == len({enrollment.external_id for enrollment in found})
    assert all(re.fullmatch("eco-[0-9a-f]{32}", str(enrollment.external_id)) for enrollment in found)
    assert [(7, "Acme", None, None)] * 3 == [(e.version, e.account_name, e.checked_at, e.first_file_at) for e in found]


def test_values_move_from_columns_into_their_table(empty: Database) -> None:
    """Each stands with the step that collects it; empty columns leave nothing, and nothing else changes."""
    with empty.write() as connection:
        upgrade(connection, BEFORE_VALUES)
        for number, org, bucket in ((1, "606079", "acme-cur"), (2, None, None)):
            connection.execute(
                sa.text(
                    "INSERT INTO enrollments (id, workspace, account_id, account_name, spot_org_id, bucket, channel_id,"
                    " owner, owner_zone, status, started_at, started_by, version) VALUES (:number, 'T0ECO', :account,"
                    " 'Acme', :org, :bucket, 'C1', 'U1', 'UTC', 'active', '2026-11-23 10:00:00', 'U1', 7)"
                ),
                {"number": number, "account": str(number), "org": org, "bucket": bucket},
            )
            for spec in PROCEDURE:
                connection.execute(
                    sa.text(
                        "INSERT INTO steps (enrollment_id, key, state, ticket_number, call_date, reminders)"
                        " VALUES (:number, :key, 'open', :ticket, :day, 0)"
                    ),
                    {
                        "number": number,
                        "key": spec.key,
                        "ticket": "4711" if spec.ticket and org else None,
                        "day": "2026-11-25" if org and spec.key == "full_eco" else None,
                    },
                )

    assert empty.migrate()

    with empty.read() as connection:
        full, bare = enrollment_reader.load_readable(connection, "T0ECO")[0]
        columns = {
            column["name"] for table in ("enrollments", "steps") for column in sa.inspect(connection).get_columns(table)
        }
    assert {
        "sign_up": {"spot_org_id": "606079"},
        "connect_account": {"bucket": "acme-cur"},
        "full_eco": {"call_date": "2026-11-25"},
        "enable_subsets": {"ticket_number": "4711"},
        "associate_workflows": {"ticket_number": "4711"},
        "associate_customers": {"ticket_number": "4711"},
    } == {step.key: step.values for step in full.steps if step.values}
    assert [{}] * len(PROCEDURE) == [step.values for step in bare.steps]
    assert [(7, "Acme")] * 2 == [(e.version, e.account_name) for e in (full, bare)]
    assert not columns & {"spot_org_id", "role_arn", "bucket", "ticket_number", "call_date"}


#: Step -> its planned reminder in version 2 (number, kind, repeat), and the states of its reminder rows from 1 on.
REMINDERS: dict[StepKey, tuple[tuple[int, str, int] | None, tuple[str, ...]]] = {
    StepKey.SIGN_UP: (None, ("sent", "failed")),  # answered after Slack had refused the last one
    StepKey.CONNECT_ACCOUNT: ((2, "latest", 1), ("sent", "owed")),
    StepKey.FULL_ECO: ((1, "open", 0), ("merged",)),  # a catch-up message stands for it
    StepKey.ENABLE_SUBSETS: ((1, "snoozed", 0), ("failed",)),
    StepKey.CREATE_SUBSETS: (None, ("merged",)),  # answered after the catch-up
}


def test_planned_reminders_and_leases_of_the_second_version_are_carried_over(empty: Database) -> None:
    """A step reads back the reminder that it had, from its row in the outbox; every channel keeps its columns."""
    lease = {"channel": "C1", "next_at": NOW, "paused_until": NOW + HOUR, "lease_token": "theirs", "lease_until": NOW,
             "failures": 3, "closed_at": NOW - HOUR, "closed_reason": "is_archived"}  # fmt: skip
    with empty.write() as connection:
        upgrade(connection, "0002")
        columns = ", ".join(("workspace", *lease))
        values = ", ".join(f":{name}" for name in ("workspace", *lease))
        moments = [sa.bindparam(name, type_=UtcDateTime) for name in lease if name.endswith(("_at", "_until"))]
        insert = sa.text(f"INSERT INTO lanes ({columns}) VALUES ({values})").bindparams(*moments)
        connection.execute(insert, lease | {"workspace": "T0ECO"})
        number = _enrollment_of_the_second_version(connection)

    assert empty.migrate()

    with empty.read() as connection:
        enrollment = enrollment_reader.load(connection, "T0ECO", number)
    for key, (planned, _) in REMINDERS.items():
        expected = Reminder(planned[0], ReminderKind(planned[1]), planned[2], NOW + HOUR) if planned else None
        assert expected == enrollment.step(key).reminder, key
    states = {row["key"].partition(":")[2]: row["state"] for row in rows(empty, t.outbox)}
    assert ["sent", "dropped", "sent", "owed", "merged", "failed", "dropped"] == list(states.values())
    assert [lease] == [{name: row[name] for name in lease} for row in rows(empty, t.channel_leases)]
    tables = sa.inspect(empty.engine).get_table_names()
    assert "lanes" not in tables
    assert [] == [c["name"] for c in sa.inspect(empty.engine).get_columns("steps") if c["name"].startswith("reminder_")]


def _enrollment_of_the_second_version(connection: sa.Connection) -> int:
    number = connection.execute(
        sa.text(
            "INSERT INTO enrollments (workspace, account_id, account_name, channel_id, owner, owner_zone,"
            " status, started_at, started_by, version) VALUES ('T0ECO', '123456789012', 'Acme', 'C1', 'U1', 'UTC',"
            " 'active', '2026-11-23 10:00:00', 'U1', 7) RETURNING id"
        )
    ).scalar_one()
    due = sa.bindparam("due", type_=UtcDateTime)
    for key, (planned, states) in REMINDERS.items():
        of_step = dict(zip(("number", "kind", "repeat"), planned or (None, None, None), strict=True))
        connection.execute(
            sa.text(
                "INSERT INTO steps (enrollment_id, key, state, reminders, reminder_number, reminder_kind,"
                " reminder_repeat, reminder_due_at) VALUES (:id, :key, 'open', :count, :number, :kind, :repeat, :due)"
            ).bindparams(due),
            {"id": number, "key": key.value, "count": len(states), "due": NOW + HOUR if planned else None} | of_step,
        )
        for count, state in enumerate(states, 1):
            connection.execute(
                sa.text(
                    "INSERT INTO outbox (workspace, key, kind, channel, enrollment_id, state, owed_at, due_at, posting,"
                    " attempts, version, payload) VALUES ('T0ECO', :row, 'reminder', 'C1', :id, :state, :due, :due,"
                    " :no, 0, 0, :payload)"
                ).bindparams(due, sa.bindparam("payload", type_=sa.JSON), sa.bindparam("no", type_=sa.Boolean)),
                {"row": reminder_key(number, key, count), "id": number, "state": state, "due": NOW + HOUR, "no": False,
                 "payload": {"step": key.value, "number": count}},
            )  # fmt: skip
    return int(number)


def upgrade(connection: sa.Connection, to: str) -> None:
    """Bring a database to an older version's schema."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, to)


def test_a_newer_database_is_refused(empty: Database) -> None:
    """An older bot must not write into an unknown schema: it says so and changes nothing."""
    empty.migrate()
    say_version(empty, "9999")

    with pytest.raises(DatabaseUnusable) as refused:
        empty.migrate()

    way = "python -m bot restore PLACE --replace" if empty.is_sqlite else "pg_restore, then python -m bot restored"
    assert (
        f"The database was written by a newer version of the bot (schema 9999, this version knows {SCHEMA_REVISION}). "
        f"Install that version again, or go back to the backup from before the upgrade: {way}."
    ) == str(refused.value)
    assert "9999" == version(empty)


def test_a_failing_migration_leaves_nothing_behind(empty: Database) -> None:
    """All of it is one transaction, on SQLite too: once the obstacle is gone, it works."""
    with empty.write() as connection:
        connection.execute(sa.text("CREATE TABLE obstacle (x INTEGER)"))
        connection.execute(sa.text("CREATE INDEX ix_outbox_due ON obstacle (x)"))

    with pytest.raises((DatabaseUnusable, sa.exc.ProgrammingError), match="already exists"):
        empty.migrate()

    with empty.write() as connection:
        assert ["obstacle"] == sa.inspect(connection).get_table_names()
        connection.execute(sa.text("DROP TABLE obstacle"))
    assert empty.migrate()
