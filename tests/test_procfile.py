"""The Procfile's processes, started by a real Procfile runner as a platform does."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from bot.demo.demo_workspace import start_slack
from bot.localslack import TimeMachine
from tests.support.bot_process import ROOT, environment, free_port, ready
from tests.support.wait_until import eventually


def honcho(folder: Path, env: dict[str, str], *words: str) -> "subprocess.Popen[str]":
    """Run the Procfile's processes in a folder that is not the checkout."""
    command = [sys.executable, "-m", "honcho", "-f", str(ROOT / "Procfile"), "-d", str(folder), *words]
    # The Procfile says `python`: on a platform that is the one with the packages.
    path = f"{Path(sys.executable).parent}{os.pathsep}{env['PATH']}"
    with (folder / "honcho.log").open("w") as log:
        return subprocess.Popen(command, env=env | {"PATH": path}, cwd=folder, stdout=log, stderr=log, text=True)


def test_web_serves_http_mode_and_ends_when_it_is_told_to(tmp_path: Path) -> None:
    """It makes the database and answers a slash command; SIGTERM ends it in order."""
    with start_slack(TimeMachine()) as slack:
        port = free_port()
        env = environment(slack, f"sqlite:///{tmp_path / 'eco.db'}", port)
        web = honcho(tmp_path, env, "start", "web")
        try:
            eventually(lambda: ready(port))
            slack.connect_http(f"http://127.0.0.1:{port}/slack/events")
            assert slack.person("ana").command("/eco", "help", channel="eco-rollout").ok
        finally:
            web.send_signal(signal.SIGTERM)
        assert web.wait(15) is not None
        assert not ready(port)


def test_worker_serves_socket_mode(tmp_path: Path) -> None:
    """The same command with an app-level token connects by Socket Mode."""
    with start_slack(TimeMachine()) as slack:
        port = free_port()
        env = environment(slack, f"sqlite:///{tmp_path / 'eco.db'}", port, SLACK_APP_TOKEN=slack.app_token)
        worker = honcho(tmp_path, env, "start", "worker")
        try:
            eventually(lambda: ready(port))
            slack.wait_for(lambda: slack.socket_connections or None, what="the bot to connect")
            assert slack.person("ana").command("/eco", "help", channel="eco-rollout").ok
        finally:
            worker.send_signal(signal.SIGTERM)
            worker.wait(15)


def test_everything_at_once_keeps_running(tmp_path: Path) -> None:
    """A bare `honcho start` has no process that ends by itself, which would end the others; two bots share a file."""
    with start_slack(TimeMachine()) as slack:
        port = free_port()
        env = environment(slack, f"sqlite:///{tmp_path / 'eco.db'}", port, SLACK_APP_TOKEN=slack.app_token)
        both = honcho(tmp_path, env, "start")
        try:
            eventually(lambda: ready(port) and ready(port + 100))  # honcho's second process has the port 100 above
            assert slack.person("ana").command("/eco", "help", channel="eco-rollout").ok
            assert both.poll() is None, (tmp_path / "honcho.log").read_text()
        finally:
            both.send_signal(signal.SIGTERM)
            both.wait(15)
