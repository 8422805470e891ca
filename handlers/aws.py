"""**Check AWS**: a modal at once, filled with what was found when it is there."""

from __future__ import annotations

import logging
from typing import Any

from slack_sdk.models.blocks import Block, SectionBlock

from bot.domain import transitions
from bot.domain.actions import Action
from bot.domain.enrollment import Enrollment, State
from bot.domain.errors import DomainError
from bot.enrollments import Checked, Outcome
from bot.messaging import findings, texts
from bot.messaging.buttons import STEP
from bot.messaging.faults import SlackFault
from handlers import forms
from handlers.boundary import Boundary, apology, spoken
from handlers.visit import Answer, Visit

log = logging.getLogger(__name__)

CHECK = f"{STEP}{Action.CHECK_AWS.value}"
VIEW = "aws.check"


def register(boundary: Boundary) -> None:
    """Listen to the button."""
    boundary.action(CHECK, open_check, begin)


def open_check(visit: Visit) -> Answer:
    """Open the modal, if the person may act and there is something to check; without AWS it says what to set."""
    enrollment, key = visit.changeable()
    transitions.require_state(enrollment, key, visit.enrollments.now(), State.OPEN, State.WAITING, State.DUE)
    template = "checks/running" if visit.services.aws.possible else "checks/setup"
    return Answer(view=_said(texts.say(template, enrollment=enrollment), enrollment))


def begin(visit: Visit, view_id: str) -> None:
    """The modal is open: look, in another thread, and show there what comes out."""
    if not visit.services.aws.possible:
        return
    enrollment, _ = visit.target()

    def show(outcome: Outcome) -> None:
        try:
            visit.services.gateway.update_view(view_id, view_of(enrollment, outcome))
        except SlackFault as fault:
            log.info("the result of a check is not shown, the card has it: %s", fault)  # most likely it was closed

    visit.services.aws.check(visit.caller(), enrollment.id, show)


def view_of(enrollment: Enrollment, outcome: Outcome) -> dict[str, Any]:
    """The modal with what a check came to."""
    if isinstance(outcome, Checked):
        blocks = Block.parse_all(findings.build(outcome.enrollment, outcome.report, outcome.at, outcome.by))
        return _modal(blocks, enrollment)
    if isinstance(outcome, DomainError):
        return _said(spoken(outcome), enrollment)
    if isinstance(outcome, Exception):
        return _said(apology("check of AWS", outcome), enrollment)
    return _said(texts.say("checks/elsewhere", enrollment=enrollment, by=outcome.by, at=outcome.at), enrollment)


def _said(words: str, enrollment: Enrollment) -> dict[str, Any]:
    return _modal([SectionBlock(text=words)], enrollment)


def _modal(blocks: list[Block], enrollment: Enrollment) -> dict[str, Any]:
    return forms.modal(VIEW, Action.CHECK_AWS.label, blocks, submit=None, metadata={"enrollment": enrollment.id})
