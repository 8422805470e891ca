"""**Add to calendar**: the dates of an enrollment as a file; entries that move keep their name; zones are right."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import icalendar

from bot.localslack import Message
from tests.support.bot_world import World
from tests.support.outsiders import GUEST, add
from tests.support.steps import StepKey
from tests.support.walkthrough import accepted, act, press_in_menu, reach, told

FULL = StepKey.FULL_ECO


def events(text: str) -> dict[str, Any]:
    """UID -> event of a calendar, as a calendar program reads it."""
    calendar = icalendar.Calendar.from_ical(text)
    return {str(event["uid"]): event for event in calendar.walk("VEVENT")}


def files_of(world: World) -> list[Message]:
    """The messages with calendars that Ana has got."""
    return [message for message in world.ana.direct_messages if message.files]


def ask(world: World) -> str:
    """Add the dates to Ana's calendar from the card's menu; what the form says."""
    press_in_menu(world.ana, world.card(), "Add to calendar")
    said = world.ana.wait_view("Calendar").shown
    world.ana.close_all()
    world.jump(minutes=1)
    return said


def test_the_dates_come_as_a_file_and_move_with_the_enrollment(world: World) -> None:
    """By direct message; the call that is moved is the same entry with a higher number, in every zone the same day."""
    reach(world, FULL, account_name="Prod; EU, 1\\2")
    act(world, world.ana, FULL, call_date="2026-12-08")
    said = ask(world)
    world.click(world.ana, "Mark done", FULL)
    accepted(world.fill(world.ana, "Mark done", call_date="2026-12-10"))
    ask(world)

    assert "I'm sending you 1 date of *Prod; EU, 1\\2* as a file in a direct message." in said
    first, second = (events(message.files[0].text) for message in files_of(world))
    [uid] = first
    assert first.keys() == second.keys()
    assert first[uid]["sequence"] < second[uid]["sequence"]
    assert (date(2026, 12, 8), date(2026, 12, 10)) == (first[uid]["dtstart"].dt, second[uid]["dtstart"].dt)
    assert "Prod; EU, 1\\2: strategy call with Spot" == str(first[uid]["summary"])
    assert world.card().ts.replace(".", "") in str(first[uid]["url"])


def test_a_window_is_the_same_instant_in_every_zone(world: World) -> None:
    """It begins with the call in the owner's zone and ends after the clocks have changed."""
    reach(world, FULL)
    act(world, world.ana, FULL)
    ask(world)

    found = events(files_of(world)[0].files[0].text)

    window = next(event for uid, event in found.items() if uid.startswith("window.full_eco."))
    begins, ends = window["dtstart"].dt, window["dtend"].dt
    acted = world.enrollment().step(FULL).acted_at
    assert acted is not None
    assert (timedelta(weeks=4), timedelta(weeks=6)) == (begins - acted, ends - acted)
    assert UTC.utcoffset(None) == begins.utcoffset()
    assert begins.astimezone(ZoneInfo("America/Sao_Paulo")) == begins
    assert isinstance(begins, datetime)
    assert "Is the ramp-up finished" in str(window["description"])


def test_asked_twice_the_file_comes_once(world: World) -> None:
    """The same dates are not sent again."""
    reach(world, FULL)
    act(world, world.ana, FULL, call_date="2026-12-08")

    ask(world)
    ask(world)

    assert 1 == len(files_of(world))


def test_without_dates_it_says_so_and_sends_nothing(world: World) -> None:
    """At the beginning nothing is waited for. Of a feed, which there is not here, it says nothing."""
    world.start()

    world.ana.command("/eco", "calendar", channel="eco-rollout")
    said = world.ana.wait_view("Calendar").shown
    world.deliver()

    assert "Nothing in this enrollment has a date yet" in said
    assert "feed" not in said
    assert [] == files_of(world)


def test_whoever_may_not_see_it_gets_no_dates(world: World) -> None:
    """A guest who reads the channel."""
    reach(world, FULL)
    gus = add(world, GUEST, "eco-rollout")

    said = told(world, gus, press_in_menu(gus, world.card(), "Add to calendar"))

    assert f"<@{world.ana.id}>" in said
