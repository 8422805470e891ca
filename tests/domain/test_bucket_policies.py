"""The bucket policy that lets AWS deliver billing reports."""

import json

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.aws.bucket_policies import BILLING, SID, delivery_policy, delivery_statement, key_statement

BUCKET, ACCOUNT = "acme-cur", "123456789012"


def test_the_statement_lets_the_billing_service_deliver_for_one_account() -> None:
    """Principal, actions and resources are those of AWS's default policy; both conditions name the account."""
    statement = delivery_statement(BUCKET, ACCOUNT)

    assert ("Allow", {"Service": BILLING}) == (statement["Effect"], statement["Principal"])
    assert {"s3:PutObject", "s3:GetBucketPolicy", "s3:GetBucketAcl"} == set(statement["Action"])
    assert ["arn:aws:s3:::acme-cur", "arn:aws:s3:::acme-cur/*"] == statement["Resource"]
    assert {
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
        "StringLike": {"aws:SourceArn": f"arn:aws:cur:us-east-1:{ACCOUNT}:definition/*"},
    } == statement["Condition"]


def test_the_statement_for_a_key_lets_the_billing_service_encrypt_for_one_account() -> None:
    """The actions as AWS writes them; in the policy of a key, the resource is that key."""
    assert {
        "Sid": "AWSBillingEncryptsReports",
        "Effect": "Allow",
        "Principal": {"Service": "billingreports.amazonaws.com"},
        "Action": ["kms:GenerateDataKey", "kms:Decrypt"],
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
    } == key_statement(ACCOUNT)


def test_a_new_bucket_gets_a_policy_of_one_statement() -> None:
    """Without a policy today, the statement stands alone."""
    policy = delivery_policy(BUCKET, ACCOUNT)

    assert {"Version": "2012-10-17", "Statement": [delivery_statement(BUCKET, ACCOUNT)]} == policy


@given(
    sids=st.lists(st.text(max_size=8), max_size=4), alone=st.booleans(), version=st.sampled_from(["2008-10-17", None])
)
def test_what_the_policy_says_today_is_kept(sids: list[str], alone: bool, version: str | None) -> None:
    """`put-bucket-policy` replaces the policy, so all statements are there, once, also after a second time."""
    listed = [{"Sid": sid, "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"} for sid in sids]
    today = {"Statement": listed[0] if alone and listed else listed, "Id": "ours"}
    today |= {"Version": version} if version else {}
    kept = [listed[0]] if alone and listed else listed

    once = delivery_policy(BUCKET, ACCOUNT, today)

    assert [*kept, delivery_statement(BUCKET, ACCOUNT)] == once["Statement"]
    assert ("ours", version or "2012-10-17") == (once["Id"], once["Version"])
    assert once == delivery_policy(BUCKET, ACCOUNT, once)
    assert once == json.loads(json.dumps(once))
    assert 1 == sum(statement.get("Sid") == SID for statement in once["Statement"])
