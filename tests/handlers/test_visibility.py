"""Who may see an enrollment: its people, admins, and full members who can see its progress channel."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.localslack import Person, SeedPerson
from tests.support.bot_world import World, running
from tests.support.outsiders import OUTSIDERS, add
from tests.support.steps import StepKey
from tests.support.walkthrough import reach, told

PRIVATE = "eco-private"  # of Ana and Ben
EACH_OUTSIDER = pytest.mark.parametrize("seed", OUTSIDERS, ids=lambda seed: seed.name)


@pytest.fixture
def world(sqlite_url: str) -> Iterator[World]:
    """Chi is an admin; one enrollment is in a private channel, of which Eve is a member, too."""
    with running(sqlite_url) as world:
        world.slack.channel(PRIVATE).add_member(world.eve)
        world.start(channel_id=PRIVATE, account_name="Secret payer", collaborators=["ben"])
        yield world


def asked(world: World, person: Person, words: str) -> str:
    """What somebody is answered to a command typed in a public channel: its text, or the form that opened."""
    delivery = person.command("/eco", words, channel=world.channel.name)
    said = told(world, person, delivery)
    person.close_all()
    return said


@pytest.mark.parametrize(
    "words", ["status Secret", "ticket 1234-5678-9012", "pairs Secret", "customers Secret", "list"]
)
def test_a_private_channels_enrollment_is_not_found_by_who_is_not_in_it(world: World, words: str) -> None:
    """Not by name, not by account, not in the list; nothing of it is said."""
    said = asked(world, world.dev, words)

    assert "Secret" not in said.replace("“Secret”", "")
    assert "There is no enrollment yet." in said


def test_its_members_its_people_and_admins_find_it(world: World) -> None:
    """Eve is in the channel; Chi is an admin and is not in it."""
    for person in (world.ana, world.ben, world.chi, world.eve):
        assert "Secret payer" in asked(world, person, "list")


def test_who_left_the_channel_loses_sight_within_a_minute(world: World) -> None:
    """What Slack told is used for a minute."""
    assert "Secret payer" in asked(world, world.eve, "list")
    world.slack.channel(PRIVATE).remove_member(world.eve)

    world.clock.jump(timedelta(seconds=61))

    assert "Secret payer" not in asked(world, world.eve, "list")


def test_what_slack_does_not_tell_is_refused(world: World) -> None:
    """A member of the private channel sees nothing while Slack does not say who is in it."""
    world.clock.jump(timedelta(seconds=61))
    world.slack.faults.add("conversations.members", "fatal_error")

    assert "Secret payer" not in asked(world, world.eve, "list")
    assert "Secret payer" in asked(world, world.eve, "list")


def test_the_hub_counts_what_the_reader_may_see(world: World) -> None:
    """Dev sees none, Ana one."""
    assert "See the list" in shown(world, world.ana)
    assert "See all" not in shown(world, world.dev)


def shown(world: World, person: Person) -> str:
    """The labels of the hub's buttons."""
    before = len(person.ephemerals())
    person.command("/eco", "", channel=world.channel.name)
    world.slack.wait_for(lambda: len(person.ephemerals()) > before, what="the hub")
    return str(person.ephemerals()[-1].blocks)


@EACH_OUTSIDER
def test_guests_and_partners_do_not_see_a_public_channels_enrollment(sqlite_url: str, seed: SeedPerson) -> None:
    """Even where they are in the channel."""
    with running(sqlite_url) as world:
        world.start(account_name="Open payer")
        outsider = add(world, seed, world.channel.name)

        assert "Open payer" in asked(world, world.dev, "list")
        assert "Open payer" not in asked(world, outsider, "list")
        assert "No enrollment" in asked(world, outsider, "status Open") or "no enrollment" in asked(
            world, outsider, "status Open"
        )


@EACH_OUTSIDER
@pytest.mark.parametrize("label", ["History", "Show ticket", "Mark sent", "Edit"])
def test_an_outsiders_press_on_a_card_is_answered_with_whom_to_ask(
    sqlite_url: str, seed: SeedPerson, label: str
) -> None:
    """They are in the shared channel and see the card; the bot shows them nothing more."""
    with running(sqlite_url) as world:
        reach(world, StepKey.ENABLE_SUBSETS)
        outsider = add(world, seed, world.channel.name)
        step = label in ("Show ticket", "Mark sent")

        delivery = world.click(outsider, label, StepKey.ENABLE_SUBSETS) if step else outsider.click(world.card(), label)

        said = told(world, outsider, delivery)
        assert f"Ask <@{world.ana.id}>" in said
        assert "Production" not in said
        assert ["notice"] == [view.callback_id for view in outsider.views]


@EACH_OUTSIDER
def test_an_outsider_who_is_a_collaborator_sees_and_changes_it(sqlite_url: str, seed: SeedPerson) -> None:
    """Guests and partners see the enrollments whose people they belong to."""
    with running(sqlite_url) as world:
        outsider = add(world, seed, world.channel.name)
        world.start(collaborators=[outsider.id])

        assert "Production" in asked(world, outsider, "list")
        outsider.click(world.card(), "Edit")
        outsider.wait_view("Edit")


def test_an_outsiders_message_shortcut_is_refused_by_name(sqlite_url: str) -> None:
    """The card stands in their channel, and the answer names whom to ask."""
    with running(sqlite_url) as world:
        world.start()
        outsider = add(world, OUTSIDERS[0], world.channel.name)

        said = told(world, outsider, outsider.message_shortcut("eco_status", world.card()))

        assert f"Ask <@{world.ana.id}>." in said


def test_the_home_tab_shows_an_outsider_nothing_and_no_start(sqlite_url: str) -> None:
    """They own nothing and may start nothing."""
    with running(sqlite_url) as world:
        world.start()
        outsider = add(world, OUTSIDERS[0])

        outsider.open_home()
        home = world.slack.wait_for(lambda: outsider.home, what="the home tab")

        assert "Production" not in home.shown
        assert "Start an enrollment" not in home.shown


def test_a_second_enrollment_of_an_account_names_nothing_that_one_may_not_see(world: World) -> None:
    """Dev is told whom to ask; Ben, who may see it, gets its name and channel."""
    world.dev.command("/eco", "enroll", channel=world.channel.name)
    delivery = world.fill(world.dev, "Start an enrollment", account_id="123456789012", account_name="Mine", owner="dev")

    assert {"account_id": "1234-5678-9012 already has an enrollment. Ask ana about it."} == delivery.response["errors"]


def test_a_second_enrollment_of_an_organization_names_nothing_that_one_may_not_see(world: World) -> None:
    """The warning counts it."""
    world.dev.command("/eco", "enroll", channel=world.channel.name)
    world.fill(
        world.dev,
        "Start an enrollment",
        account_id="999988887777",
        account_name="Mine",
        spot_org_id="606079874885",
        owner="dev",
    )

    assert "another enrollment" in world.dev.wait_view("Start an enrollment").shown
    assert "Secret payer" not in world.dev.view.shown
