"""The catalog of the preflight: its items in the order of setting things up, with all possible results as texts.

The requirements are those of the vendor's page "Connect your AWS account"; pages, fields and values have the names of
the AWS console. `{…}` stands for a value that was read. The items of the report are in
report_catalog.py, those of its bucket in bucket_catalog.py and access_catalog.py, those of the role in role_catalog.py,
those of a report that an MSP delivers in delivery_catalog.py, those of a crawler in crawler_catalog.py,
those of data that Spot extracts in extraction_catalog.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bot.domain.aws.access_catalog import ACCESS_ITEMS
from bot.domain.aws.bucket_catalog import BUCKET_ITEMS
from bot.domain.aws.crawler_catalog import CRAWLER_ITEMS
from bot.domain.aws.delivery_catalog import DELIVERY_ITEMS
from bot.domain.aws.extraction_catalog import EXTRACTION_ITEMS
from bot.domain.aws.facts import Unseen
from bot.domain.aws.preflight import Finding
from bot.domain.aws.report_catalog import REPORT_ITEMS
from bot.domain.aws.role_catalog import ROLE_ITEMS
from bot.domain.aws.wording import Entry, failed, open_question, passed, unseen_case, unseen_values

ITEMS: Mapping[str, Entry] = MappingProxyType({
    "account.identity": Entry("The account that the bot looks at", "account {account}", {
        "right": passed("account {found}, as {arn}"),
        "other": failed(
            "account {found}, as {arn}",
            "Ask whoever runs the bot to set ECO_AWS_ROLE to the name (not the ARN) of a read-only role. It must be in "
            "account {account}: docs/aws/read-only-role.yaml, among the bot's files, makes one. Or give the bot "
            "credentials of that account.",
        ),
    }),
    "account.management": Entry("Management account of its organization", "{account} manages its organization", {
        "right": passed("it manages the organization {organization}"),
        "member": open_question(
            "this is a member account; {management} manages the organization {organization}",
            "Is {management} yours? Then enroll it instead, with `/eco enroll`, and cancel this enrollment. Does a "
            "reseller (MSP) manage it, or do you connect a single member account? Then another procedure fits. Cancel "
            "this enrollment, and choose what is true for you in the form of `/eco enroll`.",
        ),
        "alone": failed(
            "the account is in no organization",
            "Ask whoever pays the AWS bill for the management account, and enroll that one. Or create an organization "
            "from this account: AWS Organizations console, Create an organization. This account then manages it, and "
            "you can't hand that over later.",
        ),
    }),
    "account.member": Entry("Place in the organization", "any: it need not manage its organization", {
        "member": passed("a member account; {management} manages the organization {organization}"),
        "manager": passed("it manages the organization {organization}"),
        "alone": passed("it is in no organization"),
    }),
    "account.accounts": Entry("Accounts of the organization", "the name that you expect; only you can tell", {
        "read": passed("“{name}” manages {accounts}"),
        "cut": passed("“{name}” manages more than {accounts}"),
        "of a member": open_question(
            "only the management account can list them",
            "At “Management account of its organization”, decide first whether this account is the right one.",
        ),
        "absent": open_question(
            "{accounts} were read, and {account} is not among them",
            "AWS Organizations console, AWS accounts: look up the name of {account}.",
        ),
    }),
    **REPORT_ITEMS,
    **BUCKET_ITEMS,
    **ACCESS_ITEMS,
    **ROLE_ITEMS,
    **DELIVERY_ITEMS,
    **CRAWLER_ITEMS,
    **EXTRACTION_ITEMS,
})  # fmt: skip


def finding(item: str, case: str, **values: object) -> Finding:
    """The finding for a case of an item."""
    entry = ITEMS[item]
    return entry.finding(item, entry.cases[case], values)


def not_seen(item: str, unseen: Unseen, first: str, **values: object) -> Finding:
    """The finding for an item that could not be read; `first` is the item to solve before."""
    about = values | unseen_values(unseen) | {"first": ITEMS[first].title}
    return ITEMS[item].finding(item, unseen_case(unseen), about)
