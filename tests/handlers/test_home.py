"""The App Home: what needs the person first, each with what is next; its buttons work there."""

from __future__ import annotations

from bot.localslack import Person, View
from tests.support.bot_world import World
from tests.support.steps import TOTAL, StepKey
from tests.support.walkthrough import accepted, answer_to, reach, told

#: The buttons about oneself.
MENU = ("I'm away", "Hand over", "Notifications", "Export list")


def opened(world: World, person: Person) -> View:
    """The home tab after the person has opened it."""
    calls = len(world.slack.calls_of("views.publish"))
    person.open_home()
    world.slack.wait_for(lambda: len(world.slack.calls_of("views.publish")) > calls or None, 5, "the home tab")
    assert person.home is not None
    return person.home


def test_a_person_without_enrollments_is_shown_how_to_start(world: World) -> None:
    """The button opens the form."""
    home = opened(world, world.eve)

    assert "You have no enrollments yet: start one, and this tab shows its steps" in home.shown
    assert ["Start an enrollment", *MENU] == home.buttons
    world.eve.click("home", "Start an enrollment")
    assert "Start an enrollment" == world.eve.wait_view().title


def test_the_home_tab_shows_ones_own_with_their_next_action(world: World) -> None:
    """For the owner and for collaborators: progress, the next step with whose turn it is, and the button for it."""
    world.start(collaborators=["ben"], position="create_subsets")

    home = opened(world, world.ben)

    assert "1 enrollment needs you." in home.shown
    assert "|Production>* (1234-5678-9012) in " in home.shown
    assert f"*3 of {TOTAL} steps*" in home.shown
    assert "*Create subsets* — open since " in home.shown
    assert f"<@{world.ana.id}>'s turn." in home.shown
    tools = ["Search and filter", "Show all", "Start an enrollment"]
    assert [
        "1 needs you",
        "1 needs us",
        "1 finishes this month",
        "1 in all",
        *tools,
        "Open",
        "Mark done",
        *MENU,
    ] == home.buttons


def test_the_name_is_the_link_to_the_card(world: World) -> None:
    """Once the card is posted."""
    world.start()

    link = world.app.workspace.gateway.link(world.channel.id, world.card().ts)
    assert f"*<{link}|Production>*" in opened(world, world.ana).shown


def test_what_waits_for_an_answer_comes_first(world: World) -> None:
    """A due step before an open one."""
    world.start(account_id="222222222222", account_name="Two", spot_org_id="2222222")
    world.start(position="connect_account:waiting", since="2026-11-20")

    home = opened(world, world.ana)

    assert home.shown.index("|Production>*") < home.shown.index("|Two>*")
    assert "*Connect the management account* — due since " in home.shown
    assert ["Open", "It's ready", "Still waiting", "Open", "Mark done"] == home.buttons[-5 - len(MENU) : -len(MENU)]


def test_who_has_none_of_their_own_sees_everybodys_without_buttons(world: World) -> None:
    """A manager's home is not empty, and nobody is offered what they would be refused."""
    world.start()

    home = opened(world, world.eve)

    assert "1 enrollment." in home.shown
    assert "|Production>*" in home.shown
    counts = ["1 needs us", "1 finishes this month", "1 in all"]
    assert [*counts, "Search and filter", "Start an enrollment", "Open", *MENU] == home.buttons


def test_an_admin_sees_everybodys_and_may_act(world: World) -> None:
    """Also where some are the admin's own."""
    world.start()
    world.start(world.chi, account_id="222222222222", account_name="Two", spot_org_id="2222222")

    home = opened(world, world.chi)

    assert "2 enrollments, most urgent first." in home.shown
    assert 2 == home.buttons.count("Mark done")


def test_a_button_on_the_home_tab_works_and_draws_it_anew(world: World) -> None:
    """ "It's ready" there is as good as on the card."""
    world.start(position="connect_account:waiting", since="2026-11-18")
    opened(world, world.ana)

    world.ana.click("home", "It's ready")

    world.slack.wait_for(lambda: f"*2 of {TOTAL} steps*" in world.ana.home.shown or None, 5, "the new home tab")
    world.deliver()
    assert "Connect the management account: done" in world.card().text


