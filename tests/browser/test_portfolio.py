"""A portfolio of three hundred on the home tab: search, filters, pages; any of them is three clicks away."""

from __future__ import annotations

from playwright.sync_api import Locator, expect

from bot.domain.access import Actor
from bot.use_cases import Caller, StartForm
from tests.browser.conftest import Demo, Opens
from tests.browser.window import Window
from tests.support.enrollment_copies import copy_rows
from tests.support.steps import StepKey

COUNT = 300


def fill(demo: Demo) -> None:
    """Ana's three hundred: the first one waits, the others are open."""
    ana, app = demo.slack.person("ana"), demo.app
    caller = Caller(app.workspace.id, Actor(ana.id))
    form = StartForm("100000000001", "Account 1", "C0ROLLOUT1", ana.id, values={"spot_org_id": "606079874885"})
    first = app.enrollments.start(caller, form)
    with app.database.write() as connection:
        copy_rows(connection, range(2, COUNT + 1), first.id)
    app.enrollments.complete_act(caller, first.id, StepKey.CONNECT_ACCOUNT, {})


def press(where: Locator, name: str) -> None:
    """Press the button that begins with these words."""
    where.get_by_role("button", name=name).first.click()


def test_any_of_three_hundred_is_three_clicks_away(opens: Opens, demo: Demo) -> None:
    """Home, then **Search and filter**, **Show**, **Open**; pages and counts lead through the rest."""
    fill(demo)
    chi: Window = opens("chi", "home")
    home = chi.page.locator(".home-view")
    expect(home).to_contain_text("1 to 10 of 300 enrollments, most urgent first.")

    press(home, "Search and filter")
    chi.fill({"Search": "Account 217"})
    chi.submit_away("Show")
    expect(home).to_contain_text("1 enrollment, with “Account 217”")
    press(home, "Open")
    expect(chi.form).to_contain_text("Eco enrollment: Account 217")
    chi.page.keyboard.press("Escape")
    expect(chi.form).to_have_count(0)

    press(home, "Show all")
    expect(home).to_contain_text("1 to 10 of 300 enrollments")
    press(home, "Next (page 2 of 30)")
    expect(home).to_contain_text("11 to 20 of 300 enrollments")
    press(home, "Back")
    expect(home).to_contain_text("1 to 10 of 300 enrollments")
    press(home, "Show 1 waiting")
    expect(home).to_contain_text("1 enrollment waits.")
    expect(home).to_contain_text("Account 1")

    caller = Caller(demo.app.workspace.id, Actor(demo.slack.person("ana").id))
    demo.app.enrollments.confirm(caller, 1, StepKey.CONNECT_ACCOUNT)
    expect(home).to_contain_text("No enrollment waits.")
