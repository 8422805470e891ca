"""Reminders as people meet them: at the window's end, in the owner's hours, again and again until someone answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.localslack import Message
from tests.support.bot_world import World
from tests.support.steps import StepKey
from tests.support.usual_procedure import SPECS
from tests.support.walkthrough import accepted, act, answer_to, confirm, reach, skip

K = StepKey


def reminders(world: World) -> list[Message]:
    """The broadcast replies in the channel, oldest first."""
    return [message for message in world.channel.messages if message.broadcast]


def at(world: World, *moment: int) -> None:
    """Go to an instant (UTC), sending on the way what is due, each thing at its time."""
    until = datetime(*moment, tzinfo=UTC)  # type: ignore[arg-type,misc]
    while (due := world.app.dispatcher.next_due()) is not None and due <= until:
        world.clock.jump_to(max(due, world.clock.now()))
        world.deliver()
    world.clock.jump_to(max(until, world.clock.now()))
    world.deliver()


def when(message: Message) -> datetime:
    """When it was posted."""
    return datetime.fromtimestamp(float(message.ts), UTC).replace(microsecond=0)


def test_the_end_of_a_window_is_told_from_the_cards_thread(world_on: World) -> None:
    """Broadcast, mentioning the owner, with what to look at, the link, and the step's buttons."""
    world = world_on
    world.start(owner="ben")  # in London
    act(world, world.ben, K.CONNECT_ACCOUNT)

    at(world, 2026, 11, 25, 10, 5)

    (message,) = reminders(world)
    assert world.card().ts == message.thread_ts
    assert message in world.thread()
    assert timedelta(0) <= when(message) - world.enrollment().step(K.CONNECT_ACCOUNT).latest < timedelta(seconds=3)
    assert message.text.startswith(
        f"<@{world.ben.id}>: *Connect the management account* for *Production* (1234-5678-9012) is due: AWS and Spot "
        "had until"
    )
    assert "Are Cost Analysis and the dashboard there?" in message.text
    assert "<https://console.spotinst.com|Spot console>" in message.text
    asked, _, text = message.shown.partition("):\n>")
    assert asked.rpartition("\n")[2].startswith("Not there yet? Send this to Spot support (")
    assert text.startswith("On Nov 23 we connected our AWS")
    assert ["It's ready", "Still waiting", "It's not there", "Check AWS"] == message.buttons


def test_its_buttons_work(world: World) -> None:
    """As those of the card do; afterwards there is nothing left to be reminded of."""
    world.start(owner="ben")
    act(world, world.ben, K.CONNECT_ACCOUNT)
    at(world, 2026, 11, 25, 10, 5)

    world.ben.click(reminders(world)[0], "It's ready")
    world.deliver()

    assert "Connect the management account: done" in world.card().text
    at(world, 2026, 11, 30, 18, 0)
    assert 1 == len([m for m in reminders(world) if "Connect the" in m.text])


@pytest.mark.parametrize(
    ("owner", "expected"),
    [
        ("ben", datetime(2026, 11, 25, 10, 0, tzinfo=UTC)),
        ("ana", datetime(2026, 11, 25, 12, 0, tzinfo=UTC)),  # 09:00 in São Paulo
        ("eve", datetime(2026, 11, 26, 0, 0, tzinfo=UTC)),  # 09:00 on the next day in Tokyo
    ],
)
def test_reminders_come_in_the_owners_hours(world: World, owner: str, expected: datetime) -> None:
    """Where the owner is asleep when the window ends, it waits for their morning."""
    world.start(owner=owner)
    act(world, world.slack.person(owner), K.CONNECT_ACCOUNT)

    at(world, 2026, 11, 26, 12, 0)

    message = reminders(world)[0]
    assert timedelta(0) <= when(message) - expected < timedelta(seconds=5)


