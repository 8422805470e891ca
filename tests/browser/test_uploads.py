"""Files in a browser: picked in a form, dropped into a thread, removed again, and deleted, by mouse and by keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, Locator, expect

from bot.localslack import LocalSlack, PageState, TimeMachine
from tests.browser.conftest import MONDAY
from tests.browser.window import Window
from tests.localslack.test_file_inputs import file_input
from tests.localslack.tiny import TinyBot, manifest, modal

APP = manifest(
    slash_commands=[{"command": "/tiny"}],
    shortcuts=[{"callback_id": "take", "name": "Take the list", "type": "message"}],
)
CONTENT = b"Data,ana@example.com\n"
CSV = {"name": "customers.csv", "mimeType": "text/csv", "buffer": CONTENT}


@pytest.fixture
def tiny() -> Iterator[TinyBot]:
    """A small app, and the page."""
    clock = TimeMachine(frozen_at=MONDAY)
    with LocalSlack.start(clock, manifest=APP, page=PageState(clock), pace=False) as slack, TinyBot(slack) as bot:
        yield bot


@pytest.fixture
def window(browser: Browser, tiny: TinyBot) -> Iterator[Window]:
    """Ana's window on #general."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US")
    window = Window(context.new_page(), tiny.slack.base_url)
    yield window.open(channel="C0GENERAL1")
    context.close()
    assert [] == window.faults


def choose(window: Window, button: Locator, *files: dict[str, Any]) -> None:
    """Press a button with the keyboard and pick files in the window of the system."""
    with window.page.expect_file_chooser() as opened:
        button.press("Enter")
    opened.value.set_files(list(files))


def content_of(tiny: TinyBot, file: dict[str, Any]) -> bytes:
    """The content that the app gets."""
    headers = {"Authorization": f"Bearer {tiny.slack.bot_token}"}
    with urlopen(Request(file["url_private_download"], headers=headers)) as response:
        content: bytes = response.read()
        return content


def test_a_file_is_picked_in_a_form(window: Window, tiny: TinyBot) -> None:
    """Its name and size show, it can be removed, one of another type is refused at the field, and the app gets it."""
    sent: list[dict[str, Any]] = []
    tiny.opens(modal("Customers", file_input(filetypes=["csv", "xlsx"], max_files=1)))

    @tiny.app.view("form")
    def submitted(ack: Any, view: dict[str, Any]) -> None:
        ack()
        sent.extend(view["state"]["values"]["list"]["file"]["files"])

    window.type("/tiny")
    button = window.form.get_by_role("button", name="Customers Choose a file")
    expect(button).to_be_focused()
    window.submit("Save")
    expect(window.block("Customers")).to_contain_text("“Customers” is required.")

    choose(window, button, {"name": "notes.pdf", "mimeType": "application/pdf", "buffer": b"%PDF"})
    expect(window.block("Customers")).to_contain_text("notes.pdf can't be uploaded here")
    window.form.get_by_role("button", name="Remove notes.pdf").press("Enter")
    expect(window.form.get_by_role("listitem")).to_have_count(0)
    expect(button).to_be_focused()

    choose(window, button, CSV)
    expect(window.form.get_by_role("listitem")).to_contain_text("customers.csv21 B")
    expect(window.block("Customers")).not_to_contain_text("can't be uploaded")
    window.submit_away("Save")

    [file] = sent
    assert ("customers.csv", CONTENT) == (file["name"], content_of(tiny, file))


def test_a_file_is_dropped_into_a_thread_and_picked_by_a_shortcut(window: Window, tiny: TinyBot) -> None:
    """The message has the file with a link, its shortcut hands it to the app, and it can be deleted."""
    taken: list[dict[str, Any]] = []

    @tiny.app.shortcut("take")
    def take(ack: Any, shortcut: dict[str, Any]) -> None:
        ack()
        taken.extend(shortcut["message"]["files"])

    window.type("Our customers come below")
    window.use("Reply in thread")
    dropped = window.page.evaluate_handle(
        """(text) => {
          const transfer = new DataTransfer();
          transfer.items.add(new File([text], "customers.csv", { type: "text/csv" }));
          return transfer;
        }""",
        CONTENT.decode(),
    )
    window.thread.locator(".scroll").dispatch_event("drop", {"dataTransfer": dropped})
    expect(window.thread.get_by_role("button", name="Remove customers.csv")).to_be_visible()
    expect(window.thread.get_by_role("combobox")).to_be_focused()
    window.page.keyboard.type("All of them")
    window.page.keyboard.press("Enter")

    reply = window.thread.get_by_role("article").last
    expect(reply).to_contain_text("All of them")
    expect(reply.get_by_role("link", name="Download customers.csv")).to_be_visible()
    expect(window.thread.get_by_role("button", name="Remove customers.csv")).to_have_count(0)
    more = reply.get_by_role("button", name="More actions")
    more.press("Enter")
    window.page.get_by_role("menuitem", name="Take the list").press("Enter")
    [file] = tiny.slack.wait_for(lambda: taken, 5, "the file")
    assert ("customers.csv", CONTENT) == (file["name"], content_of(tiny, file))

    more.press("Enter")
    window.page.get_by_role("menuitem", name="Delete customers.csv").press("Enter")
    expect(reply).to_contain_text("This file was deleted.")


def test_a_file_is_attached_to_a_message(window: Window, tiny: TinyBot) -> None:
    """With the paperclip and without a word; its text can be read on the page."""
    choose(window, window.main.get_by_role("button", name="Attach files to your message"), CSV)
    expect(window.main.get_by_role("list", name="Chosen files")).to_contain_text("customers.csv")
    expect(window.composer).to_be_focused()
    window.page.keyboard.press("Enter")

    window.main.get_by_role("article").last.get_by_role("button", name="View customers.csv").click()

    expect(window.page.get_by_role("dialog", name="customers.csv")).to_contain_text("Data,ana@example.com")
    assert CONTENT == tiny.slack.channel("general").messages[-1].files[0].content
