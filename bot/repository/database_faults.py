"""What errors of the database mean: sentences for people, and errors without the values of the statement."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.engine import URL, ExceptionContext

from bot.repository.database_url import describe

#: PostgreSQL's code for a write to a server that is read-only.
_READ_ONLY = "25006"
#: SQLSTATE of a write that failed -> why the database takes no writes.
_POSTGRESQL = {
    _READ_ONLY: "it is read-only: a standby, or a primary that was demoted",
    "53100": "its disk is full",
    "58030": "its disk fails",
}
_SQLITE = {
    sqlite3.SQLITE_FULL: "its disk is full",
    sqlite3.SQLITE_READONLY: "it is read-only",
    sqlite3.SQLITE_IOERR: "its disk is full or fails",
}
_NO_RIGHT = "42501"
#: Errors of a file that is no SQLite database, or no longer one.
_DAMAGED = (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT)
#: What PostgreSQL adds to a message: the values of the row, or of a parameter.
_VALUES = re.compile(r"\n(?:DETAIL|CONTEXT):.*", re.DOTALL)


class DatabaseUnusable(Exception):
    """The database cannot be used; the message gives the reason and a remedy, without the password."""


def remove_values(context: ExceptionContext) -> None:
    """Listener for every failed statement: remove what people typed from its error, drop a read-only connection.

    SQLAlchemy hides the parameters; PostgreSQL quotes the row and the parameters once more in DETAIL and CONTEXT.
    """
    for error in (context.original_exception, context.sqlalchemy_exception):
        if error is not None:
            error.args = tuple(_VALUES.sub("", arg) if isinstance(arg, str) else arg for arg in error.args)
    if getattr(context.original_exception, "sqlstate", None) == _READ_ONLY:
        context.is_disconnect = True  # the next connection goes to whoever is the primary by then


def why_read_only(error: sa.exc.DBAPIError) -> str | None:
    """Why the database takes no writes, if this error says that it takes none."""
    state, code = getattr(error.orig, "sqlstate", None), getattr(error.orig, "sqlite_errorcode", 0)
    return _POSTGRESQL.get(state or "") or _SQLITE.get(code & 0xFF)


def cannot_write(url: URL, reason: str) -> DatabaseUnusable:
    """The error for a database that can be read and not written."""
    return DatabaseUnusable(f"The database {describe(url)} cannot be written: {reason}.")


def unusable(url: URL, error: sa.exc.DBAPIError) -> DatabaseUnusable | None:
    """The error for people, if the database itself is at fault; None for a statement that is wrong."""
    shown, state = describe(url), getattr(error.orig, "sqlstate", None)
    if state == _NO_RIGHT:
        return DatabaseUnusable(
            f"The role of DATABASE_URL may not do what a migration of {shown} needs: {_sentence(error.orig)}. Make it "
            "the owner of the database, or run as the owner: GRANT CREATE ON SCHEMA public TO that role."
        )
    if (reason := why_read_only(error)) is not None:
        return cannot_write(url, reason)
    damaged = getattr(error.orig, "sqlite_errorcode", None) in _DAMAGED
    # Without a code, the server was not reached: an option or a password that cannot be.
    unreached = state is None and not isinstance(error.orig, sqlite3.Error)
    if damaged or unreached or isinstance(error, sa.exc.OperationalError):
        return DatabaseUnusable(f"The database {shown} cannot be opened: {_sentence(error.orig)}.")
    return None


def reason_of(error: sa.exc.SQLAlchemyError) -> str:
    """What the database says, in one line: without the statement, and without what people typed."""
    orig = getattr(error, "orig", None)
    return (str(orig).splitlines() or [""])[0].rstrip(".") or type(orig or error).__name__


def _sentence(error: object) -> str:
    return " ".join(_VALUES.sub("", str(error)).split()).rstrip(".")


def unknown_options(known: Iterable[str], given: Iterable[str]) -> DatabaseUnusable | None:
    """The error for options of the URL that nobody knows; it does not name them, as one may be part of a password."""
    import difflib  # noqa: PLC0415 - for a mistake only

    names = sorted(known)
    unknown = sorted(set(given) - set(names))
    if not unknown:
        return None
    near = difflib.get_close_matches(unknown[0], names, n=1)
    hint = f"Did you mean {near[0]}?" if near else "In a password, write a ? as %3F and a & as %26."
    return DatabaseUnusable(f"DATABASE_URL has an option that the database does not know. {hint}")
