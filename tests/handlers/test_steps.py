"""Each row of the procedure: what is asked, what the wait looks like on the card, what is confirmed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.domain.enrollment import State
from bot.domain.procedure import USUAL
from bot.domain.step_order import prerequisites
from bot.localslack import NotPossible
from tests.presentation.reading import mrkdwn
from tests.support.bot_world import World
from tests.support.steps import StepKey
from tests.support.usual_procedure import SPECS
from tests.support.walkthrough import act, add_line, confirm, finish, pass_by, reach, skip


@dataclass(frozen=True)
class Row:
    """A row of the procedure as people meet it."""

    step: StepKey
    button: str
    labels: tuple[str, ...]
    wait: timedelta | None = None
    turn: str = ""
    confirm: str = ""
    needs: tuple[StepKey, ...] = ()
    optional: bool = False
    working_days: int = 0
    earliest: timedelta | None = None
    typed: dict[str, Any] = field(default_factory=dict)


K = StepKey
#: The field for a file in forms of names.
UPLOAD = "Or upload a file"
ROWS = (
    Row(K.SIGN_UP, "Mark done", ("Spot organization ID", "Done on")),
    Row(
        K.CONNECT_ACCOUNT, "Mark done", ("Role ARN", "Cost and Usage Report bucket", "Spot's external ID", "Done on"),
        wait=timedelta(hours=48), turn="AWS and Spot", confirm="Are Cost Analysis and the dashboard there?",
        needs=(K.SIGN_UP,),
    ),
    Row(
        K.FULL_ECO, "Mark done", ("Date of the strategy call", "Role ARN of the full policy"),
        wait=timedelta(weeks=6), earliest=timedelta(weeks=4), turn="Spot",
        confirm="Is the ramp-up finished, and is coverage rising?", needs=(K.CONNECT_ACCOUNT,), optional=True,
    ),
    Row(
        K.ENABLE_SUBSETS, "Mark sent", ("Ticket number", "Sent on"),
        working_days=2, turn="Spot support", confirm="Is the Subsets feature enabled?",
        needs=(K.CONNECT_ACCOUNT,),
    ),
    Row(K.CREATE_SUBSETS, "Mark done", ("Subset names", UPLOAD, "Done on"), needs=(K.ENABLE_SUBSETS,)),
    Row(K.CREATE_WORKFLOWS, "Mark done", ("Billing workflow names", UPLOAD, "Done on"), needs=(K.ENABLE_SUBSETS,)),
    Row(
        K.VALIDATE_WORKFLOWS, "Mark done", ("Validated billing workflows", "Done on"),
        needs=(K.CREATE_SUBSETS, K.CREATE_WORKFLOWS),
    ),
    Row(
        K.ASSOCIATE_WORKFLOWS, "Mark sent", ("Ticket number", "Sent on"),
        wait=timedelta(days=4), turn="Spot support", confirm="Do the charges show in your Subsets List?",
        needs=(K.VALIDATE_WORKFLOWS,), optional=True,
    ),
    Row(
        K.ASSOCIATE_CUSTOMERS, "Mark sent", ("Ticket number", "Sent on"),
        working_days=2, turn="Spot support",
        confirm="Has support confirmed, and have you created the users and given them access?",
        needs=(K.CREATE_SUBSETS,), optional=True,
    ),
)  # fmt: skip
WAITING = tuple(row for row in ROWS if row.confirm)
OPTIONAL = tuple(row for row in ROWS if row.optional)
BY_NAME = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.step.value)


def section(world: World, step: StepKey) -> str:
    """What the card says about a step: in its own block, or on its line once it is finished."""
    said = list(mrkdwn(world.card().blocks))
    title = SPECS[step].title
    own = (text for text in said if f" *{title}*" in text)
    return next(own, None) or next(line for text in said for line in text.splitlines() if f" {title} — " in line)


def stamp(at: datetime) -> str:
    """How the card writes an instant, as far as it does not depend on the reader."""
    return f"<!date^{int(at.timestamp())}^"


def prepare(world: World, row: Row) -> None:
    """Bring an enrollment to where the row's step is open."""
    if row.step == K.SIGN_UP:
        world.start(spot_org_id=None)
    elif row.step == K.VALIDATE_WORKFLOWS:
        reach(world, row.step)
    else:
        world.start(position=row.step.value)
    if row.step in (K.ASSOCIATE_WORKFLOWS, K.ASSOCIATE_CUSTOMERS):
        add_line(world, world.ana, row.step)


