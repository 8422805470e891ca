"""**Notifications**: mute an enrollment for oneself, direct messages instead of mentions, one of them a day."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from bot.repository import tables as t
from tests.handlers.test_hand_over import copies
from tests.handlers.test_home import opened
from tests.handlers.test_reminders import at, reminders
from tests.support.bot_world import World
from tests.support.steps import StepKey
from tests.support.walkthrough import accepted, act, confirm

K = StepKey


def choose(world: World, **fields: Any) -> None:
    """Fill in Ana's form with the command, and submit it."""
    world.ana.command("/eco", "quiet", channel=world.channel)
    accepted(world.fill(world.ana, "Notifications", **fields))


def due(world: World, **fields: Any) -> None:
    """An enrollment of Ana's whose step is due on Wednesday."""
    world.start(**fields)
    world.ana.click(world.card(), "Mark done", near="Connect the management account")
    accepted(world.fill(world.ana, "Mark done"))
    world.deliver()


def test_a_direct_message_comes_instead_of_the_mention(world_on: World) -> None:
    """The reminder stands in the channel with the name; the message lists the steps, and **Answer** opens them."""
    world = world_on
    due(world)
    opened(world, world.ana)
    world.ana.click("home", "Notifications")
    accepted(world.fill(world.ana, "Notifications", reminding="direct"))

    at(world, 2026, 11, 25, 18, 0)

    [message] = reminders(world)
    assert message.text.startswith("ana: *Connect the management account*")
    [direct] = world.ana.direct_messages
    assert direct.text.startswith("*Reminders for you*\n• *Production*: Connect the management account (due since")
    assert "/archives/" in direct.shown, "a link to the card"
    world.ana.click(direct, "Answer")
    assert "It's ready" in world.ana.wait_view("Answer").buttons
    at(world, 2026, 11, 26, 18, 0)
    assert 2 == len(world.ana.direct_messages), "one beside each reminder"


def test_one_direct_message_a_day_gathers_what_is_said(world: World) -> None:
    """Two enrollments of the same day are one message; what is answered before is left out; the next day's is new."""
    due(world)
    due(world, account_id="2" * 12, account_name="Two", spot_org_id="700002")
    world.clock.jump_to(world.clock.now().replace(hour=15))
    due(world, account_id="3" * 12, account_name="Three", spot_org_id="700003")
    choose(world, reminding="daily")

    at(world, 2026, 11, 25, 13, 0)

    [direct] = world.ana.direct_messages
    assert ("*Production*" in direct.text, "*Two*" in direct.text) == (True, True)
    at(world, 2026, 11, 25, 22, 0)
    assert 1 == len(world.ana.direct_messages), "Three came due after it"
    confirm_all(world, "Production")
    at(world, 2026, 11, 26, 22, 0)
    [_, following] = world.ana.direct_messages
    assert ("*Three*" in following.text, "*Two*" in following.text, "*Production*" in following.text) == (
        True,
        True,
        False,
    )


def confirm_all(world: World, name: str) -> None:
    """Confirm the step of the enrollment of that name."""
    [card] = [each for each in world.channel.messages if each.text.startswith(f"Eco enrollment of {name}")]
    world.ana.click(card, "It's ready", near="Connect the management account")
    world.deliver()


def test_a_muted_enrollment_mentions_others_only(world: World) -> None:
    """The form says where nobody would be mentioned; **Save anyway** does it; unmuting brings the mention back."""
    due(world)
    number = str(world.enrollment().id)
    world.ana.command("/eco", "quiet", channel=world.channel)
    world.fill(world.ana, "Notifications", **{"which.0": [number]})
    view = world.ana.wait_view("Notifications")
    assert "Nobody else is mentioned in the reminders of “Production”." in view.shown
    assert ("Save anyway", [number]) == (view.submit, view.values["which.0"])
    accepted(world.ana.submit())

    at(world, 2026, 11, 25, 18, 0)

    assert reminders(world)[-1].text.startswith("ana: *Connect")
    assert [] == world.ana.direct_messages
    choose(world, **{"which.0": []})
    at(world, 2026, 11, 26, 18, 0)
    assert reminders(world)[-1].text.startswith(f"<@{world.ana.id}>: *Connect")


