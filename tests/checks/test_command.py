"""`python -m bot check aws ACCOUNT`, as a process of its own outside of the checkout."""

import subprocess
from pathlib import Path

import pytest

from bot.repository.database import Database
from tests.repository.keeping import start
from tests.support.aws import ACCOUNT, Account, AwsEndpoint, Fault
from tests.support.aws.account import BUCKET, ROLE_ARN
from tests.support.aws.billing import definition
from tests.support.forked_commands import run_command

ROOT = Path(__file__).parents[2]


def check(
    folder: Path, endpoint: AwsEndpoint | None, *arguments: str, **environ: str
) -> subprocess.CompletedProcess[str]:
    """Run the command with an environment of credentials and the given variables only, without a Slack token."""
    aws = (
        {"AWS_ACCESS_KEY_ID": "made", "AWS_SECRET_ACCESS_KEY": "up", "AWS_ENDPOINT_URL": endpoint.url}
        if endpoint
        else {}
    )
    alone = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "HOME": str(folder), "AWS_EC2_METADATA_DISABLED": "true"}
    return run_command(folder, "check", "aws", *arguments, environ=alone | aws | environ)


def test_a_green_account_is_told_item_by_item(tmp_path: Path, endpoint: AwsEndpoint, account: Account) -> None:
    """Exit code 0, every item with its found and expected values, and no database is created."""
    ran = check(tmp_path, endpoint, "1234-5678-9012")

    assert (0, "") == (ran.returncode, ran.stderr)
    assert (
        "PASS         Report: time granularity\n             found:    HOURLY\n             expected: HOURLY\n"
        in ran.stdout
    )
    assert "fix:" not in ran.stdout
    assert "29 pass, 0 fail, 0 cannot tell" == ran.stdout.splitlines()[-1]
    assert [] == list(tmp_path.iterdir())


def test_what_fails_comes_with_its_fix(tmp_path: Path, endpoint: AwsEndpoint, account: Account) -> None:
    """Exit code 1."""
    endpoint.billing.definitions = [definition(BUCKET, TimeUnit="DAILY")]

    ran = check(tmp_path, endpoint, ACCOUNT)

    assert (1, "") == (ran.returncode, ran.stderr)
    _, _, after = ran.stdout.partition("FAIL         Report: time granularity\n")
    found, expected, fix, *_ = after.splitlines()
    assert ("found:    DAILY", "expected: HOURLY") == (found.strip(), expected.strip())
    assert fix.startswith(
        "             fix:      Billing and Cost Management console, Data Exports, “spot-hourly”, Edit"
    )
    assert "28 pass, 1 fail, 0 cannot tell" == ran.stdout.splitlines()[-1]


def test_what_cannot_be_told_is_no_success(tmp_path: Path, endpoint: AwsEndpoint, account: Account) -> None:
    """An item that cannot be told is no success for a script that waits for exit code 0."""
    endpoint.faults["DescribeStacks"] = Fault()

    ran = check(tmp_path, endpoint, ACCOUNT, "--role-arn", ROLE_ARN)

    assert (1, "") == (ran.returncode, ran.stderr)
    assert "CANNOT TELL  CloudFormation stack\n" in ran.stdout
    assert "28 pass, 0 fail, 1 cannot tell" == ran.stdout.splitlines()[-1]


