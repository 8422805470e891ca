"""**It's ready**, **Skip** and **Reopen**: end a step's wait, skip or reopen a step."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from slack_sdk.models.blocks import Block, SectionBlock

from bot.domain import customer_users, transitions
from bot.domain.access import require_change
from bot.domain.actions import Action
from bot.domain.days import ON, day_at, usual_end
from bot.domain.enrollment import FINISHED, Enrollment, ListTicket, State
from bot.domain.errors import StepConflict
from bot.domain.sent_lines import pending, tickets_of
from bot.domain.step_spec import StepKey
from bot.domain.tickets import is_follow_up
from bot.handlers import forms
from bot.handlers.card_copies import refresh_copies
from bot.handlers.request import Request
from bot.handlers.response import Response, replace_view
from bot.handlers.router import Router
from bot.handlers.step_headings import reopen_question, skip_question
from bot.handlers.value_inputs import read_day
from bot.language.spoken import gettext
from bot.presentation import list_marks
from bot.presentation.buttons import ENROLLMENT_PREFIX, STEP_PREFIX
from bot.presentation.texts import day, escape

EARLY = "waits.early"
SKIP = "waits.skip"
REOPEN = "waits.reopen"
CHOOSE_STEP = "waits.choose_step"
#: The field of the tickets that are confirmed; also metadata: the numbers of those that the form shows.
TICKETS = "tickets"
#: The field that asks whether the users of all end customers are created.
USERS = "users"
_USERS = (("all", "Yes, of all end customers"), ("later", "Not yet: support has confirmed, users come later"))
#: How many tickets the form shows: the last ones.
_MOST_TICKETS = 100


def register(router: Router) -> None:
    """Register the listeners of the buttons and of their forms."""
    router.action(f"{STEP_PREFIX}{Action.ITS_READY.value}", its_ready)
    router.action(f"{STEP_PREFIX}{Action.SKIP.value}", open_skip)
    router.action(f"{STEP_PREFIX}{Action.REOPEN.value}", open_reopen)
    router.action(f"{ENROLLMENT_PREFIX}reopen", choose_step)
    router.submission(CHOOSE_STEP, step_chosen)
    router.submission(EARLY, early)
    router.submission(SKIP, skip)
    router.submission(REOPEN, reopen)


def its_ready(request: Request) -> Response:
    """Confirm that the wait has ended; ask first where that is early, or only a part of a list."""
    enrollment, key = request.load_step_target()
    now, listed = request.enrollments.now(), enrollment.spec(key).list_in_ticket
    end, waits = usual_end(enrollment, key, now), pending(enrollment, listed)
    if end is None and len(waits) < 2 and not is_follow_up(enrollment, key) and not _asks_for_users(enrollment, key):
        numbers = _numbers(waits)
        request.enrollments.confirm(request.caller(), enrollment.id, key, tickets=numbers)
        return refresh_copies(request)
    require_change(enrollment, request.actor(), key)
    transitions.require_state(enrollment, key, now, State.WAITING, State.DUE)
    return Response(view=_early_form(enrollment, key, end, now))


def _early_form(enrollment: Enrollment, key: StepKey, end: datetime | None, now: datetime) -> dict[str, Any]:
    spec, waits = enrollment.spec(key), pending(enrollment, enrollment.spec(key).list_in_ticket)
    usually = gettext("This usually takes until {day}. Is it there already?").format(day=day(end)) + " " if end else ""
    words = f"*{escape(enrollment.account_name)}*: {usually}_{escape(spec.confirm)}_"
    blocks: list[Block] = [SectionBlock(text=words)]
    if spec.list_in_ticket and (len(waits) > 1 or is_follow_up(enrollment, key)):
        said = list_marks.progress(enrollment, spec.list_in_ticket)
        blocks.append(SectionBlock(block_id="marks", text=f"{said} {gettext('This confirms only what was sent.')}"))
    if len(waits) > 1:
        options = [(str(ticket.number), list_marks.ticket_line(ticket)) for ticket in waits[-_MOST_TICKETS:]]
        every = {TICKETS: [value for value, _ in options]}
        blocks.append(forms.choices(TICKETS, "Which tickets has support confirmed?", options, every))
    if _asks_for_users(enrollment, key):
        hint = (
            "Mark them one by one in See the lists, or by a column of an uploaded file. The last one finishes the step."
        )
        blocks.append(
            forms.choice(
                USERS, "Are their users created?", forms.translated(_USERS), {USERS: "all"}, hint, optional=False
            )
        )
    today = {ON: day_at(now, enrollment.zone).isoformat()}
    return forms.modal(
        EARLY,
        Action.ITS_READY.label,
        [*blocks, forms.date(ON, "Ready since", today, optional=False)],
        submit="Yes, it's ready",
        metadata={"enrollment": enrollment.id, "step": key, TICKETS: _numbers(waits)},
    )


def _asks_for_users(enrollment: Enrollment, key: StepKey) -> bool:
    """Whether end customers wait for their users."""
    if key != enrollment.procedure.step_with(customer_users.LIST) or is_follow_up(enrollment, key):
        return False
    return customer_users.created(enrollment) < len(enrollment.customers)


def _numbers(waits: Sequence[ListTicket]) -> list[int] | None:
    """The tickets that a person was shown; None where the step's list is in no known ticket."""
    return [ticket.number for ticket in waits] or None


