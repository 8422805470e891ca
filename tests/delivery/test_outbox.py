"""The outbox rows of a change: stored with it or not at all, each message once, answered reminders dropped."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.delivery import outbox, outbox_writer
from bot.domain import edit_form, lifecycle, snoozing, transitions
from bot.domain.enrollment import Change, Enrollment, State
from bot.repository import audit
from bot.repository import tables as t
from bot.repository.database import Database
from bot.repository.outbox_columns import MessageKind, RowState
from tests.domain.building import DAY, HOUR, NOW, OWNER, POLICY, act, edited
from tests.repository.keeping import keep, owed, rows, start
from tests.support.steps import StepKey

CONNECT = StepKey.CONNECT_ACCOUNT


def reminders(database: Database, state: str = "owed") -> dict[str, Any]:
    """Key -> due of the reminders in that state."""
    return {r["key"]: r["due_at"] for r in rows(database) if r["kind"] == "reminder" and r["state"] == state}


def posted(database: Database, key: str, ts: str, channel: str = "C0PROGRESS", version: int = 1) -> None:
    """Mark a row as sent."""
    values = {"state": "sent", "ts": ts, "posted_channel": channel, "version": version, "due_at": None}
    with database.write() as connection:
        connection.execute(sa.update(t.outbox).where(t.outbox.c.key == key).values(**values))


def moved(enrollment: Enrollment, channel: str) -> Change:
    """The change that moves an enrollment to another channel."""
    return edit_form.edit(enrollment, edited(enrollment, channel_id=channel), OWNER, NOW + HOUR, POLICY)


def test_a_start_owes_the_card_a_line_and_a_reminder(database: Database) -> None:
    """Card and line at once, the reminder when it is due; all into the enrollment's channel."""
    enrollment = start(database)

    due = enrollment.step(StepKey.SIGN_UP).reminder
    assert due is not None
    number = enrollment.id
    expected = {
        f"card:{number}": ("card", NOW),
        f"thread:{number}:1": ("thread", NOW),
        f"reminder:{number}:sign_up:1": ("reminder", due.due_at),
    }
    found = owed(database)
    assert expected == {key: (row["kind"], row["due_at"]) for key, row in found.items()}
    assert {("C0PROGRESS", number, False, 0, None)} == {
        (r["channel"], r["enrollment_id"], r["posting"], r["attempts"], r["ts"]) for r in found.values()
    }
    payload = {"step": "sign_up", "number": 1, "kind": due.kind.value, "repeat": due.repeat}
    assert payload == found[f"reminder:{number}:sign_up:1"]["payload"]
    assert ["C0PROGRESS"] == [row["channel"] for row in rows(database, t.channel_leases)]


def test_each_event_owes_one_line(database: Database) -> None:
    """A change with two events has two lines, each for its event."""
    enrollment = start(database)
    change = act(enrollment, StepKey.SIGN_UP, now=NOW + HOUR)
    twice = replace(change, events=change.events * 2)

    keep(database, enrollment, twice)

    lines = [row for row in rows(database) if row["kind"] == "thread"]
    assert [f"thread:{enrollment.id}:{n}" for n in (1, 2, 3)] == [row["key"] for row in lines]
    with database.read() as connection:
        owed = [outbox.by_key(connection, "T0ECO", row["key"]) for row in lines]
        told = audit.numbered(connection, [outbox.event_of(row) for row in owed])
        events = audit.events_of(connection, enrollment.id)
        assert {(enrollment.id, n): (event, by) for n, (event, by, _) in enumerate(events, 1)} == told


def test_a_change_owes_the_card_again(database: Database) -> None:
    """The one row of the card is due again, and keeps its channel, ts and version."""
    enrollment = start(database)
    key = outbox.card_key(enrollment.id)
    posted(database, key, "1.1")

    keep(database, enrollment, act(enrollment, StepKey.SIGN_UP, now=NOW + DAY))

    row = owed(database)[key]
    assert (NOW + DAY, "1.1", "C0PROGRESS", 1) == (row["due_at"], row["ts"], row["posted_channel"], row["version"])
    assert 1 == sum(row["kind"] == "card" for row in rows(database))
    with database.read() as connection:
        card = outbox.card_of(connection, "T0ECO", enrollment.id)
    assert card is not None
    assert (True, MessageKind.CARD) == (card.is_edit, card.kind)


