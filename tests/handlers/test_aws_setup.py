"""The window of **Check AWS**: it leads with what fails, checks again, finishes the step, and helps to set AWS up."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import replace

import pytest

from bot.domain.aws.preflight import CheckReport, Finding, Verdict
from bot.domain.enrollment import State
from bot.localslack import View
from tests.handlers.test_tickets import copied
from tests.support.bot_world import World, running
from tests.support.fake_aws_inspector import CONNECT, FOUND, SUMMARY, PlayedAws, check, settled, shows
from tests.support.steps import StepKey
from tests.support.walkthrough import act, confirm

RIGHT = replace(FOUND, findings=tuple(f for f in FOUND.findings if f.verdict is not Verdict.FAIL))
UNSEEN = CheckReport((Finding("account.identity", Verdict.UNKNOWN, "The account", "the bot has no AWS credentials"),))


def buttons(view: View) -> list[str]:
    """The labels of the buttons in a window."""
    rows = [block["elements"] for block in view.blocks if block["type"] == "actions"]
    return [element["text"]["text"] for row in rows for element in row]


def test_the_window_leads_with_what_fails(checked: World) -> None:
    """By name; the step cannot be marked from there."""
    view = check(checked, checked.ana)

    assert view.shown.startswith("*1 to fix*: Resource IDs.")
    assert ["Check again", "Set up AWS"] == buttons(view)


def test_where_nothing_fails_it_offers_mark_done(checked: World, aws: PlayedAws) -> None:
    """With the form that the card opens, too; afterwards the window shows the card."""
    aws.report = RIGHT
    view = check(checked, checked.ana, "2 pass, 0 fail, 2 cannot tell")
    assert view.shown.startswith("*Nothing to fix.* I can't tell about 2 items: check them yourself.")
    assert ["Mark done", "Check again", "Set up AWS"] == buttons(view)

    checked.ana.click(view, "Mark done")
    form = checked.ana.wait_view("Mark done")
    assert "production-cur" in form.values.values()
    checked.ana.submit()

    assert State.WAITING is checked.enrollment().step(CONNECT).state
    shows(checked, checked.ana, "waiting for AWS and Spot")


def test_an_account_that_was_not_seen_is_not_called_right(checked: World, aws: PlayedAws) -> None:
    """Without credentials nothing fails, and nothing is known."""
    aws.report = UNSEEN

    view = check(checked, checked.ana, "0 pass, 0 fail, 1 cannot tell")

    assert view.shown.startswith("*I couldn't look into this account.*")
    assert "Mark done" not in buttons(view)


def test_a_step_that_waits_is_not_marked_again(checked: World, aws: PlayedAws) -> None:
    """It is confirmed on the card."""
    act(checked, checked.ana, CONNECT)
    aws.report = RIGHT

    assert ["Check again", "Set up AWS"] == buttons(check(checked, checked.ana, "2 pass, 0 fail, 2 cannot tell"))


def test_check_again_shows_the_new_outcome_in_the_same_window(checked: World, aws: PlayedAws) -> None:
    """While it runs, the window says so; the result is recorded like any other."""
    first = check(checked, checked.ana)
    aws.report = RIGHT
    aws.hold()
    checked.ana.click(first, "Check again")
    shows(checked, checked.ana, "Checking AWS for *Production*")

    aws.let_go()

    view = shows(checked, checked.ana, "2 pass, 0 fail, 2 cannot tell")
    assert (first.id, 2) == (view.id, len(aws.preflights))
    settled(checked, 2)


def test_who_lost_the_right_meanwhile_checks_nothing(checked: World, aws: PlayedAws) -> None:
    """The window stays open, its buttons ask again."""
    view = check(checked, checked.ben)
    act(checked, checked.ana, CONNECT)
    confirm(checked, checked.ana, CONNECT)

    checked.ben.click(view, "Check again")

    shows(checked, checked.ben, "already confirmed this")
    assert 1 == len(aws.preflights)


@pytest.mark.parametrize("state", [State.OPEN, State.WAITING, State.DUE])
def test_full_eco_can_be_checked_once_the_call_was_held(checked: World, aws: PlayedAws, state: State) -> None:
    """After the contract the role gets another policy; before the call there is nothing new to look at."""
    act(checked, checked.ana, CONNECT)
    confirm(checked, checked.ana, CONNECT)
    if state is State.OPEN:
        assert "Check AWS" not in checked.card().buttons
        return
    act(checked, checked.ana, StepKey.FULL_ECO)
    if state is State.DUE:
        checked.jump(days=43)

    checked.click(checked.ana, "Check AWS", StepKey.FULL_ECO)

    shows(checked, checked.ana, SUMMARY)
    settled(checked)
    assert [checked.enrollment().account_id] == [target.account_id for target in aws.preflights]
    assert any("checked AWS for *Full Eco: strategy call and ramp-up*" in m.text for m in checked.thread())


def commands(world: World, **typed: str) -> View:
    """Fill the form for the commands, and read what comes."""
    world.ana.click(world.ana.view, "Set up AWS")
    world.fill(world.ana, "Set up AWS", **typed)
    return shows(world, world.ana, "Make the role for Spot")


def boxes(view: View) -> dict[str, list[str]]:
    """The commands by the name of their box, in the words of a shell."""
    return {b["block_id"]: shlex.split(copied(b)) for b in view.blocks if b["type"] == "rich_text"}


def test_the_commands_and_the_link_are_filled_in(checked: World) -> None:
    """With the bucket that the check found; nothing is written anywhere."""
    check(checked, checked.ana)

    view = commands(checked, external_id="spot-1234", stack="acme-spot")

    found = boxes(view)
    assert ["bucket", "policy", "report"] == list(found)
    assert "production-cur" == found["bucket"][-1]
    definition = json.loads(found["report"][-1])
    assert ("spot-hourly", "production-cur", "Parquet") == tuple(
        definition[name] for name in ("ReportName", "S3Bucket", "Format")
    )
    assert "arn:aws:s3:::production-cur/*" in str(json.loads(found["policy"][-1]))
    (link,) = re.findall(r"<(https://us-east-1[^|]*)\|", str(view.blocks))
    assert "param_CostAndUsageBucket=production-cur&amp;param_ExternalId=spot-1234" in link
    assert "Skip this if you own it already: S3 would reset its ACLs." in view.shown
    assert "choose another name: reusing it can corrupt the data." in view.shown
    assert "copy the role's ARN from _Outputs_ into the Spot console" in view.shown


def test_without_aws_the_commands_are_there_too(world: World) -> None:
    """They need no credentials of the bot; a new bucket is suggested."""
    world.start()
    check(world, world.ana, "I can't look into AWS yet.")

    assert "spot-cur-123456789012" == boxes(commands(world))["bucket"][-1]


@pytest.mark.parametrize(
    ("field", "typed", "says"),
    [
        ("bucket", "x'; rm -rf ~ #", "is not a bucket name"),
        ("report", "a b", "is not a report name"),
        ("stack", "1st", "is not a stack name"),
        ("external_id", "<External ID>", "is not an external ID"),
    ],
)
def test_a_name_that_aws_refuses_is_told_at_its_field(sqlite_url: str, field: str, typed: str, says: str) -> None:
    """And the form keeps what was typed."""
    with running(sqlite_url) as world:
        world.start()
        check(world, world.ana, "I can't look into AWS yet.")
        world.ana.click(world.ana.view, "Set up AWS")

        world.fill(world.ana, "Set up AWS", **{field: typed})

        assert [field] == list(world.ana.view.errors)
        assert says in world.ana.view.errors[field]


def test_names_as_long_as_aws_takes_them_fit(sqlite_url: str) -> None:
    """Within Slack's limits for a link and a text."""
    with running(sqlite_url) as world:
        world.start()
        check(world, world.ana, "I can't look into AWS yet.")
        longest = {"bucket": "b" * 63, "report": "(" * 256, "stack": "s" * 128, "external_id": "=" * 1224}

        view = commands(world, **longest)

        assert "=" * 1224 in view.shown
