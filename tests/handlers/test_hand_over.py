"""**Hand over**: all or chosen enrollments to another owner, once, with one direct message that lists them."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from bot.domain.enrollment import EventKind
from bot.localslack import Delivery, Message
from bot.repository import tables as t
from bot.use_cases import HandOver
from tests.handlers.test_home import opened
from tests.handlers.test_owners import caller
from tests.support.bot_world import World
from tests.support.outsiders import APP, GUEST, add

ALL = {"scope": "all", "after": "leaves"}


def several(world: World, count: int = 3) -> None:
    """Enrollments that Ana owns, on which Ben collaborates."""
    for number in range(count):
        organization = {"spot_org_id": f"70000{number}"}
        world.start(
            account_id=f"{number}" * 12, account_name=f"Account {number}", collaborators=["ben"], **organization
        )


def submit(world: World, *, at_home: bool = False, **fields: object) -> Delivery:
    """Fill in Ana's form and submit it."""
    if world.ana.view is None and not at_home:
        world.ana.command("/eco", "handover", channel=world.channel)
    return world.fill(world.ana, "Hand over", **fields)


def told(world: World) -> list[Message]:
    """What Dev is told once the message has waited for the others."""
    world.jump(seconds=6)
    return world.dev.direct_messages


def test_all_go_to_the_new_owner_with_a_line_each_and_one_direct_message(world_on: World) -> None:
    """From home; Slack sends the form twice, and nothing is done or said twice."""
    world = world_on
    several(world)
    opened(world, world.ana)
    world.ana.click("home", "Hand over")

    first = submit(world, at_home=True, to="dev", **ALL)
    world.slack.redeliver(first)
    assert f"You handed over 3 enrollments to <@{world.dev.id}>." in world.ana.wait_view("Hand over").shown
    world.ana.close_all()

    [message] = told(world)
    assert [world.dev.id] * 3 == [each.owner for each in world.enrollments()]
    assert [(world.ben.id,)] * 3 == [each.collaborators for each in world.enrollments()]
    assert f"<@{world.ana.id}> made you the owner of 3 enrollments." in message.text
    assert all(f"*Account {number}*" in message.text for number in range(3))
    line = f"changed the owner from <@{world.ana.id}> to <@{world.dev.id}>"
    lines = [each for card in world.channel.messages for each in world.channel.thread(card.ts) if line in each.text]
    assert 3 == len({each.ts for each in lines})
    assert "You own no active enrollment" in say(world)


def say(world: World) -> str:
    """What Ana is told who has nothing to hand over."""
    world.ana.command("/eco", "handover", channel=world.channel)
    found = world.slack.wait_for(lambda: world.ana.ephemerals() or None, 30, "an answer")
    return str(found[-1].text)


def test_the_new_owner_declines_some_of_them(world: World) -> None:
    """They go back as a single one does; the others stay, and the giver is told."""
    several(world)
    submit(world, to="dev", scope="all", after="stays")
    [message] = told(world)
    assert all(world.ana.id in each.collaborators for each in world.enrollments())

    world.dev.click(message, "Decline…")
    view = world.dev.wait_view("Decline")
    assert all(f"Account {number}" in str(view.blocks) for number in range(3))
    chosen = [str(each.id) for each in world.enrollments()][1:]
    delivery = world.fill(world.dev, "Decline", which=chosen)
    world.slack.redeliver(delivery)
    world.deliver()

    assert [world.dev.id, world.ana.id, world.ana.id] == [each.owner for each in world.enrollments()]
    assert 2 == len([each for each in world.ana.direct_messages if "declined to own" in each.text])
    world.dev.close_all()
    world.dev.click(message, "Decline…")
    assert "Account 1" not in str(world.dev.wait_view("Decline").blocks)


def test_a_single_one_is_told_with_its_own_decline(world: World) -> None:
    """Chosen in the form; the others stay."""
    several(world)
    number = world.enrollments()[1].id
    submit(world, to="dev", scope="chosen", after="leaves", **{"which.0": [str(number)]})

    [message] = told(world)

    assert [False, True, False] == [each.owner == world.dev.id for each in world.enrollments()]
    assert "made you the owner of *Account 1*" in message.text
    world.dev.click(message, "Decline")
    assert world.ana.id == world.enrollments()[1].owner


def test_a_wrong_person_is_refused_at_the_field_and_nothing_typed_is_lost(world: World) -> None:
    """Oneself, an app, a guest; no enrollment chosen."""
    several(world, 1)
    for seed in (APP, GUEST):
        add(world, seed, world.channel.name)
    refusals = {
        "ana": "You own them already. Choose somebody else.",
        "helper": "helper is an app. Choose people who can answer.",
        "gus": "gus is a guest here. Choose a full member.",
    }

    for name, sentence in refusals.items():
        submit(world, to=name, **ALL)
        assert {"to": sentence} == world.ana.view.errors
        assert "all" == world.ana.view.values["scope"]
    submit(world, to="dev", scope="chosen", after="leaves")

    assert {"which.0": "Choose at least one, or all of them above."} == world.ana.view.errors
    assert world.ana.id == world.enrollment().owner


