"""The command line of the bot: serve, migrate, backup, restore, check, sandbox and version.

Exit codes: 0 for success, 1 for a failure, 2 for invalid settings or arguments; a message goes to standard error. Each
command imports only what it needs, so that invalid settings are reported at once.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from bot import __version__

if TYPE_CHECKING:
    from slack_sdk.web import SlackResponse

    from bot.domain.aws.preflight import Target
    from bot.settings import Settings

DONE, BROKEN, WRONG = 0, 1, 2

_COMMANDS = {
    "serve": "serve your Slack workspace until SIGTERM",
    "migrate": "bring the database to this version's schema, and exit",
    "backup": "copy the SQLite database to s3://bucket/key or into a file, also while the bot runs",
    "restore": "bring the SQLite database back from s3://bucket/key or a file; stop the bot first",
    "check": "try the settings, the database and the tokens, and say what is wrong; check aws ACCOUNT looks at AWS",
    "sandbox": "run the bot in a local Slack; --tour plays one enrollment from start to end",
    "version": "print the version",
}
#: The commands for backups, and the help text of --replace for each.
_BACKUPS = {
    "backup": "also in the place of a backup that holds what this database does not",
    "restore": "also in the place of a database with enrollments, which is kept under another name",
}
#: What the sandbox needs beside what the bot runs on, by the name it is imported by.
_DEMO = {"aiohttp": "aiohttp", "yaml": "PyYAML"}


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code of the process."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments[:1] == ["sandbox"]:  # parses its own arguments
        return _sandbox(arguments[1:])
    parser = _parser()
    words = parser.parse_args(arguments)
    command = words.command
    if command is None:
        parser.print_help()
        return DONE
    if command == "version":
        print(f"eco-bot {__version__}")
        return DONE
    return _with_settings(words)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bot",
        description="Eco Reports enrollment of AWS management accounts, followed in Slack.",
        epilog="Settings come from the environment and from .env; .env.example lists them all.",
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    made = {
        name: commands.add_parser(name, help=meaning, description=meaning[0].upper() + meaning[1:] + ".")
        for name, meaning in _COMMANDS.items()
    }
    for name, meaning in _BACKUPS.items():
        made[name].add_argument("place", nargs="?", help="s3://bucket/key or the path of a file; else ECO_BACKUP_S3")
        made[name].add_argument("--replace", action="store_true", help=meaning)
    made["restore"].add_argument("--if-empty", action="store_true", help="do nothing where there are enrollments")
    what = made["check"].add_subparsers(dest="what", metavar="aws")
    meaning = "at the AWS side of an enrollment: account, report, bucket, files, stack and role"
    aws = what.add_parser("aws", help=f"look {meaning}", description=f"Look {meaning}. Needs no Slack settings.")
    aws.add_argument("account", help="12 digits of the management account")
    aws.add_argument("--external-id", help="what is said when ECO_AWS_ROLE is assumed; else the enrollment's own")
    aws.add_argument("--role-arn", help="the role of Spot; else the recorded one, the stack's, or the usual name")
    aws.add_argument("--bucket", help="the bucket of the report; else the recorded one")
    return parser


def _sandbox(arguments: Sequence[str]) -> int:
    missing = [package for module, package in _DEMO.items() if find_spec(module) is None]
    if missing:
        print(
            f"The sandbox needs {' and '.join(missing)}: run `make demo` in a checkout, "
            "or `pip install 'eco-enrollment-bot[demo]'` where the bot is installed as a package.",
            file=sys.stderr,
        )
        return BROKEN
    from bot.demo.sandbox_command import main as sandbox

    return sandbox(arguments)


def _with_settings(words: argparse.Namespace) -> int:
    from bot.settings import SettingsInvalid, load

    command: str = words.command
    try:
        settings = load(need_slack=command == "serve" or (command == "check" and words.what is None))
    except SettingsInvalid as invalid:
        for name, sentence in invalid.faults:
            print(f"{name}: {sentence}", file=sys.stderr)
        return WRONG
    # Bolt would read these from the environment, too, and warn that it ignores the token.
    for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET"):
        os.environ.pop(name, None)
    if command in _BACKUPS:
        return _back_up_or_restore(words, settings)
    if command == "check" and words.what == "aws":
        return _check_aws(settings, words)
    return {"serve": _serve, "migrate": _migrate, "check": _check}[command](settings)


def _serve(settings: Settings) -> int:
    from bot.telemetry import logs

    logs.configure(settings.log_level, settings.log_format, settings.secrets)
    from bot.app import CannotStart, aws_inspector, build
    from bot.clock import SystemClock
    from bot.repository.database import DatabaseUnusable
    from bot.serving import run
    from bot.serving.http_server import CannotListen

    clock = SystemClock()
    try:
        return run(build(settings, clock, aws=aws_inspector(settings, clock)), settings)
    except (CannotListen, CannotStart, DatabaseUnusable) as error:
        return _broken(error)


def _migrate(settings: Settings) -> int:
    from bot.repository.database import Database, DatabaseUnusable
    from bot.telemetry import logs

    logs.configure(settings.log_level, settings.log_format, settings.secrets)
    database = Database(settings.database_url)
    try:
        changed = database.migrate()
    except DatabaseUnusable as error:
        return _broken(error)
    finally:
        database.close()
    print("The database was brought to this version's schema." if changed else "The database is up to date.")
    return DONE


def _back_up_or_restore(words: argparse.Namespace, settings: Settings) -> int:
    from bot.backup.backup_commands import BackupArguments, run
    from bot.clock import SystemClock
    from bot.telemetry import logs

    logs.configure(settings.log_level, settings.log_format, settings.secrets)
    arguments = BackupArguments(words.place, words.replace, getattr(words, "if_empty", False))
    code, sentence = run(words.command, arguments, settings, SystemClock())
    print(sentence, file=sys.stderr if code else sys.stdout)
    return code


def _check(settings: Settings) -> int:
    """Check settings, database and tokens; prints one line for each, and goes on after a failure."""
    print("settings: fine")
    return max(_check_database(settings), _check_slack(settings))


def _check_database(settings: Settings) -> int:
    from sqlalchemy.exc import SQLAlchemyError

    from bot.repository.database import Database

    database = Database(settings.database_url)
    shown = database.url.render_as_string(hide_password=True)
    # Opening a SQLite file that does not exist would create it.
    if database.is_sqlite and not (file := Path(database.url.database or "")).exists():
        if file.parent.is_dir():
            print(f"database: fine; {shown} does not exist yet, serve will make it")
            return DONE
        print(f"database: {shown} cannot be made, there is no folder {file.parent}")
        return BROKEN
    try:
        database.check()
    except SQLAlchemyError as error:
        print(f"database: {shown} cannot be opened: {getattr(error, 'orig', None) or type(error).__name__}")
        return BROKEN
    finally:
        database.close()
    print(f"database: fine, {shown} answers")
    return DONE


def _check_slack(settings: Settings) -> int:
    from slack_sdk.errors import SlackApiError

    from bot.app import build
    from bot.clock import SystemClock

    client = build(settings, SystemClock()).bolt.client
    bot_token = settings.slack_bot_token.get_secret_value()
    app_token = settings.slack_app_token.get_secret_value()
    calls: dict[str, Callable[[], SlackResponse]] = {"SLACK_BOT_TOKEN": lambda: client.auth_test(token=bot_token)}
    if settings.socket_mode:
        # The one method that accepts this token; it returns an address to connect to.
        calls["SLACK_APP_TOKEN"] = lambda: client.apps_connections_open(app_token=app_token)
    code = DONE
    for name, call in calls.items():
        try:
            answer = call()
        except SlackApiError as error:
            print(f"{name}: Slack refuses it: {error.response['error']}")
            code = BROKEN
        except (OSError, ValueError) as error:
            print(f"{name}: {settings.slack_api_url} cannot be reached: {error}")
            code = BROKEN
        else:
            where = f", {answer['user']} in {answer['team']}" if answer.get("team") else ""
            print(f"{name}: fine{where}")
    return code


def _check_aws(settings: Settings, options: argparse.Namespace) -> int:
    """Run the preflight and print its findings."""
    from bot.checks import BotoInspector
    from bot.clock import SystemClock
    from bot.domain.aws.preflight import Verdict
    from bot.domain.errors import InvalidInput
    from bot.domain.inputs import parse_account_id, parse_bucket, parse_external_id, parse_role_arn
    from bot.telemetry import logs

    logs.configure(settings.log_level, settings.log_format, settings.secrets)
    try:
        account = parse_account_id(options.account)
        role_arn = parse_role_arn(options.role_arn, account) if options.role_arn else None
        bucket = parse_bucket(options.bucket) if options.bucket else None
        external_id = parse_external_id(options.external_id) if options.external_id is not None else None
    except InvalidInput as wrong:
        print(wrong, file=sys.stderr)
        return WRONG
    known = _recorded(settings, account)
    given = {"external_id": external_id, "role_arn": role_arn, "bucket": bucket}
    target = replace(known, **{name: value for name, value in given.items() if value is not None})
    report = BotoInspector(settings.aws_role, SystemClock()).preflight(target)
    for finding in report.findings:
        print(f"{finding.verdict.upper():<12} {finding.title}")
        for name, text in (("found", finding.found), ("expected", finding.expected), ("fix", finding.fix)):
            if text:
                print(f"{'':12} {name + ':':<10}{text}")
    print(", ".join(f"{report.count(verdict)} {verdict.value}" for verdict in Verdict))
    return DONE if report.count(Verdict.PASS) == len(report.findings) else BROKEN


def _recorded(settings: Settings, account: str) -> Target:
    """The target with the values that the account's enrollment has recorded, if there is one."""
    from sqlalchemy.exc import SQLAlchemyError

    from bot.domain.aws.preflight import Target
    from bot.repository import search
    from bot.repository.database import Database

    database = Database(settings.database_url)
    if database.is_sqlite and not Path(database.url.database or "").exists():
        return Target(account)  # opening it would create it
    try:
        with database.read() as connection:
            return search.aws_target(connection, account)
    except SQLAlchemyError:
        print("The database has nothing to say: only what the command line says is looked at.", file=sys.stderr)
        return Target(account)
    finally:
        database.close()


def _broken(error: Exception) -> int:
    print(error, file=sys.stderr)
    return BROKEN


if __name__ == "__main__":
    sys.exit(main())
