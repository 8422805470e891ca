"""Judges the bucket of the Cost and Usage Report, and the files in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from bot.domain.aws import bucket_access, cur_definitions
from bot.domain.aws.calls import Call
from bot.domain.aws.catalog import finding, not_seen
from bot.domain.aws.delivered_files import STALE
from bot.domain.aws.facts import AccountSnapshot, Bucket, Owner, Reason, ReportDefinition, Unseen
from bot.domain.aws.preflight import DeliveredFiles, Finding, Target
from bot.domain.aws.wording import counted, moment_in_utc, size
from bot.domain.inputs import format_account_id


def bucket_name(snapshot: AccountSnapshot, target: Target) -> str:
    """The bucket of the best report, else the recorded one, else ""."""
    report = cur_definitions.best(snapshot.reports, target.bucket)
    return report.bucket if report else target.bucket or ""


def judge(snapshot: AccountSnapshot, target: Target, now: datetime, first: str) -> Iterator[Finding]:
    """The findings on the bucket and its files; `first` is the item to solve where nothing was looked at."""
    report, bucket = cur_definitions.best(snapshot.reports, target.bucket), snapshot.bucket
    name = bucket_name(snapshot, target)
    about = {"bucket": name or "the bucket", "account": format_account_id(target.account_id)}
    if report and target.bucket:
        case = "right" if report.bucket == target.bucket else "other"
        yield finding("bucket.recorded", case, recorded=target.bucket, report=report.name, **about)
    if isinstance(bucket, Unseen):
        yield not_seen("bucket.exists", bucket, first, **about)
    elif bucket is None:
        yield finding("bucket.exists", "missing", **about)
        return  # so there are no files
    elif bucket.owner is Owner.FOREIGN:
        yield finding("bucket.exists", "foreign", **about)
    elif bucket.denied:
        yield not_seen("bucket.exists", Unseen(Reason.DENIED, Call.BUCKET), first, **about)
    else:
        yield finding("bucket.exists", "right", **about)
    if isinstance(bucket, Bucket):
        case = "right" if bucket.region == "us-east-1" else "wrong" if bucket.region else "unsaid"
        yield finding("bucket.region", case, region=bucket.region, **about)
    if isinstance(bucket, Bucket) and bucket.owner is not Owner.FOREIGN:
        yield from bucket_access.judge(snapshot, target, name, report, now, first)
    files: DeliveredFiles | Unseen = snapshot.files or Unseen(Reason.SKIPPED)
    if isinstance(bucket, Bucket) and bucket.owner is Owner.FOREIGN:
        files, first = Unseen(Reason.SKIPPED), "bucket.exists"
    if isinstance(files, Unseen):
        yield not_seen("files.delivered", files, first, **about)
    else:
        yield judge_files(files, report, now, about)


def judge_files(
    files: DeliveredFiles, report: ReportDefinition | None, now: datetime, about: Mapping[str, str]
) -> Finding:
    """The finding on the files that were counted."""
    number = counted(files.files, "file")
    others = counted(files.others, "CSV file")
    return finding(
        "files.delivered",
        _case(files, report, now),
        files=number if files.counted_all else f"more than {number}" if files.files else "no data file among them",
        read="only the newest folders and the first pages",
        size=size(files.size),
        first_at=moment_in_utc(files.first_at, now),
        newest_at=moment_in_utc(files.newest_at, now),
        periods=cur_definitions.some(files.periods) or "unknown",
        folder=report.folder if report else "the bucket",
        others=others,
        manifests=counted(files.manifests, "manifest"),
        beside=f"; beside them {others}" if files.others else "",
        **about,
    )


def _case(files: DeliveredFiles, report: ReportDefinition | None, now: datetime) -> str:
    if files.newest_at is not None and now - files.newest_at <= STALE:
        return "there"
    if not files.counted_all:
        return "cut"
    if files.newest_at is not None:
        return "stale"
    status = report.status if report else ""
    if files.others:
        return "other format"
    if status.startswith("ERROR"):
        return "undeliverable"
    if files.manifests:
        return "manifests"
    return "none" if status else "none yet"
