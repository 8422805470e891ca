"""The enrollment as a whole: started in the middle, edited, moved, reopened, put off, cancelled, resumed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.enrollment import State, Status
from tests.handlers.test_steps import section, stamp
from tests.support.bot_world import World
from tests.support.steps import TOTAL, StepKey
from tests.support.usual_procedure import SPECS
from tests.support.walkthrough import accepted, act, confirm, finish, reach, told

K = StepKey


@pytest.mark.parametrize(
    ("position", "done", "open_steps"),
    [
        ("connect_account", 1, {K.CONNECT_ACCOUNT}),
        ("full_eco", 2, {K.FULL_ECO, K.ENABLE_SUBSETS}),
        ("create_workflows", 4, {K.FULL_ECO, K.CREATE_WORKFLOWS, K.ASSOCIATE_CUSTOMERS}),
        ("associate_customers", 6, {K.FULL_ECO, K.ASSOCIATE_WORKFLOWS, K.ASSOCIATE_CUSTOMERS}),
    ],
)
def test_a_team_in_the_middle_gets_in_at_its_step(
    world: World, position: str, done: int, open_steps: set[StepKey]
) -> None:
    """What lies behind is taken as done; optional steps beside it stay open."""
    world.start(position=position, since="2026-11-10")

    enrollment = world.enrollment()
    assert done == enrollment.finished
    assert open_steps == {step.key for step in enrollment.steps if step.state is State.OPEN}
    assert f", already at *{SPECS[K(position)].title}*." in world.thread()[0].text


def test_a_team_in_a_wait_gets_in_with_the_window_that_runs(world: World) -> None:
    """From the day they name: what is over by now is due at once."""
    world.start(position="Waiting: Full Eco: strategy call and ramp-up", since="2026-11-02")
    midnight = datetime(2026, 11, 2, 3, 0, tzinfo=UTC)  # in São Paulo, where the owner lives
    assert "— waiting" in section(world, K.FULL_ECO)
    assert stamp(midnight + timedelta(weeks=4)) in section(world, K.FULL_ECO)
    assert stamp(midnight + timedelta(weeks=6)) in section(world, K.FULL_ECO)

    late = {"position": "connect_account:waiting", "since": "2026-11-18"}
    world.start(account_id="222222222222", spot_org_id="7777777", **late)
    assert "— due" in section(world, K.CONNECT_ACCOUNT)
    assert "It's ready" in world.card().buttons


@pytest.mark.parametrize(
    ("fields", "faults"),
    [
        (
            {"position": "create_subsets", "spot_org_id": None},
            {"spot_org_id": "You have signed up already, so enter the Spot organization ID."},
        ),
        (
            {"position": "create_subsets", "since": "2026-11-30"},
            {"since": "Mon, Nov 30 is in the future. Choose today or an earlier day."},
        ),
        (
            {"position": "create_subsets", "since": "2024-11-30"},
            {"since": "Sat, Nov 30, 2024 is more than a year ago. Check the date."},
        ),
    ],
    ids=["no organization", "future", "long ago"],
)
def test_a_start_in_the_middle_that_cannot_be_is_told_at_its_field(
    world: World, fields: dict[str, str | None], faults: dict[str, str]
) -> None:
    """Nothing is started and nothing is lost."""
    world.ana.command("/eco", "enroll")
    given = {"account_id": "123456789012", "account_name": "Production", "spot_org_id": "606079874885"} | fields
    world.fill(world.ana, "Start an enrollment", **given)

    assert faults == world.ana.view.errors
    assert given.items() <= world.ana.view.values.items()
    assert [] == world.enrollments()


@pytest.mark.parametrize(
    ("field", "typed", "shown"),
    [
        ("account_name", "Renamed & <new>", "account name from “Production” to “Renamed &amp; &lt;new&gt;”"),
        ("spot_org_id", "7777777", "Spot organization ID from “606079874885” to “7777777”"),
        ("owner", "dev", "owner from <@U0ANA00001> to <@U0DEV00001>"),
        ("collaborators", ["ben", "eve"], "collaborators"),
        (
            "role_arn",
            "arn:aws:iam::123456789012:role/Spot",
            "role ARN to “arn:aws:iam::123456789012:role/Spot”",
        ),
        ("bucket", "s3://acme-cur/prefix", "bucket to “acme-cur”"),
        (
            "full_role_arn",
            "arn:aws:iam::123456789012:role/Full",
            "role ARN of the full policy to “arn:aws:iam::123456789012:role/Full”",
        ),
        ("spot_external_id", "“spot-4711” ", "external ID of Spot to “spot-4711”"),
    ],
)
def test_everything_that_was_collected_can_be_edited(
    world: World, field: str, typed: str | list[str], shown: str
) -> None:
    """The form begins with what is known; the thread says what changed from what to what."""
    world.start()
    world.ana.click(world.card(), "Edit")
    form = world.ana.wait_view("Edit")
    assert ("Production", "606079874885", world.channel.id, world.ana.id, []) == tuple(
        form.values[name] for name in ("account_name", "spot_org_id", "channel_id", "owner", "collaborators")
    )

    accepted(world.fill(world.ana, "Edit", **{field: typed}))
    world.deliver()

    assert f"<@{world.ana.id}> changed the {shown}." == world.thread()[-1].text


def test_faults_of_the_edit_form_stand_at_their_fields(world: World) -> None:
    """All at once, with what was typed; saving nothing says so."""
    world.start()
    world.ana.click(world.card(), "Edit")
    wrong = {"spot_org_id": "o-a1b2c3d4e5", "role_arn": "arn:aws:iam::222222222222:role/Spot", "bucket": "No Bucket"}
    world.fill(world.ana, "Edit", **wrong)

    form = world.ana.view
    assert set(wrong) == set(form.errors)
    assert "This role is in account 2222-2222-2222. Enter a role in account 1234-5678-9012." == form.errors["role_arn"]
    assert wrong.items() <= form.values.items()

    world.fill(world.ana, "Edit", spot_org_id="606079874885", role_arn=None, bucket=None)
    assert {"account_name": "Nothing was changed."} == world.ana.view.errors


def test_an_enrollment_moves_to_another_channel(world_on: World) -> None:
    """The old card says where it went; the new card and everything later stand in the new channel."""
    world = world_on
    reach(world, K.FULL_ECO)
    old, lines = world.card(), len(world.thread())
    finops = world.slack.channel("finops")

    world.ana.click(old, "Edit")
    accepted(world.fill(world.ana, "Edit", channel_id="finops"))
    world.deliver()
    left = world.channel.message(old.ts)
    assert f"The enrollment of Production (1234-5678-9012) goes on in <#{finops.id}>." == left.text
    assert [] == left.buttons

    card = world.card("finops")
    world.ana.click(card, "Mark done", near=SPECS[K.FULL_ECO].title)
    accepted(world.fill(world.ana, "Mark done"))
    world.deliver()

    assert lines == len(world.channel.thread(old.ts))
    later = [message.text for message in finops.thread(card.ts)]
    assert [f"from <#{world.channel.id}> to <#{finops.id}>" in later[0], "held the strategy call" in later[1]] == [
        True,
        True,
    ]


def test_moving_to_a_private_channel_asks_for_an_invitation(world: World) -> None:
    """In the form, as at the start."""
    world.start()
    world.ana.click(world.card(), "Edit")

    world.fill(world.ana, "Edit", channel_id="finance-private")

    assert "I am not in this private channel." in world.ana.view.errors["channel_id"]
    world.slack.channel("finance-private").add_member("bot")
    accepted(world.ana.submit())
    world.deliver()
    assert world.card("finance-private").buttons


def test_reopening_asks_first_and_says_what_it_locks(world: World) -> None:
    """Open steps that need it are locked; what somebody acted on keeps its state."""
    reach(world, K.CREATE_SUBSETS)
    finish(world, world.ana, K.CREATE_SUBSETS)
    world.click(world.ana, "Reopen", K.ENABLE_SUBSETS)
    form = world.ana.wait_view("Reopen")
    assert (
        "Reopen *Enable the Subsets feature* for Production?\n"
        "These steps have to wait for it again:\n• Create billing workflows\n• Associate end customers\n"
        "Steps that somebody has already worked on stay as they are."
    ) == form.shown
    assert "— done" in section(world, K.ENABLE_SUBSETS), "asking changes nothing"

    accepted(world.ana.submit())
    world.deliver()

    states = {step.key: step.state for step in world.enrollment().steps}
    assert (State.OPEN, State.DONE, State.LOCKED) == tuple(
        states[key] for key in (K.ENABLE_SUBSETS, K.CREATE_SUBSETS, K.CREATE_WORKFLOWS)
    )
    assert (
        f"<@{world.ana.id}> reopened *Enable the Subsets feature*. "
        "Locked again: Create billing workflows, Associate end customers."
    ) == world.thread()[-1].text


def test_a_completed_enrollment_comes_back_when_a_step_is_reopened(world: World) -> None:
    """It is active again, and completes again."""
    world.start(position="associate_customers")
    for step in (K.FULL_ECO, K.ASSOCIATE_WORKFLOWS, K.ASSOCIATE_CUSTOMERS):
        world.click(world.ana, "Skip", step)
        accepted(world.fill(world.ana, "Skip", reason="not for us"))
        world.deliver()
    assert Status.COMPLETED is world.enrollment().status

    world.click(world.ana, "Reopen", K.FULL_ECO)
    assert "No other step changes." in world.ana.wait_view("Reopen").shown
    accepted(world.ana.submit())
    world.deliver()

    assert f"{TOTAL - 1} of {TOTAL} steps, active" in world.card().text
    assert "— open" in section(world, K.FULL_ECO)


def test_a_cancelled_enrollment_is_left_alone_and_can_be_resumed(world_on: World) -> None:
    """With a reason; nothing is owed for it; resumed it stands where it was left."""
    world = world_on
    world.start()
    act(world, world.ana, K.CONNECT_ACCOUNT)
    world.ana.click(world.card(), "Cancel enrollment")
    form = world.ana.wait_view("Cancel enrollment")
    assert ("Cancel enrollment", "Keep it") == (form.submit, form.close)
    accepted(world.fill(world.ana, "Cancel enrollment", reason="no budget <now>"))
    world.deliver()
    card = world.card()
    assert f"1 of {TOTAL} steps, cancelled" in card.text
    assert ["Resume", "History"] == card.buttons
    assert "cancelled the enrollment: no budget &lt;now&gt;" in world.thread()[-1].text
    before = len(world.channel.messages)
    world.jump(days=30)
    assert before == len(world.channel.messages)

    world.ana.click(card, "Resume")
    world.deliver()

    assert f"1 of {TOTAL} steps, active" in world.card().text
    assert "resumed the enrollment." in world.thread()[-1].text or "resumed the enrollment." in world.thread()[-2].text
    confirm(world, world.ana, K.CONNECT_ACCOUNT)
    assert "— done" in section(world, K.CONNECT_ACCOUNT)


def test_what_was_cancelled_refuses_every_other_change(world: World) -> None:
    """Forms that were open say so, with the name escaped."""
    world.start(account_name="A & <!channel>")
    world.ana.click(world.card(), "Cancel enrollment")
    accepted(world.fill(world.ana, "Cancel enrollment", reason="no budget"))

    said = told(world, world.ana, world.ana.click(world.card(), "Mark done"))

    assert "This enrollment was cancelled. Resume it first." == said


def test_the_history_tells_everything_that_happened(world: World) -> None:
    """To anybody, with when and by whom."""
    reach(world, K.FULL_ECO)

    world.eve.click(world.card(), "History")

    lines = world.eve.wait_view("History").shown.splitlines()
    happened = (
        "started the Eco enrollment of *Production*",
        "connected the AWS management account",
        "confirmed *Connect the",
    )
    assert [True] * 3 == [words in line for words, line in zip(happened, lines, strict=True)]
    assert [] == [line for line in lines if not line.startswith("<!date^") or f"<@{world.ana.id}>" not in line]
