"""The commands `check procedures` and `procedures`: check files, count enrollments, and move them."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from bot.clock import SystemClock
from bot.domain.access import OPERATOR, Actor
from bot.domain.enrollment import Enrollment, Status
from bot.domain.errors import DomainError, InvalidInput, NothingToDo
from bot.domain.inputs import format_account_id, parse_account_id
from bot.domain.procedure import BUILT_IN, known_procedures, offered, procedure_of
from bot.domain.procedure_change import Move
from bot.domain.step_spec import Procedure
from bot.procedure_folder import faults_of, read_folder
from bot.program_name import command_line
from bot.repository import stored_procedures, workspace_rows
from bot.repository.database import Database, DatabaseUnusable
from bot.repository.database_faults import reason_of
from bot.repository.enrollment_reader import Unreadable
from bot.repository.existing_database import open_existing
from bot.settings import Settings
from bot.use_cases import Caller, ProcedureMoves

DONE, BROKEN, WRONG = 0, 1, 2


def check(folder: Path | None) -> int:
    """Check our procedures and those of a folder, and print a line for each; returns the exit code."""
    faults, ours = list[str](), {procedure.key for procedure in BUILT_IN}
    for procedure in BUILT_IN:
        wrong = [f"{procedure.key}.toml: {fault}" for fault in faults_of(procedure)]
        if not wrong:
            print(f"{procedure.key}: fine, {len(procedure.steps)} steps")
        faults += wrong
    if folder is not None:
        read = read_folder(folder)
        for procedure in read.procedures:
            instead = ", takes the place of ours" if procedure.key in ours else ""
            print(f"{procedure.reference}: fine, {len(procedure.steps)} steps{instead}")
        faults += read.faults
    else:
        print("You have none of your own. Name a folder, or set ECO_PROCEDURES.")
    for fault in faults:
        print(fault, file=sys.stderr)
    return BROKEN if faults else DONE


def run(settings: Settings, words: argparse.Namespace) -> int:
    """List the procedures, or move enrollments to another one; returns the exit code."""
    if not words.to and (words.accounts or words.on or words.apply):
        print("Name the procedure to move to: --to KEY, or --to KEY@VERSION.", file=sys.stderr)
        return WRONG
    if words.to and not (words.accounts or words.on):
        print("Name the enrollments to move: by their accounts, or with --on REFERENCE.", file=sys.stderr)
        return WRONG
    try:
        opened = open_existing(settings.database_url, events=settings.webhook_url is not None)
        with closing(opened) as database:
            with database.read() as connection:
                stored_procedures.read_all(connection)
            moves = ProcedureMoves(database, SystemClock(), settings.policy)
            return _move(database, moves, words) if words.to else _list(moves)
    except InvalidInput as wrong:
        print(wrong, file=sys.stderr)
        return WRONG
    except DatabaseUnusable as error:
        print(error, file=sys.stderr)
    except SQLAlchemyError as error:
        print(
            f"The database cannot be used: {reason_of(error)}. Run `{command_line('migrate')}` first.", file=sys.stderr
        )
    return BROKEN


def _list(moves: ProcedureMoves) -> int:
    """Print each procedure with the enrollments that go through it."""
    counts = moves.on_each()
    known = {each.reference: each for each in known_procedures()}
    for reference in [*known, *(each for each in counts if each not in known)]:
        procedure, found = known.get(reference), counts.get(reference, Counter[str]())
        starts = "new enrollments can begin with it" if procedure in offered() else "for the enrollments that have it"
        numbers = ", ".join(f"{found[status.value]} {status.value}" for status in Status)
        print(f"{reference}: {procedure.title if procedure else 'unknown here'}; {starts}; {numbers}")
    return DONE


def _move(database: Database, moves: ProcedureMoves, words: argparse.Namespace) -> int:
    """Say what moving the enrollments changes, and with --apply move them, each in a transaction of its own."""
    target = _named(words.to)
    accounts = [parse_account_id(each) for each in words.accounts]
    with database.read() as connection:
        workspaces = [
            each for each in workspace_rows.enrollments_by_workspace(connection) if words.workspace in (None, each)
        ]
    if words.apply:
        with database.write() as connection:  # a running bot may not know the procedure yet
            stored_procedures.synchronize(connection)
    code, missing, found = DONE, set(accounts), False
    for workspace in workspaces:
        readable, unreadable = moves.to_move(workspace, accounts, words.on)
        found = found or bool(readable or unreadable)
        missing -= {each.account_id for each in readable} | {each.account_id for each in unreadable}
        for enrollment in readable:
            code = max(code, _move_one(moves, enrollment, target, apply=words.apply))
        for one in unreadable:
            print(f"{_name(one)}: not moved. It can't be read; the log says why.", file=sys.stderr)
            code = BROKEN
    for account in sorted(missing):
        print(f"{format_account_id(account)}: there is no such enrollment.", file=sys.stderr)
    if words.on and not found:
        print(f"No enrollment is on {words.on}.", file=sys.stderr)
        return BROKEN
    if not words.apply:
        print("Nothing was changed. Run it with --apply to move them.")
    return BROKEN if missing else code


def _move_one(moves: ProcedureMoves, enrollment: Enrollment, target: Procedure, *, apply: bool) -> int:
    name = _name(enrollment)
    caller = Caller(enrollment.workspace, Actor(OPERATOR, is_admin=True))
    try:
        move = moves.preview_move(caller, enrollment.id, target)
        print(f"{name}: from {enrollment.procedure_reference} to {target.reference}", *_lines(move), sep="\n  ")
        if apply:
            moves.move(caller, enrollment.id, target)
    except NothingToDo:
        print(f"{name}: has {target.reference} already")
    except DomainError as refused:
        print(f"{name}: not moved. {refused}", file=sys.stderr)
        return BROKEN
    return DONE


def _name(enrollment: Enrollment | Unreadable) -> str:
    return f"{enrollment.account_name} ({format_account_id(enrollment.account_id)})"


def _lines(move: Move) -> Iterator[str]:
    """What changes, a line for each kind of it."""
    renamed = [f"{old} → {new}" for old, new in move.renamed]
    for words, names in (
        ("new steps", move.added),
        ("steps that go", move.removed),
        ("renamed", renamed),
        ("open again", move.reopened),
        ("values kept", move.kept),
        ("values lost", move.lost),
    ):
        if names:
            yield f"{words}: {', '.join(names)}"


def _named(words: str) -> Procedure:
    """The procedure of that reference, else the one with which enrollments of that key begin."""
    found = next((each for each in offered() if each.key == words), None)
    try:
        return found or procedure_of(words)
    except LookupError:
        known = ", ".join(each.reference for each in known_procedures())
        raise InvalidInput(f"There is no procedure “{words}”. There are {known}.") from None
