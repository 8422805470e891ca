"""**History** in pages and with filters, **Undo** in it and by its verb, as people use them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.access import Actor
from bot.domain.enrollment import Event, EventKind, Pair, State
from bot.domain.history import PER_PAGE, HistoryQuery, Topic, kinds_of
from bot.localslack import Person, View
from bot.use_cases import Caller
from tests.repository.keeping import rows
from tests.support.bot_world import World
from tests.support.steps import StepKey as K
from tests.support.walkthrough import accepted, act, reach, skip, told


def opened(world: World, person: Person) -> View:
    """The modal with the history."""
    person.click(world.card(), "History")
    return person.wait_view("History")


def lines(view: View) -> list[str]:
    """The entries that a modal shows."""
    return [line for line in view.shown.splitlines() if line.startswith("<!date^")]


def changed(world: World, person: Person, view: View) -> View:
    """The same modal once it was drawn again."""
    return world.slack.wait_for(lambda: v if (v := person.view) and v.hash != view.hash else None, 10, "another page")


def fill(world: World, count: int) -> None:
    """So many changes of the pairs, by Ben."""
    number, by = world.enrollment().id, Caller(world.workspace, Actor(world.ben.id, is_admin=True))
    for n in range(count):
        world.app.enrollments.change_pairs(by, number, [Pair(f"S{n}", "W")], frozenset())


def test_a_long_history_comes_in_pages(world_on: World) -> None:
    """The newest page first, each in the order in which things happened; no page is longer than the others."""
    world = world_on
    world.start(collaborators=["ben"])
    fill(world, 2 * PER_PAGE)

    view = opened(world, world.eve)
    assert PER_PAGE == len(lines(view))
    assert f"{2 * PER_PAGE} in all." in lines(view)[-1]
    assert ["Earlier (page 2 of 3)"] == [label for label in view.buttons if "page" in label]

    world.eve.click(view, "Earlier (page 2 of 3)")
    second = changed(world, world.eve, view)
    world.eve.click(second, "Earlier (page 3 of 3)")
    last = changed(world, world.eve, second)

    (oldest,) = lines(last)
    assert "started the Eco enrollment" in oldest
    assert ["Later (page 2 of 3)"] == [label for label in last.buttons if "page" in label]


def test_the_history_is_filtered_by_step_person_and_topic(world: World) -> None:
    """Each alone and together; a filter that finds nothing says so, and everybody's are shown again by a button."""
    reach(world, K.FULL_ECO, collaborators=["ben"])
    fill(world, 2)
    skip(world, world.ben, K.FULL_ECO)
    view = opened(world, world.ana)
    everything = len(lines(view))

    world.ana.choose(view, "history.topic", "Lists")
    lists = changed(world, world.ana, view)
    assert [True] * 2 == ["pairs" in line for line in lines(lists)]

    world.ana.choose(lists, "history.topic", "Everything")
    view = changed(world, world.ana, lists)
    world.ana.choose(view, "history.by", "ben")
    bens = changed(world, world.ana, view)
    assert [True] * 3 == [f"<@{world.ben.id}>" in line for line in lines(bens)]

    world.ana.choose(bens, "history.step", "Full Eco: strategy call and ramp-up")
    skipped = changed(world, world.ana, bens)
    (line,) = lines(skipped)
    assert "skipped *Full Eco" in line

    world.ana.choose(skipped, "history.topic", "AWS checks and files")
    none = changed(world, world.ana, skipped)
    assert "Nothing here matches. Choose other filters." in none.shown

    for action_id, choice in (("history.topic", "Everything"), ("history.step", "All steps")):
        world.ana.choose(none, action_id, choice)
        none = changed(world, world.ana, none)
    world.ana.click(none, "By everybody")
    assert everything == len(lines(changed(world, world.ana, none)))


def test_every_kind_of_event_has_a_topic_and_sent_tickets_are_tickets(world: World) -> None:
    """Nothing can be filtered away for good."""
    assert set(EventKind) == {kind for topic in Topic for kind in kinds_of(topic)}
    reach(world, K.ENABLE_SUBSETS)
    act(world, world.ana, K.ENABLE_SUBSETS)

    page = world.app.enrollments.history_page(world.workspace, 1, HistoryQuery(topic=Topic.TICKETS))

    assert [(EventKind.WAIT_STARTED, K.ENABLE_SUBSETS)] == [
        (entry.event.kind, entry.event.step) for entry in page.entries
    ]


def test_a_page_beyond_the_last_is_the_last(world: World) -> None:
    """Pages shrink while somebody looks, when a filter is chosen."""
    number = world.start().id

    page = world.app.enrollments.history_page(world.workspace, number, HistoryQuery(page=9))

    assert (1, 1, 1) == (page.page, page.pages, page.found)


