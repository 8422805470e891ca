"""Findings of an AWS check as blocks of a modal, the worst first, within Slack's limits."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime

from bot.domain.aws.preflight import CheckReport, DeliveredFiles, Finding, Verdict
from bot.domain.aws.wording import size
from bot.domain.enrollment import Enrollment
from bot.domain.inputs import shorten
from bot.presentation import texts
from bot.presentation.blocks import Block, context, divider, section
from bot.presentation.texts import Mrkdwn, escape
from bot.program_name import command_line

#: The emoji of a verdict; the word always stands beside it.
SIGNS = {Verdict.FAIL: ":x:", Verdict.UNKNOWN: ":question:", Verdict.PASS: ":white_check_mark:"}
#: The order of the findings: first those that need action.
_ORDER = (Verdict.FAIL, Verdict.UNKNOWN, Verdict.PASS)

#: Characters of a finding's title, and of each other part: together they fit into a section. The longest fix lists all
#: that buys commitments.
_TITLE, _PARTS = 200, {"found": 800, "expected": 600, "fix": 1150}
#: Characters of why the files could not be read.
_PROBLEM = 850
#: Sections and bytes of all findings. A modal has at most 100 blocks and 250 KB; the rest is for what is around them.
_BLOCKS, _BYTES = 85, 180_000
#: Characters of a title where the head names what fails.
_NAMED = 80
#: Characters of a section, and the bytes of its JSON around the text.
_SECTION, _AROUND = 2900, 80


def build(enrollment: Enrollment, report: CheckReport, at: datetime, by: str) -> list[Block]:
    """The blocks of a report; findings that do not fit are counted, with a hint where to see all of them."""
    failed = [shorten(" ".join(f.title.split()), _NAMED) for f in report.findings if f.verdict is Verdict.FAIL]
    about = {"enrollment": enrollment, "report": report, "failed": failed, "unknown": report.count(Verdict.UNKNOWN)}
    head = section(texts.say("checks/head", **about, at=at, by=by))
    blocks = [head, divider(), *finding_blocks(enrollment, report.findings), divider()]
    if report.delivered is not None:
        blocks.append(section(files_text(report.delivered)))
    if enrollment.external_id:
        blocks.append(section(texts.say("checks/external_id", enrollment=enrollment)))
    blocks.append(context(texts.say("checks/foot")))
    return blocks


def finding_blocks(
    enrollment: Enrollment, findings: Sequence[Finding], sections: int = _BLOCKS, size_in_bytes: int = _BYTES
) -> list[Block]:
    """The blocks of findings within so many sections and bytes, the worst first; the ones left out are counted."""
    ordered = [finding for verdict in _ORDER for finding in findings if finding.verdict is verdict]
    blocks, left = _fitting(ordered, sections, size_in_bytes)
    if left:
        words = ", ".join(f"{sum(f.verdict is verdict for f in left)} {verdict.value}" for verdict in _ORDER)
        command = command_line(f"check aws {enrollment.account_id}")
        blocks.append(section(texts.say("checks/left_out", command=command, count=len(left), words=words)))
    return blocks


def files_text(delivered: DeliveredFiles) -> str:
    """A sentence about the report files in the bucket."""
    periods = ", ".join(delivered.periods[:6])
    if len(delivered.periods) > 6:
        periods += f" and {len(delivered.periods) - 6} more"
    shown = cut(delivered.problem, _PROBLEM)
    return texts.say(
        "checks/delivered_files", delivered=delivered, problem=shown, size=size(delivered.size, "KB"), periods=periods
    )


def _fitting(findings: Sequence[Finding], sections: int, size_in_bytes: int) -> tuple[list[Block], list[Finding]]:
    """The blocks of the findings that fit into a modal, and the findings that do not.

    Each failed or unknown finding has a section of its own; passed ones share sections, one a line.
    """
    parts: list[str] = []
    total, last_takes_more = 0, False  # passes are added to the last section while it has room
    for position, finding in enumerate(findings):
        is_pass = finding.verdict is Verdict.PASS
        text = _text(finding)
        joins = last_takes_more and len(parts[-1]) + 1 + len(text) <= _SECTION
        total += len(json.dumps(text)) + _AROUND
        if total > size_in_bytes or (len(parts) == sections and not joins):
            return [section(part) for part in parts], list(findings[position:])
        if joins:
            parts[-1] += f"\n{text}"
        else:
            parts.append(text)
        last_takes_more = is_pass
    return [section(part) for part in parts], []


def _text(finding: Finding) -> str:
    """A finding in words; a passed one on one line."""
    passed = finding.verdict is Verdict.PASS
    parts = {name: cut(getattr(finding, name), room) for name, room in _PARTS.items()}
    parts |= {"title": cut(finding.title, _TITLE), "paste": pasted(finding)}
    omitted = bool(finding.paste) and not parts["paste"]
    template = "checks/passed" if passed else "checks/finding"
    sign = Mrkdwn(SIGNS[finding.verdict])
    about = {"verdict": finding.verdict.value, "omitted": omitted, "command": command_line("check aws")}
    said = texts.say(template, sign=sign, **about, **parts)
    return said.replace("\n", " ") if passed else said


def pasted(finding: Finding) -> Mrkdwn:
    """The policy to paste, whole or not at all: a part of one would be no policy."""
    whole = escape(finding.paste)
    others = sum(len(cut(getattr(finding, name), room)) for name, room in _PARTS.items())
    room = _SECTION - others - _TITLE - 100
    return whole if len(whole) <= room and "```" not in whole else Mrkdwn("")


def cut(text: str, room: int) -> Mrkdwn:
    """Escape a text and cut it to `room` characters, with the number of characters left out."""
    whole = escape(text)
    if len(whole) <= room:
        return whole
    room -= len(" … (and 1,000,000 characters more)")
    kept = bisect_right(range(min(len(text), room)), room, key=lambda length: len(escape(text[:length]))) - 1
    return Mrkdwn(f"{escape(text[:kept])} … (and {len(text) - kept:,} characters more)")
