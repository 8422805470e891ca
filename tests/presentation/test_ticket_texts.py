"""The pages of a ticket hold all of it within Slack's limits, whatever stands in it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.workflow_requests import MOST_RULES, WorkflowRequest
from bot.presentation import ticket_texts
from bot.presentation.ticket_texts import TicketText
from tests.presentation.extremes import NAMES, enrollment
from tests.support.steps import StepKey

LETTERS = st.sampled_from(["a", "word ", "部", "👩🏽‍🚀", "\n", "\n\n", '"', "x" * 3000, "y z" * 1500])
#: Slack takes 250 KB, but a form can be answered over Socket Mode with 64 KB only.
ROOM = 60_000


@given(st.lists(st.lists(LETTERS, max_size=40).map("".join), min_size=1, max_size=4))
def test_pages_hold_every_character_in_order(written: list[str]) -> None:
    """Part by part; a page fits into a form."""
    parts = [TicketText(f"subject {number}", f"begin {text}\n") for number, text in enumerate(written)]

    pages = ticket_texts.pages(parts)

    assert [each.text for each in parts] == [
        "".join(piece for page in pages if page.part == number for piece in page.pieces)
        for number in range(1, len(parts) + 1)
    ]
    assert list(range(1, len(pages) + 1)) == [page.page for page in pages]
    assert all(0 < len(piece) <= 2900 for page in pages for piece in page.pieces)
    assert all(len(json.dumps(page.pieces)) < ROOM for page in pages)


def test_a_piece_ends_at_the_end_of_a_line() -> None:
    """So that no line is torn when it is copied."""
    full = enrollment(big=True)

    pages = ticket_texts.pages(ticket_texts.tickets(full, StepKey.ASSOCIATE_CUSTOMERS, None))

    assert {"\n"} == {piece[-1] for page in pages for piece in page.pieces}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_subject_says_its_part_however_long_the_names_are(name: str) -> None:
    """A subject is one line of 150 characters at most; what is cut is the name."""
    full = enrollment(name, big=True)

    subjects = [each.subject for each in ticket_texts.tickets(full, StepKey.ASSOCIATE_WORKFLOWS, 50)]

    assert 40 == len(subjects)
    assert subjects[-1].startswith("Associate billing workflows (part 40 of 40): Spot organization 6666")
    assert max(map(len, subjects)) <= 150


@pytest.mark.parametrize(("lines", "sizes"), [(None, [120]), (120, [120]), (119, [119, 1]), (50, [50, 50, 20])])
def test_a_part_has_as_many_lines_as_are_allowed(lines: int | None, sizes: list[int]) -> None:
    """And the words of the procedure around them."""
    full = enrollment(big=True)
    some = replace(full, customers=full.customers[:120])

    parts = ticket_texts.tickets(some, StepKey.ASSOCIATE_CUSTOMERS, lines)

    assert sizes == [len(part.text.splitlines()) - 2 for part in parts]
    assert 1 == len({part.text.splitlines()[0] for part in parts})


def test_a_custom_workflow_is_asked_for_without_an_organization_too() -> None:
    """The organization is named where it is known; the longest rules fit."""
    wanted = WorkflowRequest("Reseller", "r" * MOST_RULES)
    without = enrollment().with_shared({"spot_org_id": None})

    known, unknown = (ticket_texts.custom_workflow(each, wanted).text for each in (enrollment(), without))

    assert known.startswith("For our Spot Organization ID 66666666666666666666, please create the following")
    assert unknown.startswith("Please create the following")
    assert unknown.endswith(f"\n\nBilling workflow: Reseller\n\n{wanted.rules}\n")
