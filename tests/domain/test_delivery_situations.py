"""Deliveries of an MSP: each row has what lies in the bucket, what must be said, and the rule that makes it so."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, NamedTuple

import pytest

from bot.domain.aws import deliveries
from bot.domain.aws.calls import Call
from bot.domain.aws.check_sets import CHECK_SETS
from bot.domain.aws.delivery_facts import Delivery, StoredFile
from bot.domain.aws.facts import Bucket, Identity, Owner, Reason, Unseen
from bot.domain.aws.preflight import CheckReport, Target, Verdict
from tests.domain.aws_snapshots import ACCOUNT, BUCKET, NOW, OTHER
from tests.support.findings import FAIL, UNKNOWN, of, trouble

VENDOR = "Spot, Connect Account: Customer Working with AWS MSP, Option 2"
AWS_NAMES = "AWS Data Exports User Guide, Understanding your report versions"
RFC = "RFC 1952, 2.3.1 Member header and trailer"
KEYS = "Amazon S3 User Guide, Naming Amazon S3 objects"
GET, HEAD = "Amazon S3 API, GetObject", "Amazon S3 API, HeadBucket"
OWN = f"RawCURReports/cur/{ACCOUNT}/"
TARGET = Target(ACCOUNT, external_id="acme-7", bucket=BUCKET, checks="delivered")
ME = Identity(ACCOUNT, f"arn:aws:iam::{ACCOUNT}:role/EcoBot")
THIS, LAST = "20261101-20261130", "20261001-20261031"


def stored(key: str, hours: float = 5, size: int = 4_000) -> StoredFile:
    """A file that was written so many hours ago."""
    return StoredFile(key, size, NOW - timedelta(hours=hours))


def manifest(period: str, name: str = "acme-Manifest.json") -> StoredFile:
    """A manifest of a period."""
    return stored(f"manifests/{period}/{name}")


GREEN = Delivery(
    Bucket("us-east-1"),
    accounts=(ACCOUNT,),
    periods=(LAST, THIS),
    files=(stored(f"{OWN}{THIS}/a1/cur-1.csv.gz"), stored(f"{OWN}{LAST}/a0/cur-1.csv.gz", 600)),
    manifests=(manifest(THIS), manifest(LAST)),
    head=b"\x1f\x8b",
)


def look(found: Delivery | Unseen, target: Target = TARGET, identity: Identity | Unseen = ME) -> CheckReport:
    """The report on a delivery."""
    return deliveries.judge(identity, found, target, NOW)


def with_files(*keys: str, **more: Any) -> Delivery:
    """The green delivery with these files instead."""
    return replace(GREEN, files=tuple(map(stored, keys)), **more)


def with_periods(*names: str) -> Delivery:
    """The green delivery with these periods, each with data and a manifest."""
    files = [stored(f"{OWN}{name}/a1/cur-1.csv.gz") for name in names]
    return replace(GREEN, periods=names, files=tuple(files), manifests=tuple(map(manifest, names)))


class Row(NamedTuple):
    """One situation.

    Attributes:
        found: the delivery. expected: item -> (verdict, words of its fix). rule: page and rule of the documentation.
        says: item -> words of what was found. skipped: items that are not looked at because of an expected one.
    """

    found: Delivery
    expected: dict[str, tuple[Verdict, str]]
    rule: str
    says: dict[str, str] = {}  # noqa: RUF012 - never changed
    skipped: tuple[str, ...] = ()


REST = ("files.periods", "files.place", "files.gzip", "files.manifests", "files.newest")
ROWS: dict[str, Row] = {
    "as it should be": Row(
        GREEN, {}, f"{VENDOR}: data and manifests in their folders.",
        {"files.place": "2 data files of all periods", "files.manifests": "2 manifests"},
    ),
    "a bucket of the MSP that the bot may read": Row(
        replace(GREEN, bucket=Bucket("us-east-1", Owner.FOREIGN)), {},
        f"{VENDOR}: customer and partner agree on a bucket, in either account.",
        {"bucket.delivered": "in another account, and the bot may look into it"},
    ),
    "a bucket whose owner AWS does not tell": Row(
        replace(GREEN, bucket=Bucket("us-east-1", Owner.UNKNOWN)), {},
        "Amazon S3 User Guide, Policy condition keys: s3:prefix can allow a listing of some folders alone.",
        {"bucket.delivered": f"{BUCKET}, and the bot may look into it"},
    ),
    "a bucket that the bot may not read": Row(
        Delivery(Bucket("us-east-1", Owner.UNKNOWN, denied=True)),
        {"bucket.delivered": (UNKNOWN, "Ask the MSP to look for RawCURReports/cur/123456789012/")},
        f"{HEAD}: 403 where the caller may not list, whoever owns the bucket.",
        skipped=("files.account", *REST),
    ),
    "no such bucket": Row(
        Delivery(None), {"bucket.delivered": (FAIL, "Compare the name")}, f"{HEAD}: 404 where there is no bucket.",
        skipped=("files.account", *REST),
    ),
    "an empty bucket": Row(
        Delivery(Bucket("us-east-1")), {"files.account": (FAIL, "when they deliver")},
        f"{VENDOR}: the partner delivers the files.", skipped=REST,
    ),
    "the folder of another account": Row(
        Delivery(Bucket("us-east-1"), accounts=(OTHER,)),
        {"files.account": (FAIL, f"to {OWN}")}, f"{VENDOR}: the folder bears the account.",
        {"files.account": "only folders of 9999-8888-7777"}, REST,
    ),
    "the account written with dashes": Row(
        Delivery(Bucket("us-east-1"), accounts=("1234-5678-9012",)),
        {"files.account": (FAIL, f"to {OWN}")}, f"{VENDOR}: the folder bears the account ID.",
        {"files.account": "only folders of 1234-5678-9012"}, REST,
    ),
    "folders of several accounts": Row(
        replace(GREEN, accounts=(OTHER, ACCOUNT)), {},
        f"{VENDOR}: a folder for each account.", {"files.account": "beside it are folders of 9999-8888-7777"},
    ),
    "the right folders in lower case": Row(
        Delivery(Bucket("us-east-1"), elsewhere=(f"rawcurreports/cur/{ACCOUNT}/{THIS}/a1/cur-1.csv.gz",)),
        {"files.account": (FAIL, "S3 tells upper and lower case apart")},
        f"{KEYS}: keys are case-sensitive.", {"files.account": "the bucket has rawcurreports/cur/"}, REST,
    ),
    "more accounts than are read": Row(
        Delivery(Bucket("us-east-1"), accounts=(OTHER,), complete=False),
        {"files.account": (UNKNOWN, f"look for {OWN}")},
        "Amazon S3 API, ListObjectsV2: 1,000 folders a page.", skipped=REST,
    ),
    "periods as AWS writes them": Row(
        with_periods("20261001-20261101", "20261101-20261201"), {},
        f"{AWS_NAMES}: reports are finalized at the end of the date range.",
    ),
    "a folder of two weeks": Row(
        with_periods("20261101-20261115", LAST), {"files.periods": (FAIL, "that is 20261101-20261130")},
        f"{VENDOR}: yyyymmdd-yyyymmdd, the billing period.", {"files.periods": "20261101-20261115"},
    ),
    "a folder with another name": Row(
        with_periods("2026-11"), {"files.periods": (FAIL, "by the first and the last day of its month")},
        f"{VENDOR}: yyyymmdd-yyyymmdd.", {"files.periods": "not a whole month: 2026-11"},
    ),
    "a month to come": Row(
        with_periods(THIS, "20261201-20261231"), {"files.periods": (FAIL, "whether the dates are right")},
        f"{AWS_NAMES}: reports build on the period so far.", {"files.periods": "in the future: 20261201-20261231"},
    ),
    "no folder of a period": Row(
        with_files(f"{OWN}cur-1.csv.gz", periods=(), manifests=()),
        {"files.periods": (FAIL, "yyyymmdd-yyyymmdd"), "files.place": (FAIL, "the assembly ID"),
         "files.manifests": (FAIL, "for each period")},
        f"{VENDOR}: [account]/yyyymmdd-yyyymmdd/[assembly_id]/[cur_data].",
    ),
    "data without a folder of its delivery": Row(
        with_files(f"{OWN}{THIS}/cur-1.csv.gz"), {"files.place": (FAIL, "the assembly ID")},
        f"{VENDOR}: yyyymmdd-yyyymmdd/[assembly_id]/[cur_data].",
        {"files.place": "elsewhere: 1 of 1 data file, such as"},
    ),
    "data too deep": Row(
        with_files(f"{OWN}{THIS}/a1/x/cur-1.csv.gz", f"{OWN}{THIS}/a1/cur-1.csv.gz"),
        {"files.place": (FAIL, "the assembly ID")}, f"{VENDOR}: [assembly_id]/[cur_data].",
        {"files.place": "1 of 2 data files"},
    ),
    "folders without data": Row(
        with_files(head=None), {"files.place": (FAIL, "to write the data to")},
        f"{VENDOR}: the folders have cur_data.", skipped=("files.gzip", "files.newest"),
    ),
    "a manifest beside the data is none": Row(
        with_files(f"{OWN}{THIS}/a1/cur-1.csv.gz", f"{OWN}{THIS}/a1/acme-Manifest.json", manifests=()),
        {"files.manifests": (FAIL, "S3 tells upper and lower case apart")}, f"{VENDOR}: [bucket]/manifests/.",
        {"files.manifests": f"none under manifests/, but {OWN}{THIS}/a1/acme-Manifest.json",
         "files.place": "1 data file"},
    ),
    "a manifest for one of two periods": Row(
        replace(GREEN, manifests=(manifest(THIS),)), {"files.manifests": (FAIL, "named as that of the data")},
        f"{VENDOR}: manifests/yyyymmdd-yyyymmdd/.", {"files.manifests": f"none for {LAST}"},
    ),
    "a manifest in lower case": Row(
        replace(GREEN, manifests=(manifest(THIS, "acme-manifest.json"),)),
        {"files.manifests": (FAIL, "upper and lower")}, f"{KEYS}: keys are case-sensitive.",
        {"files.manifests": "acme-manifest.json"},
    ),
    "too many manifests to read": Row(
        replace(GREEN, manifests=(manifest(LAST),), complete=False),
        {"files.manifests": (UNKNOWN, "look for a manifest")}, "Amazon S3 API, ListObjectsV2: 1,000 keys a page.",
    ),
    "Parquet": Row(
        with_files(f"{OWN}{THIS}/a1/cur-1.snappy.parquet", head=b"PA"),
        {"files.gzip": (FAIL, "compressed with gzip")}, "Apache Parquet, File format: it begins with PAR1.",
        {"files.gzip": "is a Parquet file"},
    ),
    "ZIP": Row(
        with_files(f"{OWN}{THIS}/a1/cur-1.csv.zip", head=b"PK"), {"files.gzip": (FAIL, "compressed with gzip")},
        f"{AWS_NAMES}: csv.<zip|gz>, and the vendor asks for gzip.", {"files.gzip": "is a ZIP file"},
    ),
    "named as gzip, and not compressed": Row(
        replace(GREEN, head=b"id"), {"files.gzip": (FAIL, "compressed with gzip")},
        f"{RFC}: a member begins with 1F 8B.", {"files.gzip": "is not compressed with gzip"},
    ),
    "compressed, with another name": Row(
        with_files(f"{OWN}{THIS}/a1/export.gz"), {"files.gzip": (UNKNOWN, "whether these are CSV files")},
        f"{RFC}: gzip says nothing about what it holds.",
    ),
    "the first bytes may not be read": Row(
        replace(GREEN, head=Unseen(Reason.DENIED, Call.FIRST_BYTES, "AccessDenied")),
        {"files.gzip": (UNKNOWN, f"s3:GetObject on {BUCKET}/RawCURReports/*")}, f"{GET}: it needs s3:GetObject.",
        {"files.gzip": "(AccessDenied)"},
    ),
    "nothing new for two days": Row(
        replace(GREEN, files=(stored(f"{OWN}{THIS}/a1/cur-1.csv.gz", 49),)),
        {"files.newest": (FAIL, "at least once a day")},
        "Spot, list of questions and answers: No new data in S3 bucket for over 48 hours.",
    ),
    "not all was read, and nothing of it is new": Row(
        replace(GREEN, files=(stored(f"{OWN}{THIS}/a1/cur-1.csv.gz", 49),), complete=False),
        {"files.newest": (UNKNOWN, "sort by Last modified")}, "Amazon S3 API, ListObjectsV2: 1,000 keys a page.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_each_situation_is_told_with_its_fix(row: Row) -> None:
    """What does not pass is as expected, and nothing else."""
    report = look(row.found)

    verdicts = {item: verdict for item, (verdict, _) in row.expected.items()}
    assert verdicts | dict.fromkeys(row.skipped, UNKNOWN) == trouble(report)
    for item, (_, words) in row.expected.items():
        assert words
        assert words in of(report, item).fix
    for item, words in row.says.items():
        assert words in of(report, item).found
    assert ["not looked at"] * len(row.skipped) == [of(report, item).found for item in row.skipped]
    assert list(CHECK_SETS["delivered"].items) == [found.item for found in report.findings]
    assert row.rule.partition(": ")[2], "each row names its rule"


def test_without_a_bucket_it_asks_for_one() -> None:
    """Nothing was read, so nothing else is said."""
    report = look(Unseen(Reason.SKIPPED), replace(TARGET, bucket=None))

    assert "enter it" in of(report, "bucket.delivered").fix
    assert {UNKNOWN} == set(trouble(report).values())
    assert (None, None) == (report.delivered, report.bucket)


def test_without_access_everything_waits_for_it() -> None:
    """The first fix is that of the bot's access."""
    report = look(Unseen(Reason.SKIPPED), identity=Unseen(Reason.NO_CREDENTIALS, Call.IDENTITY))

    assert "Fix “The account that the bot looks at” first" in of(report, "bucket.delivered").fix
    assert {UNKNOWN} == {found.verdict for found in report.findings}


def test_the_counts_of_what_was_read_are_kept() -> None:
    """For the card and the hourly look, without manifests beside the data."""
    counted = look(GREEN).delivered

    assert counted is not None
    assert (2, 8_000, (LAST, THIS), True) == (counted.files, counted.size, counted.periods, counted.counted_all)
    assert (NOW - timedelta(hours=600), NOW - timedelta(hours=5)) == (counted.first_at, counted.newest_at)
    assert BUCKET == look(GREEN).bucket
    assert look(Delivery(Bucket("", denied=True))).delivered is None
    assert look(Delivery(Bucket("us-east-1"))).delivered is None, "the window would say what AWS delivers"


def test_the_watch_keeps_to_what_has_to_stay_right() -> None:
    """Old periods and manifests break nothing that worked."""
    report = look(replace(GREEN, manifests=()))

    kept = deliveries.watched(report)

    assert {} == trouble(kept)
    assert (report.delivered, BUCKET) == (kept.delivered, kept.bucket)
    assert report.delivered is not None, "the card shows the counts"
    assert ["account.identity", "bucket.delivered", "files.account", "files.newest"] == [f.item for f in kept.findings]
    assert "delivered" == kept.checks
