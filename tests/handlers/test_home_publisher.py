"""Publishing the home tab: rate limits, conflicts, an app without a home tab; the newest picture wins."""

from collections.abc import Callable

import pytest

from bot.handlers.home_publisher import HomePublisher
from bot.slack.slack_errors import RetryLater
from tests.support.bot_world import World

PUBLISH = "views.publish"


@pytest.mark.parametrize("kind", ["hash_conflict", "internal_error", "http_503", "not_json", "drop_after"])
def test_a_home_tab_that_slack_did_not_take_is_published_again(world: World, kind: str) -> None:
    """After a moment, and nobody gets a direct message for having opened a tab."""
    world.slack.faults.add(PUBLISH, kind)
    world.ana.open_home()
    world.slack.wait_for(lambda: len(world.slack.calls_of(PUBLISH)) >= 2 or None, what="the second try")

    assert "no enrollments yet" in world.slack.wait_for(lambda: world.ana.home, what="the home tab").shown
    assert [] == world.ana.direct_messages


def test_a_rate_limit_of_the_home_tab_is_obeyed(world: World) -> None:
    """Slack names the seconds; whoever opens the tab meanwhile asks Slack nothing, and gets the newest picture."""
    world.slack.faults.add(PUBLISH, "ratelimited", retry_after=1)
    world.ana.open_home()
    world.slack.wait_for(lambda: world.slack.calls_of(PUBLISH) or None, what="the limited call")
    world.ana.open_home()
    assert 1 == len(world.slack.calls_of(PUBLISH))
    world.start()
    world.jump(seconds=2)

    home = world.slack.wait_for(lambda: world.ana.home, what="the home tab")
    assert "Production" in home.shown
    assert [] == world.ana.direct_messages


def test_an_app_without_a_home_tab_bothers_nobody(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """Slack's word is in the log; the tab is not tried again by itself."""
    world.slack.faults.add(PUBLISH, "not_enabled")
    world.ana.open_home()
    world.slack.wait_for(lambda: "not_enabled" in caplog.text or None, what="the log")

    assert 1 == len(world.slack.calls_of(PUBLISH))
    assert [] == world.ana.direct_messages


class Later:
    """Keeps work until a test runs it."""

    def __init__(self) -> None:
        self.kept: list[tuple[float, Callable[[], None]]] = []

    def __call__(self, seconds: float, work: Callable[[], None]) -> None:
        """Keep it."""
        self.kept.append((seconds, work))

    def run(self) -> float:
        """Run what was kept first; how long it would have waited."""
        seconds, work = self.kept.pop(0)
        work()
        return seconds


def test_the_newest_picture_wins_and_each_try_waits_longer() -> None:
    """One that is drawn while another waits takes its place; without Retry-After the pauses double."""
    later, drawn, refusals = Later(), list[str](), [4]
    home = HomePublisher(later)

    def draw(picture: str) -> Callable[[], None]:
        def publish() -> None:
            if refusals[0]:
                refusals[0] -= 1
                raise RetryLater("ratelimited")
            drawn.append(picture)

        return publish

    home.publish("U0ANA", draw("first"))
    home.publish("U0ANA", draw("second"))
    home.publish("U0BEN", draw("third"))
    assert [1.0, 1.0] == [later.run(), later.run()]
    assert [2.0] == [seconds for seconds, _ in later.kept][:1]
    while later.kept:
        later.run()

    assert ["second", "third"] == sorted(drawn)
    home.publish("U0ANA", draw("fourth"))
    assert "fourth" == drawn[-1]


def test_a_fault_of_the_renderer_is_raised_and_the_next_picture_is_drawn() -> None:
    """It must not keep the person's tab as it is for ever."""
    later, drawn = Later(), list[str]()
    home = HomePublisher(later)

    def fail() -> None:
        home.publish("U0ANA", lambda: drawn.append("meanwhile"))
        raise LookupError("no template")

    with pytest.raises(LookupError):
        home.publish("U0ANA", fail)
    later.run()
    home.publish("U0ANA", lambda: drawn.append("after"))
    assert ["meanwhile", "after"] == drawn
