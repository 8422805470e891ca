"""Listings of the report's files over HTTP: the newest folders first, odd prefixes, and a listing that is cut."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.checks import BotoInspector
from bot.checks.bucket_queries import ENOUGH
from bot.clock import SystemClock
from bot.domain.aws.preflight import Target
from tests.support.aws import ACCOUNT, Account, AwsEndpoint, Fault
from tests.support.aws.account import BUCKET, FILE, FOLDER, REPORT_FOLDER, TODAY
from tests.support.aws.billing import definition
from tests.support.findings import FAIL, UNKNOWN, of, trouble

OLD = datetime.now(UTC).replace(microsecond=0) - timedelta(days=3)


def endless(endpoint: AwsEndpoint, under: str, key: str) -> None:
    """More pages of old files than the bot reads."""
    endpoint.endless_under = under
    endpoint.endless = (
        '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><IsTruncated>true</IsTruncated>'
        f"<NextContinuationToken>{{}}</NextContinuationToken><Contents><Key>{key}</Key>"
        f"<LastModified>{OLD:%Y-%m-%dT%H:%M:%S.000Z}</LastModified><Size>7</Size></Contents></ListBucketResult>"
    )


def test_the_newest_file_is_known_although_the_listing_is_cut(
    aws: BotoInspector, account: Account, endpoint: AwsEndpoint
) -> None:
    """The folder of this month comes first: files of other months cannot hide it."""
    endless(endpoint, f"{REPORT_FOLDER}/", f"{REPORT_FOLDER}/spot-hourly/year=2020/month=1/a.snappy.parquet")

    report = aws.preflight(Target(ACCOUNT))

    assert {} == trouble(report)
    assert of(report, "files.delivered").found.startswith("more than 20 files")
    assert report.delivered is not None
    assert not report.delivered.counted_all


@pytest.mark.parametrize("name", ["spot-hourly/year=2020/month=1/a.snappy.parquet", "script.sql", "a-Manifest.json"])
def test_a_listing_that_is_cut_never_says_stale_or_none(
    aws: BotoInspector, account: Account, endpoint: AwsEndpoint, name: str
) -> None:
    """Files that were not read may be newer."""
    account.client("s3").delete_object(Bucket=BUCKET, Key=FILE)
    endless(endpoint, f"{REPORT_FOLDER}/", f"{REPORT_FOLDER}/{name}")

    report = aws.preflight(Target(ACCOUNT))

    assert {"files.delivered": UNKNOWN} == trouble(report)
    assert "sort by Last modified" in of(report, "files.delivered").fix
    assert "not all of spot/spot-hourly/" in of(report, "files.delivered").found


def test_a_slow_listing_tells_what_it_has_counted(account: Account, endpoint: AwsEndpoint) -> None:
    """Shortly before the check ends, the listing is cut instead of being lost."""
    endless(endpoint, f"{REPORT_FOLDER}/", f"{REPORT_FOLDER}/script.sql")
    endpoint.latency = 0.3
    aws = BotoInspector(None, SystemClock(), endpoint=endpoint.url, limit=ENOUGH + 2)

    delivered = aws.delivered_files(Target(ACCOUNT))

    assert ("", 1, False) == (delivered.problem, delivered.files, delivered.counted_all)


@pytest.mark.parametrize(
    ("prefix", "folder"),
    [
        ("spot/", "spot/"),
        ("spot/", "spot//"),
        ("/spot", "/spot/"),
        ("/spot", "spot/"),
        ("/spot/", "/spot//"),
        ("", ""),
        ("", "/"),
        ("a/b", "a/b/"),
    ],
)
def test_a_prefix_with_slashes_at_its_ends_is_found(
    aws: BotoInspector, account: Account, endpoint: AwsEndpoint, prefix: str, folder: str
) -> None:
    """However AWS puts prefix and name together; only the report's own files are counted."""
    account.client("s3").delete_object(Bucket=BUCKET, Key=FILE)
    endpoint.billing.definitions = [definition(BUCKET, S3Prefix=prefix)]
    account.put(f"{folder}spot-hourly/spot-hourly/year={TODAY.year}/month={TODAY.month}/a.snappy.parquet")
    account.put(f"{folder}spot-hourly-2/spot-hourly/year={TODAY.year}/month={TODAY.month}/b.snappy.parquet")

    delivered = aws.delivered_files(Target(ACCOUNT))

    assert (1, True) == (delivered.files, delivered.counted_all)


def test_files_of_before_the_change_to_parquet_are_no_delivery(aws: BotoInspector, account: Account) -> None:
    """CSV files alone do not pass; beside Parquet files they are mentioned."""
    account.put(f"{REPORT_FOLDER}/20261001-20261101/spot-hourly-00001.csv.gz")
    beside = of(aws.preflight(Target(ACCOUNT)), "files.delivered")
    account.client("s3").delete_object(Bucket=BUCKET, Key=FILE)

    report = aws.preflight(Target(ACCOUNT))

    assert beside.found.endswith("beside them 1 CSV file")
    assert {"files.delivered": FAIL} == trouble(report)
    assert "no Parquet files under spot/spot-hourly/, but 1 CSV file" == of(report, "files.delivered").found


def test_the_first_file_stays_the_first_although_aws_rewrites_it(aws: BotoInspector, account: Account) -> None:
    """With OVERWRITE_REPORT every file looks new: what an earlier check of the same bucket saw counts."""
    account.put(FILE, at=OLD)
    seen = aws.delivered_files(Target(ACCOUNT))
    account.put(FILE)
    rewritten = aws.delivered_files(Target(ACCOUNT, seen=seen))

    assert OLD == seen.first_at == rewritten.first_at
    assert rewritten.newest_at is not None
    assert rewritten.newest_at > OLD
    told = of(aws.preflight(Target(ACCOUNT, seen=seen)), "files.delivered").found
    assert f"first {OLD:%a, %b} {OLD.day}" in told


def test_the_folder_of_this_month_is_asked_for_first(
    aws: BotoInspector, account: Account, endpoint: AwsEndpoint
) -> None:
    """Then the whole report; the month before only where this one has nothing yet."""
    aws.delivered_files(Target(ACCOUNT))

    prefixes = [request.inputs["prefix"] for request in endpoint.requests if request.operation == "ListObjectsV2"]
    assert [f"{FOLDER}/", f"{REPORT_FOLDER}/"] == prefixes


@pytest.mark.parametrize("denied", [False, True])
def test_the_own_account_is_asked_for_where_there_are_too_many(
    aws: BotoInspector, account: Account, endpoint: AwsEndpoint, denied: bool
) -> None:
    """400 accounts are not all: the own one is asked for directly, and its absence is no proof."""
    endpoint.endless_accounts = True
    if denied:
        endpoint.faults["DescribeAccount"] = Fault("AccessDeniedException")

    report = aws.preflight(Target(ACCOUNT))

    assert ({"account.accounts": UNKNOWN} if denied else {}) == trouble(report)
    assert denied or "“master” manages more than 21 accounts" == of(report, "account.accounts").found
    assert report.account_count is None
