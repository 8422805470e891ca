"""Starting an enrollment: at the beginning, or where a team stands already."""

from datetime import UTC, date, datetime, timedelta

import pytest

from bot.domain import lifecycle
from bot.domain.enrollment import EventKind, ReminderKind, State
from bot.domain.errors import InvalidForm
from bot.domain.lifecycle import Position
from bot.domain.procedure import USUAL
from bot.domain.step_order import completed_before
from tests.domain.building import (
    DAY,
    KEYS,
    NOW,
    ORG,
    POLICY,
    WAITING,
    WEEK,
    blank,
    finished,
    keys_in,
    started,
)
from tests.support.steps import StepKey
from tests.support.usual_procedure import SPECS

SINCE = date(2026, 3, 2)
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


def test_without_an_organization_the_sign_up_is_open() -> None:
    """The first step asks for it; everything else is locked."""
    enrollment = started()

    assert {StepKey.SIGN_UP} == keys_in(enrollment, State.OPEN)
    assert {*KEYS} - {StepKey.SIGN_UP} == keys_in(enrollment, State.LOCKED)


@pytest.mark.parametrize("position", [None, Position(StepKey.SIGN_UP), Position(StepKey.SIGN_UP, since=SINCE)])
def test_with_an_organization_the_sign_up_is_over(position: Position | None) -> None:
    """Who has an organization ID has signed up, also one who says “we are at the first step”."""
    enrollment = started(position, spot_org_id=ORG)

    step = enrollment.step(StepKey.SIGN_UP)
    assert (State.DONE, NOW, None) == (step.state, step.finished_at, step.finished_by)
    assert {StepKey.CONNECT_ACCOUNT} == keys_in(enrollment, State.OPEN)


@pytest.mark.parametrize("key", KEYS[1:])
def test_a_team_can_start_at_any_step(key: StepKey) -> None:
    """What is behind it was done by nobody that the bot knows; the step is open since that day, as are those beside."""
    change = lifecycle.start(blank(spot_org_id=ORG), Position(key, since=SINCE), POLICY)

    enrollment = change.enrollment
    assert {*completed_before(USUAL, key)} == keys_in(enrollment, State.DONE)
    assert (State.OPEN, MONDAY) == (enrollment.step(key).state, enrollment.step(key).since)
    over = {*completed_before(USUAL, key)}
    assert {k for k in KEYS if k not in over and over.issuperset(SPECS[k].requires)} == keys_in(enrollment, State.OPEN)
    assert {(NOW, None)} == {(s.finished_at, s.finished_by) for s in enrollment.steps if s.state is State.DONE}
    before = [SPECS[k].title for k in KEYS if k in over]
    details = {"at": key, "waiting": False, "before": before}
    assert [(EventKind.STARTED, details)] == [(e.kind, e.details) for e in change.events]


def test_optional_steps_that_were_passed_stay_open() -> None:
    """A team at the last step may have left out full Eco and the pairs: it says so itself."""
    enrollment = started(Position(StepKey.ASSOCIATE_CUSTOMERS), spot_org_id=ORG)

    assert {StepKey.FULL_ECO, StepKey.ASSOCIATE_WORKFLOWS, StepKey.ASSOCIATE_CUSTOMERS} == keys_in(
        enrollment, State.OPEN
    )


@pytest.mark.parametrize("key", WAITING)
def test_a_team_can_start_in_any_wait(key: StepKey) -> None:
    """The window runs since the day on which they acted."""
    step = started(Position(key, waiting=True, since=SINCE), spot_org_id=ORG).step(key)

    assert (MONDAY, MONDAY, SINCE) == (step.since, step.acted_at, step.acted_on)
    assert (None, MONDAY) == (step.acted_by, step.window_start)
    assert POLICY.window_for(USUAL, SPECS[key], MONDAY, blank().zone) == (step.earliest, step.latest)


@pytest.mark.parametrize("since", [None, date(2026, 3, 4)])
def test_today_means_now(since: date | None) -> None:
    """Without a date, or with today's, the window begins at this moment."""
    step = started(Position(StepKey.CONNECT_ACCOUNT, waiting=True, since=since), spot_org_id=ORG).step(
        StepKey.CONNECT_ACCOUNT
    )

    assert (NOW, NOW + 2 * DAY) == (step.window_start, step.latest)


