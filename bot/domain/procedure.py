"""Eco Reports enrollment as data: its steps, waits, tickets and links; the only file that knows their order.

Source: the vendor's procedure "Eco Reports Enrollment" (steps 1 to 8; step 2 holds two tracks, so there are
nine entries here). Everything else asks this table and knows a step by its key alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from functools import cache
from types import MappingProxyType


class StepKey(StrEnum):
    """The name of a step in code, in the database and in buttons."""

    SIGN_UP = "sign_up"
    CONNECT_ACCOUNT = "connect_account"
    FULL_ECO = "full_eco"
    ENABLE_SUBSETS = "enable_subsets"
    CREATE_SUBSETS = "create_subsets"
    CREATE_WORKFLOWS = "create_workflows"
    VALIDATE_WORKFLOWS = "validate_workflows"
    ASSOCIATE_WORKFLOWS = "associate_workflows"
    ASSOCIATE_CUSTOMERS = "associate_customers"


class WaitKey(StrEnum):
    """The name of a wait, as operators write it in ECO_WAITS."""

    DATA_GENERATION = "data_generation"
    FULL_ECO = "full_eco"
    ASSOCIATE_WORKFLOWS = "associate_workflows"
    NUDGE = "nudge"


class TicketKey(StrEnum):
    """The name of a support ticket; its text is templates/tickets/<name>.txt.j2."""

    ENABLE_SUBSETS = "enable_subsets"
    ASSOCIATE_WORKFLOWS = "associate_workflows"
    ASSOCIATE_CUSTOMERS = "associate_customers"


class Form(StrEnum):
    """What finishing the act of a step asks for."""

    SPOT_ORG_ID = "spot_org_id"
    AWS_DETAILS = "aws_details"
    CALL_DATE = "call_date"
    TICKET_NUMBER = "ticket_number"
    SUBSET_NAMES = "subset_names"
    WORKFLOW_NAMES = "workflow_names"
    VALIDATED_WORKFLOWS = "validated_workflows"


class ListKey(StrEnum):
    """A list that a ticket carries and that people fill before they send it."""

    PAIRS = "pairs"
    CUSTOMERS = "customers"


@dataclass(frozen=True, slots=True)
class Window:
    """How long a wait takes.

    Attributes:
        latest: when it should be over, counted from the act.
        earliest: when it may be over; None where the source gives one figure only.
        promised: False where nobody promised anything and the bot just asks after `latest`,
            counted in working days (24 h of `latest` are one working day).
        words: the source's own words for it, None where the operator set other figures.
    """

    latest: timedelta
    earliest: timedelta | None = None
    promised: bool = True
    words: str | None = None


#: The documented waits. The two that support answers by hand have no documented length: a nudge.
WAITS: Mapping[WaitKey, Window] = MappingProxyType(
    {
        WaitKey.DATA_GENERATION: Window(timedelta(hours=48), words="up to 48 hours"),
        WaitKey.FULL_ECO: Window(timedelta(weeks=6), timedelta(weeks=4), words="four to six weeks"),
        WaitKey.ASSOCIATE_WORKFLOWS: Window(timedelta(days=4), words="approximately four days"),
        WaitKey.NUDGE: Window(timedelta(days=2), promised=False, words="no promise; a nudge after 2 working days"),
    }
)


@dataclass(frozen=True, slots=True)
class StepSpec:
    """One row of the procedure.

    Attributes:
        title: as the card shows it; `act`: what a person does; `looks_like`: what to look at when the wait is over.
        form: what finishing the act asks for. ticket: which text goes to support. carries: the list in that ticket.
        wait: which wait the act starts; `turn`: whose turn it is in that wait.
        confirm: the sentence that a person confirms after the wait; None where the act alone finishes the step.
        after: the steps that must be done or skipped before this one opens.
        links: (words, URL) to the vendor's pages.
    """

    key: StepKey
    title: str
    act: str
    optional: bool = False
    form: Form | None = None
    ticket: TicketKey | None = None
    carries: ListKey | None = None
    wait: WaitKey | None = None
    turn: str = ""
    confirm: str | None = None
    after: tuple[StepKey, ...] = ()
    links: tuple[tuple[str, str], ...] = field(default=())


_DOCS = "https://docs.spot.io/eco"
_CONSOLE = ("Spot console", "https://console.spotinst.com")
_SIGN_UP = "https://console.spotinst.com/spt/auth/signUp"

PROCEDURE: tuple[StepSpec, ...] = (
    StepSpec(
        StepKey.SIGN_UP,
        "Sign up with Spot",
        "Sign up with Spot and note the Spot organization ID.",
        form=Form.SPOT_ORG_ID,
        links=(("Registration", _SIGN_UP),),
    ),
    StepSpec(
        StepKey.CONNECT_ACCOUNT,
        "Connect the management account",
        "Connect the management account to Spot.",
        form=Form.AWS_DETAILS,
        wait=WaitKey.DATA_GENERATION,
        turn="AWS and Spot",
        confirm="Cost Analysis and the dashboard are there",
        after=(StepKey.SIGN_UP,),
        links=(("Connect your AWS account", f"{_DOCS}/getting-started/connect-your-aws-account"), _CONSOLE),
    ),
    StepSpec(
        StepKey.FULL_ECO,
        "Full Eco: strategy call and ramp-up",
        "Hold the strategy call with Spot cost specialists and convert to a paying Eco customer.",
        optional=True,
        form=Form.CALL_DATE,
        wait=WaitKey.FULL_ECO,
        turn="Spot",
        confirm="ramp-up is done, coverage rises",
        after=(StepKey.CONNECT_ACCOUNT,),
        links=(_CONSOLE,),
    ),
    StepSpec(
        StepKey.ENABLE_SUBSETS,
        "Enable the Subsets feature",
        "Send the ticket that asks for the Subsets feature.",
        form=Form.TICKET_NUMBER,
        ticket=TicketKey.ENABLE_SUBSETS,
        wait=WaitKey.NUDGE,
        turn="Spot support",
        confirm="Subsets is enabled",
        after=(StepKey.CONNECT_ACCOUNT,),
        links=(_CONSOLE,),
    ),
    StepSpec(
        StepKey.CREATE_SUBSETS,
        "Create subsets",
        "Create your subsets in Eco and record their names.",
        form=Form.SUBSET_NAMES,
        after=(StepKey.ENABLE_SUBSETS,),
        links=(("Create a subset", f"{_DOCS}/tutorials/manage-subsets?id=create-a-subset"),),
    ),
    StepSpec(
        StepKey.CREATE_WORKFLOWS,
        "Create billing workflows",
        "Create your billing workflows in Eco and record their names.",
        form=Form.WORKFLOW_NAMES,
        after=(StepKey.ENABLE_SUBSETS,),
        links=(("Manage workflows", f"{_DOCS}/tutorials/manage-workflows"),),
    ),
    StepSpec(
        StepKey.VALIDATE_WORKFLOWS,
        "Validate billing workflows",
        "Run reports on existing data sets, compare, and say which billing workflows are right.",
        form=Form.VALIDATED_WORKFLOWS,
        after=(StepKey.CREATE_SUBSETS, StepKey.CREATE_WORKFLOWS),
        links=(("Workflow details reports", f"{_DOCS}/tutorials/view-workflow-details"),),
    ),
    StepSpec(
        StepKey.ASSOCIATE_WORKFLOWS,
        "Associate billing workflows",
        "Collect the subset : billing workflow pairs and send the ticket.",
        optional=True,
        form=Form.TICKET_NUMBER,
        ticket=TicketKey.ASSOCIATE_WORKFLOWS,
        carries=ListKey.PAIRS,
        wait=WaitKey.ASSOCIATE_WORKFLOWS,
        turn="Spot support",
        confirm="charges show in the Subsets List",
        after=(StepKey.VALIDATE_WORKFLOWS,),
        links=(_CONSOLE,),
    ),
    StepSpec(
        StepKey.ASSOCIATE_CUSTOMERS,
        "Associate end customers",
        "Create a Spot organization for each end customer, collect the lines and send the ticket.",
        optional=True,
        form=Form.TICKET_NUMBER,
        ticket=TicketKey.ASSOCIATE_CUSTOMERS,
        carries=ListKey.CUSTOMERS,
        wait=WaitKey.NUDGE,
        turn="Spot support",
        confirm="support confirmed; users created and access given",
        after=(StepKey.CREATE_SUBSETS,),
        links=(("Set up an end-customer console", _SIGN_UP), _CONSOLE),
    ),
)

SPECS: Mapping[StepKey, StepSpec] = MappingProxyType({spec.key: spec for spec in PROCEDURE})


@cache
def dependents(key: StepKey) -> tuple[StepKey, ...]:
    """Every step that needs `key`, directly or through others, in the procedure's order."""
    found: set[StepKey] = {key}
    for spec in PROCEDURE:  # the order of PROCEDURE is topological: one pass is enough
        if found.intersection(spec.after):
            found.add(spec.key)
    return tuple(spec.key for spec in PROCEDURE if spec.key in found and spec.key != key)


@cache
def prerequisites(key: StepKey) -> tuple[StepKey, ...]:
    """Every step that `key` needs, directly or through others, in the procedure's order."""
    return tuple(spec.key for spec in PROCEDURE if key in dependents(spec.key))


def behind(key: StepKey) -> tuple[StepKey, ...]:
    """The steps that are over for a team that says "we are at `key`".

    Those that `key` needs, and every step before it that is not optional: an optional one may have been
    left out, so it stays open for the team to mark or skip.
    """
    needed = prerequisites(key)
    index = [spec.key for spec in PROCEDURE].index(key)
    return tuple(spec.key for spec in PROCEDURE[:index] if spec.key in needed or not spec.optional)
