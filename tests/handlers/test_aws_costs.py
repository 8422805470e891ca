"""**Get AWS costs**: asked with its price, shown as a table, sent as a file, refused to who may not act."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest

from bot.domain.access import Actor
from bot.domain.aws.costs import AccountCost, MonthlyCosts
from bot.domain.enrollment import SubsetAccount
from bot.domain.list_changes import Draft
from bot.localslack import Message, View
from bot.use_cases import Caller
from tests.handlers.test_permissions import dismiss
from tests.handlers.test_tickets import copied
from tests.support.bot_world import World, running
from tests.support.fake_aws_inspector import PlayedAws, shows
from tests.support.steps import StepKey
from tests.support.walkthrough import reach

VALIDATE = StepKey.VALIDATE_WORKFLOWS
COSTS = MonthlyCosts(
    date(2026, 10, 1),
    (
        AccountCost("200000000001", "Shop <EU>", Decimal("18250.4567890123"), "USD"),
        AccountCost("123456789012", "=HYPERLINK(1)", Decimal("412.5"), "USD"),
        AccountCost("200000000008", "", Decimal("-75"), "USD"),
    ),
    requests=1,
)


@pytest.fixture
def validating(database_url: str, aws: PlayedAws) -> Iterator[World]:
    """An enrollment at the validation of its billing workflows, with an AWS side."""
    aws.costs = COSTS
    with running(database_url, aws=aws) as world:
        reach(world, VALIDATE, collaborators=["ben"])
        yield world
        aws.let_go()


def ask(world: World, words: str, month: str = "2026-10-01") -> View:
    """Ask for a month, and wait for the answer."""
    world.click(world.ana, "Get AWS costs", VALIDATE)
    form = world.ana.wait_view("Get AWS costs")
    assert "AWS charges about $0.01 for each request" in form.shown
    assert "Get for about $0.01" == form.submit
    world.fill(world.ana, "Get AWS costs", month=month)
    return shows(world, world.ana, words)


def table(view: View) -> str:
    """The table in the window."""
    return next(copied(block) for block in view.blocks if block.get("block_id") == "costs")


def test_the_costs_of_a_month_as_a_table_and_a_file(validating: World, aws: PlayedAws) -> None:
    """The highest first with the sum; the file has every digit, and no name is a formula in it."""
    view = ask(validating, "*Production* in October 2026: unblended cost by account")

    assert (
        "2000-0000-0001  Shop <EU>      18,250.46 USD\n"
        "1234-5678-9012  =HYPERLINK(1)     412.50 USD\n"
        "2000-0000-0008                    -75.00 USD\n"
        "                Total          18,587.96 USD"
    ) == table(view)
    assert [date(2026, 10, 1)] == [month for _, month in aws.cost_looks]
    message, content = file_of(validating)
    assert "the unblended cost of 3 AWS accounts of *Production* in October 2026" in message
    assert [
        ["Month", "Subset", "Account ID", "Account name", "Unblended cost", "Currency"],
        ["2026-10", "", "200000000001", "Shop <EU>", "18250.4567890123", "USD"],
        ["2026-10", "", "123456789012", "'=HYPERLINK(1)", "412.5", "USD"],
        ["2026-10", "", "200000000008", "", "-75", "USD"],
    ] == list(csv.reader(io.StringIO(content)))


def test_costs_are_grouped_to_subsets_where_accounts_are_listed(validating: World) -> None:
    """As Eco's report groups them; accounts in no subset stand at the end, the file names the subset of each."""
    listed = (SubsetAccount("Production", "200000000001"), SubsetAccount("Production", "200000000008"))
    caller = Caller(validating.workspace, Actor(validating.ana.id))
    validating.app.enrollments.change_list(caller, validating.enrollment().id, Draft("subset_accounts", "", listed))

    view = ask(validating, "*Production* in October 2026: unblended cost by subset")

    assert (
        "Production      2 accounts  18,175.46 USD\n"
        "(in no subset)  1 account      412.50 USD\n"
        "                Total       18,587.96 USD"
    ) == table(view)
    subsets = [row[1] for row in csv.reader(io.StringIO(file_of(validating)[1]))]
    assert ["Subset", "Production", "", "Production"] == subsets


def file_of(world: World) -> tuple[str, str]:
    """The comment and the content of the only file in Ana's direct messages, as soon as it is there."""

    def look() -> list[Message]:
        world.deliver()
        return [message for message in world.ana.direct_messages if message.files]

    [message] = world.slack.wait_for(look, 10, "the file with the costs")
    return message.text, message.files[0].content.decode("utf-8-sig")


