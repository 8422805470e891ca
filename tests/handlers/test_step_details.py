"""**Details** of a step: one form for assignee, target date, block and note, and what follows from each of them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.domain.enrollment import State
from bot.localslack import Person, SeedPerson
from tests.handlers.test_steps import section
from tests.handlers.test_two_people import warned
from tests.support.bot_world import World
from tests.support.outsiders import APP, GONE, GUEST, PARTNER
from tests.support.steps import StepKey
from tests.support.walkthrough import accepted, act, confirm, reach, told

K = StepKey
CONNECT = K.CONNECT_ACCOUNT
PRIVATE = "eco-private"  # of Ana and Ben
TITLE = "Connect the management account"


def details(world: World, person: Person, step: StepKey = CONNECT, **typed: object) -> None:
    """Fill in the form from the card's menu, and let the bot say what follows."""
    world.click(person, "Details", step)
    accepted(world.fill(person, "Details", **typed))
    world.deliver()


def since(world: World, number: int) -> list[str]:
    """The thread's lines after the first ones."""
    return [line.text for line in world.thread()[number:]]


def test_one_form_assigns_blocks_dates_and_notes(world_on: World) -> None:
    """One change with a line each; the card shows all of it, and the assignee is told directly."""
    world = world_on
    world.start()
    version, lines = world.enrollment().version, len(world.thread())

    details(
        world, world.ana, assignee="dev", target="2026-12-03", blocked_by="aws", blocked_why="<quota>", note="ask Bo"
    )

    dev, ana = f"<@{world.dev.id}>", f"<@{world.ana.id}>"
    assert version + 1 == world.enrollment().version
    assert [
        f"{ana} asked {dev} to do *{TITLE}*.",
        f"{ana} set the target date of *{TITLE}* to Thu, Dec 3.",
        f"{ana}: *{TITLE}* is blocked by AWS. &lt;quota&gt;",
        f"{ana} on *{TITLE}*: ask Bo",
    ] == since(world, lines)
    said = section(world, CONNECT)
    assert f"— open, blocked by AWS, target Dec 3. {dev}'s turn." in said
    assert "&lt;quota&gt;" in said
    assert "ask Bo" in said
    (message,) = world.dev.direct_messages
    assert f"{ana} asked you to do *{TITLE}* for *Production*" in message.text
    assert "by Thu, Dec 3" in message.text
    assert f"{ana}: ask Bo" in message.text
    assert [] == world.ana.direct_messages

    act(world, world.dev, CONNECT)

    step = world.enrollment().step(CONNECT)
    assert (world.dev.id, None, State.WAITING) == (step.acted_by, step.blocked_by, step.state)
    assert f"{dev}: *{TITLE}* is no longer blocked by AWS." == world.thread()[-1].text
    assert "— waiting for AWS and Spot until <!date^" in section(world, CONNECT)
    assert f", assigned to {dev}, target Dec 3. Then I'll ask: " in section(world, CONNECT)
    confirm(world, world.dev, CONNECT)
    assert State.DONE is world.enrollment().step(CONNECT).state


@pytest.mark.parametrize(
    ("seed", "why"),
    [
        (GUEST, "gus is a guest here. Choose a full member."),
        (PARTNER, "pat is not a full member of this Slack. Choose a full member."),
        (APP, "helper is an app. Choose people who can answer."),
        (GONE, "gone's account is deactivated. Choose people who can answer."),
    ],
    ids=lambda value: value.name if isinstance(value, SeedPerson) else "",
)
def test_a_step_is_assigned_to_living_full_members(world: World, seed: SeedPerson, why: str) -> None:
    """Others are refused at the field, with every other fault, and nothing typed is lost."""
    user = world.slack.people.add(seed)
    world.start()
    world.click(world.ana, "Details", CONNECT)
    world.ana.wait_view("Details")
    world.ana.fill({"target": "2026-11-20", "blocked_by": "us", "note": "kept"})
    view = world.slack.core.workspace.stack(world.ana.id)[-1]
    view.values["assignee"] = {"value": {"type": "users_select", "selected_user": user}}

    assert {"assignee": why} == world.ana.submit().response["errors"]
    view.values["assignee"] = {"value": {"type": "users_select", "selected_user": None}}
    world.ana.submit()

    assert {"target": "Fri, Nov 20 is in the past. Choose today or a later day.", **NO_REASON} == world.ana.view.errors
    assert ("kept", "us") == (world.ana.view.values["note"], world.ana.view.values["blocked_by"])


