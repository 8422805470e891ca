"""Makes enrollments that stand where a test needs them, by the ordinary transitions."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.domain import lifecycle, transitions
from bot.domain.edit_form import Edit
from bot.domain.enrollment import Change, Customer, Enrollment, Pair, Policy, State
from bot.domain.lifecycle import Position
from bot.domain.schedule import ReminderHours, parse_hours
from bot.domain.step_order import prerequisites
from tests.support.steps import StepKey
from tests.support.usual_procedure import PROCEDURE, SHARED, WAITS

NOW = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)  # a Wednesday
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)

OWNER, MATE, STRANGER = "U0OWNER", "U0MATE", "U0STRANGER"
ACCOUNT, ORG = "123456789012", "606079874885"
WEEKDAYS = ReminderHours()
ALWAYS = parse_hours("always")
POLICY = Policy(WAITS)

KEYS = tuple(spec.key for spec in PROCEDURE)
WAITING = tuple(spec.key for spec in PROCEDURE if spec.wait)
OPTIONAL = tuple(spec.key for spec in PROCEDURE if spec.optional)

#: What finishing the act of a step is given where a test does not care.
COLLECTED: Mapping[StepKey, Mapping[str, Any]] = {
    StepKey.SIGN_UP: {"spot_org_id": ORG},
    StepKey.ENABLE_SUBSETS: {"ticket_number": "4711"},
    StepKey.CREATE_SUBSETS: {"names": ("Prod", "Test")},
    StepKey.CREATE_WORKFLOWS: {"names": ("Standard", "Reseller")},
    StepKey.ASSOCIATE_WORKFLOWS: {"ticket_number": "4712"},
    StepKey.ASSOCIATE_CUSTOMERS: {"ticket_number": "4713"},
}


def blank(**fields: Any) -> Enrollment:
    """An enrollment that nobody has started yet: every step is locked."""
    values: dict[str, Any] = {
        "workspace": "T0ECO",
        "account_id": ACCOUNT,
        "account_name": "Acme",
        "channel_id": "C0PROGRESS",
        "owner": OWNER,
        "started_at": NOW,
        "started_by": OWNER,
        "collaborators": (MATE,),
    }
    shared = {key: fields.pop(key) for key in SHARED if key in fields}
    return Enrollment(**values | fields).with_shared(shared)


def edited(enrollment: Enrollment, **changed: Any) -> Edit:
    """The edit form as it opens, with some fields changed."""
    values = {key: changed.pop(key, enrollment.value(key)) for key in SHARED}
    head = {name: getattr(enrollment, name) for name in Edit.__slots__ if name != "values"}
    return Edit(**head | changed, values=values)


def started(position: Position | None = None, policy: Policy = POLICY, **fields: Any) -> Enrollment:
    """An enrollment that was started at `NOW`."""
    return lifecycle.start(blank(**fields), position, policy).enrollment


def act(
    enrollment: Enrollment, key: StepKey, now: datetime = NOW, by: str = OWNER, policy: Policy = POLICY, **given: Any
) -> Change:
    """Finish the act of a step, with everything that it collects."""
    values = {**COLLECTED.get(key, {}), **given}
    if key == StepKey.VALIDATE_WORKFLOWS:
        values = {"validated": frozenset(enrollment.names_in("workflows"))} | given
    return transitions.complete_act(enrollment, key, by, now, policy, values)


def acted(
    enrollment: Enrollment, key: StepKey, now: datetime = NOW, policy: Policy = POLICY, **given: Any
) -> Enrollment:
    """The enrollment after the act of a step."""
    return act(enrollment, key, now, policy=policy, **given).enrollment


def finished(enrollment: Enrollment, *keys: StepKey, now: datetime = NOW, policy: Policy = POLICY) -> Enrollment:
    """The enrollment after these steps were done, their waits confirmed at once."""
    for key in keys:
        enrollment = acted(enrollment, key, now, policy)
        if enrollment.step(key).state is State.WAITING:
            enrollment = transitions.confirm(enrollment, key, OWNER, now, policy).enrollment
    return enrollment


def with_lists(enrollment: Enrollment) -> Enrollment:
    """The same enrollment with what the tickets carry."""
    return replace(
        enrollment,
        pairs=(Pair("Prod", "Standard"),),
        customers=(Customer("Prod", "console@customer.example", "707070707070"),),
    )


def opened(key: StepKey, now: datetime = NOW, policy: Policy = POLICY, **fields: Any) -> Enrollment:
    """An enrollment in which that step is open and nothing behind it was touched."""
    before = with_lists(started(policy=policy, **fields))
    return finished(before, *prerequisites(before.procedure, key), now=now, policy=policy)


def reach(key: StepKey, state: State, policy: Policy = POLICY, **fields: Any) -> tuple[Enrollment, datetime]:
    """An enrollment in which a step is in that state, and the moment at which it is."""
    match state:
        case State.LOCKED:
            return started(policy=policy, **fields), NOW
        case State.OPEN:
            return opened(key, policy=policy, **fields), NOW
        case State.WAITING:
            return acted(opened(key, policy=policy, **fields), key, policy=policy), NOW
        case State.DUE:
            waiting = acted(opened(key, policy=policy, **fields), key, policy=policy)
            latest = waiting.step(key).latest
            assert latest is not None
            return waiting, latest
        case State.DONE:
            return finished(opened(key, policy=policy, **fields), key, policy=policy), NOW
        case State.SKIPPED:
            before = opened(key, policy=policy, **fields)
            return transitions.skip(before, key, "not for us", MATE, NOW, policy).enrollment, NOW


def completed(policy: Policy = POLICY, now: datetime = NOW) -> Enrollment:
    """An enrollment whose steps are all done."""
    return finished(with_lists(started(policy=policy)), *KEYS, now=now, policy=policy)


def states(enrollment: Enrollment, now: datetime = NOW) -> dict[StepKey, State]:
    """The state of every step."""
    return {step.key: step.state_at(now) for step in enrollment.steps}


def keys_in(enrollment: Enrollment, state: State, now: datetime = NOW) -> set[StepKey]:
    """The steps that are in that state."""
    return {key for key, found in states(enrollment, now).items() if found is state}
