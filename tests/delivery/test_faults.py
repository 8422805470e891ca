"""Slack's faults: rate limits, unknown outcomes, closed channels, revoked tokens, refused messages, outages."""

from datetime import timedelta

import pytest

from bot.domain.access import Actor
from bot.use_cases import Caller
from tests.delivery.stepwise import CHANNELS, lease_row, posted, start
from tests.support.bot_world import World
from tests.support.steps import StepKey
from tests.support.usual_procedure import PROCEDURE

POST = "chat.postMessage"


def cards(world: World, channel: str = "eco-rollout") -> list[str]:
    """The texts of the cards in a channel."""
    return [m.text for m in world.slack.channel(channel).messages if m.text.startswith("Eco enrollment of")]


def enroll(world: World, channel: str = "eco-rollout") -> None:
    """Start an enrollment by the form; nothing is sent yet."""
    world.ana.command("/eco", "enroll", channel="eco-rollout")
    fields = {"account_id": "123456789012", "account_name": "Production", "spot_org_id": "606079874885"}
    assert world.fill(world.ana, "Start an enrollment", **fields, owner="ana", channel_id=channel).ok
    assert world.ana.view is None, "the form was accepted"


@pytest.mark.parametrize(
    "kind", ["http_500", "http_503", "internal_error", "fatal_error", "drop_before", "drop_after", "not_json"]
)
def test_a_post_with_an_unknown_outcome_is_looked_up_and_stands_there_once(world_on: World, kind: str) -> None:
    """After an unusable answer the bot looks its message up before it posts again."""
    world_on.slack.faults.add(POST, kind)
    enroll(world_on)

    world_on.deliver()
    world_on.jump(minutes=1)

    assert 1 == len(cards(world_on))
    assert 1 == len(world_on.thread())
    assert world_on.slack.calls_of("conversations.history"), "it has looked"


def test_a_rate_limit_is_obeyed_for_as_long_as_slack_asks(world: World) -> None:
    """429 with Retry-After: nothing is posted into the channel before that time, and then once."""
    world.slack.faults.add(POST, "ratelimited", retry_after=30)
    enroll(world)
    world.deliver()

    world.jump(seconds=25)
    assert 1 == len(world.slack.calls_of(POST)), "it did not ask again"

    world.jump(seconds=6)
    assert 1 == len(cards(world))


def test_a_rate_limit_of_one_channel_pauses_no_other(world_on: World) -> None:
    """429 for posts into a channel: other channels get their messages meanwhile, this one when the pause ends."""
    world = world_on
    world.slack.faults.add(POST, "ratelimited", retry_after=30, channel=CHANNELS[0])
    first, second = start(world, 1, CHANNELS[0]), start(world, 2, CHANNELS[1])
    world.deliver()
    world.jump(seconds=5)

    assert [1, 1] == [posted(world, key) for key in (f"card:{second}", f"thread:{second}:1")]
    assert 0 == posted(world, f"card:{first}")
    assert [None] == [lease_row(world, CHANNELS[1]).paused_until]
    world.jump(seconds=26)
    assert 1 == posted(world, f"card:{first}")


def test_a_rate_limit_of_edits_holds_back_edits_of_every_card(world: World) -> None:
    """Slack limits the calls of the method, so the pause holds for all cards."""
    world.start()
    world.start(account_id="999999999999", account_name="Second", spot_org_id="707070707070")
    world.slack.faults.add("chat.update", "ratelimited", retry_after=20)
    before = len(world.slack.calls_of("chat.update"))
    for enrollment in world.enrollments():
        world.app.enrollments.complete_act(_owner(world), enrollment.id, StepKey.CONNECT_ACCOUNT)
    world.app.dispatcher.run_once()

    assert before + 1 == len(world.slack.calls_of("chat.update"))
    world.jump(seconds=21)
    assert all("waiting" in text for text in cards(world))


def test_refused_blocks_are_sent_as_text(world: World) -> None:
    """A message whose blocks Slack does not take is sent as its text alone."""
    world.slack.faults.add(POST, "invalid_blocks")
    enroll(world)
    world.deliver()

    (card,) = [m for m in world.channel.messages if m.text.startswith("Eco enrollment of")]
    assert f"1 of {len(PROCEDURE)} steps" in card.text


def test_refused_blocks_of_an_edit_are_sent_as_text(world: World) -> None:
    """The card shows the new state, without its buttons until it changes again."""
    world.start()
    world.slack.faults.add("chat.update", "invalid_blocks")
    world.app.enrollments.complete_act(_owner(world), world.enrollment().id, StepKey.CONNECT_ACCOUNT)
    world.deliver()

    assert "Connect the management account: waiting" in world.card().text
    assert [] == world.card().buttons

    world.app.enrollments.confirm(_owner(world), world.enrollment().id, StepKey.CONNECT_ACCOUNT)
    world.deliver()
    assert [] != world.card().buttons


def test_a_message_that_slack_will_never_take_does_not_hold_up_the_queue(world: World) -> None:
    """It fails, and the messages after it are sent."""
    world.start()
    world.slack.faults.add(POST, "msg_too_long")
    world.app.enrollments.complete_act(_owner(world), world.enrollment().id, StepKey.CONNECT_ACCOUNT)
    world.deliver()
    assert 1 == len(world.thread()), "the line was refused"

    world.app.enrollments.confirm(_owner(world), world.enrollment().id, StepKey.CONNECT_ACCOUNT)
    world.deliver()
    assert "confirmed" in world.thread()[-1].text


