"""Definitions of the Cost and Usage Report (CUR): chooses the best one and finds its wrong settings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from bot.domain.aws.catalog import ITEMS, finding, not_seen
from bot.domain.aws.facts import AccountSnapshot, CurDefinitions, ReportDefinition, Unseen
from bot.domain.aws.preflight import Finding

#: The most names that a finding lists; the rest is counted.
SHOWN = 3


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
    """Choose the report that is most likely meant: fewest faults first, then the recorded bucket, then the name."""
    if isinstance(reports, Unseen):
        return None
    ordered = sorted(reports.definitions, key=lambda r: (len(faults(r)), r.bucket != recorded, r.name))
    return ordered[0] if ordered else None


def faults(report: ReportDefinition) -> list[str]:
    """The items with a wrong setting; a failed delivery is one of them."""
    wrong = [item for item, requirement in REQUIREMENTS.items() if not requirement.right(report)]
    return [*wrong, *(["cur.status"] if report.status.startswith("ERROR") else [])]


def judge(snapshot: AccountSnapshot, recorded: str | None, first: str) -> Iterator[Finding]:
    """The findings on the report: all settings of the best one, and one line on the others."""
    reports = snapshot.reports
    if isinstance(reports, Unseen):
        yield not_seen("cur.definition", reports, first)
        return
    report = best(reports, recorded)
    if report is None:
        names = reports.exports if not isinstance(reports.exports, Unseen) else ()
        yield finding("cur.definition", "exports" if names else "none", exports=some(names))
        return
    yield finding("cur.definition", "found", report=report.name, bucket=report.bucket)
    for item, requirement in REQUIREMENTS.items():
        case = "right" if requirement.right(report) else "wrong"
        yield finding(item, case, found=requirement.shown(report) or "nothing", report=report.name)
    yield finding("cur.status", _delivery(report), found=report.status, report=report.name, bucket=report.bucket)
    others = [other for other in reports.definitions if other is not report]
    if others:
        wrong = faults(report)
        told = some([f"“{other.name}” ({_told(faults(other))})" for other in others])
        case = "wrong" if wrong else "right"
        yield finding("cur.several", case, report=report.name, faults=_told(wrong), others=told)


def _delivery(report: ReportDefinition) -> str:
    if not report.status:
        return "not yet"
    if report.status == "SUCCESS":
        return "right"
    return report.status if report.status in ITEMS["cur.status"].cases else "odd"


def _told(items: list[str]) -> str:
    """Faults as text: `time granularity, last delivery`."""
    return ", ".join(ITEMS[item].title.partition(": ")[2] for item in items) or "every setting right"


def some(names: tuple[str, ...] | list[str]) -> str:
    """The first few names, and the number of the others."""
    more = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {more} more" if more > 0 else "")
