"""What a look at the AWS side of an enrollment finds: findings with a verdict each, and the files that have arrived.

Values only, with their JSON form: who looks is `bot/checks`, who keeps it is the storage, who shows it is messaging.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, Self


class Verdict(StrEnum):
    """What a check came to; what could not be seen is never a pass."""

    PASS = "pass"  # noqa: S105 - a verdict, no password
    FAIL = "fail"
    UNKNOWN = "cannot tell"


@dataclass(frozen=True, slots=True)
class Finding:
    """One item of the preflight.

    Attributes:
        item: a stable name, such as `cur.time_unit`. title: as people read it.
        found, expected: what was there and what must be. fix: console page, field, value; "" where all is well.
    """

    item: str
    verdict: Verdict
    title: str
    found: str = ""
    expected: str = ""
    fix: str = ""


@dataclass(frozen=True, slots=True)
class DeliveredFiles:
    """What has arrived in the bucket of the Cost and Usage Report.

    Attributes:
        files, size: how many data files, and their bytes. first_at, newest_at: when they arrived (UTC).
        periods: the billing periods, such as `20261101-20261201`, in order.
        counted_all: False where there were more files than were looked at.
        problem: why nothing can be said; "" where the look succeeded.
    """

    files: int = 0
    size: int = 0
    first_at: datetime | None = None
    newest_at: datetime | None = None
    periods: tuple[str, ...] = ()
    counted_all: bool = True
    problem: str = ""

    def to_json(self) -> dict[str, Any]:
        """As plain values; `from_json` reads them."""
        return asdict(self) | {"first_at": _text(self.first_at), "newest_at": _text(self.newest_at)}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """The value that `to_json` gave."""
        moments = {name: _moment(values[name]) for name in ("first_at", "newest_at")}
        return cls(**{**values, **moments, "periods": tuple(values["periods"])})


@dataclass(frozen=True, slots=True)
class CheckReport:
    """Everything that one preflight found.

    Attributes:
        findings: in the order in which people set things up.
        delivered: the files in the bucket, where it could be looked at.
        role_arn, bucket: what was found and can be offered to the form of the step; None where nothing was.
        accounts: names of the organization's accounts, as far as they were read. account_count: of all of them.
    """

    findings: tuple[Finding, ...] = ()
    delivered: DeliveredFiles | None = None
    role_arn: str | None = None
    bucket: str | None = None
    accounts: tuple[str, ...] = ()
    account_count: int | None = None

    def count(self, verdict: Verdict) -> int:
        """How many findings came to that verdict."""
        return sum(finding.verdict is verdict for finding in self.findings)

    @property
    def summary(self) -> str:
        """The counts in words: `14 pass, 1 fail, 2 cannot tell`."""
        return ", ".join(f"{self.count(verdict)} {verdict.value}" for verdict in Verdict)

    def to_json(self) -> dict[str, Any]:
        """As plain values; `from_json` reads them."""
        values = asdict(self)
        del values["delivered"]  # stored under its old name
        return values | {"landing": self.delivered.to_json() if self.delivered else None}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """The value that `to_json` gave."""
        findings = tuple(Finding(**{**f, "verdict": Verdict(f["verdict"])}) for f in values["findings"])
        landing = values["landing"]
        delivered = DeliveredFiles.from_json(landing) if landing else None
        rest = {name: value for name, value in values.items() if name != "landing"}
        return cls(**{**rest, "findings": findings, "delivered": delivered, "accounts": tuple(values["accounts"])})


@dataclass(frozen=True, slots=True)
class Target:
    """Which account is looked at, and what the enrollment knows of it.

    Attributes:
        account_id: 12 digits, the management account.
        external_id: what the bot says when it assumes its role (ECO_AWS_ROLE) there.
        role_arn, bucket: the role of Spot and the bucket of the report, as people recorded them.
    """

    account_id: str
    external_id: str | None = None
    role_arn: str | None = None
    bucket: str | None = None


class AwsInspector(Protocol):
    """Who looks at AWS. Neither method raises: what could not be seen is a finding, or the landing's `problem`."""

    def preflight(self, target: Target) -> CheckReport:
        """Look at everything; ends within 20 s, whatever AWS does."""
        ...

    def delivered_files(self, target: Target) -> DeliveredFiles:
        """Look at the files only."""
        ...


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
