"""A ticket in parts, where the operator limits its lines: pages, file, several numbers, and what is kept of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.domain.enrollment import State
from tests.handlers.test_export import files, table, unpacked
from tests.handlers.test_long_tickets import add_customers, all_pages, caller, lines_of, texts_got
from tests.handlers.test_tickets import CUSTOMERS, CUSTOMERS_TEXT, ticket_in
from tests.support.bot_world import World, running
from tests.support.walkthrough import accepted, press_in_menu, reach


@pytest.fixture
def split(sqlite_url: str) -> Iterator[World]:
    """The bot where a ticket has 50 lines at most."""
    with running(sqlite_url, ECO_TICKET_LINES="50") as started:
        yield started


def test_a_ticket_is_split_where_the_operator_says_so(split: World) -> None:
    """Each part with its subject and the documented words around its lines, on a page of its own, and in the file."""
    world = split
    reach(world, CUSTOMERS)
    every = add_customers(world, 120)
    words = CUSTOMERS_TEXT.splitlines()[:2]

    world.click(world.ana, "Show ticket", CUSTOMERS)
    pages = all_pages(world, world.ana)

    parts = [every[:50], every[50:100], every[100:]]
    assert [[*words, *lines_of(part)] for part in parts] == [ticket_in(page).splitlines() for page in pages]
    for number, page in enumerate(pages, 1):
        assert f"Associate end customers (part {number} of 3): Spot organization 606079874885" in page.shown
        assert f"This is part {number} of 3." in page.shown
    world.ana.click(pages[-1], "Send me a file")
    world.deliver()
    (text,) = texts_got(world)
    assert ["===== Part 1 of 3 =====", "===== Part 2 of 3 =====", "===== Part 3 of 3 ====="] == [
        line for line in text.splitlines() if line.startswith("=====")
    ]
    assert lines_of(every) == [line for line in text.splitlines() if line.startswith("Subset ")]
    assert 3 == text.count(words[0])
    assert "It goes out in 3 parts" in files(world.ana)[0].text


def test_mark_sent_takes_the_numbers_of_all_parts(split: World) -> None:
    """Fewer are asked about; card, thread and export name them, and the export has the parts as they were sent."""
    world = split
    reach(world, CUSTOMERS)
    every = add_customers(world, 120)
    world.click(world.ana, "Mark sent", CUSTOMERS)
    assert "Enter the 3 numbers from Spot support, separated by commas." in str(world.ana.wait_view("Mark sent").blocks)

    world.fill(world.ana, "Mark sent", ticket_number="ECO-1, ECO-2, ECO-2")
    assert "This ticket goes out in 3 parts, so there should be 3 ticket numbers. You entered only 2." in (
        world.ana.view.shown
    )
    assert State.OPEN is world.enrollment().step(CUSTOMERS).state
    accepted(world.fill(world.ana, "Mark sent", ticket_number="ECO-1, ECO-2, ECO-3"))
    world.deliver()
    world.app.enrollments.change_customers(caller(world), world.enrollment().id, (), frozenset(every[:1]))
    world.deliver()

    assert "Sent (tickets ECO-1, ECO-2, ECO-3) by" in str(world.card().blocks)
    assert any("(ECO-1, ECO-2, ECO-3). Now waiting" in message.text for message in world.thread())
    press_in_menu(world.ana, world.card(), "Export")
    world.deliver()
    (sent,) = table(unpacked(files(world.ana)[-1])["tickets.csv"])[-1:]
    assert "ECO-1, ECO-2, ECO-3" == sent["ticket number"]
    assert lines_of(every) == [line for line in sent["text"].splitlines() if line.startswith("Subset ")]
    assert 3 == sent["text"].count("Subject: Associate end customers (part ")


def test_who_has_no_numbers_may_say_how_the_parts_were_sent(split: World) -> None:
    """They are asked once."""
    world = split
    reach(world, CUSTOMERS)
    add_customers(world, 51)
    world.click(world.ana, "Mark sent", CUSTOMERS)

    world.fill(world.ana, "Mark sent", ticket_number="in the chat")
    assert "You entered none." in world.ana.view.shown
    accepted(world.ana.submit())

    assert State.WAITING is world.enrollment().step(CUSTOMERS).state
