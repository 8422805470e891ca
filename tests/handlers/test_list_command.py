"""`/eco list [words]`: the most urgent first, with filter words, pages and **Open**, for the person alone."""

from __future__ import annotations

import pytest

from bot.localslack import Message, Person
from tests.handlers.test_hand_over import copies
from tests.handlers.test_home_portfolio import MANY, crowded
from tests.support.bot_world import World
from tests.support.enrollment_copies import rename
from tests.support.steps import TOTAL
from tests.support.walkthrough import answer_to

__all__ = ["crowded"]


def listed(world: World, words: str = "", person: Person | None = None) -> Message:
    """The answer to `/eco list WORDS`."""
    return answer_to(world, (person or world.ben).command("/eco", f"list {words}", channel="eco-rollout"))


def newest(world: World, person: Person, words: str) -> Message:
    """The person's newest message, as soon as it says these words."""
    return world.slack.wait_for(
        lambda: next((m for m in reversed(person.ephemerals()) if words in m.shown), None), 10, f"a list with {words}"
    )


@pytest.fixture
def several(world: World) -> World:
    """Late is due, Open waits for Ana, Busy is Ben's and waits for AWS."""
    world.start(account_name="Overdue", position="connect_account:waiting", since="2026-11-18")
    two = {"account_id": "222222222222", "account_name": "Fresh", "spot_org_id": "2222222"}
    world.start(**two, channel_id="finops", position="create_subsets")
    three = {"account_id": "333333333333", "account_name": "Busy", "spot_org_id": "3333333", "owner": "ben"}
    world.start(**three, position="connect_account:waiting", since="2026-11-23")
    return world


def names(message: Message) -> list[str]:
    """The enrollments of a list, in order."""
    shown = message.shown
    found = [name for name in ("Overdue", "Fresh", "Busy") if f"|{name}>*" in shown]
    return sorted(found, key=lambda name: shown.index(f"|{name}>*"))


def test_the_most_urgent_stands_first_with_what_is_next_and_whose_turn(several: World) -> None:
    """Late, then open, then waiting; each with progress, owner, channel, since and until."""
    world = several
    message = listed(world)

    assert ["Overdue", "Fresh", "Busy"] == names(message)
    assert "3 enrollments, most urgent first." in message.shown
    assert f"*1 of {TOTAL} steps*" in message.shown
    assert "— due since " in message.shown
    assert f"*late*. <@{world.ana.id}>'s turn: Are Cost" in message.shown
    assert "*Create subsets* — open since " in message.shown
    assert "— waiting for AWS and Spot since " in message.shown
    assert message.ephemeral
    assert ["Open"] * 3 == message.buttons
    assert message.text.startswith("3 enrollments, most urgent first.\n*Overdue* (1234-5678-9012) in <#")


WORDS = {
    "late": ["Overdue"],
    "LATE": ["Overdue"],
    "waiting": ["Busy"],
    "mine": ["Busy"],
    "blocked": [],
    "done": [],
    "@ben": ["Busy"],
    "@ana waiting": [],
    "#finops": ["Fresh"],
    "create subsets": ["Fresh"],
    "connect_account late": ["Overdue"],
    "fre": ["Fresh"],
    "2222-2222-2222": ["Fresh"],
    '"overdue"': ["Overdue"],
    "@ana fresh": ["Fresh"],
    "all": ["Overdue", "Fresh", "Busy"],
    "%": [],
    "_": [],
}


def test_words_filter_the_list(several: World) -> None:
    """Parts, people, channels, steps, names and account IDs, also together; nothing found says what was searched."""
    world = several
    found = {}
    for words in WORDS:
        message = listed(world, words)
        found[words] = names(message)
        if not found[words]:
            assert message.shown.startswith("No enrollment")
            assert ["Show all"] == message.buttons

    assert WORDS | {"mine": []} == found


def test_mine_are_those_that_ask_the_reader(several: World) -> None:
    """Ana is asked for two; Ben's only one waits for somebody else."""
    world = several

    assert ["Overdue", "Fresh"] == names(listed(world, "mine", world.ana))
    assert "2 enrollments need you, most urgent first." in listed(world, "mine", world.ana).shown


