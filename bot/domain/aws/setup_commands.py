"""What sets up an account for Spot, to be run by people: a link that fills in a stack, and commands of the AWS CLI.

The bot itself writes nothing to AWS. Every value is quoted for a shell, whatever it holds.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from urllib.parse import quote, urlencode

from bot.domain.aws.bucket_policies import delivery_policy
from bot.domain.aws.calls import REGION
from bot.domain.errors import InvalidInput
from bot.domain.inputs import clean, shorten
from bot.domain.sentences import sentence
from bot.domain.vendor import ROLE_TEMPLATE

#: The template's names for the external ID: today's, and that of its next version. CloudFormation ignores those
#: parameters of a link that the template does not have.
_EXTERNAL_IDS = ("ExternalId", "EcoExternalId")
_BUCKET = "CostAndUsageBucket"

#: The most characters of a link, which has to fit into a text of Slack.
LONGEST_LINK = 2000
#: The names that are offered where nothing is known.
STACK, REPORT, PREFIX = "spot-eco-finops", "spot-hourly", "spot"
_STACK = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,127}", re.ASCII)
_REPORT = re.compile(r"[0-9A-Za-z!\-_.*'()]{1,256}", re.ASCII)

#: The settings that Spot asks for, in the words of AWS's API.
_DEFINITION: Mapping[str, Any] = MappingProxyType({
    "TimeUnit": "HOURLY",
    "Format": "Parquet",
    "Compression": "Parquet",
    "AdditionalSchemaElements": ["RESOURCES"],
    "AdditionalArtifacts": ["ATHENA"],
    "S3Region": REGION,
    "RefreshClosedReports": True,
    "ReportVersioning": "OVERWRITE_REPORT",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Setup:
    """The names with which an account is set up.

    Attributes:
        external_id: the one that the Spot console shows; "" where it shows none.
    """

    account_id: str
    bucket: str
    report: str = REPORT
    stack: str = STACK
    external_id: str = ""

    @property
    def stack_link(self) -> str:
        """The page of the AWS console that creates the stack with the role, with every field filled in.

        An external ID that would make the address too long is left out.
        """
        whole = self._stack_link(self.external_id)
        return whole if len(whole) <= LONGEST_LINK else self._stack_link("")

    @property
    def link_has_external_id(self) -> bool:
        """Whether the link fills in the external ID."""
        return bool(self.external_id) and self.stack_link == self._stack_link(self.external_id)

    def _stack_link(self, external_id: str) -> str:
        asked = {"templateURL": ROLE_TEMPLATE, "stackName": self.stack, f"param_{_BUCKET}": self.bucket}
        if external_id:
            asked |= {f"param_{name}": external_id for name in _EXTERNAL_IDS}
        page = f"https://{REGION}.console.aws.amazon.com/cloudformation/home?region={REGION}#/stacks/create/review"
        return f"{page}?{urlencode(asked, quote_via=quote)}"

    @property
    def create_bucket(self) -> str:
        """The command that makes the bucket, for an account that has none yet."""
        return _command("s3api", "create-bucket", bucket=self.bucket)

    @property
    def put_bucket_policy(self) -> str:
        """The command that lets AWS deliver the report into the bucket; it replaces the bucket's policy."""
        return _command(
            "s3api", "put-bucket-policy", bucket=self.bucket, policy=delivery_policy(self.bucket, self.account_id)
        )

    @property
    def put_report_definition(self) -> str:
        """The command that makes the report with every setting that Spot asks for."""
        named = {"ReportName": self.report, "S3Bucket": self.bucket, "S3Prefix": PREFIX}
        return _command("cur", "put-report-definition", report_definition=named | dict(_DEFINITION))


def _command(service: str, operation: str, **options: object) -> str:
    """A command of the AWS CLI in the region of billing; a mapping becomes JSON."""
    parts = [f"aws {service} {operation} --region {REGION}"]
    for name, value in options.items():
        text = value if isinstance(value, str) else json.dumps(value)
        parts.append(f"--{name.replace('_', '-')} {shlex.quote(text)}")
    return " ".join(parts)


def suggested_bucket(account_id: str) -> str:
    """A name for a new bucket; names of buckets are unique in all of AWS, so it has the account's ID in it."""
    return f"spot-cur-{account_id}"


def parse_stack(text: str) -> str:
    """The name of a stack, as CloudFormation takes it; raises `InvalidInput`."""
    value = clean(text)
    if not _STACK.fullmatch(value):
        words = (
            "“{value}” is not a stack name. It begins with a letter and has letters, digits and dashes, 128 at most."
        )
        raise InvalidInput(sentence(words, value=shorten(value)))
    return value


def parse_report(text: str) -> str:
    """The name of a report, as AWS takes it; raises `InvalidInput`."""
    value = clean(text)
    if not _REPORT.fullmatch(value):
        words = (
            "“{value}” is not a report name. It has letters, digits and ! - _ . * ' ( ), 256 at most, and no spaces."
        )
        raise InvalidInput(sentence(words, value=shorten(value)))
    return value