def test_a_reminder_is_repeated_until_someone_answers(world: World) -> None:
    """After one, two and four working days, then weekly; each says how often it was asked."""
    world.start(owner="ben")
    act(world, world.ben, K.CONNECT_ACCOUNT)

    at(world, 2026, 11, 26, 12, 0)
    assert "(2nd reminder)" in reminders(world)[-1].text
    at(world, 2026, 12, 4, 12, 0)
    assert "(4th reminder)" in reminders(world)[-1].text
    at(world, 2026, 12, 25, 12, 0)

    days = [when(message).date().isoformat() for message in reminders(world)]
    assert ["2026-11-25", "2026-11-26", "2026-11-30", "2026-12-04", "2026-12-11", "2026-12-18", "2026-12-25"] == days
    assert "Asked again below." in reminders(world)[0].text
    confirm(world, world.ben, K.CONNECT_ACCOUNT)
    before = len([m for m in reminders(world) if "Connect the" in m.text])
    at(world, 2027, 1, 4, 12, 0)
    assert before == len([m for m in reminders(world) if "Connect the" in m.text])


def test_a_range_is_told_at_its_earliest_and_at_its_latest(world: World) -> None:
    """First "may be done", then "should be done" with the text for support."""
    world.start(owner="ben", position="full_eco:waiting")
    for step in (K.ENABLE_SUBSETS,):
        act(world, world.ben, step)
        confirm(world, world.ben, step)
    started = world.enrollment().step(K.FULL_ECO)

    def told() -> Message:
        return [message for message in reminders(world) if "*Full Eco: strategy call and ramp-up*" in message.text][-1]

    at(world, *started.earliest.timetuple()[:3], 18, 0)
    first = told()
    assert started.earliest.date() == when(first).date()
    assert "may be finished by now; expected by " in first.text
    assert "Spot support" not in first.text
    assert ["It's ready", "Still waiting", "Check AWS", "Skip"] == first.buttons
    at(world, *started.latest.timetuple()[:3], 18, 0)
    second = told()
    assert started.latest.date() == when(second).date()
    assert "Spot had until " in second.text
    assert "Not there yet? Send this to Spot support (" in second.text


def test_a_nudge_names_the_ticket_and_its_text_for_support(world: World) -> None:
    """Nobody promised anything, so it asks whether support has answered."""
    reach(world, K.ENABLE_SUBSETS, owner="ben")
    act(world, world.ben, K.ENABLE_SUBSETS, ticket_number="ECO-4711")

    at(world, 2026, 11, 25, 10, 5)

    (message,) = reminders(world)
    assert "the ticket went out <!date^" in message.text
    assert "(ticket ECO-4711). Is" in message.text
    assert "Is the Subsets feature enabled?" in message.text
    assert ">On Nov 23 we asked you to enable the Subsets feature (ticket ECO-4711). Could you" in message.shown
    assert ["It's ready", "Still waiting", "Show ticket"] == message.buttons


def test_a_step_that_sits_open_for_five_working_days_is_told(world: World) -> None:
    """On the next morning, with what to do and its buttons; acting ends it."""
    world.start(owner="ben")

    at(world, 2026, 11, 30, 16, 0)
    assert [] == reminders(world)
    at(world, 2026, 12, 1, 9, 5)

    (message,) = reminders(world)
    assert (
        f"<@{world.ben.id}>: *Connect the management account* for *Production* (1234-5678-9012) has been open since "
        in (message.text)
    )
    assert SPECS[K.CONNECT_ACCOUNT].instruction in message.text
    assert ["Mark done", "Check AWS"] == message.buttons
    world.ben.click(message, "Mark done")
    accepted(world.fill(world.ben, "Mark done"))
    at(world, 2026, 12, 2, 12, 0)
    assert 1 == len(reminders(world))


@pytest.mark.parametrize("answer", ["confirmed early", "skipped", "cancelled"])
def test_an_answered_wait_is_never_asked_about(world: World, answer: str) -> None:
    """A reminder whose reason is gone is not posted."""
    world.start(owner="ben", position="full_eco:waiting", since="2026-11-20")
    match answer:
        case "confirmed early":
            confirm(world, world.ben, K.FULL_ECO)
        case "skipped":
            skip(world, world.ben, K.FULL_ECO)
        case "cancelled":
            world.ben.click(world.card(), "Cancel enrollment")
            accepted(world.fill(world.ben, "Cancel enrollment", reason="no budget"))

    at(world, 2027, 2, 1, 12, 0)

    assert [] == [message for message in reminders(world) if "Full Eco" in message.text]


