"""`python -m bot forget`: nothing of a person is left in the database, its backups, or what comes of them."""

from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.backup.sqlite_snapshot import open_read_only
from bot.delivery import email_outbox
from bot.domain.ticket_emails import Email
from bot.forget_command import BROKEN, DONE, WRONG, run
from bot.presentation import texts
from bot.repository import tables as t
from bot.repository.database import Database
from bot.repository.forgetting import SOMEBODY
from bot.repository.outbox_columns import MessageKind, RowState
from tests.support.any_procedure import start
from tests.support.bot_world import MONDAY, World, running
from tests.support.extracted import PARTY, PROCEDURE
from tests.support.mail_services import ON
from tests.support.steps import StepKey
from tests.support.walkthrough import answer_to, finish, reach

ADDRESS = "ben.okafor@acme.example"


def lived(world: World) -> None:
    """Ben does what people do: steps, notes, settings, an export, an enrollment of his own that he hands over."""
    ben = world.ben
    world.start(collaborators=["ben"])
    finish(world, ben, StepKey.CONNECT_ACCOUNT)
    made = world.enrollment()
    ben.command("/eco", f"details {made.account_id}", channel=world.channel.name)
    answer_to(world, ben.command("/eco", "export", channel=world.channel.name))
    ben.command("/eco", "away", channel=world.channel.name)
    day = (world.clock.now() + timedelta(days=4)).date().isoformat()
    ben.wait_view("I'm away")
    ben.fill({"until": day, "stand_in": "ana"})
    ben.submit()
    world.deliver()
    with world.app.database.write() as connection:
        note = {"note": f"{ben.real_name} <@{ben.id}> asked, {ADDRESS}", "noted_by": ben.id, "assignee": ben.id}
        connection.execute(sa.update(t.steps).where(t.steps.c.key == StepKey.FULL_ECO.value).values(note))


def texts_of(database: Database) -> str:
    """All that the database holds, as text."""
    with database.read() as connection:
        return "\n".join(
            str(tuple(row)) for table in t.metadata.sorted_tables for row in connection.execute(sa.select(table)).all()
        )


def test_nothing_of_a_person_is_left(world_on: World) -> None:
    """Not their ID, not their addresses, not their name where it is given; what others did stays."""
    world = world_on
    lived(world)
    ben, database = world.ben, world.app.database
    assert ben.id in texts_of(database)
    count = len(world.app.enrollments.all(world.workspace))

    code, said = run(database.url.render_as_string(hide_password=False), ben.id, [ADDRESS, ben.real_name])

    assert DONE == code, said
    left = texts_of(database)
    assert [] == [word for word in (ben.id, ADDRESS, ben.real_name) if word in left]
    assert world.ana.id in left
    assert count == len(world.app.enrollments.all(world.workspace))
    assert f"{ben.id} is “{SOMEBODY}” now." in said
    assert "What stays, because the bot cannot change it:" in said
    world.ana.click(world.card(), "History")
    assert f"{SOMEBODY} " in world.ana.wait_view("History").shown


def test_the_bytes_are_gone_from_the_file(world: World) -> None:
    """Also from the pages that SQLite does not use any more, and from its -wal file."""
    lived(world)
    database = world.app.database
    file = Path(str(database.url.database))

    run(str(database.url), world.ben.id, [ADDRESS])
    database.close()

    for each in (file, *file.parent.glob(f"{file.name}-*")):
        assert world.ben.id.encode() not in each.read_bytes(), each.name
        assert ADDRESS.encode() not in each.read_bytes(), each.name
    with open_read_only(file) as connection:
        assert ("ok",) == connection.execute("PRAGMA integrity_check").fetchone()


def test_two_people_can_be_forgotten(world: World) -> None:
    """What was kept under the one's ID and under the other's stays apart."""
    world.start(world.chi, collaborators=["ben", "dev"])
    for person in (world.ben, world.dev):
        answer_to(world, person.command("/eco", "export", channel=world.channel.name))
    world.deliver()
    url = str(world.app.database.url)

    assert (DONE, DONE) == (run(url, world.ben.id, [])[0], run(url, world.dev.id, [])[0])

    left = texts_of(world.app.database)
    assert [] == [person.name for person in (world.ben, world.dev) if person.id in left]


def test_the_people_of_a_party_are_fewer_then(world_on: World) -> None:
    """Nobody is asked in the place of the one who is gone."""
    fields = {f"party.{PARTY.key}": ["ben", "dev"]}
    start(world_on, world_on.ana, PROCEDURE, **fields)

    run(world_on.app.database.url.render_as_string(hide_password=False), world_on.ben.id, [])

    assert (world_on.dev.id,) == world_on.enrollment().people_of(PARTY.key)


def test_an_owner_hands_over_first(world: World) -> None:
    """Their enrollments would have nobody."""
    world.start()

    code, said = run(str(world.app.database.url), world.ana.id, [])

    assert BROKEN == code
    assert f"{world.ana.id} owns active enrollments: Production. Hand them over first" in said
    assert world.ana.id == world.enrollment().owner


