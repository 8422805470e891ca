"""Rewrites a database without the bytes of what was deleted and replaced."""

from __future__ import annotations

from bot.repository.database import TRANSIENT_ERRORS, Database

#: Said where `scrub` has not succeeded.
STILL_THERE = "Bytes from before are still in the files of the database, because another process was using it."


def scrub(database: Database) -> bool:
    """Rewrite a database; others wait meanwhile.

    Returns:
        False if another process has used it for too long: old bytes stay in its files.
    """
    try:
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            if not database.is_sqlite:
                connection.exec_driver_sql("VACUUM FULL")
                return True
            connection.exec_driver_sql("VACUUM")
            is_busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar()
            return not is_busy
    except TRANSIENT_ERRORS:
        return False
