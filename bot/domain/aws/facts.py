"""Facts about an AWS account, as they were read, and the snapshot of all of them.

`None` means that something does not exist. `Unseen` means that it could not be read, and why.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum, auto
from typing import Any, Self

from bot.domain.aws.calls import Call
from bot.domain.aws.preflight import DeliveredFiles, MemberAccount

#: The JSON document of a policy.
Document = Mapping[str, Any]


class Reason(Enum):
    """Why a fact could not be read."""

    MISCONFIGURED = auto()  # the environment names an unknown profile or an invalid endpoint
    NO_CREDENTIALS = auto()
    EXPIRED = auto()
    REJECTED = auto()  # unknown credentials, or a wrong signature
    DENIED = auto()
    THROTTLED = auto()
    TIMED_OUT = auto()
    UNREACHABLE = auto()
    REGION_DISABLED = auto()
    AWS_FAULT = auto()  # an internal error of AWS
    TOO_MANY = auto()  # more pages than the bot reads
    UNEXPECTED = auto()  # an unknown error or response
    SKIPPED = auto()  # not asked, because a fact that it depends on was not read


@dataclass(frozen=True, slots=True)
class Unseen:
    """A fact that could not be read.

    Attributes:
        call: the failed call; None where none was made. detail: AWS's error code, never its message.
    """

    reason: Reason
    call: Call | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Identity:
    """The identity of the bot's credentials."""

    account_id: str
    arn: str


@dataclass(frozen=True, slots=True)
class Organization:
    """The organization that the account belongs to."""

    id: str
    management_account_id: str


@dataclass(frozen=True, slots=True)
class Accounts:
    """The accounts of the organization; `complete` is False if there are more than were read."""

    members: tuple[MemberAccount, ...] = ()
    complete: bool = True


@dataclass(frozen=True, slots=True)
class ReportDefinition:
    """The definition of a legacy Cost and Usage Report, in AWS's words; missing values are "" or None."""

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
    delivered_at: datetime | None = None
    billing_view: str = ""

    @property
    def folder(self) -> str:
        """The folder of its files, without slashes at the ends of its prefix."""
        return f"{self.prefix.strip('/')}/{self.name}/".lstrip("/")

    @property
    def pro_forma(self) -> bool:
        """Whether it has the invented prices of a billing group, by AWS Billing Conductor, instead of the bill."""
        return bool(self.billing_view) and not self.billing_view.endswith("/primary")


@dataclass(frozen=True, slots=True)
class CurDefinitions:
    """The report definitions, and the names of CUR 2.0 exports, which are read only if there is no definition."""

    definitions: tuple[ReportDefinition, ...] = ()
    exports: tuple[str, ...] | Unseen = ()


class Owner(Enum):
    """The owner of a bucket."""

    OURS = auto()
    FOREIGN = auto()
    UNKNOWN = auto()


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket that exists; `region` is "" if AWS did not tell it, `denied` if the bot may not read the bucket."""

    region: str
    owner: Owner = Owner.OURS
    denied: bool = False


@dataclass(frozen=True, slots=True)
class Encryption:
    """The default encryption of a bucket, in S3's words; `key` is "" for a key that AWS manages."""

    algorithm: str = "AES256"
    key: str = ""


@dataclass(frozen=True, slots=True)
class Key:
    """The key of KMS that encrypts a bucket.

    Attributes:
        state: KMS's word for it, such as `Enabled`. of_aws: whether AWS manages it for the account.
        policy: its key policy; not read for a key that AWS manages.
    """

    arn: str
    account_id: str
    state: str = "Enabled"
    of_aws: bool = False
    policy: Document | Unseen | None = None


@dataclass(frozen=True, slots=True)
class Stack:
    """A CloudFormation stack of one of Spot's templates; `role_arn` is "" where its outputs have no role."""

    name: str
    status: str
    role_arn: str = ""


@dataclass(frozen=True, slots=True)
class Stacks:
    """The stacks of Spot's templates; `complete` is False if there are more stacks than were read."""

    found: tuple[Stack, ...] = ()
    complete: bool = True

    def without(self, full_role_arn: str | None) -> Self:
        """The same without the stack that made the role with the full policy, unless it is the only one."""
        kept = tuple(stack for stack in self.found if not full_role_arn or stack.role_arn != full_role_arn)
        return replace(self, found=kept or self.found)


@dataclass(frozen=True, slots=True)
class TrustingRoles:
    """The ARNs of the roles that trust accounts of Spot; `complete` is False if there are more roles than were read."""

    arns: tuple[str, ...] = ()
    complete: bool = True

    def without(self, full_role_arn: str | None) -> Self:
        """The same without the role with the full policy, unless it is the only one."""
        return replace(self, arns=tuple(arn for arn in self.arns if arn != full_role_arn) or self.arns)


@dataclass(frozen=True, slots=True)
class Policies:
    """Policies as (name, document); `complete` is False if there are more than were read."""

    documents: tuple[tuple[str, Document], ...] = ()
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Role:
    """The role that Spot assumes; `boundary` is its permissions boundary, None if it has none, with its ARN."""

    arn: str
    trust: Document
    boundary: Document | Unseen | None = None
    boundary_arn: str = ""


@dataclass(frozen=True, slots=True)
class RoleFacts:
    """A role with its policies; `role` is None if it does not exist."""

    role: Role | Unseen | None
    attached: Policies | Unseen
    inline: Policies | Unseen


@dataclass(frozen=True, slots=True)
class AccountSnapshot:
    """All facts of one check of an account.

    Attributes:
        identity: if it is `Unseen` or of another account, all other facts are `Unseen`.
        organization: None for a standalone account.
        files: None if no bucket is known.
        trusting: the roles that trust Spot, whatever their names.
        role: None if there is no role named `role_name`.
        bucket_policy: None if the bucket has none. ownership: S3's word for who owns uploaded files; None if not set.
        encryption: of the bucket. key: its key; None if S3's own keys encrypt it.
        full: the role with the full policy; None where none was entered, or where it is the other one.
    """

    identity: Identity | Unseen
    organization: Organization | Unseen | None
    accounts: Accounts | Unseen
    reports: CurDefinitions | Unseen
    bucket: Bucket | Unseen | None
    files: DeliveredFiles | Unseen | None
    stacks: Stacks | Unseen
    trusting: TrustingRoles | Unseen
    role_name: str
    role: Role | Unseen | None
    attached: Policies | Unseen
    inline: Policies | Unseen
    bucket_policy: Document | Unseen | None = Unseen(Reason.SKIPPED)
    ownership: str | Unseen | None = Unseen(Reason.SKIPPED)
    encryption: Encryption | Unseen = Unseen(Reason.SKIPPED)
    key: Key | Unseen | None = Unseen(Reason.SKIPPED)
    full: RoleFacts | None = None

    def without_full_role(self, arn: str | None) -> Self:
        """The snapshot without the role with the full policy and its stack, which could pass for the first role's."""
        stacks = self.stacks if isinstance(self.stacks, Unseen) else self.stacks.without(arn)
        trusting = self.trusting if isinstance(self.trusting, Unseen) else self.trusting.without(arn)
        return replace(self, stacks=stacks, trusting=trusting)


def snapshot_without_access(identity: Identity | Unseen, role_name: str) -> AccountSnapshot:
    """The snapshot when there is no access to the account: everything but the identity is skipped."""
    rest = Unseen(Reason.SKIPPED)
    return AccountSnapshot(identity, rest, rest, rest, rest, rest, rest, rest, role_name, rest, rest, rest)