@pytest.mark.parametrize(
    ("person", "also", "says"),
    [("ana", [], "is not a Slack user ID"), ("", [], "is not a Slack user ID"), ("U0BEN00001", ["Bo"], "is too short")],
)
def test_a_wrong_argument_is_refused(person: str, also: list[str], says: str, sqlite_url: str) -> None:
    """With what to give instead."""
    code, said = run(sqlite_url, person, also)

    assert WRONG == code
    assert says in said


def test_nobody_is_told(sqlite_url: str) -> None:
    """Somebody whom the database does not know."""
    with closing(Database(sqlite_url)) as database:
        database.migrate()

    assert "Nothing is known of U0BEN00001." in run(sqlite_url, "<@U0BEN00001>", [])[1]


def test_what_takes_the_persons_place_is_shown_as_it_is() -> None:
    """It is no mention, which Slack would not know."""
    assert SOMEBODY == texts.mention(SOMEBODY)


def test_names_are_found_as_people_write_them(world_on: World) -> None:
    """In capitals, over two lines, in the key by which an account is searched; not as a part of other words."""
    world = world_on
    made = world.start(account_name=f"Payer of {world.ben.real_name.upper()} and {world.ben.real_name}s")
    ben, database = world.ben, world.app.database
    note = {"note": f"ask {ben.real_name.replace(' ', chr(10))} or BEN.OKAFOR@acme.example"}
    with database.write() as connection:
        connection.execute(sa.update(t.steps).where(t.steps.c.key == StepKey.FULL_ECO.value).values(note))

    run(database.url.render_as_string(hide_password=False), ben.id, [ADDRESS, ben.real_name])

    assert f"Payer of {SOMEBODY} and {ben.real_name}s" == world.enrollment().account_name
    assert f"ask {SOMEBODY} or {SOMEBODY}" == world.enrollment().step(StepKey.FULL_ECO).note
    with database.read() as connection:
        (key,) = connection.execute(sa.select(t.enrollments.c.name_key)).scalars()
    assert f"payer of {SOMEBODY} and {ben.real_name}s".lower() == key
    assert made.id == world.enrollment().id


def test_a_part_of_an_id_is_nobody(world: World) -> None:
    """Somebody has copied it without its end: nobody else is changed, whose ID begins like it."""
    lived(world)
    before = texts_of(world.app.database)

    code, said = run(str(world.app.database.url), world.ben.id[:-1], [])

    assert DONE == code
    assert f"Nothing is known of {world.ben.id[:-1]}." in said
    assert before == texts_of(world.app.database)


@pytest.mark.parametrize("word", ["true", "null", "items", "step", "channel", "active", "sent", "Will"])
def test_a_word_of_the_bot_itself_changes_nothing_of_it(world: World, word: str) -> None:
    """What people typed is replaced; columns and JSON that only programs read stay as they are."""
    lived(world)
    before = texts_of(world.app.database)

    code, said = run(str(world.app.database.url), "U0NOBODY01", [word])

    assert DONE == code, said
    assert before == texts_of(world.app.database)
    world.ana.click(world.card(), "History")
    world.ana.wait_view("History")


def test_the_address_of_an_email_that_was_refused_goes_too(sqlite_url: str) -> None:
    """It stands in no history: nothing was sent."""
    with running(sqlite_url, **ON) as world:
        reach(world, StepKey.ENABLE_SUBSETS)
        email = Email("bot@acme.example", "support@vendor.example", ADDRESS, "Subject", "Text")
        with world.app.database.write() as connection:
            email_outbox.owe(connection, world.enrollment(), StepKey.ENABLE_SUBSETS, email, world.ben.id, MONDAY)
            mine = t.outbox.c.kind == MessageKind.EMAIL.value
            connection.execute(sa.update(t.outbox).where(mine).values(state=RowState.FAILED.value))

        run(str(world.app.database.url), world.ben.id, [])

        assert ADDRESS not in texts_of(world.app.database)


def test_bytes_that_stay_are_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process reads an older state of the file, so it can't be rewritten: that is said, and once more helps."""
    monkeypatch.setattr("bot.repository.database._BUSY_TIMEOUT", 100)
    lived(world)
    url, file = str(world.app.database.url), world.app.database.file
    assert file is not None
    with open_read_only(file) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM steps").fetchone()
        code, said = run(url, world.ben.id, [ADDRESS])
    left = b"".join(each.read_bytes() for each in (file, *file.parent.glob(f"{file.name}-*")))

    assert (BROKEN, True) == (code, world.ben.id.encode() in left)
    assert f"{world.ben.id} is “{SOMEBODY}” now." in said
    assert "Bytes from before are still in the files" in said
    assert DONE == run(url, world.ben.id, [ADDRESS])[0]
    assert world.ben.id.encode() not in b"".join(
        each.read_bytes() for each in (file, *file.parent.glob(f"{file.name}-*"))
    )