def test_a_deleted_card_is_posted_anew_and_the_thread_goes_on_there(world_on: World) -> None:
    """Whoever deleted it: the next change brings it back, with its later lines and reminders below it."""
    world = world_on
    world.start(owner="ben")
    old = world.card()
    world.slack.delete_message(world.channel.id, old.ts)

    command = world.ben.command("/eco", "status Production")
    world.ben.click(answer_to(world, command), "Mark done")
    accepted(world.fill(world.ben, "Mark done"))
    world.deliver()

    card = world.card()
    assert old.ts != card.ts
    assert "Connect the management account: waiting" in card.text
    assert ["connected the AWS management account" in message.text for message in world.thread()] == [True]
    at(world, 2026, 11, 25, 10, 5)
    assert card.ts == reminders(world)[0].thread_ts


def test_after_downtime_a_channel_gets_one_message(world_on: World) -> None:
    """It says why, names every enrollment and mentions every owner once; nothing is told twice, its buttons work."""
    world = world_on
    world.start(owner="ben", account_name="One & only")
    act(world, world.ben, K.CONNECT_ACCOUNT)
    world.start(world.ben, owner="ana", account_id="222222222222", account_name="Two", spot_org_id="7777777")
    world.start(world.ben, owner="dev", account_id="333333333333", account_name="Far", spot_org_id="8888888",
                channel_id="finops")  # fmt: skip
    world.clock.jump_to(datetime(2026, 12, 2, 14, 0, tzinfo=UTC))  # a week of silence

    world.deliver()

    (message,) = [m for m in world.channel.messages if "came due" in m.text]
    assert [] == reminders(world)
    assert message.text.startswith(f"*While I couldn't post here, these came due:*\n<@{world.ben.id}>\n")
    assert "• *One &amp; only*: Connect the management account (due since" in message.text
    assert f"<@{world.ana.id}>\n• *Two*: Connect the management account (open since" in message.text
    assert "Far" not in message.text
    due = ["It's ready", "Still waiting", "It's not there", "Check AWS"]
    assert [*due, "Mark done", "Check AWS", "Answer"] == message.buttons
    world.ben.click(message, "It's ready")
    world.deliver()
    one = next(e for e in world.enrollments() if e.account_name == "One & only")
    assert "done" == one.step(K.CONNECT_ACCOUNT).state.value


def test_a_single_overdue_reminder_stays_a_reminder(world: World) -> None:
    """There is nothing to be gathered up."""
    world.start(owner="ben")
    act(world, world.ben, K.CONNECT_ACCOUNT)
    world.clock.jump_to(datetime(2026, 12, 2, 14, 0, tzinfo=UTC))

    world.deliver()

    (message,) = reminders(world)
    assert message.text.startswith(f"<@{world.ben.id}>: *Connect the management account*")


def test_days_of_downtime_do_not_pile_up(world: World) -> None:
    """What was owed several times over is told once, and then goes on at its pace."""
    world.start(owner="ben")
    act(world, world.ben, K.CONNECT_ACCOUNT)
    world.clock.jump_to(datetime(2026, 12, 21, 14, 0, tzinfo=UTC))
    world.deliver()
    assert 1 == len(reminders(world))

    at(world, 2026, 12, 22, 15, 0)

    assert 2 == len(reminders(world))
    assert "(2nd reminder)" in reminders(world)[1].text


def test_the_day_on_which_a_step_opened_is_the_day_that_was_typed(world: World) -> None:
    """An instant would be the day before for a reader west of the owner."""
    world.start(owner="ben", position="enable_subsets", since="2026-11-02")

    at(world, 2026, 11, 24, 9, 5)

    (message,) = reminders(world)
    assert "has been open since Mon, Nov 2" in message.text
