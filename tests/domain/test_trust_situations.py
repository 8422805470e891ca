"""Trust policies of the role for Spot: each row has its verdict, its fix and the rule of AWS."""

from dataclasses import replace
from typing import Any

import pytest

from bot.domain.aws.trust import SPOT_ACCOUNTS, SPOT_ROLES, role_arns
from tests.domain.aws_situations import (
    CONDITION,
    EVALUATION,
    EXTERNAL,
    GLOBAL_KEYS,
    PRINCIPAL,
    Situation,
    both,
    named,
    statements,
)
from tests.domain.aws_snapshots import EXTERNAL_ID, OTHER, TARGET, trusting, with_trust
from tests.support.findings import FAIL, UNKNOWN

FIRST, SECOND = SPOT_ACCOUNTS
FROM_OFFICE = {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}
NOT_ENTERED = replace(TARGET, spot_external_id=None)
LIMITED = [arn for account in SPOT_ACCOUNTS for arn in role_arns(account)]
GONE = "AROAEXAMPLEDELETED1234"
FIRST_OF_ALL = (UNKNOWN, "Fix “Role: trusts Spot” first")


def everybody(**condition: Any) -> Any:
    """The snapshot of a role that everybody may assume, under a condition and with the external ID."""
    merged = {**condition, "StringEquals": {**condition.get("StringEquals", {}), **EXTERNAL_ID["StringEquals"]}}
    return with_trust({"Statement": [named("*", Condition=merged)]})


