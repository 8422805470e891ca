"""What holds for any list: what the bot shows can be pasted back, and nothing typed breaks the reading."""

from collections.abc import Callable

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from bot.domain.enrollment import Customer, Pair
from bot.domain.errors import InvalidInput
from bot.domain.inputs import parse_name
from bot.domain.list_columns import is_column_name
from bot.domain.lists import format_name
from tests.support.typed_lists import parse_customers, parse_names, parse_pairs

#: Many colons, quotes of every kind and spaces between any characters at all.
LETTERS = st.one_of(st.sampled_from(list(": \"“”„«»：＂'ab<>&|,\t")), st.characters())  # noqa: RUF001
TRICKY = ('"', '""', '"""', ": :", ":", '" : "', "“a”", "a : b", '"a" : "b"', "«", "：", '5"', '"a', 'a"', "'a'")  # noqa: RUF001


@st.composite
def names(draw: st.DrawFn) -> str:
    """A name as the bot has stored it."""
    typed = draw(st.one_of(st.sampled_from(TRICKY), st.text(LETTERS, min_size=1, max_size=30)))
    try:
        return parse_name(typed, "a name")
    except InvalidInput:
        assume(False)
        raise


@given(names(), names())
@example('5"', '6"')
@example("“a”", 'b"')
def test_any_pair_can_be_written_and_read_back(subset: str, workflow: str) -> None:
    """Whatever the names hold, format_name makes a line of them that means the same."""
    pair = Pair(subset, workflow)

    for separator in (" : ", ":", "\t:\t"):
        assert (pair,) == parse_pairs(f"{format_name(subset)}{separator}{format_name(workflow)}")


@given(names())
def test_any_subset_of_an_end_customer_can_be_written_and_read_back(subset: str) -> None:
    """The same in a line of three."""
    line = f"{format_name(subset)} : ada@a.example : 707070"

    assert (Customer(subset, "ada@a.example", "707070"),) == parse_customers(line, None)


@given(st.lists(names(), min_size=1, unique=True, max_size=10))
def test_any_list_of_names_can_be_written_and_read_back(given_names: list[str]) -> None:
    """One a line, in their order."""
    assert tuple(given_names) == parse_names("\n".join(map(format_name, given_names)))


@given(names())
@example("a,")
@example("1. a")
@example("Subset")
@example("BILLINGWORKFLOW")
def test_plain_names_need_no_quotes(name: str) -> None:
    """A colon or a quote makes them necessary, and what would be read as another name without them."""
    if set(name) & set(':："“”„«»＂') or is_column_name(name):  # noqa: RUF001
        assert name != format_name(name)
    elif name != format_name(name) and "&" not in name:
        assert (name,) != read(name)


def read(text: str) -> tuple[str, ...]:
    """The names of a text; none where it is refused."""
    try:
        return parse_names(text)
    except InvalidInput:
        return ()


QUOTED = ["a,", "a;", "1. a", "1) a", "a) b", "- a", "* a", "• a", "Subset", "billing_workflow", "Names"]
UNQUOTED = ["a, b", "1.5 a", "1st", "-a", "*a", "a - b", "Acme (EU)", "Subset 1"]


@pytest.mark.parametrize("name", [*QUOTED, *UNQUOTED])
def test_names_that_look_like_items_of_a_list_are_written_in_quotes(name: str) -> None:
    """Or their beginning or end would be left out when they are read back."""
    assert (name in QUOTED) == (format_name(name) != name)


@given(st.text(st.one_of(LETTERS, st.sampled_from("\r\n")), max_size=80))
@pytest.mark.parametrize("parse", [parse_names, parse_pairs, lambda text: parse_customers(text, None)])
def test_any_text_is_a_list_or_a_sentence(parse: Callable[[str], object], text: str) -> None:
    """Nothing typed raises anything else, and a sentence has something to say."""
    try:
        found = parse(text)
    except InvalidInput as fault:
        found = str(fault)

    assert found
