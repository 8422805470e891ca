"""The hourly look among threads and processes: planned off the clock's thread, bounded, claimed in the database."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.repository import check_results
from bot.repository import tables as t
from bot.repository.check_results import CheckKind
from tests.domain.building import NOW
from tests.repository.keeping import at_once, rows
from tests.support.fake_aws_inspector import PlayedAws
from tests.support.usual_procedure import CONNECT
from tests.support.wait_until import eventually
from tests.use_cases.asking import WORKSPACE, Desk, caller
from tests.use_cases.watching_files import HOUR, AtOnce, file_watch, saw, waiting


def test_a_clock_that_was_put_back_stops_nothing(desk: Desk) -> None:
    """A look that seems to be of the future is no look."""
    waiting(desk)
    aws = PlayedAws()
    process = file_watch(desk, aws)
    desk.clock.turn(100 * HOUR)
    process.run_once(WORKSPACE)
    desk.clock.turn(-99 * HOUR)

    assert 1 == process.run_once(WORKSPACE)


def test_a_tick_plans_in_other_threads_and_asks_once_a_minute(desk: Desk) -> None:
    """It is made every few seconds; a jump of the clock is seen at once."""
    waiting(desk)
    aws = PlayedAws()
    pool = AtOnce()
    process = file_watch(desk, aws, pool=pool)
    for _ in range(12):
        process.tick(WORKSPACE)
        desk.clock.turn(timedelta(seconds=5))
    assert (1, 2) == (len(aws.file_looks), pool.given), "one question, one look"

    desk.clock.turn(HOUR)
    process.tick(WORKSPACE)
    assert (2, 4) == (len(aws.file_looks), pool.given)


def test_aws_that_hangs_holds_up_no_tick_and_piles_nothing_up(desk: Desk) -> None:
    """Looks that are planned already are not planned again, and their number is bounded."""
    for n in range(60):
        made = desk.start(account_id=f"{n + 100000000000}", account_name=f"A{n}", spot_org_id=f"70{n:04}")
        desk.bot.complete_act(caller(), made.id, CONNECT)
    aws = PlayedAws()
    aws.hold()
    with ThreadPoolExecutor(2) as pool:
        process = file_watch(desk, aws, pool=pool)
        process.tick(WORKSPACE)
        eventually(lambda: len(aws.file_looks) == 2)
        for _ in range(5):
            desk.clock.turn(timedelta(minutes=1))
            process.tick(WORKSPACE)
        assert 2 == len(aws.file_looks)
        assert pool._work_queue.qsize() <= 50
        aws.let_go()
        eventually(lambda: len(aws.file_looks) >= 50)
    assert len(aws.file_looks) == len({target.account_id for target in aws.file_looks})


def test_a_process_that_stops_plans_nothing_more(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """Without a fault in the log: the next process looks."""
    waiting(desk)
    pool = ThreadPoolExecutor(1)
    pool.shutdown()
    process = file_watch(desk, PlayedAws(), pool=pool)

    process.tick(WORKSPACE)

    assert [] == [record for record in caplog.records if record.levelname in ("WARNING", "ERROR")]


def test_a_fault_of_the_database_is_logged_and_survived(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """The next minute asks again."""
    waiting(desk)
    aws = PlayedAws()
    process = file_watch(desk, aws)
    with desk.database.write() as connection:
        connection.exec_driver_sql("ALTER TABLE aws_looks RENAME TO lost")
    try:
        process.tick(WORKSPACE)
    finally:  # the tests after this one use the same database
        with desk.database.write() as connection:
            connection.exec_driver_sql("ALTER TABLE lost RENAME TO aws_looks")
    told = "cannot find the enrollments that wait for files or are watched"
    assert [told] == [record.getMessage() for record in caplog.records if record.levelname in ("WARNING", "ERROR")]
    desk.clock.turn(timedelta(minutes=1))

    process.tick(WORKSPACE)

    assert 1 == len(aws.file_looks)


def test_only_the_last_results_are_kept(desk: Desk) -> None:
    """The audit has the counts of all of them."""
    enrollment = waiting(desk)
    other = desk.start(account_id="210987654321", account_name="Other", spot_org_id="909090")
    saw(desk, other.id, "other")
    for n in range(30):
        saw(desk, enrollment.id, f"bucket-{n}")

    kept = [row["bucket"] for row in rows(desk.database, t.aws_reports)]
    assert ["other", *(f"bucket-{n}" for n in range(10, 30))] == kept


def test_a_claim_is_one_processs_until_it_lapses_or_is_released(desk: Desk) -> None:
    """Who comes too late learns who has it."""
    number = waiting(desk).id

    def claim(by: str, at: datetime) -> str | None:
        with desk.database.write() as connection:
            taken = check_results.claim(connection, number, CheckKind.PREFLIGHT, by, at, at + HOUR)
            return taken.by if taken else None

    assert [None, "one", None, "three"] == [
        claim("one", NOW), claim("two", NOW + HOUR / 2), claim("three", NOW + HOUR), claim("four", NOW + HOUR),
    ]  # fmt: skip
    with desk.database.write() as connection:
        check_results.release(connection, number, CheckKind.PREFLIGHT, NOW + HOUR)
    assert claim("five", NOW + HOUR) is None
    fresh = desk.start(account_id="210987654321", account_name="Other", spot_org_id="909090").id

    def first(by: str) -> Any:
        with desk.database.write() as connection:
            return check_results.claim(connection, fresh, CheckKind.PREFLIGHT, by, NOW, NOW + HOUR)

    found = at_once(*[lambda by=by: first(by) for by in "abcd"])
    assert 1 == sum(one is None for one in found), found
