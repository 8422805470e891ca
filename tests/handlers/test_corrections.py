"""Correcting a step that waits, and taking its act back."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.domain.enrollment import State
from tests.handlers.test_steps import section
from tests.support.bot_world import World
from tests.support.steps import StepKey
from tests.support.walkthrough import accepted, act, reach, told

K = StepKey


def sent(world: World) -> None:
    """An enrollment whose first ticket was sent today, a Monday."""
    reach(world, K.ENABLE_SUBSETS)
    act(world, world.ana, K.ENABLE_SUBSETS, ticket_number="4711")


def test_a_ticket_number_is_corrected(world_on: World) -> None:
    """The form begins with what is recorded; the thread says what was and what is; the wait goes on as it was."""
    world = world_on
    sent(world)
    before = world.enrollment().step(K.ENABLE_SUBSETS)
    world.click(world.ana, "Correct", K.ENABLE_SUBSETS)
    assert {"ticket_number": "4711", "on": "2026-11-23"}.items() <= world.ana.wait_view("Correct").values.items()

    accepted(world.fill(world.ana, "Correct", ticket_number="4712 <&>"))
    world.deliver()

    after = world.enrollment().step(K.ENABLE_SUBSETS)
    assert (before.latest, before.reminder) == (after.latest, after.reminder)
    expected = (
        f"<@{world.ana.id}> corrected the ticket number: 4711 → 4712 &lt;&amp;&gt; (*Enable the Subsets feature*)."
    )
    assert expected == world.thread()[-1].text
    assert "Sent (4712 &lt;&amp;&gt;) by" in section(world, K.ENABLE_SUBSETS)


def test_a_corrected_day_moves_window_and_reminder(world: World) -> None:
    """As if it had been right from the beginning."""
    sent(world)
    world.click(world.ana, "Correct", K.ENABLE_SUBSETS)

    accepted(world.fill(world.ana, "Correct", on="2026-11-20"))
    world.deliver()

    step = world.enrollment().step(K.ENABLE_SUBSETS)
    assert datetime(2026, 11, 24, 3, 0, tzinfo=UTC) == step.latest
    assert datetime(2026, 11, 24, 12, 0, tzinfo=UTC) == step.reminder.due_at
    assert "corrected the day: Mon, Nov 23 → Fri, Nov 20 (*Enable the Subsets feature*)." in world.thread()[-1].text


def test_a_correction_that_cannot_be_is_refused_at_its_field(world: World) -> None:
    """A future day, no number, and nothing at all."""
    sent(world)
    before = world.enrollment()
    world.click(world.ana, "Correct", K.ENABLE_SUBSETS)

    world.fill(world.ana, "Correct", on="2026-11-24")
    assert {"on": "Tue, Nov 24 is in the future. Choose today or an earlier day."} == world.ana.view.errors
    world.fill(world.ana, "Correct", on="2026-11-23", ticket_number="  ")
    assert {"ticket_number"} == set(world.ana.view.errors)
    world.fill(world.ana, "Correct", ticket_number="4711")
    assert ["Nothing was changed."] == list(world.ana.view.errors.values())
    assert before == world.enrollment()


def test_a_call_that_was_put_off_is_planned_again(world: World) -> None:
    """A day to come opens the step again, with the plan."""
    reach(world, K.FULL_ECO)
    act(world, world.ana, K.FULL_ECO)
    world.click(world.ana, "Correct", K.FULL_ECO)
    assert "2026-11-23" == world.ana.wait_view("Correct").values["call_date"]

    accepted(world.fill(world.ana, "Correct", call_date="2026-12-04"))
    world.deliver()

    assert "— open" in section(world, K.FULL_ECO)
    assert "Call planned for Fri, Dec 4" in section(world, K.FULL_ECO)
    assert "corrected the date of the strategy call: nothing → Fri, Dec 4" in world.thread()[-1].text


def test_an_act_is_taken_back(world_on: World) -> None:
    """The step is open again, its number is filled in for the next time, and the thread says who took it back."""
    world = world_on
    sent(world)
    world.click(world.ana, "Correct", K.ENABLE_SUBSETS)

    accepted(world.fill(world.ana, "Correct", take_back=["yes"]))
    world.deliver()

    assert "— open" in section(world, K.ENABLE_SUBSETS)
    expected = f"<@{world.ana.id}> took back *Mark sent* for *Enable the Subsets feature*. The step is open again."
    assert expected == world.thread()[-1].text
    world.click(world.ana, "Mark sent", K.ENABLE_SUBSETS)
    assert "4711" == world.ana.wait_view("Mark sent").values["ticket_number"]


def test_what_does_not_wait_any_more_cannot_be_corrected(world: World) -> None:
    """Whoever pressed the old button is told why."""
    sent(world)
    card = world.card()
    world.click(world.ana, "It's ready", K.ENABLE_SUBSETS)

    said = told(world, world.ana, world.ana.click(card, "Correct"))

    assert f"<@{world.ana.id}> already confirmed this." == said
    assert State.DONE is world.enrollment().step(K.ENABLE_SUBSETS).state
