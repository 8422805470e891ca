"""A report that an MSP delivers itself, checked over HTTP."""

from datetime import UTC, datetime, timedelta
from gzip import compress
from typing import Any

import pytest

from bot.checks import BotoInspector
from bot.domain.aws.preflight import DeliveredFiles, Target, Verdict
from tests.support.aws import ACCOUNT, Account, AwsEndpoint, Fault
from tests.support.aws.account import BUCKET, TODAY
from tests.support.findings import FAIL, UNKNOWN, of, trouble

TARGET = Target(ACCOUNT, bucket=BUCKET, checks="delivered")
OTHER = "999988887777"
NEXT = (TODAY.replace(day=28) + timedelta(days=4)).replace(day=1)
PERIOD = f"{TODAY:%Y%m}01-{NEXT - timedelta(days=1):%Y%m%d}"
KEY = f"RawCURReports/cur/{ACCOUNT}/{PERIOD}/a1/cur-1.csv.gz"
MANIFEST = f"manifests/{PERIOD}/acme-Manifest.json"


@pytest.fixture
def delivered(account: Account) -> Account:
    """The bucket of the green account, with data of this month and its manifest instead of AWS's report."""
    account.put(KEY, body=compress(b"bill/PayerAccountId\n"))
    account.put(MANIFEST, body=b"{}")
    return account


def test_a_delivery_as_it_should_be_passes(aws: BotoInspector, delivered: Account, endpoint: AwsEndpoint) -> None:
    """Of the data, two bytes are read; nothing is asked about a report of AWS."""
    report = aws.preflight(TARGET)

    assert {} == trouble(report)
    assert (8, BUCKET, "delivered") == (len(report.findings), report.bucket, report.checks)
    assert report.delivered is not None
    assert (1, (PERIOD,), 1) == (report.delivered.files, report.delivered.periods, report.delivered.manifests)
    counts = endpoint.counted()
    assert {"GetCallerIdentity", "HeadBucket", "ListObjectsV2", "GetObject"} == set(counts)
    assert 1 == counts["GetObject"]
    [read] = [request for request in endpoint.requests if request.operation == "GetObject"]
    assert "bytes=0-1" == read.headers["range"]
    assert f"/{BUCKET}/{KEY}" == read.path


def test_the_files_are_read_of_the_newest_periods_only(
    aws: BotoInspector, delivered: Account, endpoint: AwsEndpoint
) -> None:
    """Their number and the manifests are those of all; old months cost no calls."""
    for month in range(1, 7):
        account_folder = f"RawCURReports/cur/{ACCOUNT}/2025{month:02}01-2025{month + 1:02}01"
        delivered.put(f"{account_folder}/a0/cur-1.csv.gz")
        delivered.put(f"manifests/2025{month:02}01-2025{month + 1:02}01/acme-Manifest.json")

    report = aws.preflight(TARGET)

    assert {} == trouble(report)
    assert "3 data files of the newest periods" in of(report, "files.place").found
    assert "7 manifests" in of(report, "files.manifests").found
    assert report.delivered is not None
    assert (7, False) == (len(report.delivered.periods), report.delivered.counted_all)
    asked = [request.inputs["prefix"] for request in endpoint.requests if request.operation == "ListObjectsV2"]
    assert 6 == len(asked), asked


