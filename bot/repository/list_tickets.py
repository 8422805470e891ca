"""The tickets that carried lists, as they are stored: one row for each, with its lines as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from bot.domain.enrollment import Customer, ListTicket, Pair
from bot.repository import tables as t

_c = t.list_tickets.c
#: Column -> the field of a ticket.
_COLUMNS = {
    "list_name": "list_name",
    "number": "number",
    "sent_at": "at",
    "sent_on": "on",
    "sent_by": "by",
    "ticket": "ticket",
    "follow_up": "follow_up",
    "added": "added",
    "removed": "removed",
    "confirmed_at": "confirmed_at",
}
#: List -> what makes a line of its stored cells, and the fields that are stored.
_LINES: Mapping[str, tuple[type, tuple[str, ...]]] = {
    "pairs": (Pair, ("subset", "workflow")),
    "customers": (Customer, ("subset", "email", "spot_org_id")),
}
_OF = sa.select(_c.enrollment_id, *(_c[column] for column in _COLUMNS)).order_by(
    _c.enrollment_id, _c.list_name, _c.number
)
_OF_IDS = _OF.where(_c.enrollment_id.in_(sa.bindparam("ids", expanding=True)))


def read(connection: Connection, ids: Sequence[int]) -> dict[int, tuple[ListTicket, ...]]:
    """Enrollment ID -> the tickets of its lists."""
    found: dict[int, list[ListTicket]] = {}
    for row in connection.execute(_OF_IDS, {"ids": ids}) if ids else ():
        values = {field: getattr(row, column) for column, field in _COLUMNS.items()}
        found.setdefault(row.enrollment_id, []).append(_ticket(values))
    return {of: tuple(tickets) for of, tickets in found.items()}


def write(connection: Connection, enrollment_id: int, old: Sequence[ListTicket], new: Sequence[ListTicket]) -> None:
    """Store the tickets that are new or have changed, and delete those that are gone."""
    for ticket in old:
        if ticket not in new:
            of_it = (_c.enrollment_id == enrollment_id, _c.list_name == ticket.list_name, _c.number == ticket.number)
            connection.execute(sa.delete(t.list_tickets).where(*of_it))
    rows = [{"enrollment_id": enrollment_id, **_row(ticket)} for ticket in new if ticket not in old]
    if rows:
        connection.execute(sa.insert(t.list_tickets), rows)


def as_json(tickets: Iterable[ListTicket]) -> list[dict[str, Any]]:
    """Tickets as JSON; `from_json` reads them back."""
    return [
        {column: value.isoformat() if isinstance(value, date) else value for column, value in _row(ticket).items()}
        for ticket in tickets
    ]


def from_json(rows: Iterable[Mapping[str, Any]]) -> tuple[ListTicket, ...]:
    """The tickets that `as_json` has told."""
    made = []
    for row in rows:
        values = {field: row[column] for column, field in _COLUMNS.items()}
        values |= {name: datetime.fromisoformat(values[name]) for name in ("at", "confirmed_at") if values[name]}
        values |= {"on": date.fromisoformat(values["on"])} if values["on"] else {}
        made.append(_ticket(values))
    return tuple(made)


def _row(ticket: ListTicket) -> dict[str, Any]:
    _, names = _LINES[ticket.list_name]
    values = {column: getattr(ticket, field) for column, field in _COLUMNS.items()}
    return values | {
        part: [[getattr(line, name) for name in names] for line in getattr(ticket, part)]
        for part in ("added", "removed")
    }


def _ticket(values: dict[str, Any]) -> ListTicket:
    make, _ = _LINES[values["list_name"]]
    lines = {part: tuple(make(*cells) for cells in values[part]) for part in ("added", "removed")}
    return ListTicket(**values | lines)
