"""**Still waiting** and **Remind me later**: the next reminder moves, and the note is there for the others."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.domain.enrollment import State
from tests.handlers.test_steps import section, stamp
from tests.support.bot_world import World
from tests.support.steps import StepKey
from tests.support.walkthrough import accepted, act

K = StepKey


def test_still_waiting_moves_the_reminder_and_not_the_window(world: World) -> None:
    """The person says until which day and why; the card stays due, the next reminder comes then."""
    world.start()
    act(world, world.ana, K.CONNECT_ACCOUNT)
    world.jump(days=3, hours=4)  # Thursday, 11:00 where the owner lives
    window = world.enrollment().step(K.CONNECT_ACCOUNT).latest

    world.click(world.ana, "Still waiting", K.CONNECT_ACCOUNT)
    form = world.ana.wait_view("Still waiting")
    assert "2026-11-28" == form.values["when"], "in two days"
    world.fill(world.ana, "Still waiting", until="2026-11-26")
    assert {"until": "Thu, Nov 26 isn't in the future. Choose a day after today."} == world.ana.view.errors
    world.fill(world.ana, "Still waiting", until="2027-03-01")
    assert {"until": "Mon, Mar 1 is more than three months ahead. Choose an earlier day."} == world.ana.view.errors
    world.fill(world.ana, "Still waiting", until=None, when=None)
    assert {"when": "Choose when I should ask again."} == world.ana.view.errors
    accepted(world.fill(world.ana, "Still waiting", when="2026-11-27", note="support said <Friday>"))
    world.deliver()

    step = world.enrollment().step(K.CONNECT_ACCOUNT)
    morning = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)  # at nine in São Paulo
    assert (window, morning) == (step.latest, step.reminder.due_at)
    assert "— due" in section(world, K.CONNECT_ACCOUNT)
    said = f"<@{world.ana.id}>: still waiting for *Connect the management account* (support said &lt;Friday&gt;). "
    assert said + "I'll ask again on Fri, Nov 27." == world.thread()[-1].text
    on_card = section(world, K.CONNECT_ACCOUNT)
    assert f"<@{world.ana.id}>: still waiting, {stamp(world.clock.now())[:10]}" in on_card
    assert "(support said &lt;Friday&gt;). I'll ask again on Fri, Nov 27" in on_card
    before = len(world.channel.messages)
    world.jump(hours=20)
    assert before == len(world.channel.messages)
    world.jump(hours=2)
    assert before + 1 == len(world.channel.messages)
    assert "(support said &lt;Friday&gt;)" in world.channel.messages[-1].text


def test_an_open_step_can_be_put_off(world: World) -> None:
    """Its next reminder comes on the chosen day, and the note is there for the others."""
    world.start()

    world.click(world.ana, "Remind me later", K.CONNECT_ACCOUNT)
    accepted(world.fill(world.ana, "Remind me later", until="2026-12-05", note="budget is decided first"))
    world.deliver()

    step = world.enrollment().step(K.CONNECT_ACCOUNT)
    monday = datetime(2026, 12, 7, 12, 0, tzinfo=UTC)  # the 5th is a Saturday
    assert (State.OPEN, monday) == (step.state, step.reminder.due_at)
    words = f"<@{world.ana.id}> wants to be reminded of *Connect the management account* on Mon, Dec 7: "
    assert words + "budget is decided first" == world.thread()[-1].text
    assert "later (budget is decided first). I'll ask again on Mon, Dec 7" in section(world, K.CONNECT_ACCOUNT)


def test_the_chosen_day_stays_that_day_for_an_owner_in_another_zone(world: World) -> None:
    """Friday in São Paulo is Friday in Tokyo: not Monday, because Ana's morning is Eve's night."""
    world.start()
    act(world, world.ana, K.CONNECT_ACCOUNT)
    world.jump(days=3, hours=4)
    world.click(world.ana, "Still waiting", K.CONNECT_ACCOUNT)
    accepted(world.fill(world.ana, "Still waiting", when="2026-11-27"))

    world.ana.click(world.card(), "Edit")
    accepted(world.fill(world.ana, "Edit", owner="eve"))
    world.deliver()

    step = world.enrollment().step(K.CONNECT_ACCOUNT)
    friday = datetime(2026, 11, 27, 0, 0, tzinfo=UTC)  # at nine in Tokyo
    assert (friday, "Asia/Tokyo") == (step.reminder.due_at, world.enrollment().owner_zone)
