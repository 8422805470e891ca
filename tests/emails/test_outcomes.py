"""Outcomes of an email: accepted, refused, put off, unknown, or overtaken by a change."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.enrollment import State
from bot.repository.outbox_columns import MessageKind
from tests.delivery.stepwise import claim, store
from tests.emails.email_actions import ENABLE, WORKFLOWS, caller, lines, open_form, outcomes, send
from tests.support.bot_world import World
from tests.support.mail_services import DROP, MESSAGE_ID, SENDER, SUPPORT, Fault, OddSes
from tests.support.steps import StepKey
from tests.support.walkthrough import accepted, act, add_line, empty_lists, reach, told


def test_an_unknown_outcome_is_never_sent_again_without_asking(world_on: World, ses: OddSes) -> None:
    """The owner is told in the thread; the form then says when an email may have been sent, and asks."""
    world = world_on
    reach(world, ENABLE, collaborators=["ben"])
    ses.faults = [DROP]
    send(world, world.ben)
    world.deliver()
    for _ in range(3):
        world.jump(hours=1)

    assert (1, State.OPEN) == (ses.asked, world.enrollment().step(ENABLE).state)
    [line] = lines(world)
    assert line.startswith(
        f"<@{world.ana.id}>: I don't know whether <@{world.ben.id}>'s email "
        "with the ticket for *Enable the Subsets feature*"
    )
    assert "I won't send it again by myself." in line
    assert {"unknown": 1} == outcomes(world)

    form = open_form(world)
    assert "An email with this ticket may have gone out on Mon, Nov 23 at 07:00 (America/Sao_Paulo)" in form.shown
    assert "Send again" == form.submit
    accepted(world.ana.submit())
    world.deliver()

    assert (2, State.WAITING) == (ses.asked, world.enrollment().step(ENABLE).state)


def test_a_warning_that_came_up_while_the_form_was_open_is_shown(world: World, ses: OddSes) -> None:
    """Ben has the form open while the outcome of Ana's email becomes unknown."""
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
    assert "did not go out. " in line
    assert words in line
    assert "canonical" not in line
    assert (1, State.OPEN, {"failed": 1}) == (ses.asked, world.enrollment().step(ENABLE).state, outcomes(world))
    assert "Send" == open_form(world).submit
    accepted(world.ana.submit())
    world.deliver()
    assert State.WAITING is world.enrollment().step(ENABLE).state


