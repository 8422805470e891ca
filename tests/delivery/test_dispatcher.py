"""The dispatcher's threads: slow channels hold up no others, and no exception ends the delivery."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from threading import Event

import pytest

from bot.delivery import outbox
from bot.delivery.channel_leases import LEASE
from bot.delivery.claiming import OutboundMessage
from bot.delivery.delivery_results import Settlement
from bot.delivery.dispatcher import Dispatcher
from bot.repository.outbox_columns import MessageKind, RowState
from tests.delivery.around_sender import Around
from tests.delivery.failing_batches import FailingBatches, away, let_fail
from tests.delivery.stepwise import CHANNELS, enroll, outbox_row, posted, start, states
from tests.support.bot_world import World, running

WORKERS = 8


class HangingSender:
    """A sender whose calls in channels named HANG… end when they are told to; all others end at once."""

    def __init__(self) -> None:
        self.go: dict[str, Event] = defaultdict(Event)
        self.begun: list[str] = []
        self.sent: list[str] = []

    def send(self, message: OutboundMessage) -> Settlement:
        """Send nothing, and say that it was sent."""
        channel = message.row.channel
        self.begun.append(channel)
        if channel.startswith("HANG"):
            assert self.go[channel].wait(60)
        self.sent.append(message.row.key)
        return Settlement(RowState.SENT, ts="1.1", posted_channel=channel)


@contextmanager
def hanging(world: World, channels: int) -> Iterator[tuple[Dispatcher, HangingSender]]:
    """Serve the world with a dispatcher, some of whose channels hang; all calls end when the block does."""
    sender = HangingSender()
    dispatcher = Dispatcher(
        world.app.dispatcher.batches,
        sender,  # type: ignore[arg-type]  # all that the dispatcher calls is `send`
        world.clock,
        world.workspace,
        pace=timedelta(),
        workers=WORKERS,
    )
    names = [f"HANG{number}" for number in range(channels)]
    owe(world, *names)
    dispatcher.wake()
    world.slack.wait_for(lambda: set(sender.begun) >= set(names) or None, what="the calls to begin")
    try:
        yield dispatcher, sender
    finally:
        for name in names:
            sender.go[name].set()
        assert dispatcher.stop(60)


def owe(world: World, *channels: str, count: int = 1) -> None:
    """Add messages to channels."""
    now = world.clock.now()
    with world.app.database.write() as connection:
        for channel in channels:
            for number in range(count):
                outbox.owe(connection, world.workspace, f"{channel}:{number}", MessageKind.DIRECT, channel, now)


def test_channels_wait_for_no_slow_channel_while_a_worker_is_free(world_on: World) -> None:
    """Seven of eight workers hang: the other channels get all their messages meanwhile."""
    with hanging(world_on, WORKERS - 1) as (dispatcher, sender):
        owe(world_on, "C1", "C2", "C3", count=3)
        dispatcher.wake()
        world_on.slack.wait_for(lambda: len(sender.sent) == 9 or None, what="the messages of the other channels")


def test_channels_wait_for_one_call_at_most_while_all_workers_hang(world: World) -> None:
    """All eight workers hang: as soon as one of their calls ends, the other channels are served."""
    with hanging(world, WORKERS) as (dispatcher, sender):
        owe(world, "C1", "C2", count=2)
        dispatcher.wake()
        assert WORKERS == len(sender.begun)

        sender.go["HANG3"].set()
        world.slack.wait_for(lambda: len(sender.sent) == 5 or None, what="the messages of the other channels")
        assert "HANG3:0" == sender.sent[0]


def test_a_message_is_claimed_only_when_a_worker_is_free(world: World) -> None:
    """A message that waited in the process would have to be looked up after a crash, although it was not sent."""
    with hanging(world, WORKERS) as (dispatcher, sender):
        batches = FailingBatches(dispatcher.batches, None)
        dispatcher.batches = batches  # type: ignore[assignment]  # it never fails, and counts the transactions
        owe(world, "C1")
        for number in range(1, 4):
            dispatcher.wake()
            world.slack.wait_for(lambda done=number: batches.done >= done or None, what="a vain attempt")
        assert (0, False) == (outbox_row(world, "C1:0").attempts, outbox_row(world, "C1:0").posting)

        sender.go["HANG0"].set()
        world.slack.wait_for(lambda: "C1:0" in sender.sent or None, what="the other channel")
        assert WORKERS + 1 == len(sender.begun)


def test_a_slow_channel_holds_up_no_other(database_url: str) -> None:
    """While Slack takes its time with one channel, the other gets its messages."""
    with running(database_url, workers=4) as world:
        world.slack.faults.add("chat.postMessage", "slow", channel=CHANNELS[0], delay=2.0)
        start(world, 1, CHANNELS[0])
        start(world, 2, CHANNELS[1])
        other = world.slack.channel(CHANNELS[1])
        world.slack.wait_for(lambda: other.messages or None, timeout=10, what="the card of the other channel")
        assert [] == world.channel.messages
        world.slack.wait_for(lambda: world.channel.messages or None, timeout=10, what="the card of the slow channel")


# --- The database is away ---


def test_results_are_kept_while_the_database_is_away_and_stored_when_it_is_back(world_on: World) -> None:
    """They are stored again and again, with growing pauses and without a wake-up; no message is looked up in Slack."""
    world = world_on
    failing = FailingBatches(world.app.dispatcher.batches, away(), only_results=True)
    dispatcher = replace(world.app.dispatcher, batches=failing, workers=2)
    (number,) = enroll(world, 1)
    dispatcher.wake()
    world.slack.wait_for(lambda: len(failing.failed) >= 3 or None, what="three vain attempts")
    assert [1, 1, 1] == failing.failed[:3]
    assert "posting" == states(world)[f"card:{number}"]

    failing.error = None

    world.slack.wait_for(lambda: states(world)[f"card:{number}"] == "sent" or None, what="the result to be stored")
    assert dispatcher.stop(30)
    assert [] == world.slack.calls_of("conversations.history")
    assert 1 == posted(world, f"card:{number}")


def test_an_exception_does_not_end_the_delivery(sqlite_url: str, caplog: pytest.LogCaptureFixture) -> None:
    """An exception of a batch is logged, and the next wake-up finds the messages."""
    with running(sqlite_url, workers=8) as world:
        failing = let_fail(world, ValueError("a bug"))
        (number,) = enroll(world, 1)
        world.slack.wait_for(lambda: failing.failed or None, what="a vain attempt")
        failing.error = None
        world.app.dispatcher.wake()

        world.slack.wait_for(lambda: states(world).get(f"card:{number}") == "sent" or None, what="the card")
        assert "delivery failed" in caplog.text
        assert [] == world.app.problems()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")  # that is what happens here
def test_a_dispatcher_thread_that_has_ended_is_a_problem(sqlite_url: str) -> None:
    """The process is not ready any more, so that an operator restarts it."""
    with running(sqlite_url, workers=1) as world:
        assert [] == world.app.dispatcher.problems()
        let_fail(world, SystemExit())
        world.app.dispatcher.wake()

        world.slack.wait_for(lambda: world.app.dispatcher.problems() or None, what="the thread to end")
        assert ["Nothing is sent: the dispatcher's thread has ended."] == world.app.dispatcher.problems()
        assert "Nothing is sent: the dispatcher's thread has ended." in world.app.problems()


def test_a_message_that_outlives_its_lease_is_sent_by_the_same_process_once(sqlite_url: str) -> None:
    """The machine slept during the call: the row is claimed again, and both results find the dispatcher alive."""
    with running(sqlite_url, workers=2) as world:
        go, begun = Event(), list[str]()

        def wait_first(message: OutboundMessage) -> None:
            begun.append(message.row.key)
            if len(begun) == 1:
                assert go.wait(60)

        Around(world.app.dispatcher, after=wait_first, kinds=["card"])
        number = start(world, 1)
        world.slack.wait_for(lambda: begun or None, what="the post")
        world.clock.jump(LEASE + timedelta(seconds=1))
        world.app.dispatcher.wake()
        world.slack.wait_for(lambda: states(world).get(f"card:{number}") == "sent" or None, what="the second attempt")
        go.set()

        world.clock.jump(timedelta(seconds=2))
        world.app.dispatcher.wake()
        world.slack.wait_for(lambda: states(world).get(f"thread:{number}:1") == "sent" or None, what="the line")
        assert [] == world.app.dispatcher.problems()
        assert 1 == posted(world, f"card:{number}")
        assert world.app.dispatcher.stop(30)
