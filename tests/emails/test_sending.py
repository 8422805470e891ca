"""A ticket by email: the button, the form, and one email however often people press."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from bot.domain.access import Actor
from bot.domain.enrollment import EventKind, Pair, State
from bot.use_cases import Caller
from tests.emails.email_actions import ENABLE, WORKFLOWS, caller, lines, open_form, outcomes, send
from tests.support.bot_world import World
from tests.support.confirming import Everything
from tests.support.mail_services import SENDER, SUPPORT, Moto, OddSes
from tests.support.steps import StepKey
from tests.support.walkthrough import accepted, add_line, answer_to, empty_lists, reach, told

TEXT = "Please enable the Subsets feature for our Spot Organization ID 606079874885.\n"
ANAS = "ana@eco-demo.example"


def test_a_ticket_is_sent_by_email_and_its_step_waits(world_on: World, moto_ses: Moto) -> None:
    """Through SES, once; the thread says who sent it to whom, the audit has the message ID, the wait begins."""
    world = world_on
    reach(world, ENABLE)
    form = open_form(world)
    shown = [SENDER, SUPPORT, ANAS, "Enable the Subsets feature: Spot organization 606079874885"]
    assert [] == [words for words in shown if words not in form.shown]
    assert TEXT in form.shown

    accepted(world.ana.submit())
    assert [] == moto_ses.sent(), "it is owed, not sent while Slack waits"
    world.deliver()

    [email] = moto_ses.sent()
    subject = "Enable the Subsets feature: Spot organization 606079874885, AWS account 1234-5678-9012 (Production)"
    assert (SENDER, subject, TEXT) == (email["source"], email["subject"], email["body"])
    step = world.enrollment().step(ENABLE)
    assert (State.WAITING, world.ana.id) == (step.state, step.acted_by)
    assert f"by email (message ID {email['id']})" == step.values["ticket_number"]
    assert (
        f"<@{world.ana.id}> sent the ticket for *Enable the Subsets feature* by email to {SUPPORT}" in lines(world)[0]
    )
    assert "Now waiting for Spot support" in lines(world)[0]
    assert f"Sent (by email (message ID {email['id']})) by" in str(world.card().blocks)
    event, by, _ = world.app.enrollments.history(world.workspace, world.enrollment().id)[-1]
    expected = (EventKind.EMAILED, world.ana.id, email["id"], ANAS)
    assert expected == (event.kind, by, event.details["message_id"], event.details["reply_to"])
    assert {"sent": 1} == outcomes(world)


def test_the_button_stands_wherever_the_buttons_of_its_step_do(world: World) -> None:
    """On the card, on a copy of it, on the home tab and on a reminder."""
    reach(world, ENABLE)
    world.app.enrollments.skip(caller(world), world.enrollment().id, StepKey.FULL_ECO, "not for us")
    copy = answer_to(world, world.ana.command("/eco", "status"))
    world.ana.open_home()
    home = world.slack.wait_for(lambda: world.ana.home, 5, "the home tab")
    world.jump(days=7, hours=5)
    reminder = next(message for message in world.channel.messages if message.broadcast)

    shown = [world.card().blocks, copy.blocks, home.blocks, reminder.blocks]
    assert [True] * 4 == ["step.send_email" in str(blocks) for blocks in shown]


def test_the_answer_goes_to_the_owner_whoever_sends(world: World, ses: OddSes) -> None:
    """A collaborator sends it; support answers the owner."""
    reach(world, ENABLE, collaborators=["ben"])

    send(world, world.ben)
    world.deliver()

    assert [[ANAS]] == [email["ReplyToAddresses"] for email in ses.accepted]
    assert world.ben.id == world.enrollment().step(ENABLE).acted_by


def test_where_slack_tells_no_address_the_person_types_one(world: World, ses: OddSes) -> None:
    """The form says so; the typed address is checked, and no input is lost."""
    manifest = world.slack.core.manifest
    assert manifest.scopes is not None
    world.slack.core.manifest = replace(manifest, scopes=manifest.scopes - {"users:read.email"})
    reach(world, ENABLE)
    form = open_form(world)
    assert "Slack has no email address for" in form.shown

    world.ana.fill({"reply_to": "ana at acme"})
    world.ana.submit()
    assert {
        "reply_to": "“ana at acme” is not an email address. Write it like name@example.com."
    } == world.ana.view.errors
    world.ana.fill({"reply_to": "zoë@acme.example"})
    world.ana.submit()
    assert "has letters that Amazon SES doesn't accept" in world.ana.view.errors["reply_to"]
    world.ana.fill({"reply_to": "finops@acme.example"})
    accepted(world.ana.submit())
    world.deliver()

    assert [["finops@acme.example"]] == [email["ReplyToAddresses"] for email in ses.accepted]


def test_an_incomplete_ticket_is_not_sent(world: World, ses: OddSes) -> None:
    """The sentence says what is missing, and no form opens, on a card of before the list was emptied."""
    reach(world, WORKFLOWS)
    add_line(world, world.ana, WORKFLOWS)
    empty_lists(world)

    said = told(world, world.ana, world.click(world.ana, "Send by email", WORKFLOWS))

    assert "Add at least one pair first." == said
    world.deliver()
    assert 0 == ses.asked


def test_a_long_ticket_is_cut_in_the_form_and_sent_whole(world: World, ses: OddSes) -> None:
    """The form counts the lines that it leaves out; names stay as they are, in any script."""
    reach(world, WORKFLOWS)
    pairs = [Pair(f"Kundė {n:03} & <部>", f"Rechnung “{n:03}”") for n in range(400)]
    confirmed = Caller(world.workspace, Actor(world.ana.id), confirmed=Everything())
    world.app.enrollments.change_pairs(confirmed, world.enrollment().id, pairs, frozenset())
    world.deliver()

    form = open_form(world, step=WORKFLOWS)
    assert "more lines. The email has all" in form.shown
    accepted(world.ana.submit())
    world.deliver()

    [email] = ses.accepted
    text = email["Content"]["Simple"]["Body"]["Text"]["Data"]
    assert [f"{pair.subset} : {pair.workflow}" for pair in pairs] == text.splitlines()[2:]


def test_a_ticket_that_changed_while_the_form_was_open_is_shown_again(world: World, ses: OddSes) -> None:
    """The person sees the new text before it is sent."""
    reach(world, WORKFLOWS)
    confirmed = Caller(world.workspace, Actor(world.ana.id), confirmed=Everything())
    add = lambda name: world.app.enrollments.change_pairs(  # noqa: E731 - said twice below
        confirmed, world.enrollment().id, [Pair(name, "Standard")], frozenset()
    )
    add("Production")
    world.deliver()
    open_form(world, step=WORKFLOWS)
    add("Test")

    world.ana.submit()
    assert "The ticket has changed since you opened this." in world.ana.view.shown
    assert "Test : Standard" in world.ana.view.shown
    accepted(world.ana.submit())
    world.deliver()

    assert [True] == ["Test : Standard" in str(email) for email in ses.accepted]


def test_changes_after_the_form_was_submitted_do_not_change_the_email(world: World, ses: OddSes) -> None:
    """It is fixed when the form is accepted."""
    reach(world, WORKFLOWS)
    confirmed = Caller(world.workspace, Actor(world.ana.id), confirmed=Everything())
    world.app.enrollments.change_pairs(confirmed, world.enrollment().id, [Pair("Production", "A")], frozenset())
    world.deliver()
    send(world, step=WORKFLOWS)
    world.app.enrollments.change_pairs(confirmed, world.enrollment().id, [Pair("Late", "B")], frozenset())

    world.deliver()

    [email] = ses.accepted
    assert (True, False) == ("Production : A" in str(email), "Late : B" in str(email))
    assert State.WAITING is world.enrollment().step(WORKFLOWS).state


# --- Once ---


def test_two_people_send_one_email_one_after_the_other(world_on: World, ses: OddSes) -> None:
    """Both have the form open; the second one reads the name of the first."""
    world = world_on
    reach(world, ENABLE, collaborators=["ben"])
    open_form(world, world.ben)
    send(world, world.ana)

    world.ben.submit()

    assert f"<@{world.ana.id}> already sent this ticket by email. It's on its way." in world.ben.view.shown
    world.deliver()
    assert (1, world.ana.id) == (ses.asked, world.enrollment().step(ENABLE).acted_by)


def test_two_people_send_one_email_at_the_same_instant(world_on: World, ses: OddSes) -> None:
    """One of them wins, and one email is sent."""
    world = world_on
    reach(world, ENABLE, collaborators=["ben"])
    both = (world.ana, world.ben)
    for person in both:
        open_form(world, person)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda person: person.submit(), both))
    world.deliver()

    left = [person for person in both if person.view is not None]
    assert (1, 1) == (ses.asked, len(left))
    winner = next(person for person in both if person not in left)
    assert f"<@{winner.id}> already sent this ticket by email" in left[0].view.shown
    assert winner.id == world.enrollment().step(ENABLE).acted_by


@pytest.mark.parametrize("when", ["at once", "after it was sent"])
def test_a_repeated_delivery_of_the_form_sends_nothing_more(world_on: World, ses: OddSes, when: str) -> None:
    """It is accepted as it was the first time."""
    world = world_on
    reach(world, ENABLE)
    delivery = send(world)
    if when == "after it was sent":
        world.deliver()

    accepted(world.slack.redeliver(delivery))
    world.deliver()

    assert (1, 1) == (ses.asked, len(lines(world)))
