"""Enrollments at the edge of what people may enter: the longest names, hostile ones, the longest lists."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

from bot.domain.enrollment import BillingWorkflow, Customer, Enrollment, Pair, State, Status, Step
from tests.support.usual_procedure import PROCEDURE

NOW = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
#: Everything that means something in Slack's notation.
HOSTILE = "<!channel> & <@U0EVE00001> <https://evil.example|x> *b* `c` &lt;"

NAMES = {
    "plain": "Production",
    "longest": "W" * 80,
    "escaped": "<" * 80,
    "ampersands": "&" * 80,
    "emoji": "👩🏽‍🚀" * 16,
    "hostile": HOSTILE,
    "right to left": "חשבון ניהול",
}
STATES = tuple(State)


def enrollment(
    name: str = "Production", state: State = State.OPEN, *, big: bool = False, number: int = 1
) -> Enrollment:
    """An enrollment all of whose steps are in one state."""
    done = state in (State.DONE, State.SKIPPED)
    made = Enrollment(
        workspace="T0ECO",
        account_id=f"{number:012}",
        account_name=name,
        channel_id="C0ROLLOUT1",
        owner=f"U0OWNER{number:05}",
        started_at=NOW - timedelta(days=9),
        started_by="U0ANA00001",
        collaborators=tuple(f"U0COLLAB{n:03}" for n in range(40)) if big else (),
        status=Status.COMPLETED if done else Status.ACTIVE,
        ended_at=NOW if done else None,
        steps=tuple(step(spec.key, state) for spec in PROCEDURE),
        id=number,
        version=7,
    ).with_shared({"spot_org_id": "6" * 20})
    return replace(made, **_lists(name)) if big else made


@cache
def step(key: object, state: State) -> Step:
    """A step in that state, with the longest that people can write into it."""
    spec = next(spec for spec in PROCEDURE if spec.key == key)
    waits = state in (State.WAITING, State.DUE)
    latest = NOW + timedelta(days=3) if state is State.WAITING else NOW - timedelta(days=1)
    finished = state in (State.DONE, State.SKIPPED)
    return Step(
        spec.key,
        State.WAITING if waits else state,
        since=NOW - timedelta(days=8),
        acted_at=NOW - timedelta(days=8) if waits or finished else None,
        acted_by="U0ANA00001" if waits or finished else None,
        window_start=NOW - timedelta(days=8) if waits else None,
        earliest=latest - timedelta(days=2) if waits and spec.optional else None,
        latest=latest if waits else None,
        finished_at=NOW if finished else None,
        finished_by="U0BEN00001" if finished else None,
        snoozed_by="U0BEN00001" if waits or state is State.OPEN else None,
        snoozed_at=NOW if waits or state is State.OPEN else None,
        snoozed_until=NOW.date() if waits or state is State.OPEN else None,
        snooze_note="<" * 200 if waits or state is State.OPEN else None,
        reason="<" * 500 if state is State.SKIPPED else None,
        values={"ticket_number": "&" * 100} if spec.ticket else {},
    )


@cache
def _lists(name: str) -> dict[str, object]:
    """1,000 subsets, 2,000 pairs, 500 customers."""
    subsets = tuple(f"{n:04} {name}"[:200] for n in range(2000))
    return {
        "subsets": subsets[:1000],
        "workflows": tuple(BillingWorkflow(f"{n:03} {name}"[:200], n % 2 == 0) for n in range(500)),
        "pairs": tuple(Pair(subset, f"{n % 500:03} {name}"[:200]) for n, subset in enumerate(subsets)),
        "customers": tuple(Customer(s, f"ops{n}@x.example", f"{n:020}") for n, s in enumerate(subsets[:500])),
    }
