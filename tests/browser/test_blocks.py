"""Everything that a bot can send is drawn, can be used, and comes back as Slack would send it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from bot.localslack import LocalSlack, PageState, TimeMachine
from tests.browser.conftest import MONDAY
from tests.browser.window import Window
from tests.localslack.tiny import TinyBot, actions, button, manifest, modal, plain, section, text_input

CHANNEL = "C0GENERAL1"

APP = manifest(
    bot_user={"display_name": "Helper"}, slash_commands=[{"command": "/tiny"}], app_home={"home_tab_enabled": True}
)


@pytest.fixture
def tiny() -> Iterator[TinyBot]:
    """A bot without listeners of its own, and the page."""
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


@pytest.fixture
def taken(tiny: TinyBot) -> list[dict[str, Any]]:
    """What was pressed and chosen in messages."""
    found: list[dict[str, Any]] = []

    @tiny.app.action({"type": "block_actions", "action_id": "it"})
    def note(ack: Callable[[], None], action: dict[str, Any]) -> None:
        ack()
        found.append(action)

    return found


def option(value: str) -> dict[str, Any]:
    """An option that is called as its value."""
    return {"text": plain(value.title()), "value": value}


CONFIRM = {
    "title": plain("Are you sure?"),
    "text": plain("It cannot be undone."),
    "confirm": plain("Do it"),
    "deny": plain("Back"),
}


def test_marks_mentions_and_dates_are_drawn(window: Window, tiny: TinyBot) -> None:
    """Bold, code, quotes, links, people, channels and dates, the last in the reader's time zone."""
    text = (
        "*bold* _italic_ ~gone~ `code <@U0BEN00001>` :tada: <https://spot.io|Spot> <#C0RANDOM01> <!here>\n"
        f">quoted\n<!date^{int(MONDAY.timestamp())}^{{date_short_pretty}} at {{time}}|then> snake_case_name 2*3*4"
    )
    tiny.client.chat_postMessage(channel=CHANNEL, text="x", blocks=[section(text)])

    message = window.main.get_by_role("article")
    expect(message.locator("strong", has_text="bold")).to_be_visible()
    expect(message.locator("em")).to_have_text("italic")
    expect(message.locator("del")).to_have_text("gone")
    expect(message.locator("code")).to_have_text("code @Ben Okafor")
    expect(message.locator("blockquote")).to_have_text("quoted")
    expect(message.get_by_role("img", name="tada")).to_be_visible()
    expect(message.get_by_role("link", name="Spot")).to_have_attribute("href", "https://spot.io")
    expect(message).to_contain_text("today at 11:00 AM snake_case_name 2*3*4")
    message.get_by_role("button", name="#random").click()
    expect(window.main.get_by_role("heading", name="random")).to_be_visible()


def test_a_link_that_is_none_is_text(window: Window, tiny: TinyBot) -> None:
    """Only addresses of the web and of mail become links."""
    tiny.client.chat_postMessage(channel=CHANNEL, text="<javascript:alert(1)|click> <data:text/html,x>")

    expect(window.main.get_by_role("article")).to_contain_text("javascript:alert(1)|click")
    expect(window.main.get_by_role("article").get_by_role("link")).to_have_count(0)


def test_a_button_with_a_question_asks_first(window: Window, tiny: TinyBot, taken: list[dict[str, Any]]) -> None:
    """ "Back" sends nothing and gives the focus back; the other answer presses the button."""
    tiny.client.chat_postMessage(
        channel=CHANNEL,
        text="x",
        blocks=[section("Delete?"), actions(button("Delete", "it", style="danger", confirm=CONFIRM))],
    )
    delete = window.main.get_by_role("button", name="Delete", exact=True)
    delete.click()
    question = window.page.get_by_role("alertdialog", name="Are you sure?")
    expect(question).to_contain_text("It cannot be undone.")
    question.get_by_role("button", name="Back").click()
    expect(delete).to_be_focused()
    assert [] == taken

    delete.click()
    question.get_by_role("button", name="Do it").click()

    tiny.slack.wait_for(lambda: taken, 5, "the press")
    assert 1 == len(taken)


