"""The enrollment as an immutable value: its steps, people and lists, and its state at a given moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from bot.domain.party_people import PartyPerson
from bot.domain.policy import Policy
from bot.domain.procedure import USUAL, known_steps, procedure_of
from bot.domain.schedule import zone_named
from bot.domain.step_order import prerequisites
from bot.domain.step_spec import Procedure, StepKey, StepSpec, specs
from bot.domain.steps import FINISHED, Reminder, ReminderKind, State, Step

__all__ = [
    "FINISHED",
    "BillingWorkflow",
    "Change",
    "Customer",
    "Details",
    "Enrollment",
    "Event",
    "EventKind",
    "ListTicket",
    "Pair",
    "Policy",
    "Reminder",
    "ReminderKind",
    "State",
    "Status",
    "Step",
    "SubsetAccount",
]

#: The details of an event; stored as JSON in the audit.
Details = Mapping[str, object]


class Status(StrEnum):
    """The status of an enrollment as a whole."""

    ACTIVE = "active"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class BillingWorkflow:
    """A billing workflow by name, and whether a person has validated it."""

    name: str
    validated: bool = False


@dataclass(frozen=True, slots=True)
class Pair:
    """An association: a subset and the billing workflow that is to be processed for it."""

    subset: str
    workflow: str


@dataclass(frozen=True, slots=True)
class Customer:
    """An end customer: a subset, the email of its Spot console, and its own Spot organization ID."""

    subset: str
    email: str
    spot_org_id: str


@dataclass(frozen=True, slots=True)
class SubsetAccount:
    """An AWS account, 12 digits, and the subset that it belongs to."""

    subset: str
    account_id: str


@dataclass(frozen=True, slots=True)
class ListTicket:
    """A ticket that carried lines of a list to Spot support; bot/domain/sent_lines.py tells what follows from them.

    Attributes:
        list_name: pairs or customers. number: counts the tickets of that list, from 1 on.
        at, on, by: when it was sent, on which day if somebody named one before, and by whom; None before this bot.
        ticket: the number that support gave, or the numbers of its parts, as somebody entered them.
        follow_up: whether it told only what had changed since the tickets before it.
        added, removed: the lines that it asks support to associate, and to take away.
        confirmed_at: when somebody confirmed that support has done so.
    """

    list_name: str
    number: int
    at: datetime
    on: date | None = None
    by: str | None = None
    ticket: str | None = None
    follow_up: bool = False
    added: tuple[Any, ...] = ()
    removed: tuple[Any, ...] = ()
    confirmed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Enrollment:
    """One management account going through the procedure, once.

    Attributes:
        version: counts the changes; a writer must know the version it changes. account_id: 12 digits.
        owner_zone: IANA name of the owner's time zone. party_people: who acts for the parties of the procedure.
        list_tickets: the tickets that carried pairs or customers, of each list in order.
        with_users: the Spot organization IDs of the end customers whose users are created.
        external_id: what the bot says when it assumes its own role (ECO_AWS_ROLE) in the account.
        checked_at, checked_by, checked_result: the last **Check AWS**, and its counts in words.
        first_file_at: since when the first file of the Cost and Usage Report is there; None until it was told.
        aws_broken_at, aws_broken: since when the watch after the connection finds something broken, and what.
        procedure_reference: of the procedure that it goes through. steps: one for each step of that, in its order.
        new_steps: steps that came into the procedure after the enrollment was last stored: they have no rows yet.
    """

    workspace: str
    account_id: str
    account_name: str
    channel_id: str
    owner: str
    started_at: datetime
    started_by: str
    owner_zone: str = "UTC"
    collaborators: tuple[str, ...] = ()
    party_people: tuple[PartyPerson, ...] = ()
    status: Status = Status.ACTIVE
    procedure_reference: str = USUAL.reference
    steps: tuple[Step, ...] = ()
    subsets: tuple[str, ...] = ()
    workflows: tuple[BillingWorkflow, ...] = ()
    pairs: tuple[Pair, ...] = ()
    customers: tuple[Customer, ...] = ()
    subset_accounts: tuple[SubsetAccount, ...] = ()
    list_tickets: tuple[ListTicket, ...] = ()
    with_users: tuple[str, ...] = ()
    ended_at: datetime | None = None
    external_id: str | None = None
    checked_at: datetime | None = None
    checked_by: str | None = None
    checked_result: str | None = None
    first_file_at: datetime | None = None
    aws_broken_at: datetime | None = None
    aws_broken: str | None = None
    new_steps: frozenset[StepKey] = frozenset()
    id: int = 0
    version: int = 0

    def __post_init__(self) -> None:
        if not self.steps:
            object.__setattr__(self, "steps", tuple(Step(spec.key) for spec in self.procedure.steps))

    @property
    def procedure(self) -> Procedure:
        """What it goes through."""
        return procedure_of(self.procedure_reference)

    def spec(self, key: StepKey) -> StepSpec:
        """What the procedure says of a step; of one that it lacks, what another procedure says: the audit names it."""
        return specs(self.procedure.told).get(key) or known_steps().get(key) or StepSpec(key, key, "")

    def step(self, key: StepKey) -> Step:
        """The step of that name; a locked one if it is gone since the enrollment was moved to another procedure."""
        return next((step for step in self.steps if step.key == key), None) or Step(key)

    def with_step(self, key: StepKey, **changes: object) -> Enrollment:
        """The same enrollment with some fields of one step changed."""
        evolved = tuple(replace(step, **changes) if step.key == key else step for step in self.steps)  # type: ignore[arg-type]
        return replace(self, steps=evolved)

    def value(self, key: str) -> str | None:
        """The value of a shared field; None until somebody gave it, and where no step of the procedure collects it."""
        shared = self.procedure.shared.get(key)
        return self.step(shared[0]).values.get(key) if shared else None

    def with_values(self, key: StepKey, values: Mapping[str, str | None]) -> Enrollment:
        """The same enrollment with some values of one step changed; None takes a value away."""
        merged = {**self.step(key).values, **values}
        return self.with_step(key, values={name: value for name, value in merged.items() if value})

    def with_shared(self, values: Mapping[str, str | None]) -> Enrollment:
        """The same enrollment with some values of shared fields changed."""
        after = self
        for name, value in values.items():
            after = after.with_values(self.procedure.shared[name][0], {name: value})
        return after

    def with_list(self, list_name: str, entries: tuple[Any, ...]) -> Enrollment:
        """The same enrollment with other entries in one of its lists."""
        changed: dict[str, Any] = {list_name: entries}
        return replace(self, **changed)

    def names_in(self, list_name: str) -> tuple[str, ...]:
        """The names in a list of subsets or of billing workflows."""
        return tuple(entry if isinstance(entry, str) else entry.name for entry in getattr(self, list_name))

    @property
    def zone(self) -> ZoneInfo:
        """The owner's time zone; UTC where Slack gave a name that this machine does not know."""
        return zone_named(self.owner_zone)

    @property
    def finished(self) -> int:
        """How many steps are done or skipped."""
        return sum(step.state in FINISHED for step in self.steps)

    @property
    def people(self) -> tuple[str, ...]:
        """The user IDs that may change it, the owner first."""
        return tuple(dict.fromkeys((self.owner, *self.collaborators)))

    def people_of(self, party: str) -> tuple[str, ...]:
        """The user IDs of those who act for a party of the procedure, by its key."""
        return tuple(each.user_id for each in self.party_people if each.party == party)

    @property
    def assignees(self) -> tuple[str, ...]:
        """The user IDs of those to whom a step was assigned; they see the enrollment and may act on that step."""
        return tuple(dict.fromkeys(step.assignee for step in self.steps if step.assignee))

    def is_unlocked(self, key: StepKey) -> bool:
        """Whether every step that it needs, directly or through others, is done or skipped."""
        return all(self.step(before).state in FINISHED for before in prerequisites(self.procedure, key))


