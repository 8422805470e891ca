"""What a channel's weekly digest says, as a value: what needs whom, what waits, what was done, what may finish."""

from dataclasses import replace
from datetime import date, datetime

import pytest

from bot.domain import lifecycle, transitions
from bot.domain.digest_contents import Digest, Need, compose
from bot.domain.enrollment import Enrollment, State, Step
from bot.domain.lifecycle import Position
from tests.domain.building import (
    DAY,
    HOUR,
    MATE,
    NOW,
    ORG,
    OWNER,
    POLICY,
    WEEK,
    acted,
    finished,
    opened,
    reach,
    started,
)
from tests.support.steps import StepKey

FULL, CONNECT, ENABLE = StepKey.FULL_ECO, StepKey.CONNECT_ACCOUNT, StepKey.ENABLE_SUBSETS
SUBSETS, WORKFLOWS, PAIRS = StepKey.CREATE_SUBSETS, StepKey.CREATE_WORKFLOWS, StepKey.ASSOCIATE_WORKFLOWS
CUSTOMERS = StepKey.ASSOCIATE_CUSTOMERS


def owner_of(enrollment: Enrollment, _: Step) -> tuple[str, ...]:
    """Everybody is still in Slack."""
    return (enrollment.owner,)


def digest(*enrollments: Enrollment, now: datetime = NOW) -> Digest:
    """The digest of a channel with these enrollments."""
    return compose(enrollments, now, POLICY, owner_of)


def needs(made: Digest) -> list[tuple[str, list[tuple[Need, str]]]]:
    """Name of the enrollment, and its steps that need somebody, as the digest lists them."""
    return [(n.enrollment.account_name, [(why, step.key) for why, step in n.steps]) for n in made.needed]


# a step and its state -> the reason why it needs somebody; None where it does not
REASONS = {
    "due": (CONNECT, State.DUE, Need.DUE),
    "open": (CONNECT, State.OPEN, Need.OPEN),
    "open and optional": (FULL, State.OPEN, Need.OPTIONAL),
    "due and optional": (FULL, State.DUE, Need.DUE),
    "waiting": (CONNECT, State.WAITING, None),
    "locked": (CONNECT, State.LOCKED, None),
    "done": (CONNECT, State.DONE, None),
    "skipped": (FULL, State.SKIPPED, None),
}


@pytest.mark.parametrize(("key", "state", "reason"), REASONS.values(), ids=REASONS)
def test_due_and_open_steps_need_somebody(key: StepKey, state: State, reason: Need | None) -> None:
    """Whatever waits for others, is locked or finished does not; optional open steps are told as optional."""
    enrollment, now = reach(key, state)

    found = {step.key: why for needed in digest(enrollment, now=now).needed for why, step in needed.steps}
    assert reason is found.get(key)


def test_a_wait_that_may_be_over_needs_a_look() -> None:
    """From the earliest end of its window on; before that it waits for others."""
    enrollment = acted(opened(FULL), FULL)

    before, after = (digest(enrollment, now=NOW + 4 * WEEK + late) for late in (-HOUR, 0 * HOUR))
    assert [FULL] == [wait.step.key for wait in before.waiting]
    assert [] == list(after.waiting)
    assert (Need.READY, FULL) in needs(after)[0][1]


def test_an_enrollment_has_one_entry_with_its_steps_by_urgency() -> None:
    """Due, perhaps ready, open, optional; steps with the same reason by their age."""
    enrollment = finished(acted(opened(SUBSETS), FULL), SUBSETS, now=NOW + DAY)
    enrollment = acted(enrollment, CUSTOMERS, NOW + 2 * DAY)

    made = digest(enrollment, now=NOW + 5 * WEEK)

    assert [("Acme", [(Need.DUE, CUSTOMERS), (Need.READY, FULL), (Need.OPEN, WORKFLOWS)])] == needs(made)


def test_the_most_urgent_come_first_and_those_of_an_owner_side_by_side() -> None:
    """The owner with the most urgent enrollment first, and within an owner the same order."""
    optional = replace(
        finished(opened(StepKey.VALIDATE_WORKFLOWS), StepKey.VALIDATE_WORKFLOWS), account_name="optional"
    )
    older = replace(opened(CONNECT), account_name="open longer")
    newer = replace(opened(CONNECT, NOW + HOUR), account_name="open", owner=MATE)
    due = replace(acted(opened(CONNECT), CONNECT, NOW - 3 * DAY), account_name="due", owner=MATE)

    made = digest(optional, newer, older, due, now=NOW + 2 * HOUR)

    assert ["due", "open", "open longer", "optional"] == [name for name, _ in needs(made)]
    assert [(MATE,), (MATE,), (OWNER,), (OWNER,)] == [needed.people for needed in made.needed]


