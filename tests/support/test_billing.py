"""The stand-in for billing refuses what AWS would refuse, so that a test against it means something."""

from typing import Any

import pytest

from tests.support.aws.billing import Billing, MisusedError, definition, export

REPORTS = "AWSOrigamiServiceGatewayService.DescribeReportDefinitions"
EXPORTS = "AWSBillingAndCostManagementDataExports.ListExports"


@pytest.mark.parametrize(
    ("target", "asked"),
    [
        (REPORTS, {"MaxResults": 10}),
        (REPORTS, {"MaxResults": "5"}),
        (REPORTS, {"PageSize": 5}),
        (REPORTS, {"NextToken": "with spaces"}),
        (EXPORTS, {"MaxResults": 301}),
    ],
)
def test_a_request_that_aws_would_refuse_is_refused(target: str, asked: dict[str, Any]) -> None:
    """Numbers out of bounds, wrong types, names that do not exist, texts that do not fit the pattern."""
    with pytest.raises(MisusedError):
        Billing().answer(target, asked)


@pytest.mark.parametrize(
    "changes",
    [
        {"TimeUnit": "YEARLY"},
        {"S3Bucket": None},
        {"ReportName": "with spaces"},
        {"RefreshClosedReports": "yes"},
        {"ReportStatus": {"lastStatus": "FINE"}},
        {"Colour": "blue"},
    ],
)
def test_an_answer_that_aws_would_not_give_is_not_given(changes: dict[str, Any]) -> None:
    """A test cannot describe an account that there is not."""
    billing = Billing()
    billing.definitions = [definition("acme-cur", **changes)]

    with pytest.raises(MisusedError):
        billing.answer(REPORTS, {})


def test_lists_come_in_pages() -> None:
    """Five report definitions a page, each page with a token for the next but the last."""
    billing = Billing()
    billing.definitions = [definition("acme-cur", ReportName=f"r{n}") for n in range(6)]
    billing.exports = [export("cur2")]

    first = billing.answer(REPORTS, {"MaxResults": 5})
    second = billing.answer(REPORTS, {"MaxResults": 5, "NextToken": first["NextToken"]})

    assert ["r5"] == [report["ReportName"] for report in second["ReportDefinitions"]]
    assert "NextToken" not in second
    assert ["cur2"] == [each["ExportName"] for each in billing.answer(EXPORTS, {})["Exports"]]
