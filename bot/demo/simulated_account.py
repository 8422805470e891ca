"""A simulated AWS management account: what its services answer, as values; simulated_aws.py serves them over HTTP.

Everything in it is as Spot's procedure asks, but for one setting of the Cost and Usage Report: it has no resource
IDs. Its files land some hours after somebody first looked at the account.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from bot.domain.aws.bucket_policies import delivery_policy

Values = dict[str, Any]
Given = Mapping[str, Any]

REGION = "us-east-1"
BUCKET = "production-cur"
PREFIX, REPORT = "cur", "eco"
ROLE = "SpotByNetApp_Finops_ReadOnly"
SPOT_ACCOUNTS = ("884866656237", "627743545735")
#: Hours until AWS delivers the first file, and from one to the next.
FIRST_FILE, NEXT_FILE = timedelta(hours=21), timedelta(hours=8)
#: As many as S3 lists on a page: the deliveries of eleven months.
_MOST_FILES = 1000
#: Names of the organization's member accounts; the first page has `_PAGE` of them.
MEMBERS = ("Shop EU", "Shop US", "Data platform", "Search", "Payments", "Logging", "Security", "Sandbox", "Backup")
#: The one that was closed some weeks ago.
CLOSED = "Sandbox"
_PAGE = 5


class Refused(Exception):
    """A service refuses: the code of its error, a sentence, the HTTP status."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