def test_an_undo_from_the_history_puts_everything_back(world_on: World) -> None:
    """It shows what it takes back, the history and the thread say who did it, and the card is as before."""
    world = world_on
    reach(world, K.FULL_ECO)
    before = world.card().blocks
    skip(world, world.ana, K.FULL_ECO, reason="no & <need>")

    view = opened(world, world.ana)
    world.ana.click(view, "Undo")
    form = world.ana.wait_view("Undo")
    assert "skipped *Full Eco: strategy call and ramp-up*: no & <need>" in form.shown
    accepted(world.ana.submit())
    world.deliver()

    assert State.OPEN is world.enrollment().step(K.FULL_ECO).state
    assert [block.get("text") for block in before] == [block.get("text") for block in world.card().blocks]
    line = world.thread()[-1].text
    assert line.startswith(f"<@{world.ana.id}> undid this change: “<@{world.ana.id}> skipped *Full Eco")
    assert line.endswith("Now open: Full Eco: strategy call and ramp-up.")
    again = world.slack.wait_for(
        lambda: v if (v := world.ana.view) and "undid this change" in v.shown else None,
        10,
        "it",
    )
    assert "Undo" not in again.buttons


def test_the_verb_undoes_the_last_change_and_says_so(world: World) -> None:
    """With the same form; a repeated delivery of it changes nothing more."""
    reach(world, K.FULL_ECO)
    skip(world, world.ana, K.FULL_ECO)

    world.ana.command("/eco", "undo", channel=world.channel.name)
    world.ana.wait_view("Undo")
    delivery = world.ana.submit()
    version = world.enrollment().version
    world.slack.redeliver(delivery)

    assert "is as it was before" in str(delivery.response)
    assert State.OPEN is world.enrollment().step(K.FULL_ECO).state
    assert version == world.enrollment().version


def test_an_undo_that_came_too_late_or_is_not_theirs_is_refused_with_the_reason(world: World) -> None:
    """By the verb as by the form that was open."""
    reach(world, K.FULL_ECO, collaborators=["ben"])
    skip(world, world.ana, K.FULL_ECO)

    said = told(world, world.ben, world.ben.command("/eco", "undo", channel=world.channel.name))
    assert f"<@{world.ana.id}> made the last change. Only they or an admin can undo it." == said

    world.ana.command("/eco", "undo", channel=world.channel.name)
    world.ana.wait_view("Undo")
    fill(world, 1)
    world.ana.submit()
    assert "This enrollment has changed since then" in world.ana.wait_view("That did not work").shown

    world.clock.jump(timedelta(minutes=11))
    said = told(world, world.ben, world.ben.command("/eco", "undo", channel=world.channel.name))
    assert "more than ten minutes old" in said


def test_the_history_of_thousands_of_events_is_read_by_pages(world: World) -> None:
    """No statement gives more than a page."""
    from bot.delivery import outbox_writer

    number = world.start().id
    with world.app.database.write() as connection:
        enrollment = world.enrollment()
        for _ in range(300):
            outbox_writer.tell(connection, enrollment, Event(EventKind.EXPORTED), world.ana.id, world.clock.now())

    page = world.app.enrollments.history_page(world.workspace, number, HistoryQuery(by=world.ana.id, page=3))

    assert (PER_PAGE, 3, 301) == (len(page.entries), page.page, page.found)


@pytest.mark.parametrize("label", ["Undo", "Export"])
def test_buttons_of_the_history_are_offered_to_those_who_may_use_them(world: World, label: str) -> None:
    """Everybody who sees it may export; only the author and admins may undo."""
    reach(world, K.FULL_ECO)
    skip(world, world.ana, K.FULL_ECO)
    before = rows(world.app.database)

    offered = {person.name: label in opened(world, person).buttons for person in (world.ana, world.chi, world.eve)}

    assert {"ana": True, "chi": True, "eve": label == "Export"} == offered
    assert before == rows(world.app.database)


def test_an_undone_move_brings_the_card_back(world: World) -> None:
    """Channel, owner and collaborators are as they were; the card that was posted meanwhile says where it went."""
    world.start(collaborators=["ben"])
    before = world.enrollment()
    world.ana.click(world.card(), "Edit")
    accepted(world.fill(world.ana, "Edit", channel_id="finops", owner="dev", collaborators=[]))
    world.deliver()

    world.ana.command("/eco", "undo Production", channel=world.channel.name)
    world.ana.wait_view("Undo")
    world.ana.submit()
    world.deliver()

    after = world.enrollment()
    people = (before.channel_id, before.owner, before.owner_zone, before.collaborators)
    assert people == (after.channel_id, after.owner, after.owner_zone, after.collaborators)
    assert world.card().text.startswith("Eco enrollment of Production")
    assert "undid this change" in world.thread()[-1].text
    assert [] == [message for message in world.slack.channel("finops").messages if message.buttons]
