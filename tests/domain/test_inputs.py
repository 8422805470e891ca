"""Single values as people paste them: what is accepted, and what a refusal says."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import InvalidInput
from bot.domain.inputs import (
    MAX_NAME,
    format_account_id,
    parse_account_id,
    parse_bucket,
    parse_email,
    parse_line,
    parse_name,
    parse_org_id,
    shorten,
)

ACCOUNT = "123456789012"
WHERE = "Find it in the Spot console: user icon, Settings, General Details, My Organization."
EXAMPLE = "An AWS account ID has 12 digits, for example 1234-5678-9012."
DROPPED = "A spreadsheet drops zeros at the beginning: if this is from one, format the column as text."
RANGE = "A Spot organization ID is a number of 6 to 20 digits."


def refusal(parse: Callable[..., str], *given: str | None) -> str:
    """The sentence with which a value is refused."""
    with pytest.raises(InvalidInput) as fault:
        parse(*given)
    return str(fault.value)


ACCOUNTS = {
    "plain": "123456789012",
    "dashes": "1234-5678-9012",
    "dashes anywhere": "123-456-789-012",
    "spaces": " 1234 5678 9012 ",
    "a tab and a line end": "1234\t56789012\r\n",
    "no-break spaces": "1234\u00a05678\u202f9012",
    "typographic dashes": "1234\u20135678\u20149012",
    "a no-break dash and a minus": "1234\u20115678\u22129012",
    "zero-width characters": "\ufeff1234\u200b5678\u200d9012\u2060",
    "a soft hyphen": "1234\u00ad56789012",
    "wide digits": "１２３４５６７８９０１２",  # noqa: RUF001
    "directional marks around a copied number": "\u202d123456789012\u202c",
}


@pytest.mark.parametrize("text", ACCOUNTS.values(), ids=ACCOUNTS)
def test_an_account_is_read_however_it_was_pasted(text: str) -> None:
    """Twelve digits are stored, without what stood between them."""
    assert ACCOUNT == parse_account_id(text)


NO_ACCOUNTS = {
    "": "Enter the 12 digits of the AWS account ID.",
    " \u200b ": "Enter the 12 digits of the AWS account ID.",
    "-": "Enter the 12 digits of the AWS account ID.",
    "12345678901": f"“12345678901” has 11 digits. {EXAMPLE} {DROPPED}",
    "1234-5678-90123": f"“1234-5678-90123” has 13 digits. {EXAMPLE}",
    "acme": f"“acme” is not a number. {EXAMPLE}",
    "12345678901x": f"“12345678901x” is not a number. {EXAMPLE}",
    "١٢٣٤٥٦٧٨٩٠١٢": f"“١٢٣٤٥٦٧٨٩٠١٢” is not a number. {EXAMPLE}",
    "arn:aws:iam::123456789012:root": f"“arn:aws:iam::123456789012:root” looks like an ARN. {EXAMPLE}",
    "ada@acme.example": f"“ada@acme.example” looks like an email address. {EXAMPLE}",
}


@pytest.mark.parametrize("text", NO_ACCOUNTS)
def test_what_is_no_account_is_explained(text: str) -> None:
    """The value is quoted as it was typed, with what it looks like and an example."""
    assert NO_ACCOUNTS[text] == refusal(parse_account_id, text)


def test_an_account_is_shown_in_groups_of_four() -> None:
    """As the AWS console shows it, and as it can be pasted back."""
    assert "1234-5678-9012" == format_account_id(ACCOUNT)
    assert ACCOUNT == parse_account_id(format_account_id(ACCOUNT))


ORGS = {
    "606079874885": "606079874885",
    " 606079874885\n": "606079874885",
    "6060 7987 4885": "606079874885",
    "\u200b606079\ufeff874885\u200d": "606079874885",
    "６０６０７９": "606079",  # noqa: RUF001
    "123456": "123456",
    "12345678901234567890": "12345678901234567890",
    "007007": "007007",
}


@pytest.mark.parametrize("text", ORGS)
def test_an_organization_is_a_plain_number(text: str) -> None:
    """Six to twenty digits, leading zeros kept."""
    assert ORGS[text] == parse_org_id(text, ACCOUNT)


NO_ORGS = {
    "": f"Enter the Spot organization ID. {WHERE}",
    "\u200b": f"Enter the Spot organization ID. {WHERE}",
    "o-a1b2c3d4": f"“o-a1b2c3d4” looks like an Ocean cluster ID. {RANGE} {WHERE}",
    "O-A1B2C3D4": f"“O-A1B2C3D4” looks like an Ocean cluster ID. {RANGE} {WHERE}",
    "o-exampleorgid": f"“o-exampleorgid” looks like an AWS Organizations ID. {RANGE} {WHERE}",
    "o-a1b2c3d4e5": f"“o-a1b2c3d4e5” looks like an AWS Organizations ID. {RANGE} {WHERE}",
    "o-zzzzzzzz": f"“o-zzzzzzzz” is not a plain number. {RANGE} {WHERE}",
    "act-12ab34cd": f"“act-12ab34cd” looks like a Spot account ID. {RANGE} {WHERE}",
    "1234-5678-9012": f"“1234-5678-9012” looks like an AWS account ID. {RANGE} {WHERE}",
    "arn:aws:iam::123456789012:role/x": f"“arn:aws:iam::123456789012:role/x” looks like an ARN. {RANGE} {WHERE}",
    "ada@acme.example": f"“ada@acme.example” looks like an email address. {RANGE} {WHERE}",
    "12345": f"“12345” has 5 digits. {RANGE} {WHERE}",
    "1" * 21: f"“{'1' * 21}” has 21 digits. {RANGE} {WHERE}",
    "٦٠٦٠٧٩٨٧": f"“٦٠٦٠٧٩٨٧” is not a plain number. {RANGE} {WHERE}",
    "-606079874885": f"“-606079874885” is not a plain number. {RANGE} {WHERE}",
    "Acme": f"“Acme” is not a plain number. {RANGE} {WHERE}",
    "x" * 100: f"“{'x' * 59}…” is not a plain number. {RANGE} {WHERE}",
}


@pytest.mark.parametrize("text", NO_ORGS)
def test_what_is_no_organization_is_explained(text: str) -> None:
    """What it looks like instead, and where the right one is."""
    assert NO_ORGS[text] == refusal(parse_org_id, text)


@pytest.mark.parametrize("text", [ACCOUNT, " 1234 5678 9012", "\u200b123456789012"])
def test_the_account_typed_a_second_time_is_noticed(text: str) -> None:
    """Both have twelve digits: the same number in both fields is a mistake."""
    expected = f"{ACCOUNT} is the AWS account ID. The Spot organization ID is another number. {WHERE}"

    assert expected == refusal(parse_org_id, text, ACCOUNT)
    assert ACCOUNT == parse_org_id(text)


EMAILS = {
    "ada@acme.example": "ada@acme.example",
    " Ada.Love+eco@sub.acme.example\u200b": "Ada.Love+eco@sub.acme.example",
    "<mailto:ada@acme.example|ada@acme.example>": "ada@acme.example",
    "<mailto:ada@acme.example>": "ada@acme.example",
    "<ada@acme.example>": "ada@acme.example",
    "ünï@acme.example": "ünï@acme.example",
}


@pytest.mark.parametrize("text", EMAILS)
def test_an_email_is_read_also_as_slack_links_it(text: str) -> None:
    """Slack turns addresses into links."""
    assert EMAILS[text] == parse_email(text)


NO_EMAILS = (
    "", "ada", "ada@acme", "@acme.example", "a da@acme.example", "ada@acme.example, bob@b.example", "ada@acme.",
    "@channel", "a@b@c.example", "x" * 250 + "@b.example",
)  # fmt: skip


@pytest.mark.parametrize("text", NO_EMAILS)
def test_what_is_no_email_is_refused(text: str) -> None:
    """The sentence quotes it."""
    assert f"“{shorten(text)}” is not an email address. Write it like name@example.com." == refusal(parse_email, text)


LINES = {
    "  Acme   Europe ": "Acme Europe",
    "two\nlines\tand a tab": "two lines and a tab",
    "Prod\u200b-\ufeffEU": "Prod-EU",
    "Café & Söhne <!channel> :rocket: 🚀": "Café & Söhne <!channel> :rocket: 🚀",
    "family 👨‍👩‍👧 ☁️": "family 👨‍👩‍👧 ☁️",
    "Cafe\u0301": "Café",
    "m² ½ … № ™ ①": "m² ½ … № ™ ①",
    "nul\x00l\x1b": "null",
}


@pytest.mark.parametrize("text", LINES)
def test_a_line_keeps_what_can_be_seen(text: str) -> None:
    """Spaces are tidied and invisible characters go; no visible one is replaced by another that looks like it."""
    assert LINES[text] == parse_line(text, "the account name")


@pytest.mark.parametrize("text", ["***", ":-)", "\u3164", "\u2800", "🚀", "...", "\u0301", "\u115f\u1160\uffa0"])
def test_a_name_has_a_letter_or_a_digit_that_can_be_seen(text: str) -> None:
    """Nobody could say or search for it, and an invisible one could pass for another."""
    assert "The account name needs at least one letter or digit." == refusal(parse_name, text, "the account name")
    assert f"{text} é 1" == parse_name(f"{text} é 1", "the account name")


def test_a_line_is_neither_empty_nor_too_long() -> None:
    """The sentence names the field and, for a long one, counts."""
    assert "Enter the account name." == refusal(parse_line, "\u200b \n", "the account name")
    assert "The AWS region can have 200 characters at most. This has 201." == refusal(
        parse_line, "x" * 201, "the AWS region"
    )
    assert "The account name can have 200 characters at most. This has 201." == refusal(
        parse_line, "x" * (MAX_NAME + 1), "the account name"
    )
    assert "x" * MAX_NAME == parse_line("x" * MAX_NAME, "the account name")


@given(st.text(max_size=40))
@pytest.mark.parametrize("parse", [parse_account_id, parse_org_id, parse_bucket, parse_email])
def test_any_text_is_a_value_or_a_sentence(parse: Callable[[str], str], text: str) -> None:
    """Nothing typed raises anything else, and what was accepted is accepted again as it is."""
    try:
        value = parse(text)
    except InvalidInput:
        return

    assert value == parse(value)


@given(st.text())
def test_a_stored_line_is_stable(text: str) -> None:
    """What was cleaned once stays the same, so names can be compared."""
    try:
        once = parse_line(text, "a name")
    except InvalidInput:
        return
    assert once == parse_line(once, "a name")
