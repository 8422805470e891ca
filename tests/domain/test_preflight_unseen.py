"""Facts that could not be read are never a pass and always have a reason and a fix; the catalog is complete."""

import re
from dataclasses import fields, replace

import pytest

from bot.domain.aws.calls import Call
from bot.domain.aws.catalog import ITEMS
from bot.domain.aws.facts import AccountSnapshot, CurDefinitions, Identity, Reason, Unseen, snapshot_without_access
from bot.domain.aws.preflight import Target, Verdict
from bot.domain.aws.rules import delivered_files
from bot.domain.aws.wording import size
from tests.domain.aws_snapshots import (
    ACCOUNT,
    GREEN,
    NOW,
    OTHER,
    look,
)
from tests.support.findings import of, trouble

#: What of a look was not seen -> the call that did not give it, and the items that then cannot be told.
PARTS: dict[str, tuple[Call, list[str]]] = {
    "organization": (Call.ORGANIZATION, ["account.management"]),
    "accounts": (Call.ACCOUNTS, ["account.accounts"]),
    "reports": (Call.REPORTS, ["cur.definition"]),
    "bucket": (Call.BUCKET, ["bucket.exists"]),
    "files": (Call.FILES, ["files.delivered"]),
    "stacks": (Call.STACKS, ["stack.output"]),
    "trusting": (Call.ROLES, []),
    "bucket_policy": (Call.BUCKET_POLICY, ["bucket.policy", "bucket.readers"]),
    "ownership": (Call.OWNERSHIP, ["bucket.ownership"]),
    "encryption": (Call.ENCRYPTION, ["encryption.delivers", "encryption.reads"]),
    "role": (Call.ROLE, ["role.exists"]),
    "attached": (Call.ATTACHED, ["role.describes", "role.lists", "role.reads", "role.required"]),
    "inline": (Call.INLINE, ["role.describes", "role.lists", "role.reads", "role.required"]),
}


def snapshots() -> dict[str, AccountSnapshot]:
    """A snapshot for every fact that may be unread, for every reason."""
    return {
        f"{part}: {reason.name}": replace(GREEN, **{part: Unseen(reason, call, "Code")})
        for part, (call, _) in PARTS.items()
        for reason in Reason
    } | {
        f"the way in: {reason.name}": snapshot_without_access(Unseen(reason, Call.IDENTITY), "name")
        for reason in Reason
    }


@pytest.mark.parametrize("reason", Reason)
@pytest.mark.parametrize("part", PARTS)
def test_what_was_not_seen_cannot_be_told(part: str, reason: Reason) -> None:
    """Exactly the items that depend on it are `cannot tell`; all others are judged."""
    call, items = PARTS[part]

    report = look(replace(GREEN, **{part: Unseen(reason, call)}))

    assert dict.fromkeys(items, Verdict.UNKNOWN) == trouble(report)


def test_every_part_of_a_look_can_be_missing() -> None:
    """The table above has every fact but the identity, the key and the full role, which have tests of their own."""
    parts = {field.name for field in fields(AccountSnapshot)} - {"identity", "role_name", "key", "full"}

    assert parts == set(PARTS)


@pytest.mark.parametrize("snapshot", snapshots().values(), ids=snapshots())
def test_every_finding_that_is_no_pass_has_a_fix(snapshot: AccountSnapshot) -> None:
    """Every finding that does not pass has a fix, and no placeholder is left in its text."""
    report = look(snapshot)

    assert [] == [found.item for found in report.findings if found.verdict is not Verdict.PASS and not found.fix]
    assert [] == [
        found for found in report.findings if re.search("[{}]|None| ,", f"{found.found}{found.expected}{found.fix}")
    ]


#: Why the way in was not found -> words of the fix.
WAYS = {
    Reason.MISCONFIGURED: "set AWS_PROFILE to a profile that exists",
    Reason.NO_CREDENTIALS: "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE",
    Reason.EXPIRED: "renew its AWS credentials",
    Reason.REJECTED: "check AWS_ACCESS_KEY_ID",
    Reason.THROTTLED: "Wait a minute",
    Reason.TIMED_OUT: "firewall or proxy",
    Reason.UNREACHABLE: "AWS_ENDPOINT_URL",
    Reason.AWS_FAULT: "health.aws.amazon.com",
    Reason.UNEXPECTED: "in its log",
}