class EventKind(StrEnum):
    """The kinds of events of an enrollment; each has its sentence in templates/thread/."""

    STARTED = "started"
    PLANNED = "planned"
    WAIT_STARTED = "wait_started"
    STEP_DONE = "step_done"
    CONFIRMED = "confirmed"
    STILL_WAITING = "still_waiting"
    POSTPONED = "postponed"
    CORRECTED = "corrected"
    TAKEN_BACK = "taken_back"
    SKIPPED = "skipped"
    REOPENED = "reopened"
    VALIDATED_SOME = "validated_some"
    ASSIGNED = "assigned"
    TARGET_SET = "target_set"
    BLOCKED = "blocked"
    UNBLOCKED = "unblocked"
    NOTED = "noted"
    CHECKED = "checked"
    FIRST_FILES_ARRIVED = "landed"
    AWS_BROKE = "aws_broke"
    AWS_HEALED = "aws_healed"
    PAIRS_CHANGED = "pairs_changed"
    CUSTOMERS_CHANGED = "customers_changed"
    NAMES_CHANGED = "names_changed"
    ACCOUNTS_CHANGED = "accounts_changed"
    USERS_MARKED = "users_marked"
    EDITED = "edited"
    CANCELLED = "cancelled"
    RESUMED = "resumed"
    COMPLETED = "completed"
    OWNER_DECLINED = "owner_declined"
    TAKEN_OVER = "taken_over"
    EMAIL_HELD = "email_held"
    EMAIL_AGREED = "email_agreed"
    WORKFLOW_DESCRIBED = "workflow_described"
    EMAILED = "emailed"
    EMAIL_LATE = "email_late"
    EMAIL_REFUSED = "email_refused"
    EMAIL_UNKNOWN = "email_unknown"
    EXPORTED = "exported"
    EXPIRING = "expiring"
    UNDONE = "undone"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class Event:
    """An event, for the audit and for the card's thread."""

    kind: EventKind
    step: StepKey | None = None
    details: Details = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Change:
    """The result of a transition: the new enrollment, and the events for the audit and the thread."""

    enrollment: Enrollment
    events: tuple[Event, ...]
    by: str
    at: datetime
