"""The hourly look for files: only where it makes sense, once an hour for all processes, the first file told once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from bot.domain.aws.preflight import DeliveredFiles
from bot.domain.aws_events import BOT
from bot.repository import check_results, enrollment_reader, search
from bot.repository import tables as t
from bot.repository.check_results import CheckKind
from bot.repository.database import Database
from bot.use_cases.file_watch import save_delivered_files
from tests.domain.building import ACCOUNT, NOW, edited
from tests.repository.keeping import at_once, rows
from tests.support.fake_aws_inspector import PlayedAws
from tests.support.usual_procedure import CONNECT
from tests.use_cases.asking import WORKSPACE, Desk, caller
from tests.use_cases.watching_files import HOUR, arrivals, file_watch, saw, waiting


def test_the_first_file_is_told_once(desk: Desk) -> None:
    """After how long, in the thread and on the card; more files later are no news."""
    aws = PlayedAws()
    enrollment = waiting(desk)
    process = file_watch(desk, aws)
    assert 1 == process.run_once(WORKSPACE)
    assert [] == arrivals(desk, enrollment.id)
    desk.clock.turn(22 * HOUR)
    aws.deliver(NOW + 21 * HOUR)
    woken = desk.woken

    process.run_once(WORKSPACE)
    desk.clock.turn(2 * HOUR)
    aws.deliver(NOW + 21 * HOUR, files=9)
    process.run_once(WORKSPACE)

    (event,) = arrivals(desk, enrollment.id)
    assert ("21 hours", 3) == (event.details["after"], event.details["files"])
    after = desk.bot.get(WORKSPACE, enrollment.id)
    assert NOW + 21 * HOUR == after.first_file_at
    assert enrollment.version + 1 == after.version, "the card is drawn anew, once"
    assert woken + 1 == desk.woken
    assert enrollment.step(CONNECT) == after.step(CONNECT), "nothing is confirmed"
    with desk.database.read() as connection:
        kept = check_results.last(connection, enrollment.id, CheckKind.DELIVERED_FILES)
    assert kept is not None
    assert (9, BOT) == (DeliveredFiles.from_json(kept.found).files, kept.by)


def test_files_of_before_the_wait_are_told_as_such(desk: Desk) -> None:
    """The report may have been there for months."""
    aws = PlayedAws()
    enrollment = waiting(desk)
    aws.deliver(NOW - 400 * HOUR)

    file_watch(desk, aws).run_once(WORKSPACE)

    (event,) = arrivals(desk, enrollment.id)
    assert event.details["after"] is None


def test_a_wait_that_begins_anew_tells_anew(desk: Desk) -> None:
    """Whoever reopens the step has changed something."""
    aws = PlayedAws()
    enrollment = waiting(desk)
    aws.deliver(NOW)
    process = file_watch(desk, aws)
    process.run_once(WORKSPACE)
    desk.bot.confirm(caller(), enrollment.id, CONNECT)
    desk.bot.reopen(caller(), enrollment.id, CONNECT)
    desk.bot.complete_act(caller(), enrollment.id, CONNECT)
    desk.clock.turn(HOUR)

    process.run_once(WORKSPACE)

    assert 2 == len(arrivals(desk, enrollment.id))


def test_two_processes_share_the_hour(desk: Desk) -> None:
    """At the same instant, again and again: each enrollment is looked at once an hour, and told once."""
    numbers = [waiting(desk).id]
    for n in range(3):
        other = desk.start(account_id=f"{n + 1}00000000000", account_name=f"A{n}", spot_org_id=f"70707{n}")
        desk.bot.complete_act(caller(), other.id, CONNECT)
        numbers.append(other.id)
    other_database = Database(desk.database.url)
    other = Desk(other_database, clock=desk.clock)
    aws = PlayedAws()
    aws.deliver(NOW)
    processes = [file_watch(desk, aws), file_watch(other, aws)]

    for hours in range(1, 4):
        done = at_once(*[partial(process.run_once, WORKSPACE) for process in processes])
        assert 4 == sum(done), done
        assert 4 * hours == len(aws.file_looks)
        desk.clock.turn(HOUR)

    assert [1, 1, 1, 1] == [len(arrivals(desk, number)) for number in numbers]
    assert 4 == sum(row["kind"] == "landing" for row in rows(desk.database, t.aws_reports)), "one is kept for each"
    other_database.close()


def test_looks_that_end_at_the_same_instant_tell_once(desk: Desk) -> None:
    """Even if two looks were on their way, however that came."""
    enrollment = waiting(desk)
    delivered = DeliveredFiles(1, 1, NOW, NOW)

    def keep() -> bool:
        with desk.database.write() as connection:
            before = enrollment_reader.load(connection, WORKSPACE, enrollment.id, lock=True)
            return save_delivered_files(connection, before, delivered, NOW)

    assert [False, False, False, True] == sorted(at_once(keep, keep, keep, keep))
    assert 1 == len(arrivals(desk, enrollment.id))


@pytest.mark.parametrize(
    ("always", "bucket", "looks"), [(True, None, 1), (False, None, 0), (False, "production-cur", 1)]
)
def test_it_looks_only_where_that_makes_sense(desk: Desk, always: bool, bucket: str | None, looks: int) -> None:
    """With a role of the bot's own, or where a check has seen a bucket: else AWS is left alone."""
    enrollment = waiting(desk)
    saw(desk, enrollment.id, bucket)
    aws = PlayedAws()

    assert looks == file_watch(desk, aws, always=always).run_once(WORKSPACE)
    assert looks == len(aws.file_looks)