NO_REASON = {"blocked_why": "Say why the step is blocked."}


def test_an_assignee_acts_on_that_step_only(world: World) -> None:
    """In a private channel, too, where they find it in the direct message and on the home tab."""
    world.start(channel_id=PRIVATE)
    world.channel = world.slack.channel(PRIVATE)
    details(world, world.ana, assignee="dev")

    world.dev.open_home()
    assert "Production" in world.slack.wait_for(lambda: world.dev.home, 5, "the home tab").shown
    world.dev.click(world.dev.direct_messages[-1], "Open")
    card = world.dev.wait_view("Enrollment")
    world.dev.click(card, "Remind me later", near=TITLE)
    accepted(world.fill(world.dev, "Remind me later", until="2026-12-09"))
    assert "I'll ask again on Wed, Dec 9" in world.slack.wait_for(
        lambda: "Dec 9" in world.dev.views[0].shown and world.dev.views[0].shown, 5, "the card anew"
    )
    for button in ("Edit", "Cancel enrollment", "Reopen a step…"):
        refusal = world.dev.click(world.dev.views[0], button)
        assert "Only the owner, the collaborators and admins" in told(world, world.dev, refusal)
        world.dev.close()
    world.dev.click(world.dev.views[0], "Details", near=TITLE)
    world.fill(world.dev, "Details", assignee="ben")

    assert None is world.dev.view, "they see it no more"
    assert world.ben.id == world.enrollment().step(CONNECT).assignee
    refusal = world.dev.click(world.dev.direct_messages[0], "Open")
    assert "You can't see this enrollment" in told(world, world.dev, refusal)


def test_an_assignee_is_reminded_instead_of_the_owner(world: World) -> None:
    """On the target date once; who has left Slack by then is named, and the owner is asked."""
    world.start()
    details(world, world.ana, assignee="dev", target="2026-11-26", note="careful")

    world.clock.jump_to(datetime(2026, 11, 26, 12, 1, tzinfo=UTC))  # nine in São Paulo
    world.deliver()

    said = world.channel.messages[-1]
    assert said.text.startswith(f"<@{world.dev.id}>: *{TITLE}* for *Production*")
    assert "is to be done by today, Thu, Nov 26, and is still open." in said.text
    assert f"<@{world.ana.id}>, " in said.text, "who noted it"
    world.slack.deactivate("dev")
    before = len(world.channel.messages)
    world.jump(days=5)

    assert before + 1 == len(world.channel.messages), "then only the reminder of a step that has been open"
    said = world.channel.messages[-1]
    assert said.text.startswith(f"<@{world.ana.id}> (<@{world.dev.id}>, to whom this is assigned, has left Slack:")
    assert "target passed on Nov 26" in said.text
    world.ana.click(world.card(), "Details", near=TITLE)
    accepted(world.fill(world.ana, "Details", target="2026-12-15"))
    world.deliver()
    assert "new target date" not in world.channel.messages[-1].text, "the next reminder comes before that day"


def test_a_new_target_date_answers_the_reminder_of_the_old_one(world: World) -> None:
    """Its message says who moved it to when, and carries no buttons."""
    world.start()
    details(world, world.ana, target="2026-11-25")
    world.clock.jump_to(datetime(2026, 11, 25, 12, 1, tzinfo=UTC))
    world.deliver()
    assert "is to be done by today" in world.channel.messages[-1].text

    details(world, world.ana, target="2026-11-27")

    said = world.channel.messages[-1]
    assert f"<@{world.ana.id}>: new target date, Fri, Nov 27." in said.shown
    assert [] == said.buttons


