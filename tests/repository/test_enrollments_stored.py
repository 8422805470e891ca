"""Enrollments in the database: what is saved is loaded, and nobody overwrites another's change."""

from dataclasses import fields, replace
from datetime import timedelta

import pytest

from bot.domain import lifecycle, transitions
from bot.domain.enrollment import (
    BillingWorkflow,
    Change,
    Customer,
    Enrollment,
    Event,
    EventKind,
    ListTicket,
    Pair,
    Reminder,
    ReminderKind,
    State,
    Status,
    Step,
    SubsetAccount,
)
from bot.domain.errors import AlreadyEnrolled, Conflict, UnknownEnrollment
from bot.repository import audit, enrollment_reader, search
from bot.repository import tables as t
from bot.repository.database import Database
from tests.domain.building import ACCOUNT, MATE, NOW, OWNER, POLICY, STRANGER, act, blank
from tests.repository.keeping import at_once, keep, kinds, rows, start
from tests.support.steps import StepKey
from tests.support.usual_procedure import PROCEDURE

FAR = NOW + timedelta(days=400, microseconds=123456)
NAMES = ("Prod: EU", "<!channel> & co", "Café 🚀", 'say "hi"', "שלום", "x" * 200, "'; DROP TABLE steps; --", "%_\\")


def load(database: Database, enrollment_id: int, workspace: str = "T0ECO") -> Enrollment:
    """The enrollment as it is stored."""
    with database.read() as connection:
        return enrollment_reader.load(connection, workspace, enrollment_id)


def full_step(number: int, key: StepKey) -> Step:
    """A step with a value in every field, another one for each."""
    moment = NOW + timedelta(hours=number)
    state = list(State)[number % 3]
    planned = Reminder(number + 2, list(ReminderKind)[number % 4], number, FAR)
    return Step(
        key=key,
        state=state,
        since=moment,
        acted_at=moment + timedelta(minutes=1),
        acted_by=f"U0ACT{number}",
        window_start=moment + timedelta(minutes=2),
        earliest=moment + timedelta(minutes=3),
        latest=moment + timedelta(minutes=4),
        finished_at=moment + timedelta(minutes=5),
        finished_by=f"U0END{number}",
        reason=f"reason {number} 🚀",
        acted_on=moment.date(),
        finished_on=moment.date() + timedelta(days=1),
        snoozed_by=f"U0SNOOZE{number}",
        snoozed_at=moment + timedelta(minutes=6),
        snoozed_until=moment.date() + timedelta(days=2),
        snooze_note=f"note {number} 🚀",
        assignee=f"U0ASSIGN{number}",
        target=moment.date() + timedelta(days=3),
        blocked_by="support",
        blocked_why=f"why {number} 🚀",
        blocked_at=moment + timedelta(minutes=7),
        note=f"remark {number} 🚀",
        noted_by=f"U0NOTE{number}",
        noted_at=moment + timedelta(minutes=8),
        reminder=planned if state in (State.OPEN, State.WAITING) else None,
        reminders=number + 2,
        values={"ticket_number": f"#{number}", "call_date": "2026-03-04"},
    )


def filled(number: int) -> Enrollment:
    """An enrollment with a value in every field."""
    return Enrollment(
        id=number,
        version=1,
        workspace="T0ECO",
        account_id=ACCOUNT,
        account_name="Acme 🚀 <&>",
        channel_id="C0OTHER",
        owner=STRANGER,
        started_at=NOW,
        started_by=OWNER,
        owner_zone="America/Argentina/ComodRivadavia",
        collaborators=("U0C", "U0A", "U0B"),
        status=Status.COMPLETED,
        steps=tuple(full_step(n, spec.key) for n, spec in enumerate(PROCEDURE)),
        subsets=NAMES,
        workflows=tuple(BillingWorkflow(name, n % 2 == 0) for n, name in enumerate(NAMES)),
        pairs=tuple(Pair(name, NAMES[-1 - n]) for n, name in enumerate(NAMES)),
        customers=tuple(Customer(name, f"c{n}@d.example", str(100000 + n)) for n, name in enumerate(NAMES)),
        with_users=("100001", "100000"),
        list_tickets=(
            ListTicket("customers", 1, FAR, None, None, None, False, (Customer(NAMES[0], "c@d.example", "100000"),)),
            ListTicket("pairs", 1, NOW, FAR.date(), OWNER, "4711, 4712", False, (Pair(*NAMES[:2]),), (), FAR),
            ListTicket("pairs", 2, FAR, None, STRANGER, "chat", True, (), (Pair(*NAMES[:2]),)),
        ),
        subset_accounts=tuple(SubsetAccount(name, str(100_000_000_000 + n)) for n, name in enumerate(NAMES)),
        ended_at=FAR,
        external_id="eco-" + "f" * 32,
        checked_at=NOW,
        checked_by=OWNER,
        checked_result="14 pass, 1 fail, 2 cannot tell",
        first_file_at=FAR,
        aws_broken_at=FAR,
        aws_broken="the role is gone",
    ).with_shared(
        {
            "spot_org_id": "12345678901234567890",
            "role_arn": "arn:aws:iam::123456789012:role/Spot",
            "bucket": "acme-cur",
        }
    )


