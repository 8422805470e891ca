"""Every test of a use case may ask for a database, and for the use cases on it."""

import pytest

from bot.storage.database import Database
from tests.storage.fixtures import database, migrated_file, migrated_postgres
from tests.usecases.asking import Desk

__all__ = ["database", "migrated_file", "migrated_postgres"]


@pytest.fixture
def desk(database: Database) -> Desk:
    """The use cases on an empty database, on each kind of it."""
    return Desk(database)
