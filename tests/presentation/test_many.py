"""Very much at once, in a Slack that refuses what is too long: sixty enrollments, and one with everything in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.domain.access import Actor
from bot.domain.enrollment import Customer, Pair
from bot.domain.errors import NeedsConfirmation
from bot.use_cases import Caller, StartForm
from tests.presentation.reading import mrkdwn
from tests.support.bot_world import World, running
from tests.support.steps import StepKey
from tests.support.walkthrough import accepted, answer_to, reach, told

K = StepKey


@pytest.fixture
def crowded(sqlite_url: str) -> Iterator[World]:
    """Sixty enrollments of Ana's in one channel."""
    with running(sqlite_url) as world:
        for number in range(1, 61):
            form = StartForm(
                account_id=f"{number:012}",
                account_name=f"{number:02} " + "<" * 77,
                channel_id=world.channel.id,
                owner=world.ana.id,
                collaborators=(world.ben.id,),
            )
            world.app.enrollments.start(Caller(world.workspace, Actor(world.ana.id)), form)
        yield world


def test_sixty_enrollments_are_listed_in_pages(crowded: World) -> None:
    """Each once; the text of each page is short enough to be read out."""
    world = crowded
    told(world, world.ana, world.ana.command("/eco", "list"))
    said = ""
    for page in range(2, 8):
        (message,) = world.ana.ephemerals()
        assert len(message.text) <= 4000
        said += "\n".join(mrkdwn(message.blocks))
        if page < 7:
            world.ana.click(message, f"More (page {page} of 6)")
            first = f"{page * 10 - 9} to {page * 10} of 60"
            world.slack.wait_for(lambda first=first: first in world.ana.ephemerals()[0].text or None, 5, first)

    assert [1] * 60 == [said.count(f"(0000-0000-{number:04})") for number in range(1, 61)]


def test_sixty_enrollments_fit_on_the_home_tab(crowded: World) -> None:
    """In pages of ten, each with its button."""
    world = crowded
    world.ana.open_home()
    world.slack.wait_for(lambda: world.ana.home, 5, "the home tab")

    assert "1 to 10 of 60 enrollments need you" in world.ana.home.shown
    assert 10 == world.ana.home.buttons.count("Open")


def test_sixty_enrollments_are_offered_to_choose_from(crowded: World) -> None:
    """In one menu, which carries the verb on."""
    world = crowded
    delivery = world.ana.command("/eco", "status")
    menu = answer_to(world, delivery)
    assert 60 == len(menu.blocks[1]["elements"][0]["options"])

    option = menu.blocks[1]["elements"][0]["options"][41]
    chosen = world.ana.choose(menu, "eco.choose", option["value"])

    world.slack.wait_for(lambda: "(0000-0000-0042)" in world.ana.ephemerals()[-1].text or None, 5, "the status")
    assert chosen.ok


def test_more_than_a_menu_holds_is_cut_with_a_count(sqlite_url: str) -> None:
    """A menu holds a hundred, an account ID finds the others; a list has pages, also over Socket Mode."""
    with running(sqlite_url, transport="socket") as world:
        for number in range(1, 121):
            form = StartForm(f"{number:012}", f"Account {'<' * 70}", world.channel.id, world.ana.id)
            world.app.enrollments.start(Caller(world.workspace, Actor(world.ana.id)), form)

        menu = answer_to(world, world.ana.command("/eco", "status account"))

        assert "These are the first 100 of 120. Type an account ID to find the others." in menu.text
        assert "1 to 10 of 120 enrollments" in told(world, world.ana, world.ana.command("/eco", "list"))


def test_sixty_enrollments_that_sat_still_become_one_message(crowded: World) -> None:
    """After two weeks without anybody: a single message in the channel, and no card is lost."""
    world = crowded
    world.clock.jump_to(world.clock.now().replace(month=12, day=14, hour=14))

    world.deliver()

    texts = [message.text for message in world.channel.messages]
    assert 60 == len([text for text in texts if text.startswith("Eco enrollment of")])
    assert 1 == len([text for text in texts if "came due" in text])
    assert [] == [call for call in world.slack.calls if not call.ok]


def test_an_enrollment_with_everything_in_it_can_be_worked_on(world: World) -> None:
    """1,000 subsets, 500 billing workflows, 2,000 pairs, 500 customers, 40 collaborators: every form opens."""
    reach(world, K.CREATE_SUBSETS)
    use, caller, number = world.app.enrollments, Caller(world.workspace, Actor(world.ana.id)), world.enrollment().id
    names = tuple(f"{n:04} {'&' * 60}" for n in range(2000))
    use.complete_act(caller, number, K.CREATE_SUBSETS, {"names": names[:1000]})
    use.complete_act(caller, number, K.CREATE_WORKFLOWS, {"names": names[:500]})
    pairs = [Pair(name, names[n % 500]) for n, name in enumerate(names)]
    customers = [Customer(name, f"ops{n}@x.example", f"{10**11 + n}") for n, name in enumerate(names[:500])]
    for change, added in ((use.change_pairs, pairs), (use.change_customers, customers)):
        try:
            change(caller, number, added, frozenset())
        except NeedsConfirmation as question:
            sure = Caller(world.workspace, caller.actor, confirmed=frozenset(question.warnings))
            change(sure, number, added, frozenset())
    use.complete_act(caller, number, K.VALIDATE_WORKFLOWS, {"validated": frozenset(names[:500])})
    world.deliver()

    for label, step, title in (
        ("Add pairs", K.ASSOCIATE_WORKFLOWS, "Pairs"),
        ("Add customers", K.ASSOCIATE_CUSTOMERS, "End customers"),
        ("Show ticket", K.ASSOCIATE_WORKFLOWS, "Ticket"),
        ("Show ticket", K.ASSOCIATE_CUSTOMERS, "Ticket"),
        ("Reopen", K.CREATE_SUBSETS, "Reopen"),
    ):
        world.click(world.ana, label, step)
        world.ana.wait_view(title)
        world.ana.close_all()
    for step in (K.ASSOCIATE_WORKFLOWS, K.ASSOCIATE_CUSTOMERS):
        world.click(world.ana, "Show ticket", step)
        world.ana.click(world.ana.wait_view("Ticket"), "Send me a file")
        world.slack.wait_for(lambda: "as a file in a direct" in world.ana.wait_view().shown or None, 5, "the sentence")
        world.ana.close_all()
    told(world, world.ana, world.ana.command("/eco", "status"))
    world.click(world.ana, "Mark sent", K.ASSOCIATE_WORKFLOWS)
    accepted(world.fill(world.ana, "Mark sent", ticket_number="4711"))
    world.deliver()

    assert [] == [file for message in world.thread() for file in message.files]
    files = [file for message in world.ana.direct_messages for file in message.files]
    assert [502, 2002] == sorted(len(file.text.splitlines()) for file in files)
    assert [] == [call for call in world.slack.calls if not call.ok]
