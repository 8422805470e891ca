"""The metrics of enrollments: how many stand where, what is late or blocked, and whose turn it has been."""

from __future__ import annotations

import math
from collections.abc import Mapping

from prometheus_client import Gauge

from bot.telemetry.metrics import BLOCKED, BROKEN, BY_STEP, LATE, OLDEST, PARTY_DAYS, MetricSet


class PortfolioMetrics(MetricSet):
    """Gauges that are set when they are read."""

    def __init__(self) -> None:
        super().__init__()
        self._by_step, self._party_days = (
            Gauge(metric.name, metric.meaning, metric.labels, registry=self._registry)
            for metric in (BY_STEP, PARTY_DAYS)
        )
        self._late, self._blocked, self._broken, self._oldest = (
            Gauge(metric.name, metric.meaning, registry=self._registry) for metric in (LATE, BLOCKED, BROKEN, OLDEST)
        )

    def show(
        self,
        by_step: Mapping[tuple[str, str], int],
        party_days: Mapping[str, float],
        late: float,
        blocked: float,
        broken: float,
        oldest_days: float,
    ) -> None:
        """Set the figures; a series that has none any more is gone."""
        self._by_step.clear()
        self._party_days.clear()
        for (step, state), count in by_step.items():
            self._by_step.labels(step, state).set(count)
        for party, days in party_days.items():
            self._party_days.labels(party).set(days)
        self._late.set(late)
        self._blocked.set(blocked)
        self._broken.set(broken)
        self._oldest.set(oldest_days)

    def unknown(self) -> None:
        """Say that the figures are not known."""
        self.show({}, {}, math.nan, math.nan, math.nan, math.nan)
