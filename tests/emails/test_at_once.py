"""Emails are sent beside messages: neither waits for the other, and an email is claimed when its thread is free."""

from __future__ import annotations

from datetime import timedelta
from threading import Event, Thread

from bot.delivery import email_outbox
from bot.delivery.claiming import OutboundMessage
from bot.delivery.dispatcher import Dispatcher
from bot.repository.outbox_columns import MessageKind
from tests.delivery.around_sender import Around
from tests.delivery.stepwise import claim, store
from tests.emails.email_actions import ENABLE, caller, lines, outcomes, rename, send
from tests.support.bot_world import World, running
from tests.support.mail_services import HANG, ON, OddSes
from tests.support.steps import StepKey
from tests.support.walkthrough import reach


def beside(world: World, workers: int) -> Dispatcher:
    """A dispatcher of the world with some workers."""
    app = world.app.dispatcher
    return Dispatcher(app.batches, app.sender, world.clock, world.workspace, workers=workers)


def test_an_email_waits_for_no_message(world_on: World, ses: OddSes) -> None:
    """A post hangs; the email goes out meanwhile, in a thread of its own."""
    world = world_on
    reach(world, ENABLE)
    world.deliver()
    dispatcher, begun, let_go = beside(world, 2), Event(), Event()

    def hang(_: OutboundMessage) -> None:
        begun.set()
        assert let_go.wait(60)

    Around(dispatcher, before=hang, kinds=["card"])
    rename(world, "Another name")
    dispatcher.wake()
    assert begun.wait(30)

    try:
        send(world)
        dispatcher.wake()
        world.slack.wait_for(lambda: outcomes(world) or None, what="the email")
        assert ({"sent": 1.0}, 1) == (outcomes(world), ses.asked)
    finally:
        let_go.set()
        assert dispatcher.stop(30)


def test_a_message_waits_for_no_email(world_on: World, ses: OddSes) -> None:
    """The mail service hangs; the one worker sends messages meanwhile, and the stop waits for the email."""
    world, dispatcher = world_on, beside(world_on, 1)
    reach(world, ENABLE)
    ses.faults = [HANG]
    send(world)
    dispatcher.wake()
    world.slack.wait_for(lambda: ses.accepted or None, what="the email")

    world.app.enrollments.complete_act(caller(world), world.enrollment().id, StepKey.FULL_ECO)
    world.clock.jump(timedelta(seconds=2))  # the channel's pace
    dispatcher.wake()
    world.slack.wait_for(lambda: "held the strategy call" in world.thread()[-1].text or None, what="the line")

    assert [] == lines(world)
    assert not dispatcher.stop(0.1)
    ses.release.set()
    assert dispatcher.stop(30)
    world.deliver()
    assert "by email to" in lines(world)[-1]


def test_an_email_is_claimed_only_when_none_is_on_its_way(world: World, ses: OddSes) -> None:
    """An email that was claimed but not sent would have an unknown outcome after a crash: a person would be asked."""
    reach(world, ENABLE)
    send(world)
    [first] = [message for message in claim(world) if message.row.kind is MessageKind.EMAIL]
    with world.app.database.write() as connection:
        email = email_outbox.email_of(first.row)
        assert email_outbox.owe(connection, world.enrollment(), StepKey.SIGN_UP, email, world.ana.id, first.claimed_at)

    assert [] == [message for message in claim(world) if message.row.kind is MessageKind.EMAIL]
    store(world, [world.app.dispatcher.send(first)])
    world.clock.jump_to(world.app.dispatcher.next_due() or world.clock.now())
    assert [] != [message for message in claim(world) if message.row.kind is MessageKind.EMAIL]


def test_an_email_that_hangs_holds_up_no_other_process(sqlite_url: str, ses: OddSes) -> None:
    """One dispatcher waits for the mail service; another one sends the channel's messages meanwhile."""
    with running(sqlite_url, **ON) as world:
        reach(world, ENABLE)
        send(world)
        ses.faults = [HANG]
        sending = Thread(target=world.app.dispatcher.run_once)
        sending.start()
        world.slack.wait_for(lambda: ses.accepted or None, 10, "the email")
        world.app.enrollments.complete_act(caller(world), world.enrollment().id, StepKey.FULL_ECO)

        world.deliver()

        assert "held the strategy call" in world.thread()[-1].text
        assert [] == lines(world)
        ses.release.set()
        sending.join(10)
        world.deliver()
        assert "by email to" in lines(world)[-1]
