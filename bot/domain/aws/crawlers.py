"""Judges the Glue crawler of a report that Spot extracts data from: its stack, its schedule and its last run.

Source: the vendor's page "Connect Account: Customer Working with AWS MSP", Option 1, step 2.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.aws import stacks
from bot.domain.aws.calls import REGION, Call
from bot.domain.aws.catalog import finding, not_seen
from bot.domain.aws.delivered_files import STALE
from bot.domain.aws.facts import Identity, Reason, Stack, Unseen
from bot.domain.aws.preflight import CheckReport, Finding, Target
from bot.domain.aws.wording import moment_in_utc, unseen_values
from bot.domain.inputs import format_account_id

#: The stack's name on the vendor's page, and how AWS's template names the crawler.
STACK, CRAWLER = "SpotEcoStack", "AWSCURCrawler-"
_ITEMS = ("crawler.stack", "crawler.exists", "crawler.schedule", "crawler.last_run")
#: The commands that set the schedule, and that start one that is paused.
_SET = f"aws glue update-crawler-schedule --region {REGION} --crawler-name {{name}} --schedule 'cron(0 0 * * ? *)'"
_START = f"aws glue start-crawler-schedule --region {REGION} --crawler-name {{name}}"
_CRON = re.compile(r"cron\((.+)\)")
#: The fields of a daily run at midnight: minute, hour, day of the month, month, day of the week, year.
_DAILY = ({"0", "00"}, {"0", "00"}, {"*", "?", "1/1"}, {"*", "1/1"}, {"*", "?"}, {"*"})


@dataclass(frozen=True, slots=True)
class Crawler:
    """A Glue crawler, in the words of Glue's API; missing values are "" or None.

    Attributes:
        state: `READY`, `RUNNING` or `STOPPING`. cron: its schedule. schedule_state: `SCHEDULED`, `NOT_SCHEDULED` or
            `TRANSITIONING`.
        last_status: of its last run: `SUCCEEDED`, `CANCELLED` or `FAILED`. last_at: when that began.
    """

    state: str = "READY"
    cron: str = ""
    schedule_state: str = ""
    last_status: str = ""
    last_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CrawlerFacts:
    """The crawler of a report and its stack; None for one that does not exist."""

    crawler: Crawler | Unseen | None
    stack: Stack | Unseen | None


def where(target: Target) -> Target:
    """The target in the account that has the crawler: that of the MSP, where there is one."""
    return replace(target, account_id=target.msp_account_id or target.account_id)


def crawler_name(target: Target) -> str:
    """The name of the crawler; "" where the report's name is not known."""
    return f"{CRAWLER}{target.report_name}" if target.report_name else ""


def stack_name(target: Target) -> str:
    """The name of its stack: the recorded one, else that of the vendor's page."""
    return target.crawler_stack or STACK


def judge(
    identity: Identity | Unseen, found: CrawlerFacts | Unseen, target: Target, now: datetime, bot_role: str | None
) -> CheckReport:
    """The report on a crawler.

    Args:
        target: in the account of the crawler, see `where`.
        bot_role: the role that the bot assumes there; None if it uses its own credentials.
    """
    name = crawler_name(target)
    prefix = f"{target.report_prefix}/" if target.report_prefix else ""
    about = {
        "account": format_account_id(target.account_id),
        "crawler": name or "the crawler",
        "report": target.report_name or "",
        "stack": stack_name(target),
        "place": f"{target.report_bucket or 'its bucket'}/{prefix}{target.report_name or 'the report'}/",
        "bot_role": bot_role or "",
    }
    findings = [_account(identity, target, about)]
    if isinstance(found, Unseen):
        findings += [finding(item, "by hand", **about) for item in _ITEMS]
    else:
        findings += _found(found, now, about, name)
    return CheckReport(tuple(findings), checks=target.checks)


def _account(identity: Identity | Unseen, target: Target, about: Mapping[str, str]) -> Finding:
    item = "crawler.account"
    if isinstance(identity, Identity):
        case = "right" if identity.account_id == target.account_id else "other"
        return finding(item, case, found=format_account_id(identity.account_id), arn=identity.arn, **about)
    if identity.call is Call.ASSUME_ROLE and identity.reason is Reason.DENIED:
        return finding(item, "no role", code=unseen_values(identity)["code"], **about)
    return not_seen(item, identity, item, **about)


def _found(found: CrawlerFacts, now: datetime, about: Mapping[str, str], name: str) -> Iterator[Finding]:
    crawler, stack = found.crawler, found.stack
    if isinstance(stack, Unseen):
        yield not_seen("crawler.stack", stack, "crawler.account", **about)
    else:
        case = _stack_case(stack, has_crawler=isinstance(crawler, Crawler))
        yield finding("crawler.stack", case, status=stack.status if stack else "", **about)
    if isinstance(crawler, Crawler):
        yield finding("crawler.exists", "right", **about)
        yield _schedule(crawler, name, about)
        at = moment_in_utc(crawler.last_at, now)
        yield finding("crawler.last_run", _run_case(crawler, now), at=at, status=crawler.last_status, **about)
        return
    if not name:
        yield finding("crawler.exists", "unnamed", **about)
    elif isinstance(crawler, Unseen):
        yield not_seen("crawler.exists", crawler, "crawler.account", **about)
    else:
        case = "missing" if not isinstance(stack, Stack) else "another" if stacks.finished(stack) else "coming"
        yield finding("crawler.exists", case, **about)
    skipped = Unseen(Reason.SKIPPED)
    yield from (not_seen(item, skipped, "crawler.exists", **about) for item in _ITEMS[2:])


def _stack_case(stack: Stack | None, *, has_crawler: bool) -> str:
    if stack is None:
        return "other way" if has_crawler else "missing"
    if stacks.finished(stack):
        return "right"
    state = stacks.state(stack)
    return state if state in ("busy", "deleting") else "failed"


def _schedule(crawler: Crawler, name: str, about: Mapping[str, str]) -> Finding:
    """The finding on the schedule, with the command that mends it."""
    case = _schedule_case(crawler)
    found = finding("crawler.schedule", case, cron=crawler.cron, **about)
    command = {"none": _SET, "other": _SET, "paused": _START}.get(case, "")
    return replace(found, paste=command.format(name=shlex.quote(name)))


def _schedule_case(crawler: Crawler) -> str:
    if not crawler.cron:
        return "none"
    if not is_daily(crawler.cron):
        return "other"
    return {"NOT_SCHEDULED": "paused", "TRANSITIONING": "changing"}.get(crawler.schedule_state, "right")


def is_daily(cron: str) -> bool:
    """Whether a schedule of Glue runs once a day, at 00:00 UTC."""
    found = _CRON.fullmatch(cron.strip())
    fields = found[1].split() if found else []
    return len(fields) == len(_DAILY) and all(field in meant for field, meant in zip(fields, _DAILY, strict=True))


def _run_case(crawler: Crawler, now: datetime) -> str:
    if not crawler.last_status:
        return "not yet" if crawler.state == "READY" else "running"
    if crawler.last_status == "SUCCEEDED":
        return "right" if crawler.last_at is None or now - crawler.last_at <= STALE else "old"
    return crawler.last_status.lower() if crawler.last_status in ("FAILED", "CANCELLED") else "odd"
