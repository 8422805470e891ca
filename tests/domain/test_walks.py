"""Random walks through the procedure: whatever people do and whenever, some things always hold."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bot.domain import corrections, details, edit_form, lifecycle, snoozing, transitions
from bot.domain.actions import Action, actions_for
from bot.domain.consequences import next_change
from bot.domain.days import day_at, planned_day
from bot.domain.details import Blocker
from bot.domain.enrollment import (
    FINISHED,
    Change,
    Customer,
    Enrollment,
    EventKind,
    Pair,
    Policy,
    ReminderKind,
    State,
    Status,
)
from bot.domain.errors import DomainError
from bot.domain.lifecycle import Position
from bot.domain.reminders import following_reminder
from bot.domain.schedule import parse_hours
from bot.domain.step_order import prerequisites
from tests.domain.building import KEYS, MATE, NOW, ORG, act, blank, edited, with_lists
from tests.support.steps import StepKey
from tests.support.usual_procedure import PROCEDURE, SPECS, WAITS

HOURS = ("mon-fri 09:00-17:00", "sun-thu 10:00-18:00", "mon,wed 08:30-12:00", "always")
ZONES = ("UTC", "America/Sao_Paulo", "Europe/London", "Asia/Kolkata", "Pacific/Auckland")
SPANS = st.timedeltas(timedelta(minutes=1), timedelta(weeks=3))
STEPS = st.sampled_from(KEYS)
NAMES = st.lists(st.sampled_from("ABCDE"), min_size=1, max_size=4, unique=True).map(tuple)


def tomorrow(enrollment: Enrollment, now: datetime) -> date:
    """The owner's next day."""
    return day_at(now, enrollment.zone) + timedelta(days=1)


#: The transition behind each button.
BUTTONS: dict[Action, Callable[..., Change]] = {
    Action.MARK_DONE: lambda e, k, now, p: act(e, k, now, MATE, p),
    Action.MARK_SENT: lambda e, k, now, p: act(e, k, now, MATE, p),
    Action.ITS_READY: lambda e, k, now, p: transitions.confirm(e, k, MATE, now, p),
    Action.STILL_WAITING: lambda e, k, now, p: snoozing.still_waiting(e, k, tomorrow(e, now), MATE, now, p),
    Action.REMIND_LATER: lambda e, k, now, p: snoozing.remind_later(e, k, tomorrow(e, now), MATE, now, p),
    Action.CORRECT: lambda e, k, now, p: corrections.take_back(e, k, MATE, now, p),
    Action.SKIP: lambda e, k, now, p: transitions.skip(e, k, "no need", MATE, now, p),
    Action.REOPEN: lambda e, k, now, p: transitions.reopen(e, k, MATE, now, p),
}


