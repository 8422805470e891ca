"""Bucket policy, ownership and encryption over HTTP: as S3 and KMS answer for what is set, and for what never was."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from bot.checks import BotoInspector
from bot.domain.aws.bucket_policies import delivery_statement
from bot.domain.aws.preflight import Target, Verdict
from tests.support.aws import ACCOUNT, Account, AwsEndpoint
from tests.support.aws.account import BUCKET, ROLE_ARN
from tests.support.findings import FAIL, UNKNOWN, of, trouble

DENY = {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{BUCKET}/*"}
WRITES, READS = "encryption.delivers", "encryption.reads"


def policy(*statements: dict[str, Any]) -> Callable[[Account], object]:
    """Set the bucket policy."""
    document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    return lambda account: account.client("s3").put_bucket_policy(Bucket=BUCKET, Policy=document)


def owned(setting: str) -> Callable[[Account], object]:
    """Set the ownership of files."""
    controls = {"Rules": [{"ObjectOwnership": setting}]}
    return lambda account: account.client("s3").put_bucket_ownership_controls(Bucket=BUCKET, OwnershipControls=controls)


SITUATIONS: dict[str, tuple[Callable[[Account], object], dict[str, tuple[Verdict, str]]]] = {
    "no policy": (
        lambda account: account.client("s3").delete_bucket_policy(Bucket=BUCKET),
        {"bucket.policy": (FAIL, "Bucket policy, Edit")},
    ),
    "a policy for others": (
        policy(DENY | {"Effect": "Allow"}), {"bucket.policy": (FAIL, "which keeps today's statements")}
    ),
    "a Deny": (
        policy(delivery_statement(BUCKET, ACCOUNT), DENY), {"bucket.readers": (FAIL, f"aws:PrincipalArn: {ROLE_ARN}")}
    ),
    "enforced": (owned("BucketOwnerEnforced"), {}),
    "the writer owns": (owned("ObjectWriter"), {}),
    "S3's own keys": (lambda account: account.encrypt_with("AES256"), {}),
    "AWS's key": (lambda account: account.encrypt_with("aws:kms"), {WRITES: (UNKNOWN, "choose SSE-S3")}),
    "a key, and the role may not decrypt": (
        Account.encrypt, {READS: (FAIL, "Action kms:Decrypt, Resource arn:aws:kms")}
    ),
    "a disabled key": (
        lambda account: account.encrypt(state="Disabled"),
        {WRITES: (FAIL, "enable the key"), READS: (FAIL, "enable the key")},
    ),
    "a key that will be deleted": (
        lambda account: account.encrypt(state="PendingDeletion"),
        {WRITES: (FAIL, "cancel its deletion"), READS: (FAIL, "cancel its deletion")},
    ),
    "a key that is not there": (
        lambda account: account.encrypt_with("aws:kms", f"arn:aws:kms:us-east-1:{ACCOUNT}:key/gone"),
        {WRITES: (FAIL, "a key that exists"), READS: (FAIL, "a key that exists")},
    ),
    "a key of another account": (
        lambda account: account.encrypt_with("aws:kms", "arn:aws:kms:us-east-1:999988887777:key/1a2b"),
        {WRITES: (UNKNOWN, "manages account 999988887777"), READS: (UNKNOWN, "manages account 999988887777")},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("change", "expected"), SITUATIONS.values(), ids=SITUATIONS)
def test_what_is_wrong_with_the_bucket_is_seen(
    aws: BotoInspector, account: Account, change: Callable[[Account], object], expected: dict[str, tuple[Verdict, str]]
) -> None:
    """Exactly that item does not pass, and its fix names what to change."""
    change(account)

    report = aws.preflight(Target(ACCOUNT))

    assert {item: verdict for item, (verdict, _) in expected.items()} == trouble(report)
    assert [] == [item for item, (_, words) in expected.items() if words not in of(report, item).fix]


def test_the_policy_to_paste_makes_it_pass(aws: BotoInspector, account: Account) -> None:
    """What the finding shows is a policy that S3 takes."""
    account.client("s3").delete_bucket_policy(Bucket=BUCKET)
    shown = of(aws.preflight(Target(ACCOUNT)), "bucket.policy").paste

    account.client("s3").put_bucket_policy(Bucket=BUCKET, Policy=shown)

    assert {} == trouble(aws.preflight(Target(ACCOUNT)))


def test_an_alias_of_a_key_is_followed(aws: BotoInspector, account: Account, endpoint: AwsEndpoint) -> None:
    """KMS gives policies of keys only, so the key is asked for first."""
    key = account.encrypt()
    account.client("kms").create_alias(AliasName="alias/cur", TargetKeyId=key)
    account.encrypt_with("aws:kms", f"arn:aws:kms:us-east-1:{ACCOUNT}:alias/cur")

    report = aws.preflight(Target(ACCOUNT))

    assert {READS: FAIL} == trouble(report)
    assert key in of(report, READS).fix
    assert 1 == endpoint.counted()["GetKeyPolicy"]


def test_nothing_is_asked_of_kms_without_a_key(aws: BotoInspector, account: Account, endpoint: AwsEndpoint) -> None:
    """The permissions for keys are needed only with a key."""
    aws.preflight(Target(ACCOUNT))

    assert 0 == endpoint.counted()["DescribeKey"] + endpoint.counted()["GetKeyPolicy"]
