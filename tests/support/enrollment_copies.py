"""Many enrollments at once: copies of rows, because making hundreds by the use cases takes longer than a test may."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from bot.domain.inputs import search_key
from bot.repository import tables as t
from bot.repository.database import Connection
from tests.support.bot_world import World

_TABLES = (t.steps, t.step_values, t.collaborators)


def account(number: int) -> str:
    """The account ID of the enrollment with that ID."""
    return f"{100000000000 + number}"


def copies(world: World, count: int, of: int = 1, first: int | None = None) -> None:
    """Copy an enrollment as often as said, as `Account N` with the IDs from `first` on, without any messages."""
    with world.app.database.write() as connection:
        copy_rows(connection, range(first or of + 1, (first or of + 1) + count), of)


def copy_rows(connection: Connection, numbers: range, of: int) -> None:
    """Copy the rows of an enrollment; each copy has a name and an account of its own."""
    [head] = _rows(connection, t.enrollments, t.enrollments.c.id == of)
    own = [{"id": n, "account_id": account(n), **_name(f"Account {n}")} for n in numbers]
    connection.execute(sa.insert(t.enrollments), [head | each for each in own])
    if connection.dialect.name == "postgresql":  # the next one that is started comes after them
        connection.execute(
            sa.text("SELECT setval(pg_get_serial_sequence('enrollments', 'id'), :last)"), {"last": numbers[-1]}
        )
    for table in _TABLES:
        if rows := _rows(connection, table, table.c.enrollment_id == of):
            connection.execute(sa.insert(table), [row | {"enrollment_id": n} for n in numbers for row in rows])


def rename(world: World, number: int, name: str, workspace: str | None = None) -> None:
    """Call an enrollment something else, or put it into another workspace."""
    moved = {"workspace": workspace} if workspace else {}
    with world.app.database.write() as connection:
        query = sa.update(t.enrollments).where(t.enrollments.c.id == number)
        connection.execute(query.values(**_name(name), **moved))


def _name(name: str) -> dict[str, str]:
    return {"account_name": name, "name_key": search_key(name)}


def _rows(connection: Connection, table: sa.Table, condition: sa.ColumnElement[bool]) -> list[dict[str, Any]]:
    return [dict(row._mapping) for row in connection.execute(sa.select(table).where(condition))]
