"""Each step of a procedure is checked by its own set, and the results of one set stand for no other."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.aws.preflight import CheckReport, Finding, Verdict
from bot.domain.enrollment import EventKind
from bot.domain.lifecycle import Position
from bot.repository import check_results
from bot.repository.check_results import CheckKind
from bot.use_cases import AwsChecks, CheckOutcome, CheckResult
from bot.use_cases.confirmations import failed_checks, last_report
from tests.support.fake_aws_inspector import PlayedAws
from tests.use_cases.asking import WORKSPACE, Desk, caller
from tests.use_cases.watching_files import AtOnce, file_watch

CONNECT = "connect_account"
WRONG = CheckReport((Finding("stack", Verdict.FAIL, "Stack of the crawler", "none"),), checks="crawler")


def test_a_check_is_of_the_set_of_its_step(desk: Desk) -> None:
    """The target names the set, and the report that is kept bears it."""
    enrollment = desk.start(procedure="aws-member-account", spot_org_id="606079874885", position=Position(CONNECT))
    aws, told = PlayedAws(), list[CheckOutcome]()

    AwsChecks(desk.database, desk.clock, aws, AtOnce(), lambda: None).check(
        caller(), enrollment.id, told.append, CONNECT
    )

    assert ["member"] == [target.checks for target in aws.preflights]
    (outcome,) = told
    assert isinstance(outcome, CheckResult)
    assert ("member", aws.report.summary) == (outcome.report.checks, outcome.enrollment.checked_result)


def test_what_a_step_found_does_not_warn_at_another_one(desk: Desk) -> None:
    """A newer report of another set is passed over."""
    enrollment = replace(desk.opened(CONNECT), checked_at=desk.clock.now())
    with desk.database.write() as connection:
        for report in (CheckReport(), WRONG):
            args = (enrollment.id, CheckKind.PREFLIGHT, "U1", desk.clock.now(), report.to_json())
            check_results.save(connection, *args)

    with desk.database.read() as connection:
        assert CheckReport() == last_report(connection, enrollment, CONNECT)
        assert WRONG == check_results.last_report(connection, enrollment.id, "crawler")
        assert check_results.last_report(connection, enrollment.id, "member") is None
        assert [] == failed_checks(connection, enrollment, CONNECT)


def test_the_first_files_of_a_member_account_are_looked_for(desk: Desk) -> None:
    """While its step waits, every hour, with the set of that step."""
    enrollment = desk.start(procedure="aws-member-account", spot_org_id="606079874885", position=Position(CONNECT))
    desk.bot.complete_act(caller(), enrollment.id, CONNECT)
    aws = PlayedAws()
    aws.deliver(desk.clock.now())

    assert 1 == file_watch(desk, aws).run_once(WORKSPACE)

    assert ["member"] == [target.checks for target in aws.file_looks]
    kinds = [event.kind for event, _, _ in desk.bot.history(WORKSPACE, enrollment.id)]
    assert EventKind.FIRST_FILES_ARRIVED in kinds


def test_what_an_msp_delivers_is_watched_once_its_step_is_done(desk: Desk) -> None:
    """Every hour, with the set of that step and the agreed bucket; what breaks is told at the step."""
    number = desk.start(procedure="aws-msp-delivered", spot_org_id="606079874885").id
    agreed = {"ri_sharing": "no", "bucket": "acme-cur", "write_access": "Bucket policy"}
    desk.bot.complete_act(caller(), number, "agree_on_report", agreed)
    desk.bot.complete_act(caller(), number, "deliver_report")
    aws = PlayedAws()
    aws.watched = CheckReport((Finding("files.newest", Verdict.FAIL, "Files: newest delivery", "old", fix="Ask."),))

    assert 1 == file_watch(desk, aws).run_once(WORKSPACE)

    assert [("delivered", "acme-cur")] == [(target.checks, target.bucket) for target in aws.watches]
    [broke] = [e for e, _, _ in desk.bot.history(WORKSPACE, number) if e.kind is EventKind.AWS_BROKE]
    assert "deliver_report" == broke.step
    assert "Files: newest delivery" == desk.bot.get(WORKSPACE, number).aws_broken
