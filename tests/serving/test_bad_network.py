"""The trial of the Socket Mode client: fragments, stalls, bursts, broken ends, a dead network, refreshes."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from queue import SimpleQueue

import pytest

from bot.clock import SystemClock
from bot.demo.demo_workspace import start_slack
from bot.localslack import Delivery, LocalSlack
from bot.localslack.websockets import End
from bot.serving.request_gate import RequestGate
from bot.serving.socket_connection import TIMING, SocketMode, Timing
from bot.serving.socket_requests import SocketRequests
from bot.telemetry.metrics import RequestMetrics
from tests.support.small_bot import SmallBot
from tests.support.wait_until import eventually

#: Seconds that the local Slack waits for an acknowledgement: longer than any stall, since it counts from the start.
PATIENCE = 20.0


@dataclass
class Connected:
    """A small bot in Socket Mode, its connection, and a clock that a test moves on."""

    slack: LocalSlack
    socket: SocketMode
    later: list[float]

    def say(self, text: str = "hello") -> Delivery:
        """Type a command as Ana."""
        return self.slack.person("ana").command("/eco", text)

    def opened(self) -> int:
        """How often the bot has asked for a connection."""
        return len(self.slack.calls_of("apps.connections.open"))


@contextmanager
def connected(timing: Timing = TIMING) -> Iterator[Connected]:
    """A bot that is connected."""
    with start_slack(SystemClock(), pace=False, ack_limit=PATIENCE) as slack:
        bot, later = SmallBot(slack.api_url), [0.0]
        gate = RequestGate(bot.bolt.dispatch, RequestMetrics())
        gate.open()
        failures: SimpleQueue[str] = SimpleQueue()
        socket = SocketMode(
            bot.bolt, slack.app_token, SocketRequests(gate), failures.put, timing, lambda: time.monotonic() + later[0]
        )
        socket.start()
        try:
            eventually(lambda: not socket.problems() and slack.socket_connections == 1)
            yield Connected(slack, socket, later)
        finally:
            socket.stop(5)
        assert failures.empty()


def test_an_envelope_in_fragments_is_acknowledged() -> None:
    """A network may cut a message into WebSocket fragments."""
    with connected() as bot:
        bot.slack.faults.add("socket", "fragments", times=3)

        assert [None] * 3 == [bot.say("x" * 3000).error for _ in range(3)]


@pytest.mark.parametrize("at", [20, 1_200, 5_000])
def test_an_envelope_that_stalls_is_acknowledged_and_so_is_the_next(at: int) -> None:
    """A frame that stops for 3.5 s in its middle is one envelope all the same, and holds up nothing after it."""
    with connected() as bot:
        bot.slack.faults.add("socket", "stall", at=at, delay=3.5)

        assert bot.say("x" * 6000).error is None
        following = bot.say()
        assert following.error is None
        assert following.ack_ms < 1000
        assert bot.opened() == 1


def test_a_burst_of_large_envelopes_is_acknowledged() -> None:
    """A hundred envelopes of 10 KB at once, of five people, are all acknowledged."""
    with connected() as bot, ThreadPoolExecutor(100) as threads:
        people = [bot.slack.person(name) for name in ("ana", "ben", "chi", "dev", "eve")]
        burst = [threads.submit(people[number % 5].command, "/eco", "x" * 10_000) for number in range(100)]

        assert [None] * 100 == [delivery.result().error for delivery in burst]


@pytest.mark.parametrize("how", ["fin", "reset", "close"])
def test_a_connection_that_ends_comes_back(how: End) -> None:
    """With or without a word of goodbye, the bot is connected again within seconds, and was never unready."""
    with connected() as bot:
        began = time.monotonic()
        bot.slack.network.end(how)
        eventually(lambda: bot.opened() == 2 and bot.slack.socket_connections == 1)

        assert time.monotonic() - began < 3
        assert bot.say().error is None
        assert [] == bot.socket.problems()


def test_a_dead_network_is_noticed_by_unanswered_pings() -> None:
    """A connection over which nothing comes any more is replaced before the bot counts as unready."""
    with connected(Timing(heartbeat=0.4)) as bot:
        bot.slack.network.silence()
        eventually(lambda: bot.opened() == 2 and bot.slack.socket_connections == 1)

        assert bot.say().error is None
    assert TIMING.heartbeat * 1.5 < TIMING.patience


def test_nothing_is_lost_while_slack_refreshes_the_connection() -> None:
    """People go on typing while Slack asks for a new connection three times; every command is acknowledged."""
    with connected() as bot:
        deliveries: list[Delivery] = []
        done = threading.Event()

        def type_on() -> None:
            while not done.is_set():
                deliveries.append(bot.say())

        typing = [threading.Thread(target=type_on) for _ in range(3)]
        for thread in typing:
            thread.start()
        try:
            for _ in range(3):
                before = bot.opened()
                bot.slack.refresh_sockets()
                eventually(lambda before=before: bot.opened() > before and bot.slack.socket_connections == 1)  # type: ignore[misc]
                seen = len(deliveries)
                eventually(lambda seen=seen: len(deliveries) > seen + 30)  # type: ignore[misc]
        finally:
            done.set()
            for thread in typing:
                thread.join()

        assert [] == [delivery.error for delivery in deliveries if delivery.error]
        assert [] == bot.socket.problems()


@pytest.mark.parametrize("reason", ["link_disabled", "too_many_websockets"])
def test_a_refusal_is_told_once_and_tried_again_seldom(reason: str, caplog: pytest.LogCaptureFixture) -> None:
    """Slack's reason turns the bot unready at once and is logged once; it is connected when Slack allows it again."""
    with connected() as bot:
        bot.slack.network.refuse(reason)
        eventually(lambda: any(reason in problem for problem in bot.socket.problems()))
        began, before = time.monotonic(), bot.opened()
        eventually(lambda: bot.opened() >= before + 2)

        assert time.monotonic() - began >= 2
        assert [reason in problem for problem in bot.socket.problems()] == [True]
        assert 1 == sum(reason in record.getMessage() for record in caplog.records)
        bot.slack.network.refuse("")
        eventually(lambda: not bot.socket.problems())
        assert bot.say().error is None


@pytest.mark.parametrize("end", [lambda slack: slack.network.end("fin"), LocalSlack.refresh_sockets])
def test_being_unready_is_counted_from_the_loss(
    end: Callable[[LocalSlack], None], caplog: pytest.LogCaptureFixture
) -> None:
    """15 seconds after the connection was lost the bot is unready, whether anybody has asked meanwhile or not."""
    with connected() as bot:
        bot.slack.faults.add("apps.connections.open", "http_500", times=1000)
        end(bot.slack)
        # The bot has noted the loss when it says that a new connection could not be opened.
        eventually(lambda: "could not be opened" in caplog.text)
        bot.later[0] = 14.0
        assert [] == bot.socket.problems()

        bot.later[0] = 15.0
        assert ["Socket Mode is not connected to Slack."] == bot.socket.problems()
        bot.slack.faults.clear()
