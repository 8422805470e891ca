"""A private calendar feed over HTTP: whose it is, what it shows, when it ends, and what is stored and logged of it."""

from __future__ import annotations

import logging
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import icalendar
import pytest

from bot.localslack import Person
from bot.repository import tables as t
from tests.handlers.test_home import opened
from tests.repository.keeping import rows
from tests.support.bot_world import World, running
from tests.support.outsiders import GUEST, add
from tests.support.walkthrough import told

BASE = "https://eco.example.com"


@contextmanager
def with_feeds(url: str) -> Iterator[World]:
    """The bot with a public address, and two enrollments that wait for data: of Ana, and of Ben in private."""
    with running(url, ECO_PUBLIC_URL=f"{BASE}/") as started:
        started.start(position="connect_account:waiting")
        other = {"account_id": "222222222222", "account_name": "Staging", "spot_org_id": "7777777"}
        started.start(started.ben, channel_id="eco-private", position="connect_account:waiting", **other)
        yield started


@pytest.fixture
def world(sqlite_url: str) -> Iterator[World]:
    """That bot on SQLite."""
    with with_feeds(sqlite_url) as started:
        yield started


@pytest.fixture
def world_on_each(database_url: str) -> Iterator[World]:
    """That bot on each database."""
    with with_feeds(database_url) as started:
        yield started


def get(world: World, address: str, method: str = "GET") -> tuple[int, dict[str, str], str]:
    """Status, headers and text of a feed's address, asked of the bot itself."""
    path = address.removeprefix(BASE)
    asked = urllib.request.Request(f"{world.url}{path}", method=method)
    try:
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return answer.status, dict(answer.headers), answer.read().decode()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, dict(refused.headers), refused.read().decode()


def open_form(person: Person) -> Any:
    """The person's form of their feed."""
    person.close_all()
    person.command("/eco", "calendar feed", channel="eco-rollout")
    return person.wait_view("Calendar")


def feed_of(person: Person) -> str:
    """A new address of a person's feed."""
    open_form(person)
    person.submit()
    address = next(
        element["text"]
        for block in person.view.blocks
        if block["type"] == "rich_text"
        for element in block["elements"][0]["elements"]
    )
    person.close_all()
    return str(address)


def names(text: str) -> set[str]:
    """The accounts that a feed tells of."""
    return {str(event["summary"]).partition(":")[0] for event in icalendar.Calendar.from_ical(text).walk("VEVENT")}


def test_each_sees_their_own_and_admins_see_all(world_on_each: World) -> None:
    """Who has none of their own sees what their channels show; the private one stays with its people."""
    world = world_on_each
    shown = {
        person.name: names(get(world, feed_of(person))[2]) for person in (world.ana, world.ben, world.chi, world.eve)
    }

    assert {"ana": {"Production"}, "ben": {"Staging"}, "chi": {"Production", "Staging"}, "eve": {"Production"}} == shown


def test_a_feed_is_a_calendar_that_nothing_keeps(world: World) -> None:
    """Of the right type, not to be stored, with links to cards; HEAD is answered, POST is not."""
    address = feed_of(world.ana)
    status, headers, text = get(world, address)

    assert address.startswith(f"{BASE}/calendar/")
    assert (200, "text/calendar; charset=utf-8", "no-store") == (
        status,
        headers["Content-Type"],
        headers["Cache-Control"],
    )
    assert world.card("eco-rollout").ts.replace(".", "") in text.replace("\r\n ", "")
    assert (200, "") == (get(world, address, "HEAD")[0], get(world, address, "HEAD")[2])
    assert 405 == get(world, address, "POST")[0]


def test_an_address_that_leaked_is_renewed_or_ended(world: World) -> None:
    """The old one is gone at once, the new one works until the feed ends."""
    first, second = feed_of(world.ana), feed_of(world.ana)
    assert [404, 200] == [get(world, address)[0] for address in (first, second)]

    form = open_form(world.ana)
    assert "You've had a private feed since" in form.shown
    said = told(world, world.ana, world.ana.click(form, "End the feed"))

    assert "Your feed has ended" in said
    assert 404 == get(world, second)[0]
    assert "Get my feed" == open_form(world.ana).submit


@pytest.mark.parametrize("token", ["", "x", "a" * 43, "../metrics", "%2e%2e/x", "a" * 4000])
def test_an_unknown_address_is_not_found(world: World, token: str) -> None:
    """And says nothing more."""
    status, _, text = get(world, f"/calendar/{token}.ics")

    assert status == 404
    assert "BEGIN" not in text
    assert "Production" not in text


def test_a_feed_of_somebody_who_left_is_not_found(world: World) -> None:
    """Or who may see nothing any more: a guest. While Slack does not tell who it is, it is to be asked later."""
    address = feed_of(world.eve)
    guest = feed_of(add(world, GUEST, "eco-rollout"))
    assert (200, 404) == (get(world, address)[0], get(world, guest)[0])

    world.slack.deactivate(world.eve)
    world.clock.jump_to(world.clock.now().replace(year=2027))

    assert 404 == get(world, address)[0]


def test_slack_being_away_is_no_end_of_a_feed(world: World) -> None:
    """A calendar that gets a 404 might forget the feed."""
    address = feed_of(world.eve)
    world.clock.jump_to(world.clock.now().replace(year=2027))
    for _ in range(5):
        world.slack.faults.add("users.info", "http_500")

    status, headers, _ = get(world, address)

    assert (503, "60") == (status, headers["Retry-After"])


def test_nothing_keeps_the_address(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """The database has a hash of its token, the log not even that."""
    with caplog.at_level(logging.DEBUG):
        address = feed_of(world.ana)
        get(world, address)
    token = address.rpartition("/")[2].removesuffix(".ics")

    assert len(token) == 43
    assert token not in str(rows(world.app.database, t.calendar_feeds))
    assert token not in caplog.text


def test_a_repeated_delivery_makes_no_second_address(world: World) -> None:
    """The one that the person saw keeps working."""
    open_form(world.ana)
    delivery = world.ana.submit()
    address = next(
        element["text"]
        for block in world.ana.view.blocks
        if block["type"] == "rich_text"
        for element in block["elements"][0]["elements"]
    )

    world.slack.redeliver(delivery)

    assert 200 == get(world, address)[0]


def test_a_feed_is_made_from_the_home_tab(world: World) -> None:
    """Its button opens the same form; without a public address there is no button."""
    opened(world, world.eve)
    world.eve.click("home", "Calendar feed")
    world.eve.wait_view("Calendar")
    world.eve.submit()

    assert "This is your feed's address." in world.eve.view.shown
    assert [world.eve.id] == [row["user_id"] for row in rows(world.app.database, t.calendar_feeds)]


def test_the_home_tab_offers_no_feed_that_cannot_be_had(sqlite_url: str) -> None:
    """Without ECO_PUBLIC_URL."""
    with running(sqlite_url) as world:
        assert "Calendar feed" not in str(opened(world, world.ana).blocks)
