"""The procedures that a database knows: operators' files as enrollments began with them, and the steps for lists."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from bot.domain.next_step import US
from bot.domain.procedure import BUILT_IN, known_procedures, make_known, procedure_of
from bot.domain.procedure_file import read_stored
from bot.domain.step_spec import Procedure
from bot.repository import tables as t
from bot.repository.upsert import insert_or_ignore

log = logging.getLogger(__name__)

_p, _s = t.procedures.c, t.procedure_steps.c


def synchronize(connection: Connection) -> None:
    """Store the procedures that this process knows, and get to know those that the database has.

    The steps of the bot's own procedures are written anew where they differ, since each release may change them.
    """
    stored = read_all(connection)
    new = [each for each in known_procedures() if each.source and each.reference not in stored]
    if new:
        now = datetime.now(UTC)
        rows = [{"reference": each.reference, "text": each.source, "added_at": now} for each in new]
        # A command may do the same while a process starts.
        insert_or_ignore(connection, t.procedures, rows)
    _write_steps(connection)


def read_all(connection: Connection) -> set[str]:
    """Get to know all procedures that the database has; gives their references."""
    stored = set(connection.execute(sa.select(_p.reference)).scalars())
    for reference in sorted(stored):
        find(connection, reference)
    return stored


def find(connection: Connection, reference: str) -> Procedure:
    """The procedure of that reference, which another process may have stored.

    Raises:
        LookupError: there is none.
    """
    try:
        return procedure_of(reference)
    except LookupError:
        text = connection.execute(sa.select(_p.text).where(_p.reference == reference)).scalar()
        if text is None:
            raise
    key, _, version = reference.partition("@")
    procedure, faults = read_stored(text, f"{key}.toml", version, {each.key: each for each in BUILT_IN})
    for fault in faults:
        log.error("the stored procedure %s does not fit this release: %s", reference, fault)
    make_known(procedure)
    return procedure


def _write_steps(connection: Connection) -> None:
    columns = [column.name for column in t.procedure_steps.c]
    found: dict[str, list[dict[str, Any]]] = {}
    for row in connection.execute(sa.select(t.procedure_steps).order_by(_s.procedure, _s.position)).all():
        found.setdefault(row.procedure, []).append({name: getattr(row, name) for name in columns})
    for procedure in known_procedures():
        wanted = _steps_of(procedure)
        if found.get(procedure.reference) != wanted:
            connection.execute(sa.delete(t.procedure_steps).where(_s.procedure == procedure.reference))
            insert_or_ignore(connection, t.procedure_steps, wanted)


def _steps_of(procedure: Procedure) -> list[dict[str, Any]]:
    return [
        {
            "procedure": procedure.reference,
            "key": spec.key,
            "position": position,
            "optional": int(spec.optional),
            "turn": procedure.turn(spec.key, US),
            "waits_for": spec.waiting_on,
            "watched": int(spec.key == procedure.watched_step),
            "party": spec.party,
        }
        for position, spec in enumerate(procedure.steps)
    ]
