"""The roles of the vendor's published templates, made in moto by CloudFormation and checked over HTTP."""

import pytest

from bot.checks import BotoInspector
from bot.domain.aws.preflight import Target, Verdict
from tests.support.aws import ACCOUNT, Account
from tests.support.aws.account import BUCKET
from tests.support.aws.vendor_templates import TEMPLATES
from tests.support.findings import FAIL, of, trouble

SPOT_ID = "spot-4711"
#: They are for accounts without a report: they may not read the bucket.
LINKED = {"role.lists": FAIL, "role.reads": FAIL, "role.required": FAIL}
NOT_GREEN = {
    "full-permissions-linkedaccount": LINKED,
    "full-permissions-linkedaccount-limited-assume": LINKED,
}


def make(account: Account, name: str, bucket: str = BUCKET) -> None:
    """Replace the green account's stack by one of a template."""
    template = TEMPLATES[name]
    account.delete_stack()
    account.make_stack(template.trust(SPOT_ID), template.statements(bucket), role=template.role or "eco-Role-1A2B3C")


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_published_template_leads_to_what_the_guide_says(aws: BotoInspector, account: Account, name: str) -> None:
    """Everything passes with each template for a management account, and an external ID is compared."""
    make(account, name)

    report = aws.preflight(Target(ACCOUNT, spot_external_id=SPOT_ID if TEMPLATES[name].external_id else None))

    assert NOT_GREEN.get(name, {}) == trouble(report)
    assert Verdict.PASS is of(report, "role.external_id").verdict
    assert Verdict.PASS is of(report, "role.trust").verdict


@pytest.mark.parametrize("name", [name for name in TEMPLATES if name.endswith("with-cur-and-bucket")])
def test_the_templates_that_make_a_bucket_may_not_read_it(aws: BotoInspector, account: Account, name: str) -> None:
    """They add a suffix to the bucket's name, and their policy names it without."""
    make(account, name, BUCKET.removesuffix("-cur"))

    report = aws.preflight(Target(ACCOUNT))

    assert LINKED == trouble(report)
    assert f"arn:aws:s3:::{BUCKET}." in of(report, "role.lists").fix


FULL_ARN = f"arn:aws:iam::{ACCOUNT}:role/SpotByNetApp_Finops_FullPermission"


@pytest.mark.parametrize(
    ("name", "says"),
    {
        "restricted-full-permissions-all-services": "its policies allow all of it",
        "restricted-full-permissions-all-services-limited-assume": "its policies allow all of it",
        "restricted-full-permissions-ec2-only": "as Spot's policy for EC2 alone; not for RDS, Redshift",
    }.items(),
)
def test_the_full_policy_is_checked_beside_the_first_role(
    aws: BotoInspector, account: Account, name: str, says: str
) -> None:
    """After the contract there may be a second role: it must exist, trust Spot, read the costs and buy commitments."""
    template = TEMPLATES[name]
    account.make_stack(template.trust(SPOT_ID), template.statements(BUCKET), role=template.role, stack="spot-full")
    arn = f"arn:aws:iam::{ACCOUNT}:role/{template.role}"

    report = aws.preflight(Target(ACCOUNT, role_arn=account.role_arn, full_role_arn=arn, spot_external_id=None))

    assert {} == trouble(report)
    assert arn == of(report, "full.exists").found
    assert says in of(report, "full.permissions").found


def test_the_first_role_is_no_full_one(aws: BotoInspector, account: Account) -> None:
    """The same ARN entered for both: it reads, and may buy nothing."""
    report = aws.preflight(Target(ACCOUNT, role_arn=account.role_arn, full_role_arn=account.role_arn))

    assert {"full.permissions": FAIL} == trouble(report)
    assert "savingsplans:CreateSavingsPlan" in of(report, "full.permissions").fix


def test_a_full_role_that_is_not_there_fails(aws: BotoInspector, account: Account) -> None:
    """Nothing else is said of it."""
    report = aws.preflight(Target(ACCOUNT, full_role_arn=FULL_ARN))

    assert {"full.exists": FAIL} == trouble(report)
    assert "full.permissions" not in [found.item for found in report.findings]
