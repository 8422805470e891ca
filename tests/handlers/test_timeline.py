"""**Show timeline**: a picture in the card's thread with all of it in words, once; else the words alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from bot.localslack import Message
from tests.support.bot_world import World, running
from tests.support.outsiders import GUEST, add
from tests.support.steps import StepKey
from tests.support.usual_procedure import PROCEDURE
from tests.support.walkthrough import answer_to, finish, press_in_menu, told

PNG = b"\x89PNG\r\n\x1a\n"


class Pen:
    """Draws as a test wants it, and keeps the charts."""

    def __init__(self) -> None:
        self.charts: list[Mapping[str, Any]] = []
        self.broken = False

    def draw(self, chart: Mapping[str, Any]) -> bytes | None:
        """A picture, or none."""
        self.charts.append(chart)
        return None if self.broken else PNG + str(len(self.charts)).encode()


@pytest.fixture
def pen() -> Pen:
    """What draws the pictures."""
    return Pen()


@pytest.fixture
def drawn(sqlite_url: str, pen: Pen) -> Iterator[World]:
    """The bot with an enrollment that waits for its data."""
    with running(sqlite_url, draw=pen.draw) as world:
        world.start(position="connect_account")
        yield world


def pictures(world: World) -> list[Message]:
    """The messages of the card's thread that have a picture."""
    return [message for message in world.thread() if message.files]


def test_the_menu_posts_a_picture_in_the_thread(drawn: World, pen: Pen) -> None:
    """For whoever sees the enrollment; its alternative text and the message say all of it."""
    said = told(drawn, drawn.eve, press_in_menu(drawn.eve, drawn.card(), "Show timeline"))
    drawn.deliver()

    assert "I'm posting the timeline of *Production* in the thread of its card." == said
    [message] = pictures(drawn)
    [file] = message.files
    assert f"<@{drawn.eve.id}>" in message.text
    assert PNG + b"1" == file.content
    for words in (message.text, file.alternative):
        assert [] == [spec.title for spec in PROCEDURE if spec.title not in words]
        assert "Expected to finish between" in words
    assert not message.broadcast
    [chart] = pen.charts
    assert ("Production", len(PROCEDURE)) == (chart["title"], len(chart["rows"]))


def test_the_verb_does_the_same(drawn: World) -> None:
    """With an account or without one."""
    said = answer_to(drawn, drawn.ben.command("/eco", "timeline Production", channel="eco-rollout")).text
    drawn.deliver()

    assert said.startswith("I'm posting the timeline of *Production*")
    assert 1 == len(pictures(drawn))


def test_asked_twice_it_comes_once_until_something_changes(drawn: World) -> None:
    """One for each state and day. One that was deleted comes again, and a change makes another one."""
    for person in (drawn.ana, drawn.ben):
        told(drawn, person, press_in_menu(person, drawn.card(), "Show timeline"))
        drawn.jump(minutes=1)
    [first] = pictures(drawn)

    drawn.slack.delete_message(first.channel, first.ts)
    answer_to(drawn, drawn.ana.command("/eco", "timeline", channel="eco-rollout"))
    drawn.jump(minutes=1)
    assert 1 == len(pictures(drawn))

    finish(drawn, drawn.ana, StepKey.CONNECT_ACCOUNT)
    drawn.ana.close_all()
    told(drawn, drawn.ana, press_in_menu(drawn.ana, drawn.card(), "Show timeline"))
    drawn.jump(minutes=1)
    assert 2 == len(pictures(drawn))


@pytest.mark.parametrize("fault", ["not_json", "drop_after"])
def test_a_picture_whose_answer_was_lost_stands_there_once(drawn: World, fault: str) -> None:
    """It is found by its name."""
    told(drawn, drawn.ana, press_in_menu(drawn.ana, drawn.card(), "Show timeline"))
    drawn.slack.faults.add("files.completeUploadExternal", fault)
    drawn.deliver()
    for _ in range(3):
        drawn.jump(minutes=1)

    assert 1 == len(pictures(drawn))
    assert 1 == len(drawn.slack.calls_of("files.completeUploadExternal"))


@pytest.mark.parametrize("fault", [None, "drop_after"])
def test_without_a_picture_the_words_come_alone(drawn: World, pen: Pen, fault: str | None) -> None:
    """Once, also where Slack's answer is lost and a picture could be drawn by then."""
    pen.broken = True
    told(drawn, drawn.ana, press_in_menu(drawn.ana, drawn.card(), "Show timeline"))
    if fault:
        drawn.slack.faults.add("chat.postMessage", fault)
    drawn.deliver()
    pen.broken = False
    for _ in range(3):
        drawn.jump(minutes=1)

    assert [] == pictures(drawn)
    said = [message.text for message in drawn.thread() if "I couldn't draw the picture" in message.text]
    assert 1 == len(said)
    assert [] == [spec.title for spec in PROCEDURE if spec.title not in said[0]]


def test_whoever_may_not_see_it_gets_no_picture(drawn: World, pen: Pen) -> None:
    """A guest who reads the channel is told whom to ask."""
    gus = add(drawn, GUEST, "eco-rollout")

    said = told(drawn, gus, press_in_menu(gus, drawn.card(), "Show timeline"))
    drawn.deliver()

    assert drawn.ana.name.lower() in said.lower() or f"<@{drawn.ana.id}>" in said
    assert ([], []) == (pictures(drawn), pen.charts)


def test_the_card_says_when_it_may_be_finished(drawn: World) -> None:
    """In the channel, and on a copy."""
    copy = answer_to(drawn, drawn.ben.command("/eco", "status", channel="eco-rollout"))

    for shown in (drawn.card(), copy):
        assert "Expected to finish between" in shown.text
        assert "(as of " in shown.shown
