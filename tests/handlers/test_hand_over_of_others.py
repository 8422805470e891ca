"""**Hand over** for admins: another person's enrollments, also of somebody who has left Slack."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from bot.domain.access import Actor
from bot.domain.errors import NotAllowed
from bot.localslack import View
from bot.repository import tables as t
from bot.use_cases import Caller, HandOver
from tests.handlers.test_hand_over import ALL, copies, several
from tests.support.bot_world import World


def choose(world: World, owner: str) -> View:
    """Chi, an admin, chooses whose enrollments to hand over; the form then."""
    chi = world.chi
    if chi.view is None:
        chi.command("/eco", "handover", channel=world.channel)
    chi.click(chi.wait_view("Hand over"), "Somebody else's")
    menu = world.slack.wait_for(lambda: chi.view if "Whose enrollments" in shown(world) else None, 30, "the owners")
    chi.choose(menu, "handover.from", world.slack.person(owner).id)
    return world.slack.wait_for(lambda: chi.view if "You're handing over" in shown(world) else None, 30, "the form")


def shown(world: World) -> str:
    """What Chi's window shows."""
    return world.chi.view.shown if world.chi.view is not None else ""


def test_an_admin_hands_over_all_of_somebody_who_has_left(world_on: World) -> None:
    """Chi owns none; Ana is still among the owners. The thread names Chi, and Dev gets one message."""
    world = world_on
    several(world)
    world.start(world.eve, account_id="9" * 12, account_name="Eve's", spot_org_id="800001")
    world.slack.deactivate(world.ana)
    world.chi.command("/eco", "handover", channel=world.channel)
    assert "You own no active enrollment." in world.chi.wait_view("Hand over").shown

    form = choose(world, "ana")
    assert f"You're handing over the enrollments of <@{world.ana.id}>." in form.shown
    assert "Eve's" not in str(form.blocks)
    delivery = world.fill(world.chi, "Hand over", to="dev", **ALL)
    world.slack.redeliver(delivery)

    said = f"You handed over 3 enrollments of <@{world.ana.id}> to <@{world.dev.id}>."
    assert said in world.chi.wait_view("Hand over").shown
    world.jump(seconds=6)
    assert [world.dev.id] * 3 + [world.eve.id] == [each.owner for each in world.enrollments()]
    [message] = world.dev.direct_messages
    assert f"<@{world.chi.id}> made you the owner of 3 enrollments." in message.text
    line = f"<@{world.chi.id}> changed the owner from <@{world.ana.id}> to <@{world.dev.id}>"
    lines = [each for card in world.channel.messages for each in world.channel.thread(card.ts) if line in each.text]
    assert 3 == len({each.ts for each in lines})


def test_an_admin_takes_chosen_ones_and_is_told_nothing_of_them(world: World) -> None:
    """The former owner stays; whoever owns them already is refused, and nothing typed is lost."""
    several(world)
    choose(world, "ana")
    first = world.enrollments()[0]
    chosen = {f"which.0.{world.ana.id}": [str(first.id)]}
    world.fill(world.chi, "Hand over", to="ana", scope="chosen", after="stays", **chosen)
    assert {"to": "They own them already. Choose somebody else."} == world.chi.view.errors

    world.fill(world.chi, "Hand over", to="chi")
    world.chi.wait_view("Hand over")
    world.jump(seconds=6)

    taken, *others = world.enrollments()
    assert (world.chi.id, True) == (taken.owner, world.ana.id in taken.collaborators)
    assert {world.ana.id} == {each.owner for each in others}
    assert [] == world.chi.direct_messages


def test_nobody_else_is_offered_it_or_may(world: World) -> None:
    """Ana's form says nothing of others; Dev cannot hand over what is Ana's, nor an admin who is none any more."""
    several(world, 1)
    world.ana.command("/eco", "handover", channel=world.channel)
    assert "Somebody else's" not in str(world.ana.wait_view("Hand over").blocks)
    wanted = HandOver(world.eve.id, "UTC", stays=False, of=world.ana.id)
    dev = Caller(world.workspace, Actor(world.dev.id))

    with pytest.raises(NotAllowed):
        world.app.enrollments.hand_over(dev, [world.enrollment().id], wanted)
    assert [] == world.app.enrollments.hand_over(dev, [world.enrollment().id], replace(wanted, of=""))

    assert world.ana.id == world.enrollment().owner


def test_of_very_many_owners_those_with_the_most_are_offered(world: World) -> None:
    """A menu of Slack holds a hundred; the text says that these are not all."""
    several(world, 1)
    copies(world, 103)
    with world.app.database.write() as connection:
        for number in range(2, 105):
            own = sa.update(t.enrollments).where(t.enrollments.c.id == number)
            connection.execute(own.values(owner=f"U0OWNER{number}" if number > 3 else world.eve.id))
    world.chi.command("/eco", "handover", channel=world.channel)
    world.chi.click(world.chi.wait_view("Hand over"), "Somebody else's")

    menu = world.slack.wait_for(
        lambda: world.chi.view if "Whose enrollments" in shown(world) else None, 30, "the owners"
    )

    assert "These are the 100 people who own the most." in menu.shown
    options = str(menu.blocks).count("'value': 'U0")
    assert (100, True) == (options, "eve (2)" in str(menu.blocks))


def test_an_admin_takes_over_what_is_not_theirs_alone(world: World) -> None:
    """Their own enrollment has the other tool of admins, and nothing to take over."""
    for owner, offered in (("ana", True), ("chi", False)):
        world.start(account_id=f"{offered:d}" * 12, account_name=owner, owner=owner, spot_org_id=f"70000{offered:d}")
        world.chi.click(world.card(), "Edit")
        buttons = world.chi.wait_view("Edit").buttons
        assert ("Delete…" in buttons, offered) == (True, "Take over" in buttons)
        world.chi.close_all()
