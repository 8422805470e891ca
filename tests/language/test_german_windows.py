"""Windows in a German channel, as people open them from a card: nothing of them is in English."""

from __future__ import annotations

import re
from functools import partial

from bot.localslack import View
from tests.handlers.test_list_view import some_customers
from tests.handlers.test_tickets import record
from tests.language.test_german_forms import ENGLISH, german, said
from tests.language.test_leftovers import words_of
from tests.language.test_stored_words import Life
from tests.support.bot_world import World
from tests.support.steps import StepKey as K
from tests.support.walkthrough import reach, told

#: What people typed or are called, and the time zone of a moment.
TYPED = re.compile(r"Production|Test|Standard margin|\S+@\S+|Ana Lima|\bUTC\b|<[^>]*>")


def left_in(view: View) -> dict[str, str]:
    """The English words of a view: word -> where it stands."""
    found = {}
    for text in (view.title, view.submit, view.close, *said(view.blocks)):
        rest = TYPED.sub(" ", text or "")
        for pattern in ENGLISH:
            rest = re.sub(pattern, " ", rest, flags=re.MULTILINE)
        found |= dict.fromkeys(words_of(rest) - german(), text)
    return found


def test_windows_are_german(world: World) -> None:
    """Those that a card opens, and those that follow from them."""
    reach(world, K.ASSOCIATE_CUSTOMERS)
    record(world, (), some_customers(12))
    told(world, world.chi, world.chi.command("/eco", "language German", channel="eco-rollout"))
    world.deliver()
    life, ana, left = Life(world, "de"), world.ana, {}

    def look(*presses: str) -> None:
        """Look at the window that is open, and at those that these buttons in it lead to."""
        shown = world.slack.wait_for(partial(opened, world), 30, "a window")
        left.update(left_in(shown))
        for label in presses:
            ana.click(shown, label, near="2. Test" if label == "Bearbeiten" else None)
            shown = world.slack.wait_for(partial(changed, world, shown), 30, label)
            left.update(left_in(shown))
        ana.close_all()

    for label in ("Edit", "Reopen a step…", "Cancel enrollment"):
        life.menu(label)
        look()
    for label in ("History", "Check data"):
        life.menu(label)
        look()
    life.menu("See the lists")
    look("Weiter (2 von 2)", "Zurück", "Bearbeiten", "Zurück zur Liste", "Gewählte entfernen…")
    for label in ("Show ticket", "Add customers", "Remind me later", "Details", "Mark sent"):
        life.click(label, K.ASSOCIATE_CUSTOMERS)
        look()
    life.click("Add customers", K.ASSOCIATE_CUSTOMERS)
    world.fill(ana, "End customers", customers="Zzname : z@customer.example : 700000000099")
    left.update(left_in(ana.wait_view()))
    assert "“Zzname” steht nicht auf deiner Liste (Subsets)." in ana.wait_view().shown
    life.fill()
    assert len(world.enrollment().customers) == 13
    life.act("Details", K.ASSOCIATE_CUSTOMERS, note="Zznote.")
    ana.command("/eco", "undo", channel="eco-rollout")
    look()
    life.click("Mark sent", K.ASSOCIATE_CUSTOMERS)
    life.fill(ticket_number="4712")
    for label in ("Correct", "It's ready"):
        life.click(label, K.ASSOCIATE_CUSTOMERS)
        look()

    assert {} == left


def opened(world: World) -> View | None:
    """The window that is open, once it is another one than **More…**."""
    view = world.ana.view
    return view if view is not None and view.callback_id != "more" else None


def changed(world: World, before: View) -> View | None:
    """The window that is open, once it shows something else or another one lies on it."""
    view = world.ana.view
    return view if view is not None and (view.id, view.hash) != (before.id, before.hash) else None
