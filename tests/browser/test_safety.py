"""What somebody typed stays what it was, and nobody does here what Slack would not let them do."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.conftest import Demo, Opens
from tests.browser.window import Window

NASTY = "<script>alert(1)</script> <!channel> &amp; *b*"


def test_markup_in_a_name_is_shown_literally(window: Window) -> None:
    """A script, a mention of everybody and an entity in an account's name are only characters."""
    window.type("/eco enroll")
    window.fill({"AWS management account ID": "123456789012", "Account name": NASTY})
    window.submit_away("Start")

    expect(window.card.get_by_role("heading")).to_have_text(f"Eco enrollment: {NASTY}")
    expect(window.page.locator("main script")).to_have_count(0)
    expect(window.card.locator(".mention", has_text="channel")).to_have_count(0)


def test_what_a_person_types_is_no_markup_of_slack(window: Window) -> None:
    """A typed <!channel> or link stays text, as in Slack's own composer."""
    window.type("<!channel> <https://evil.example|click> <b>bold</b> &amp;")

    said = window.main.get_by_role("article").last
    expect(said).to_contain_text("<!channel> <https://evil.example|click> <b>bold</b> &amp;")
    expect(said.locator("b, .mention")).to_have_count(0)


def test_a_private_channel_shows_to_its_members_only(opens: Opens) -> None:
    """Ana sees the private channel without the bot; Dev neither sees it nor gets in by its address."""
    ana, dev = opens("ana"), opens("dev")
    expect(ana.page.get_by_role("link", name="finance-private")).to_contain_text("no Eco")
    expect(dev.page.get_by_role("link", name="finance-private")).to_have_count(0)

    dev.open("dev", "C0FINPRIV1")

    expect(dev.main).to_contain_text("isn't a member, or the channel doesn't exist")
    expect(dev.composer).to_have_count(0)


def test_an_archived_channel_has_no_composer(window: Window) -> None:
    """An archived channel can be read and not be written to."""
    window.page.get_by_role("link", name="old-project").click()

    expect(window.main).to_contain_text("You are viewing #old-project, an archived channel.")
    expect(window.composer).to_have_count(0)


def test_a_channel_that_is_archived_while_somebody_writes_says_so(window: Window, demo: Demo) -> None:
    """The composer goes away at once."""
    expect(window.composer).to_be_visible()

    demo.slack.channel("eco-rollout").archive()

    expect(window.composer).to_have_count(0)


def test_a_form_in_a_private_channel_without_the_bot_is_answered_at_the_field(window: Window) -> None:
    """Slack gives the command through; the bot says that it is not in there."""
    window.page.get_by_role("link", name="finance-private").click()
    window.type("/eco enroll")
    window.fill({"AWS management account ID": "123456789012", "Account name": "Payer"})
    window.submit("Start")

    expect(window.block("Progress channel").locator(".field-error")).to_have_text(re.compile("invite", re.IGNORECASE))


def test_an_empty_required_field_keeps_a_form_from_being_sent(window: Window, demo: Demo) -> None:
    """The sentence stands at the field, and nothing reaches the bot."""
    window.type("/eco enroll")
    expect(window.form).to_be_visible()
    window.submit("Start")

    expect(window.block("Account name")).to_contain_text("is required")
    expect(window.field("AWS management account ID")).to_be_focused()
    assert [] == [delivery for delivery in demo.slack.deliveries if delivery.kind == "view_submission"]
    window.fill({"AWS management account ID": "1"})
    expect(window.block("AWS management account ID")).not_to_contain_text("is required")


def test_a_stranger_is_told_whom_to_ask(opens: Opens) -> None:
    """Dev may look at Ana's card but not act on it; only Dev is told so."""
    ana, dev = opens("ana"), opens("dev")
    ana.type("/eco enroll")
    ana.fill(
        {"AWS management account ID": "123456789012", "Account name": "Payer", "Spot organization ID": "606079874885"}
    )
    ana.submit_away("Start")

    dev.press("Mark done: Connect")

    expect(dev.form).to_contain_text("Ask @Ana Lima.")
    expect(ana.form).to_have_count(0)
    dev.page.keyboard.press("Escape")
    expect(dev.form).to_have_count(0)


def test_a_command_in_a_thread_is_refused_and_nothing_typed_is_lost(window: Window) -> None:
    """Slack has no slash commands in threads; it says so and leaves the text."""
    window.type("A thread begins")
    window.use("Reply in thread")
    field = window.thread.get_by_role("combobox")
    field.fill("/eco status")
    field.press("Enter")

    expect(window.page.get_by_role("status").first).to_contain_text("/eco is not supported in threads. Sorry!")
    expect(field).to_have_value("/eco status")
