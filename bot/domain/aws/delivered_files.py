"""Counts the data files of a Cost and Usage Report by the names of its objects in S3."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime

from bot.domain.aws.preflight import DeliveredFiles

#: The folder of a billing period: its first day, and the first day after it.
_PERIOD = re.compile(r"(?:^|/)([0-9]{8}-[0-9]{8})/")
#: The folders of a month in a report for Athena.
_MONTH = re.compile(r"(?:^|/)year=([0-9]{4})/month=([0-9]{1,2})/")
_DATA = re.compile(r"\.(?:parquet|csv|csv\.gz|csv\.zip|zip)$")
#: A table that only holds the status of the data beside it.
_STATUS = "cost_and_usage_data_status"


def is_data(key: str) -> bool:
    """Whether a file holds cost data, and is not a manifest, a script or a status."""
    return bool(_DATA.search(key)) and _STATUS not in key


def period_of(key: str) -> str | None:
    """The billing period in a file's name, such as `20261101-20261201`; None if there is none."""
    if found := _PERIOD.search(key):
        return found[1]
    if not (found := _MONTH.search(key)):
        return None
    year, month = int(found[1]), int(found[2])
    if not (1 <= month <= 12 and 1 <= year < 9999):
        return None
    return f"{date(year, month, 1):%Y%m%d}-{date(year + month // 12, month % 12 + 1, 1):%Y%m%d}"


@dataclass
class FileCounter:
    """Adds up data files; `complete` is False while there may be more."""

    files: int = 0
    size: int = 0
    first_at: datetime | None = None
    newest_at: datetime | None = None
    periods: set[str] = field(default_factory=set)
    complete: bool = False

    def add(self, key: str, size: int, at: datetime) -> None:
        """Add an object of the bucket; empty files and files without data are ignored."""
        if not size or not is_data(key):
            return
        self.files += 1
        self.size += size
        self.first_at = min(self.first_at or at, at)
        self.newest_at = max(self.newest_at or at, at)
        period = period_of(key)
        if period:
            self.periods.add(period)

    def result(self) -> DeliveredFiles:
        """The totals."""
        periods = tuple(sorted(self.periods))
        return DeliveredFiles(self.files, self.size, self.first_at, self.newest_at, periods, self.complete)
