"""**It's not there**: what the Eco page says leads to cause, fix and a message to support."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.domain.access import Actor
from bot.domain.aws.preflight import CheckReport, Finding, Verdict
from bot.domain.aws.vendor_messages import MESSAGES
from bot.localslack import View
from bot.repository.check_results import CheckKind, claim
from bot.use_cases import Caller
from tests.domain.building import edited
from tests.handlers.test_tickets import copied, ticket_in
from tests.support.bot_world import World, running
from tests.support.fake_aws_inspector import CONNECT, PlayedAws, checks_told, shows
from tests.support.walkthrough import act

ROLE = "arn:aws:iam::123456789012:role/SpotByNetApp_Finops_ReadOnly"
REPORT = CheckReport(
    findings=(
        Finding("cur.format", Verdict.FAIL, "Report: format", "textORcsv", "Parquet", "Data Exports, Edit: Parquet."),
        Finding("bucket.exists", Verdict.PASS, "Bucket of the report", "acme <cur>"),
        Finding("role.trust", Verdict.FAIL, "Role: trusts Spot", "not trusted: 8848-6665-6237", "both", "Add both."),
        Finding("role.external_id", Verdict.UNKNOWN, "Role: external ID", "it asks for none", "one", "Compare it."),
        Finding("role.reads", Verdict.PASS, "Role: may read the files", "its policies allow it"),
    ),
    role_arn=ROLE,
    bucket="acme-cur",
)


@pytest.fixture
def late(database_url: str, aws: PlayedAws) -> Iterator[World]:
    """An enrollment whose wait for the first data is over, with an AWS side."""
    aws.report = REPORT
    with running(database_url, aws=aws) as world:
        world.start(collaborators=["ben"])
        act(world, world.ana, CONNECT)
        world.jump(hours=49)
        yield world
        aws.let_go()


def ask(world: World, message: str, words: str) -> View:
    """Say what the Eco page says, and wait for the answer."""
    world.click(world.ana, "It's not there", CONNECT)
    world.fill(world.ana, "It's not there", message=message)
    return shows(world, world.ana, words)


def test_cause_fix_and_message_for_what_the_page_says(late: World) -> None:
    """The checks that belong to it, the worst first, and a message with role, bucket, organization and findings."""
    form = ask(late, "invalid_arn", "*1 possible cause in AWS*")

    assert "Spot cannot assume the role." in form.shown
    lines = [line for line in form.shown.splitlines() if line.startswith((":x:", ":question", ":white"))]
    assert [
        ":x: *fail* — *Role: trusts Spot*",
        ":question: *cannot tell* — *Role: external ID*",
    ] == lines
    assert "Fix: Add both." in form.shown
    subject = next(copied(block) for block in form.blocks if block.get("block_id") == "subject")
    assert "No data in Eco: Spot organization 606079874885, AWS account 1234-5678-9012 (Production)" == subject
    assert (
        "For our Spot Organization ID 606079874885, we connected our AWS management account 1234-5678-9012 to Eco on "
        "Nov 23. Cost Analysis and the dashboard still have no data.\n"
        "The Eco page says: Invalid ARN\n\n"
        f"Role ARN: {ROLE}\n"
        "Bucket of the Cost and Usage Report: acme-cur\n\n"
        "What we found in our AWS account:\n"
        "- Role: trusts Spot: fail, not trusted: 8848-6665-6237\n"
        "- Role: external ID: cannot tell, it asks for none\n\n"
        "Checked and right: Role: may read the files.\n\n"
        "Could you tell us what is missing?\n"
    ) == ticket_in(form)
    assert "mailto:support@flexera.com" in str(form.blocks)
    late.deliver()
    assert 1 == checks_told(late), "the check is recorded like any other"


def test_a_bucket_that_is_not_the_one_of_the_report_is_told_with_it(late: World) -> None:
    """Support would look into the recorded one, where nothing comes."""
    before = late.enrollment()
    wanted = edited(before, bucket="old-cur")
    late.app.enrollments.edit(Caller(late.workspace, Actor(late.ana.id)), before.id, wanted)

    form = ask(late, "invalid_arn", "*1 possible cause in AWS*")

    said = "Bucket of the Cost and Usage Report: old-cur (our check of AWS found acme-cur)\n"
    assert said in ticket_in(form)


def test_where_nothing_is_wrong_it_is_for_support(late: World, aws: PlayedAws) -> None:
    """Only then it says to send the message right away."""
    aws.report = CheckReport(tuple(f for f in REPORT.findings if f.verdict is Verdict.PASS), bucket="acme-cur")

    form = ask(late, "no_access", "All of this is right in AWS")

    assert ":x:" not in form.shown


def test_a_window_opens_at_once_and_is_filled_when_the_check_is_over(late: World, aws: PlayedAws) -> None:
    """Slow AWS holds up no acknowledgement, and a closed window loses nothing."""
    aws.hold()
    waiting = ask(late, "parquet", "Looking for the cause in AWS.")

    aws.let_go()

    filled = shows(late, late.ana, "Spot found files that are not Parquet")
    assert waiting.id == filled.id
    assert "Report: format" in filled.shown
    assert "trusts Spot" not in filled.shown


def test_a_check_that_breaks_still_gives_the_message(late: World, aws: PlayedAws) -> None:
    """With a reference for the log; the findings are those of the last check, if there was one."""
    aws.fault = RuntimeError("something inside")

    form = ask(late, "no_ce", "Something went wrong here")

    assert "Could you tell us what is missing?" in ticket_in(form)


@pytest.mark.parametrize("key", MESSAGES)
def test_without_aws_it_says_what_to_look_at_and_writes_the_message(sqlite_url: str, key: str) -> None:
    """For each message; what is not recorded is said."""
    with running(sqlite_url) as world:
        world.start()
        act(world, world.ana, CONNECT, bucket="my-cur")
        world.jump(hours=49)

        form = ask(world, key, "I can't look into AWS here")

        assert MESSAGES[key].look_at in form.shown
        text = ticket_in(form)
        assert "Role ARN: not recorded\nBucket of the Cost and Usage Report: my-cur\n" in text
        assert ("The Eco page shows no message." if key == "nothing" else MESSAGES[key].words) in text


def test_findings_as_long_as_they_come_fit(late: World, aws: PlayedAws) -> None:
    """Sixty of them, each with a long text: cut in the window and in the message, both say so."""
    long = tuple(
        Finding(f"role.{n}", Verdict.FAIL, f"Role {n}", "<&" * 2000, "e" * 3000, "f" * 3000) for n in range(60)
    )
    aws.report = CheckReport(long)

    form = ask(late, "invalid_arn", "*60 possible causes in AWS*")

    assert "more findings" in form.shown
    text = ticket_in(form)
    assert 60 == text.count("- Role ")
    assert text.endswith("Could you tell us what is missing?\n")


def test_it_is_for_a_wait_that_is_over(world: World) -> None:
    """While AWS and Spot still have time there is nothing to complain of."""
    world.start()
    act(world, world.ana, CONNECT)

    assert "It's not there" not in world.card().buttons


def test_a_check_that_cannot_be_kept_says_why_and_still_gives_the_message(late: World, aws: PlayedAws) -> None:
    """An admin has deleted the enrollment while AWS was asked: that is no fault of the bot's with a reference."""
    aws.hold()
    ask(late, "no_ce", "Looking for the cause in AWS.")
    chi = Caller(late.workspace, Actor(late.chi.id, is_admin=True))
    late.slack.wait_for(lambda: aws.preflights or None, 10, "the look")
    late.app.enrollments.delete(chi, late.enrollment().id, "Production")
    aws.let_go()

    form = shows(late, late.ana, "Could you tell us what is missing?")

    assert "There is no such enrollment" in form.shown
    assert "Something went wrong here" not in form.shown


def test_while_another_process_looks_the_message_is_there_already(late: World, aws: PlayedAws) -> None:
    """With who began the look, and without findings of its own."""
    now = late.clock.now()
    with late.app.database.write() as connection:
        claim(connection, late.enrollment().id, CheckKind.PREFLIGHT, late.ben.id, now, now + timedelta(minutes=1))

    form = ask(late, "no_ce", f"<@{late.ben.id}> started checking AWS for *Production*")

    assert "Could you tell us what is missing?" in ticket_in(form)
    assert [] == aws.preflights
