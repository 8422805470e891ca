"""The tokens of the API as they are stored."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import sqlalchemy as sa

from bot.repository import api_tokens
from bot.repository.database import Database
from tests.domain.building import NOW

READ = frozenset({"read"})


def test_of_two_who_make_a_token_of_one_name_at_once_the_second_is_told(postgres_url: str) -> None:
    """The second one finds no such token, and waits for the first one's commit when it stores its own."""
    asked = threading.Event()

    def second(database: Database) -> bool:
        with database.write() as connection:
            return api_tokens.add(connection, "jira", "eco_second", READ, NOW)

    with closing(Database(postgres_url)) as here, closing(Database(postgres_url)) as there, ThreadPoolExecutor(1) as at:
        sa.event.listen(there.engine, "before_cursor_execute", lambda *about: "INSERT" in about[2] and asked.set())
        with here.write() as connection:
            assert api_tokens.add(connection, "jira", "eco_first", READ, NOW)
            late = at.submit(second, there)
            assert asked.wait(10)

        assert late.result(10) is False
        with here.read() as connection:
            assert [api_tokens.find(connection, token) is not None for token in ("eco_first", "eco_second")] == [1, 0]
