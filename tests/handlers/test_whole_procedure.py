"""One enrollment from the first command to "completed", played by two people."""

from __future__ import annotations

from bot.domain.enrollment import State, Status
from tests.support.bot_world import World, running
from tests.support.steps import TOTAL, StepKey
from tests.support.usual_procedure import PROCEDURE
from tests.support.walkthrough import act, add_line, confirm, finish, skip


def play(world: World) -> None:
    """Ana starts and does most of it, Ben helps; every wait ends at its window's end."""
    ana, ben = world.ana, world.ben
    world.start(collaborators=["ben"], spot_org_id=None)
    finish(world, ana, StepKey.SIGN_UP, spot_org_id="606079874885")
    act(world, ana, StepKey.CONNECT_ACCOUNT, role_arn="arn:aws:iam::123456789012:role/Spot", bucket="acme-cur")
    world.jump(hours=49)
    confirm(world, ben, StepKey.CONNECT_ACCOUNT)
    act(world, ben, StepKey.FULL_ECO, call_date=world.clock.now().date())
    act(world, ben, StepKey.ENABLE_SUBSETS, ticket_number="4711")
    world.jump(days=3)
    confirm(world, ana, StepKey.ENABLE_SUBSETS)
    finish(world, ben, StepKey.CREATE_SUBSETS, names="Production\nTest")
    finish(world, ana, StepKey.CREATE_WORKFLOWS, names="Standard\nReseller")
    finish(world, ana, StepKey.VALIDATE_WORKFLOWS)
    add_line(world, ben, StepKey.ASSOCIATE_WORKFLOWS, "Production : Standard\nTest : Reseller")
    act(world, ben, StepKey.ASSOCIATE_WORKFLOWS, ticket_number="4712")
    add_line(world, ana, StepKey.ASSOCIATE_CUSTOMERS, "Test : ops@customer.example : 700000000001")
    act(world, ana, StepKey.ASSOCIATE_CUSTOMERS, ticket_number="4713")
    world.jump(days=5)
    confirm(world, ana, StepKey.ASSOCIATE_WORKFLOWS)
    confirm(world, ben, StepKey.ASSOCIATE_CUSTOMERS)
    world.jump(days=50)
    confirm(world, ben, StepKey.FULL_ECO)


def check(world: World) -> None:
    """The enrollment, its card and its thread say that everything is done, and by whom."""
    enrollment = world.enrollment()
    assert Status.COMPLETED is enrollment.status
    assert {State.DONE} == {step.state for step in enrollment.steps}
    card = world.card()
    assert f"{TOTAL} of {TOTAL} steps, completed" in card.text
    assert all(f"{spec.title} — done" in str(card.blocks) for spec in PROCEDURE)
    thread = [message.text for message in world.thread()]
    assert f"<@{world.ben.id}> confirmed *Full Eco: strategy call and ramp-up*" in thread[-2]
    assert thread[-1].startswith(":tada: *Production* is enrolled. All 9 steps are done or skipped; it took ")
    assert [] == [call for call in world.slack.calls if not call.ok]
    assert [] == [delivery for delivery in world.slack.deliveries if not delivery.ok]


def test_two_people_complete_an_enrollment(world_on: World) -> None:
    """From `/eco enroll` to "completed" over signed HTTP, on each database, with no refused call."""
    play(world_on)

    check(world_on)
    assert {"http"} == {delivery.transport for delivery in world_on.slack.deliveries}


def test_two_people_complete_an_enrollment_over_socket_mode(sqlite_url: str) -> None:
    """The same without an address of our own: Slack delivers through the bot's own connection."""
    with running(sqlite_url, transport="socket") as world:
        play(world)

        check(world)
        assert {"socket"} == {delivery.transport for delivery in world.slack.deliveries}


def test_optional_steps_can_be_left_out_on_the_way_to_completed(world: World) -> None:
    """An enrollment is completed when no step is left but done or skipped."""
    world.start()
    for step in (
        StepKey.CONNECT_ACCOUNT,
        StepKey.ENABLE_SUBSETS,
        StepKey.CREATE_SUBSETS,
        StepKey.CREATE_WORKFLOWS,
        StepKey.VALIDATE_WORKFLOWS,
    ):
        finish(world, world.ana, step)
    for step in (StepKey.FULL_ECO, StepKey.ASSOCIATE_WORKFLOWS, StepKey.ASSOCIATE_CUSTOMERS):
        skip(world, world.ana, step, "not for us")

    assert Status.COMPLETED is world.enrollment().status
    assert f"{TOTAL} of {TOTAL} steps, completed" in world.card().text
    assert "Associate end customers: skipped" in world.card().text
