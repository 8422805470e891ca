"""Two windows on one sandbox: what happens in one is seen in the other."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import Opens
from tests.browser.window import Window


def test_a_message_shows_in_every_window_and_marks_what_is_unread(opens: Opens) -> None:
    """What Ana writes Ben sees at once, and Dev, who looks elsewhere, sees that he is named."""
    ana, ben, dev = opens("ana"), opens("ben"), opens("dev", "C0FINOPS01")

    ana.type("Hello @dev, is the *payer* account connected?")

    expect(ben.main.get_by_role("article")).to_contain_text("Hello @Dev Patel, is the payer account connected?")
    place = dev.page.get_by_role("link", name="eco-rollout")
    expect(place).to_contain_text("1 unread")
    place.click()
    expect(dev.main.get_by_role("article")).to_contain_text("Hello @Dev Patel")
    expect(place).not_to_contain_text("unread")


def test_a_form_is_the_same_in_two_windows_of_one_person(opens: Opens) -> None:
    """A form opens in both, keeps in step what was typed, and closes in both."""
    left, right = opens("ana"), opens("ana")
    left.type("/eco enroll")
    expect(right.form).to_be_visible()

    left.fill({"Account name": "Production payer"})
    left.field("AWS management account ID").click()

    expect(right.field("Account name")).to_have_value("Production payer")
    right.submit_away("Cancel")
    expect(left.form).to_have_count(0)


def test_what_was_typed_outlives_a_reload(window: Window) -> None:
    """A form is still open after the page was loaded anew, with what it held."""
    window.type("/eco enroll")
    window.fill({"Account name": "Production payer"})
    window.field("AWS management account ID").click()
    expect(window.form).to_be_visible()

    window.page.reload()

    expect(window.field("Account name")).to_have_value("Production payer")


def test_a_card_that_changes_leaves_the_focus_where_it_was(opens: Opens) -> None:
    """Who is about to press a button keeps it under the focus while somebody else changes the card."""
    ana, ben = opens("ana"), opens("ben")
    ana.type("/eco enroll")
    ana.fill(
        {"AWS management account ID": "123456789012", "Account name": "Payer", "Spot organization ID": "606079874885"}
    )
    ana.choose("Collaborators", "Ben Okafor")
    ana.submit_away("Start")
    menu = ana.card.get_by_role("button", name="More options").first
    menu.focus()

    ben.press("Mark done: Connect")
    ben.submit_away("Mark done")

    expect(ana.card).to_contain_text("waiting")
    expect(menu).to_be_focused()
