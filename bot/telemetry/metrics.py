"""The metrics of the process, in the text format of Prometheus."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    disable_created_metrics,
    generate_latest,
)

from bot import __version__

# No second series `*_created` with the creation time of every series.
disable_created_metrics()  # type: ignore[no-untyped-call]

_REFUSALS = ("missing", "malformed", "clock", "secret", "large", "slow", "crowded")
#: Slack waits 3 seconds for the answer to a request.
_ACK_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0)
#: The bot waits 10 seconds for the answer to a call.
_CALL_BUCKETS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric: its name, its help text, and its labels."""

    name: str
    meaning: str
    labels: tuple[str, ...] = ()


REQUESTS = Metric(
    "eco_requests_total",
    "Requests from Slack, by kind (command, form, button, shortcut, options, event, other) and outcome "
    "(ok, unhandled, failed, busy: too many of one person, refused: the process was starting or stopping)",
    ("kind", "outcome"),
)
REFUSED = Metric(
    "eco_refused_requests_total",
    "Requests and connections refused over HTTP, by reason: a signature that is missing, malformed, of another clock "
    "or of another secret; a request that was too large; a connection that was slow, or crowded out",
    ("reason",),
)
ACK_SECONDS = Metric("eco_ack_seconds", "Seconds until Slack had its answer", ("kind",))
BUILD_INFO = Metric("eco_build_info", "Always 1; the label tells the version of the bot", ("version",))
DELIVERIES = Metric(
    "eco_deliveries_total",
    "Messages that the bot tried to send, by kind and outcome",
    ("kind", "outcome"),
)
OUTBOX_DUE = Metric("eco_outbox_due", "Messages that are due and not yet sent")
OUTBOX_STRANDED = Metric(
    "eco_outbox_stranded", "Messages that this bot never sends, because they belong to another workspace"
)
OTHER_WORKSPACE_REQUESTS = Metric(
    "eco_other_workspace_requests_total",
    "Requests of workspaces that this bot does not serve, which were refused, by kind",
    ("kind",),
)
WORKSPACE_UP = Metric(
    "eco_workspace_up",
    "Where workspaces install the app: 1 if this one is served, 0 if its token is refused or was removed, or its "
    "delivery has a problem",
    ("workspace",),
)
OLDEST_DUE = Metric("eco_outbox_oldest_due_seconds", "How long the oldest of those has been due; 0 if there is none")
PUT_ASIDE = Metric("eco_outbox_put_aside", "Messages that are not sent again by themselves: refused for good")
SLACK_CALLS = Metric(
    "eco_slack_calls_total",
    "Calls of Slack, by method (of the Web API, response_url or file download) and outcome (ok, no_answer, "
    "ratelimited, or another error code)",
    ("method", "outcome"),
)
SLACK_SECONDS = Metric("eco_slack_seconds", "Seconds that the calls of Slack took", ("method",))
DATABASE_ERRORS = Metric("eco_database_errors_total", "Statements and connections that failed, by kind", ("kind",))

TEMPLATE_FAULTS = Metric(
    "eco_template_faults_total",
    "Texts of ECO_TEMPLATES that could not be used, so that ours were, by file: once at the start for a file that "
    "cannot be read, and each time that a text cannot be written",
    ("file",),
)
BACKUPS = Metric(
    "eco_backups_total",
    "Scheduled backups of the SQLite database, by outcome (stored, unchanged, declined: it would have replaced one "
    "that holds more, failed)",
    ("outcome",),
)
BACKUP_SUCCESS = Metric(
    "eco_backup_last_success_timestamp_seconds",
    "When the backup was last known to hold what the database holds; 0 before the first time",
)

BY_STEP = Metric(
    "eco_enrollments",
    "Active enrollments by their next step and its state (open, waiting, due, blocked); without a step those that are "
    "completed or cancelled",
    ("step", "state"),
)
LATE = Metric("eco_enrollments_late", "Active enrollments with a step that is late: its wait or its target day is over")
BLOCKED = Metric("eco_enrollments_blocked", "Active enrollments with a step that is blocked")
BROKEN = Metric("eco_enrollments_broken", "Active, connected enrollments whose AWS side the watch finds broken")
OLDEST = Metric("eco_enrollments_oldest_days", "Age of the oldest active enrollment in days; 0 if there is none")
PARTY_DAYS = Metric(
    "eco_enrollments_days",
    "Days since the next steps of active enrollments came into their state, summed up by whose turn it is",
    ("party",),
)

#: All metrics of /metrics; a test compares the documentation with this table.
METRICS = (
    *(REQUESTS, REFUSED, ACK_SECONDS, BUILD_INFO, DELIVERIES, OUTBOX_DUE, BACKUPS, BACKUP_SUCCESS),
    *(OLDEST_DUE, PUT_ASIDE, SLACK_CALLS, SLACK_SECONDS, DATABASE_ERRORS),
    *(OUTBOX_STRANDED, OTHER_WORKSPACE_REQUESTS, WORKSPACE_UP, TEMPLATE_FAULTS),
    *(BY_STEP, LATE, BLOCKED, BROKEN, OLDEST, PARTY_DAYS),
)


