"""Follow-up tickets by email: what was written is what counts as sent, whatever changes on the way."""

from __future__ import annotations

from bot.domain.enrollment import Pair, State
from bot.domain.sent_lines import TicketLines, lines_to_send
from bot.use_cases import Caller
from tests.delivery.stepwise import claim_and_send, store
from tests.emails.email_actions import WORKFLOWS, caller, lines, open_form, send
from tests.support.bot_world import World
from tests.support.confirming import Everything
from tests.support.mail_services import DROP, OddSes
from tests.support.walkthrough import accepted, reach

A, B, C, D = (Pair(f"Subset {letter}", "Standard") for letter in "ABCD")


def change(world: World, add: tuple[Pair, ...] = (), remove: tuple[Pair, ...] = ()) -> None:
    """Change the pairs without a form."""
    confirmed = Caller(world.workspace, caller(world).actor, confirmed=Everything())
    world.app.enrollments.change_pairs(confirmed, world.enrollment().id, add, frozenset(remove))


def begun(world: World) -> None:
    """A ticket with two pairs that was sent by email, while a third one was added and the second one removed."""
    reach(world, WORKFLOWS)
    change(world, (A, B))
    world.deliver()
    send(world, step=WORKFLOWS)
    results = claim_and_send(world)
    change(world, (C,), (B,))
    store(world, results)
    world.deliver()


def bodies(ses: OddSes) -> list[str]:
    """The texts that the mail service took."""
    return [email["Content"]["Simple"]["Body"]["Text"]["Data"] for email in ses.accepted]


def test_lines_that_come_while_an_email_is_on_its_way_go_into_a_follow_up(world_on: World, ses: OddSes) -> None:
    """The follow-up goes by email, too, and nobody is asked whether the ticket went out before."""
    world = world_on
    begun(world)
    (first,) = world.enrollment().list_tickets
    assert ({A, B}, State.WAITING) == (set(first.added), world.enrollment().step(WORKFLOWS).state)
    assert TicketLines((C,), (), (B,), follow_up=True) == lines_to_send(world.enrollment(), "pairs")

    form = open_form(world, step=WORKFLOWS)
    assert "already went out" not in form.shown
    accepted(world.ana.submit())
    world.deliver()

    assert 2 == len(bodies(ses))
    assert "Please associate:\nSubset C : Standard\n" in bodies(ses)[1]
    assert "Please remove these associations:\nSubset B : Standard\n" in bodies(ses)[1]
    assert "the follow-up ticket for *Associate billing workflows* by email" in lines(world)[-1]
    second = world.enrollment().list_tickets[-1]
    assert (True, (C,), (B,), 2) == (second.follow_up, second.added, second.removed, second.number)


def test_a_follow_up_of_unknown_outcome_stays_unsent(world_on: World, ses: OddSes) -> None:
    """Until a person says what is so; sending it again is asked about."""
    world = world_on
    begun(world)
    ses.faults = [DROP]
    send(world, step=WORKFLOWS)
    world.deliver()
    assert (1, 2) == (len(world.enrollment().list_tickets), len(lines_to_send(world.enrollment(), "pairs")))

    form = open_form(world, step=WORKFLOWS)
    assert "An email with this ticket may have gone out" in form.shown
    accepted(world.ana.submit())
    world.deliver()
    assert 2 == len(world.enrollment().list_tickets)


def test_a_follow_up_by_hand_keeps_the_email_back(world_on: World, ses: OddSes) -> None:
    """Somebody marks it as sent before the email goes: support gets it once, also if the list has changed again."""
    world = world_on
    begun(world)
    send(world, step=WORKFLOWS)
    use, number = world.app.enrollments, world.enrollment().id
    use.complete_act(caller(world), number, WORKFLOWS, {"ticket_number": "4712"})
    change(world, (D,))
    world.deliver()

    assert (1, 2) == (len(bodies(ses)), len(world.enrollment().list_tickets))
    assert (D,) == lines_to_send(world.enrollment(), "pairs").added
