"""The kinds of cases in the catalog, and the cases of facts that could not be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType

from bot.domain.aws.calls import Call
from bot.domain.aws.facts import Reason, Unseen
from bot.domain.aws.preflight import Finding, Verdict
from bot.domain.schedule import day_words


@dataclass(frozen=True, slots=True)
class Case:
    """One possible result of an item; `found` and `fix` are format strings."""

    verdict: Verdict
    found: str
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One item of the preflight: its title, the required state, and its possible results."""

    title: str
    expected: str
    cases: Mapping[str, Case]

    def finding(self, item: str, case: Case, values: Mapping[str, object]) -> Finding:
        """The finding for a case of this item, with the values in its texts."""
        found, expected, fix = (text.format_map(values) for text in (case.found, self.expected, case.fix))
        return Finding(item, case.verdict, self.title, found, expected, fix)


def passed(found: str) -> Case:
    """A result that passes."""
    return Case(Verdict.PASS, found)


def failed(found: str, fix: str) -> Case:
    """A result that fails."""
    return Case(Verdict.FAIL, found, fix)


def open_question(found: str, fix: str) -> Case:
    """A result that only a person can judge."""
    return Case(Verdict.UNKNOWN, found, fix)


def unseen_case(unseen: Unseen) -> Case:
    """The result for a fact that could not be read; its texts take `unseen_values`."""
    assuming = _ASSUMING.get(unseen.reason) if unseen.call is Call.ASSUME_ROLE else None
    return assuming or _REASONS[unseen.reason]


def unseen_values(unseen: Unseen) -> dict[str, str]:
    """The failed call, the actions that it needs and AWS's error code, for the texts of `unseen_case`."""
    call = unseen.call
    name = f"{call.value.service}:{call.value.name}" if call else "AWS"
    # A call that needs no permission can still be denied, by its own name.
    actions = " and ".join(call.value.actions if call else ()) or name
    return {"call": name, "actions": actions, "code": f" ({unseen.detail})" if unseen.detail else ""}


def counted(count: int, word: str) -> str:
    """A number with its noun: `1 file`, `20,000 files`."""
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def size(count: int, kilobyte: str = "kB") -> str:
    """A size in bytes for people: `3.4 MB`."""
    amount, units = float(count), ["bytes", kilobyte, "MB", "GB", "TB"]
    while amount >= 1000 and len(units) > 1:
        amount, units = amount / 1000, units[1:]
    return f"{amount:.0f} {units[0]}" if units[0] == "bytes" else f"{amount:.1f} {units[0]}"


def moment_in_utc(at: datetime | None, now: datetime) -> str:
    """An instant in UTC: `Mon, Nov 30, 14:05 UTC`."""
    if at is None:
        return "unknown"
    utc = at.astimezone(UTC)
    return f"{day_words(utc.date(), now.date())}, {utc:%H:%M} UTC"


_CREDENTIALS = "docs/AWS.md, “Credentials of the bot”"

_REASONS: Mapping[Reason, Case] = MappingProxyType({
    Reason.MISCONFIGURED: open_question(
        "the bot cannot use its AWS settings{code}",
        "Ask whoever runs the bot to set AWS_PROFILE to a profile that exists. A profile of `aws login` needs "
        "botocore[crt]. AWS_ENDPOINT_URL has to start with https:// or be unset. The bot must be able to read AWS's "
        f"configuration file. See {_CREDENTIALS}.",
    ),
    Reason.NO_CREDENTIALS: open_question(
        "the bot has no AWS credentials{code}",
        "Ask whoever runs the bot to set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or give its "
        f"machine a role. With ECO_AWS_ROLE it can then assume a role in each account. See {_CREDENTIALS}.",
    ),
    Reason.EXPIRED: open_question(
        "the bot's AWS credentials have expired{code}",
        "Ask whoever runs the bot to renew its AWS credentials (sign in again, or set new keys) and restart it. See "
        f"{_CREDENTIALS}.",
    ),
    Reason.REJECTED: open_question(
        "AWS does not accept the bot's credentials{code}",
        "Ask whoever runs the bot to check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN. Is the "
        f"machine's clock right? See {_CREDENTIALS}.",
    ),
    Reason.DENIED: open_question(
        "AWS denies {call} to the bot{code}",
        "IAM console, Roles, the role of the bot (not Spot's), Permissions: allow {actions}. The policy to copy is "
        "docs/aws/read-only-policy.json, among the bot's files. Is it allowed already? Then look for a Deny, such as "
        "in a service control policy (SCP).",
    ),
    Reason.THROTTLED: open_question(
        "AWS is too busy for {call}{code}",
        "Wait a minute, then check again.",
    ),
    Reason.TIMED_OUT: open_question(
        "{call} did not answer in time{code}",
        "Check again in a few minutes. If that does not help, find out whether a firewall or proxy blocks AWS in "
        "us-east-1.",
    ),
    Reason.UNREACHABLE: open_question(
        "AWS cannot be reached for {call}{code}",
        "Ask whoever runs the bot to let it reach AWS over HTTPS (firewall, proxy, name resolution), and check "
        "AWS_ENDPOINT_URL.",
    ),
    Reason.REGION_DISABLED: open_question(
        "the region is not switched on for this account{code}",
        "AWS console, Account, AWS Regions: enable the bucket's region. Better: deliver the report to a bucket in "
        "us-east-1.",
    ),
    Reason.AWS_FAULT: open_question(
        "AWS has a problem at {call}{code}",
        "Check again in a few minutes. health.aws.amazon.com shows known problems.",
    ),
    Reason.TOO_MANY: open_question(
        "{call} lists more than the bot reads{code}",
        "Look it up yourself in the AWS console, and enter role ARN and bucket in the form of this step.",
    ),
    Reason.UNEXPECTED: open_question(
        "{call} gave an answer that the bot does not understand{code}",
        "Check again. If that does not help, ask whoever runs the bot to look for “AWS check” in its log.",
    ),
    Reason.SKIPPED: open_question(
        "not looked at",
        "Fix “{first}” first, then check again.",
    ),
})  # fmt: skip

_ASSUMING: Mapping[Reason, Case] = MappingProxyType({
    Reason.DENIED: open_question(
        "the bot isn't allowed to assume the role {bot_role}{code}",
        "IAM console of account {account}, Roles, {bot_role}, Trust relationships: enter the bot's own role or user as "
        "Principal. Require this enrollment's external ID (sts:ExternalId). In the bot's own account, allow the bot "
        "sts:AssumeRole on that role. Is there no such role? docs/aws/read-only-role.yaml, among the bot's files, "
        "makes it.",
    ),
})  # fmt: skip
