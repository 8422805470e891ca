"""Fixtures: the databases, for tests of the outbox's rows."""

from tests.repository.fixtures import database, migrated_file, migrated_postgres

__all__ = ["database", "migrated_file", "migrated_postgres"]
