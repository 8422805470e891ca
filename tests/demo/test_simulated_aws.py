"""The simulated AWS, asked by AWS's own library: every answer is one that the library's service model understands."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from bot.checks import BotoInspector
from bot.demo.simulated_account import BUCKET, MEMBERS, ROLE
from bot.demo.simulated_aws import SimulatedAws, reached_by
from bot.domain.aws.preflight import Target, Verdict
from bot.localslack import TimeMachine
from tests.localslack.conftest import START
from tests.support.findings import of, trouble

ACCOUNT = "123456789012"
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/eco-bot"


@pytest.fixture
def cloud(clock: TimeMachine) -> Iterator[SimulatedAws]:
    """The simulated AWS at a time that stands still."""
    with SimulatedAws.start(clock) as started:
        yield started


class Clients:
    """The library's clients in one account, made as the bot makes them: by assuming a role there."""

    def __init__(self, cloud: SimulatedAws) -> None:
        self._cloud = cloud
        keys = self("sts", cloud.environment["AWS_ACCESS_KEY_ID"]).assume_role(
            RoleArn=ROLE_ARN, RoleSessionName="eco", ExternalId="eco-1"
        )["Credentials"]
        assert keys["Expiration"] > datetime.now(UTC)
        self._key = keys["AccessKeyId"]

    def __call__(self, service: str, key: str | None = None) -> Any:
        return boto3.session.Session().client(
            service,
            region_name="us-east-1",
            endpoint_url=self._cloud.endpoint,
            aws_access_key_id=key or self._key,
            aws_secret_access_key="eco-demo",  # nothing is signed for anybody
            config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}),
        )


@pytest.fixture
def clients(cloud: SimulatedAws) -> Clients:
    """The clients."""
    return Clients(cloud)


def code(error: pytest.ExceptionInfo[ClientError]) -> str:
    """The code of a service's error."""
    return str(error.value.response["Error"]["Code"])


def test_who_assumes_a_role_is_in_its_account(clients: Clients) -> None:
    """Whatever account somebody enters in the demo: it is a management account."""
    assert ACCOUNT == clients("sts").get_caller_identity()["Account"]
    organization = clients("organizations").describe_organization()["Organization"]
    assert (ACCOUNT, "o-ecodemo123") == (organization["MasterAccountId"], organization["Id"])


def test_a_role_wants_an_external_id(cloud: SimulatedAws, clients: Clients) -> None:
    """As a trust policy that names one."""
    with pytest.raises(ClientError) as refused:
        clients("sts").assume_role(RoleArn=ROLE_ARN, RoleSessionName="eco")

    assert "AccessDenied" == code(refused)


@pytest.mark.parametrize("service", ["sts", "organizations", "s3"])
def test_strange_keys_are_refused(clients: Clients, service: str) -> None:
    """In every protocol."""
    client = clients(service, "someone-elses")
    call = {"sts": "get_caller_identity", "organizations": "describe_organization", "s3": "list_objects_v2"}[service]

    with pytest.raises(ClientError) as refused:
        getattr(client, call)(**({"Bucket": BUCKET} if service == "s3" else {}))

    assert "InvalidClientTokenId" == code(refused)


def test_the_organizations_accounts_come_in_pages(clients: Clients) -> None:
    """Each once."""
    pages = list(clients("organizations").get_paginator("list_accounts").paginate())

    names = [account["Name"] for page in pages for account in page["Accounts"]]
    assert ["Production payer", *MEMBERS] == names
    assert len(pages) > 1


def test_one_setting_of_the_report_is_wrong(clients: Clients) -> None:
    """Everything else is as the procedure asks."""
    (report,) = clients("cur").describe_report_definitions(MaxResults=5)["ReportDefinitions"]

    assert {
        "ReportName": "eco",
        "TimeUnit": "HOURLY",
        "Format": "Parquet",
        "Compression": "Parquet",
        "AdditionalSchemaElements": [],
        "S3Bucket": BUCKET,
        "S3Prefix": "cur",
        "S3Region": "us-east-1",
        "AdditionalArtifacts": ["ATHENA"],
        "RefreshClosedReports": True,
        "ReportVersioning": "OVERWRITE_REPORT",
    } == report
    assert [] == clients("bcm-data-exports").list_exports()["Exports"]


def test_files_land_some_hours_after_somebody_looked(clients: Clients, clock: TimeMachine) -> None:
    """With the sandbox's clock: the time machine brings them."""
    storage = clients("s3")

    def listed() -> list[datetime]:
        found = storage.list_objects_v2(Bucket=BUCKET, Prefix="cur/eco/", ExpectedBucketOwner=ACCOUNT)
        return [entry["LastModified"] for entry in found.get("Contents", [])]

    assert [] == listed()
    clock.jump(timedelta(hours=20, minutes=59))
    assert [] == listed()
    clock.jump(timedelta(minutes=1))
    assert [START + timedelta(hours=21)] == listed()
    clock.jump(timedelta(hours=8))
    assert [START + timedelta(hours=21), START + timedelta(hours=29)] == listed()
    (definition,) = clients("cur").describe_report_definitions()["ReportDefinitions"]
    assert {"lastStatus": "SUCCESS", "lastDelivery": "20260303T150000Z"} == definition["ReportStatus"]


