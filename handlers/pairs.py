"""**Add pairs**: the subset : billing workflow pairs that the association ticket lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from slack_sdk.models.blocks import Block

from bot.domain.access import require_change
from bot.domain.actions import Action
from bot.domain.enrollment import Enrollment, Pair
from bot.domain.errors import NeedsConfirmation
from bot.domain.lists import QUOTES_HINT, format_name, parse_pairs
from bot.presentation.buttons import STEP_PREFIX
from handlers import forms
from handlers.known_names import known_names
from handlers.remove_entries import removal_input, removed
from handlers.request import Request, Response, replace_view
from handlers.router import Router

SUBMIT = "pairs.save"
ADD = f"{STEP_PREFIX}{Action.ADD_PAIRS.value}"


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
    """The form: new pairs one a line, recorded ones to be removed, and the names that are known."""
    has = bool(enrollment.pairs)
    blocks: list[Block] = [
        *known_names(enrollment),
        forms.text(
            "pairs",
            "Subset : billing workflow",
            typed,
            lines=True,
            optional=has,
            placeholder="Production : Standard margin",
            hint=f"One pair a line. {QUOTES_HINT}",
        ),
    ]
    if has:
        blocks.append(removal_input(list(_lines(enrollment)), typed))
    metadata = {"enrollment": enrollment.id}
    return forms.modal(SUBMIT, "Pairs", blocks, metadata=metadata, warnings=warnings)


def _lines(enrollment: Enrollment) -> dict[str, Pair]:
    return {f"{format_name(pair.subset)} : {format_name(pair.workflow)}": pair for pair in enrollment.pairs}


def submitted(request: Request) -> Response:
    """Add and remove; every faulty line is named at the field."""
    enrollment, _ = request.load_target()
    typed = request.values
    fields = forms.Fields(typed)
    remove = removed(fields, typed.get("remove"), _lines(enrollment), parse_pairs)
    kept = [pair for pair in enrollment.pairs if pair not in remove]
    reads = fields.optional if enrollment.pairs else fields.take
    add: tuple[Pair, ...] = reads("pairs", lambda raw: parse_pairs(raw, kept)) or ()
    fields.check()
    try:
        request.enrollments.change_pairs(request.caller(), enrollment.id, add, remove)
    except NeedsConfirmation as question:
        return replace_view(build(enrollment, typed, question.warnings))
    return Response()
