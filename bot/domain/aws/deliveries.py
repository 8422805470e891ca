"""Judges a report that an MSP delivers itself: account, periods, places and format of its files, and its manifests."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime

from bot.domain.aws import rules
from bot.domain.aws.catalog import finding, not_seen
from bot.domain.aws.cur_definitions import some
from bot.domain.aws.delivered_files import STALE
from bot.domain.aws.delivery_facts import GZIP, MANIFESTS, NEWEST, Delivery, is_placed, manifest_period, month
from bot.domain.aws.facts import Bucket, Identity, Owner, Reason, Unseen
from bot.domain.aws.preflight import CheckReport, Finding, Target
from bot.domain.aws.wording import counted, moment_in_utc, unseen_values
from bot.domain.inputs import format_account_id

_BUCKET = "bucket.delivered"
_FILES = ("files.account", "files.periods", "files.place", "files.gzip", "files.manifests", "files.newest")
#: The items that are watched once the step is done.
_WATCHED = ("account.identity", _BUCKET, "files.account", "files.newest")
#: The first bytes of other formats.
_KINDS = {b"PA": "a Parquet file", b"PK": "a ZIP file", b"BZ": "compressed with bzip2"}


def judge(
    identity: Identity | Unseen, found: Delivery | Unseen, target: Target, now: datetime, bot_role: str | None = None
) -> CheckReport:
    """The report on a delivery; `bot_role` is the role that the bot assumes in the account, None without one."""
    bucket = target.bucket or ""
    about = {"bucket": bucket or "the bucket", "account": target.account_id}
    findings = [rules.identity_finding(identity, target, bot_role), *_delivery(found, target, now, about)]
    is_seen = isinstance(found, Delivery) and found.bucket is not None and not found.bucket.denied
    return CheckReport(
        findings=tuple(findings),
        delivered=found.counted(bucket) if isinstance(found, Delivery) and is_seen and found.data else None,
        bucket=bucket if is_seen else None,
        checks=target.checks,
    )


def watched(report: CheckReport) -> CheckReport:
    """The part of a report that has to stay right after the delivery."""
    kept = tuple(each for each in report.findings if each.item in _WATCHED)
    return CheckReport(kept, report.delivered, bucket=report.bucket, checks=report.checks)


def _delivery(found: Delivery | Unseen, target: Target, now: datetime, about: Mapping[str, str]) -> Iterator[Finding]:
    first = _BUCKET
    if not target.bucket:
        yield finding(_BUCKET, "unnamed", **about)
    elif isinstance(found, Unseen):
        first = "account.identity" if found.reason is Reason.SKIPPED else _BUCKET
        yield not_seen(_BUCKET, found, first, **about)
    else:
        yield finding(_BUCKET, _bucket_case(found.bucket), **about)
    if not target.bucket or isinstance(found, Unseen) or found.bucket is None or found.bucket.denied:
        yield from (not_seen(item, Unseen(Reason.SKIPPED), first, **about) for item in _FILES)
        return
    yield from _files(found, target, now, about)


def _bucket_case(bucket: Bucket | None) -> str:
    if bucket is None:
        return "missing"
    owned = {Owner.OURS: "ours", Owner.FOREIGN: "theirs", Owner.UNKNOWN: "seen"}
    return "denied" if bucket.denied else owned[bucket.owner]


def _files(found: Delivery, target: Target, now: datetime, about: Mapping[str, str]) -> Iterator[Finding]:
    others = [_shown(each) for each in found.accounts if each != target.account_id]
    case = _account_case(found, target.account_id, several=bool(others))
    # Two files, since the first may be a stray one.
    example = " and ".join(found.elsewhere[:2])
    yield finding("files.account", case, others=some(others), example=example, **about)
    if case not in ("right", "beside"):
        skipped = Unseen(Reason.SKIPPED)
        yield from (not_seen(item, skipped, "files.account", **about) for item in _FILES[1:])
        return
    yield _periods(found, now, about)
    data = found.data
    if not data:
        yield finding("files.place", "none", **about)
        skipped = Unseen(Reason.SKIPPED)
        yield not_seen("files.gzip", skipped, "files.place", **about)
        yield _manifests(found, about)
        yield not_seen("files.newest", skipped, "files.place", **about)
        return
    wrong = [each.key for each in data if not is_placed(each.key, target.account_id)]
    yield finding(
        "files.place",
        "wrong" if wrong else "right",
        wrong=len(wrong),
        files=counted(len(data), "data file"),
        periods="the newest periods" if len(found.periods) > NEWEST else "all periods",
        example=(wrong or [data[0].key])[0],
        **about,
    )
    yield _format(found, data[0].key, about)
    yield _manifests(found, about)
    newest = data[0].at
    case = "fresh" if now - newest <= STALE else "stale" if found.complete else "cut"
    yield finding("files.newest", case, newest_at=moment_in_utc(newest, now), **about)


def _shown(name: str) -> str:
    """The folder of an account as people write the account; any other folder by its name."""
    return format_account_id(name) if re.fullmatch(r"[0-9]{12}", name) else name


def _account_case(found: Delivery, account_id: str, *, several: bool) -> str:
    if account_id in found.accounts:
        return "beside" if several else "right"
    if not found.complete:
        return "cut"
    return "other" if several else "elsewhere" if found.elsewhere else "empty"


def _periods(found: Delivery, now: datetime, about: Mapping[str, str]) -> Finding:
    months = {name: month(name) for name in found.periods}
    odd = [name for name, first in months.items() if first is None]
    future = [name for name, first in months.items() if first is not None and first > now.date()]
    case = "odd" if odd else "future" if future else "right" if months else "none"
    newest = sorted(months, reverse=True)
    return finding(
        "files.periods",
        case,
        odd=some(odd or future),
        periods=some(newest),
        this_month=_this_month(now.date()),
        **about,
    )


def _this_month(day: date) -> str:
    following = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return f"{day:%Y%m}01-{date.fromordinal(following.toordinal() - 1):%Y%m%d}"


def _format(found: Delivery, example: str, about: Mapping[str, str]) -> Finding:
    head = found.head
    if isinstance(head, Unseen) or head is None:
        code = unseen_values(head)["code"] if head else ""
        return finding("files.gzip", "unread", example=example, code=code, **about)
    if head.startswith(GZIP):
        return finding("files.gzip", "right" if example.endswith(".csv.gz") else "named", example=example, **about)
    kind = _KINDS.get(head[:2], "not compressed with gzip")
    return finding("files.gzip", "not", example=example, kind=kind, **about)


def _manifests(found: Delivery, about: Mapping[str, str]) -> Finding:
    known = {period for each in found.manifests if (period := manifest_period(each.key))}
    missing = [name for name in sorted(found.periods, reverse=True) if name not in known]
    if missing and not found.complete:
        return finding("files.manifests", "cut", **about)
    stray = next((each.key for each in (*found.manifests, *found.files) if each.is_manifest), "")
    return finding(
        "files.manifests",
        "none" if not known else "missing" if missing else "right",
        manifests=counted(len(known), "manifest"),
        missing=some(missing),
        beside=f", but {stray}" if stray else "",
        folder=MANIFESTS,
        **about,
    )
