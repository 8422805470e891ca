"""The Glue crawler of a report, checked over HTTP."""

from typing import Any

import pytest

from bot.checks import BotoInspector
from bot.clock import SystemClock
from bot.domain.aws.preflight import Target
from tests.support.aws import ACCOUNT, Account, AwsEndpoint, Fault
from tests.support.findings import FAIL, UNKNOWN, of, trouble

REPORT, MSP = "spotinst-cur-report", "999988887777"
NAME = f"AWSCURCrawler-{REPORT}"
TARGET = Target(ACCOUNT, external_id="acme-7", checks="crawler", report_name=REPORT)


def make(account: Account, schedule: str = "cron(0 0 * * ? *)", stack: str = "SpotEcoStack", **more: Any) -> None:
    """Make the stack and the crawler."""
    template = '{"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}'
    account.client("cloudformation").create_stack(StackName=stack, TemplateBody=template)
    targets = {"S3Targets": [{"Path": f"s3://{REPORT}/spotinst_eco"}]}
    account.client("glue").create_crawler(
        Name=NAME, Role="AWSCURCrawler", DatabaseName="cur", Targets=targets, Schedule=schedule, **more
    )


def test_a_crawler_that_has_not_run_yet_is_right_but_for_that(
    aws: BotoInspector, account: Account, endpoint: AwsEndpoint
) -> None:
    """Three calls tell all of it."""
    make(account)

    report = aws.preflight(TARGET)

    assert {"crawler.last_run": UNKNOWN} == trouble(report)
    assert "it has not run yet" == of(report, "crawler.last_run").found
    assert ["GetCallerIdentity", "GetCrawler", "DescribeStacks"] == [r.operation for r in endpoint.requests]
    assert "SpotEcoStack" == endpoint.requests[-1].inputs["StackName"]


def test_nothing_is_there_before_anybody_makes_it(aws: BotoInspector, account: Account) -> None:
    """Stack and crawler fail, and the rest waits for them."""
    report = aws.preflight(TARGET)

    skipped = dict.fromkeys(("crawler.schedule", "crawler.last_run"), UNKNOWN)
    assert {"crawler.stack": FAIL, "crawler.exists": FAIL} | skipped == trouble(report)


def test_another_schedule_is_told(aws: BotoInspector, account: Account) -> None:
    """With what it is."""
    make(account, "cron(0 6 * * ? *)")

    found = of(aws.preflight(TARGET), "crawler.schedule")

    assert ("cron(0 6 * * ? *)", FAIL) == (found.found, found.verdict)


def test_how_the_last_run_ended_is_told(aws: BotoInspector, account: Account, endpoint: AwsEndpoint) -> None:
    """In the words of Glue's answer."""
    make(account)
    body = (
        b'{"Crawler": {"Name": "x", "State": "READY", "Schedule": {"ScheduleExpression": "cron(0 0 * * ? *)", '
        b'"State": "SCHEDULED"}, "LastCrawl": {"Status": "FAILED", "StartTime": 1764400000.0}}}'
    )
    headers = {"content-type": "application/x-amz-json-1.1"}
    endpoint.faults["GetCrawler"] = Fault(status=200, headers=headers, body=body)

    found = of(aws.preflight(TARGET), "crawler.last_run")

    assert FAIL is found.verdict
    assert "failed, " in found.found


def test_the_crawler_of_an_msp_is_looked_for_in_its_account(account: Account, endpoint: AwsEndpoint) -> None:
    """With the bot's role there; a role that nobody made there is no fault."""
    aws = BotoInspector("EcoReadOnly", SystemClock(), endpoint=endpoint.url)
    target = Target(ACCOUNT, "acme-7", checks="crawler", report_name=REPORT, msp_account_id=MSP)

    inside = aws.preflight(target)
    endpoint.faults["AssumeRole"] = Fault()
    outside = aws.preflight(target)

    first = endpoint.requests[0].inputs
    assert (f"arn:aws:iam::{MSP}:role/EcoReadOnly", "acme-7") == (first["RoleArn"], first["ExternalId"])
    assert "there is no crawler" in of(inside, "crawler.exists").found
    assert {UNKNOWN} == set(trouble(outside).values())
    assert "AWS Glue console of account 9999-8888-7777" in of(outside, "crawler.exists").fix


@pytest.mark.parametrize("operation", ["GetCrawler", "DescribeStacks"])
def test_what_may_not_be_read_says_which_permission_is_missing(
    aws: BotoInspector, account: Account, endpoint: AwsEndpoint, operation: str
) -> None:
    """The other call tells the rest."""
    make(account, stack="Eco2")
    endpoint.faults[operation] = Fault("AccessDeniedException", 400)

    report = aws.preflight(Target(ACCOUNT, checks="crawler", report_name=REPORT, crawler_stack="Eco2"))

    item = {"GetCrawler": "crawler.exists", "DescribeStacks": "crawler.stack"}[operation]
    assert f":{operation}" in of(report, item).fix
    assert FAIL not in trouble(report).values()
