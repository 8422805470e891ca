"""The chain of reminders: what is said first, what next, and what ends it."""

from datetime import UTC, date, datetime

import pytest

from bot.domain import lifecycle, snoozing, transitions
from bot.domain.details import change_details
from bot.domain.enrollment import Enrollment, Policy, Reminder, State
from bot.domain.reminders import first_reminder, following_reminder
from tests.domain.building import (
    ALWAYS,
    KEYS,
    NOW,
    OWNER,
    POLICY,
    acted,
    finished,
    keys_in,
    opened,
    reach,
)
from tests.support.steps import StepKey
from tests.support.usual_procedure import SPECS, WAITS

ANYTIME = Policy(WAITS, ALWAYS)
FULL, CONNECT, ENABLE = StepKey.FULL_ECO, StepKey.CONNECT_ACCOUNT, StepKey.ENABLE_SUBSETS


def utc(text: str) -> datetime:
    """An instant of 2026 in UTC, written as `03-04 10:00`."""
    return datetime.strptime(f"2026-{text} +0000", "%Y-%m-%d %H:%M %z").astimezone(UTC)


def owed(enrollment: Enrollment, key: StepKey) -> Reminder:
    """What the step owes; there must be something."""
    reminder = enrollment.step(key).reminder
    assert reminder is not None
    return reminder


def posted(enrollment: Enrollment, key: StepKey, now: datetime, policy: Policy) -> Enrollment:
    """The enrollment after the owed reminder was posted: it owes the following one."""
    following = following_reminder(enrollment, enrollment.step(key), now, policy)
    assert following is not None
    return enrollment.with_step(key, reminder=following, reminders=following.number)


def chain(
    enrollment: Enrollment, key: StepKey, count: int, policy: Policy = POLICY, *, following: bool = True
) -> list[tuple[str, int, datetime]]:
    """(kind, repeat, due) of the next reminders, each posted when it is due and never answered."""
    found = []
    for _ in range(count):
        reminder = owed(enrollment, key)
        found.append((reminder.kind.value, reminder.repeat, reminder.due_at))
        if following:
            enrollment = posted(enrollment, key, reminder.due_at, policy)
    return found


