"""The numbers that support gave to the parts of a ticket: counted as people write them, and shown in short."""

from __future__ import annotations

import pytest

from bot.domain.ticket_numbers import count_numbers, in_short, missing_numbers
from bot.presentation.texts import ticket_words


@pytest.mark.parametrize(
    ("entered", "count"),
    [
        ("", 0),
        ("in the chat", 0),
        ("ECO-1", 1),
        ("ECO-1, eco-1", 1),
        ("4711,4712;4713", 3),
        ("4711 4712\t4713", 3),
        ("ECO 4711, ECO 4712", 2),
        ("chat, June 3", 1),
    ],
)
def test_different_numbers_are_counted(entered: str, count: int) -> None:
    """With commas, semicolons or spaces between them; a word without a digit is none."""
    assert count == count_numbers(entered)


def test_fewer_numbers_than_parts_are_asked_about() -> None:
    """A ticket in one part is none of that: people may say how they sent it."""
    assert [] == missing_numbers(1, "chat")
    assert [] == missing_numbers(2, "1, 2, 3")
    assert ["This ticket goes out in 2 parts, so there should be 2 ticket numbers. You entered only one."] == (
        missing_numbers(2, "4711")
    )


def test_many_numbers_are_shown_as_the_first_ones() -> None:
    """A card and a thread line do not grow with the parts."""
    numbers = ", ".join(f"ECO-{number}" for number in range(1000, 1100))

    assert "ECO-1000, ECO-1001, ECO-1002, ECO-1003, ECO-1004, ECO-1005 and 94 more" == in_short(numbers)
    assert f"tickets {in_short(numbers)}" == ticket_words(numbers)
    assert 100 == len(in_short("x" * 1500))
    assert "tickets 1, 2" == ticket_words("1, 2")
    assert "chat, June 3" == ticket_words("chat, June 3")


def test_a_long_text_of_few_numbers_is_shown_without_a_rest() -> None:
    """Commas alone make no number, so nothing is left out of what is shown."""
    assert "4711, 4712" == in_short("4711" + "," * 100 + "4712")
    assert "4711, 4712, 4713 and 1 more" == in_short("4711, 4712, 4713, " + "9" * 90)
