"""The text that people can send to Spot support when a wait took too long: right for every step that waits."""

from __future__ import annotations

import pytest

from bot.domain.enrollment import Enrollment, State
from bot.domain.lifecycle import Position
from bot.presentation import texts
from tests.domain.building import ACCOUNT, ORG, acted, opened, started
from tests.support.steps import StepKey
from tests.support.usual_procedure import PROCEDURE, SPECS

K = StepKey
IDS = "Our Spot organization ID is 606079874885, our AWS management account is 1234-5678-9012."
ASK = "Could you tell us where that stands?"

#: Step -> what we did, and by when we expected the result of it; "" where nobody had promised a date.
SAID = {
    K.CONNECT_ACCOUNT: ("connected our AWS management account", "data in Cost Analysis and the dashboard by Mar 6"),
    K.FULL_ECO: ("held the strategy call", "the ramp-up to be finished by Apr 15"),
    K.ENABLE_SUBSETS: ("asked you to enable the Subsets feature", ""),
    K.ASSOCIATE_WORKFLOWS: ("asked you to associate our billing workflows", "charges in our Subsets List by Mar 8"),
    K.ASSOCIATE_CUSTOMERS: ("asked you to associate our end customers", ""),
}
#: What people enter as the ticket's number -> what stands beside the request.
NUMBERS = {
    "4711": " (ticket 4711)",
    "ECO-4711": " (ticket ECO-4711)",
    "chat, June 3": " (chat, June 3)",
    "by email (message ID 0100)": " (by email (message ID 0100))",
}


def said(enrollment: Enrollment, key: StepKey) -> str:
    """The text for a step."""
    step = enrollment.step(key)
    return texts.say("reminders/support", enrollment=enrollment, spec=SPECS[key], step=step)


def expected(key: StepKey, number: str) -> str:
    """The whole text: what we did and when, what we expected, the question, and the IDs that support asks for."""
    did, by = SAID[key]
    return f"On Mar 4 we {did}{number}.{f' We expected {by}.' if by else ''} {ASK} {IDS}"


def test_every_step_that_waits_is_in_the_table() -> None:
    """A step that is added gets its row."""
    assert {spec.key for spec in PROCEDURE if spec.wait} == set(SAID)
    assert (ACCOUNT, ORG) == ("123456789012", "606079874885")


@pytest.mark.parametrize("entered", NUMBERS)
@pytest.mark.parametrize("key", [key for key in SAID if SPECS[key].ticket])
def test_a_ticket_is_told_with_its_number_or_with_how_it_was_sent(key: StepKey, entered: str) -> None:
    """Both stand in the same field; only a number is called a ticket."""
    assert said(acted(opened(key), key, ticket_number=entered), key) == expected(key, NUMBERS[entered])


@pytest.mark.parametrize("key", [key for key in SAID if not SPECS[key].ticket])
def test_a_step_without_a_ticket_says_what_was_done(key: StepKey) -> None:
    """Nothing was asked of support before, so the text tells our side."""
    assert said(acted(opened(key), key), key) == expected(key, "")


@pytest.mark.parametrize("key", SAID)
def test_an_enrollment_that_was_started_in_the_wait_has_no_number(key: StepKey) -> None:
    """The start form asks for none; what was done and when is known all the same."""
    enrollment = started(Position(key, waiting=True), spot_org_id=ORG)
    assert State.WAITING is enrollment.step(key).state
    assert said(enrollment, key) == expected(key, "")


def test_without_an_organization_the_account_alone_is_named() -> None:
    """A placeholder would only confuse the reader."""
    enrollment = acted(opened(K.CONNECT_ACCOUNT), K.CONNECT_ACCOUNT).with_shared({"spot_org_id": None})
    assert said(enrollment, K.CONNECT_ACCOUNT).endswith(f"{ASK} Our AWS management account is 1234-5678-9012.")
