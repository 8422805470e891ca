"""Tickets: the procedure's own words, complete, ready to copy; and the way from there to "Mark sent"."""

from __future__ import annotations

import pytest

from bot.domain.access import Actor
from bot.domain.enrollment import Customer, Pair, State
from bot.domain.errors import NeedsConfirmation
from bot.localslack import NotPossible, View
from bot.repository import tables as t
from bot.use_cases import Caller
from tests.repository.keeping import rows
from tests.support.bot_world import World
from tests.support.steps import StepKey
from tests.support.walkthrough import accepted, add_line, empty_lists, reach, told

ENABLE, WORKFLOWS, CUSTOMERS = StepKey.ENABLE_SUBSETS, StepKey.ASSOCIATE_WORKFLOWS, StepKey.ASSOCIATE_CUSTOMERS

ENABLE_TEXT = "Please enable the Subsets feature for our Spot Organization ID 606079874885.\n"
WORKFLOWS_TEXT = """\
For our Spot Organization ID 606079874885, please associate the Eco Reports billing workflow(s), below, with the \
subset(s), going forward. We would like the processed workflow to be embedded in Cloud Analyzer and shown as charges \
in our Subsets List.

Production & co : Standard <10%>
Prod: EU : Reseller
"""
CUSTOMERS_TEXT = """\
Please associate the following end-customer organizations with these subsets, going forward. We would like our end \
customers to be able to log into the Spot console. Once you have confirmed, we will create their users and manage \
access.

Production & co : ops@one.example : 700000000001
Prod: EU : it@two.example : 700000000002
"""
PAIRS = (Pair("Production & co", "Standard <10%>"), Pair("Prod: EU", "Reseller"))
LINES = (
    Customer("Production & co", "ops@one.example", "700000000001"),
    Customer("Prod: EU", "it@two.example", "700000000002"),
)


def record(world: World, pairs: tuple[Pair, ...] = PAIRS, customers: tuple[Customer, ...] = LINES) -> None:
    """Put pairs and customers into the only enrollment, without the forms."""
    use, number = world.app.enrollments, world.enrollment().id
    for change, added in ((use.change_pairs, pairs), (use.change_customers, customers)):
        confirmed: frozenset[str] = frozenset()
        for _ in range(2 if added else 0):
            try:
                change(Caller(world.workspace, Actor(world.ana.id), confirmed=confirmed), number, added, frozenset())
                break
            except NeedsConfirmation as question:
                confirmed = frozenset(question.warnings)
    world.deliver()


def ticket_in(form: View) -> str:
    """The text that is offered to be copied."""
    (block,) = (block for block in form.blocks if block["type"] == "rich_text")
    return str(block["elements"][0]["elements"][0]["text"])


@pytest.mark.parametrize(
    ("step", "expected"),
    [(ENABLE, ENABLE_TEXT), (WORKFLOWS, WORKFLOWS_TEXT), (CUSTOMERS, CUSTOMERS_TEXT)],
    ids=["enable_subsets", "associate_workflows", "associate_customers"],
)
def test_a_ticket_has_the_wording_of_the_procedure(world: World, step: StepKey, expected: str) -> None:
    """With the organization ID, a pair or a customer a line, and names as they are, not escaped."""
    reach(world, step)
    if step is not ENABLE:
        record(world)

    world.click(world.ana, "Show ticket", step)

    assert expected == ticket_in(world.ana.wait_view("Ticket"))


@pytest.mark.parametrize("step", [ENABLE, WORKFLOWS, CUSTOMERS], ids=lambda step: step.value)
@pytest.mark.parametrize("way", ["from the ticket", "from the card"])
def test_mark_sent_asks_for_the_number_and_starts_the_wait(world: World, step: StepKey, way: str) -> None:
    """Straight on from the text, or from the card; the number stands on the card and in the thread."""
    reach(world, step)
    if step is not ENABLE:
        record(world)
    if way == "from the ticket":
        world.click(world.ana, "Show ticket", step)
        world.ana.wait_view("Ticket")
        world.ana.submit()
    else:
        world.click(world.ana, "Mark sent", step)

    accepted(world.fill(world.ana, "Mark sent", **{"Ticket number": "ECO <4711>"}))
    world.deliver()

    assert State.WAITING is world.enrollment().step(step).state
    assert "Sent (ECO &lt;4711&gt;) by" in str(world.card().blocks)
    assert "(ECO &lt;4711&gt;). Now waiting for Spot support" in world.thread()[-1].text


def test_a_ticket_number_is_needed(world: World) -> None:
    """Spaces are none; the form says where it stands."""
    reach(world, ENABLE)
    world.click(world.ana, "Mark sent", ENABLE)

    world.fill(world.ana, "Mark sent", ticket_number="  ")

    assert {"ticket_number": "Enter the ticket number."} == world.ana.view.errors


@pytest.mark.parametrize(
    ("step", "sentence"),
    [
        (WORKFLOWS, "Add at least one pair first."),
        (CUSTOMERS, "Add at least one end customer first."),
    ],
    ids=["associate_workflows", "associate_customers"],
)
def test_an_incomplete_ticket_says_what_is_missing(world: World, step: StepKey, sentence: str) -> None:
    """The card says so instead of offering it; a list that was emptied meanwhile is told where somebody goes on."""
    reach(world, step)
    assert sentence in world.card().shown
    for button in ("Show ticket", "Mark sent"):
        with pytest.raises(NotPossible):
            world.click(world.ana, button, step)

    add_line(world, world.ana, step)
    empty_lists(world)
    assert sentence == told(world, world.ana, world.click(world.ana, "Show ticket", step))
    world.ana.close_all()
    world.click(world.ana, "Mark sent", step)
    world.fill(world.ana, "Mark sent", ticket_number="4711")
    assert {"ticket_number": sentence} == world.ana.view.errors
    assert State.OPEN is world.enrollment().step(step).state


