"""Values of the AWS side as people paste them: role ARNs, buckets and external IDs."""

import pytest

from bot.domain.errors import InvalidInput
from bot.domain.inputs import parse_bucket, parse_external_id, parse_role_arn, shorten
from tests.domain.test_inputs import ACCOUNT, refusal

ARNS = {
    "arn:aws:iam::123456789012:role/SpotByNetApp_Finops_ReadOnly": True,
    "arn:aws:iam::123456789012:role/teams/finops/Spot+1=2,3.4@5-6": True,
    " arn:aws:iam::123456789012:role/Spot\u200b ": True,
    "SpotByNetApp_Finops_ReadOnly": False,
    "arn:aws:iam::123456789012:user/Spot": False,
    "arn:aws:iam::12345678901:role/Spot": False,
    "arn:aws:iam::123456789012:role/": False,
    "arn:aws:iam::123456789012:role/with space": False,
    "": False,
}


@pytest.mark.parametrize("text", ARNS)
def test_a_role_is_an_arn(text: str) -> None:
    """A name alone, a user or a broken ARN is refused with what it should look like."""
    if ARNS[text]:
        assert text.strip(" \u200b") == parse_role_arn(text, ACCOUNT)
    else:
        expected = (
            f"“{text}” is not a role ARN. A role ARN looks like arn:aws:iam::{ACCOUNT}:role/NAME. "
            "CloudFormation shows it as SpotFinOpsRoleArn."
        )
        assert expected == refusal(parse_role_arn, text, ACCOUNT)


@pytest.mark.parametrize(
    ("partition", "where"),
    {
        "aws-us-gov": "AWS GovCloud (US)",
        "aws-cn": "AWS in China",
        "aws-eusc": "another part of AWS (aws-eusc)",
    }.items(),
)
def test_a_role_of_another_partition_is_refused(partition: str, where: str) -> None:
    """Accounts of one partition of AWS cannot assume roles of another one, and Spot's are in the standard one."""
    told = refusal(parse_role_arn, f"arn:{partition}:iam::{ACCOUNT}:role/Spot", ACCOUNT)

    assert told.startswith(f"This role is in {where}. Spot can't use it")
    assert told.endswith(f"Enter a role like arn:aws:iam::{ACCOUNT}:role/NAME.")


def test_a_role_of_another_account_is_refused() -> None:
    """Both accounts are named, in the form in which people know them."""
    expected = "This role is in account 2109-8765-4321. Enter a role in account 1234-5678-9012."

    assert expected == refusal(parse_role_arn, "arn:aws:iam::210987654321:role/Spot", ACCOUNT)


@pytest.mark.parametrize(
    "text", ["acme-cur", "s3://acme-cur", "s3://acme-cur/daily/x", " acme-cur/ ", "\u200bacme-cur"]
)
def test_a_bucket_is_read_from_its_name_or_url(text: str) -> None:
    """What stands behind the name is left out."""
    assert "acme-cur" == parse_bucket(text)


@pytest.mark.parametrize(
    "text", ["", "ab", "Acme", "acme_cur", "-acme", "acme-", "a..b", "10.0.0.1", "x" * 64, "a b c"]
)
def test_a_name_that_s3_would_not_take_is_refused(text: str) -> None:
    """The rules of S3 are told."""
    rule = "A bucket name has 3 to 63 lower-case letters, digits, dots and dashes."
    expected = f"“{shorten(text)}” is not a bucket name. {rule}"

    assert expected == refusal(parse_bucket, text)


@pytest.mark.parametrize("raw", ["eco-0123456789abcdef", " acme-7 ", "a=b,c.d@e:f/g+h"])
def test_an_external_id_is_taken_as_aws_takes_it(raw: str) -> None:
    """Without the white space around it."""
    assert raw.strip() == parse_external_id(raw)


@pytest.mark.parametrize("raw", ["", "x", "a b", "ä" * 5, "x" * 1225])
def test_what_aws_would_refuse_as_an_external_id_is_refused(raw: str) -> None:
    """In a sentence that says what it may be."""
    with pytest.raises(InvalidInput, match=r"not an external ID\. An external ID has 2 to 1224"):
        parse_external_id(raw)