def test_menus_of_a_message_are_chosen_from(window: Window, tiny: TinyBot, taken: list[dict[str, Any]]) -> None:
    """A select, people, an overflow menu, checkboxes, a choice of one, and a day."""
    elements = [
        {"type": "static_select", "placeholder": plain("Which"), "options": [option("one"), option("two")]},
        {"type": "users_select", "placeholder": plain("Who")},
        {"type": "overflow", "options": [option("edit"), option("leave")]},
        {"type": "checkboxes", "options": [option("left"), option("right")]},
        {"type": "radio_buttons", "options": [option("yes"), option("no")]},
        {"type": "datepicker"},
    ]
    blocks = [{**section(f"Number {index}"), "accessory": {"action_id": "it", **e}} for index, e in enumerate(elements)]
    tiny.client.chat_postMessage(channel=CHANNEL, text="x", blocks=blocks)

    def chosen(count: int) -> dict[str, Any]:
        tiny.slack.wait_for(lambda: len(taken) >= count, 5, f"choice {count}")
        return taken[-1]

    for name, words in (("Which", "Two"), ("Who", "Ben Okafor")):
        window.main.get_by_role("combobox", name=name).click()
        window.page.get_by_role("listbox").get_by_role("option", name=words).click()
    assert "U0BEN00001" == chosen(2)["selected_user"]
    assert "two" == taken[0]["selected_option"]["value"]
    window.main.get_by_role("button", name="More options").click()
    window.page.get_by_role("menuitem", name="Leave").click()
    assert "leave" == chosen(3)["selected_option"]["value"]
    window.main.get_by_label("Right").check()
    assert ["right"] == [one["value"] for one in chosen(4)["selected_options"]]
    window.main.get_by_label("Yes").check()
    assert "yes" == chosen(5)["selected_option"]["value"]
    window.main.locator("input[type=date]").fill("2026-12-24")
    assert "2026-12-24" == chosen(6)["selected_date"]


def test_every_input_of_a_form_is_filled_and_sent(window: Window, tiny: TinyBot) -> None:
    """Texts, numbers, addresses, days, times, choices of one and of many, people and channels."""
    kinds: dict[str, dict[str, Any]] = {
        "text": {"type": "plain_text_input"},
        "lines": {"type": "plain_text_input", "multiline": True},
        "number": {"type": "number_input", "is_decimal_allowed": False},
        "email": {"type": "email_text_input"},
        "url": {"type": "url_text_input"},
        "day": {"type": "datepicker"},
        "hour": {"type": "timepicker"},
        "moment": {"type": "datetimepicker"},
        "one": {"type": "static_select", "options": [option("a"), option("b")]},
        "many": {"type": "multi_static_select", "options": [option("a"), option("b")]},
        "boxes": {"type": "checkboxes", "options": [option("north"), option("south")]},
        "radio": {"type": "radio_buttons", "options": [option("up"), option("down")]},
        "person": {"type": "users_select"},
        "people": {"type": "multi_users_select"},
        "channel": {"type": "conversations_select", "filter": {"include": ["public"]}},
    }
    made = [
        {"type": "input", "block_id": name, "label": plain(f"Field {name}"), "element": {"action_id": "value", **kind}}
        for name, kind in kinds.items()
    ]
    tiny.opens(modal("Everything", *made))
    sent: list[dict[str, Any]] = []

    @tiny.app.view("form")
    def submitted(ack: Callable[[], None], view: dict[str, Any]) -> None:
        ack()
        sent.append({name: next(iter(state.values())) for name, state in view["state"]["values"].items()})

    window.type("/tiny")
    texts = {
        "text": "x", "lines": "1\n2", "number": "7", "email": "a@b.example", "url": "https://spot.io",
        "day": "2026-12-24", "hour": "09:30", "moment": "2026-12-24T11:00",
    }  # fmt: skip
    window.fill({f"Field {name}": text for name, text in texts.items()})
    for name, words in (
        ("one", "B"),
        ("many", "A"),
        ("many", "B"),
        ("person", "Eve"),
        ("people", "Ben"),
        ("channel", "#random"),
    ):
        window.choose(f"Field {name}", words)
    window.form.get_by_label("South").check()
    window.form.get_by_label("Up", exact=True).check()
    window.submit_away("Save")

    [values] = sent
    assert "1\n2" == values["lines"]["value"]
    assert {"7", "a@b.example", "https://spot.io"} == {values[name]["value"] for name in ("number", "email", "url")}
    assert ("2026-12-24", "09:30") == (values["day"]["selected_date"], values["hour"]["selected_time"])
    # 11:00 in São Paulo is 14:00 in UTC.
    assert int(MONDAY.replace(month=12, day=24).timestamp()) == values["moment"]["selected_date_time"]
    assert "b" == values["one"]["selected_option"]["value"]
    assert ["a", "b"] == [one["value"] for one in values["many"]["selected_options"]]
    assert ["south"] == [one["value"] for one in values["boxes"]["selected_options"]]
    assert "up" == values["radio"]["selected_option"]["value"]
    assert ("U0EVE00001", ["U0BEN00001"]) == (values["person"]["selected_user"], values["people"]["selected_users"])
    assert "C0RANDOM01" == values["channel"]["selected_conversation"]


