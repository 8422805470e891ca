"""Results of AWS checks, with their JSON form: findings with verdicts, and counts of delivered files.

`AwsInspector` is the protocol for checking an account; `bot/checks` implements it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Protocol, Self

from bot.domain.aws.check_sets import MANAGEMENT
from bot.domain.aws.costs import MonthlyCosts


class Verdict(StrEnum):
    """The result of one item; an item that could not be read is never a pass."""

    PASS = "pass"  # noqa: S105 - not a password
    FAIL = "fail"
    UNKNOWN = "cannot tell"


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one item of the preflight.

    Attributes:
        item: a stable name, such as `cur.time_unit`. title: its name for people.
        found, expected: the actual and the required value. fix: console page, field and value; "" for a pass.
        paste: a policy or a command that the fix says to copy; "" for none.
    """

    item: str
    verdict: Verdict
    title: str
    found: str = ""
    expected: str = ""
    fix: str = ""
    paste: str = ""


@dataclass(frozen=True, slots=True)
class DeliveredFiles:
    """Counts of the files in the bucket of the Cost and Usage Report.

    Attributes:
        files, size: the number of data files, and their bytes. first_at, newest_at: when they arrived (UTC).
        periods: the billing periods, such as `20261101-20261201`, in order.
        counted_all: False if there are more files than were read.
        problem: why the files could not be read; "" if they were.
        bucket: where they are; "" in results of older versions.
        others: the number of CSV files beside those of a report in Parquet. manifests: the number of manifests.
    """

    files: int = 0
    size: int = 0
    first_at: datetime | None = None
    newest_at: datetime | None = None
    periods: tuple[str, ...] = ()
    counted_all: bool = True
    problem: str = ""
    bucket: str = ""
    others: int = 0
    manifests: int = 0

    def since(self, earlier: DeliveredFiles | None) -> DeliveredFiles:
        """These files, with the first one that an earlier check saw: AWS rewrites its files, and they look new."""
        if earlier is None or earlier.first_at is None or earlier.bucket not in ("", self.bucket):
            return self
        return replace(self, first_at=min(earlier.first_at, self.first_at)) if self.first_at else self

    def to_json(self) -> dict[str, Any]:
        """The value as JSON types."""
        return {name: v.isoformat() if isinstance(v, datetime) else v for name, v in asdict(self).items()}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """The value from the output of `to_json`."""
        moments = {name: datetime.fromisoformat(values[name]) for name in ("first_at", "newest_at") if values[name]}
        return cls(**{**values, **moments, "periods": tuple(values["periods"])})


@dataclass(frozen=True, slots=True)
class MemberAccount:
    """An AWS account of the organization.

    Attributes:
        state: in words, such as `active`, `closed` or `closed or suspended`; "" where AWS did not tell it.
    """

    id: str
    name: str = ""
    state: str = ""

    @property
    def is_closed(self) -> bool:
        """Whether it is closed: AWS lists it among the others for 90 days more."""
        return self.state.startswith("closed")

    @property
    def is_ending(self) -> bool:
        """Whether it is closed or about to be: nobody makes a subset for it."""
        return self.is_closed or self.state == "pending closure"


@dataclass(frozen=True, slots=True)
class CheckReport:
    """The result of one preflight.

    Attributes:
        findings: in the order of setting things up.
        delivered: the files in the bucket, if they could be read.
        role_arn, bucket: values to prefill the form of the step with; None if none was found.
        accounts: names of the organization's accounts in use, as far as they were read. account_count: their number.
        members: all of those that were read, closed ones too.
        checks: the set of checks that it is of.
    """

    findings: tuple[Finding, ...] = ()
    delivered: DeliveredFiles | None = None
    role_arn: str | None = None
    bucket: str | None = None
    accounts: tuple[str, ...] = ()
    account_count: int | None = None
    members: tuple[MemberAccount, ...] = ()
    checks: str = MANAGEMENT

    @property
    def read_all_accounts(self) -> bool:
        """Whether the organization has no more accounts than were read."""
        return self.account_count is not None

    def count(self, verdict: Verdict) -> int:
        """The number of findings with a verdict."""
        return sum(finding.verdict is verdict for finding in self.findings)

    @property
    def looked_in(self) -> bool:
        """Whether the bot saw anything of the account that is right; without credentials, nothing fails either."""
        return self.count(Verdict.PASS) > 0

    @property
    def summary(self) -> str:
        """The counts as text: `14 pass, 1 fail, 2 cannot tell`."""
        return ", ".join(f"{self.count(verdict)} {verdict.value}" for verdict in Verdict)

    def to_json(self) -> dict[str, Any]:
        """The value as JSON types."""
        values = asdict(self)
        del values["delivered"]  # stored under its old name
        return values | {"landing": self.delivered.to_json() if self.delivered else None}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """The value from the output of `to_json`."""
        findings = tuple(Finding(**{**f, "verdict": Verdict(f["verdict"])}) for f in values["findings"])
        delivered = DeliveredFiles.from_json(values["landing"]) if values["landing"] else None
        rest = {name: value for name, value in values.items() if name not in ("landing", "account_ids")}
        # Older reports have the IDs alone, or nothing.
        members = values.get("members") or [{"id": number} for number in values.get("account_ids", ())]
        lists = {"accounts": tuple(values["accounts"]), "members": tuple(MemberAccount(**each) for each in members)}
        return cls(**{**rest, "findings": findings, "delivered": delivered, **lists})


@dataclass(frozen=True, slots=True)
class Target:
    """The account to check, and what its enrollment has recorded.

    Attributes:
        account_id: 12 digits, the account of the enrollment.
        external_id: used when the bot assumes its role (ECO_AWS_ROLE) in the account.
        role_arn, bucket: Spot's role and the report's bucket, as people entered them.
        full_role_arn: the role with the full policy that Spot support gives after the contract.
        spot_external_id: the external ID of Spot, as people entered it: the one that Spot's role asks for.
        seen: the files that an earlier check counted; None if there was none.
        checks: the set of checks, a name in `check_sets.CHECK_SETS`.
        report_name, report_bucket, report_prefix: the report whose data Spot extracts from the account of an MSP.
        crawler_stack: the stack of that report's crawler. msp_account_id: 12 digits, the account of the MSP.
    """

    account_id: str
    external_id: str | None = None
    role_arn: str | None = None
    bucket: str | None = None
    spot_external_id: str | None = None
    seen: DeliveredFiles | None = None
    full_role_arn: str | None = None
    checks: str = MANAGEMENT
    report_name: str | None = None
    report_bucket: str | None = None
    report_prefix: str | None = None
    crawler_stack: str | None = None
    msp_account_id: str | None = None


#: The keys of the shared fields from which a target comes, which are the names of its attributes.
RECORDED = (
    *("role_arn", "bucket", "spot_external_id", "full_role_arn"),
    *("report_name", "report_bucket", "report_prefix", "crawler_stack", "msp_account_id"),
)


class AwsInspector(Protocol):
    """Checks an AWS account. No method raises: failures are findings, or the `problem` of files and costs."""

    def preflight(self, target: Target) -> CheckReport:
        """Check all that is in the target's set of checks; ends within 20 s, whatever AWS does."""

    def delivered_files(self, target: Target) -> DeliveredFiles:
        """Count the delivered files only."""

    def monthly_costs(self, target: Target, month: date) -> MonthlyCosts:
        """The unblended costs of a month by account. AWS charges a cent for each request."""

    def watch(self, target: Target) -> CheckReport:
        """Check what has to stay right after the connection, with a few calls."""
