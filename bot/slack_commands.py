"""The commands that need Slack's settings: `serve`, `check`, `adopt`, and those about installed workspaces."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from bot.command_settings import BROKEN, DONE, WRONG, load_settings

if TYPE_CHECKING:
    from bot.settings import Settings
    from bot.workspace import Identity


def serve() -> tuple[int, str]:
    """Serve the workspace of SLACK_BOT_TOKEN, or every one that installs the app, until the process is told to stop."""
    settings = load_settings(need_slack=True)
    from bot.app import Application, aws_inspector
    from bot.clock import SystemClock
    from bot.process_parts import CannotStart
    from bot.repository.database import DatabaseUnusable
    from bot.serving import run
    from bot.serving.http_server import CannotListen

    clock = SystemClock()
    aws = aws_inspector(settings, clock)
    try:
        if not settings.installs:
            return run(Application(settings, clock, aws=aws), settings), ""
        from bot.several_workspaces import SeveralWorkspaces

        return run(SeveralWorkspaces(settings, clock, aws=aws), settings), ""
    except (CannotListen, CannotStart, DatabaseUnusable) as error:
        return BROKEN, str(error)


def check() -> tuple[int, str]:
    """Check settings, database and Slack; prints one line for each, and goes on after a failure."""
    settings = load_settings(need_slack=True, configure_logs=False)
    from bot import workspace_commands
    from bot.clock import SystemClock
    from bot.ownership import describe
    from bot.setup_check import check_database, check_slack

    clock = SystemClock()
    print("settings: fine")
    tried = workspace_commands.check if settings.installs else check_slack
    lines = [check_database(settings), *tried(settings, clock)]
    for line in lines:
        print(f"{line.what}: {line.words}")
    code = DONE if all(line.fine for line in lines) else BROKEN
    if settings.installs:
        return code, ""
    whose, sentence = describe(settings, clock.now())
    if sentence:
        print(sentence)
    return max(code, whose), ""


def adopt(words: argparse.Namespace) -> tuple[int, str]:
    """Move the data of another workspace to the one of the token."""
    settings, _, identity = settings_of(words.into, need_slack=True, configure_logs=False)
    from bot.clock import SystemClock
    from bot.ownership import adopt as move
    from bot.repository.database import DatabaseUnusable

    try:
        return move(settings, SystemClock().now(), words.workspace, identity)
    except DatabaseUnusable as error:
        return BROKEN, str(error)


def about_workspaces(words: argparse.Namespace) -> tuple[int, str]:
    """Run `workspaces` or `rotate-keys`."""
    settings = load_settings()
    from bot import workspace_commands
    from bot.clock import SystemClock
    from bot.repository.database import DatabaseUnusable

    try:
        if words.command == "rotate-keys":
            return workspace_commands.rotate_keys(settings)
        if words.erase is not None:
            return workspace_commands.erase(settings, words.erase, SystemClock().now())
        return workspace_commands.workspaces(settings)
    except DatabaseUnusable as error:
        return BROKEN, str(error)


def settings_of(
    team: str | None, *, need_slack: bool = False, configure_logs: bool = True
) -> tuple[Settings, str | None, Identity | None]:
    """What `of_workspace` gives for the chosen workspace; ends the process where none is chosen."""
    settings = load_settings(need_slack=need_slack, configure_logs=configure_logs)
    from bot.repository.database import DatabaseUnusable
    from bot.workspace_commands import NoWorkspace, of_workspace

    try:
        return of_workspace(settings, team)
    except (NoWorkspace, DatabaseUnusable) as error:
        print(error, file=sys.stderr)
        raise SystemExit(WRONG if isinstance(error, NoWorkspace) else BROKEN) from None
