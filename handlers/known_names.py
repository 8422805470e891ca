"""What a form offers as known: recorded subsets and billing workflows, the organization's accounts; to be copied."""

from __future__ import annotations

from collections.abc import Sequence

from slack_sdk.models.blocks import Block, SectionBlock

from bot.domain.aws.preflight import CheckReport
from bot.domain.enrollment import Enrollment
from bot.domain.lists import format_name
from bot.presentation.texts import escape

#: Room for each list in a section of Slack.
_ROOM = 1300


def known_names(enrollment: Enrollment, *, workflows: bool = True) -> list[Block]:
    """A section with the recorded names; empty where nothing is recorded."""
    parts = [_listed("Subsets", enrollment.subsets)]
    if workflows:
        parts.append(_listed("Billing workflows", [workflow.name for workflow in enrollment.workflows]))
    words = "\n".join(part for part in parts if part)
    return [SectionBlock(block_id="known", text=words)] if words else []


def known_accounts(report: CheckReport | None) -> list[Block]:
    """A section with the names of the organization's accounts, as far as they were read, and how many there are."""
    if report is None or not report.accounts:
        return []
    count = max(report.account_count or 0, len(report.accounts))
    words = _listed(f"Accounts of the AWS organization ({count})", report.accounts, count)
    return [SectionBlock(block_id="accounts", text=words)]


def _listed(what: str, names: Sequence[str], count: int | None = None) -> str:
    if not names:
        return ""
    total = len(names) if count is None else count
    shown: list[str] = []
    room = _ROOM
    for name in names:
        written = escape(format_name(name))
        room -= len(written) + len(", ")
        if room < 0:
            break
        shown.append(written)
    more = f" and {total - len(shown)} more" if len(shown) < total else ""
    return f"*{what}:* {', '.join(shown)}{more}"
