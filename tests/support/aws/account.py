"""An account on moto that is set up as the procedure asks, by the same calls as a real one."""

import json
from datetime import UTC, datetime
from functools import cache
from typing import Any

import boto3
from moto.backends import get_backend
from moto.core import DEFAULT_ACCOUNT_ID as ACCOUNT

from bot.domain.aws.bucket_policies import delivery_policy, key_statement
from bot.domain.aws.trust import SPOT_ACCOUNTS
from tests.support.aws.billing import definition
from tests.support.aws.endpoint import AwsEndpoint

BUCKET = "acme-cur"
ROLE = "SpotByNetApp_Finops_ReadOnly"
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/{ROLE}"
STACK = "spot-finops"
REPORT_FOLDER = "spot/spot-hourly"
TODAY = datetime.now(UTC).date()
FOLDER = f"{REPORT_FOLDER}/spot-hourly/year={TODAY.year}/month={TODAY.month}"
FILE = f"{FOLDER}/spot-hourly-00001.snappy.parquet"

STATEMENTS = [
    {"Effect": "Allow", "Action": "cur:DescribeReportDefinitions", "Resource": "*"},
    {"Effect": "Allow", "Action": ["s3:ListBucket", "s3:GetBucketLocation"], "Resource": f"arn:aws:s3:::{BUCKET}"},
    {"Effect": "Allow", "Action": ["s3:Get*", "s3:List*"], "Resource": f"arn:aws:s3:::{BUCKET}/*"},
]
#: What Spot requires besides.
REST = [
    {"Effect": "Allow", "Action": ["cur:GetUsageReport", "ce:Get*", "ce:Describe*", "ce:List*"], "Resource": "*"},
    {
        "Effect": "Allow",
        "Action": ["s3:ListBucketVersions", "s3:ListBucketMultipartUploads", "s3:GetBucketLocation"],
        "Resource": f"arn:aws:s3:::{BUCKET}",
    },
    {
        "Effect": "Allow",
        "Action": ["s3:Put*", "s3:AbortMultipartUpload", "s3:ListBucket", "s3:GetBucketLocation"],
        "Resource": "arn:aws:s3:::sc-customer-*",
    },
]
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": [f"arn:aws:iam::{account}:root" for account in SPOT_ACCOUNTS]},
            "Action": "sts:AssumeRole",
        }
    ],
}


class Account:
    """The account behind an endpoint; tests change it with the clients of boto3 from `client`."""

    def __init__(self, endpoint: AwsEndpoint) -> None:
        self.endpoint = endpoint

    @property
    def role_arn(self) -> str:
        """The role that the green account's stack made."""
        return ROLE_ARN

    def client(self, service: str, region: str = "us-east-1") -> Any:
        """A client that bypasses the endpoint, so that this records only the calls of the bot."""
        return _client(service, region, *self.endpoint.behind)

    def make(self) -> None:
        """Set up the account."""
        self.client("organizations").create_organization(FeatureSet="ALL")
        self.client("s3").create_bucket(Bucket=BUCKET)
        policy = json.dumps(delivery_policy(BUCKET, ACCOUNT))
        self.client("s3").put_bucket_policy(Bucket=BUCKET, Policy=policy)
        self.put(FILE)
        self.endpoint.billing.definitions = [definition(BUCKET)]
        self.make_stack()

    def put(self, key: str, bucket: str = BUCKET, at: datetime | None = None, body: bytes = b"costs") -> None:
        """Put a file into the bucket, directly in moto: its server is slow for thousands of files."""
        made = get_backend("s3")[ACCOUNT]["aws"].put_object(bucket, key, body)
        if at is not None:
            made.last_modified = at.replace(tzinfo=None)

    def encrypt(self, *statements: dict[str, Any], state: str = "Enabled") -> str:
        """Encrypt the bucket with a key that lets AWS deliver, and leaves reading to the account; returns its ARN."""
        root = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "kms:*", "Resource": "*"}
        policy = {"Version": "2012-10-17", "Statement": list(statements or (root, key_statement(ACCOUNT)))}
        kms = self.client("kms")
        key: str = kms.create_key(Policy=json.dumps(policy))["KeyMetadata"]["Arn"]
        if state == "PendingDeletion":
            kms.schedule_key_deletion(KeyId=key.rpartition("/")[2])
        elif state == "Disabled":
            kms.disable_key(KeyId=key.rpartition("/")[2])
        self.encrypt_with("aws:kms", key)
        return key

    def encrypt_with(self, algorithm: str, key: str = "") -> None:
        """Set the default encryption of the bucket."""
        rule = {"SSEAlgorithm": algorithm} | ({"KMSMasterKeyID": key} if key else {})
        self.client("s3").put_bucket_encryption(
            Bucket=BUCKET,
            ServerSideEncryptionConfiguration={"Rules": [{"ApplyServerSideEncryptionByDefault": rule}]},
        )

    def make_stack(
        self,
        trust: dict[str, Any] | None = None,
        statements: list[dict[str, Any]] | None = None,
        output: str = "SpotFinOpsRoleArn",
        role: str = ROLE,
        stack: str = STACK,
    ) -> None:
        """Create the stack of Spot's template."""
        template = {
            "Resources": {
                "Policy": {
                    "Type": "AWS::IAM::ManagedPolicy",
                    "Properties": {
                        "ManagedPolicyName": f"{role}_Policy",
                        "Roles": [{"Ref": "Role"}],  # moto does not read the role's ManagedPolicyArns
                        "PolicyDocument": {"Version": "2012-10-17", "Statement": statements or [*STATEMENTS, *REST]},
                    },
                },
                "Role": {
                    "Type": "AWS::IAM::Role",
                    "Properties": {
                        "RoleName": role,
                        "AssumeRolePolicyDocument": trust or TRUST,
                    },
                },
            },
            "Outputs": {output: {"Value": {"Fn::GetAtt": ["Role", "Arn"]}}},
        }
        self.client("cloudformation").create_stack(StackName=stack, TemplateBody=json.dumps(template))

    def delete_stack(self) -> None:
        """Delete the stack and its role; moto does not detach and delete the policy by itself."""
        iam, arn = self.client("iam"), f"arn:aws:iam::{ACCOUNT}:policy/{ROLE}_Policy"
        iam.detach_role_policy(RoleName=ROLE, PolicyArn=arn)
        self.client("cloudformation").delete_stack(StackName=STACK)
        iam.delete_policy(PolicyArn=arn)


@cache
def _client(service: str, region: str, host: str, port: int) -> Any:
    """A client for all tests of this process: making one takes longer than most calls."""
    url, keys = f"http://{host}:{port}", {"aws_access_key_id": "made", "aws_secret_access_key": "up"}
    return boto3.client(service, region_name=region, endpoint_url=url, **keys)
