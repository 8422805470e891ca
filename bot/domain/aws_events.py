"""Changes that a check of AWS makes to an enrollment: its result is recorded and told; no step is confirmed by it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.aws.preflight import CheckReport, DeliveredFiles, Verdict
from bot.domain.enrollment import Change, Enrollment, Event, EventKind, State, Status
from bot.domain.inputs import shorten
from bot.domain.procedure import PROCEDURE
from bot.domain.step_spec import AWS, StepKey

#: The actor recorded for changes that the bot made itself.
BOT = "bot"
#: The step whose AWS side is checked.
CONNECT = next(spec.key for spec in PROCEDURE if spec.checks == AWS)

#: How many failed items the thread names; the rest is counted.
_NAMED = 5
_TITLE = 80


def checked(enrollment: Enrollment, report: CheckReport, by: str, now: datetime, step: StepKey = CONNECT) -> Change:
    """Record on the enrollment that somebody checked AWS from a step, and the result."""
    failed = [" ".join(finding.title.split()) for finding in report.findings if finding.verdict is Verdict.FAIL]
    details = {
        "result": report.summary,
        "failed": [shorten(title, _TITLE) for title in failed[:_NAMED]],
        "more": max(0, len(failed) - _NAMED),
        "nothing": not report.findings,
    }
    after = replace(enrollment, checked_at=now, checked_by=by, checked_result=report.summary)
    return Change(after, (Event(EventKind.CHECKED, step, details),), by, now)


def first_file_arrived(enrollment: Enrollment, delivered: DeliveredFiles, now: datetime) -> Change | None:
    """Announce the first file; None if there is none, if it was announced before, or if no step waits."""
    step = enrollment.step(CONNECT)
    waits = enrollment.status is Status.ACTIVE and step.state is State.WAITING
    if not waits or not delivered.files or delivered.problem or enrollment.first_file_at is not None:
        return None
    first = delivered.first_at or now
    began = step.window_start or first
    details = {
        "files": delivered.files,
        "counted_all": delivered.counted_all,
        "first_at": first.isoformat(),
        "after": _hours(first - began) if first >= began else None,
    }
    after = replace(enrollment, first_file_at=first)
    return Change(after, (Event(EventKind.FIRST_FILES_ARRIVED, CONNECT, details),), BOT, now)


def _hours(span: timedelta) -> str:
    hours = round(span.total_seconds() / 3600)
    return f"{hours} hour{'s' if hours != 1 else ''}" if hours else "less than an hour"