def test_a_form_is_pushed_updated_and_closed(window: Window, tiny: TinyBot) -> None:
    """A second form lies on the first one; closing it shows the first with what was typed; X closes all."""
    second = {**modal("Second", section("On top")), "callback_id": "second"}
    tiny.opens(modal("First", text_input("name", "Name"), actions(button("More", "more"))))

    @tiny.app.action("more")
    def more(ack: Callable[[], None], body: dict[str, Any]) -> None:
        ack()
        tiny.client.views_push(trigger_id=body["trigger_id"], view=second)

    @tiny.app.view("form")
    def again(ack: Callable[..., None], view: dict[str, Any]) -> None:
        title = modal("Third", section("In its place"), text_input("name", "Name"))
        ack(response_action="update", view=title)

    window.type("/tiny")
    window.fill({"Name": "Ana"})
    window.form.get_by_role("button", name="More").click()
    expect(window.form.get_by_role("heading")).to_have_text("Second")
    expect(window.form).to_contain_text("form 2 of 3")
    window.submit("Cancel")
    expect(window.field("Name")).to_have_value("Ana")
    window.submit("Save")
    expect(window.form.get_by_role("heading")).to_have_text("Third")
    expect(window.field("Name")).to_have_value("Ana")

    window.form.get_by_role("button", name="Close").click()

    expect(window.form).to_have_count(0)


def test_a_form_whose_bot_fails_keeps_what_was_typed(window: Window, tiny: TinyBot) -> None:
    """No answer in time, or a wrong one: the form says so, stays, and can be sent again."""
    tiny.opens(modal("Form", text_input("name", "Name")))
    window.type("/tiny")
    window.fill({"Name": "Ana"})

    window.submit("Save")

    expect(window.form.get_by_role("alert")).to_contain_text("We had some trouble connecting. Try again?")
    expect(window.field("Name")).to_have_value("Ana")


def test_files_are_read_and_fetched(window: Window, tiny: TinyBot) -> None:
    """A file under a message opens as text and can be saved."""
    tiny.client.files_upload_v2(channel=CHANNEL, filename="pairs.txt", title="Pairs", content="Production : Standard")
    message = window.main.get_by_role("article")
    message.get_by_role("button", name="View").click()
    expect(window.page.get_by_role("dialog", name="pairs.txt")).to_contain_text("Production : Standard")
    window.page.get_by_role("dialog").get_by_role("button", name="Close").last.click()

    with window.page.expect_download() as download:
        message.get_by_role("link", name="Download").click()

    assert "pairs.txt" == download.value.suggested_filename


def test_the_home_tab_is_the_persons_own(window: Window, tiny: TinyBot, taken: list[dict[str, Any]]) -> None:
    """Opening it tells the bot; what it publishes is drawn, and its buttons work."""

    @tiny.app.event("app_home_opened")
    def opened(event: dict[str, Any]) -> None:
        blocks = [section(f"Home of <@{event['user']}>"), actions(button("Start", "it", style="primary"))]
        tiny.client.views_publish(user_id=event["user"], view={"type": "home", "blocks": blocks})

    window.page.get_by_role("link", name="Helper app").click()

    expect(window.main).to_contain_text("Home of @Ana Lima")
    window.main.get_by_role("button", name="Start").click()
    tiny.slack.wait_for(lambda: taken, 5, "the press")
    window.act_as("Ben Okafor")
    expect(window.main).to_contain_text("Home of @Ben Okafor")
