"""A ticket by email, from the button to what stands in the thread, the audit and the card."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from bot.domain.access import Actor
from bot.domain.enrollment import EventKind, Pair, State
from bot.domain.procedure import StepKey
from bot.enrollments import Caller
from bot.sandbox import Delivery, Person, View
from tests.support.mail import DROP, MESSAGE_ID, SENDER, SUPPORT, Fault, Moto, OddSes
from tests.support.play import accepted, act, reach, told
from tests.support.world import World

ENABLE, WORKFLOWS = StepKey.ENABLE_SUBSETS, StepKey.ASSOCIATE_WORKFLOWS
TEXT = "Please enable the Subsets feature for our Spot Organization ID 606079874885.\n"
ANAS = "ana@eco-demo.example"


def open_form(world: World, person: Person | None = None, step: StepKey = ENABLE) -> View:
    """Press the button and see the form."""
    who = person or world.ana
    world.click(who, "Send by email", step)
    return who.wait_view("Send by email")


def send(world: World, person: Person | None = None, step: StepKey = ENABLE) -> Delivery:
    """Have the ticket sent: the form is accepted."""
    open_form(world, person, step)
    return accepted((person or world.ana).submit())


def caller(world: World) -> Caller:
    """Ana, who owns it."""
    return Caller(world.workspace, Actor(world.ana.id))


def lines(world: World) -> list[str]:
    """What was told about emails."""
    return [message.text for message in world.thread() if "email" in message.text]


def outcomes(world: World) -> dict[str, float]:
    """How often emails came to what, as /metrics counts it."""
    prefix = 'eco_deliveries_total{kind="email",outcome="'
    found = [line.removeprefix(prefix) for line in world.app.metrics().splitlines() if line.startswith(prefix)]
    return {line.split('"')[0]: float(line.split()[-1]) for line in found}


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
    assert f"by email (message ID {email['id']})" == step.ticket_number
    assert f"<@{world.ana.id}> sent the ticket of *Enable the Subsets feature* by email to {SUPPORT}" in lines(world)[0]
    assert "Now waiting for Spot support" in lines(world)[0]
    assert f"Ticket by email (message ID {email['id']}), sent by" in str(world.card().blocks)
    event, by, _ = world.app.enrollments.history(world.workspace, world.enrollment().id)[-1]
    expected = (EventKind.EMAILED, world.ana.id, email["id"], ANAS)
    assert expected == (event.kind, by, event.details["message_id"], event.details["reply_to"])
    assert {"sent": 1} == outcomes(world)


def test_the_answer_goes_to_the_owner_whoever_sends(world: World, ses: OddSes) -> None:
    """A collaborator sends it; support answers the owner."""
    reach(world, ENABLE, collaborators=["ben"])

    send(world, world.ben)
    world.deliver()

    assert [[ANAS]] == [email["ReplyToAddresses"] for email in ses.accepted]
    assert world.ben.id == world.enrollment().step(ENABLE).acted_by


def test_where_slack_tells_no_address_the_person_types_one(world: World, ses: OddSes) -> None:
    """The form says so; what is typed is checked, and nothing is lost."""
    assert world.slack.core.scopes is not None
    world.slack.core.scopes -= {"users:read.email"}
    reach(world, ENABLE)
    form = open_form(world)
    assert "Slack does not tell an address of" in form.shown

    world.ana.fill({"reply_to": "ana at acme"})
    world.ana.submit()
    assert {"reply_to": "“ana at acme” is not an email address."} == world.ana.view.errors
    world.ana.fill({"reply_to": "zoë@acme.example"})
    world.ana.submit()
    assert "has letters that Amazon SES does not take" in world.ana.view.errors["reply_to"]
    world.ana.fill({"reply_to": "finops@acme.example"})
    accepted(world.ana.submit())
    world.deliver()

    assert [["finops@acme.example"]] == [email["ReplyToAddresses"] for email in ses.accepted]


def test_an_incomplete_ticket_is_not_sent(world: World, ses: OddSes) -> None:
    """The sentence says what is missing, and no form opens."""
    reach(world, WORKFLOWS)

    said = told(world, world.ana, world.click(world.ana, "Send by email", WORKFLOWS))

    assert "The ticket lists the pairs, and there are none yet. Use Add pairs first." == said
    world.deliver()
    assert 0 == ses.asked


def test_a_long_ticket_is_cut_in_the_form_and_sent_whole(world: World, ses: OddSes) -> None:
    """With a count of what the form leaves out; names are as they are, in any script."""
    reach(world, WORKFLOWS)
    pairs = [Pair(f"Kundė {n:03} & <部>", f"Rechnung “{n:03}”") for n in range(400)]
    confirmed = Caller(world.workspace, Actor(world.ana.id), confirmed=Everything())
    world.app.enrollments.change_pairs(confirmed, world.enrollment().id, pairs, frozenset())
    world.deliver()

    form = open_form(world, step=WORKFLOWS)
    assert "more lines: the email has all of its" in form.shown
    accepted(world.ana.submit())
    world.deliver()

    [email] = ses.accepted
    text = email["Content"]["Simple"]["Body"]["Text"]["Data"]
    assert [f"{pair.subset} : {pair.workflow}" for pair in pairs] == text.splitlines()[2:]


class Everything(frozenset[str]):
    """Confirms whatever it is asked."""

    def issuperset(self, other: object) -> bool:
        return True


def test_a_ticket_that_changed_while_the_form_was_open_is_shown_again(world: World, ses: OddSes) -> None:
    """Nobody sends what they have not seen."""
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


def test_what_changes_after_somebody_has_sent_it_does_not_change_the_email(world: World, ses: OddSes) -> None:
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
    """Both have the form open; the second is told who did it."""
    world = world_on
    reach(world, ENABLE, collaborators=["ben"])
    open_form(world, world.ben)
    send(world, world.ana)

    world.ben.submit()

    assert f"<@{world.ana.id}> has sent this ticket by email already; it is on its way." in world.ben.view.shown
    world.deliver()
    assert (1, world.ana.id) == (ses.asked, world.enrollment().step(ENABLE).acted_by)


def test_two_people_send_one_email_at_the_same_instant(world_on: World, ses: OddSes) -> None:
    """Whoever wins, one email goes out."""
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
    assert f"<@{winner.id}> has sent this ticket by email already" in left[0].view.shown
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


# --- What becomes of it ---


def test_an_unknown_outcome_is_never_sent_again_without_asking(world_on: World, ses: OddSes) -> None:
    """The owner is told in the thread; the form then says when an email may have gone out, and asks."""
    world = world_on
    reach(world, ENABLE, collaborators=["ben"])
    ses.faults = [DROP]
    send(world, world.ben)
    world.deliver()
    for _ in range(3):
        world.jump(hours=1)

    assert (1, State.OPEN) == (ses.asked, world.enrollment().step(ENABLE).state)
    [line] = lines(world)
    assert line.startswith(f"<@{world.ana.id}>: whether the email with the ticket of *Enable the Subsets feature*")
    assert "It is not sent again by itself." in line
    assert {"unknown": 1} == outcomes(world)

    form = open_form(world)
    assert "An email with this ticket may have gone out 23 Nov 2026 at 07:00 (America/Sao_Paulo)" in form.shown
    assert "Send again" == form.submit
    accepted(world.ana.submit())
    world.deliver()

    assert (2, State.WAITING) == (ses.asked, world.enrollment().step(ENABLE).state)


def test_a_doubt_that_came_up_while_the_form_was_open_is_asked_about(world: World, ses: OddSes) -> None:
    """Ben has the form open while Ana's email comes to nobody knows what."""
    reach(world, ENABLE, collaborators=["ben"])
    open_form(world, world.ben)
    ses.faults = [DROP]
    send(world)
    world.deliver()

    world.ben.submit()
    assert "may have gone out" in world.ben.view.shown
    assert 1 == ses.asked
    accepted(world.ben.submit())
    world.deliver()

    assert 2 == ses.asked


