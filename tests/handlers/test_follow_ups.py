"""Tickets follow the list: follow-up tickets from the card and the lists, and confirmations of a part."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.domain.enrollment import Customer, State
from bot.domain.sent_lines import Counts, counts
from bot.localslack import View
from tests.handlers.test_export import files, table, unpacked
from tests.handlers.test_list_view import opened, pressed, some_customers
from tests.handlers.test_long_tickets import caller
from tests.handlers.test_tickets import CUSTOMERS, record, ticket_in
from tests.support.bot_world import World
from tests.support.walkthrough import accepted, confirm, press_in_menu, reach

NEW = Customer("Test", "ops@new.example", "800000000001")


def mark_sent(world: World, number: str) -> None:
    """Say on the card that the ticket went out."""
    world.click(world.ana, "Mark sent", CUSTOMERS)
    accepted(world.fill(world.ana, "Mark sent", ticket_number=number))
    world.deliver()


def sent(world: World, count: int = 3) -> tuple[Customer, ...]:
    """End customers whose ticket went out."""
    reach(world, CUSTOMERS)
    record(world, (), some_customers(count))
    mark_sent(world, "ECO-1")
    return some_customers(count)


def change(world: World, add: tuple[Customer, ...] = (), remove: tuple[Customer, ...] = ()) -> None:
    """Change the list without a form."""
    world.app.enrollments.change_customers(caller(world), world.enrollment().id, add, frozenset(remove))
    world.deliver()


def card(world: World) -> str:
    """What the card says."""
    return str(world.card().blocks)


def found(world: World) -> Counts:
    """How far the lines are."""
    return counts(world.enrollment(), "customers")


def test_a_line_that_is_added_later_goes_out_in_a_follow_up(world: World) -> None:
    """The form says so, the card too; the ticket has that line alone, and the step is done when both are confirmed."""
    sent(world)
    view = opened(world, world.ana)
    assert ":email: sent (ticket ECO-1)" in view.shown
    world.ana.click(view, "Add customers")
    form = world.ana.wait_view("End customers")
    assert "what you change now goes into a follow-up ticket." in form.shown
    accepted(world.fill(world.ana, "End customers", customers="Test : ops@new.example : 800000000001"))
    world.ana.close_all()
    world.deliver()

    assert "3 of 4 end customers sent. Spot hasn't heard of 1 of them yet." in card(world)
    assert "Spot hasn't heard of 1 change for *Associate end customers* yet." in world.thread()[-1].text
    world.click(world.ana, "It's ready", CUSTOMERS)
    asked = world.ana.wait_view("It's ready")
    assert "This confirms only what was sent." in asked.shown
    accepted(world.ana.submit())
    world.deliver()
    assert "3 of 4 associated. Users created for 0 of 4. Spot hasn't heard of 1 of them yet." in card(world)
    assert "for 3 of 4" in world.thread()[-1].text

    world.click(world.ana, "Send follow-up ticket", CUSTOMERS)
    view = world.ana.wait_view("Ticket")
    assert "it tells Spot support only what has changed: 1 new." in view.shown
    assert "Associate end customers, follow-up:" in view.shown
    text = ticket_in(view)
    assert ["", "Please associate:", "Test : ops@new.example : 800000000001"] == text.strip().splitlines()[-3:]
    assert "\n\n\n" not in text
    assert "ticket ECO-1" in text
    world.ana.submit()
    accepted(world.fill(world.ana, "Mark sent", ticket_number="ECO-2"))
    world.deliver()
    assert "3 of 4 associated, 1 in a follow-up. Users created for 0 of 4." in card(world)
    assert "sent the follow-up ticket for *Associate end customers* (ECO-2). Changes in it: 1 new." in (
        world.thread()[-1].text
    )
    confirm(world, world.ana, CUSTOMERS)
    assert State.DONE is world.enrollment().step(CUSTOMERS).state


def test_the_step_waits_while_a_follow_up_is_sent(world: World) -> None:
    """Its number is asked for anew; then one of the two tickets is confirmed."""
    first, second, _ = sent(world)
    changed_one = Customer(first.subset, "new@customer.example", first.spot_org_id)
    change(world, (changed_one,), (second,))
    assert State.WAITING is world.enrollment().step(CUSTOMERS).state

    world.click(world.ana, "Send follow-up ticket", CUSTOMERS)
    view = world.ana.wait_view("Ticket")
    assert ("Mark sent", True) == (view.submit, "ops0@customer.example : 700000000000 -> " in ticket_in(view))
    world.ana.submit()
    form = world.ana.wait_view("Mark sent")
    assert "tells Spot support only what has changed" in form.shown
    (number,) = (block for block in form.blocks if block.get("block_id") == "ticket_number")
    assert "initial_value" not in number["element"]
    accepted(world.fill(world.ana, "Mark sent", ticket_number="ECO-2"))
    world.deliver()

    world.click(world.ana, "It's ready", CUSTOMERS)
    asked = world.ana.wait_view("It's ready")
    assert "Which tickets has support confirmed?" in asked.shown
    world.ana.fill({"tickets": ["1"]})
    accepted(world.ana.submit())
    world.deliver()
    assert "1 of 2 associated, 2 in a follow-up." in card(world)
    assert State.WAITING is world.enrollment().step(CUSTOMERS).state
    assert "The others are in another ticket." in world.thread()[-1].text


def test_a_done_step_offers_the_follow_up_again(world: World) -> None:
    """After a removal in the list, which says what Spot does not know."""
    sent(world)
    confirm(world, world.ana, CUSTOMERS)
    assert State.DONE is world.enrollment().step(CUSTOMERS).state

    view = opened(world, world.ana)
    assert ":white_check_mark: associated (ticket ECO-1)" in view.shown
    assert "3 of 3 associated." in view.shown
    (field,) = (str(b["block_id"]) for b in view.blocks if str(b.get("block_id")).startswith("chosen."))
    options = next(b for b in view.blocks if b.get("block_id") == field)["element"]["options"]
    world.ana.fill({field: [options[0]["value"]]})
    pressed(world, world.ana, "Remove chosen…")
    world.ana.submit()
    said = world.ana.wait_view("See the lists").shown
    assert "Removed 1 end customer. Spot hasn't heard yet that 1 was removed." in said
    assert "To be removed: “Production : ops0@customer.example : 700000000000”." in said
    world.ana.close_all()
    world.deliver()

    assert State.OPEN is world.enrollment().step(CUSTOMERS).state
    assert "2 of 2 associated. Users created for 2 of 2. Spot hasn't heard yet that 1 was removed." in card(world)
    world.click(world.ana, "Send follow-up ticket", CUSTOMERS)
    assert "Please remove these associations:" in ticket_in(world.ana.wait_view("Ticket"))


def add_one(world: World) -> None:
    """Somebody adds a line."""
    change(world, (NEW,))


def remove_one(world: World) -> None:
    """Somebody removes a line."""
    change(world, (), (world.enrollment().customers[0],))


@pytest.mark.parametrize("meanwhile", [add_one, remove_one])
def test_what_comes_while_the_number_is_typed_was_not_sent(world: World, meanwhile: Callable[[World], None]) -> None:
    """The ticket that the person has read counts, not the list of the moment."""
    reach(world, CUSTOMERS)
    record(world, (), some_customers(3))
    world.click(world.ana, "Show ticket", CUSTOMERS)
    world.ana.wait_view("Ticket")
    meanwhile(world)
    world.ana.submit()
    accepted(world.fill(world.ana, "Mark sent", ticket_number="ECO-1"))

    (ticket,) = world.enrollment().list_tickets
    assert set(some_customers(3)) == set(ticket.added)
    assert 1 == found(world).changes
    world.deliver()
    assert "Send follow-up ticket" in card(world)


def test_two_people_cannot_send_the_same_follow_up(world: World) -> None:
    """The second one is told who was faster, also where the list has changed once more."""
    sent(world)
    add_one(world)
    world.click(world.ana, "Send follow-up ticket", CUSTOMERS)
    world.ana.wait_view("Ticket")
    world.ana.submit()
    world.ana.wait_view("Mark sent")
    use, number = world.app.enrollments, world.enrollment().id
    use.complete_act(caller(world), number, CUSTOMERS, {"ticket_number": "ECO-2"})
    change(world, (Customer("Test", "ops@newer.example", "800000000002"),))

    world.fill(world.ana, "Mark sent", ticket_number="ECO-3")

    assert "has sent a ticket since you opened this" in str(world.ana.wait_view().errors)
    assert 2 == len(world.enrollment().list_tickets)


def test_the_export_has_the_marks(world: World) -> None:
    """Each line with its ticket, what is to be removed at the end, and every line of every ticket."""
    first, *_ = sent(world)
    change(world, (NEW,), (first,))

    press_in_menu(world.ana, world.card(), "Export")
    world.deliver()

    found = unpacked(files(world.ana)[-1])
    lines = [(row["subset"], row["state"], row["ticket number"]) for row in table(found["customers.csv"])]
    assert [("Test", "sent", "ECO-1"), ("Production", "sent", "ECO-1"), ("Test", "not sent", "")] == lines[:3]
    assert ("Production", "to be removed", "ECO-1") == lines[3]
    asked = [(row["asks to"], row["ticket number"]) for row in table(found["list-tickets.csv"])]
    assert [("add", "ECO-1")] * 3 == asked
    assert "<td>to be removed, ECO-1</td>" in str(found["enrollment.html"])


def test_a_preview_says_what_spot_will_not_know(world: World) -> None:
    """Before it is saved."""
    sent(world)
    view = opened(world, world.ana)
    world.ana.click(view, "Add customers")
    world.ana.wait_view("End customers")
    world.fill(world.ana, "End customers", customers="Test : ops@new.example : 800000000001\nnothing")

    shown: View = world.ana.wait_view("Preview")
    assert "Spot hasn't heard of 1 of them yet. Send a follow-up ticket after saving." in shown.shown


def test_of_many_removed_lines_the_list_names_three(world: World) -> None:
    """The others are counted; one of them more is named as before."""
    sent(world, 7)
    for gone, words in ((3, "(2)”."), (5, "(2)” and 2 more.")):
        change(world, remove=some_customers(7)[:gone])

        said = opened(world, world.ana).shown

        removed = said[said.index("To be removed: ") :].splitlines()[0]
        assert 3 == removed.count("@customer.example")
        assert words.replace("(2)", "700000000002") in removed
        world.ana.close_all()


def test_reopening_a_step_whose_ticket_went_out_says_what_becomes_of_it(world: World) -> None:
    """What was sent stays sent; the list can be changed without reopening."""
    sent(world)
    confirm(world, world.ana, CUSTOMERS)
    world.ana.click(world.card(), "Reopen a step…")
    world.fill(world.ana, "Reopen a step", step=str(CUSTOMERS))

    shown = world.slack.wait_for(
        lambda: v.shown if (v := world.ana.view) and "No other step" in v.shown else None, 10, "it"
    )

    assert "What was sent stays sent, but isn't confirmed any more. To change the list, you needn't reopen" in shown
