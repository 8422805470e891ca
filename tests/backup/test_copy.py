"""`python -m bot copy`: every row goes from SQLite to PostgreSQL and back, or none does."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.__main__ import main
from bot.backup import copy_database
from bot.backup.copy_database import CopyRefused, copy_command
from bot.delivery import outbox
from bot.domain.bulk_progress import Preview
from bot.domain.enrollment import Policy, State, Status
from bot.domain.schedule import parse_hours
from bot.localslack import TimeMachine
from bot.repository import bulk_rows, deletions
from bot.repository import tables as t
from bot.repository.database import Database
from bot.repository.outbox_columns import MessageKind, RowState
from bot.use_cases import Enrollments, StartForm
from tests.backup.databases import CALLER, NOW, Made, make


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Made]:
    """A database with three enrollments, of which one waits, and what is owed for them."""
    found = make(tmp_path / "eco-bot.db")
    found.use.complete_act(CALLER, 1, "connect_account", {"bucket": "acme-cur"})
    found.database.close()
    yield found
    found.database.close()


def rows_of(url: str) -> dict[str, list[tuple[object, ...]]]:
    """Table -> its rows in order, of what was copied as it is."""
    changed = {"outbox", "channel_leases"}
    with closing(Database(url)) as database, database.read() as connection:
        tables = [table for table in t.metadata.sorted_tables if table.name not in changed]
        return {table.name: sorted(map(tuple, connection.execute(sa.select(table))), key=str) for table in tables}


def owed(url: str) -> set[bool]:
    """Whether what is due is looked for before it is posted."""
    o = t.outbox.c
    due = sa.select(o.posting).where(o.state == RowState.OWED.value, o.ts.is_(None), o.due_at <= NOW)
    with closing(Database(url)) as database, database.read() as connection:
        return set(connection.execute(due).scalars())


def test_there_and_back(made: Made, empty_postgres_url: str, tmp_path: Path) -> None:
    """Each copy has every row; what was due is looked for before it is posted; new rows get new numbers."""
    back = f"sqlite:///{tmp_path / 'back.db'}"

    said = copy_command(made.url, empty_postgres_url, NOW)
    copy_command(empty_postgres_url, back, NOW)

    assert said.startswith("Copied 3 enrollments, ")
    assert rows_of(made.url) == rows_of(empty_postgres_url) == rows_of(back)
    assert {True} == owed(empty_postgres_url) == owed(back)
    for url in (empty_postgres_url, back):
        with closing(Database(url)) as database:
            use = Enrollments(database, TimeMachine(frozen_at=NOW), Policy(hours=parse_hours("always")))
            assert State.WAITING is use.get("T1", 1).step("connect_account").state
            assert Status.CANCELLED is use.cancel(CALLER, 2, "moved").status


def test_new_enrollments_are_numbered_after_the_copied_ones(made: Made, empty_postgres_url: str) -> None:
    """PostgreSQL counts on from there."""
    copy_command(made.url, empty_postgres_url, NOW)
    with closing(Database(empty_postgres_url)) as database, database.write() as connection:
        columns = {c.name: c for c in t.enrollments.c}
        kept = connection.execute(sa.select(t.enrollments).limit(1)).mappings().one()
        new = {name: kept[name] for name in columns if name != "id"} | {"account_id": "999999999999"}
        number = connection.execute(sa.insert(t.enrollments).values(new).returning(t.enrollments.c.id)).scalar_one()
    assert 4 == number


def test_a_copy_into_a_database_with_data_is_refused(made: Made, tmp_path: Path) -> None:
    """It is left alone."""
    other = make(tmp_path / "other.db", enrollments=1)
    before = rows_of(other.url)
    other.database.close()

    with pytest.raises(CopyRefused, match="The target has data already, in “"):
        copy_command(made.url, other.url, NOW)

    assert before == rows_of(other.url)


REFUSED: dict[str, tuple[Callable[[Path], str], str]] = {
    "no file": (lambda folder: f"sqlite:///{folder / 'none.db'}", "There is no database at"),
    "no database of ours": (lambda folder: f"sqlite:///{_strange(folder)}", "The source is no database of this bot"),
    "no URL": (lambda _: "eco-bot.db", "FROM is not a database URL"),
}


def _strange(folder: Path) -> Path:
    file = folder / "strange.db"
    file.touch()
    return file


@pytest.mark.parametrize(("source", "says"), REFUSED.values(), ids=REFUSED)
def test_a_wrong_source_is_refused(source: Callable[[Path], str], says: str, tmp_path: Path) -> None:
    """With a sentence, and without making anything."""
    with pytest.raises(CopyRefused, match=says):
        copy_command(source(tmp_path), f"sqlite:///{tmp_path / 'target.db'}", NOW)


def test_the_same_database_is_refused(made: Made) -> None:
    """Nothing to do, and much to lose."""
    with pytest.raises(CopyRefused, match="Both are the same database"):
        copy_command(made.url, made.url, NOW)


def test_an_older_schema_is_refused(made: Made, tmp_path: Path) -> None:
    """With the command that brings it to this version."""
    with made.database.write() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '0020'"))
    made.database.close()

    with pytest.raises(CopyRefused, match=r"schema 0020.*python -m bot migrate"):
        copy_command(made.url, f"sqlite:///{tmp_path / 'target.db'}", NOW)


def test_a_running_bot_on_sqlite_is_seen(made: Made, tmp_path: Path) -> None:
    """Its connection is open: something could be written that the copy lacks."""
    with made.database.read() as connection:
        connection.execute(sa.select(t.enrollments)).all()
        with pytest.raises(CopyRefused, match="stop the bot first"):
            copy_command(made.url, f"sqlite:///{tmp_path / 'target.db'}", NOW)


def test_a_running_bot_on_postgresql_is_seen(made: Made, postgres_url: str, tmp_path: Path) -> None:
    """By the name that it gives at the server; nothing is written."""
    with closing(Database(postgres_url)) as bot, bot.read() as connection:
        connection.execute(sa.select(t.enrollments)).all()
        with pytest.raises(CopyRefused, match="A bot is connected to the PostgreSQL database"):
            copy_command(made.url, postgres_url, NOW)
    assert [] == rows_of(postgres_url)["enrollments"]


@pytest.mark.parametrize("table", ["enrollments", "steps", "events", "outbox"])
def test_a_copy_that_breaks_leaves_nothing(
    made: Made, empty_postgres_url: str, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At whichever table: the target is empty, and the next copy succeeds."""
    real = copy_database._copy_table

    def breaks(reading: sa.Connection, writing: sa.Connection, of: sa.Table) -> int:
        count = real(reading, writing, of)
        if of.name == table:
            raise KeyboardInterrupt
        return count

    monkeypatch.setattr(copy_database, "_copy_table", breaks)
    with pytest.raises(KeyboardInterrupt):
        copy_command(made.url, empty_postgres_url, NOW)
    monkeypatch.undo()

    assert [] == rows_of(empty_postgres_url)["enrollments"]
    assert copy_command(made.url, empty_postgres_url, NOW).startswith("Copied 3 enrollments")


