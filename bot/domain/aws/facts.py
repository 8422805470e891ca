"""What a look at AWS observed: each thing either seen or not seen, with the reason.

`None` where something was looked for and is not there: that is a fact. `Unseen` where nobody can tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, TypeVar

from bot.domain.aws.calls import Call
from bot.domain.aws.preflight import DeliveredFiles

T = TypeVar("T")


class Why(Enum):
    """Why something was not seen."""

    MISSET = auto()  # the environment names a profile that is not there, or an address that is none
    NO_CREDENTIALS = auto()
    EXPIRED = auto()
    REFUSED = auto()  # AWS does not know these credentials, or their signature is wrong
    DENIED = auto()
    THROTTLED = auto()
    SILENT = auto()  # not answered in time
    UNREACHABLE = auto()
    REGION_OFF = auto()
    BROKEN = auto()  # AWS has a fault of its own
    TOO_MANY = auto()  # more than the bot reads
    STRANGE = auto()  # an answer or an error that the bot does not know
    SKIPPED = auto()  # not asked, because what it depends on was not seen


@dataclass(frozen=True, slots=True)
class Unseen:
    """Something that could not be seen.

    Attributes:
        call: the call that did not give it; None where it was not called. detail: a code of AWS, never a sentence.
    """

    why: Why
    call: Call | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who AWS says that the bot is."""

    account_id: str
    arn: str


@dataclass(frozen=True, slots=True)
class Organization:
    """The organization that the account belongs to."""

    id: str
    management_account_id: str


@dataclass(frozen=True, slots=True)
class Accounts:
    """The accounts of the organization as (ID, name); `whole` is False where there were more than were read."""

    named: tuple[tuple[str, str], ...] = ()
    whole: bool = True


@dataclass(frozen=True, slots=True)
class ReportDefinition:
    """A legacy Cost and Usage Report, in AWS's own words; what AWS left out is "" or None."""

    name: str
    time_unit: str = ""
    format: str = ""
    compression: str = ""
    elements: tuple[str, ...] = ()
    artifacts: tuple[str, ...] = ()
    bucket: str = ""
    prefix: str = ""
    region: str = ""
    refresh: bool | None = None
    versioning: str = ""
    status: str = ""

    @property
    def folder(self) -> str:
        """The beginning of the keys of its files."""
        return f"{self.prefix.strip('/')}/{self.name}/".lstrip("/")


@dataclass(frozen=True, slots=True)
class CurDefinitions:
    """The report definitions, and the names of CUR 2.0 exports, which are asked for only where there is none."""

    definitions: tuple[ReportDefinition, ...] = ()
    exports: tuple[str, ...] | Unseen = ()


class Owner(Enum):
    """Whose a bucket is."""

    OURS = auto()
    FOREIGN = auto()
    UNKNOWN = auto()


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket that is there; `region` is "" where AWS did not say, `denied` where the bot may not look into it."""

    region: str
    owner: Owner = Owner.OURS
    denied: bool = False


@dataclass(frozen=True, slots=True)
class Stack:
    """A CloudFormation stack that has the output with the role's ARN."""

    name: str
    status: str
    role_arn: str


#: A policy as IAM keeps it: read, but not yet understood.
Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Policies:
    """The policies of one kind, with the name of each; `whole` is False where there were more than were read."""

    documents: tuple[tuple[str, Document], ...] = ()
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Role:
    """The role that Spot assumes; `boundary` is its permissions boundary, None where it has none."""

    arn: str
    trust: Document
    boundary: Document | Unseen | None = None


@dataclass(frozen=True, slots=True)
class AccountSnapshot:
    """Everything that one look observed.

    Attributes:
        identity: the way in; where it is missing, or is of another account, all the rest is `Unseen`.
        organization: None for an account that is in none.
        files: None where no bucket is known.
        stack: None where no stack has the output.
        role: None where there is no role of that name; `role_name` is the name that was asked for.
    """

    identity: Identity | Unseen
    organization: Organization | Unseen | None
    accounts: Accounts | Unseen
    reports: CurDefinitions | Unseen
    bucket: Bucket | Unseen | None
    files: DeliveredFiles | Unseen | None
    stack: Stack | Unseen | None
    role_name: str
    role: Role | Unseen | None
    attached: Policies | Unseen
    inline: Policies | Unseen


def unseen(identity: Identity | Unseen, role_name: str) -> AccountSnapshot:
    """A look that did not get in, or into another account: nothing else was asked."""
    rest = Unseen(Why.SKIPPED)
    return AccountSnapshot(identity, rest, rest, rest, rest, rest, rest, role_name, rest, rest, rest)
