"""Previews of lists: saved once, refused where the list has changed, kept for three days, and fast for long lists."""

from __future__ import annotations

import os
import signal
import time
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.domain.enrollment import Customer, Enrollment, Pair, State
from bot.domain.errors import NeedsConfirmation, NotAllowed, StepConflict
from bot.domain.list_changes import Draft
from bot.list_files.entries import read_entries
from bot.list_files.reading import MOST_LINES, read_file
from bot.repository import audit, list_previews
from bot.repository import tables as t
from bot.repository.database import Database
from bot.use_cases import OwnedEnrollments, Preview, StalePreview
from tests.domain.building import MATE, POLICY, STRANGER, edited
from tests.support.steps import StepKey
from tests.use_cases.asking import ADMIN, Desk, caller

TWO = (Pair("Prod", "Reseller"), Pair("Test", "Standard"))


@pytest.fixture
def book(desk: Desk) -> OwnedEnrollments:
    """All use cases on each kind of database."""
    return OwnedEnrollments(desk.database, desk.clock, POLICY)


def opened(desk: Desk, book: OwnedEnrollments, draft: Draft | None = None) -> Preview:
    """A preview of two pairs, of which one changes the recorded one."""
    return book.open_preview(caller(), desk.recorded().id, draft or Draft("pairs", "pairs.csv", TWO))


def pairs(desk: Desk, seen: Preview) -> tuple[Pair, ...]:
    """The pairs that are stored."""
    return desk.bot.get("T0ECO", seen.enrollment.id).pairs


def test_nothing_is_stored_before_it_is_saved_and_once_after_it(desk: Desk, book: OwnedEnrollments) -> None:
    """A double press and a repeated delivery change nothing; the audit has each line and the file."""
    seen = opened(desk, book)
    assert (1, 1, 0) == (len(seen.changes.new), len(seen.changes.changed), len(seen.changes.removed))
    assert seen.enrollment.pairs == pairs(desk, seen)

    saved = book.save_preview(caller(idempotency_key="v:1"), seen.id)
    again = [book.save_preview(caller(idempotency_key=key), seen.id) for key in ("v:1", "v:2")]

    assert TWO == saved.pairs == pairs(desk, seen)
    assert {saved.version} == {each.version for each in again}
    with desk.database.read() as connection:
        newest = audit.whole(connection, saved.id)[-1]
    assert (["Prod : Standard"], ["Prod : Reseller", "Test : Standard"]) == (
        newest.before["pairs.lines"],
        newest.after["pairs.lines"],
    )
    assert ("pairs.csv", 1, 1) == tuple(newest.event.details[name] for name in ("file", "added", "changed"))
    assert book.preview(caller(), seen.id).is_saved


def test_a_preview_of_a_list_that_somebody_changed_is_stale(desk: Desk, book: OwnedEnrollments) -> None:
    """It is not saved; previewed again, it shows what it changes now."""
    seen = opened(desk, book)
    book.change_pairs(caller(MATE), seen.enrollment.id, [TWO[1]], frozenset())

    with pytest.raises(StalePreview, match="Preview again"):
        book.save_preview(caller(), seen.id)
    assert book.preview(caller(), seen.id).is_stale
    renewed = book.preview(caller(), seen.id, renew=True)

    assert (False, 0, 1, 1) == (renewed.is_stale, len(renewed.changes.new), 1, renewed.changes.unchanged)
    assert TWO == book.save_preview(caller(), seen.id).pairs


def test_who_lost_the_right_meanwhile_saves_nothing(desk: Desk, book: OwnedEnrollments) -> None:
    """Nor does somebody else, nor anybody in an enrollment that was cancelled."""
    made = desk.recorded()
    seen = book.open_preview(caller(MATE), made.id, Draft("pairs", "", TWO))
    with pytest.raises(StepConflict, match="This preview is gone"):
        book.save_preview(caller(ADMIN), seen.id)
    with pytest.raises(NotAllowed):
        book.open_preview(caller(STRANGER), made.id, Draft("pairs", "", TWO))

    book.edit(caller(), made.id, edited(made, collaborators=()))
    with pytest.raises(NotAllowed):
        book.save_preview(caller(MATE), seen.id)

    mine = book.open_preview(caller(), made.id, Draft("pairs", "", TWO))
    book.cancel(caller(), made.id, "no need")
    with pytest.raises(StepConflict, match="was cancelled"):
        book.save_preview(caller(), mine.id)
    assert made.pairs == pairs(desk, mine)


