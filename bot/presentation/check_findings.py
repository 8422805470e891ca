"""What a check of AWS found, as blocks of a modal: the worst first, each with sign and word, within Slack's limits."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from bot.domain.aws.preflight import CheckReport, DeliveredFiles, Finding, Verdict
from bot.domain.enrollment import Enrollment
from bot.presentation import texts
from bot.presentation.blocks import Block, context, divider, section
from bot.presentation.texts import Mrkdwn, escape

#: A verdict is always shown as a sign and a word.
SIGNS = {Verdict.FAIL: ":x:", Verdict.UNKNOWN: ":question:", Verdict.PASS: ":white_check_mark:"}
#: What has to be done something about comes first.
_ORDER = (Verdict.FAIL, Verdict.UNKNOWN, Verdict.PASS)

#: Characters, as Slack counts them, for each part of a finding: together they fit into a section.
_TITLE, _PART = 200, 850
#: A modal has 100 blocks and 250 KB; some are kept for what stands around the findings.
_BLOCKS, _BYTES = 85, 180_000
#: Characters of a section, and bytes of what stands around its text.
_SECTION, _AROUND = 2900, 80


def build(enrollment: Enrollment, report: CheckReport, at: datetime, by: str) -> list[Block]:
    """The whole result; findings that do not fit are counted, with the way to all of them."""
    ordered = [finding for verdict in _ORDER for finding in report.findings if finding.verdict is verdict]
    shown, left = _fitting(ordered)
    head = section(texts.say("checks/head", enrollment=enrollment, report=report, at=at, by=by))
    made = [head, divider(), *shown]
    if left:
        words = ", ".join(f"{sum(f.verdict is verdict for f in left)} {verdict.value}" for verdict in _ORDER)
        made.append(section(texts.say("checks/left_out", enrollment=enrollment, count=len(left), words=words)))
    made.append(divider())
    if report.delivered is not None:
        made.append(section(files_text(report.delivered)))
    made.append(context(texts.say("checks/foot")))
    return made


def files_text(delivered: DeliveredFiles) -> str:
    """The files in the bucket, in a sentence."""
    periods = ", ".join(delivered.periods[:6])
    if len(delivered.periods) > 6:
        periods += f" and {len(delivered.periods) - 6} more"
    shown = cut(delivered.problem, _PART)
    return texts.say("checks/landing", landing=delivered, problem=shown, size=_size(delivered.size), periods=periods)


def _fitting(findings: Sequence[Finding]) -> tuple[list[Block], list[Finding]]:
    """The blocks of as many findings as a modal holds, and the findings that are left out.

    What somebody has to do something about has a section of its own; passes share sections, one a line.
    """
    parts: list[str] = []
    size, open_ = 0, False  # whether the last section takes another pass
    for position, finding in enumerate(findings):
        is_pass = finding.verdict is Verdict.PASS
        text = _passed(finding) if is_pass else _told(finding)
        joins = open_ and len(parts[-1]) + 1 + len(text) <= _SECTION
        size += len(json.dumps(text)) + _AROUND
        if size > _BYTES or (len(parts) == _BLOCKS and not joins):
            return [section(part) for part in parts], list(findings[position:])
        if joins:
            parts[-1] += f"\n{text}"
        else:
            parts.append(text)
        open_ = is_pass
    return [section(part) for part in parts], []


def _told(finding: Finding) -> str:
    return texts.say(
        "checks/finding",
        sign=SIGNS[finding.verdict],
        verdict=finding.verdict.value,
        title=cut(finding.title, _TITLE),
        **{name: cut(getattr(finding, name), _PART) for name in ("found", "expected", "fix")},
    )


def _passed(finding: Finding) -> str:
    values = {name: cut(getattr(finding, name), _PART) for name in ("found", "expected")}
    sign, word, title = SIGNS[finding.verdict], finding.verdict.value, cut(finding.title, _TITLE)
    return texts.say("checks/passed", sign=sign, verdict=word, title=title, **values).replace("\n", " ")


def cut(text: str, room: int) -> Mrkdwn:
    """Escaped text within `room` characters; what is cut is counted."""
    whole = escape(text)
    if len(whole) <= room:
        return whole
    room -= len(" … (and 1,000,000 characters more)")
    kept = 0
    for position, character in enumerate(text):
        kept += len(escape(character))
        if kept > room:
            return Mrkdwn(f"{escape(text[:position])} … (and {len(text) - position:,} characters more)")
    raise AssertionError("escaped text that is too long has a place to be cut at")


def _size(count: int) -> str:
    """Bytes as people read them."""
    amount = float(count)
    for unit in ("bytes", "KB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "bytes" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"
