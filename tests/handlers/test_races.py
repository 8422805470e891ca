"""Races and repeats: one wins and the other is told who; a repeated delivery changes nothing and says nothing twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.domain.enrollment import State
from bot.localslack import Delivery, Message
from tests.support.bot_world import World
from tests.support.steps import StepKey
from tests.support.usual_procedure import SPECS
from tests.support.walkthrough import accepted, act, reach, skip, told

CONNECT = StepKey.CONNECT_ACCOUNT


def settled(world: World) -> tuple[object, int, int]:
    """What must not change: the enrollment, the messages in the channel, what people were told."""
    world.deliver()
    people = (world.ana, world.ben, world.eve)
    return (
        world.enrollments(),
        len(world.channel.messages) + len(world.thread()),
        sum(len(person.ephemerals()) + len(person.views) for person in people),
    )


def test_two_people_press_the_same_button_one_after_the_other(world_on: World) -> None:
    """The second is told who did it, and nothing is done twice."""
    world = world_on
    world.start(position="connect_account:waiting", since="2026-11-18", collaborators=["ben"])
    card = world.card()
    world.ana.click(card, "It's ready")

    said = told(world, world.ben, world.ben.click(card, "It's ready"))

    assert f"<@{world.ana.id}> already confirmed this." == said
    world.deliver()
    assert 1 == sum("confirmed" in message.text for message in world.thread())


def test_two_people_press_the_same_button_at_the_same_instant(world_on: World) -> None:
    """Whoever wins, the other one is told so by name."""
    world = world_on
    world.start(position="connect_account:waiting", since="2026-11-18", collaborators=["ben"])
    card = world.card()
    both = (world.ana, world.ben)

    with ThreadPoolExecutor(2) as pool:
        deliveries = list(pool.map(lambda person: person.click(card, "It's ready"), both))

    winner = world.enrollment().step(CONNECT).finished_by
    (loser,) = (person for person in both if person.id != winner)
    said = told(world, loser, deliveries[both.index(loser)])
    assert f"<@{winner}> already confirmed this." == said
    world.deliver()
    assert 1 == sum("confirmed" in message.text for message in world.thread())


def test_two_people_submit_the_same_form(world: World) -> None:
    """The second keeps what was typed and reads, by name, who has acted."""
    reach(world, StepKey.ENABLE_SUBSETS, collaborators=["ben"])
    for person in (world.ana, world.ben):
        world.click(person, "Mark sent", StepKey.ENABLE_SUBSETS)
        person.wait_view("Mark sent")
    accepted(world.fill(world.ana, "Mark sent", ticket_number="4711"))

    world.fill(world.ben, "Mark sent", ticket_number="4712")

    expected = "ana already marked this sent. It's waiting for Spot support."
    assert {"ticket_number": expected} == world.ben.view.errors
    assert "4712" == world.ben.view.values["ticket_number"]
    assert "4711" == world.enrollment().step(StepKey.ENABLE_SUBSETS).values["ticket_number"]


@pytest.mark.parametrize(
    ("label", "sentence"),
    [
        ("Mark done", "<@{ana}> already marked this done. It's waiting for Spot."),
        ("Skip", "<@{ana}> skipped this."),
        ("Reopen a step…", ""),
        ("Edit", ""),
    ],
)
def test_an_old_cards_button_tells_the_current_state(world: World, label: str, sentence: str) -> None:
    """A client may show a card that changed long ago: nothing is changed by it."""
    reach(world, StepKey.FULL_ECO, collaborators=["ben"])
    old = world.card()
    step = CONNECT if label.startswith("Reopen") else StepKey.FULL_ECO
    match label:
        case "Mark done":
            act(world, world.ana, step)
        case "Skip":
            skip(world, world.ana, step)
        case "Reopen a step…":
            world.click(world.ana, "Reopen", step)
            accepted(world.fill(world.ana, "Reopen"))
            world.deliver()
    before = world.enrollment()

    delivery = press_on(world, old, label, step)

    if sentence:
        assert told(world, world.ben, delivery).startswith(sentence.format(ana=world.ana.id))
    else:
        world.ben.wait_view(label.removesuffix("…"))
    assert before == world.enrollment()


def press_on(world: World, old: Message, label: str, step: StepKey) -> Delivery:
    """Press a button of a card as it was: the client shows it still, so Slack delivers it."""
    now = world.card()
    channel = world.slack.core.workspace.messages[now.channel][now.ts]
    blocks, channel.blocks = channel.blocks, old.blocks
    try:
        return world.ben.click(old, label, near=None if label in ("Edit", "Reopen a step…") else SPECS[step].title)
    finally:
        channel.blocks = blocks


def test_a_repeated_command_opens_no_second_form(world: World) -> None:
    """And nobody reads an apology."""
    delivery = world.ana.command("/eco", "enroll")
    world.ana.wait_view("Start an enrollment")
    before = len(world.slack.calls), len(world.ana.ephemerals())

    repeated = world.slack.redeliver(delivery)

    accepted(world.fill(world.ana, "Start an enrollment", account_id="123456789012", account_name="Production"))
    assert repeated.ok
    assert [] == [call for call in world.slack.calls[before[0] :] if not call.ok]
    assert before[1] == len(world.ana.ephemerals())
    assert 1 == len(world.enrollments())


def test_a_repeated_start_starts_nothing(world_on: World) -> None:
    """Neither an error about the account that is enrolled already, nor a second card."""
    world = world_on
    world.start()
    before = settled(world)

    repeated = world.slack.redeliver(world.slack.deliveries[-1])

    accepted(repeated)
    assert before == settled(world)


@pytest.mark.parametrize("label", ["It's ready", "Still waiting", "Edit", "History"])
def test_a_repeated_button_does_nothing(world: World, label: str) -> None:
    """It is not told that it was too late either: the person pressed once."""
    world.start(position="connect_account:waiting", since="2026-11-18")
    delivery = world.ana.click(world.card(), label)
    if label != "It's ready":
        world.ana.wait_view()
    before = settled(world)

    repeated = world.slack.redeliver(delivery)

    assert repeated.ok
    assert before == settled(world)


def test_a_repeated_refusal_is_told_once(world: World) -> None:
    """A stranger who pressed once reads one sentence."""
    world.start(position="connect_account:waiting")
    delivery = world.eve.click(world.card(), "It's ready")
    told(world, world.eve, delivery)
    before = settled(world)

    world.slack.redeliver(delivery)
    told(world, world.eve, world.eve.command("/eco", "help"))  # later than whatever the repetition would have said

    assert before[2] + 1 == settled(world)[2]


@pytest.mark.parametrize(
    ("label", "title", "typed"),
    [
        ("Mark done", "Mark done", {}),
        ("Skip", "Skip", {"reason": "not for us"}),
        ("Edit", "Edit", {"account_name": "Renamed"}),
        ("Cancel enrollment", "Cancel enrollment", {"reason": "a mistake"}),
    ],
)
def test_a_repeated_form_changes_nothing_more(world: World, label: str, title: str, typed: dict[str, str]) -> None:
    """It is accepted as it was the first time."""
    reach(world, StepKey.FULL_ECO)
    world.ana.click(world.card(), label, near=SPECS[StepKey.FULL_ECO].title if label in ("Mark done", "Skip") else None)
    delivery = accepted(world.fill(world.ana, title, **typed))
    before = settled(world)

    accepted(world.slack.redeliver(delivery))

    assert before == settled(world)


def test_the_same_button_on_two_steps_at_the_same_instant_is_two_deeds(world: World) -> None:
    """The clock stands still here: what is pressed tells them apart."""
    reach(world, StepKey.FULL_ECO)
    act(world, world.ana, StepKey.FULL_ECO, call_date="2026-10-20")
    act(world, world.ana, StepKey.ENABLE_SUBSETS)

    for step in (StepKey.FULL_ECO, StepKey.ENABLE_SUBSETS):
        world.click(world.ana, "It's ready", step)

    assert {State.DONE} == {world.enrollment().step(s).state for s in (StepKey.FULL_ECO, StepKey.ENABLE_SUBSETS)}
