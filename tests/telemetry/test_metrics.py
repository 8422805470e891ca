"""/metrics has the metrics of the table, and counts correctly."""

import re
from datetime import UTC, datetime

from bot import __version__
from bot.telemetry.metrics import (
    METRICS,
    BackupMetrics,
    DeliveryMetrics,
    OutsideMetrics,
    RequestMetrics,
    TemplateMetrics,
    WorkspaceMetrics,
)
from bot.telemetry.portfolio_metrics import PortfolioMetrics


def lines(text: str, name: str) -> list[str]:
    """The samples of a metric."""
    return [line for line in text.splitlines() if re.match(rf"{name}[ {{]", line)]


def test_the_table_is_what_is_exposed() -> None:
    """Every metric of the table has its help and type on /metrics, and there is no other."""
    outside = (WorkspaceMetrics(), OutsideMetrics(), PortfolioMetrics(), TemplateMetrics())
    sets = (DeliveryMetrics(), RequestMetrics(), BackupMetrics(["stored"]), *outside)
    text = "".join(metrics.render() for metrics in sets)

    helped = dict(re.findall(r"^# HELP (\S+) (.*)$", text, re.MULTILINE))

    assert {metric.name: metric.meaning for metric in METRICS} == helped
    assert len(METRICS) == text.count("# TYPE ")


def test_deliveries_are_counted_by_kind_and_outcome() -> None:
    """Each processed message increments its series; the gauge has the last number set."""
    metrics = DeliveryMetrics()
    metrics.delivered("reminder", "posted")
    metrics.delivered("reminder", "posted")
    metrics.due(7, 90, 2)

    text = metrics.render()

    assert ['eco_deliveries_total{kind="reminder",outcome="posted"} 2.0'] == lines(text, "eco_deliveries_total")
    assert ["eco_outbox_due 7.0"] == lines(text, "eco_outbox_due")
    assert ["eco_outbox_oldest_due_seconds 90.0"] == lines(text, "eco_outbox_oldest_due_seconds")
    assert ["eco_outbox_put_aside 2.0"] == lines(text, "eco_outbox_put_aside")


def test_faults_of_templates_are_counted_by_file() -> None:
    """A file without one has its zero."""
    metrics = TemplateMetrics()
    metrics.faults("cards/head.j2", 0)
    metrics.faults("help.j2", 1)
    metrics.faults("help.j2", 1)

    assert [
        'eco_template_faults_total{file="cards/head.j2"} 0.0',
        'eco_template_faults_total{file="help.j2"} 2.0',
    ] == lines(metrics.render(), "eco_template_faults_total")


def test_refused_requests_have_a_series_for_each_reason_from_the_start() -> None:
    """An alert on an increase needs the zero before it."""
    metrics = RequestMetrics()
    metrics.refused("clock")

    found = lines(metrics.render(), "eco_refused_requests_total")

    assert 'eco_refused_requests_total{reason="clock"} 1.0' in found
    assert 'eco_refused_requests_total{reason="secret"} 0.0' in found


def test_requests_are_counted_and_timed() -> None:
    """A request increments its series and every bucket of its duration."""
    metrics = RequestMetrics()
    metrics.answered("command", "ok", 0.03)

    text = metrics.render()

    assert ['eco_requests_total{kind="command",outcome="ok"} 1.0'] == lines(text, "eco_requests_total")
    assert 'eco_ack_seconds_bucket{kind="command",le="0.025"} 0.0' in text
    assert 'eco_ack_seconds_bucket{kind="command",le="0.05"} 1.0' in text
    assert [f'eco_build_info{{version="{__version__}"}} 1.0'] == lines(text, "eco_build_info")


def test_backups_are_counted_and_the_last_good_one_is_dated() -> None:
    """Every outcome has a series from the start, and a failure does not change the time of the last success."""
    metrics = BackupMetrics(["stored", "failed"])
    metrics.taken("stored", datetime(2026, 11, 23, 10, 0, tzinfo=UTC))
    metrics.taken("stored", None)

    text = metrics.render()

    outcomes = ['eco_backups_total{outcome="stored"} 2.0', 'eco_backups_total{outcome="failed"} 0.0']
    assert outcomes == lines(text, "eco_backups_total")
    assert ["eco_backup_last_success_timestamp_seconds 1.795428e+09"] == lines(
        text, "eco_backup_last_success_timestamp_seconds"
    )


def test_other_workspaces_are_counted() -> None:
    """Refused requests by kind, and the messages that nobody sends."""
    metrics = WorkspaceMetrics()
    metrics.refused("form")
    metrics.stranded(3)

    text = metrics.render()

    assert ['eco_other_workspace_requests_total{kind="form"} 1.0'] == lines(text, "eco_other_workspace_requests_total")
    assert ["eco_outbox_stranded 3.0"] == lines(text, "eco_outbox_stranded")


def test_two_sets_of_metrics_know_nothing_of_each_other() -> None:
    """There is no global registry: two bots in one process count separately."""
    first, second = DeliveryMetrics(), DeliveryMetrics()
    first.delivered("card", "posted")

    assert [] == lines(second.render(), "eco_deliveries_total")
