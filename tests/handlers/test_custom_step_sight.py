"""Who may let a workflow wait for a step: whoever may see it, when the run begins and when it ends."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, timedelta

import pytest

from bot.domain.access import Actor
from bot.localslack import SeedPerson
from bot.use_cases import Caller
from tests.support.any_procedure import start
from tests.support.bot_world import World
from tests.support.extracted import OWN, PARTY, PROCEDURE, THEIRS
from tests.support.outsiders import GUEST, OUTSIDERS, add
from tests.support.steps import StepKey
from tests.support.workflow_runs import run_now, run_wait, working


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    """An enrollment of Ana's in a private channel, where Ben is, too."""
    with working(database_url) as found:
        found.start(channel_id="eco-private")
        yield found


def test_whoever_sees_the_channel_may_wait(world: World) -> None:
    """Ben is in the channel; Chi is an admin."""
    for person in (world.ana, world.ben, world.chi):
        assert "completed" == run_wait(world, person, world.enrollment().id, "sign_up").state


def test_others_are_told_whom_to_ask(world: World) -> None:
    """By number they learn who owns it, as everywhere; by account or name not even that it exists."""
    number = world.enrollment().id

    assert "Ask ana." in (run_wait(world, world.dev, number, "sign_up").error or "")
    for words in ("1234-5678-9012", "Production"):
        said = run_wait(world, world.dev, words, "sign_up").error or ""
        assert said == f"There is no enrollment “{words}” that you can see."


@pytest.mark.parametrize("seed", OUTSIDERS, ids=lambda seed: seed.name)
def test_guests_and_partners_see_nothing(world: World, seed: SeedPerson) -> None:
    """Even in the channel."""
    outsider = add(world, seed, "eco-private")

    run = run_wait(world, outsider, world.enrollment().id, "sign_up")

    assert "failed" == run.state
    assert "Production" not in (run.error or "")


def test_somebody_who_may_not_see_it_any_more_is_told_nothing(world: World) -> None:
    """Slack may just not tell for a moment: it is asked again for an hour."""
    run = run_wait(world, world.ben, world.enrollment().id, "connect_account")
    world.slack.channel("eco-private").remove_member("ben")
    world.jump(minutes=2)
    finish(world, StepKey.CONNECT_ACCOUNT)
    world.jump(minutes=30)
    assert "running" == run_now(world, run).state
    for _ in range(8):
        world.jump(minutes=5)

    ended = run_now(world, run)
    assert ("failed", "You can't see this enrollment any more. Ask its owner.") == (ended.state, ended.error)


def test_somebody_of_whom_slack_did_not_tell_goes_on_when_it_does(world: World) -> None:
    """A fault of Slack is no refusal."""
    run = run_wait(world, world.ben, world.enrollment().id, "connect_account")
    world.jump(minutes=2)
    world.slack.faults.add("users.info", "http_500", times=2)
    finish(world, StepKey.CONNECT_ACCOUNT)
    for _ in range(4):
        world.jump(minutes=5)

    assert "completed" == run_now(world, run).state


def finish(world: World, step: StepKey) -> None:
    """Finish a step by the use cases."""
    owner = Caller(world.workspace, Actor(world.ana.id))
    number = world.enrollment().id
    world.app.enrollments.complete_act(owner, number, step)
    world.app.enrollments.confirm(owner, number, step)
    world.deliver()


def test_a_stand_in_waits_for_whom_they_stand_in(world: World) -> None:
    """Dev sees what Ana sees while she is away."""
    assert "failed" == run_wait(world, world.dev, world.enrollment().id, "sign_up").state
    until = (world.clock.now() + timedelta(days=10)).date()
    world.app.enrollments.leave(Caller(world.workspace, Actor(world.ana.id)), world.dev.id, until, UTC)

    assert "completed" == run_wait(world, world.dev, world.enrollment().id, "sign_up").state


def test_the_people_of_a_party_wait_for_their_own_steps(sqlite_url: str) -> None:
    """A guest of the MSP, who may see nothing else of the enrollment: other steps are not even named."""
    with working(sqlite_url) as world:
        guest = add(world, GUEST, world.channel.name)
        made = start(world, world.ana, PROCEDURE, **{f"party.{PARTY.key}": ["gus"]})

        run = run_wait(world, guest, made.id, THEIRS[0])
        assert "running" == run.state
        assert "running" == run_wait(world, guest, made.account_id, THEIRS[0]).state
        said = run_wait(world, guest, made.id, OWN[0]).error or ""
        assert f"There is no step “{OWN[0]}” here." in said
        assert made.spec(OWN[0]).title not in said
        world.app.enrollments.cancel(Caller(world.workspace, Actor(world.ana.id)), made.id, "no")
        world.deliver()
        assert made.spec(THEIRS[0]).title in (run_now(world, run).error or "")
