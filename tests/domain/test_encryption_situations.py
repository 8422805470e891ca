"""Situations of the bucket's encryption, each with the rule that makes the verdict right."""

import json
from dataclasses import replace
from typing import Any

import pytest

from bot.domain.aws.bucket_policies import BILLING, key_statement
from bot.domain.aws.calls import Call
from bot.domain.aws.facts import AccountSnapshot, Encryption, Key, Policies, Reason, Unseen
from tests.domain.aws_snapshots import (
    ACCOUNT,
    GREEN,
    OTHER,
    ROLE,
    ROLE_ARN,
    WHOLE,
    allow,
    deny,
    look,
    policies,
)
from tests.domain.situation_rows import EVALUATION, KEY_STATES, KMS, PRINCIPAL, ROOT, SSE, Row, hold, statement
from tests.support.findings import FAIL, UNKNOWN, of

ROLES = ("role.describes", "role.lists", "role.reads", "role.required")
WRITES, READ = "encryption.delivers", "encryption.reads"
ARN = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1a2b"
TO_ACCOUNT = statement("Allow", {"AWS": ROOT}, "kms:*", "*")
TO_AWS = key_statement(ACCOUNT)
TO_ROLE = statement("Allow", {"AWS": ROLE_ARN}, "kms:Decrypt", "*")
SERVICE = {"Service": BILLING}
MAY = allow("kms:Decrypt", ARN)


def keyed(*statements: Any, role: Any = (), **changes: Any) -> AccountSnapshot:
    """The green account with a key of this policy; the role has these statements besides its own."""
    key = Key(ARN, ACCOUNT, policy={"Statement": list(statements)})
    attached = policies(*WHOLE, *role)
    snapshot = replace(GREEN, encryption=Encryption("aws:kms", ARN), key=key, attached=attached)
    return replace(snapshot, **changes)


def key(**changes: Any) -> AccountSnapshot:
    """The same with a good key policy and another key."""
    good = Key(ARN, ACCOUNT, policy={"Statement": [TO_ACCOUNT, TO_AWS]})
    return replace(keyed(role=[MAY]), key=replace(good, **changes))


GOOD = {WRITES: f"key {ARN} lets AWS use it", READ: "the role may decrypt"}
NO_ROLE = {READ: (FAIL, f"Action kms:Decrypt, Resource {ARN}")}
NO_KEY = {READ: (FAIL, "Key policy, Key users")}
NO_AWS = {WRITES: (FAIL, "add the statement below to the others")}
UNSURE_ROLE = {READ: (UNKNOWN, "Spot's role kms:Decrypt")}
UNSURE_AWS = {WRITES: (UNKNOWN, "kms:GenerateDataKey and kms:Decrypt")}
UPLOAD = f"{SSE}: uploading needs kms:GenerateDataKey, in parts also kms:Decrypt"
DOWNLOAD = f"{SSE}: downloading needs kms:Decrypt"
ENABLES = f"{KMS}: the root statement lets IAM policies decide"

