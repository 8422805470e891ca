"""Sentences are compared in English and told in the language that is spoken."""

from __future__ import annotations

import copy
import pickle

import pytest

from bot.domain.enrollment import State
from bot.domain.list_checks import findings
from bot.domain.list_edits import used_names
from bot.domain.procedure import USUAL
from bot.domain.retold import DayWords
from bot.domain.sentences import Sentence, sentence, told
from bot.domain.shown_values import since, spelled_out
from bot.domain.ticket_numbers import missing_numbers
from bot.domain.warnings import nobody_else, unknown_warning
from bot.language.spoken import ENGLISH, speaking
from bot.template_check.sample_enrollments import USUAL as WORDS
from bot.template_check.sample_enrollments import enrollment

NAMES = [f"Name {number}" for number in range(7)]


@pytest.mark.parametrize(
    ("said", "english", "german"),
    [
        (
            unknown_warning("subset", ["{Data}"], ["Production"])[0],
            "“{Data}” isn't on your list of subsets.",
            "“{Data}” steht nicht auf deiner Liste (Subsets).",
        ),
        (
            nobody_else(NAMES)[0],
            "Nobody else is mentioned in the reminders of “Name 0”, “Name 1”, “Name 2”, “Name 3”, “Name 4” and 2 more.",
            "Sonst wird niemand in diesen Erinnerungen erwähnt: "
            "“Name 0”, “Name 1”, “Name 2”, “Name 3”, “Name 4” und 2 weitere.",
        ),
        (
            missing_numbers(3, "4711")[0],
            "This ticket goes out in 3 parts, so there should be 3 ticket numbers. You entered only one.",
            "Dieses Ticket geht in 3 Teilen hinaus, also sollten es 3 Ticketnummern sein. Eingegeben: nur eine.",
        ),
        (
            sentence("{said} Saving removes {names}.", said=since("<@U1>", "pairs"), names=spelled_out(["a"])),
            "<@U1> changed the pairs since you opened this form. Saving removes a.",
            "<@U1> hat etwas geändert, seit du dieses Formular geöffnet hast: Paare. Speichern entfernt a.",
        ),
        (
            used_names(enrollment(USUAL, State.OPEN, WORDS, full=True), "subsets", ["Test"]) or "",
            "This name is used by 1 pair and 1 end customer, where it stays.",
            "Dieser Name wird verwendet und bleibt dort stehen: 1 Paar und 1 Endkunde.",
        ),
        (
            sentence("{day} at {time} ({zone})", day=DayWords("Mon, Nov 30"), time="10:00", zone="UTC"),
            "Mon, Nov 30 at 10:00 (UTC)",
            "Mo., 30. Nov um 10:00 (UTC)",
        ),
    ],
)
def test_a_sentence_is_english_and_told_in_german(said: str, english: str, german: str) -> None:
    """Also after it was copied; what people typed stays, braces too."""
    for each in (said, copy.deepcopy(said), pickle.loads(pickle.dumps(said))):
        assert english == each
        assert english == told(each)
        with speaking("de"):
            assert german == told(each)
            assert english == each


def test_other_texts_are_told_as_they_stand() -> None:
    """What was stored has lost its values."""
    with speaking("de"):
        assert "Nobody {x}" == told("Nobody {x}")


def test_findings_are_the_same_in_both_languages() -> None:
    """They are made in the language of whoever asks, and compared with those that saving asks about."""
    made = enrollment(USUAL, State.OPEN, WORDS, full=True)
    found = [each.in_full() for each in findings(made)]
    with speaking("de"):
        assert found == [each.in_full() for each in findings(made)]
        assert all(isinstance(each, Sentence) and told(each) != each for each in found)
    with speaking(ENGLISH):
        assert found == [told(each) for each in found]
    assert found