def test_without_aws_it_says_what_to_set(tmp_path: Path) -> None:
    """Without credentials a message says what to set; there is no traceback."""
    ran = check(tmp_path, None, ACCOUNT)

    assert (1, "") == (ran.returncode, ran.stderr)
    assert "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY" in ran.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("12",), "“12” has 2 digits. An AWS account ID has 12 digits"),
        ((ACCOUNT, "--role-arn", "Spot"), "is not a role ARN"),
        ((ACCOUNT, "--role-arn", "arn:aws:iam::999988887777:role/x"), "This role is in account 9999-8888-7777"),
        ((ACCOUNT, "--bucket", "No Bucket"), "is not a bucket name"),
        ((ACCOUNT, "--checks", "nothing"), "“nothing” is not a set of checks. Choose one of these: aws, member"),
        ((), "the following arguments are required: account"),
    ],
)
def test_a_wrong_command_line_is_told(tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
    """Exit code 2, before any call of AWS."""
    ran = check(tmp_path, None, *arguments)

    assert (2, "") == (ran.returncode, ran.stdout)
    assert words in ran.stderr


def test_a_wrong_setting_is_told_by_name(tmp_path: Path) -> None:
    """Exit code 2, as for every other command."""
    ran = check(tmp_path, None, ACCOUNT, ECO_AWS_ROLE="no role!")

    assert (2, "") == (ran.returncode, ran.stdout)
    assert ran.stderr.startswith("ECO_AWS_ROLE: ")


@pytest.fixture
def recorded(tmp_path: Path, migrated_file: Path) -> Path:
    """A folder with a database in which the account's enrollment has another bucket and another role."""
    (tmp_path / "eco-bot.db").write_bytes(migrated_file.read_bytes())
    database = Database(f"sqlite:///{tmp_path / 'eco-bot.db'}")
    role = f"arn:aws:iam::{ACCOUNT}:role/Recorded"
    start(database, account_id=ACCOUNT, role_arn=role, bucket="recorded-cur", external_id="eco-recorded")
    database.close()
    return tmp_path


def test_what_the_enrollment_has_recorded_is_looked_at(recorded: Path, endpoint: AwsEndpoint, account: Account) -> None:
    """Role and bucket come from the database, if it has an enrollment of the account."""
    ran = check(recorded, endpoint, ACCOUNT)

    assert (1, "") == (ran.returncode, ran.stderr)
    assert "there is no role Recorded" in ran.stdout
    assert "“spot-hourly” is delivered to acme-cur" in ran.stdout


def test_the_enrollments_external_id_is_said(recorded: Path, endpoint: AwsEndpoint, account: Account) -> None:
    """The external ID of the enrollment is used to assume the bot's role, unless the command line has one."""
    ran = check(recorded, endpoint, ACCOUNT, ECO_AWS_ROLE="EcoReadOnly")

    assert "" == ran.stderr
    assert "eco-recorded" == endpoint.requests[0].inputs["ExternalId"]


def test_the_command_line_wins_over_what_is_recorded(recorded: Path, endpoint: AwsEndpoint, account: Account) -> None:
    """The values of the command line are used, and its external ID when the bot's role is assumed."""
    options = ("--role-arn", ROLE_ARN, "--bucket", BUCKET, "--external-id", "acme-7")

    ran = check(recorded, endpoint, ACCOUNT, *options, ECO_AWS_ROLE="EcoReadOnly")

    assert (0, "") == (ran.returncode, ran.stderr)
    assert "acme-7" == endpoint.requests[0].inputs["ExternalId"]
    assert "30 pass, 0 fail, 0 cannot tell" == ran.stdout.splitlines()[-1]


def test_another_set_of_checks_can_be_chosen(tmp_path: Path, endpoint: AwsEndpoint, account: Account) -> None:
    """As what a member account is checked, for one."""
    ran = check(tmp_path, endpoint, ACCOUNT, "--checks", "member")

    assert (0, "") == (ran.returncode, ran.stderr)
    assert "PASS         Place in the organization" in ran.stdout


def test_a_database_that_does_not_answer_does_not_keep_from_looking(
    tmp_path: Path, endpoint: AwsEndpoint, account: Account
) -> None:
    """A note on standard error without the password; the account is checked all the same."""
    ran = check(tmp_path, endpoint, ACCOUNT, DATABASE_URL="postgresql://eco:hidden@127.0.0.1:1/eco")

    assert (0, 1) == (ran.returncode, len(ran.stderr.splitlines()))
    assert "hidden" not in ran.stderr