@pytest.mark.parametrize("code", ["channel_not_found", "is_archived", "not_in_channel", "restricted_action"])
def test_the_owner_hears_of_a_closed_channel_once_and_it_heals(world: World, code: str) -> None:
    """Its messages are kept, the owner gets one direct message, and they are sent when the channel opens again."""
    world.slack.faults.add(POST, code, times=3, channel=world.channel.id)
    enroll(world)
    for _ in range(4):
        world.jump(minutes=30)

    assert [] == cards(world)
    (told,) = world.ana.direct_messages
    assert "Production" in told.text
    assert "I can't post in" in told.text

    world.slack.faults.clear()
    world.jump(hours=2)
    assert 1 == len(cards(world))
    assert 1 == len(world.ana.direct_messages)


def test_moving_an_enrollment_out_of_a_closed_channel_brings_everything_along(world: World) -> None:
    """The other channel gets the card and all unsent messages; the closed one gets nothing more."""
    world.start()
    world.app.enrollments.complete_act(_owner(world), world.enrollment().id, StepKey.CONNECT_ACCOUNT)
    world.channel.archive()
    world.deliver()
    world.ana.open_home()
    assert "can't post" in world.slack.wait_for(lambda: world.ana.home, what="the home tab").shown

    world.ana.command("/eco", "status 123456789012", channel="finops")
    copy = world.slack.wait_for(world.ana.ephemerals, what="the copy of the card")[-1]
    world.ana.click(copy, "Edit")
    world.fill(world.ana, "Edit", channel_id="finops")
    world.deliver()
    world.jump(days=2, hours=3)

    moved = world.slack.channel("finops")
    assert 1 == len(cards(world, "finops"))
    assert any("AWS and Spot had until" in m.text for m in moved.messages), "the reminder came there"


@pytest.mark.parametrize("code", ["token_revoked", "account_inactive", "invalid_auth"])
def test_a_revoked_token_stops_the_delivery_and_turns_the_process_unready(world: World, code: str) -> None:
    """It calls Slack no more, says why in `problems`, and keeps all messages."""
    world.slack.faults.add(POST, code)
    enroll(world)
    world.deliver()
    calls = len(world.slack.calls_of(POST))
    world.jump(hours=1)

    assert calls == len(world.slack.calls_of(POST)), "it does not ask again"
    assert any(code in problem for problem in world.app.problems())
    assert world.app.next_due() is not None, "messages are kept"


def test_three_hours_without_slack_lose_nothing_and_repeat_nothing(world: World) -> None:
    """The lines of changes during an outage are posted afterwards, in order, each once."""
    world.start()
    number = world.enrollment().id
    for method in (POST, "chat.update", "conversations.history", "conversations.replies"):
        world.slack.faults.add(method, "http_503", times=10_000)
    world.app.enrollments.complete_act(_owner(world), number, StepKey.CONNECT_ACCOUNT)
    for _ in range(36):
        world.jump(minutes=5)
    world.app.enrollments.confirm(_owner(world), number, StepKey.CONNECT_ACCOUNT)
    world.slack.faults.clear()
    world.jump(minutes=6)

    words = [message.text for message in world.thread()]
    assert 3 == len(words)
    kinds = ("started", "connected the", "confirmed")
    assert list(kinds) == [word for text in words for word in kinds if word in text]
    assert f"2 of {len(PROCEDURE)} steps" in world.card().text


def test_a_reminder_for_a_departed_owner_goes_to_the_collaborators(world: World) -> None:
    """An owner with a deactivated account is not mentioned; the collaborators are."""
    world.start(collaborators=["ben"])
    world.app.enrollments.complete_act(_owner(world), world.enrollment().id, StepKey.CONNECT_ACCOUNT)
    world.deliver()
    world.slack.deactivate("ana")
    world.clock.jump(timedelta(days=2, hours=3))
    world.deliver()

    reminder = next(m for m in world.channel.messages if m.broadcast)
    assert reminder.text.startswith(f"<@{world.ben.id}>")
    assert "has left Slack" in reminder.text


def test_an_owner_who_left_keeps_the_last_time_zone(world: World) -> None:
    """Slack tells none of a deactivated account; the reminders stay in the hours that the team knows."""
    world.start()
    zone = world.enrollment().owner_zone
    assert "UTC" != zone
    world.slack.deactivate("ana")
    world.clock.jump(timedelta(hours=2))

    world.app.housekeeping.tick()

    assert zone == world.enrollment().owner_zone


def _owner(world: World) -> Caller:
    return Caller(world.workspace, Actor(world.ana.id))


@pytest.mark.parametrize("kind", ["not_in_channel", "token_revoked"])
def test_a_channel_that_closes_before_the_look_up_keeps_the_mark(world_on: World, kind: str) -> None:
    """The post was accepted, its answer lost, and the look-up refused: once that is possible, the message is found."""
    world_on.slack.faults.add(POST, "drop_after")
    world_on.slack.faults.add("conversations.history", kind)
    enroll(world_on)
    world_on.deliver()
    world_on.jump(minutes=1)
    world_on.app.dispatcher.stopped = None  # as after a start with a good token
    world_on.jump(hours=2)

    assert 1 == len(cards(world_on))
