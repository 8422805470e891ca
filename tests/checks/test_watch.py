"""The watch over HTTP: few calls, what broke is a fail, and what could not be looked at is not."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from bot.checks import BotoInspector
from bot.clock import SystemClock
from bot.domain.aws.preflight import Target, Verdict
from bot.domain.aws_events import unseen
from tests.support.aws import ACCOUNT, Account, AwsEndpoint, Fault
from tests.support.aws.account import BUCKET, FILE, ROLE_ARN
from tests.support.aws.billing import definition
from tests.support.findings import FAIL, UNKNOWN, of, trouble

TARGET = Target(ACCOUNT, role_arn=ROLE_ARN, bucket=BUCKET)


def test_a_green_account_takes_four_calls(aws: BotoInspector, account: Account, endpoint: AwsEndpoint) -> None:
    """With a role of the bot's own it is one more; every item passes."""
    report = aws.watch(TARGET)

    assert {} == trouble(report)
    items = ["account.identity", "cur.definition", "cur.status", "files.delivered", "role.exists", "role.trust"]
    assert items == [found.item for found in report.findings]
    assert ["DescribeReportDefinitions", "GetCallerIdentity", "GetRole", "ListObjectsV2"] == sorted(
        request.operation for request in endpoint.requests
    )


def old(account: Account) -> None:
    """Deliveries have stopped."""
    account.put(FILE, at=datetime.now(UTC) - timedelta(days=3))


def empty(account: Account) -> None:
    """Somebody has emptied the bucket."""
    account.client("s3").delete_object(Bucket=BUCKET, Key=FILE)


def denied(operation: str) -> Callable[[Account], None]:
    """Deny a call."""

    def change(account: Account) -> None:
        account.endpoint.faults[operation] = Fault()

    return change


SITUATIONS: dict[str, tuple[Callable[[Account], object], dict[str, Verdict]]] = {
    "no delivery for three days": (old, {"files.delivered": FAIL}),
    "an empty bucket": (empty, {"files.delivered": FAIL}),
    "the role is gone": (Account.delete_stack, {"role.exists": FAIL}),
    "the report is gone": (
        lambda account: account.endpoint.billing.definitions.clear(), {"cur.definition": FAIL}
    ),
    "the bucket is gone": (
        lambda account: account.endpoint.billing.definitions.__setitem__(0, definition("gone-cur")),
        {"bucket.exists": FAIL},
    ),
    "AWS may not write": (
        lambda account: account.endpoint.billing.definitions.__setitem__(
            0, definition(BUCKET, ReportStatus={"lastStatus": "ERROR_PERMISSIONS"})
        ),
        {"cur.status": FAIL},
    ),
    "files may not be listed": (denied("ListObjectsV2"), {"files.delivered": UNKNOWN}),
    "the role may not be read": (denied("GetRole"), {"role.exists": UNKNOWN}),
    "reports may not be read": (
        denied("DescribeReportDefinitions"), {"cur.definition": UNKNOWN}
    ),
    "no way in": (denied("GetCallerIdentity"), {"account.identity": UNKNOWN}),
}  # fmt: skip


@pytest.mark.parametrize(("change", "expected"), SITUATIONS.values(), ids=SITUATIONS)
def test_what_broke_is_told_from_what_could_not_be_seen(
    aws: BotoInspector, account: Account, change: Callable[[Account], object], expected: dict[str, Verdict]
) -> None:
    """Exactly these items do not pass; a look that saw nothing is no break."""
    change(account)

    report = aws.watch(TARGET)

    found = trouble(report)
    assert expected == found
    assert [item for item, verdict in expected.items() if verdict is UNKNOWN] == [each.item for each in unseen(report)]


@pytest.mark.parametrize("fault", [Fault(hang=True), Fault("Throttling", 503)], ids=["hangs", "throttled"])
def test_a_call_that_hangs_or_is_throttled_is_no_break(account: Account, endpoint: AwsEndpoint, fault: Fault) -> None:
    """It ends in time, and says why it could not look."""
    endpoint.faults["ListObjectsV2"] = fault
    aws = BotoInspector(None, SystemClock(), endpoint=endpoint.url, limit=3)

    report = aws.watch(TARGET)

    assert {"files.delivered": UNKNOWN} == trouble(report)
    assert of(report, "files.delivered").fix


def test_a_role_that_nobody_recorded_is_not_watched(aws: BotoInspector, account: Account) -> None:
    """Which role it is would have to be guessed each hour."""
    account.delete_stack()

    assert {} == trouble(aws.watch(Target(ACCOUNT)))