@dataclass
class Account:
    """One management account, known since `seen_at`.

    Attributes:
        now: what time it is.
    """

    number: str
    seen_at: datetime
    now: Callable[[], datetime]
    operations: dict[str, Callable[[Given], Values]] = field(init=False)

    def __post_init__(self) -> None:
        self.operations = {
            "GetCallerIdentity": self._caller,
            "DescribeOrganization": self._organization,
            "ListAccounts": self._accounts,
            "DescribeReportDefinitions": self._reports,
            "ListExports": lambda _: {"Exports": []},
            "ListRoles": lambda _: {"Roles": [self._role({"RoleName": ROLE})["Role"]], "IsTruncated": False},
            "GetRole": self._role,
            "ListAttachedRolePolicies": lambda given: self._of_role(given, {"AttachedPolicies": []}),
            "ListRolePolicies": lambda given: self._of_role(given, {"PolicyNames": ["SpotReadsCosts"]}),
            "GetRolePolicy": self._policy,
            "DescribeStacks": self._stacks,
            "GetCrawler": self._crawler,
            "GetCostAndUsage": self._costs,
        }

    @property
    def role_arn(self) -> str:
        """The role that Spot assumes."""
        return f"arn:aws:iam::{self.number}:role/{ROLE}"

    def answer(self, operation: str, given: Given) -> Values:
        """Answer one operation; raises `Refused` for an unknown one."""
        if operation not in self.operations:
            raise Refused("AccessDenied", f"{operation} is not allowed in this simulated account", 403)
        return self.operations[operation](given)

    def bucket_policy(self) -> str:
        """The bucket's policy, as AWS's billing console writes it."""
        return json.dumps(delivery_policy(BUCKET, self.number))

    def files(self) -> list[Values]:
        """The objects in the bucket, as they have arrived by now."""
        found: list[Values] = []
        at = self.seen_at + FIRST_FILE
        while at <= self.now() and len(found) < _MOST_FILES:
            name = f"{REPORT}-{len(found) + 1:05}.snappy.parquet"
            folder = f"{PREFIX}/{REPORT}/{REPORT}/year={at.year}/month={at.month}"
            found.append({"Key": f"{folder}/{name}", "LastModified": at, "Size": 4_200_000, "StorageClass": "STANDARD"})
            at += NEXT_FILE
        return found

    def _caller(self, _: Given) -> Values:
        arn = f"arn:aws:sts::{self.number}:assumed-role/eco-bot/eco"
        return {"Account": self.number, "Arn": arn, "UserId": "AROAECODEMO:eco"}

    def _organization(self, _: Given) -> Values:
        return {
            "Organization": {
                "Id": "o-ecodemo123",
                "Arn": f"arn:aws:organizations::{self.number}:organization/o-ecodemo123",
                "FeatureSet": "ALL",
                "MasterAccountId": self.number,
                "MasterAccountArn": f"arn:aws:organizations::{self.number}:account/o-ecodemo123/{self.number}",
                "MasterAccountEmail": "aws@eco-demo.example",
            }
        }

    def _accounts(self, given: Given) -> Values:
        start = int(given.get("NextToken") or 0)
        everybody = [(self.number, "Production payer")]
        everybody += [(f"{200000000000 + n}", name) for n, name in enumerate(MEMBERS)]
        shown = everybody[start : start + _PAGE]
        answer: Values = {
            "Accounts": [
                {"Id": number, "Name": name, "State": "CLOSED" if name == CLOSED else "ACTIVE"}
                for number, name in shown
            ]
        }
        if start + _PAGE < len(everybody):
            answer["NextToken"] = str(start + _PAGE)
        return answer

    def _costs(self, given: Given) -> Values:
        """What each account cost in a month: amounts of its own, and credits for the sandbox."""
        period = given["TimePeriod"]
        named = [(self.number, "Production payer"), *((f"{200000000000 + n}", name) for n, name in enumerate(MEMBERS))]
        amounts = [412.5, *(round(18_250 / (n + 1) ** 1.7, 2) for n in range(len(MEMBERS)))]
        amounts[1 + MEMBERS.index("Sandbox")] = -75.0
        groups = [
            {"Keys": [number], "Metrics": {"UnblendedCost": {"Amount": str(amount), "Unit": "USD"}}}
            for (number, _), amount in zip(named, amounts, strict=True)
        ]
        return {
            "ResultsByTime": [{"TimePeriod": period, "Total": {}, "Groups": groups, "Estimated": False}],
            "DimensionValueAttributes": [
                {"Value": number, "Attributes": {"description": name}} for number, name in named
            ],
        }

    def _reports(self, _: Given) -> Values:
        definition: Values = {
            "ReportName": REPORT,
            "TimeUnit": "HOURLY",
            "Format": "Parquet",
            "Compression": "Parquet",
            "AdditionalSchemaElements": [],  # the one thing that is wrong: RESOURCES is missing
            "S3Bucket": BUCKET,
            "S3Prefix": PREFIX,
            "S3Region": REGION,
            "AdditionalArtifacts": ["ATHENA"],
            "RefreshClosedReports": True,
            "ReportVersioning": "OVERWRITE_REPORT",
        }
        if files := self.files():  # a report that was never delivered has no status
            delivered = files[-1]["LastModified"].strftime("%Y%m%dT%H%M%SZ")
            definition["ReportStatus"] = {"lastStatus": "SUCCESS", "lastDelivery": delivered}
        return {"ReportDefinitions": [definition]}

    def _role(self, given: Given) -> Values:
        principals = [f"arn:aws:iam::{number}:root" for number in SPOT_ACCOUNTS]
        trust = {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"AWS": principals},
                    "Action": "sts:AssumeRole",
                }
            ],
        }
        role = {
            "Path": "/",
            "RoleName": ROLE,
            "RoleId": "AROAECODEMOSPOT01",
            "Arn": self.role_arn,
            "CreateDate": self.seen_at,
            "AssumeRolePolicyDocument": quote(json.dumps(trust)),
        }
        return self._of_role(given, {"Role": role})

    def _policy(self, given: Given) -> Values:
        document = {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Action": ["cur:Get*", "cur:Describe*", "ce:*"], "Resource": "*"},
                {"Effect": "Allow", "Action": ["s3:List*", "s3:Get*"], "Resource": f"arn:aws:s3:::{BUCKET}"},
                {"Effect": "Allow", "Action": ["s3:List*", "s3:Get*"], "Resource": f"arn:aws:s3:::{BUCKET}/*"},
                {
                    "Effect": "Allow",
                    "Action": ["s3:*Object*", "s3:List*", "s3:AbortMultipartUpload", "s3:Get*"],
                    "Resource": "arn:aws:s3:::sc-customer-*",
                },
            ],
        }
        name = str(given.get("PolicyName"))
        answer = {"RoleName": ROLE, "PolicyName": name, "PolicyDocument": quote(json.dumps(document))}
        return self._of_role(given, answer)

    def _of_role(self, given: Given, answer: Values) -> Values:
        if given.get("RoleName") != ROLE:
            raise Refused("NoSuchEntity", f"The role with name {given.get('RoleName')} cannot be found.", 404)
        return answer | ({} if "Role" in answer or "PolicyDocument" in answer else {"IsTruncated": False})

    def _crawler(self, given: Given) -> Values:
        """A crawler as AWS's template makes it: nobody has given it a schedule yet."""
        return {"Crawler": {"Name": given["Name"], "State": "READY"}}

    def _stacks(self, given: Given) -> Values:
        name = given.get("StackName", "spot-eco")
        stack = {
            "StackName": name,
            "StackId": f"arn:aws:cloudformation:{REGION}:{self.number}:stack/{name}/0",
            "CreationTime": self.seen_at,
            "StackStatus": "CREATE_COMPLETE",
            "Outputs": [{"OutputKey": "SpotFinOpsRoleArn", "OutputValue": self.role_arn}],
        }
        return {"Stacks": [stack]}
