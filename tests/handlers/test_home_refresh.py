"""Home tabs that are open are shown again when something changes, each with the filter and the page it has."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.access import Actor
from bot.handlers import home
from bot.handlers.home_tabs import HomeTabs
from bot.localslack import Person
from bot.use_cases import Caller
from tests.handlers.test_home import opened
from tests.handlers.test_home_portfolio import search, shows
from tests.handlers.test_language import say
from tests.support.bot_world import World
from tests.support.steps import StepKey

PUBLISH = "views.publish"


def published(world: World) -> int:
    """How often a home tab was sent to Slack."""
    return len(world.slack.calls_of(PUBLISH))


def act(world: World, number: int = 1) -> None:
    """Let the owner finish a step somewhere else."""
    caller = Caller(world.workspace, Actor(world.ana.id))
    world.app.enrollments.complete_act(caller, number, StepKey.CONNECT_ACCOUNT, {})


def another_process(world: World) -> HomeTabs:
    """The home tabs of a process beside the one that is under test; it does everything at once."""
    return HomeTabs(world.app.home_tabs._services, home.render, lambda work, _, __: work() is None)


def start_two(world: World) -> None:
    """Production and Two, both Ana's."""
    world.start()
    world.start(account_id="222222222222", account_name="Two", spot_org_id="2222222")


def test_everybody_who_has_it_open_sees_a_change_under_their_own_filter(world: World) -> None:
    """Eve has searched, Chi has not; Ben has closed Slack and opened nothing."""
    start_two(world)
    opened(world, world.chi)
    opened(world, world.eve)
    search(world, world.eve, words="Production")
    shows(world, world.eve, "1 enrollment, with “Production”")

    act(world)
    world.app.home_tabs.refresh()

    assert "Two" in shows(world, world.chi, "— waiting").shown
    assert "Two" not in shows(world, world.eve, "— waiting", "with “Production”").shown
    assert world.ben.home is None


def test_another_language_of_the_workspace_is_seen_at_once(world: World) -> None:
    """Though nobody has changed an enrollment; the language of one channel changes no home tab."""
    start_two(world)
    opened(world, world.ana)
    assert "From now on" in say(world, "English")
    before = published(world)
    world.app.home_tabs.refresh()

    say(world, "German everywhere", "chi")
    world.app.home_tabs.refresh()

    assert "Dringendste zuerst" in str(shows(world, world.ana, "Management Account verbinden").blocks)
    assert before + 1 == published(world)


def test_many_changes_are_shown_by_one_call_and_none_by_none(world: World) -> None:
    """A refresh looks at what there is by then; a tab on which nothing is new is left alone."""
    start_two(world)
    opened(world, world.chi)
    world.app.home_tabs.refresh()
    before = published(world)

    act(world, 1)
    act(world, 2)
    world.app.home_tabs.refresh()
    shows(world, world.chi, "2 waiting")
    world.app.home_tabs.refresh()
    world.app.enrollments.set_zone(world.workspace, world.ana.id, "Asia/Tokyo", lambda: False)
    world.app.home_tabs.refresh()

    assert before + 1 == published(world)


def test_a_wait_that_ends_is_shown_though_nobody_did_anything(world: World) -> None:
    """Within five minutes."""
    world.start(position="connect_account:waiting", since="2026-11-23")
    opened(world, world.chi)
    shows(world, world.chi, "1 waiting")
    world.clock.jump(timedelta(hours=49))
    touch(world, world.chi)

    world.clock.jump(timedelta(minutes=5))
    world.app.home_tabs.refresh()

    shows(world, world.chi, "1 late")


def touch(world: World, person: Person) -> None:
    """Let somebody's tab count as open by now."""
    world.app.home_tabs._tabs[person.id].touched = world.clock.now()


def test_a_tab_that_nobody_touched_for_an_hour_is_left_alone(world: World) -> None:
    """Slack does not tell who has closed it."""
    world.start()
    opened(world, world.chi)
    world.clock.jump(timedelta(minutes=61))

    act(world)
    before = published(world)
    world.app.home_tabs.refresh()

    assert (before, {}) == (published(world), world.app.home_tabs._tabs)


def test_a_newer_filter_of_another_process_is_not_replaced(world: World) -> None:
    """Slack tells of the conflict; the process that knows the filter shows the change."""
    start_two(world)
    opened(world, world.chi)
    other = another_process(world)
    other.show(world.chi.id, {"segment": "all", "words": "Production"})
    shows(world, world.chi, "with “Production”")

    act(world)
    world.app.home_tabs.refresh()
    world.slack.wait_for(lambda: not world.app.home_tabs._tabs or None, what="the end of the refresh")
    assert "with “Production”" in world.chi.home.shown
    other.refresh()

    shows(world, world.chi, "with “Production”", "— waiting")


@pytest.mark.parametrize("fault", ["hash_conflict", "internal_error", "ratelimited", "drop_after"])
def test_a_refresh_that_slack_did_not_take_loses_nothing(world: World, fault: str) -> None:
    """It comes again after a moment, or, where somebody else has published, with what the person does next."""
    world.start()
    opened(world, world.chi)
    world.slack.faults.add(PUBLISH, fault, **({"retry_after": 1} if fault == "ratelimited" else {}))
    act(world)
    before = published(world)

    world.app.home_tabs.refresh()
    world.slack.wait_for(lambda: published(world) > before or None, what="the refused refresh")
    if fault == "hash_conflict":
        world.chi.click("home", "1 in all")

    shows_in_time(world, "— waiting")


def shows_in_time(world: World, words: str) -> None:
    """Let Slack's pauses pass until Chi's home tab shows these words."""

    def look() -> bool | None:
        world.clock.jump(timedelta(seconds=1))
        return (world.chi.home is not None and words in world.chi.home.shown) or None

    world.slack.wait_for(look, 10, f"the home tab with {words}")


def test_a_press_is_not_lost_behind_a_refresh(world: World) -> None:
    """While a refresh waits for a rate limit, the person chooses a part: that is what they get."""
    start_two(world)
    opened(world, world.chi)
    act(world)
    world.slack.faults.add(PUBLISH, "ratelimited", retry_after=1)
    before = published(world)
    world.app.home_tabs.refresh()
    world.slack.wait_for(lambda: published(world) > before or None, what="the limited refresh")

    world.chi.click("home", "2 in all")
    search(world, world.chi, words="Two")
    world.app.home_tabs.refresh()

    shows_in_time(world, "1 enrollment, with “Two”")
    assert "Production" not in world.chi.home.shown
