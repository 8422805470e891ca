"""A second port for operators' pages, and the time in which a process is unready before it stops."""

import signal
from datetime import timedelta
from pathlib import Path

import pytest

from bot.serving import Serving
from bot.serving.http_server import CannotListen
from bot.settings import Settings, load
from tests.serving.test_serving import ENVIRON, ask, command, port_of, process
from tests.support.small_bot import SmallBot
from tests.support.wait_until import eventually


@pytest.fixture
def settings() -> Settings:
    """Settings of HTTP mode on a free port."""
    return load(ENVIRON, None)


def test_an_admin_port_has_the_pages_for_operators(settings: Settings) -> None:
    """With ECO_ADMIN_PORT the public port has Slack's path and /healthz alone, and the other one no way in."""
    bot = SmallBot(settings.slack_api_url)
    serving = Serving(bot, settings.model_copy(update={"admin_port": 0}))
    serving.start()
    public, admin = port_of(serving), int(serving.admin_url.rpartition(":")[2])
    try:
        assert public != admin
        assert (200, "done") == command(public, "hello")
        assert [200, 404, 404] == [ask(public, path)[0] for path in ("/healthz", "/readyz", "/metrics")]
        assert [200, 200, 200] == [ask(admin, path)[0] for path in ("/healthz", "/readyz", "/metrics")]
        assert 404 == command(admin, "hello")[0]
    finally:
        serving.stop()
    with pytest.raises(ConnectionRefusedError):
        ask(admin, "/healthz")


def test_an_admin_port_in_use_names_its_setting(settings: Settings) -> None:
    """The sentence is about ECO_ADMIN_PORT, and the other port is free again."""
    first = Serving(SmallBot(settings.slack_api_url), settings)

    with pytest.raises(CannotListen, match="Set ECO_ADMIN_PORT"):
        Serving(SmallBot(settings.slack_api_url), settings.model_copy(update={"admin_port": port_of(first)}))

    first.stop()


def test_while_it_drains_the_bot_is_unready_and_answers(settings: Settings) -> None:
    """For ECO_DRAIN /readyz says 503 while requests are still taken, so that a load balancer can turn away first."""
    serving = Serving(SmallBot(settings.slack_api_url), settings.model_copy(update={"drain": timedelta(seconds=10)}))
    serving.start()
    port, seen = port_of(serving), []

    def wait(seconds: float) -> None:
        seen.append((seconds, ask(port, "/readyz")[0], command(port, "meanwhile")))

    serving.drain(wait)
    serving.stop()

    assert [(10.0, 503, (200, "done"))] == seen


def test_a_process_drains_before_it_refuses_connections(tmp_path: Path) -> None:
    """After SIGTERM /readyz is 503 while commands are answered for ECO_DRAIN; then the process ends with 0."""
    with process(tmp_path, ECO_DRAIN="3s") as (running, port):
        running.send_signal(signal.SIGTERM)
        eventually(lambda: ask(port, "/readyz") == (503, "The process is stopping.\n"))
        (tmp_path / "go").touch()

        assert (200, "done") == command(port, "meanwhile")
        assert 0 == running.wait(12)
    assert "start\nanswer meanwhile\nstop" == (tmp_path / "events").read_text()
