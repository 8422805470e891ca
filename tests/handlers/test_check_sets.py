"""**Check AWS** at the steps of other procedures: what it looks at, what it offers, and where its result stays."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.domain.aws.preflight import CheckReport, Finding, Verdict
from bot.domain.enrollment import State
from bot.domain.procedure import procedure_of
from bot.domain.step_spec import StepKey
from bot.localslack import View
from tests.support.any_procedure import act, start
from tests.support.bot_world import World, running
from tests.support.fake_aws_inspector import PlayedAws, card_words, settled, shows

FOUND = CheckReport(
    (
        Finding("one", Verdict.PASS, "One thing", "as it should be"),
        Finding("other", Verdict.FAIL, "Another thing", "wrong", fix="Ask the MSP to mend it."),
    )
)
SUMMARY = "1 pass, 1 fail, 0 cannot tell"


@pytest.fixture
def world(database_url: str, aws: PlayedAws) -> Iterator[World]:
    """The bot with an AWS side that finds one thing wrong."""
    aws.report = FOUND
    with running(database_url, aws=aws) as made:
        yield made
        aws.let_go()


def reach(world: World, procedure: str, key: StepKey) -> None:
    """Start an enrollment, and do what comes before a step, waits included."""
    steps = procedure_of(procedure).steps
    start(world, world.ana, procedure_of(procedure))
    for spec in steps[: [each.key for each in steps].index(key)]:
        if world.enrollment().step(key).state is State.OPEN:
            break
        act(world, world.ana, spec)
        if spec.wait is not None:
            world.jump(hours=49)
            world.ana.click(world.card(), "It's ready", near=spec.title)
            world.deliver()
    assert State.OPEN is world.enrollment().step(key).state


def check(world: World, title: str, times: int = 1) -> View:
    """Press the button at a step, and wait for what comes out."""
    world.ana.click(world.card(), "Check AWS", near=title)
    view = shows(world, world.ana, SUMMARY)
    settled(world, times)
    return view


def test_files_of_an_msp_are_checked_at_its_step(world: World, aws: PlayedAws) -> None:
    """With the recorded bucket; the card keeps the result, and nothing is offered that makes a report of our own."""
    reach(world, "aws-msp-delivered", "deliver_report")

    view = check(world, "Deliver the report")

    (target,) = aws.preflights
    assert ("delivered", "acme-cur", "123456789012") == (target.checks, target.bucket, target.account_id)
    assert "Fix: Ask the MSP to mend it." in view.shown
    assert ["Check again"] == view.buttons
    assert SUMMARY in card_words(world)
    world.ana.click(world.card(), "Mark done", near="Deliver the report")
    assert "The last Check AWS found something to fix: “Another thing”." in world.ana.wait_view("Mark done").shown


def test_a_check_that_reads_no_accounts_offers_no_file_of_them(world: World, aws: PlayedAws) -> None:
    """Nor does **Check data** send people to **Check AWS** for them."""
    reach(world, "aws-msp-delivered", "deliver_report")
    check(world, "Deliver the report")
    world.ana.command("/eco", "accounts", channel=world.channel.name)

    assert "Send me the accounts" not in world.ana.wait_view("AWS accounts").buttons

    world.fill(world.ana, "AWS accounts", subset_accounts="Production : 2109-8765-4321")
    assert 1 == len(world.enrollment().subset_accounts)
    world.ana.command("/eco", "check", channel=world.channel.name)
    assert "I'll compare your AWS accounts" not in world.ana.wait_view("Check data").shown


def test_a_crawler_is_checked_at_its_step_with_all_that_was_recorded(world: World, aws: PlayedAws) -> None:
    """The thread tells the result; the card has no line of it, as there is no account that the bot watches."""
    reach(world, "aws-several-organizations", "create_crawler_stack")

    view = check(world, "Create the crawler")

    (target,) = aws.preflights
    assert ("crawler", "spotinst-cur-report", "acme-cur", "spotinst_eco", None) == (
        *(target.checks, target.report_name, target.report_bucket),
        *(target.report_prefix, target.msp_account_id),
    )
    assert ["Check again"] == view.buttons
    assert 1 == sum(f"checked AWS for *Create the crawler*: {SUMMARY}" in each.text for each in world.thread())
    assert SUMMARY not in card_words(world)
    assert world.enrollment().checked_at is None
    world.ana.click(world.card(), "Mark done", near="Create the crawler")
    assert "The last Check AWS found something to fix: “Another thing”." in world.ana.wait_view("Mark done").shown


def test_without_access_to_aws_nothing_is_offered_that_does_not_fit(database_url: str) -> None:
    """**Set up AWS** makes a report and a role, which is no help for files of an MSP."""
    with running(database_url) as world:
        reach(world, "aws-msp-delivered", "deliver_report")
        world.ana.click(world.card(), "Check AWS", near="Deliver the report")

        view = world.ana.wait_view("Check AWS")

        assert "*I can't look into AWS yet.*" in view.shown
        assert "Set up AWS" not in view.shown
        assert [] == view.buttons


def test_a_member_account_is_set_up_as_a_management_account_is(world: World, aws: PlayedAws) -> None:
    """The commands make its report, its bucket and its role."""
    reach(world, "aws-member-account", "connect_account")

    view = check(world, "Connect the member account")

    assert ["member"] == [target.checks for target in aws.preflights]
    assert ["Check again", "Set up AWS"] == view.buttons
