"""Undo on each database: every change leads back exactly, one of two wins, and a repeated delivery changes nothing."""

from dataclasses import replace
from datetime import UTC, timedelta

import pytest
import sqlalchemy as sa

from bot.delivery import outbox
from bot.domain import edit_form
from bot.domain.enrollment import Enrollment, Event, EventKind, Pair, Step
from bot.domain.errors import AlreadyEnrolled, StepConflict
from bot.repository import last_changes
from bot.repository import tables as t
from bot.repository.outbox_columns import MessageKind
from bot.use_cases import OwnedEnrollments
from bot.use_cases.records import Records
from tests.domain.building import MATE, OWNER, POLICY, edited
from tests.repository.keeping import at_once, keep, kinds, rows
from tests.support.steps import StepKey
from tests.support.usual_procedure import SPECS
from tests.use_cases.asking import ADMIN, WORKSPACE, Desk, caller, form
from tests.use_cases.test_permission import METHODS


def records(desk: Desk) -> Records:
    """The use cases that look at the past, on the desk's database."""
    return Records(desk.database, desk.clock, POLICY)


def comparable(enrollment: Enrollment) -> Enrollment:
    """Without its version and the numbers of its reminders."""
    steps = tuple(
        replace(step, reminders=0, reminder=step.reminder and replace(step.reminder, number=0))
        for step in enrollment.steps
    )
    return replace(enrollment, version=0, steps=steps)


def steps_of(before: Enrollment, after: Enrollment) -> list[tuple[Step, Step]]:
    """Each step before and after."""
    return list(zip(before.steps, after.steps, strict=True))


@pytest.mark.parametrize("name", METHODS)
def test_every_change_that_can_be_undone_leads_back_exactly(desk: Desk, name: str) -> None:
    """Steps, values, lists, people and channel, as they are loaded; the undo is one more entry with its line."""
    prepare, use = METHODS[name]
    book = records(desk)
    before = book.get(WORKSPACE, prepare(desk).id)
    after = use(desk, caller(), before)
    if any(SPECS[new.key].ticket and new.acted_at and not old.acted_at for old, new in steps_of(before, after)):
        with pytest.raises(StepConflict, match="is marked as sent"):
            book.undoable(caller(), after.id)
        return
    last = book.undoable(caller(), after.id)

    back = book.undo(caller(), after.id, last.number)

    assert comparable(before) == comparable(book.get(WORKSPACE, after.id))
    assert after.version + 1 == back.version
    event, by, _ = book.history(WORKSPACE, after.id)[-1]
    assert (EventKind.UNDONE, OWNER) == (event.kind, by)
    number = len(book.history(WORKSPACE, after.id))
    assert [f"thread:{after.id}:{number}"] == [
        row["key"] for row in rows(desk.database) if row["kind"] == "thread" and row["key"].endswith(f":{number}")
    ]


def test_the_last_change_can_be_undone_after_an_update_of_the_card(desk: Desk) -> None:
    """A language, and who is away, are shown on cards and are no change of an enrollment."""
    everything = OwnedEnrollments(desk.database, desk.clock, POLICY)
    book, before = records(desk), desk.recorded()
    changed = book.change_pairs(caller(), before.id, [Pair("Test", "Standard")], frozenset())
    until = desk.clock.now().date() + timedelta(days=3)

    everything.choose_language(caller(ADMIN), "", "de")
    everything.leave(caller(), MATE, until, UTC)

    assert changed.version + 2 == book.get(WORKSPACE, before.id).version
    last = book.undoable(caller(), before.id)
    assert [EventKind.PAIRS_CHANGED] == [each.kind for each in (last.event, *last.more)]
    book.undo(caller(), before.id, last.number)
    assert comparable(before) == comparable(book.get(WORKSPACE, before.id))


def test_two_people_at_once_undo_it_once(desk: Desk) -> None:
    """The other is told who was faster."""
    book, before = records(desk), desk.recorded()
    change = book.change_pairs(caller(), before.id, [Pair("Test", "Standard")], frozenset())
    number = book.undoable(caller(), before.id).number

    found = at_once(*[lambda who=who: book.undo(caller(who), before.id, number) for who in (OWNER, ADMIN)])

    assert ["Enrollment", "StepConflict"] == kinds(found)
    lost = next(one for one in found if isinstance(one, StepConflict))
    assert "already undid the last change" in str(lost)
    assert change.version + 1 == book.get(WORKSPACE, before.id).version


def test_a_repeated_delivery_undoes_nothing_more(desk: Desk) -> None:
    """The same idempotency key is carried out once."""
    book, before = records(desk), desk.recorded()
    book.change_pairs(caller(), before.id, [Pair("Test", "Standard")], frozenset())
    number = book.undoable(caller(), before.id).number
    first = book.undo(caller(idempotency_key="view:1"), before.id, number)

    again = book.undo(caller(idempotency_key="view:1"), before.id, number)

    assert first.version == again.version
    assert before.pairs == again.pairs


