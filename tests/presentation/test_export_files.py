"""The files of an export: a page that is safe and needs no network, tables without formulas, quickly made."""

import csv
import io
import re
import time
import zipfile
from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.domain.aws.preflight import CheckReport, Finding, Verdict
from bot.domain.enrollment import Customer, Enrollment, Event, EventKind, State, SubsetAccount
from bot.domain.evidence import Check, Evidence, SentTicket
from bot.domain.history import HistoryEntry
from bot.domain.procedure import BUILT_IN
from bot.domain.step_spec import Procedure
from bot.presentation import evidence_archive, portfolio_table
from bot.presentation.csv_table import as_csv, cell
from bot.presentation.plain_text import Names, plain
from tests.domain.building import MATE, NOW, OWNER, blank, completed, opened, started
from tests.support.extracted import OWN
from tests.support.extracted import PROCEDURE as EXTRACTED
from tests.support.steps import StepKey

PEOPLE = {OWNER: "Olga Owner", MATE: "Max Mate"}
NAMES = Names(lambda user: PEOPLE.get(user, user), lambda channel: f"#{channel.lower()}")
HOSTILE = "</td><script>alert(1)</script> & =cmd|'/c calc'!A1 *bold* <!channel> <@U0OWNER>"


def evidence(enrollment: Enrollment) -> Evidence:
    """Everything that can be recorded, with words that would be markup elsewhere."""
    skipped = Event(EventKind.SKIPPED, StepKey.FULL_ECO, {"reason": HOSTILE})
    waiting = Event(EventKind.STILL_WAITING, StepKey.CONNECT_ACCOUNT, {"until": "2026-12-01", "note": "=HYPERLINK(1)"})
    changed = Event(EventKind.EDITED, None, {"changed": {"owner": [OWNER, MATE], "channel_id": ["C0A", "C0B"]}})
    history = tuple(
        HistoryEntry(number, event, OWNER, NOW, {"pairs": 1}, {"pairs": 2})
        for number, event in enumerate((skipped, waiting, changed), 1)
    )
    ticket = SentTicket(StepKey.ENABLE_SUBSETS, NOW, OWNER, "ECO-4711", "2026-03-01", "help@spot.example", HOSTILE)
    finding = Finding("cur.time_unit", Verdict.FAIL, "Time unit", HOSTILE, "hourly", "Change it")
    return Evidence(
        enrollment, history, (ticket, replace(ticket, text=None)), (Check(NOW, MATE, CheckReport((finding,))),)
    )


def unpacked(content: bytes) -> dict[str, str]:
    """The files in a zip, as text."""
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        assert packed.testzip() is None
        return {name: packed.read(name).decode("utf-8-sig") for name in packed.namelist()}


def table(text: str) -> list[dict[str, str]]:
    """The rows of a CSV file by their columns."""
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    """The files of an enrollment with hostile words everywhere."""
    made = replace(
        completed(),
        account_name=HOSTILE,
        customers=(Customer("=1+1", "ops@customer.example", "700000000001"), Customer("Ünïcode", "b@c.example", "7")),
    )
    return unpacked(evidence_archive.archive(evidence(made), NAMES, NOW))


def test_the_zip_has_one_page_and_the_tables(files: dict[str, str]) -> None:
    """By names that say what they are."""
    tables = ("audit", "billing-workflows", "checks", "customers", "list-changes", "notes", "pairs", "steps", "subsets")
    tables = (*tables, "tickets", "list-tickets", "subset-accounts")
    assert {"enrollment.html", *(f"{name}.csv" for name in tables)} == set(files)


def test_the_page_needs_no_network_and_runs_no_script(files: dict[str, str]) -> None:
    """Nothing in it is fetched, and what people typed is text."""
    page = files["enrollment.html"]

    assert [] == re.findall(
        r"<(?:script|img|link|iframe|object|form)\b|\bon\w+=|url\(|@import|(?:src|href)=.http", page
    )
    assert "default-src 'none'" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "@media print" in page


def test_the_page_says_who_did_what_and_when(files: dict[str, str]) -> None:
    """In names, days and words; a ticket without a kept text says so."""
    page = files["enrollment.html"]

    assert "Olga Owner" in page
    assert "help@spot.example" in page
    assert "ECO-4711" in page
    assert "Spot organization ID: 606079874885" in page
    assert "The text was not kept" in page
    assert "the owner from Olga Owner to Max Mate, the progress channel from #c0a to #c0b." in page
    assert "Connect the management account" in page
    assert [] == re.findall(r"&lt;@U0|&lt;!date|<@", page.replace("&lt;!channel&gt; &lt;@U0OWNER&gt;", ""))


@pytest.mark.parametrize("procedure", BUILT_IN, ids=lambda procedure: procedure.key)
def test_the_page_is_written_for_every_procedure(procedure: Procedure) -> None:
    """Also for one without lists in tickets, and with AWS accounts of subsets."""
    accounts = (SubsetAccount("Prod", "210987654321"),)
    made = replace(blank(procedure_reference=procedure.reference), subset_accounts=accounts)

    page = evidence_archive.page(Evidence(made, (), (), ()), NAMES, NOW)

    assert "<td>Prod</td><td>2109-8765-4321</td>" in page
    assert "<title>Acme (1234-5678-9012): Eco enrollment</title>" in page