def test_names_of_a_step_finish_it_unless_somebody_did_meanwhile(desk: Desk, book: OwnedEnrollments) -> None:
    """As Mark done does, with its refusal."""
    made, day = desk.opened(StepKey.CREATE_SUBSETS), desk.clock.now().date()
    draft = Draft("subsets", "subsets.csv", ("Prod", "Test"), acted_on=day)
    first, second = (book.open_preview(caller(), made.id, draft) for _ in range(2))

    saved = book.save_preview(caller(), first.id)

    assert (("Prod", "Test"), State.DONE) == (saved.subsets, saved.step(StepKey.CREATE_SUBSETS).state)
    assert "subsets.csv" == desk.bot.history("T0ECO", made.id)[-1][0].details["file"]
    book.preview(caller(), second.id, renew=True)
    with pytest.raises(StepConflict, match="already marked this done"):
        book.save_preview(caller(), second.id)


def test_names_that_were_never_recorded_are_added_with_the_lines(desk: Desk, book: OwnedEnrollments) -> None:
    """In one change, if the person says so; else they are a warning."""
    seen = opened(desk, book, Draft("pairs", "", (Pair("New", "Gold"), Pair("Prod", "Standard"))))
    assert 2 == len(seen.warnings)
    with pytest.raises(NeedsConfirmation):
        book.save_preview(caller(), seen.id, add_names=True)

    saved = book.save_preview(caller(confirmed=seen.warnings), seen.id, add_names=True)

    assert ("New", "Gold") == (saved.subsets[-1], saved.workflows[-1].name)
    assert seen.enrollment.version + 1 == saved.version
    event = desk.bot.history("T0ECO", saved.id)[-1][0]
    assert "reopened" not in event.details
    assert {"subsets": ["New"], "workflows": ["Gold"]} == event.details["names"]


def test_previews_are_deleted_after_three_days_and_with_their_enrollment(desk: Desk, book: OwnedEnrollments) -> None:
    """They hold what somebody has uploaded."""
    seen = opened(desk, book)
    desk.clock.turn(timedelta(days=2))
    other = book.open_preview(caller(), seen.enrollment.id, Draft("pairs", "", TWO))
    desk.clock.turn(timedelta(days=1, seconds=1))

    with desk.database.write() as connection:
        list_previews.delete_expired(connection, desk.clock.now())
    with pytest.raises(StepConflict, match="I keep one for three days"):
        book.preview(caller(), seen.id)
    assert other.changes == book.preview(caller(), other.id).changes

    book.delete(caller(ADMIN), seen.enrollment.id, "Acme")
    with desk.database.read() as connection:
        assert [] == connection.execute(sa.select(t.list_previews.c.id)).all()


@pytest.mark.parametrize("moment", ["before the commit", "after the commit"])
def test_a_crash_while_saving_loses_nothing_and_saves_nothing_twice(desk: Desk, moment: str) -> None:
    """The process is killed; the next one is asked again with the same delivery."""
    seen = opened(desk, OwnedEnrollments(desk.database, desk.clock, POLICY))
    before = seen.enrollment

    killed(desk, seen, moment)

    stored = desk.bot.get("T0ECO", before.id)
    assert (before.pairs if moment == "before the commit" else TWO) == stored.pairs
    book = OwnedEnrollments(desk.database, desk.clock, POLICY)
    saved = book.save_preview(caller(idempotency_key="v:1"), seen.id)
    assert (TWO, before.version + 1) == (saved.pairs, saved.version)


