"""The card: one message with the state of an enrollment and the buttons for what can be done now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.domain.actions import Action, actions_for
from bot.domain.enrollment import FINISHED, Enrollment, State, Status, Step
from bot.domain.inputs import shorten
from bot.domain.procedure import PROCEDURE, SPECS
from bot.domain.step_spec import StepKey, StepSpec
from bot.domain.value_types import TYPES
from bot.presentation import blocks, texts
from bot.presentation.buttons import enrollment_button, step_actions, step_button

#: A state is always shown as a sign and a word.
SIGNS = {
    State.LOCKED: ":lock:",
    State.OPEN: ":point_right:",
    State.WAITING: ":hourglass_flowing_sand:",
    State.DUE: ":bell:",
    State.DONE: ":white_check_mark:",
    State.SKIPPED: ":fast_forward:",
}
#: The longest text that Slack advises for notifications and screen readers.
_TEXT_LIMIT = 3900
_SECTION_LIMIT = 3000


@dataclass(frozen=True, slots=True)
class Message:
    """A message to be sent: its text, which must say everything by itself, and its blocks."""

    text: str
    blocks: list[dict[str, Any]] | None = None


def build(enrollment: Enrollment, now: datetime, *, buttons: bool = True, by_email: bool = False) -> Message:
    """The card as it is at `now`; without buttons where it cannot be acted on (a copy for one reader).

    Args:
        by_email: whether this bot can send tickets itself.
    """
    bar, count = progress_bar(enrollment), progress(enrollment)
    made = [
        blocks.header(shorten(f"Eco enrollment: {enrollment.account_name}", 150)),
        blocks.section(texts.say("cards/head", enrollment=enrollment, bar=bar, progress=count)),
        blocks.divider(),
    ]
    for spec in PROCEDURE:
        actions = actions_for(enrollment, spec.key, now, by_email=by_email) if buttons else ()
        made.extend(_step(enrollment, spec.key, now, actions))
    made.append(blocks.divider())
    if buttons:
        made.append(_whole(enrollment))
    made.append(blocks.context(texts.say("cards/foot", enrollment=enrollment)))
    return Message(text(enrollment, now), made)


def progress(enrollment: Enrollment) -> str:
    """Steps that are over, of all: `5 of 9 steps`."""
    return f"{enrollment.finished} of {len(PROCEDURE)} steps"


def progress_bar(enrollment: Enrollment) -> str:
    """A bar with one sign for each step: as many full ones as steps are over, whichever they are."""
    return "▰" * enrollment.finished + "▱" * (len(PROCEDURE) - enrollment.finished)


def state_line(enrollment: Enrollment, key: StepKey, now: datetime) -> str:
    """A step's title and its state word, on one line."""
    state = enrollment.step(key).state_at(now)
    if enrollment.status is Status.CANCELLED and state not in FINISHED:
        return f"{SIGNS[State.LOCKED]} *{texts.escape(SPECS[key].title)}* — cancelled ({state.value})"
    return f"{SIGNS[state]} *{texts.escape(SPECS[key].title)}* — {state.value}"


def step_text(enrollment: Enrollment, key: StepKey, now: datetime) -> str:
    """A step on the card: title, state, actor and time, the wait, and whose turn it is."""
    spec, step = SPECS[key], enrollment.step(key)
    state = step.state_at(now)
    missing = [SPECS[k].title for k in spec.requires if enrollment.step(k).state not in FINISHED]
    details = texts.say(
        f"cards/{state.value}",
        enrollment=enrollment,
        spec=spec,
        step=step,
        missing=missing,
        may_be_over=step.earliest is not None and now >= step.earliest,
        values=shown(enrollment, spec, state),
    )
    return f"{state_line(enrollment, key, now)}\n{details}"[:_SECTION_LIMIT]


def shown(enrollment: Enrollment, spec: StepSpec, state: State) -> list[str]:
    """The collected values of a step, in the words that their fields have for a card in that state."""
    words = []
    for field in spec.collects:
        phrases = {State.OPEN: field.when_open, State.WAITING: field.when_waiting, State.DONE: field.when_done}
        phrase, value = phrases.get(state), TYPES[field.type].shown(enrollment, spec.key, field)
        if phrase and value:
            words.append(phrase.format(value))
    return words


def text(enrollment: Enrollment, now: datetime) -> str:
    """The whole card in words, for notifications and screen readers."""
    rows = [(SPECS[step.key].title, step.state_at(now), step) for step in enrollment.steps]
    return shorten(
        texts.say("cards/text", enrollment=enrollment, progress=progress(enrollment), rows=rows), _TEXT_LIMIT
    )


def _step(enrollment: Enrollment, key: StepKey, now: datetime, actions: tuple[Action, ...]) -> list[blocks.Block]:
    beside = step_button(enrollment, key, Action.REOPEN) if actions == (Action.REOPEN,) else None
    section = blocks.section(step_text(enrollment, key, now), block_id=f"step.{key}", accessory=beside)
    return [section, step_actions(enrollment, key, actions)] if actions and not beside else [section]


def _whole(enrollment: Enrollment) -> blocks.Block:
    names = ("resume",) if enrollment.status is Status.CANCELLED else ("edit", "cancel")
    return blocks.actions([enrollment_button(enrollment, name) for name in (*names, "audit")])


def next_actions(enrollment: Enrollment, now: datetime) -> list[tuple[Step, State]]:
    """The steps on which something can happen now, those that a person must answer first."""
    order = (State.DUE, State.OPEN, State.WAITING)
    found = [(step, step.state_at(now)) for step in enrollment.steps]
    return sorted(((s, state) for s, state in found if state in order), key=lambda pair: order.index(pair[1]))
