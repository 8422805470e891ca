"""A card is short on a phone, its menu works there, and an answer is seen where somebody pressed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from playwright.sync_api import Locator, expect

from bot.domain.access import Actor
from bot.use_cases import Caller
from tests.browser.conftest import Demo, Opens
from tests.browser.window import Window
from tests.support.steps import StepKey
from tests.support.usual_procedure import PROCEDURE
from tests.support.wait_until import eventually
from tests.support.walkthrough import COLLECTED

PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}}
#: Lines of text and rows of buttons as they are laid out, in words of the page.
_LINES = """card => {
  const tops = new Set();
  const walk = document.createTreeWalker(card, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const node = walk.currentNode;
    if (!node.textContent.trim() || !node.parentElement.closest(".block")) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) if (box.height > 2) tops.add(Math.round((box.top + box.bottom) / 2 / 9));
  }
  const rows = [...tops].sort((a, b) => a - b);
  return rows.filter((row, at) => at === 0 || row - rows[at - 1] > 1).length;
}"""


def start(window: Window, collaborators: Sequence[str] = ()) -> None:
    """Start an enrollment that has signed up."""
    window.type("/eco enroll")
    window.fill(
        {"AWS management account ID": "123456789012", "Account name": "Payer", "Spot organization ID": "606079874885"}
    )
    for name in collaborators:
        window.choose("Collaborators", name)
    window.submit_away("Start")
    expect(window.card).to_be_visible()


def lines(card: Locator) -> int:
    """How many lines a card has on the page."""
    return int(card.evaluate(_LINES))


def test_a_card_is_short_on_a_phone(opens: Opens, demo: Demo) -> None:
    """At most 15 lines at the start, at most 25 with five steps done."""
    phone = opens(**PHONE)
    start(phone)
    assert lines(phone.card) <= 15

    ana = demo.slack.person("ana")
    use, caller = demo.app.enrollments, Caller(demo.app.workspace.id, Actor(ana.id))
    (made,) = use.all(demo.app.workspace.id)
    for key in (StepKey.CONNECT_ACCOUNT, StepKey.ENABLE_SUBSETS, StepKey.CREATE_SUBSETS, StepKey.CREATE_WORKFLOWS):
        use.complete_act(caller, made.id, key, COLLECTED.get(key, {}))
        if key in (StepKey.CONNECT_ACCOUNT, StepKey.ENABLE_SUBSETS):
            use.confirm(caller, made.id, key)

    expect(phone.card).to_contain_text(f"5 of {len(PROCEDURE)} steps")
    # The page may still be laying it out.
    eventually(lambda: 15 < lines(phone.card) <= 25)


def test_the_menu_of_a_card_works_on_a_phone(opens: Opens) -> None:
    """**Reopen a step…** asks which one, then whether."""
    phone = opens(**PHONE)
    start(phone)

    phone.press("More options")
    phone.page.get_by_role("menuitem", name="Reopen a step…").click()
    phone.choose("Step", "Sign up with Spot")
    phone.submit("Next")
    expect(phone.form).to_contain_text("Reopen Sign up with Spot")
    phone.submit_away("Reopen")

    expect(phone.card).to_contain_text("Sign up with Spot — open")


def test_a_stranger_who_presses_on_a_reminder_in_the_channel_is_told(opens: Opens) -> None:
    """In a modal: an ephemeral message in the thread would show nowhere."""
    ana = opens()
    start(ana)
    ana.press("Mark done: Connect")
    ana.submit_away("Mark done")
    ana.jump("Next window ends")
    dev = opens("dev", **PHONE)
    asked = dev.main.get_by_role("article").filter(has_text="Are Cost Analysis and the dashboard there?")
    reminder = asked.filter(has_text="replied to a thread")

    dev.press("It's ready", reminder)

    expect(dev.form).to_contain_text("may change this enrollment. Ask @Ana Lima")


def test_a_copy_of_a_card_shows_what_a_form_did(window: Window) -> None:
    """It offers nothing that is over."""
    start(window)
    window.type("/eco status")
    copy = window.main.get_by_role("article").filter(has_text="Only visible to you").last

    window.press("Mark done: Connect", copy)
    window.submit_away("Mark done")

    expect(copy).to_contain_text("Connect the management account — waiting")
    expect(copy.get_by_role("button", name="Mark done: Connect")).to_have_count(0)
