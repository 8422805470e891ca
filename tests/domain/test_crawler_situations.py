"""Crawlers of a report: each row has what is there, what must be said, and the rule of AWS that makes it so."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, NamedTuple

import pytest

from bot.domain.aws import crawlers
from bot.domain.aws.calls import Call
from bot.domain.aws.crawlers import Crawler, CrawlerFacts, is_daily
from bot.domain.aws.facts import Identity, Reason, Stack, Unseen
from bot.domain.aws.preflight import CheckReport, Target, Verdict
from tests.domain.aws_snapshots import ACCOUNT, NOW, OTHER
from tests.support.findings import FAIL, UNKNOWN, of, trouble

VENDOR = "Spot, Connect Account: Customer Working with AWS MSP, Option 1"
GLUE = "AWS Glue API, Crawler"
SCHEDULE = "AWS Glue API, Schedule"
LAST = "AWS Glue API, LastCrawlInfo"
CRON = "AWS Glue Developer Guide, Time-based schedules for jobs and crawlers"
STATES = "CloudFormation User Guide, Stack status codes"
TARGET = Target(
    ACCOUNT, external_id="acme-7", checks="crawler", report_name="spotinst-cur-report",
    report_bucket="spotinst-cur-report", report_prefix="spotinst_eco",
)  # fmt: skip
OF_MSP = replace(TARGET, msp_account_id=OTHER)
ME = Identity(ACCOUNT, f"arn:aws:iam::{ACCOUNT}:role/EcoBot")
ITEMS = ["crawler.account", "crawler.stack", "crawler.exists", "crawler.schedule", "crawler.last_run"]
GREEN = CrawlerFacts(
    Crawler("READY", "cron(0 0 * * ? *)", "SCHEDULED", "SUCCEEDED", NOW - timedelta(hours=12)),
    Stack("SpotEcoStack", "CREATE_COMPLETE"),
)


def look(
    found: CrawlerFacts | Unseen, target: Target = TARGET, identity: Identity | Unseen = ME, role: str | None = None
) -> CheckReport:
    """The report on a crawler."""
    return crawlers.judge(identity, found, crawlers.where(target), NOW, role)


def crawling(**changes: Any) -> CrawlerFacts:
    """The green crawler with some facts changed."""
    return replace(GREEN, crawler=replace(GREEN.crawler, **changes))  # type: ignore[type-var]  # it is there


def in_state(status: str, crawler: Crawler | None = None) -> CrawlerFacts:
    """A stack in a state, without a crawler unless one is given."""
    return CrawlerFacts(crawler, Stack("SpotEcoStack", status))


class Row(NamedTuple):
    """One situation.

    Attributes:
        found: what is there. expected: item -> (verdict, words of its fix). rule: page and rule of the documentation.
        says: item -> words of what was found. skipped: whether schedule and last run are not looked at.
    """

    found: CrawlerFacts
    expected: dict[str, tuple[Verdict, str]]
    rule: str
    says: dict[str, str] = {}  # noqa: RUF012 - never changed
    skipped: bool = False


ROWS: dict[str, Row] = {
    "as it should be": Row(
        GREEN, {}, f"{VENDOR}, step 2: Frequency Daily, start hour 00, start minute 00.",
        {"crawler.stack": "SpotEcoStack: CREATE_COMPLETE", "crawler.exists": "AWSCURCrawler-spotinst-cur-report"},
    ),
    "nothing was made": Row(
        CrawlerFacts(None, None),
        {"crawler.stack": (FAIL, "spotinst-cur-report/spotinst_eco/spotinst-cur-report/"),
         "crawler.exists": (FAIL, "the object URL of crawler-cfn.yml")},
        f"{VENDOR}, step 2: paste the object URL of crawler-cfn.yml into Amazon S3 URL.", skipped=True,
    ),
    "the stack is being made": Row(
        in_state("CREATE_IN_PROGRESS"),
        {"crawler.stack": (UNKNOWN, "Wait until CloudFormation"), "crawler.exists": (UNKNOWN, "Stack of the crawler")},
        f"{STATES}: CREATE_IN_PROGRESS is under way.", skipped=True,
    ),
    "the stack was rolled back": Row(
        in_state("ROLLBACK_COMPLETE"),
        {"crawler.stack": (FAIL, "delete it and create it again"), "crawler.exists": (UNKNOWN, "Stack of the crawler")},
        f"{STATES}: after ROLLBACK_COMPLETE a stack can only be deleted.", skipped=True,
    ),
    "the stack is being deleted": Row(
        in_state("DELETE_IN_PROGRESS", GREEN.crawler),  # type: ignore[arg-type]  # it is there
        {"crawler.stack": (FAIL, "Wait until it is gone")}, f"{STATES}: DELETE_IN_PROGRESS removes its resources.",
    ),
    "an update failed": Row(
        in_state("UPDATE_ROLLBACK_FAILED", GREEN.crawler),  # type: ignore[arg-type]  # it is there
        {"crawler.stack": (FAIL, "the first event that failed says why")}, f"{STATES}: UPDATE_ROLLBACK_FAILED.",
    ),
    "the stack was updated": Row(
        in_state("UPDATE_COMPLETE", GREEN.crawler), {},  # type: ignore[arg-type]  # it is there
        f"{STATES}: UPDATE_COMPLETE is finished.", {"crawler.stack": "UPDATE_COMPLETE"},
    ),
    "a stack of another name made it": Row(
        replace(GREEN, stack=None), {"crawler.stack": (UNKNOWN, "press Edit on the card")},
        f"{VENDOR}: the stack's name is part of the message to Spot.",
    ),
    "a finished stack without the crawler": Row(
        in_state("CREATE_COMPLETE"), {"crawler.exists": (FAIL, "Was the stack made from the file of another report?")},
        f"{VENDOR}: the crawler is named after the report.", skipped=True,
    ),
    "no schedule": Row(
        crawling(cron="", schedule_state=""), {"crawler.schedule": (FAIL, "Or run the command below")},
        f"{GLUE}: Schedule is for scheduled crawlers.",
    ),
    "another hour": Row(
        crawling(cron="cron(0 6 * * ? *)"), {"crawler.schedule": (FAIL, "daily at 00:00 UTC")},
        f"{CRON}: the second field is the hour, in UTC.", {"crawler.schedule": "cron(0 6 * * ? *)"},
    ),
    "paused": Row(
        crawling(schedule_state="NOT_SCHEDULED"),
        {"crawler.schedule": (FAIL, "Run the command below in account 1234-5678-9012")},
        f"{SCHEDULE}: State NOT_SCHEDULED.",
    ),
    "the schedule is being changed": Row(
        crawling(schedule_state="TRANSITIONING"), {"crawler.schedule": (UNKNOWN, "in a minute")},
        f"{SCHEDULE}: State TRANSITIONING.",
    ),
    "it has not run": Row(
        crawling(last_status="", last_at=None), {"crawler.last_run": (UNKNOWN, "start it now")},
        f"{GLUE}: LastCrawl is there after the first run.",
    ),
    "it runs for the first time": Row(
        crawling(state="RUNNING", last_status="", last_at=None), {"crawler.last_run": (UNKNOWN, "in a few minutes")},
        f"{GLUE}: State RUNNING.",
    ),
    "it runs again": Row(
        crawling(state="RUNNING"), {}, f"{GLUE}: LastCrawl is the last one that ended.",
        {"crawler.last_run": "succeeded, Tue, Nov 24, 00:00 UTC"},
    ),
    "it failed": Row(
        crawling(last_status="FAILED"), {"crawler.last_run": (FAIL, "open the log of the newest run")},
        f"{LAST}: Status FAILED.",
    ),
    "somebody stopped it": Row(
        crawling(last_status="CANCELLED"), {"crawler.last_run": (UNKNOWN, "press Run")}, f"{LAST}: Status CANCELLED.",
    ),
    "it has not run for days": Row(
        crawling(last_at=NOW - timedelta(days=3)), {"crawler.last_run": (UNKNOWN, "it should run every day")},
        f"{VENDOR}: it runs daily.", {"crawler.last_run": "Sat, Nov 21"},
    ),
    "a word that is not known": Row(
        crawling(last_status="WAITING"), {"crawler.last_run": (UNKNOWN, "see how the newest run ended")},
        f"{LAST}: Status is SUCCEEDED, CANCELLED or FAILED.", {"crawler.last_run": "WAITING"},
    ),
    "the permission is missing": Row(
        replace(GREEN, crawler=Unseen(Reason.DENIED, Call.CRAWLER, "AccessDeniedException")),
        {"crawler.exists": (UNKNOWN, "allow glue:GetCrawler")},
        "AWS Glue Developer Guide, Access control for non-catalog singular API operations: GetCrawler.", skipped=True,
    ),
    "stacks may not be read": Row(
        replace(GREEN, stack=Unseen(Reason.DENIED, Call.STACKS, "AccessDenied")),
        {"crawler.stack": (UNKNOWN, "allow cloudformation:DescribeStacks")},
        "CloudFormation API, DescribeStacks: it needs cloudformation:DescribeStacks.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_each_situation_is_told_with_its_fix(row: Row) -> None:
    """What does not pass is as expected, and nothing else."""
    report = look(row.found)

    skipped = ITEMS[3:] if row.skipped else []
    verdicts = {item: verdict for item, (verdict, _) in row.expected.items()}
    assert verdicts | dict.fromkeys(skipped, UNKNOWN) == trouble(report)
    for item, (_, words) in row.expected.items():
        assert words
        assert words in of(report, item).fix
    for item, words in row.says.items():
        assert words in of(report, item).found
    assert (ITEMS, "crawler") == ([found.item for found in report.findings], report.checks)
    assert row.rule.partition(": ")[2], "each row names its rule"


@pytest.mark.parametrize(
    ("identity", "words"),
    [
        (Unseen(Reason.DENIED, Call.ASSUME_ROLE, "AccessDenied"), "make the role EcoReadOnly in 9999-8888-7777"),
        (ME, "To let the bot look, set ECO_AWS_ROLE"),
        (Unseen(Reason.NO_CREDENTIALS, Call.IDENTITY), "AWS_ACCESS_KEY_ID"),
    ],
    ids=["no role there", "credentials of the customer", "no credentials"],
)
def test_an_account_of_the_msp_that_the_bot_cannot_enter_is_no_fault(identity: Identity | Unseen, words: str) -> None:
    """Nothing fails; each item says what to look at in the console of that account."""
    report = look(Unseen(Reason.SKIPPED), OF_MSP, identity, "EcoReadOnly")

    assert dict.fromkeys(ITEMS, UNKNOWN) == trouble(report)
    assert words in of(report, "crawler.account").fix
    for item in ITEMS[1:]:
        assert "console of account 9999-8888-7777" in of(report, item).fix
    assert "there must be one named AWSCURCrawler-spotinst-cur-report" in of(report, "crawler.exists").fix


def test_names_are_those_that_were_recorded() -> None:
    """The stack's own name, and a report whose name a shell would take apart."""
    target = replace(TARGET, crawler_stack="Eco2", report_name="our!report(1)")

    report = look(replace(crawling(cron=""), stack=Stack("Eco2", "CREATE_COMPLETE")), target)

    assert "Eco2: CREATE_COMPLETE" == of(report, "crawler.stack").found
    assert "--crawler-name 'AWSCURCrawler-our!report(1)' " in of(report, "crawler.schedule").paste
    assert ("Eco2", "AWSCURCrawler-our!report(1)") == (crawlers.stack_name(target), crawlers.crawler_name(target))