@pytest.mark.parametrize(("reason", "words"), WAYS.items())
def test_without_a_way_in_nothing_passes_and_the_first_finding_says_what_to_do(reason: Reason, words: str) -> None:
    """Without access, whatever the reason, all items are `cannot tell`, and the first one has the fix."""
    report = look(snapshot_without_access(Unseen(reason, Call.IDENTITY), "name"))

    assert 0 == report.count(Verdict.PASS)
    assert 0 == report.count(Verdict.FAIL)
    assert words in of(report, "account.identity").fix


def test_a_role_that_may_not_be_assumed_is_named() -> None:
    """The finding names the role and the account with the trust policy to change."""
    report = look(
        snapshot_without_access(Unseen(Reason.DENIED, Call.ASSUME_ROLE, "AccessDenied"), "name"),
        Target(ACCOUNT),
        "EcoReadOnly",
    )

    found = of(report, "account.identity")
    assert "the bot isn't allowed to assume the role EcoReadOnly (AccessDenied)" == found.found
    assert "IAM console of account 1234-5678-9012, Roles, EcoReadOnly, Trust relationships" in found.fix


@pytest.mark.parametrize("call", [call for call in Call if call.value.actions])
def test_a_denied_call_names_the_permission_that_it_takes(call: Call) -> None:
    """The fix names the action to allow."""
    fix = of(look(replace(GREEN, stacks=Unseen(Reason.DENIED, call))), "stack.output").fix

    assert all(action in fix for action in call.value.actions)


NOTHING = snapshot_without_access(GREEN.identity, "")
NO_BUCKET = Target(ACCOUNT)
#: What a look at the files saw -> how the problem of the files begins.
LOOKS: dict[str, tuple[AccountSnapshot, str]] = {
    "expired": (
        snapshot_without_access(Unseen(Reason.EXPIRED, Call.IDENTITY), ""),
        "The account that the bot looks at: the bot's AWS credentials have expired. Ask whoever runs the bot to renew",
    ),
    "another account": (
        snapshot_without_access(Identity(OTHER, "arn:x"), ""),
        "The account that the bot looks at: account 9999-8888-7777, as arn:x. "
    ),
    "no report": (
        replace(NOTHING, reports=CurDefinitions()), "Legacy Cost and Usage Report: there is none. Billing and Cost"
    ),
    "reports hidden": (
        replace(NOTHING, reports=Unseen(Reason.DENIED, Call.REPORTS)), "Legacy Cost and Usage Report: AWS denies cur:"
    ),
    "bucket gone": (
        replace(NOTHING, reports=GREEN.reports, bucket=None, files=Unseen(Reason.SKIPPED, Call.FILES)),
        "Bucket of the report: there is no bucket acme-cur. Billing",
    ),
    "files hidden": (
        replace(NOTHING, reports=GREEN.reports, files=Unseen(Reason.DENIED, Call.FILES)),
        "Files in the bucket: AWS denies s3:ListObjectsV2 to the bot. IAM console",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("snapshot", "beginning"), LOOKS.values(), ids=LOOKS)
def test_files_that_were_not_read_come_with_what_is_in_the_way(snapshot: AccountSnapshot, beginning: str) -> None:
    """The hourly check has a sentence to show when it could not read the files."""
    told = delivered_files(snapshot, NO_BUCKET, NOW)

    assert (0, beginning) == (told.files, told.problem[: len(beginning)])


def test_delivered_files_are_as_they_were_counted() -> None:
    """If the files were read, nothing else matters."""
    assert GREEN.files == delivered_files(
        replace(NOTHING, reports=Unseen(Reason.DENIED), files=GREEN.files), NO_BUCKET, NOW
    )


@pytest.mark.parametrize("item", ITEMS)
def test_the_catalog_says_what_to_do_in_every_case_but_a_pass(item: str) -> None:
    """Every item has a title, what is expected, and a fix for each result but a pass."""
    entry = ITEMS[item]

    assert entry.title
    assert entry.expected
    assert [] == [name for name, case in entry.cases.items() if (case.verdict is Verdict.PASS) == bool(case.fix)]


@pytest.mark.parametrize(
    ("count", "told"),
    {0: "0 bytes", 999: "999 bytes", 1000: "1.0 kB", 3_400_000: "3.4 MB", 10**15: "1000.0 TB"}.items(),
)
def test_sizes_are_told_as_people_say_them(count: int, told: str) -> None:
    """Sizes have the unit with the fewest digits."""
    assert told == size(count)