def test_no_cell_of_a_table_is_a_formula(files: dict[str, str]) -> None:
    """Whatever people typed: an apostrophe stands before it."""
    cells = [
        cell for name, text in files.items() if name.endswith(".csv") for row in table(text) for cell in row.values()
    ]

    assert [] == [found for found in cells if found.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert "'=1+1" in cells
    assert "'=HYPERLINK(1)" in cells


def test_the_tables_name_people_and_keep_their_ids(files: dict[str, str]) -> None:
    """Steps, tickets, customers, checks, notes and the audit."""
    steps, tickets = table(files["steps.csv"]), table(files["tickets.csv"])
    assert ("Olga Owner", OWNER) == (steps[1]["by"], steps[1]["by (ID)"])
    assert ("ECO-4711", HOSTILE) == (tickets[0]["ticket number"], tickets[0]["text"])
    assert [("Ünïcode", "not sent"), ("Prod", "to be removed")] == [
        (row["subset"], row["state"]) for row in table(files["customers.csv"])
    ][1:]
    assert [("fail", "Max Mate")] == [(row["verdict"], row["by"]) for row in table(files["checks.csv"])]
    notes = [(row["kind"], row["text"]) for row in table(files["notes.csv"])]
    assert [("reason", HOSTILE), ("note", "'=HYPERLINK(1)")] == notes
    audit = table(files["audit.csv"])
    assert ["1", "2", "3"] == [row["number"] for row in audit]
    assert f"Olga Owner skipped Full Eco: strategy call and ramp-up: {HOSTILE}" == audit[0]["sentence"]


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1"])
def test_a_cell_that_looks_like_a_formula_begins_with_an_apostrophe(text: str) -> None:
    """Each sign with which a spreadsheet begins one."""
    assert f"'{text}" == cell(text)


def test_other_cells_stay_as_they_are() -> None:
    """Instants are UTC, days are days, and nothing is nothing."""
    assert ["", "a=b", "2026-03-02", "7"] == [cell(value) for value in (None, "a=b", date(2026, 3, 2), 7)]
    assert cell(NOW).endswith("+00:00")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("<@U0OWNER> did *Full Eco* in <#C0A>.", "Olga Owner did Full Eco in #c0a."),
        (":tada: *Acme* is enrolled.", "Acme is enrolled."),
        ("until <!date^1^{date_short}|Mon, Nov 30>.", "until Mon, Nov 30."),
        ("<https://x.example|a link> &amp; &lt;b&gt;", "a link & <b>"),
        ("role arn:aws:iam::123456789012:role/x_y*z", "role arn:aws:iam::123456789012:role/x_y*z"),
        ("typed \u200b*\u200bstars\u200b*\u200b :\u200btada:", "typed *stars* :tada:"),
    ],
)
def test_a_line_of_the_thread_becomes_plain_text(said: str, expected: str) -> None:
    """Names instead of IDs, and typed signs as they were typed."""
    assert expected == plain(said, NAMES)


def test_an_export_of_2000_customers_takes_less_than_two_seconds() -> None:
    """Of the processor, with a history of a thousand entries; measured: half a second."""
    customers = tuple(Customer(f"Subset {n}", f"ops{n}@customer.example", f"{700000 + n}") for n in range(2000))
    made = evidence(replace(completed(), customers=customers))
    history = tuple(replace(made.history[0], number=n) for n in range(1000))
    began = time.process_time()

    content = evidence_archive.archive(replace(made, history=history), NAMES, NOW)

    assert time.process_time() - began < 2
    assert 2000 == sum(row["state"] == "not sent" for row in table(unpacked(content)["customers.csv"]))


def test_the_list_of_enrollments_says_what_is_next(files: dict[str, str]) -> None:
    """One row each: a required step before an optional one, whose turn it is, and until when."""
    enrollments = [opened(StepKey.ENABLE_SUBSETS), replace(completed(), account_name="@done")]

    rows = table(as_csv(portfolio_table.table(enrollments, NAMES, NOW + timedelta(days=1))).decode("utf-8-sig"))

    assert ["Enable the Subsets feature", ""] == [row["next step"] for row in rows]
    assert ("us", "Olga Owner", "#c0progress") == tuple(rows[0][name] for name in ("whose turn", "owner", "channel"))
    assert ["Acme", "'@done"] == [row["account name"] for row in rows]


def test_the_list_of_enrollments_names_a_party(files: dict[str, str]) -> None:
    """Once ours are through with their part, it's the turn of the MSP."""
    made = started(procedure_reference=EXTRACTED.reference)
    for key in OWN:
        made = made.with_step(key, state=State.DONE)

    (row,) = table(as_csv(portfolio_table.table([made], NAMES, NOW)).decode("utf-8-sig"))

    assert "the MSP" == row["whose turn"]
