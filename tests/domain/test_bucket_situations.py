"""Situations of bucket policies and ownership, each with the rule that makes the verdict right."""

import json
from dataclasses import replace

import pytest

from bot.domain.aws.bucket_access import PASTED
from bot.domain.aws.bucket_policies import delivery_policy
from tests.domain.aws_snapshots import ACCOUNT, GREEN, OTHER, look
from tests.domain.bucket_rows import (
    BOTH,
    DEFAULT,
    EXPORTS,
    GOOD,
    GUARD,
    LACKS,
    MAY_HIT_BOTH,
    POLICY,
    READERS,
    SERVICE,
    SPARES,
    UNSURE,
    source,
)
from tests.domain.situation_rows import (
    CUR_BUCKET,
    EVALUATION,
    INSIDE,
    OPERATORS,
    PRINCIPAL,
    S3_POLICY,
    WHOLE,
    Row,
    hold,
    statement,
    with_bucket_policy,
)
from tests.support.findings import FAIL, of

#: Where a bucket policy is changed.
EDIT = "S3 console, acme-cur, Permissions, Bucket policy, Edit"
ROWS: dict[str, Row] = {
    # What lets AWS deliver
    "the bot's own statement": Row(with_bucket_policy(GOOD), {}, DEFAULT, SPARES),
    "AWS's default of today": Row(
        with_bucket_policy(statement("Allow", EXPORTS, BOTH[::-1], Condition=source("StringLike"))), {}, DEFAULT, SPARES
    ),
    "AWS's default of before": Row(
        with_bucket_policy(
            statement("Allow", SERVICE, ["s3:GetBucketAcl", "s3:GetBucketPolicy"], WHOLE, Condition=source()),
            statement("Allow", SERVICE, "s3:PutObject", INSIDE, Condition=source()),
        ),
        {},
        f"{CUR_BUCKET}: the former default policy has StringEquals and definition/*",
        SPARES,
    ),
    "a single statement without a list": Row(
        replace(GREEN, bucket_policy={"Statement": GOOD}), {}, "IAM User Guide, Grammar: one statement", SPARES
    ),
    "no condition": Row(
        with_bucket_policy(statement("Allow", SERVICE, BOTH)), {}, GUARD, {POLICY: "AWS advises conditions"}
    ),
    "only the account as condition": Row(
        with_bucket_policy(
            statement("Allow", SERVICE, BOTH, Condition={"StringEquals": {"aws:SourceAccount": ACCOUNT}})
        ),
        {}, GUARD, SPARES,
    ),
    "an account of several": Row(
        with_bucket_policy(
            statement("Allow", SERVICE, BOTH, Condition={"StringEquals": {"aws:SourceAccount": [OTHER, ACCOUNT]}})
        ),
        {}, f"{OPERATORS}: several values are alternatives", SPARES,
    ),
    "another account": Row(
        with_bucket_policy(statement("Allow", SERVICE, BOTH, Condition=source(account=OTHER))), LACKS, GUARD
    ),
    "a single definition": Row(
        with_bucket_policy(
            statement(
                "Allow", SERVICE, BOTH,
                Condition=source("StringLike", arn=f"arn:aws:cur:us-east-1:{ACCOUNT}:definition/spot-hourly"),
            )
        ),
        UNSURE, f"{CUR_BUCKET}: the documented value ends with definition/*",
    ),
    "definitions of another region": Row(
        with_bucket_policy(
            statement(
                "Allow", SERVICE, BOTH,
                Condition=source("ArnLike", arn=f"arn:aws:cur:eu-west-1:{ACCOUNT}:definition/*"),
            )
        ),
        LACKS, f"{CUR_BUCKET}: definitions live in us-east-1",
    ),
    "every service": Row(
        with_bucket_policy(statement("Allow", {"Service": "*"}, "s3:*")), {}, GUARD, {POLICY: "AWS advises"}
    ),
    "everybody": Row(
        with_bucket_policy(statement("Allow", "*", "s3:*")), {}, f"{PRINCIPAL}: * is everybody", {POLICY: "AWS advises"}
    ),
    "another service": Row(
        with_bucket_policy(statement("Allow", {"Service": "delivery.logs.amazonaws.com"}, "s3:*")), LACKS, DEFAULT
    ),
    "the old account of AWS billing": Row(
        with_bucket_policy(statement("Allow", {"AWS": "arn:aws:iam::386209384616:root"}, "s3:*")),
        LACKS, f"{CUR_BUCKET}: the principal is the service",
    ),
    "no policy": Row(
        replace(GREEN, bucket_policy=None),
        {POLICY: (FAIL, "Bucket policy, Edit: paste the text below")},
        f"{S3_POLICY}: a new bucket has none, and allows nobody but its account",
        {READERS: "no bucket policy that could deny", POLICY: "acme-cur has no bucket policy"},
    ),
    "an empty policy": Row(with_bucket_policy(), LACKS, f"{EVALUATION}: what is not allowed is denied"),
    "writing only": Row(
        with_bucket_policy(statement("Allow", SERVICE, "s3:PutObject", Condition=source())),
        LACKS, f"{CUR_BUCKET}: AWS reads the policy before it delivers", {POLICY: "not allow s3:GetBucketPolicy to"},
    ),
    "reading the policy only": Row(
        with_bucket_policy(statement("Allow", SERVICE, "s3:Get*", Condition=source())),
        LACKS, DEFAULT, {POLICY: "not allow s3:PutObject to"},
    ),
    "writing into another folder": Row(
        with_bucket_policy(
            statement("Allow", SERVICE, "s3:GetBucketPolicy", WHOLE),
            statement("Allow", SERVICE, "s3:PutObject", f"{WHOLE}/other/*"),
        ),
        LACKS, f"{S3_POLICY}: a resource names the keys", {POLICY: "not allow s3:PutObject to"},
    ),
    "the bucket without its objects": Row(
        with_bucket_policy(statement("Allow", SERVICE, BOTH, WHOLE)), LACKS,
        f"{S3_POLICY}: operations on objects need the ARN of objects",
    ),
    "the policy of another bucket": Row(
        replace(GREEN, bucket_policy=delivery_policy("acme-old", ACCOUNT)), LACKS, f"{S3_POLICY}: resources"
    ),
    "an ACL as condition": Row(
        with_bucket_policy(
            statement("Allow", SERVICE, BOTH, Condition={"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}})
        ),
        UNSURE, f"{CUR_BUCKET}: nothing is said of the ACL that AWS sends",
    ),
    "an unknown operator": Row(
        with_bucket_policy(
            statement("Allow", SERVICE, BOTH, Condition={"ForAllValues:StringLike": {"aws:SourceArn": "*"}})
        ),
        UNSURE, f"{OPERATORS}: operators for sets",
    ),
    "an effect that does not exist": Row(
        with_bucket_policy(GOOD, statement("Audit", "*", "s3:*")), MAY_HIT_BOTH, "IAM User Guide, Effect: Allow or Deny"
    ),
}  # fmt: skip


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_a_situation_of_the_bucket_gets_its_verdict_and_fix(row: Row) -> None:
    """Exactly the wrong items do not pass, and each has its fix."""
    hold(row)


def test_the_policy_to_paste_lets_aws_deliver_and_keeps_the_rest() -> None:
    """Pasted in place of the old one, the check passes, and the old statements are still there."""
    old = statement("Deny", "*", "s3:*", Sid="TLS", Condition={"Bool": {"aws:SecureTransport": "false"}})

    pasted = of(look(with_bucket_policy(old)), POLICY).paste

    assert old in json.loads(pasted)["Statement"]
    assert pasted.startswith('{\n  "Version": "2012-10-17",\n  "Statement": [\n    {\n'), "one value a line"
    assert "" == of(look(replace(GREEN, bucket_policy=json.loads(pasted))), POLICY).fix


def test_a_long_policy_is_completed_instead_of_replaced() -> None:
    """The statement alone is shown, and the fix says so: nothing of a long policy is left out."""
    many = [statement("Deny", "*", "s3:Delete*", Sid=f"Keep{n}") for n in range(60)]

    found = of(look(with_bucket_policy(*many)), POLICY)

    assert json.loads(found.paste) == GOOD
    assert found.paste.startswith('{\n  "Sid": "AWSBillingDeliversReports",\n'), "one value a line"
    assert f"{EDIT}: add the statement below to the others." == found.fix


def test_a_policy_is_replaced_up_to_a_length() -> None:
    """As long as a message can show it; letters that are not English are shown as they are."""
    old = statement("Deny", "*", "s3:Delete*", Sid="Müll")
    room = PASTED - len(of(look(with_bucket_policy(old)), POLICY).paste)

    longest, longer = (
        of(look(with_bucket_policy({**old, "Sid": f"Müll{'x' * more}"})), POLICY) for more in (room, room + 1)
    )

    assert PASTED == len(longest.paste)
    assert "Müllx" in longest.paste
    how = "replace all that is there with the text below, which keeps today's statements"
    assert f"{EDIT}: {how}." == longest.fix
    assert json.loads(longer.paste) == GOOD
