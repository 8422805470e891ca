"""Lists as people paste them: what is read, and which line is wrong."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from bot.domain.enrollment import Customer, Pair
from bot.domain.errors import InvalidInput
from bot.domain.inputs import WHERE_ORG_ID
from bot.domain.lists import QUOTES_HINT
from tests.support.typed_lists import parse_customers, parse_names, parse_pairs

OWN = "606079874885"


def refusal(parse: Callable[..., object], *given: object) -> list[str]:
    """The lines of the sentence with which a list is refused."""
    with pytest.raises(InvalidInput) as fault:
        parse(*given)
    return str(fault.value).split("\n")


NAMES = {
    "one a line": ("Prod\nTest", ["Prod", "Test"]),
    "line ends of Windows": ("Prod\r\nTest\r\n", ["Prod", "Test"]),
    "line ends of old Macs": ("Prod\rTest", ["Prod", "Test"]),
    "empty lines": ("\n\nProd\n \n\u200b\nTest\n", ["Prod", "Test"]),
    "spaces": ("  Prod   EU \t x ", ["Prod EU x"]),
    "a colon needs no quotes": ("Prod: EU\nProd : US", ["Prod: EU", "Prod : US"]),
    "quotes around": ('"Prod: EU"\n“Test”\n"say ""hi"""', ["Prod: EU", "Test", 'say "hi"']),
    "quotes within": ('5" disk\n"Prod" EU', ['5" disk', '"Prod" EU']),
    "what Slack would read": ("<!channel>\n&amp;\n<@U1>", ["<!channel>", "&amp;", "<@U1>"]),
    "accents, emoji, other scripts": ("Café\n🚀 Rocket 👨‍👩‍👧\n請求", ["Café", "🚀 Rocket 👨‍👩‍👧", "請求"]),
    "two spellings of one accent": ("Cafe\u0301", ["Café"]),
    "capitals tell names apart": ("Prod\nprod", ["Prod", "prod"]),
    "signs that look like others": ("m²\nm2\n½\nx…", ["m²", "m2", "½", "x…"]),
    "as long as may be": ("x" * 200, ["x" * 200]),
}


@pytest.mark.parametrize(("text", "expected"), NAMES.values(), ids=NAMES)
def test_names_are_read_one_a_line(text: str, expected: list[str]) -> None:
    """Whatever can be seen in a name stays."""
    assert tuple(expected) == parse_names(text)


BAD_NAMES = {
    "nothing": ("\n \n", ["Enter at least one name, one a line."]),
    "a repetition": ("Prod\n\nTest\nProd", ["Line 4: “Prod” is on line 1 already."]),
    "a repetition in quotes": ('Prod\n"Prod"', ["Line 2: “Prod” is on line 1 already."]),
    "recorded already": ("New\nOld", ["Line 2: “Old” is already on the list."]),
    "empty quotes": ('Prod\n""', ["Line 2: the name is empty."]),
    "too long": ("x" * 201, ["Line 1: the name can have 200 characters at most. This has 201."]),
}


@pytest.mark.parametrize(("text", "expected"), BAD_NAMES.values(), ids=BAD_NAMES)
def test_a_wrong_name_is_told_with_its_line(text: str, expected: list[str]) -> None:
    """Lines count as the person sees them, empty ones too."""
    assert expected == refusal(parse_names, text, ["Old"])


PAIRS = {
    "spaces around the colon": ("Prod : Standard", ("Prod", "Standard")),
    "no spaces": ("Prod:Standard", ("Prod", "Standard")),
    "a space on one side": ("Prod: Standard", ("Prod", "Standard")),
    "a tab and a no-break space": ("Prod\t:\u00a0Standard", ("Prod", "Standard")),
    "a wide colon": ("東京：標準", ("東京", "標準")),  # noqa: RUF001
    "colons in the subset": ("Prod: EU : Standard", ("Prod: EU", "Standard")),
    "colons in the billing workflow": ("Prod : Rate: 3:1", ("Prod", "Rate: 3:1")),
    "colons in both": ("a:b:c : d:e", ("a:b:c", "d:e")),
    "quotes": ('"Prod : EU" : "Rate: 3"', ("Prod : EU", "Rate: 3")),
    "quotes without spaces": ('"Prod:EU":"Rate:3"', ("Prod:EU", "Rate:3")),
    "typographic quotes": ("“Prod: EU” : „Rate: 3“", ("Prod: EU", "Rate: 3")),
    "angular quotes": ("«Prod: EU»:«Rate»", ("Prod: EU", "Rate")),
    "mixed quotes": ('"Prod: EU” : Rate', ("Prod: EU", "Rate")),
    "doubled quotes": ('"Prod ""EU"": x" : Standard', ('Prod "EU": x', "Standard")),
    "typographic quotes within plain ones": ('"Prod “EU”: x" : Standard', ("Prod “EU”: x", "Standard")),
    "a quote as a letter": ('5" : 6"', ('5"', '6"')),
    "quotes around a part": ('"Prod" EU : Standard', ('"Prod" EU', "Standard")),
    "an open quote": ('"Prod : Standard', ('"Prod', "Standard")),
    "spaces within quotes": ('" Prod " : " Standard "', ("Prod", "Standard")),
    "what Slack would read": ("<!channel> : <@U1> & co", ("<!channel>", "<@U1> & co")),
    "a shortcode of an emoji": (":rocket: Prod : Standard", (":rocket: Prod", "Standard")),
    "emoji and accents": ("🚀 1 : Söhne", ("🚀 1", "Söhne")),
    "other signs in the middle": ("A -> B : C | D", ("A -> B", "C | D")),
}


