"""What people type is shown as they typed it, and does nothing: no mention, no link, no shout, wherever it is shown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from bot.domain.enrollment import Status
from tests.presentation.extremes import HOSTILE
from tests.presentation.reading import ADVISED_TEXT, mrkdwn
from tests.support.bot_world import World, running
from tests.support.mail_services import ON
from tests.support.steps import StepKey
from tests.support.walkthrough import accepted, act, add_line, answer_to, confirm, finish, reach, skip

K = StepKey
ESCAPED = (
    "&lt;!channel&gt; &amp; &lt;@U0EVE00001&gt; &lt;https://evil.example|x&gt; \u200b*\u200bb\u200b*\u200b `c` &amp;lt;"
)


def play(world: World) -> None:
    """A whole enrollment in which every text that can be typed is hostile."""
    ana = world.ana
    name = f'"{HOSTILE}"'  # quoted, since it holds a colon
    world.start(account_name=HOSTILE, spot_org_id=None, collaborators=["ben"])
    finish(world, ana, K.SIGN_UP)
    act(world, ana, K.CONNECT_ACCOUNT)
    world.jump(days=3)
    world.click(ana, "Still waiting", K.CONNECT_ACCOUNT)
    accepted(world.fill(ana, "Still waiting", note=HOSTILE))
    world.jump(days=3)
    confirm(world, ana, K.CONNECT_ACCOUNT)
    skip(world, ana, K.FULL_ECO, HOSTILE)
    act(world, ana, K.ENABLE_SUBSETS, ticket_number=HOSTILE)
    world.jump(days=4)
    confirm(world, ana, K.ENABLE_SUBSETS)
    finish(world, ana, K.CREATE_SUBSETS, names=f"{name}\nOther")
    finish(world, ana, K.CREATE_WORKFLOWS, names=f"{name}\nOther")
    finish(world, ana, K.VALIDATE_WORKFLOWS)
    add_line(world, ana, K.ASSOCIATE_WORKFLOWS, f"{name} : {name}")
    world.click(ana, "Add pairs", K.ASSOCIATE_WORKFLOWS)
    world.fill(ana, "Pairs", pairs='"<!here> new" : "<!here> too"')
    assert "&lt;!here&gt; new" in str(ana.view.blocks)
    accepted(ana.submit())
    world.deliver()
    finish(world, ana, K.VALIDATE_WORKFLOWS)
    world.click(ana, "Show ticket", K.ASSOCIATE_WORKFLOWS)
    ana.wait_view("Ticket")
    ana.submit()
    accepted(world.fill(ana, "Mark sent", ticket_number=HOSTILE))
    world.deliver()
    add_line(world, ana, K.ASSOCIATE_CUSTOMERS, f"{name} : ops@x.example : 700000000001")
    finish(world, ana, K.ASSOCIATE_CUSTOMERS, ticket_number=HOSTILE)
    confirm(world, ana, K.ASSOCIATE_WORKFLOWS)
    assert Status.COMPLETED is world.enrollment().status


def look_around(world: World) -> None:
    """Open everything that shows something, and be refused once."""
    ana = world.ana
    for text in ("", "list", "status", "help", f"status {HOSTILE}", f"{HOSTILE}", "ticket"):
        answer_to(world, ana.command("/eco", text))
    for text, title in (("pairs", "Pairs"), ("customers", "End customers")):
        ana.command("/eco", text)
        ana.wait_view(title)
    for label in ("Edit", "History"):
        ana.click(world.card(), label)
        ana.wait_view(label)
    ana.click(world.card(), "Cancel enrollment")
    accepted(world.fill(ana, "Cancel enrollment", reason=HOSTILE))
    old = answer_to(world, ana.command("/eco", f"status {HOSTILE}"))
    world.deliver()
    ana.click(old, "Resume")
    world.deliver()
    ana.open_home()
    world.slack.wait_for(lambda: ana.home, 5, "the home tab")
    ana.click("home", "Open")
    ana.wait_view("Enrollment")
    world.ana.click(world.card(), "Edit")
    accepted(world.fill(ana, "Edit", account_name=f"{HOSTILE} 2", channel_id="finops"))
    world.deliver()
    ana.command("/eco", "enroll")
    same = {"account_id": "222222222222", "account_name": "Other", "spot_org_id": "606079874885"}
    world.fill(ana, "Start an enrollment", **same, channel_id="eco-rollout")


def said(world: World) -> Iterator[str]:
    """Every text in Slack's notation that has left the bot."""
    for call in world.slack.calls:
        yield from mrkdwn(call.args)
        if call.method.startswith("chat."):
            yield str(call.args.get("text") or "")
    for delivery in world.slack.deliveries:
        response: Any = delivery.response or {}
        yield from mrkdwn(response)
        yield str(response.get("text") or "")
    for person in (world.ana, world.ben):
        for message in person.ephemerals():
            yield message.text
            yield from mrkdwn(message.blocks)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The workspace after all of that; the tests only look at it."""
    with running(f"sqlite:///{tmp_path_factory.mktemp('hostile') / 'eco-bot.db'}") as world:
        play(world)
        look_around(world)
        yield world


def test_nothing_that_people_type_becomes_markup(played: World) -> None:
    """In cards, threads, reminders, forms, warnings, refusals, the home tab and the history of a whole enrollment."""
    everything = list(said(played))

    raw = ("<!channel>", "<!here>", "<@U0EVE00001>", "<https://evil.example")
    assert [] == [text for text in everything if any(mark in text for mark in raw)]
    assert len([text for text in everything if ESCAPED in text]) > 50
    assert [] == [text for text in everything if "&amp;amp;" in text or "&amp;lt;!" in text], "escaped twice"


def test_every_message_of_a_run_is_within_what_slack_advises(played: World) -> None:
    """No call was refused, no sandbox warning was noted, and every text is short enough to be read out."""
    calls = played.slack.calls
    assert [] == [call for call in calls if not call.ok]
    assert [] == [call.notes for call in calls if call.notes]
    assert [] == [d.detail for d in played.slack.deliveries if not d.ok]
    assert max(len(str(call.args.get("text") or "")) for call in calls) <= ADVISED_TEXT
    assert [] == [c for c in calls if c.method in ("chat.postMessage", "chat.update") and not c.args.get("text")]


def test_the_form_of_an_email_escapes_what_people_typed(sqlite_url: str) -> None:
    """But for the ticket itself, which leaves Slack as it is."""
    with running(sqlite_url, **ON) as world:
        reach(world, K.ENABLE_SUBSETS, account_name=HOSTILE)
        world.click(world.ana, "Send by email", K.ENABLE_SUBSETS)
        form = world.ana.wait_view("Send by email")

    shown = list(mrkdwn(form.blocks))
    assert [] == [text for text in shown if "<!channel>" in text or "<@U0EVE" in text]
    assert 2 == sum(text.count("&lt;!channel&gt; &amp; &lt;") for text in shown), "in the heading and in the subject"


def test_a_ticket_and_a_field_show_what_was_typed_as_it_is(world: World) -> None:
    """Plain text leaves Slack, or stands in a field: escaping it there would change it."""
    reach(world, K.ASSOCIATE_WORKFLOWS, account_name=HOSTILE)
    add_line(world, world.ana, K.ASSOCIATE_WORKFLOWS, "Production : Standard")
    world.click(world.ana, "Add pairs", K.ASSOCIATE_WORKFLOWS)
    world.fill(world.ana, "Pairs", pairs=f'"{HOSTILE}" : "{HOSTILE}"')
    accepted(world.ana.submit())
    world.deliver()

    world.click(world.ana, "Show ticket", K.ASSOCIATE_WORKFLOWS)
    assert f"\n{HOSTILE} : {HOSTILE}\n" in world.ana.wait_view("Ticket").shown
    world.ana.click(world.card(), "Edit")
    assert HOSTILE == world.ana.wait_view("Edit").values["account_name"]
