"""The global shortcut, and the message shortcut for threads, where slash commands do not run."""

from __future__ import annotations

import pytest

from bot.localslack import Message
from tests.support.bot_world import World


def ask(world: World, message: Message) -> str:
    """What Ben is shown when he runs the message shortcut on a message: a modal, which is seen in threads, too."""
    world.ben.message_shortcut("eco_status", message)
    shown = world.ben.wait_view().shown
    assert [] == world.ben.ephemerals()
    return shown


def test_the_global_shortcut_opens_the_start_form(world: World) -> None:
    """From anywhere: no channel is proposed, the asker is the owner."""
    world.ben.shortcut("eco_enroll")

    form = world.ben.wait_view("Start an enrollment")
    assert (None, world.ben.id) == (form.values["channel_id"], form.values["owner"])


@pytest.mark.parametrize("where", ["the card", "a line in its thread", "a person's reply in its thread"])
def test_the_message_shortcut_shows_the_enrollment_of_the_thread(world: World, where: str) -> None:
    """Also where the channel has several enrollments."""
    world.start()
    world.start(account_id="222222222222", account_name="Two", spot_org_id="2222222")
    card = world.card()
    messages = {
        "the card": card,
        "a line in its thread": world.thread()[0],
        "a person's reply in its thread": world.eve.post(world.channel, "where are we?", card.ts),
    }

    said = ask(world, messages[where])

    assert said.startswith("Eco enrollment: Two\n")
    assert card.buttons == world.ben.view.buttons


def test_elsewhere_it_shows_the_one_enrollment_of_the_channel(world: World) -> None:
    """Any message will do."""
    world.start()

    said = ask(world, world.eve.post(world.channel, "hello"))

    assert said.startswith("Eco enrollment: Production\n")


def test_where_it_is_not_clear_it_offers_the_choices(world: World) -> None:
    """Those of the channel; choosing shows the status on top."""
    world.start()
    world.start(account_id="222222222222", account_name="Two", spot_org_id="2222222")

    assert "This channel has several enrollments." in ask(world, world.eve.post(world.channel, "hello"))
    world.ben.choose(world.ben.view, "eco.choose", "Two (2222-2222-2222)")

    assert world.ben.wait_view("Enrollment").shown.startswith("Eco enrollment: Two\n")


def test_without_any_enrollment_it_says_how_to_start(world: World) -> None:
    """As the command does."""
    said = ask(world, world.eve.post(world.channel, "hello"))

    assert "There is no enrollment yet. `/eco enroll` starts one." == said


def test_it_works_in_a_private_channel_without_the_bot(world: World) -> None:
    """The answer comes through Slack's own address for the request."""
    world.start()

    said = ask(world, world.ana.post("finance-private", "what about Production?"))

    assert "This channel has no enrollment." in said
    assert [] == [call for call in world.slack.calls if not call.ok]


def test_a_file_cannot_be_imported_before_there_is_an_enrollment(world: World) -> None:
    """It says how to start one."""
    world.ben.message_shortcut("eco_import", world.eve.post(world.channel, "", files=[("list.csv", b"x")]))

    assert "There is no enrollment yet. `/eco enroll` starts one." in world.ben.wait_view().shown


def test_an_answer_for_which_slack_opens_no_window_comes_as_a_message_in_the_thread(world: World) -> None:
    """Of the message on which the shortcut ran, where the person looks; only they see it, and can try again."""
    world.start()
    message = world.eve.post(world.channel, "where are we?")
    world.slack.faults.add("views.open", "expired_trigger_id", times=2)

    world.ben.message_shortcut("eco_status", message)

    [answer] = world.slack.wait_for(lambda: world.ben.ephemerals() or None, 10, "an answer")
    assert "I was too slow to open that: Slack gives me three seconds. Please try again." == answer.text
    assert message.ts == answer.thread_ts
