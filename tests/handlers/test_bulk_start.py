"""**Start from a file**: the form, the preview in a direct message, Start, Stop, and who may do what."""

from __future__ import annotations

import csv
import io

import pytest

from bot.domain.bulk_progress import LOST_RIGHT
from bot.localslack import Message, Person
from bot.repository import tables as t
from tests.handlers.test_home import opened
from tests.repository.keeping import rows
from tests.support import start_files
from tests.support.bot_world import World, running
from tests.support.outsiders import GUEST, add

TITLE = "Start from a file"


def upload(world: World, person: Person, content: bytes | str, name: str = "payers.csv") -> Message:
    """Upload a file, or paste its rows where it has no name; the direct message with the preview."""
    if person.view is None:
        person.command("/eco", "import", channel=world.channel.name)
    data = content if isinstance(content, bytes) else content.encode()
    before = len(person.direct_messages)
    fields = {"file": [(name, data)]} if name else {"rows": data.decode()}
    delivery = world.fill(person, TITLE, **fields)
    world.slack.redeliver(delivery)
    person.wait_view(TITLE)
    person.close_all()
    return world.slack.wait_for(lambda: _first_after(world, person, before), 30, "the preview")


def _first_after(world: World, person: Person, before: int) -> Message | None:
    world.deliver()
    found = [m for m in person.direct_messages[before:] if not m.files]
    return found[0] if found else None


def now(person: Person, message: Message) -> Message:
    """The message as it is by now."""
    return next(each for each in person.direct_messages if each.ts == message.ts)


def work(world: World) -> None:
    """Start the rows and send what there is to say, as a running bot does every few seconds."""
    world.app.bulk_starts.work(world.workspace, world.app.workspace.rights)
    world.deliver()


def test_the_good_rows_of_a_file_are_started_once(world_on: World) -> None:
    """The preview names the faults, Start is pressed twice, the message is edited; the same file again starts none."""
    world, (content, faults) = world_on, start_files.mixed(28, every=4)

    shown = upload(world, world.ana, content)

    assert shown.text.startswith("I can start 21 enrollments from *payers.csv*. 7 lines have a fault and are left out.")
    assert all(f"Line {line}: " in shown.text for line in faults)
    assert f"Owners: <@{world.ana.id}> (21)" in shown.text
    [sent] = world.slack.wait_for(lambda: [m for m in world.ana.direct_messages if m.files] or None, 30, "the faults")
    table = list(csv.reader(io.StringIO(sent.files[0].content.decode("utf-8-sig"))))
    assert [str(line) for line in faults] == [row[0] for row in table[1:]]
    assert [] == world.enrollments()

    for _ in range(2):
        world.ana.click(shown, "Start 21 enrollments")
    work(world)

    assert 21 == len({each.account_id for each in world.enrollments()})
    done = now(world.ana, shown)
    assert "I started 21 enrollments from *payers.csv*." in done.text
    assert "Stop" not in str(done.blocks)
    again = upload(world, world.ana, content)
    assert again.text.startswith("Nothing to start in *payers.csv*. 21 accounts have an enrollment already.")
    assert "Start" not in str([block for block in again.blocks if block["type"] == "actions"])


def test_pasted_rows_are_the_other_way_in_and_faults_of_the_whole_stand_at_the_field(world: World) -> None:
    """From the home tab, which offers it to admins alone; nothing typed is lost."""
    for person, offered in ((world.ana, False), (world.chi, True)):
        assert offered == ("Start from a file" in str(opened(world, person).blocks))
    world.chi.click("home", "Start from a file")
    world.fill(world.chi, TITLE, rows="Owner\nana")
    assert "header" in world.chi.view.errors["rows"]
    assert "Owner\nana" == world.chi.view.values["rows"]
    world.fill(world.chi, TITLE, rows=None)
    assert {"rows": "Choose a file, or paste the rows."} == world.chi.view.errors

    message = upload(world, world.chi, "\n".join([start_files.HEADER, start_files.row(1, owner="")]), name="")

    assert message.text.startswith("I can start 1 enrollment from the rows that you pasted.")
    world.chi.click(message, "Start 1 enrollment")
    work(world)
    assert world.chi.id == world.enrollment().owner


def test_a_bulk_start_is_stopped_or_cancelled(sqlite_url: str) -> None:
    """What has not begun is not started; the message says how many."""
    with running(sqlite_url, ECO_TICK="1m") as world:  # nothing begins before `work`
        content = "\n".join([start_files.HEADER, *map(start_files.row, range(5))])
        message = upload(world, world.ana, content)
        world.ana.click(message, "Start 5 enrollments")
        world.deliver()
        assert "I'm starting 5 enrollments from *payers.csv*: 0 started, 5 to go." in now(world.ana, message).text
        world.ana.click(now(world.ana, message), "Stop")
        work(world)
        assert now(world.ana, message).text.startswith("Stopped. I started 0 of 5 enrollments from *payers.csv*; 5 are")

        world.ana.click(other := upload(world, world.ana, content), "Cancel")
        work(world)

        assert "Cancelled. I started nothing" in now(world.ana, other).text
        assert [] == world.enrollments()