def test_deliveries_go_on_through_the_ramp_up(clients: Clients, clock: TimeMachine) -> None:
    """Else the watch of the demo would tell that something broke while its clock jumps over weeks."""
    clients("cur").describe_report_definitions()
    clock.jump(timedelta(weeks=12))

    (report,) = clients("cur").describe_report_definitions()["ReportDefinitions"]

    last = datetime.strptime(report["ReportStatus"]["lastDelivery"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    assert clock.now() - last < timedelta(hours=8)


def test_a_long_listing_comes_in_pages(clients: Clients, clock: TimeMachine) -> None:
    """Each object once."""
    storage = clients("s3")
    storage.head_bucket(Bucket=BUCKET)
    clock.jump(timedelta(days=10))
    pages = storage.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, PaginationConfig={"PageSize": 7})

    keys = [entry["Key"] for page in pages for entry in page["Contents"]]
    assert 28 == len(keys) == len(set(keys))
    assert "cur/eco/eco/year=2026/month=3/eco-00001.snappy.parquet" == keys[0]


def test_the_bucket_is_in_its_region_and_of_its_account(clients: Clients) -> None:
    """Another bucket is not there; another owner is refused."""
    storage = clients("s3")
    found = storage.head_bucket(Bucket=BUCKET, ExpectedBucketOwner=ACCOUNT)["ResponseMetadata"]
    assert "us-east-1" == found["HTTPHeaders"]["x-amz-bucket-region"]

    for asked, expected in (({"Bucket": "other"}, 404), ({"Bucket": BUCKET, "ExpectedBucketOwner": "9" * 12}, 403)):
        with pytest.raises(ClientError) as refused:
            storage.head_bucket(**asked)
        assert expected == refused.value.response["ResponseMetadata"]["HTTPStatusCode"]
    with pytest.raises(ClientError) as refused:
        storage.list_objects_v2(Bucket="other")
    assert "NoSuchBucket" == code(refused)


def test_the_role_trusts_spot_and_reads_the_costs(clients: Clients) -> None:
    """Its documents come as the service sends them, and the library decodes them."""
    iam = clients("iam")
    role = iam.get_role(RoleName=ROLE)["Role"]
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert ["arn:aws:iam::884866656237:root", "arn:aws:iam::627743545735:root"] == statement["Principal"]["AWS"]
    assert [role] == iam.list_roles()["Roles"]
    assert [] == iam.list_attached_role_policies(RoleName=ROLE)["AttachedPolicies"]
    (name,) = iam.list_role_policies(RoleName=ROLE)["PolicyNames"]
    document = iam.get_role_policy(RoleName=ROLE, PolicyName=name)["PolicyDocument"]
    assert f"arn:aws:s3:::{BUCKET}/*" in json.dumps(document)
    with pytest.raises(ClientError) as refused:
        iam.get_role(RoleName="other")
    assert "NoSuchEntity" == code(refused)


def test_the_stack_gives_the_role(clients: Clients) -> None:
    """Its output is what the form asks for."""
    (stack,) = clients("cloudformation").describe_stacks()["Stacks"]

    assert "CREATE_COMPLETE" == stack["StackStatus"]
    expected = {"OutputKey": "SpotFinOpsRoleArn", "OutputValue": f"arn:aws:iam::{ACCOUNT}:role/{ROLE}"}
    assert [expected] == stack["Outputs"]


def test_the_crawler_of_a_report_waits_for_a_schedule(cloud: SimulatedAws, clock: TimeMachine) -> None:
    """As AWS's template makes it, in the account of whoever is asked: Check AWS has something to find."""
    aws = BotoInspector("EcoReadOnly", clock, endpoint=cloud.endpoint)
    with reached_by(os.environ, cloud):
        report = aws.preflight(Target(ACCOUNT, "eco-1", checks="crawler", report_name="eco", msp_account_id="2" * 12))

    assert {"crawler.schedule": Verdict.FAIL, "crawler.last_run": Verdict.UNKNOWN} == trouble(report)
    assert "2222-2222-2222" in of(report, "crawler.account").found
    assert "SpotEcoStack: CREATE_COMPLETE" == of(report, "crawler.stack").found


@pytest.mark.parametrize(
    ("service", "call", "expected"),
    [("iam", "list_users", "AccessDenied"), ("organizations", "list_roots", "AccessDeniedException")],
)
def test_what_is_not_simulated_is_denied(clients: Clients, service: str, call: str, expected: str) -> None:
    """In the words of the service, so that nobody takes it for a fault of the bot."""
    with pytest.raises(ClientError) as refused:
        getattr(clients(service), call)()

    assert expected == code(refused)


def test_calls_are_kept_in_order(cloud: SimulatedAws, clients: Clients) -> None:
    """Whoever wonders what was asked looks there."""
    clients("s3").head_bucket(Bucket=BUCKET)
    clients("sts").get_caller_identity()

    assert ["AssumeRole", "HeadBucket", "GetCallerIdentity"] == cloud.calls


def test_the_machines_own_account_is_out_of_reach_meanwhile(cloud: SimulatedAws) -> None:
    """And there again afterwards."""
    environ = {"AWS_PROFILE": "real", "AWS_SESSION_TOKEN": "real", "HOME": "here"}
    with reached_by(environ, cloud):
        assert (cloud.endpoint, os.devnull) == (environ["AWS_ENDPOINT_URL"], environ["AWS_CONFIG_FILE"])
        assert not {"AWS_PROFILE", "AWS_SESSION_TOKEN"} & environ.keys()

    assert {"AWS_PROFILE": "real", "AWS_SESSION_TOKEN": "real", "HOME": "here"} == environ
