"""A serving process: readiness, metrics, and a graceful stop within ten seconds without losing an answer."""

import http.client
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlencode

import pytest

from bot.serving import Serving
from bot.serving.http_server import CannotListen
from bot.settings import Settings, load
from tests.support.http_site import sign
from tests.support.small_bot import SmallBot
from tests.support.wait_until import eventually

ROOT = Path(__file__).parents[2]
ENVIRON = {
    "SLACK_BOT_TOKEN": "xoxb-" + "0000-test",
    "SLACK_SIGNING_SECRET": "shared-with-slack",
    "HOST": "127.0.0.1",
    "PORT": "0",
}


def ask(port: int, path: str) -> tuple[int, str]:
    """Get a page."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


def signed_command(text: str) -> tuple[bytes, dict[str, str]]:
    """Body and headers of `/eco text` as Slack sends it, signed at this moment."""
    body = urlencode({"command": "/eco", "text": text, "team_id": "T1", "user_id": "U1"}).encode()
    now = int(time.time())
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": str(now),
        "X-Slack-Signature": sign(body, now),
    }
    return body, headers


def command(port: int, text: str) -> tuple[int, str]:
    """Send `/eco text` as Slack does."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("POST", "/slack/events", *signed_command(text))
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


def port_of(serving: Serving) -> int:
    """The port of the server."""
    return int(serving.url.rpartition(":")[2])


@pytest.fixture
def settings() -> Settings:
    """Settings of HTTP mode on a free port."""
    return load(ENVIRON, None)


# --- In this process ---


def test_a_bot_in_service_answers_and_counts(settings: Settings) -> None:
    """A signed command is answered by Bolt, and /metrics shows it beside the application's metrics."""
    serving = Serving(SmallBot(settings.slack_api_url), settings)
    serving.start()
    port = port_of(serving)
    try:
        assert (200, "done") == command(port, "hello")
        assert (200, "ready\n") == ask(port, "/readyz")
        metrics = ask(port, "/metrics")[1]
        assert "small_bot 1.0\n" in metrics
        assert 'eco_requests_total{kind="command",outcome="ok"} 1.0' in metrics
        assert 'eco_ack_seconds_count{kind="command"} 1.0' in metrics
    finally:
        serving.stop()


def test_the_applications_problems_are_told(settings: Settings) -> None:
    """A problem of the application turns /readyz to 503 until it is over; a notice stands there either way."""
    bot = SmallBot(settings.slack_api_url)
    serving = Serving(bot, settings)
    serving.start()
    try:
        bot.wrong.append("The database does not answer.")
        assert (503, "The database does not answer.\n") == ask(port_of(serving), "/readyz")
        bot.told.append("Our template is used.")
        assert (503, "The database does not answer.\nOur template is used.\n") == ask(port_of(serving), "/readyz")
        bot.wrong.clear()
        assert (200, "ready\nOur template is used.\n") == ask(port_of(serving), "/readyz")
    finally:
        serving.stop()


def test_until_the_application_has_started_nothing_is_taken(settings: Settings) -> None:
    """While a migration runs, the process is alive and unready, and Slack gets 503."""
    inside, go_on = threading.Event(), threading.Event()

    class SlowStart(SmallBot):
        def start(self) -> None:
            inside.set()
            assert go_on.wait(10)

    serving = Serving(SlowStart(settings.slack_api_url), settings)
    starting = threading.Thread(target=serving.start)
    starting.start()
    assert inside.wait(10)
    port = port_of(serving)

    assert (200, "ok\n") == ask(port, "/healthz")
    assert (503, "The process is starting.\n") == ask(port, "/readyz")
    assert 503 == command(port, "too early")[0]

    go_on.set()
    starting.join(10)
    assert 200 == command(port, "now")[0]
    serving.stop()


def test_stopping_turns_unready_first_and_lets_the_running_request_finish(settings: Settings) -> None:
    """During a running request /readyz is 503 and no other begins; it is answered before the application stops."""
    inside, go_on = threading.Event(), threading.Event()

    def work(text: str) -> None:
        inside.set()
        assert go_on.wait(10)

    bot = SmallBot(settings.slack_api_url, work)
    serving = Serving(bot, settings)
    serving.start()
    port, answers = port_of(serving), []
    asking = threading.Thread(target=lambda: answers.append(command(port, "running")))
    asking.start()
    assert inside.wait(10)

    stopping = threading.Thread(target=serving.stop)
    stopping.start()
    eventually(lambda: ask(port, "/readyz") == (503, "The process is stopping.\n"))
    assert 503 == command(port, "too late")[0]
    assert ["start"] == bot.events
    go_on.set()
    stopping.join(10)
    asking.join(10)

    assert [(200, "done")] == answers
    assert ["start", "answer running", "stop"] == bot.events
    with pytest.raises(ConnectionRefusedError):
        ask(port, "/healthz")


