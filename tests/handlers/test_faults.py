"""What goes wrong inside: a short reference for the person, the rest in the log; the process lives, nothing is lost."""

from __future__ import annotations

import logging
import re

import pytest
import sqlalchemy as sa

from bot.app import DIRECTORY_TIMEOUT
from bot.localslack import Delivery, Person
from tests.support.bot_world import World, running
from tests.support.steps import StepKey
from tests.support.walkthrough import accepted, told

#: Seconds in which Slack wants an acknowledgement.
SLACKS_PATIENCE = 3.0

SENTENCE = re.compile(
    r"Something went wrong here, and nothing was changed\. Please try again; if it happens again, "
    r"tell whoever runs this bot the reference ([0-9a-f]{8})\."
)

#: The same after the acknowledgement, when a change is stored.
UNSHOWN = re.compile(
    r"Something went wrong here, so I can't show you this\. If you changed something, it is stored; if not, please "
    r"try again\. If it happens again, tell whoever runs this bot the reference ([0-9a-f]{8})\."
)


def break_database(world: World) -> None:
    """Take a table away that every lookup needs."""
    with world.app.database.write() as connection:
        connection.execute(sa.text("ALTER TABLE enrollments RENAME TO elsewhere"))


def mend_database(world: World) -> None:
    """Put it back."""
    with world.app.database.write() as connection:
        connection.execute(sa.text("ALTER TABLE elsewhere RENAME TO enrollments"))


def logged(caplog: pytest.LogCaptureFixture, said: str) -> logging.LogRecord:
    """The log's entry with the reference that the person was given."""
    match = SENTENCE.search(said) or UNSHOWN.search(said)
    assert match, said
    (record,) = (record for record in caplog.records if match[1] in record.getMessage())
    assert record.levelno == logging.ERROR
    assert record.exc_info is not None, "the traceback is there"
    assert match[1] == record.reference  # type: ignore[attr-defined]
    return record


