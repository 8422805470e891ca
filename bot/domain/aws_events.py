"""Changes that a check of AWS makes to an enrollment: its result is recorded and told; no step is confirmed by it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.aws.preflight import CheckReport, DeliveredFiles, Finding, Verdict
from bot.domain.enrollment import Change, Enrollment, Event, EventKind, State, Status, Step
from bot.domain.inputs import shorten
from bot.domain.step_spec import StepKey

#: The actor recorded for changes that the bot made itself.
BOT = "bot"

#: How many failed items the thread names; the rest is counted.
_NAMED = 5
_TITLE = 80
#: Characters of what is broken and of its fix in the thread, and how many others it names.
_FOUND, _FIX, _OTHERS = 180, 450, 2
#: The items that the watch cannot judge while it cannot look into AWS.
LOOKS = frozenset({"account.identity", "cur.definition", "files.delivered", "role.exists"})
#: How long the watch may not be able to look before that is told.
LOST = timedelta(hours=48)
#: What is wrong then, for card, list and digest: nobody knows whether anything in AWS broke.
_NO_LOOK = "no access for the bot"


def checked(enrollment: Enrollment, report: CheckReport, by: str, now: datetime, step: StepKey) -> Change:
    """Record that somebody checked AWS from a step, and the result; on the enrollment, that of the watched step."""
    failed = [" ".join(finding.title.split()) for finding in report.findings if finding.verdict is Verdict.FAIL]
    details = {
        "result": report.summary,
        "failed": [shorten(title, _TITLE) for title in failed[:_NAMED]],
        "more": max(0, len(failed) - _NAMED),
        "nothing": not report.findings,
    }
    after = enrollment
    if report.checks == enrollment.procedure.checks_from(None):
        after = replace(enrollment, checked_at=now, checked_by=by, checked_result=report.summary)
    return Change(after, (Event(EventKind.CHECKED, step, details),), by, now)


def first_file_arrived(enrollment: Enrollment, delivered: DeliveredFiles, now: datetime) -> Change | None:
    """Announce the first file; None if there is none, if it was announced before, or if no step waits."""
    step = _connection(enrollment)
    waits = step is not None and enrollment.status is Status.ACTIVE and step.state is State.WAITING
    if step is None or not waits or not delivered.files or delivered.problem or enrollment.first_file_at is not None:
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
    return Change(after, (Event(EventKind.FIRST_FILES_ARRIVED, step.key, details),), BOT, now)


def watched(enrollment: Enrollment, report: CheckReport, unseen_since: datetime | None, now: datetime) -> Change | None:
    """Tell that AWS broke, or that it works again; None where nothing has changed, or where that cannot be told.

    Args:
        report: of the watch. unseen_since: since when it cannot look; for `LOST` that counts as broken.
    """
    step = enrollment.procedure.watched_step
    if not is_watched(enrollment):
        return None
    wrong = [finding for finding in report.findings if finding.verdict is Verdict.FAIL]
    lost = [] if wrong else unseen(report)
    if lost and (unseen_since is None or now - unseen_since < LOST):
        return None
    found = wrong or lost
    what = "; ".join(shorten(finding.title, _TITLE) for finding in wrong[:_NAMED]) or _NO_LOOK
    if enrollment.aws_broken_at is None and found:
        first, others = found[0], [shorten(each.title, _TITLE) for each in found[1:]]
        details: dict[str, object] = {
            **{"title": shorten(first.title, _TITLE), "found": shorten(first.found, _FOUND)},
            **{"fix": shorten(first.fix, _FIX), "others": others[:_OTHERS], "more": len(others[_OTHERS:])},
            "unseen_since": unseen_since.isoformat() if lost and unseen_since else None,
        }
        after = replace(enrollment, aws_broken_at=now, aws_broken=what)
        return Change(after, (Event(EventKind.AWS_BROKE, step, details),), BOT, now)
    if enrollment.aws_broken_at is not None and not found:
        details = {"what": enrollment.aws_broken, "after": _hours(now - enrollment.aws_broken_at)}
        after = replace(enrollment, aws_broken_at=None, aws_broken=None)
        return Change(after, (Event(EventKind.AWS_HEALED, step, details),), BOT, now)
    return None


def is_watched(enrollment: Enrollment) -> bool:
    """Whether the account is connected, in an enrollment that is active."""
    step = _connection(enrollment)
    return enrollment.status is Status.ACTIVE and step is not None and step.state is State.DONE


def waits_for_files(enrollment: Enrollment) -> bool:
    """Whether the account is being connected, and its first file is waited for."""
    step = _connection(enrollment)
    return enrollment.status is Status.ACTIVE and step is not None and step.state is State.WAITING


def _connection(enrollment: Enrollment) -> Step | None:
    """The step whose AWS side is watched."""
    key = enrollment.procedure.watched_step
    return enrollment.step(key) if key is not None else None


def unseen(report: CheckReport) -> list[Finding]:
    """The findings of a watch that say that it cannot look, rather than that a setting is unclear."""
    return [found for found in report.findings if found.item in LOOKS and found.verdict is Verdict.UNKNOWN]


def _hours(span: timedelta) -> str:
    hours = round(span.total_seconds() / 3600)
    return f"{hours} hour{'s' if hours != 1 else ''}" if hours else "less than an hour"
