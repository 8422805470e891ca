"""ECO_RETENTION: what has been over for long is told of, sent to its owner, and deleted two weeks later."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.domain.access import Actor
from bot.domain.enrollment import EventKind, Status
from bot.repository import deletions, scrubbing
from bot.repository import tables as t
from bot.use_cases import Caller, retention
from tests.support.bot_world import World, running
from tests.support.steps import StepKey
from tests.support.walkthrough import finish, reach, skip

CUSTOMER = "ops@customer.example"


@pytest.fixture(params=["sqlite", "postgresql"])
def keeping(request: pytest.FixtureRequest) -> Iterator[World]:
    """A bot that keeps enrollments for 30 days after their end, on each database."""
    url = request.getfixturevalue({"sqlite": "sqlite_url", "postgresql": "postgres_url"}[request.param])
    with running(url, ECO_RETENTION="30d") as world:
        yield world


def caller(world: World) -> Caller:
    """Ana, who owns them."""
    return Caller(world.workspace, Actor(world.ana.id, is_admin=True))


def cancelled(world: World) -> int:
    """An enrollment that was cancelled just now."""
    made = world.start()
    world.app.enrollments.cancel(caller(world), made.id, "not for us")
    world.deliver()
    return made.id


def pass_days(world: World, days: float) -> None:
    """Let days go by; the hourly work is done at their end, and what it wants to say is sent."""
    world.jump(days=days)
    world.app.housekeeping.tick()
    world.deliver()


def told(world: World) -> list[str]:
    """What the thread says of the deletion to come."""
    return [message.text for message in world.thread() if "I'll delete it on" in message.text]


def test_it_is_told_sent_and_deleted(keeping: World) -> None:
    """Sixteen days after its end the owner has the record; two weeks later nothing is left but one line."""
    number = cancelled(keeping)
    pass_days(keeping, 15)
    assert [] == told(keeping)

    pass_days(keeping, 1.1)
    pass_days(keeping, 0.1)

    (said,) = told(keeping)
    assert f"<@{keeping.ana.id}>: this enrollment is over, and enrollments are kept for 4 weeks 2 days." in said
    assert "To keep it, resume it." in said
    files = [each for message in keeping.ana.direct_messages for each in message.files]
    assert 1 == len(files)
    pass_days(keeping, 13.5)
    assert Status.CANCELLED is keeping.app.enrollments.get(keeping.workspace, number).status

    pass_days(keeping, 1)

    assert [] == keeping.enrollments()
    assert "I deleted the Eco enrollment of *Production*, which was over" in keeping.channel.messages[0].text
    with keeping.app.database.read() as connection:
        ((name, by, _),) = deletions.lines(connection)
        assert 0 == connection.execute(sa.select(sa.func.count()).select_from(t.events)).scalar_one()
    assert ("Production", "bot") == (name, by)


def test_who_takes_it_up_keeps_it(keeping: World) -> None:
    """Also after it was told; when it ends again, the time begins anew."""
    number = cancelled(keeping)
    pass_days(keeping, 17)
    keeping.app.enrollments.resume(caller(keeping), number)

    pass_days(keeping, 20)
    assert Status.ACTIVE is keeping.enrollment().status

    keeping.app.enrollments.cancel(caller(keeping), number, "after all")
    pass_days(keeping, 10)
    assert 1 == len(told(keeping))
    pass_days(keeping, 7)
    assert 2 == len(told(keeping))


def test_nothing_is_deleted_whose_record_did_not_arrive(keeping: World, caplog: pytest.LogCaptureFixture) -> None:
    """The log says so; once it has arrived, the enrollment goes."""
    number = cancelled(keeping)
    pass_days(keeping, 17)
    o = t.outbox.c
    record = sa.and_(o.enrollment_id == number, o.key.startswith("record:"))
    with keeping.app.database.write() as connection:
        connection.execute(sa.update(t.outbox).where(record).values(state="failed"))

    pass_days(keeping, 15)
    assert f"enrollment {number} is kept: its record has not reached its owner" in caplog.text
    assert 1 == len(keeping.enrollments())

    with keeping.app.database.write() as connection:
        connection.execute(sa.update(t.outbox).where(record).values(state="sent"))
    pass_days(keeping, 1)
    assert [] == keeping.enrollments()


def test_a_completed_one_goes_with_its_customers(sqlite_url: str) -> None:
    """Their addresses are in no table any more; of an active enrollment nothing is told."""
    with running(sqlite_url, ECO_RETENTION="30d") as world:
        reach(world, StepKey.ASSOCIATE_CUSTOMERS)
        finish(world, world.ana, StepKey.ASSOCIATE_CUSTOMERS)
        for step in (StepKey.CREATE_WORKFLOWS, StepKey.VALIDATE_WORKFLOWS):
            finish(world, world.ana, step)
        for step in (StepKey.FULL_ECO, StepKey.ASSOCIATE_WORKFLOWS):
            skip(world, world.ana, step)
        assert Status.COMPLETED is world.enrollment().status
        world.start(account_id="222222222222", account_name="Active", spot_org_id="7000001")

        pass_days(world, 17)
        pass_days(world, 15)

        assert ["Active"] == [each.account_name for each in world.enrollments()]
        assert scrubbing.scrub(world.app.database)
        file = Path(str(world.app.database.url.database))
        for each in (file, *file.parent.glob(f"{file.name}-*")):
            assert CUSTOMER.encode() not in each.read_bytes()


def test_without_the_setting_everything_is_kept(world: World) -> None:
    """For ever."""
    cancelled(world)
    pass_days(world, 700)

    assert [] == told(world)
    history = [event.kind for event, *_ in world.app.enrollments.history(world.workspace, world.enrollment().id)]
    assert EventKind.EXPIRING not in history
    assert timedelta(days=700) < world.clock.now() - world.enrollment().started_at


def records(world: World, state: str, *but: int) -> None:
    """Put the messages with the records of enrollments into a state, those of some others excepted."""
    o = t.outbox.c
    mine = sa.and_(o.key.startswith("record:"), o.enrollment_id.not_in(but))
    with world.app.database.write() as connection:
        connection.execute(sa.update(t.outbox).where(mine).values(state=state))


def test_those_that_must_wait_hold_up_no_others(keeping: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their owners have left, so that no record arrives; what ended later is deleted all the same."""
    monkeypatch.setattr(retention, "_AT_ONCE", 2)
    numbers = []
    for account in range(3):
        made = keeping.start(
            account_id=f"{account + 1:012}", account_name=f"Payer {account}", spot_org_id=f"70000{account}"
        )
        keeping.app.enrollments.cancel(caller(keeping), made.id, "not for us")
        numbers.append(made.id)
    pass_days(keeping, 17)
    pass_days(keeping, 0.1)
    records(keeping, "failed", numbers[2])

    pass_days(keeping, 15)

    assert numbers[:2] == [each.id for each in keeping.enrollments()]


def test_one_that_cannot_be_read_holds_up_no_others(keeping: World, caplog: pytest.LogCaptureFixture) -> None:
    """The log names it; the others are told of and deleted."""
    broken = cancelled(keeping)
    made = keeping.start(account_id="222222222222", account_name="Second", spot_org_id="7000001")
    keeping.app.enrollments.cancel(caller(keeping), made.id, "not for us")
    e = t.enrollments.c
    with keeping.app.database.write() as connection:
        connection.execute(sa.update(t.enrollments).where(e.id == broken).values(procedure="of-nobody"))

    for _ in range(2):
        pass_days(keeping, 17)

    with keeping.app.database.read() as connection:
        assert [broken] == list(connection.execute(sa.select(e.id)).scalars())
    assert f"enrollment {broken} cannot be deleted" in caplog.text
