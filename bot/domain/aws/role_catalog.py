"""The items of the preflight about the role for Spot, with all possible results as texts; see `catalog`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from bot.domain.aws.wording import Entry, failed, open_question, passed

_ROLE = "IAM console, Roles, {role}"
_TRUST = f"{_ROLE}, Trust relationships, Edit trust policy"
_STACKS = "CloudFormation console in us-east-1"
#: What people must know before they delete a stack; the sentence goes on with what to do.
_LOSES = (
    "Look at its Resources: deleting the stack deletes all of them, even a bucket or report. If you can spare them,"
)
_STACK = (
    "CloudFormation console in us-east-1, Create stack: run the template that the Spot console offers, with the bucket "
    "{bucket}. In Slack, Set up AWS makes a link that fills in the form."
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
        f"{_ROLE}, Permissions, the policy with Effect Deny for {{action}}: exclude {{resource}} from it.",
    ),
    "beyond": failed(
        "its permissions boundary {boundary} does not allow it, whatever its policies say",
        f"{_ROLE}, Permissions, Permissions boundary: ask whoever owns that policy to allow {{action}} on "
        "{resource} in it.",
    ),
    "outside": failed(
        "its permissions boundary {boundary} forbids it",
        f"{_ROLE}, Permissions, Permissions boundary: ask whoever owns that policy to take {{action}} on "
        "{resource} out of its Deny.",
    ),
    "neither": failed(
        "neither its policies nor its permissions boundary {boundary} allow it",
        f"{_ROLE}, Permissions, its policy, Edit: add a statement with Effect Allow, Action {{action}}, Resource "
        "{resource}. Then ask whoever owns the boundary to allow the same.",
    ),
    "unsure": open_question(
        "the bot cannot judge its policies: they have conditions or unusual forms, or some could not be read",
        f"{_ROLE}, Permissions: check that {{action}} is allowed on {{resource}} without a condition (IAM policy "
        "simulator).",
    ),
}

#: The possible results of a list of permissions.
_LIST = {
    "lacks": failed(
        "not allowed: {lacks}",
        f"{_ROLE}, Permissions, its policy, Edit: add statements with Effect Allow: {{statements}}. Until then Spot's "
        "console may say {console}.",
    ),
    "forbidden": failed(
        "not allowed, and at least in part forbidden by a Deny of a policy or of the boundary: {lacks}",
        f"{_ROLE}, Permissions: take these out of every Deny, and allow them: {{statements}}. Until then Spot's "
        "console may say {console}.",
    ),
    "beyond": failed(
        "not within its permissions boundary {boundary}: {lacks}",
        f"{_ROLE}, Permissions, Permissions boundary: ask whoever owns that policy to allow {{statements}}. The "
        "role's own policies must allow the same. Until then Spot's console may say {console}.",
    ),
    "unsure": open_question(
        "the bot cannot judge its policies for {lacks}: they have conditions or unusual forms, or some could not be "
        "read",
        f"{_ROLE}, Permissions: check in the IAM policy simulator that this is allowed: {{statements}}.",
    ),
}
#: What people must know before they allow the full policy.
_BUYS = "These permissions let Spot buy commitments with your money: your contract must say so."
_EXPECTED = "the permissions that Spot's page “Eco AWS Policy” requires"

#: The possible results of a trust policy.
_TRUSTED = {
    "right": passed("both Spot accounts can assume it"),
    "limited": passed("both Spot accounts can assume it, with the roles that Spot's templates name"),
    "missing": failed("not trusted: {missing}", f"{_TRUST}, Principal, AWS: add {{missing_arns}}."),
    "deleted": failed(
        "not trusted: {missing}. {deleted} is what AWS leaves of a user or role that was deleted",
        f"{_TRUST}, Principal, AWS: replace {{deleted}} with {{missing_arns}}.",
    ),
    "unsure": open_question(
        "the bot cannot tell for {missing}: the trust policy has conditions, or names single users or roles",
        f"{_TRUST}: Principal, AWS: {{missing_arns}}; Condition: only StringEquals, sts:ExternalId.",
    ),
    "anybody": failed(
        "every AWS account is trusted (Principal “*”)", f"{_TRUST}, Principal, AWS: enter {{spot_arns}} only."
    ),
}

#: The possible results of the external ID.
_ASKED = {
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
        f"{_CONDITION} that the Spot console shows. Leave out spaces and quotes around it. Does it show none? Remove "
        "the Condition.",
    ),
    "unclear": open_question(
        "several fit, or not every statement asks for the same: {ids}",
        f"{_CONDITION} that the Spot console shows.",
    ),
}

ROLE_ITEMS: Mapping[str, Entry] = MappingProxyType({
    "stack.output": Entry("CloudFormation stack", "a finished stack in us-east-1 that made the role for Spot", {
        "right": passed("“{stack}” made {arn}"),
        "another way": passed("there is none; {arn}, which was entered in Slack, was made in another way"),
        "several": open_question(
            "“{stack}” made {arn}; other stacks made {others}",
            "In the Spot console, look up which role ARN is entered. In Slack, press Edit on the card and enter that "
            "one.",
        ),
        "busy": open_question(
            "“{stack}” is in {status}",
            "Wait until CloudFormation has finished, then check again. In REVIEW_IN_PROGRESS it waits for you: execute "
            "the stack's change set.",
        ),
        "deleting": failed(
            "somebody is deleting “{stack}”, and its role with it",
            "Was that a mistake? Wait until the stack is gone, then create it again. Enter the new role's ARN in the "
            "Spot console and in Slack (Edit on the card).",
        ),
        "not deleted": open_question(
            "“{stack}” is in {status}: somebody tried to delete it",
            "Does Spot still use its role? Then leave the stack alone and ask who wanted to delete it. If not: "
            f"{_STACKS}, “{{stack}}”, Events: find out what kept it. {_LOSES} "
            "delete it again and create a new one.",
        ),
        "update failed": failed(
            "“{stack}” is in {status}",
            f"Don't delete it: Spot may be using its role. {_STACKS}, “{{stack}}”, Events: find out what failed and "
            "fix it. Then Stack actions, Continue update rollback (or Roll back, where the console offers that).",
        ),
        "failed": failed(
            "“{stack}” is in {status}, though it has made {arn}",
            f"Don't delete it before you know that Spot does not use its role. {_STACKS}, “{{stack}}”, Events: find "
            "out what failed and fix it. Then Stack actions, Update, if the console offers that.",
        ),
        "broken": failed(
            "“{stack}” is in {status} and has made no role",
            f"{_STACKS}, “{{stack}}”, Events: find out what failed. {_LOSES} delete the stack and create "
            "it again.",
        ),
        "no output": failed(
            "“{stack}” is finished, but its outputs name no role, and there is none",
            f"{_STACKS}, “{{stack}}”, Resources: is there a role? In Slack, press Edit on the card and enter its "
            f"ARN. If there is none: {_STACK}",
        ),
        "other role": failed(
            "“{stack}” made {arn}, but {recorded} was entered in Slack",
            f"{_STACKS}, “{{stack}}”, Outputs: copy the role's ARN. In Slack, press Edit on the card and enter it as "
            "Role ARN.",
        ),
        "another role": open_question(
            "“{stack}” made {arn}, but {recorded} was entered in Slack, and both exist",
            "In the Spot console, look up which role ARN is entered. Is it {arn}? In Slack, press Edit on the card and "
            "enter it as Role ARN. If it is the one in Slack, Spot doesn't need the stack.",
        ),
        "none": failed("there is none", _STACK),
        "by hand": open_question(
            "there is none, though the role exists",
            "Did you make the role by hand, with Terraform or in another region? That is fine: in Slack, press Edit on "
            "the card and enter {arn} as Role ARN.",
        ),
        "unseen": open_question(
            "there is none in us-east-1, and a role may have been made in another way",
            f"Make “Role for Spot” pass first. If nobody has made a role: {_STACK}",
        ),
    }),
    "role.exists": Entry("Role for Spot", "the role {role} in account {account}", {
        "right": passed("{arn}"),
        "several": open_question(
            "{arn}; Spot is trusted by {others}, too",
            "In the Spot console, look up which role ARN is entered. In Slack, press Edit on the card and enter that "
            "one.",
        ),
        "missing": failed("there is no role {role}, and no other role trusts Spot", _STACK),
        "gone": failed(
            "there is no role {role}",
            "Was it deleted or renamed? In Slack, press Edit on the card and enter the ARN that the Spot console "
            f"has. If there is no such role any more: {_STACK}",
        ),
        "others": failed(
            "there is no role {role}, but Spot is trusted by {others}",
            "Did you make that one for Spot? In Slack, press Edit on the card and enter its ARN. The Spot console must "
            "have the same.",
        ),
        "deleted": failed(
            "there is no role {role}, though a stack made it",
            f"Somebody has deleted it. {_STACKS}: find the stack. {_LOSES} delete the stack and create it again. Then "
            "enter the new role's ARN in the Spot console and in Slack (Edit on the card).",
        ),
        "not listed": open_question(
            "there is no role {role}, and the bot can't list the roles of other names",
            "Did you make the role under another name? In Slack, press Edit on the card and enter its ARN. If there is "
            f"none: {_STACK}",
        ),
        "other": failed(
            "{arn}, but {recorded} was entered in Slack",
            "In Slack, press Edit on the card and enter {arn} as Role ARN. Enter the same in the Spot console.",
        ),
    }),
    "role.trust": Entry("Role: trusts Spot", "both accounts of Spot can assume it: {spot}", _TRUSTED),
    "role.external_id": Entry("Role: asks for Spot's external ID", "the one of the Spot console, if any", _ASKED),
    "role.describes": Entry("Role: may read the report definition", "allows cur:DescribeReportDefinitions", _ALLOWED),
    "role.lists": Entry("Role: may list the bucket", "allows s3:ListBucket on {bucket}", _ALLOWED),
    "role.reads": Entry("Role: may read the files", "allows s3:GetObject in {bucket}", _ALLOWED),
    "role.required": Entry("Role: everything else that Spot requires", _EXPECTED, {
        "all": passed("its policies allow all of it"), **_LIST
    }),
    "role.optional": Entry("Role: optional reads", "the reads that Spot calls optional", {
        "all": passed("its policies allow all of them"),
        "some": passed("not all of them for {lacks}, which is fine: Spot then shows less about these"),
    }),
    "full.exists": Entry("Full Eco: the role", "the role {role} in account {account}", {
        "right": passed("{arn}"),
        "missing": failed(
            "there is no role {role}",
            "Create it with the policy that Spot support gave you after the contract. Does it have another name? In "
            "Slack, press Edit on the card and enter its ARN as Role ARN of the full policy.",
        ),
        "other": failed(
            "{arn}, but {recorded} was entered in Slack",
            "In Slack, press Edit on the card and enter {arn} as Role ARN of the full policy. Enter the same in the "
            "Spot console.",
        ),
    }),
    "full.trust": Entry("Full Eco: the role trusts Spot", "both accounts of Spot can assume it: {spot}", _TRUSTED),
    "full.external_id": Entry("Full Eco: external ID of the role", "the one of the Spot console, if any", _ASKED),
    "full.required": Entry("Full Eco: the role may read the costs", _EXPECTED, {
        "all": passed("its policies allow all of it"), **_LIST
    }),
    "full.permissions": Entry("Full Eco: the role may buy commitments", "the actions of Spot's full policies", {
        "all": passed("its policies allow all of it"),
        "ec2": passed("for EC2 and Savings Plans, as Spot's policy for EC2 alone; not for {lacks}"),
        **{name: replace(case, fix=f"{_BUYS} {case.fix}") for name, case in _LIST.items()},
    }),
})  # fmt: skip