def test_who_stands_in_for_an_owner_is_asked() -> None:
    """The people are those that the caller names for each enrollment, perhaps nobody."""
    made = compose([opened(CONNECT)], NOW, POLICY, lambda enrollment, _: enrollment.collaborators)
    alone = compose([opened(CONNECT)], NOW, POLICY, lambda *_: ())

    assert [(MATE,)] == [needed.people for needed in made.needed]
    assert [()] == [needed.people for needed in alone.needed]


def test_what_waits_is_told_in_the_order_in_which_it_ends() -> None:
    """Of all enrollments together; a wait that is due waits for nobody outside."""
    one = acted(acted(opened(FULL), FULL), ENABLE)
    other = acted(opened(CONNECT), CONNECT, NOW - HOUR)

    made = digest(one, other, now=NOW + HOUR)
    later = digest(one, other, now=NOW + 3 * DAY)

    assert [CONNECT, ENABLE, FULL] == [wait.step.key for wait in made.waiting]
    assert [FULL] == [wait.step.key for wait in later.waiting]


def test_what_was_finished_in_the_last_seven_days_is_told_with_who_did_it() -> None:
    """Confirmed, done and skipped, in the order in which it happened."""
    enrollment = finished(started(spot_org_id=ORG), CONNECT, now=NOW + HOUR)
    enrollment = transitions.skip(enrollment, FULL, "not for us", MATE, NOW + 8 * DAY, POLICY).enrollment
    enrollment = finished(enrollment, ENABLE, now=NOW + 9 * DAY)

    def told(now: datetime) -> list[tuple[str, str | None]]:
        return [(step.key, step.finished_by) for done in digest(enrollment, now=now).done for step in done.steps]

    assert [(FULL, MATE), (ENABLE, OWNER)] == told(NOW + 10 * DAY)
    assert [(ENABLE, OWNER)] == told(NOW + 15 * DAY)
    assert [] == told(NOW + 16 * DAY)


def test_what_was_over_at_the_start_was_not_done_last_week() -> None:
    """A team that starts in the middle has done the steps before it whenever it was."""
    made = digest(started(Position(SUBSETS), spot_org_id=ORG), now=NOW + DAY)

    assert () == made.done


def test_an_enrollment_that_was_completed_last_week_is_told_and_nothing_else_of_it() -> None:
    """A week later it is not spoken of any more."""
    last = StepKey.ASSOCIATE_CUSTOMERS
    enrollment = finished(opened(StepKey.VALIDATE_WORKFLOWS), StepKey.VALIDATE_WORKFLOWS, FULL, PAIRS)
    enrollment = finished(enrollment, last, now=NOW + DAY)

    soon, late = (digest(enrollment, now=NOW + days * DAY) for days in (2, 9))
    assert [[last]] == [[step.key for step in done.steps] for done in soon.done if done.enrollment.ended_at]
    assert ((), (), ()) == (soon.needed, soon.waiting, soon.forecasts)
    assert not late


def test_a_cancelled_enrollment_is_not_spoken_of() -> None:
    """Nor is a channel without any."""
    cancelled = lifecycle.cancel(finished(started(), StepKey.SIGN_UP, now=NOW + HOUR), "no", OWNER, NOW + DAY, POLICY)

    assert not digest(cancelled.enrollment, now=NOW + DAY)
    assert not digest()


def test_every_active_enrollment_has_a_forecast_the_next_one_first() -> None:
    """With a note where only optional steps are left, so that it may be finished whenever people like."""
    optional = finished(opened(StepKey.VALIDATE_WORKFLOWS), StepKey.VALIDATE_WORKFLOWS)

    made = digest(acted(opened(FULL), FULL), started(), optional)

    assert [
        (date(2026, 3, 4), date(2026, 3, 4), True),
        (date(2026, 3, 6), date(2026, 3, 10), False),
        (date(2026, 4, 1), date(2026, 4, 15), False),
    ] == [(each.first, each.last, each.only_optional) for each in made.forecasts]
