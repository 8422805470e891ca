"""A database that a released version wrote, with enrollments at every stage, is read and worked on by this version."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.domain.access import Actor
from bot.domain.enrollment import Customer, Enrollment, Pair, State, Status
from bot.domain.portfolio import PortfolioQuery
from bot.localslack import Message
from bot.repository import tables as t
from bot.repository.database import Database
from bot.use_cases import Caller, Enrollments, Lookups, Portfolios
from bot.use_cases.read_model import ReadModel
from tests.domain.building import POLICY, edited
from tests.repository.keeping import owed, rows
from tests.repository.released.databases import REVISION, brought, brought_file, brought_postgres
from tests.repository.released.loading import FOLDER, read_all, show_messages
from tests.support.bot_world import World, running
from tests.support.confirming import Everything
from tests.support.mail_services import ON, OddSes, aws_environment, odd_ses
from tests.support.steps import TOTAL, StepKey
from tests.support.usual_procedure import SPECS
from tests.support.walkthrough import COLLECTED, accepted
from tests.use_cases.asking import HandClock

__all__ = ["brought", "brought_file", "brought_postgres"]

WORKSPACE, OTHER = "T0ECODEMO1", "T0OTHER"
ROLLOUT, PRIVATE, CLOSED = "C0ROLLOUT1", "C0ECOPRIV1", "C0OLDPROJ1"
#: Five minutes after the released version has written its last row.
LATER = datetime(2026, 11, 23, 9, 53, tzinfo=UTC)
#: The line that Slack took without answering, the one that it did not take, and the one that it refused for good.
ARRIVED, DROPPED, REFUSED = "thread:7:6", "thread:30:3", "thread:38:2"
#: What was owed and not begun.
WAITING = {"thread:4:4", "thread:24:2", "thread:42:1", "card:42"}


@pytest.fixture
def migrated(brought: str) -> Iterator[Database]:
    """The same, opened."""
    database = Database(brought)
    yield database
    database.close()


@pytest.fixture
def ses(monkeypatch: pytest.MonkeyPatch) -> Iterator[OddSes]:
    """A mail service that accepts everything."""
    with odd_ses() as service:
        for name, value in aws_environment(service.url).items():
            monkeypatch.setenv(name, value)
        yield service


@pytest.fixture
def world(brought: str, ses: OddSes) -> Iterator[World]:
    """This version on that database, five minutes later, in a Slack that shows what the released one had posted.

    Without the rows of the other workspace, beside which no bot starts any more.
    """
    database = Database(brought)
    with database.write() as connection:
        for table in (t.enrollments, t.outbox, t.channel_leases, t.receipts):
            connection.execute(sa.delete(table).where(table.c.workspace == OTHER))
    database.close()
    with running(brought, at=LATER, **ON) as started:
        show_messages(started, REVISION, ARRIVED)
        started.clock.jump_to(LATER)
        yield started


def by_name(use: Lookups, name: str) -> Enrollment:
    """The enrollment of the account with that name."""
    [found] = [one for one in use.all(WORKSPACE) if one.account_name == name]
    return found


def card_of(world: World, name: str) -> Message:
    """The card of the account with that name, as it stands in Slack."""
    channel, ts = world.app.enrollments.card(WORKSPACE, by_name(world.app.enrollments, name).id) or ("", "")
    card = world.slack.channel(channel).message(ts)
    assert card is not None
    return card


def messages(world: World) -> list[Message]:
    """Everything that stands in the channels and their threads."""
    places = [world.slack.channel(name) for name in (ROLLOUT, PRIVATE)]
    heads = [message for place in places for message in place.messages if not message.broadcast]
    return [one for head in heads for one in (head, *world.slack.channel(head.channel).thread(head.ts))]


def keys_said(world: World) -> Counter[str]:
    """How often each message of the outbox stands in Slack, by its key."""
    return Counter(one.metadata["event_payload"]["key"] for one in messages(world) if one.metadata)


def due_rows(world: World) -> list[dict[str, Any]]:
    """What is owed by now and was not sent."""
    now = world.clock.now()
    found = owed(world.app.database).values()
    return [row for row in found if row["workspace"] == WORKSPACE and row["due_at"] <= now]


def test_every_enrollment_reads_as_the_released_version_read_it(migrated: Database) -> None:
    """Status, steps, windows, reminders, what was collected and the kinds of all events are what they were."""
    expected = json.loads((FOLDER / f"v{REVISION}-read.json").read_text("utf-8"))

    found = read_all(Lookups(migrated), WORKSPACE)

    assert expected == found
    assert {"active": 40, "completed": 1, "cancelled": 1} == Counter(one["status"] for one in found.values())
    assert ["In another workspace"] == list(read_all(Lookups(migrated), OTHER))


def test_every_stage_is_there(migrated: Database) -> None:
    """Each step in every state that it can have, each wait also after its end, and each kind of message."""
    live = [one for one in Lookups(migrated).all(WORKSPACE) if one.status is not Status.CANCELLED]
    steps = [step for one in live for step in one.steps]
    found = {(step.key, step.state_at(LATER)) for step in steps}

    for key, spec in SPECS.items():
        waits = {State.WAITING, State.DUE} if spec.wait else set()
        assert {(key, state) for state in {State.OPEN, State.DONE} | waits} <= found
    assert (StepKey.FULL_ECO, State.SKIPPED) in found
    assert any(step.earliest and step.latest and step.earliest < LATER < step.latest for step in steps)
    kinds = {(row["kind"], row["state"]) for row in rows(migrated)}
    assert {("round", "sent"), ("reminder", "dropped"), ("email", "failed"), ("retired", "sent")} <= kinds


def test_each_planned_reminder_is_owed_at_its_time(migrated: Database) -> None:
    """And none besides."""
    planned = {
        f"reminder:{enrollment.id}:{step.key}:{step.reminder.number}": step.reminder.due_at
        for workspace in (WORKSPACE, OTHER)
        for enrollment in Lookups(migrated).all(workspace)
        for step in enrollment.steps
        if step.reminder is not None
    }

    assert planned == {key: row["due_at"] for key, row in owed(migrated).items() if row["kind"] == "reminder"}
    assert 80 == len(planned)


def test_what_lists_read_is_filled(migrated: Database) -> None:
    """Names and ends of waits by the migration, forecasts when the bot has started."""
    model = ReadModel(migrated, HandClock(LATER), POLICY)
    assert [] == model.check()[1]

    assert 40 == model.refresh(WORKSPACE)

    page = Portfolios(migrated, HandClock(LATER)).page(WORKSPACE, PortfolioQuery(), Actor("", is_admin=True), size=50)
    assert (41, 40) == (page.found, sum(row.finish_last is not None for row in page.rows))
    assert [] == model.check()[1]


def test_a_request_that_the_released_version_carried_out_is_not_repeated(migrated: Database) -> None:
    """Its receipt is still known: confirming what is done by now is no conflict then."""
    use = Enrollments(migrated, HandClock(LATER), POLICY)
    key = next(row["key"] for row in rows(migrated, t.receipts) if "its_ready" in row["key"])
    before = by_name(use, "Started in a form")

    again = use.confirm(Caller(WORKSPACE, Actor(before.owner), key), before.id, StepKey.CONNECT_ACCOUNT)

    assert before == again


def test_what_the_released_version_owed_is_sent(world: World, ses: OddSes) -> None:
    """Everything once, also what a process was at when it died; cards are edited where they stand."""
    before = {one.ts for one in messages(world)}
    world.deliver()

    said = keys_said(world)
    assert {} == {key: count for key, count in said.items() if count > 1}
    assert WAITING | {ARRIVED, DROPPED} <= said.keys()
    assert {f"card:{one.id}" for one in world.enrollments() if one.channel_id != CLOSED} <= said.keys()
    assert {CLOSED} == {row["channel"] for row in due_rows(world)}
    edited = card_of(world, "Line not yet told")
    assert edited.ts in before
    assert "Create subsets: done" in edited.text
    [email] = [json.dumps(email) for email in ses.accepted]
    assert "(An email is owed)" in email, "the other one may have gone out already"
    assert any("I don't know whether" in one.text for one in messages(world))
    assert [] == [file.name for one in messages(world) for file in one.files]
    people = (world.ana, world.ben, world.chi, world.dev, world.eve)
    [name] = [file.name for who in people for one in who.direct_messages for file in one.files]
    assert name.startswith("ticket-associate_customers-100000000022-"), "the owner gets what was asked for"


def test_every_enrollment_takes_its_next_act(world: World) -> None:
    """Every step that is open or waits is acted on, the others are taken up again, and all of it is told."""
    world.deliver()
    for enrollment in world.enrollments():
        take_next_act(world, enrollment)
    world.deliver()

    assert [] == due_rows(world)
    said = keys_said(world)
    for enrollment in world.enrollments():
        told = len(world.app.enrollments.history(WORKSPACE, enrollment.id))
        assert {f"thread:{enrollment.id}:{number}" for number in range(1, told + 1)} - {REFUSED} <= said.keys()
        assert f"{enrollment.finished} of {TOTAL} steps" in card_of(world, enrollment.account_name).shown
    assert {} == {key: count for key, count in said.items() if count > 1}


def take_next_act(world: World, enrollment: Enrollment) -> None:
    """Do what comes next for each of its steps."""
    use, number = world.app.enrollments, enrollment.id
    who = Caller(WORKSPACE, Actor(enrollment.owner))
    if enrollment.status is Status.CANCELLED:
        use.resume(who, number)
    if enrollment.status is Status.COMPLETED:
        use.reopen(who, number, StepKey.ASSOCIATE_CUSTOMERS)
    if enrollment.channel_id == CLOSED:
        use.edit(who, number, edited(enrollment, channel_id=ROLLOUT))
    for step in enrollment.steps:
        match step.state_at(world.clock.now()):
            case State.OPEN:
                finish_act(use, who, number, step.key)
            case State.WAITING:
                use.confirm(who, number, step.key)
            case State.DUE:
                use.still_waiting(who, number, step.key, world.clock.now().date() + timedelta(days=2))
                use.confirm(who, number, step.key)


def finish_act(use: Enrollments, who: Caller, number: int, step: StepKey) -> None:
    """Finish the act of an open step, with what it collects."""
    before = use.get(WORKSPACE, number)
    sure = Caller(WORKSPACE, who.actor, confirmed=Everything())
    if step == StepKey.ASSOCIATE_WORKFLOWS:
        use.change_pairs(sure, number, [Pair("Development", "Standard")], frozenset(before.pairs[:1]))
    if step == StepKey.ASSOCIATE_CUSTOMERS:
        added = Customer("Development", "dev@customer.example", "800000000009")
        use.change_customers(sure, number, [added], frozenset(before.customers[:1]))
    values = COLLECTED.get(step, {})
    if step == StepKey.VALIDATE_WORKFLOWS:
        values = {"validated": frozenset(workflow.name for workflow in before.workflows)}
    use.complete_act(who, number, step, values)


def test_the_buttons_that_the_released_version_has_posted_work(world: World) -> None:
    """Those of a card, of a reminder and of a catch-up message: what they carry is still understood."""
    posted = {one.metadata["event_payload"]["key"]: one for one in messages(world) if one.metadata}
    catch_up = next(one for key, one in posted.items() if key.startswith("catchup:"))

    world.ben.click(posted["card:27"], "It's ready", near=SPECS[StepKey.ENABLE_SUBSETS].title)
    world.ben.click(posted["card:27"], "Skip", near=SPECS[StepKey.FULL_ECO].title)
    accepted(world.fill(world.ben, "Skip", reason="not wanted"))
    world.ben.click(posted["card:5"], "Mark sent", near=SPECS[StepKey.ENABLE_SUBSETS].title)
    accepted(world.fill(world.ben, "Mark sent", ticket_number="ECO-99"))
    world.ana.click(posted["reminder:9:connect_account:2"], "It's ready")
    world.ben.click(catch_up, "It's ready", near="Associate customers past its latest end")
    accepted(world.fill(world.ben, "It's ready"))  # asks for the users of the end customers since
    world.deliver()

    keys = (StepKey.CONNECT_ACCOUNT, StepKey.FULL_ECO, StepKey.ENABLE_SUBSETS, StepKey.ASSOCIATE_CUSTOMERS)
    states = {
        number: [one.step(key).state for key in keys]
        for number in (27, 5, 9, 13)
        for one in [world.app.enrollments.get(WORKSPACE, number)]
    }
    done, waiting, locked, is_open = State.DONE, State.WAITING, State.LOCKED, State.OPEN
    assert {
        27: [done, State.SKIPPED, done, locked],
        5: [done, waiting, waiting, locked],
        9: [done, is_open, is_open, locked],
        13: [done, is_open, done, done],
    } == states
    assert "Connect the management account: done" in card_of(world, "Reminded once").text
