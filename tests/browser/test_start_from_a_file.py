"""Two hundred rows become enrollments by clicks: uploaded, previewed, started, and the same file again starts none."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Demo, Opens
from tests.browser.window import Window
from tests.support import start_files

ROWS, FAULTS = 200, 7
GOOD = ROWS - FAULTS


def upload(ana: Window, direct: str, content: bytes, number: int) -> Locator:
    """Give the file to the form; the message with the preview, which is that of a numbered bulk start."""
    ana.open("ana")
    ana.type("/eco import")
    with ana.page.expect_file_chooser() as opened:
        ana.form.get_by_role("button", name="Choose a file").press("Enter")
    opened.value.set_files([{"name": "payers.csv", "mimeType": "text/csv", "buffer": content}])
    ana.submit("Preview")
    # The cards of the first upload are still being posted when the second one comes, by the same process.
    expect(ana.form).to_contain_text("You get a preview in a direct message", timeout=60_000)
    ana.page.keyboard.press("Escape")
    expect(ana.form).to_have_count(0)
    ana.open("ana", direct)
    expect(previews(ana)).to_have_count(number)
    return previews(ana).last


def previews(window: Window) -> Locator:
    """The messages of bulk starts, without the files of faults."""
    return (
        window.main.get_by_role("article")
        .filter(has_text="from payers.csv")
        .or_(window.main.get_by_role("article").filter(has_text="Nothing to start in payers.csv"))
    )


@pytest.mark.timeout(300)  # 193 cards beside a browser take more than a minute where other tests run, too
def test_two_hundred_rows_with_seven_faults_start_193_enrollments_once(opens: Opens, demo: Demo) -> None:
    """Each fault is named by its line; the message shows how far it is; each enrollment has a card."""
    content, faults = start_files.mixed(ROWS)
    direct = f"D{demo.slack.person('ana').id[1:]}"
    ana = opens("ana")

    shown = upload(ana, direct, content, 1)

    expect(shown).to_contain_text(f"I can start {GOOD} enrollments")
    for line in faults:
        expect(shown).to_contain_text(f"Line {line}: ")
    expect(ana.main.get_by_role("link", name="Download eco-import-faults.csv")).to_be_visible()
    assert [] == demo.app.enrollments.all(demo.app.workspace.id)

    ana.press(f"Start {GOOD} enrollments", shown)
    expect(shown).to_contain_text(f"I'm starting {GOOD} enrollments")
    expect(shown).to_contain_text(f"I started {GOOD} enrollments", timeout=120_000)
    expect(shown.get_by_role("button", name="Stop")).to_have_count(0)

    again = upload(ana, direct, content, 2)
    expect(again).to_contain_text(f"{GOOD} accounts have an enrollment already. {FAULTS} lines have a fault")
    expect(again.get_by_role("button", name="Start")).to_have_count(0)
    assert GOOD == len(demo.app.enrollments.all(demo.app.workspace.id))

    def cards() -> bool:
        posted = demo.slack.channel("eco-rollout").messages
        return GOOD == sum(message.text.startswith("Eco enrollment of") for message in posted)

    demo.slack.wait_for(cards, 120, "a card for each of them")