@BY_NAME
def test_the_form_of_an_act_asks_for_what_the_step_collects(world: World, row: Row) -> None:
    """The button opens a form with the step's fields, and the card asks the person to act."""
    prepare(world, row)
    assert f"— open. <@{world.ana.id}>'s turn." in section(world, row.step)

    world.click(world.ana, row.button, row.step)

    form = world.ana.wait_view(row.button)
    assert row.labels == tuple(form.labels.values())
    assert row.button == form.submit
    assert SPECS[row.step].title in form.shown


@BY_NAME
def test_a_step_stays_locked_until_the_steps_it_needs_are_over(world: World, row: Row) -> None:
    """The card has no row and no button for it, until the last of them is over."""
    started = world.start(spot_org_id=None)
    for needed in row.needs:
        with pytest.raises(NotPossible):
            world.click(world.ana, row.button, row.step)
        for before in (*prerequisites(USUAL, needed), needed):
            if world.enrollment().step(before).state is State.OPEN:
                pass_by(world, started.id, before)
        world.deliver()

    assert "— open" in section(world, row.step)


@pytest.mark.parametrize("row", WAITING, ids=lambda row: row.step.value)
def test_the_act_starts_a_wait_whose_window_the_card_shows(world: World, row: Row) -> None:
    """Whose turn it is, until when, and what is to be confirmed then."""
    prepare(world, row)
    world.clock.jump_to(datetime(2026, 12, 1, 10, 0, tzinfo=UTC))  # a Tuesday, so two working days are two days

    act(world, world.ana, row.step)

    acted = datetime(2026, 12, 1, 10, 0, tzinfo=UTC)
    latest = acted + (row.wait or timedelta(days=row.working_days))
    said = section(world, row.step)
    assert "— waiting" in said
    assert f"— waiting for {row.turn}" in said
    assert stamp(latest) in said
    assert row.earliest is None or stamp(acted + row.earliest) in said
    assert f": {row.confirm}" in said
    assert f"by <@{world.ana.id}>" in said
    assert row.button == "Mark done" or "Sent (ticket 4711) by" in said


@pytest.mark.parametrize("row", WAITING, ids=lambda row: row.step.value)
def test_a_wait_is_due_at_its_end_and_done_when_a_person_confirms(world: World, row: Row) -> None:
    """The card asks at the window's end; "It's ready" finishes the step and the thread says by whom."""
    prepare(world, row)
    act(world, world.ana, row.step)
    world.clock.jump_to(world.enrollment().step(row.step).latest)
    world.deliver()
    assert "— due" in section(world, row.step)
    assert f"<@{world.ana.id}>'s turn: {row.confirm}" in section(world, row.step)

    confirm(world, world.ana, row.step)

    said = section(world, row.step)
    assert "— done <!date^" in said
    assert said.endswith(f"<@{world.ana.id}>")
    expected = f"<@{world.ana.id}> confirmed *{SPECS[row.step].title}*. It's done."
    assert expected in [message.text for message in world.thread()]


@pytest.mark.parametrize("row", WAITING, ids=lambda row: row.step.value)
def test_a_wait_can_be_confirmed_early(world: World, row: Row) -> None:
    """Nobody has to sit out a window: "It's ready" is there from the start."""
    prepare(world, row)
    act(world, world.ana, row.step)

    confirm(world, world.ana, row.step)

    assert State.DONE is world.enrollment().step(row.step).state


@pytest.mark.parametrize("row", OPTIONAL, ids=lambda row: row.step.value)
@pytest.mark.parametrize("waiting", [False, True], ids=["open", "waiting"])
def test_an_optional_step_can_be_left_out_with_a_reason(world: World, row: Row, waiting: bool) -> None:
    """Before its act and in its wait; the card keeps the reason and who gave it."""
    prepare(world, row)
    if waiting:
        act(world, world.ana, row.step)

    skip(world, world.ana, row.step, "the contract says no")

    assert "— skipped <!date^" in section(world, row.step)
    assert section(world, row.step).endswith(f"<@{world.ana.id}>: the contract says no")
    assert f"<@{world.ana.id}> skipped *{SPECS[row.step].title}*: the contract says no" == world.thread()[-1].text


