"""Queries of AWS about the Glue crawler of a report and its stack."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from botocore.exceptions import ClientError

from bot.checks.aws_errors import code_of, unseen_after
from bot.checks.aws_sessions import AwsAccess
from bot.domain.aws.calls import Call
from bot.domain.aws.crawlers import Crawler, CrawlerFacts
from bot.domain.aws.facts import Reason, Stack, Unseen

T = TypeVar("T")

#: Error codes for a crawler, and for a stack, that does not exist.
_NO_CRAWLER, _NO_STACK = "EntityNotFoundException", "ValidationError"


def facts(access: AwsAccess, crawler: str, stack: str) -> CrawlerFacts:
    """The crawler and the stack of these names; a crawler without a name is skipped."""
    found = _asked(Call.CRAWLER, lambda: _crawler(access, crawler)) if crawler else Unseen(Reason.SKIPPED)
    return CrawlerFacts(found, _asked(Call.STACKS, lambda: _stack(access, stack)))


def _asked(call: Call, ask: Callable[[], T]) -> T | Unseen:
    try:
        return ask()
    except Exception as error:  # noqa: BLE001 - becomes a finding, and the other call is made
        return unseen_after(error, call)


def _crawler(access: AwsAccess, name: str) -> Crawler | None:
    try:
        item = access.ask(Call.CRAWLER, Name=name)["Crawler"]
    except ClientError as error:
        if code_of(error) == _NO_CRAWLER:
            return None
        raise
    schedule, last = item.get("Schedule", {}), item.get("LastCrawl", {})
    return Crawler(
        item["State"],
        schedule.get("ScheduleExpression", ""),
        schedule.get("State", ""),
        last.get("Status", ""),
        last.get("StartTime"),
    )


def _stack(access: AwsAccess, name: str) -> Stack | None:
    try:
        [item] = access.ask(Call.STACKS, StackName=name)["Stacks"]
    except ClientError as error:
        if code_of(error) == _NO_STACK:
            return None
        raise
    return Stack(item["StackName"], item["StackStatus"])
