"""The command `check aws`: runs the preflight of an account and prints its findings."""

from __future__ import annotations

import argparse
import sys
import textwrap
from contextlib import closing
from dataclasses import replace

from sqlalchemy.exc import SQLAlchemyError

from bot.checks import BotoInspector
from bot.clock import SystemClock
from bot.domain.aws.check_sets import CHECK_SETS
from bot.domain.aws.preflight import Target, Verdict
from bot.domain.errors import InvalidInput
from bot.domain.inputs import parse_account_id, parse_bucket, parse_external_id, parse_role_arn
from bot.repository import search
from bot.repository.database import DatabaseUnusable
from bot.repository.existing_database import NoDatabase, open_existing
from bot.settings import Settings

DONE, BROKEN, WRONG = 0, 1, 2


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Run the preflight and print its findings; returns the exit code."""
    try:
        account = parse_account_id(options.account)
        role_arn = parse_role_arn(options.role_arn, account) if options.role_arn else None
        bucket = parse_bucket(options.bucket) if options.bucket else None
        external_id = parse_external_id(options.external_id) if options.external_id is not None else None
        full_arn = parse_role_arn(options.full_role_arn, account) if options.full_role_arn else None
        checks = _known(options.checks) if options.checks else None
        spot_id = parse_external_id(options.spot_external_id) if options.spot_external_id else None
    except InvalidInput as wrong:
        print(wrong, file=sys.stderr)
        return WRONG
    named = {"external_id": external_id, "role_arn": role_arn, "bucket": bucket, "spot_external_id": spot_id}
    named |= {"full_role_arn": full_arn, "checks": checks}
    given = {name: value for name, value in named.items() if value is not None}
    target: Target = replace(_recorded(settings, account, options.workspace), **given)  # type: ignore[arg-type]  # names of its fields
    report = BotoInspector(settings.aws_role, SystemClock()).preflight(target)
    for finding in report.findings:
        print(f"{finding.verdict.upper():<12} {finding.title}")
        for name, text in (("found", finding.found), ("expected", finding.expected), ("fix", finding.fix)):
            if text:
                print(f"{'':12} {name + ':':<10}{text}")
        if finding.paste:
            print(textwrap.indent(finding.paste, " " * 23))
    print(", ".join(f"{report.count(verdict)} {verdict.value}" for verdict in Verdict))
    return DONE if report.count(Verdict.PASS) == len(report.findings) else BROKEN


def _known(checks: str) -> str:
    """The name of a set of checks; raises `InvalidInput`."""
    if checks not in CHECK_SETS:
        raise InvalidInput(f"“{checks}” is not a set of checks. Choose one of these: {', '.join(CHECK_SETS)}.")
    return checks


def _recorded(settings: Settings, account: str, team: str | None) -> Target:
    """The target with the values that the account's enrollment has recorded, if there is one."""
    try:
        with closing(open_existing(settings.database_url)) as database, database.read() as connection:
            return search.aws_target(connection, account, team)
    except NoDatabase:
        return Target(account)
    except (DatabaseUnusable, SQLAlchemyError):
        print("The database cannot be read, so this checks only what the command line names.", file=sys.stderr)
        return Target(account)
