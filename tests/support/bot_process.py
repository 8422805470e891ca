"""The bot as a process of its own in a local Slack, as it runs in production, to be measured and to be killed."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from tests.support.forked_commands import ForkedCommand

ROOT = Path(__file__).parents[2]
#: Seconds until a process that should be ready is given up.
PATIENCE = 20.0


class Slack(Protocol):
    """What a bot is connected to: the sandbox, or what stands for it."""

    @property
    def api_url(self) -> str: ...

    @property
    def bot_token(self) -> str: ...

    @property
    def signing_secret(self) -> str: ...

    def connect_http(self, url: str | None) -> None:
        """Deliver to that address from now on."""


def environment(slack: Slack, database_url: str, port: int, **more: str) -> dict[str, str]:
    """The settings of a bot that is served by HTTP in that local Slack."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return kept | {
        "PYTHONPATH": str(ROOT),
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_SIGNING_SECRET": slack.signing_secret,
        "SLACK_API_URL": slack.api_url,
        "DATABASE_URL": database_url,
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "ECO_TICK": "1s",
        "ECO_REMINDER_HOURS": "always",
        "ECO_DIGEST": "off",
        "ECO_REMINDER_GAP": "0s",
        "LOG_LEVEL": "WARNING",
        **more,
    }


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def ready(port: int) -> bool:
    """Whether the process says that it does its work."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


class Bot:
    """One running process."""

    def __init__(self, slack: Slack, database_url: str, folder: Path, **more: str) -> None:
        self.port = free_port()
        self.log = folder / f"bot-{self.port}.log"
        env = environment(slack, database_url, self.port, **more)
        began = time.perf_counter()
        self.process = self._begin(folder, env)
        self._wait_until_ready()
        self.seconds_to_ready = time.perf_counter() - began

    def _begin(self, folder: Path, env: dict[str, str]) -> subprocess.Popen[bytes] | ForkedCommand:
        with self.log.open("w") as log:
            return subprocess.Popen([sys.executable, "-m", "bot", "serve"], env=env, cwd=folder, stderr=log)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def memory_mb(self) -> float:
        """Resident memory in MB (Linux)."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) / 1024

    def metric(self, name: str) -> float:
        """A figure without labels, as /metrics tells it."""
        with urllib.request.urlopen(f"{self.url}/metrics", timeout=10) as answer:
            lines = answer.read().decode().splitlines()
        return float(next(line for line in lines if line.startswith(f"{name} ")).split()[1])

    def kill(self) -> None:
        """`kill -9`."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(PATIENCE)

    def stop(self) -> int:
        """SIGTERM, and the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)

    def _wait_until_ready(self) -> None:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise AssertionError(f"the bot ended with {self.process.returncode}:\n{self.log.read_text()}")
            try:
                with urllib.request.urlopen(f"{self.url}/readyz", timeout=1) as answer:
                    if answer.status == 200:
                        return
            except (urllib.error.URLError, OSError):
                time.sleep(0.01)  # until the condition above holds, never for a fixed time
        raise AssertionError(f"the bot was not ready within {PATIENCE} s:\n{self.log.read_text()}")


class ForkedBot(Bot):
    """The same, forked from a process that has imported the bot: ready sooner, killed as any other."""

    def _begin(self, folder: Path, env: dict[str, str]) -> ForkedCommand:
        return ForkedCommand(folder, ["serve"], env, folder / f"bot-{self.port}.out", self.log)


@contextmanager
def running_bot(slack: Slack, database_url: str, folder: Path, **more: str) -> Iterator[Bot]:
    """A bot that is connected to the local Slack and stopped at the end."""
    bot = Bot(slack, database_url, folder, **more)
    slack.connect_http(f"{bot.url}/slack/events")
    try:
        yield bot
    finally:
        bot.stop()