def test_a_row_that_differs_is_found(made: Made, empty_postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole copy is taken back."""
    real = copy_database._copy_table

    def changes(reading: sa.Connection, writing: sa.Connection, of: sa.Table) -> int:
        count = real(reading, writing, of)
        if of.name == "steps":
            writing.execute(sa.update(of).where(of.c.key == "sign_up").values(reason="changed"))
        return count

    monkeypatch.setattr(copy_database, "_copy_table", changes)

    with pytest.raises(CopyRefused, match=r"Row 1?[0-9] of “steps” differs in the copy"):
        copy_command(made.url, empty_postgres_url, NOW)

    assert [] == rows_of(empty_postgres_url)["enrollments"]


def test_the_command_says_what_it_did(made: Made, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 0 and what to do next; 1 where it was refused."""
    target = f"sqlite:///{tmp_path / 'target.db'}"

    assert 0 == main(["copy", made.url, target])
    assert "Set DATABASE_URL to the new database" in capsys.readouterr().out
    assert 1 == main(["copy", made.url, target])
    assert "The target has data already" in capsys.readouterr().err


def test_numbers_of_what_was_deleted_are_not_given_again(made: Made, empty_postgres_url: str) -> None:
    """The messages of an enrollment, and of a file of enrollments, are known by its number: they would be lost."""
    with made.database.write() as connection:
        deletions.delete(connection, made.use.get("T1", 3), "U0ADMIN001", NOW)
        numbers = [bulk_rows.add(connection, "T1", "U0ANA00001", "a.csv", [], Preview(()), NOW) for _ in range(2)]
        outbox.owe(connection, "T1", f"bulk:{numbers[1]}", MessageKind.BULK, "U0ANA00001", NOW, payload={"bulk": 2})
        connection.execute(sa.delete(t.bulk_starts).where(t.bulk_starts.c.id == numbers[1]))
    made.database.close()

    copy_command(made.url, empty_postgres_url, NOW)

    with closing(Database(empty_postgres_url)) as database:
        use = Enrollments(database, TimeMachine(frozen_at=NOW), Policy(hours=parse_hours("always")))
        form = StartForm("999999999999", "Anew", "C0ROLLOUT1", "U0ANA00001", values={"spot_org_id": "799999"})
        assert 4 == use.start(CALLER, form).id
        with database.write() as connection:
            assert 3 == bulk_rows.add(connection, "T1", "U0ANA00001", "a.csv", [], Preview(()), NOW)


def test_what_postgresql_does_not_take_is_told_in_a_sentence(made: Made, empty_postgres_url: str) -> None:
    """SQLite holds a text that is longer than its column: without the statement, which is of no use to anybody."""
    with made.database.write() as connection:
        connection.execute(sa.update(t.enrollments).values(owner="U" * 40))
    made.database.close()

    with pytest.raises(CopyRefused) as refused:
        copy_command(made.url, empty_postgres_url, NOW)

    expected = "The copy failed, and the target is as it was: value too long for type character varying(32)."
    assert expected == str(refused.value)
    assert [] == rows_of(empty_postgres_url)["enrollments"]
