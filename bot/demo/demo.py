"""`python -m bot sandbox`: a local Slack with the real bot in it, in one process, without an account or a token."""

from __future__ import annotations

import argparse
import errno
import logging
import os
import signal
import sys
import tempfile
import threading
import time
import webbrowser
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

from bot.app import Application, aws_inspector, build
from bot.demo.simulated_aws import Cloud, reached_by
from bot.demo.tour import Tour
from bot.localslack.local_slack import Sandbox
from bot.localslack.page.page_state import Command, Shortcut, Stage, Surface
from bot.localslack.time_machine import TimeMachine
from bot.localslack.workspace_file import CannotRestore, Kept
from bot.serving import Serving
from bot.settings import load

#: How often the bot looks for what is due: jumps of the time machine are to be seen at once.
TICK = "1s"
#: How often it is looked whether the demo is to end.
LOOK_AGAIN_SECONDS = 0.2
#: Where the page is, and how many ports after it are tried where something else is there.
PORT, PORTS = 8300, 50

#: What manifest.yml says of the app. A test holds them together.
SURFACE = Surface(
    commands=(
        Command(
            "/eco",
            "enroll | status [account] | list | pairs | customers | ticket | help",
            "Eco Reports enrollment",
        ),
    ),
    shortcuts=(
        Shortcut("eco_enroll", "Start an Eco enrollment", "global"),
        Shortcut("eco_status", "Eco enrollment status", "message"),
    ),
    read_only_messages=True,
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the demo; the process's exit code."""
    parser = _parser()
    options = parser.parse_args(argv)
    if options.tour and options.keep:
        parser.error("--keep is for the page: the tour is played from the beginning each time")
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        with _folder(options.keep) as folder:
            if options.tour or (options.auto and not _wants_page(options)):
                return play(folder / "eco-bot.db", socket_mode=options.socket_mode)
            return show(options, options.keep or folder / "eco-bot.db")
    except (CannotRestore, OSError) as fault:
        print(fault, file=sys.stderr)
        return 1


def play(database: Path, *, socket_mode: bool) -> int:
    """Play one enrollment from start to end in the terminal."""
    clock = TimeMachine()
    with Sandbox.start(clock) as slack, bot_in(slack, clock, database, socket_mode=socket_mode) as app:
        print(f"A local Slack on {slack.base_url}, the bot in it, its state in {database}.")
        completed = Tour(slack, clock, app.next_due).play()
    print("\nThe enrollment is completed." if completed else "\nThe enrollment was not completed.")
    return 0 if completed else 1


def show(options: argparse.Namespace, database: Path) -> int:
    """Serve the page until Ctrl-C."""
    clock = TimeMachine()
    stage = Stage(clock, SURFACE)
    kept = Kept(database.with_name(f"{database.name}.slack.json")) if options.keep else None
    with _signals() as seen, ExitStack() as stack:
        slack = stack.enter_context(start_at(PORT if options.port is None else options.port, clock, stage, kept))
        stack.enter_context(crashes_shown(slack))
        app = stack.enter_context(bot_in(slack, clock, database, socket_mode=options.socket_mode))
        stage.next_due = app.next_due
        print(f"{slack.core.workspace.team_name}, a local Slack with the bot in it: {slack.base_url}")
        print("It listens on this machine's loopback address only; nobody else can reach it.")
        print(
            f"State: {database} (kept)" if options.keep else "State: fresh, and gone afterwards (--keep FILE keeps it)"
        )
        print("Ctrl-C ends it.", flush=True)
        if _can_open(options):
            webbrowser.open(slack.base_url)
        # The system may hand a signal to any thread; its handler runs in this one, once it wakes up.
        while not seen:
            time.sleep(LOOK_AGAIN_SECONDS)
        print("\nStopping.", flush=True)
        stage.next_due = lambda: None
    return 0


def start_at(port: int, clock: TimeMachine, stage: Stage, kept: Kept | None = None) -> Sandbox:
    """The local Slack with its page at `port`, or at the next one that is free, which is said."""
    for candidate in range(port, port + PORTS) if port else [0]:
        try:
            slack = Sandbox.start(clock, port=candidate, stage=stage, kept=kept)
        except OSError as fault:
            if fault.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise
            continue
        if candidate != port:
            print(f"Port {port} is in use; {candidate} is taken instead.")
        return slack
    raise OSError(f"No port from {port} to {port + PORTS - 1} is free; give another one with --port.")


class CrashHandler(logging.Handler):
    """Hands what the bot logs of an exception to the page."""

    def __init__(self, crashed: Callable[[str, str, str], None]) -> None:
        super().__init__(logging.ERROR)
        self._crashed = crashed

    def emit(self, record: logging.LogRecord) -> None:
        """Show a record that carries an exception; others are for the terminal."""
        if record.exc_info and record.exc_info[0] is not None:
            trace = logging.Formatter().formatException(record.exc_info)
            self._crashed(record.name, record.getMessage(), trace)


@contextmanager
def crashes_shown(slack: Sandbox) -> Iterator[None]:
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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bot sandbox", description=__doc__)
    add = parser.add_argument
    add("--tour", action="store_true", help="play one enrollment from start to end in the terminal")
    add("--auto", action="store_true", help="the page where there is a terminal and no CI, the tour elsewhere")
    add("--port", type=int, default=None, help=f"port of the page ({PORT}, or the next free one)")
    add("--no-browser", action="store_true", help="do not open the browser")
    add("--keep", type=Path, metavar="FILE", help="keep the state in FILE and in FILE.slack.json")
    add("--socket-mode", action="store_true", help="connect the bot by Socket Mode instead of HTTP")
    return parser


def _wants_page(options: argparse.Namespace, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether somebody is there to look at a page, or asked for what only the page has."""
    asked = options.port is not None or options.no_browser or options.keep
    return bool(asked) or (sys.stdin.isatty() and sys.stdout.isatty() and not _is_ci(environ))


def _can_open(options: argparse.Namespace, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether there is a browser to open, on a screen and not in a terminal."""
    if options.no_browser or _is_ci(environ):
        return False
    return sys.platform in ("darwin", "win32") or bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))


