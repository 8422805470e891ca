"""`python -m bot sandbox` as a process: its address, its port, its end, and what it keeps."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.request
from argparse import Namespace
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import pytest

from bot.demo import sandbox_command
from bot.demo.demo_workspace import start_slack
from bot.demo.running_bot import bot_in
from bot.demo.tour import Tour
from bot.localslack import TimeMachine
from tests.localslack.pages import ask
from tests.support.forked_commands import ForkedCommand, run_command

ROOT = Path(__file__).parents[2]
ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d+)")


class Running(Protocol):
    """What the tests use of `subprocess.Popen`."""

    returncode: int | None

    def poll(self) -> int | None: ...

    def wait(self, timeout: float) -> int: ...

    def send_signal(self, sig: int, /) -> None: ...


@contextmanager
def started(folder: Path, *options: str) -> Iterator[tuple[Running, list[str]]]:
    """The demo and the lines it printed until it could be used; forked, as its imports take longer than the rest.

    Args:
        folder: for the pipe through which it prints.
    """
    pipe = Path(tempfile.mkdtemp(dir=folder)) / "printed"
    os.mkfifo(pipe)
    process = ForkedCommand(ROOT, ("sandbox", *options), dict(os.environ), pipe, pipe)
    try:
        with pipe.open(encoding="utf-8") as printed:
            yield process, _until_ready(printed)
    finally:
        process.send_signal(signal.SIGKILL)


@contextmanager
def started_anew(*options: str) -> Iterator[tuple[Running, list[str]]]:
    """The same in a process that has not imported anything before."""
    command = [sys.executable, "-m", "bot", "sandbox", *options]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            assert process.stdout is not None
            yield process, _until_ready(process.stdout)
        finally:
            if process.poll() is None:
                process.kill()


def _until_ready(printed: Iterable[str]) -> list[str]:
    lines = []
    for line in printed:
        lines.append(line.rstrip())
        if "Ctrl-C" in line:
            break
    return lines


def end(process: Running, number: int = signal.SIGINT) -> int:
    """End it as Ctrl-C does; the exit code."""
    process.send_signal(number)
    return process.wait(20)


def address_in(lines: list[str]) -> str:
    """The one address that was printed."""
    found = [match.group() for line in lines for match in ADDRESS.finditer(line)]
    assert 1 == len(found), lines
    return found[0]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_its_page_until_it_is_ended(number: int) -> None:
    """One address of this machine, which it says; the page is there; Ctrl-C leaves nothing running."""
    with started_anew("--no-browser", "--port", "0") as (process, lines):
        address = address_in(lines)
        with urllib.request.urlopen(address, timeout=10) as page:
            assert "<title>Eco Demo</title>" in page.read().decode()
        assert any("Only this machine can reach it" in line for line in lines)

        assert 0 == end(process, number)
    with socket.socket() as probe:
        assert 0 != probe.connect_ex(("127.0.0.1", int(address.rsplit(":", 1)[1])))


def test_a_port_in_use_gives_way_to_the_next_free_one(tmp_path: Path) -> None:
    """And it says so."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with started(tmp_path, "--no-browser", "--port", str(port)) as (process, lines):
            assert f"Port {port} is in use, so " in lines[0]
            end(process)
    assert str(port) != lines[0].split(", so ")[1]


def test_a_kept_state_comes_back(tmp_path: Path) -> None:
    """With --keep the workspace of the first run is that of the second."""
    file = tmp_path / "demo.db"
    with started(tmp_path, "--no-browser", "--port", "0", "--keep", str(file)) as (process, lines):
        order = {"as": "U0ANA00001", "channel": "C0ROLLOUT1", "text": "hello again"}
        assert 200 == ask(_At(address_in(lines)), "/page/do/post", "POST", order).status
        assert 0 == end(process)
    assert file.exists()
    assert "hello again" in Path(f"{file}.slack.json").read_text("utf-8")
    with started(tmp_path, "--no-browser", "--port", "0", "--keep", str(file)) as (process, lines):
        assert any(str(file) in line for line in lines)
        assert 0 == end(process)
    assert "hello again" in Path(f"{file}.slack.json").read_text("utf-8")


def test_a_kept_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """In a sentence, with the exit code 1 and without a traceback."""
    (tmp_path / "demo.db.slack.json").write_text("{")

    with started(tmp_path, "--no-browser", "--keep", str(tmp_path / "demo.db")) as (process, lines):
        assert 1 == process.wait(20)
    assert ["demo.db.slack.json"] == re.findall(r"demo\.db\.slack\.json", "\n".join(lines))
    assert "Traceback" not in "\n".join(lines)


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    """It is told in a sentence, and nothing is written over it."""
    file = tmp_path / "notes.txt"
    file.write_text("my notes, and no database")

    with started(tmp_path, "--no-browser", "--keep", str(file)) as (process, lines):
        assert 1 == process.wait(20)
    assert [f"{file} is not a SQLite database. Choose another file with --keep."] == lines
    assert "my notes, and no database" == file.read_text()


