"""Every test of storage may ask for a database."""

from tests.repository.fixtures import database

__all__ = ["database"]
