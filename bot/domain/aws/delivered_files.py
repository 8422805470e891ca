"""Files in the bucket of a report: which are data, of which billing period, and what they come to."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime

from bot.domain.aws.preflight import DeliveredFiles

#: AWS's own folder of a versioned report: the first day, and the first that is no longer in it.
_PERIOD = re.compile(r"(?:^|/)([0-9]{8}-[0-9]{8})/")
#: The folders of a report that is made for Athena.
_MONTH = re.compile(r"(?:^|/)year=([0-9]{4})/month=([0-9]{1,2})/")
_DATA = re.compile(r"\.(?:parquet|csv|csv\.gz|csv\.zip|zip)$")
#: Beside the data lies a table that only says whether it is being written.
_STATUS = "cost_and_usage_data_status"


def is_data(key: str) -> bool:
    """Whether a file holds costs: not a manifest, a script or a status."""
    return bool(_DATA.search(key)) and _STATUS not in key


def period_of(key: str) -> str | None:
    """The billing period that a file's name tells, such as `20261101-20261201`."""
    if found := _PERIOD.search(key):
        return found[1]
    if not (found := _MONTH.search(key)):
        return None
    year, month = int(found[1]), int(found[2])
    if not (1 <= month <= 12 and 1 <= year < 9999):
        return None
    return f"{date(year, month, 1):%Y%m%d}-{date(year + month // 12, month % 12 + 1, 1):%Y%m%d}"


@dataclass
class Count:
    """Counts files as they come; `whole` is False while there may be more."""

    files: int = 0
    size: int = 0
    first_at: datetime | None = None
    newest_at: datetime | None = None
    periods: set[str] = field(default_factory=set)
    whole: bool = False

    def add(self, key: str, size: int, at: datetime) -> None:
        """One file of the bucket; only data counts, and an empty file is none."""
        if not size or not is_data(key):
            return
        self.files += 1
        self.size += size
        self.first_at = min(self.first_at or at, at)
        self.newest_at = max(self.newest_at or at, at)
        period = period_of(key)
        if period:
            self.periods.add(period)

    def delivered_files(self) -> DeliveredFiles:
        """What it came to."""
        periods = tuple(sorted(self.periods))
        return DeliveredFiles(self.files, self.size, self.first_at, self.newest_at, periods, self.whole)
