"""A request that comes twice is carried out once, also when both come at the same moment."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.domain.contacts import Reminding
from bot.domain.errors import NotAllowed, NothingToDo, StepConflict
from bot.domain.workflow_requests import WorkflowRequest
from bot.repository import tables as t
from bot.use_cases import OwnedEnrollments
from tests.domain.building import DAY, MATE, NOW, ORG, OWNER, POLICY, STRANGER, edited
from tests.repository.keeping import at_once, kinds, rows
from tests.support.steps import StepKey
from tests.use_cases.asking import Desk, caller, form
from tests.use_cases.test_permission import METHODS


@pytest.mark.parametrize("name", METHODS)
def test_the_same_request_twice_changes_nothing_and_owes_nothing(desk: Desk, name: str) -> None:
    """Even one that could be done twice: the second gives what the first has made."""
    prepare, use = METHODS[name]
    before = prepare(desk)
    first = use(desk, caller(idempotency_key="r1"), before)
    owed, events, desk.woken = rows(desk.database), rows(desk.database, t.events), 0
    desk.clock.turn(timedelta(seconds=3))

    second = use(desk, caller(idempotency_key="r1"), before)

    assert first == second
    assert (owed, events, 0) == (rows(desk.database), rows(desk.database, t.events), desk.woken)


def test_a_start_that_comes_twice_starts_once(desk: Desk) -> None:
    """Instead of “already has an enrollment” the second gives the one that was started."""
    first = desk.bot.start(caller(idempotency_key="r1"), form())
    second = desk.bot.start(caller(idempotency_key="r1"), form())

    assert first == second
    assert 1 == len(rows(desk.database, t.enrollments))


def test_a_start_that_comes_twice_at_once_starts_once(desk: Desk) -> None:
    """Nobody is told that his own request was faster."""
    found = at_once(*[lambda: desk.bot.start(caller(idempotency_key="r1"), form())] * 4)

    assert ["Enrollment"] * 4 == kinds(found)
    assert 1 == len({enrollment.id for enrollment in found})


def test_a_press_that_comes_twice_at_once_counts_once(desk: Desk) -> None:
    """Both deliveries get the same answer."""
    enrollment = desk.start()

    found = at_once(
        *[
            lambda: desk.bot.complete_act(
                caller(idempotency_key="r1"), enrollment.id, StepKey.SIGN_UP, {"spot_org_id": ORG}
            )
        ]
        * 4
    )

    assert ["Enrollment"] * 4 == kinds(found)
    assert {2} == {enrollment.version for enrollment in found}


def test_another_request_is_carried_out(desk: Desk) -> None:
    """A idempotency_key stands for one request of one workspace; none at all stands for nothing."""
    enrollment = desk.opened(StepKey.CONNECT_ACCOUNT)
    waiting = desk.bot.complete_act(caller(idempotency_key="r1"), enrollment.id, StepKey.CONNECT_ACCOUNT)

    for idempotency_key in ("r2", None, None):
        desk.bot.still_waiting(
            caller(idempotency_key=idempotency_key), enrollment.id, StepKey.CONNECT_ACCOUNT, NOW.date() + DAY
        )

    assert waiting.version + 3 == desk.bot.get("T0ECO", enrollment.id).version
    assert {"r1", "r2"} == {row["key"] for row in rows(desk.database, t.receipts)}


def test_a_refused_request_leaves_no_receipt(desk: Desk) -> None:
    """After the fault is repaired the same form may be sent again."""
    enrollment = desk.start()

    with pytest.raises(NotAllowed):
        desk.bot.cancel(caller(STRANGER, idempotency_key="r1"), enrollment.id, "no need")
    with pytest.raises(StepConflict):
        desk.bot.confirm(caller(idempotency_key="r1"), enrollment.id, StepKey.SIGN_UP)
    with pytest.raises(NothingToDo):
        desk.bot.change_pairs(caller(idempotency_key="r1"), enrollment.id, [], frozenset())

    assert [] == rows(desk.database, t.receipts)
    assert (
        2
        == desk.bot.complete_act(
            caller(idempotency_key="r1"), enrollment.id, StepKey.SIGN_UP, {"spot_org_id": ORG}
        ).version
    )


def test_a_ticket_file_is_owed_once_for_each_person_and_text(desk: Desk) -> None:
    """Pressing “Show ticket” again sends no second file, unless the ticket has changed."""
    enrollment, step = desk.opened(StepKey.ENABLE_SUBSETS), StepKey.ENABLE_SUBSETS
    for _ in range(2):
        desk.bot.owe_ticket_file(caller(), enrollment, step, "the ticket")
    desk.bot.skip(caller(), enrollment.id, StepKey.FULL_ECO, "no need")
    desk.bot.owe_ticket_file(caller(), enrollment, step, "the ticket")
    desk.bot.owe_ticket_file(caller(MATE), enrollment, step, "the ticket")
    desk.bot.owe_ticket_file(caller(), enrollment, step, "another ticket")

    files = rows(desk.database, t.outbox, t.outbox.c.kind == "file")

    sent = [(row["channel"], row["payload"]["to"], row["payload"]["text"]) for row in files]
    assert [(OWNER, [OWNER], "the ticket"), (MATE, [MATE], "the ticket"), (OWNER, [OWNER], "another ticket")] == sent


def test_what_a_person_chose_for_themselves_is_stored_once(desk: Desk) -> None:
    """The form that comes again does not take back what they have chosen in another one since."""
    book = OwnedEnrollments(desk.database, desk.clock, POLICY)
    number = desk.start().id
    first, second = caller(idempotency_key="r1"), caller(idempotency_key="r2")
    book.set_preference(first, Reminding.DIRECT, {number}, ())
    book.set_preference(second, Reminding.DAILY, (), {number})

    again = book.set_preference(first, Reminding.DIRECT, {number}, ())

    assert (Reminding.DAILY, frozenset()) == (again.reminding, again.muted)
    assert again == book.preference("T0ECO", OWNER)


def test_a_list_that_was_exported_already_is_noted_once(desk: Desk) -> None:
    """The request comes again after the file was sent; while it is on its way, nothing is added."""
    book = OwnedEnrollments(desk.database, desk.clock, POLICY)
    assert [True, False] == [book.export_list(caller(), "r1") for _ in range(2)]
    with desk.database.write() as connection:
        connection.execute(sa.update(t.outbox).values(state="sent", sent_at=desk.clock.now()))

    assert book.export_list(caller(), "r1")

    assert 1 == len(rows(desk.database, t.list_exports))
    assert book.export_list(caller(), "r2")
    assert 2 == len(rows(desk.database, t.list_exports))


def test_a_description_is_stored_again_only_if_it_says_something_else(desk: Desk) -> None:
    """Without a form that showed another one, nobody's words are in the way."""
    book = OwnedEnrollments(desk.database, desk.clock, POLICY)
    number = desk.opened(StepKey.CREATE_WORKFLOWS).id
    for name in ("Reseller", "Reseller", "Gold"):
        book.describe_workflow(caller(), number, WorkflowRequest(name, "All of it."))

    told = [row["kind"] for row in rows(desk.database, t.events)].count("workflow_described")
    assert (2, "Gold") == (told, book.workflow_request("T0ECO", number).name)  # type: ignore[union-attr]


def test_a_ticket_without_a_list_is_marked_sent_at_whatever_version_it_was_read(desk: Desk) -> None:
    """Its text depends on nothing that others add, so an older version of it is no other ticket."""
    seen = desk.opened(StepKey.ENABLE_SUBSETS)
    desk.bot.edit(caller(), seen.id, edited(seen, account_name="Another name"))

    sent = desk.bot.complete_act(
        caller(ticket_version=seen.version), seen.id, StepKey.ENABLE_SUBSETS, {"ticket_number": "4711"}
    )

    assert ("waiting", "4711") == (
        sent.step(StepKey.ENABLE_SUBSETS).state.value,
        sent.step(StepKey.ENABLE_SUBSETS).values["ticket_number"],
    )
