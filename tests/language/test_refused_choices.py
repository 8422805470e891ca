"""People and channels that cannot be chosen: refused in German where that is shown, in English where it is kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bot.domain.errors import InvalidForm
from bot.domain.sentences import Words, told
from bot.language.spoken import speaking
from bot.localslack import Message, SeedPerson
from bot.slack.rights import Rights
from tests.handlers.test_bulk_start import now, work
from tests.handlers.test_hand_over import several
from tests.language.test_leftovers import vocabulary, words_of
from tests.language.test_stored_words import upload
from tests.support import start_files, walkthrough
from tests.support.bot_world import World, running
from tests.support.outsiders import APP, GONE, GUEST, NOBODY, PARTNER, add
from tests.support.workflow_runs import run_start, working

ARCHIVED, ABSENT = "C0OLDPROJ1", "C0NOWHERE1"
#: Names of people, and codes of Slack.
NOT_SAID = r"\b(gone|helper|gus|pat|fatal_error)\b|U0\w+"
GERMAN = {"ECO_LANGUAGE": "de"}


@pytest.fixture(scope="module")
def known() -> frozenset[str]:
    """The words of the German translations."""
    return frozenset(vocabulary("de"))


@pytest.fixture
def world(sqlite_url: str) -> Iterator[World]:
    """A German workspace."""
    with running(sqlite_url, **GERMAN) as world:
        yield world


def silent(world: World, user: str) -> str | None:
    """Ask about somebody while Slack does not answer."""
    world.slack.faults.add("users.info", "fatal_error", times=5)
    return world.app.workspace.rights.why_not_full_member(user)


def unseen(world: World, user: str) -> str | None:
    """Ask about a channel while Slack does not answer."""
    world.slack.faults.add("conversations.info", "fatal_error", times=5)
    return world.app.workspace.directory.join_channel(world.channel.id)


#: How each refusal begins in English, somebody of the workspace, and the question that it answers.
Ask = Callable[[Rights, str], str | None]
OF_PEOPLE: list[tuple[str, SeedPerson | None, Ask]] = [
    ("helper is an app. Choose people who can answer.", APP, lambda of, who: of.why_no_person([who])),
    ("gone's account is deactivated. Choose people", GONE, lambda of, who: of.why_no_person([who])),
    ("U0NOBODY01 is not in this Slack. Choose people", None, lambda of, who: of.why_no_person([who])),
    ("gone's account is deactivated. U0NO", GONE, lambda of, who: of.who_cannot_answer([who, NOBODY])),
    ("helper is an app. Choose people who can answer.", APP, lambda of, who: of.why_not_full_member(who)),
    ("gus is a guest here. Choose a full member.", GUEST, lambda of, who: of.why_not_full_member(who)),
    ("pat is not a full member of this Slack. Choose a", PARTNER, lambda of, who: of.why_not_full_member(who)),
    ("You are not in this channel. Choose one", GUEST, lambda of, who: of.why_not_channel(who, "C0FINOPS01")),
]
OF_CHANNELS: list[tuple[str, Callable[[World], str | None]]] = [
    ("This channel is archived.", lambda world: world.app.workspace.directory.join_channel(ARCHIVED)),
    ("I am not in this private channel. Type", lambda world: world.app.workspace.directory.join_channel(ABSENT)),
    ("Slack does not let the bot look at this channel now (fatal_error).", lambda world: unseen(world, "")),
    ("Slack does not tell me who this is right now.", lambda world: silent(world, world.dev.id)),
]


def said_in_both(refusal: str | None, english: str, known: frozenset[str]) -> None:
    """A refusal is German where it is shown at a field, and a text in English."""
    assert isinstance(refusal, Words)
    assert refusal.startswith(english)
    assert told(refusal) == refusal
    with speaking("de"):
        assert set() == words_of(re.sub(NOT_SAID, " ", told(refusal))) - known, told(refusal)
        assert {"owner": told(refusal)} == InvalidForm({"owner": refusal}).faults


@pytest.mark.parametrize(("english", "seed", "ask"), OF_PEOPLE, ids=[f"{each[0][:40]}" for each in OF_PEOPLE])
def test_people_are_refused_in_german(
    world: World, known: frozenset[str], english: str, seed: SeedPerson | None, ask: Ask
) -> None:
    """An app, somebody who has left, nobody, a guest, a partner; German is spoken when it is asked, too."""
    who = add(world, seed).id if seed else NOBODY
    with speaking("de"):
        refusal = ask(world.app.workspace.rights, who)

    said_in_both(refusal, english, known)


@pytest.mark.parametrize(("english", "ask"), OF_CHANNELS, ids=[f"{each[0][:40]}" for each in OF_CHANNELS])
def test_channels_are_refused_in_german(
    world: World, known: frozenset[str], english: str, ask: Callable[[World], str | None]
) -> None:
    """And so is what Slack does not tell."""
    with speaking("de"):
        refusal = ask(world)

    said_in_both(refusal, english, known)


def test_the_field_of_a_form_says_it_in_german(world: World) -> None:
    """A person and a channel of the start form."""
    helper = add(world, APP, world.channel.name)
    fields: dict[str, Any] = {"account_id": "123456789012", "account_name": "Production"}
    world.ana.command("/eco", "enroll", channel=world.channel.name)
    world.fill(world.ana, "Start an enrollment", **fields, owner=helper.name)
    assert {"owner": "helper ist eine App. Wähle Personen, die antworten können."} == world.ana.view.errors

    world.fill(world.ana, "Start an enrollment", owner="ana", channel_id="finance-private")
    [refused] = world.ana.view.errors.values()
    assert refused.startswith("Ich bin nicht in diesem privaten Channel. Gib dort /invite und meinen Namen ein,")
    assert [] == world.enrollments()


def test_a_channel_that_is_not_named_is_so_in_german(world: World) -> None:
    """A private channel, and one of which Slack tells nothing."""
    world.start(channel_id="eco-private")
    world.ana.command("/eco", "enroll", channel=world.channel.name)
    world.fill(world.ana, "Start an enrollment", account_id="123456789012", account_name="Production")
    [refused] = world.ana.view.errors.values()
    assert "Production (läuft). Der Channel dafür: ein privater Channel. Mit /eco status" in refused

    with speaking("de"):
        assert "ein anderer Channel" == told(world.app.workspace.directory.channel_label("C0UNKNOWN1"))


def test_who_has_left_gets_nothing_back(world: World) -> None:
    """**Decline** of one enrollment says "it"; that of several names the account."""
    world.start(owner="dev")
    several(world, 2)
    world.ana.command("/eco", "handover", channel=world.channel)
    world.fill(world.ana, "Hand over", to="dev", scope="all", after="stays")
    world.jump(seconds=6)
    first, second = world.dev.direct_messages[0], world.dev.direct_messages[-1]
    world.slack.deactivate(world.ana)
    world.jump(hours=2)
    owner = "Wähle mit „Übergeben“ einen neuen Owner."

    said = walkthrough.told(world, world.dev, world.dev.click(first, "Ablehnen"))
    assert f"Ich kann es nicht zurückgeben: Das Konto von ana ist deaktiviert. {owner}" == said

    world.dev.close_all()
    world.dev.click(second, "Ablehnen…")
    number = next(each.id for each in world.enrollments() if each.account_name == "Account 1")
    world.fill(world.dev, "Decline", which=[str(number)])
    words = f"Ich kann „Account 1“ nicht zurückgeben: Das Konto von ana ist deaktiviert. {owner}"
    assert {"which": words} == world.dev.view.errors
    assert [world.dev.id] * 3 == [each.owner for each in world.enrollments()]


def two(world: World) -> list[Message] | None:
    """What the bot has written to Ana, once these are two messages."""
    world.deliver()
    found = world.ana.direct_messages
    return found if len(found) == 2 else None


def test_rows_of_a_file_are_refused_in_english(database_url: str) -> None:
    """The preview and the outcome of a row are stored, and other people read them."""
    with running(database_url, **GERMAN, ECO_TICK="1m") as world:
        lines = [start_files.row(1, channel="#finops"), start_files.row(2, channel=ARCHIVED)]
        lines.append(start_files.row(3, owner=NOBODY))
        upload(world, "\n".join([start_files.HEADER, *lines]).encode(), None)
        found = world.slack.wait_for(lambda: two(world), 30, "the preview, and the faults as a file")
        [message] = (each for each in found if not each.files)
        [sent] = (each for each in found if each.files)
        assert "C0OLDPROJ1: This channel is archived. Choose another one." in message.text
        assert f"{NOBODY} is not in this Slack. Choose people who can answer." in message.text
        assert "All 2 lines with a fault of payers.csv." == sent.text

        world.ana.click(message, "1 Enrollment starten")
        world.slack.channel("finops").archive()
        world.jump(minutes=11)
        work(world)

        assert "This channel is archived. Choose another one." in now(world.ana, message).text
        assert [] == world.enrollments()


def test_a_step_of_a_workflow_is_refused_in_english(sqlite_url: str) -> None:
    """The run keeps the sentence."""
    with working(sqlite_url, **GERMAN) as world:
        run = run_start(world, world.ana, owner=NOBODY)
        assert f"Owner: {NOBODY} is not in this Slack. Choose people who can answer." == run.error
        run = run_start(world, world.ana, channel=ARCHIVED)
        assert "Progress channel: This channel is archived. Choose another one." == run.error
