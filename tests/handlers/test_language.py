"""`/eco language`: German in a channel or in a workspace; who may choose it, and what stays English."""

from __future__ import annotations

from bot.domain.procedure import USUAL
from tests.handlers.test_home import opened
from tests.handlers.test_quiet import choose
from tests.handlers.test_reminders import at
from tests.support.bot_world import World, running
from tests.support.walkthrough import accepted, answer_to, told


def say(world: World, words: str, person: str = "ana") -> str:
    """What the bot answers to the command."""
    who = getattr(world, person)
    return told(world, who, who.command("/eco", f"language {words}", channel="eco-rollout"))


def test_a_channel_gets_its_language(world_on: World) -> None:
    """Its card is drawn again, and what comes later is German; another channel stays as it was."""
    world = world_on
    world.start()
    world.start(account_id="2" * 12, account_name="Two", spot_org_id="700002", channel_id="eco-portfolio")

    assert "I write in English in this channel" in say(world, "")
    assert say(world, "Deutsch") == "Ab jetzt schreibe ich in diesem Channel Deutsch. Seine Karten zeichne ich neu."
    world.deliver()

    german, english = world.card(), world.slack.channel("eco-portfolio").messages[-1]
    assert "Eco-Enrollment von Production" in german.text
    assert "*Management Account verbinden* — offen. <@U0ANA00001> ist dran." in german.shown
    assert "Eco enrollment of Two" in english.text
    assert "In diesem Channel schreibe ich Deutsch, und Englisch in Direktnachrichten" in say(world, "")
    world.ana.click(german, "Als erledigt markieren", near="Management Account verbinden")
    accepted(world.fill(world.ana, "Mark done"))
    world.deliver()
    assert "wartet auf AWS und Spot bis" in world.card().shown
    [line] = [each.text for each in world.thread() if "verbunden" in each.text]
    assert line.startswith(
        "<@U0ANA00001> hat den AWS Management Account verbunden. Jetzt warten wir auf AWS und Spot, bis"
    )

    say(world, "en")
    world.deliver()
    assert "Eco enrollment of Production" in world.card().text


def test_an_answer_has_the_language_of_its_place(world_on: World) -> None:
    """A command that of its channel; a form that of the card on which it was opened, to its end; home the other."""
    world = world_on
    world.start(position="enable_subsets")
    say(world, "German")
    world.deliver()
    german, english = (told.spec("enable_subsets").title for told in (USUAL.languages["de"], USUAL))

    def status(channel: str) -> str:
        return answer_to(world, world.ana.command("/eco", "status 123456789012", channel=channel)).shown

    assert german in status("eco-rollout")
    assert english in status("eco-portfolio")
    assert english in opened(world, world.ana).shown
    assert "Management Account verbinden" in reopening(world)

    say(world, "German everywhere", "chi")
    say(world, "English")
    world.deliver()

    assert english in status("eco-rollout")
    assert german in status("eco-portfolio")
    home = opened(world, world.ana)
    assert german in home.shown
    assert "1 braucht dich, wird gezeigt" in str(home.blocks)
    listed = world.ana.command("/eco", f"list {german}", channel="eco-portfolio")
    assert f"1 Enrollment, bei *{german}*." in answer_to(world, listed).shown
    assert "startet ein Enrollment" in told(
        world, world.ana, world.ana.command("/eco", "help", channel="eco-portfolio")
    )
    world.ana.click("home", "Suchen und filtern")
    accepted(world.fill(world.ana, world.ana.wait_view().title, party="Spot support", segment="all"))
    shown = "Kein Enrollment wartend auf den Spot-Support."
    world.slack.wait_for(lambda: shown in world.ana.home.shown or None, 5, "the filtered home tab")
    assert "Connect the management account" in reopening(world)


def reopening(world: World) -> str:
    """What the second window says of those in which a step is reopened."""
    card = world.card()
    words = "Reopen a step…" if card.text.startswith("Eco enrollment") else "Schritt wieder öffnen…"
    world.ana.click(card, words)
    choice = world.ana.wait_view()
    world.ana.fill({"step": "connect_account"})
    world.ana.submit()
    shown = world.slack.wait_for(lambda: look_again(world, choice.callback_id), 5, "the next window")
    world.ana.close_all()
    return shown


def look_again(world: World, before: str) -> str | None:
    """What the window says that took the place of another one."""
    view = world.ana.view
    return view.shown if view is not None and view.callback_id != before else None


def test_the_whole_workspace_has_a_language(world: World) -> None:
    """An admin chooses it; a channel with a language of its own keeps that; direct messages follow."""
    world.start()
    say(world, "English")
    world.start(account_id="2" * 12, account_name="Two", spot_org_id="700002", channel_id="eco-portfolio")

    assert "Only admins may choose the language of the whole workspace." in say(world, "German everywhere")
    assert "Ab jetzt schreibe ich Deutsch, in Direktnachrichten" in say(world, "everywhere German", "chi")
    world.deliver()

    assert "Eco enrollment of Production" in world.card().text
    assert "Eco-Enrollment von Two" in world.slack.channel("eco-portfolio").messages[-1].text
    world.ana.click(world.card(), "Mark done", near="Connect the management account")
    accepted(world.fill(world.ana, "Mark done"))
    choose(world, reminding="direct")
    at(world, 2026, 11, 25, 18, 0)
    [direct] = world.ana.direct_messages
    assert "Management Account verbinden" in direct.text
    assert "Antworten" in direct.buttons


def test_only_people_of_an_enrollment_there_and_admins_choose(world: World) -> None:
    """Somebody else of the channel is told who may; an unknown language, and a direct message, are refused."""
    world.start(collaborators=["ben"])
    world.deliver()

    refused = "Only admins, and owners and collaborators of an enrollment in this channel, may choose its language."
    assert refused in say(world, "German", "dev")
    assert "Ab jetzt" in say(world, "German", "ben")
    assert "From now on" in say(world, "English", "chi")
    assert "I don't know the language “Klingon”. I speak English and German." in say(world, "Klingon")


def test_the_operator_chooses_the_first_language(sqlite_url: str) -> None:
    """With ECO_LANGUAGE, everything is German until somebody chooses."""
    with running(sqlite_url, ECO_LANGUAGE="German") as world:
        world.start()
        world.deliver()
        assert "Eco-Enrollment von Production" in world.card().text
        opened(world, world.ana)
        assert "In diesem Channel schreibe ich Deutsch, und Deutsch in Direktnachrichten" in say(world, "")
