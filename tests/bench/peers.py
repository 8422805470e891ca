"""The alternatives that the outbox is compared with: APScheduler, procrastinate and DBOS Transact.

They are used as their documentation says. Their jobs post a message that was rendered beforehand, to the same server
and through the same client.
"""

from __future__ import annotations

import functools
import logging
import pickle
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import procrastinate
import sqlalchemy as sa
from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_EXECUTED, EVENT_JOB_MISSED
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.job import Job
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.date import DateTrigger
from dbos import DBOS, DBOSClient
from slack_sdk import WebClient

from tests.bench.seeding import channel
from tests.bench.setting import Setting

#: Seconds until jobs that do not end are given up.
PATIENCE = 120.0
WORKERS = 8

for name in ("apscheduler", "procrastinate"):
    logging.getLogger(name).setLevel(logging.CRITICAL)


@functools.cache
def _client(api_url: str, token: str) -> WebClient:
    return WebClient(token=token, base_url=api_url, timeout=10, retry_handlers=[])


def post(api_url: str, token: str, message: dict[str, Any], to: str, key: str) -> None:
    """A peer's job: one message, which can be told from others."""
    _client(api_url, token).chat_postMessage(
        channel=to, metadata={"event_type": "eco_owed", "event_payload": {"key": key}}, **message
    )


def jobs(count: int, channels: int) -> list[tuple[str, str]]:
    """Channel and key of each job."""
    return [(channel(number, channels), f"job:{number}") for number in range(1, count + 1)]


# APScheduler --------------------------------------------------------------------------------------------------


def store(url: str) -> SQLAlchemyJobStore:
    """Its store with a table, ready to be used without a scheduler."""
    made = SQLAlchemyJobStore(url=url)
    made.start(None, "default")
    return made


def scheduler(url: str, *, keep_all: bool) -> BackgroundScheduler:
    """With its defaults, or so that it drops nothing and works on as many jobs at a time as we do."""
    options: dict[str, Any] = {}
    if keep_all:
        options = {
            "executors": {"default": ThreadPoolExecutor(WORKERS)},
            "job_defaults": {"misfire_grace_time": None},
        }
    return BackgroundScheduler(jobstores={"default": SQLAlchemyJobStore(url=url)}, timezone=UTC, **options)


def fill_store(url: str, due: datetime, calls: Sequence[tuple[Any, ...]], *, keep_all: bool) -> None:
    """Put one-shot jobs into its table in one go: preparing is not what is measured."""
    filled = store(url)
    planner = BackgroundScheduler(timezone=UTC)
    rows = []
    for number, arguments in enumerate(calls):
        job = Job(
            planner,
            id=f"job-{number}",
            func=post,
            args=arguments,
            kwargs={},
            name="post",
            trigger=DateTrigger(due, UTC),
            executor="default",
            misfire_grace_time=None if keep_all else 1,
            coalesce=True,
            max_instances=1,
            next_run_time=due,
        )
        state = pickle.dumps(job.__getstate__(), pickle.HIGHEST_PROTOCOL)
        rows.append({"id": job.id, "next_run_time": due.timestamp(), "job_state": state})
    with filled.engine.begin() as connection:
        connection.execute(sa.insert(filled.jobs_t), rows)
    filled.shutdown()


def run_store(url: str, count: int, *, keep_all: bool) -> None:
    """Run a scheduler until it has dealt with every job, one way or the other."""
    ended = threading.Semaphore(0)
    runner = scheduler(url, keep_all=keep_all)

    def note(event: Any) -> None:
        ended.release()

    runner.add_listener(note, EVENT_JOB_EXECUTED | EVENT_JOB_ERROR | EVENT_JOB_MISSED)
    runner.start()
    try:
        for _ in range(count):
            assert ended.acquire(timeout=PATIENCE), "APScheduler did not come to its end"
    finally:
        runner.shutdown(wait=True)