TRUSTS: dict[str, Situation] = {
    "both accounts by their roots": Situation(
        with_trust(both(**EXTERNAL_ID)), {}, f"{PRINCIPAL}: an account's root ARN means the whole account."
    ),
    "both accounts by their numbers": Situation(
        statements(named(*SPOT_ACCOUNTS, Condition=EXTERNAL_ID)), {},
        f"{PRINCIPAL}: the account ID is short for its root ARN.",
    ),
    "a statement for each account": Situation(
        statements(named(FIRST, Condition=EXTERNAL_ID), named(SECOND, Condition=EXTERNAL_ID)), {},
        f"{EVALUATION}: one statement that allows is enough.",
    ),
    "all actions of STS": Situation(
        statements(named(*SPOT_ACCOUNTS, Condition=EXTERNAL_ID) | {"Action": "sts:*"}), {},
        f"{EVALUATION}: actions may have wildcards and are compared without regard to case.",
    ),
    "first account missing": Situation(
        with_trust(trusting(SECOND, condition=EXTERNAL_ID)),
        {"role.trust": (FAIL, "Principal, AWS: add arn:aws:iam::884866656237:root.")},
        f"{EVALUATION}: whom no statement allows is denied.",
    ),
    "second account missing": Situation(
        with_trust(trusting(FIRST, condition=EXTERNAL_ID)),
        {"role.trust": (FAIL, "add arn:aws:iam::627743545735:root.")}, f"{EVALUATION}: implicit deny.",
    ),
    "somebody else trusted": Situation(
        with_trust(trusting(OTHER, condition=EXTERNAL_ID)),
        {"role.trust": (FAIL, "884866656237:root and arn"), "role.external_id": FIRST_OF_ALL},
        f"{EVALUATION}: implicit deny.",
    ),
    "nobody trusted": Situation(
        statements(), {"role.trust": (FAIL, "add arn"), "role.external_id": FIRST_OF_ALL},
        f"{EVALUATION}: implicit deny.",
    ),
    "a service trusted": Situation(
        statements({"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}),
        {"role.trust": (FAIL, "add arn"), "role.external_id": FIRST_OF_ALL},
        f"{PRINCIPAL}: a service principal is no account.",
    ),
    "only sessions may be tagged": Situation(
        statements(named(*SPOT_ACCOUNTS) | {"Action": "sts:TagSession"}),
        {"role.trust": (FAIL, "add arn"), "role.external_id": FIRST_OF_ALL},
        "IAM User Guide, Pass session tags: sts:TagSession alone assumes nothing.",
    ),
    "trust taken back": Situation(
        statements(named(*SPOT_ACCOUNTS, Condition=EXTERNAL_ID), named(FIRST, effect="Deny")),
        {"role.trust": (FAIL, "884866656237")}, f"{EVALUATION}: an explicit deny overrides every allow.",
    ),
    "trust taken back at times": Situation(
        statements(named(*SPOT_ACCOUNTS, Condition=EXTERNAL_ID), named(FIRST, effect="Deny", Condition=FROM_OFFICE)),
        {"role.trust": (UNKNOWN, "884866656237:root")},
        f"{CONDITION}: a statement applies only where its condition is true.",
    ),
    "trusted from one network": Situation(
        with_trust(both(**EXTERNAL_ID, **FROM_OFFICE)),
        {"role.trust": (UNKNOWN, "only StringEquals, sts:ExternalId"), "role.external_id": (UNKNOWN, "with the value")},
        f"{CONDITION}: all conditions of a statement must be true.",
    ),
    "trusted with a second factor": Situation(
        with_trust(both(**EXTERNAL_ID, Bool={"aws:MultiFactorAuthPresent": "true"})),
        {"role.trust": (UNKNOWN, "only StringEquals"), "role.external_id": (UNKNOWN, "with the value")},
        f"{GLOBAL_KEYS}: aws:MultiFactorAuthPresent is missing where a program asks.",
    ),
    "one role of Spot only": Situation(
        statements(named(f"arn:aws:iam::{FIRST}:role/x", SECOND, Condition=EXTERNAL_ID)),
        {"role.trust": (UNKNOWN, "arn:aws:iam::884866656237:root")},
        f"{PRINCIPAL}: a role's ARN means that role alone; which ones Spot uses is not published.",
    ),
    "the roles of the limited template": Situation(
        statements(named(*LIMITED, Condition=EXTERNAL_ID)), {},
        f"{PRINCIPAL}: each role is a principal; the vendor's template with a limited trust names these.",
        says={"role.trust": "with the roles that Spot's templates name"},
    ),
    "a limited trust without the second account": Situation(
        statements(named(*role_arns(FIRST), Condition=EXTERNAL_ID)),
        {"role.trust": (FAIL, "add arn:aws:iam::627743545735:role/Admin and arn:aws:iam::627743545735:role/eco-base")},
        f"{PRINCIPAL}: a role's ARN means that role alone, so the fix names roles, not the whole account.",
    ),
    "a limited trust without one role": Situation(
        statements(named(*LIMITED[1:], Condition=EXTERNAL_ID)),
        {"role.trust": (UNKNOWN, "arn:aws:iam::884866656237:role/eco-base-cdk-stack-globalclientassumerole, ")},
        f"{PRINCIPAL}: a role's ARN means that role alone.",
    ),
    "a deleted role in the place of Spot's": Situation(
        statements(named(GONE, SECOND, Condition=EXTERNAL_ID)),
        {"role.trust": (FAIL, f"replace {GONE} with arn:aws:iam::884866656237:root")},
        f"{PRINCIPAL}: a deleted role stays as its ID and is not matched by a new one of its name.",
        says={"role.trust": "what AWS leaves of a user or role that was deleted"},
    ),
    "an account of GovCloud": Situation(
        statements(named(*(f"arn:aws-us-gov:iam::{account}:root" for account in SPOT_ACCOUNTS))),
        {"role.trust": (FAIL, "add arn:aws:iam::884866656237:root"), "role.external_id": FIRST_OF_ALL},
        "AWS GovCloud User Guide: accounts of one partition cannot assume roles of another.",
    ),
    "everybody trusted": Situation(
        with_trust({"Statement": {"Effect": "Allow", "Principal": "*", "Action": "sts:*", "Condition": EXTERNAL_ID}}),
        {"role.trust": (FAIL, "enter arn:aws:iam::884866656237:root and")},
        f"{PRINCIPAL}: * means every account; {EXTERNAL}: an external ID is not a secret.",
    ),
    "everybody of these accounts": Situation(
        everybody(StringEquals={"aws:PrincipalAccount": list(SPOT_ACCOUNTS)}),
        {"role.trust": (UNKNOWN, "only StringEquals, sts:ExternalId"), "role.external_id": (UNKNOWN, "with the value")},
        f"{GLOBAL_KEYS}: aws:PrincipalAccount limits * to accounts.",
    ),
    "everybody with such an ARN": Situation(
        everybody(ArnLike={"aws:PrincipalArn": f"arn:aws:iam::{FIRST}:role/*"}),
        {"role.trust": (UNKNOWN, "Principal, AWS: arn"), "role.external_id": (UNKNOWN, "with the value")},
        f"{GLOBAL_KEYS}: aws:PrincipalArn limits * to users and roles.",
    ),
    "everybody with a role of that name": Situation(
        everybody(ArnLike={"aws:PrincipalArn": "arn:aws:iam::*:role/Spot*"}),
        {"role.trust": (FAIL, "enter arn"), "role.external_id": (UNKNOWN, "with the value")},
        f"{GLOBAL_KEYS}: anybody can name a role so; aws:PrincipalArn without an account limits nothing.",
    ),
    "everybody of an organization": Situation(
        everybody(StringEquals={"aws:PrincipalOrgID": "o-a1b2c3d4e5"}),
        {"role.trust": (UNKNOWN, "Principal, AWS: arn"), "role.external_id": (UNKNOWN, "with the value")},
        f"{GLOBAL_KEYS}: aws:PrincipalOrgID limits * to an organization.",
    ),
    "everybody of an organization, if it has one": Situation(
        everybody(StringEqualsIfExists={"aws:PrincipalOrgID": "o-a1b2c3d4e5"}),
        {"role.trust": (FAIL, "enter arn"), "role.external_id": (UNKNOWN, "with the value")},
        f"{CONDITION}: with IfExists a request without the key passes, so accounts outside of organizations do.",
    ),
    "everybody but one account": Situation(
        everybody(StringNotEquals={"aws:PrincipalAccount": OTHER}),
        {"role.trust": (FAIL, "enter arn"), "role.external_id": (UNKNOWN, "with the value")},
        f"{CONDITION}: a negated operator lets everybody else pass.",
    ),
    "everybody, and others denied": Situation(
        statements(
            named("*", Condition=EXTERNAL_ID),
            named("*", effect="Deny", Condition={"StringNotEquals": {"aws:PrincipalAccount": list(SPOT_ACCOUNTS)}}),
        ),
        {"role.trust": (UNKNOWN, "Principal, AWS: arn")},
        f"{EVALUATION}: a Deny for all but some limits the Allow for everybody.",
    ),
    "everybody, and http denied": Situation(
        statements(
            named("*", Condition=EXTERNAL_ID),
            named("*", effect="Deny", Condition={"Bool": {"aws:SecureTransport": "false"}}),
        ),
        {"role.trust": (FAIL, "enter arn")},
        f"{GLOBAL_KEYS}: aws:SecureTransport says nothing of who asks.",
    ),
    "all but some, by NotPrincipal": Situation(
        statements({"Effect": "Allow", "NotPrincipal": {"AWS": OTHER}, "Action": "sts:AssumeRole"}),
        {"role.trust": (UNKNOWN, "Principal, AWS: arn"), "role.external_id": (FAIL, "sts:ExternalId")},
        "IAM User Guide, AWS JSON policy elements: NotPrincipal: not supported in trust policies.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("situation", TRUSTS.values(), ids=TRUSTS)
def test_a_situation_gets_its_verdict_and_fix(situation: Situation) -> None:
    """Exactly the wrong items do not pass, each has its fix, and the rule says why."""
    situation.hold()


def test_the_limited_trust_names_six_roles_of_both_accounts() -> None:
    """As the vendor's templates with a limited trust do."""
    assert set(SPOT_ACCOUNTS) == set(SPOT_ROLES)
    assert 6 == len(LIMITED)
