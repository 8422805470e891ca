"""**It's ready**, **Still waiting**, **Skip** and **Reopen**: what ends, prolongs, leaves out or takes back a step."""

from __future__ import annotations

from slack_sdk.models.blocks import SectionBlock

from bot.domain import transitions
from bot.domain.actions import Action
from bot.domain.enrollment import State
from bot.domain.inputs import MAX_SENTENCE, parse_line
from bot.domain.procedure import SPECS
from bot.domain.schedule import parse_duration
from bot.messaging.buttons import STEP
from bot.messaging.texts import escape, moment
from handlers import forms
from handlers.answers import redrawn
from handlers.boundary import Boundary
from handlers.visit import Answer, Visit

STILL_WAITING = "waits.still_waiting"
SKIP = "waits.skip"
REOPEN = "waits.reopen"

_PROPOSED_SPAN = "2d"


def register(boundary: Boundary) -> None:
    """Listen to the buttons and to their forms."""
    boundary.action(f"{STEP}{Action.ITS_READY.value}", its_ready)
    boundary.action(f"{STEP}{Action.STILL_WAITING.value}", open_still_waiting)
    boundary.action(f"{STEP}{Action.SKIP.value}", open_skip)
    boundary.action(f"{STEP}{Action.REOPEN.value}", open_reopen)
    boundary.submission(STILL_WAITING, still_waiting)
    boundary.submission(SKIP, skip)
    boundary.submission(REOPEN, reopen)


def its_ready(visit: Visit) -> Answer:
    """Confirm at once: the button says it all."""
    return redrawn(visit, visit.enrollments.confirm(visit.caller(), *visit.about_step()))


def open_still_waiting(visit: Visit) -> Answer:
    """Ask for how long."""
    enrollment, key = visit.changeable()
    now = visit.enrollments.now()
    step = transitions.require_state(enrollment, key, now, State.WAITING, State.DUE)
    window = f" The window ends {moment(step.latest)}; it stays." if step.latest and step.latest > now else ""
    blocks = [
        SectionBlock(text=f"*{escape(SPECS[key].title)}* of {escape(enrollment.account_name)}.{window}"),
        forms.text("span", "Remind me again in", {"span": _PROPOSED_SPAN}, hint="For example 12h, 3d, 1w."),
    ]
    metadata = {"enrollment": enrollment.id, "step": key.value}
    return Answer(view=forms.modal(STILL_WAITING, "Still waiting", blocks, metadata=metadata))


def still_waiting(visit: Visit) -> Answer:
    """Move the next reminder."""
    number, key = visit.about_step()
    fields = forms.Fields(visit.values)
    span = fields.take("span", parse_duration)
    fields.check()
    assert span is not None, "a fault would have been raised"
    visit.enrollments.still_waiting(visit.caller(), number, key, span)
    return Answer()


def open_skip(visit: Visit) -> Answer:
    """Ask for the reason."""
    enrollment, key = visit.changeable()
    transitions.require_state(enrollment, key, visit.enrollments.now(), State.OPEN, State.WAITING, State.DUE)
    blocks = [
        SectionBlock(text=f"Leave out *{escape(SPECS[key].title)}* of {escape(enrollment.account_name)}?"),
        forms.text("reason", "Reason", longest=MAX_SENTENCE, hint="It stands on the card."),
    ]
    metadata = {"enrollment": enrollment.id, "step": key.value}
    return Answer(view=forms.modal(SKIP, "Skip", blocks, submit="Skip", metadata=metadata))


def skip(visit: Visit) -> Answer:
    """Leave the step out."""
    number, key = visit.about_step()
    fields = forms.Fields(visit.values)
    reason = fields.take("reason", lambda raw: parse_line(raw, "a reason", MAX_SENTENCE))
    fields.check()
    visit.enrollments.skip(visit.caller(), number, key, str(reason))
    return Answer()


def open_reopen(visit: Visit) -> Answer:
    """Ask first, and say what is locked again."""
    enrollment, key = visit.changeable()
    transitions.require_state(enrollment, key, visit.enrollments.now(), State.DONE, State.SKIPPED)
    locked = [f"• {escape(SPECS[later].title)}" for later in transitions.locks_again(enrollment, key)]
    consequence = "This locks again:\n" + "\n".join(locked) if locked else "No other step is locked by this."
    words = (
        f"Reopen *{escape(SPECS[key].title)}* of {escape(enrollment.account_name)}?\n{consequence}\n"
        "Steps that somebody has acted on already keep their state."
    )
    metadata = {"enrollment": enrollment.id, "step": key.value}
    view = forms.modal(REOPEN, "Reopen", [SectionBlock(text=words)], submit="Reopen", metadata=metadata)
    return Answer(view=view)


def reopen(visit: Visit) -> Answer:
    """Take the step back."""
    number, key = visit.about_step()
    visit.enrollments.reopen(visit.caller(), number, key)
    return Answer()