def test_a_command_that_fails_gets_a_reference(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """The log has it with the traceback, and the next command works."""
    break_database(world)
    said = told(world, world.ana, world.ana.command("/eco", "status"))
    mend_database(world)

    assert "the command failed" in logged(caplog, said).getMessage()
    assert "There is no enrollment yet." in told(world, world.ana, world.ana.command("/eco", "status"))


def test_a_button_that_fails_gets_a_reference(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """Pressing it again works when the fault is gone."""
    world.start(position="connect_account:waiting", since="2026-11-18")
    break_database(world)
    said = told(world, world.ana, world.click(world.ana, "It's ready", StepKey.CONNECT_ACCOUNT))
    mend_database(world)

    assert "the action failed" in logged(caplog, said).getMessage()
    world.click(world.ana, "It's ready", StepKey.CONNECT_ACCOUNT)
    assert world.enrollment().step(StepKey.CONNECT_ACCOUNT).finished_by == world.ana.id


def test_a_form_that_fails_keeps_what_was_typed(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """The reference stands at the first field; submitting again works when the fault is gone."""
    world.ana.command("/eco", "enroll")
    world.ana.wait_view("Start an enrollment")
    typed = {"account_id": "1234-5678-9012", "account_name": "Production", "spot_org_id": "606079874885"}
    break_database(world)
    world.fill(world.ana, "Start an enrollment", **typed, collaborators=["ben"])
    mend_database(world)

    form = world.ana.view
    assert "the form failed" in logged(caplog, form.errors["account_id"]).getMessage()
    assert (typed | {"collaborators": [world.ben.id]}).items() <= form.values.items()
    accepted(world.ana.submit())
    assert "Production" == world.enrollment().account_name


def test_a_form_without_fields_that_fails_says_so_in_its_place(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """There is no field to put the sentence at."""
    world.start()
    world.click(world.ana, "Reopen", StepKey.SIGN_UP)
    world.ana.wait_view("Reopen")
    break_database(world)
    world.ana.submit()
    mend_database(world)

    form = world.ana.view
    assert "Something went wrong" == form.title
    logged(caplog, form.shown)


def test_a_home_tab_that_fails_is_told_directly(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """There is no channel to say it in."""
    break_database(world)
    world.ana.open_home()
    (message,) = world.slack.wait_for(lambda: world.ana.direct_messages or None, 5, "a direct message")
    mend_database(world)

    logged(caplog, message.text)


@pytest.mark.parametrize("fault", ["fatal_error", "http_503", "ratelimited", "drop_before"])
def test_a_form_that_slack_does_not_open_is_told(world: World, fault: str) -> None:
    """Slack answered badly after the acknowledgement: the person is not left without a word."""
    world.start()
    world.slack.faults.add("views.open", fault)

    said = told(world, world.ana, world.ana.click(world.card(), "Edit"))

    assert UNSHOWN.search(said)
    world.jump(seconds=2)  # Slack's own pause is over
    world.ana.click(world.card(), "Edit")
    world.ana.wait_view("Edit")


@pytest.mark.parametrize("fault", ["ratelimited", "fatal_error", "drop_before"])
def test_a_channel_that_slack_does_not_tell_about_now_is_a_fault_at_its_field(world: World, fault: str) -> None:
    """Try again, it says; and submitting again works."""
    world.ana.command("/eco", "enroll")
    world.slack.faults.add("conversations.info", fault)
    world.fill(world.ana, "Start an enrollment", account_id="123456789012", account_name="Production")

    assert "Slack does not let the bot look at this channel now" in world.ana.view.errors["channel_id"]
    world.jump(seconds=2)  # Slack's own pause is over
    accepted(world.ana.submit())


def test_a_channel_that_slack_is_slow_to_tell_about_leaves_time_to_answer(sqlite_url: str) -> None:
    """The bot gives up early enough for two questions, of a channel and to be let in, and for the work itself."""
    with running(sqlite_url, directory_timeout=DIRECTORY_TIMEOUT) as world:
        world.ana.command("/eco", "enroll")
        world.slack.faults.add("conversations.info", "timeout")
        world.fill(world.ana, "Start an enrollment", account_id="123456789012", account_name="Production")

        assert "(TimeoutError)" in world.ana.view.errors["channel_id"]
        assert 2 * DIRECTORY_TIMEOUT < SLACKS_PATIENCE
        accepted(world.ana.submit())


def test_a_person_whom_slack_does_not_tell_about_can_own_an_enrollment(world: World) -> None:
    """Their time zone is UTC until Slack tells it; who starts it is known."""
    world.app.workspace.directory.person(world.ana.id)
    world.slack.faults.add("users.info", "fatal_error", times=2)

    assert "UTC" == world.start(owner="eve").owner_zone


def test_whom_slack_does_not_tell_about_starts_nothing(world: World) -> None:
    """They could be a guest; they are told to try again, and can a moment later."""
    world.slack.faults.add("users.info", "fatal_error")

    said = told(world, world.ana, world.ana.command("/eco", "enroll"))

    assert "Slack does not tell me who you are right now. Try again in a minute." == said
    world.start()


@pytest.mark.parametrize("action_id", ["step.mark_done", "Edit"])
def test_a_button_of_an_enrollment_that_is_gone_says_so(world: World, action_id: str) -> None:
    """A card can outlive the database that it was made from."""
    world.start()
    with world.app.database.write() as connection:
        for table in ("events", "outbox", "receipts", "steps", "enrollments"):
            connection.execute(sa.text(f"DELETE FROM {table}"))

    said = told(world, world.ana, press(world, world.ana, action_id))

    assert "There is no such enrollment here. `/eco list` shows them all." == said


def press(world: World, person: Person, action_id: str) -> Delivery:
    """Press the one button of the card with this ID."""
    return person.click(world.card(), action_id)
