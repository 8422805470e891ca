"""**I'm away**: reminders go to the stand-in, who may act for the absent; it ends at its day, or with **I'm back**."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from bot.domain.access import Actor
from bot.domain.enrollment import State
from bot.domain.errors import NotAllowed
from bot.localslack import Person
from bot.repository import tables as t
from bot.use_cases import Caller
from tests.handlers.test_home import opened
from tests.handlers.test_reminders import at, reminders
from tests.support.bot_world import World
from tests.support.outsiders import APP, GUEST, add
from tests.support.steps import StepKey
from tests.support.walkthrough import act, told

K = StepKey
#: A Monday, ten days after the start.
UNTIL = "2026-12-07"


def leave(world: World, person: Person, stand_in: Person, until: str = UNTIL) -> None:
    """Say that somebody is away, with the command."""
    person.command("/eco", "away", channel=world.channel)
    world.fill(person, "I'm away", until=until, stand_in=stand_in.name)
    person.wait_view("I'm away")
    assert not person.view.errors
    person.close_all()
    world.deliver()


def test_reminders_go_to_the_stand_in_who_acts_for_the_absent(world_on: World) -> None:
    """Dev is none of its people: he is told, mentioned, may press, and thread and audit say for whom."""
    world = world_on
    world.start()
    act(world, world.ana, K.CONNECT_ACCOUNT)
    leave(world, world.ana, world.dev)
    assert "is away until Mon, Dec 7, and you stand in." in world.dev.direct_messages[-1].text

    at(world, 2026, 11, 25, 18, 0)

    (message,) = reminders(world)
    assert message.text.startswith(f"<@{world.dev.id}> (for ana, away until Mon, Dec 7): *Connect the management")
    world.dev.click(message, "It's ready")
    world.deliver()
    assert State.DONE is world.enrollment().step(K.CONNECT_ACCOUNT).state
    line = f"<@{world.dev.id}> for ana confirmed *Connect the management account*."
    assert any(each.text.startswith(line) for each in world.thread())
    event, by, _ = next(
        each
        for each in world.app.enrollments.history(world.workspace, world.enrollment().id)
        if each[0].kind.value == "confirmed"
    )
    assert (world.ana.id, world.dev.id) == (event.details["for"], by)


def test_the_card_and_the_home_tabs_show_who_is_away(world: World) -> None:
    """From home, by clicks: the card is edited when it begins, and again when it ends at its day by itself."""
    world.start()
    opened(world, world.ana)
    world.ana.click("home", "I'm away")
    world.fill(world.ana, "I'm away", until="2026-11-25", stand_in="ben")
    said = world.ana.wait_view("I'm away").shown
    world.deliver()

    assert f"You're away until Wed, Nov 25; <@{world.ben.id}> stands in. I've told them." in said
    line = f"<@{world.ana.id}> is away until Wed, Nov 25; <@{world.ben.id}> stands in."
    assert line in world.card().shown
    assert line in world.card().text
    world.ana.close_all()
    assert "You're away until Wed, Nov 25" in opened(world, world.ana).shown
    home = opened(world, world.ben)
    assert "is away until Wed, Nov 25; you stand in." in home.shown
    assert "|Production>*" in home.shown, "whose enrollments Ben acts on meanwhile"

    at(world, 2026, 11, 25, 3, 0)  # midnight in São Paulo

    assert "is away" not in world.card().shown
    assert "You're away" not in opened(world, world.ana).shown
    world.ben.click(world.card(), "Mark done", near="Connect the management account")
    assert "Only the owner" in world.ben.wait_view().shown


def test_im_back_ends_it_early(world_on: World) -> None:
    """On home or in the form; the card forgets it, the stand-in may not act any more, a second press says so."""
    world = world_on
    world.start()
    leave(world, world.ana, world.dev)
    opened(world, world.ana)

    world.ana.click("home", "I'm back")

    assert "Welcome back!" in world.ana.wait_view().shown
    world.deliver()
    assert "is away" not in world.card().shown
    refused = told(world, world.dev, world.dev.click(world.card(), "Mark done", near="Connect the management"))
    assert "Only the owner, the collaborators and admins may change this enrollment." in refused
    world.ana.close_all()
    leave(world, world.ana, world.dev)
    world.ana.command("/eco", "away", channel=world.channel)
    world.ana.click(world.ana.wait_view("I'm away"), "I'm back")
    world.slack.wait_for(lambda: "Welcome back!" in str(world.ana.view and world.ana.view.shown), 5, "the answer")


def test_a_wrong_stand_in_is_refused_at_the_field(world: World) -> None:
    """Oneself, an app, a guest, somebody who is away with oneself; nothing typed is lost."""
    world.start()
    add(world, APP, world.channel.name)
    add(world, GUEST, world.channel.name)
    leave(world, world.ben, world.ana)
    world.ana.command("/eco", "away", channel=world.channel)
    world.ana.wait_view("I'm away")
    refusals = {
        "ana": "Choose somebody else: you can't stand in for yourself.",
        "helper": "helper is an app. Choose people who can answer.",
        "gus": "gus is a guest here. Choose a full member.",
        "ben": "ben is away, too, and has you as the stand-in. Choose somebody else.",
    }

    for name, sentence in refusals.items():
        world.fill(world.ana, "I'm away", until=UNTIL, stand_in=name)
        assert {"stand_in": sentence} == world.ana.view.errors
        assert UNTIL == world.ana.view.values["until"]
    world.fill(world.ana, "I'm away", until="2026-11-23", stand_in="dev")
    assert {"until": "Choose a day after today: the day you're back."} == world.ana.view.errors


def test_a_stand_in_who_leaves_slack_is_replaced_by_the_collaborators(world: World) -> None:
    """And a stand-in who is away by theirs, which the form says."""
    world.start(collaborators=["ben"])
    leave(world, world.dev, world.eve, until="2026-11-30")
    world.ana.command("/eco", "away", channel=world.channel)
    world.fill(world.ana, "I'm away", until=UNTIL, stand_in="dev")
    said = world.ana.wait_view("I'm away").shown
    assert f"is away, too, until Mon, Nov 30: until then I ask <@{world.eve.id}>." in said
    act(world, world.ana, K.CONNECT_ACCOUNT)
    world.slack.deactivate("eve")

    at(world, 2026, 11, 25, 18, 0)

    assert reminders(world)[0].text.startswith(f"<@{world.ben.id}> (for ana, away until")


def test_two_who_choose_each_other_at_once_and_a_repeated_form(world_on: World) -> None:
    """One is refused, or both stand and the collaborators are asked; Slack's second delivery changes nothing."""
    world = world_on
    world.start(owner="ana", collaborators=["eve"])
    for person, other in ((world.ana, "ben"), (world.ben, "ana")):
        person.command("/eco", "away", channel=world.channel)
        person.wait_view("I'm away")
        person.fill({"until": UNTIL, "stand_in": other})

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda person: person.submit(), (world.ana, world.ben)))
    world.deliver()
    absences = world.app.enrollments.absences(world.workspace)
    assert absences

    act(world, world.eve, K.CONNECT_ACCOUNT)
    at(world, 2026, 11, 25, 18, 0)
    (message,) = reminders(world)
    asked = {(True, True): world.eve, (True, False): world.ben, (False, True): world.ana}
    both = (world.ana.id in absences, world.ben.id in absences)
    assert message.text.startswith(f"<@{asked[both].id}>")


