"""Socket Mode against a local Slack: requests are answered, lost connections reported, a rejected token is final."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from queue import SimpleQueue

import pytest

from bot.clock import SystemClock
from bot.demo.demo_workspace import start_slack
from bot.localslack import LocalSlack
from bot.serving import Serving
from bot.settings import load
from tests.support.small_bot import SmallBot
from tests.support.wait_until import eventually

NOT_CONNECTED = ["Socket Mode is not connected to Slack."]


@pytest.fixture
def slack() -> Iterator[LocalSlack]:
    """A local Slack."""
    with start_slack(SystemClock(), pace=False) as sandbox:
        yield sandbox


@contextmanager
def serving(
    api_url: str, app_token: str, bot: SmallBot | None = None, failures: SimpleQueue[str] | None = None
) -> Iterator[Serving]:
    """A small bot that serves over Socket Mode."""
    secrets = {"SLACK_BOT_TOKEN": "xoxb-0000-test", "SLACK_APP_TOKEN": app_token}
    settings = load(secrets | {"SLACK_API_URL": api_url, "HOST": "127.0.0.1", "PORT": "0"}, None)
    bot = bot or SmallBot(settings.slack_api_url)
    serving = Serving(bot, settings, (failures or SimpleQueue()).put)
    serving.start()
    try:
        yield serving
    finally:
        serving.stop()


def test_what_comes_over_the_connection_is_answered_and_counted(slack: LocalSlack) -> None:
    """A command is acknowledged through Bolt, and counted like one over HTTP."""
    with serving(slack.api_url, slack.app_token) as running:
        eventually(lambda: not running.problems())

        delivery = slack.person("ana").command("/eco", "help")

        assert ("socket", None, {"text": "done"}) == (delivery.transport, delivery.error, delivery.response)
        assert 'eco_requests_total{kind="command",outcome="ok"} 1.0' in running.metrics()
    eventually(lambda: slack.socket_connections == 0)


def test_a_connection_that_slack_refreshes_comes_back(slack: LocalSlack) -> None:
    """Slack replaces connections every few hours, without a problem being reported."""
    with serving(slack.api_url, slack.app_token) as running:
        eventually(lambda: not running.problems())
        slack.refresh_sockets()
        eventually(lambda: len(slack.calls_of("apps.connections.open")) >= 2 and slack.socket_connections == 1)

        assert slack.person("ana").command("/eco", "help").error is None
        assert [] == running.problems()


def test_slack_may_come_later(caplog: pytest.LogCaptureFixture) -> None:
    """A bot that starts while Slack is down is alive and unready, retries, and works once Slack is up."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = "xapp-0000-test"
    with serving(f"http://127.0.0.1:{port}/api/", token) as running:
        assert NOT_CONNECTED == running.problems()
        eventually(lambda: "could not be opened" in caplog.text)

        with start_slack(SystemClock(), port=port, pace=False) as slack:
            slack.core.app_token = token
            eventually(lambda: not running.problems())


def test_a_token_that_slack_refuses_is_final(slack: LocalSlack) -> None:
    """A retry would not help: the failure is reported once, with the name of the setting."""
    failures: SimpleQueue[str] = SimpleQueue()
    with serving(slack.api_url, "xapp-" + "0000-wrong", failures=failures) as running:
        assert "Slack refuses SLACK_APP_TOKEN for Socket Mode: invalid_auth." == failures.get(timeout=10)
        assert NOT_CONNECTED == running.problems()


def test_stopping_answers_what_is_running_before_the_connection_closes(slack: LocalSlack) -> None:
    """A running command is acknowledged before the connection is closed."""
    inside, go_on = threading.Event(), threading.Event()

    def work(_: str) -> None:
        inside.set()
        assert go_on.wait(10)

    bot, deliveries = SmallBot(slack.api_url, work), []
    with serving(slack.api_url, slack.app_token, bot) as running:
        eventually(lambda: not running.problems())
        ana = slack.person("ana")
        asking = threading.Thread(target=lambda: deliveries.append(ana.command("/eco", "x")))
        asking.start()
        assert inside.wait(10)

        stopping = threading.Thread(target=running.stop)
        stopping.start()
        eventually(lambda: running.problems() == ["The process is stopping."])
        go_on.set()
        stopping.join(10)
        asking.join(10)

    assert [None] == [delivery.error for delivery in deliveries]
    assert ["start", "answer x", "stop"] == bot.events[:3]
