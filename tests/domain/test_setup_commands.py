"""Commands and link that set up an account: what a shell, the AWS CLI and CloudFormation make of them."""

from __future__ import annotations

import json
import shlex
import subprocess
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import botocore.session
import pytest
from botocore.validate import ParamValidator
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.aws import cur_definitions
from bot.domain.aws.facts import ReportDefinition
from bot.domain.aws.setup_commands import LONGEST_LINK, Setup, parse_report, parse_stack, suggested_bucket
from bot.domain.errors import InvalidInput
from bot.domain.inputs import parse_bucket

ACCOUNT = "123456789012"
#: Names that would break a command or a link where somebody forgot to quote them.
HOSTILE = st.one_of(
    st.sampled_from(
        ["x'; rm -rf ~ #", "$(id)", "`id`", '"', "a b", "a\\", "a\nb", "&param_RoleName=evil", "#", "é😀%"]
    ),
    st.text(min_size=1, max_size=60),
).filter(lambda text: "\0" not in text)


def arguments(command: str) -> tuple[list[str], dict[str, str]]:
    """The first words of a command as a shell sees them, and its options."""
    words = shlex.split(command)
    return words[:3], dict(zip(words[3::2], words[4::2], strict=True))


@given(bucket=HOSTILE, report=HOSTILE)
def test_every_name_reaches_the_aws_cli_as_it_is(bucket: str, report: str) -> None:
    """Whatever it holds: no shell sees anything of it."""
    setup = Setup(ACCOUNT, bucket, report)

    words, options = arguments(setup.create_bucket)
    assert (["aws", "s3api", "create-bucket"], bucket) == (words, options["--bucket"])
    words, options = arguments(setup.put_report_definition)
    definition = json.loads(options["--report-definition"])
    assert (["aws", "cur", "put-report-definition"], bucket, report) == (
        words, definition["S3Bucket"], definition["ReportName"]
    )  # fmt: skip
    words, options = arguments(setup.put_bucket_policy)
    assert (["aws", "s3api", "put-bucket-policy"], bucket) == (words, options["--bucket"])
    assert f"arn:aws:s3:::{bucket}/*" in json.loads(options["--policy"])["Statement"][0]["Resource"]


@pytest.mark.parametrize("name", ["x'; touch hit #", "$(touch hit)", "`touch hit`", 'a"b', "a\\b", "two\nlines"])
def test_a_real_shell_runs_nothing_else(name: str, tmp_path: Path) -> None:
    """The commands in sh, with a function in the place of the AWS CLI that prints its last word."""
    setup = Setup(ACCOUNT, name, name)
    script = f'aws() {{ for word; do :; done; printf %s "$word"; }}\n{setup.create_bucket}\n'

    done = subprocess.run(["sh", "-c", script], capture_output=True, check=True, cwd=tmp_path)

    assert (name, b"") == (done.stdout.decode(), done.stderr)
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("service", "operation", "command", "inputs"),
    [
        ("cur", "PutReportDefinition", Setup(ACCOUNT, "acme-cur").put_report_definition, {"ReportDefinition": "json"}),
        ("s3", "PutBucketPolicy", Setup(ACCOUNT, "acme-cur").put_bucket_policy, {"Bucket": "", "Policy": ""}),
        ("s3", "CreateBucket", Setup(ACCOUNT, "acme-cur").create_bucket, {"Bucket": ""}),
    ],
)
def test_the_options_are_those_of_the_operation(
    service: str, operation: str, command: str, inputs: dict[str, str]
) -> None:
    """By AWS's own description of it; the options of the CLI are its members."""
    _, options = arguments(command)
    region = options.pop("--region")
    given_inputs = {name.removeprefix("--").title().replace("-", ""): value for name, value in options.items()}
    shaped = {name: json.loads(value) if inputs[name] else value for name, value in given_inputs.items()}
    model = botocore.session.get_session().get_service_model(service).operation_model(operation)

    found = ParamValidator().validate(shaped, model.input_shape)

    assert ("us-east-1", "", set(inputs)) == (region, found.generate_report(), set(shaped))


def test_the_report_has_every_setting_that_the_check_wants() -> None:
    """A report that is made with the command passes."""
    _, options = arguments(Setup(ACCOUNT, "acme-cur").put_report_definition)
    made = json.loads(options["--report-definition"])

    report = ReportDefinition(
        made["ReportName"], made["TimeUnit"], made["Format"], made["Compression"],
        tuple(made["AdditionalSchemaElements"]), tuple(made["AdditionalArtifacts"]), made["S3Bucket"],
        made["S3Prefix"], made["S3Region"], made["RefreshClosedReports"], made["ReportVersioning"],
    )  # fmt: skip

    assert [] == cur_definitions.faults(report)


@given(bucket=HOSTILE, stack=HOSTILE, external_id=HOSTILE)
def test_the_link_fills_in_what_was_typed_and_nothing_else(bucket: str, stack: str, external_id: str) -> None:
    """The template, the stack's name and its parameters, read back as a browser reads them."""
    try:
        link = Setup(ACCOUNT, bucket, stack=stack, external_id=external_id).stack_link
    except UnicodeEncodeError:  # a lone surrogate, which Slack cannot send
        return

    parts = urlsplit(link)
    page, _, query = parts.fragment.partition("?")
    assert ("us-east-1.console.aws.amazon.com", "region=us-east-1", "/stacks/create/review") == (
        parts.netloc, parts.query, page
    )  # fmt: skip
    assert {
        "templateURL": [
            "https://spot-connect-account-cf.s3.amazonaws.com/spot-iam-finopsrole-stack-restricted-read-only.json"
        ],
        "stackName": [stack],
        "param_CostAndUsageBucket": [bucket],
        "param_ExternalId": [external_id],
        "param_EcoExternalId": [external_id],
    } == parse_qs(query, strict_parsing=True)
    assert not set(link) & set("<>| \n")


def test_a_link_that_would_be_too_long_leaves_the_external_id_out() -> None:
    """And says so; the rest is filled in."""
    longest = Setup(ACCOUNT, "b" * 63, stack="s" * 128, external_id="=" * 1224)

    assert len(longest.stack_link) <= LONGEST_LINK
    assert (False, True) == (longest.link_has_external_id, Setup(ACCOUNT, "b", external_id="x1").link_has_external_id)
    assert "param_CostAndUsageBucket=bbb" in longest.stack_link


def test_a_link_without_an_external_id_leaves_it_empty() -> None:
    """Most of the vendor's templates ask for none."""
    assert "ExternalId" not in Setup(ACCOUNT, "acme-cur").stack_link


@pytest.mark.parametrize("name", ["1st", "a b", "a_b", "", "a" * 129, "stack<x>"])
def test_a_stack_that_cloudformation_refuses_is_refused(name: str) -> None:
    """With what it may hold."""
    with pytest.raises(InvalidInput, match="letters, digits and dashes"):
        parse_stack(name)


@pytest.mark.parametrize("name", ["a b", "", "a/b", "a$b", "a" * 257])
def test_a_report_that_aws_refuses_is_refused(name: str) -> None:
    """By the pattern of AWS's description; names that it takes are taken."""
    with pytest.raises(InvalidInput, match="no spaces"):
        parse_report(name)
    assert "it's(1)!" == parse_report("it's(1)!")


def test_the_suggested_bucket_is_a_name_that_s3_takes() -> None:
    """And is the account's own."""
    assert "spot-cur-123456789012" == parse_bucket(suggested_bucket(ACCOUNT))
