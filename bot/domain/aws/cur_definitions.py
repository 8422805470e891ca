"""Definitions of the Cost and Usage Report (CUR): chooses the best one and finds its wrong settings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from bot.domain.aws.catalog import ITEMS, finding, not_seen
from bot.domain.aws.delivered_files import STALE
from bot.domain.aws.facts import AccountSnapshot, CurDefinitions, ReportDefinition, Unseen
from bot.domain.aws.preflight import DeliveredFiles, Finding, Target
from bot.domain.aws.wording import moment_in_utc
from bot.domain.inputs import format_account_id

#: The most names that a finding lists; the rest is counted.
SHOWN = 3
#: AWS's word for a report that was delivered.
_DELIVERED = "SUCCESS"


@dataclass(frozen=True, slots=True)
class Requirement:
    """One setting of a report: its value in AWS's words, and whether it is as the procedure asks."""

    shown: Callable[[ReportDefinition], str]
    right: Callable[[ReportDefinition], bool]


REQUIREMENTS: Mapping[str, Requirement] = MappingProxyType({
    "cur.time_unit": Requirement(lambda r: r.time_unit, lambda r: r.time_unit == "HOURLY"),
    "cur.resources": Requirement(lambda r: ", ".join(r.elements), lambda r: "RESOURCES" in r.elements),
    "cur.refresh": Requirement(
        lambda r: "" if r.refresh is None else "yes" if r.refresh else "no", lambda r: r.refresh is True
    ),
    "cur.versioning": Requirement(lambda r: r.versioning, lambda r: r.versioning == "OVERWRITE_REPORT"),
    "cur.athena": Requirement(lambda r: ", ".join(r.artifacts), lambda r: "ATHENA" in r.artifacts),
    "cur.format": Requirement(
        lambda r: ", ".join(filter(None, (r.format, r.compression))),
        lambda r: (r.format, r.compression) == ("Parquet", "Parquet"),
    ),
    "cur.region": Requirement(lambda r: r.region, lambda r: r.region == "us-east-1"),
})  # fmt: skip


def best(reports: CurDefinitions | Unseen, recorded: str | None) -> ReportDefinition | None:
    """Choose the report that is most likely meant.

    The one with the fewest faults; then one that AWS has delivered, one in the recorded bucket, and the first by name.
    A pro forma report of a billing group is never meant.
    """
    if isinstance(reports, Unseen):
        return None
    meant = [report for report in reports.definitions if not report.pro_forma]
    return min(
        meant,
        key=lambda r: (len(faults(r)), r.status != _DELIVERED, r.bucket != recorded, r.name),
        default=None,
    )


def faults(report: ReportDefinition) -> list[str]:
    """The items with a wrong setting; a failed delivery is one of them."""
    wrong = [item for item, requirement in REQUIREMENTS.items() if not requirement.right(report)]
    return [*wrong, *(["cur.status"] if report.status.startswith("ERROR") else [])]


def judge(snapshot: AccountSnapshot, target: Target, now: datetime, first: str) -> Iterator[Finding]:
    """The findings on the report: all settings of the best one, and one line on the others."""
    reports = snapshot.reports
    if isinstance(reports, Unseen):
        yield not_seen("cur.definition", reports, first)
        return
    report = best(reports, target.bucket)
    if report is None:
        names = reports.exports if not isinstance(reports.exports, Unseen) else ()
        invented = [f"“{other.name}”" for other in reports.definitions]
        case = "pro forma" if invented else "exports" if names else "none"
        yield finding("cur.definition", case, exports=some(invented or names))
        return
    account = format_account_id(target.account_id)
    about = {"report": report.name, "bucket": report.bucket, "account": account}
    yield finding("cur.definition", "found", **about)
    for item, requirement in REQUIREMENTS.items():
        case = "right" if requirement.right(report) else "wrong"
        yield finding(item, case, found=requirement.shown(report) or "nothing", report=report.name)
    yield _delivery(report, snapshot.files, about, now)
    others = [other for other in reports.definitions if other is not report]
    if others:
        wrong = faults(report)
        told = some([f"“{other.name}” ({_fit(other)})" for other in others])
        case = "wrong" if wrong else "right"
        yield finding("cur.several", case, report=report.name, faults=_told(wrong), others=told)


def _delivery(
    report: ReportDefinition, files: DeliveredFiles | Unseen | None, about: Mapping[str, str], now: datetime
) -> Finding:
    """The finding on the last delivery: AWS's status, or the files where it gives none."""
    newest = files.newest_at if isinstance(files, DeliveredFiles) else None
    fresh = newest is not None and now - newest <= STALE
    told = report.status
    if not told:
        case = "not yet" if newest is None else "files tell" if fresh else "silent"
    elif told == _DELIVERED:
        late = report.delivered_at is not None and now - report.delivered_at > STALE
        case = "old" if late and not fresh else "right"
        told += f", {moment_in_utc(report.delivered_at, now)}" if report.delivered_at else ""
    else:
        case = told if told in ITEMS["cur.status"].cases else "odd"
    return finding("cur.status", case, found=told, newest_at=moment_in_utc(newest, now), **about)


def _fit(report: ReportDefinition) -> str:
    """What is wrong with one of the other reports, in a few words."""
    return "pro forma, for a billing group" if report.pro_forma else _told(faults(report))


def _told(items: list[str]) -> str:
    """Faults as text: `time granularity, last delivery`."""
    return ", ".join(ITEMS[item].title.partition(": ")[2] for item in items) or "every setting right"


def some(names: tuple[str, ...] | list[str]) -> str:
    """The first few names, and the number of the others."""
    more = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {more} more" if more > 0 else "")
