"""The commands `list` and `portfolio`: print the enrollments, and check or rebuild the columns that lists read."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, replace
from datetime import date
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from bot.clock import SystemClock
from bot.domain.access import Actor
from bot.domain.inputs import format_account_id
from bot.domain.portfolio import Portfolio, PortfolioQuery, PortfolioRow, Segment, Sort
from bot.domain.procedure import known_steps
from bot.program_name import command_line
from bot.repository import list_exports, workspace_rows
from bot.repository.database import Database
from bot.repository.database_faults import reason_of
from bot.repository.existing_database import open_existing
from bot.settings import Settings
from bot.use_cases import Portfolios
from bot.use_cases.read_model import ReadModel

DONE, BROKEN = 0, 1
#: How many rows are read at once.
_PAGE = 500
#: How many wrong enrollments are named.
_NAMED = 10
#: An operator sees everything, and is nobody in Slack.
_OPERATOR = Actor("", is_admin=True)


def run(command: str, settings: Settings, arguments: Sequence[str]) -> int:
    """Run `list` or `portfolio`; returns its exit code."""
    return {"list": list_enrollments, "portfolio": portfolio}[command](settings, arguments)


def list_enrollments(settings: Settings, arguments: Sequence[str]) -> int:
    """Run `list`; returns its exit code."""
    words = _list_parser().parse_args(arguments)
    database = open_existing(settings.database_url, pool=2)
    try:
        with closing(database):
            _print_exports(database, words.workspace) if words.exports else _print_list(database, words)
    except SQLAlchemyError as error:
        return _unusable(error)
    return DONE


def portfolio(settings: Settings, arguments: Sequence[str]) -> int:
    """Run `portfolio`; returns its exit code: 1 where columns are wrong and stay so."""
    parser = argparse.ArgumentParser(
        prog=command_line("portfolio"), description="Check the columns that lists read against the enrollments."
    )
    parser.add_argument("--rebuild", action="store_true", help="write the columns of every enrollment again")
    words = parser.parse_args(arguments)
    database = open_existing(settings.database_url, pool=2)
    model = ReadModel(database, SystemClock(), settings.policy)
    try:
        with closing(database):
            if words.rebuild:
                print(f"Wrote the columns of {model.rebuild()} enrollments.")
            count, wrong = model.check()
    except SQLAlchemyError as error:
        return _unusable(error)
    if not wrong:
        print(f"The columns of {count} enrollments are right.")
        return DONE
    names = ", ".join(f"{each.account_name} ({each.id})" for each in wrong[:_NAMED])
    more = f" and {len(wrong) - _NAMED} more" if len(wrong) > _NAMED else ""
    print(f"The columns of {len(wrong)} of {count} enrollments are wrong: {names}{more}. Run it with --rebuild.")
    return BROKEN


def _list_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=command_line("list"), description="List the enrollments, the most urgent ones first."
    )
    parser.add_argument("words", nargs="*", help="in the name, or the beginning of an account or organization ID")
    parser.add_argument("--workspace", metavar="TEAM", help="only those of the workspace with this team ID")
    parser.add_argument("--exports", action="store_true", help="who has exported the list in Slack, and when, instead")
    parser.add_argument("--json", action="store_true", help="print JSON with all that is known of each")
    segments = [segment.value for segment in Segment if segment is not Segment.NEEDS_ME]
    parser.add_argument("--segment", choices=segments, default=Segment.ALL.value, help="a part of the portfolio")
    parser.add_argument("--sort", choices=[sort.value for sort in Sort], default=Sort.URGENCY.value)
    parser.add_argument("--step", choices=list(known_steps()), help="the next step")
    parser.add_argument("--party", help="whose turn it is: us, Spot, Spot support, …")
    parser.add_argument("--owner", help="the owner's Slack user ID")
    parser.add_argument("--channel", help="the progress channel's ID")
    return parser


def _print_exports(database: Database, team: str | None) -> None:
    with database.read() as connection:
        for at, by, workspace in list_exports.entries(connection):
            if team in (None, workspace):
                print(f"{at:%Y-%m-%d %H:%M} UTC: {by}")


def _print_list(database: Database, words: argparse.Namespace) -> None:
    with database.read() as connection:
        stored = workspace_rows.enrollments_by_workspace(connection)
    workspaces = [each for each in stored if words.workspace in (None, each)]
    query = PortfolioQuery(
        Segment(words.segment),
        owner=words.owner,
        channel=words.channel,
        step=words.step,
        party=words.party,
        words=" ".join(words.words),
        sort=Sort(words.sort),
    )
    lists = Portfolios(database, SystemClock())
    rows = (row for workspace in workspaces for page in _pages(lists, workspace, query) for row in page.rows)
    if not words.json:
        for row in rows:
            print(_line(row))
        return
    separator = "["
    for row in rows:  # one after the other, as there may be very many
        print(f"{separator}{json.dumps(_plain(row), ensure_ascii=False)}", end="")
        separator = ",\n"
    print("]" if separator != "[" else "[]")


def _pages(portfolios: Portfolios, workspace: str, query: PortfolioQuery) -> Iterator[Portfolio]:
    number, pages = 1, 1
    while number <= pages:
        page = portfolios.page(workspace, replace(query, page=number), _OPERATOR, _PAGE)
        yield page
        number, pages = number + 1, page.pages


def _plain(row: PortfolioRow) -> dict[str, Any]:
    """A row as JSON knows it."""
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in asdict(row).items()}


def _line(row: PortfolioRow) -> str:
    """A row in words."""
    head = f"{row.account_name} ({format_account_id(row.account_id)})"
    if row.spec is None or row.state is None or row.since is None:
        return f"{head}: {row.status.value}" + (f" since {row.ended_at:%Y-%m-%d}" if row.ended_at else "")
    parts = [f"{row.spec.title}, {row.state.value} since {row.since:%Y-%m-%d}", f"turn of {row.party}"]
    if row.late is not None:
        parts.append(f"late since {row.late:%Y-%m-%d}")
    if row.blocked_by is not None:
        parts.append(f"blocked: {row.blocked_why}")
    if row.finish_last is not None:
        parts.append(f"may be finished by {row.finish_last}")
    return f"{head}: {'; '.join(parts)}"


def _unusable(error: SQLAlchemyError) -> int:
    older = f"Run `{command_line('migrate')}` if it is of an older version."
    print(f"The database cannot be used: {reason_of(error)}. {older}", file=sys.stderr)
    return BROKEN
