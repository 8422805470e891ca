"""Opens a database that must be there: opening a SQLite file that does not exist would create it."""

from __future__ import annotations

from bot.program_name import command_line
from bot.repository.database import Database, DatabaseUnusable


def open_existing(url: str) -> Database:
    """The database of a command, with one connection.

    Raises:
        DatabaseUnusable: there is none; the message says what to do.
    """
    database = Database(url, pool=1)
    if database.file is not None and not database.file.exists():
        raise DatabaseUnusable(
            f"There is no database at {database.file}. Set DATABASE_URL to the bot's, or run {command_line('migrate')} "
            "to make one."
        )
    return database
