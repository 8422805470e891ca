"""Spans of time as people write them, and ECO_WAITS."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.durations import format_duration, parse_duration
from bot.domain.errors import InvalidInput
from bot.domain.procedure import known_waits
from bot.domain.schedule import parse_waits
from bot.domain.step_spec import Window

SPANS = {
    "48h": timedelta(hours=48),
    "4d": timedelta(days=4),
    "90s": timedelta(seconds=90),
    "30m": timedelta(minutes=30),
    "6w": timedelta(weeks=6),
    "2 weeks": timedelta(weeks=2),
    "1 day": timedelta(days=1),
    "3 hours": timedelta(hours=3),
    "2 hrs": timedelta(hours=2),
    "15 min": timedelta(minutes=15),
    "15 mins, 30 secs": timedelta(minutes=15, seconds=30),
    "1w 3d": timedelta(days=10),
    "1w3d": timedelta(days=10),
    "1W, 2D": timedelta(days=9),
    "  12h  ": timedelta(hours=12),
    "104w": timedelta(weeks=104),
}

NO_SPANS = (
    "", " ", "soon", "4", "d", "4x", "-4d", "1.5d", "1,5h", "4d and 2h", "4d x", "x 4d", "0d", "0h 0m", "1 month",
    "5ms", "٣d", "4d,", "1e3h", "2 d d",
)  # fmt: skip

TOO_LONG = ("105w", "729d", "999999999w", "100000000w 100000000w")


@pytest.mark.parametrize("text", SPANS)
def test_spans_are_read_as_people_write_them(text: str) -> None:
    """Letters or words, one part or several."""
    assert SPANS[text] == parse_duration(text)


@pytest.mark.parametrize("text", NO_SPANS)
def test_what_is_no_span_says_how_to_write_one(text: str) -> None:
    """Nothing is guessed: fractions, signs, unknown units and zero are refused."""
    with pytest.raises(InvalidInput) as fault:
        parse_duration(text)

    assert f"“{text.strip()}” is not a length of time. Write for example 12h, 3d, 1w or 1w 2d." == str(fault.value)


@pytest.mark.parametrize("text", TOO_LONG)
def test_more_than_two_years_is_a_mistake(text: str) -> None:
    """However large the number is."""
    with pytest.raises(InvalidInput, match=r"is longer than two years. Enter a shorter time."):
        parse_duration(text)


@given(st.text(alphabet="0123456789 smhdw,.-x", max_size=30))
def test_any_text_is_a_span_or_a_sentence(text: str) -> None:
    """Nothing typed raises anything else."""
    try:
        found = parse_duration(text)
    except InvalidInput as fault:
        sentence, found = str(fault), timedelta(1)
    else:
        sentence = "“"

    assert "“" in sentence
    assert timedelta() < found <= timedelta(weeks=104)


WORDS = {
    timedelta(): "0 seconds",
    timedelta(seconds=1): "1 second",
    timedelta(minutes=90): "1 hour 30 minutes",
    timedelta(hours=36): "1 day 12 hours",
    timedelta(days=2): "2 days",
    timedelta(weeks=1, days=3): "1 week 3 days",
    timedelta(weeks=1, days=3, hours=5): "1 week 3 days",
    timedelta(weeks=6): "6 weeks",
}


@pytest.mark.parametrize("span", WORDS, ids=str)
def test_spans_are_written_in_their_two_largest_units(span: timedelta) -> None:
    """Fit for a sentence, not for arithmetic."""
    assert WORDS[span] == format_duration(span)


@given(st.integers(1, 103), st.sampled_from("wdhm"))
def test_one_unit_survives_writing_and_reading(count: int, unit: str) -> None:
    """What the bot writes can be typed."""
    span = parse_duration(f"{count}{unit}")

    assert span - parse_duration(format_duration(span)) < timedelta(hours=1)


# --- ECO_WAITS ---

READ = {
    "": {},
    "full_eco=4w..6w": {"full_eco": Window(timedelta(weeks=6), timedelta(weeks=4))},
    "data_generation=48h, nudge=2d": {
        "data_generation": Window(timedelta(hours=48)),
        "nudge": Window(timedelta(days=2), promised=False),
    },
    " associate_workflows = 20s .. 40s ,": {
        "associate_workflows": Window(timedelta(seconds=40), timedelta(seconds=20), approximate=True)
    },
    "full_eco=1w,full_eco=2w": {"full_eco": Window(timedelta(weeks=2))},
    "full_eco=4w..4w": {"full_eco": Window(timedelta(weeks=4), timedelta(weeks=4))},
}


@pytest.mark.parametrize("text", READ)
def test_named_waits_are_read(text: str) -> None:
    """What is named is replaced; the rest stays as the procedures have it."""
    assert READ[text] == parse_waits(text)


#: The waits of all procedures, as a fault lists them.
KNOWN = f"The waits are {', '.join(known_waits())}."
BAD = {
    "full=4w": f"There is no wait “full”. {KNOWN}",
    "4w": f"There is no wait “4w”. {KNOWN}",
    "FULL_ECO=4w": f"There is no wait “FULL_ECO”. {KNOWN}",
    "full_eco": "full_eco: “” is not a length of time. Write for example 12h, 3d, 1w or 1w 2d.",
    "full_eco=soon": "full_eco: “soon” is not a length of time. Write for example 12h, 3d, 1w or 1w 2d.",
    "full_eco=4w..": "full_eco: “” is not a length of time. Write for example 12h, 3d, 1w or 1w 2d.",
    "full_eco=..6w": "full_eco: “” is not a length of time. Write for example 12h, 3d, 1w or 1w 2d.",
    "full_eco=6w..4w": "full_eco: 6w..4w ends before it begins. Put the shorter time first.",
    "full_eco=200w": "full_eco: “200w” is longer than two years. Enter a shorter time.",
    "nudge=0d": "nudge: “0d” is not a length of time. Write for example 12h, 3d, 1w or 1w 2d.",
    "data_generation=48h;nudge=2d": (
        "data_generation: “48h;nudge=2d” is not a length of time. Write for example 12h, 3d, 1w or 1w 2d."
    ),
    "full=4w,nudge=0d": (
        f"There is no wait “full”. {KNOWN} nudge: “0d” is not a length of time. Write for example 12h, 3d, 1w or 1w 2d."
    ),
}


@pytest.mark.parametrize("text", BAD)
def test_waits_that_cannot_be_read_say_why(text: str) -> None:
    """An unknown wait, no span, a range the wrong way round."""
    with pytest.raises(InvalidInput) as fault:
        parse_waits(text)

    assert BAD[text] == str(fault.value)