def test_nobody_answers_and_more_people_are_asked(world: World) -> None:
    """From the fourth reminder on the collaborators, from the seventh the admins; the reminder says why."""
    due(world, collaborators=["ben"])
    said = []
    for _ in range(40):
        world.jump_to_next()
        said = reminders(world)
        if len(said) == 7:
            break

    ana, ben, chi = (f"<@{person.id}>" for person in (world.ana, world.ben, world.chi))
    starts = [each.text.partition(":")[0] for each in said]
    assert [ana, ana, ana, f"{ana} {ben}", f"{ana} {ben}", f"{ana} {ben}", f"{ana} {ben} {chi}"] == starts
    assert "Nobody has answered three reminders, so I'm asking more people." in said[3].shown
    assert "Nobody has answered six reminders" in said[6].shown
    assert "Nobody has answered" not in said[2].shown


def test_a_channel_round_mentions_who_wants_it_and_names_the_others(world: World) -> None:
    """Two reminders said together, one of a muted enrollment."""
    due(world)
    due(world, account_id="2" * 12, account_name="Two", spot_org_id="700002")
    muted = str(next(each.id for each in world.enrollments() if each.account_name == "Two"))
    world.ana.command("/eco", "quiet", channel=world.channel)
    world.fill(world.ana, "Notifications", **{"which.0": [muted]})
    world.ana.wait_view("Notifications")
    accepted(world.ana.submit())
    world.clock.jump_to(world.clock.now().replace(day=26, hour=14))

    world.deliver()

    [message] = [each for each in world.channel.messages if "these came due" in each.text]
    assert 1 == message.text.count(f"<@{world.ana.id}>")
    lines = message.text.splitlines()
    assert "ana" == lines[lines.index(next(line for line in lines if "*Two*" in line)) - 1]


def test_somebody_without_enrollments_can_choose_how_they_are_reminded(world: World) -> None:
    """There is nothing to mute."""
    world.start()
    world.eve.command("/eco", "quiet", channel=world.channel)
    assert "Mute for me" not in str(world.eve.wait_view("Notifications").blocks)
    accepted(world.fill(world.eve, "Notifications", reminding="daily"))
    act(world, world.ana, K.CONNECT_ACCOUNT)
    confirm(world, world.ana, K.CONNECT_ACCOUNT)


def test_what_was_muted_and_is_over_leaves_room_for_more(world: World) -> None:
    """200 muted ones were cancelled since: no form lists them, so nobody could take them out."""
    world.start()
    copies(world, 201)
    listed = [each.id for each in world.app.enrollments.active_of(world.workspace, world.ana.id)]
    e = t.enrollments.c
    with world.app.database.write() as connection:
        rows = [{"enrollment_id": number, "user_id": world.ana.id} for number in range(2, 202)]
        connection.execute(sa.insert(t.mutes), rows)
        connection.execute(sa.update(t.enrollments).where(e.id.in_(range(2, 202))).values(status="cancelled"))

    world.ana.command("/eco", "quiet", channel=world.channel)
    world.fill(world.ana, "Notifications", **{"which.0": ["1", "202"]})
    assert "Nobody else is mentioned" in world.ana.view.shown
    accepted(world.ana.submit())

    assert {1, 202} <= world.app.enrollments.preference(world.workspace, world.ana.id).muted
    assert {1, 202} < set(listed)


def test_more_than_two_hundred_cannot_be_muted(world: World) -> None:
    """Chosen over several pages; the fault stands at the field, and nothing is stored."""
    world.start()
    copies(world, 200)
    listed = [str(each.id) for each in world.app.enrollments.active_of(world.workspace, world.ana.id)]
    world.ana.command("/eco", "quiet", channel=world.channel)
    world.ana.wait_view("Notifications")
    for page in range(5):
        field = f"which.{page}"
        world.slack.wait_for(lambda of=field: of in str(world.ana.view and world.ana.view.blocks) or None, 30, field)
        world.ana.fill({field: listed[50 * page : 50 * page + 50]})
        if page < 4:
            world.ana.click(world.ana.view, f"Next ({page + 2} of 5; 201 in all)")

    world.ana.submit()

    assert {"which.4": "You can mute 200 enrollments at most. Take some out."} == world.ana.view.errors
    assert not world.app.enrollments.preference(world.workspace, world.ana.id).muted
    world.ana.fill({"which.4": []})
    world.ana.submit()
    world.ana.submit()
    assert 200 == len(world.app.enrollments.preference(world.workspace, world.ana.id).muted)


def test_nothing_is_asked_where_somebody_else_is_still_mentioned(world: World) -> None:
    """Ben collaborates on what is Ana's: if he mutes it, reminders mention her as before."""
    world.start(collaborators=["ben"])
    number = str(world.enrollment().id)
    world.ben.command("/eco", "quiet", channel=world.channel)

    accepted(world.fill(world.ben, "Notifications", **{"which.0": [number]}))

    assert {world.enrollment().id} == world.app.enrollments.preference(world.workspace, world.ben.id).muted