@pytest.mark.parametrize(("text", "expected"), PAIRS.values(), ids=PAIRS)
def test_a_pair_is_read_from_its_line(text: str, expected: tuple[str, str]) -> None:
    """A colon between spaces separates first, then a bare one; quotes hold a name together."""
    assert (Pair(*expected),) == parse_pairs(text)


def test_pairs_keep_their_order_and_may_share_a_billing_workflow() -> None:
    """Several subsets with one billing workflow are the ordinary case."""
    text = "Test : Standard\r\n\r\nProd : Standard\r\nDev : Reseller"

    assert [("Test", "Standard"), ("Prod", "Standard"), ("Dev", "Reseller")] == [
        (pair.subset, pair.workflow) for pair in parse_pairs(text)
    ]


BAD_PAIRS = {
    "nothing": ("", ["Enter at least one pair, one a line."]),
    "no colon": ("Prod", ["Line 1: “Prod” has no “:”. Write it as subset : billing workflow."]),
    "a colon in quotes only": ('"a : b"', ["Line 1: “\"a : b\"” has no “:”. Write it as subset : billing workflow."]),
    "an empty subset": ("\n: Standard", ["Line 2: the subset is empty."]),
    "an empty billing workflow": ("Prod :", ["Line 1: the billing workflow is empty."]),
    "an empty billing workflow with spaces": ("Prod :  ", ["Line 1: the billing workflow is empty."]),
    "empty quotes": ('"" : Standard', ["Line 1: the subset is empty."]),
    "invisible only": ("\u200b : Standard", ["Line 1: the subset is empty."]),
    "a colon alone": (":", ["Line 1: the subset is empty."]),
    "too many colons": ("a : b : c", [f"Line 1: “a : b : c” has more than one “:”. {QUOTES_HINT}"]),
    "too many bare colons": ("a:b:c", [f"Line 1: “a:b:c” has more than one “:”. {QUOTES_HINT}"]),
    "a repetition": ("Prod : A\nProd:A", ["Line 2: repeats line 1."]),
    "one subset twice": (
        "Prod : A\n\nProd : B",
        ["Line 3: “Prod” has “A” on line 1 already. A subset has one billing workflow."],
    ),
    "recorded already": ("Prod : Recorded", ["Line 1: this pair is already on the list."]),
    "too long": (f"{'x' * 201} : A", ["Line 1: the subset can have 200 characters at most. This has 201."]),
    "too long on the right": (
        f"A : {'x' * 250}", ["Line 1: the billing workflow can have 200 characters at most. This has 250."],
    ),
    "several faults": (
        "Prod\nTest : A\n: B",
        ["Line 1: “Prod” has no “:”. Write it as subset : billing workflow.", "Line 3: the subset is empty."],
    ),
    "a long line is cut": ("x" * 100, [f"Line 1: “{'x' * 59}…” has no “:”. Write it as subset : billing workflow."]),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), BAD_PAIRS.values(), ids=BAD_PAIRS)
def test_a_wrong_pair_is_told_with_its_line(text: str, expected: list[str]) -> None:
    """The line, what is wrong with it and how to write it; every wrong line of the list."""
    assert expected == refusal(parse_pairs, text, [Pair("Prod", "Recorded")])


MANY = [(10, None), (11, "And 1 more line with errors."), (300, "And 290 more lines with errors.")]


