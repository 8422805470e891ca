"""**Add customers**: the subset : console email : Spot org ID lines that the end-customer ticket lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from slack_sdk.models.blocks import Block

from bot.domain.access import require_change
from bot.domain.actions import Action
from bot.domain.enrollment import Customer, Enrollment
from bot.domain.errors import NeedsConfirmation
from bot.domain.lists import format_name, parse_customers
from bot.domain.procedure import ORGANIZATION
from bot.presentation.buttons import STEP_PREFIX
from handlers import forms
from handlers.known_names import known_names
from handlers.remove_entries import removal_input, removed
from handlers.request import Request, Response, replace_view
from handlers.router import Router

SUBMIT = "customers.save"
ADD = f"{STEP_PREFIX}{Action.ADD_CUSTOMERS.value}"


def register(router: Router) -> None:
    """Listen to the button and to the form."""
    router.action(ADD, open_form)
    router.submission(SUBMIT, submitted)


def open_form(request: Request) -> Response:
    """Open the form for the enrollment of the button."""
    enrollment, _ = request.load_target()
    return Response(view=view_for(request, enrollment))


def view_for(request: Request, enrollment: Enrollment) -> dict[str, Any]:
    """The form, if the person may change the enrollment."""
    require_change(enrollment, request.actor())
    return build(enrollment)


def build(
    enrollment: Enrollment, typed: Mapping[str, Any] | None = None, warnings: Sequence[str] = ()
) -> dict[str, Any]:
    """The form: new end customers one a line, recorded ones to be removed, and the names that are known."""
    has = bool(enrollment.customers)
    blocks: list[Block] = [
        *known_names(enrollment, workflows=False),
        forms.text(
            "customers",
            "Subset : console email : Spot org ID",
            typed,
            lines=True,
            optional=has,
            placeholder="Customer One : admin@customer.example : 606079874885",
            hint="One end customer a line; each has a Spot organization of its own.",
        ),
    ]
    if has:
        blocks.append(removal_input(list(_lines(enrollment)), typed))
    metadata = {"enrollment": enrollment.id}
    return forms.modal(SUBMIT, "End customers", blocks, metadata=metadata, warnings=warnings)


def _lines(enrollment: Enrollment) -> dict[str, Customer]:
    return {f"{format_name(c.subset)} : {c.email} : {c.spot_org_id}": c for c in enrollment.customers}


def submitted(request: Request) -> Response:
    """Add and remove; every faulty line is named at the field."""
    enrollment, _ = request.load_target()
    typed = request.values
    fields = forms.Fields(typed)
    remove = removed(fields, typed.get("remove"), _lines(enrollment), lambda raw: parse_customers(raw, None))
    kept = [customer for customer in enrollment.customers if customer not in remove]
    reads = fields.optional if enrollment.customers else fields.take
    own = enrollment.value(ORGANIZATION.key)
    add: tuple[Customer, ...] = reads("customers", lambda raw: parse_customers(raw, own, kept)) or ()
    fields.check()
    try:
        request.enrollments.change_customers(request.caller(), enrollment.id, add, remove)
    except NeedsConfirmation as question:
        return replace_view(build(enrollment, typed, question.warnings))
    return Response()