ROWS: dict[str, Row] = {
    "S3's own keys": Row(GREEN, {}, f"{SSE}: SSE-S3 needs no permission", {WRITES: "SSE-S3", READ: "no permission"}),
    "both sides allow": Row(keyed(TO_ACCOUNT, TO_AWS, role=[MAY]), {}, ENABLES, GOOD),
    "double encryption": Row(
        replace(keyed(TO_ACCOUNT, TO_AWS, role=[MAY]), encryption=Encryption("aws:kms:dsse", ARN)), {},
        f"{SSE}: DSSE-KMS takes the same permissions", GOOD,
    ),
    "the key names the role": Row(keyed(TO_ROLE, TO_AWS), {}, f"{KMS}: a principal that is named needs no more", GOOD),
    "the role may not": Row(keyed(TO_ACCOUNT, TO_AWS), NO_ROLE, ENABLES),
    "the role may with another key": Row(keyed(TO_ACCOUNT, TO_AWS, role=[allow("kms:Decrypt", f"{ARN}c")]), NO_ROLE,
                                         "KMS Developer Guide, IAM policies: resources"),
    "the role may encrypt only": Row(keyed(TO_ACCOUNT, TO_AWS, role=[allow("kms:Encrypt")]), NO_ROLE, DOWNLOAD),
    "the role must not": Row(
        keyed(TO_ACCOUNT, TO_AWS, role=[MAY, deny("kms:*")]), NO_ROLE, f"{EVALUATION}: an explicit deny"
    ),
    "the key does not leave it to the account": Row(
        keyed(TO_AWS, role=[MAY]), NO_KEY, f"{KMS}: without the root statement IAM policies have no effect"
    ),
    "the key denies the role": Row(
        keyed(TO_ACCOUNT, TO_AWS, statement("Deny", {"AWS": ROLE_ARN}, "kms:Decrypt", "*"), role=[MAY]), NO_KEY,
        f"{EVALUATION}: an explicit deny overrides each allow",
    ),
    "the key names another role": Row(
        keyed(statement("Allow", {"AWS": f"{ROLE_ARN}2"}, "kms:*", "*"), TO_AWS, role=[MAY]), NO_KEY,
        f"{PRINCIPAL}: whole ARNs",
    ),
    "only through S3": Row(
        keyed(
            statement("Allow", {"AWS": ROOT}, "kms:*", "*",
                      Condition={"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}),
            TO_AWS, role=[MAY],
        ),
        {}, "KMS Developer Guide, Condition keys: kms:ViaService", GOOD,
    ),
    "only through another service": Row(
        keyed(
            statement("Allow", {"AWS": ROOT}, "kms:*", "*",
                      Condition={"StringEquals": {"kms:ViaService": "ec2.us-east-1.amazonaws.com"}}),
            TO_AWS, role=[MAY],
        ),
        NO_KEY, "KMS Developer Guide, Condition keys: kms:ViaService",
    ),
    "only for a context": Row(
        keyed(statement("Allow", {"AWS": ROOT}, "kms:*", "*",
                        Condition={"StringEquals": {"kms:EncryptionContext:aws:s3:arn": "x"}}), TO_AWS, role=[MAY]),
        UNSURE_ROLE, "KMS Developer Guide, Condition keys: kms:EncryptionContext",
    ),
    "a boundary without the key": Row(
        replace(
            keyed(TO_ACCOUNT, TO_AWS, role=[MAY]),
            role=replace(ROLE, boundary={"Statement": WHOLE}),
        ),
        NO_ROLE, f"{EVALUATION}: a boundary limits what policies allow",
    ),
    "a boundary that was not read": Row(
        replace(keyed(TO_ACCOUNT, TO_AWS, role=[MAY]), role=replace(ROLE, boundary=Unseen(Reason.DENIED, Call.POLICY))),
        UNSURE_ROLE | dict.fromkeys(ROLES, (UNKNOWN, "heck ")),
        f"{EVALUATION}: a boundary limits what policies allow",
    ),
    "policies that were not all read": Row(
        replace(keyed(TO_ACCOUNT, TO_AWS), inline=Policies((), complete=False)),
        UNSURE_ROLE | dict.fromkeys(ROLES, (UNKNOWN, "heck ")),
        ENABLES,
    ),
    # Delivery
    "the key does not name AWS": Row(keyed(TO_ACCOUNT, role=[MAY]), NO_AWS, UPLOAD),
    "the key lets AWS decrypt only": Row(
        keyed(TO_ACCOUNT, statement("Allow", SERVICE, "kms:Decrypt", "*"), role=[MAY]), NO_AWS, UPLOAD
    ),
    "the key lets AWS encrypt small files": Row(
        keyed(TO_ACCOUNT, statement("Allow", SERVICE, "kms:GenerateDataKey*", "*"), role=[MAY]), UNSURE_AWS, UPLOAD
    ),
    "the key lets AWS do all": Row(
        keyed(TO_ACCOUNT, statement("Allow", SERVICE, "kms:*", "*"), role=[MAY]), {}, UPLOAD, GOOD
    ),
    "for another account": Row(keyed(TO_ACCOUNT, key_statement(OTHER), role=[MAY]), NO_AWS,
                               "IAM User Guide, Confused deputy: aws:SourceAccount"),
    "the key denies all services": Row(
        keyed(TO_ACCOUNT, TO_AWS,
              statement("Deny", "*", "kms:*", "*", Condition={"Bool": {"aws:PrincipalIsAWSService": "true"}}),
              role=[MAY]),
        NO_AWS, f"{EVALUATION}: an explicit deny",
    ),
    # The key itself
    "the key that AWS manages": Row(
        replace(key(of_aws=True, policy=None), attached=GREEN.attached),
        {WRITES: (UNKNOWN, "choose SSE-S3")},
        "KMS Developer Guide, AWS managed keys: their policies name principals of the account only",
        {READ: "the key aws/s3 decrypts for every role"},
    ),
    "no key named": Row(
        replace(GREEN, encryption=Encryption("aws:kms"), key=None), {WRITES: (UNKNOWN, "choose SSE-S3")},
        f"{SSE}: without a key, S3 takes aws/s3", {READ: "the key aws/s3"},
    ),
    "disabled": Row(
        key(state="Disabled"),
        {WRITES: (FAIL, "enable the key"), READ: (FAIL, "enable the key")}, f"{KEY_STATES}: table",
    ),
    "about to be deleted": Row(
        key(state="PendingDeletion"),
        {WRITES: (FAIL, "cancel its deletion"), READ: (FAIL, "nobody can read the files")}, f"{KEY_STATES}: table",
    ),
    "gone": Row(
        replace(key(), key=None), {WRITES: (FAIL, "a key that exists"), READ: (FAIL, "a key that exists")},
        "KMS Developer Guide, Deleting keys: what it encrypted is lost", {READ: f"there is no key {ARN}"},
    ),
    "of another account": Row(
        key(account_id=OTHER, policy=None),
        {WRITES: (UNKNOWN, f"manages account {OTHER}"), READ: (UNKNOWN, "Spot's role use kms:Decrypt")},
        f"{KMS}: GetKeyPolicy works in the key's account only",
    ),
    "policy may not be read": Row(
        key(policy=Unseen(Reason.DENIED, Call.KEY_POLICY)),
        {WRITES: (UNKNOWN, "allow kms:GetKeyPolicy"), READ: (UNKNOWN, "allow kms:GetKeyPolicy")},
        f"{KMS}: reading it needs kms:GetKeyPolicy",
    ),
    "key may not be read": Row(
        replace(key(), key=Unseen(Reason.DENIED, Call.KEY)),
        {WRITES: (UNKNOWN, "allow kms:DescribeKey"), READ: (UNKNOWN, "allow kms:DescribeKey")},
        f"{KMS}: reading it needs kms:DescribeKey",
    ),
    "encryption may not be read": Row(
        replace(GREEN, encryption=Unseen(Reason.DENIED, Call.ENCRYPTION)),
        {WRITES: (UNKNOWN, "s3:GetEncryptionConfiguration"), READ: (UNKNOWN, "s3:GetEncryptionConfiguration")},
        "Amazon S3 API, GetBucketEncryption: permission s3:GetEncryptionConfiguration",
    ),
    "no role yet": Row(
        replace(key(), role=None),
        {"role.exists": (FAIL, "delete the stack"), READ: (UNKNOWN, "Fix “Role for Spot” first")}, ENABLES,
    ),
    "an encryption of tomorrow": Row(
        replace(GREEN, encryption=Encryption("aws:moon")),
        {WRITES: (UNKNOWN, "choose SSE-S3"), READ: (UNKNOWN, "choose SSE-S3")},
        "Amazon S3 API, ServerSideEncryptionByDefault: values",
    ),
}  # fmt: skip


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_a_situation_of_the_encryption_gets_its_verdict_and_fix(row: Row) -> None:
    """Exactly the wrong items do not pass, and each has its fix."""
    hold(row)


def test_the_statement_to_paste_lets_aws_encrypt() -> None:
    """Added to the key's policy, the check passes."""
    paste = of(look(keyed(TO_ACCOUNT, role=[MAY])), WRITES).paste
    pasted = json.loads(paste)

    assert paste.startswith('{\n  "Sid": "AWSBillingEncryptsReports",\n'), "one value a line"
    assert "" == of(look(keyed(TO_ACCOUNT, pasted, role=[MAY])), WRITES).fix