@pytest.mark.parametrize(
    ("changes", "command"),
    [
        ({"cron": ""}, "aws glue update-crawler-schedule"),
        ({"cron": "cron(0 6 * * ? *)"}, "aws glue update-crawler-schedule"),
        ({"schedule_state": "NOT_SCHEDULED"}, "aws glue start-crawler-schedule"),
        ({"schedule_state": "TRANSITIONING"}, ""),
        ({}, ""),
    ],
)
def test_a_schedule_comes_with_the_command_that_mends_it(changes: dict[str, Any], command: str) -> None:
    """To copy as a whole, with the region and the crawler's name; what is right needs none."""
    shown = of(look(crawling(**changes)), "crawler.schedule").paste

    assert command == shown.partition(" --region")[0]
    assert not command or "--region us-east-1 --crawler-name AWSCURCrawler-spotinst-cur-report" in shown
    assert ("--schedule 'cron(0 0 * * ? *)'" in shown) == ("update" in command)


def test_without_the_reports_name_it_asks_for_it() -> None:
    """The crawler is named after the report."""
    nameless = CrawlerFacts(Unseen(Reason.SKIPPED), GREEN.stack)

    report = look(nameless, replace(TARGET, report_name=None))

    assert "enter the name of the report" in of(report, "crawler.exists").fix
    assert Verdict.PASS is of(report, "crawler.stack").verdict


@pytest.mark.parametrize(
    ("cron", "daily"),
    [
        ("cron(0 0 * * ? *)", True),
        ("cron(00 00 ? * * *)", True),
        ("cron(0 0 1/1 * ? *)", True),
        ("cron(0 0 * * ?)", False),
        ("cron(15 0 * * ? *)", False),
        ("cron(0 0/12 * * ? *)", False),
        ("cron(0 0 1 * ? *)", False),
        ("cron(0 0 ? * MON *)", False),
        ("cron(0 0 * * ? 2026)", False),
        ("rate(1 day)", False),
        ("", False),
    ],
)
def test_a_daily_schedule_is_known_however_it_is_written(cron: str, daily: bool) -> None:
    """Glue's fields are minute, hour, day of the month, month, day of the week and year, in UTC."""
    assert daily == is_daily(cron)
