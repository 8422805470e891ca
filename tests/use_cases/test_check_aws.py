"""Checks of AWS as a use case: whoever waits is told once, whatever happens, and the right to look is given back."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Any

import pytest

from bot.domain.enrollment import EventKind, Status
from bot.domain.errors import NotAllowed, StepConflict, UnknownEnrollment
from bot.repository import tables as t
from bot.use_cases import AwsChecks, CheckOutcome, CheckResult
from tests.domain.building import STRANGER
from tests.repository.keeping import rows
from tests.support.fake_aws_inspector import FOUND, SUMMARY, PlayedAws
from tests.support.usual_procedure import CONNECT
from tests.use_cases.asking import WORKSPACE, Desk, caller
from tests.use_cases.watching_files import AtOnce


def checks(desk: Desk, aws: PlayedAws, pool: Executor | None = None) -> AwsChecks:
    """Who checks, in one process."""
    return AwsChecks(desk.database, desk.clock, aws, pool or AtOnce(), desk._wake)


def claimed(desk: Desk) -> bool:
    """Whether somebody has the right to look."""
    return any(row["until"] > desk.clock.now() for row in rows(desk.database, t.aws_looks))


def test_a_result_is_kept_with_time_and_person(desk: Desk) -> None:
    """In one transaction with the line that tells it; delivery is woken."""
    enrollment = desk.opened(CONNECT)
    told: list[CheckOutcome] = []
    woken = desk.woken

    checks(desk, PlayedAws()).check(caller(), enrollment.id, told.append, CONNECT)

    (outcome,) = told
    assert isinstance(outcome, CheckResult)
    after = desk.bot.get(WORKSPACE, enrollment.id)
    assert (FOUND, desk.clock.now(), after) == (outcome.report, outcome.at, outcome.enrollment)
    assert (SUMMARY, caller().actor.user_id) == (after.checked_result, after.checked_by)
    assert woken + 1 == desk.woken
    (row,) = rows(desk.database, t.aws_reports)
    assert ("preflight", FOUND.bucket) == (row["kind"], row["bucket"])
    assert not claimed(desk)


REFUSED: dict[str, tuple[Callable[[Desk, int], Any], str, int, type[Exception]]] = {
    "a stranger": (lambda desk, n: None, STRANGER, 0, NotAllowed),
    "an enrollment that is gone": (lambda desk, n: None, "", 99, UnknownEnrollment),
    "a cancelled one": (lambda desk, n: desk.bot.cancel(caller(), n, "no need"), "", 0, StepConflict),
}


@pytest.mark.parametrize(("before", "who", "ahead", "expected"), REFUSED.values(), ids=REFUSED)
def test_who_may_not_look_is_told(
    desk: Desk, before: Callable[[Desk, int], Any], who: str, ahead: int, expected: type[Exception]
) -> None:
    """Checked again when the look begins; nothing is claimed, AWS is not asked."""
    enrollment = desk.opened(CONNECT)
    before(desk, enrollment.id)
    aws, told = PlayedAws(), list[CheckOutcome]()

    checks(desk, aws).check(caller(who) if who else caller(), enrollment.id + ahead, told.append, CONNECT)

    assert [expected] == [type(outcome) for outcome in told]
    assert [] == aws.preflights
    assert not claimed(desk)


def test_a_process_that_stops_tells_and_gives_the_right_back(desk: Desk) -> None:
    """The next process looks at once."""
    enrollment = desk.opened(CONNECT)
    pool = ThreadPoolExecutor(1)
    pool.shutdown()
    told: list[CheckOutcome] = []

    checks(desk, PlayedAws(), pool).check(caller(), enrollment.id, told.append, CONNECT)

    assert [RuntimeError] == [type(outcome) for outcome in told]
    assert not claimed(desk)


def test_a_look_that_raises_gives_the_right_back(desk: Desk) -> None:
    """And can be made again by anybody."""
    enrollment = desk.opened(CONNECT)
    aws = PlayedAws()
    aws.fault = ValueError("inside")
    told: list[CheckOutcome] = []
    process = checks(desk, aws)
    process.check(caller(), enrollment.id, told.append, CONNECT)
    aws.fault = None
    process.check(caller(), enrollment.id, told.append, CONNECT)

    assert [ValueError, CheckResult] == [type(outcome) for outcome in told]


def test_one_who_cannot_be_told_keeps_nobody_else_from_it(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """Its fault is logged."""
    enrollment = desk.opened(CONNECT)
    aws = PlayedAws()
    aws.hold()
    told: list[CheckOutcome] = []

    def broken(_: CheckOutcome) -> None:
        raise ValueError("no modal")

    with ThreadPoolExecutor(1) as pool:
        process = checks(desk, aws, pool)
        process.check(caller(), enrollment.id, broken, CONNECT)
        process.check(caller(), enrollment.id, told.append, CONNECT)
        aws.let_go()

    assert [CheckResult] == [type(outcome) for outcome in told]
    assert ["the outcome of an AWS check could not be shown"] == [r.getMessage() for r in caplog.records]
    assert 1 == len(aws.preflights)


def test_what_is_cancelled_during_the_look_keeps_its_result(desk: Desk) -> None:
    """It was asked for and found: the audit has it, and the enrollment stays cancelled."""
    enrollment = desk.opened(CONNECT)
    aws = PlayedAws()
    aws.hold()
    told: list[CheckOutcome] = []
    with ThreadPoolExecutor(1) as pool:
        checks(desk, aws, pool).check(caller(), enrollment.id, told.append, CONNECT)
        desk.bot.cancel(caller(), enrollment.id, "no need")
        aws.let_go()

    assert [CheckResult] == [type(outcome) for outcome in told]
    assert Status.CANCELLED is desk.bot.get(WORKSPACE, enrollment.id).status
    kinds = [event.kind for event, _, _ in desk.bot.history(WORKSPACE, enrollment.id)]
    assert [EventKind.CANCELLED, EventKind.CHECKED] == kinds[-2:]


def test_a_change_during_the_look_is_kept(desk: Desk) -> None:
    """The result is written over the newest version, not over the one that was looked at."""
    enrollment = desk.opened(CONNECT)
    aws = PlayedAws()
    aws.hold()
    told: list[CheckOutcome] = []
    with ThreadPoolExecutor(1) as pool:
        checks(desk, aws, pool).check(caller(), enrollment.id, told.append, CONNECT)
        desk.bot.complete_act(caller(), enrollment.id, CONNECT, {"bucket": "recorded-cur"})
        aws.let_go()

    after = desk.bot.get(WORKSPACE, enrollment.id)
    assert ("recorded-cur", SUMMARY) == (after.value("bucket"), after.checked_result)
