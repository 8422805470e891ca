"""Who looks for files, on the desk of a test, and enrollments that wait for them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from datetime import timedelta
from typing import Any

from bot.domain.aws.preflight import CheckReport
from bot.domain.enrollment import Enrollment, Event, EventKind
from bot.repository import check_results
from bot.repository.check_results import CheckKind
from bot.use_cases import FileWatch
from tests.domain.building import OWNER
from tests.support.fake_aws_inspector import PlayedAws
from tests.support.usual_procedure import CONNECT
from tests.use_cases.asking import WORKSPACE, Desk, caller

HOUR = timedelta(hours=1)


class AtOnce(Executor):
    """Runs what it is given in the caller's thread, and counts it."""

    def __init__(self) -> None:
        self.given = 0

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Run it."""
        self.given += 1
        fn(*args, **kwargs)
        return Future()


def file_watch(desk: Desk, aws: PlayedAws, *, always: bool = True, pool: Executor | None = None) -> FileWatch:
    """Who looks, in one process."""
    return FileWatch(desk.database, desk.clock, aws, pool or AtOnce(), desk._wake, always=always)


def waiting(desk: Desk, **fields: Any) -> Enrollment:
    """An enrollment whose connection waits since now."""
    enrollment = desk.opened(CONNECT) if not fields else desk.start(**fields)
    return desk.bot.complete_act(caller(), enrollment.id, CONNECT)


def arrivals(desk: Desk, number: int) -> list[Event]:
    """The times that the first file was told."""
    history = desk.bot.history(WORKSPACE, number)
    return [event for event, _, _ in history if event.kind is EventKind.FIRST_FILES_ARRIVED]


def saw(desk: Desk, number: int, bucket: str | None, role: str | None = None) -> None:
    """Keep a preflight that saw a bucket, or none."""
    with desk.database.write() as connection:
        found = CheckReport(bucket=bucket, role_arn=role).to_json()
        check_results.save(connection, number, CheckKind.PREFLIGHT, OWNER, desk.clock.now(), found, bucket)
