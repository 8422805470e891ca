"""A list of thousands of lines by clicks: uploaded, previewed, saved, looked at, and written into a ticket."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import Opens
from tests.browser.test_enrollment import enroll

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


def test_two_thousand_end_customers_go_from_a_file_into_a_ticket(opens: Opens) -> None:
    """Nothing is saved before the preview; wrong lines are named; the others are on the list and in the ticket."""
    ana = opens("ana")
    enroll(ana)
    ana.choose("Already under way? We are at", "Associate end customers")
    ana.submit_away("Start")

    ana.press("Add customers")
    with ana.page.expect_file_chooser() as opened:
        ana.form.get_by_role("button", name="Choose a file").press("Enter")
    opened.value.set_files([customers_file()])  # type: ignore[list-item]
    ana.submit("Save")

    expect(ana.form).to_contain_text("1,998 new")
    expect(ana.form).to_contain_text("Line 8:")
    expect(ana.form).to_contain_text("Line 500:")
    ana.submit_away("Save the good ones")
    ana.press("Show ticket")
    expect(ana.form).to_contain_text("Production : ops0@customer.example : 700000000000")
    expect(ana.form).to_contain_text("page 1 of")
    ana.page.keyboard.press("Escape")
    ana.type("/eco lists")
    expect(ana.form).to_contain_text("1,998 end customers")