def killed(desk: Desk, seen: Preview, moment: str) -> None:
    """Save the preview in a process of its own, which is killed before or after the commit."""

    def die(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    child = os.fork()
    if child == 0:
        try:
            database = Database(desk.database.url)
            if moment == "before the commit":
                sa.event.listen(database.engine, "commit", die)
            OwnedEnrollments(database, desk.clock, POLICY, die).save_preview(caller(idempotency_key="v:1"), seen.id)
        finally:
            os._exit(1)
    assert signal.SIGKILL == os.WTERMSIG(os.waitpid(child, 0)[1])


def test_five_thousand_lines_are_read_previewed_and_saved_in_seconds(desk: Desk, book: OwnedEnrollments) -> None:
    """Two seconds on two free cores; a busy machine gets more here."""
    number = desk.opened(StepKey.ASSOCIATE_CUSTOMERS).id
    lines = "\n".join(f"Customer {n},ops{n}@customer.example,{10**11 + n}" for n in range(MOST_LINES))
    began = time.process_time()

    read = read_entries(read_file("customers.csv", lines.encode()), "customers", None)
    draft = Draft("customers", "customers.csv", tuple(entry for _, entry in read.entries))
    seen = book.open_preview(caller(), number, draft)
    saved = book.save_preview(caller(), seen.id)

    assert time.process_time() - began < 4
    assert (MOST_LINES, Customer("Customer 0", "ops0@customer.example", str(10**11))) == (
        len(saved.customers),
        saved.customers[0],
    )


def test_one_change_in_a_long_list_writes_few_rows(desk: Desk, book: OwnedEnrollments) -> None:
    """The rows before and behind it stay as they are, also where entries come and go."""
    number = desk.opened(StepKey.ASSOCIATE_CUSTOMERS).id
    every = [Customer(f"Customer {n}", f"ops{n}@customer.example", f"{10**11 + n}") for n in range(50)]
    book.change_customers(caller(), number, every, frozenset())
    changed = [Customer("Customer 7", "new@customer.example", every[7].spot_org_id)]

    book.change_customers(caller(), number, changed, frozenset())
    book.change_customers(caller(), number, [Customer("Last", "l@customer.example", "700001")], frozenset())
    after: Enrollment = book.change_customers(caller(), number, [], frozenset(every[20:22]))

    expected = [*every[:7], *changed, *every[8:20], *every[22:], Customer("Last", "l@customer.example", "700001")]
    assert tuple(expected) == after.customers == desk.bot.get("T0ECO", number).customers


def test_a_file_that_was_asked_for_twice_is_owed_once(desk: Desk, book: OwnedEnrollments) -> None:
    """Slack sends the press again; once the file was sent long ago, the bot looks whether it is still there."""
    number = desk.recorded().id
    names = {book.send_list(caller(), number, "pairs", "press-1") for _ in range(2)}
    o = t.outbox.c
    files = sa.select(o.state, o.posting).where(o.kind == "list")
    with desk.database.write() as connection:
        assert [("owed", False)] == list(connection.execute(files))
        connection.execute(sa.update(t.outbox).where(o.kind == "list").values(state="sent", sent_at=desk.clock.now()))
    desk.clock.turn(timedelta(days=1))

    names.add(book.send_list(caller(), number, "pairs", "press-1"))

    with desk.database.read() as connection:
        assert [("owed", True)] == list(connection.execute(files))
    assert 1 == len(names)


def test_accounts_that_nobody_has_read_yet_cannot_be_sent(desk: Desk, book: OwnedEnrollments) -> None:
    """The sentence says which button reads them."""
    number = desk.recorded().id

    with pytest.raises(StepConflict, match=r"^I don't know the accounts of .* yet\. Press Check AWS on the card"):
        book.send_accounts(caller(), number, "press-1")

    with desk.database.read() as connection:
        assert [] == list(connection.execute(sa.select(t.outbox.c.id).where(t.outbox.c.kind == "list")))
