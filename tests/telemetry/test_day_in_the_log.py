"""The log of a day at INFO: a line for each change and message, with nothing of what people typed."""

import io
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.delivery import outbox
from bot.domain.enrollment import EventKind
from bot.repository import change_log
from bot.repository import tables as t
from bot.telemetry.logs import make_handler
from tests.presentation.extremes import HOSTILE
from tests.support.bot_world import World
from tests.support.steps import StepKey
from tests.support.walkthrough import act, add_line, confirm, finish, skip

#: What people type in the walk, each told apart from all else.
TYPED = {
    "name": "Zanzibar Holding",
    "bucket": "zz-bucket-7391",
    "subset": "Zulu subset",
    "workflow": "Zebra workflow",
    "email": "zoe@customer.example",
    "organization": "709990000001",
    "reason": f"zip, it is not for us {HOSTILE}",
}


@dataclass
class DayLog:
    """What a handler has written."""

    stream: io.StringIO

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]

    def messages(self, words: str = "") -> list[str]:
        """The messages that contain these words, in order."""
        return [line["message"] for line in self.lines if words in line["message"]]


@pytest.fixture(params=["INFO", "DEBUG"])
def level(request: pytest.FixtureRequest) -> str:
    """What stays out of the log stays out at any level."""
    return str(request.param)


@pytest.fixture
def day(level: str) -> Iterator[DayLog]:
    """The log as an operator sees it with LOG_FORMAT=json."""
    stream, root = io.StringIO(), logging.getLogger()
    handler, before = make_handler(level, "json", stream), root.level
    root.addHandler(handler)
    root.setLevel(level)
    yield DayLog(stream)
    root.setLevel(before)
    root.removeHandler(handler)


def walk(world: World) -> None:
    """Ana and Ben go through most of an enrollment; Slack limits the bot, fails, and keeps answers to itself."""
    ana, ben = world.ana, world.ben
    world.start(account_name=TYPED["name"], collaborators=["ben"])
    act(world, ana, StepKey.CONNECT_ACCOUNT, bucket=TYPED["bucket"])
    for kind in ("ratelimited", "http_500", "drop_after", "invalid_blocks"):
        world.slack.faults.add("chat.postMessage", kind)
    world.jump(hours=52)
    for _ in range(5):
        world.jump(minutes=5)
    confirm(world, ben, StepKey.CONNECT_ACCOUNT)
    skip(world, ben, StepKey.FULL_ECO, reason=TYPED["reason"])
    act(world, ben, StepKey.ENABLE_SUBSETS, ticket_number="4711")
    world.jump(days=3)
    confirm(world, ana, StepKey.ENABLE_SUBSETS)
    finish(world, ben, StepKey.CREATE_SUBSETS, names=TYPED["subset"])
    finish(world, ana, StepKey.CREATE_WORKFLOWS, names=TYPED["workflow"])
    finish(world, ana, StepKey.VALIDATE_WORKFLOWS)
    add_line(world, ben, StepKey.ASSOCIATE_WORKFLOWS, f"{TYPED['subset']} : {TYPED['workflow']}")
    line = f"{TYPED['subset']} : {TYPED['email']} : {TYPED['organization']}"
    add_line(world, ana, StepKey.ASSOCIATE_CUSTOMERS, line)
    world.jump(days=5)


def test_a_day_is_told_without_what_people_typed(world_on: World, day: DayLog) -> None:
    """Each event of the audit is one line, each reminder another; no name, address, token or text is in any."""
    world = world_on
    walk(world)

    assert [] == [what for what, typed in TYPED.items() if typed in day.text]
    assert [] == [mark for mark in ("<!channel>", "zip, ", "xoxb-", world.slack.signing_secret) if mark in day.text]
    e = t.events.c
    with world.app.database.read() as connection:
        events = connection.execute(sa.select(e.number, e.kind, e.step, e.by).order_by(e.number)).all()
    told = [line for line in day.lines if line["logger"] == "bot.repository.change_log"]
    assert len(told) == len(events)
    for line, event in zip(told, events, strict=True):
        words = change_log.WORDS[EventKind(event.kind)].format(event.step)
        assert line["message"].startswith("enrollment 1: ")
        assert line["message"].endswith(f"{words}, by {event.by} (event {event.number})")
        assert ("INFO", 1, world.workspace) == (line["level"], line["enrollment"], line["workspace"])
        assert 8 == len(line["reference"])
    assert f"enrollment 1: ticket sent: enable_subsets done, its wait began, by {world.ben.id} (event 5)" in [
        line["message"] for line in told
    ]
    sent = day.messages("reminder sent to")
    assert f"reminder sent to {world.channel.id}: reminder:1:connect_account:2" in sent


