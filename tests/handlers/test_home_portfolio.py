"""The home tab as a portfolio: counts as filters, search, order and pages, which any process can serve."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from bot.localslack import Person, View
from tests.handlers.test_home import opened
from tests.presentation.reading import mrkdwn
from tests.support.bot_world import ACCOUNT, ORG, World, running
from tests.support.enrollment_copies import copies, rename
from tests.support.steps import StepKey
from tests.support.walkthrough import accepted

#: Every enrollment but the first one is a copy: Account 2, Account 3, …
MANY = 25


@pytest.fixture
def crowded(world: World) -> World:
    """Chi, an admin, looks at twenty-five enrollments of Ana's."""
    return fill(world)


@pytest.fixture
def crowded_on(database_url: str) -> Iterator[World]:
    """The same once on SQLite and once on PostgreSQL."""
    with running(database_url) as started:
        yield fill(started)


def fill(world: World) -> World:
    """Start one enrollment and copy it."""
    world.start(account_name="Account 1", collaborators=["ben"])
    copies(world, MANY - 1)
    return world


def shows(world: World, person: Person, *words: str) -> View:
    """The home tab, as soon as it shows all of these words, in its texts or on its buttons."""

    def look() -> View | None:
        home = person.home
        said = "\n".join((home.shown, *home.buttons)) if home is not None else ""
        return home if all(each in said for each in words) else None

    return world.slack.wait_for(look, 10, f"the home tab with {words}")


def search(world: World, person: Person, **fields: str) -> None:
    """Fill the form of the filters and send it."""
    person.click("home", "Search and filter")
    accepted(world.fill(person, "Search and filter", **fields))


def test_pages_turn_both_ways_and_have_ten_rows(crowded: World) -> None:
    """Each row is shown once; the last page has what is left."""
    world, chi = crowded, crowded.chi
    first = opened(world, chi)
    assert "1 to 10 of 25 enrollments, most urgent first." in first.shown
    assert ["25 need us", "25 finish this month", "25 in all"] == first.buttons[:3]
    assert 10 == first.buttons.count("Open")
    assert "Back" not in first.buttons

    chi.click("home", "Next (page 2 of 3)")
    second = shows(world, chi, "11 to 20 of 25")
    chi.click("home", "Next (page 3 of 3)")
    third = shows(world, chi, "21 to 25 of 25")

    shown = "".join(view.shown for view in (first, second, third))
    assert [1] * MANY == [len(re.findall(rf"Account {number}>?\* ", shown)) for number in range(1, MANY + 1)]
    assert 5 == third.buttons.count("Open")
    chi.click("home", "Back")
    shows(world, chi, "11 to 20 of 25")


def test_a_search_finds_by_name_account_and_organization(crowded_on: World) -> None:
    """Parts of names in any letters, the beginning of an account ID as people write it, the organization ID."""
    world, chi = crowded_on, crowded_on.chi
    rename(world, 7, "Ümläut & Söhne")
    opened(world, chi)

    for words in ("ÜMLÄUT & s", "1000-0000-0007", "100000000007"):
        search(world, chi, words=words)
        home = shows(world, chi, "1 enrollment, with “")
        assert "*Ümläut & Söhne*" in home.shown
        assert 1 == home.buttons.count("Open")
    search(world, chi, words=ORG)
    shows(world, chi, "25 enrollments, with “")

    chi.click("home", "Show all")
    shows(world, chi, "1 to 10 of 25 enrollments, most urgent first.")


def test_a_search_that_finds_nothing_says_what_was_searched(world: World) -> None:
    """Signs of SQL and of Slack are letters like others; **Show all** leads back."""
    world.start()
    opened(world, world.eve)

    for words in ("%", "_", "100%", "Nobody's", "\\", "<!channel>"):
        search(world, world.eve, words=words)
        home = shows(world, world.eve, "No enrollment with “")
        assert f"“{words}” in the name or the IDs." in home.shown.replace("\u200b", "")
        assert "<!channel>" not in "".join(mrkdwn(home.blocks))
        world.eve.click("home", "Show all")
        shows(world, world.eve, "Production")


def test_a_search_for_nothing_shows_everything_and_a_long_one_is_refused_at_its_field(world: World) -> None:
    """Spaces are nothing; what is too long stays in the field."""
    world.start()
    opened(world, world.eve)
    world.eve.click("home", "Search and filter")

    delivery = world.fill(world.eve, "Search and filter", words="x" * 300)
    assert {"words": "Search for 100 characters at most. This has 300."} == delivery.response["errors"]
    assert "x" * 300 == world.eve.view.values["words"]

    accepted(world.fill(world.eve, "Search and filter", words="   "))
    shows(world, world.eve, "1 enrollment.", "Production")


def test_a_name_of_another_workspace_is_not_found(world: World) -> None:
    """What stands in the same database under another key does not exist here."""
    world.start(account_name="Elsewhere")
    world.start(account_id="222222222222", account_name="Here", spot_org_id="2222222")
    rename(world, 1, "Elsewhere", workspace="T0OTHER001")
    opened(world, world.chi)

    search(world, world.chi, words="Elsewhere")

    assert "Elsewhere>*" not in shows(world, world.chi, "No enrollment with “Elsewhere”").shown


FILTERS: dict[str, tuple[dict[str, str], str, str]] = {
    "owner": ({"owner": "ben"}, "Two", "owned by <@"),
    "channel": ({"channel": "finops"}, "Two", "1 enrollment, in <#"),
    "step": ({"step": "Create subsets"}, "Two", "at *Create subsets*"),
    "party": ({"party": "AWS and Spot"}, "Production", "1 enrollment, waiting for AWS and Spot."),
    "ours": ({"party": "Ours"}, "Two", "our turn"),
    "part": ({"segment": "Waiting"}, "Production", "1 enrollment waits."),
}


