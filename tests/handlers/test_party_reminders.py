"""Reminders of a party's steps: whom they ask, and the text for a party that is not in Slack."""

from __future__ import annotations

from pathlib import Path

from bot.domain.enrollment import State
from tests.handlers.test_parties import FIRST, OURS, begun, guest, partner
from tests.support.any_procedure import act, start
from tests.support.bot_world import World
from tests.support.extracted import PROCEDURE, REPORT, THEIRS
from tests.support.own_procedures import offered_from, ours_again
from tests.support.walkthrough import accepted

__all__ = ["ours_again"]
#: A procedure whose only step is a party's, with a message of 30,000 characters.
LONG = f"""
title = "A long message"
fits = "A reseller sends a long message."

[parties.msp]
name = "the MSP"
label = "People at the MSP"

[tickets.long]
text = "{"Please do this. " * 1_900}"

[[steps]]
key = "send"
title = "Send the message"
instruction = "Send it."
ticket = "long"
party = "msp"
"""


def reminders(world: World) -> list[str]:
    """What was asked in the channel, the newest last."""
    return [message.text for message in world.thread() if message.broadcast]


def test_the_people_of_the_party_are_reminded(world: World) -> None:
    """Of what is open, they are; of what came after their act, the owner is, too."""
    pat = partner(world)
    begun(world, pat)
    act(world, world.ana, OURS)
    world.jump_to_next()

    assert f"<@{pat.id}>: *The MSP: {FIRST.title}* for *Production*" in reminders(world)[-1]
    assert "Text for the MSP* gives" not in reminders(world)[-1]
    act(world, pat, FIRST)
    world.jump(days=1, hours=3)
    assert f"<@{world.ana.id}> <@{pat.id}>: *The MSP: {FIRST.title}*" in reminders(world)[-1]
    assert "we expected" not in reminders(world)[-1].split("the MSP created the report")[0].lower()


def test_without_people_of_the_party_the_owner_is_reminded(world: World) -> None:
    """In words that say whose turn it is, and how to pass it on."""
    begun(world)
    act(world, world.ana, OURS)
    world.jump_to_next()

    said = reminders(world)[-1]
    assert said.startswith(f"<@{world.ana.id}>: *The MSP: {FIRST.title}* for *Production*")
    assert "It's the MSP's turn. *Text for the MSP* gives you a text to send them." in said


def test_who_is_not_in_the_channel_is_asked_directly_and_answers_there(world: World) -> None:
    """The channel's message names them; **Answer** shows their steps and nothing else."""
    gus = guest(world)
    begun(world, gus)
    act(world, world.ana, OURS)
    world.jump_to_next()
    world.deliver()

    assert f"gus: *The MSP: {FIRST.title}*" in reminders(world)[-1]
    _named, message = gus.direct_messages
    assert FIRST.title in message.text
    gus.click(message, "Answer")
    assert FIRST.title in gus.wait_view("Answer").shown
    gus.click(gus.wait_view("Answer"), "Mark done")
    accepted(world.fill(gus, "Mark done", **REPORT))
    assert State.WAITING is world.enrollment().step(FIRST.key).state


def test_the_text_for_the_msp_says_what_to_do_and_what_to_send_back(world: World) -> None:
    """To be copied; with the message to Spot once all that it names is known."""
    begun(world)
    world.ana.click(world.card(), "Text for the MSP", near=FIRST.title)

    said = world.ana.wait_view("Text for the MSP").shown

    assert FIRST.instruction in said
    for field in FIRST.collects:
        assert f"- {field.label}" in said
    assert FIRST.links[0][1] in said
    assert "press *Mark done* for them" in said
    world.ana.close_all()

    act(world, world.ana, OURS)
    act(world, world.ana, FIRST)
    sends = next(PROCEDURE.spec(key) for key in THEIRS if PROCEDURE.spec(key).ticket)
    world.jump(days=1, hours=3)
    world.ana.click(world.card(), "It's ready", near=FIRST.title)
    world.deliver()
    world.ana.click(world.card(), "Text for the MSP", near=sends.title)
    said = world.ana.wait_view("Text for the MSP").shown
    assert "This is what the message to your Spot sales representative, or to Spot support says:" in said
    assert str(world.enrollment().value("report_bucket")) in said


def test_a_text_that_is_too_long_for_a_form_says_where_the_rest_is(
    ours_again: None, tmp_path: Path, world: World
) -> None:
    """Nothing is left out unsaid."""
    start(world, world.ana, offered_from(tmp_path, LONG, "long-message"))
    world.ana.click(world.card(), "Text for the MSP", near="Send the message")

    said = world.ana.wait_view("Text for the MSP").shown

    assert "The text goes on. *Show ticket* has the whole message." in said
