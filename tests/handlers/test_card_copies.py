"""An answer for one person is seen where they pressed, and their copy of a card shows what they did."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.enrollment import State
from bot.localslack import Message
from tests.support.bot_world import World
from tests.support.steps import StepKey
from tests.support.usual_procedure import SPECS
from tests.support.walkthrough import accepted, answer_to, reach

OUT_OF_DATE = "This copy is out of date. Run `/eco status` for a new one."


def refused(world: World) -> str:
    """The notice that opens for Dev, who may change nothing; no message is left where he may not see it."""
    notice = world.dev.wait_view("Eco enrollment")
    assert [] == world.dev.ephemerals()
    return notice.shown


def reminder(world: World) -> Message:
    """The reminder of a wait that is over: a reply in the card's thread, shown in the channel, too."""
    world.start(collaborators=["ben"])
    world.click(world.ana, "Mark done", StepKey.CONNECT_ACCOUNT)
    world.fill(world.ana, "Mark done")
    world.jump(days=2, hours=3)
    return next(message for message in world.thread() if message.broadcast)


def test_a_refusal_on_the_card_opens_a_modal(world: World) -> None:
    """It names whom to ask."""
    world.start()

    world.click(world.dev, "Mark done", StepKey.CONNECT_ACCOUNT)

    assert f"<@{world.ana.id}>" in refused(world)


def test_a_refusal_on_a_reminder_in_the_channel_opens_a_modal(world: World) -> None:
    """A reminder is a reply in a thread, where an ephemeral message is not seen."""
    due = reminder(world)

    world.dev.click(due, "It's ready")

    assert f"<@{world.ana.id}>" in refused(world)


def test_who_comes_second_reads_in_a_modal_who_was_first(world: World) -> None:
    """Two people look at the same reminder."""
    due = reminder(world)
    world.ana.click(due, "It's ready")

    world.ben.click(due, "It's ready")

    assert f"<@{world.ana.id}> already confirmed this." in world.ben.wait_view("Eco enrollment").shown


def test_a_modal_that_slack_does_not_open_becomes_a_message(world: World) -> None:
    """A second place is better than no answer."""
    world.start()
    world.slack.faults.add("views.open", "expired_trigger_id")

    delivery = world.click(world.dev, "Mark done", StepKey.CONNECT_ACCOUNT)

    assert f"<@{world.ana.id}>" in answer_to(world, delivery).text
    assert world.dev.view is None


def copy_of(world: World) -> Message:
    """What `/eco status` shows to Ana, as it is now."""
    return world.ana.ephemerals()[-1]


@pytest.mark.parametrize(
    ("step", "button", "form", "typed", "shows"),
    [
        (StepKey.CONNECT_ACCOUNT, "Mark done", "Mark done", {}, "Connect the management account: waiting"),
        (StepKey.FULL_ECO, "Skip", "Skip", {"reason": "no"}, "Full Eco: strategy call and ramp-up: skipped"),
        (StepKey.ENABLE_SUBSETS, "Mark sent", "Mark sent", {"ticket_number": "7"}, "Subsets feature: waiting"),
        (StepKey.CONNECT_ACCOUNT, "Edit", "Edit", {"account_name": "Renamed"}, "Eco enrollment of Renamed"),
        (StepKey.CONNECT_ACCOUNT, "Cancel enrollment", "Cancel enrollment", {"reason": "no"}, "cancelled by"),
    ],
)
def test_a_form_that_was_opened_from_a_copy_draws_the_copy_anew(
    world: World, step: StepKey, button: str, form: str, typed: dict[str, str], shows: str
) -> None:
    """The copy offers nothing that is over."""
    reach(world, step)
    answer_to(world, world.ana.command("/eco", "status", channel=world.channel.name))

    world.ana.click(copy_of(world), button, near=None if button in ("Edit", "Cancel enrollment") else SPECS[step].title)
    accepted(world.fill(world.ana, form, **typed))

    world.slack.wait_for(lambda: shows in copy_of(world).text or None, 5, "the new copy")
    assert 1 == len(world.ana.ephemerals())


def test_a_form_that_takes_two_views_draws_the_copy_anew(world: World) -> None:
    """The place is kept from one view to the next."""
    reach(world, StepKey.FULL_ECO)
    answer_to(world, world.ana.command("/eco", "status", channel=world.channel.name))

    world.ana.click(copy_of(world), "Reopen a step…")
    world.fill(world.ana, "Reopen a step", step="connect_account")
    accepted(world.fill(world.ana, "Reopen"))

    world.slack.wait_for(lambda: "management account: open" in copy_of(world).text or None, 5, "the new copy")


def test_a_copy_that_slack_does_not_take_any_more_is_told(world: World) -> None:
    """Half an hour after the press Slack takes no more answers to it."""
    reach(world, StepKey.CONNECT_ACCOUNT)
    answer_to(world, world.ana.command("/eco", "status", channel=world.channel.name))
    world.ana.click(copy_of(world), "Mark done", near=SPECS[StepKey.CONNECT_ACCOUNT].title)
    world.ana.wait_view("Mark done")
    world.clock.jump(timedelta(minutes=31))

    accepted(world.ana.submit())

    assert OUT_OF_DATE == world.ana.wait_view("Eco enrollment").shown


def test_a_copy_that_cannot_be_drawn_after_a_button_is_told(world: World) -> None:
    """The change is made, so nobody may read that nothing was changed."""
    reach(world, StepKey.CONNECT_ACCOUNT)
    world.click(world.ana, "Mark done", StepKey.CONNECT_ACCOUNT)
    accepted(world.fill(world.ana, "Mark done"))
    world.jump(days=2, hours=3)
    answer_to(world, world.ana.command("/eco", "status", channel=world.channel.name))
    world.slack.faults.add("response_url", "http_500")

    world.ana.click(copy_of(world), "It's ready", near=SPECS[StepKey.CONNECT_ACCOUNT].title)

    assert OUT_OF_DATE == world.ana.wait_view("Eco enrollment").shown
    assert State.DONE is world.enrollment().step(StepKey.CONNECT_ACCOUNT).state