def test_the_thread_says_that_credentials_are_missing(
    world: World, ses: OddSes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """AWS is not set up at all: the email is not sent, the bot goes on."""
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    reach(world, ENABLE)
    send(world)
    world.deliver()

    assert "The bot has no AWS credentials, or AWS doesn't accept them" in lines(world)[0]
    assert 0 == ses.asked


def test_the_thread_says_that_an_email_was_not_sent_because_sending_is_off(world: World, ses: OddSes) -> None:
    """The bot was started again without its settings: its email sender has no mailer."""
    reach(world, ENABLE)
    send(world)
    sender = world.app.dispatcher.sender
    off = replace(sender, emails=replace(sender.emails, mailer=None))

    replace(world.app.dispatcher, sender=off).run_once()
    world.deliver()

    assert "did not go out. Sending by email was switched off." in lines(world)[-1]
    assert (0, State.OPEN) == (ses.asked, world.enrollment().step(ENABLE).state)


def test_an_email_that_was_claimed_long_ago_is_not_sent(world: World, ses: OddSes) -> None:
    """Its lease ends soon, and another process would ask the owner about it: it is put off, and sent once."""
    reach(world, ENABLE)
    send(world)
    messages = claim(world)
    world.clock.jump(timedelta(seconds=31))

    store(world, [world.app.dispatcher.send(message) for message in messages])

    assert MessageKind.EMAIL in {message.row.kind for message in messages}
    assert 0 == ses.asked
    world.jump(seconds=10)
    assert (1, State.WAITING) == (ses.asked, world.enrollment().step(ENABLE).state)


def test_an_email_that_ses_puts_off_is_sent_later_once(world: World, ses: OddSes) -> None:
    """Pauses grow; meanwhile the channel goes on, and a second attempt to send it is refused."""
    reach(world, ENABLE)
    ses.faults = [Fault(429, "TooManyRequestsException", "Maximum sending rate exceeded.")] * 7
    send(world)
    world.deliver()
    said = told(world, world.ana, world.click(world.ana, "Send by email", ENABLE))
    assert f"<@{world.ana.id}> already sent this ticket by email. It's on its way." == said
    world.app.enrollments.complete_act(caller(world), world.enrollment().id, StepKey.FULL_ECO)
    world.deliver()
    assert "held the strategy call" in world.thread()[-1].text, "another channel lease"

    for _ in range(10):
        world.jump(minutes=1)

    late, sent = lines(world)
    assert "hasn't gone out yet. Amazon SES is delaying it (TooManyRequestsException)" in late
    assert "by email to" in sent
    assert (8, 1) == (ses.asked, len(ses.accepted))
    assert {"owed": 7, "sent": 1} == outcomes(world)


def test_an_email_that_ses_puts_off_for_a_day_fails(world: World, ses: OddSes) -> None:
    """The thread says so; sending it again shows no warning, since no email was sent."""
    reach(world, ENABLE)
    ses.faults = [Fault(400, "LimitExceededException", "Daily message quota exceeded.")] * 1000
    send(world)
    for _ in range(6):
        world.jump(hours=5)

    assert "delayed it for a day" in lines(world)[-1]
    assert [] == ses.accepted
    ses.faults = []
    assert "Send" == open_form(world).submit


@pytest.mark.parametrize("how", ["marked", "cancelled"])
def test_an_email_whose_reason_is_gone_before_it_is_sent_is_not_sent(world: World, ses: OddSes, how: str) -> None:
    """Somebody marked the step, or cancelled the enrollment, between the form and the sending: the thread says so."""
    reach(world, ENABLE)
    send(world)
    number = world.enrollment().id
    if how == "marked":
        world.app.enrollments.complete_act(caller(world), number, ENABLE, {"ticket_number": "chat, 3 June"})
    else:
        world.app.enrollments.cancel(caller(world), number, "a mistake")
    world.deliver()

    assert 0 == ses.asked
    assert "did not go out. The step was no longer open." in lines(world)[-1]


def put_off_and_emptied(world: World, ses: OddSes) -> None:
    """An email with pairs that SES puts off, and all pairs are removed meanwhile."""
    reach(world, WORKFLOWS)
    add_line(world, world.ana, WORKFLOWS)
    ses.faults = [Fault(429, "TooManyRequestsException", "Maximum sending rate exceeded.")]
    send(world, step=WORKFLOWS)
    world.app.dispatcher.run_once()
    assert 1 == ses.asked
    empty_lists(world)


def test_an_email_whose_pairs_were_removed_before_it_is_sent_is_not_sent(world_on: World, ses: OddSes) -> None:
    """The thread says why; with pairs again, it can be sent again."""
    world = world_on
    put_off_and_emptied(world, ses)
    world.jump(minutes=1)

    assert (1, 0) == (ses.asked, len(ses.accepted))
    assert "did not go out. What the ticket lists was removed before it was sent, or can't be right" in lines(world)[-1]
    assert State.OPEN is world.enrollment().step(WORKFLOWS).state


def test_an_email_that_is_accepted_while_its_pairs_are_removed_is_recorded_as_sent(
    world_on: World, ses: OddSes
) -> None:
    """SES has it, so the step waits, and the thread says nothing else."""
    world = world_on
    reach(world, WORKFLOWS)
    add_line(world, world.ana, WORKFLOWS)
    send(world, step=WORKFLOWS)
    answer = ses.answer

    def emptied_meanwhile(body: dict[str, object]) -> Fault | None:
        empty_lists(world)
        return answer(body)

    ses.answer = emptied_meanwhile  # type: ignore[method-assign]
    world.deliver()

    step = world.enrollment().step(WORKFLOWS)
    assert (1, State.WAITING) == (len(ses.accepted), step.state)
    assert MESSAGE_ID in lines(world)[-1]
    assert "Now waiting for" in lines(world)[-1]
    assert "marked the step" not in lines(world)[-1]


def test_a_step_that_is_marked_while_the_email_is_on_its_way_stays_as_it_was_marked(world: World, ses: OddSes) -> None:
    """The email is recorded all the same, in the thread and in the audit."""
    reach(world, ENABLE)
    send(world)
    number, answer = world.enrollment().id, ses.answer

    def marked_meanwhile(body: dict[str, object]) -> Fault | None:
        world.app.enrollments.complete_act(caller(world), number, ENABLE, {"ticket_number": "chat, 3 June"})
        return answer(body)

    ses.answer = marked_meanwhile  # type: ignore[method-assign]
    world.deliver()

    assert "chat, 3 June" == world.enrollment().step(ENABLE).values["ticket_number"]
    assert "Somebody had marked the step before, so it stays as it is." in lines(world)[-1]
    assert MESSAGE_ID in lines(world)[-1]


def test_a_ticket_that_was_emailed_is_asked_about_after_reopening(world: World, ses: OddSes) -> None:
    """Its outcome is known, but another one would be the second."""
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

    assert "This ticket already went out by email on Mon, Nov 23 at 07:00 (America/Sao_Paulo)." in form.shown
    accepted(world.ana.submit())
    world.deliver()
    assert 2 == len(ses.accepted)


def test_the_wait_begins_when_ses_accepted(world: World, ses: OddSes) -> None:
    """It does not begin when a person asked for the email."""
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