def test_a_port_in_use_is_found_before_anything_is_started(settings: Settings) -> None:
    """The second of two bots on one port starts nothing."""
    first = Serving(SmallBot(settings.slack_api_url), settings)
    second = SmallBot(settings.slack_api_url)
    taken = settings.model_copy(update={"port": port_of(first)})

    with pytest.raises(CannotListen):
        Serving(second, taken)

    assert [] == second.events
    first.stop()


# --- As a process ---


@contextmanager
def process(folder: Path, *arguments: str, **more: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A serving process and its port."""
    with (folder / "log").open("w") as log:
        running = subprocess.Popen(
            [sys.executable, "-W", "error", "-m", "tests.support.small_bot", str(folder), *arguments],
            cwd=ROOT, env={"PATH": "/usr/bin:/bin"} | ENVIRON | more, stderr=log, text=True,
        )  # fmt: skip
    try:
        text = eventually(lambda: re.search(r"Listening on http://\S+:(\d+)", (folder / "log").read_text()))
        yield running, int(text[1])
    finally:
        running.kill()
        running.wait()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_an_idle_process_with_0(tmp_path: Path, number: signal.Signals) -> None:
    """An idle process stops at once, even with an open keep-alive connection."""
    with process(tmp_path) as (running, port):
        idle = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        idle.request("GET", "/healthz")
        idle.getresponse().read()
        asked = time.monotonic()

        running.send_signal(number)

        assert 0 == running.wait(10)
        assert time.monotonic() - asked < 5
        idle.close()
    assert "start\nstop" == (tmp_path / "events").read_text()
    assert f"{number.name} has come. Stopping." in (tmp_path / "log").read_text()
    assert "Traceback" not in (tmp_path / "log").read_text()


def test_a_request_that_is_running_when_the_signal_comes_is_answered(tmp_path: Path) -> None:
    """The process becomes unready, finishes the request, stops the application and exits with 0."""
    answers: list[tuple[int, str]] = []
    with process(tmp_path) as (running, port):
        asking = threading.Thread(target=lambda: answers.append(command(port, "slow")))
        asking.start()
        eventually((tmp_path / "running").exists)

        running.terminate()
        eventually(lambda: ask(port, "/readyz")[0] == 503)
        assert running.poll() is None
        assert 200 == ask(port, "/healthz")[0]
        (tmp_path / "go").touch()

        assert 0 == running.wait(10)
        asking.join(10)
    assert [(200, "done")] == answers
    assert "start\nanswer slow\nstop" == (tmp_path / "events").read_text()


def test_a_request_that_never_ends_does_not_keep_the_process(tmp_path: Path) -> None:
    """The process ends within ten seconds all the same, and logs that a request was still running."""
    with process(tmp_path) as (running, port):
        asking = threading.Thread(target=_ignored, args=[port])
        asking.start()
        eventually((tmp_path / "running").exists)

        running.terminate()

        assert 0 == running.wait(10)
        asking.join(10)
    assert "start\nstop" == (tmp_path / "events").read_text()
    assert "still running" in (tmp_path / "log").read_text()


def test_an_application_that_does_not_stop_is_cut_off(tmp_path: Path) -> None:
    """The process ends in time, whatever hangs, with exit code 1 and a log line."""
    (tmp_path / "hang").touch()
    with process(tmp_path, "2") as (running, _):
        running.terminate()

        assert 1 == running.wait(10)
    assert "cut off" in (tmp_path / "log").read_text()


def test_a_second_signal_ends_the_process_at_once(tmp_path: Path) -> None:
    """A second Ctrl-C does not wait for the graceful stop."""
    with process(tmp_path) as (running, port):
        asking = threading.Thread(target=_ignored, args=[port])
        asking.start()
        eventually((tmp_path / "running").exists)
        running.send_signal(signal.SIGINT)
        eventually(lambda: ask(port, "/readyz")[0] == 503)

        running.send_signal(signal.SIGINT)

        assert 128 + signal.SIGINT == running.wait(2)
        asking.join(10)
    assert not (tmp_path / "events").exists()


def _ignored(port: int) -> None:
    """Send a command whose connection may break."""
    with suppress(OSError, http.client.HTTPException):
        command(port, "never ends")
