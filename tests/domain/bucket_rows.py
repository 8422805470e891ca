"""What the tables of bucket policies share: policies, what they lead to, and the rules of AWS that say so."""

from typing import Any

from bot.domain.aws.bucket_policies import BILLING, delivery_statement
from tests.domain.aws_snapshots import ACCOUNT, BUCKET, ROLE_ARN
from tests.domain.situation_rows import (
    CUR_BUCKET,
    EVALUATION,
    INSIDE,
    OPERATORS,
    WHOLE,
    statement,
    with_bucket_policy,
)
from tests.support.findings import FAIL, UNKNOWN

POLICY, READERS, OWNED = "bucket.policy", "bucket.readers", "bucket.ownership"
SERVICE = {"Service": BILLING}
BOTH = ["s3:GetBucketPolicy", "s3:PutObject"]
GOOD = delivery_statement(BUCKET, ACCOUNT)
EXPORTS = {"Service": [BILLING, "bcm-data-exports.amazonaws.com"]}


def source(operator: str = "StringEquals", account: str = ACCOUNT, arn: str | None = None, **more: Any) -> Any:
    """The conditions of AWS's default policy."""
    told = f"arn:aws:cur:us-east-1:{account}:definition/*" if arn is None else arn
    return {operator: {"aws:SourceAccount": account, "aws:SourceArn": told}} | more


def denying(condition: Any = None, principal: Any = "*", action: Any = "s3:*", resource: Any = (WHOLE, INSIDE)) -> Any:
    """The good policy with a statement that denies."""
    more = {} if condition is None else {"Condition": condition}
    return with_bucket_policy(GOOD, statement("Deny", principal, action, resource, Sid="Guard", **more))


HITS_BOTH = {POLICY: (FAIL, "aws:PrincipalIsAWSService: false"), READERS: (FAIL, f"aws:PrincipalArn: {ROLE_ARN}")}
MAY_HIT_BOTH = {POLICY: (UNKNOWN, "no conditions but"), READERS: (UNKNOWN, "from its own network")}
HITS_ROLE = {READERS: (FAIL, "A Deny wins over")}
MAY_HIT_ROLE = {READERS: (UNKNOWN, f"aws:PrincipalArn: {ROLE_ARN}")}
SPARES = {POLICY: "this account only", READERS: "no statement denies it"}
LACKS = {POLICY: (FAIL, "replace all that is there with the text below")}
UNSURE = {POLICY: (UNKNOWN, "no conditions but aws:SourceAccount")}
DEFAULT = f"{CUR_BUCKET}: the default policy"
GUARD = f"{CUR_BUCKET}: aws:SourceAccount keeps other accounts out"
WINS = f"{EVALUATION}: an explicit deny overrides each allow"
AND = f"{OPERATORS}: all conditions of a statement have to be met"
ABSENT = f"{OPERATORS}: a negated operator is met where the key is missing"
