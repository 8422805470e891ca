"""The account of an MSP's customer whose data Spot extracts, checked over HTTP."""

from bot.checks import BotoInspector
from bot.domain.aws.preflight import Target
from tests.support.aws import ACCOUNT, Account, AwsEndpoint, Fault
from tests.support.aws.account import BUCKET, ROLE_ARN
from tests.support.findings import UNKNOWN, of, trouble

TARGET = Target(ACCOUNT, bucket=BUCKET, role_arn=ROLE_ARN, checks="extracted")
OTHER = "999988887777"


def test_role_and_files_pass_without_a_look_at_any_report(
    aws: BotoInspector, account: Account, endpoint: AwsEndpoint
) -> None:
    """The report is the MSP's: neither its definition nor the settings of its bucket are asked for."""
    report = aws.preflight(TARGET)

    assert {} == trouble(report)
    assert "1 file" in of(report, "files.extracted").found
    left_out = {"DescribeReportDefinitions", "ListExports", "ListAccounts", "GetBucketPolicy", "GetBucketEncryption"}
    assert set() == left_out & set(endpoint.counted())
    assert {} == trouble(aws.watch(TARGET))
    assert 1 == aws.delivered_files(TARGET).files


def test_a_bucket_of_the_msp_is_looked_into_where_that_is_allowed(
    aws: BotoInspector, account: Account, endpoint: AwsEndpoint
) -> None:
    """Its files are counted, too, and the hourly looks find them."""
    endpoint.owners[BUCKET] = OTHER

    report = aws.preflight(TARGET)

    assert {} == trouble(report)
    assert "in another account" in of(report, "bucket.extracted").found
    assert 1 == aws.delivered_files(TARGET).files
    assert {} == trouble(aws.watch(TARGET))


def test_a_bucket_that_may_not_be_looked_into_leaves_questions_for_the_msp(
    aws: BotoInspector, account: Account, endpoint: AwsEndpoint
) -> None:
    """Nothing fails for it."""
    endpoint.faults |= {"HeadBucket": Fault("403", 403), "ListObjectsV2": Fault()}

    report = aws.preflight(TARGET)

    assert {"bucket.extracted": UNKNOWN, "files.extracted": UNKNOWN} == trouble(report)
    assert report.bucket is None
    assert "Ask the MSP how old the newest file" in of(report, "files.extracted").fix
