"""What the hourly look keeps of a report: the items that have to stay right, with files, bucket and set of checks."""

from dataclasses import replace

import pytest

from bot.domain.aws import extraction, rules
from bot.domain.aws.calls import Call
from bot.domain.aws.facts import AccountSnapshot, Identity, Reason, Unseen
from bot.domain.aws.preflight import CheckReport, Target
from tests.domain.aws_snapshots import ACCOUNT, BUCKET, DELIVERED, GREEN, NOW, OTHER, TARGET

MEMBER, EXTRACTED = replace(TARGET, checks="member"), replace(TARGET, checks="extracted")
#: The items that are watched, without those of the role.
FILES = ["account.identity", "cur.definition", "cur.status", "files.delivered"]
ROLE = ["role.exists", "role.trust"]


def items(report: CheckReport) -> list[str]:
    """The items of a report."""
    return [found.item for found in report.findings]


def test_the_watch_keeps_what_has_to_stay_right() -> None:
    """Settings that Spot has accepted break nothing; the counts of the files are for the card."""
    report = rules.watched(GREEN, MEMBER, NOW)

    assert [*FILES, *ROLE] == items(report)
    assert (DELIVERED, BUCKET, "member") == (report.delivered, report.bucket, report.checks)


def test_the_watch_of_extracted_data_keeps_files_and_role() -> None:
    """Such an account has no report of its own."""
    report = extraction.watched(GREEN, EXTRACTED, NOW)

    assert ["account.identity", "files.extracted", *ROLE] == items(report)
    assert (DELIVERED, BUCKET, "extracted") == (report.delivered, report.bucket, report.checks)


def test_a_role_that_nobody_recorded_is_not_watched() -> None:
    """Which role it is would have to be guessed each hour."""
    assert FILES == items(rules.watched(GREEN, replace(MEMBER, role_arn=None), NOW))
    assert ["account.identity", "files.extracted"] == items(
        extraction.watched(GREEN, replace(EXTRACTED, role_arn=None), NOW)
    )


def test_a_bucket_is_watched_where_it_is_missing() -> None:
    """Where it exists, its files say so."""
    gone = replace(GREEN, bucket=None)

    assert "bucket.exists" in items(rules.watched(gone, MEMBER, NOW))
    assert "bucket.extracted" in items(extraction.watched(gone, EXTRACTED, NOW))


@pytest.mark.parametrize(
    "snapshot",
    [replace(GREEN, identity=Unseen(Reason.EXPIRED)), replace(GREEN, identity=Identity(OTHER, "arn:x"))],
    ids=["no way in", "another account"],
)
def test_without_a_look_into_the_account_the_watch_tells_that_alone(snapshot: AccountSnapshot) -> None:
    """What it cannot see did not break; the report still says of which set it is."""
    report = rules.watched(snapshot, MEMBER, NOW)

    assert (["account.identity"], "member") == (items(report), report.checks)


def test_the_watch_names_the_role_that_the_bot_could_not_assume() -> None:
    """Whoever repairs it needs the name."""
    denied = replace(GREEN, identity=Unseen(Reason.DENIED, Call.ASSUME_ROLE))

    for report in (
        rules.watched(denied, Target(ACCOUNT), NOW, "EcoBot"),
        extraction.watched(denied, replace(EXTRACTED, bucket=None), NOW, "EcoBot"),
    ):
        assert "the bot isn't allowed to assume the role EcoBot" in report.findings[0].found
