"""The items of the preflight about bucket policy, ownership and encryption, with all their results; see catalog.py."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bot.domain.aws.wording import Case, Entry, failed, open_question, passed

_POLICY = "S3 console, {bucket}, Permissions, Bucket policy"
_DEFAULT = "S3 console, {bucket}, Properties, Default encryption, Edit"
_KEY = "KMS console, Customer managed keys, {key}"
_INSTEAD = f"Or choose S3's own keys for new files: {_DEFAULT}, SSE-S3."

#: The results that encryption has for those who write and for those who read.
_KEYS: Mapping[str, Case] = MappingProxyType({
    "odd": open_question("{found}", f"{_DEFAULT}: choose SSE-S3."),
    "gone": failed("there is no key {key}", f"{_DEFAULT}: choose SSE-S3, or a key that exists."),
    "unusable": failed(
        "the key {key} is in state {state}",
        f"{_KEY}: enable the key, or cancel its deletion. Without it nobody can read the files that it encrypted. "
        f"{_INSTEAD}",
    ),
    "unsure": open_question(
        "the bot cannot judge the policy of the key {key}: it has conditions or unusual forms",
        f"{_KEY}, Key policy: let billingreports.amazonaws.com use kms:GenerateDataKey and kms:Decrypt, and Spot's "
        "role kms:Decrypt.",
    ),
})  # fmt: skip

ACCESS_ITEMS: Mapping[str, Entry] = MappingProxyType({
    "bucket.policy": Entry(
        "Bucket policy: AWS may deliver",
        "billingreports.amazonaws.com may use s3:GetBucketPolicy and s3:PutObject for this account's reports",
        {
            "right": passed("it lets AWS deliver the reports of this account only"),
            "unguarded": passed(
                "it lets AWS deliver; AWS advises conditions on aws:SourceAccount and aws:SourceArn, which keep other "
                "accounts' reports out"
            ),
            "none": failed("{bucket} has no bucket policy", f"{_POLICY}, Edit: {{how}}."),
            "lacking": failed(
                "it does not allow {actions} to billingreports.amazonaws.com for this account",
                f"{_POLICY}, Edit: {{how}}.",
            ),
            "forbidden": failed(
                "its statement {where} denies AWS's billing service",
                f"{_POLICY}, statement {{where}}: leave AWS's services out of it, with the condition Bool, "
                "aws:PrincipalIsAWSService: false. It then still denies everybody else.",
            ),
            "unsure": open_question(
                "the bot cannot judge its statement {where}: it has conditions or unusual forms",
                f"{_POLICY}: let billingreports.amazonaws.com use s3:GetBucketPolicy on {{bucket}} and s3:PutObject in "
                "it. Use no conditions but aws:SourceAccount and aws:SourceArn.",
            ),
        },
    ),
    "bucket.readers": Entry("Bucket policy: Spot's role may read", "no statement denies Spot's role", {
        "right": passed("no statement denies it"),
        "none": passed("there is no bucket policy that could deny it"),
        "forbidden": failed(
            "its statement {where} denies {actions} to {role}",
            f"{_POLICY}, statement {{where}}: leave the role out of it, with the condition ArnNotEquals, "
            "aws:PrincipalArn: {role}. A Deny wins over all that the role's own policies allow.",
        ),
        "unsure": open_question(
            "its statement {where} may deny {actions} to {role}: it has conditions or unusual forms",
            f"{_POLICY}, statement {{where}}: check that it leaves the role alone. Spot calls over HTTPS, from its own "
            "network. To be sure, add the condition ArnNotEquals, aws:PrincipalArn: {role}.",
        ),
    }),
    "bucket.ownership": Entry("Bucket: who owns the files", "this account owns the files, or may read them", {
        "BucketOwnerEnforced": passed("this account owns all files (ACLs are disabled)"),
        "BucketOwnerPreferred": passed("this account owns the files that AWS hands over to it"),
        "ObjectWriter": passed(
            "AWS owns the files that it delivers, and lets this account read them; the bucket policy doesn't cover "
            "them"
        ),
        "odd": open_question(
            "{found}", "S3 console, {bucket}, Permissions, Object Ownership, Edit: choose ACLs disabled (recommended). "
            "Whoever has access only by an ACL loses it."
        ),
    }),
    "encryption.delivers": Entry(
        "Encryption: AWS may deliver",
        "S3's own keys (SSE-S3), or a key that billingreports.amazonaws.com may use",
        {
            **_KEYS,
            "own keys": passed("S3's own keys (SSE-S3)"),
            "of AWS": open_question(
                "the key aws/s3, which AWS manages: its policy names only this account's users and roles, not AWS's "
                "billing service",
                f"{_DEFAULT}: choose SSE-S3. Spot can read files of both kinds.",
            ),
            "foreign": open_question(
                "the key {key} belongs to account {owner}, so the bot cannot read its policy",
                "Ask whoever manages account {owner} to let billingreports.amazonaws.com use kms:GenerateDataKey and "
                f"kms:Decrypt with the key. {_INSTEAD}",
            ),
            "yes": passed("the policy of the key {key} lets AWS use it"),
            "no": failed(
                "the policy of the key {key} does not let billingreports.amazonaws.com encrypt with it",
                f"{_KEY}, Key policy, Edit: add the statement below to the others. {_INSTEAD}",
            ),
        },
    ),
    "encryption.reads": Entry("Encryption: Spot's role may read", "no key, or one with which the role may decrypt", {
        **_KEYS,
        "own keys": passed("S3's own keys need no permission"),
        "of AWS": passed("the key aws/s3 decrypts for every role of the account that may read the file"),
        "foreign": open_question(
            "the key {key} belongs to account {owner}, so the bot cannot read its policy",
            f"Ask whoever manages account {{owner}} to let Spot's role use kms:Decrypt with the key. The role's own "
            f"policy has to allow it, too. {_INSTEAD}",
        ),
        "yes": passed("the role may decrypt with the key {key}"),
        "key": failed(
            "the policy of the key {key} does not let {role} decrypt",
            f"{_KEY}, Key policy, Key users, Add: choose the role. That lets it encrypt, too. Check that no statement "
            "with Effect Deny applies to it.",
        ),
        "role": failed(
            "no policy of {role} allows kms:Decrypt with the key {key}",
            "IAM console, Roles, Spot's role, Permissions, its policy, Edit: add a statement with Effect Allow, Action "
            "kms:Decrypt, Resource {key}. If the role has a permissions boundary, it has to allow this, too. No "
            "Deny may apply to it.",
        ),
    }),
})  # fmt: skip
