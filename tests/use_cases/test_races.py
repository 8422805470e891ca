"""Several people, one button: one wins, the others are told who it was."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.enrollment import Customer, Enrollment, Pair
from bot.domain.errors import StepConflict
from bot.repository import tables as t
from bot.repository.database import Database
from tests.domain.building import MATE, ORG, OWNER
from tests.repository.keeping import at_once, kinds, rows
from tests.support.steps import StepKey
from tests.use_cases.asking import Desk, caller, form

CONNECT = StepKey.CONNECT_ACCOUNT
CUSTOMER = Customer("S", "a@b.example", "909090")


def waiting(desk: Desk) -> Enrollment:
    """An enrollment whose connection waits for its data."""
    return desk.opened(CONNECT, waiting=True)


def skippable(desk: Desk) -> Enrollment:
    """An enrollment whose full Eco is open."""
    return desk.opened(StepKey.FULL_ECO)


BUTTONS: dict[str, tuple[Callable[[Desk], Enrollment], Callable[[Desk, str, int], Any], str]] = {
    "Mark done": (
        Desk.start,
        lambda d, who, n: d.bot.complete_act(caller(who), n, StepKey.SIGN_UP, {"spot_org_id": ORG}),
        "<@{winner}> already marked this done.",
    ),
    "Mark done, with a wait": (
        lambda d: d.opened(CONNECT),
        lambda d, who, n: d.bot.complete_act(caller(who), n, CONNECT),
        "<@{winner}> already marked this done. It's waiting for AWS and Spot.",
    ),
    "It's ready": (
        waiting,
        lambda d, who, n: d.bot.confirm(caller(who), n, CONNECT),
        "<@{winner}> already confirmed this.",
    ),
    "Skip": (
        skippable,
        lambda d, who, n: d.bot.skip(caller(who), n, StepKey.FULL_ECO, "no need"),
        "<@{winner}> skipped this.",
    ),
}


@pytest.mark.parametrize("name", BUTTONS)
def test_one_wins_and_the_other_is_told_who(desk: Desk, name: str) -> None:
    """The card says one name, the thread has one line, and the loser reads the winner's name."""
    prepare, press, sentence = BUTTONS[name]
    enrollment = prepare(desk)
    lines = len(desk.bot.history("T0ECO", enrollment.id))

    found = at_once(*[lambda who=who: press(desk, who, enrollment.id) for who in (OWNER, MATE)])

    assert ["Enrollment", "StepConflict"] == kinds(found)
    winner = OWNER if isinstance(found[0], Enrollment) else MATE
    lost = next(one for one in found if isinstance(one, StepConflict))
    assert sentence.format(winner=winner) == str(lost)
    assert lines + 1 == len(desk.bot.history("T0ECO", enrollment.id))


def test_different_steps_do_not_hinder_each_other(desk: Desk) -> None:
    """Two people at work on two tracks of one enrollment both get through."""
    enrollment = desk.opened(StepKey.FULL_ECO)

    found = at_once(
        lambda: desk.bot.complete_act(caller(OWNER), enrollment.id, StepKey.FULL_ECO),
        lambda: desk.bot.complete_act(caller(MATE), enrollment.id, StepKey.ENABLE_SUBSETS, {"ticket_number": "1"}),
        lambda: desk.bot.change_pairs(caller(OWNER), enrollment.id, [Pair("S", "W")], frozenset()),
        lambda: desk.bot.change_customers(caller(MATE), enrollment.id, [CUSTOMER], frozenset()),
    )

    assert ["Enrollment"] * 4 == kinds(found)
    now = desk.bot.get("T0ECO", enrollment.id)
    assert (enrollment.version + 4, 1, 1) == (now.version, len(now.pairs), len(now.customers))
    assert {OWNER, MATE} == {now.step(StepKey.FULL_ECO).acted_by, now.step(StepKey.ENABLE_SUBSETS).acted_by}


def test_pairs_that_several_people_add_at_once_are_all_kept(desk: Desk) -> None:
    """Nobody's lines are overwritten by somebody else's."""
    enrollment = desk.start()

    found = at_once(
        *[
            lambda n=n: desk.bot.change_pairs(caller(), enrollment.id, [Pair(f"S{n}", "W")], frozenset())
            for n in range(6)
        ]
    )

    assert ["Enrollment"] * 6 == kinds(found)
    assert {f"S{n}" for n in range(6)} == {pair.subset for pair in desk.bot.get("T0ECO", enrollment.id).pairs}


