"""Two people at one form: each changes only what they typed, and nobody overwrites another's change unseen."""

from __future__ import annotations

from bot.localslack import Person
from tests.support.bot_world import World
from tests.support.steps import StepKey
from tests.support.walkthrough import accepted, act, reach

K = StepKey


def both_open(world: World, label: str, title: str, step: StepKey | None = None) -> None:
    """Ana and Ben have the same form open."""
    for person in (world.ana, world.ben):
        if step is None:
            person.click(world.card(), label)
        else:
            world.click(person, label, step)
        person.wait_view(title)


def warned(world: World, person: Person, title: str, *sentences: str) -> None:
    """The form comes back with these warnings, within Slack's limits; “Save anyway” is the way on."""
    view = person.wait_view(title)
    (warnings,) = (block["text"]["text"] for block in view.blocks if block["block_id"] == "warnings")
    for sentence in sentences:
        assert sentence in warnings
    assert view.submit.endswith("anyway")
    assert len(view.private_metadata) <= 3000


def stored_step(world: World, step: StepKey) -> dict[str, str]:
    """What a step has collected."""
    return dict(world.enrollment().step(step).values)


def test_who_fills_one_field_takes_nothing_else_back(world_on: World) -> None:
    """Ana renames and hands over, Ben only fills the bucket: all three hold."""
    world = world_on
    world.start(collaborators=["ben"])
    both_open(world, "Edit", "Edit")
    accepted(world.fill(world.ana, "Edit", account_name="Renamed", owner="dev", collaborators=["ana", "ben"]))

    accepted(world.fill(world.ben, "Edit", bucket="acme-cur"))

    made = world.enrollment()
    assert ("Renamed", world.dev.id, "acme-cur") == (made.account_name, made.owner, made.value("bucket"))
    assert {world.ana.id, world.ben.id} == set(made.collaborators)
    world.deliver()
    assert f"<@{world.ben.id}> changed the bucket to “acme-cur”." == world.thread()[-1].text


def test_what_somebody_changed_meanwhile_is_shown_before_it_is_overwritten(world_on: World) -> None:
    """Who, what and to what, in the form itself; saving anyway overwrites that field and no other."""
    world = world_on
    world.start(collaborators=["ben"])
    both_open(world, "Edit", "Edit")
    accepted(world.fill(world.ana, "Edit", account_name="Ana's & <name>", bucket="acme-cur"))

    world.fill(world.ben, "Edit", account_name="Ben's name")

    said = f"<@{world.ana.id}> changed the account name to “Ana's &amp; &lt;name&gt;” since you opened this form."
    warned(world, world.ben, "Edit", said)
    assert "Ben's name" == world.ben.view.values["account_name"]
    assert "Ana's & <name>" == world.enrollment().account_name

    accepted(world.ben.submit())

    assert ("Ben's name", "acme-cur") == (world.enrollment().account_name, world.enrollment().value("bucket"))


def test_a_change_after_the_warning_is_shown_again(world: World) -> None:
    """What was confirmed is the change that the warning named."""
    world.start(collaborators=["ben"])
    both_open(world, "Edit", "Edit")
    accepted(world.fill(world.ana, "Edit", account_name="First"))
    world.fill(world.ben, "Edit", account_name="Ben's")
    warned(world, world.ben, "Edit", "to “First”")
    world.ana.click(world.card(), "Edit")
    accepted(world.fill(world.ana, "Edit", account_name="Second"))

    world.ben.submit()

    warned(world, world.ben, "Edit", "to “Second”")
    assert "Second" == world.enrollment().account_name
    accepted(world.ben.submit())
    assert "Ben's" == world.enrollment().account_name


def test_two_hand_overs_and_two_lists_of_collaborators(world: World) -> None:
    """People are named as people; of a list it is said who would be taken off."""
    world.start(collaborators=["ben"])
    both_open(world, "Edit", "Edit")
    accepted(world.fill(world.ana, "Edit", owner="dev", collaborators=["ana", "ben", "eve"]))

    world.fill(world.ben, "Edit", owner="chi", collaborators=["ben", "ana"])

    who = f"<@{world.ana.id}> changed the"
    warned(
        world,
        world.ben,
        "Edit",
        f"{who} owner to <@{world.dev.id}> since you opened this form.",
        f"{who} collaborators since you opened this form. Saving removes <@{world.eve.id}>.",
    )
    accepted(world.ben.submit())
    assert (world.chi.id, {world.ben.id, world.ana.id}) == (
        world.enrollment().owner,
        set(world.enrollment().collaborators),
    )


