"""Failures of AWS in the checks of what concerns an MSP, for each call in turn; the others are in test_faults.py."""

from gzip import compress

import pytest

from bot.checks import BotoInspector
from bot.clock import SystemClock
from bot.domain.aws.check_sets import CHECK_SETS
from bot.domain.aws.preflight import Target
from tests.checks.test_crawler import REPORT, make
from tests.checks.test_delivery import KEY, MANIFEST
from tests.support.aws import ACCOUNT, Account, AwsEndpoint, Fault
from tests.support.aws.account import BUCKET, ROLE_ARN
from tests.support.findings import FAIL, UNKNOWN, trouble

TARGETS = {
    "delivered": Target(ACCOUNT, bucket=BUCKET, checks="delivered"),
    "crawler": Target(ACCOUNT, report_name=REPORT, checks="crawler"),
    "extracted": Target(ACCOUNT, bucket=BUCKET, role_arn=ROLE_ARN, checks="extracted"),
}
_RUN = "crawler.last_run"  # a crawler that was just made has not run
FILES = ["files.account", "files.periods", "files.place", "files.gzip", "files.manifests", "files.newest"]
#: Set and operation that fails -> what then cannot be told.
HANGS_ON: dict[tuple[str, str], list[str]] = {
    ("delivered", "HeadBucket"): ["bucket.delivered", *FILES],
    ("delivered", "ListObjectsV2"): ["bucket.delivered", *FILES],
    ("delivered", "GetObject"): ["files.gzip"],
    ("crawler", "GetCrawler"): ["crawler.exists", "crawler.schedule", _RUN],
    ("crawler", "DescribeStacks"): ["crawler.stack", _RUN],
    ("extracted", "HeadBucket"): ["bucket.extracted"],
    ("extracted", "ListObjectsV2"): ["files.extracted"],
}
FAULTS = {
    "throttled for long": Fault("SlowDown", 503),
    "a fault of AWS": Fault("InternalError", 500),
    "an error of tomorrow": Fault("PaperJam", 400),
}


@pytest.fixture
def filled(account: Account) -> Account:
    """An account in which every set passes, but for the first run of the crawler."""
    account.put(KEY, body=compress(b"x"))
    account.put(MANIFEST, body=b"{}")
    make(account)
    return account


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
@pytest.mark.parametrize(("name", "operation"), HANGS_ON)
def test_a_call_that_fails_leaves_its_items_open(
    aws: BotoInspector, filled: Account, endpoint: AwsEndpoint, name: str, operation: str, fault: Fault
) -> None:
    """Nothing fails for it, and everything else is judged."""
    endpoint.faults[operation] = fault

    assert dict.fromkeys(HANGS_ON[name, operation], UNKNOWN) == trouble(aws.preflight(TARGETS[name]))


@pytest.mark.parametrize(("name", "operation"), HANGS_ON)
def test_a_throttled_call_is_made_once_more(
    aws: BotoInspector, filled: Account, endpoint: AwsEndpoint, name: str, operation: str
) -> None:
    """A single throttling error leaves no finding."""
    endpoint.faults[operation] = Fault("ThrottlingException", 400, times=1)
    if TARGETS[name].checks == "delivered" or operation in ("HeadBucket", "ListObjectsV2"):
        endpoint.faults[operation] = Fault("SlowDown", 503, times=1)

    assert {_RUN} >= set(trouble(aws.preflight(TARGETS[name])))
    assert 0 == endpoint.faults[operation].times


@pytest.mark.parametrize("name", TARGETS)
def test_an_aws_that_does_not_answer_ends_the_check(filled: Account, endpoint: AwsEndpoint, name: str) -> None:
    """Within its limit; what was not seen is no pass and no fault, and the hourly looks say the same."""
    for operation in ("HeadBucket", "ListObjectsV2", "GetCrawler", "DescribeStacks"):
        endpoint.faults[operation] = Fault(hang=True)
    hasty = BotoInspector(None, SystemClock(), endpoint=endpoint.url, limit=1.5)

    report = hasty.preflight(TARGETS[name])

    assert report.findings
    assert FAIL not in trouble(report).values()
    assert UNKNOWN in trouble(report).values()
    if CHECK_SETS[name].watched:
        assert FAIL not in trouble(hasty.watch(TARGETS[name])).values()
        assert hasty.delivered_files(TARGETS[name]).problem
