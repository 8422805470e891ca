"""What looks at AWS change in an enrollment: something is kept and told, and nothing is confirmed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.domain.aws.preflight import CheckReport, DeliveredFiles, Finding, Verdict
from bot.domain.aws_events import BOT, checked, first_file_arrived
from bot.domain.enrollment import EventKind, State, Status
from tests.domain.building import NOW, OWNER, reach
from tests.support.usual_procedure import CONNECT

FILES = DeliveredFiles(3, 100, NOW + timedelta(hours=21), NOW + timedelta(hours=22))


def report(*verdicts: Verdict) -> CheckReport:
    """A report that came to these verdicts."""
    return CheckReport(tuple(Finding(f"item.{n}", verdict, f"Item {n}") for n, verdict in enumerate(verdicts)))


def test_a_check_keeps_its_counts_when_and_by_whom() -> None:
    """The steps stay as they are, whatever it found."""
    before, _ = reach(CONNECT, State.WAITING)

    change = checked(before, report(Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN, Verdict.UNKNOWN), OWNER, NOW, CONNECT)

    after = change.enrollment
    assert ("1 pass, 1 fail, 2 cannot tell", NOW, OWNER) == (after.checked_result, after.checked_at, after.checked_by)
    assert before.steps == after.steps
    (event,) = change.events
    assert (EventKind.CHECKED, CONNECT, ["Item 1"]) == (event.kind, event.step, event.details["failed"])


def test_what_cannot_be_told_is_counted_apart() -> None:
    """It is no pass."""
    assert "0 pass, 0 fail, 3 cannot tell" == report(*[Verdict.UNKNOWN] * 3).summary
    assert "0 pass, 0 fail, 0 cannot tell" == report().summary


def test_only_some_failed_items_are_named_each_on_one_line() -> None:
    """The rest is counted."""
    before, _ = reach(CONNECT, State.OPEN)
    many = CheckReport(tuple(Finding("x", Verdict.FAIL, f"Item\n{n} " + "t" * 200) for n in range(9)))

    (event,) = checked(before, many, OWNER, NOW, CONNECT).events

    named = event.details["failed"]
    assert isinstance(named, list)
    assert (5, 4) == (len(named), event.details["more"])
    assert all(len(title) == 80 and "\n" not in title for title in named)


@pytest.mark.parametrize(
    ("hours", "expected"),
    [(0.0, "less than an hour"), (0.4, "less than an hour"), (20.99, "21 hours"), (72.0, "72 hours")],
)
def test_the_first_file_is_told_with_how_long_it_took(hours: float, expected: str) -> None:
    """By the bot, whom nobody takes for a person; the step still waits."""
    before, now = reach(CONNECT, State.WAITING)
    began = before.step(CONNECT).window_start
    assert began is not None

    change = first_file_arrived(before, replace(FILES, first_at=began + timedelta(hours=hours)), now)

    assert change is not None
    (event,) = change.events
    assert (EventKind.FIRST_FILES_ARRIVED, expected, BOT) == (event.kind, event.details["after"], change.by)
    assert before.steps == change.enrollment.steps
    assert began + timedelta(hours=hours) == change.enrollment.first_file_at


def test_files_without_a_time_are_told_as_of_now() -> None:
    """Better than nothing."""
    before, now = reach(CONNECT, State.WAITING)

    change = first_file_arrived(before, DeliveredFiles(1), now)

    assert change is not None
    assert now == change.enrollment.first_file_at


def nothing_told(at: datetime) -> dict[str, tuple[State, DeliveredFiles, dict[str, object]]]:
    """Why there is nothing to tell: the step's state, what was seen, what the enrollment is like."""
    return {
        "no files": (State.WAITING, DeliveredFiles(), {}),
        "files nobody is sure of": (State.WAITING, replace(FILES, problem="timeout"), {}),
        "told already": (State.WAITING, FILES, {"first_file_at": at}),
        "not waiting yet": (State.OPEN, FILES, {}),
        "confirmed": (State.DONE, FILES, {}),
        "cancelled": (State.WAITING, FILES, {"status": Status.CANCELLED}),
    }


@pytest.mark.parametrize("case", nothing_told(NOW).values(), ids=nothing_told(NOW))
def test_otherwise_nothing_is_told(case: tuple[State, DeliveredFiles, dict[str, object]]) -> None:
    """The look is kept for the reminder, and that is all."""
    state, delivered, fields = case
    before, now = reach(CONNECT, state)

    assert first_file_arrived(replace(before, **fields), delivered, now) is None  # type: ignore[arg-type]
