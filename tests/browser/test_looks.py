"""How the page looks: light and dark, narrow and wide."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import MONDAY, Demo, Opens
from tests.browser.window import Window


def background(page: Page) -> list[int]:
    """The color behind the messages, as red, green and blue."""
    color: list[int] = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")
    return color[:3]


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    wider: int = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return wider


@pytest.mark.parametrize(("scheme", "is_dark"), [("light", False), ("dark", True)])
def test_the_page_follows_the_system(opens: Opens, scheme: str, is_dark: bool) -> None:
    """Light or dark is what the system prefers."""
    window = opens(color_scheme=scheme)

    assert is_dark == (sum(background(window.page)) < 300)


@pytest.mark.parametrize(("scheme", "other"), [("light", "dark"), ("dark", "light")])
def test_the_first_press_of_the_theme_button_shows(opens: Opens, scheme: str, other: str) -> None:
    """Whatever the system prefers, the first press switches to the other theme, and the choice outlives a reload."""
    window = opens(color_scheme=scheme)
    before = sum(background(window.page))

    window.page.get_by_role("button", name=f"Switch to the {other} theme").click()

    assert (sum(background(window.page)) < 300) == (other == "dark")
    assert before != sum(background(window.page))
    window.page.reload()
    expect(window.page.get_by_role("button", name=f"Switch to the {scheme} theme")).to_be_visible()
    assert (sum(background(window.page)) < 300) == (other == "dark")


def test_who_switches_back_follows_the_system_again(opens: Opens) -> None:
    """Two presses are as none: the page goes dark when the system does."""
    window = opens(color_scheme="light")
    for other in ("dark", "light"):
        window.page.get_by_role("button", name=f"Switch to the {other} theme").click()

    window.page.emulate_media(color_scheme="dark")

    expect(window.page.get_by_role("button", name="Switch to the light theme")).to_be_visible()
    assert sum(background(window.page)) < 300


@pytest.mark.parametrize("width", [1920, 1440, 1280, 1241, 1000, 720, 390, 360])
def test_the_bar_above_fits(opens: Opens, demo: Demo, width: int) -> None:
    """No button of it lies outside of the window or upon another one, however far its moment is away."""
    assert demo.slack.page is not None
    demo.slack.page.moments = dict.fromkeys(demo.slack.page.moments, lambda: MONDAY + timedelta(days=25))
    window = opens(viewport={"width": width, "height": 800})
    expect(window.page.get_by_role("button", name="Next window ends")).to_contain_text("in 25 days")

    boxes = window.page.evaluate(
        """[...document.querySelectorAll(".top button, .top select, .clock, .brand strong, .brand-note")]
        .map((node) => node.getBoundingClientRect()).filter((box) => box.width > 1)
        .map((box) => [box.left, box.top, box.right, box.bottom])"""
    )

    assert [] == [box for box in boxes if box[0] < 0 or box[2] > width]
    apart = [(a, b) for i, a in enumerate(boxes) for b in boxes[i + 1 :]]
    assert [] == [
        (a, b) for a, b in apart if a[0] < b[2] - 1 and b[0] < a[2] - 1 and a[1] < b[3] - 1 and b[1] < a[3] - 1
    ]


def test_a_narrow_window_has_its_channels_in_a_drawer(opens: Opens) -> None:
    """On a phone's width nothing is cut off sideways, and the channels come when asked for."""
    window = opens(viewport={"width": 375, "height": 740})
    expect(window.page.get_by_role("link", name="finops")).not_to_be_visible()

    window.page.get_by_role("button", name="Channels").click()
    window.page.get_by_role("link", name="finops").click()

    expect(window.main.get_by_role("heading", name="finops")).to_be_visible()
    expect(window.page.get_by_role("link", name="finops")).not_to_be_visible()
    assert overflow(window.page) <= 0


def test_a_form_fits_into_a_narrow_window(opens: Opens) -> None:
    """A long form scrolls inside itself; its buttons stay in sight."""
    window = opens(viewport={"width": 375, "height": 600})
    window.type("/eco enroll")

    expect(window.form.get_by_role("button", name="Start")).to_be_in_viewport()
    expect(window.form.get_by_role("heading", name="Start an enrollment")).to_be_in_viewport()
    assert overflow(window.page) <= 0


def test_a_thread_that_opens_leaves_the_newest_message_in_sight(opens: Opens) -> None:
    """The messages get narrower and taller beside a thread; who was at their end stays there."""
    window = opens(viewport={"width": 1000, "height": 500})
    for number in range(8):
        window.type(f"Message {number}: " + "many words that take another line when there is less room " * 3)
        expect(window.main.get_by_role("article")).to_have_count(number + 1)

    window.use("Reply in thread")

    expect(window.thread).to_be_visible()
    last = window.main.get_by_role("article").last
    expect(last).to_be_in_viewport(ratio=1)


def test_the_page_asks_nothing_of_other_hosts(window: Window) -> None:
    """Every file comes from the sandbox itself: no font, script or picture from elsewhere."""
    asked: list[str] = []
    window.page.on("request", lambda request: asked.append(request.url))

    window.page.reload()
    expect(window.composer).to_be_visible()

    home = window.page.url.split("/#")[0]
    assert asked
    assert [] == [url for url in asked if not url.replace("ws://", "http://").startswith(home)]