def _is_ci(environ: Mapping[str, str]) -> bool:
    return environ.get("CI", "").lower() not in ("", "0", "false", "no")


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    """The folder of the state: that of the file to keep, or one that is removed afterwards."""
    if keep is not None:
        if keep.exists() and keep.read_bytes()[:16] not in (b"", b"SQLite format 3\0"):
            raise CannotRestore(f"{keep} is no SQLite database; give another file with --keep.")
        keep.parent.mkdir(parents=True, exist_ok=True)
        yield keep.parent
        return
    with tempfile.TemporaryDirectory(prefix="eco-demo-") as folder:
        yield Path(folder)


@contextmanager
def _signals() -> Iterator[list[int]]:
    """Ctrl-C and SIGTERM end the demo in order, who looks at the list; the second one ends it at once."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    seen: list[int] = []

    def handle(number: int, _frame: object) -> None:
        if seen:
            os._exit(128 + number)
        seen.append(number)

    before = {number: signal.signal(number, handle) for number in numbers}
    try:
        yield seen
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def bot_in(
    slack: Sandbox, clock: TimeMachine, database: Path, *, socket_mode: bool = False, pace: timedelta | None = None
) -> Iterator[Application]:
    """The real bot, connected to a local Slack through its ordinary client and its ordinary server.

    Whatever it asks of AWS is answered by a simulated one, which it finds through the environment as a real one.

    Args:
        pace: the least time between two new messages in a channel, where it is not to be the bot's own.
    """
    environ = {
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_API_URL": slack.api_url,
        "DATABASE_URL": f"sqlite:///{database}",
        "HOST": "127.0.0.1",
        "PORT": "0",
        "ECO_TICK": TICK,
        "ECO_ADMINS": slack.person("chi").id,
        "ECO_AWS_ROLE": "eco-bot",
    }
    transport = ("SLACK_APP_TOKEN", slack.app_token) if socket_mode else ("SLACK_SIGNING_SECRET", slack.signing_secret)
    settings = load(dict([*environ.items(), transport]), env_file=None)
    with Cloud.start(clock) as cloud, reached_by(os.environ, cloud):
        aws = aws_inspector(settings, clock)
        app = build(settings, clock, aws=aws) if pace is None else build(settings, clock, aws=aws, pace=pace)
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