class Walk(RuleBasedStateMachine):
    """One enrollment and everything that people, time and delivery can do to it."""

    @initialize(
        hours=st.sampled_from(HOURS),
        zone=st.sampled_from(ZONES),
        at=st.one_of(st.none(), STEPS),
        waiting=st.booleans(),
        ago=st.integers(0, 300),
    )
    def start(self, hours: str, zone: str, at: StepKey | None, waiting: bool, ago: int) -> None:
        """Start somewhere."""
        self.policy = Policy(WAITS, parse_hours(hours))
        self.now = NOW
        self.said: set[tuple[StepKey, int]] = set()
        since = date(2026, 3, 4) - timedelta(days=ago)
        position = Position(at, waiting and SPECS[at].wait is not None, since) if at else None
        before = blank(spot_org_id=ORG if at else None, owner_zone=zone)
        self.enrollment = with_lists(lifecycle.start(before, position, self.policy).enrollment)

    def change(self, change: Change) -> None:
        """Take a change over, and hold it to what every change must be."""
        assert change.events
        completes = EventKind.COMPLETED in {event.kind for event in change.events}
        assert completes == (change.enrollment.status is Status.COMPLETED and self.enrollment.status is Status.ACTIVE)
        for old, new in zip(self.enrollment.steps, change.enrollment.steps, strict=True):
            assert old.reminders <= new.reminders
        self.enrollment = change.enrollment

    def attempt(self, transition: Callable[..., Change], *given: Any) -> None:
        """Try a transition: it works, or it raises nothing but a sentence for the person."""
        try:
            change = transition(self.enrollment, *given, by=MATE, now=self.now, policy=self.policy)
        except DomainError:
            return
        self.change(change)

    @rule(span=SPANS)
    def wait(self, span: timedelta) -> None:
        """Time goes by."""
        self.now += span

    @rule()
    def wait_for_the_next_change(self) -> None:
        """Time goes to the next end of a window, exactly."""
        self.now = next_change(self.enrollment, self.now) or self.now

    @rule(key=STEPS, choice=st.integers(0, 6))
    def press(self, key: StepKey, choice: int) -> None:
        """A button that is offered works."""
        offered = [action for action in actions_for(self.enrollment, key, self.now) if action in BUTTONS]
        if offered:
            self.change(BUTTONS[offered[choice % len(offered)]](self.enrollment, key, self.now, self.policy))

    def near(self, ahead: int) -> date:
        """A day that many days from now, where the owner lives."""
        return day_at(self.now, self.enrollment.zone) + timedelta(days=ahead)

    @rule(key=STEPS, names=NAMES, ahead=st.integers(-400, 9), call=st.one_of(st.none(), st.integers(-60, 60)))
    def finish_act(self, key: StepKey, names: tuple[str, ...], ahead: int, call: int | None) -> None:
        """Somebody submits a step's form, perhaps of an old card, with any day."""
        values = {"spot_org_id": ORG, "ticket_number": "4711", "names": names, "validated": frozenset(names)}
        values["call_date"] = None if call is None else self.near(call).isoformat()
        on = None if ahead > 0 else self.near(ahead)
        self.attempt(lambda e, **who: transitions.complete_act(e, key, values=values, on=on, **who))

    @rule(key=STEPS, ahead=st.integers(-400, 9), number=st.sampled_from(["4711", "4712", None]))
    def correct(self, key: StepKey, ahead: int, number: str | None) -> None:
        """Somebody corrects whatever it is: the day, the call, the ticket's number."""
        values = {"ticket_number": number, "call_date": self.near(ahead).isoformat()}
        self.attempt(lambda e, **who: corrections.correct(e, key, values=values, on=self.near(ahead), **who))

    @rule(key=STEPS)
    def take_back(self, key: StepKey) -> None:
        """Somebody takes back whatever it is."""
        self.attempt(corrections.take_back, key)

    @rule(key=STEPS, ahead=st.integers(-1, 100))
    def snooze(self, key: StepKey, ahead: int) -> None:
        """Somebody puts off whatever it is."""
        self.attempt(snoozing.still_waiting, key, self.near(ahead))
        self.attempt(snoozing.remind_later, key, self.near(ahead))

    @rule(
        key=STEPS,
        who=st.sampled_from(["U0C", None]),
        ahead=st.one_of(st.none(), st.integers(-1, 60)),
        party=st.sampled_from([*Blocker, None]),
        note=st.sampled_from(["careful", None]),
    )
    def change_details(
        self, key: StepKey, who: str | None, ahead: int | None, party: str | None, note: str | None
    ) -> None:
        """Somebody assigns, dates, blocks and notes whatever it is."""
        target = None if ahead is None else self.near(ahead).isoformat()
        given = {"assignee": who, "target": target, "note": note}
        given |= {"blocked_by": party, "blocked_why": "quota" if party else None}
        self.attempt(details.change_details, key, given)

    @rule(key=STEPS)
    def press_old_buttons(self, key: StepKey) -> None:
        """Every button of an old card is pressed."""
        self.attempt(transitions.confirm, key)

    @rule(key=STEPS)
    def reopen(self, key: StepKey) -> None:
        """Somebody reopens whatever it is."""
        self.attempt(transitions.reopen, key)

    @precondition(lambda self: self.enrollment.status is not Status.CANCELLED)
    @rule()
    def cancel(self) -> None:
        """Somebody cancels."""
        self.attempt(lifecycle.cancel, "no need")

    @rule()
    def resume(self) -> None:
        """Somebody resumes."""
        self.attempt(lifecycle.resume)

    @rule(zone=st.sampled_from(ZONES), owner=st.sampled_from(["U0A", "U0B"]))
    def hand_over(self, zone: str, owner: str) -> None:
        """Another owner in another zone."""
        self.attempt(edit_form.edit, edited(self.enrollment, owner=owner, owner_zone=zone))

    @rule(add=st.booleans())
    def fill_lists(self, add: bool) -> None:
        """Lists come and go at any time."""
        pairs, customers = (Pair("S", "W"),), (Customer("S", "c@d.example", "909090"),)
        for change, items in ((lifecycle.change_pairs, pairs), (lifecycle.change_customers, customers)):
            self.attempt(change, items if add else (), frozenset(() if add else items))

    @rule()
    def deliver(self) -> None:
        """Every due reminder is posted, under a name that was never used before."""
        for step in self.enrollment.steps:
            if step.reminder is None or step.reminder.due_at > self.now:
                continue
            name = (step.key, step.reminder.number)
            assert name not in self.said
            self.said.add(name)
            following = following_reminder(self.enrollment, step, self.now, self.policy)
            if following is None:
                assert step.state is State.OPEN
                assert SPECS[step.key].optional
                self.enrollment = self.enrollment.with_step(step.key, reminder=None)
                continue
            assert following.due_at > self.now
            self.enrollment = self.enrollment.with_step(step.key, reminder=following, reminders=following.number)

    @invariant()
    def a_step_is_open_only_when_what_it_needs_is_over(self) -> None:
        """Open needs every prerequisite, locked lacks one."""
        for step in self.enrollment.steps:
            needed = prerequisites(self.enrollment.procedure, step.key)
            over = all(self.enrollment.step(key).state in FINISHED for key in needed)
            assert over or step.state is not State.OPEN
            assert not over or step.state is not State.LOCKED

    @invariant()
    def reminders_belong_to_open_and_waiting_steps_of_active_enrollments(self) -> None:
        """Each of those owes exactly one, all others none; of an optional open step there may be none left."""
        active = self.enrollment.status is Status.ACTIVE
        for step in self.enrollment.steps:
            owes = active and step.state in (State.OPEN, State.WAITING)
            silent = step.state is State.OPEN and SPECS[step.key].optional and bool(step.reminders)
            assert owes == (step.reminder is not None) or (silent and step.reminder is None)
            assert step.reminder is None or step.reminder.number == step.reminders

    @invariant()
    def reminders_come_within_the_hours(self) -> None:
        """Whoever owns it now, wherever they are."""
        for step in self.enrollment.steps:
            if step.reminder:
                due = step.reminder.due_at
                assert due == self.policy.hours.next_open(due, self.enrollment.zone)

    @invariant()
    def a_target_is_asked_about_on_its_day(self) -> None:
        """Not before, and of a step that has one."""
        for step in self.enrollment.steps:
            if step.reminder and step.reminder.kind is ReminderKind.TARGET:
                assert step.target is not None
                assert day_at(step.reminder.due_at, self.enrollment.zone) >= step.target

    @invariant()
    def it_is_completed_when_all_is_finished(self) -> None:
        """And only then, unless it was cancelled; `finished` counts."""
        finished = [step for step in self.enrollment.steps if step.state in FINISHED]
        assert len(finished) == self.enrollment.finished
        if self.enrollment.status is not Status.CANCELLED:
            assert (len(finished) == len(PROCEDURE)) == (self.enrollment.status is Status.COMPLETED)
        assert (self.enrollment.ended_at is None) == (self.enrollment.status is Status.ACTIVE)

    @invariant()
    def a_step_remembers_what_its_state_means(self) -> None:
        """Skipped is optional and has a reason, waiting has a window, finished a moment, and a day is never to come."""
        for step in self.enrollment.steps:
            assert step.state is not State.SKIPPED or (SPECS[step.key].optional and step.reason)
            assert step.state is not State.WAITING or (SPECS[step.key].wait and step.latest and step.acted_at)
            assert (step.state in FINISHED) == (step.finished_at is not None)
            assert step.earliest is None or (step.latest is not None and step.earliest <= step.latest)
            assert step.state is not State.WAITING or (step.acted_at == step.window_start <= self.now)
            for day in (step.acted_on, step.finished_on):
                assert day is None or day < self.now.astimezone(ZoneInfo("Pacific/Kiritimati")).date()
            assert planned_day(self.enrollment, step.key) is None or step.state is State.OPEN
            assert step.snoozed_by is None or step.state in (State.OPEN, State.WAITING)
            assert step.blocked_by is None or step.state in (State.OPEN, State.WAITING)
            assert (step.blocked_by is None) == (step.blocked_why is None) == (step.blocked_at is None)


class TestWalk(Walk.TestCase):
    """Many walks of forty acts."""

    settings = settings(max_examples=80, stateful_step_count=40, deadline=None)
