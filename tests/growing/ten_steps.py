"""Tests that run in a process with ten steps, on databases of nine; `test_growing.py` starts them."""

import json
import os
from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.domain.actions import Action, actions_for
from bot.domain.enrollment import Enrollment, ReminderKind, State, Status
from bot.domain.errors import StepConflict
from bot.domain.new_steps import ADDED_LATER
from bot.presentation import card
from bot.repository import tables as t
from bot.repository.database import Database
from tests.domain.building import NOW, opened
from tests.growing.tenth_step import TENTH
from tests.support.bot_world import World
from tests.support.usual_procedure import PROCEDURE
from tests.support.walkthrough import accepted, reach
from tests.use_cases.asking import Desk, caller

TEN = len(PROCEDURE)
#: Kind of database -> test -> the URL of its database.
DATABASES: dict[str, dict[str, str]] = json.loads(os.environ["GROWN_DATABASES"])


def by_name(desk: Desk) -> dict[str, Enrollment]:
    """Account name -> enrollment, of all."""
    return {enrollment.account_name: enrollment for enrollment in desk.bot.all("T0ECO")}


def reminders(desk: Desk, enrollment: Enrollment) -> list[str]:
    """The keys of the reminders of the tenth step that are owed."""
    o = t.outbox.c
    query = sa.select(o.key).where(o.state == "owed", o.key.startswith(f"reminder:{enrollment.id}:{TENTH.key}:"))
    with desk.database.read() as connection:
        return list(connection.execute(query).scalars())


@pytest.fixture(params=DATABASES)
def desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    """The use cases on a database that was filled while the procedure had nine steps."""
    found = Desk(Database(DATABASES[request.param][request.node.originalname]))
    found.database.migrate()  # as a starting process does
    found.clock.turn(timedelta(days=1))
    yield found
    found.database.close()


def test_existing_enrollments_get_the_step(desk: Desk) -> None:
    """Under way: open or locked by what it requires, with a reminder. Over: skipped, and completed as before."""
    assert TEN == 10
    before = by_name(desk)
    for name in ("early", "late", "acting", "cancelled"):
        assert (State.LOCKED, {TENTH.key}) == (before[name].step(TENTH.key).state, before[name].new_steps)

    desk.bot.add_new_steps()
    desk.bot.add_new_steps()

    after, now = by_name(desk), desk.clock.now()
    assert (State.LOCKED, []) == (after["early"].step(TENTH.key).state, reminders(desk, after["early"]))
    late = after["late"]
    assert (State.OPEN, now) == (late.step(TENTH.key).state, late.step(TENTH.key).since)
    assert ReminderKind.OPEN is late.step(TENTH.key).reminder.kind
    assert [f"reminder:{late.id}:{TENTH.key}:1"] == reminders(desk, late)
    assert before["late"].version + 1 == late.version
    assert f"{late.finished} of 10 steps" in card.build(late, now).text
    assert not late.new_steps

    done = after["done"]
    assert (Status.COMPLETED, before["done"].version) == (done.status, done.version)
    assert (State.SKIPPED, ADDED_LATER) == (done.step(TENTH.key).state, done.step(TENTH.key).reason)
    assert "10 of 10 steps, completed" in card.build(done, now).text
    assert f"{TENTH.title} — skipped {ADDED_LATER}" in card.finished_line(done, TENTH.key)
    assert [] == reminders(desk, done)


