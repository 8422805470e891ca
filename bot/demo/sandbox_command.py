"""`python -m bot sandbox`: a local Slack with the real bot in it, in one process, without an account or a token."""

from __future__ import annotations

import argparse
import errno
import logging
import os
import signal
import sys
import tempfile
import time
import webbrowser
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bot.demo import demo_enrollments
from bot.demo.demo_workspace import ECO_WORKSPACE, start_slack
from bot.demo.running_bot import bot_in, crashes_shown
from bot.demo.time_jumps import jumps_to, monday_morning
from bot.demo.tour import Tour
from bot.localslack import CannotRestore, LocalSlack, PageState, TimeMachine, WorkspaceFile
from bot.program_name import command_line

#: How often the main thread checks whether a signal came.
POLL_SECONDS = 0.2
#: The port of the page, and how many are tried where it is in use.
PORT, PORTS = 8300, 50
#: Everything that the demo talks to is on this machine, where no proxy leads.
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the demo; the process's exit code."""
    parser = _parser()
    options = parser.parse_args(argv)
    if options.tour and options.keep:
        parser.error("--keep works with the page only: the tour always starts from the beginning")
    for name in [name for name in os.environ if name.upper() in _PROXIES]:
        del os.environ[name]
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
    clock = _clock_on_monday()
    with start_slack(clock) as slack, bot_in(slack, clock, database, socket_mode=socket_mode) as app:
        print(f"A local Slack with the bot in it runs at {slack.base_url}. Its database is {database}.")
        completed = Tour(slack, clock, app.next_due).play()
    print("\nThe enrollment is complete." if completed else "\nThe enrollment is not complete.")
    return 0 if completed else 1


def show(options: argparse.Namespace, database: Path) -> int:
    """Serve the page until Ctrl-C."""
    file = WorkspaceFile(database.with_name(f"{database.name}.slack.json")) if options.keep else None
    is_fresh = not database.exists() and (file is None or not file.path.exists())
    clock = _clock_on_monday() if is_fresh else TimeMachine()
    page = PageState(clock)
    with _signals() as seen, ExitStack() as stack:
        slack = stack.enter_context(start_at(PORT if options.port is None else options.port, clock, page, file))
        stack.enter_context(crashes_shown(slack))
        if is_fresh:
            demo_enrollments.fill(slack, clock, database)
        app = stack.enter_context(bot_in(slack, clock, database, socket_mode=options.socket_mode))
        jumps = stack.enter_context(ExitStack())
        jumps.enter_context(jumps_to(page, app))
        print(f"{slack.core.workspace.team_name} is running: {slack.base_url}")
        print("It is a local Slack with the bot in it. Only this machine can reach it.")
        print(f"Everything is kept in {database}." if options.keep else "Nothing is kept. To keep it, use --keep FILE.")
        print("Press Ctrl-C to stop.", flush=True)
        if _can_open(options):
            webbrowser.open(slack.base_url)
        # The system may hand a signal to any thread; its handler runs in this one, once it wakes up.
        while not seen:
            time.sleep(POLL_SECONDS)
        print("\nStopping …", flush=True)
        jumps.close()
    return 0


def start_at(port: int, clock: TimeMachine, page: PageState, file: WorkspaceFile | None = None) -> LocalSlack:
    """The local Slack with its page at `port`, or at the next one that is free, which is said."""
    for candidate in range(port, port + PORTS) if port else [0]:
        try:
            slack = start_slack(clock, port=candidate, page=page, file=file)
        except OSError as fault:
            if fault.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise
            continue
        if candidate != port:
            print(f"Port {port} is in use, so this runs on port {candidate}.")
        return slack
    raise OSError(f"Ports {port} to {port + PORTS - 1} are all in use. Choose another one with --port.")


def _clock_on_monday() -> TimeMachine:
    """A clock that starts on Monday morning where the first person lives, whatever today is."""
    clock = TimeMachine()
    clock.jump_to(monday_morning(clock.now(), ECO_WORKSPACE.people[0].tz))
    return clock


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=command_line("sandbox"), description=__doc__)
    add = parser.add_argument
    add("--tour", action="store_true", help="play one enrollment from start to end in the terminal")
    add(
        "--auto",
        action="store_true",
        help="show the page if there is a terminal, else play the tour; in CI, play the tour",
    )
    add("--port", type=int, default=None, help=f"serve the page on this port (otherwise {PORT}, or the next free one)")
    add("--no-browser", action="store_true", help="do not open the browser")
    add("--keep", type=Path, metavar="FILE", help="keep everything in FILE and FILE.slack.json, for the next run")
    add("--socket-mode", action="store_true", help="connect the bot by Socket Mode instead of HTTP")
    return parser


def _wants_page(options: argparse.Namespace, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether to show the page: there is a terminal, or an option that only the page has."""
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
            raise CannotRestore(f"{keep} is not a SQLite database. Choose another file with --keep.")
        keep.parent.mkdir(parents=True, exist_ok=True)
        yield keep.parent
        return
    with tempfile.TemporaryDirectory(prefix="eco-demo-") as folder:
        yield Path(folder)


@contextmanager
def _signals() -> Iterator[list[int]]:
    """Collect Ctrl-C and SIGTERM in a list for an orderly end; a second one ends the process at once."""
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
