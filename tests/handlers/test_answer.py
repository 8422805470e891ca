"""**Answer** below a message with several reminders: a modal with what it asks for, answered there, page by page."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.localslack import Message
from tests.support.bot_world import World, running
from tests.support.steps import StepKey

MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


@pytest.fixture
def world(sqlite_url: str) -> Iterator[World]:
    """The bot in a local Slack, without a gap between reminders."""
    with running(sqlite_url, at=MONDAY) as started:
        yield started


def round_of(world: World, count: int) -> Message:
    """The message for as many enrollments of Ben whose wait is over."""
    for number in range(1, count + 1):
        world.start(
            (world.ana, world.ben, world.chi)[number % 3],  # one person may start 20 an hour
            owner="ben",
            account_id=f"{number:012}",
            account_name=f"Account {number:02}",
            spot_org_id=f"{9000000 + number}",
            position="connect_account:waiting",
        )
    world.clock.jump_to(MONDAY + timedelta(days=2, minutes=20))
    world.deliver()
    return next(m for m in world.channel.messages if "Answer" in m.buttons)


def test_everything_can_be_answered_in_one_modal(world: World) -> None:
    """Each entry has its buttons; what is answered disappears, and the last answer says that nothing is left."""
    message = round_of(world, 6)
    assert ["Answer"] == message.buttons

    world.ben.click(message, "Answer")
    view = world.ben.wait_view("Answer")
    assert [f"Account {n:02}" in view.shown for n in range(1, 7)] == [True] * 6
    world.ben.click(view, "It's ready", near="Account 03")

    world.slack.wait_for(lambda: "Account 03" not in world.ben.view.shown, what="the answered entry to go")
    assert "Account 04" in world.ben.view.shown
    assert "done" == world.app.enrollments.get(world.workspace, 3).step(StepKey.CONNECT_ACCOUNT).state.value
    for number in (1, 2, 4, 5, 6):
        world.ben.click(world.ben.view, "It's ready", near=f"Account {number:02}")
    world.slack.wait_for(lambda: "Everything here is answered" in world.ben.view.shown, what="the end")


def test_an_older_drawing_that_arrives_last_is_drawn_again(world: World) -> None:
    """Two presses at once: Slack takes the first one's drawing after the second one's, which shows both answers."""
    message = round_of(world, 6)
    world.ben.click(message, "Answer")
    view = world.ben.wait_view("Answer")
    world.slack.faults.add("views.update", "slow", delay=0.5)

    world.ben.click(view, "It's ready", near="Account 03")
    world.ben.click(view, "It's ready", near="Account 04")

    world.slack.wait_for(
        lambda: len(world.slack.calls_of("views.update")) > 1 and "Account 04" not in world.ben.view.shown,
        what="the older drawing to be drawn again",
    )
    assert "Account 03" not in world.ben.view.shown


def test_a_form_on_top_of_it_draws_it_anew(world: World) -> None:
    """**Still waiting** keeps the entry; the modal is there again after the form."""
    message = round_of(world, 6)
    world.ben.click(message, "Answer")
    view = world.ben.wait_view("Answer")

    world.ben.click(view, "Still waiting", near="Account 02")
    world.ben.wait_view("Still waiting")
    world.ben.submit()

    assert "Account 02" in world.ben.wait_view("Answer").shown


def test_many_entries_have_pages(world: World) -> None:
    """Fifteen a page; an answer keeps the page."""
    message = round_of(world, 40)
    world.ben.click(message, "Answer")
    first = world.ben.wait_view("Answer")
    assert "Account 15" in first.shown
    assert "Account 16" not in first.shown

    world.ben.click(first, "Next (2 of 3; 40 in all)")
    world.slack.wait_for(lambda: "Account 16" in world.ben.view.shown, what="the second page")
    world.ben.click(world.ben.view, "It's ready", near="Account 20")
    world.slack.wait_for(lambda: "Account 20" not in world.ben.view.shown, what="the answer")
    assert "Account 21" in world.ben.view.shown
    world.ben.click(world.ben.view, "Back")
    world.slack.wait_for(lambda: "Account 01" in world.ben.view.shown, what="the first page")


def test_a_stranger_is_told_whom_to_ask(world: World) -> None:
    """They may look, and are refused when they answer."""
    message = round_of(world, 6)
    world.eve.click(message, "Answer")
    view = world.eve.wait_view("Answer")

    world.eve.click(view, "It's ready", near="Account 01")

    world.slack.wait_for(lambda: "Ask" in world.eve.view.shown, what="the refusal")
    assert "waiting" == world.app.enrollments.get(world.workspace, 1).step(StepKey.CONNECT_ACCOUNT).state.value