def test_an_enrollment_that_cannot_be_read_keeps_no_other_from_the_step(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    """The bot starts all the same; the faulty one is logged."""
    known = by_name(desk)
    with desk.database.write() as connection:
        here = t.steps.c.enrollment_id == known["early"].id
        connection.execute(sa.update(t.steps).where(here).values(state="nonsense"))

    desk.bot.add_new_steps()

    assert not desk.bot.get("T0ECO", known["late"].id).new_steps
    assert f"enrollment {known['early'].id} cannot get its new steps" in caplog.messages


def test_use_cases_on_existing_enrollments_keep_what_they_do(desk: Desk) -> None:
    """The step can be acted on before the bot has added it; what a use case gives is what is read back."""
    number = by_name(desk)["acting"].id

    given = desk.bot.complete_act(caller(), number, TENTH.key, {"ticket_number": "7", "region": "eu-west-1"})

    assert given == desk.bot.get("T0ECO", number)
    step = given.step(TENTH.key)
    assert (State.WAITING, {"ticket_number": "7", "region": "eu-west-1"}) == (step.state, dict(step.values))
    assert 1 == len(reminders(desk, given))
    finished = desk.bot.confirm(caller(), number, TENTH.key)
    assert (given.finished + 1, []) == (finished.finished, reminders(desk, finished))
    assert finished == desk.bot.get("T0ECO", number)


def test_a_resumed_enrollment_gets_the_step(desk: Desk) -> None:
    """It was left alone while it was cancelled."""
    resumed = desk.bot.resume(caller(), by_name(desk)["cancelled"].id)

    assert State.OPEN is resumed.step(TENTH.key).state
    assert resumed == desk.bot.get("T0ECO", resumed.id)
    assert 1 == len(reminders(desk, resumed))


def test_a_completed_enrollment_can_take_the_step_up(desk: Desk) -> None:
    """Any change stores the step as it was shown; reopening it makes the enrollment active."""
    number = by_name(desk)["done"].id
    with pytest.raises(StepConflict, match=r"This was skipped\."):
        desk.bot.confirm(caller(), number, TENTH.key)

    reopened = desk.bot.reopen(caller(), number, TENTH.key)

    assert (Status.ACTIVE, State.OPEN, 9) == (reopened.status, reopened.step(TENTH.key).state, reopened.finished)
    assert reopened == desk.bot.get("T0ECO", number)
    assert 1 == len(reminders(desk, reopened))


def test_the_step_is_walked_in_slack(world_on: World) -> None:
    """The form is opened, the value typed, the ticket shown, marked as sent, waited for, reminded of and confirmed."""
    world, ana = world_on, world_on.ana
    reach(world, TENTH.key)
    assert f"*{TENTH.title}* — open. <@{ana.id}>'s turn." in world.card().shown
    world.click(ana, "Show ticket", TENTH.key)
    assert "Please enable daily exports for 606079874885." in ana.wait_view("Ticket").shown

    world.click(ana, "Mark sent", TENTH.key)
    world.fill(ana, "Mark sent", ticket_number="4711", region="  ")
    assert {"region": "Enter the region."} == ana.wait_view("Mark sent").errors
    accepted(world.fill(ana, "Mark sent", region="eu-west-1"))
    world.deliver()
    assert f"*{TENTH.title}* — waiting for Spot support until " in world.card().shown
    assert "Sent (ticket 4711)" in world.card().shown
    assert "; exports to eu-west-1" in world.card().shown
    assert f"sent the ticket for *{TENTH.title}* (4711, region eu-west-1)." in world.thread()[-1].shown

    world.jump(days=3, hours=3)
    assert f"*{TENTH.title}* for *Production*" in world.thread()[-1].shown
    assert (
        "we asked you to enable daily exports (ticket 4711). We expected this to be ready by"
        in world.thread()[-1].shown
    )
    world.click(ana, "It's ready", TENTH.key)
    world.deliver()

    assert f"{TENTH.title} — done" in world.card().shown
    assert "of 10 steps" in world.card().text
    assert f"confirmed *{TENTH.title}*. It's done." in world.thread()[-1].shown


def test_an_email_cannot_finish_what_asks_for_more() -> None:
    """The region has to be typed, so the step does not offer to send its ticket by email."""
    offered = actions_for(opened(TENTH.key), TENTH.key, NOW, by_email=True)

    assert Action.MARK_SENT in offered
    assert Action.SEND_EMAIL not in offered
