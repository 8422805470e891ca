"""Refusals of what people type are in the language that is spoken; what lists and use cases keep is English."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from bot.domain import inputs, several_inputs
from bot.domain.aws.setup_commands import parse_report, parse_stack
from bot.domain.days import parse_day
from bot.domain.enrollment import State
from bot.domain.errors import DomainError, NotAllowed, NotAStarter, NotVisible, UnknownEnrollment
from bot.domain.list_words import parse_list_words
from bot.domain.procedure import BUILT_IN, USUAL
from bot.domain.sentences import sentence
from bot.domain.start_form import parse_values
from bot.domain.ticket_emails import parse_reply_to
from bot.domain.transitions import require_state
from bot.domain.value_types import parse_text
from bot.domain.workflow_requests import parse_rules
from bot.language.spoken import speaking
from bot.list_files.entries import read_entries
from bot.list_files.reading import read_pasted
from bot.template_check.sample_enrollments import USUAL as WORDS
from bot.template_check.sample_enrollments import enrollment
from tests.language.test_leftovers import vocabulary, words_of

ACCOUNT = "123456789012"
CHOICE = next(field for each in BUILT_IN for spec in each.steps for field in spec.collects if field.type == "choice")
#: What somebody may not do who is no starter.
STARTS = tuple(map(sentence, ("start an enrollment", "start enrollments", "send tickets by email")))
#: More IDs than one field takes.
MANY = ",".join(f"{ACCOUNT[:-3]}{number}" for number in range(100, 201))
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


def refused(error: DomainError) -> None:
    """Raise it."""
    raise error


def in_state(state: State, *allowed: State) -> None:
    """Ask for a step in other states than it is in."""
    for step in enrollment(USUAL, state, WORDS, full=True).steps:
        require_state(enrollment(USUAL, state, WORDS, full=True), step.key, NOW, *allowed)


TYPED: list[Callable[[], object]] = [
    *(lambda text=text: inputs.parse_account_id(text) for text in ("", "12", "12345678901", "1E+11", "x", "act-1")),
    *(
        lambda text=text: inputs.parse_org_id(text, ACCOUNT)
        for text in ("", ACCOUNT, "1", "o-abcdefghij", "o-12345678")
    ),
    *(lambda text=text: inputs.parse_org_id(text) for text in ("1234-5678-9012", "arn:aws:x", "a@b.example", "x y")),
    lambda: inputs.parse_role_arn("x", ACCOUNT),
    lambda: inputs.parse_role_arn("arn:aws:iam::210987654321:role/x", ACCOUNT),
    lambda: inputs.parse_role_arn("arn:aws-cn:iam::210987654321:role/x", ACCOUNT),
    lambda: inputs.parse_role_arn("arn:aws-iso:iam::210987654321:role/x", ACCOUNT),
    lambda: inputs.parse_bucket("A"),
    lambda: inputs.parse_email("a"),
    lambda: inputs.parse_line("", "a reason"),
    lambda: inputs.parse_line("x" * 300, "a reason"),
    lambda: inputs.parse_name("-", "a name"),
    lambda: inputs.parse_external_id("?"),
    *(lambda text=text: several_inputs.parse_stack_name(text) for text in ("arn:aws:x", "1st")),
    lambda: several_inputs.parse_report_name("my report"),
    *(lambda text=text: several_inputs.parse_prefix(text) for text in ("s3://acme/cur", "a//b")),
    *(lambda text=text: several_inputs.parse_accounts(text) for text in ("", MANY, f"{ACCOUNT},{ACCOUNT}", "1")),
    *(lambda text=text: several_inputs.parse_org_ids(text, None, 2) for text in ("", MANY, "700700", "700700 700700")),
    *(lambda text=text: several_inputs.parse_org_accounts(text) for text in ("", "700700", "700700 :")),
    lambda: several_inputs.parse_org_accounts(f"700700 : {ACCOUNT}\n700700 : {ACCOUNT}"),
    lambda: several_inputs.parse_org_accounts(f"700700 : {ACCOUNT}\n800800 : {ACCOUNT}"),
    lambda: parse_stack("1st"),
    lambda: parse_report("my report"),
    lambda: parse_day("1"),
    lambda: parse_reply_to("ä@b.example"),
    lambda: parse_rules(""),
    lambda: parse_rules("x" * 3001),
    lambda: parse_text("", CHOICE, None),
    *(lambda text=text: parse_list_words(text, (), ()) for text in ("@ana", "#rollout", "late done", "x" * 101)),
    lambda: parse_list_words("", ("U1", "U2"), ()),
    lambda: parse_list_words("", (), ("C1", "C2")),
    lambda: refused(NotAllowed(["U1", "U2"])),
    lambda: refused(NotVisible(["U1"])),
    lambda: refused(UnknownEnrollment()),
    *(lambda ask=ask, what=what: refused(NotAStarter(what, ask)) for ask in ([], ["U1", "U2"]) for what in STARTS),
    *(lambda state=state: in_state(state) for state in State),
]
#: Typed above, and what AWS and Spot call things.
NOT_SAID = r"„[^“]*“|<[@#]\w+>|[@#]\w+|\byes, no\b|\blate oder done\b|arn:\S+|name@example\.com|\(aws-iso\)"


@pytest.fixture(scope="module")
def known() -> frozenset[str]:
    """The words of the German translations."""
    return frozenset(vocabulary("de"))


@pytest.mark.parametrize("typed", TYPED)
def test_a_refusal_says_nothing_in_english(typed: Callable[[], object], known: frozenset[str]) -> None:
    """Each of its words is one of the translations."""
    with speaking("de"), pytest.raises(DomainError) as refusal:
        typed()
    with speaking("de"):
        said = str(refusal.value)

    assert set() == words_of(re.sub(NOT_SAID, " ", said)) - known, said


def test_faults_of_a_start_form_are_german_and_those_of_a_list_are_not() -> None:
    """A form is read by one person; a list is kept with its faults, and others read them."""
    faults = dict[str, str]()
    with speaking("de"):
        parse_values({"account_id": "12", "account_name": "", "since": "2026-11-20"}, faults)
        read = read_entries(read_pasted("Production : Standard\nTest : \nTest : Standard : x"), "pairs", None)

    assert "„12“ hat 2 Ziffern." in faults["account_id"]
    assert ("Fülle dieses Feld aus.", "Wähle den Schritt, bei dem ihr seid, oder lass das Datum leer.") == (
        faults["account_name"],
        faults["since"],
    )
    assert "the billing workflow is empty." in [fault.sentence for fault in read.faults]
