"""The message of a bulk start: within Slack's limits whatever the file holds, and readable from its text alone."""

from __future__ import annotations

import pytest

from bot.domain.bulk_progress import BulkStart, BulkState, Outcome, Preview
from bot.presentation import bulk_messages
from tests.presentation.extremes import NAMES
from tests.presentation.reading import check_message


@pytest.mark.parametrize("state", BulkState, ids=lambda state: state.value)
@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_the_message_of_a_bulk_start_fits(name: str, state: BulkState) -> None:
    """In every state, with the longest names and sentences."""
    told = tuple((number, name, f"“{name}” " * 20) for number in range(10))
    people = {f"U0{number:09}": 500 for number in range(500)}
    faults = tuple((number, said) for number, _, said in told)
    preview = Preview(300, 300, faults, 300, told, people, {f"C0{number:09}": 1 for number in range(500)})
    counts = dict.fromkeys(Outcome, 100)

    check_message(bulk_messages.build(BulkStart(7, "T1", "U1", name, state, preview, counts, name, told)))
