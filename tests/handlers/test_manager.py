"""A manager without enrollments of their own: what is late, where it stands, the list as a file, the digest."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import pytest

from bot.delivery import digest_rows
from bot.domain.access import Actor
from bot.domain.digest_schedule import parse_digest
from bot.localslack import View
from bot.use_cases import Caller
from tests.handlers.test_home import opened
from tests.handlers.test_home_portfolio import search, shows
from tests.support.bot_world import World, running

NAMES = {"late": "Acme", "ticket": "Birch", "open": "Cedar", "cancelled": "Dune"}

DIGEST = "tue 09:00"


@pytest.fixture
def portfolio(sqlite_url: str) -> Iterator[World]:
    """Four enrollments of Ana's and Ben's: one late, one with a ticket at support, one open, one cancelled."""
    with running(sqlite_url, ECO_DIGEST=DIGEST) as world:
        places = (
            ("late", world.ana, {"position": "connect_account:waiting", "since": "2026-11-18"}),
            ("ticket", world.ben, {"position": "enable_subsets:waiting", "since": "2026-11-23"}),
            ("open", world.ana, {"position": "create_subsets"}),
            ("cancelled", world.ben, {"position": "connect_account"}),
        )
        for number, (name, owner, place) in enumerate(places, 1):
            account, organization = f"{number}" * 12, f"60607987488{number}"
            world.start(owner, account_id=account, account_name=NAMES[name], spot_org_id=organization, **place)
        ended = world.enrollments()[-1]
        caller = Caller(world.workspace, Actor(world.ben.id))
        world.app.enrollments.cancel(caller, ended.id, "They stay with their provider")
        world.deliver()
        yield world


def home(world: World) -> View:
    """The home tab of Eve, who manages and owns nothing."""
    return opened(world, world.eve)


def test_home_answers_which_are_late_and_whom_to_ask(portfolio: World) -> None:
    """Without a press; nothing is said to Eve that is meant for an owner, and no button would refuse her."""
    world = portfolio
    first = home(world)

    assert ["1 late", "2 need us", "1 waiting", "3 finish this month", "3 in all"] == [
        label for label in first.buttons if label[0].isdigit()
    ]
    assert "3 enrollments, most urgent first." in first.shown
    acme, birch = (line for line in first.shown.split("\n") if "*late*" in line or "Spot support" in line)
    assert acme.endswith(f"*late*. <@{world.ana.id}>'s turn: Are Cost Analysis and the dashboard there?")
    assert f"They give no date; I'll ask <@{world.ben.id}> " in birch
    assert "ask you" not in first.shown
    assert {"Mark done", "It's ready", "Mark sent"}.isdisjoint(first.buttons)


def test_counts_filter_and_open_lead_to_one_of_them(portfolio: World) -> None:
    """A press on the count, a search that finds nothing, and one that finds it."""
    world, eve = portfolio, portfolio.eve
    home(world)
    eve.click("home", "1 late")
    assert f"|{NAMES['late']}>*" in shows(world, eve, "1 enrollment is late.").shown

    search(world, eve, words="Zinc", segment="all")
    shows(world, eve, "No enrollment with “Zinc” in the name or the IDs.")
    search(world, eve, words="Birch")
    shows(world, eve, "1 enrollment, with “Birch” in the name or the IDs.")
    eve.click("home", "Open")

    card = eve.wait_view("Enrollment")
    assert "Eco enrollment: Birch" in card.shown


def test_the_list_as_a_file_says_what_home_says(portfolio: World) -> None:
    """Cancelled ones are in it and said to be; nobody's turn comes in them."""
    world, eve = portfolio, portfolio.eve
    home(world)
    eve.click("home", "Export list")
    world.slack.wait_for(lambda: (world.deliver(), [m for m in eve.direct_messages if m.files])[1] or None, 30, "it")

    [message] = [each for each in eve.direct_messages if each.files]
    assert message.text.startswith("All 4 enrollments that you may see are in ")
    assert message.text.endswith(", cancelled ones too.")
    rows = list(csv.DictReader(io.StringIO(message.files[0].content.decode("utf-8-sig"))))
    turns = {row["account name"]: (row["status"], row["whose turn"]) for row in rows}
    assert {
        "Acme": ("active", "us"), "Birch": ("active", "Spot support"), "Cedar": ("active", "us"),
        "Dune": ("cancelled", ""),
    } == turns  # fmt: skip


def test_the_digest_tells_the_same_in_the_channel(portfolio: World) -> None:
    """Who has to do what, and what waits for whom."""
    world = portfolio
    with world.app.database.write() as connection:
        digest_rows.plan(connection, world.workspace, parse_digest(DIGEST), world.clock.now())
    world.jump(hours=30)

    [digest] = [each for each in world.channel.messages if each.text.startswith("Eco enrollments this week")]
    needs, _, waiting = digest.text.partition("*Waiting*")
    assert all(name in needs for name in ("Acme", "Cedar"))
    assert "Birch" in waiting
    assert "Dune" not in digest.text.partition("*Done in the last 7 days*")[0]
