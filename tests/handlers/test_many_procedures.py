"""Several large procedures of an operator's: their steps fit into forms, and two may call a step the same."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.handlers.test_home import opened
from tests.handlers.test_list_command import listed
from tests.support.bot_world import World, running
from tests.support.own_procedures import offered_from, ours_again
from tests.support.walkthrough import accepted

__all__ = ["ours_again"]

HEAD = """\
title = "Rollout {letter}"
fits = "We roll out {letter}."

[[steps]]
same_as = "aws-management-account"
key = "sign_up"
"""
STEP = """
[[steps]]
key = "{key}"
title = "{title}"
instruction = "Do it."
requires = ["sign_up"]
"""
LETTERS = "abc"


def written(letter: str) -> str:
    """A procedure with 39 steps of its own; in each one of them is called “Sign the contract”."""
    steps = [STEP.format(key=f"{letter}_{number}", title=f"Task {letter} {number}") for number in range(1, 39)]
    contract = STEP.format(key=f"contract_{letter}", title="Sign the contract")
    return "".join([HEAD.format(letter=letter), contract, *steps])


@pytest.fixture
def world(ours_again: None, tmp_path: Path, sqlite_url: str) -> Iterator[World]:
    """The bot with three of them, and an enrollment of Ana's in each."""
    for letter in LETTERS:
        offered_from(tmp_path, written(letter), f"rollout-{letter}")
    with running(sqlite_url) as started:
        for number, letter in enumerate(LETTERS, 1):
            started.ana.command("/eco", "enroll", channel=started.channel.name)
            started.ana.wait_view("Start an enrollment")
            given = {"account_id": f"{number}" * 12, "account_name": f"Account {letter}", "owner": "ana"}
            started.ana.fill({"procedure": f"rollout-{letter}", **given, "spot_org_id": f"70000{number}"})
            accepted(started.ana.submit())
            started.deliver()
        yield started


def test_the_filter_of_the_home_tab_offers_more_than_a_hundred_steps(world: World) -> None:
    """In groups; one of the last group is chosen, and stays chosen when the form is opened again."""
    opened(world, world.ana)
    world.ana.click("home", "Search and filter")

    accepted(world.fill(world.ana, "Search and filter", step="contract_c"))

    home = world.slack.wait_for(lambda: None if "Account a" in world.ana.home.shown else world.ana.home, 30, "one row")
    assert "Account c" in home.shown
    world.ana.click("home", "Search and filter")
    assert "contract_c" == world.ana.wait_view("Search and filter").values["step"]


def test_a_title_that_several_procedures_have_is_asked_about(world: World) -> None:
    """Silently, only those of the first procedure would be found."""
    said = listed(world, "sign the contract").text

    assert said == "Name one step at a time: contract_a or contract_b or contract_c."


def test_a_card_has_room_for_the_steps_that_fit(world: World) -> None:
    """Slack takes 50 blocks: the others are counted, and **Open** shows all; reminders and digests fit, too."""
    card = world.card()
    assert 40 < len(card.blocks) <= 50
    assert "And 16 more steps. *Open* shows all." in card.shown

    world.ana.click(card, "Open")
    form = world.ana.wait_view("Enrollment")
    assert "Task c 38" in form.shown
    world.ana.click(form, "Mark done", near="Task c 38")
    accepted(world.fill(world.ana, "Mark done"))
    world.ana.close_all()
    world.jump(days=14)

    assert "And 15 more steps. *Open* shows all." in world.card().shown
    assert [] == [call for call in world.slack.calls if call.method.startswith("chat.") and not call.ok]