def test_many_accounts_are_summed_and_several_currencies_kept_apart(validating: World, aws: PlayedAws) -> None:
    """Twenty-five rows; what is missing is said, above the table and beside the file."""
    rows = [AccountCost(f"{300000000000 + n}", f"Account {n}", Decimal(1000 - n), "USD") for n in range(400)]
    rows.append(AccountCost("400000000000", "中国" * 40, Decimal("0.004"), "CNY"))
    aws.costs = MonthlyCosts(date(2026, 10, 1), tuple(rows), complete=False, estimated=True, requests=5)

    view = ask(validating, "AWS may still change it")

    lines = table(view).splitlines()
    assert 25 + 2 + 2 == len(lines)
    assert "375 more" in lines[26]
    assert [line.split() for line in lines[-2:]] == [["Total", "0.00", "CNY"], ["Total", "320,200.00", "USD"]]
    assert "There are more accounts than 5 requests can read" in view.shown
    assert "Some accounts are missing" in file_of(validating)[0]


def test_a_window_opens_at_once_and_a_closed_one_loses_nothing(validating: World, aws: PlayedAws) -> None:
    """The file comes anyway; a repeated delivery asks Cost Explorer once."""
    aws.hold()
    ask(validating, "Asking Cost Explorer for October 2026.")
    validating.ana.close_all()

    aws.let_go()

    assert "Shop" in file_of(validating)[1]
    assert 1 == len(aws.cost_looks)


@pytest.mark.parametrize(
    ("costs", "says"),
    [
        (
            MonthlyCosts(date(2026, 10, 1), problem="Cost Explorer is not <on>. Open it once."),
            "Cost Explorer is not <on>. Open it once.",
        ),
        (MonthlyCosts(date(2026, 10, 1), requests=1), "Cost Explorer has no costs of *Production* for October 2026."),
    ],
    ids=["problem", "nothing"],
)
def test_without_costs_it_says_why_and_sends_nothing(
    validating: World, aws: PlayedAws, costs: MonthlyCosts, says: str
) -> None:
    """A problem in its own words, escaped."""
    aws.costs = costs

    ask(validating, says)

    validating.deliver()
    assert [] == [m for m in validating.ana.direct_messages if m.files]


def test_a_question_that_breaks_gets_a_reference(validating: World, aws: PlayedAws) -> None:
    """And asking again works."""
    aws.fault = RuntimeError("something inside")
    ask(validating, "Something went wrong here")

    aws.fault = None
    validating.ana.close_all()
    ask(validating, "unblended cost by account")


def test_who_lost_the_right_before_the_file_goes_gets_none(validating: World) -> None:
    """A bill is not for everybody who may see an enrollment."""
    validating.click(validating.ben, "Get AWS costs", VALIDATE)
    validating.fill(validating.ben, "Get AWS costs", month="2026-10-01")
    shows(validating, validating.ben, "unblended cost by account")
    dismiss(validating, "ben")

    assert [] == [m for m in validating.ben.direct_messages if m.files]


def test_who_lost_the_right_before_asking_is_refused(validating: World, aws: PlayedAws) -> None:
    """And nothing is asked: it would cost money."""
    validating.click(validating.ben, "Get AWS costs", VALIDATE)
    validating.ben.wait_view("Get AWS costs")
    dismiss(validating, "ben")

    validating.fill(validating.ben, "Get AWS costs", month="2026-10-01")

    assert "may change this enrollment. Ask ana." in str(validating.ben.view.errors)
    assert [] == aws.cost_looks


def test_without_aws_it_says_how_to_set_it_up(sqlite_url: str) -> None:
    """And asks nothing."""
    with running(sqlite_url) as world:
        reach(world, VALIDATE)
        world.click(world.ana, "Get AWS costs", VALIDATE)

        shows(world, world.ana, "I can't look into AWS yet.")


def test_costs_of_what_was_deleted_meanwhile_are_shown_to_nobody(validating: World, aws: PlayedAws) -> None:
    """The window says that there is no such enrollment, and no file is sent."""
    aws.hold()
    ask(validating, "Asking")
    validating.slack.wait_for(lambda: aws.cost_looks or None, 10, "the question")
    chi = Caller(validating.workspace, Actor(validating.chi.id, is_admin=True))
    validating.app.enrollments.delete(chi, validating.enrollment().id, "Production")
    aws.let_go()

    shown = shows(validating, validating.ana, "There is no such enrollment here.").shown

    assert "18,250" not in shown
    validating.deliver()
    assert [] == [message for message in validating.ana.direct_messages if message.files]