def test_every_field_and_list_survives(database: Database) -> None:
    """What was saved is loaded, to the microsecond and in its order."""
    before = start(database)
    wanted = filled(before.id)
    for thing, kind in ((wanted, Enrollment), (wanted.steps[1], Step)):
        assert [] == [f.name for f in fields(kind) if getattr(thing, f.name) is None], "the test fills every field"

    saved = keep(database, before, Change(wanted, (Event(EventKind.EDITED),), OWNER, NOW))

    assert replace(wanted, version=2) == saved == load(database, before.id)


def test_a_fresh_enrollment_survives(database: Database) -> None:
    """So does one in which most fields are empty."""
    started = start(database)

    expected = lifecycle.start(blank(), None, POLICY).enrollment
    assert replace(expected, id=started.id, version=1) == started == load(database, started.id)


def test_lists_can_shrink_and_empty(database: Database) -> None:
    """What was taken from a list is gone; what was not changed stays."""
    first = keep(database, (s := start(database)), Change(filled(s.id), (), OWNER, NOW))
    smaller = replace(first, subsets=NAMES[2:4], pairs=(), status=Status.ACTIVE)

    saved = keep(database, first, Change(smaller, (), OWNER, NOW))

    assert (NAMES[2:4], (), first.customers, 3) == (saved.subsets, saved.pairs, saved.customers, saved.version)


def test_each_change_counts_the_version_once(database: Database) -> None:
    """However much it changes."""
    started = start(database)

    changed = keep(database, started, act(started, StepKey.SIGN_UP))

    assert (1, 2) == (started.version, changed.version)


def test_a_writer_must_know_what_it_changes(database: Database) -> None:
    """Two changes of one version: the second is refused and leaves nothing behind."""
    started = start(database)
    kept = keep(database, started, act(started, StepKey.SIGN_UP))
    late = lifecycle.cancel(started, "late", MATE, NOW, POLICY)

    with pytest.raises(Conflict, match=r"Somebody else changed this enrollment at the same moment. Please try again."):
        keep(database, started, late)

    assert kept == load(database, started.id)
    assert ["started", "step_done"] == [row["kind"] for row in rows(database, t.events)]


def test_the_audit_tells_who_did_what_when_and_from_what_to_what(database: Database) -> None:
    """Events are numbered within the enrollment and only ever added."""
    started = start(database)
    kept = keep(database, started, act(started, StepKey.SIGN_UP, by=MATE, now=NOW + timedelta(hours=1)))

    with database.read() as connection:
        told = audit.events_of(connection, kept.id)
        first_row, second_row = rows(database, t.events)
        one = audit.numbered(connection, [(kept.id, 2), (kept.id, 3)])

    assert [(EventKind.STARTED, OWNER, NOW), (EventKind.STEP_DONE, MATE, NOW + timedelta(hours=1))] == [
        (event.kind, by, at) for event, by, at in told
    ]
    assert {(kept.id, 2): told[1][:2]} == one
    assert {"spot_org_id": "606079874885"} == told[1][0].details
    assert [(1, 1), (2, 2)] == [(row["number"], row["version"]) for row in (first_row, second_row)]
    assert {"spot_org_id": None, "sign_up": "open", "connect_account": "locked"} == second_row["before"]
    assert {"spot_org_id": "606079874885", "sign_up": "done", "connect_account": "open"} == second_row["after"]


def test_an_enrollment_belongs_to_its_workspace(database: Database) -> None:
    """Another workspace, or another number, finds nothing."""
    started = start(database)

    for workspace, number in (("T0OTHER", started.id), ("T0ECO", started.id + 1)):
        with pytest.raises(UnknownEnrollment, match=r"There is no such enrollment here."):
            load(database, number, workspace)


