"""The catalog of the preflight: its items in the order of setting things up, with all possible results as texts.

The requirements are those of the vendor's page "Connect your AWS account"; pages, fields and values have the names of
the AWS console. `{…}` stands for a value that was read.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bot.domain.aws.facts import Unseen
from bot.domain.aws.preflight import Finding
from bot.domain.aws.wording import Entry, bad, good, open_question, tell, tell_unseen

_EXPORTS = "Billing and Cost Management console, Data Exports"
_EDIT = f"{_EXPORTS}, “{{report}}”, Edit"
_NEW = "if the page does not let you, create a new report with it"
_CREATE = (
    f"{_EXPORTS}, Create, Legacy CUR export: Include resource IDs on, Refresh automatically on, Hourly, Overwrite "
    "existing report, Amazon Athena (Parquet), and a bucket in us-east-1."
)
_ROLE = "IAM console, Roles, {role}"
_STACK = (
    "CloudFormation console in us-east-1, Create stack: run the template that the Spot console offers when you connect "
    "the account, with the bucket {bucket}."
)

_ITEMS: Mapping[str, Entry] = MappingProxyType({
    "account.identity": Entry("The account that the bot looks at", "account {account}", {
        "right": good("account {found}, as {arn}"),
        "other": bad(
            "account {found}, as {arn}",
            "Where the bot runs: set ECO_AWS_ROLE to the name (not the ARN) of a read-only role that exists in account "
            "{account} (docs/aws/read-only-role.yaml makes it), or give the bot credentials of that account.",
        ),
    }),
    "account.management": Entry("Management account of its organization", "{account} manages its organization", {
        "right": good("it manages the organization {organization}"),
        "member": bad(
            "a member; the organization {organization} is managed by account {management}",
            "Enroll account {management} instead: Slack, `/eco enroll`, AWS management account ID {management}; then "
            "cancel this enrollment.",
        ),
        "alone": bad(
            "the account is in no organization",
            "Check the account ID with whoever pays the AWS bill and enroll the management account; or create an "
            "organization from this account: AWS Organizations console, Create an organization.",
        ),
    }),
    "account.accounts": Entry("Accounts of the organization", "the name is the one you expect: only you can tell", {
        "read": good("“{name}” manages {accounts}"),
        "cut": good("“{name}” manages more than {accounts}"),
        "absent": open_question(
            "{accounts} were read, and {account} is not among them",
            "AWS Organizations console, AWS accounts: look up the name of {account}.",
        ),
    }),
    "cur.definition": Entry("Legacy Cost and Usage Report", "a legacy report (CUR), defined in this account", {
        "found": good("“{report}”, delivered to {bucket}"),
        "none": bad("there is none", _CREATE),
        "exports": bad(
            "there is none, only exports of the newer kind (Data Exports, such as CUR 2.0): {exports}",
            f"The procedure asks for the legacy report beside them. {_CREATE}",
        ),
    }),
    "cur.time_unit": Entry("Report: time granularity", "HOURLY", {
        "right": good("{found}"),
        "wrong": bad("{found}", f"{_EDIT}, Time granularity: Hourly; {_NEW}."),
    }),
    "cur.resources": Entry("Report: resource IDs", "RESOURCES among the additional content", {
        "right": good("{found}"),
        "wrong": bad("{found}", f"{_EDIT}, Additional export content: Include resource IDs on; {_NEW}."),
    }),
    "cur.refresh": Entry("Report: refreshed after a month is closed", "yes", {
        "right": good("{found}"),
        "wrong": bad("{found}", f"{_EDIT}, Data refresh settings: Refresh automatically on; {_NEW}."),
    }),
    "cur.versioning": Entry("Report: versioning", "OVERWRITE_REPORT", {
        "right": good("{found}"),
        "wrong": bad("{found}", f"{_EDIT}, File versioning: Overwrite existing report; {_NEW}."),
    }),
    "cur.athena": Entry("Report: made for Athena", "ATHENA among the integrations", {
        "right": good("{found}"),
        "wrong": bad("{found}", f"{_EDIT}, Report data integration: Amazon Athena; {_NEW}."),
    }),
    "cur.format": Entry("Report: format and compression", "Parquet, Parquet (Athena takes no other)", {
        "right": good("{found}"),
        "wrong": bad("{found}", f"{_EDIT}, Compression type: Parquet (choosing Amazon Athena sets it); {_NEW}."),
    }),
    "cur.region": Entry("Report: region of its bucket", "us-east-1", {
        "right": good("{found}"),
        "wrong": bad("{found}", f"{_EDIT}, S3 bucket: choose or create one in US East (N. Virginia); {_NEW}."),
    }),
    "cur.status": Entry("Report: last delivery", "SUCCESS", {
        "right": good("{found}"),
        "ERROR_PERMISSIONS": bad(
            "{found}: AWS may not write to {bucket}",
            "S3 console, {bucket}, Permissions, Bucket policy: let billingreports.amazonaws.com use s3:GetBucketAcl "
            "and "
            f"s3:GetBucketPolicy on the bucket and s3:PutObject in it ({_EDIT}, S3 bucket, Configure writes it for "
            "you).",
        ),
        "ERROR_NO_BUCKET": bad(
            "{found}: there is no bucket {bucket}",
            f"{_EDIT}, S3 bucket, Configure: create the bucket in US East (N. Virginia), or choose one that exists.",
        ),
        "not yet": open_question(
            "AWS has not tried to deliver yet",
            "AWS delivers the first files within about 24 hours after the report was created: check again then.",
        ),
        "odd": open_question("{found}", f"{_EXPORTS}, “{{report}}”: see what the console says of the last delivery."),
    }),
    "cur.several": Entry("Several reports", "one of them has every setting", {
        "right": good("“{report}” has; the others: {others}"),
        "wrong": bad(
            "the best is “{report}”: {faults}; the others: {others}",
            f"{_EDIT}: repair it as said above; {_NEW}.",
        ),
    }),
    "bucket.recorded": Entry("Bucket that was recorded", "{recorded}, as the form of this step says", {
        "right": good("“{report}” is delivered there"),
        "other": bad(
            "“{report}” is delivered to {bucket}",
            "Slack, card of the enrollment, Edit, Cost and Usage Report bucket: {bucket}; and give Spot's role and "
            "template the same bucket.",
        ),
    }),
    "bucket.exists": Entry("Bucket of the report", "{bucket} exists and can be looked into", {
        "right": good("{bucket}"),
        "missing": bad(
            "there is no bucket {bucket}",
            f"{_EXPORTS}, Edit the report, S3 bucket, Configure: create it in US East (N. Virginia), or choose one "
            "that exists.",
        ),
        "foreign": bad(
            "{bucket} belongs to another account",
            f"{_EXPORTS}, Edit the report, S3 bucket, Configure: create or choose a bucket of account {{account}}.",
        ),
    }),
    "bucket.region": Entry("Region of the bucket", "us-east-1", {
        "right": good("{region}"),
        "wrong": bad(
            "{region}",
            f"A bucket cannot move. {_EXPORTS}, Edit the report, S3 bucket, Configure: create a bucket in US East (N. "
            "Virginia).",
        ),
        "unsaid": open_question("AWS does not say", "S3 console, {bucket}, Properties: AWS Region must be us-east-1."),
    }),
    "files.delivered": Entry("Files in the bucket", "data files of the report, the newest of the last three days", {
        "there": good("{files}, {size}, first {first_at}, newest {newest_at}; billing periods: {periods}"),
        "stale": bad(
            "{files}, {size}, first {first_at}, but the newest is of {newest_at}",
            f"AWS delivers at least daily. {_EXPORTS}: see the report's last delivery; S3 console, {{bucket}}, "
            "Permissions: "
            "let billingreports.amazonaws.com write.",
        ),
        "none yet": open_question(
            "none yet",
            "AWS delivers the first files within about 24 hours after the report was created: check again then.",
        ),
        "none": bad(
            "none under {folder}, though AWS says that it has delivered",
            "S3 console, {bucket}: look where the files are, and whether a lifecycle rule (Management, Lifecycle "
            "rules) "
            "removes them; they must stay under {folder}.",
        ),
        "undeliverable": bad("none, because AWS cannot deliver", "Solve “Report: last delivery” first."),
    }),
    "stack.output": Entry("CloudFormation stack", "a finished stack in us-east-1 with output SpotFinOpsRoleArn", {
        "right": good("“{stack}” made {arn}"),
        "busy": open_question("“{stack}” is in {status}", "Wait until CloudFormation has finished, then check again."),
        "broken": bad(
            "“{stack}” is in {status}",
            "CloudFormation console in us-east-1, “{stack}”, Events: see what failed, delete the stack and create it "
            "anew.",
        ),
        "other role": bad(
            "“{stack}” made {arn}, but {recorded} was recorded",
            "CloudFormation console in us-east-1, “{stack}”, Outputs: copy SpotFinOpsRoleArn; Slack, card of the "
            "enrollment, Edit, Role ARN.",
        ),
        "none": bad("there is none", _STACK),
        "by hand": open_question(
            "there is none, though the role exists",
            "If you made the role in another way (by hand, with Terraform), enter its ARN in the form of this step: "
            "that "
            f"is fine. Else: {_STACK}",
        ),
    }),
    "role.exists": Entry("Role for Spot", "the role {role} in account {account}", {
        "right": good("{arn}"),
        "missing": bad("there is no role {role}", _STACK),
        "other": bad(
            "{arn}, but {recorded} was recorded",
            "Slack, card of the enrollment, Edit, Role ARN: {arn}; and enter the same in the Spot console.",
        ),
    }),
    "role.trust": Entry("Role: trusts Spot", "both accounts of Spot may assume it: {spot}", {
        "right": good("both may"),
        "missing": bad(
            "not trusted: {missing}",
            f"{_ROLE}, Trust relationships, Edit trust policy, Principal, AWS: add {{missing_arns}}.",
        ),
        "unsure": open_question(
            "cannot be judged for {missing}: the trust policy has conditions or single principals",
            f"{_ROLE}, Trust relationships, Edit trust policy: Principal, AWS: {{missing_arns}}; Condition: only "
            "StringEquals, sts:ExternalId.",
        ),
        "anybody": bad(
            "every AWS account is trusted (Principal “*”)",
            f"{_ROLE}, Trust relationships, Edit trust policy, Principal, AWS: only {{spot_arns}}.",
        ),
    }),
    "role.external_id": Entry("Role: asks for an external ID", "one; whether it is Spot's only you can tell", {
        "asked": good("“{ids}”: compare it with the one in the Spot console"),
        "not asked": open_question(
            "none is asked for",
            f"If the Spot console shows an external ID: {_ROLE}, Trust relationships, Edit trust policy, Condition: "
            "StringEquals, sts:ExternalId, that value. Without one, ask Spot support whether you should have one.",
        ),
        "unclear": open_question(
            "not the same everywhere, or several fit: {ids}",
            f"{_ROLE}, Trust relationships, Edit trust policy: in each statement for Spot one Condition, StringEquals, "
            "sts:ExternalId, with the one value that the Spot console shows.",
        ),
    }),
    "role.describes": Entry("Role: may read the report definition", "allows cur:DescribeReportDefinitions", {}),
    "role.lists": Entry("Role: may list the bucket", "allows s3:ListBucket on {bucket}", {}),
    "role.reads": Entry("Role: may read the files", "allows s3:GetObject in {bucket}", {}),
})  # fmt: skip

#: The possible results of each permission of the role.
_PERMISSION = {
    "yes": good("its policies allow it"),
    "no": bad(
        "no policy of the role allows it",
        f"{_ROLE}, Permissions, its policy, Edit: add a statement with Effect Allow, Action {{action}}, Resource "
        f"{{resource}}.",
    ),
    "forbidden": bad(
        "a policy of the role forbids it",
        f"{_ROLE}, Permissions, the policy with Effect Deny for {{action}}: take {{resource}} out of it.",
    ),
    "unsure": open_question(
        "its policies have conditions or forms that the bot cannot judge, or could not all be read",
        f"{_ROLE}, Permissions: see that {{action}} is allowed on {{resource}} without a condition (IAM policy "
        "simulator).",
    ),
}
PERMISSIONS = ("role.describes", "role.lists", "role.reads")

ITEMS: Mapping[str, Entry] = MappingProxyType({
    item: Entry(entry.title, entry.expected, _PERMISSION) if item in PERMISSIONS else entry
    for item, entry in _ITEMS.items()
})  # fmt: skip


def finding(item: str, case: str, **values: object) -> Finding:
    """The finding for a case of an item."""
    return tell(item, ITEMS[item], case, values)


def not_seen(item: str, unseen: Unseen, first: str, **values: object) -> Finding:
    """The finding for an item that could not be read; `first` is the item to solve before."""
    return tell_unseen(item, ITEMS[item], unseen, ITEMS[first].title, values)
