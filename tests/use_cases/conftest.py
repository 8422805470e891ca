"""Every test of a use case may ask for a database, and for the use cases on it."""

import pytest

from bot.repository.database import Database
from tests.repository.fixtures import database
from tests.use_cases.asking import Desk

__all__ = ["database"]


@pytest.fixture
def desk(database: Database) -> Desk:
    """The use cases on an empty database, on each kind of it."""
    return Desk(database)
