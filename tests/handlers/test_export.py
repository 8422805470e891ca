"""**Export**, `/eco export` and `python -m bot export`: the files, who gets them, and who does not."""

from __future__ import annotations

import csv
import io
import stat
import zipfile
from pathlib import Path

import pytest

from bot.delivery import export_command
from bot.domain.access import Actor
from bot.domain.enrollment import EventKind, Pair
from bot.localslack import Message, Person
from bot.repository import list_exports
from bot.use_cases import Caller
from tests.repository.keeping import rows
from tests.support.bot_world import ACCOUNT, World
from tests.support.outsiders import GUEST, add
from tests.support.steps import StepKey as K
from tests.support.walkthrough import act, add_line, answer_to, press_in_menu, reach, told

PRIVATE = "eco-private"


def files(person: Person) -> list[Message]:
    """The direct messages with files that somebody got."""
    return [message for message in person.direct_messages if message.files]


def unpacked(message: Message) -> dict[str, str]:
    """The files in the zip of a message."""
    (file,) = message.files
    with zipfile.ZipFile(io.BytesIO(file.content)) as packed:
        return {name: packed.read(name).decode("utf-8-sig") for name in packed.namelist()}


def table(text: str) -> list[dict[str, str]]:
    """The rows of a CSV file by their columns."""
    return list(csv.DictReader(io.StringIO(text, newline="")))


def exported(world: World) -> list[str]:
    """Who exported the enrollment, by the audit."""
    history = world.app.enrollments.history(world.workspace, world.enrollments()[0].id)
    return [by for event, by, _ in history if event.kind is EventKind.EXPORTED]


def test_an_export_goes_to_whoever_asked_and_nowhere_else(world_on: World) -> None:
    """From the card's menu: a zip in a direct message, one line in the thread, one entry in the audit."""
    world = world_on
    reach(world, K.ASSOCIATE_CUSTOMERS)
    add_line(world, world.ana, K.ASSOCIATE_CUSTOMERS)

    said = told(world, world.eve, press_in_menu(world.eve, world.card(), "Export"))
    world.deliver()

    assert "I'm sending you the export of *Production* as a file in a direct message." in said
    (message,) = files(world.eve)
    assert message.files[0].name in message.text
    assert [] == [m for m in (*world.channel.messages, *world.thread()) if m.files]
    assert [[]] * 2 == [files(person) for person in (world.ana, world.ben)]
    assert f"<@{world.eve.id}> exported this enrollment: steps" in world.thread()[-1].text
    assert [world.eve.id] == exported(world)
    content = unpacked(message)
    assert "ops@customer.example" in content["customers.csv"]
    assert "<dt>Owner</dt><dd>ana</dd>" in content["enrollment.html"]
    assert "exported this enrollment" in table(content["audit.csv"])[-1]["sentence"]


def test_a_ticket_stands_in_an_export_as_it_was_sent(world: World) -> None:
    """With its number, whatever the lists hold by now."""
    reach(world, K.ASSOCIATE_WORKFLOWS)
    add_line(world, world.ana, K.ASSOCIATE_WORKFLOWS, "Production : Standard")
    act(world, world.ana, K.ASSOCIATE_WORKFLOWS, ticket_number="ECO-4711")
    world.app.enrollments.change_pairs(
        Caller(world.workspace, Actor(world.ana.id)),
        world.enrollment().id,
        [Pair("Test", "Reseller")],
        frozenset(world.enrollment().pairs),
    )

    world.ana.command("/eco", "export", channel=world.channel.name)
    world.slack.wait_for(lambda: exported(world), 10, "the request")
    world.deliver()

    content = unpacked(files(world.ana)[0])
    ticket = next(row for row in table(content["tickets.csv"]) if row["step"] == "Associate billing workflows")
    assert "ECO-4711" == ticket["ticket number"]
    assert "Production : Standard" in ticket["text"]
    assert "Test" not in ticket["text"]
    assert [("Test", "not sent"), ("Production", "to be removed")] == [
        (row["subset"], row["state"]) for row in table(content["pairs.csv"])
    ]


def test_who_may_not_see_an_enrollment_gets_nothing(world: World) -> None:
    """A guest is told whom to ask, and nothing is stored."""
    world.start()
    guest = add(world, GUEST, world.channel.name)
    before = rows(world.app.database)

    said = told(world, guest, press_in_menu(guest, world.card(), "Export"))

    assert f"Ask <@{world.ana.id}>" in said
    assert before == rows(world.app.database)


def test_a_right_that_ended_before_the_file_was_sent_gives_nothing(world: World) -> None:
    """Eve leaves the private channel after she has asked."""
    channel = world.slack.channel(PRIVATE)
    channel.add_member(world.eve)
    world.start(channel_id=PRIVATE, account_name="Secret payer")
    told(world, world.eve, press_in_menu(world.eve, world.card(PRIVATE), "Export"))

    channel.remove_member(world.eve)
    world.jump(minutes=2)

    assert [] == files(world.eve)
    (row,) = (row for row in rows(world.app.database) if row["kind"] == "export")
    assert ("dropped", "whoever asked for it may not see it any more") == (row["state"], row["last_error"])


