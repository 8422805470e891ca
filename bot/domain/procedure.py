"""Eco Reports enrollment as data: its steps, waits, tickets and links; the only file that knows their order.

Source: the vendor's procedure "Eco Reports Enrollment" (steps 1 to 8; step 2 holds two tracks, so there are
nine entries here). Everything else asks this table and knows a step by its key alone.

docs/ARCHITECTURE.md says how to add a step.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import cache
from types import MappingProxyType

from bot.domain.step_spec import AWS, AtStart, Field, StepKey, StepSpec, WaitKey, Window
from bot.domain.vendor import CONSOLE, DOCS, SIGN_UP

#: The documented waits. The two that support answers by hand have no documented length: a nudge.
WAITS: Mapping[WaitKey, Window] = MappingProxyType(
    {
        "data_generation": Window(timedelta(hours=48)),
        "full_eco": Window(timedelta(weeks=6), timedelta(weeks=4)),
        "associate_workflows": Window(timedelta(days=4), approximate=True),
        "nudge": Window(timedelta(days=2), promised=False),
    }
)

_WHERE_ORGANIZATION = "In the Spot console: user icon, Settings, General Details, My Organization."

#: The Spot organization that the account belongs to: asked for at the start, or by the sign-up.
ORGANIZATION = Field(
    "spot_org_id",
    "organization_id",
    "Spot organization ID",
    "Spot organization ID",
    hint=_WHERE_ORGANIZATION,
    shared=True,
    at_start=AtStart(
        hint=f"{_WHERE_ORGANIZATION} Leave it empty if you haven't signed up yet.",
        placeholder="606079874885",
        missing="You have signed up already, so enter the Spot organization ID.",
    ),
    when_done="organization {}",
    in_thread="Spot organization {}",
)
#: The number that support gave to a ticket; every step with a ticket collects it.
TICKET_NUMBER = Field(
    "ticket_number",
    "ticket_numbers",
    "Ticket number",
    "ticket number",
    hint="The number from Spot support. If you have none, say how you sent it: chat, June 3.",
    longest=1500,
    when_done="ticket {}",
    in_thread="{}",
)


def _names(label: str, noun: str, list_name: str, from_check: str | None = None) -> Field:
    """The names of the entries of a list of the enrollment."""
    field = Field("names", "names", label, noun, list_name=list_name, from_check=from_check)
    return replace(field, when_done="{}", in_thread="{}")


_ECO_DOCS = f"{DOCS}/eco"

PROCEDURE: tuple[StepSpec, ...] = (
    StepSpec(
        "sign_up",
        "Sign up with Spot",
        "Sign up with Spot and note your Spot organization ID.",
        collects=(ORGANIZATION,),
        links=(("Registration", SIGN_UP),),
    ),
    StepSpec(
        "connect_account",
        "Connect the management account",
        "Connect the management account to Spot.",
        collects=(
            Field(
                "role_arn",
                "role_arn",
                "Role ARN",
                "role ARN",
                hint="In CloudFormation: the stack's output SpotFinOpsRoleArn.",
                optional=True,
                shared=True,
                from_check="role_arn",
            ),
            Field(
                "bucket",
                "bucket",
                "Cost and Usage Report bucket",
                "bucket",
                optional=True,
                shared=True,
                from_check="bucket",
            ),
            Field(
                "spot_external_id",
                "external_id",
                "Spot's external ID",
                "external ID of Spot",
                hint="The Spot console shows it with a custom template. Leave it empty if yours shows none.",
                optional=True,
                shared=True,
            ),
        ),
        checks=AWS,
        wait="data_generation",
        waiting_on="AWS and Spot",
        acted="connected our AWS management account",
        expected="data in Cost Analysis and the dashboard",
        confirm="Are Cost Analysis and the dashboard there?",
        requires=("sign_up",),
        links=(("Connect your AWS account", f"{_ECO_DOCS}/getting-started/connect-your-aws-account"), CONSOLE),
    ),
    StepSpec(
        "full_eco",
        "Full Eco: strategy call and ramp-up",
        "Hold the strategy call with Spot's cost specialists and become a paying Eco customer.",
        optional=True,
        collects=(
            Field(
                "call_date",
                "date",
                "Date of the strategy call",
                "date of the strategy call",
                hint="Ramp-up takes four to six weeks from this day. Empty means today; a later day plans the call.",
                optional=True,
                starts_wait=True,
                when_open="Call planned for {}",
                when_waiting="strategy call on {}",
                in_thread="{}",
                in_calendar="strategy call with Spot",
            ),
            Field(
                "full_role_arn",
                "role_arn",
                "Role ARN of the full policy",
                "role ARN of the full policy",
                hint="Spot support gives you the full policy after the contract. Spot's console needs its role, too.",
                optional=True,
                shared=True,
            ),
        ),
        wait="full_eco",
        waiting_on="Spot",
        acted="held the strategy call",
        expected="the ramp-up to be finished",
        confirm="Is the ramp-up finished, and is coverage rising?",
        checks_again=True,  # after the contract, support gives another policy for the role
        requires=("connect_account",),
        links=(CONSOLE,),
    ),
    StepSpec(
        "enable_subsets",
        "Enable the Subsets feature",
        "Send Spot support the ticket that asks for the Subsets feature.",
        collects=(TICKET_NUMBER,),
        ticket="enable_subsets",
        ticket_needs=(ORGANIZATION.key,),
        wait="nudge",
        waiting_on="Spot support",
        acted="asked you to enable the Subsets feature",
        confirm="Is the Subsets feature enabled?",
        requires=("connect_account",),
        links=(CONSOLE,),
    ),
    StepSpec(
        "create_subsets",
        "Create subsets",
        "Create your subsets in Eco, then enter their names here. "
        "Only an organization administrator of Spot can create subsets.",
        collects=(_names("Subset names", "subset", "subsets", from_check="accounts"),),
        extra_list="subset_accounts",
        requires=("enable_subsets",),
        links=(("Create a subset", f"{_ECO_DOCS}/tutorials/manage-subsets?id=create-a-subset"),),
    ),
    StepSpec(
        "create_workflows",
        "Create billing workflows",
        "Create your billing workflows in Eco, then enter their names here.",
        collects=(_names("Billing workflow names", "billing workflow", "workflows"),),
        extra_ticket="custom_workflow",
        requires=("enable_subsets",),
        links=(("Manage workflows", f"{_ECO_DOCS}/tutorials/manage-workflows"),),
    ),
    StepSpec(
        "validate_workflows",
        "Validate billing workflows",
        "Run a report for each billing workflow on your existing data, and compare it with the charges you expect. "
        "Then choose the ones that match.",
        costs=True,
        collects=(
            Field(
                "validated",
                "validated_names",
                "Validated billing workflows",
                "billing workflow",
                list_name="workflows",
                when_open="{} validated",
                in_thread="all {} validated",
            ),
        ),
        requires=("create_subsets", "create_workflows"),
        links=(("Workflow details reports", f"{_ECO_DOCS}/tutorials/view-workflow-details"),),
    ),
    StepSpec(
        "associate_workflows",
        "Associate billing workflows",
        "List which billing workflow each subset gets, then send the ticket to Spot support.",
        optional=True,
        collects=(TICKET_NUMBER,),
        ticket="associate_workflows",
        ticket_needs=(ORGANIZATION.key,),
        list_in_ticket="pairs",
        wait="associate_workflows",
        waiting_on="Spot support",
        acted="asked you to associate our billing workflows",
        expected="charges in our Subsets List",
        confirm="Do the charges show in your Subsets List?",
        requires=("validate_workflows",),
        links=(CONSOLE,),
    ),
    StepSpec(
        "associate_customers",
        "Associate end customers",
        "Create a Spot organization for each end customer and list them here. Then send the ticket to Spot support.",
        optional=True,
        collects=(TICKET_NUMBER,),
        ticket="associate_customers",
        list_in_ticket="customers",
        wait="nudge",
        waiting_on="Spot support",
        acted="asked you to associate our end customers",
        confirm="Has support confirmed, and have you created the users and given them access?",
        requires=("create_subsets",),
        links=(("Set up an end-customer console", SIGN_UP), CONSOLE),
    ),
)

SPECS: Mapping[StepKey, StepSpec] = MappingProxyType({spec.key: spec for spec in PROCEDURE})

#: Key -> (step, field) of every field whose value belongs to the enrollment.
SHARED: Mapping[str, tuple[StepKey, Field]] = MappingProxyType(
    {field.key: (spec.key, field) for spec in PROCEDURE for field in spec.collects if field.shared}
)

#: Name of a list -> the step whose ticket carries it.
STEP_OF_LIST: Mapping[str, StepKey] = MappingProxyType(
    {spec.list_in_ticket: spec.key for spec in PROCEDURE if spec.list_in_ticket}
)


@cache
def dependents(key: StepKey) -> tuple[StepKey, ...]:
    """Every step that needs `key`, directly or through others, in the procedure's order."""
    found: set[StepKey] = {key}
    for spec in PROCEDURE:  # the order of PROCEDURE is topological: one pass is enough
        if found.intersection(spec.requires):
            found.add(spec.key)
    return tuple(spec.key for spec in PROCEDURE if spec.key in found and spec.key != key)


@cache
def prerequisites(key: StepKey) -> tuple[StepKey, ...]:
    """Every step that `key` needs, directly or through others, in the procedure's order."""
    return tuple(spec.key for spec in PROCEDURE if key in dependents(spec.key))


def completed_before(key: StepKey) -> tuple[StepKey, ...]:
    """The steps that count as done for a team that starts at `key`.

    They are those that `key` needs, and every step before it that is not optional: an optional one may have been
    left out, so it stays open for the team to mark or skip.
    """
    needed = prerequisites(key)
    index = [spec.key for spec in PROCEDURE].index(key)
    return tuple(spec.key for spec in PROCEDURE[:index] if spec.key in needed or not spec.optional)
