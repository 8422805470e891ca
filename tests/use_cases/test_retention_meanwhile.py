"""ECO_RETENTION beside people: what happens to an enrollment after it was found, and before it is told or deleted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.domain.enrollment import Enrollment, EventKind
from bot.domain.errors import UnknownEnrollment
from bot.repository import tables as t
from bot.use_cases import OwnedEnrollments
from bot.use_cases.retention import NOTICE, Retention, record_key
from tests.domain.building import DAY, POLICY
from tests.use_cases.asking import ADMIN, WORKSPACE, Desk, caller

KEPT = timedelta(days=30)


@pytest.fixture
def over(desk: Desk) -> Enrollment:
    """An enrollment that was cancelled sixteen days ago, so that its end has to be told now."""
    number = desk.start().id
    cancelled = desk.bot.cancel(caller(), number, "not for us")
    desk.clock.turn(16 * DAY + timedelta(hours=1))
    return cancelled


def tick(desk: Desk, meanwhile: Callable[[], object] = lambda: None, *, stopping: bool = False) -> None:
    """Do the hourly work; `meanwhile` happens when an enrollment was found and before it is looked at again."""

    def asked() -> bool:
        meanwhile()
        return stopping

    Retention(desk.database, desk.clock, KEPT, desk.bot.wake).tick(WORKSPACE, asked)


def kinds(desk: Desk) -> list[str]:
    """The kinds of the events that are stored."""
    with desk.database.read() as connection:
        return list(connection.execute(sa.select(t.events.c.kind).order_by(t.events.c.id)).scalars())


def told(desk: Desk) -> int:
    """How often the end was told."""
    return kinds(desk).count(EventKind.EXPIRING.value)


def arrived(desk: Desk, enrollment: Enrollment) -> None:
    """The record has reached its owner, and two more weeks have gone by."""
    o = t.outbox.c
    with desk.database.write() as connection:
        of_it = sa.update(t.outbox).where(o.key == record_key(enrollment))
        assert 1 == connection.execute(of_it.values(state="sent")).rowcount
    desk.clock.turn(NOTICE + timedelta(hours=1))


def is_there(desk: Desk, enrollment: Enrollment) -> bool:
    """Whether it is still stored."""
    try:
        desk.bot.get(WORKSPACE, enrollment.id)
    except UnknownEnrollment:
        return False
    return True


def test_it_is_told_once_and_deleted_two_weeks_later(desk: Desk, over: Enrollment) -> None:
    """As a matter of course, where nobody does anything meanwhile."""
    for _ in range(2):
        tick(desk)
    assert 1 == told(desk)

    arrived(desk, over)
    tick(desk)

    assert not is_there(desk, over)


def test_a_process_that_stops_tells_and_deletes_nothing_more(desk: Desk, over: Enrollment) -> None:
    """The next one does."""
    tick(desk, stopping=True)
    assert 0 == told(desk)

    tick(desk)
    arrived(desk, over)
    tick(desk, stopping=True)

    assert (1, True) == (told(desk), is_there(desk, over))


def test_what_somebody_takes_up_at_that_moment_is_not_told_of(desk: Desk, over: Enrollment) -> None:
    """It is active again, so it has no end."""
    tick(desk, lambda: desk.bot.resume(caller(), over.id))

    assert 0 == told(desk)


def test_what_somebody_takes_up_at_that_moment_is_not_deleted(desk: Desk, over: Enrollment) -> None:
    """The record that its owner has says nothing of that."""
    tick(desk)
    arrived(desk, over)

    tick(desk, lambda: desk.bot.resume(caller(), over.id))

    assert is_there(desk, over)


def test_what_ended_anew_is_told_of_anew(desk: Desk, over: Enrollment) -> None:
    """It was taken up and cancelled again at that moment: its owner has the record of its first end alone."""
    tick(desk)
    arrived(desk, over)

    def again() -> None:
        desk.bot.resume(caller(), over.id)
        desk.bot.cancel(caller(), over.id, "still not")

    tick(desk, again)
    assert is_there(desk, over)

    desk.clock.turn(16 * DAY + timedelta(hours=1))
    tick(desk)
    assert 2 == told(desk)


def test_what_an_admin_deletes_at_that_moment_is_no_fault(
    desk: Desk, over: Enrollment, caplog: pytest.LogCaptureFixture
) -> None:
    """The log has no error, and the others are told of all the same."""
    admin = OwnedEnrollments(desk.database, desk.clock, POLICY)
    second = desk.bot.cancel(caller(), desk.start(account_id="2" * 12, account_name="Two").id, "nor that")
    desk.clock.turn(16 * DAY)
    before = is_there(desk, over)

    def delete() -> None:
        if is_there(desk, over):
            admin.delete(caller(ADMIN), over.id, over.account_name)

    tick(desk, delete)

    assert (True, False, True) == (before, is_there(desk, over), is_there(desk, second))
    assert 1 == told(desk)
    assert [] == [record for record in caplog.records if record.levelname == "ERROR"]


def test_what_has_a_message_on_its_way_is_deleted_later(desk: Desk, over: Enrollment) -> None:
    """The message may arrive, so the bot has to know of it; an hour later it is settled."""
    tick(desk)
    arrived(desk, over)
    o = t.outbox.c
    on_its_way = sa.and_(o.enrollment_id == over.id, o.state == "owed")
    with desk.database.write() as connection:
        assert connection.execute(sa.update(t.outbox).where(on_its_way).values(posting=True)).rowcount

    tick(desk)
    assert is_there(desk, over)

    with desk.database.write() as connection:
        connection.execute(sa.update(t.outbox).where(on_its_way).values(posting=False))
    tick(desk)
    assert not is_there(desk, over)
