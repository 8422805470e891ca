"""Judges a snapshot: one finding per item, in the order in which people set things up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from bot.domain.aws import cur_definitions, roles, stacks
from bot.domain.aws.calls import Call
from bot.domain.aws.catalog import finding, not_seen
from bot.domain.aws.facts import Accounts, AccountSnapshot, Bucket, Identity, Organization, Owner, Reason, Role, Unseen
from bot.domain.aws.preflight import CheckReport, DeliveredFiles, Finding, Target, Verdict
from bot.domain.inputs import format_account_id
from bot.domain.schedule import day_words

#: AWS delivers at least once a day; older than this, deliveries have stopped.
STALE = timedelta(days=3)
#: The most names of accounts that a report keeps.
NAMES_KEPT = 100


def judge(snapshot: AccountSnapshot, target: Target, now: datetime, bot_role: str | None = None) -> CheckReport:
    """The report of a preflight.

    Args:
        bot_role: the role that the bot assumes in the account; None if it uses its own credentials.
    """
    got_in = isinstance(snapshot.identity, Identity) and snapshot.identity.account_id == target.account_id
    found = [*_account(snapshot, target, bot_role)]
    first = "account.identity"
    bucket = bucket_name(snapshot, target)
    found += cur_definitions.judge(snapshot, target.bucket, first)
    found += _bucket(snapshot, target, now, "cur.definition" if got_in else first)
    found += stacks.judge(snapshot, target.role_arn, bucket or "of the report", first)
    key, first = _any_key(snapshot, target), "stack.output" if got_in else first
    found += roles.judge_role(snapshot, target, bucket, key, first)
    arrived = snapshot.files if isinstance(snapshot.files, DeliveredFiles) else None
    named = snapshot.accounts if isinstance(snapshot.accounts, Accounts) else None
    return CheckReport(
        findings=tuple(found),
        delivered=arrived,
        role_arn=_role_arn(snapshot, target.role_arn),
        bucket=bucket or None,
        accounts=tuple(name for _, name in named.named[:NAMES_KEPT]) if named else (),
        account_count=len(named.named) if named and named.complete else None,
        account_ids=tuple(account for account, _ in named.named) if named else (),
    )


def bucket_name(snapshot: AccountSnapshot, target: Target) -> str:
    """The bucket of the best report, else the recorded one, else ""."""
    report = cur_definitions.best(snapshot.reports, target.bucket)
    return report.bucket if report else target.bucket or ""


def delivered_files(
    snapshot: AccountSnapshot, target: Target, now: datetime, bot_role: str | None = None
) -> DeliveredFiles:
    """The delivered files; if they could not be read, with the first finding that explains why as the problem."""
    if isinstance(snapshot.files, DeliveredFiles):
        return snapshot.files
    steps = [
        *_account(snapshot, target, bot_role),
        *cur_definitions.judge(snapshot, target.bucket, "account.identity"),
        *_bucket(snapshot, target, now, "cur.definition"),
    ]
    # Such a snapshot tells of the bucket only that it is missing.
    missing = {"bucket.exists"} if snapshot.bucket is None else set()
    in_the_way = {"account.identity", "cur.definition", "files.delivered"} | missing
    told = next(step for step in steps if step.item in in_the_way and step.verdict is not Verdict.PASS)
    return DeliveredFiles(problem=f"{told.title}: {told.found}. {told.fix}")


def _account(snapshot: AccountSnapshot, target: Target, bot_role: str | None) -> Iterator[Finding]:
    about = {"account": format_account_id(target.account_id), "bot_role": bot_role or ""}
    identity, organization, accounts = snapshot.identity, snapshot.organization, snapshot.accounts
    first = "account.identity"
    if isinstance(identity, Unseen):
        yield not_seen(first, identity, first, **about)
    else:
        case = "right" if identity.account_id == target.account_id else "other"
        yield finding(first, case, found=format_account_id(identity.account_id), arn=identity.arn, **about)
    if isinstance(organization, Unseen):
        yield not_seen("account.management", organization, first, **about)
    elif organization is None:
        yield finding("account.management", "alone", **about)
        return  # no accounts to list
    else:
        manager = organization.management_account_id
        case = "right" if manager == target.account_id else "member"
        management = format_account_id(manager)
        yield finding("account.management", case, organization=organization.id, management=management, **about)
    if isinstance(accounts, Unseen):
        if isinstance(organization, Organization) and organization.management_account_id != target.account_id:
            yield finding("account.accounts", "of a member", **about)  # its error is not about permissions
        else:
            yield not_seen("account.accounts", accounts, first, **about)
        return
    name = dict(accounts.named).get(target.account_id)
    case = "absent" if name is None else "read" if accounts.complete else "cut"
    yield finding("account.accounts", case, name=name, accounts=_counted(len(accounts.named), "account"), **about)


def _bucket(snapshot: AccountSnapshot, target: Target, now: datetime, first: str) -> Iterator[Finding]:
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
    yield _files(snapshot, target, now, first, about)


def _files(snapshot: AccountSnapshot, target: Target, now: datetime, first: str, about: dict[str, str]) -> Finding:
    arrived = snapshot.files
    if isinstance(snapshot.bucket, Bucket) and snapshot.bucket.owner is Owner.FOREIGN:
        arrived, first = Unseen(Reason.SKIPPED), "bucket.exists"
    if arrived is None or isinstance(arrived, Unseen):
        return not_seen("files.delivered", arrived or Unseen(Reason.SKIPPED), first, **about)
    report = cur_definitions.best(snapshot.reports, target.bucket)
    if not arrived.files or arrived.newest_at is None:
        status = report.status if report else ""
        case = "undeliverable" if status.startswith("ERROR") else "none" if status else "none yet"
        return finding("files.delivered", case, folder=report.folder if report else "", **about)
    case = "stale" if now - arrived.newest_at > STALE else "there"
    counted = _counted(arrived.files, "file")
    return finding(
        "files.delivered",
        case,
        files=counted if arrived.counted_all else f"more than {counted}",
        size=size(arrived.size),
        first_at=_when(arrived.first_at, now),
        newest_at=_when(arrived.newest_at, now),
        periods=cur_definitions.some(arrived.periods) or "unknown",
        **about,
    )


def _any_key(snapshot: AccountSnapshot, target: Target) -> str:
    """An example of a key that the role must be able to read."""
    report = cur_definitions.best(snapshot.reports, target.bucket)
    if report is None:
        return "a/report/file.snappy.parquet"
    return f"{report.folder}{report.name}/year=2026/month=11/{report.name}-00001.snappy.parquet"


def _role_arn(snapshot: AccountSnapshot, recorded: str | None) -> str | None:
    """The role to offer for the form; None where several may be meant."""
    made = stacks.made_roles(snapshot.stacks)
    trusting = () if isinstance(snapshot.trusting, Unseen) else snapshot.trusting.arns
    if recorded is None and len(made or trusting) > 1:
        return None
    if isinstance(snapshot.role, Role):
        return snapshot.role.arn
    return next(iter(made), None)


def size(count: int, kilobyte: str = "kB") -> str:
    """A size in bytes for people: `3.4 MB`."""
    amount, units = float(count), ["bytes", kilobyte, "MB", "GB", "TB"]
    while amount >= 1000 and len(units) > 1:
        amount, units = amount / 1000, units[1:]
    return f"{amount:.0f} {units[0]}" if units[0] == "bytes" else f"{amount:.1f} {units[0]}"


def _counted(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def _when(at: datetime | None, now: datetime) -> str:
    """An instant in UTC: `Mon, Nov 30, 14:05 UTC`."""
    if at is None:
        return "unknown"
    utc = at.astimezone(UTC)
    return f"{day_words(utc.date(), now.date())}, {utc:%H:%M} UTC"
