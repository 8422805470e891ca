"""Every test of storage may ask for a database."""

from tests.repository.fixtures import database, migrated_file, migrated_postgres

__all__ = ["database", "migrated_file", "migrated_postgres"]
