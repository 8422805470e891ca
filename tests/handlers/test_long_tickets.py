"""Tickets of any size: pages to copy from, and the file in a direct message to the person who asked."""

from __future__ import annotations

import pytest

from bot.delivery import outbox
from bot.domain.access import Actor
from bot.domain.enrollment import Customer, Pair
from bot.localslack import Person, View
from bot.repository import tables as t
from bot.repository.outbox_columns import MessageKind
from bot.use_cases import Caller
from tests.handlers.test_export import files
from tests.handlers.test_list_view import pressed
from tests.handlers.test_tickets import CUSTOMERS, CUSTOMERS_TEXT, WORKFLOWS, WORKFLOWS_TEXT, record, ticket_in
from tests.repository.keeping import rows
from tests.support.bot_world import World
from tests.support.outsiders import GUEST, add
from tests.support.walkthrough import reach, told

PAIRS = tuple(Pair(f"Subset {n:03} of a customer", f"Billing workflow {n:03}") for n in range(400))


def customers(count: int) -> tuple[Customer, ...]:
    """So many end customers."""
    return tuple(Customer(f"Subset {n:04}", f"ops{n}@customer.example", f"{700_000_000_000 + n}") for n in range(count))


def lines_of(entries: tuple[Customer, ...]) -> list[str]:
    """The lines that a ticket has of end customers."""
    return [f"{each.subset} : {each.email} : {each.spot_org_id}" for each in entries]


def caller(world: World) -> Caller:
    """Ana, who owns the enrollment."""
    return Caller(world.workspace, Actor(world.ana.id))


def add_customers(world: World, count: int) -> tuple[Customer, ...]:
    """Put end customers into the only enrollment, without the form."""
    every = customers(count)
    record(world, (), every)
    return every


def page_of(world: World, person: Person, number: int) -> View:
    """The form as soon as it shows that page."""
    there = lambda: ((view := person.view) and f"page {number} of" in view.shown and view) or None  # noqa: E731
    return world.slack.wait_for(there, 5, f"page {number} of the ticket")


def all_pages(world: World, person: Person) -> list[View]:
    """Every page of the ticket, turned one after the other."""
    found = [person.wait_view("Ticket")]
    while any("Next" in str(block) for block in found[-1].blocks):
        person.click(found[-1], "tickets.page.next")
        found.append(page_of(world, person, len(found) + 1))
    return found


def file_asked_for(world: World, person: Person | None = None) -> None:
    """Press **Send me a file** on the ticket with pairs."""
    who = person or world.ana
    world.click(who, "Show ticket", WORKFLOWS)
    who.click(who.wait_view("Ticket"), "Send me a file")
    world.slack.wait_for(lambda: "as a file in a direct" in who.wait_view("Ticket").shown or None, 5, "the sentence")
    who.close_all()


def texts_got(world: World) -> list[str]:
    """The texts of the files that Ana has got."""
    return [file.text for message in files(world.ana) for file in message.files]


# --- Pages ---


@pytest.mark.parametrize("who", ["ana", "eve"])
def test_a_ticket_with_5000_customers_is_shown_whole_in_pages(world: World, who: str) -> None:
    """To who may see the enrollment, Mark sent on each page for who may; each page ends at the end of a line."""
    reach(world, CUSTOMERS)
    every = add_customers(world, 5000)
    person = world.slack.person(who)

    world.click(person, "Show ticket", CUSTOMERS)
    pages = all_pages(world, person)

    assert [*CUSTOMERS_TEXT.splitlines()[:2], *lines_of(every)] == "".join(map(ticket_in, pages)).splitlines()
    assert all(ticket_in(page).endswith("\n") for page in pages)
    assert f"page 1 of {len(pages)}" in pages[0].shown
    assert {"Mark sent anyway" if who == "ana" else ""} == {page.submit for page in pages}, "the subsets are unknown"
    person.click(pages[-1], "tickets.page.back")
    page_of(world, person, len(pages) - 1)


def test_a_ticket_says_where_it_goes(world: World) -> None:
    """Subject, address, and the pages of support; the subject can be copied."""
    reach(world, CUSTOMERS)
    add_customers(world, 1)

    world.click(world.ana, "Show ticket", CUSTOMERS)
    form = world.ana.wait_view("Ticket")

    assert "Associate end customers: Spot organization 606079874885, AWS account 1234-5678-9012" in form.shown
    assert "<https://support.spot.io/hc|support center>" in str(form.blocks)
    assert "<https://console.spotinst.com|chat in the Spot console>" in str(form.blocks)
    assert "<mailto:support@flexera.com|support@flexera.com>" in str(form.blocks)
    assert "Send me a file" not in str(form.blocks), "one box holds it all"


