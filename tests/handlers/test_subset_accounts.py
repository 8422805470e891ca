"""The AWS accounts of subsets in Slack: added at their step and after it, seen, edited, downloaded and imported."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.aws.preflight import MemberAccount
from bot.domain.enrollment import State, SubsetAccount
from bot.domain.procedure import USUAL
from bot.domain.step_order import prerequisites
from tests.handlers.test_list_uploads import seen
from tests.handlers.test_list_view import opened, pressed, rows
from tests.support.bot_world import ACCOUNT, World
from tests.support.fake_aws_inspector import FOUND, PlayedAws, check, settled
from tests.support.steps import StepKey
from tests.support.steps import StepKey as K
from tests.support.walkthrough import accepted, pass_by, press_in_menu, reach

ONE, TWO = "210987654321", "310987654321"
FORM = "AWS accounts"


def test_accounts_are_added_at_the_step_without_finishing_it(world_on: World) -> None:
    """The step says who can create subsets; its menu has the form, and its being done does not require it."""
    world = world_on
    reach(world, K.CREATE_SUBSETS)
    world.click(world.ana, "Add AWS accounts", K.CREATE_SUBSETS)

    world.fill(world.ana, FORM, subset_accounts="Production : 2109-8765-4321\nTest : 310987654321")

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


def looked(world: World, aws: PlayedAws, step: StepKey = K.CREATE_WORKFLOWS) -> None:
    """The enrollment has come to a step, after Check AWS has read three accounts, one of them closed."""
    members = (
        MemberAccount(ACCOUNT, "Payer", "active"),
        MemberAccount(ONE, "Shop <EU>", "active"),
        MemberAccount(TWO, "Old", "closed"),
    )
    aws.report = replace(FOUND, findings=FOUND.findings[:1], members=members, account_count=3)
    check(world, world.ana, "1 pass")
    settled(world)
    world.ana.close_all()
    for before in prerequisites(USUAL, step):
        if world.enrollment().step(before).state is State.OPEN:
            pass_by(world, world.enrollment().id, before)
    world.deliver()


def test_card_and_check_data_say_which_accounts_have_no_subset(checked: World, aws: PlayedAws) -> None:
    """An account in two subsets is an error, a closed one a warning; the file has every account."""
    world = checked
    looked(world, aws)
    world.ana.command("/eco", "accounts", channel=world.channel.name)
    world.fill(world.ana, FORM, subset_accounts=f"Production : {ONE}\nTest : {ONE}\nTest : {TWO}")
    assert "An AWS account belongs to one subset, and these are in several" in world.ana.view.shown
    assert "Save anyway" == world.ana.view.submit
    accepted(world.ana.submit())
    world.deliver()
    covered = "1 of 3 accounts is in no subset, 1 in two, 1 closed."
    assert covered in world.card().text
    assert covered in world.card().shown

    press_in_menu(world.ana, world.card(), "Check data")
    view = world.ana.wait_view("Check data")
    assert covered in view.shown
    assert "An AWS account belongs to one subset, and these are in several" in view.shown
    assert "These AWS accounts are closed" in view.shown

    world.ana.click(view, "Send me the accounts")
    world.deliver()
    message = world.ana.direct_messages[-1]
    (file,) = message.files
    assert "1 of 3 accounts is in no subset, 1 in two, 1 closed." in message.text
    assert [
        "AWS account,Account name,State,Subset,Remark",
        "2109-8765-4321,Shop <EU>,active,Production,in several subsets",
        "2109-8765-4321,Shop <EU>,active,Test,in several subsets",
        '3109-8765-4321,Old,closed,Test,"closed, still in a subset"',
        "1234-5678-9012,Payer,active,,in no subset",
    ] == file.content.decode("utf-8-sig").splitlines()


def test_a_file_with_an_account_in_two_subsets_asks_before_it_is_saved(world: World) -> None:
    """The preview says so, and its button saves it as it is."""
    reach(world, K.CREATE_WORKFLOWS)
    world.ana.command("/eco", "accounts", channel=world.channel.name)
    lines = f"Subset,AWS account\nProduction,{ONE}\nTest,{ONE}\n".encode()
    world.fill(world.ana, FORM, file=[("aws.csv", lines)])

    preview = seen(world, "Preview")
    assert "An AWS account belongs to one subset, and these are in several" in preview.shown
    assert "Save anyway" == preview.submit
    accepted(world.ana.submit())
    assert 2 == len(world.enrollment().subset_accounts)


def test_without_check_aws_the_person_is_told_to_run_it(world: World) -> None:
    """The form offers no file, and Check data says what is missing; who may only look gets no file either."""
    reach(world, K.CREATE_WORKFLOWS)
    world.ana.command("/eco", "accounts", channel=world.channel.name)
    assert "Send me the accounts" not in world.ana.wait_view(FORM).buttons
    world.fill(world.ana, FORM, subset_accounts=f"Production : {ONE}")

    world.ana.command("/eco", "check", channel=world.channel.name)

    assert "Run Check AWS, and I'll compare your AWS accounts" in world.ana.wait_view("Check data").shown.replace(
        "*", ""
    )


def test_who_may_only_look_gets_no_file(checked: World, aws: PlayedAws) -> None:
    """They see the counts."""
    world = checked
    looked(world, aws)
    world.ana.command("/eco", "accounts", channel=world.channel.name)
    assert "Send me the accounts" in world.ana.wait_view(FORM).buttons
    world.fill(world.ana, FORM, subset_accounts=f"Production : {ONE}")

    world.eve.command("/eco", "check Production", channel=world.channel.name)

    view = world.eve.wait_view("Check data")
    assert "1 of 3 accounts is in no subset, 1 closed." in view.shown
    assert "Send me the accounts" not in view.buttons