# step, policy, chain
CHAINS = {
    "a range: earliest, latest, 1, 2, 4 working days, weekly": (
        FULL, POLICY, [
            ("earliest", 0, "04-01 10:00"), ("latest", 0, "04-15 10:00"), ("latest", 1, "04-16 09:00"),
            ("latest", 2, "04-20 09:00"), ("latest", 3, "04-24 09:00"), ("latest", 4, "05-01 09:00"),
            ("latest", 5, "05-08 09:00"),
        ],
    ),
    "one figure: no earliest": (
        CONNECT, POLICY, [
            ("latest", 0, "03-06 10:00"), ("latest", 1, "03-09 09:00"), ("latest", 2, "03-11 09:00"),
            ("latest", 3, "03-17 09:00"), ("latest", 4, "03-24 09:00"),
        ],
    ),
    "a nudge": (ENABLE, POLICY, [("latest", 0, "03-06 10:00"), ("latest", 1, "03-09 09:00")]),
    "the end of the window lies on a Sunday": (
        StepKey.ASSOCIATE_WORKFLOWS, POLICY, [("latest", 0, "03-09 09:00"), ("latest", 1, "03-10 09:00")],
    ),
    "at any time": (
        StepKey.ASSOCIATE_WORKFLOWS, ANYTIME, [("latest", 0, "03-08 10:00"), ("latest", 1, "03-09 09:00")],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("key", "policy", "expected"), CHAINS.values(), ids=CHAINS)
def test_a_wait_is_asked_about_again_and_again(
    key: StepKey, policy: Policy, expected: list[tuple[str, int, str]]
) -> None:
    """At each end of the window, then after 1, 2 and 4 working days, then every week, until someone answers."""
    enrollment = acted(opened(key, policy=policy), key, policy=policy)

    assert [(kind, repeat, utc(due)) for kind, repeat, due in expected] == chain(enrollment, key, len(expected), policy)


@pytest.mark.parametrize("key", [key for key in KEYS if not SPECS[key].optional])
def test_an_open_step_is_asked_about_after_five_working_days(key: StepKey) -> None:
    """In the morning after them; then after 1, 2 and 4 working days and every week, like a wait, always at nine."""
    expected = [("03-12", 0), ("03-13", 1), ("03-17", 2), ("03-23", 3), ("03-30", 4), ("04-06", 5)]

    assert [("open", repeat, utc(f"{day} 09:00")) for day, repeat in expected] == chain(opened(key), key, 6)


@pytest.mark.parametrize("key", [key for key in KEYS if SPECS[key].optional])
def test_an_open_optional_step_is_asked_about_once(key: StepKey) -> None:
    """After that only the weekly digest names it."""
    enrollment = opened(key)

    assert ("open", 0, utc("03-12 09:00")) == chain(enrollment, key, 1, following=False)[0]
    assert None is following_reminder(enrollment, enrollment.step(key), utc("03-12 09:00"), POLICY)


# step, resumed at, kind and instant of its next reminder
RESUMED = {
    "open": (ENABLE, False, "04-01 12:00", ("open", 0, "04-09 09:00")),
    "its window is over": (CONNECT, True, "04-01 12:00", ("latest", 0, "04-02 09:00")),
    "its window runs": (CONNECT, True, "03-05 12:00", ("latest", 0, "03-06 10:00")),
    "it may be over already": (FULL, True, "04-02 12:00", ("latest", 0, "04-15 10:00")),
    "its earliest end is to come": (FULL, True, "03-05 12:00", ("earliest", 0, "04-01 10:00")),
}


@pytest.mark.parametrize(("key", "waits", "at", "expected"), RESUMED.values(), ids=RESUMED)
def test_resuming_begins_a_new_count(key: StepKey, waits: bool, at: str, expected: tuple[str, int, str]) -> None:
    """Nobody is reminded within seconds of resuming, however long the enrollment was cancelled."""
    enrollment = acted(opened(key), key) if waits else opened(key)
    cancelled = lifecycle.cancel(enrollment, "a pause", OWNER, NOW, POLICY).enrollment

    resumed = lifecycle.resume(cancelled, OWNER, utc(at), POLICY).enrollment

    assert (*expected[:2], utc(expected[2])) == chain(resumed, key, 1, following=False)[0]


def test_every_open_and_waiting_step_owes_one_reminder_and_no_other_does() -> None:
    """Locked and finished steps owe nothing."""
    enrollment = acted(opened(FULL), FULL)
    expected = keys_in(enrollment, State.OPEN) | keys_in(enrollment, State.WAITING)

    assert expected == {step.key for step in enrollment.steps if step.reminder}
    assert [None] * 7 == [first_reminder(enrollment, s, NOW, POLICY) for s in enrollment.steps if s.key not in expected]


def test_a_step_without_a_reminder_has_no_following_one() -> None:
    """Nothing follows on nothing."""
    assert None is following_reminder(opened(FULL), opened(FULL).step(CONNECT), NOW, POLICY)


def test_numbers_count_up_over_the_life_of_a_step() -> None:
    """Opening, waiting, reminding, reopening: no two reminders of a step share a number."""
    enrollment = opened(CONNECT)
    seen = [owed(enrollment, CONNECT).number]
    enrollment = acted(enrollment, CONNECT)
    for _ in range(3):
        seen.append(owed(enrollment, CONNECT).number)
        enrollment = posted(enrollment, CONNECT, owed(enrollment, CONNECT).due_at, POLICY)
    seen.append(owed(enrollment, CONNECT).number)
    done = transitions.confirm(enrollment, CONNECT, OWNER, NOW, POLICY).enrollment
    seen.append(owed(transitions.reopen(done, CONNECT, OWNER, NOW, POLICY).enrollment, CONNECT).number)

    assert list(range(1, 7)) == seen


def test_a_reminder_that_is_posted_late_does_not_repeat_at_once() -> None:
    """After a downtime of weeks the next one counts from when it was said, not from when it was due."""
    enrollment = acted(opened(CONNECT), CONNECT)

    late = posted(enrollment, CONNECT, utc("04-01 12:00"), POLICY)

    assert ("latest", 1, utc("04-02 09:00")) == chain(late, CONNECT, 1)[0]


LATE = [("04-02 10:00", ("latest", 0, "04-15 10:00")), ("04-16 10:00", ("latest", 1, "04-17 09:00"))]


@pytest.mark.parametrize(("at", "expected"), LATE)
def test_after_the_earliest_end_comes_the_latest(at: str, expected: tuple[str, int, str]) -> None:
    """Whenever “may be done” was said: before the latest end that is next, after it the repetitions."""
    enrollment = posted(acted(opened(FULL), FULL), FULL, utc(at), POLICY)

    assert (*expected[:2], utc(expected[2])) == chain(enrollment, FULL, 1)[0]


# when it is said, until which day, when the next one comes, what comes after that
SNOOZES = {
    "on a Saturday, said on Monday": ("03-06 11:00", date(2026, 3, 7), "03-09 09:00", ("latest", 1, "03-10 09:00")),
    "tomorrow, said in the evening": ("03-09 20:00", date(2026, 3, 10), "03-10 09:00", ("latest", 1, "03-11 09:00")),
    "early, within the window": ("03-04 12:00", date(2026, 3, 5), "03-05 09:00", ("latest", 0, "03-06 10:00")),
    "early, beyond the window": ("03-04 12:00", date(2026, 3, 11), "03-11 09:00", ("latest", 1, "03-12 09:00")),
}


@pytest.mark.parametrize(("at", "until", "due", "after"), SNOOZES.values(), ids=SNOOZES)
def test_still_waiting_moves_the_next_question(at: str, until: date, due: str, after: tuple[str, int, str]) -> None:
    """The person says until which day; unanswered, the chain goes on from there."""
    enrollment = acted(opened(CONNECT), CONNECT)

    snoozed = snoozing.still_waiting(enrollment, CONNECT, until, OWNER, utc(at), POLICY).enrollment

    assert owed(enrollment, CONNECT).number + 1 == owed(snoozed, CONNECT).number
    assert [("snoozed", 0, utc(due)), (*after[:2], utc(after[2]))] == chain(snoozed, CONNECT, 2)


def test_another_step_leaves_a_reminder_alone() -> None:
    """What happens beside a step does not start its chain anew."""
    enrollment = posted(acted(opened(FULL), FULL), FULL, utc("04-01 10:00"), POLICY)

    after = finished(enrollment, ENABLE, now=utc("04-02 10:00"))

    assert owed(enrollment, FULL) == owed(after, FULL)


@pytest.mark.parametrize("state", [State.DONE, State.SKIPPED])
def test_an_answer_ends_the_chain(state: State) -> None:
    """A finished step owes nothing, however many reminders it had."""
    enrollment, _ = reach(FULL, state)

    step = enrollment.step(FULL)
    assert (None, True) == (step.reminder, step.reminders > 0)


# owner's zone, when the ticket was sent, when the first and the second reminder come (UTC)
ZONES = {
    "London, the clock goes forward on the 29th": ("Europe/London", "03-26 12:00", "03-30 11:00", "03-31 08:00"),
    "London, at the edge of the hours": ("Europe/London", "03-26 20:00", "03-31 08:00", "04-01 08:00"),
    "London, the clock goes back on the 25th of October": (
        "Europe/London",
        "10-22 15:30",
        "10-26 16:30",
        "10-27 09:00",
    ),
    "Kolkata has half an hour": ("Asia/Kolkata", "03-04 02:00", "03-06 03:30", "03-09 03:30"),
    "São Paulo is three hours behind": ("America/Sao_Paulo", "03-04 02:00", "03-06 12:00", "03-09 12:00"),
    "an unknown zone counts as UTC": ("Mars/Olympus", "03-04 02:00", "03-06 09:00", "03-09 09:00"),
    "no zone counts as UTC": ("", "03-04 02:00", "03-06 09:00", "03-09 09:00"),
    "a path is no zone": ("../../etc/passwd", "03-04 02:00", "03-06 09:00", "03-09 09:00"),
}


@pytest.mark.parametrize(("zone", "at", "first", "second"), ZONES.values(), ids=ZONES)
def test_reminders_come_in_the_owners_hours(zone: str, at: str, first: str, second: str) -> None:
    """From nine to five where the owner lives, also when the clocks change."""
    enrollment = acted(opened(ENABLE, owner_zone=zone), ENABLE, utc(at))

    assert [("latest", 0, utc(first)), ("latest", 1, utc(second))] == chain(enrollment, ENABLE, 2)


def test_after_a_target_date_inside_the_window_comes_its_end() -> None:
    """Before the earliest end that is next, between the two ends the latest one."""
    for target, kind, due in (("2026-03-18", "earliest", "04-01 10:00"), ("2026-04-06", "latest", "04-15 10:00")):
        waiting = acted(opened(FULL), FULL)
        given = {"assignee": None, "target": target, "blocked_by": None, "blocked_why": None, "note": None}
        after = change_details(waiting, FULL, given, OWNER, NOW, POLICY).enrollment
        seen = chain(after, FULL, 5)

        told = [each for each, _, _ in seen]
        assert (kind, utc(due)) == (seen[told.index("target") + 1][0], seen[told.index("target") + 1][2])