def test_socket_mode_is_a_switch(tmp_path: Path) -> None:
    """The bot connects by a websocket instead of HTTP, and the page is the same."""
    with started(tmp_path, "--no-browser", "--port", "0", "--socket-mode") as (process, lines):
        order = {"as": "U0ANA00001", "channel": "C0ROLLOUT1", "text": "/eco help"}
        assert {} == ask(_At(address_in(lines)), "/page/do/command", "POST", order).json
        entries = ask(_At(address_in(lines)), "/page/inspector").json["deliveries"]
        assert [("socket", None)] == [(entry["transport"], entry["error"]) for entry in entries]
        assert 0 == end(process)


@pytest.mark.parametrize(
    ("options", "environ", "expected"),
    [
        ({}, {}, False),
        ({"no_browser": True}, {}, True),
        ({"port": 0}, {"CI": "true"}, True),
        ({"keep": Path("x")}, {}, True),
    ],
)
def test_without_a_terminal_the_page_has_to_be_asked_for(
    options: dict[str, Any], environ: dict[str, str], expected: bool
) -> None:
    """`make demo` plays the tour where nobody looks, unless an option is given that only the page has."""
    asked = Namespace(**{"port": None, "no_browser": False, "keep": None} | options)

    assert expected == sandbox_command._wants_page(asked, environ)


@pytest.mark.parametrize(
    ("environ", "no_browser", "expected"),
    [
        ({"DISPLAY": ":0"}, False, True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, False, True),
        ({"DISPLAY": ":0"}, True, False),
        ({"DISPLAY": ":0", "CI": "true"}, False, False),
        ({"DISPLAY": ":0", "CI": "false"}, False, True),
        ({}, False, False),
    ],
)
def test_a_browser_is_opened_where_there_is_a_screen(
    monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], no_browser: bool, expected: bool
) -> None:
    """Not in CI, not without a display, not where it was declined."""
    monkeypatch.setattr(sys, "platform", "linux")

    assert expected == sandbox_command._can_open(Namespace(no_browser=no_browser), environ)


def test_aws_is_a_simulated_one_while_the_demo_runs(tmp_path: Path) -> None:
    """The bot finds it through the environment, as it would a real one; afterwards everything is as it was."""
    clock = TimeMachine()
    with start_slack(clock) as slack, bot_in(slack, clock, tmp_path / "demo.db"):
        endpoint = os.environ["AWS_ENDPOINT_URL"]
        with socket.create_connection(("127.0.0.1", int(endpoint.rsplit(":", 1)[1])), 5):
            pass
        assert endpoint.startswith("http://127.0.0.1:")
        assert os.devnull == os.environ["AWS_CONFIG_FILE"]

    assert ["AWS_EC2_METADATA_DISABLED"] == [name for name in os.environ if name.startswith("AWS_")]
    with socket.socket() as probe:
        assert 0 != probe.connect_ex(("127.0.0.1", int(endpoint.rsplit(":", 1)[1])))


def test_the_demos_account_has_one_setting_wrong_and_its_files_arrive(tmp_path: Path) -> None:
    """Checked by the real bot over HTTP; the time machine brings the files, and the thread tells the first one."""
    clock = TimeMachine()
    with start_slack(clock) as slack, bot_in(slack, clock, tmp_path / "demo.db"):
        tour = Tour(slack, clock, lambda: None, lambda _: None)
        ana = slack.person("ana")
        ana.command("/eco", "enroll", channel="eco-rollout")
        ana.wait_view("Start an enrollment")
        ana.fill({"account_id": "1234-5678-9012", "account_name": "Production", "spot_org_id": "606079874885"})
        ana.submit()
        card = tour._card()
        ana.click(card, "Check AWS")
        slack.wait_for(lambda: ana.view and "26 pass, 1 fail, 2 cannot tell" in ana.view.shown, 30, "the result")
        assert ana.view is not None
        assert ":x: *fail* — *Report: resource IDs*" in ana.view.shown
        ana.close_all()
        ana.click(tour._card(), "Mark done")
        assert "production-cur" == ana.wait_view("Mark done").values["bucket"]
        ana.submit()
        tour._files_arrive()

        (line,) = [m.text for m in slack.channel("eco-rollout").thread(card.ts) if "first files" in m.text]
        assert line.startswith("The first files of the Cost and Usage Report have arrived (1 file), 21 hours after")


class _At:
    """Something with an address, for `ask`."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url


@pytest.mark.parametrize("options", [[], ["--socket-mode"]], ids=["http", "socket"])
def test_the_tour_needs_no_proxy(tmp_path: Path, options: list[str]) -> None:
    """Everything that the demo talks to is on this machine, whatever proxies the environment names."""
    proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), "http://127.0.0.1:1")

    ran = run_command(tmp_path, "sandbox", "--tour", *options, environ=proxies)

    assert (0, "") == (ran.returncode, ran.stderr)
    assert "The enrollment is complete." in ran.stdout
