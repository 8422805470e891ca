"""When it happened: the day of an act, a call that is planned, what was done before the bot, and asking once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.domain.enrollment import State
from tests.handlers.test_permissions import dismiss
from tests.handlers.test_steps import section
from tests.support.bot_world import World
from tests.support.fake_aws_inspector import SUMMARY, check
from tests.support.steps import StepKey
from tests.support.walkthrough import accepted, act, reach, told

K = StepKey


def test_a_ticket_sent_on_friday_runs_its_window_from_friday(world_on: World) -> None:
    """Recorded on Monday, it is as far as if it had been recorded at once; everybody reads the same day."""
    world = world_on
    reach(world, K.ENABLE_SUBSETS)
    world.clock.jump_to(datetime(2026, 11, 30, 13, 0, tzinfo=UTC))
    world.click(world.ana, "Mark sent", K.ENABLE_SUBSETS)
    assert "2026-11-30" == world.ana.wait_view("Mark sent").values["on"]

    accepted(world.fill(world.ana, "Mark sent", ticket_number="4711", on="2026-11-27"))
    world.deliver()

    step, friday = world.enrollment().step(K.ENABLE_SUBSETS), datetime(2026, 11, 27, 3, 0, tzinfo=UTC)
    assert (friday, friday) == (step.acted_at, step.window_start)
    assert datetime(2026, 12, 1, 3, 0, tzinfo=UTC) == step.latest
    assert f"Sent (ticket 4711) by <@{world.ana.id}>, Fri, Nov 27" in section(world, K.ENABLE_SUBSETS)
    assert "(4711) on Fri, Nov 27. Now waiting for" in world.thread()[-1].text


def test_a_step_without_a_wait_is_done_since_its_day(world: World) -> None:
    """The card says the day, not the moment at which it was recorded."""
    reach(world, K.CREATE_SUBSETS)

    act(world, world.ana, K.CREATE_SUBSETS, on="2026-11-20")

    assert f"— done Fri, Nov 20, <@{world.ana.id}>" in section(world, K.CREATE_SUBSETS)


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        ("2026-11-24", "Tue, Nov 24 is in the future. Choose today or an earlier day."),
        ("2025-11-01", "Sat, Nov 1, 2025 is more than a year ago. Check the date."),
    ],
)
def test_a_day_that_cannot_be_is_refused_at_its_field(world: World, day: str, sentence: str) -> None:
    """Nothing is stored, and what was typed stays."""
    reach(world, K.ENABLE_SUBSETS)
    before = world.enrollment()
    world.click(world.ana, "Mark sent", K.ENABLE_SUBSETS)

    world.fill(world.ana, "Mark sent", ticket_number="4711", on=day)

    assert {"on": sentence} == world.ana.view.errors
    assert "4711" == world.ana.view.values["ticket_number"]
    assert before == world.enrollment()


def test_a_call_to_come_is_planned_and_asked_about_on_the_working_day_after(world: World) -> None:
    """The step stays open and shows the day; then its form begins with that day."""
    reach(world, K.FULL_ECO)

    act(world, world.ana, K.FULL_ECO, call_date="2026-12-04")

    assert "— open" in section(world, K.FULL_ECO)
    assert "Call planned for Fri, Dec 4" in section(world, K.FULL_ECO)
    assert "planned *Full Eco: strategy call and ramp-up* (Fri, Dec 4)." in world.thread()[-1].text
    monday = datetime(2026, 12, 7, 12, 0, tzinfo=UTC)
    assert monday == world.enrollment().step(K.FULL_ECO).reminder.due_at
    world.clock.jump_to(monday)
    world.deliver()
    assert any("planned for Fri, Dec 4. Did it happen?" in message.text for message in world.channel.messages)

    world.click(world.ana, "Mark done", K.FULL_ECO)
    assert "2026-12-04" == world.ana.wait_view("Mark done").values["call_date"]
    accepted(world.ana.submit())
    world.deliver()

    step = world.enrollment().step(K.FULL_ECO)
    assert (State.WAITING, datetime(2026, 12, 4, 3, 0, tzinfo=UTC)) == (step.state, step.window_start)
    assert "strategy call on Fri, Dec 4" in section(world, K.FULL_ECO)


def test_its_ready_asks_once_before_the_usual_end(world: World) -> None:
    """In a form that says until when it usually takes; the day on which it was there is kept."""
    world.start(position="connect_account:waiting", since="2026-11-22")

    world.click(world.ana, "It's ready", K.CONNECT_ACCOUNT)

    form = world.ana.wait_view("It's ready")
    assert "*Production*: This usually takes until <!date^" in form.shown
    assert "Yes, it's ready" == form.submit
    assert State.WAITING is world.enrollment().step(K.CONNECT_ACCOUNT).state
    world.fill(world.ana, "It's ready", on="2026-11-20")
    assert {"on": "The wait began on Sun, Nov 22. Choose that day or a later one."} == world.ana.view.errors
    accepted(world.fill(world.ana, "It's ready", on="2026-11-22"))
    world.deliver()
    assert f"— done Sun, Nov 22, <@{world.ana.id}>" in section(world, K.CONNECT_ACCOUNT)


@pytest.mark.parametrize("position", ["connect_account", "enable_subsets"])
def test_its_ready_is_one_click_where_nothing_contradicts_it(world: World, position: str) -> None:
    """After the usual end, and where nobody promised a date."""
    since = {"connect_account": "2026-11-18", "enable_subsets": "2026-11-22"}[position]
    world.start(position=f"{position}:waiting", since=since)

    world.click(world.ana, "It's ready", K(position))

    assert State.DONE is world.enrollment().step(K(position)).state
    assert None is world.ana.view


def test_what_was_done_before_is_nobodys(world: World) -> None:
    """Card and thread say so instead of naming whoever started the enrollment."""
    world.start(position="full_eco:waiting", since="2026-11-20")

    assert section(world, K.CONNECT_ACCOUNT).endswith("before this bot")
    assert "Done before this bot, Fri, Nov 20" in section(world, K.FULL_ECO)
    told = "Done before this bot: Sign up with Spot, Connect the management account."
    assert world.thread()[0].text.endswith(told)


def test_a_failed_check_is_told_before_the_step_is_done(checked: World) -> None:
    """The form warns of what failed, and its button says what pressing it means."""
    world = checked
    check(world, world.ana, SUMMARY)
    world.ana.close_all()

    world.click(world.ana, "Mark done", K.CONNECT_ACCOUNT)

    form = world.ana.wait_view("Mark done")
    assert "The last Check AWS found something to fix: “Resource IDs”." in form.shown
    assert "Mark done anyway" == form.submit
    accepted(world.ana.submit())
    assert State.WAITING is world.enrollment().step(K.CONNECT_ACCOUNT).state


def test_a_check_that_fails_while_the_form_is_open_is_told_at_its_submission(checked: World) -> None:
    """Nothing is stored until the person has read it."""
    world = checked
    world.click(world.ana, "Mark done", K.CONNECT_ACCOUNT)
    assert "Mark done" == world.ana.wait_view("Mark done").submit
    check(world, world.chi, SUMMARY)

    world.fill(world.ana, "Mark done")

    assert "The last Check AWS found something to fix: “Resource IDs”." in world.ana.view.shown
    assert "Mark done anyway" == world.ana.view.submit
    assert State.OPEN is world.enrollment().step(K.CONNECT_ACCOUNT).state
    accepted(world.ana.submit())
    assert State.WAITING is world.enrollment().step(K.CONNECT_ACCOUNT).state


def test_asking_once_asks_only_those_who_may_change_it(world: World) -> None:
    """A stranger is told whom to ask; who loses the right while the form is open, too."""
    world.start(position="connect_account:waiting", since="2026-11-22", collaborators=["ben"])
    before = world.enrollment()
    assert f"Ask <@{world.ana.id}>" in told(world, world.eve, world.click(world.eve, "It's ready", K.CONNECT_ACCOUNT))
    world.click(world.ben, "It's ready", K.CONNECT_ACCOUNT)
    world.ben.wait_view("It's ready")
    dismiss(world, "ben")

    world.ben.submit()

    assert "Ask ana." in world.ben.view.errors["on"]
    assert before.steps == world.enrollment().steps
