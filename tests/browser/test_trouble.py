"""What goes wrong is shown: faults that were switched on, a late bot, a crash, an end of the sandbox."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Demo
from tests.browser.window import Window
from tests.support.steps import TOTAL


def switch_on(window: Window, kind: str, method: str = "all calls", times: int = 1) -> None:
    """Add a fault in the inspector."""
    window.inspector.get_by_label("What should fail").select_option(label=kind)
    window.inspector.get_by_label("In which calls").select_option(label=method)
    window.inspector.get_by_label("How many times").fill(str(times))
    window.inspector.get_by_role("button", name="Make it fail").click()


def open_inspector(window: Window) -> None:
    """Open the inspector with its switches."""
    window.page.get_by_role("button", name="Inspector").click()
    window.inspector.get_by_text("Make things fail", exact=True).click()


def enroll(window: Window) -> None:
    """Start an enrollment."""
    window.type("/eco enroll")
    window.fill(
        {"AWS management account ID": "123456789012", "Account name": "Payer", "Spot organization ID": "606079874885"}
    )
    window.submit_away("Start")


def test_a_fault_is_switched_on_and_the_bot_gets_over_it(window: Window) -> None:
    """After a 500 and a 429 the card is there all the same, and the inspector has the failed calls."""
    open_inspector(window)
    switch_on(window, "Slack has an error (500)", "chat.postMessage")
    switch_on(window, "Slack says: too many messages (429)", "chat.postMessage")
    expect(window.inspector).to_contain_text(
        "Next: Slack has an error (500), chat.postMessage, once; "
        "Slack says: too many messages (429), chat.postMessage, once"
    )
    window.page.get_by_role("button", name="Close inspector").click()
    enroll(window)

    expect(window.card).to_contain_text(f"1 of {TOTAL} steps")
    open_inspector(window)
    window.inspector.get_by_label("Show", exact=True).select_option(label="Errors only")
    expect(window.inspector.get_by_role("listitem").filter(has_text="chat.postMessage")).to_contain_text(
        ["ratelimited", "HTTP 500"]
    )


def test_the_inspector_shows_payload_answer_and_time(window: Window) -> None:
    """A delivery unfolds to its payload and the time to acknowledge it, a call to its arguments and limits."""
    window.type("/eco help")
    expect(window.main).to_contain_text("Only visible to you")
    window.page.get_by_role("button", name="Inspector").click()
    window.inspector.get_by_label("Filter").fill("slash")
    delivery = window.inspector.get_by_role("listitem").filter(has_text="slash_commands")

    delivery.locator("summary").click()

    expect(delivery).to_contain_text('"command": "/eco"')
    expect(delivery).to_contain_text("Slack waits 3,000 ms")
    window.inspector.get_by_label("Filter").fill("auth.test")
    call = window.inspector.get_by_role("listitem").filter(has_text="auth.test").first
    call.locator("summary").click()
    expect(call).to_contain_text("Within Slack's limits.")


@pytest.mark.parametrize("ack_limit", [3.0])
def test_a_late_bot_is_shown_as_slack_shows_it(window: Window) -> None:
    """A command that was not acknowledged within three seconds fails with the error operation_timeout."""
    open_inspector(window)
    switch_on(window, "the bot answers too late")
    window.type("/eco help")

    expect(window.main).to_contain_text("/eco failed with the error “operation_timeout”")


def test_a_crash_of_the_bot_is_shown_with_its_traceback_and_the_sandbox_lives(window: Window, demo: Demo) -> None:
    """Without its tables the bot fails: the person gets a reference, the page has the traceback."""
    with closing(sqlite3.connect(demo.database)) as database:
        database.execute("ALTER TABLE enrollments RENAME TO lost")
        database.commit()
    window.type("/eco list")

    alert = window.page.get_by_role("alert").filter(has_text="The bot hit an error").first
    expect(alert).to_contain_text("command failed")
    alert.get_by_text("Traceback", exact=True).click()
    expect(alert).to_contain_text("no such table: enrollments")
    expect(window.main).to_contain_text("Something went wrong here")
    with closing(sqlite3.connect(demo.database)) as database:
        database.execute("ALTER TABLE lost RENAME TO enrollments")
        database.commit()
    window.type("/eco list")
    expect(window.main).to_contain_text("There is no enrollment yet.")


def test_a_bot_that_was_removed_can_be_invited_again(window: Window, demo: Demo) -> None:
    """The switches of a channel are those of an admin."""
    open_inspector(window)
    row = window.inspector.get_by_role("listitem").filter(has_text="#eco-rollout")

    row.get_by_role("button", name="Remove Eco").click()

    expect(window.main).to_contain_text("Eco is not in this channel")
    row.get_by_role("button", name="Invite Eco").click()
    expect(window.main).to_contain_text("Eco is here")


def test_an_action_on_a_message_that_is_gone_is_refused(window: Window) -> None:
    """A message that was deleted in between answers as in Slack; its thread stays under a tombstone."""
    window.type("Soon gone")
    window.use("Reply in thread")
    field = window.thread.get_by_role("combobox")
    field.fill("A reply")
    field.press("Enter")
    expect(window.main.get_by_role("button", name="1 reply")).to_be_visible()

    window.use("More actions")
    window.page.get_by_role("menuitem", name="Delete message").click()

    expect(window.main).to_contain_text("This message was deleted.")
    expect(window.main.get_by_role("button", name="1 reply")).to_be_visible()


def test_a_sandbox_that_has_ended_is_told(window: Window, demo: Demo) -> None:
    """The page says so instead of standing still."""
    demo.slack.stop()

    expect(window.page.get_by_role("alert")).to_contain_text("The local Slack has stopped")
    window.faults.clear()