def test_a_private_channel_and_people_are_checked_for_whoever_uploads(world: World) -> None:
    """Dev is not in the private channel: by its name it is unknown to him; Ana is in it."""
    lines = [
        start_files.row(1, channel="#eco-private"),
        start_files.row(2, owner="U0NOBODY1", channel=world.channel.id),
    ]
    content = "\n".join([start_files.HEADER, *lines])

    for person, faults in ((world.dev, ["I know no channel “#eco-private” that you are in"]), (world.ana, [])):
        message = upload(world, person, content)
        assert all(words in message.text for words in (*faults, "U0NOBODY1 is not in this Slack."))
        assert bool(faults) == message.text.startswith("Nothing to start")


def test_guests_and_who_may_not_start_are_refused(sqlite_url: str) -> None:
    """Before they see the form; who loses the right meanwhile starts no more, and is told."""
    with running(sqlite_url, ECO_STARTERS="S0ECOADMIN", ECO_ADMINS="S0ECOADMIN", ECO_TICK="1m") as world:
        guest = add(world, GUEST, world.channel.name)
        for person in (guest, world.dev):
            person.command("/eco", "import", channel=world.channel.name)
            said = world.slack.wait_for(lambda who=person: who.ephemerals() or None, 30, "an answer")
            assert "You may not start enrollments here." in said[-1].text
        content = "\n".join([start_files.HEADER, *map(start_files.row, range(3))])
        message = upload(world, world.chi, content)
        world.chi.click(message, "Start 3 enrollments")

        world.slack.people.set_group("S0ECOADMIN", "ben")
        world.jump(minutes=2)
        work(world)

        assert f"3 are not started. {LOST_RIGHT}" in now(world.chi, message).text
        assert [] == world.enrollments()


@pytest.mark.parametrize(
    ("content", "fault", "said"),
    [
        (b"PK\x03\x04 broken", "", "Correct it, then use `/eco import` again."),
        (b"%PDF-1.7", "", "Correct it, then use `/eco import` again."),
        (b"account,name", "file_deleted", "Slack does not give me *payers.xlsx* (file_deleted)."),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_a_direct_message(
    world: World, content: bytes, fault: str, said: str
) -> None:
    """Broken, of another kind, or no longer served by Slack: what is wrong, and how to go on."""
    if fault:
        world.slack.faults.add("files.info", fault)
    world.ana.command("/eco", "import", channel=world.channel.name)
    world.fill(world.ana, TITLE, file=[("payers.xlsx", content)])

    answered = world.slack.wait_for(lambda: world.ana.direct_messages or None, 30, "an answer")

    assert said in answered[0].text
    assert [] == rows(world.app.database, t.bulk_starts)


def test_a_row_starts_the_procedure_that_it_names(world: World) -> None:
    """By its key or title, at a step that only that procedure has; a row that names none has the usual one."""
    lines = [
        "Account,Name,Owner,Channel,Organization ID,Procedure,Step",
        "111111111111,Extracted,ana,#eco-rollout,700001,aws-msp-extract,",
        "222222222222,Delivered,ana,#eco-rollout,700002,aws-msp-delivered,Deliver the report",
        "333333333333,Usual,ana,#eco-rollout,700003,,",
    ]
    message = upload(world, world.ana, "\n".join(lines))
    world.ana.click(message, "Start 3 enrollments")
    work(world)

    started = {each.account_name: each.procedure.key for each in world.enrollments()}

    expected = {"Extracted": "aws-msp-extract", "Delivered": "aws-msp-delivered", "Usual": "aws-management-account"}
    assert expected == started


def test_a_file_and_pasted_rows_are_not_mixed(world: World) -> None:
    """The fault stands at the rows, and nothing is read."""
    world.ana.command("/eco", "import", channel=world.channel.name)

    world.fill(world.ana, TITLE, file=[("payers.csv", b"x")], rows="Owner\nana")

    assert {"rows": "Choose a file or paste the rows, not both."} == world.ana.view.errors
    assert [] == world.ana.direct_messages


def test_faults_that_slack_takes_as_no_file_stand_in_the_preview(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """The preview names the first ones in any case; an archived channel is a fault of its row."""
    rows_of_file = [start_files.row(1), start_files.row(2, channel="C0OLDPROJ1")]
    world.slack.faults.add("files.getUploadURLExternal", "upload_disabled")

    message = upload(world, world.ana, "\n".join([start_files.HEADER, *rows_of_file]))

    assert "I can start 1 enrollment from *payers.csv*. 1 line has a fault and is left out." in message.text
    assert "C0OLDPROJ1: This channel is archived. Choose another one." in message.text
    said = "the faults of a bulk start were not sent as a file: upload_disabled"
    world.slack.wait_for(lambda: said in caplog.text or None, 10, "the log")
    assert [] == [each for each in world.ana.direct_messages if each.files]
