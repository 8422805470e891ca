"""What comes is seen: answers and jumps in time scroll to it, and whoever scrolled up is left alone."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from bot.localslack import LocalSlack
from tests.browser.conftest import Demo, Opens
from tests.browser.window import Window
from tests.support.steps import TOTAL

FIRST, SECOND = "C0ROLLOUT1", "C0PORTFOL1"


def chat(slack: LocalSlack, channel: str, count: int = 12) -> None:
    """Fill more than a window with what Ben says."""
    for number in range(count):
        slack.person("ben").post(channel, f"{number}: " + "a line of a talk that goes on and on, " * 8)


def enroll(slack: LocalSlack, channel: str, name: str = "Payer") -> None:
    """An enrollment of Ana's in a channel, whose first step waits for nobody."""
    ana = slack.person("ana")
    ana.command("/eco", "enroll", channel=channel)
    ana.wait_view("Start an enrollment")
    ana.fill({"account_id": "123456789012", "account_name": name, "spot_org_id": "606079874885"})
    ana.submit()
    slack.wait_for(lambda: slack.channel(channel).messages, 20, "the card")


def scroll_up(window: Window) -> None:
    """Turn the wheel until the beginning of the channel shows."""
    window.main.get_by_role("article").last.hover()
    for _ in range(3):
        window.page.mouse.wheel(0, -6000)
    expect(window.main.get_by_text("This is the beginning of")).to_be_in_viewport()


def only_mine(window: Window) -> Locator:
    """The newest message that one person alone sees."""
    return window.main.get_by_role("article").filter(has_text="Only visible to you").last


def below(window: Window) -> Locator:
    """The button that leads to what came below."""
    return window.main.get_by_role("button", name="New message below")


def test_the_answer_to_a_command_is_scrolled_to(window: Window, demo: Demo) -> None:
    """Also where the command was typed while the channel showed its beginning."""
    chat(demo.slack, FIRST)
    expect(window.main.get_by_role("article")).to_have_count(12)
    scroll_up(window)

    window.type("/eco help")

    expect(only_mine(window)).to_be_in_viewport()
    expect(below(window)).not_to_be_visible()


def test_the_answer_to_a_click_is_scrolled_to(opens: Opens, demo: Demo) -> None:
    """Where no modal opens, a button of a card far above is answered at the end of the channel, for one alone."""
    enroll(demo.slack, FIRST)
    chat(demo.slack, FIRST)
    dev = opens("dev")
    expect(dev.main.get_by_role("article")).to_have_count(13)
    demo.slack.faults.add("views.open", "expired_trigger_id")

    dev.press("Mark done: Connect")

    expect(only_mine(dev)).to_be_in_viewport()
    expect(only_mine(dev)).to_contain_text("Ana Lima")


def test_who_scrolled_up_is_told_of_what_came_below(window: Window, demo: Demo) -> None:
    """The page stands still, and the button leads to the first message that was missed."""
    chat(demo.slack, FIRST)
    expect(window.main.get_by_role("article")).to_have_count(12)
    scroll_up(window)

    demo.slack.person("ben").post(FIRST, "Look here, please")

    news = window.main.get_by_role("article").filter(has_text="Look here, please")
    expect(below(window)).to_be_visible()
    expect(news).not_to_be_in_viewport()
    below(window).click()
    expect(news).to_be_in_viewport()
    expect(below(window)).not_to_be_visible()


def test_who_scrolls_up_after_a_command_is_left_alone(window: Window, demo: Demo) -> None:
    """An answer that comes later than the reader's own move is offered by the button."""
    chat(demo.slack, FIRST)
    window.type("/eco help")
    expect(only_mine(window)).to_be_in_viewport()
    scroll_up(window)

    demo.slack.person("ben").post(FIRST, "A late word to <@U0ANA00001>")

    expect(below(window)).to_be_visible()
    expect(window.main.get_by_text("This is the beginning of")).to_be_in_viewport()


@pytest.mark.parametrize(
    "size", [{"width": 1280, "height": 800}, {"width": 390, "height": 800}], ids=("wide", "narrow")
)
def test_the_next_reminder_is_shown_where_it_came(opens: Opens, demo: Demo, size: dict[str, Any]) -> None:
    """The page switches to the channel of the reminder, scrolls to it and marks it."""
    enroll(demo.slack, SECOND)
    chat(demo.slack, SECOND, 6)
    ana = opens("ana", FIRST, viewport=size)

    ana.jump("Next reminder")

    expect(ana.main.get_by_role("heading", name="eco-portfolio")).to_be_visible()
    arrived = ana.main.locator(".arrived")
    expect(arrived.get_by_text("replied to a thread")).to_be_in_viewport()
    expect(arrived.get_by_text("Connect the management account")).to_be_in_viewport()


def test_the_end_of_a_wait_is_shown_on_its_card(opens: Opens, demo: Demo) -> None:
    """At night no reminder comes, but the card says that the step is due: the page shows it."""
    enroll(demo.slack, SECOND)
    ben = opens("ben", SECOND)
    ana = opens("ana", SECOND)
    ana.press("Mark done: Connect")
    ana.submit_away("Mark done")
    expect(ana.card).to_contain_text("waiting")
    chat(demo.slack, SECOND, 6)
    demo.slack.person("ana").post(FIRST, "This is the other channel")
    ben.open("ben", FIRST)

    ben.jump("Next window ends")

    expect(ben.main.get_by_role("heading", name="eco-portfolio")).to_be_visible()
    arrived = ben.main.locator(".arrived")
    expect(arrived).to_contain_text("Connect the management account")
    expect(arrived).to_be_in_viewport()
    expect(ben.card).to_contain_text(f"1 of {TOTAL} steps")


def test_a_jump_after_which_nothing_can_be_seen_is_told(opens: Opens, demo: Demo) -> None:
    """A reminder in a private channel is nothing for Dev, who learns that there is nothing to see."""
    enroll(demo.slack, "C0ECOPRIV1")
    dev = opens("dev", FIRST)

    dev.jump("Next reminder")

    expect(dev.page.get_by_role("status")).to_contain_text("Nothing has come that Dev Patel can see.")
    expect(dev.main.get_by_role("heading", name="eco-rollout")).to_be_visible()


def test_the_time_machine_says_when_each_moment_comes(window: Window, demo: Demo) -> None:
    """Without an enrollment there is nothing to jump to; with one, the button says when its reminder comes."""
    reminder = window.page.get_by_role("button", name="Next reminder")
    expect(reminder).to_be_disabled()
    expect(reminder).to_have_attribute("title", "Next reminder: nothing planned yet")

    enroll(demo.slack, FIRST)

    expect(reminder).to_be_enabled()
    expect(reminder).to_have_text("Next reminder in 8 days")
    expect(window.page.get_by_role("button", name="Next window ends")).to_be_disabled()