REFUSED = {
    "sender": (Fault(400, "MessageRejected", f"Email address is not verified: {SENDER}"), "ECO_TICKET_FROM"),
    "sandbox": (Fault(400, "MessageRejected", f"Email address is not verified: {SUPPORT}"), "production access"),
    "access": (Fault(403, "AccessDeniedException", "not authorized"), "Have ses:SendEmail granted"),
    "credentials": (Fault(403, "ExpiredTokenException", "secret canonical string"), "Have them renewed"),
    "paused": (Fault(400, "SendingPausedException", "x"), "has paused sending"),
    "content": (Fault(400, "BadRequestException", "Illegal <address>"), "Illegal &lt;address&gt;"),
}


@pytest.mark.parametrize(("fault", "words"), REFUSED.values(), ids=REFUSED)
def test_a_definite_refusal_says_what_to_do_and_can_be_tried_again(
    world: World, ses: OddSes, fault: Fault, words: str
) -> None:
    """In the thread, once; the step stays open, and the next form asks no question."""
    reach(world, ENABLE)
    ses.faults = [fault]
    send(world)
    world.deliver()
    world.jump(hours=2)

    [line] = lines(world)
    assert "was not sent: " in line
    assert words in line
    assert "canonical" not in line
    assert (1, State.OPEN, {"failed": 1}) == (ses.asked, world.enrollment().step(ENABLE).state, outcomes(world))
    assert "Send" == open_form(world).submit
    accepted(world.ana.submit())
    world.deliver()
    assert State.WAITING is world.enrollment().step(ENABLE).state


