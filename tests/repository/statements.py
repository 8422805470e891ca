"""Records the statements that are sent to a database."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from bot.repository.database import Database


@contextmanager
def recorded(database: Database, begins: str = "") -> Iterator[list[tuple[str, Any]]]:
    """The statements that are sent to the database meanwhile, with their values; only those that begin like that."""
    sent: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.startswith(begins):
            sent.append((statement, parameters))

    sa.event.listen(database.engine, "before_cursor_execute", note)
    yield sent
    sa.event.remove(database.engine, "before_cursor_execute", note)
