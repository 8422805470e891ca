"""The hourly look at connected accounts: shared by processes, within its budget, told once."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.aws.preflight import CheckReport, Finding, Verdict
from bot.domain.enrollment import Enrollment, EventKind
from bot.repository import portfolio_figures
from bot.repository.database import Database
from bot.use_cases.file_watch import WATCHES_A_POLL, next_watch
from tests.domain.building import ACCOUNT, NOW, edited
from tests.repository.keeping import at_once
from tests.support.fake_aws_inspector import PlayedAws
from tests.support.usual_procedure import CONNECT
from tests.use_cases.asking import WORKSPACE, Desk, caller
from tests.use_cases.watching_files import HOUR, file_watch, saw, waiting

BROKEN = CheckReport((Finding("role.exists", Verdict.FAIL, "Role for Spot", "there is no role", fix="Make it."),))
BLIND = CheckReport((Finding("account.identity", Verdict.UNKNOWN, "The account", "access denied", fix="Let it in."),))
FINE = CheckReport((Finding("role.exists", Verdict.PASS, "Role for Spot", "x"),))


def connected(desk: Desk, **fields: str) -> Enrollment:
    """An enrollment whose account is connected."""
    return desk.bot.confirm(caller(), waiting(desk, **fields).id, CONNECT)


def told(desk: Desk, number: int) -> list[EventKind]:
    """What the watch has told."""
    history = desk.bot.history(WORKSPACE, number)
    return [e.kind for e, _, _ in history if e.kind in (EventKind.AWS_BROKE, EventKind.AWS_HEALED)]


def test_what_breaks_and_heals_is_told_once_each(desk: Desk) -> None:
    """It looks every hour; two lines tell of it, and the state of the enrollment meanwhile."""
    enrollment, aws = connected(desk), PlayedAws()
    process = file_watch(desk, aws)
    for report in (FINE, BROKEN, BROKEN, BROKEN, FINE, FINE):
        aws.watched = report
        assert 1 == process.run_once(WORKSPACE)
        state = desk.bot.get(WORKSPACE, enrollment.id)
        assert (state.aws_broken == "Role for Spot") == (report is BROKEN)
        with desk.database.read() as connection:
            assert (report is BROKEN) == portfolio_figures.figures(connection, WORKSPACE, desk.clock.now()).broken
        desk.clock.turn(2 * HOUR)

    assert [EventKind.AWS_BROKE, EventKind.AWS_HEALED] == told(desk, enrollment.id)
    assert 6 == len(aws.watches)
    assert [] == aws.file_looks[1:], "no more looks for first files"


def test_the_watch_looks_once_an_hour_however_often_it_is_asked(desk: Desk) -> None:
    """Every minute for five hours."""
    connected(desk)
    aws = PlayedAws()
    process = file_watch(desk, aws)
    for _ in range(5 * 60):
        process.run_once(WORKSPACE)
        desk.clock.turn(HOUR / 60)

    assert 5 <= len(aws.watches) <= 6


def test_two_processes_watch_each_enrollment_once(desk: Desk) -> None:
    """Claims share the looks."""
    ids = [{"account_id": f"{n}00000000000", "account_name": f"A{n}", "spot_org_id": f"70707{n}"} for n in range(1, 5)]
    numbers = [connected(desk, **fields).id for fields in ids]
    other_database = Database(desk.database.url)
    aws = PlayedAws()
    aws.watched = BROKEN
    processes = [file_watch(desk, aws), file_watch(Desk(other_database, clock=desk.clock), aws)]

    done = at_once(*[partial(process.run_once, WORKSPACE) for process in processes])

    assert 4 == sum(done) == len(aws.watches)
    assert [[EventKind.AWS_BROKE]] * 4 == [told(desk, number) for number in numbers]
    other_database.close()


def test_a_poll_starts_no_more_than_its_budget(desk: Desk) -> None:
    """Many that are due at once, as after a night, follow minute by minute."""
    for n in range(WATCHES_A_POLL + 5):
        connected(desk, account_id=f"{n + 100000000000}", account_name=f"A{n}", spot_org_id=f"{n + 700000}")
    aws = PlayedAws()
    process = file_watch(desk, aws)
    process.tick(WORKSPACE)
    first = len(aws.watches)
    desk.clock.turn(HOUR / 60)
    process.tick(WORKSPACE)

    assert (WATCHES_A_POLL, WATCHES_A_POLL + 5) == (first, len(aws.watches))


def test_two_days_without_access_are_told_and_heal(desk: Desk) -> None:
    """Since when it could not look is kept from look to look."""
    enrollment, aws = connected(desk), PlayedAws()
    aws.watched = BLIND
    process = file_watch(desk, aws)
    for _ in range(24):
        process.run_once(WORKSPACE)
        desk.clock.turn(2 * HOUR)
    assert [] == told(desk, enrollment.id)
    process.run_once(WORKSPACE)
    aws.watched = FINE
    desk.clock.turn(2 * HOUR)
    process.run_once(WORKSPACE)

    assert [EventKind.AWS_BROKE, EventKind.AWS_HEALED] == told(desk, enrollment.id)


def test_it_watches_what_people_recorded(desk: Desk) -> None:
    """The bucket and the role of the form come before those that a check found."""
    enrollment, aws = connected(desk), PlayedAws()
    role = f"arn:aws:iam::{ACCOUNT}:role/Spot"
    saw(desk, enrollment.id, "found-cur", role)
    process = file_watch(desk, aws)
    process.run_once(WORKSPACE)
    desk.bot.edit(caller(), enrollment.id, edited(enrollment, bucket="recorded-cur"))
    desk.clock.turn(2 * HOUR)
    process.run_once(WORKSPACE)

    assert [(role, "found-cur"), (role, "recorded-cur")] == [(t.role_arn, t.bucket) for t in aws.watches]


def test_reopening_ends_the_watch(desk: Desk) -> None:
    """The step is done anew: what was broken is no news any more."""
    enrollment, aws = connected(desk), PlayedAws()
    aws.watched = BROKEN
    process = file_watch(desk, aws)
    process.run_once(WORKSPACE)
    desk.bot.reopen(caller(), enrollment.id, CONNECT)
    desk.clock.turn(2 * HOUR)

    assert 0 == process.run_once(WORKSPACE)
    assert desk.bot.get(WORKSPACE, enrollment.id).aws_broken_at is None


@pytest.mark.parametrize("always", [True, False])
def test_without_access_nothing_is_watched(desk: Desk, always: bool) -> None:
    """Without a role of the bot's own, only accounts in which a check has seen a bucket."""
    connected(desk)

    assert always == file_watch(desk, PlayedAws(), always=always).run_once(WORKSPACE)