def test_reminders_of_several_assignees_are_one_message(world: World) -> None:
    """Each person is mentioned above their own line; the blocked step says so."""
    reach(world, K.CREATE_SUBSETS)
    for step, who in ((K.CREATE_SUBSETS, "dev"), (K.CREATE_WORKFLOWS, "ben")):
        details(world, world.ana, step, assignee=who, target="2026-11-25", blocked_by="spot", blocked_why="a <bug>")

    world.clock.jump_to(datetime(2026, 11, 25, 12, 2, tzinfo=UTC))
    world.deliver()

    said = world.channel.messages[-1].shown
    assert all(said.count(f"<@{person.id}>") == 1 for person in (world.dev, world.ben))
    assert f"<@{world.ana.id}>" not in said
    assert said.count("blocked by Spot, target Nov 25); blocked: a <bug>") == 2


def test_two_people_in_one_form(world: World) -> None:
    """What only one of them typed holds; what both did is confirmed by name."""
    world.start(collaborators=["ben"])
    for person in (world.ana, world.ben):
        world.click(person, "Details", CONNECT)
        person.wait_view("Details")
    accepted(world.fill(world.ana, "Details", assignee="dev", blocked_by="aws", blocked_why="quota", note="one"))

    world.fill(world.ben, "Details", assignee="eve", target="2026-12-03", note="two")

    warned(world, world.ben, "Details", f"<@{world.ana.id}> changed the assignee to <@{world.dev.id}> since you opened")
    accepted(world.ben.submit())
    step = world.enrollment().step(CONNECT)
    assert (world.eve.id, "aws", "quota", "two") == (step.assignee, step.blocked_by, step.blocked_why, step.note)
    assert "2026-12-03" == step.target.isoformat()
    world.deliver()
    notes = [line for line in since(world, 0) if " on *" in line]
    assert [f"<@{world.ana.id}> on *{TITLE}*: one", f"<@{world.ben.id}> on *{TITLE}*: two"] == notes


def test_the_verb_opens_the_form_and_asks_which_step_where_there_are_several(world: World) -> None:
    """An assignee is asked about theirs alone; the form shows what is recorded and the last note."""
    reach(world, K.CREATE_SUBSETS)
    details(world, world.ana, K.CREATE_SUBSETS, assignee="dev", note="two of <them>")

    world.ana.command("/eco", "details", channel=world.channel.name)
    accepted_choice = world.fill(world.ana, "Details", step=str(K.CREATE_WORKFLOWS))
    assert "update" == accepted_choice.response["response_action"]
    assert "Create billing workflows" in world.ana.view.shown
    world.dev.command("/eco", "details Production", channel=world.channel.name)
    form = world.dev.wait_view("Details")

    assert "Create subsets" in form.shown
    assert "two of <them>" in form.shown
    assert (world.dev.id, None) == (form.values["assignee"], form.values["note"])
    refusal = world.eve.command("/eco", "details", channel=world.channel.name)
    assert "may change this enrollment" in told(world, world.eve, refusal)


def test_a_form_that_was_delivered_twice_notes_once(world: World) -> None:
    """Slack repeats what it has no answer to; nothing is said a second time."""
    world.start()
    world.click(world.ana, "Details", CONNECT)
    delivery = world.fill(world.ana, "Details", assignee="dev", note="once")
    accepted(delivery)
    version = world.enrollment().version

    world.slack.redeliver(delivery)
    world.deliver()

    assert version == world.enrollment().version
    assert 1 == len(world.dev.direct_messages)
    assert 1 == sum(" on *" in line for line in since(world, 0))
