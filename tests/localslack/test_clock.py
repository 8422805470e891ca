"""The time machine moves the workspace's time, and nothing else."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from slack_sdk import WebClient

from bot.localslack import LocalSlack, TimeMachine
from tests.localslack.conftest import START


def test_a_frozen_clock_moves_by_jumps_only() -> None:
    """Between jumps the time is the same, whenever it is asked."""
    clock = TimeMachine(frozen_at=START)

    assert START == clock.now() == clock.now()
    clock.jump(timedelta(days=2))
    assert START + timedelta(days=2) == clock.now()
    clock.jump(timedelta(days=-3))
    assert START - timedelta(days=1) == clock.now()


def test_a_running_clock_keeps_running_from_where_it_was_moved() -> None:
    """Without a frozen start the time is real time and an offset."""
    clock = TimeMachine()
    clock.jump(timedelta(weeks=1))

    ahead = clock.now() - datetime.now(UTC)
    assert timedelta(days=6, hours=23) < ahead <= timedelta(weeks=1)


@pytest.mark.parametrize("frozen", [True, False])
def test_jump_to_arrives(frozen: bool) -> None:
    """A clock can be set to a moment, in any time zone; it answers in UTC."""
    clock = TimeMachine(frozen_at=START) if frozen else TimeMachine()
    there = datetime(2027, 1, 1, 3, tzinfo=timezone(timedelta(hours=2)))
    clock.jump_to(there)

    assert timedelta() <= clock.now() - there < timedelta(seconds=5)
    assert UTC is clock.now().tzinfo


def test_a_naive_time_is_refused() -> None:
    """A time without a zone would be another moment on another machine."""
    naive = START.replace(tzinfo=None)

    with pytest.raises(ValueError, match="aware"):
        TimeMachine(frozen_at=naive)
    with pytest.raises(ValueError, match="aware"):
        TimeMachine().jump_to(naive)


def test_messages_carry_the_moved_time(slack: LocalSlack, clock: TimeMachine, client: WebClient) -> None:
    """A message's ts is in seconds of the workspace's clock."""
    clock.jump_to(datetime(2026, 5, 1, 12, tzinfo=UTC))
    ts = client.chat_postMessage(channel="general", text="later")["ts"]

    assert "1777636800.000100" == ts


def test_ts_are_unique_and_rise_even_when_the_clock_goes_back(
    slack: LocalSlack, clock: TimeMachine, client: WebClient
) -> None:
    """History is read by ts: its order wins over a clock that was moved back."""
    stamps = [client.chat_postMessage(channel="general", text="a")["ts"] for _ in range(3)]
    clock.jump(timedelta(hours=-1))
    stamps.append(client.chat_postMessage(channel="general", text="b")["ts"])

    assert sorted(set(stamps)) == stamps
    assert stamps == [message.ts for message in slack.channel("general").messages]