# position, the kind of the first reminder, when
FIRST = {
    "a wait that is over": (Position(StepKey.CONNECT_ACCOUNT, True, date(2026, 2, 1)), ReminderKind.LATEST, NOW),
    "a range that has begun": (Position(StepKey.FULL_ECO, True, date(2026, 2, 2)), ReminderKind.EARLIEST, NOW),
    "a range that is over": (Position(StepKey.FULL_ECO, True, date(2026, 1, 5)), ReminderKind.LATEST, NOW),
    "a range to come": (
        Position(StepKey.FULL_ECO, True, SINCE),
        ReminderKind.EARLIEST,
        MONDAY + 4 * WEEK + timedelta(hours=9),
    ),
    "open for weeks": (Position(StepKey.ENABLE_SUBSETS, False, date(2026, 1, 5)), ReminderKind.OPEN, NOW),
    "open since Monday": (
        Position(StepKey.ENABLE_SUBSETS, False, SINCE),
        ReminderKind.OPEN,
        MONDAY + WEEK + timedelta(hours=9),
    ),
}


@pytest.mark.parametrize(("position", "kind", "due"), FIRST.values(), ids=FIRST)
def test_the_first_reminder_counts_the_time_before_the_start(
    position: Position, kind: ReminderKind, due: datetime
) -> None:
    """What ended in the past is asked for at once, never before the enrollment was started."""
    reminder = started(position, spot_org_id=ORG).step(position.key).reminder

    assert reminder is not None
    assert (kind, due, 1) == (reminder.kind, reminder.due_at, reminder.number)


def test_a_team_that_started_in_the_middle_gets_to_the_end() -> None:
    """From there the procedure goes on as for everybody."""
    enrollment = started(Position(StepKey.CREATE_WORKFLOWS), spot_org_id=ORG)

    after = finished(enrollment, StepKey.CREATE_WORKFLOWS, StepKey.VALIDATE_WORKFLOWS)

    assert {StepKey.FULL_ECO, StepKey.ASSOCIATE_WORKFLOWS, StepKey.ASSOCIATE_CUSTOMERS} == keys_in(after, State.OPEN)


# position, field, sentence
FAULTS = {
    "no organization behind the sign-up": (
        Position(StepKey.CONNECT_ACCOUNT), None, "spot_org_id",
        "You have signed up already, so enter the Spot organization ID.",
    ),
    "a day to come": (
        Position(StepKey.FULL_ECO, since=date(2026, 3, 5)), ORG, "since",
        "Thu, Mar 5 is in the future. Choose today or an earlier day.",
    ),
    "a day of long ago": (
        Position(StepKey.FULL_ECO, since=date(2025, 3, 2)), ORG, "since",
        "Sun, Mar 2, 2025 is more than a year ago. Check the date.",
    ),
    "no wait": (Position(StepKey.CREATE_SUBSETS, waiting=True), ORG, "position", "“Create subsets” has no wait."),
    "no wait at first": (Position(StepKey.SIGN_UP, waiting=True), ORG, "position", "“Sign up with Spot” has no wait."),
}  # fmt: skip


@pytest.mark.parametrize(("position", "org", "field", "sentence"), FAULTS.values(), ids=FAULTS)
def test_a_position_that_cannot_be_is_refused_at_its_field(
    position: Position, org: str | None, field: str, sentence: str
) -> None:
    """The form says which field is wrong and why."""
    with pytest.raises(InvalidForm) as fault:
        lifecycle.start(blank(spot_org_id=org), position, POLICY)

    assert {field: sentence} == fault.value.faults


def test_all_faults_of_a_position_are_told_at_once() -> None:
    """Nobody has to submit three times to learn of three faults."""
    with pytest.raises(InvalidForm) as fault:
        lifecycle.start(blank(), Position(StepKey.CREATE_SUBSETS, True, date(2026, 4, 1)), POLICY)

    assert {"spot_org_id", "since", "position"} == set(fault.value.faults)


def test_tomorrow_for_utc_can_be_today_for_the_owner() -> None:
    """The date is read where the owner lives: on the 5th in Auckland the 5th is today."""
    late = datetime(2026, 3, 4, 22, 0, tzinfo=UTC)
    there = blank(spot_org_id=ORG, owner_zone="Pacific/Auckland", started_at=late)

    step = lifecycle.start(there, Position(StepKey.CONNECT_ACCOUNT, True, date(2026, 3, 5)), POLICY).enrollment.step(
        StepKey.CONNECT_ACCOUNT
    )

    assert late == step.window_start
