"""Events as thread lines need them: those of several enrollments are read together."""

import sqlalchemy as sa

from bot.domain.enrollment import EventKind
from bot.repository import audit
from bot.repository import tables as t
from bot.repository.database import Database
from tests.domain.building import act
from tests.repository.keeping import keep, start
from tests.support.steps import StepKey


def test_an_event_of_an_unknown_kind_hides_no_other(database: Database) -> None:
    """A newer version wrote it: the events of several enrollments are read together, each as far as it can be."""
    started = start(database)
    kept = keep(database, started, act(started, StepKey.SIGN_UP))
    with database.write() as connection:
        first = sa.update(t.events).where(t.events.c.number == 1)
        connection.execute(first.values(kind="celebrated"))

    with database.read() as connection:
        found = audit.numbered(connection, [(kept.id, 1), (kept.id, 2), (kept.id + 1, 1)])

    problem, readable = found[kept.id, 1], found[kept.id, 2]
    assert {(kept.id, 1), (kept.id, 2)} == set(found)
    assert isinstance(problem, ValueError)
    assert isinstance(readable, tuple)
    assert EventKind.STEP_DONE is readable[0].kind