@pytest.mark.parametrize("row", [row for row in ROWS if not row.optional], ids=lambda row: row.step.value)
def test_a_step_that_is_not_optional_offers_no_skip(world: World, row: Row) -> None:
    """There is no such button on the card, neither before the act nor in the wait."""
    prepare(world, row)
    for _ in range(2 if row.confirm else 1):
        with pytest.raises(NotPossible, match="There is no button 'Skip'"):
            world.click(world.ana, "Skip", row.step)
        if row.confirm and State.OPEN is world.enrollment().step(row.step).state:
            act(world, world.ana, row.step)


def test_the_window_of_the_full_eco_track_runs_from_the_day_of_the_call(world: World) -> None:
    """A date in the form moves the start; the card names the call."""
    reach(world, K.FULL_ECO)

    act(world, world.ana, K.FULL_ECO, call_date="2026-11-16")

    said = section(world, K.FULL_ECO)
    midnight = datetime(2026, 11, 16, 3, 0, tzinfo=UTC)  # in São Paulo, where the owner lives
    assert stamp(midnight + timedelta(weeks=4)) in said
    assert stamp(midnight + timedelta(weeks=6)) in said
    assert "strategy call on Mon, Nov 16" in said


def test_the_full_eco_track_holds_up_nothing(world: World) -> None:
    """It runs beside: the last step can be finished while its ramp-up goes on."""
    reach(world, K.FULL_ECO)
    act(world, world.ana, K.FULL_ECO)

    for step in (K.ENABLE_SUBSETS, K.CREATE_SUBSETS, K.ASSOCIATE_CUSTOMERS):
        finish(world, world.ana, step)

    assert "— waiting" in section(world, K.FULL_ECO)
    assert "— done" in section(world, K.ASSOCIATE_CUSTOMERS)


def test_some_validated_billing_workflows_keep_the_step_open(world: World) -> None:
    """The step is done when all are validated; what was chosen before is kept and shown."""
    reach(world, K.VALIDATE_WORKFLOWS)
    world.click(world.ana, "Mark done", K.VALIDATE_WORKFLOWS)
    world.fill(world.ana, "Mark done", **{"Validated billing workflows": ["Standard"]})
    world.deliver()
    assert "1 of 2 billing workflows validated" in section(world, K.VALIDATE_WORKFLOWS)

    world.click(world.ana, "Mark done", K.VALIDATE_WORKFLOWS)
    world.fill(world.ana, "Mark done", **{"Validated billing workflows": ["Standard", "Reseller"]})
    world.deliver()

    assert State.DONE is world.enrollment().step(K.VALIDATE_WORKFLOWS).state
    assert "all 2 billing workflows validated." in world.thread()[-1].text


def test_the_sign_up_asks_for_an_organization_id_that_was_left_empty(world: World) -> None:
    """The start form may leave it empty: then the first step is open and asks for it, with the traps' sentences."""
    world.start(spot_org_id=None)
    world.click(world.ana, "Mark done", K.SIGN_UP)
    world.fill(world.ana, "Mark done", spot_org_id="o-abcdefghij")
    assert "looks like an AWS Organizations ID" in world.ana.view.errors["spot_org_id"]

    world.fill(world.ana, "Mark done", spot_org_id="606079874885")
    world.deliver()

    assert "— done" in section(world, K.SIGN_UP)
    assert "606079874885" == world.enrollment().value("spot_org_id")


def test_a_step_that_is_locked_again_refuses_what_was_begun(world: World) -> None:
    """A form that was open while somebody reopened an earlier step tells what is missing now, and keeps its text."""
    reach(world, K.CREATE_SUBSETS, collaborators=["ben"])
    world.click(world.ben, "Mark done", K.CREATE_SUBSETS)
    world.ben.wait_view("Mark done")
    world.click(world.ana, "Reopen", K.ENABLE_SUBSETS)
    world.fill(world.ana, "Reopen")

    world.fill(world.ben, "Mark done", names="Production")

    form = world.ben.view
    expected = "Finish this first: Enable the Subsets feature."
    assert expected == form.errors["names"]
    assert "Production" == form.values["names"]