def test_many_are_chosen_page_by_page(world: World) -> None:
    """What was chosen on one page stays chosen on the next one."""
    several(world, 1)
    copies(world, 60)
    world.ana.command("/eco", "handover", channel=world.channel)
    view = world.ana.wait_view("Hand over")
    first = world.enrollments()[0].id
    world.ana.fill({"to": "dev", "scope": "chosen", "after": "leaves", "which.0": [str(first)]})
    world.ana.click(view, "Next (2 of 2; 61 in all)")
    world.slack.wait_for(lambda: "which.1" in str(world.ana.view and world.ana.view.blocks) or None, 30, "page 2")
    last = world.app.enrollments.active_of(world.workspace, world.ana.id)[-1].id

    submit(world, **{"which.1": [str(last)]})
    world.ana.wait_view("Hand over")

    owned = world.app.enrollments.active_of(world.workspace, world.dev.id, owned=True)
    assert {first, last} == {each.id for each in owned}


def test_of_more_than_a_hundred_chosen_ones_the_rest_is_counted(world: World) -> None:
    """A hundred go at a time; whoever chose 105 reads that five are left."""
    several(world, 1)
    copies(world, 104)
    listed = [str(each.id) for each in world.app.enrollments.active_of(world.workspace, world.ana.id)]
    world.ana.command("/eco", "handover", channel=world.channel)
    world.ana.wait_view("Hand over")
    world.ana.fill({"to": "dev", "scope": "chosen", "after": "leaves", "which.0": listed[:50]})
    for page, label in ((1, "Next (2 of 3; 105 in all)"), (2, "Next (3 of 3; 105 in all)")):
        world.ana.click(world.ana.view, label)
        field = f"which.{page}"
        world.slack.wait_for(lambda of=field: of in str(world.ana.view and world.ana.view.blocks) or None, 30, field)
        world.ana.fill({field: listed[50 * page : 50 * page + 50]})

    submit(world)

    shown = world.ana.wait_view("Hand over").shown
    assert f"You handed over 100 enrollments to <@{world.dev.id}>. 5 of those you chose are left" in shown


def copies(world: World, count: int) -> None:
    """More enrollments of Ana's, without their messages."""
    with world.app.database.write() as connection:
        row = dict(connection.execute(sa.select(t.enrollments)).mappings().one())
        steps = [dict(step) for step in connection.execute(sa.select(t.steps)).mappings()]
        for number in range(2, count + 2):
            head = {"id": number, "account_id": f"{number:012}", "account_name": f"Copy {number:02}"}
            connection.execute(sa.insert(t.enrollments), [row | head])
            connection.execute(sa.insert(t.steps), [step | {"enrollment_id": number} for step in steps])


def test_only_ones_own_are_handed_over_and_a_crash_is_made_up_for(world_on: World) -> None:
    """The first form's process died after one of two; sent again, the other follows, and one message lists both."""
    world = world_on
    several(world, 2)
    world.start(world.eve, account_id="9" * 12, account_name="Eve's", spot_org_id="800001")
    first, second, foreign = (each.id for each in world.enrollments())
    ana = replace(caller(world, world.ana), idempotency_key="view:V1:hash")
    wanted = HandOver(world.dev.id, "UTC", stays=False)
    world.app.enrollments.hand_over(ana, [first], wanted)

    given = world.app.enrollments.hand_over(ana, [first, second, foreign], wanted)

    assert [first, second] == [each.id for each in given]
    assert world.eve.id == world.enrollments()[-1].owner
    [message] = told(world)
    assert "made you the owner of 2 enrollments" in message.text
    counted = [
        [event.kind for event, _, _ in world.app.enrollments.history(world.workspace, number)].count(EventKind.EDITED)
        for number in (first, second)
    ]
    assert [1, 1] == counted


@pytest.mark.parametrize("who", ["ben", "eve"])
def test_nobody_declines_for_somebody_else(world: World, who: str) -> None:
    """The row of a message that went to Dev shows others nothing."""
    several(world, 2)
    submit(world, to="dev", **ALL)
    [message] = told(world)
    row_id = int(next(button["value"] for block in message.blocks for button in block.get("elements", ())))

    assert [] == world.app.enrollments.handed_over(world.workspace, row_id, world.slack.person(who).id)


def test_what_has_changed_since_the_form_was_opened_is_counted(world: World) -> None:
    """Cancelled or given away meanwhile, they stay as they are; the others go."""
    for gone, said in (
        (1, "1 had changed meanwhile and stayed as it was."),
        (2, "2 had changed meanwhile and stayed as they were."),
    ):
        before = len(world.enrollments())
        for number in range(before, before + 3):
            world.start(account_id=f"{number}" * 12, account_name=f"Account {number}", spot_org_id=f"70000{number}")
        mine = world.enrollments()[before:]
        world.ana.command("/eco", "handover", channel=world.channel)
        world.ana.wait_view("Hand over")
        world.ana.fill({"to": "dev", "scope": "chosen", "after": "leaves", "which.0": [str(each.id) for each in mine]})
        for each in mine[:gone]:
            world.app.enrollments.cancel(caller(world, world.ana), each.id, None)

        world.ana.submit()

        shown = world.slack.wait_for(
            lambda: v if (v := world.ana.view) and "handed over" in v.shown else None, 30, "it"
        )
        given = "1 enrollment" if gone == 2 else "2 enrollments"
        assert f"You handed over {given} to <@{world.dev.id}>. {said}" in shown.shown
        assert [world.ana.id] * gone + [world.dev.id] * (3 - gone) == [
            each.owner for each in world.enrollments()[before:]
        ]
        world.ana.close_all()