def test_each_filter_narrows_the_list_and_says_so(world: World) -> None:
    """The form opens with what is chosen; the counts are those under the filter."""
    world.start(position="connect_account:waiting", since="2026-11-23")
    two = {"account_id": "222222222222", "account_name": "Two", "spot_org_id": "2222222", "owner": "ben"}
    world.start(**two, channel_id="finops", position="create_subsets")
    opened(world, world.chi)

    for fields, found, told in FILTERS.values():
        search(world, world.chi, **fields)
        home = shows(world, world.chi, told)
        assert [found in home.shown, 1] == [True, home.buttons.count("Open")]
        world.chi.click("home", "Search and filter")
        form = world.chi.wait_view("Search and filter")
        assert [] == [name for name in fields if not form.values[name]]
        world.chi.close_all()
        world.chi.click("home", "Show all")
        shows(world, world.chi, "2 enrollments, most urgent first.")


def test_each_count_is_a_filter(world: World) -> None:
    """A part with nothing in it has no button; what is shown is marked, for screen readers, too."""
    world.start(position="connect_account:waiting", since="2026-11-18")
    two = {"account_id": "222222222222", "account_name": "Two", "spot_org_id": "2222222"}
    world.start(**two, position="connect_account:waiting", since="2026-11-23")
    home = opened(world, world.chi)
    assert ["1 late", "1 needs us", "1 waiting"] == home.buttons[:3]

    world.chi.click("home", "1 late")
    late = shows(world, world.chi, "1 enrollment is late.")
    assert ["Production" in late.shown, "Two" in late.shown] == [True, False]
    marked = [each for each in late.blocks[1]["elements"] if each.get("style") == "primary"]
    assert ["1 late, shown now"] == [each["accessibility_label"] for each in marked]

    world.chi.click("home", "1 waiting")
    assert "Production" not in shows(world, world.chi, "1 enrollment waits.").shown


def test_the_order_is_chosen_and_kept(crowded: World) -> None:
    """From the first page on, also while filters change."""
    world, chi = crowded, crowded.chi
    world.clock.jump(timedelta(hours=1))
    two = {"account_id": "222222222222", "account_name": "Youngest", "spot_org_id": "2222222"}
    world.start(**two, position="connect_account:waiting", since="2026-11-10")
    assert "Youngest" in opened(world, chi).shown
    chi.click("home", "Next (page 2 of 3)")
    shows(world, chi, "11 to 20 of 26")

    chi.choose("home", "home.sort", "Oldest first")
    first = shows(world, chi, "1 to 10 of 26 enrollments, oldest first.")
    assert "Youngest" not in first.shown
    chi.click("home", "26 in all")
    shows(world, chi, "1 to 10 of 26 enrollments, oldest first.")


def test_a_page_that_shrank_between_two_presses_shows_the_last_one(crowded: World) -> None:
    """The button names a page that is gone by the time it is pressed."""
    world, chi = crowded, crowded.chi
    opened(world, chi)
    chi.click("home", "Next (page 2 of 3)")
    shows(world, chi, "11 to 20 of 25")
    for number in range(6, MANY + 1):
        rename(world, number, "gone", workspace="T0OTHER001")

    chi.click("home", "Next (page 3 of 3)")

    assert 5 == shows(world, chi, "\n5 enrollments, most urgent first.").buttons.count("Open")


def test_another_process_serves_the_next_press(crowded: World) -> None:
    """Filter and page travel with the view: a process that has never seen it turns the page, and reopens it as it was.

    Also after a form that was opened there.
    """
    world, ana = crowded, crowded.ana
    opened(world, ana)
    search(world, ana, words="Account 1")
    shows(world, ana, "1 to 10 of 11")
    forget(world)

    ana.click("home", "Next (page 2 of 2)")
    last = shows(world, ana, "11 to 11 of 11")
    forget(world)
    assert last.shown == opened(world, ana).shown

    ana.click("home", "Mark done")
    accepted(world.fill(ana, "Mark done"))
    shows(world, ana, "11 to 11 of 11", "— waiting")


def forget(world: World) -> None:
    """Let this process be another one: it remembers no home tab."""
    world.app.home_tabs._tabs.clear()


def test_what_a_home_tab_of_an_older_version_shows_is_replaced(world: World) -> None:
    """It had no metadata."""
    world.start()
    opened(world, world.ana)
    publish(world, lambda view: {"type": "home", "blocks": view.blocks})

    world.ana.click("home", "Mark done")
    accepted(world.fill(world.ana, "Mark done"))

    shows(world, world.ana, "— waiting")


def publish(world: World, change: Callable[[View], dict[str, object]]) -> None:
    """Publish something else to Ana."""
    assert world.ana.home is not None
    world.app.workspace.gateway.publish_home(world.ana.id, change(world.ana.home))


def test_late_and_why_in_one_look(world: World) -> None:
    """Since when, whose turn it is, and what somebody said when they put it off."""
    world.start(position="connect_account:waiting", since="2026-11-18", account_id=ACCOUNT)
    world.click(world.ana, "Still waiting", StepKey.CONNECT_ACCOUNT)
    accepted(world.fill(world.ana, "Still waiting", note="support promised Friday", until="2026-11-27"))
    home = opened(world, world.eve)

    world.eve.click("home", "1 late")

    home = shows(world, world.eve, "1 enrollment is late.")
    assert f"*late*. <@{world.ana.id}>'s turn: Are Cost" in home.shown
    assert "support promised Friday" in home.shown
