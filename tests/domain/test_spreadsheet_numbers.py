"""Numbers as spreadsheets write them: what they stand for, and which have lost digits."""

import pytest

from bot.domain.errors import InvalidInput
from bot.domain.inputs import parse_account_id, parse_org_id

WRITTEN = [
    "606079874885",
    "'606079874885",
    "\u2019606079874885",
    "606,079,874,885",
    "606.079.874.885",
    "606'079'874'885",
    "606\u2019079\u2019874\u2019885",
    "606\u202f079\u202f874\u202f885",
    "606079874885.0",
    "606079874885,00",
    "606,079,874,885.00",
    " \u200b606079874885.0 ",
]


@pytest.mark.parametrize("text", WRITTEN)
def test_a_number_is_read_as_what_it_stands_for(text: str) -> None:
    """Organizations and accounts alike."""
    assert "606079874885" == parse_org_id(text) == parse_account_id(text)


@pytest.mark.parametrize("text", ["6.06E+11", "6.06e11", "6,06079874885E+11", "6E+11", "'6.06E+11"])
def test_a_number_in_the_short_form_is_named_as_one(text: str) -> None:
    """Most of its digits are gone, and only the spreadsheet has them."""
    expected = (
        f"“{text.lstrip(chr(39))}” is a number in short form, and most of its digits are lost. "
        "The spreadsheet has changed this number: format the column as text, and enter the number again."
    )
    for parse in (parse_org_id, parse_account_id):
        with pytest.raises(InvalidInput) as refused:
            parse(text)
        assert expected == str(refused.value)


@pytest.mark.parametrize("text", ["606,07", "606079874885.5", "606,079,87", "60,607,9874", "1.5E", "E+11"])
def test_other_numbers_are_no_ids(text: str) -> None:
    """Digits are not put together from what stands in no order."""
    with pytest.raises(InvalidInput, match="is not a plain number"):
        parse_org_id(text)


@pytest.mark.parametrize("text", ["12345678901", "'2345678901", "12,345,678,901"])
def test_lost_zeros_of_an_account_are_named_not_guessed(text: str) -> None:
    """An account has twelve digits, so one with ten or eleven has lost its first ones, or another was forgotten."""
    with pytest.raises(InvalidInput, match="A spreadsheet drops zeros at the beginning: if this is from one, format"):
        parse_account_id(text)