def test_an_undo_that_is_too_late_changes_nothing_and_its_values_are_deleted(desk: Desk) -> None:
    """They may hold addresses of customers that were removed."""
    book, before = records(desk), desk.recorded()
    desk.clock.turn(timedelta(minutes=10, seconds=1))
    with pytest.raises(StepConflict, match="more than ten minutes old"):
        book.undoable(caller(), before.id)

    with desk.database.write() as connection:
        last_changes.delete_expired(connection, desk.clock.now())

    assert [] == rows(desk.database, t.last_changes)
    with pytest.raises(StepConflict, match="There is nothing to undo"):
        book.undoable(caller(), before.id)


@pytest.mark.parametrize(
    ("kind", "payload", "sentence"),
    [
        (MessageKind.FILE, {"to": [MATE]}, f"<@{MATE}> got the ticket"),
        (MessageKind.EMAIL, {"by": MATE}, "goes out by email"),
    ],
)
def test_nothing_is_undone_once_a_ticket_has_gone_out(
    desk: Desk, kind: MessageKind, payload: dict[str, object], sentence: str
) -> None:
    """As a file or by email; one of before the change is no obstacle, nor one that was dropped."""
    book, before = records(desk), desk.recorded()

    def goes_out(key: str) -> None:
        with desk.database.write() as connection:
            row = {"step": StepKey.ASSOCIATE_WORKFLOWS, **payload}
            outbox.owe(connection, WORKSPACE, key, kind, "C", desk.clock.now(), enrollment_id=before.id, payload=row)

    goes_out("earlier")
    desk.clock.turn(timedelta(minutes=1))
    book.change_pairs(caller(), before.id, [Pair("Test", "Standard")], frozenset())
    assert book.can_undo(caller(), before.id)

    desk.clock.turn(timedelta(minutes=1))
    goes_out("later")
    with pytest.raises(StepConflict, match=sentence):
        book.undoable(caller(), before.id)

    with desk.database.write() as connection:
        connection.execute(sa.update(t.outbox).where(t.outbox.c.key == "later").values(state="dropped"))
    assert book.can_undo(caller(), before.id)


def test_a_cancellation_is_not_undone_over_another_enrollment_of_the_account(desk: Desk) -> None:
    """An account has one enrollment."""
    book, before = records(desk), desk.start()
    book.cancel(caller(), before.id, "no need")
    book.start(caller(ADMIN), form(owner=ADMIN))

    with pytest.raises(AlreadyEnrolled):
        book.undo(caller(), before.id, book.undoable(caller(), before.id).number)


def test_an_export_stands_in_nobodys_way(desk: Desk) -> None:
    """It changes nothing: the version stays, and what came before it can be undone."""
    book, before = records(desk), desk.recorded()

    assert book.export(caller(), before.id, "press 1")

    assert before.version == book.get(WORKSPACE, before.id).version
    assert EventKind.EXPORTED is book.history(WORKSPACE, before.id)[-1][0].kind
    assert book.can_undo(caller(), before.id)


def test_an_export_is_asked_for_once(desk: Desk) -> None:
    """A repeated delivery, and a second press while the file is on its way, add nothing."""
    book, before = records(desk), desk.recorded()
    assert book.export(caller(), before.id, "press 1")

    assert [False, False] == [book.export(caller(), before.id, press) for press in ("press 1", "press 2")]
    assert book.export(caller(MATE), before.id, "press 3")

    exported = [by for event, by, _ in book.history(WORKSPACE, before.id) if event.kind is EventKind.EXPORTED]
    assert [OWNER, MATE] == exported
    assert 2 == len([row for row in rows(desk.database) if row["kind"] == "export"])
    with desk.database.write() as connection:
        connection.execute(sa.update(t.outbox).where(t.outbox.c.kind == "export").values(state="sent"))
    book.export(caller(), before.id, "press 1")
    assert 2 == len([row for row in rows(desk.database) if row["kind"] == "export"])


def test_an_undo_takes_all_lines_of_a_change_back(desk: Desk) -> None:
    """The form shows each of them, the thread says how many there were; an export in between is none of them."""
    book, before = records(desk), desk.start()
    renamed = edit_form.edit(before, edited(before, account_name="New"), OWNER, desk.clock.now(), POLICY)
    held = Event(EventKind.EMAIL_HELD, None, {"value": "1", "first": 1, "ask": MATE})
    keep(desk.database, before, replace(renamed, events=(*renamed.events, held)))
    book.export(caller(), before.id, "press")

    last = book.undoable(caller(), before.id)
    back = book.undo(caller(), before.id, last.number)

    assert [EventKind.EMAIL_HELD] == [event.kind for event in last.more]
    assert "Acme" == back.account_name
    assert 1 == book.history(WORKSPACE, before.id)[-1][0].details["more"]