def test_a_form_that_slack_sends_twice_is_stored_once(world_on: World) -> None:
    """Even where the person is back between the two."""
    world = world_on
    world.start()
    world.ana.command("/eco", "away", channel=world.channel)
    first = world.fill(world.ana, "I'm away", until=UNTIL, stand_in="dev")
    world.app.enrollments.come_back(world_caller(world))

    world.slack.redeliver(first)
    world.deliver()

    with world.app.database.read() as connection:
        assert 1 == connection.execute(sa.select(sa.func.count()).select_from(t.absences)).scalar()
    assert {} == world.app.enrollments.absences(world.workspace)
    assert 1 == len([m for m in world.dev.direct_messages if "you stand in" in m.text])


def world_caller(world: World) -> Caller:
    """Ana as the caller of a use case."""
    return Caller(world.workspace, Actor(world.ana.id))


@pytest.mark.parametrize("ended", [False, True])
def test_the_use_case_checks_again_whether_somebody_stands_in(world: World, ended: bool) -> None:
    """What a request brought along does not count: the absence may have ended since."""
    number = world.start().id
    leave(world, world.ana, world.dev, until="2026-11-25")
    caller = Caller(world.workspace, Actor(world.dev.id, stands_in_for=frozenset({world.ana.id})))
    if ended:
        world.clock.jump_to(world.clock.now().replace(day=25, hour=3))
        with pytest.raises(NotAllowed):
            world.app.enrollments.cancel(caller, number, "no")
    else:
        world.app.enrollments.cancel(caller, number, "no")
