"""The words of `/eco list`: what they filter by, what is searched for, and what is refused."""

from __future__ import annotations

import pytest

from bot.domain.errors import InvalidInput
from bot.domain.list_words import MAX_SEARCH, parse_list_words, parse_search
from bot.domain.portfolio import PortfolioQuery, Segment
from tests.support.steps import StepKey

ANA, BEN, ROLLOUT = "U0ANA00001", "U0BEN00001", "C0ROLLOUT1"

MEANT = {
    "": PortfolioQuery(),
    "   ": PortfolioQuery(),
    "all": PortfolioQuery(),
    "late": PortfolioQuery(segment=Segment.LATE),
    "LATE  late": PortfolioQuery(segment=Segment.LATE),
    "waiting": PortfolioQuery(segment=Segment.WAITING),
    "blocked": PortfolioQuery(segment=Segment.BLOCKED),
    "mine": PortfolioQuery(segment=Segment.NEEDS_ME),
    "done": PortfolioQuery(segment=Segment.DONE),
    "cancelled": PortfolioQuery(segment=Segment.CANCELLED),
    "Create subsets": PortfolioQuery(step=StepKey.CREATE_SUBSETS),
    "create_subsets": PortfolioQuery(step=StepKey.CREATE_SUBSETS),
    "associate workflows": PortfolioQuery(step=StepKey.ASSOCIATE_WORKFLOWS),
    "late full eco": PortfolioQuery(segment=Segment.LATE, step=StepKey.FULL_ECO),
    "Full Eco: strategy call and ramp-up": PortfolioQuery(step=StepKey.FULL_ECO),
    "acme  late \t corp": PortfolioQuery(segment=Segment.LATE, words="acme corp"),
    "1234-5678-9012": PortfolioQuery(words="1234-5678-9012"),
    "Prod US": PortfolioQuery(words="Prod US"),
    '"Late Night Foods"': PortfolioQuery(words="Late Night Foods"),
    "late “Late Night”": PortfolioQuery(segment=Segment.LATE, words="Late Night"),
    '"#1 account"': PortfolioQuery(words="#1 account"),
    '""': PortfolioQuery(),
    "100% _": PortfolioQuery(words="100% _"),
    "translate": PortfolioQuery(words="translate"),
}


@pytest.mark.parametrize("typed", MEANT)
def test_words_filter_and_the_rest_is_searched_for(typed: str) -> None:
    """Whole words only; what stands in quotes is searched for as it is."""
    assert MEANT[typed] == parse_list_words(typed, [], [])


def test_people_and_channels_come_as_ids() -> None:
    """Beside any other words, and the same one twice is one."""
    meant = parse_list_words("late acme", [ANA, ANA], [ROLLOUT])

    assert PortfolioQuery(segment=Segment.LATE, owner=ANA, channel=ROLLOUT, words="acme") == meant


REFUSED = {
    "late blocked": "Name one part of the list at a time: late or blocked.",
    "create subsets full eco": "Name one step at a time: create_subsets or full_eco.",
    "@anna": "Who is @anna? Type @ and choose the person from what Slack offers. "
    "To search for a name, put it in quotes.",
    "late #eco": "Which channel is #eco? Type # and choose the channel from what Slack offers. "
    "To search for a name, put it in quotes.",
    "x" * 300: "Search for 100 characters at most. This has 300.",
}


@pytest.mark.parametrize("typed", REFUSED)
def test_what_cannot_be_meant_is_refused_with_what_to_do(typed: str) -> None:
    """In one sentence."""
    with pytest.raises(InvalidInput) as refused:
        parse_list_words(typed, [], [])

    assert REFUSED[typed] == str(refused.value)


def test_two_owners_are_refused_by_name() -> None:
    """The sentence mentions both, so that their names are shown."""
    with pytest.raises(InvalidInput) as refused:
        parse_list_words("", [ANA, BEN], [])

    assert f"Name one owner at a time: <@{ANA}> or <@{BEN}>." == str(refused.value)
    assert (ANA, BEN) == refused.value.ids


def test_a_search_has_single_spaces_and_an_end() -> None:
    """Invisible characters of pasted text are left out."""
    assert "Acme Corp" == parse_search("  Acme\u200b \n Corp ")
    assert "x" * MAX_SEARCH == parse_search("x" * MAX_SEARCH)