def test_a_file_of_unknown_outcome_is_found_and_not_sent_again(world: World) -> None:
    """Slack took it and its answer was lost."""
    world.start()
    told(world, world.ana, press_in_menu(world.ana, world.card(), "Export"))
    world.slack.faults.add("files.completeUploadExternal", "drop_after")

    world.jump(seconds=1)
    world.jump(minutes=1)

    assert 1 == len(files(world.ana))
    (row,) = (row for row in rows(world.app.database) if row["kind"] == "export")
    assert "sent" == row["state"]


def test_a_second_press_while_the_file_is_on_its_way_adds_none(world: World) -> None:
    """It says so; later another file can be had."""
    world.start()
    said = [told(world, world.ana, press_in_menu(world.ana, world.card(), "Export"))]
    world.ana.close_all()
    said.append(told(world, world.ana, press_in_menu(world.ana, world.card(), "Export")))
    world.deliver()
    world.ana.close_all()

    assert "on its way to you already" in said[1]
    assert 1 == len(files(world.ana))
    told(world, world.ana, press_in_menu(world.ana, world.card(), "Export"))
    world.deliver()
    assert 2 == len({message.files[0].name for message in files(world.ana)})


def test_the_list_holds_what_the_person_may_see(world_on: World) -> None:
    """By the verb: Ana sees both, Dev only the public one, a guest none."""
    world = world_on
    world.start()
    world.start(channel_id=PRIVATE, account_name="=Secret", account_id="999988887777", spot_org_id="700000")
    guest = add(world, GUEST, world.channel.name)

    lists = {}
    for person in (world.ana, world.dev, guest):
        person.command("/eco", "export all", channel=world.channel.name)
        world.slack.wait_for(
            lambda user=person.id: any(r["channel"] == user for r in rows(world.app.database)), 10, "it"
        )
        world.deliver()
        (message,) = files(person)
        lists[person.name] = table(message.files[0].content.decode("utf-8-sig"))

    assert {"ana": ["Production", "'=Secret"], "dev": ["Production"], "gus": []} == {
        name: [row["account name"] for row in found] for name, found in lists.items()
    }
    assert (world.ana.id, "#eco-rollout") == (lists["dev"][0]["owner (ID)"], lists["dev"][0]["channel"])
    assert [] == exported(world)
    with world.app.database.read() as connection:
        noted = list(list_exports.entries(connection))
    assert [(person.id, world.workspace) for person in (world.ana, world.dev, guest)] == [entry[1:] for entry in noted]


@pytest.fixture
def operator(world: World, tmp_path: Path) -> World:
    """A world with an enrollment, and an empty folder."""
    reach(world, K.FULL_ECO)
    (tmp_path / "out").mkdir()
    return world


def export(world: World, *accounts: str, to: Path, token: str | None = None) -> tuple[int, str]:
    """Run the command; return its exit code and what it prints."""
    slack = (world.slack.api_url, world.slack.bot_token if token is None else token)
    return export_command.run(str(world.app.database.url), slack, world.clock, accounts, to)


def test_the_command_line_writes_the_same_for_an_operator(operator: World, tmp_path: Path) -> None:
    """Into a file that only its owner reads; the thread says that it was the operator."""
    code, printed = export(operator, "1234-5678-9012", to=tmp_path / "new" / "folder")

    file = Path(printed)
    assert (0, f"eco-{ACCOUNT}") == (code, file.name[:16])
    assert 0o600 == stat.S_IMODE(file.stat().st_mode)
    with zipfile.ZipFile(file) as packed:
        assert "<dt>Owner</dt><dd>ana</dd>" in packed.read("enrollment.html").decode()
    operator.deliver()
    assert operator.thread()[-1].text.startswith("The operator exported this enrollment")
    assert ["The operator"] == exported(operator)
    operator.ana.click(operator.card(), "History")
    assert "The operator exported" in operator.ana.wait_view("History").shown


@pytest.mark.parametrize(
    ("accounts", "code", "words"),
    [
        (("12",), 2, "has 12 digits"),
        (("999999999999",), 1, "999999999999 has no enrollment here."),
        ((ACCOUNT, "999999999999"), 1, "eco-123456789012"),
    ],
)
def test_the_command_line_says_what_is_wrong(
    operator: World, tmp_path: Path, accounts: tuple[str, ...], code: int, words: str
) -> None:
    """The others are exported all the same."""
    found, printed = export(operator, *accounts, to=tmp_path)

    assert code == found
    assert words in printed


def test_without_a_token_the_files_have_ids(operator: World, tmp_path: Path) -> None:
    """The database is enough."""
    _, printed = export(operator, ACCOUNT, to=tmp_path, token="")

    with zipfile.ZipFile(printed) as packed:
        assert operator.ana.id in packed.read("enrollment.html").decode()


def test_a_list_that_is_on_its_way_is_not_asked_for_again(world: World) -> None:
    """The second press says so; there is one file."""
    world.start()
    sentences = []
    for _ in range(2):
        world.ana.close_all()
        sentences.append(answer_to(world, world.ana.command("/eco", "export all", channel=world.channel.name)).text)

    world.deliver()

    assert sentences[0].startswith("I'm sending you the list of the enrollments that you may see")
    assert "It's on its way to you already, as a file in a direct message." == sentences[1]
    assert 1 == len(files(world.ana))