def test_a_watch_that_raises_is_made_again_in_the_next_hour(desk: Desk) -> None:
    """The claim stays, and nothing is told."""
    enrollment, aws = connected(desk), PlayedAws()
    aws.fault = RuntimeError("something inside")
    process = file_watch(desk, aws)
    with pytest.raises(RuntimeError, match="something inside"):
        process.run_once(WORKSPACE)
    aws.fault, aws.watched = None, BROKEN

    assert 0 == process.run_once(WORKSPACE)
    desk.clock.turn(2 * HOUR)
    assert 1 == process.run_once(WORKSPACE)
    assert [EventKind.AWS_BROKE] == told(desk, enrollment.id)


def test_a_thousand_enrollments_are_spread_over_the_hour() -> None:
    """No minute has more looks than a poll may start."""
    minutes = Counter(next_watch(number, NOW).minute for number in range(1, 1001))

    assert 60 == len(minutes)
    assert max(minutes.values()) <= WATCHES_A_POLL


@given(number=st.integers(1, 10**9), late=st.integers(0, 1799), hours=st.integers(2, 30))
def test_an_enrollment_is_watched_once_an_hour(number: int, late: int, hours: int) -> None:
    """Its looks are at its own second of the hour, however late the last one was."""
    first = next_watch(number, NOW)
    at = first
    for _ in range(hours):
        at = next_watch(number, at + timedelta(seconds=late))

    assert first + hours * HOUR == at
