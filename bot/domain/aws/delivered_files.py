"""The files of a Cost and Usage Report in S3: where they lie, and counts of them by the names of the objects."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from bot.domain.aws.facts import ReportDefinition
from bot.domain.aws.preflight import DeliveredFiles

#: The vendor's warning: no new data for longer than this.
STALE = timedelta(hours=48)

#: The folder of a billing period: its first day, and the first day after it.
_PERIOD = re.compile(r"(?:^|/)([0-9]{8}-[0-9]{8})/")
#: The folders of a month in a report for Athena.
_MONTH = re.compile(r"(?:^|/)year=([0-9]{4})/month=([0-9]{1,2})/")
_PARQUET = re.compile(r"\.parquet$")
_CSV = re.compile(r"\.(?:csv|csv\.gz|csv\.zip|zip)$")
_MANIFEST = re.compile(r"-Manifest\.json$")
#: A table that only holds the status of the data beside it.
_STATUS = "cost_and_usage_data_status"


def is_data(key: str) -> bool:
    """Whether a file holds cost data, and is not a manifest, a script or a status."""
    return bool(_PARQUET.search(key) or _CSV.search(key)) and _STATUS not in key


def folders(report: ReportDefinition) -> tuple[str, ...]:
    """The folders in which a report's files can lie: several where its prefix has slashes at its ends, or is empty.

    AWS puts prefix, slash and name together; a prefix with a slash of its own then gives two.
    """
    prefix, name = report.prefix.strip("/"), report.name
    before = ("", "/") if not prefix or report.prefix.startswith("/") else ("",)
    after = ("/", "//") if prefix and report.prefix.endswith("/") else ("/",)
    between = after if prefix else ("",)
    return tuple(f"{lead}{prefix}{gap}{name}/" for lead in before for gap in between)


def month_folders(report: ReportDefinition, day: date) -> tuple[str, ...]:
    """The folders with the data of a month."""
    of_athena = f"{report.name}/year={day.year}/month={day.month}/"
    month = of_athena if "ATHENA" in report.artifacts else f"{_period(day)}/"
    return tuple(folder + month for folder in folders(report))


def month_before(day: date) -> date:
    """A day of the month before."""
    return day.replace(day=1) - timedelta(days=1)


def sample_keys(report: ReportDefinition, day: date) -> tuple[str, ...]:
    """Names of files that a reader of the report must be able to read: a manifest, data of this month and last year."""
    folder, name = folders(report)[0], report.name
    last_year = date(day.year - 1, day.month, 1)
    data = [f"{month_folders(report, on)[0]}{name}-00001.snappy.parquet" for on in (day, last_year)]
    return f"{folder}{_period(day)}/{name}-Manifest.json", *data


def period_of(key: str) -> str | None:
    """The billing period in a file's name, such as `20261101-20261201`; None if there is none."""
    if found := _PERIOD.search(key):
        return found[1]
    if not (found := _MONTH.search(key)):
        return None
    year, month = int(found[1]), int(found[2])
    if not (1 <= month <= 12 and 1 <= year < 9999):
        return None
    return _period(date(year, month, 1))


def _period(day: date) -> str:
    return f"{day:%Y%m}01-{date(day.year + day.month // 12, day.month % 12 + 1, 1):%Y%m%d}"


@dataclass
class FileCounter:
    """Adds up data files; `complete` is False while there may be more.

    Args:
        parquet: whether the report is in Parquet: CSV files, of before it was changed, are then counted apart.
    """

    bucket: str = ""
    parquet: bool = False
    files: int = 0
    size: int = 0
    others: int = 0
    manifests: int = 0
    first_at: datetime | None = None
    newest_at: datetime | None = None
    periods: set[str] = field(default_factory=set)
    complete: bool = False

    def add(self, key: str, size: int, at: datetime) -> None:
        """Add an object of the bucket; empty files, scripts and the status table are ignored."""
        if not size:
            return
        if _MANIFEST.search(key):
            self.manifests += 1
            return
        if not is_data(key):
            return
        if self.parquet and not _PARQUET.search(key):
            self.others += 1
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
        return DeliveredFiles(
            files=self.files,
            size=self.size,
            first_at=self.first_at,
            newest_at=self.newest_at,
            periods=tuple(sorted(self.periods)),
            counted_all=self.complete,
            bucket=self.bucket,
            others=self.others,
            manifests=self.manifests,
        )