def test_a_form_that_was_opened_on_the_home_tab_draws_it_anew_when_it_is_saved(world: World) -> None:
    """Nobody has to leave the tab and come back to see it."""
    world.start()
    opened(world, world.ana)

    world.ana.click("home", "Mark done")
    accepted(world.fill(world.ana, "Mark done"))

    world.slack.wait_for(lambda: "— waiting" in world.ana.home.shown or None, 5, "the new home tab")


def test_open_shows_the_whole_card_and_its_buttons_work(world: World) -> None:
    """A form lies on top of it, and what changed is seen when that is closed."""
    world.start()
    opened(world, world.ana)

    world.ana.click("home", "Open")
    whole = world.ana.wait_view("Enrollment")
    assert world.card().buttons == whole.buttons
    world.ana.click(whole, "Mark done")
    accepted(world.fill(world.ana, "Mark done"))

    world.slack.wait_for(
        lambda: (world.ana.view and "*Connect the management account* — waiting" in world.ana.view.shown) or None,
        5,
        "the card as it is now",
    )
    world.ana.click(world.ana.view, "It's ready")
    accepted(world.fill(world.ana, "It's ready"))
    world.slack.wait_for(
        lambda: "Connect the management account — done" in world.ana.view.shown or None, 5, "the card as it is now"
    )


def test_a_button_that_no_longer_applies_says_so_on_the_home_tab(world: World) -> None:
    """The tab may be old: the state is told and nothing is changed."""
    world.start(position="connect_account:waiting", since="2026-11-18", collaborators=["ben"])
    opened(world, world.ben)
    world.click(world.ana, "It's ready", StepKey.CONNECT_ACCOUNT)

    delivery = world.ben.click("home", "It's ready")

    said = told(world, world.ben, delivery)
    assert f"<@{world.ana.id}> already confirmed this." in said


def test_a_closed_channel_is_told_on_the_home_tab(world: World) -> None:
    """With what to do about it."""
    world.start()
    world.channel.archive()
    act_without_card(world)
    world.deliver()

    home = opened(world, world.ana)

    assert "I can't post in " in home.shown
    assert " (it is archived)" in home.shown
    assert "Choose another progress channel with *Open*, *Edit*, or unarchive it." in home.shown


def act_without_card(world: World) -> None:
    """Change the enrollment from another channel, so that something is owed."""
    delivery = world.ana.command("/eco", "status Production", channel="finops")
    world.ana.click(answer_to(world, delivery), "Mark done")
    accepted(world.fill(world.ana, "Mark done"))


def test_completed_and_cancelled_ones_have_parts_of_their_own(world: World) -> None:
    """Cancelled ones are shown where somebody asks for them; both can be opened, and neither asks for anything."""
    reach(world, StepKey.CONNECT_ACCOUNT)
    world.ana.click(world.card(), "Cancel enrollment")
    accepted(world.fill(world.ana, "Cancel enrollment", reason="wrong account"))
    world.deliver()
    assert "Production" not in opened(world, world.ana).shown

    world.ana.click("home", "Search and filter")
    accepted(world.fill(world.ana, "Search and filter", segment="Cancelled"))

    home = world.slack.wait_for(lambda: "— cancelled" in world.ana.home.shown and world.ana.home, 5, "the cancelled")
    assert "1 enrollment is cancelled." in home.shown
    assert "Mark done" not in home.buttons
    world.ana.click("home", "Open")
    assert "Resume" in world.ana.wait_view("Enrollment").buttons


def test_the_messages_tab_needs_nothing(world: World) -> None:
    """Slack tells of it with the same event."""
    world.slack.send_event({"type": "app_home_opened", "user": world.ana.id, "tab": "messages", "channel": "D1"})

    assert [] == world.slack.calls_of("views.publish")