def test_show_all_takes_the_place_of_a_search_that_found_nothing(several: World) -> None:
    """The words are quoted as text."""
    world = several
    message = listed(world, "<!channel> nobody")
    assert "No enrollment with “&lt;!channel&gt; nobody” in the name or the IDs." == message.text

    world.ben.click(message, "Show all")

    assert ["Overdue", "Fresh", "Busy"] == names(newest(world, world.ben, "3 enrollments"))
    assert 1 == len(world.ben.ephemerals())


REFUSED = {
    "late blocked": "Name one part of the list at a time: late or blocked.",
    "@ana @ben": "Name one owner at a time: ",
    "@nobody": "Who is @nobody? Type @ and choose the person from what Slack offers.",
    "x" * 300: "Search for 100 characters at most. This has 300.",
}


def test_what_cannot_be_meant_is_told(world: World) -> None:
    """With what to type instead."""
    world.start()

    assert [] == [words for words, told in REFUSED.items() if told not in listed(world, words).text]


def test_pages_take_each_others_place(crowded: World) -> None:
    """**More** and **Back** keep the filter; a page that is gone by then is the last one."""
    world, ben = crowded, crowded.ben
    message = listed(world, "account")
    assert "1 to 10 of 25 enrollments, with “account”" in message.shown
    assert ["Open"] * 10 + ["More (page 2 of 3)", "Show all"] == message.buttons

    ben.click(message, "More (page 2 of 3)")
    second = newest(world, ben, "11 to 20 of 25")
    ben.click(second, "Back")
    first = newest(world, ben, "1 to 10 of 25")
    assert 1 == len(ben.ephemerals())
    ben.click(first, "More (page 2 of 3)")
    second = newest(world, ben, "11 to 20 of 25")
    for number in range(12, MANY + 1):
        rename(world, number, "gone", workspace="T0OTHER001")
    ben.click(second, "More (page 3 of 3)")
    assert ["Open", "Back", "Show all"] == newest(world, ben, "11 to 11 of 11").buttons


def test_open_shows_the_card_and_its_buttons_work(several: World) -> None:
    """In a modal; the list stays where it is."""
    world = several
    message = listed(world, person=world.ana)

    world.ana.click(message, "Open", near="|Fresh>*")

    card = world.ana.wait_view("Enrollment")
    assert "Create subsets" in card.shown
    world.ana.click(card, "Mark done", near="Create subsets")
    world.fill(world.ana, "Mark done", names="Production")
    world.slack.wait_for(
        lambda: (world.ana.view and "Create subsets — done" in world.ana.view.shown) or None, 10, "the card"
    )
    assert ["Overdue", "Fresh", "Busy"] == names(world.ana.ephemerals()[-1])


def test_the_hubs_button_shows_the_list_in_its_place(several: World) -> None:
    """Pages and filters work from there."""
    world = several
    hub = answer_to(world, world.ben.command("/eco", "", channel="eco-rollout"))

    world.ben.click(hub, "See all 3")

    assert ["Overdue", "Fresh", "Busy"] == names(newest(world, world.ben, "3 enrollments"))


def test_other_verbs_read_names_as_they_were_typed(world: World) -> None:
    """Slack sends people and channels of a command as IDs, and signs as entities."""
    world.start(account_name="R&D <one>")

    said = answer_to(world, world.ben.command("/eco", "status r&d <one>", channel="eco-rollout")).text
    assert said.startswith("Eco enrollment of R&amp;D &lt;one&gt;")
    said = answer_to(world, world.ben.command("/eco", "status @ana", channel="eco-rollout")).text
    assert "No enrollment matches “@ana”." in said


def test_of_more_than_a_hundred_enrollments_the_first_hundred_are_offered(world: World) -> None:
    """A menu of Slack holds no more; the answer says how to find the others."""
    world.start(account_name="Copy 01")
    copies(world, 104)

    said = answer_to(world, world.ben.command("/eco", "status Copy", channel="eco-rollout"))

    assert "Several enrollments match “Copy”. Which one do you mean?" in said.shown
    assert "These are the first 100 of 105. Type an account ID to find the others." in said.shown
