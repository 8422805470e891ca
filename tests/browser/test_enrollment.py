"""A whole enrollment by clicks: what a newcomer does in the first minutes."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import Opens
from tests.browser.window import Window
from tests.support.steps import TOTAL

CONNECT = "Connect the management account"
FULL_ECO = "Full Eco"
ENABLE = "Enable the Subsets feature"
ACCOUNT = {"AWS management account ID": "1234-5678-9012", "Account name": "Production payer"}


def enroll(window: Window, **more: str) -> None:
    """Start an enrollment with Ben as collaborator."""
    window.type("/eco enroll")
    expect(window.form).to_be_visible()
    window.fill({**ACCOUNT, "Spot organization ID": "606079874885", **more})
    window.choose("Collaborators", "Ben Okafor")


def test_an_account_is_enrolled_from_a_mistyped_id_to_the_completed_card(opens: Opens) -> None:
    """Enroll, mistype an organization ID, fix it, send a ticket, jump two days, answer as another person."""
    ana = opens("ana")
    enroll(ana, **{"Spot organization ID": "o-a1b2c3d4e5"})
    ana.choose("Already under way? We are at", "Associate end customers")
    ana.submit("Start")
    expect(ana.block("Spot organization ID")).to_contain_text("looks like an AWS Organizations ID")
    expect(ana.field("Spot organization ID")).to_be_focused()
    expect(ana.field("Account name")).to_have_value("Production payer")
    ana.fill({"Spot organization ID": "606079874885"})
    ana.submit_away("Start")
    expect(ana.card).to_contain_text(f"6 of {TOTAL} steps")

    for step in (FULL_ECO, "Associate billing workflows"):
        ana.press(f"Skip: {step}")
        ana.fill({"Reason": "That is behind us"})
        ana.submit_away("Skip")
    expect(ana.card).to_contain_text(f"{TOTAL - 1} of {TOTAL} steps")
    ana.press("Add customers")
    ana.fill({"Subset : console email : Spot org ID": "Production : ops@customer.example : 700000000001"})
    ana.submit_away("Save")
    ana.press("Show ticket")
    expect(ana.form).to_contain_text("Production")
    ana.submit("Mark sent")
    ana.fill({"Ticket number": "4711"})
    ana.submit_away("Mark sent")
    expect(ana.card).to_contain_text("waiting")

    ana.jump("+1 day")
    ana.jump("+1 day")
    ben = opens("ben")
    asked = ben.main.get_by_role("article").filter(has_text="Has support confirmed")
    reminder = asked.filter(has_text="replied to a thread")
    expect(reminder).to_contain_text("replied to a thread")
    ben.press("It's ready", reminder)
    expect(ben.form).to_contain_text("Are their users created?")
    ben.submit_away("Yes, it's ready")
    expect(ben.card).to_contain_text(f"{TOTAL} of {TOTAL} steps")
    expect(ana.card).to_contain_text("completed")


def test_every_step_can_be_done_by_clicks(opens: Opens) -> None:
    """All steps in order, each by its own form, with the waits jumped over."""
    ana = opens("ana")
    enroll(ana)
    ana.submit_away("Start")
    expect(ana.card).to_contain_text(f"1 of {TOTAL} steps")

    ana.press(f"Mark done: {CONNECT}")
    ana.fill({"Cost and Usage Report bucket": "production-cur"})
    ana.submit_away("Mark done")
    ana.press(f"It's ready: {CONNECT}")
    ana.submit_away("Yes, it's ready")
    ana.press(f"Mark done: {FULL_ECO}")
    ana.submit_away("Mark done")
    ana.press(f"It's ready: {FULL_ECO}")
    ana.submit_away("Yes, it's ready")

    ana.press(f"Mark sent: {ENABLE}")
    ana.fill({"Ticket number": "4711"})
    ana.submit_away("Mark sent")
    ana.press(f"It's ready: {ENABLE}")
    ana.press("Mark done: Create subsets")
    ana.fill({"Subset names": "Production\nShop: EU"})
    ana.submit_away("Mark done")
    ana.press("Mark done: Create billing workflows")
    ana.fill({"Billing workflow names": "Standard\nReseller <10%>"})
    ana.submit_away("Mark done")
    ana.press("Mark done: Validate billing workflows")
    ana.choose("Validated billing workflows", "All 2 billing workflows")
    ana.submit_away("Mark done")

    ana.press("Add pairs")
    ana.fill({"Subset : billing workflow": 'Production : Standard\n"Shop: EU" : Reseller <10%>'})
    ana.submit_away("Save")
    ana.press("Mark sent: Associate billing workflows")
    ana.fill({"Ticket number": "4712"})
    ana.submit_away("Mark sent")
    ana.press("It's ready: Associate billing workflows")
    ana.submit_away("Yes, it's ready")
    ana.press("Skip: Associate end customers")
    ana.fill({"Reason": "We have no end customers"})
    ana.submit_away("Skip")
    expect(ana.card).to_contain_text(f"{TOTAL} of {TOTAL} steps")
    expect(ana.card).to_contain_text("completed")