def test_missing_credentials_are_told(world: World, ses: OddSes, monkeypatch: pytest.MonkeyPatch) -> None:
    """AWS is not set up at all: the email is not sent, the bot goes on."""
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    reach(world, ENABLE)
    send(world)
    world.deliver()

    assert "does not accept the bot's credentials, or it has none" in lines(world)[0]
    assert 0 == ses.asked


def test_what_ses_puts_off_is_sent_later_once(world: World, ses: OddSes) -> None:
    """Pauses grow; meanwhile the channel goes on, and nobody can send it a second time."""
    reach(world, ENABLE)
    ses.faults = [Fault(429, "TooManyRequestsException", "Maximum sending rate exceeded.")] * 7
    send(world)
    world.deliver()
    said = told(world, world.ana, world.click(world.ana, "Send by email", ENABLE))
    assert f"<@{world.ana.id}> has sent this ticket by email already; it is on its way." == said
    world.app.enrollments.act_done(caller(world), world.enrollment().id, StepKey.FULL_ECO)
    world.deliver()
    assert "did *Full Eco" in world.thread()[-1].text, "another lane"

    for _ in range(10):
        world.jump(minutes=1)

    late, sent = lines(world)
    assert "has not gone out yet: Amazon SES puts it off (TooManyRequestsException)" in late
    assert "by email to" in sent
    assert (8, 1) == (ses.asked, len(ses.accepted))
    assert {"owed": 7, "sent": 1} == outcomes(world)


def test_what_ses_puts_off_for_a_day_is_given_up(world: World, ses: OddSes) -> None:
    """And said; sending it again asks no question, since nothing went out."""
    reach(world, ENABLE)
    ses.faults = [Fault(400, "LimitExceededException", "Daily message quota exceeded.")] * 1000
    send(world)
    for _ in range(26):
        world.jump(hours=1)

    assert "has put it off for a day" in lines(world)[-1]
    assert [] == ses.accepted
    ses.faults = []
    assert "Send" == open_form(world).submit


@pytest.mark.parametrize("how", ["marked", "cancelled"])
def test_an_email_whose_reason_is_gone_before_it_is_sent_is_not_sent(world: World, ses: OddSes, how: str) -> None:
    """Somebody marked the step, or cancelled the enrollment, between the form and the sending: it is said."""
    reach(world, ENABLE)
    send(world)
    number = world.enrollment().id
    if how == "marked":
        world.app.enrollments.act_done(caller(world), number, ENABLE, ticket_number="chat, 3 June")
    else:
        world.app.enrollments.cancel(caller(world), number, "a mistake")
    world.deliver()

    assert 0 == ses.asked
    assert "was not sent: the step was no longer open." in lines(world)[-1]


def test_a_step_that_is_marked_while_the_email_is_on_its_way_stays_as_it_was_marked(world: World, ses: OddSes) -> None:
    """The email is told and kept all the same."""
    reach(world, ENABLE)
    send(world)
    number, answer = world.enrollment().id, ses.answer

    def marked_meanwhile(body: dict[str, object]) -> Fault | None:
        world.app.enrollments.act_done(caller(world), number, ENABLE, ticket_number="chat, 3 June")
        return answer(body)

    ses.answer = marked_meanwhile  # type: ignore[method-assign]
    world.deliver()

    assert "chat, 3 June" == world.enrollment().step(ENABLE).ticket_number
    assert "The step had been marked meanwhile; it stays as it is." in lines(world)[-1]
    assert MESSAGE_ID in lines(world)[-1]


def test_a_ticket_that_was_emailed_is_asked_about_after_reopening(world: World, ses: OddSes) -> None:
    """It is not unknown, yet it would be the second one."""
    reach(world, ENABLE)
    send(world)
    world.deliver()
    world.click(world.ana, "It's ready", ENABLE)
    world.deliver()
    world.click(world.ana, "Reopen", ENABLE)
    world.ana.wait_view("Reopen")
    accepted(world.ana.submit())
    world.deliver()

    form = open_form(world)

    assert "This ticket was sent by email already, 23 Nov 2026 at 07:00 (America/Sao_Paulo)." in form.shown
    accepted(world.ana.submit())
    world.deliver()
    assert 2 == len(ses.accepted)


def test_the_wait_begins_when_ses_accepted(world: World, ses: OddSes) -> None:
    """Not when somebody asked for it."""
    reach(world, ENABLE)
    ses.faults = [Fault(429, "TooManyRequestsException")] * 12
    send(world)
    asked = world.clock.now()
    for _ in range(30):
        world.jump(minutes=2)

    begun = world.enrollment().step(ENABLE).window_start
    assert begun is not None
    assert timedelta(minutes=5) < begun - asked < timedelta(hours=1)


def test_a_marked_step_needs_no_button(world: World) -> None:
    """While it waits there is nothing to send."""
    reach(world, ENABLE)
    assert "Send by email" in str(world.card().blocks)

    act(world, world.ana, ENABLE)

    assert "Send by email" not in str(world.card().blocks)