def test_what_failed_and_was_tried_again_is_told(world_on: World, day: DayLog, level: str) -> None:
    """A rate limit, an answer that never came, a refusal for good that is put aside; each with its enrollment."""
    world = world_on
    world.start(account_name=TYPED["name"])
    for kind in ("ratelimited", "drop_after"):
        world.slack.faults.add("chat.postMessage", kind)
        act(world, world.ana, StepKey.CONNECT_ACCOUNT) if kind == "ratelimited" else world.jump(hours=52)
    world.jump(minutes=1)
    world.slack.faults.add("chat.postMessage", "msg_too_long", times=9)
    confirm(world, world.ana, StepKey.CONNECT_ACCOUNT)
    world.jump(minutes=1)

    for words in ("is tried again after", "is unknown", "had been posted already", ", enrollment 1) is put aside"):
        (line,) = (line for line in day.lines if words in line["message"])
        assert (1, world.workspace) == (line["enrollment"], line["workspace"])
    assert (level == "DEBUG") == bool(day.messages("thread sent to"))
    assert TYPED["name"] not in day.text


def test_what_is_put_off_or_dropped_is_told(world_on: World, day: DayLog) -> None:
    """With its enrollment and workspace, although the transaction is about many."""
    world = world_on
    world.start()
    act(world, world.ana, StepKey.CONNECT_ACCOUNT)
    with world.app.database.write() as connection:
        row = outbox.by_key(connection, world.workspace, "reminder:1:connect_account:2")
        outbox.postpone(connection, row, world.clock.now(), "a test")
        outbox.drop(connection, row, "a test")

    for words in ("is put off until", "is dropped: a test"):
        (line,) = (line for line in day.lines if words in line["message"])
        assert (1, world.workspace) == (line["enrollment"], line["workspace"])


def test_a_change_that_is_rolled_back_is_not_told(world_on: World, day: DayLog) -> None:
    """The line is written after the commit."""
    world = world_on
    made = world.start()
    told = day.messages("enrollment 1")

    class Fails(Exception):
        """Whatever comes between a change and its commit."""

    def change(*, fails: bool) -> None:
        with world.app.database.write() as connection:
            change_log.note_line(connection, "enrollment 1: changed", made)
            if fails:
                raise Fails

    with pytest.raises(Fails):
        change(fails=True)
    assert told == day.messages("enrollment 1")
    change(fails=False)
    assert [*told, "enrollment 1: changed"] == day.messages("enrollment 1")


def test_a_fault_is_told_under_the_reference_that_the_person_reads(world: World, day: DayLog) -> None:
    """With the enrollment whose button was pressed; so is what happens after the acknowledgement."""
    world.start()
    with world.app.database.write() as connection:
        connection.execute(sa.text("ALTER TABLE enrollments RENAME TO elsewhere"))
    world.click(world.ana, "Mark done", StepKey.CONNECT_ACCOUNT)
    said = str(world.ana.wait_view().blocks)
    with world.app.database.write() as connection:
        connection.execute(sa.text("ALTER TABLE elsewhere RENAME TO enrollments"))

    (line,) = (line for line in day.lines if "the action failed" in line["message"])
    assert f"the reference {line['reference']}." in said
    assert (1, world.workspace) == (line["enrollment"], line["workspace"])

    world.slack.faults.add("views.open", "expired_trigger_id")
    world.click(world.ana, "Mark done", StepKey.CONNECT_ACCOUNT)
    (late,) = world.slack.wait_for(lambda: [each for each in day.lines if "came too late" in each["message"]], 5, "it")
    assert (1, world.workspace) == (late["enrollment"], late["workspace"])
    assert late["reference"] != line["reference"]


def test_the_hourly_work_says_what_it_has_done(world: World, day: DayLog) -> None:
    """In one line; where there was nothing to do, in none."""
    world.start()
    world.clock.jump(timedelta(days=3))
    world.app.housekeeping.tick()
    world.app.housekeeping.tick()

    done = "forecasts calculated: 1, old keys of requests deleted: 1, old changes to undo deleted: 1"
    assert [f"housekeeping: {done}"] == day.messages("housekeeping: ")
    (line,) = (line for line in day.lines if "housekeeping: " in line["message"])
    assert world.workspace == line["workspace"]


def test_every_kind_of_event_has_words() -> None:
    """One that is added has to say what it is."""
    assert set(EventKind) == set(change_log.WORDS)