def test_it_looks_where_the_check_has_found_the_files(desk: Desk) -> None:
    """What people recorded comes before what was found."""
    enrollment = waiting(desk)
    role = f"arn:aws:iam::{ACCOUNT}:role/Spot"
    saw(desk, enrollment.id, "found-cur", role)
    aws = PlayedAws()
    process = file_watch(desk, aws)
    process.run_once(WORKSPACE)
    desk.bot.edit(caller(), enrollment.id, edited(enrollment, bucket="recorded-cur"))
    desk.clock.turn(HOUR)
    process.run_once(WORKSPACE)

    assert [(ACCOUNT, role, "found-cur"), (ACCOUNT, role, "recorded-cur")] == [
        (target.account_id, target.role_arn, target.bucket) for target in aws.file_looks
    ]


def test_each_look_knows_what_was_counted_before(desk: Desk) -> None:
    """AWS rewrites its files: the first one that any check saw is handed on, also to the next Check AWS."""
    enrollment = waiting(desk)
    aws = PlayedAws()
    process = file_watch(desk, aws)
    process.run_once(WORKSPACE)
    aws.deliver(NOW - HOUR)
    desk.clock.turn(HOUR)
    process.run_once(WORKSPACE)
    desk.clock.turn(HOUR)
    process.run_once(WORKSPACE)

    assert [None, None, NOW - HOUR] == [target.seen and target.seen.first_at for target in aws.file_looks]
    with desk.database.read() as connection:
        seen = check_results.last_files(connection, enrollment.id)
        assert search.aws_target(connection, ACCOUNT).seen == seen
    assert seen is not None
    assert NOW - HOUR == seen.first_at


ENDED: dict[str, Callable[[Desk, int], Any]] = {
    "confirmed": lambda desk, number: desk.bot.confirm(caller(), number, CONNECT),
    "cancelled": lambda desk, number: desk.bot.cancel(caller(), number, "no need"),
}


@pytest.mark.parametrize("end", ENDED.values(), ids=ENDED)
def test_a_wait_that_is_over_is_not_looked_at(desk: Desk, end: Callable[[Desk, int], Any]) -> None:
    """Confirmed, or cancelled with the whole enrollment."""
    enrollment = waiting(desk)
    end(desk, enrollment.id)
    aws = PlayedAws()

    file_watch(desk, aws).run_once(WORKSPACE)

    assert [] == aws.file_looks


def test_a_wait_that_ends_during_the_look_is_told_nothing(desk: Desk) -> None:
    """Somebody confirmed meanwhile: the files are no news any more."""
    enrollment = waiting(desk)
    aws = PlayedAws()
    aws.deliver(NOW)
    aws.hold()
    looking = threading.Thread(target=file_watch(desk, aws).run_once, args=[WORKSPACE])
    looking.start()
    while not aws.file_looks:
        looking.join(0.01)
    desk.bot.confirm(caller(), enrollment.id, CONNECT)
    aws.let_go()
    looking.join(30)

    assert [] == arrivals(desk, enrollment.id)


def test_a_look_that_breaks_is_made_again_an_hour_later(desk: Desk) -> None:
    """As that of a process that died: the claim of the hour stays, nothing is told, nothing is lost."""
    enrollment = waiting(desk)
    aws = PlayedAws()
    aws.fault = RuntimeError("something inside")
    process = file_watch(desk, aws)
    with pytest.raises(RuntimeError, match="something inside"):
        process.run_once(WORKSPACE)
    aws.fault = None
    aws.deliver(NOW)

    assert 0 == process.run_once(WORKSPACE)
    desk.clock.turn(HOUR)
    assert 1 == process.run_once(WORKSPACE)
    assert 1 == len(arrivals(desk, enrollment.id))


def test_a_bucket_that_cannot_be_looked_into_is_kept_and_not_told(desk: Desk) -> None:
    """The reminder says so at the window's end."""
    enrollment = waiting(desk)
    aws = PlayedAws()
    aws.seen = DeliveredFiles(problem="access denied to s3:ListBucket")

    file_watch(desk, aws).run_once(WORKSPACE)

    assert [] == arrivals(desk, enrollment.id)
    with desk.database.read() as connection:
        kept = check_results.last(connection, enrollment.id, CheckKind.DELIVERED_FILES)
    assert kept is not None
    assert "access denied to s3:ListBucket" == kept.found["problem"]
