"""The App Home: a person's enrollments, each with where it stands, what is next, and the buttons for that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.domain.actions import actions_for
from bot.domain.enrollment import Enrollment, State, Status
from bot.domain.procedure import SPECS
from bot.presentation import blocks, card, texts
from bot.presentation.buttons import enrollment_button, step_actions

#: A home tab has a hundred blocks; an enrollment takes four of them at most.
_MOST = 22
START = "enroll.open"


def build(
    enrollments: Sequence[Enrollment],
    now: datetime,
    user: str,
    closed: Mapping[str, str],
    *,
    by_email: bool = False,
    unreadable: Sequence[str] = (),
) -> dict[str, Any]:
    """The home tab of one person.

    Args:
        enrollments: those that the person owns or collaborates on.
        closed: channel ID -> why Slack refuses messages for it. by_email: whether this bot can send tickets itself.
        unreadable: names of accounts whose enrollments cannot be shown, whosever they are.
    """
    live = [e for e in enrollments if e.status is Status.ACTIVE]
    over = [e for e in enrollments if e.status is not Status.ACTIVE]
    ordered = [*sorted(live, key=lambda e: _urgency(e, now)), *reversed(over)]
    label = "Start an enrollment"
    made = [
        blocks.header("Your Eco enrollments"),
        blocks.section(texts.say("home/head", live=len(live), total=len(enrollments), user=user)),
        blocks.actions([blocks.button(label, START, "start", label, primary=True)]),
    ]
    if unreadable:
        made.append(blocks.section(texts.say("unreadable", names=unreadable)))
    for enrollment in ordered[:_MOST]:
        made.extend(_entry(enrollment, now, closed.get(enrollment.channel_id), by_email))
    if len(ordered) > _MOST:
        made.append(blocks.section(f"And {len(ordered) - _MOST} more: `/eco list` shows all."))
    return {"type": "home", "blocks": made}


def _urgency(enrollment: Enrollment, now: datetime) -> tuple[int, datetime]:
    states = {state for _, state in card.next_actions(enrollment, now)}
    rank = 0 if State.DUE in states else 1 if State.OPEN in states else 2
    return rank, enrollment.started_at


def _entry(enrollment: Enrollment, now: datetime, closed: str | None, by_email: bool) -> list[blocks.Block]:
    nearest = card.next_actions(enrollment, now)
    said = texts.say(
        "home/entry",
        enrollment=enrollment,
        bar=card.progress_bar(enrollment),
        progress=card.progress(enrollment),
        steps=[card.state_line(enrollment, step.key, now) for step, _ in nearest],
        closed=closed,
    )
    made = [blocks.divider(), blocks.section(said[:3000], accessory=enrollment_button(enrollment, "open"))]
    if nearest and enrollment.status is Status.ACTIVE:
        key = nearest[0][0].key
        made.append(blocks.section(f"Next: *{texts.escape(SPECS[key].title)}*"))
        made.append(step_actions(enrollment, key, actions_for(enrollment, key, now, by_email=by_email)))
    return made
