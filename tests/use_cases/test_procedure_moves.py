"""Versions of an operator's procedure, and moves of enrollments, as they are stored on each kind of database."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from bot.domain import procedure
from bot.domain.access import Actor
from bot.domain.enrollment import EventKind, State
from bot.domain.errors import Conflict, NotAllowed, StepConflict
from bot.domain.history import HistoryQuery, Topic
from bot.domain.lifecycle import Position
from bot.domain.portfolio import PortfolioQuery
from bot.domain.procedure import BUILT_IN, USUAL, known_procedures, offer
from bot.domain.procedure_file import read_procedure, version_of
from bot.domain.step_spec import Procedure
from bot.domain.ticket_emails import Email, Route
from bot.presentation import texts
from bot.repository import enrollment_reader, stored_procedures
from bot.repository import tables as t
from bot.repository.outbox_columns import MessageKind, RowState
from bot.use_cases import Portfolios, ProcedureMoves, TicketEmails
from bot.use_cases.read_model import ReadModel
from bot.use_cases.records import Records
from tests.domain.building import ORG, POLICY, edited
from tests.support.own_procedures import OWN, ours_again
from tests.support.steps import StepKey
from tests.use_cases.asking import ADMIN, WORKSPACE, Desk, caller

__all__ = ["ours_again"]
pytestmark = pytest.mark.usefixtures("ours_again")
MEMBER, _, EXTRACT, _ = BUILT_IN[1:]
REPORT = {"msp_account_id": "210987654321", "report_name": "cur", "report_bucket": "cur", "report_prefix": "eco"}


@pytest.fixture
def moves(desk: Desk) -> ProcedureMoves:
    """The use cases of moves, with the desk's clock."""
    return ProcedureMoves(desk.database, desk.clock, POLICY)


def version(desk: Desk, text: str = OWN) -> Procedure:
    """The operator's procedure with that text, offered and stored as by a starting process."""
    made = read_procedure(text, "aws-subsidiary.toml", version_of(text), {USUAL.key: USUAL})
    offer(made)
    with desk.database.write() as connection:
        stored_procedures.synchronize(connection)
    return made


def another_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on this process is one that knows our procedures alone."""
    monkeypatch.setattr(procedure, "_KNOWN", {each.reference: each for each in BUILT_IN})
    monkeypatch.setattr(procedure, "_OFFERED", {each.key: each for each in BUILT_IN})


def test_an_enrollment_keeps_the_version_with_which_it_began(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its file changes, then it is gone, and another process has never seen it: everything works as before."""
    old = version(desk)
    number = desk.start(procedure=old.reference, spot_org_id=ORG).id
    new = version(desk, OWN.replace('title = "Agree with', 'title = "Settle with'))
    assert (new.key, new.reference != old.reference) == (old.key, True)

    another_process(monkeypatch)

    found = desk.bot.get(WORKSPACE, number)
    assert ("Agree with the subsidiary", old.version) == (found.spec("agree").title, found.procedure.version)
    after = desk.bot.complete_act(caller(), number, "agree", {"cost_center": "4711"})
    assert State.OPEN is after.step("grant").state
    assert found.procedure is after.procedure