def early(request: Request) -> Response:
    """Confirm that the wait has ended since a day; of a list, the tickets that were chosen or shown."""
    fields = forms.Fields(request.values)
    on = read_day(fields)
    fields.check()
    chosen = request.values.get(TICKETS)
    numbers = [int(number) for number in chosen] if chosen else request.metadata.get(TICKETS)
    users = {"all": True, "later": False}.get(str(request.values.get(USERS)))
    request.enrollments.confirm(request.caller(), *request.step_target_ids(), on, tickets=numbers, users=users)
    return Response()


def open_skip(request: Request) -> Response:
    """Open the form that asks for the reason."""
    enrollment, key = request.load_target_for_change()
    transitions.require_state(enrollment, key, request.enrollments.now(), State.OPEN, State.WAITING, State.DUE)
    blocks = [
        SectionBlock(text=skip_question(enrollment, key)),
        forms.reason(hint="The card shows it."),
    ]
    metadata = {"enrollment": enrollment.id, "step": key}
    return Response(view=forms.modal(SKIP, "Skip", blocks, submit="Skip", metadata=metadata))


def skip(request: Request) -> Response:
    """Skip the step."""
    enrollment_id, key = request.step_target_ids()
    request.enrollments.skip(request.caller(), enrollment_id, key, forms.read_reason(request.values))
    return Response()


def choose_step(request: Request) -> Response:
    """Open the form that asks which step to reopen."""
    enrollment, _ = request.load_target()
    require_change(enrollment, request.actor())
    finished = [(step.key, enrollment.spec(step.key).title) for step in enrollment.steps if step.state in FINISHED]
    if not finished:
        raise StepConflict(gettext("There's nothing to reopen: no step is done or skipped yet."))
    blocks = [forms.choice("step", "Step", finished, {}, hint="I ask again before I reopen it.", optional=False)]
    metadata = {"enrollment": enrollment.id}
    return Response(view=forms.modal(CHOOSE_STEP, "Reopen a step", blocks, submit="Next", metadata=metadata))


def step_chosen(request: Request) -> Response:
    """Replace the choice by the form that asks for confirmation."""
    enrollment, _ = request.load_target()
    require_change(enrollment, request.actor())
    return replace_view(_reopen_form(request, enrollment, str(request.values["step"])))


def open_reopen(request: Request) -> Response:
    """Open the form that names the steps to be locked again, and asks for confirmation."""
    enrollment, key = request.load_step_target()
    require_change(enrollment, request.actor())
    return Response(view=_reopen_form(request, enrollment, key))


def _reopen_form(request: Request, enrollment: Enrollment, key: StepKey) -> dict[str, Any]:
    transitions.require_state(enrollment, key, request.enrollments.now(), State.DONE, State.SKIPPED)
    locked = [f"• {escape(enrollment.spec(later).title)}" for later in transitions.locks_again(enrollment, key)]
    consequence = gettext("No other step changes.")
    if locked:
        consequence = "\n".join((gettext("These steps have to wait for it again:"), *locked))
    if enrollment.spec(key).list_in_ticket and tickets_of(enrollment, enrollment.spec(key).list_in_ticket or ""):
        sent = gettext(
            "What was sent stays sent, but isn't confirmed any more. To change the list, you needn't reopen the step."
        )
        consequence += f"\n{sent}"
    asked = reopen_question(enrollment, key)
    words = f"{asked}\n{consequence}\n{gettext('Steps that somebody has already worked on stay as they are.')}"
    metadata = {"enrollment": enrollment.id, "step": key}
    blocks = [SectionBlock(text=words)]
    return forms.modal(REOPEN, "Reopen", blocks, submit="Reopen", metadata=metadata)


def reopen(request: Request) -> Response:
    """Reopen the step."""
    request.enrollments.reopen(request.caller(), *request.step_target_ids())
    return Response()
