"""The sets of checks that a step can name: what **Check AWS** looks at for it, and what is offered besides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class CheckSet:
    """One set of checks.

    Attributes:
        items: what is checked: items of the catalog, each by its name or by the beginning of its name.
        watched: whether the bot looks every hour: for the first files while the step waits, and whether all is still
            right once it is done.
        explains: whether **It's not there** is offered when the wait is over.
        sets_up: whether **Set up AWS** is offered, whose commands make a report, its bucket and the role.
    """

    items: tuple[str, ...] = ()
    watched: bool = False
    explains: bool = False
    sets_up: bool = False

    @property
    def reads_accounts(self) -> bool:
        """Whether the accounts of the organization are read."""
        return "account.accounts" in self.items


#: The set of a management account, which reports of older versions are of, too.
MANAGEMENT = "aws"
#: The set of an account that has a report of its own, whatever its place in an organization.
MEMBER = "member"
#: The set of the account of an MSP's customer whose data Spot extracts from the account of the MSP.
EXTRACTED = "extracted"
#: The set of a report that an MSP writes into a bucket itself.
DELIVERED = "delivered"
#: The set of the Glue crawler of a report whose data Spot extracts.
CRAWLER = "crawler"

#: What is checked of an account that has a report of its own.
_WITH_REPORT = (
    *("cur.", "bucket.exists", "bucket.region", "bucket.recorded", "bucket.policy", "bucket.readers"),
    *("bucket.ownership", "encryption.", "files.delivered", "stack.", "role.", "full."),
)

#: The name that a procedure gives as `checks` -> the set.
CHECK_SETS: Mapping[str, CheckSet] = MappingProxyType({
    MANAGEMENT: CheckSet(
        ("account.identity", "account.management", "account.accounts", *_WITH_REPORT),
        watched=True, explains=True, sets_up=True,
    ),
    MEMBER: CheckSet(
        ("account.identity", "account.member", *_WITH_REPORT), watched=True, explains=True, sets_up=True
    ),
    EXTRACTED: CheckSet(
        ("account.identity", "account.member", "bucket.extracted", "files.extracted", "stack.", "role."),
        watched=True, explains=True,
    ),
    DELIVERED: CheckSet(
        ("account.identity", "bucket.delivered", "files.account", "files.periods", "files.place", "files.gzip",
         "files.manifests", "files.newest"),
        watched=True,
    ),
    CRAWLER: CheckSet(("crawler.",)),
})  # fmt: skip

_NONE = CheckSet()


def check_set(name: str) -> CheckSet:
    """The set of that name; an empty one for "", and for one that this version does not have."""
    return CHECK_SETS.get(name, _NONE)