def test_a_channel_that_was_left_as_it_was_does_not_move_the_enrollment_back(world: World) -> None:
    """Ana moves the enrollment; Ben's form still shows the old channel."""
    world.start(collaborators=["ben"])
    both_open(world, "Edit", "Edit")
    portfolio = world.slack.channel("eco-portfolio")
    accepted(world.fill(world.ana, "Edit", channel_id=portfolio.name))

    accepted(world.fill(world.ben, "Edit", account_name="Renamed"))

    assert (portfolio.id, "Renamed") == (world.enrollment().channel_id, world.enrollment().account_name)


def test_a_form_in_which_nothing_was_typed_changes_nothing(world: World) -> None:
    """Even if it shows what is outdated by now."""
    world.start(collaborators=["ben"])
    both_open(world, "Edit", "Edit")
    accepted(world.fill(world.ana, "Edit", account_name="Renamed"))

    world.ben.submit()

    assert "Nothing was changed." in world.ben.view.errors.values()
    assert "Renamed" == world.enrollment().account_name


def test_a_correction_keeps_what_somebody_else_corrected(world_on: World) -> None:
    """Ana corrects the number, Ben the day: both hold; a second number is shown first."""
    world = world_on
    reach(world, K.ENABLE_SUBSETS, collaborators=["ben"])
    act(world, world.ana, K.ENABLE_SUBSETS, ticket_number="4711")
    world.deliver()
    both_open(world, "Correct", "Correct", K.ENABLE_SUBSETS)
    accepted(world.fill(world.ana, "Correct", ticket_number="4712"))
    accepted(world.fill(world.ben, "Correct", on="2026-11-20"))
    assert "4712" == stored_step(world, K.ENABLE_SUBSETS)["ticket_number"]
    assert "2026-11-20" == world.enrollment().step(K.ENABLE_SUBSETS).acted_on.isoformat()

    world.deliver()
    both_open(world, "Correct", "Correct", K.ENABLE_SUBSETS)
    accepted(world.fill(world.ana, "Correct", on="2026-11-19"))
    world.fill(world.ben, "Correct", on="2026-11-18", ticket_number="4713")

    warned(world, world.ben, "Correct", f"<@{world.ana.id}> changed the day to Thu, Nov 19 since you opened this form.")
    accepted(world.ben.submit())
    assert "4713" == stored_step(world, K.ENABLE_SUBSETS)["ticket_number"]
    assert "2026-11-18" == world.enrollment().step(K.ENABLE_SUBSETS).acted_on.isoformat()


def test_a_value_that_a_step_asks_for_was_given_meanwhile(world: World) -> None:
    """Ben marks the connection done with a bucket of his own after Ana has recorded one with Edit."""
    reach(world, K.CONNECT_ACCOUNT, collaborators=["ben"])
    world.click(world.ben, "Mark done", K.CONNECT_ACCOUNT)
    world.ben.wait_view("Mark done")
    world.ana.click(world.card(), "Edit")
    accepted(world.fill(world.ana, "Edit", bucket="anas-bucket"))

    world.fill(world.ben, "Mark done", bucket="bens-bucket")

    warned(world, world.ben, "Mark done", f"<@{world.ana.id}> changed the bucket to “anas-bucket”")
    accepted(world.ben.submit())
    assert "bens-bucket" == world.enrollment().value("bucket")


def test_an_empty_field_leaves_what_somebody_recorded_meanwhile(world: World) -> None:
    """Ben types nothing there, so there is nothing to ask."""
    reach(world, K.CONNECT_ACCOUNT, collaborators=["ben"])
    world.click(world.ben, "Mark done", K.CONNECT_ACCOUNT)
    world.ben.wait_view("Mark done")
    world.ana.click(world.card(), "Edit")
    accepted(world.fill(world.ana, "Edit", bucket="anas-bucket"))

    accepted(world.fill(world.ben, "Mark done"))

    assert "anas-bucket" == world.enrollment().value("bucket")


def test_a_mention_that_somebody_typed_stays_text(world: World) -> None:
    """A name in a warning mentions nobody."""
    world.start(collaborators=["ben"])
    both_open(world, "Edit", "Edit")
    accepted(world.fill(world.ana, "Edit", account_name="<@U0EVE00001> & <!channel>"))

    world.fill(world.ben, "Edit", account_name="Other")

    warned(world, world.ben, "Edit", "“&lt;@U0EVE00001&gt; &amp; &lt;!channel&gt;”")
