"""Simulates the billing services that moto lacks: Cost and Usage Reports, and Data Exports.

It answers in pages as AWS does, and fails loudly where a request or an answer is not as botocore describes it.
"""

from datetime import UTC, datetime
from typing import Any

from tests.support.aws import shapes

#: The service and its operation, by the header that names them on the wire.
OPERATIONS = {
    "AWSOrigamiServiceGatewayService.DescribeReportDefinitions": ("cur", "DescribeReportDefinitions"),
    "AWSInsightsIndexService.GetCostAndUsage": ("ce", "GetCostAndUsage"),
    "AWSBillingAndCostManagementDataExports.ListExports": ("bcm-data-exports", "ListExports"),
}


class MisusedError(AssertionError):
    """A request or a response that violates AWS's service description."""


class Billing:
    """The report definitions and exports of one account."""

    def __init__(self) -> None:
        self.definitions: list[dict[str, Any]] = []
        self.exports: list[dict[str, Any]] = []
        #: Account, name, amount and currency of each; and how many of them Cost Explorer gives in one answer.
        self.costs: list[tuple[str, str, str, str]] = []
        self.costs_a_page = 5000
        self.estimated = False

    def answer(self, target: str, asked: dict[str, Any]) -> dict[str, Any]:
        """The response to a request."""
        service, name = OPERATIONS[target]
        model = shapes.operation(service, name)
        wrong = shapes.faults(model.input_shape, asked)
        if wrong:
            raise MisusedError(f"{name} was asked {asked}: {wrong}")
        answer = self._costs(asked) if service == "ce" else self._listed(service, asked)
        wrong = shapes.faults(model.output_shape, answer)
        if wrong:
            raise MisusedError(f"{name} would answer {answer}: {wrong}")
        return answer

    def _listed(self, service: str, asked: dict[str, Any]) -> dict[str, Any]:
        listed, key, size = (
            (self.definitions, "ReportDefinitions", 5) if service == "cur" else (self.exports, "Exports", 300)
        )
        size = asked.get("MaxResults", size)
        start = int(asked.get("NextToken", "0"))
        answer: dict[str, Any] = {key: listed[start : start + size]}
        if start + size < len(listed):
            answer["NextToken"] = str(start + size)
        return answer

    def _costs(self, asked: dict[str, Any]) -> dict[str, Any]:
        """A page of costs: its groups, and the names of the accounts in it."""
        start = int(asked.get("NextPageToken", "0"))
        shown = self.costs[start : start + self.costs_a_page]
        groups = [
            {"Keys": [account], "Metrics": {metric: {"Amount": amount, "Unit": unit} for metric in asked["Metrics"]}}
            for account, _, amount, unit in shown
        ]
        period = {"TimePeriod": asked["TimePeriod"], "Total": {}, "Groups": groups, "Estimated": self.estimated}
        names = [{"Value": account, "Attributes": {"description": name}} for account, name, *_ in shown if name]
        answer: dict[str, Any] = {
            "GroupDefinitions": asked["GroupBy"], "ResultsByTime": [period], "DimensionValueAttributes": names,
        }  # fmt: skip
        if start + self.costs_a_page < len(self.costs):
            answer["NextPageToken"] = str(start + self.costs_a_page)
        return answer


def definition(bucket: str, **changes: Any) -> dict[str, Any]:
    """A report definition as the procedure asks for it, with changes; None leaves a setting out."""
    whole = {
        "ReportName": "spot-hourly",
        "TimeUnit": "HOURLY",
        "Format": "Parquet",
        "Compression": "Parquet",
        "AdditionalSchemaElements": ["RESOURCES"],
        "S3Bucket": bucket,
        "S3Prefix": "spot",
        "S3Region": "us-east-1",
        "AdditionalArtifacts": ["ATHENA"],
        "RefreshClosedReports": True,
        "ReportVersioning": "OVERWRITE_REPORT",
        "ReportStatus": {"lastDelivery": f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}", "lastStatus": "SUCCESS"},
    } | changes
    return {name: value for name, value in whole.items() if value is not None}


def export(name: str) -> dict[str, Any]:
    """A CUR 2.0 export."""
    arn = f"arn:aws:bcm-data-exports:us-east-1:123456789012:export/{name}"
    return {"ExportArn": arn, "ExportName": name, "ExportStatus": {"StatusCode": "HEALTHY"}}