WRONG: dict[str, tuple[dict[str, bytes], dict[str, Any]]] = {
    "another account": ({f"RawCURReports/cur/{OTHER}/{PERIOD}/a1/cur-1.csv.gz": b"x"}, {"files.account": FAIL}),
    "another place": ({f"cur/{ACCOUNT}/{PERIOD}/cur-1.csv.gz": b"x"}, {"files.account": FAIL}),
    "no manifest": ({KEY: compress(b"x")}, {"files.manifests": FAIL}),
    "plain text": ({KEY: b"bill/PayerAccountId\n", MANIFEST: b"{}"}, {"files.gzip": FAIL}),
    "no folder of the delivery": (
        {KEY.replace("/a1/", "/"): compress(b"x"), MANIFEST: b"{}"}, {"files.place": FAIL},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("files", "expected"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_told(
    aws: BotoInspector, account: Account, files: dict[str, bytes], expected: dict[str, Verdict]
) -> None:
    """Of what depends on it, nothing is said."""
    for key, body in files.items():
        account.put(key, body=body)

    report = aws.preflight(TARGET)

    found = {item: verdict for item, verdict in trouble(report).items() if of(report, item).found != "not looked at"}
    assert expected == found


def test_an_old_delivery_is_told_by_the_watch(aws: BotoInspector, account: Account) -> None:
    """The hourly look finds it, and leaves manifests alone."""
    account.put(KEY, at=datetime.now(UTC) - timedelta(hours=50), body=compress(b"x"))

    assert {"files.newest": FAIL} == trouble(aws.watch(TARGET))
    assert 1 == aws.delivered_files(TARGET).files


def test_first_bytes_that_may_not_be_read_are_asked_of_the_msp(
    aws: BotoInspector, delivered: Account, endpoint: AwsEndpoint
) -> None:
    """The names of the files tell the rest."""
    endpoint.faults["GetObject"] = Fault()

    report = aws.preflight(TARGET)

    assert {"files.gzip": UNKNOWN} == trouble(report)
    assert "s3:GetObject" in of(report, "files.gzip").fix


def test_a_bucket_of_the_msp_is_looked_into_where_that_is_allowed(
    aws: BotoInspector, delivered: Account, endpoint: AwsEndpoint
) -> None:
    """It need not belong to the account."""
    endpoint.owners[BUCKET] = OTHER

    report = aws.preflight(TARGET)

    assert {} == trouble(report)
    assert "in another account" in of(report, "bucket.delivered").found


def test_a_bucket_that_may_not_be_looked_into_is_asked_of_the_msp(
    aws: BotoInspector, delivered: Account, endpoint: AwsEndpoint
) -> None:
    """Nothing fails, and the hourly count says why it has none."""
    endpoint.faults |= {"HeadBucket": Fault("403", 403), "ListObjectsV2": Fault()}

    report = aws.preflight(TARGET)

    assert {UNKNOWN} == set(trouble(report).values())
    assert "Ask the MSP to look for" in of(report, "bucket.delivered").fix
    assert "does not let the bot look into" in aws.delivered_files(TARGET).problem


def test_folders_that_may_be_listed_alone_are_enough(
    aws: BotoInspector, delivered: Account, endpoint: AwsEndpoint
) -> None:
    """A policy with s3:prefix denies to ask for the bucket itself."""
    endpoint.faults["HeadBucket"] = Fault("403", 403)

    report = aws.preflight(TARGET)

    assert {} == trouble(report)
    assert f"{BUCKET}, and the bot may look into it" == of(report, "bucket.delivered").found


def test_more_than_the_bot_reads_is_no_pass(aws: BotoInspector, delivered: Account, endpoint: AwsEndpoint) -> None:
    """With more manifests than twenty pages hold, nobody can tell whether one is missing."""
    endpoint.endless_under = "manifests/"
    endpoint.endless = (
        "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>{}</NextContinuationToken>"
        "</ListBucketResult>"
    )

    report = aws.preflight(TARGET)

    assert {"files.manifests": UNKNOWN} == trouble(report)
    assert report.delivered is not None
    assert not report.delivered.counted_all


def test_without_a_bucket_nothing_is_asked_of_s3(aws: BotoInspector, account: Account, endpoint: AwsEndpoint) -> None:
    """The agreed name is asked for."""
    report = aws.preflight(Target(ACCOUNT, checks="delivered"))

    assert "no bucket is recorded" == of(report, "bucket.delivered").found
    assert ["GetCallerIdentity"] == list(endpoint.counted())
    assert isinstance(aws.delivered_files(Target(ACCOUNT, checks="delivered")), DeliveredFiles)
