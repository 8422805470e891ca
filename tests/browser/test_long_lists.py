"""A list of thousands of lines by clicks: uploaded, previewed, saved, sent in parts, confirmed, and followed up."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Demo, Opens
from tests.browser.test_enrollment import enroll
from tests.browser.window import Window

LINES = 2000
#: Lines of the file that cannot be read; the header is line 1.
WRONG = {8: "Production,ops7@customer.example,6.07E+11", 500: "Production,nobody,700000000498"}


def customers_file() -> dict[str, object]:
    """A file of a spreadsheet: a header in another order, 2,000 lines, two of them wrong."""
    lines = [f"Production,ops{n}@customer.example,{700000000000 + n}" for n in range(LINES)]
    for number, line in WRONG.items():
        lines[number - 2] = line
    content = "\r\n".join(["Subset,E-mail,Organization ID", *lines]).encode("utf-8-sig")
    return {"name": "customers.csv", "mimeType": "text/csv", "buffer": content}


@pytest.fixture
def also() -> Mapping[str, str]:
    """A ticket has 700 lines at most."""
    return {"ECO_TICKET_LINES": "700"}


def save_the_file(ana: Window) -> None:
    """Upload the file, look at the preview, and save what can be read."""
    ana.press("Add customers")
    with ana.page.expect_file_chooser() as opened:
        ana.form.get_by_role("button", name="Choose a file").press("Enter")
    opened.value.set_files([customers_file()])  # type: ignore[list-item]
    ana.submit("Save")

    expect(ana.form).to_contain_text("1,998 new")
    expect(ana.form).to_contain_text("Line 8:")
    expect(ana.form).to_contain_text("Line 500:")
    ana.submit_away("Save the good ones")


def test_two_thousand_end_customers_go_from_a_file_into_tickets_and_a_follow_up(opens: Opens, demo: Demo) -> None:
    """A ticket in three parts, its confirmation, and a follow-up with the two lines that have changed since."""
    ana = opens("ana")
    enroll(ana)
    ana.choose("Already under way? We are at", "Associate end customers")
    ana.submit_away("Start")
    save_the_file(ana)

    ana.press("Show ticket")
    expect(ana.form).to_contain_text("This is part 1 of 3.")
    expect(ana.form).to_contain_text("Production : ops0@customer.example : 700000000000")
    ana.submit("Mark sent")
    ana.fill({"Ticket numbers": "ECO-1, ECO-2, ECO-3"})
    ana.submit_away("Mark sent")
    expect(ana.card).to_contain_text("tickets ECO-1, ECO-2, ECO-3")

    ana.press("It's ready")
    expect(ana.form).to_contain_text("Are their users created?")
    ana.choose("Are their users created?", "Not yet")
    ana.submit_away("Yes, it's ready")
    expect(ana.card).to_contain_text("1,998 of 1,998 associated. Users created for 0 of 1,998.")

    ana.type("/eco lists")
    expect(ana.form).to_contain_text("associated (tickets ECO-1, ECO-2, ECO-3)")
    ana.form.get_by_role("button", name="Edit Production : ops0@").click()
    ana.fill({"Console email": "new@customer.example"})
    ana.submit("Save")
    expect(ana.form).to_contain_text("Spot hasn't heard of 1 of them yet.")
    ana.form.get_by_label("2. Production : ops1@").check()
    ana.form.get_by_role("button", name="Remove chosen…").click()
    ana.submit("Remove 1")
    expect(ana.form).to_contain_text("Spot hasn't heard of 1 of them yet, nor that 1 was removed.")

    ana.form.get_by_role("button", name="Send follow-up ticket").click()
    expect(ana.form).to_contain_text("1 changed, 1 to remove")
    expect(ana.form).to_contain_text("ops0@customer.example : 700000000000 -> Production : new@customer.example")
    ana.submit("Mark sent")
    ana.fill({"Ticket number": "ECO-4"})
    ana.submit("Mark sent")
    expect(ana.card).to_contain_text("1,996 of 1,997 associated, 2 in a follow-up.")
    (first, second) = demo.app.enrollments.all(demo.app.workspace.id)[-1].list_tickets
    assert ((1998, 0), (1, 2)) == tuple((len(each.added), len(each.removed)) for each in (first, second))
