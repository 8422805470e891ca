"""The thread's lines about a wait: who did what, and in plain words whose turn it is and until when."""

from __future__ import annotations

import re

import pytest

from bot.domain.enrollment import Event, EventKind
from bot.presentation import texts
from tests.domain.building import MATE, OWNER, act, opened
from tests.support.steps import StepKey

K = StepKey

#: Step -> the whole line after the act of Wed, Mar 4; a date stands as the day that Slack's notation falls back to.
LINES = {
    K.CONNECT_ACCOUNT: "connected the AWS management account. Now waiting for AWS and Spot until Fri, Mar 6.",
    K.FULL_ECO: "held the strategy call. Now waiting for Spot: ready between Wed, Apr 1 and Wed, Apr 15.",
    K.ENABLE_SUBSETS: "sent the ticket for *Enable the Subsets feature* (4711). "
    "Now waiting for Spot support. They give no date; I'll ask you Fri, Mar 6.",
    K.ASSOCIATE_WORKFLOWS: "sent the ticket for *Associate billing workflows* (4712). "
    "Now waiting for Spot support until about Sun, Mar 8.",
    K.ASSOCIATE_CUSTOMERS: "sent the ticket for *Associate end customers* (4713). "
    "Now waiting for Spot support. They give no date; I'll ask you Fri, Mar 6.",
}


def line(key: StepKey, **given: object) -> str:
    """The thread line after the act of a step, its dates as plain days."""
    change = act(opened(key), key, **given)
    said = texts.thread_line(change.enrollment, change.events[0], change.by)
    return re.sub(r"<!date\^[^|]*\|([^>]*)>", r"\1", said)


@pytest.mark.parametrize(("key", "expected"), LINES.items())
def test_a_wait_is_told_with_who_is_waited_for_and_until_when(key: StepKey, expected: str) -> None:
    """A promised date, a range, an approximate one, and none at all."""
    assert line(key) == f"<@{OWNER}> {expected}"


def test_the_day_of_the_call_is_told_as_people_say_days() -> None:
    """It is the day that was typed, in no time zone."""
    assert line(K.FULL_ECO, call_date="2026-03-02").startswith(f"<@{OWNER}> held the strategy call (Mon, Mar 2). ")


def test_a_move_tells_what_is_new_and_what_is_gone() -> None:
    """The first five of each, escaped once; of another version, the procedure's name once."""
    details = {"from": "A & B", "to": "C", "added": ["a<b"], "removed": [f"S{n}" for n in range(7)], "lost": []}
    said = texts.thread_line(opened(K.FULL_ECO), Event(EventKind.MOVED, None, details), OWNER)
    version = {"from": "C", "to": "C", "lost": ["cost center"]}
    newer = texts.thread_line(opened(K.FULL_ECO), Event(EventKind.MOVED, None, version), OWNER)

    gone = "No longer needed: S0, S1, S2, S3, S4 and 2 more."
    assert f"<@{OWNER}> moved this enrollment from *A &amp; B* to *C*. New steps: a&lt;b. {gone}" == said
    assert f"<@{OWNER}> moved this enrollment to another version of *C*. Not carried over: cost center." == newer


def test_an_undo_tells_what_it_took_back_and_what_is_so_now() -> None:
    """With what people typed escaped once."""
    details = {"kind": "skipped", "step": K.FULL_ECO, "details": {"reason": "a & <b> *c*"}, "by": MATE}
    event = Event(
        EventKind.UNDONE, K.FULL_ECO, {**details, "more": 1, "now": {"open": ["Create subsets"], "locked": ["A", "B"]}}
    )

    said = texts.thread_line(opened(K.FULL_ECO), event, OWNER).replace("\u200b", "")

    assert said == (
        f"<@{OWNER}> undid this change: "
        f"“<@{MATE}> skipped *Full Eco: strategy call and ramp-up*: a &amp; &lt;b&gt; *c*” (and 1 more line) "
        "Now open: Create subsets. Now locked: A, B."
    )


def test_the_button_that_helps_after_a_refused_email_is_bold() -> None:
    """Its name stands in one of the reasons, which are words of ours; what the mail service said is escaped."""
    event = Event(EventKind.EMAIL_REFUSED, K.ENABLE_SUBSETS, {"why": "rejected", "said": "*no*"})
    said = texts.thread_line(opened(K.ENABLE_SUBSETS), event, OWNER)

    assert "or send the text of *Show ticket* yourself (" in said
    assert "*no*" not in said
