"""The page without a mouse, and for a screen reader."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.window import Window
from tests.support.steps import TOTAL


def test_an_enrollment_is_started_with_the_keyboard_alone(window: Window) -> None:
    """From the composer through its completion and every kind of field to the card, by keys only."""
    keys = window.page.keyboard
    window.page.get_by_role("link", name="Skip to the message field").focus()
    keys.press("Enter")
    expect(window.composer).to_be_focused()
    keys.type("/eco en")
    expect(window.page.get_by_role("option", name="/eco enroll")).to_have_attribute("aria-selected", "true")
    keys.press("Tab")
    expect(window.composer).to_have_value("/eco enroll")
    keys.press("Enter")

    expect(window.form.get_by_role("radio", name="We administer the AWS management account")).to_be_focused()
    keys.press("Tab")
    expect(window.field("AWS management account ID")).to_be_focused()
    keys.type("123456789012")
    keys.press("Tab")
    keys.type("Payer")
    keys.press("Tab")
    keys.type("606079874885")
    for _ in range(2):
        keys.press("Tab")
    expect(window.form.get_by_role("combobox", name="Owner")).to_be_focused()
    keys.press("Tab")
    keys.type("okaf")
    expect(window.form.get_by_role("option", name="Ben Okafor")).to_be_visible()
    keys.press("Enter")
    expect(window.form.get_by_role("button", name="Remove Ben Okafor")).to_be_visible()
    expect(window.form.get_by_role("listbox")).to_have_count(0)
    window.field("Account name").focus()
    keys.press("Enter")

    expect(window.form).to_have_count(0)
    expect(window.composer).to_be_focused()
    expect(window.card).to_contain_text(f"1 of {TOTAL} steps")


def test_a_dialog_keeps_the_focus_and_gives_it_back(window: Window) -> None:
    """Tab stays inside an open form; Escape closes the list first, then the form."""
    window.type("/eco enroll")
    owner = window.form.get_by_role("combobox", name="Owner")
    owner.press("ArrowDown")
    expect(window.form.get_by_role("listbox")).to_be_visible()
    owner.press("Escape")
    expect(window.form.get_by_role("listbox")).to_have_count(0)
    for _ in range(30):
        window.page.keyboard.press("Tab")
        where = window.page.evaluate("document.activeElement.closest('dialog') ? 'in' : document.activeElement.tagName")
        assert where in ("in", "BODY"), "the focus has left the form for the page behind it"

    window.page.keyboard.press("Escape")

    expect(window.form).to_have_count(0)
    expect(window.composer).to_be_focused()


def test_menus_are_used_by_arrows(window: Window) -> None:
    """The menu of a message opens, is walked through and closed by keys, and the focus returns."""
    window.type("A first message")
    more = window.main.get_by_role("button", name="More actions")
    more.focus()
    more.press("Enter")
    expect(window.page.get_by_role("menuitem", name="Eco enrollment status")).to_be_focused()

    for next_one in ("Import list", "Delete message"):
        window.page.keyboard.press("ArrowDown")
        expect(window.page.get_by_role("menuitem", name=next_one)).to_be_focused()
    window.page.keyboard.press("Escape")

    expect(more).to_be_focused()


def test_the_page_has_its_landmarks_and_names(window: Window) -> None:
    """Banner, navigation, main and log are there; every button and field has a name."""
    for role in ("banner", "navigation", "main", "log"):
        expect(window.page.get_by_role(role).first).to_be_attached()

    nameless = window.page.evaluate(
        """[...document.querySelectorAll("button, input, select, textarea, a")]
        .filter((node) => !(node.getAttribute("aria-label") || node.labels?.length || node.textContent.trim()))
        .map((node) => node.outerHTML)"""
    )
    assert [] == nameless


def test_a_new_message_is_said_aloud(window: Window) -> None:
    """What the bot posts into the open channel is announced with its text, which says step and state."""
    window.type("/eco enroll")
    window.fill({"AWS management account ID": "123456789012", "Account name": "Payer"})
    window.submit_away("Start")

    expect(window.page.get_by_role("log")).to_contain_text("Eco: Eco enrollment of Payer")
