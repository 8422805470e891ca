"""The items of the preflight about the role for Spot, with all possible results as texts; see `catalog`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bot.domain.aws.wording import Entry, failed, open_question, passed

_ROLE = "IAM console, Roles, {role}"
_TRUST = f"{_ROLE}, Trust relationships, Edit trust policy"
_STACK = (
    "CloudFormation console in us-east-1, Create stack: run the template that the Spot console offers when you connect "
    "the account, with the bucket {bucket}."
)
_EDIT_ID = "In Slack, press Edit on the card and change Spot's external ID"
_CONDITION = f"{_TRUST}: give each statement for Spot one Condition, StringEquals, sts:ExternalId, with the value"

#: The possible results of each permission of the role.
_ALLOWED = {
    "yes": passed("its policies allow it"),
    "no": failed(
        "no policy of the role allows it",
        f"{_ROLE}, Permissions, its policy, Edit: add a statement with Effect Allow, Action {{action}}, "
        "Resource {resource}.",
    ),
    "forbidden": failed(
        "a policy of the role forbids it",
        f"{_ROLE}, Permissions, the policy with Effect Deny for {{action}}: remove {{resource}} from it.",
    ),
    "unsure": open_question(
        "the bot cannot judge its policies: they have conditions or unusual forms, or some could not be read",
        f"{_ROLE}, Permissions: check that {{action}} is allowed on {{resource}} without a condition (IAM policy "
        "simulator).",
    ),
}

ROLE_ITEMS: Mapping[str, Entry] = MappingProxyType({
    "stack.output": Entry("CloudFormation stack", "a finished stack in us-east-1 with output SpotFinOpsRoleArn", {
        "right": passed("“{stack}” made {arn}"),
        "busy": open_question("“{stack}” is in {status}", "Wait until CloudFormation has finished, then check again."),
        "broken": failed(
            "“{stack}” is in {status}",
            "CloudFormation console in us-east-1, “{stack}”, Events: find out what failed. Then delete the stack and "
            "create it again.",
        ),
        "other role": failed(
            "“{stack}” made {arn}, but {recorded} was entered in Slack",
            "CloudFormation console in us-east-1, “{stack}”, Outputs: copy SpotFinOpsRoleArn. In Slack, press "
            "Edit on the card and enter it as Role ARN.",
        ),
        "none": failed("there is none", _STACK),
        "by hand": open_question(
            "there is none, though the role exists",
            "Did you make the role by hand or with Terraform? That is fine: enter its ARN in the form of this step. "
            f"If not: {_STACK}",
        ),
    }),
    "role.exists": Entry("Role for Spot", "the role {role} in account {account}", {
        "right": passed("{arn}"),
        "missing": failed("there is no role {role}", _STACK),
        "other": failed(
            "{arn}, but {recorded} was entered in Slack",
            "In Slack, press Edit on the card and enter {arn} as Role ARN. Enter the same in the Spot console.",
        ),
    }),
    "role.trust": Entry("Role: trusts Spot", "both accounts of Spot can assume it: {spot}", {
        "right": passed("both Spot accounts can assume it"),
        "limited": passed("both Spot accounts can assume it, with the roles that Spot's templates name"),
        "missing": failed("not trusted: {missing}", f"{_TRUST}, Principal, AWS: add {{missing_arns}}."),
        "deleted": failed(
            "not trusted: {missing}. {deleted} is what AWS leaves of a user or role that was deleted",
            f"{_TRUST}, Principal, AWS: enter {{missing_arns}} in the place of {{deleted}}.",
        ),
        "unsure": open_question(
            "the bot cannot tell for {missing}: the trust policy has conditions, or names single users or roles",
            f"{_TRUST}: Principal, AWS: {{missing_arns}}; Condition: only StringEquals, sts:ExternalId.",
        ),
        "anybody": failed(
            "every AWS account is trusted (Principal “*”)", f"{_TRUST}, Principal, AWS: only {{spot_arns}}."
        ),
    }),
    "role.external_id": Entry("Role: asks for Spot's external ID", "the external ID that the Spot console shows", {
        "same": passed("“{entered}”, as it was entered in Slack"),
        "none": passed("it asks for none and none was entered, which is normal with most of Spot's templates"),
        "compare": open_question(
            "it asks for “{ids}”, and nobody has entered Spot's external ID in Slack",
            "In the Spot console, copy the external ID. In Slack, press Edit on the card and enter it as Spot's "
            "external ID. Then check again.",
        ),
        "other": failed(
            "it asks for “{ids}”, but “{entered}” was entered in Slack",
            "Compare both with the external ID that the Spot console shows. Is the role's wrong? "
            f"{_CONDITION} from the Spot console. Is the one in Slack wrong? {_EDIT_ID}.",
        ),
        "not asked": failed(
            "it asks for none, but “{entered}” was entered in Slack",
            f"{_CONDITION} {{entered}}. Does the Spot console show none? {_EDIT_ID}: leave it empty.",
        ),
        "partly": failed(
            "not every statement of its trust policy asks for “{entered}”",
            f"{_CONDITION} {{entered}}.",
        ),
        "own": failed(
            "it asks for “{own}”, which belongs to the bot's own role (ECO_AWS_ROLE), not to Spot",
            f"{_CONDITION} that the Spot console shows. Does it show none? Remove the Condition.",
        ),
        "unusable": failed(
            "it asks for “{ids}”, and Spot can't send that: {reason}",
            f"{_CONDITION} that the Spot console shows, without spaces or quotes around it. Does it show none? Remove "
            "the Condition.",
        ),
        "unclear": open_question(
            "several fit, or not every statement asks for the same: {ids}",
            f"{_CONDITION} that the Spot console shows.",
        ),
    }),
    "role.describes": Entry("Role: may read the report definition", "allows cur:DescribeReportDefinitions", _ALLOWED),
    "role.lists": Entry("Role: may list the bucket", "allows s3:ListBucket on {bucket}", _ALLOWED),
    "role.reads": Entry("Role: may read the files", "allows s3:GetObject in {bucket}", _ALLOWED),
})  # fmt: skip

#: The items about permissions of the role.
PERMISSIONS = ("role.describes", "role.lists", "role.reads")
