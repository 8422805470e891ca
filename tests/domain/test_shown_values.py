"""What a form tells of values that somebody changed after it was opened, before it replaces them."""

from __future__ import annotations

import pytest

from bot.domain.shown_values import FormValue, Shown, digest_of, overwritten


def one(value: object) -> dict[str, FormValue]:
    """The values of a form with one field."""
    return {"note": FormValue("note", value, "note")}


def warned(shown: object, recorded: object, given: object) -> list[str]:
    """What is said before `given` replaces what Ben has recorded since a form showed another value."""
    form = Shown(1, {"note": digest_of(shown)})
    return [str(each) for each in overwritten(form, one(recorded), one(given), lambda _: "<@U0BEN>")]


@pytest.mark.parametrize(
    ("shown", "recorded", "given", "sentence"),
    [
        ("a", "b", "c", "<@U0BEN> changed the note to “b” since you opened this form."),
        (None, "b", "c", "<@U0BEN> changed the note to “b” since you opened this form."),
        ("a", None, "c", "<@U0BEN> removed the note since you opened this form."),
        ("a", "", "c", "<@U0BEN> removed the note since you opened this form."),
    ],
    ids=["changed", "entered", "removed", "emptied"],
)
def test_a_value_that_saving_would_replace_is_told(
    shown: object, recorded: object, given: object, sentence: str
) -> None:
    """With who changed it, and what it is now; a value that they took out has nothing to quote."""
    assert [sentence] == warned(shown, recorded, given)


@pytest.mark.parametrize(
    ("shown", "recorded", "given"),
    [("a", "a", "c"), ("a", "b", "b"), ("", None, "c"), (("a",), (), ("c",)), (("a",), ("a", "b"), ("a", "b", "c"))],
    ids=["still what was shown", "the same is typed", "empty then and now", "nothing is left", "all of it is kept"],
)
def test_where_nobodys_value_is_lost_nothing_is_asked(shown: object, recorded: object, given: object) -> None:
    """Saving replaces only what the person saw, or what says the same."""
    assert [] == warned(shown, recorded, given)


def test_entries_that_saving_would_take_out_are_named() -> None:
    """Of a list, only those that somebody added since."""
    [said] = warned(("a",), ("a", "b", "d"), ("a", "c"))

    assert said.endswith("Saving removes “b”, “d”.")