class MetricSet:
    """A set of metrics with a registry of its own, so that two bots in one process count separately."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()

    def render(self) -> str:
        """The lines for /metrics."""
        return generate_latest(self._registry).decode()


class DeliveryMetrics(MetricSet):
    """Metrics of the delivery."""

    def __init__(self) -> None:
        super().__init__()
        self._deliveries = Counter(DELIVERIES.name, DELIVERIES.meaning, DELIVERIES.labels, registry=self._registry)
        self._due, self._oldest, self._put_aside = (
            Gauge(metric.name, metric.meaning, registry=self._registry)
            for metric in (OUTBOX_DUE, OLDEST_DUE, PUT_ASIDE)
        )

    def delivered(self, kind: str, outcome: str) -> None:
        """Count a message that was processed."""
        self._deliveries.labels(kind, outcome).inc()

    def due(self, count: float, oldest_seconds: float, put_aside: float) -> None:
        """Set the numbers of messages that are due and put aside, and the age of the oldest; NaN if not known."""
        self._due.set(count)
        self._oldest.set(oldest_seconds)
        self._put_aside.set(put_aside)


class OutsideMetrics(MetricSet):
    """Metrics of what the bot depends on: Slack's Web API and the database."""

    def __init__(self) -> None:
        super().__init__()
        self._calls = Counter(SLACK_CALLS.name, SLACK_CALLS.meaning, SLACK_CALLS.labels, registry=self._registry)
        self._seconds = Histogram(
            SLACK_SECONDS.name,
            SLACK_SECONDS.meaning,
            SLACK_SECONDS.labels,
            buckets=_CALL_BUCKETS,
            registry=self._registry,
        )
        self._errors = Counter(
            DATABASE_ERRORS.name, DATABASE_ERRORS.meaning, DATABASE_ERRORS.labels, registry=self._registry
        )

    def called(self, method: str, outcome: str, seconds: float) -> None:
        """Count a call of Slack and the seconds that it took."""
        self._calls.labels(method, outcome).inc()
        self._seconds.labels(method).observe(seconds)

    def database_error(self, kind: str) -> None:
        """Count a failed statement or connection."""
        self._errors.labels(kind).inc()


class TemplateMetrics(MetricSet):
    """Metrics of the operator's templates."""

    def __init__(self) -> None:
        super().__init__()
        metric = TEMPLATE_FAULTS
        self._faults = Counter(metric.name, metric.meaning, metric.labels, registry=self._registry)

    def faults(self, file: str, more: int) -> None:
        """Count texts that could not be used; none at first, as a series that begins with one shows no increase."""
        self._faults.labels(file).inc(more)


class WorkspaceMetrics(MetricSet):
    """Metrics of what belongs to workspaces that the bot does not serve."""

    def __init__(self) -> None:
        super().__init__()
        self._stranded = Gauge(OUTBOX_STRANDED.name, OUTBOX_STRANDED.meaning, registry=self._registry)
        other = OTHER_WORKSPACE_REQUESTS
        self._refused = Counter(other.name, other.meaning, other.labels, registry=self._registry)
        up = WORKSPACE_UP
        self._up = Gauge(up.name, up.meaning, up.labels, registry=self._registry)

    def up(self, workspaces: Mapping[str, bool]) -> None:
        """Set which of the workspaces that have installed the app are served without a problem of their own."""
        self._up.clear()
        for workspace, is_served in workspaces.items():
            self._up.labels(workspace).set(is_served)

    def refused(self, kind: str) -> None:
        """Count a refused request."""
        self._refused.labels(kind).inc()

    def stranded(self, count: float) -> None:
        """Set the number of messages that are never sent; NaN if it is not known."""
        self._stranded.set(count)


class BackupMetrics(MetricSet):
    """Metrics of the backups."""

    def __init__(self, outcomes: Iterable[str]) -> None:
        super().__init__()
        self._backups = Counter(BACKUPS.name, BACKUPS.meaning, BACKUPS.labels, registry=self._registry)
        self._success = Gauge(BACKUP_SUCCESS.name, BACKUP_SUCCESS.meaning, registry=self._registry)
        for outcome in outcomes:  # a series that starts with its first failure shows no increase
            self._backups.labels(outcome)

    def taken(self, outcome: str, good_at: datetime | None) -> None:
        """Count a backup; `good_at` is its time if it succeeded."""
        self._backups.labels(outcome).inc()
        if good_at is not None:
            self._success.set(good_at.timestamp())


class RequestMetrics(MetricSet):
    """Metrics of the requests from Slack, and the version of the bot."""

    def __init__(self) -> None:
        super().__init__()
        self._requests = Counter(REQUESTS.name, REQUESTS.meaning, REQUESTS.labels, registry=self._registry)
        self._refused = Counter(REFUSED.name, REFUSED.meaning, REFUSED.labels, registry=self._registry)
        for reason in _REFUSALS:  # a series that starts with its first refusal shows no increase
            self._refused.labels(reason)
        self._seconds = Histogram(
            ACK_SECONDS.name,
            ACK_SECONDS.meaning,
            ACK_SECONDS.labels,
            buckets=_ACK_BUCKETS,
            registry=self._registry,
        )
        build = Info(BUILD_INFO.name.removesuffix("_info"), BUILD_INFO.meaning, registry=self._registry)
        build.info({"version": __version__})

    def refused(self, reason: str) -> None:
        """Count a request or a connection that was refused."""
        self._refused.labels(reason).inc()

    def answered(self, kind: str, outcome: str, seconds: float) -> None:
        """Count a request and the seconds until its answer."""
        self._requests.labels(kind, outcome).inc()
        self._seconds.labels(kind).observe(seconds)
