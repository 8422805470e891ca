"""Files that arrive during the wait, as the channel reads it: one thread line, and what the reminders say of them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.domain.aws.preflight import DeliveredFiles
from bot.domain.enrollment import State
from bot.localslack import Message
from tests.support.bot_world import World, running
from tests.support.fake_aws_inspector import CONNECT, PlayedAws, card_words
from tests.support.walkthrough import act, confirm

#: The bot's own clock makes no look meanwhile: what it has looked at is due again after an hour.
ROLE = {"ECO_AWS_ROLE": "eco-bot", "ECO_TICK": "1m"}


@pytest.fixture
def waits(database_url: str, aws: PlayedAws) -> Iterator[World]:
    """An enrollment that waits for its data, of a bot with a role of its own."""
    with running(database_url, aws=aws, **ROLE) as world:
        world.start(owner="ben")
        act(world, world.ben, CONNECT)
        yield world


def look(world: World) -> None:
    """Let the hourly look be made, and send what it owes."""
    file_watch = world.app.file_watch
    assert file_watch is not None
    file_watch.run_once(world.workspace)
    # The bot's own clock may have been at it: what it has claimed was passed over just now.
    world.slack.wait_for(lambda: not (file_watch._polling or file_watch._queued), 10, "the bot's own looks")
    world.deliver()


def reminded(world: World, **span: float) -> Message:
    """What the next reminder says, when its time has come."""
    world.jump(**span)
    return next(m for m in reversed(world.channel.messages) if m.broadcast)


def test_the_first_file_is_one_line_in_the_thread(waits: World, aws: PlayedAws) -> None:
    """After how long, and what comes next; the card says it too, and the step still waits."""
    world, began = waits, waits.enrollment().step(CONNECT).acted_at
    assert began is not None
    look(world)
    world.jump(hours=22)
    aws.deliver(began + timedelta(hours=21, minutes=5))
    look(world)
    world.jump(hours=1)
    aws.deliver(began + timedelta(hours=21, minutes=5), files=40)
    look(world)

    (line,) = (m for m in world.thread() if "first files" in m.text)
    assert not line.broadcast
    assert (
        "The first files of the Cost and Usage Report have arrived (3 files), 21 hours after the account was "
        "connected. Spot sends an email when the dashboards are ready. Then press *It's ready* for *Connect the "
        "management account*."
    ) == line.text
    assert "CUR files in the bucket since " in card_words(world)
    assert State.WAITING is world.enrollment().step(CONNECT).state


def test_the_clock_makes_the_look_by_itself(database_url: str, aws: PlayedAws) -> None:
    """In threads of its own, a minute later at most where its hour has come."""
    with running(database_url, aws=aws, **ROLE | {"ECO_TICK": "1s"}) as world:
        world.start(owner="ben")
        aws.deliver(world.clock.now())
        act(world, world.ben, CONNECT)
        world.clock.jump(timedelta(minutes=5))

        world.slack.wait_for(lambda: world.enrollment().first_file_at, 20, "the look")
        world.deliver()
        assert ["The first files "] == [m.text[:16] for m in world.thread() if "first files" in m.text]


def test_the_reminder_says_that_files_are_there(waits: World, aws: PlayedAws) -> None:
    """How many and since when: a good sign and no proof."""
    aws.deliver(waits.clock.now())
    look(waits)

    said = reminded(waits, hours=48, minutes=1).shown

    assert "Connect the management account* for *Production* (1234-5678-9012) is due: AWS and Spot had until" in said
    assert "3 CUR files in the bucket, the first from " in said
    assert "a good sign, not proof" in said
    assert said.index("CUR files") < said.index("Send this to Spot support")


def test_the_reminder_says_that_there_are_still_none(waits: World, aws: PlayedAws) -> None:
    """And what the causes are likely to be."""
    look(waits)

    said = reminded(waits, hours=48, minutes=1).shown

    assert ": still no CUR file in the bucket. Likely causes: " in said
    assert "the bucket's policy does not let AWS billing write into it" in said
    assert "*Check AWS* says which" in said


def test_the_reminder_says_why_nothing_could_be_seen(waits: World, aws: PlayedAws) -> None:
    """Escaped, as AWS worded it."""
    aws.seen = DeliveredFiles(problem="access denied to <s3:ListBucket>")
    look(waits)

    message = reminded(waits, hours=48, minutes=1)

    assert "I couldn't look into the bucket" in message.shown
    assert "access denied to &lt;s3:ListBucket&gt;" in message.text


def test_where_nobody_looked_the_reminder_says_nothing_of_files(waits: World) -> None:
    """As it was before there was anything of AWS."""
    said = reminded(waits, hours=48, minutes=1).shown

    assert "CUR file" not in said
    assert "bucket" not in said


def test_what_was_seen_before_this_wait_is_not_told(waits: World, aws: PlayedAws) -> None:
    """The step was reopened since: nobody has looked in the new wait."""
    aws.deliver(waits.clock.now())
    look(waits)
    confirm(waits, waits.ben, CONNECT)
    waits.jump(minutes=5)
    waits.click(waits.ben, "Reopen", CONNECT)
    waits.fill(waits.ben, "Reopen")
    waits.deliver()
    waits.jump(minutes=5)
    act(waits, waits.ben, CONNECT)

    assert "CUR file" not in reminded(waits, hours=48, minutes=1).shown


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (None, "3 CUR files in its bucket"),
        (DeliveredFiles(), "still no CUR file in its bucket"),
        (DeliveredFiles(problem="denied"), "I couldn't look into its bucket"),
    ],
)
def test_a_round_says_it_in_a_few_words(
    database_url: str, aws: PlayedAws, seen: DeliveredFiles | None, words: str
) -> None:
    """After downtime several reminders become one message."""
    with running(database_url, aws=aws, **ROLE) as world:
        for number, org in (("123456789012", "606079874885"), ("210987654321", "707070")):
            world.start(owner="ben", account_id=number, account_name=f"A{number}", spot_org_id=org,
                        position="connect_account:waiting")  # fmt: skip
        aws.deliver(world.clock.now())
        if seen is not None:
            aws.seen = seen
        look(world)
        world.clock.jump(timedelta(hours=50))
        world.deliver()

        (said,) = [m.shown for m in world.channel.messages if "these came due" in m.shown]
        assert 2 == said.count(words)


def test_without_a_role_and_without_a_check_aws_is_left_alone(database_url: str, aws: PlayedAws) -> None:
    """Whoever set nothing up pays nothing for it."""
    with running(database_url, aws=aws) as world:
        world.start(owner="ben")
        act(world, world.ben, CONNECT)
        look(world)

        assert [] == aws.file_looks


def test_a_bot_that_stops_does_not_wait_for_aws(sqlite_url: str, aws: PlayedAws) -> None:
    """AWS may hang for as long as it likes."""
    aws.hold()
    with running(sqlite_url, aws=aws, **ROLE) as world:
        world.start()
        world.click(world.ana, "Check AWS", CONNECT)
        world.slack.wait_for(lambda: aws.preflights or None, 10, "the look")
        began = time.monotonic()
        world.app.stop(8.0)
        took = time.monotonic() - began
        aws.let_go()
    assert took < 8.0
