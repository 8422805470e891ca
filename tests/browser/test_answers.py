"""Answered means answered, and a day that was wrong is put right: in the browser."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import Opens
from tests.browser.test_short_card import start
from tests.browser.window import Window


def step_menu(window: Window, item: str) -> None:
    """Choose from the menu beside the buttons of the first step; the card's own menu stands above it."""
    window.card.get_by_role("button", name="More options").nth(1).click()
    window.page.get_by_role("menuitem", name=item).click()


def test_an_answered_reminder_says_who_answered_and_has_no_buttons(opens: Opens) -> None:
    """Ben answers on the reminder; Ana sees there what became of it."""
    ana = opens()
    start(ana, collaborators=("Ben Okafor",))
    ana.press("Mark done: Connect")
    ana.submit_away("Mark done")
    ana.jump("Next window ends")
    ben = opens("ben")
    asked = "Are Cost Analysis and the dashboard there?"

    reminder = ben.main.get_by_role("article").filter(has_text=asked).filter(has_text="replied to a thread")
    ben.press("It's ready", reminder)

    answered = ana.main.get_by_role("article").filter(has_text="Confirmed by @Ben Okafor").last
    expect(answered).to_contain_text("replied to a thread")
    expect(answered.get_by_role("button", name="It's ready")).to_have_count(0)


def test_what_was_sent_on_friday_runs_from_friday_and_is_put_right(opens: Opens) -> None:
    """The form asks for the day; **Correct** changes it, and takes the act back."""
    ana = opens()
    start(ana)
    ana.press("Mark done: Connect")
    ana.fill({"Done on": "2026-11-20"})
    ana.submit_away("Mark done")
    expect(ana.card).to_contain_text("due since")
    expect(ana.card).to_contain_text("Marked done by @Ana Lima, Fri, Nov 20")

    step_menu(ana, "Correct")
    ana.fill({"Done on": "2026-11-22"})
    ana.submit_away("Save")
    expect(ana.card).to_contain_text("waiting for AWS and Spot until")
    expect(ana.card).to_contain_text("Marked done by @Ana Lima, Sun, Nov 22")

    step_menu(ana, "Correct")
    ana.form.get_by_label("Take it back").check()
    ana.submit_away("Save")
    expect(ana.card).to_contain_text("Connect the management account — open")
