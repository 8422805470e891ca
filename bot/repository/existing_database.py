"""Opens a database that must be there: opening a SQLite file that does not exist would create it."""

from __future__ import annotations

from bot.program_name import command_line
from bot.repository.database import Database, DatabaseUnusable


class NoDatabase(DatabaseUnusable):
    """There is no database yet; the message says what to do."""


def open_existing(url: str, *, pool: int = 1, events: bool = False) -> Database:
    """The database of a command.

    Args:
        pool, events: as for `Database`.

    Raises:
        NoDatabase: there is none. DatabaseUnusable: the URL is none of a database.
    """
    database = Database(url, pool, events=events)
    if database.file is not None and not database.file.exists():
        raise NoDatabase(
            f"There is no database at {database.file}. Set DATABASE_URL to the bot's, or run {command_line('migrate')} "
            "to make one."
        )
    return database
