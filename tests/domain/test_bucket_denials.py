"""Situations of bucket policies that deny, and of ownership, each with the rule that makes the verdict right."""

from dataclasses import replace

import pytest

from bot.domain.aws.calls import Call
from bot.domain.aws.facts import Bucket, Owner, Reason, Unseen
from bot.domain.aws.preflight import Target
from tests.domain.aws_snapshots import ACCOUNT, BUCKET, GREEN, NAME, OTHER, ROLE_ARN, look
from tests.domain.bucket_rows import (
    ABSENT,
    AND,
    GOOD,
    HITS_BOTH,
    HITS_ROLE,
    MAY_HIT_BOTH,
    MAY_HIT_ROLE,
    OWNED,
    POLICY,
    READERS,
    SERVICE,
    SPARES,
    UNSURE,
    WINS,
    denying,
)
from tests.domain.situation_rows import (
    CUR_BUCKET,
    EVALUATION,
    INSIDE,
    KEYS,
    NOT_PRINCIPAL,
    OPERATORS,
    OWNERSHIP,
    PRINCIPAL,
    ROOT,
    S3_POLICY,
    WHOLE,
    Row,
    hold,
    with_bucket_policy,
)
from tests.support.findings import FAIL, UNKNOWN, of

ROWS: dict[str, Row] = {
    # What denies
    "all but HTTPS": Row(
        denying({"Bool": {"aws:SecureTransport": "false"}}), {}, f"{KEYS}: aws:SecureTransport", SPARES
    ),
    "all but HTTPS, as a boolean": Row(
        denying({"Bool": {"aws:SecureTransport": False}}), {}, f"{OPERATORS}: Bool", SPARES
    ),
    "everything to everybody": Row(denying(), HITS_BOTH, WINS, {POLICY: "its statement “Guard” denies"}),
    "everything to everybody of AWS": Row(
        denying(principal={"AWS": "*"}), HITS_BOTH, f"{PRINCIPAL}: AWS: * equals *"
    ),
    "to the role": Row(
        denying(principal={"AWS": ROLE_ARN}), HITS_ROLE, WINS,
        {READERS: f"its statement “Guard” denies s3:GetObject and s3:ListBucket to {ROLE_ARN}"},
    ),
    "to the account": Row(denying(principal={"AWS": ROOT}), HITS_ROLE, f"{PRINCIPAL}: an account means all in it"),
    "to the account's number": Row(denying(principal={"AWS": ACCOUNT}), HITS_ROLE, f"{PRINCIPAL}: 12 digits"),
    "to another role": Row(denying(principal={"AWS": f"{ROLE_ARN}2"}), {}, f"{PRINCIPAL}: whole ARNs", SPARES),
    "to another account": Row(denying(principal={"AWS": OTHER}), {}, f"{PRINCIPAL}: accounts", SPARES),
    "to a session of the role": Row(
        denying(principal={"AWS": f"arn:aws:sts::{ACCOUNT}:assumed-role/{NAME}/x"}),
        MAY_HIT_ROLE, f"{PRINCIPAL}: a session has a name of its own",
    ),
    "to the ID of a role": Row(
        denying(principal={"AWS": "AROA1234567890EXAMPLE"}), MAY_HIT_ROLE, f"{PRINCIPAL}: IDs of deleted roles"
    ),
    "to a canonical user": Row(denying(principal={"CanonicalUser": "79a5"}), MAY_HIT_ROLE, f"{PRINCIPAL}: S3 only"),
    "to all but the role": Row(
        with_bucket_policy(GOOD, {"Effect": "Deny", "NotPrincipal": {"AWS": [ROLE_ARN, ROOT]}, "Action": "s3:*",
                                  "Resource": [WHOLE, INSIDE]}),
        {POLICY: (FAIL, "leave AWS's services out"), READERS: (UNKNOWN, "check that it leaves the role alone")},
        f"{NOT_PRINCIPAL}: a role's sessions and account have to be named, too",
    ),
    "to all but the service": Row(
        with_bucket_policy(GOOD, {"Effect": "Deny", "NotPrincipal": SERVICE, "Action": "s3:*",
                                  "Resource": [WHOLE, INSIDE]}),
        HITS_ROLE, f"{NOT_PRINCIPAL}: all others are denied", {READERS: "number 2"},
    ),
    "writing only, to everybody": Row(
        denying(action="s3:PutObject"), {POLICY: (FAIL, "aws:PrincipalIsAWSService")}, WINS, {READERS: "no statement"}
    ),
    "deleting": Row(denying(action="s3:Delete*"), {}, f"{S3_POLICY}: actions", SPARES),
    "last year's files": Row(
        denying(action="s3:GetObject", resource=f"{WHOLE}/spot/*/year=2025/*"), HITS_ROLE,
        f"{S3_POLICY}: a resource may name a part of the keys", {READERS: "denies s3:GetObject to"},
    ),
    "the manifests": Row(
        denying(action="s3:GetObject", resource=f"{WHOLE}/*-Manifest.json"), HITS_ROLE, f"{S3_POLICY}: wildcards"
    ),
    "another folder": Row(denying(resource=f"{WHOLE}/private/*"), {}, f"{S3_POLICY}: resources", SPARES),
    "all from outside the organization": Row(
        denying({"StringNotEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}),
        {POLICY: (FAIL, "aws:PrincipalIsAWSService: false")},
        f"{KEYS}: services are in no organization. {ABSENT}", {READERS: "no statement denies it"},
    ),
    "all from outside it but services": Row(
        denying({"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"},
                 "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}),
        {}, f"{KEYS}: aws:PrincipalIsAWSService. {AND}", SPARES,
    ),
    "all from outside another organization": Row(
        denying({"StringNotEquals": {"aws:PrincipalOrgID": "o-other00000"},
                 "Bool": {"aws:PrincipalIsAWSService": "false"}}),
        HITS_ROLE, f"{KEYS}: aws:PrincipalOrgID is that of the role's account",
    ),
    "all but the VPC's endpoint": Row(
        denying({"StringNotEquals": {"aws:SourceVpce": "vpce-1a2b"}}), HITS_BOTH,
        f"{KEYS}: aws:SourceVpce is there only for requests through an endpoint. {ABSENT}",
    ),
    "through the VPC's endpoint": Row(
        denying({"StringEquals": {"aws:SourceVpce": "vpce-1a2b"}}), {}, f"{KEYS}: aws:SourceVpce", SPARES
    ),
    "all but the office": Row(
        denying({"NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}}), MAY_HIT_BOTH, f"{KEYS}: aws:SourceIp"
    ),
    "all but two roles": Row(
        denying({"ArnNotEquals": {"aws:PrincipalArn": [ROLE_ARN, f"{ROLE_ARN}2"]},
                 "Bool": {"aws:PrincipalIsAWSService": "false"}}),
        {}, f"{OPERATORS}: a negated operator is met if no value fits", SPARES,
    ),
    "all but other roles": Row(
        denying({"ArnNotLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/admin-*"},
                 "Bool": {"aws:PrincipalIsAWSService": "false"}}),
        HITS_ROLE, f"{OPERATORS}: ArnNotLike",
    ),
    "all but IDs of users": Row(
        denying({"StringNotLike": {"aws:userId": "AROA1:*"}, "Bool": {"aws:PrincipalIsAWSService": "false"}}),
        MAY_HIT_ROLE, f"{KEYS}: aws:userid is the ID of the role, not its name",
    ),
    "uploads that say no encryption": Row(
        denying({"Null": {"s3:x-amz-server-side-encryption": "true"}}, action="s3:PutObject"),
        UNSURE, f"{S3_POLICY}: the condition looks at the request's header, not at the bucket's default",
    ),
    "a condition that is none": Row(denying("always"), MAY_HIT_BOTH, "IAM User Guide, Condition: an object"),
    "a variable": Row(
        denying(resource=f"{WHOLE}/${{aws:username}}/*"), MAY_HIT_BOTH, "IAM User Guide, Policy variables: any text"
    ),
    # What could not be looked at
    "may not be read": Row(
        replace(GREEN, bucket_policy=Unseen(Reason.DENIED, Call.BUCKET_POLICY)),
        {POLICY: (UNKNOWN, "allow s3:GetBucketPolicy"), READERS: (UNKNOWN, "allow s3:GetBucketPolicy")},
        f"{S3_POLICY}: reading it needs s3:GetBucketPolicy",
    ),
    "no role yet, a Deny": Row(
        replace(denying({"Bool": {"aws:SecureTransport": "false"}}), role=None),
        {"role.exists": (FAIL, "delete the stack"), READERS: (UNKNOWN, "Fix “Role for Spot” first")},
        f"{PRINCIPAL}: a role that is made anew is another principal",
    ),
    "no role yet, no Deny": Row(
        replace(GREEN, role=None), {"role.exists": (FAIL, "delete the stack")}, EVALUATION + ": only a Deny hits",
        {READERS: "no statement denies it"},
    ),
    "a bucket of another account": Row(
        replace(GREEN, bucket=Bucket("us-east-1", Owner.FOREIGN), bucket_policy=None),
        {"bucket.exists": (FAIL, "a bucket of account 1234-5678-9012"), "files.delivered": (UNKNOWN, "first")},
        f"{CUR_BUCKET}: the account of the report owns the bucket",
    ),
    # Ownership
    "the owner owns all": Row(
        replace(GREEN, ownership="BucketOwnerEnforced"), {}, f"{OWNERSHIP}: enforced", {OWNED: "owns all files"}
    ),
    "the owner is preferred": Row(
        replace(GREEN, ownership="BucketOwnerPreferred"), {}, f"{OWNERSHIP}: with bucket-owner-full-control",
        {OWNED: "hands over"},
    ),
    "the writer owns": Row(
        replace(GREEN, ownership="ObjectWriter"), {}, f"{OWNERSHIP}: the uploader owns", {OWNED: "AWS owns the files"}
    ),
    "never set": Row(replace(GREEN, ownership=None), {}, f"{OWNERSHIP}: then it is ObjectWriter", {OWNED: "AWS owns"}),
    "a word of tomorrow": Row(
        replace(GREEN, ownership="Shared"), {OWNED: (UNKNOWN, "ACLs disabled")}, f"{OWNERSHIP}: three settings"
    ),
    "may not be known": Row(
        replace(GREEN, ownership=Unseen(Reason.DENIED, Call.OWNERSHIP)),
        {OWNED: (UNKNOWN, "allow s3:GetBucketOwnershipControls")}, f"{OWNERSHIP}: reading it needs a permission",
    ),
}  # fmt: skip


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_a_situation_with_a_deny_gets_its_verdict_and_fix(row: Row) -> None:
    """Exactly the wrong items do not pass, and each has its fix."""
    hold(row)


def test_a_recorded_role_is_judged_by_its_own_name() -> None:
    """A Deny for the default role does not hit a role of another name."""
    role = f"arn:aws:iam::{ACCOUNT}:role/ByHand"
    snapshot = replace(denying(principal={"AWS": ROLE_ARN}), role=replace(GREEN.role, arn=role))  # type: ignore[type-var]

    assert "" == of(look(snapshot, Target(ACCOUNT, role_arn=role, bucket=BUCKET)), READERS).fix