def add_jobs(runner: BackgroundScheduler, due: datetime, calls: Sequence[tuple[Any, ...]]) -> None:
    """Add one-shot jobs one by one, as an application does."""
    for arguments in calls:
        runner.add_job(post, "date", run_date=due, args=arguments)


# procrastinate ------------------------------------------------------------------------------------------------

TASK = "post"


def prepare_procrastinate(bench: Setting, url: str) -> None:
    """Its tables."""
    with procrastinate_app(bench, url) as app:
        app.schema_manager.apply_schema()


@contextmanager
def procrastinate_app(bench: Setting, url: str) -> Iterator[procrastinate.App]:
    """An application that can defer jobs."""
    app = procrastinate.App(connector=procrastinate.SyncPsycopgConnector(conninfo=bench.conninfo(url)))
    app.task(name=TASK)(post)
    with app.open():
        yield app


def defer(app: procrastinate.App, calls: Sequence[tuple[Any, ...]], due: datetime | None = None) -> None:
    """Defer jobs one by one, as an application does."""
    task = app.configure_task(TASK, schedule_at=due)
    for api_url, token, message, to, key in calls:
        task.defer(api_url=api_url, token=token, message=message, to=to, key=key)


def run_worker(bench: Setting, url: str) -> None:
    """Run a worker until nothing is left to do."""
    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=bench.conninfo(url)))
    app.task(name=TASK)(post)
    app.run_worker(wait=False, concurrency=WORKERS, listen_notify=False, install_signal_handlers=False)


# DBOS Transact ------------------------------------------------------------------------------------------------

QUEUE = "posts"
EXECUTOR = "bench"
#: Its own second between two looks into a queue would be all that is measured: 8 jobs a second.
POLLING_SECONDS = 0.01

_post_step = DBOS.step(name="post")(post)
#: One for each job that has come to its end.
_ended = threading.Semaphore(0)


@DBOS.workflow(name=TASK)
def _post_workflow(*arguments: Any) -> None:
    try:
        _post_step(*arguments)
    finally:
        _ended.release()


@contextmanager
def dbos_executor(url: str, *, executor: str = EXECUTOR) -> Iterator[None]:
    """A process' part in working off the queue; it takes back what an executor of the same ID had begun."""
    DBOS(
        config={
            "name": "bench",
            "system_database_url": url,
            "executor_id": executor,
            "application_version": "1",
            "log_level": "CRITICAL",
        }
    )
    DBOS.launch()
    DBOS.register_queue(QUEUE, worker_concurrency=WORKERS, polling_interval_sec=POLLING_SECONDS)
    try:
        yield
    finally:
        DBOS.destroy(workflow_completion_timeout_sec=10)


def fill_dbos(url: str, calls: Sequence[tuple[Any, ...]]) -> None:
    """Create its tables, and enqueue jobs one by one, as an application does."""
    DBOS.migrate(url)
    client = DBOSClient(system_database_url=url)
    for arguments in calls:
        client.enqueue({"queue_name": QUEUE, "workflow_name": TASK}, *arguments)
    client.destroy()


def run_dbos(url: str, count: int) -> None:
    """Work on the queue until so many jobs have ended."""
    with dbos_executor(url):
        for _ in range(count):
            assert _ended.acquire(timeout=PATIENCE), "DBOS did not come to its end"


def dbos_left(url: str, executor: str) -> tuple[int, int]:
    """How many jobs are left to this executor, and how many are left with others that have begun them."""
    client = DBOSClient(system_database_url=url)
    unfinished = client.list_workflows(status=["ENQUEUED", "PENDING"], load_input=False, load_output=False)
    client.destroy()
    others = sum(job.status == "PENDING" and job.executor_id != executor for job in unfinished)
    return len(unfinished) - others, others


def later() -> datetime:
    """When reminders that are owed now are due: in some weeks."""
    return datetime.now(UTC) + timedelta(weeks=6)
