"""Behind a pooler in transaction mode, each transaction may have another session of the server."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from bot.repository.database import Database
from tests.repository.keeping import at_once
from tests.support import postgres
from tests.support.bot_world import running
from tests.support.pooler import pooled


@pytest.fixture
def pooled_url(postgres_cluster: postgres.Cluster, postgres_url: str) -> Iterator[str]:
    """URL of a database with the newest schema, behind a pooler."""
    with pooled(postgres_cluster, sa.make_url(postgres_url).database or "") as (url, _):
        yield url


def test_twelve_enrollments_get_through(pooled_url: str) -> None:
    """The whole bot: forms, cards, threads; no statement is prepared in a session that is gone."""
    with running(pooled_url) as world:
        for number in range(12):
            world.start(account_id=f"{100000000000 + number}", account_name=f"No {number}", spot_org_id=None)

        assert 12 == len(world.enrollments())
        assert 12 == sum(message.text.startswith("Eco enrollment of") for message in world.channel.messages)
        assert [] == world.app.problems()


def test_every_transaction_has_its_limits(pooled_url: str) -> None:
    """Time limits hold in each transaction, whichever session it gets, and in several threads at once."""
    database = Database(pooled_url, pool=2)

    def limits() -> list[str]:
        with database.write() as connection:
            names = ("lock_timeout", "idle_in_transaction_session_timeout")
            return [connection.execute(sa.text(f"SHOW {name}")).scalar_one() for name in names]

    assert [["2s", "30s"]] * 10 == [limits() for _ in range(10)]
    assert [["2s", "30s"]] * 6 == at_once(*[limits] * 6)
    database.close()


def test_a_database_is_migrated_through_a_pooler(postgres_cluster: postgres.Cluster, empty_postgres_url: str) -> None:
    """The lock of migrations belongs to the transaction."""
    with pooled(postgres_cluster, sa.make_url(empty_postgres_url).database or "") as (url, _):
        database = Database(url)
        assert [True, False] == [database.migrate(), database.migrate()]
        database.close()
