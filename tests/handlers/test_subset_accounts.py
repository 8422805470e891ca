"""The AWS accounts of subsets in Slack: added at their step and after it, seen, edited, downloaded and imported."""

from __future__ import annotations

from bot.domain.enrollment import State, SubsetAccount
from tests.handlers.test_list_uploads import seen
from tests.handlers.test_list_view import opened, pressed, rows
from tests.support.bot_world import World
from tests.support.steps import StepKey as K
from tests.support.walkthrough import accepted, reach

ONE, TWO = "210987654321", "310987654321"
FORM = "AWS accounts"


def test_accounts_are_added_at_the_step_without_finishing_it(world_on: World) -> None:
    """The step says who can create subsets; its menu has the form, and its being done does not require it."""
    world = world_on
    reach(world, K.CREATE_SUBSETS)
    world.click(world.ana, "Add AWS accounts", K.CREATE_SUBSETS)

    world.fill(world.ana, FORM, subset_accounts="Production : 2109-8765-4321\nTest\t310987654321")
    accepted(world.ana.view)

    made = world.enrollment()
    assert (SubsetAccount("Production", ONE), SubsetAccount("Test", TWO)) == made.subset_accounts
    assert State.OPEN is made.step(K.CREATE_SUBSETS).state
    world.deliver()
    said = "changed the AWS accounts of the subsets: 2 added, 0 removed, 2 in all. Added: Production : 2109-8765-4321"
    assert said in world.thread()[-1].text


def test_the_step_says_who_can_create_subsets(world: World) -> None:
    """In the form that finishes it."""
    reach(world, K.CREATE_SUBSETS)
    world.click(world.ana, "Mark done", K.CREATE_SUBSETS)

    assert "Only an organization administrator of Spot can create subsets." in world.ana.wait_view("Mark done").shown


def test_accounts_are_seen_searched_and_edited(world: World) -> None:
    """With dashes, as people read them; after the step, the list itself has the form for more."""
    reach(world, K.CREATE_WORKFLOWS)
    world.ana.command("/eco", "accounts", channel=world.channel.name)
    world.fill(world.ana, FORM, subset_accounts=f"Production : {ONE}\nProduction : {TWO}")

    view = opened(world, world.ana, "subset_accounts")
    assert ["1. Production : 2109-8765-4321", "2. Production : 3109-8765-4321"] == rows(view)
    pressed(world, world.ana, "Edit", near="3109-8765-4321")
    world.ana.fill({"account_id": "4109 8765 4321"})
    world.ana.submit()
    assert "410987654321" == world.enrollment().subset_accounts[1].account_id

    form = pressed(world, world.ana, "Add AWS accounts")
    assert FORM == form.title
    world.fill(world.ana, FORM, subset_accounts=f"Production : {TWO}")
    assert 3 == len(world.enrollment().subset_accounts)


def test_a_download_that_is_uploaded_again_changes_nothing(world: World) -> None:
    """The file is read by its header."""
    reach(world, K.CREATE_WORKFLOWS)
    world.ana.command("/eco", "accounts", channel=world.channel.name)
    world.fill(world.ana, FORM, subset_accounts=f"Production : {ONE}\nTest : {TWO}")
    world.ana.command("/eco", "accounts", channel=world.channel.name)
    world.ana.click(world.ana.wait_view(FORM), "Download as CSV")
    world.deliver()
    file = world.ana.direct_messages[-1].files[0]
    assert file.name.startswith("aws-accounts-")

    world.ana.close_all()
    world.ana.command("/eco", "accounts", channel=world.channel.name)
    world.fill(world.ana, FORM, file=[(file.name, file.content)], mode="replace")

    assert "0 new, 0 changed, 0 removed, 2 unchanged." in seen(world, "Preview").shown