@pytest.mark.parametrize(("count", "last"), MANY)
def test_many_faults_are_counted(count: int, last: str | None) -> None:
    """Ten are spelled out, the rest is a number: a form's field has room for no more."""
    lines = refusal(parse_pairs, "\n".join(f"wrong {n}" for n in range(1, count + 1)))

    assert [f"Line {n}: “wrong {n}” has no “:”. Write it as subset : billing workflow." for n in range(1, 11)] == lines[
        :10
    ]
    assert ([last] if last else []) == lines[10:]


CUSTOMERS = {
    "spaces": ("Prod : ada@a.example : 707070", ("Prod", "ada@a.example", "707070")),
    "no spaces": ("Prod:ada@a.example:707070", ("Prod", "ada@a.example", "707070")),
    "colons in the subset": ("Prod: EU : ada@a.example : 707070", ("Prod: EU", "ada@a.example", "707070")),
    "colons with spaces in the subset": (
        "Prod : EU : ada@a.example : 707070",
        ("Prod : EU", "ada@a.example", "707070"),
    ),
    "bare colons in the subset": ("Prod:EU:ada@a.example:707070", ("Prod:EU", "ada@a.example", "707070")),
    "quotes": ('"Prod : EU" : ada@a.example : 707070', ("Prod : EU", "ada@a.example", "707070")),
    "quotes without spaces": ("“Prod:EU”:ada@a.example:707070", ("Prod:EU", "ada@a.example", "707070")),
    "Slack's link": ("Prod : <mailto:ada@a.example|ada@a.example> : 707070", ("Prod", "ada@a.example", "707070")),
    "digits in groups": ("Prod : ada@a.example : 7070 7070 7070", ("Prod", "ada@a.example", "707070707070")),
    "emoji": (":tada: 🚀 : ada@a.example : 707070", (":tada: 🚀", "ada@a.example", "707070")),
}


@pytest.mark.parametrize(("text", "expected"), CUSTOMERS.values(), ids=CUSTOMERS)
def test_an_end_customer_is_read_from_its_line(text: str, expected: Sequence[str]) -> None:
    """Neither an email nor a number holds a colon, so all others belong to the subset."""
    assert (Customer(*expected),) == parse_customers(text, OWN)


def test_end_customers_may_share_a_subset() -> None:
    """Two organizations may look at one subset."""
    assert 2 == len(parse_customers("Prod : ada@a.example : 707070\nProd : bob@b.example : 808080", OWN))


BAD_CUSTOMERS: dict[str, Any] = {
    "nothing": ("\n", ["Enter at least one end customer, one a line."]),
    "no colon": ("Prod", ["Line 1: “Prod” has no “:”. Write it as subset : console email : Spot org ID."]),
    "one colon": (
        "Prod : ada@a.example",
        ["Line 1: “Prod : ada@a.example” has too few “:”. Write it as subset : console email : Spot org ID."],
    ),
    "an empty subset": (": ada@a.example : 707070", ["Line 1: the subset is empty."]),
    "an empty email": ("Prod : : 707070", ["Line 1: “” is not an email address. Write it like name@example.com."]),
    "an empty organization": ("Prod : ada@a.example :", [f"Line 1: Enter the Spot organization ID. {WHERE_ORG_ID}"]),
    "no email": ("Prod : ada : 707070", ["Line 1: “ada” is not an email address. Write it like name@example.com."]),
    "two fields swapped": (
        "Prod : 707070 : ada@a.example",
        ["Line 1: “707070” is not an email address. Write it like name@example.com."],
    ),
    "another kind of ID": (
        "Prod : ada@a.example : act-12ab34cd",
        [
            "Line 1: “act-12ab34cd” looks like a Spot account ID. "
            f"A Spot organization ID is a number of 6 to 20 digits. {WHERE_ORG_ID}"
        ],
    ),
    "our own organization": (
        f"Prod : ada@a.example : {OWN}",
        [f"Line 1: {OWN} is your own Spot organization. Enter the one of the end customer."],
    ),
    "a repetition": ("Prod : ada@a.example : 707070\nProd:ada@a.example:707070", ["Line 2: repeats line 1."]),
    "recorded already": ("Prod : old@a.example : 909090", ["Line 1: this end customer is already on the list."]),
}


@pytest.mark.parametrize(("text", "expected"), BAD_CUSTOMERS.values(), ids=BAD_CUSTOMERS)
def test_a_wrong_end_customer_is_told_with_its_line(text: str, expected: list[str]) -> None:
    """The line and the sentence of the field that is wrong in it."""
    assert expected == refusal(parse_customers, text, OWN, [Customer("Prod", "old@a.example", "909090")])
