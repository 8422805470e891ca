"""A report that an MSP delivers itself: where its files have to lie, and the facts about those that are there.

Source: the vendor's page "Connect Account: Customer Working with AWS MSP", Option 2.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.domain.aws.facts import Bucket, Unseen
from bot.domain.aws.preflight import DeliveredFiles

#: The folders of the data and of the manifests; S3 tells upper and lower case apart.
DATA, MANIFESTS = "RawCURReports/cur/", "manifests/"
#: The first bytes of a file that gzip has compressed.
GZIP = b"\x1f\x8b"
_PERIOD = re.compile(r"(\d{8})-(\d{8})", re.ASCII)
_MANIFEST = re.compile(r"[^/]+-Manifest\.json")
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class StoredFile:
    """An object of a bucket: its key, its bytes, and when it was written."""

    key: str
    size: int
    at: datetime

    @property
    def is_manifest(self) -> bool:
        """Whether it is a manifest, wherever it lies."""
        return self.key.lower().endswith("-manifest.json")


@dataclass(frozen=True, slots=True)
class Delivery:
    """What lies in the bucket that an MSP delivers to.

    Attributes:
        bucket: None if there is none; the rest is empty then, and where the bot may not look into it.
        accounts: the folders of accounts. periods: the folders in that of the enrollment's account, by name.
        files: the files in the folder of the account, of its newest periods only; none of them is empty.
        manifests: all files under `MANIFESTS`.
        elsewhere: some files of the bucket, read only where the account has no folder.
        head: the first bytes of the newest data file; None where there is none.
        complete: whether all of this was read.
    """

    bucket: Bucket | None
    accounts: tuple[str, ...] = ()
    periods: tuple[str, ...] = ()
    files: tuple[StoredFile, ...] = ()
    manifests: tuple[StoredFile, ...] = ()
    elsewhere: tuple[str, ...] = ()
    head: bytes | Unseen | None = None
    complete: bool = True

    @property
    def data(self) -> tuple[StoredFile, ...]:
        """The data files, the newest first."""
        found = (each for each in self.files if not each.is_manifest)
        return tuple(sorted(found, key=lambda each: each.at, reverse=True))

    def counted(self, bucket: str) -> DeliveredFiles:
        """The counts of the data files that were read."""
        data = self.data
        return DeliveredFiles(
            files=len(data),
            size=sum(each.size for each in data),
            first_at=data[-1].at if data else None,
            newest_at=data[0].at if data else None,
            periods=tuple(sorted(name for name in self.periods if month(name))),
            counted_all=self.complete and len(self.periods) <= NEWEST,
            bucket=bucket,
            manifests=len(self.manifests),
        )


#: Of how many periods the files are read.
NEWEST = 3


def folder(account_id: str) -> str:
    """The folder of an account's data."""
    return f"{DATA}{account_id}/"


def month(name: str) -> date | None:
    """The first day of the month that a folder is named after; None where it is not named after a whole month.

    It ends with the last day of the month, or with the first day of the next one, as AWS writes it.
    """
    if not (found := _PERIOD.fullmatch(name)):
        return None
    try:
        first, end = (date.fromisoformat(text) for text in found.groups())
    except ValueError:
        return None
    following = (first.replace(day=28) + 4 * _DAY).replace(day=1)
    return first if first.day == 1 and end in (following, following - _DAY) else None


def is_placed(key: str, account_id: str) -> bool:
    """Whether a data file lies in a folder of its delivery (assembly ID) in one of a period, and no deeper."""
    return key.startswith(folder(account_id)) and len(key.removeprefix(folder(account_id)).split("/")) == 3


def manifest_period(key: str) -> str | None:
    """The period of a manifest that lies and is named as it has to; None for another file."""
    parts = key.removeprefix(MANIFESTS).split("/")
    return parts[0] if key.startswith(MANIFESTS) and len(parts) == 2 and _MANIFEST.fullmatch(parts[1]) else None