def test_anybody_may_read_a_ticket_and_only_the_team_may_mark_it_sent(world: World) -> None:
    """A stranger gets the text without the way on."""
    reach(world, ENABLE)

    world.click(world.eve, "Show ticket", ENABLE)

    assert (ENABLE_TEXT, "") == (ticket_in(world.eve.wait_view("Ticket")), world.eve.view.submit)


def test_a_long_ticket_becomes_a_file_and_nothing_is_cut(world: World) -> None:
    """400 pairs: the whole text for whoever asked, once, and the same way on to Mark sent; nothing in the channel."""
    reach(world, WORKFLOWS)
    pairs = tuple(Pair(f"Subset {n:03} of a customer", f"Billing workflow {n:03}") for n in range(400))
    record(world, pairs, ())

    world.click(world.ana, "Show ticket", WORKFLOWS)
    form = world.ana.wait_view("Ticket")
    assert "so I send it to you as a file in a direct message" in form.shown
    world.ana.close()
    world.click(world.ana, "Show ticket", WORKFLOWS)
    world.ana.wait_view("Ticket")
    world.ana.submit()
    world.ana.wait_view("Mark sent")
    world.deliver()

    assert [] == [message for message in (*world.thread(), *world.channel.messages) if message.files]
    (message,) = (message for message in world.ana.direct_messages if message.files)
    (file,) = message.files
    assert WORKFLOWS_TEXT.splitlines()[0] == file.text.splitlines()[0]
    assert [f"{pair.subset} : {pair.workflow}" for pair in pairs] == file.text.splitlines()[2:]
    assert "Associate billing workflows" in message.text
    assert "(400 pairs)" in message.text


def test_a_ticket_file_that_was_deleted_is_posted_again_when_it_is_asked_for(world: World) -> None:
    """The form promises it. While it is there, pressing again adds nothing."""
    reach(world, WORKFLOWS)
    record(world, tuple(Pair(f"Subset {n:03} of a customer", f"Billing workflow {n:03}") for n in range(400)), ())
    files = lambda: [message for message in world.ana.direct_messages if message.files]  # noqa: E731
    for _ in range(2):
        world.click(world.ana, "Show ticket", WORKFLOWS)
        world.ana.wait_view("Ticket")
        world.ana.close()
        world.jump(minutes=1)
    [first] = files()

    world.slack.delete_message(first.channel, first.ts)
    world.click(world.ana, "Show ticket", WORKFLOWS)
    world.ana.wait_view("Ticket")
    world.jump(minutes=1)

    [second] = files()
    assert first.ts != second.ts
    assert first.files[0].text == second.files[0].text


def ask_for_file(world: World) -> None:
    """Press **Show ticket** of a ticket that is too long for a form."""
    world.click(world.ana, "Show ticket", WORKFLOWS)
    world.ana.wait_view("Ticket")
    world.ana.close()


def files_of(world: World) -> list[str]:
    """The texts of the files that Ana has got."""
    return [file.text for message in world.ana.direct_messages for file in message.files]


def test_a_ticket_file_does_not_wait_behind_thread_lines(world_on: World) -> None:
    """Twenty lines are owed to the channel, one a second: the file comes within a second."""
    world = world_on
    reach(world, WORKFLOWS)
    record(world, tuple(Pair(f"Subset {n:03} of a customer", f"Billing workflow {n:03}") for n in range(400)), ())
    use, number, caller = world.app.enrollments, world.enrollment().id, Caller(world.workspace, Actor(world.ana.id))
    for n in range(20):
        use.change_customers(
            caller, number, [Customer("Production", f"c{n}@customer.example", "700000000001")], frozenset()
        )
    ask_for_file(world)

    world.app.dispatcher.run_once()

    assert 1 == len(files_of(world))
    assert 15 < len(rows(world.app.database, t.outbox, t.outbox.c.kind == "thread", t.outbox.c.state == "owed"))


def test_asking_for_a_ticket_file_again_meanwhile_does_not_bring_it_twice(world_on: World) -> None:
    """Not before it is sent, though the enrollment changes, nor just after it; a changed ticket is another file."""
    world = world_on
    reach(world, WORKFLOWS)
    record(world, tuple(Pair(f"Subset {n:03} of a customer", f"Billing workflow {n:03}") for n in range(400)), ())
    use, number, caller = world.app.enrollments, world.enrollment().id, Caller(world.workspace, Actor(world.ana.id))
    ask_for_file(world)
    use.change_customers(caller, number, [Customer("Production", "c@customer.example", "700000000001")], frozenset())
    ask_for_file(world)
    world.deliver()
    ask_for_file(world)
    world.deliver()
    assert 1 == len(files_of(world))

    use.change_pairs(caller, number, (), frozenset([Pair("Subset 007 of a customer", "Billing workflow 007")]))
    ask_for_file(world)
    world.deliver()

    first, second = files_of(world)
    assert "Subset 007" in first
    assert "Subset 007" not in second


def test_a_stranger_gets_no_file(world: World) -> None:
    """A file is something that is posted: that is for those who may act."""
    reach(world, WORKFLOWS)
    record(world, tuple(Pair(f"Subset {n:03} of a customer", f"Billing workflow {n:03}") for n in range(400)), ())

    said = told(world, world.eve, world.click(world.eve, "Show ticket", WORKFLOWS))

    assert f"Ask <@{world.ana.id}>" in said
    world.deliver()
    assert [] == [message for message in (*world.thread(), *world.eve.direct_messages) if message.files]
