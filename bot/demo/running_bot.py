"""Runs the real bot in the demo's process: its environment, a simulated AWS, and its exceptions on the page."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType

from bot.app import Application, aws_inspector
from bot.demo.simulated_aws import SimulatedAws, reached_by
from bot.localslack import LocalSlack, TimeMachine
from bot.serving import Serving
from bot.settings import Settings, load

#: How often the bot looks for what is due: short, so that jumps of the time machine show at once.
TICK = "1s"
#: No other settings.
NO_MORE: Mapping[str, str] = MappingProxyType({})


class CrashHandler(logging.Handler):
    """Shows logged exceptions of the bot on the page."""

    def __init__(self, crashed: Callable[[str, str, str], None]) -> None:
        super().__init__(logging.ERROR)
        self._crashed = crashed

    def emit(self, record: logging.LogRecord) -> None:
        """Show a record that carries an exception; others are for the terminal."""
        if record.exc_info and record.exc_info[0] is not None:
            trace = logging.Formatter().formatException(record.exc_info)
            self._crashed(record.name, record.getMessage(), trace)


@contextmanager
def crashes_shown(slack: LocalSlack) -> Iterator[None]:
    """Show exceptions of the bot on the page, those that end a thread as well."""
    handler = CrashHandler(slack.crashed)
    before = threading.excepthook

    def in_thread(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            name = args.thread.name if args.thread else "?"
            trace = (args.exc_type, args.exc_value, args.exc_traceback)
            logging.getLogger(__name__).error("The thread “%s” failed.", name, exc_info=trace)

    logging.getLogger().addHandler(handler)
    threading.excepthook = in_thread
    try:
        yield
    finally:
        threading.excepthook = before
        logging.getLogger().removeHandler(handler)


def settings_for(
    slack: LocalSlack, database: Path, *, socket_mode: bool = False, also: Mapping[str, str] = NO_MORE
) -> Settings:
    """The settings of a bot in this local Slack, and others by their names."""
    environ = {
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_API_URL": slack.api_url,
        "DATABASE_URL": f"sqlite:///{database}",
        "HOST": "127.0.0.1",
        "PORT": "0",
        "ECO_TICK": TICK,
        # The time machine lands on a reminder; it comes at once instead of waiting for others.
        "ECO_REMINDER_GAP": "0s",
        "ECO_ADMINS": slack.person("chi").id,
        "ECO_AWS_ROLE": "eco-bot",
    }
    transport = ("SLACK_APP_TOKEN", slack.app_token) if socket_mode else ("SLACK_SIGNING_SECRET", slack.signing_secret)
    return load(dict([*environ.items(), transport, *also.items()]), env_file=None)


@contextmanager
def bot_in(
    slack: LocalSlack,
    clock: TimeMachine,
    database: Path,
    *,
    socket_mode: bool = False,
    pace: timedelta | None = None,
    also: Mapping[str, str] = NO_MORE,
) -> Iterator[Application]:
    """Run the real bot against a local Slack, through its ordinary client and its ordinary server.

    A simulated AWS, which the bot finds through the environment as it would the real one, answers its calls.

    Args:
        pace: the least time between two new messages in a channel, where it is not to be the bot's own.
        also: other settings by their names.
    """
    settings = settings_for(slack, database, socket_mode=socket_mode, also=also)
    with SimulatedAws.start(clock) as cloud, reached_by(os.environ, cloud):
        aws = aws_inspector(settings, clock)
        app = (
            Application(settings, clock, aws=aws) if pace is None else Application(settings, clock, aws=aws, pace=pace)
        )
        serving = Serving(app, settings)
        serving.start()
        try:
            if socket_mode:
                slack.wait_for(lambda: slack.socket_connections or None, what="the bot to connect")
            else:
                slack.connect_http(f"{serving.url}/slack/events")
            yield app
        finally:
            serving.stop()
