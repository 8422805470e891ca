"""An answered reminder is edited: who answered stands there, and its buttons are gone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.localslack import Message
from tests.delivery.around_sender import Around, once
from tests.delivery.stepwise import caller, posted, start, states
from tests.support.bot_world import World, running
from tests.support.steps import StepKey

K = StepKey
CONNECT = K.CONNECT_ACCOUNT
#: A Monday; the wait of two days, begun then, ends on Wednesday in working hours.
MONDAY = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
UPDATE = "chat.update"


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    """The bot in a local Slack, once on SQLite and once on PostgreSQL."""
    with running(database_url, at=MONDAY) as started:
        yield started


def waiting(world: World, number: int) -> int:
    """Start an enrollment whose first wait begins now; return its ID."""
    enrollment = start(world, number)
    world.app.enrollments.complete_act(caller(world), enrollment, CONNECT)
    return enrollment


def asked(world: World, count: int) -> list[int]:
    """Enrollments whose channel has just been asked about their waits; return their IDs."""
    made = [waiting(world, number) for number in range(1, count + 1)]
    world.deliver()
    forward(world, 2 * DAY + HOUR)
    return made


def forward(world: World, span: timedelta) -> None:
    """Let time pass, and send what is due."""
    world.clock.jump_to(world.clock.now() + span)
    world.deliver()


def asking(world: World) -> list[Message]:
    """The reminders and rounds in the channel, oldest first."""
    return [
        message
        for message in world.channel.messages
        if message.metadata and message.metadata["event_payload"]["key"].startswith(("reminder:", "round:"))
    ]


def confirm(world: World, enrollment: int) -> None:
    """Ana says that it is there."""
    world.app.enrollments.confirm(caller(world), enrollment, CONNECT)


ANSWERS: dict[str, tuple[Callable[[World, int], object], str]] = {
    "confirmed": (confirm, "Confirmed by <@{ana}>"),
    "still waiting": (
        lambda world, number: world.app.enrollments.still_waiting(
            caller(world), number, CONNECT, (world.clock.now() + 2 * DAY).date(), "support said Friday"
        ),
        "<@{ana}>: still waiting (support said Friday). I'll ask again on Fri, Nov 27.",
    ),
    "cancelled": (
        lambda world, number: world.app.enrollments.cancel(caller(world), number, "no"),
        "Cancelled by <@{ana}>",
    ),
}


@pytest.mark.parametrize(("answer", "words"), ANSWERS.values(), ids=ANSWERS)
def test_an_answered_reminder_says_who_answered(
    world: World, answer: Callable[[World, int], object], words: str
) -> None:
    """Wherever the answer was given; the buttons are gone, and nothing new is posted for it."""
    (one,) = asked(world, 1)
    (before,) = asking(world)
    assert "It's ready" in before.buttons

    answer(world, one)
    world.deliver()

    (after,) = asking(world)
    assert before.ts == after.ts
    assert [] == after.buttons
    assert after.text.startswith(f"• *Account 1*: Connect the management account. {words.format(ana=world.ana.id)}")


def test_an_answered_entry_of_a_round_loses_its_buttons(world: World) -> None:
    """The others keep theirs; after the last answer only the answers are left."""
    one, two = asked(world, 2)
    assert 2 == asking(world)[0].buttons.count("It's ready")

    confirm(world, one)
    world.deliver()
    (message,) = asking(world)
    assert 1 == message.buttons.count("It's ready")
    assert "Answer" == message.buttons[-1]
    assert "*Account 1*: Connect the management account. Confirmed by" in message.text
    assert "*Account 2*: Connect the management account (" in message.text

    confirm(world, two)
    world.deliver()
    (message,) = asking(world)
    assert [] == message.buttons
    assert 2 == message.text.count("Confirmed by")


def test_the_newer_reminder_takes_the_buttons_of_the_older(world: World) -> None:
    """Who comes back after days answers the newest."""
    asked(world, 1)

    forward(world, DAY)

    older, newer = asking(world)
    assert [] == older.buttons
    assert "Asked again below." in older.text
    assert "It's ready" in newer.buttons


@pytest.mark.parametrize(("answer", "words"), ANSWERS.values(), ids=ANSWERS)
def test_an_answer_while_the_reminder_is_on_its_way_is_seen_in_it(
    world: World, answer: Callable[[World, int], object], words: str
) -> None:
    """Slack took the message, and its result is not stored yet."""
    one = waiting(world, 1)
    world.deliver()
    Around(world.app.dispatcher, after=once(lambda: answer(world, one)), kinds=["reminder"])

    forward(world, 2 * DAY + HOUR)

    (message,) = asking(world)
    assert [] == message.buttons
    assert words.format(ana=world.ana.id) in message.text


def test_an_answered_reminder_that_somebody_deleted_stays_deleted(world: World) -> None:
    """Its edit ends quietly."""
    (one,) = asked(world, 1)
    world.slack.faults.add(UPDATE, "message_not_found", times=2)

    confirm(world, one)
    world.deliver()
    forward(world, DAY)

    edits = {key: state for key, state in states(world).items() if key.startswith("answered:")}
    assert ["dropped"] == list(edits.values())
    assert 1 == len(asking(world))


@pytest.mark.parametrize("fault", ["ratelimited", "drop_before", "drop_after", "internal_error"])
def test_an_edit_that_fails_is_made_later(world: World, fault: str) -> None:
    """Nothing is posted twice by it."""
    one, _ = asked(world, 2)
    world.slack.faults.add(UPDATE, fault, retry_after=5)

    confirm(world, one)
    world.deliver()
    forward(world, HOUR)

    (message,) = asking(world)
    assert 1 == message.buttons.count("It's ready")
    assert message.metadata
    assert 1 == posted(world, message.metadata["event_payload"]["key"])


@pytest.mark.parametrize(("answer", "words"), ANSWERS.values(), ids=ANSWERS)
@pytest.mark.parametrize(("count", "answered"), [(1, 1), (3, 1), (3, 3)], ids=["alone", "one of three", "all of three"])
def test_an_answer_between_a_lost_post_and_its_look_up_is_seen_in_it(
    world: World, count: int, answered: int, answer: Callable[[World, int], object], words: str
) -> None:
    """Slack took the message and its answer was lost; somebody answers before it is found."""
    made = [waiting(world, number + 1) for number in range(count)]
    world.deliver()
    world.slack.faults.add("chat.postMessage", "drop_after")
    for look_up in ("conversations.history", "conversations.replies"):
        world.slack.faults.add(look_up, "http_503", times=100)
    forward(world, 2 * DAY + HOUR)

    for enrollment in made[:answered]:
        answer(world, enrollment)
    world.slack.faults.clear()
    for _ in range(3):
        forward(world, timedelta(minutes=2))

    message = asking(world)[0]
    assert answered == message.text.count(words.format(ana=world.ana.id))
    assert count - answered == message.buttons.count("It's ready")
    assert [] == [key for key, state in states(world).items() if key.startswith("reminder:") and state == "owed"]


@pytest.mark.parametrize("count", [1, 3])
def test_an_answer_to_a_post_that_slack_never_took_leaves_nothing_behind(world: World, count: int) -> None:
    """The outcome was unknown, the look-up finds no message, and nobody needs to be asked any more."""
    made = [waiting(world, number + 1) for number in range(count)]
    world.deliver()
    world.slack.faults.add("chat.postMessage", "drop_before")
    for look_up in ("conversations.history", "conversations.replies"):
        world.slack.faults.add(look_up, "http_503", times=100)
    forward(world, 2 * DAY + HOUR)

    for enrollment in made:
        confirm(world, enrollment)
    world.slack.faults.clear()
    for _ in range(3):
        forward(world, timedelta(minutes=2))

    assert [] == asking(world)
    ended = {state for key, state in states(world).items() if key.startswith(("reminder:", "round:"))}
    assert ended <= {"dropped", "merged"}
