"""What a check of AWS found, wherever it is shown: within Slack's limits, escaped, offered to the forms."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.domain.access import Actor
from bot.domain.aws.preflight import CheckReport, DeliveredFiles, Finding, Verdict
from bot.use_cases import Caller
from tests.presentation.reading import mrkdwn
from tests.support.bot_world import World, running
from tests.support.fake_aws_inspector import CONNECT, FOUND, SUMMARY, PlayedAws, check, settled, shows
from tests.support.steps import StepKey
from tests.support.walkthrough import act, answer_to, confirm


def test_hundreds_of_long_findings_fit_and_what_is_cut_is_counted(checked: World, aws: PlayedAws) -> None:
    """Fails stand first, so passes are left out first; nothing is cut without saying so."""
    verdicts = (Verdict.PASS, Verdict.UNKNOWN, Verdict.FAIL, Verdict.FAIL)
    aws.report = CheckReport(
        tuple(
            Finding(f"item.{n}", verdicts[n % 4], f"Item {n:03} " + "t" * 300, "<&🚀" * 900, "é" * 3000, "f x" * 2000)
            for n in range(200)
        ),
        DeliveredFiles(7, 10**13, counted_all=False, periods=tuple(f"20{y:02}0101-20{y:02}0201" for y in range(40))),
    )

    view = check(checked, checked.ana, "50 pass, 100 fail, 50 cannot tell")

    assert len(view.blocks) <= 100
    heads = [line for line in view.shown.splitlines() if line.startswith(":x: *fail* — *Item ")]
    more = re.search(
        r"And (\d+) more findings \((\d+) fail, 50 cannot tell, 50 pass\) don't fit here\. "
        r"Whoever runs the bot can see them all with `python -m bot check aws 123456789012`\.",
        view.shown,
    )
    assert more, view.shown[-2000:]
    assert 100 == len(heads) + int(more[2])
    assert 200 == len(heads) + int(more[1])
    assert len(heads) >= 20
    assert "characters more)" in view.shown
    assert "7 data files or more, 10.0 TB" in view.shown
    assert "and 34 more" in view.shown


def test_what_aws_says_is_escaped(checked: World, aws: PlayedAws) -> None:
    """Names in an account are free text: they mention nobody and link nowhere."""
    evil = "<!channel> & <https://evil.example|x>"
    aws.report = CheckReport(
        (Finding("a", Verdict.FAIL, evil, evil, evil, evil), Finding("b", Verdict.PASS, evil, evil)),
        DeliveredFiles(problem=evil),
    )

    view = check(checked, checked.ana, "1 pass, 1 fail, 0 cannot tell")
    settled(checked)

    said = "".join([*mrkdwn(view.blocks), *mrkdwn(checked.card().blocks), *(m.text for m in checked.thread())])
    assert "<!channel>" not in said
    assert "<https://evil" not in said
    assert said.count("&lt;!channel&gt; &amp; &lt;https://evil.example|x&gt;") >= 7


def test_the_form_offers_what_was_found(checked: World, aws: PlayedAws) -> None:
    """Role and bucket are filled in where nothing is recorded; they can be corrected."""
    check(checked, checked.ana)
    settled(checked)
    checked.ana.close_all()
    checked.click(checked.ana, "Mark done", CONNECT)

    form = checked.ana.wait_view("Mark done")
    assert "Filled in from *Check AWS*" in form.shown
    found = {"role_arn": FOUND.role_arn, "bucket": FOUND.bucket}
    assert {**found, "spot_external_id": None, "on": "2026-11-23"} == form.values
    checked.fill(checked.ana, "Mark done", bucket="another-bucket")
    after = checked.enrollment()
    assert (FOUND.role_arn, "another-bucket") == (after.value("role_arn"), after.value("bucket"))


def test_the_form_offers_nothing_that_it_would_not_take(checked: World, aws: PlayedAws) -> None:
    """A role of another account is no role of this enrollment; what is recorded stays."""
    aws.report = replace(FOUND, role_arn="arn:aws:iam::999999999999:role/Other")
    check(checked, checked.ana)
    settled(checked)
    checked.ana.close_all()
    checked.click(checked.ana, "Mark done", CONNECT)

    assert {"role_arn": "", "bucket": FOUND.bucket, "spot_external_id": "", "on": "2026-11-23"} == {
        name: value or "" for name, value in checked.ana.wait_view("Mark done").values.items()
    }


def test_the_subsets_form_names_the_organizations_accounts(sqlite_url: str, aws: PlayedAws) -> None:
    """Bounded, and the rest is counted."""
    with running(sqlite_url, aws=aws) as world:
        world.start()
        check(world, world.ana)
        settled(world)
        world.ana.close_all()
        act(world, world.ana, CONNECT)
        confirm(world, world.ana, CONNECT)
        act(world, world.ana, StepKey.ENABLE_SUBSETS)
        confirm(world, world.ana, StepKey.ENABLE_SUBSETS)
        world.click(world.ana, "Mark done", StepKey.CREATE_SUBSETS)

        expected = "*Accounts of the AWS organization (37):* Payer, Shop &lt;EU&gt;, Data &amp; ML and 34 more"
        assert expected in [*mrkdwn(world.ana.wait_view("Mark done").blocks)]


def test_thousands_of_accounts_fit_into_the_subsets_form(sqlite_url: str, aws: PlayedAws) -> None:
    """They are cut with a count."""
    aws.report = replace(FOUND, accounts=tuple(f"Account <{n}>" for n in range(5000)), account_count=5000)
    with running(sqlite_url, aws=aws) as world:
        world.start()
        check(world, world.ana)
        settled(world)
        world.ana.close_all()
        for step in (CONNECT, StepKey.ENABLE_SUBSETS):
            act(world, world.ana, step)
            confirm(world, world.ana, step)
        world.click(world.ana, "Mark done", StepKey.CREATE_SUBSETS)

        shown = world.ana.wait_view("Mark done").shown
        named = len(re.findall(r"Account <\d+>", shown))
        assert f"and {5000 - named} more" in shown
        assert named > 20


def test_a_copy_from_which_aws_was_checked_shows_the_result(checked: World, aws: PlayedAws) -> None:
    """The check goes on after the answer to the press, so the copy is drawn anew when it is over."""
    answer_to(checked, checked.ana.command("/eco", "status", channel=checked.channel.name))

    checked.ana.click(checked.ana.ephemerals()[-1], "Check AWS")
    shows(checked, checked.ana, SUMMARY)

    checked.slack.wait_for(lambda: "AWS checked" in checked.ana.ephemerals()[-1].shown or None, 5, "the new copy")
    assert 1 == len(checked.ana.ephemerals())


def test_a_result_for_an_enrollment_that_was_deleted_meanwhile_says_so(checked: World, aws: PlayedAws) -> None:
    """That is no fault of the bot's: there is no reference for the log."""
    aws.hold()
    checked.click(checked.ana, "Check AWS", CONNECT)
    checked.slack.wait_for(lambda: aws.preflights or None, 10, "the look")
    chi = Caller(checked.workspace, Actor(checked.chi.id, is_admin=True))
    checked.app.enrollments.delete(chi, checked.enrollment().id, "Production")
    aws.let_go()

    shown = shows(checked, checked.ana, "There is no such enrollment here.").shown

    assert "reference" not in shown