def test_a_failing_transaction_owes_nothing(database: Database) -> None:
    """The change and its messages are committed together or not at all."""
    enrollment = start(database)
    before = rows(database), rows(database, t.events), rows(database, t.steps)
    change = act(enrollment, StepKey.SIGN_UP)

    def fail() -> None:
        with database.write() as connection:
            outbox_writer.save_with_outbox(connection, enrollment, change)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()

    assert before == (rows(database), rows(database, t.events), rows(database, t.steps))


def test_the_same_key_is_not_owed_twice(database: Database) -> None:
    """A key stands for one message, whatever the state of its row."""

    def owe(workspace: str = "T0ECO") -> bool:
        with database.write() as connection:
            return outbox.owe(connection, workspace, "digest:C1", MessageKind.DIRECT, "C1", NOW, payload={"n": 1})

    assert [True, False] == [owe(), owe()]
    for state in RowState:
        with database.write() as connection:
            connection.execute(sa.update(t.outbox).values(state=state.value))
        assert not owe()
    assert owe("T0OTHER")
    assert 2 == len(rows(database))


# --- Reminders ---

ANSWERS: dict[str, Callable[[Enrollment], Change]] = {
    "the act": lambda e: act(e, CONNECT, NOW + HOUR),
    "cancelling": lambda e: lifecycle.cancel(e, "no need", OWNER, NOW + HOUR, POLICY),
    "reopening what is before it": lambda e: transitions.reopen(e, StepKey.SIGN_UP, OWNER, NOW + HOUR, POLICY),
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_a_reminder_whose_reason_is_gone_is_dropped(database: Database, answer: Callable[[Enrollment], Change]) -> None:
    """It is kept as a record, not due any more; the step's next one, if any, has another key."""
    first = start(database)
    enrollment = keep(database, first, act(first, StepKey.SIGN_UP))
    key = f"reminder:{enrollment.id}:connect_account:1"
    assert key in reminders(database)

    after = keep(database, enrollment, answer(enrollment))

    [row] = [row for row in rows(database) if row["key"] == key]
    assert ("dropped", None, "replaced or answered") == (row["state"], row["due_at"], row["last_error"])
    expected = {
        f"reminder:{after.id}:{step.key}:{step.reminder.number}": step.reminder.due_at
        for step in after.steps
        if step.reminder
    }
    assert expected == reminders(database)


def test_a_reminder_that_was_sent_stays_sent(database: Database) -> None:
    """Answering it afterwards does not make it unsent."""
    first = start(database)
    key = f"reminder:{first.id}:sign_up:1"
    posted(database, key, "2.2")

    keep(database, first, act(first, StepKey.SIGN_UP))

    assert {key: None} == reminders(database, "sent")


def test_still_waiting_replaces_the_reminder(database: Database) -> None:
    """The old one is dropped, and the new one is due in the morning of the chosen day."""
    first = start(database)
    connected = keep(database, first, act(first, StepKey.SIGN_UP))
    waiting = keep(database, connected, act(connected, CONNECT))
    assert State.WAITING is waiting.step(CONNECT).state

    keep(database, waiting, snoozing.still_waiting(waiting, CONNECT, NOW.date() + DAY, OWNER, NOW, POLICY))

    assert {f"reminder:{first.id}:connect_account:3": NOW + DAY - HOUR} == reminders(database)


# --- Another channel ---


def test_moving_takes_unsent_messages_along_and_retires_the_card(database: Database) -> None:
    """The new channel gets the card and all unsent messages; the old card says where the enrollment went."""
    enrollment = start(database)
    number = enrollment.id
    posted(database, outbox.card_key(number), "1.1")
    posted(database, f"thread:{number}:1", "1.2")

    keep(database, enrollment, moved(enrollment, "C0NEW"))

    found = {row["key"]: row for row in rows(database)}
    card, retired = found[outbox.card_key(number)], found[f"retired:{number}:1.1"]
    assert ("C0NEW", "owed", None, None) == (card["channel"], card["state"], card["ts"], card["posted_channel"])
    assert ("C0PROGRESS", "owed", NOW + HOUR) == (retired["channel"], retired["state"], retired["due_at"])
    assert {"channel": "C0PROGRESS", "ts": "1.1", "since": "", "until": ""} == retired["payload"]
    assert ("C0PROGRESS", "sent") == tuple(found[f"thread:{number}:1"][name] for name in ("channel", "state"))
    assert {"C0NEW"} == {found[key]["channel"] for key in (f"thread:{number}:2", f"reminder:{number}:sign_up:1")}
    assert {"C0PROGRESS", "C0NEW"} == {row["channel"] for row in rows(database, t.channel_leases)}


def test_moving_before_the_card_was_posted_retires_nothing(database: Database) -> None:
    """No card stays behind: all unsent messages go to the new channel."""
    enrollment = start(database)

    keep(database, enrollment, moved(enrollment, "C0NEW"))

    assert {("owed", "C0NEW")} == {(row["state"], row["channel"]) for row in rows(database)}


def test_moving_there_and_back_posts_two_cards(database: Database) -> None:
    """Each place that had a card is retired once."""
    enrollment = start(database)
    posted(database, outbox.card_key(enrollment.id), "1.1")
    there = keep(database, enrollment, moved(enrollment, "C0NEW"))
    posted(database, outbox.card_key(enrollment.id), "3.3", "C0NEW", 2)

    keep(database, there, moved(there, "C0PROGRESS"))

    assert [("C0PROGRESS", "1.1"), ("C0NEW", "3.3")] == [
        (row["payload"]["channel"], row["payload"]["ts"]) for row in rows(database) if row["kind"] == "retired"
    ]


def test_another_enrollment_of_the_channel_stays(database: Database) -> None:
    """Only the messages of the moved one move."""
    stays, goes = start(database), start(database, account_id="210987654321")

    keep(database, goes, moved(goes, "C0NEW"))

    assert {"C0PROGRESS"} == {row["channel"] for row in rows(database) if row["enrollment_id"] == stays.id}


# --- Look-ups ---


def test_a_message_leads_to_its_enrollment(database: Database) -> None:
    """The card or any other message, by its channel and ts."""
    enrollment = start(database)
    posted(database, outbox.card_key(enrollment.id), "1.1")
    posted(database, f"reminder:{enrollment.id}:sign_up:1", "1.2")
    places = (("C0PROGRESS", "1.1"), ("C0PROGRESS", "1.2"), ("C0PROGRESS", "1.3"), ("C0OTHER", "1.1"))

    with database.read() as connection:
        found = [outbox.enrollment_of_message(connection, "T0ECO", *place) for place in places]
        elsewhere = outbox.enrollment_of_message(connection, "T0OTHER", "C0PROGRESS", "1.1")

    assert [enrollment.id, enrollment.id, None, None, None] == [*found, elsewhere]


def test_there_is_no_card_of_an_unknown_enrollment(database: Database) -> None:
    """It never had a message."""
    with database.read() as connection:
        assert None is outbox.card_of(connection, "T0ECO", 4711)


def test_a_deleted_card_is_owed_as_a_new_message(database: Database) -> None:
    """Its channel and ts are cleared."""
    enrollment = start(database)
    posted(database, outbox.card_key(enrollment.id), "1.1")

    with database.write() as connection:
        outbox_writer.post_card_anew(connection, "T0ECO", enrollment.id, "0.9", NOW)  # another one had taken its place
        assert "1.1" == getattr(outbox.card_of(connection, "T0ECO", enrollment.id), "ts", None)
        outbox_writer.post_card_anew(connection, "T0ECO", enrollment.id, "1.1", NOW + timedelta(minutes=1))
        card = outbox.card_of(connection, "T0ECO", enrollment.id)

    assert card is not None
    assert (None, None, False, NOW + timedelta(minutes=1)) == (card.ts, card.posted_channel, card.is_edit, card.due_at)
