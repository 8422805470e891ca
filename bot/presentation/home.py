"""The App Home view: a person's enrollments with their progress, next steps and buttons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.domain.actions import actions_for
from bot.domain.enrollment import Enrollment, State, Status
from bot.domain.procedure import SPECS
from bot.presentation import blocks, card, texts
from bot.presentation.buttons import enrollment_button, step_actions

#: How many enrollments fit: a home tab has 100 blocks at most, an enrollment takes up to four.
_MAX_SHOWN = 22
START = "enroll.open"


def build(
    enrollments: Sequence[Enrollment],
    now: datetime,
    user: str,
    closed: Mapping[str, str],
    *,
    by_email: bool = False,
    unreadable: Sequence[str] = (),
    may_start: bool = True,
    menu: Sequence[blocks.Block] = (),
) -> dict[str, Any]:
    """Build the home tab of one person.

    Args:
        enrollments: the enrollments that the person owns or collaborates on.
        closed: channel ID -> why Slack refuses messages there.
        by_email: whether the bot can send tickets by email.
        unreadable: account names of enrollments that cannot be read, of any owner.
        may_start: whether the person may start enrollments.
        menu: the blocks about the person; see `home_menu`.
    """
    active = [e for e in enrollments if e.status is Status.ACTIVE]
    ended = [e for e in enrollments if e.status is not Status.ACTIVE]
    ordered = [*sorted(active, key=lambda e: _urgency(e, now)), *reversed(ended)]
    label = "Start an enrollment"
    view_blocks = [
        blocks.header("Your Eco enrollments"),
        blocks.section(texts.say("home/head", live=len(active), total=len(enrollments), user=user)),
    ]
    if may_start:
        view_blocks.append(blocks.actions([blocks.button(label, START, "start", label, primary=True)]))
    view_blocks.extend(menu)
    if unreadable:
        view_blocks.append(blocks.section(texts.say("unreadable", names=unreadable)))
    for enrollment in ordered[:_MAX_SHOWN]:
        view_blocks.extend(_entry(enrollment, now, closed.get(enrollment.channel_id), by_email))
    if len(ordered) > _MAX_SHOWN:
        view_blocks.append(blocks.section(f"And {len(ordered) - _MAX_SHOWN} more: `/eco list` shows all."))
    return {"type": "home", "blocks": view_blocks}


def _urgency(enrollment: Enrollment, now: datetime) -> tuple[int, datetime]:
    states = {state for _, state in card.next_actions(enrollment, now)}
    rank = 0 if State.DUE in states else 1 if State.OPEN in states else 2
    return rank, enrollment.started_at


def _entry(enrollment: Enrollment, now: datetime, closed: str | None, by_email: bool) -> list[blocks.Block]:
    next_steps = card.next_actions(enrollment, now)
    summary = texts.say(
        "home/entry",
        enrollment=enrollment,
        bar=card.progress_bar(enrollment),
        progress=card.progress(enrollment),
        steps=[card.state_line(enrollment, step.key, now) for step, _ in next_steps],
        closed=closed,
    )
    entry = [blocks.divider(), blocks.section(summary[:3000], accessory=enrollment_button(enrollment, "open"))]
    if next_steps and enrollment.status is Status.ACTIVE:
        key = next_steps[0][0].key
        entry.append(blocks.section(f"Next: *{texts.escape(SPECS[key].title)}*"))
        if actions := actions_for(enrollment, key, now, by_email=by_email):
            entry.append(step_actions(enrollment, key, actions))
    return entry
