"""The command line: serve, migrate, list, import, export, backup, restore, copy, check, adopt, failed, sandbox …

Exit codes: 0 for success, 1 for a failure, 2 for invalid settings or arguments; a message goes to standard error. Each
command imports only what it needs, so that invalid settings are reported at once.
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from typing import NoReturn

from bot import __version__, command_arguments, slack_commands
from bot.command_settings import BROKEN, DONE, load_settings
from bot.program_name import command_line

_LIST = "list the enrollments, the most urgent ones first, with filters; --json for programs"
_BACKUP = "copy the SQLite database to s3://bucket/key or into a file, also while the bot runs"
_RESTORE = "bring the SQLite database back from s3://bucket/key or a file; stop the bot first"
_RESTORED = "mark what may have been sent since the backup, after pg_restore; before you start the bot"
_COPY = "copy a database into an empty one, from SQLite to PostgreSQL or back; stop the bot first"
_CHECK = "try the settings, the database and the tokens; check aws ACCOUNT, procedures or templates try those"
_ADOPT = "move the data of another Slack workspace in this database to the workspace of SLACK_BOT_TOKEN"
_WORKSPACES = "list the workspaces that have installed the app; --erase deletes one that has removed it"
_PROCEDURES = "list the procedures and who is on them; --to moves enrollments to another one or version"
_FAILED = "list the messages that were put aside, and why; --retry sends them again"
_EXPORT = "write all that is recorded of enrollments into files, one an enrollment"
_API = "make, list and revoke tokens with which other programs use the API"
_IMPORT = "start the enrollments of a CSV, TSV or XLSX file; --dry-run only says what is wrong with it"
#: What the sandbox needs beside what the bot runs on, by the name it is imported by.
_DEMO = {"yaml": "PyYAML"}


@dataclass(frozen=True, slots=True)
class Command:
    """A command: its help text, the function that returns its exit code, and the one that declares its arguments.

    Without `add_arguments` it parses its arguments itself: they are `rest` in the namespace.
    """

    meaning: str
    run: Callable[[argparse.Namespace], int]
    add_arguments: Callable[[argparse.ArgumentParser], None] | None = lambda _: None


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code of the process."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments and (command := COMMANDS.get(arguments[0])) and command.add_arguments is None:
        return _run(command, argparse.Namespace(command=arguments[0], rest=arguments[1:]))
    parser = _parser()
    words = parser.parse_args(arguments)
    if words.command is None:
        parser.print_help()
        return DONE
    return _run(COMMANDS[words.command], words)


def _run(command: Command, words: argparse.Namespace) -> int:
    """Run a command; what the machine or the database refuses is a sentence, and a traceback is for faults of ours."""
    try:
        code = command.run(words)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever reads it has seen enough, as in `list | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN
    except OSError as error:
        return _broken(f"{f'{error.filename}: ' if error.filename else ''}{error.strerror or error}.")
    except Exception as error:
        from bot.repository.database import TRANSIENT_ERRORS, DatabaseUnusable
        from bot.repository.database_faults import reason_of

        if isinstance(error, DatabaseUnusable):
            return _broken(error)
        if not isinstance(error, TRANSIENT_ERRORS):
            raise
        return _broken(f"The database cannot be used right now: {reason_of(error)}.")
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=command_line(),
        description="Eco Reports enrollment of AWS management accounts, followed in Slack.",
        formatter_class=partial(argparse.HelpFormatter, indent_increment=1),  # so that each command has one line
        epilog=f"Settings come from the environment and from .env. .env.example has them all: {command_line('files')}.",
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    for name, command in COMMANDS.items():
        meaning = command.meaning
        made = commands.add_parser(name, help=meaning, description=meaning[0].upper() + meaning[1:] + ".")
        if command.add_arguments is not None:
            command.add_arguments(made)
    return parser


def _sandbox(words: argparse.Namespace) -> int:
    missing = [package for module, package in _DEMO.items() if find_spec(module) is None]
    if missing:
        return _broken(
            f"The sandbox needs {' and '.join(missing)}. Run `make demo` in a checkout, "
            "or `pip install 'eco-enrollment-bot[demo]'` where the bot is installed as a package."
        )
    from bot.demo.sandbox_command import main as sandbox

    return sandbox(words.rest)


def _files(words: argparse.Namespace) -> int:
    from bot.shipped_files import write_files

    return _ended(*write_files(words.folder))


def _version(_: argparse.Namespace) -> int:
    print(f"eco-bot {__version__}")
    return DONE


def _serve(_: argparse.Namespace) -> int:
    code, sentence = slack_commands.serve()
    return _ended(code, sentence) if sentence else code


def _migrate(_: argparse.Namespace) -> int:
    settings = load_settings()
    from bot.repository.database import Database, DatabaseUnusable

    try:
        database = Database(settings.database_url, pool=1)
        with closing(database):
            changed = database.migrate()
    except DatabaseUnusable as error:
        return _broken(error)
    print("The database now has this version's schema." if changed else "The database is up to date.")
    return DONE


def _list_or_portfolio(words: argparse.Namespace) -> int:
    from bot import portfolio_commands

    return portfolio_commands.run(words.command, load_settings(), words.rest)


def _failed(words: argparse.Namespace) -> int:
    """List the messages that were put aside, or have them sent again."""
    settings = load_settings()
    from bot.clock import SystemClock
    from bot.delivery import put_aside

    code, sentence = put_aside.run(settings.database_url, SystemClock().now(), words.workspace, retry=words.retry)
    return _ended(code, sentence)


def _export(words: argparse.Namespace) -> int:
    settings, team, _ = slack_commands.settings_of(words.workspace)
    from bot.clock import SystemClock
    from bot.delivery import export_command

    slack = (settings.slack_api_url, settings.slack_bot_token.get_secret_value())
    code, lines = export_command.run(
        settings.database_url,
        slack,
        SystemClock(),
        words.accounts,
        words.to,
        settings.templates,
        team,
        events=settings.webhook_url is not None,
    )
    return _ended(code, lines)


def _import(words: argparse.Namespace) -> int:
    settings, _, identity = slack_commands.settings_of(words.workspace)
    from bot import import_command
    from bot.clock import SystemClock

    return import_command.run(settings, SystemClock(), words, identity)


def _procedures(words: argparse.Namespace) -> int:
    is_check = words.command == "check"
    settings = load_settings(configure_logs=not is_check, procedures=not is_check)
    if is_check and words.what == "templates":
        from bot.template_check import check_command

        return check_command.run(words.folder or settings.templates)
    from bot import procedure_commands

    if is_check:
        return procedure_commands.check(words.folder or settings.procedures)
    return procedure_commands.run(settings, words)


def _back_up_or_restore(words: argparse.Namespace) -> int:
    settings = load_settings()
    from bot.backup.backup_commands import run
    from bot.clock import SystemClock

    if_empty = getattr(words, "if_empty", False)  # an argument of restore
    code, sentence = run(words.command, words.place, settings, SystemClock(), replace=words.replace, if_empty=if_empty)
    return _ended(code, sentence)


def _restored(_: argparse.Namespace) -> int:
    settings = load_settings()
    from bot.backup.backup_commands import mark_restored
    from bot.clock import SystemClock

    code, sentence = mark_restored(settings, SystemClock())
    return _ended(code, sentence)


def _data(words: argparse.Namespace) -> int:
    from bot import data_commands

    return _ended(*data_commands.run(words))


def _check(words: argparse.Namespace) -> int:
    """Check settings, database and Slack, or one of the other things that can be checked."""
    if words.what == "aws":
        settings = load_settings()
        from bot import aws_command

        return aws_command.run(settings, words)
    if words.what in ("procedures", "templates"):
        return _procedures(words)
    code, _ = slack_commands.check()
    return code


def _adopt(words: argparse.Namespace) -> int:
    return _ended(*slack_commands.adopt(words))


def _workspaces(words: argparse.Namespace) -> int:
    return _ended(*slack_commands.about_workspaces(words))


def _ended(code: int, words: str) -> int:
    """Print what a command says, on standard error if it has failed; return its exit code."""
    print(words, file=sys.stderr if code else sys.stdout)
    return code


def _broken(error: object) -> int:
    print(error, file=sys.stderr)
    return BROKEN


#: The commands: a new one is an entry here.
COMMANDS = {
    "serve": Command("serve your Slack workspace until SIGTERM", _serve),
    "migrate": Command("bring the database to this version's schema, and exit", _migrate),
    "list": Command(_LIST, _list_or_portfolio, None),
    "portfolio": Command("check the columns that lists read; --rebuild writes them again", _list_or_portfolio, None),
    "backup": Command(_BACKUP, _back_up_or_restore, command_arguments.backup),
    "restore": Command(_RESTORE, _back_up_or_restore, command_arguments.restore),
    "restored": Command(_RESTORED, _restored),
    "copy": Command(_COPY, _data, command_arguments.copy),
    "forget": Command("take a person out of the database, and say what stays", _data, command_arguments.forget),
    "token": Command(_API, _data, command_arguments.token),
    "check": Command(_CHECK, _check, command_arguments.check),
    "workspaces": Command(_WORKSPACES, _workspaces, command_arguments.workspaces),
    "rotate-keys": Command("encrypt the tokens of installed workspaces with the first of ECO_TOKEN_KEYS", _workspaces),
    "adopt": Command(_ADOPT, _adopt, command_arguments.adopt),
    "failed": Command(_FAILED, _failed, command_arguments.failed),
    "export": Command(_EXPORT, _export, command_arguments.export),
    "import": Command(_IMPORT, _import, command_arguments.import_file),
    "procedures": Command(_PROCEDURES, _procedures, command_arguments.procedures),
    "files": Command("write manifest.yml and .env.example into a folder", _files, command_arguments.files),
    "sandbox": Command("run the bot in a local Slack; --tour plays one enrollment from start to end", _sandbox, None),
    "version": Command("print the version", _version),
}


def _leave(code: int) -> NoReturn:
    """End the process; at once where a thread still waits for a database, as Python's own end would wait for it."""
    if any(thread.name == "first connection" for thread in threading.enumerate()):
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(code)
    sys.exit(code)


if __name__ == "__main__":
    _leave(main())