# --- One live enrollment for each account ---


def test_an_account_is_enrolled_once(database: Database) -> None:
    """The second start is told where the first one is."""
    first = start(database)

    with pytest.raises(AlreadyEnrolled) as refused:
        start(database, account_name="Again", channel_id="C0OTHER")

    assert (first.id, "account_id") == (refused.value.enrollment_id, refused.value.field)
    assert (
        "1234-5678-9012 already has an enrollment: Acme (active) in <#C0PROGRESS>. "
        "Type /eco status 1234-5678-9012 to see it."
    ) == str(refused.value)


def test_a_cancelled_enrollment_and_another_workspace_make_room(database: Database) -> None:
    """One account may be enrolled again after a cancellation, and by another company's workspace."""
    first = start(database)
    keep(database, first, lifecycle.cancel(first, "again", OWNER, NOW, POLICY))

    second, elsewhere = start(database), start(database, workspace="T0OTHER")

    assert 3 == len({first.id, second.id, elsewhere.id})


def test_a_completed_enrollment_makes_no_room(database: Database) -> None:
    """It is done, not gone."""
    first = start(database)
    keep(database, first, Change(replace(first, status=Status.COMPLETED), (), OWNER, NOW))

    with pytest.raises(AlreadyEnrolled, match=r"Acme \(completed\)"):
        start(database)


def test_two_threads_cannot_enroll_one_account(database: Database) -> None:
    """One of them wins, all others are told about its enrollment."""
    found = at_once(*[lambda name=f"Acme {n}": start(database, account_name=name) for n in range(6)])

    assert ["AlreadyEnrolled"] * 5 + ["Enrollment"] == kinds(found)
    winner = next(one for one in found if isinstance(one, Enrollment))
    assert {winner.id} == {one.enrollment_id for one in found if isinstance(one, AlreadyEnrolled)}
    assert 1 == len(rows(database, t.enrollments))


def test_two_threads_cannot_both_change_one_version(database: Database) -> None:
    """One wins, the others get a Conflict."""
    started = start(database)

    found = at_once(*[lambda: keep(database, started, act(started, StepKey.SIGN_UP))] * 5)

    assert ["Conflict"] * 4 + ["Enrollment"] == kinds(found)


def test_a_read_is_one_snapshot(database: Database) -> None:
    """What is committed while a reader looks does not show in half of what it sees."""
    started = start(database)

    with database.read() as connection:
        before = enrollment_reader.load(connection, "T0ECO", started.id)
        keep(database, started, act(started, StepKey.SIGN_UP))
        after = enrollment_reader.load(connection, "T0ECO", started.id)

    assert before == after == started
    assert 2 == load(database, started.id).version


def test_many_are_loaded_with_their_lists_in_the_order_of_their_start(database: Database) -> None:
    """Each gets its own steps and lists."""
    for n in (3, 1, 2):
        one = start(database, account_id=f"{n:012}", started_at=NOW + timedelta(hours=n), account_name=f"A{n}")
        keep(database, one, Change(replace(one, subsets=(f"S{n}",)), (), OWNER, NOW))

    with database.read() as connection:
        found = enrollment_reader.load_readable(connection, "T0ECO", search.NOT_CANCELLED)[0]

    assert [("A1", ("S1",)), ("A2", ("S2",)), ("A3", ("S3",))] == [(e.account_name, e.subsets) for e in found]
    assert found == [load(database, e.id) for e in found]
    assert transitions.locks_again(found[0], StepKey.SIGN_UP) == ()


def test_a_page_reads_the_first_entry_of_each_list_only(database: Database) -> None:
    """What rows of a list show needs no more; everything else of the enrollments is as it is stored."""
    for account in ("000000000001", "000000000002"):
        before = start(database, account_id=account)
        wanted = replace(filled(before.id), account_id=account)
        keep(database, before, Change(wanted, (Event(EventKind.EDITED),), OWNER, NOW))
    with database.read() as connection:
        whole = enrollment_reader.load_readable(connection, "T0ECO")[0]
        brief = enrollment_reader.load_readable(connection, "T0ECO", brief=True)[0]
    long = ("subsets", "workflows", "pairs", "customers", "subset_accounts", "with_users")
    assert all(len(getattr(each, name)) > 1 for each in whole for name in long)
    first = [replace(each, **{name: getattr(each, name)[:1] for name in long}) for each in whole]
    assert [replace(each, list_tickets=()) for each in first] == brief
