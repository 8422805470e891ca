"""Judges the account of an MSP's customer whose data Spot extracts: its role, and the bucket of the extracted data.

The report and the crawler are the MSP's, so they are not looked for here. The bucket may be in either account.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from bot.domain.aws import roles, rules, stacks
from bot.domain.aws.catalog import finding, not_seen
from bot.domain.aws.delivered_files import STALE
from bot.domain.aws.facts import AccountSnapshot, Bucket, Owner, Reason, Unseen
from bot.domain.aws.preflight import CheckReport, DeliveredFiles, Finding, Target
from bot.domain.aws.wording import counted, moment_in_utc, size

_BUCKET, _FILES = "bucket.extracted", "files.extracted"
#: A file as it may be named; only the bucket decides whether the role may read it.
_KEYS = ("a/report/file.snappy.parquet",)


def judge(snapshot: AccountSnapshot, target: Target, now: datetime, bot_role: str | None = None) -> CheckReport:
    """The report on a customer's account; `bot_role` is the role that the bot assumes in it, None without one."""
    first = "account.identity"
    bucket, files = target.bucket or "", snapshot.files
    found = [*rules.account(snapshot, target, bot_role), *_bucket(snapshot, target, now, first)]
    found += stacks.judge(snapshot, target.role_arn, bucket or "of the extracted data", first)
    found += roles.judge_role(snapshot, target, bucket, _KEYS, "stack.output", without_bucket=_BUCKET)
    is_seen = isinstance(snapshot.bucket, Bucket) and not snapshot.bucket.denied
    return CheckReport(
        findings=tuple(found),
        delivered=files if isinstance(files, DeliveredFiles) and files.files else None,
        role_arn=rules.role_to_offer(snapshot, target.role_arn),
        bucket=bucket if is_seen else None,
        checks=target.checks,
    )


def delivered_files(
    snapshot: AccountSnapshot, target: Target, now: datetime, bot_role: str | None = None
) -> DeliveredFiles:
    """The files; if they could not be read, with the first finding that explains why as the problem."""
    if isinstance(snapshot.files, DeliveredFiles):
        return snapshot.files
    why = {"account.identity", _FILES if target.bucket else _BUCKET}
    findings = judge(snapshot, target, now, bot_role).findings
    return DeliveredFiles(problem=rules.problem(each for each in findings if each.item in why))


def watched(snapshot: AccountSnapshot, target: Target, now: datetime, bot_role: str | None = None) -> CheckReport:
    """The report of a watch: files and role, as far as the snapshot tells of them."""
    report = judge(snapshot, target, now, bot_role)
    items = {"account.identity", _FILES} | ({_BUCKET} if snapshot.bucket is None else set())
    items |= rules.ROLE_WATCHED if target.role_arn else set()
    kept = tuple(each for each in report.findings if each.item in items)
    return CheckReport(kept, report.delivered, bucket=report.bucket, checks=target.checks)


def _bucket(snapshot: AccountSnapshot, target: Target, now: datetime, first: str) -> Iterator[Finding]:
    bucket, files = snapshot.bucket, snapshot.files
    role = target.role_arn or "your role for Spot"
    about = {"bucket": target.bucket or "the bucket", "account": target.account_id, "role": role}
    if not target.bucket:
        yield finding(_BUCKET, "unnamed", **about)
        yield finding(_FILES, "ask", **about)
        return
    if isinstance(bucket, Unseen):
        yield not_seen(_BUCKET, bucket, first, **about)
    else:
        yield finding(_BUCKET, _bucket_case(bucket), **about)
    if isinstance(files, DeliveredFiles):
        yield _counted(files, now, about)
    elif isinstance(bucket, Bucket) and bucket.denied:
        yield finding(_FILES, "ask", **about)
    else:
        yield not_seen(
            _FILES, files or Unseen(Reason.SKIPPED), first if isinstance(bucket, Unseen) else _BUCKET, **about
        )


def _bucket_case(bucket: Bucket | None) -> str:
    if bucket is None:
        return "missing"
    return "denied" if bucket.denied else "ours" if bucket.owner is Owner.OURS else "theirs"


def _counted(files: DeliveredFiles, now: datetime, about: Mapping[str, str]) -> Finding:
    fresh = files.newest_at is not None and now - files.newest_at <= STALE
    case = "there" if fresh else "cut" if not files.counted_all else "stale" if files.files else "none yet"
    return finding(
        _FILES,
        case,
        files=counted(files.files, "file"),
        size=size(files.size),
        first_at=moment_in_utc(files.first_at, now),
        newest_at=moment_in_utc(files.newest_at, now),
        **about,
    )