def test_a_ticket_that_changes_while_somebody_copies_it_says_so(world: World) -> None:
    """On the next page that they turn to."""
    reach(world, CUSTOMERS)
    every = add_customers(world, 1000)
    world.click(world.ana, "Show ticket", CUSTOMERS)
    first = world.ana.wait_view("Ticket")
    world.app.enrollments.change_customers(caller(world), world.enrollment().id, (), frozenset(every[:1]))

    world.ana.click(first, "tickets.page.next")

    assert "The ticket has changed since you opened this." in page_of(world, world.ana, 2).shown


# --- The file ---


def test_the_file_goes_to_who_asked_and_not_into_the_channel(world: World) -> None:
    """The whole text, and the same way on to Mark sent."""
    reach(world, WORKFLOWS)
    record(world, PAIRS, ())

    world.click(world.ana, "Show ticket", WORKFLOWS)
    world.ana.wait_view("Ticket")
    pressed(world, world.ana, "Send me a file")  # the form says so before she goes on
    world.ana.submit()
    world.ana.wait_view("Mark sent")
    world.deliver()

    assert [] == [message for message in (*world.thread(), *world.channel.messages) if message.files]
    (message,) = files(world.ana)
    (file,) = message.files
    assert WORKFLOWS_TEXT.splitlines()[0] == file.text.splitlines()[0]
    assert [f"{pair.subset} : {pair.workflow}" for pair in PAIRS] == file.text.splitlines()[2:]
    assert "Associate billing workflows" in message.text
    assert "(400 pairs)" in message.text


def test_a_file_that_was_owed_by_a_former_version_goes_to_the_owner_directly(world_on: World) -> None:
    """Its row names the channel, neither a person nor the text."""
    world = world_on
    reach(world, WORKFLOWS)
    record(world, PAIRS, ())
    made = world.enrollment()
    with world.app.database.write() as connection:
        payload, key, now = {"step": str(WORKFLOWS)}, f"file:{made.id}:{WORKFLOWS}:12", world.clock.now()
        place = (MessageKind.FILE, world.channel.id, now)
        outbox.owe(connection, world.workspace, key, *place, enrollment_id=made.id, payload=payload)

    world.deliver()

    assert [400 + 2] == [len(text.splitlines()) for text in texts_got(world)]
    assert [] == [message for message in (*world.thread(), *world.channel.messages) if message.files]


def test_a_ticket_file_that_was_deleted_is_posted_again_when_it_is_asked_for(world: World) -> None:
    """While it is there, asking again adds nothing."""
    reach(world, WORKFLOWS)
    record(world, PAIRS, ())
    for _ in range(2):
        file_asked_for(world)
        world.jump(minutes=1)
    [first] = files(world.ana)

    world.slack.delete_message(first.channel, first.ts)
    file_asked_for(world)
    world.jump(minutes=1)

    [second] = files(world.ana)
    assert first.ts != second.ts
    assert first.files[0].text == second.files[0].text


def test_a_ticket_file_does_not_wait_behind_thread_lines(world_on: World) -> None:
    """Twenty lines are owed to the channel, one a second: the file comes within a second."""
    world = world_on
    reach(world, WORKFLOWS)
    record(world, PAIRS, ())
    use, number = world.app.enrollments, world.enrollment().id
    for n in range(20):
        added = [Customer("Production", f"c{n}@customer.example", "700000000001")]
        use.change_customers(caller(world), number, added, frozenset())
    file_asked_for(world)

    world.app.dispatcher.run_once()

    assert 1 == len(texts_got(world))
    assert 15 < len(rows(world.app.database, t.outbox, t.outbox.c.kind == "thread", t.outbox.c.state == "owed"))


def test_asking_for_a_ticket_file_again_meanwhile_does_not_bring_it_twice(world_on: World) -> None:
    """Not before it is sent, though the enrollment changes, nor just after it; a changed ticket is another file."""
    world = world_on
    reach(world, WORKFLOWS)
    record(world, PAIRS, ())
    use, number = world.app.enrollments, world.enrollment().id
    file_asked_for(world)
    added = [Customer("Production", "c@customer.example", "700000000001")]
    use.change_customers(caller(world), number, added, frozenset())
    file_asked_for(world)
    world.deliver()
    file_asked_for(world)
    world.deliver()
    assert 1 == len(texts_got(world))

    use.change_pairs(caller(world), number, (), frozenset(PAIRS[7:8]))
    file_asked_for(world)
    world.deliver()

    first, second = texts_got(world)
    assert "Subset 007" in first
    assert "Subset 007" not in second


def test_strangers_are_offered_no_file_and_guests_get_nothing(world: World) -> None:
    """Who may only look gets the text in pages; a guest gets neither."""
    reach(world, WORKFLOWS)
    record(world, PAIRS, ())
    add(world, GUEST, world.channel.name)
    gus = world.slack.person("gus")

    world.click(world.eve, "Show ticket", WORKFLOWS)
    assert "Send me a file" not in str(world.eve.wait_view("Ticket").blocks)
    assert f"<@{world.ana.id}>" in told(world, gus, world.click(gus, "Show ticket", WORKFLOWS))

    world.deliver()
    assert [] == [*files(world.eve), *files(gus), *(message for message in world.thread() if message.files)]