def test_a_stored_text_that_no_longer_fits_keeps_nobody_from_starting(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A release may lack a step that a stored version takes over: the log says so, and its enrollments can be read."""
    old = version(desk)
    number = desk.start(procedure=old.reference, spot_org_id=ORG).id
    with desk.database.write() as connection:
        p = t.procedures.c
        changed = OWN.replace('key = "sign_up"', 'key = "sign_out"').replace('requires = ["sign_up"]', "")
        connection.execute(sa.update(t.procedures).where(p.reference == old.reference).values(text=changed))
        connection.execute(sa.update(t.steps).where(t.steps.c.key == "sign_up").values(key="sign_out"))
        connection.execute(sa.update(t.step_values).where(t.step_values.c.step == "sign_up").values(step="sign_out"))
    another_process(monkeypatch)

    desk.database.migrate()

    assert f"the stored procedure {old.reference} does not fit this release" in caplog.text
    found = desk.bot.get(WORKSPACE, number)
    assert ("sign_out", State.OPEN) == (found.spec("sign_out").title, found.step("agree").state)


def test_processes_that_start_together_store_a_version_once(desk: Desk) -> None:
    """A command that moves enrollments may store it while a process starts."""
    version(desk)

    def start_once(_: int) -> None:
        with desk.database.write() as connection:
            stored_procedures.synchronize(connection)

    with desk.database.write() as connection:
        connection.execute(sa.delete(t.procedures))
        connection.execute(sa.delete(t.procedure_steps))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(start_once, range(8)))

    with desk.database.read() as connection:
        assert 1 == connection.execute(sa.select(sa.func.count()).select_from(t.procedures)).scalar()
        steps = connection.execute(sa.select(sa.func.count()).select_from(t.procedure_steps)).scalar()
    assert steps == sum(len(each.steps) for each in known_procedures())


def test_a_list_knows_versions_of_other_processes(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page of the portfolio is the first thing that a process reads of an unknown version."""
    desk.start(procedure=version(desk).reference, spot_org_id=ORG)
    another_process(monkeypatch)

    page = Portfolios(desk.database, desk.clock).page(WORKSPACE, PortfolioQuery(), Actor(ADMIN, is_admin=True))

    assert ["agree"] == [row.step for row in page.rows]


def test_a_move_is_stored_as_it_is_returned(desk: Desk, moves: ProcedureMoves) -> None:
    """What is read back is the same; what lists read is right; the next change works."""
    number = desk.start(spot_org_id=ORG).id

    saved = moves.move(caller(), number, EXTRACT)

    assert saved == desk.bot.get(WORKSPACE, number)
    assert [spec.key for spec in EXTRACT.steps] == [step.key for step in saved.steps]
    assert (1, []) == ReadModel(desk.database, desk.clock, POLICY).check()
    after = desk.bot.complete_act(caller(), number, "create_report", REPORT)
    assert State.WAITING is after.step("create_report").state
    with pytest.raises(StepConflict, match="AWS member account” has no such wait"):
        moves.move(caller(), number, MEMBER)


def test_steps_that_are_gone_are_asked_about_no_more(desk: Desk, moves: ProcedureMoves) -> None:
    """Their reminders are dropped, their rows and values are deleted, and a late press is told why nothing happens."""
    number = desk.opened(StepKey.CREATE_SUBSETS).id
    desk.bot.complete_act(caller(), number, StepKey.CREATE_SUBSETS, {"names": ("Prod",)})
    moves.move(caller(), number, MEMBER)

    gone = {spec.key for spec in USUAL.steps} - {spec.key for spec in MEMBER.steps}
    with desk.database.read() as connection:
        o = t.outbox.c
        reminders = connection.execute(sa.select(o.payload, o.state).where(o.kind == MessageKind.REMINDER.value)).all()
        keys = set(connection.execute(sa.select(t.steps.c.key)).scalars())
    assert {RowState.DROPPED.value} == {row.state for row in reminders if row.payload["step"] in gone}
    assert {spec.key for spec in MEMBER.steps} == keys
    with pytest.raises(StepConflict, match="“Create billing workflows” isn't part of this enrollment any more"):
        desk.bot.complete_act(caller(), number, StepKey.CREATE_WORKFLOWS, {"names": ("Standard",)})


def test_the_history_keeps_what_was_said_of_them(desk: Desk, moves: ProcedureMoves) -> None:
    """Events of steps that are gone are told with their titles, and the move itself is among the enrollment's."""
    number = desk.opened(StepKey.CREATE_SUBSETS).id
    desk.bot.complete_act(caller(), number, StepKey.CREATE_SUBSETS, {"names": ("Prod",)})
    saved = moves.move(caller(), number, MEMBER)
    records = Records(desk.database, desk.clock, POLICY)

    entries = records.history_page(WORKSPACE, number, HistoryQuery()).entries
    lines = [texts.thread_line(saved, entry.event, entry.by) for entry in entries]

    assert "*Create subsets*" in lines[1]
    kinds = [entry.event.kind for entry in entries]
    told = lines[kinds.index(EventKind.MOVED)]
    assert "moved this enrollment from *AWS management account* to *AWS member account*. No longer needed: " in told
    about = records.history_page(WORKSPACE, number, HistoryQuery(topic=Topic.ENROLLMENT)).entries
    assert EventKind.MOVED in [entry.event.kind for entry in about]
    with pytest.raises(StepConflict, match="can't be undone"):
        records.undoable(caller(), number)


def test_who_can_move(desk: Desk, moves: ProcedureMoves) -> None:
    """Owner, collaborators and admins, as with every change."""
    number = desk.start(spot_org_id=ORG).id

    with pytest.raises(NotAllowed):
        moves.move(caller("U0NOBODY"), number, EXTRACT)
    assert EXTRACT is moves.move(caller(ADMIN), number, EXTRACT).procedure


def test_early_choices_end_with_the_first_ticket(desk: Desk, moves: ProcedureMoves) -> None:
    """Before it every offered procedure can be chosen, unless it lacks a running wait; a repeated press is one move."""
    fresh = desk.start(spot_org_id=ORG)
    assert BUILT_IN == moves.alternatives(fresh, caller())
    moves.move(caller(idempotency_key="once"), fresh.id, EXTRACT, early=True)
    repeated = moves.move(caller(idempotency_key="once"), fresh.id, EXTRACT, early=True)
    assert 2 == repeated.version

    waiting = desk.bot.complete_act(caller(), fresh.id, "create_report", REPORT)
    assert ["aws-msp-extract", "aws-several-organizations"] == [
        each.key for each in moves.alternatives(waiting, caller())
    ]
    number = desk.start(
        account_id="222222222222", position=Position(StepKey.ENABLE_SUBSETS), spot_org_id="700000000001"
    ).id
    late = desk.bot.complete_act(caller(), number, StepKey.ENABLE_SUBSETS, {"ticket_number": "4711"})
    assert () == moves.alternatives(late, caller())
    with pytest.raises(StepConflict, match="A ticket has gone to Spot support already"):
        moves.move(caller(), number, EXTRACT, early=True)


def test_what_was_moved_is_moved_on_again(desk: Desk, moves: ProcedureMoves) -> None:
    """A stale form or a second process meets the version that is stored now."""
    number = desk.start(spot_org_id=ORG).id
    for target in (EXTRACT, version(desk), USUAL):
        moves.move(caller(), number, target)

    with desk.database.read() as connection:
        found = enrollment_reader.load(connection, WORKSPACE, number)
    assert (USUAL, ORG, 4) == (found.procedure, found.value("spot_org_id"), found.version)
    assert {USUAL.reference: 1} == {key: each["active"] for key, each in moves.on_each().items()}


def test_a_ticket_that_goes_by_email_ends_the_early_choices(desk: Desk, moves: ProcedureMoves) -> None:
    """On its way it holds up every move; if nobody knows whether it went out, it counts as sent."""
    seen = desk.opened(StepKey.ENABLE_SUBSETS)
    emails = TicketEmails(desk.database, desk.clock, Route("us@own.example", "help@spot.example"), desk.bot.wake)
    email = Email("us@own.example", "help@spot.example", "ana@own.example", "Subsets", "Please enable Subsets.")
    emails.send(caller(), seen, StepKey.ENABLE_SUBSETS, email)
    with desk.database.read() as connection:
        now = enrollment_reader.load(connection, WORKSPACE, seen.id)
    assert () == moves.alternatives(now, caller())
    with pytest.raises(
        StepConflict, match=r"^A ticket is on its way to Spot support by email\. Try again in a minute\.$"
    ):
        moves.move(caller(), seen.id, EXTRACT)

    with desk.database.write() as connection:
        of_email = sa.update(t.outbox).where(t.outbox.c.kind == MessageKind.EMAIL.value)
        assert 1 == connection.execute(of_email.values(state=RowState.FAILED.value, posting=True)).rowcount

    with pytest.raises(StepConflict, match="A ticket has gone to Spot support already"):
        moves.move(caller(), seen.id, EXTRACT, early=True)
    assert EXTRACT is moves.move(caller(), seen.id, EXTRACT).procedure


def test_an_email_about_what_has_changed_since_is_not_sent(desk: Desk) -> None:
    """It was written from an older version, so the person sees the ticket again first."""
    seen = desk.opened(StepKey.ENABLE_SUBSETS)
    emails = TicketEmails(desk.database, desk.clock, Route("us@own.example", "help@spot.example"), desk.bot.wake)
    desk.bot.edit(caller(), seen.id, edited(seen, account_name="Another name"))

    with pytest.raises(Conflict):
        emails.send(caller(), seen, StepKey.ENABLE_SUBSETS, Email("a@b.example", "c@d.example", "", "s", "text"))

    with desk.database.read() as connection:
        kinds = set(connection.execute(sa.select(t.outbox.c.kind)).scalars())
    assert MessageKind.EMAIL.value not in kinds