def test_two_processes_see_one_winner(database: Database) -> None:
    """The same with an engine for each, as two processes have; all that was promised is there once."""
    first, second = Desk(database), Desk(Database(database.url))
    enrollment = first.start()

    found = at_once(
        *[
            lambda desk=desk, who=who: desk.bot.complete_act(
                caller(who), enrollment.id, StepKey.SIGN_UP, {"spot_org_id": ORG}
            )
            for desk, who in ((first, OWNER), (second, MATE)) * 2
        ]
    )
    second.database.close()

    assert ["Enrollment"] + ["StepConflict"] * 3 == kinds(found)
    assert 2 == len([row for row in rows(database) if row["kind"] == "thread"])


def test_two_people_who_start_the_same_account_meet(desk: Desk) -> None:
    """One starts it, the other is sent there, and nothing is owed for the second."""
    found = at_once(
        lambda: desk.bot.start(caller(OWNER), form(account_name="One")),
        lambda: desk.bot.start(caller(MATE), form(account_name="Two", channel_id="C0OTHER")),
    )

    assert ["AlreadyEnrolled", "Enrollment"] == kinds(found)
    winner = next(one for one in found if isinstance(one, Enrollment))
    told = {OWNER} - {winner.started_by}  # an owner is told of an enrollment that somebody else has started
    assert {winner.channel_id} | told == {row["channel"] for row in rows(desk.database)}
    assert [winner.account_name] == [row["account_name"] for row in rows(desk.database, t.enrollments)]


def test_starts_at_once_are_not_more_than_a_person_may_start(desk: Desk) -> None:
    """Two people with room for two more send six each at the same moment: each starts two."""
    accounts = iter(range(100_000_000_000, 100_000_000_100))

    def start(who: str) -> Enrollment:
        return desk.bot.start(caller(who), form(account_id=str(next(accounts)), owner=who), an_hour=3)

    for who in (OWNER, MATE):
        start(who)

    found = at_once(*[lambda who=who: start(who) for who in (OWNER, MATE) * 6])

    assert ["Enrollment"] * 4 + ["InvalidInput"] * 8 == kinds(found)
    assert 6 == len(rows(desk.database, t.enrollments))


def test_a_start_that_slack_delivers_twice_at_once_counts_once(desk: Desk) -> None:
    """The last one that a person may start: the repetition finds it, and is not told to wait."""
    found = at_once(*[lambda: desk.bot.start(caller(idempotency_key="start"), form(), an_hour=1)] * 4)

    assert ["Enrollment"] * 4 == kinds(found)
    assert 1 == len(rows(desk.database, t.enrollments))


def test_time_is_taken_under_the_lock(desk: Desk) -> None:
    """Whoever comes second acts later: the audit never runs backwards."""
    enrollment = waiting(desk)

    def snooze(who: str) -> Enrollment:
        desk.clock.turn(timedelta(minutes=1))
        return desk.bot.still_waiting(caller(who), enrollment.id, CONNECT, desk.clock.now().date() + timedelta(days=1))

    at_once(*[lambda: snooze(OWNER)] * 4)

    moments = [at for _, _, at in desk.bot.history("T0ECO", enrollment.id)]
    assert sorted(moments) == moments


def test_details_and_an_act_at_the_same_moment(desk: Desk) -> None:
    """A block is set and then ended by the act, or refused because the act was first; it never outlives the step."""
    enrollment = waiting(desk)
    blocked = {"assignee": MATE, "target": None, "blocked_by": "aws", "blocked_why": "quota", "note": None}

    found = at_once(
        lambda: desk.bot.change_details(caller(OWNER), enrollment.id, CONNECT, blocked),
        lambda: desk.bot.confirm(caller(MATE), enrollment.id, CONNECT),
    )

    assert kinds(found) in (["Enrollment", "Enrollment"], ["Enrollment", "StepConflict"])
    assert None is desk.bot.get("T0ECO", enrollment.id).step(CONNECT).blocked_by
    told = [row for row in rows(desk.database) if row["key"].startswith("assigned:")]
    assert len(told) == (kinds(found) == ["Enrollment", "Enrollment"])


def test_two_people_who_assign_a_step_at_once_have_one_assignee(desk: Desk) -> None:
    """Each change is there in the audit, and each assignee is told once."""
    enrollment = desk.opened(CONNECT)
    given = {"target": None, "blocked_by": None, "blocked_why": None, "note": None}

    at_once(
        *[
            lambda to=to: desk.bot.change_details(caller(), enrollment.id, CONNECT, {**given, "assignee": to})
            for to in (MATE, "U0THIRD")
        ]
    )

    events = [event.details for event, _, _ in desk.bot.history("T0ECO", enrollment.id) if event.kind == "assigned"]
    assert [None, events[0]["to"]] == [event["from"] for event in events]
    assert events[-1]["to"] == desk.bot.get("T0ECO", enrollment.id).step(CONNECT).assignee
    told = [row["channel"] for row in rows(desk.database) if row["key"].startswith("assigned:")]
    assert [event["to"] for event in events] == told
